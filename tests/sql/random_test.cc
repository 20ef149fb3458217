// SPDX-License-Identifier: Apache-2.0
//
// Random reads over three small tables. What the checker accepts must prepare and run under the
// lock, keep what the checker promised of its types, and give the rows that plain SQLite gives for
// the same text over our rows alone.
//
// The seed is printed; CORDON_SEED repeats one, CORDON_SECONDS searches longer.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <random>

#include "sql/erp_data.h"

namespace cordon_test {
namespace {

constexpr SqlType kInt{SqlType::kInteger, 0, false};
constexpr SqlType kMaybeInt{SqlType::kInteger, 0, true};
constexpr SqlType kText{SqlType::kText, 0, false};
constexpr SqlType kMaybeText{SqlType::kText, 0, true};
constexpr SqlType kMoney{SqlType::kDecimal, 2, false};
constexpr SqlType kMaybePrice{SqlType::kDecimal, 4, true};
constexpr SqlType kBool{SqlType::kBoolean, 0, false};
constexpr SqlType kMaybeTime{SqlType::kTimestamp, 0, true};

std::vector<RuntimeSchema::Table> Tables() {
  return {{"orders",
           TableKind::kTenant,
           {{"id", kInt},
            {"n", kMaybeInt},
            {"name", kText},
            {"note", kMaybeText},
            {"net", kMoney},
            {"open", kBool},
            {"due", kMaybeTime}},
           {"id"},
           {},
           {{"n"}, {"name", "net"}},
           {}},
          {"lines",
           TableKind::kTenant,
           {{"order_id", kInt},
            {"line", kInt},
            {"sku", kMaybeText},
            {"qty", kMaybeInt},
            {"price", kMaybePrice}},
           {"order_id", "line"},
           {},
           {{"sku"}},
           {}},
          {"units", TableKind::kGlobal, {{"code", kText}, {"size", kInt}}, {"code"}, {}, {}, {}}};
}

std::vector<Row> Rows(std::size_t table, std::uint64_t seed, const std::string& mark) {
  std::mt19937_64 random(seed * 8 + table);
  const auto upto = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  const auto maybe = [&](Value value) { return upto(4) == 0 ? Value::Null() : value; };
  const auto word = [&] {
    static constexpr const char* kWords[] = {"ab", "Ab", "b", "", "a%", "ba_", "12", "x y"};
    return Value::Text(mark + kWords[upto(8)]);
  };
  std::vector<Row> rows;
  if (table == 0) {
    for (int i = 0; i < 12; ++i) {
      rows.push_back({Value::Integer(i), maybe(Value::Integer(upto(6) - 2)), word(), maybe(word()),
                      Value::Integer((upto(40) - 8) * 25), Value::Integer(upto(2)),
                      maybe(Value::Integer(1'767'225'600'000'000 + upto(5) * 86'400'000'000))});
    }
  } else if (table == 1) {
    for (int i = 0; i < 20; ++i) {
      rows.push_back({Value::Integer(i % 7), Value::Integer(i / 7), maybe(word()),
                      maybe(Value::Integer(upto(5))), maybe(Value::Integer(upto(60) * 625))});
    }
  } else {
    rows = {{Value::Text("ab"), Value::Integer(1)},
            {Value::Text("b"), Value::Integer(12)},
            {Value::Text("12"), Value::Integer(0)}};
  }
  return rows;
}

enum class Want { kInteger, kWord, kDecimal, kBoolean, kTime };
Want WantOf(SqlType type) {
  switch (type.kind) {
    case SqlType::kText:
      return Want::kWord;
    case SqlType::kDecimal:
      return Want::kDecimal;
    case SqlType::kBoolean:
      return Want::kBoolean;
    case SqlType::kTimestamp:
      return Want::kTime;
    default:
      return Want::kInteger;
  }
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  // `ordered`: by all its columns, so that the sequence is fixed, too.
  std::string Statement(bool* ordered) {
    alias_ = 0;
    withs_.clear();
    scopes_.clear();
    std::string with;
    if (Chance(20)) {
      std::vector<Want> types;
      const std::string body = Select(3, &types, nullptr);
      With named{"w" + std::to_string(++alias_), {}};
      std::string columns;
      for (std::size_t i = 0; i < types.size(); ++i) {
        named.columns.push_back({"c" + std::string(1, static_cast<char>('a' + i)), types[i]});
        columns += (i == 0 ? "" : ", ") + named.columns.back().name;
      }
      with = "WITH " + named.name + "(" + columns + ") AS (" + body + ") ";
      withs_.push_back(named);
    }
    std::vector<Want> types;
    std::string sql = with + Select(3, &types, nullptr);
    if (Chance(15)) {
      static constexpr const char* kSets[] = {"UNION", "UNION ALL", "INTERSECT", "EXCEPT"};
      sql += std::string(" ") + kSets[Upto(4)] + " " + Select(2, nullptr, &types);
    }
    *ordered = Chance(40);
    if (*ordered) {
      for (std::size_t i = 0; i < types.size(); ++i) {
        sql += (i == 0 ? " ORDER BY " : ", ") + std::to_string(i + 1) + (Chance(30) ? " DESC" : "");
      }
      if (Chance(50)) sql += " LIMIT " + std::to_string(1 + Upto(6));
      if (sql.ends_with(std::to_string(1)) && Chance(50)) sql += " OFFSET 1";
    }
    return sql;
  }

 private:
  struct Column {
    std::string name;
    Want type;
  };
  struct With {
    std::string name;
    std::vector<Column> columns;
  };
  struct Source {
    std::string alias;
    std::vector<Column> columns;
  };
  using Scope = std::vector<Source>;

  std::size_t Upto(std::size_t n) { return random_() % n; }
  bool Chance(std::size_t percent) { return Upto(100) < percent; }
  template <std::size_t N>
  std::string Pick(const char* const (&of)[N]) {
    return of[Upto(N)];
  }

  Source From(std::string* text, int depth) {
    static const std::vector<RuntimeSchema::Table> kTables = Tables();
    Source source{"q" + std::to_string(++alias_), {}};
    if (!withs_.empty() && Chance(40)) {
      const With& with = withs_[Upto(withs_.size())];
      source.columns = with.columns;
      *text += with.name + " AS " + source.alias;
      return source;
    }
    if (depth > 1 && Chance(12)) {
      std::vector<Want> types;
      std::vector<const Scope*> around;
      around.swap(scopes_);  // which it does not see
      const std::string body = Select(depth - 2, &types, nullptr, true);
      around.swap(scopes_);
      for (std::size_t i = 0; i < types.size(); ++i) {
        source.columns.push_back({"k" + std::to_string(i), types[i]});
      }
      *text += "(" + body + ") AS " + source.alias;
      return source;
    }
    const RuntimeSchema::Table& table = kTables[Upto(8) < 4 ? 0 : Upto(5) < 4 ? 1 : 2];
    for (const auto& column : table.columns) {
      source.columns.push_back({column.name, WantOf(column.type)});
    }
    *text += table.name + (Chance(50) ? " AS " : " ") + source.alias;
    return source;
  }

  // Its types are those of `like`, or its own choice, which `types` then holds.
  std::string Select(int depth, std::vector<Want>* types, const std::vector<Want>* like,
                     bool named = false) {
    std::string from;
    Scope scope;
    scope.push_back(From(&from, depth));
    scopes_.push_back(&scope);
    for (std::size_t joins = Upto(3); joins > 0; --joins) {
      static constexpr const char* kJoins[] = {" JOIN ",       " INNER JOIN ", " LEFT JOIN ",
                                               " LEFT JOIN ",  " CROSS JOIN ", ", ",
                                               " RIGHT JOIN ", " FULL JOIN "};
      const std::string join = Pick(kJoins);
      from += join;
      scope.push_back(From(&from, depth));
      if (join != ", " && join != " CROSS JOIN ") from += " ON " + Condition(depth - 1);
    }
    std::string tail;
    if (Chance(60)) tail += " WHERE " + Condition(depth);
    std::string list;
    const std::size_t count = like != nullptr ? like->size() : 1 + Upto(3);
    std::vector<Want> chosen;
    const bool grouped = Chance(25);
    std::string groups;
    for (std::size_t i = 0; i < count; ++i) {
      const Want type = like != nullptr ? (*like)[i] : AnyType();
      chosen.push_back(type);
      std::string expression;
      if (!grouped) {
        expression = depth > 1 && Chance(8) ? Window(type) : Expression(type, depth);
      } else if (Chance(50)) {
        expression = ColumnOf(type, true);
        if (expression.empty()) expression = Aggregate(type);
        if (expression.find('(') == std::string::npos)
          groups += (groups.empty() ? "" : ", ") + expression;
      } else {
        expression = Aggregate(type);
      }
      list += (i == 0 ? "" : ", ") + expression;
      if (named) list += " AS k" + std::to_string(i);
    }
    if (!groups.empty()) {
      tail += " GROUP BY " + groups;
      if (Chance(30)) tail += " HAVING " + Aggregate(Want::kInteger) + " " + Pick(kCompare) + " 2";
    }
    scopes_.pop_back();
    if (types != nullptr) *types = chosen;
    const bool distinct = Chance(10);
    return std::string(distinct ? "SELECT DISTINCT " : "SELECT ") + list + " FROM " + from + tail;
  }

  Want AnyType() {
    static constexpr Want kAll[] = {Want::kInteger, Want::kInteger, Want::kWord,
                                    Want::kDecimal, Want::kBoolean, Want::kTime};
    return kAll[Upto(6)];
  }

  // A column of that type, or nothing. `innermost`: not one of a query around.
  std::string ColumnOf(Want type, bool innermost) {
    std::vector<std::string> found;
    for (std::size_t s = innermost ? scopes_.size() - 1 : 0; s < scopes_.size(); ++s) {
      for (const Source& source : *scopes_[s]) {
        for (const Column& column : source.columns) {
          if (column.type == type) found.push_back(source.alias + "." + column.name);
        }
      }
    }
    return found.empty() ? "" : found[Upto(found.size())];
  }

  std::string Literal(Want type) {
    static constexpr const char* kTexts[] = {"'ab'", "'B'", "''", "'a%'", "'12'", "'x''y'"};
    static constexpr const char* kDecimals[] = {"0.25", "1.5", "2", "-0.75", "3.00"};
    switch (type) {
      case Want::kInteger:
        return std::to_string(static_cast<int>(Upto(9)) - 3);
      case Want::kWord:
        return Pick(kTexts);
      case Want::kDecimal:
        return Pick(kDecimals);
      case Want::kBoolean:
        return Chance(50) ? "TRUE" : "FALSE";
      case Want::kTime:
        break;
    }
    return "NULL";
  }

  std::string Leaf(Want type) {
    const std::string column = Chance(75) || type == Want::kTime ? ColumnOf(type, false) : "";
    return column.empty() ? Literal(type) : column;
  }

  std::string Condition(int depth) { return Expression(Want::kBoolean, depth); }

  std::string Expression(Want type, int depth) {
    if (depth <= 0 || Chance(20)) return Leaf(type);
    const auto sub = [&](Want of) { return Expression(of, depth - 1); };
    if (Chance(10)) {
      return "CASE WHEN " + sub(Want::kBoolean) + " THEN " + sub(type) +
             (Chance(70) ? " ELSE " + sub(type) : "") + " END";
    }
    if (Chance(8)) return "COALESCE(" + sub(type) + ", " + sub(type) + ")";
    if (Chance(4)) return "NULLIF(" + sub(type) + ", " + sub(type) + ")";
    if (Chance(4)) return "IIF(" + sub(Want::kBoolean) + ", " + sub(type) + ", " + sub(type) + ")";
    if (Chance(8)) return Scalar(type, depth);
    switch (type) {
      case Want::kInteger: {
        static constexpr const char* kOperators[] = {" + ", " - ", " * ", " / ", " % "};
        switch (Upto(6)) {
          case 0:
            return "LENGTH(" + sub(Want::kWord) + ")";
          case 1:
            return "ABS(" + sub(Want::kInteger) + ")";
          case 2:
            return "-(" + Leaf(Want::kInteger) + ")";
          case 3:
            return "INSTR(" + sub(Want::kWord) + ", " + sub(Want::kWord) + ")";
          default:
            return "(" + sub(Want::kInteger) + Pick(kOperators) + sub(Want::kInteger) + ")";
        }
      }
      case Want::kDecimal: {
        static constexpr const char* kOperators[] = {" + ", " - ", " * "};
        const Want other = Chance(30) ? Want::kInteger : Want::kDecimal;
        if (Chance(15)) return "ABS(" + sub(Want::kDecimal) + ")";
        if (Chance(15)) return "ROUND(" + sub(Want::kDecimal) + ", 1)";
        return "(" + sub(Want::kDecimal) + Pick(kOperators) + sub(other) + ")";
      }
      case Want::kWord:
        switch (Upto(6)) {
          case 0:
            return "UPPER(" + sub(Want::kWord) + ")";
          case 1:
            return "SUBSTR(" + sub(Want::kWord) + ", " + std::to_string(1 + Upto(2)) + ", 2)";
          case 2:
            return "TRIM(" + sub(Want::kWord) + ")";
          case 3:
            return "REPLACE(" + sub(Want::kWord) + ", 'a', 'z')";
          case 4:
            return "CAST(" + sub(Want::kInteger) + " AS TEXT)";
          default:
            return "(" + sub(Want::kWord) + " || " + sub(Want::kWord) + ")";
        }
      case Want::kTime:
        return Leaf(type);
      case Want::kBoolean:
        break;
    }
    switch (Upto(11)) {
      case 0:
        return "(" + sub(Want::kBoolean) + " AND " + sub(Want::kBoolean) + ")";
      case 1:
        return "(" + sub(Want::kBoolean) + " OR " + sub(Want::kBoolean) + ")";
      case 2:
        return "NOT " + sub(Want::kBoolean);
      case 3: {
        const Want of = AnyType();
        return "(" + sub(of) + (Chance(50) ? " IS NULL)" : " IS NOT NULL)");
      }
      case 4: {
        const Want of = Chance(50) ? Want::kInteger : Want::kWord;
        return "(" + sub(of) + (Chance(30) ? " NOT IN (" : " IN (") + sub(of) + ", " + Literal(of) +
               "))";
      }
      case 5: {
        const Want of = Chance(50) ? Want::kInteger : Want::kDecimal;
        return "(" + sub(of) + (Chance(30) ? " NOT BETWEEN " : " BETWEEN ") + Leaf(of) + " AND " +
               Leaf(of) + ")";
      }
      case 6:
        return "(" + sub(Want::kWord) + (Chance(30) ? " NOT LIKE " : " LIKE ") +
               Literal(Want::kWord) + ")";
      case 7: {
        const std::string body = Select(depth - 1, nullptr, nullptr);
        return (Chance(40) ? "NOT EXISTS (" : "EXISTS (") + body + ")";
      }
      case 8: {
        const Want of = Chance(50) ? Want::kInteger : Want::kWord;
        const std::vector<Want> one = {of};
        const std::string left = sub(of);
        return "(" + left + (Chance(30) ? " NOT IN (" : " IN (") +
               Select(depth - 1, nullptr, &one) + "))";
      }
      default: {
        const Want of = AnyType();
        if (of == Want::kBoolean) return sub(of);
        return "(" + sub(of) + " " + Pick(kCompare) + " " +
               (of == Want::kTime ? Leaf(of) : sub(of)) + ")";
      }
    }
  }

  std::string Scalar(Want type, int depth) {
    std::string from;
    Scope scope;
    scope.push_back(From(&from, 0));
    scopes_.push_back(&scope);
    const std::string value = Aggregate(type);
    const std::string where = Chance(70) ? " WHERE " + Condition(depth - 1) : "";
    scopes_.pop_back();
    return "(SELECT " + value + " FROM " + from + where + ")";
  }

  std::string Aggregate(Want type) {
    const std::string filter =
        Chance(15) ? " FILTER (WHERE " + OfInnermost(Want::kBoolean) + ")" : "";
    if (type == Want::kBoolean) return "(COUNT(*)" + filter + " > 1)";
    if (type == Want::kInteger) {
      switch (Upto(4)) {
        case 0:
          return "COUNT(*)" + filter;
        case 1:
          return "COUNT(DISTINCT " + OfInnermost(AnyType()) + ")" + filter;
        case 2:
          return "SUM(" + OfInnermost(type) + ")" + filter;
        default:
          break;
      }
    }
    if (type == Want::kDecimal && Chance(50)) return "SUM(" + OfInnermost(type) + ")" + filter;
    return std::string(Chance(50) ? "MIN(" : "MAX(") + OfInnermost(type) + ")" + filter;
  }
  // An aggregate of nothing but outer columns would belong to the query around.
  std::string OfInnermost(Want type) {
    const std::string column = ColumnOf(type, true);
    return column.empty() ? Literal(type) : column;
  }

  std::string Window(Want type) {
    const std::string over =
        " OVER (" +
        (Chance(50) ? "PARTITION BY " + OfInnermost(Want::kInteger) + " " : std::string());
    if (type == Want::kInteger && Chance(50)) return "COUNT(*)" + over + ")";
    if (type == Want::kInteger) {
      return std::string(Chance(50) ? "RANK()" : "DENSE_RANK()") + over + "ORDER BY " +
             OfInnermost(Want::kInteger) + ")";
    }
    if (type == Want::kBoolean) return "(COUNT(*)" + over + ") > 2)";
    return "MAX(" + OfInnermost(type) + ")" + over + "ORDER BY " + OfInnermost(Want::kInteger) +
           ")";
  }

  static constexpr const char* kCompare[] = {"=", "<>", "<", "<=", ">", ">=", "IS", "IS NOT"};

  std::mt19937_64 random_;
  int alias_ = 0;
  std::vector<With> withs_;
  std::vector<const Scope*> scopes_;
};

std::int64_t FromEnvironment(const char* name, std::int64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoll(text);
}

TEST(RandomReads, MeanWhatTheyMeanInPlainSqlite) {
  const auto seed = static_cast<std::uint64_t>(FromEnvironment(
      "CORDON_SEED", static_cast<std::int64_t>(std::random_device()() & 0xFFFFFFU)));
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::seconds(FromEnvironment("CORDON_SECONDS", 20));
  std::printf("CORDON_SEED=%llu\n", static_cast<unsigned long long>(seed));
  const RuntimeSchema schema(Tables());
  Neighbourhood shared(schema.view(), {.vm_steps = 3'000'000, .rows = 20'000});
  PlainSqlite plain;
  for (const std::string& create : PlainTables(schema.view())) plain.Must(create);
  for (std::size_t t = 0; t < schema.tables().size(); ++t) {
    const auto ours = Rows(t, 1, "");
    shared.Load(t, Neighbourhood::kOurs, ours);
    if (schema.tables()[t].kind == TableKind::kTenant) {
      shared.Load(t, Neighbourhood::kBelow, Rows(t, 2, "CANARY"));
      shared.Load(t, Neighbourhood::kAbove, Rows(t, 3, "CANARY"));
    }
    for (Row row : ours) {
      for (std::size_t c = 0; c < row.size(); ++c) {
        row[c] = AsPlain(row[c], schema.tables()[t].columns[c].type);
      }
      plain.Insert(schema.tables()[t].name, row);
    }
  }
  Generator generator(seed);
  Tally tally;
  int compared = 0;
  int with_rows = 0;
  while (std::chrono::steady_clock::now() < end && !HasFailure()) {
    bool ordered = false;
    const std::string sql = generator.Statement(&ordered);
    SCOPED_TRACE("CORDON_SEED=" + std::to_string(seed) + "\n" + sql);
    const Judgement judgement = Judge(schema.view(), sql, {});
    if (!judgement.accepted()) {
      tally.Refuse(judgement.parsed, sql);
      continue;
    }
    tally.Accept(sql);
    const Result ours = shared.Run(sql, {}, judgement);
    if (ours.error.find("the engine refused") != std::string::npos) {
      ADD_FAILURE() << ours.error << "\n" << shared.Readable(judgement);
    }
    // Out of its budget, or of 64 bits where SQLite would go on in floating point.
    if (!ours.ok()) continue;
    const Result theirs = plain.Run(sql);
    ASSERT_TRUE(theirs.ok()) << theirs.error;
    EXPECT_EQ(BrokenPromise(ours, judgement.parsed), "") << shared.Readable(judgement);
    EXPECT_EQ(Lines(ours, &judgement.parsed, ordered), Lines(theirs, nullptr, ordered))
        << shared.Readable(judgement);
    ++compared;
    if (!ours.rows.empty()) ++with_rows;
  }
  tally.Print("random reads");
  std::printf("compared: %d, with rows: %d\n", compared, with_rows);
  EXPECT_GT(compared, 100);
  EXPECT_GT(with_rows, compared / 3);
}

}  // namespace
}  // namespace cordon_test
