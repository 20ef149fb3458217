// SPDX-License-Identifier: Apache-2.0
//
// Random SQL over three tables: the checker's grammar, with types that mostly fit, so that most of
// it is accepted. Every choice comes from one function, so that a seed or a tester decides them
// all.
#ifndef CORDON_TESTS_SQL_GENERATOR_H_
#define CORDON_TESTS_SQL_GENERATOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sql/erp_data.h"

namespace cordon_test {

enum class Want { kInteger, kWord, kDecimal, kBoolean, kTime };
inline Want WantOf(SqlType type) {
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

struct Statement {
  std::string sql;
  std::vector<Argument> arguments;
  bool ordered = false;  // by all its columns, so that the sequence is fixed, too
};

class Generator {
 public:
  // below(n) is one of 0 to n - 1, and the only choice there is. Tables: the first is read most.
  // `open`: also what SQL leaves open, such as a LIMIT without a total order.
  explicit Generator(std::function<std::uint64_t(std::uint64_t)> below,
                     std::vector<RuntimeSchema::Table> tables, bool open = false)
      : below_(std::move(below)), tables_(std::move(tables)), open_(open) {}

  Statement Next() {
    Begin();
    std::vector<Want> types;
    Statement statement;
    std::string sql = Withs(3) + Query(3, &types, nullptr, false);
    statement.ordered = Chance(40);
    if (statement.ordered) {
      for (std::size_t i = 0; i < types.size(); ++i) {
        sql += (i == 0 ? " ORDER BY " : ", ") + std::to_string(i + 1) +
               (Chance(30) ? " DESC" : "") +
               (Chance(8)   ? " NULLS LAST"
                : Chance(5) ? " NULLS FIRST"
                            : "");
      }
      if (Chance(50)) sql += " LIMIT " + Pick(kLimits);
    } else if (open_ && Chance(70)) {
      if (Chance(50)) sql += " ORDER BY 1" + std::string(Chance(50) ? " DESC" : "");
      sql += " LIMIT " + Pick(kLimits);
    }
    Finish(std::move(sql), &statement);
    return statement;
  }

  // A statement that writes to one of the first two tables. It has no arguments. `returning`: and
  // returns one integer of each row.
  Statement Change(bool* returning) {
    Begin();
    plain_ = true;
    const RuntimeSchema::Table& table = tables_[Upto(2)];
    Scope scope{{table.name, {}}};
    for (const auto& column : table.columns) {
      scope[0].columns.push_back({column.name, WantOf(column.type)});
    }
    scopes_.push_back(&scope);
    std::string sql;
    switch (Upto(6)) {
      case 0:
        sql = "DELETE FROM " + table.name + " WHERE " + Condition(2);
        break;
      case 1:
        sql = Inserted(table, true);
        break;
      case 2:
        sql = Inserted(table, false);
        break;
      default:
        sql = "UPDATE " + table.name + " SET " + Assigned(table, 2);
        if (Chance(85)) sql += " WHERE " + Condition(2);
    }
    *returning = Chance(30);
    if (*returning) sql += " RETURNING " + table.columns[0].name;
    scopes_.clear();
    plain_ = false;
    Statement statement;
    Finish(std::move(sql), &statement);
    return statement;
  }

 private:
  struct Column {
    std::string name;
    Want type;
  };
  struct Source {
    std::string alias;
    std::vector<Column> columns;
  };
  using Scope = std::vector<Source>;

  static constexpr const char* kCompare[] = {"=", "<>", "<", "<=", ">", ">=", "IS", "IS NOT", "=="};
  static constexpr const char* kLimits[] = {"1", "3",          "2 OFFSET 1", "0",
                                            "5", "4 OFFSET 2", "1, 2",       "-1"};

  std::size_t Upto(std::size_t n) { return static_cast<std::size_t>(below_(n)); }
  // 0, all that an input chooses once it has ended, is the plainer of two ways.
  bool Chance(std::size_t percent) { return Upto(100) >= 100 - percent; }
  template <std::size_t N>
  std::string Pick(const char* const (&of)[N]) {
    return of[Upto(N)];
  }

  void Begin() {
    alias_ = 0;
    withs_.clear();
    scopes_.clear();
    arguments_.clear();
  }
  // What stands for the n-th argument becomes a '?', in the order of the text.
  void Finish(std::string sql, Statement* statement) const {
    for (std::size_t at = 0; (at = sql.find('\x01', at)) != std::string::npos; ++at) {
      statement->arguments.push_back(arguments_[static_cast<std::size_t>(sql[at + 1] - '0')]);
      sql.replace(at, 2, "?");
    }
    statement->sql = std::move(sql);
  }

  // ---- writes -----------------------------------------------------------------------------------

  // column = expression, of one to three columns that are no key.
  std::string Assigned(const RuntimeSchema::Table& table, int depth) {
    std::string list;
    const std::size_t keys = table.key.size();
    const std::size_t first = keys + Upto(table.columns.size() - keys);
    for (std::size_t i = first; i < table.columns.size() && i < first + 1 + Upto(2); ++i) {
      list += (list.empty() ? "" : ", ") + table.columns[i].name + " = " +
              Expression(WantOf(table.columns[i].type), depth);
    }
    return list;
  }
  std::string Inserted(const RuntimeSchema::Table& table, bool values) {
    std::string names;
    std::string row;
    std::vector<Want> types;
    const std::vector<const Scope*> around = std::exchange(scopes_, {});  // which it does not see
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      names += (i == 0 ? "" : ", ") + table.columns[i].name;
      types.push_back(WantOf(table.columns[i].type));
      const bool key = i < table.key.size();
      row += (i == 0 ? "" : ", ") + (key ? std::to_string(Upto(14)) : Literal(types.back()));
    }
    std::string sql = "INSERT INTO " + table.name + " (" + names + ") ";
    sql += values ? "VALUES (" + row + ")" : Select(2, nullptr, &types, false);
    scopes_ = around;
    if (!Chance(60)) return sql;
    std::string keys;
    for (const std::string& key : table.key) keys += (keys.empty() ? "" : ", ") + key;
    sql += " ON CONFLICT (" + keys + ") DO ";
    return sql + (Chance(40) ? "NOTHING" : "UPDATE SET " + Assigned(table, 1));
  }

  // ---- queries ----------------------------------------------------------------------------------

  std::string Withs(int depth) {
    if (!Chance(25)) return "";
    if (Chance(25)) {
      withs_.push_back({"r" + std::to_string(++alias_), {{"n", Want::kInteger}}});
      const std::string name = withs_.back().alias;
      const std::string step = "SELECT " + name + ".n + 1 FROM " + name + " WHERE " + name +
                               ".n < " + std::to_string(2 + Upto(4));
      return "WITH RECURSIVE " + name + "(n) AS (" + (Chance(50) ? "SELECT 0" : "VALUES (1)") +
             (Chance(50) ? " UNION ALL " : " UNION ") + step + ") ";
    }
    std::vector<Want> types;
    std::string body;
    if (Chance(15)) {
      types = {Want::kInteger, Want::kWord};
      body = "VALUES (1, 'ab'), (2, NULL), (" + Literal(Want::kInteger) + ", " +
             Literal(Want::kWord) + ")";
    } else {
      std::vector<const Scope*> around;
      around.swap(scopes_);
      body = Query(depth - 1, &types, nullptr, false);
      around.swap(scopes_);
    }
    Source named{"w" + std::to_string(++alias_), {}};
    std::string columns;
    for (std::size_t i = 0; i < types.size(); ++i) {
      named.columns.push_back({"c" + std::string(1, static_cast<char>('a' + i)), types[i]});
      columns += (i == 0 ? "" : ", ") + named.columns.back().name;
    }
    static constexpr const char* kHints[] = {"", "", "", " MATERIALIZED", " NOT MATERIALIZED"};
    const std::string head = "WITH " + named.alias + "(" + columns + ") AS";
    withs_.push_back(std::move(named));
    return head + Pick(kHints) + " (" + body + ") ";
  }

  // Its types are those of `like`, or its own choice, which `types` then holds.
  std::string Query(int depth, std::vector<Want>* types, const std::vector<Want>* like,
                    bool named) {
    std::vector<Want> own;
    std::string sql = Select(depth, &own, like, named);
    while (Chance(12)) {
      static constexpr const char* kSets[] = {"UNION", "UNION ALL", "INTERSECT", "EXCEPT"};
      sql += std::string(" ") + kSets[Upto(4)] + " " + Select(depth - 1, nullptr, &own, false);
    }
    if (types != nullptr) *types = own;
    return sql;
  }

  Source From(std::string* text, int depth) {
    Source source{"q" + std::to_string(++alias_), {}};
    if (!withs_.empty() && Chance(40)) {
      const Source& with = withs_[Upto(withs_.size())];
      source.columns = with.columns;
      *text += with.alias + " AS " + source.alias;
      return source;
    }
    if (depth > 1 && Chance(15)) {
      std::vector<Want> types;
      std::vector<const Scope*> around;
      around.swap(scopes_);  // which it does not see
      std::string body = Query(depth - 2, &types, nullptr, true);
      if (open_ && Chance(40))
        body += Pick({" LIMIT 2", " ORDER BY 1 LIMIT 3", " ORDER BY 1 DESC LIMIT 1"});
      around.swap(scopes_);
      for (std::size_t i = 0; i < types.size(); ++i) {
        source.columns.push_back({"k" + std::to_string(i), types[i]});
      }
      *text += "(" + body + ") AS " + source.alias;
      return source;
    }
    const RuntimeSchema::Table& table = tables_[Upto(8) < 4 ? 0 : Upto(5) < 4 ? 1 : 2];
    for (const auto& column : table.columns) {
      source.columns.push_back({column.name, WantOf(column.type)});
    }
    *text += table.name + (Chance(50) ? " AS " : " ") + source.alias;
    return source;
  }

  std::string Joined(Scope* scope, int depth) {
    std::string from;
    scope->push_back(From(&from, depth));
    for (std::size_t joins = Chance(50) ? 0 : 1 + Upto(2); joins > 0; --joins) {
      static constexpr const char* kJoins[] = {" JOIN ",       " INNER JOIN ", " LEFT JOIN ",
                                               " LEFT JOIN ",  " CROSS JOIN ", ", ",
                                               " RIGHT JOIN ", " FULL JOIN "};
      const std::string join = Pick(kJoins);
      from += join;
      scope->push_back(From(&from, depth));
      if (join == ", " || join == " CROSS JOIN ") continue;
      const std::string shared = SharedColumn(*scope);
      if (!shared.empty() && Chance(40)) {
        from += " USING (" + shared + ")";
      } else if (Chance(60)) {
        const Want of = AnyType();
        const std::string left = ColumnOf(of, true);
        const std::string right = ColumnOf(of, true);
        from += " ON " + (left.empty() ? Condition(depth - 1) : left + " = " + right);
      } else {
        from += " ON " + Condition(depth - 1);
      }
    }
    return from;
  }
  // A column that the last source has in common with exactly one before it.
  static std::string SharedColumn(const Scope& scope) {
    for (const Column& column : scope.back().columns) {
      int found = 0;
      for (std::size_t s = 0; s + 1 < scope.size(); ++s) {
        for (const Column& other : scope[s].columns) {
          if (other.name == column.name && other.type == column.type) ++found;
        }
      }
      if (found == 1) return column.name;
    }
    return "";
  }

  std::string Select(int depth, std::vector<Want>* types, const std::vector<Want>* like,
                     bool named) {
    Scope scope;
    scopes_.push_back(&scope);
    const std::string from = Joined(&scope, depth);
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
        expression = depth > 1 && Chance(8) ? Window(type, scope) : Expression(type, depth);
      } else if (Chance(50)) {
        expression = Chance(70) ? ColumnOf(type, true) : "";
        if (expression.empty()) expression = Ungrouped(type);
        groups += (groups.empty() ? "" : ", ") + (Chance(30) ? std::to_string(i + 1) : expression);
      } else {
        expression = Chance(40) ? OverAggregates(type) : Aggregate(type);
      }
      list += (i == 0 ? "" : ", ") + expression;
      if (named) list += " AS k" + std::to_string(i);
    }
    if (!groups.empty()) tail += " GROUP BY " + groups;
    if (grouped && Chance(30)) {
      tail += " HAVING " + Aggregate(Want::kInteger) + " " + Pick(kCompare) + " 2";
    }
    scopes_.pop_back();
    if (types != nullptr) *types = chosen;
    const bool distinct = Chance(10);
    return std::string(distinct ? "SELECT DISTINCT " : "SELECT ") + list + " FROM " + from + tail;
  }

  // ---- operands ---------------------------------------------------------------------------------

  Want AnyType() {
    static constexpr Want kAll[] = {Want::kInteger, Want::kInteger, Want::kWord,
                                    Want::kDecimal, Want::kBoolean, Want::kTime};
    return kAll[Upto(6)];
  }

  // A column of that type, or nothing. `innermost`: not one of a query around.
  std::string ColumnOf(Want type, bool innermost) {
    std::vector<std::string> found;
    for (std::size_t s = innermost && !scopes_.empty() ? scopes_.size() - 1 : 0; s < scopes_.size();
         ++s) {
      for (const Source& source : *scopes_[s]) {
        for (const Column& column : source.columns) {
          if (column.type == type) found.push_back(source.alias + "." + column.name);
        }
      }
    }
    return found.empty() ? "" : found[Upto(found.size())];
  }

  std::string Literal(Want type) {
    static constexpr const char* kTexts[] = {"'ab'", "'B'", "''", "'a%'", "'12'", "'x''y'", "'_'"};
    static constexpr const char* kDecimals[] = {"0.25", "1.5", "2", "-0.75", "3.00", "1"};
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

  std::string Placeholder(Want type) {
    static constexpr const char* kIntegers[] = {"integer:2", "integer?:NULL", "integer:-1"};
    static constexpr const char* kTexts[] = {"text:ab", "text:", "text:A%"};
    static constexpr const char* kDecimals[] = {"decimal2:1.25", "decimal4:0.5", "decimal2?:NULL",
                                                "decimal0:3"};
    static constexpr const char* kTimes[] = {"timestamp:2026-01-02", "timestamp?:NULL"};
    if (plain_ || arguments_.size() == 9) return Literal(type);
    arguments_.push_back(ParseArgument(type == Want::kInteger   ? Pick(kIntegers)
                                       : type == Want::kWord    ? Pick(kTexts)
                                       : type == Want::kDecimal ? Pick(kDecimals)
                                       : type == Want::kTime    ? Pick(kTimes)
                                                                : "boolean:1"));
    return "\x01" + std::string(1, static_cast<char>('0' + arguments_.size() - 1));
  }

  std::string Leaf(Want type) {
    if (Chance(8)) return Placeholder(type);
    const std::string column = Chance(75) || type == Want::kTime ? ColumnOf(type, false) : "";
    return column.empty() ? Literal(type) : column;
  }

  // With a COLLATE only here: deeper in an expression it is the collation of the whole to SQLite,
  // but not to Cordon, where a value is to be chosen (see found_test.cc).
  std::string Condition(int depth) {
    if (Chance(6)) {
      return "(" + Leaf(Want::kWord) + " " + Pick(kCompare) + " " + Expression(Want::kWord, depth) +
             " COLLATE NOCASE)";
    }
    return Expression(Want::kBoolean, depth);
  }

  std::string Expression(Want type, int depth) {
    if (depth <= 0 || Chance(20)) return Leaf(type);
    const auto sub = [&](Want of) { return Expression(of, depth - 1); };
    if (Chance(8)) {
      return "CASE WHEN " + sub(Want::kBoolean) + " THEN " + sub(type) +
             (Chance(70) ? " ELSE " + sub(type) : "") + " END";
    }
    if (Chance(4)) {
      const Want of = AnyType();
      return "CASE " + sub(of) + " WHEN " + Leaf(of) + " THEN " + sub(type) + " WHEN " + Leaf(of) +
             " THEN " + sub(type) + " ELSE " + sub(type) + " END";
    }
    if (Chance(8)) return "COALESCE(" + sub(type) + ", " + sub(type) + ")";
    if (Chance(4)) return "NULLIF(" + sub(type) + ", " + sub(type) + ")";
    if (Chance(4)) return "IIF(" + sub(Want::kBoolean) + ", " + sub(type) + ", " + sub(type) + ")";
    if (Chance(8)) return Scalar(type, depth);
    switch (type) {
      case Want::kInteger:
        return Integer(depth);
      case Want::kDecimal:
        return Fraction(depth);
      case Want::kWord:
        return Word(depth);
      case Want::kTime:
        return Chance(20) ? "MAX(" + Leaf(type) + ", " + Leaf(type) + ")" : Leaf(type);
      case Want::kBoolean:
        break;
    }
    return Truth(depth);
  }

  std::string Integer(int depth) {
    static constexpr const char* kOperators[] = {" + ", " - ", " * ", " / ", " % ",
                                                 " & ", " | ", " + ", " - "};
    const auto sub = [&](Want of) { return Expression(of, depth - 1); };
    switch (Upto(12)) {
      case 0:
        return "LENGTH(" + sub(Want::kWord) + ")";
      case 1:
        return "ABS(" + sub(Want::kInteger) + ")";
      case 2:
        return Pick({"-(", "+(", "~("}) + Leaf(Want::kInteger) + ")";
      case 3:
        return "INSTR(" + sub(Want::kWord) + ", " + sub(Want::kWord) + ")";
      case 4:
        return "CAST(" + sub(Want::kWord) + " AS INTEGER)";
      case 5:
        return "CAST(" + sub(Want::kDecimal) + " AS INTEGER)";
      case 6:
        return "MAX(" + sub(Want::kInteger) + ", " + sub(Want::kInteger) + ")";
      case 7:
        return "SIGN(" + sub(Chance(50) ? Want::kInteger : Want::kDecimal) + ")";
      default:
        return "(" + sub(Want::kInteger) + Pick(kOperators) + sub(Want::kInteger) + ")";
    }
  }

  std::string Fraction(int depth) {
    static constexpr const char* kOperators[] = {" + ", " - ", " * "};
    const auto sub = [&](Want of) { return Expression(of, depth - 1); };
    const Want other = Chance(30) ? Want::kInteger : Want::kDecimal;
    switch (Upto(9)) {
      case 0:
        return "ABS(" + sub(Want::kDecimal) + ")";
      case 1:
        return "ROUND(" + sub(Want::kDecimal) + Pick({")", ", 0)", ", 9)"});
      case 2:
        return "-(" + sub(Want::kDecimal) + ")";
      case 3:
        return "MIN(" + sub(Want::kDecimal) + ", " + sub(other) + ")";
      default:
        return Chance(50) ? "(" + sub(Want::kDecimal) + Pick(kOperators) + sub(other) + ")"
                          : "(" + sub(other) + Pick(kOperators) + sub(Want::kDecimal) + ")";
    }
  }

  std::string Word(int depth) {
    const auto sub = [&](Want of) { return Expression(of, depth - 1); };
    switch (Upto(13)) {
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
      case 5:
        return "SUBSTR(" + sub(Want::kWord) + ", " + sub(Want::kInteger) + ")";
      case 6:
        return Pick({"date(", "datetime(", "time("}) + Leaf(Want::kTime) +
               Pick({")", ", '+1 day')", ", 'start of month')"});
      case 7:
        return "strftime('" + Pick({"%Y-%m", "%d.%m.%Y", "%H:%M", "%j-%w", "%s"}) + "', " +
               Leaf(Want::kTime) + ")";
      case 8:
        return "printf('%d-%s', " + sub(Want::kInteger) + ", " + sub(Want::kWord) + ")";
      case 9:
        return "json_array(" + sub(Want::kInteger) + ", " + sub(Want::kWord) + ")";
      case 10:
        return "(" + sub(Want::kWord) + " || " + sub(Want::kInteger) + ")";
      default:
        return "(" + sub(Want::kWord) + " || " + sub(Want::kWord) + ")";
    }
  }

  std::string Truth(int depth) {
    const auto sub = [&](Want of) { return Expression(of, depth - 1); };
    switch (Upto(19)) {
      case 0:
        return "(" + sub(Want::kBoolean) + " AND " + sub(Want::kBoolean) + ")";
      case 1:
        return "(" + sub(Want::kBoolean) + " OR " + sub(Want::kBoolean) + ")";
      case 2:
        return "NOT " + sub(Want::kBoolean);
      case 3:
        return "(" + sub(AnyType()) + Pick({" IS NULL)", " IS NOT NULL)", " ISNULL)", " NOTNULL)"});
      case 4: {
        const Want of = Chance(50) ? Want::kInteger : Want::kWord;
        return "(" + sub(of) + (Chance(30) ? " NOT IN (" : " IN (") + sub(of) + ", " + Literal(of) +
               "))";
      }
      case 5: {
        const Want of = Chance(50) ? Want::kInteger : Chance(50) ? Want::kWord : Want::kDecimal;
        return "(" + sub(of) + (Chance(30) ? " NOT BETWEEN " : " BETWEEN ") + Leaf(of) + " AND " +
               Leaf(of) + ")";
      }
      case 6:
        return "(" + sub(Want::kWord) + Pick({" LIKE ", " NOT LIKE ", " GLOB "}) +
               Leaf(Want::kWord) + ")";
      case 7: {
        const std::string body = Query(depth - 1, nullptr, nullptr, false);
        return (Chance(40) ? "NOT EXISTS (" : "EXISTS (") + body + ")";
      }
      case 8: {
        const Want of = Chance(50) ? Want::kInteger : Want::kWord;
        const std::vector<Want> one = {of};
        const std::string left = sub(of);
        return "(" + left + (Chance(30) ? " NOT IN (" : " IN (") +
               Query(depth - 1, nullptr, &one, false) + "))";
      }
      case 9: {
        const std::vector<Want> two = {AnyType(), AnyType()};
        const std::string left = "(" + sub(two[0]) + ", " + sub(two[1]) + ")";
        if (Chance(40)) {
          return "(" + left + " IN (" + Query(depth - 1, nullptr, &two, false) + "))";
        }
        return "(" + left + Pick({" = ", " < ", " >= ", " <> "}) + "(" + sub(two[0]) + ", " +
               sub(two[1]) + "))";
      }
      case 10:
        return "(" + sub(Want::kWord) + " " + Pick(kCompare) + " " + sub(Want::kWord) + ")";
      case 11:
        return "(" + sub(Want::kBoolean) + Pick({" IS TRUE)", " IS FALSE)", " IS NOT TRUE)"});
      case 12:
        return "(" + sub(Want::kBoolean) + " = " + sub(Want::kBoolean) + ")";
      case 13:
        return "(" + sub(Want::kInteger) + " " + Pick(kCompare) + " " + sub(Want::kDecimal) + ")";
      case 14:
        return "(" + sub(Want::kDecimal) + " < CAST(" + sub(Want::kInteger) + " AS REAL))";
      default: {
        const Want of = AnyType();
        if (of == Want::kBoolean) return sub(of);
        return "(" + sub(of) + " " + Pick(kCompare) + " " +
               (of == Want::kTime ? Leaf(of) : sub(of)) + ")";
      }
    }
  }

  std::string Scalar(Want type, int depth) {
    Scope scope;
    scopes_.push_back(&scope);
    std::string from;
    scope.push_back(From(&from, 0));
    const bool any = open_ && Chance(60);
    const bool first = any || (scope[0].columns[0].name == "id" && Chance(50));
    const std::string value = first ? Expression(type, 1) : Aggregate(type);
    std::string where = Chance(70) ? " WHERE " + Condition(depth - 1) : "";
    if (any) {
      const std::string by = ColumnOf(AnyType(), true);
      if (!by.empty() && Chance(60)) where += " ORDER BY " + by;
      if (Chance(50)) where += " LIMIT 1";
    } else if (first) {
      where += " ORDER BY " + scope[0].alias + ".id" + (Chance(50) ? " DESC" : "") + " LIMIT 1";
    }
    scopes_.pop_back();
    return "(SELECT " + value + " FROM " + from + where + ")";
  }

  // ---- aggregates and windows -------------------------------------------------------------------

  std::string Aggregate(Want type) {
    const std::string filter =
        Chance(15) ? " FILTER (WHERE " + OfInnermost(Want::kBoolean) + ")" : "";
    if (type == Want::kBoolean) return "(COUNT(*)" + filter + " > 1)";
    if (type == Want::kInteger) {
      switch (Upto(6)) {
        case 0:
          return "COUNT(*)" + filter;
        case 1:
          return "COUNT(DISTINCT " + OfInnermost(AnyType()) + ")" + filter;
        case 2:
          return "SUM(" + OfInnermost(type) + ")" + filter;
        case 3:
          return "SUM(" + OfInnermost(Want::kBoolean) + ")" + filter;
        case 4:
          return "CAST(AVG(" + OfInnermost(Chance(50) ? type : Want::kDecimal) + ")" + filter +
                 " AS INTEGER)";
        default:
          break;
      }
    }
    if (type == Want::kDecimal && Chance(50)) {
      return Pick({"SUM(", "SUM(DISTINCT "}) + OfInnermost(type) + ")" + filter;
    }
    if (type == Want::kWord && open_ && Chance(40)) {
      return Pick({"GROUP_CONCAT(", "GROUP_CONCAT(DISTINCT ", "json_group_array("}) +
             OfInnermost(Chance(50) ? type : Want::kInteger) + ")";
    }
    if (type == Want::kWord && Chance(20)) {
      return "CAST(COUNT(" + OfInnermost(type) + ")" + filter + " AS TEXT)";
    }
    return std::string(Chance(50) ? "MIN(" : "MAX(") + OfInnermost(type) + ")" + filter;
  }
  std::string OverAggregates(Want type) {
    switch (type) {
      case Want::kInteger:
        return "(" + Aggregate(type) + Pick({" + ", " * ", " - "}) + Aggregate(type) + ")";
      case Want::kDecimal:
        return "(" + Aggregate(type) + Pick({" + ", " * "}) + Aggregate(Want::kInteger) + ")";
      case Want::kWord:
        return "COALESCE(" + Aggregate(type) + ", '-')";
      default:
        return "CASE WHEN " + Aggregate(Want::kBoolean) + " THEN " + Aggregate(type) + " END";
    }
  }
  // An aggregate of nothing but outer columns would belong to the query around.
  std::string OfInnermost(Want type) {
    const std::string column = ColumnOf(type, true);
    return column.empty() ? Literal(type) : column;
  }
  // To group by: no number, which would be a place in the list.
  std::string Ungrouped(Want type) {
    const std::string column = ColumnOf(Want::kWord, true);
    if (column.empty()) return "COALESCE(" + OfInnermost(type) + ", " + Literal(type) + ")";
    switch (type) {
      case Want::kInteger:
        return "LENGTH(" + column + ")";
      case Want::kBoolean:
        return "(" + column + " = 'ab')";
      case Want::kWord:
        return "UPPER(" + column + ")";
      default:
        return "COALESCE(" + OfInnermost(type) + ", " + Literal(type) + ")";
    }
  }

  std::string Window(Want type, const Scope& scope) {
    const std::string partition =
        Chance(50) ? "PARTITION BY " + OfInnermost(Want::kInteger) + " " : std::string();
    if (scope.size() == 1 && scope[0].columns[0].name == "id" && Chance(70)) {
      // Its order is total, so any function and frame will do.
      const std::string over =
          " OVER (" + partition + "ORDER BY " + scope[0].alias + ".id" +
          (Chance(30) ? " DESC" : "") +
          Pick({")", " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)", " ROWS UNBOUNDED PRECEDING)",
                " GROUPS BETWEEN CURRENT ROW AND 2 FOLLOWING)"});
      const std::string value = OfInnermost(type);
      if (type == Want::kInteger && Chance(40)) return "ROW_NUMBER()" + over;
      if (type == Want::kDecimal && Chance(40)) return "SUM(" + value + ")" + over;
      return Pick({"LAG(", "LEAD(", "FIRST_VALUE(", "LAST_VALUE(", "MAX("}) + value + ")" + over;
    }
    if (open_ && Chance(70)) {
      const std::string by = " OVER (" + partition + "ORDER BY " + OfInnermost(AnyType()) +
                             Pick({")", " ROWS 1 PRECEDING)", " ROWS UNBOUNDED PRECEDING)"});
      const std::string value = OfInnermost(type);
      if (type == Want::kInteger && Chance(40)) return Pick({"ROW_NUMBER()", "NTILE(2)"}) + by;
      return Pick({"LAG(", "LEAD(", "FIRST_VALUE(", "MIN("}) + value + ")" + by;
    }
    const std::string over = " OVER (" + partition;
    if (type == Want::kInteger && Chance(50)) return "COUNT(*)" + over + ")";
    if (type == Want::kInteger) {
      return std::string(Chance(50) ? "RANK()" : "DENSE_RANK()") + over + "ORDER BY " +
             OfInnermost(Want::kInteger) + ")";
    }
    if (type == Want::kBoolean) return "(COUNT(*)" + over + ") > 2)";
    return "MAX(" + OfInnermost(type) + ")" + over + "ORDER BY " + OfInnermost(Want::kInteger) +
           ")";
  }

  const std::function<std::uint64_t(std::uint64_t)> below_;
  const std::vector<RuntimeSchema::Table> tables_;
  const bool open_;
  bool plain_ = false;  // without arguments
  int alias_ = 0;
  std::vector<Source> withs_;
  std::vector<const Scope*> scopes_;
  std::vector<Argument> arguments_;
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_SQL_GENERATOR_H_
