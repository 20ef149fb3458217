// SPDX-License-Identifier: Apache-2.0
#include "sql/generator.h"

#include <algorithm>
#include <utility>

namespace cordon_test {
namespace {

constexpr const char* kCompare[] = {"=",
                                    "<>",
                                    "<",
                                    "<=",
                                    ">",
                                    ">=",
                                    "IS",
                                    "IS NOT",
                                    "==",
                                    "!=",
                                    "IS DISTINCT FROM",
                                    "IS NOT DISTINCT FROM"};
constexpr const char* kLimits[] = {"1", "3", "2 OFFSET 1", "0", "5", "4 OFFSET 2", "1, 2", "-1"};
constexpr const char* kJson[] = {"'{\"a\": 1, \"b\": [1, \"x\", null]}'",
                                 "'[1, 2.5, \"z\"]'",
                                 "'[]'",
                                 "'{}'",
                                 "'[[1, 2], {\"a\": \"q\"}]'",
                                 "'3'",
                                 "'null'"};
constexpr const char* kPaths[] = {"'$'", "'$.a'", "'$[0]'", "'$.b[1]'", "'$.b'", "'$[1].a'"};

}  // namespace

Generator::Generator(std::function<std::uint64_t(std::uint64_t)> below,
                     std::vector<RuntimeSchema::Table> tables, bool open)
    : below_(std::move(below)), tables_(std::move(tables)), open_(open) {}

Generator::Want Generator::WantOf(SqlType type) {
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

Generator::Source Generator::SourceOf(const RuntimeSchema::Table& table, const std::string& alias) {
  Source source{alias, {}, table.key};
  for (const auto& column : table.columns) {
    source.columns.push_back(
        {column.name, WantOf(column.type), column.type.scale, !column.type.nullable});
  }
  return source;
}

void Generator::Begin() {
  alias_ = 0;
  withs_.clear();
  scopes_.clear();
  arguments_.clear();
  windows_ = nullptr;
}

// What stands for the n-th argument becomes a '?', in the order of the text.
void Generator::Finish(std::string sql, Statement* statement) {
  for (std::size_t at = 0; (at = sql.find('\x01', at)) != std::string::npos; ++at) {
    statement->arguments.push_back(arguments_[static_cast<std::size_t>(sql[at + 1] - '0')]);
    sql.replace(at, 2, "?");
  }
  if (Chance(5)) sql += ";";
  statement->sql = Chance(6) ? Written(sql) : std::move(sql);
  // What stands between these marks is a subquery of what it means.
  const std::size_t begin = statement->sql.find('\x02');
  if (begin == std::string::npos) return;
  statement->meant = statement->sql;
  statement->meant.replace(statement->meant.find('\x03'), 1, ")");
  statement->meant.replace(begin, 1, "SELECT * FROM (");
  std::erase(statement->sql, '\x02');
  std::erase(statement->sql, '\x03');
}

// The same in another hand: comments, white space, capitals and small letters outside of quotes.
std::string Generator::Written(const std::string& sql) {
  static constexpr const char* kBlanks[] = {" ",           "  ",      "\n",  "\t",
                                            " /* 'x' */ ", " -- ;\n", "\r\n"};
  const std::size_t letters = Upto(3);
  std::string text;
  char quote = 0;
  for (const char c : sql) {
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == ' ' && Chance(15)) {
      text += Pick(kBlanks);
      continue;
    } else if (letters == 1 && c >= 'A' && c <= 'Z') {
      text += static_cast<char>(c + 32);
      continue;
    } else if (letters == 2 && c >= 'a' && c <= 'z') {
      text += static_cast<char>(c - 32);
      continue;
    }
    text += c;
  }
  return text;
}

Statement Generator::Next() {
  Begin();
  Statement statement;
  Wishes columns;
  std::string sql = Withs(3);
  const bool named = Chance(20);
  Made made = Query(3, &columns, nullptr, named, true);
  const std::size_t body = sql.size();
  sql += made.text;
  const std::size_t behind = sql.size();
  bool collated = false;
  statement.ordered = made.ordered;
  if (made.values && !open_) {
    // SQLite itself takes no order behind VALUES.
  } else if (!made.ordered && Chance(50)) {
    statement.ordered = true;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string number = std::to_string(i + 1);
      sql += (i == 0 ? " ORDER BY " : ", ");
      if (columns[i].type == Want::kWord && Chance(15)) {
        const std::string term = columns[i].name.empty() ? number : columns[i].name;
        const bool enclosed = Chance(30);
        collated = true;
        sql += (enclosed ? "(" : "") + term + Pick({" COLLATE NOCASE", " COLLATE BINARY"}) +
               (enclosed ? ")" : "") + Pick({"", " COLLATE NOCASE", " DESC"}) + ", ";
      }
      sql += (!columns[i].name.empty() && Chance(50) ? columns[i].name
              : Chance(3)                            ? "(" + number + ")"
                                                     : number) +
             (Chance(30)  ? " DESC"
              : Chance(8) ? " ASC"
                          : "") +
             (Chance(8)   ? " NULLS LAST"
              : Chance(5) ? " NULLS FIRST"
                          : "");
    }
    if (Chance(50)) sql += Limit();
    // SQLite takes the GROUP BY of the last SELECT for one of the whole.
    if (made.compound && collated) {
      sql.insert(behind, 1, '\x03');
      sql.insert(body, 1, '\x02');
    }
  } else if (!made.ordered && open_ && Chance(70)) {
    if (Chance(50)) sql += " ORDER BY 1" + std::string(Chance(50) ? " DESC" : "");
    sql += Limit();
  }
  Finish(std::move(sql), &statement);
  return statement;
}

std::string Generator::Limit() {
  if (!plain_ && arguments_.size() < 9 && Chance(10)) {
    arguments_.push_back(ParseArgument("integer:2"));
    return " LIMIT \x01" + std::to_string(arguments_.size() - 1);
  }
  return " LIMIT " + Pick(kLimits);
}

// ---- writes -------------------------------------------------------------------------------------

Statement Generator::Change(bool* returning) {
  Begin();
  plain_ = true;
  const RuntimeSchema::Table& table = tables_[Upto(2)];
  std::string sql = Chance(30) ? Withs(2) : "";
  const std::string alias = Chance(25) ? NewName("u") : table.name;
  const std::string target =
      (Chance(3) ? "\"" + table.name + "\"" : table.name) +
      (alias == table.name ? "" : (open_ ? Pick({" AS ", " "}) : " AS ") + alias);
  const Scope scope{SourceOf(table, alias)};
  switch (Upto(6)) {
    case 1:
    case 2:
    case 3:
      sql += "INSERT INTO " + target + " " + Inserted(table, alias);
      break;
    case 4:
      sql += "DELETE FROM " + target;
      scopes_ = {&scope};
      if (Chance(95)) sql += " WHERE " + Condition(2);
      break;
    default:
      sql += "UPDATE " + target + " SET " + Updated(table, alias);
  }
  scopes_.clear();
  *returning = Chance(30);
  if (*returning) {
    flat_ = !open_;
    sql += " RETURNING " + Returned(table, alias);
    flat_ = false;
  }
  plain_ = false;
  Statement statement;
  Finish(std::move(sql), &statement);
  return statement;
}

std::string Generator::Returned(const RuntimeSchema::Table& table, const std::string& alias) {
  // SQLite alone does not know the alias here.
  const Scope scope{SourceOf(table, open_ ? alias : "")};
  scopes_ = {&scope};
  std::string value = table.columns[0].name;
  if (Chance(50)) value = "COALESCE(" + Expression(Want::kInteger, 2) + ", -1)";
  scopes_.clear();
  return value + (Chance(20) ? Pick({" AS k", " k"}) : "");
}

// What a column can hold.
std::string Generator::Stored(const Column& column, int depth) {
  std::string value;
  if (column.type == Want::kDecimal && !open_) {
    // Of no more digits than it keeps, so that nothing is rounded.
    const auto leaf = [&] { return Leaf(column.type, column.scale); };
    value = Chance(50) ? "(" + leaf() + Pick({" + ", " - "}) + leaf() + ")" : leaf();
    if (!column.certain && Chance(10)) value = "NULL";
  } else if (column.type == Want::kDecimal) {
    const std::string scale = std::to_string(column.scale);
    value = Chance(50)
                ? "CAST(" + Expression(column.type, depth - 1) + " AS DECIMAL(18, " + scale + "))"
                : Leaf(column.type, column.scale);
    if (Chance(10)) value = "ROUND(" + Leaf(column.type, 4) + " * 0.5, " + scale + ")";
    if (!column.certain && Chance(10)) value = "NULL";
  } else if (column.type == Want::kTime) {
    value = Chance(40) ? Pick({"'2026-01-02 00:00:00'", "'2026-01-03 12:30:00'", "NULL"})
                       : Expression(column.type, depth);
  } else {
    value = Expression(column.type, depth);
    if (!column.certain && Chance(8)) value = "NULL";
  }
  if (column.certain && !Chance(3)) value = "COALESCE(" + value + ", " + Literal(column.type) + ")";
  return value;
}

// column = expression, of columns that are mostly no key; also several at once.
std::string Generator::Assigned(const RuntimeSchema::Table& table, int depth) {
  const Source source = SourceOf(table, "");
  const std::size_t keys = table.key.size();
  const std::size_t count = source.columns.size();
  std::string list;
  if (open_ && Chance(16)) {
    // Whether it meets another on the way is a matter of the order.
    const Column& key = source.columns[keys - 1];
    list = key.name + " = " + scopes_.front()->front().alias + "." + key.name +
           Pick({" + 20", " + 1", " - 1", ""});
  }
  const std::size_t first = keys + Upto(count - keys);
  const std::size_t last = std::min(count, first + 1 + Upto(3));
  if (last - first > 1 && Chance(30)) {
    std::string names;
    std::string values;
    Wishes wishes;
    bool certain = false;
    for (std::size_t i = first; i < last; ++i) {
      const Column& column = source.columns[i];
      names += (i == first ? "" : ", ") + column.name;
      certain = certain || column.certain;
      wishes.push_back({column.type, false, column.type == Want::kDecimal ? column.scale : -1, ""});
    }
    if (!certain && open_ && Chance(60)) {
      values = Sub(1, nullptr, &wishes, false);
    } else {
      for (std::size_t i = first; i < last; ++i) {
        values += (i == first ? "" : ", ") + Stored(source.columns[i], depth);
      }
    }
    return list + (list.empty() ? "" : ", ") + "(" + names + ") = (" + values + ")";
  }
  for (std::size_t i = first; i < last; ++i) {
    const std::string name = source.columns[i].name;
    list += (list.empty() ? "" : ", ") + (Chance(4) ? "(" + name + ")" : name) + " = " +
            Stored(source.columns[i], depth);
  }
  return list;
}

std::string Generator::Inserted(const RuntimeSchema::Table& table, const std::string& alias) {
  const Source source = SourceOf(table, alias);
  bool several = false;  // rows in an order that nobody has fixed
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < source.columns.size(); ++i) {
    if (source.columns[i].certain || !Chance(20)) columns.push_back(i);
  }
  const bool all = columns.size() == source.columns.size() && Chance(25);
  if (!all && columns.size() > 1 && Chance(10)) std::swap(columns.front(), columns.back());
  std::string names;
  for (const std::size_t c : columns) {
    names += (names.empty() ? "" : ", ") + source.columns[c].name;
  }
  std::string sql = all ? "" : "(" + names + ") ";
  const auto is_key = [&](std::size_t c) { return c < table.key.size(); };
  if (Chance(35)) {
    Wishes wishes;
    for (const std::size_t c : columns) {
      const Column& column = source.columns[c];
      wishes.push_back(
          {column.type, column.certain, column.type == Want::kDecimal ? column.scale : -1, ""});
    }
    several = true;
    const std::size_t known = withs_.size();
    if (Chance(15)) sql += With(2) + " ";
    sql += Chance(10) ? Query(2, nullptr, &wishes, false).text
                      : Select(2, nullptr, &wishes, false, false, false).text;
    withs_.resize(known);
  } else {
    for (std::size_t rows = 1 + (Chance(30) ? 1 + Upto(2) : 0), r = 0; r < rows; ++r) {
      std::string row;
      for (const std::size_t c : columns) {
        row += (row.empty() ? "" : ", ") + (is_key(c)    ? std::to_string(Upto(14))
                                            : Chance(30) ? Stored(source.columns[c], 1)
                                                         : Literal(source.columns[c].type));
      }
      sql += (r == 0 ? "VALUES (" : ", (") + row + ")";
    }
  }
  if ((open_ || !several) && Chance(60)) sql += Conflict(table, alias);
  return sql;
}

std::string Generator::Conflict(const RuntimeSchema::Table& table, const std::string& alias) {
  if (Chance(10)) return " ON CONFLICT DO NOTHING";
  const bool was_flat = std::exchange(flat_, !open_);
  std::string keys;
  for (const std::string& key : table.key) {
    keys =
        Chance(20) && !keys.empty() ? key + ", " + keys : keys + (keys.empty() ? "" : ", ") + key;
  }
  std::string sql = " ON CONFLICT (" + keys + ") DO ";
  if (Chance(30)) {
    sql += "NOTHING";
  } else {
    const Scope scope{SourceOf(table, alias), SourceOf(table, "excluded")};
    scopes_ = {&scope};
    sql += "UPDATE SET " + Assigned(table, 1);
    if (Chance(30)) sql += " WHERE " + Condition(1);
    scopes_.clear();
  }
  flat_ = was_flat;
  if (Chance(8)) sql += " ON CONFLICT DO NOTHING";
  return sql;
}

// What stands behind SET.
std::string Generator::Updated(const RuntimeSchema::Table& table, const std::string& alias) {
  Scope scope{SourceOf(table, alias)};
  std::string from;
  std::string where;
  if (Chance(25)) {
    // A row for each: the whole key is equated, or what is grouped.
    const std::string other = NewName("f");
    const std::string own =
        alias + "." + (table.columns.size() > 2 ? table.columns[0].name : table.key[0]);
    switch (Upto(4)) {
      case 1: {
        from = "lines AS " + other;
        where =
            other + ".order_id = " + own + " AND " + other + ".line = " + (Chance(50) ? "0" : own);
        scope.push_back(SourceOf(tables_[1], other));
        break;
      }
      case 2: {
        from = "(SELECT l.order_id AS k0, SUM(l.qty) AS k1 FROM lines AS l GROUP BY " +
               Pick({"l.order_id", "1", "k0"}) + ") AS " + other;
        where = other + ".k0 = " + own;
        scope.push_back(
            {other, {{"k0", Want::kInteger, 0, true}, {"k1", Want::kInteger, 0, false}}, {"k0"}});
        break;
      }
      case 3: {
        const std::string second = NewName("f");
        from = "orders AS " + other + Pick({" JOIN ", " LEFT JOIN "}) + "lines AS " + second +
               " ON " + second + ".order_id = " + other + ".id AND " + second + ".line = 1";
        where = own + " = " + other + ".id";
        scope.push_back(SourceOf(tables_[0], other));
        scope.push_back(SourceOf(tables_[1], second));
        break;
      }
      default:
        from = "orders AS " + other;
        where = other + ".id = " + own;
        scope.push_back(SourceOf(tables_[0], other));
    }
  }
  scopes_ = {&scope};
  // What SQLite alone reads of a table while it changes it depends on the order of the changes.
  flat_ = !open_;
  std::string sql = Assigned(table, 2);
  flat_ = false;
  if (!from.empty()) sql += " FROM " + from;
  if (!where.empty() || !Chance(12)) {
    const bool more = where.empty() || Chance(60);
    sql += " WHERE " + where + (where.empty() || !more ? "" : " AND ") + (more ? Condition(2) : "");
  }
  scopes_.clear();
  return sql;
}

// ---- queries ------------------------------------------------------------------------------------

// [WITH …], with the blank behind it.
std::string Generator::Withs(int depth) { return Chance(25) ? With(depth) + " " : ""; }

std::string Generator::With(int depth) {
  std::string text;
  bool recursive = Chance(8);
  for (std::size_t count = 1 + (Chance(20) ? 1 + Upto(2) : 0), n = 0; n < count; ++n) {
    text += n == 0 ? "" : ", ";
    if (Chance(25)) {
      text += Chance(50) ? Tree() : Recursion();
      recursive = true;
      continue;
    }
    Wishes columns;
    std::string body;
    const bool listed = !Chance(25);
    std::vector<const Scope*> around;
    around.swap(scopes_);
    if (listed && Chance(15)) {
      columns = {{Want::kInteger, false, -1, ""}, {Want::kWord, false, -1, ""}};
      body = Values(columns, 1 + Upto(3));
    } else {
      body = Sub(depth - 1, &columns, nullptr, !listed);
    }
    around.swap(scopes_);
    Source named{NewName("w"), {}, {}};
    std::string names;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string name =
          listed ? "c" + std::string(1, static_cast<char>('a' + i)) : columns[i].name;
      named.columns.push_back({name, columns[i].type, 18, false});
      names += (i == 0 ? "" : ", ") + name;
    }
    static constexpr const char* kHints[] = {"", "", "", " MATERIALIZED", " NOT MATERIALIZED"};
    text +=
        named.alias + (listed ? "(" + names + ")" : "") + " AS" + Pick(kHints) + " (" + body + ")";
    withs_.push_back(std::move(named));
  }
  return (recursive ? "WITH RECURSIVE " : "WITH ") + text;
}

std::string Generator::Recursion() {
  Source source{NewName("r"), {{"n", Want::kInteger, 0, false}}, {}};
  const std::string name = source.alias;
  withs_.push_back(std::move(source));
  return name + "(n) AS (" + Pick({"SELECT 0", "VALUES (1)"}) + Pick({" UNION ALL ", " UNION "}) +
         "SELECT " + name + ".n + 1 FROM " + name + " WHERE " + name + ".n < " +
         std::to_string(2 + Upto(4)) + (open_ && Chance(20) ? " LIMIT 3" : "") + ")";
}

// The rows of a table that hang on one another.
std::string Generator::Tree() {
  const std::string name = NewName("r");
  Source source{name, {{"id", Want::kInteger, 0, false}, {"level", Want::kInteger, 0, false}}, {}};
  const std::string join =
      Pick({"orders AS b JOIN @ ON b.n = @.id", "@ JOIN orders AS b ON b.n = @.id",
            "orders AS b, @ AS p", "@ CROSS JOIN lines AS l JOIN orders AS b ON b.id = l.order_id",
            "@ LEFT JOIN orders AS b ON b.n = @.id"});
  const bool comma = join.find(" AS p") != std::string::npos;
  const std::string self = comma ? "p" : name;
  std::string text = name + "(id, level) AS (SELECT a.id, 0 FROM orders AS a WHERE " +
                     Pick({"a.n IS NULL", "a.id = 0", "a.n < 0", "a.open"}) +
                     Pick({" UNION ", " UNION ALL "}) + "SELECT b.id, " + self +
                     ".level + 1 FROM " + join + " WHERE " +
                     (comma ? "b.n = p.id AND " : std::string()) + self + ".level < 3)";
  for (std::size_t at = 0; (at = text.find('@')) != std::string::npos;) text.replace(at, 1, name);
  withs_.push_back(std::move(source));
  return text;
}

std::string Generator::Values(const Wishes& columns, std::size_t rows) {
  std::string text;
  for (std::size_t r = 0; r < rows; ++r) {
    text += r == 0 ? "VALUES (" : ", (";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const Want type = columns[i].type;
      std::string value = type == Want::kDecimal ? Literal(type) : Expression(type, 1);
      if (!columns[i].certain && r > 0 && Chance(20)) value = "NULL";
      text += (i == 0 ? "" : ", ") + value;
    }
    text += ")";
  }
  return text;
}

// By every column, so that a LIMIT behind it leaves nothing open.
std::string Generator::AllColumns(const Wishes& columns) {
  std::string text;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    text += (i == 0 ? " ORDER BY " : ", ") + std::to_string(i + 1) + (Chance(30) ? " DESC" : "");
  }
  return text;
}

// Its columns are those of `like`, or its own choice, which `got` then holds.
Generator::Made Generator::Query(int depth, Wishes* got, const Wishes* like, bool named, bool top) {
  std::size_t arms = 1;
  while (arms < 4 && Chance(12)) ++arms;
  const bool compound = arms > 1;
  Wishes own;
  Made made;
  const bool decimal =
      like != nullptr && std::any_of(like->begin(), like->end(),
                                     [](const Wish& wish) { return wish.type == Want::kDecimal; });
  if (like != nullptr && !named && !decimal && Chance(4)) {
    own = *like;
    made.text = Values(own, 1 + Upto(2));
    made.values = true;
  } else {
    made = Select(depth, &own, like, named, compound, top);
  }
  made.compound = compound;
  for (std::size_t arm = 1; arm < arms; ++arm) {
    static constexpr const char* kSets[] = {"UNION", "UNION ALL", "INTERSECT", "EXCEPT"};
    made.text += std::string(" ") + kSets[Upto(4)] + " ";
    for (Wish& wish : own) {
      if (wish.type == Want::kDecimal) wish.scale = std::max(wish.scale, 4);
    }
    made.values = Chance(8);
    made.text += made.values ? Values(own, 1 + Upto(2))
                             : Select(depth - 1, nullptr, &own, false, true, false).text;
  }
  if (got != nullptr) *got = own;
  return made;
}

// A query inside of another: with a WITH of its own at times, and an order and a limit.
std::string Generator::Sub(int depth, Wishes* got, const Wishes* like, bool named) {
  const std::size_t known = withs_.size();
  std::string text = depth > 0 && Chance(5) ? With(depth) + " " : "";
  Wishes own;
  const Made made = Query(depth, &own, like, named);
  text += made.text;
  if (made.values && !open_) {
    // SQLite itself takes no order behind VALUES.
  } else if (open_ && Chance(10)) {
    text += Pick({" LIMIT 2", " ORDER BY 1 LIMIT 3", " ORDER BY 1 DESC LIMIT 1"});
  } else if (Chance(8)) {
    text += AllColumns(own) + (Chance(60) ? Limit() : "");
  }
  withs_.resize(known);
  if (got != nullptr) *got = own;
  return text;
}

Generator::Source Generator::TableFunction(std::string* text) {
  const std::string alias = NewName("j");
  const std::string function = Pick({"json_each", "json_tree"});
  qualified_ = true;  // since it has columns of the same names itself
  *text += function + "(" +
           (Chance(50) ? Pick(kJson)
                       : "json_array(" + Leaf(Want::kInteger) + ", " + Leaf(Want::kWord) + ")") +
           // SQLite 3.40 frees the path of a json_each too early, and is no witness then.
           (function == "json_tree" && Chance(25) ? ", " + Pick(kPaths) : "") + ")" +
           (Chance(70) ? " AS " : " ") + alias;
  qualified_ = false;
  return {alias,
          {{"key", Want::kAny, 0, false},
           {"value", Want::kAny, 0, false},
           {"type", Want::kWord, 0, true},
           {"atom", Want::kAny, 0, false},
           {"id", Want::kInteger, 0, true},
           {"parent", Want::kInteger, 0, false},
           {"fullkey", Want::kWord, 0, true},
           {"path", Want::kWord, 0, true}},
          {}};
}

// `beside`: what stands in front of it; `alone`: nothing comes behind it.
Generator::Source Generator::From(std::string* text, int depth, const Scope& beside, bool alone) {
  Source source{NewName("q"), {}, {}};
  const std::string as = Chance(50) ? " AS " : " ";
  if (!withs_.empty() && Chance(40)) {
    const Source& with = withs_[Upto(withs_.size())];
    source.columns = with.columns;
    *text += with.alias + as + source.alias;
    return source;
  }
  if (depth > 1 && Chance(15)) {
    Wishes columns;
    std::vector<const Scope*> around;
    around.swap(scopes_);  // which it does not see
    const std::string body = Sub(depth - 2, &columns, nullptr, true);
    around.swap(scopes_);
    for (const Wish& column : columns)
      source.columns.push_back({column.name, column.type, 18, false});
    const bool bare = alone && beside.empty() && Chance(20);
    *text += "(" + body + ")" + (bare ? "" : as + source.alias);
    if (bare) source.alias = "";
    return source;
  }
  if (depth > 1 && Chance(2)) {
    *text += Pick({"(VALUES (1), (2))", "(VALUES ('ab', NULL))"}) + as + source.alias;
    return source;  // whose columns have no names
  }
  const RuntimeSchema::Table& table = tables_[Upto(8) < 4 ? 0 : Upto(5) < 4 ? 1 : 2];
  const bool bare =
      Chance(10) && std::none_of(beside.begin(), beside.end(),
                                 [&](const Source& other) { return other.alias == table.name; });
  *text += table.name + (bare ? "" : as + source.alias);
  return SourceOf(table, bare ? table.name : source.alias);
}

std::string Generator::Joined(Scope* scope, int depth, bool enclosed) {
  std::string from;
  bool nested = false;
  const std::size_t joins = enclosed || Chance(50) ? 1 + Upto(2) : 0;
  scope->push_back(Chance(3) ? TableFunction(&from)
                             : From(&from, depth, *scope, joins == 0 && !enclosed));
  for (std::size_t n = 0; n < joins; ++n) {
    static constexpr const char* kJoins[] = {
        " JOIN ",       " INNER JOIN ", " LEFT JOIN ",        " LEFT OUTER JOIN ",
        " CROSS JOIN ", ", ",           " RIGHT JOIN ",       " FULL JOIN ",
        " LEFT JOIN ",  " JOIN ",       " RIGHT OUTER JOIN ", " FULL OUTER JOIN "};
    std::string join = Pick(kJoins);
    const bool inner =
        join.find("RIGHT") == std::string::npos && join.find("FULL") == std::string::npos;
    if (inner && Chance(8)) {
      from += join;
      scope->push_back(TableFunction(&from));
      if (join != ", " && join != " CROSS JOIN " &&
          (join.find("LEFT") != std::string::npos || Chance(30))) {
        from += " ON " + Condition(depth - 1);
      }
      continue;
    }
    if (!enclosed && Chance(8)) {
      // A join in parentheses sees nothing of what is in front of it.
      Scope within;
      const Scope* const seen = scopes_.back();
      scopes_.back() = &within;
      // Of a lone table in them, SQLite forgets any other name than its own.
      const RuntimeSchema::Table& table = tables_[Upto(tables_.size())];
      const bool lone =
          Chance(20) && std::none_of(scope->begin(), scope->end(),
                                     [&](const Source& s) { return s.alias == table.name; });
      if (lone) within.push_back(SourceOf(table, table.name));
      const std::string text = "(" + (lone ? table.name : Joined(&within, depth - 1, true)) + ")";
      scopes_.back() = seen;
      nested = true;
      from += join + text;
      scope->insert(scope->end(), within.begin(), within.end());
      if (join != ", " && join != " CROSS JOIN ") from += " ON " + Condition(depth - 1);
      continue;
    }
    std::string item;
    scope->push_back(From(&item, depth, *scope, false));
    // SQLite alone does not find its way through columns that are merged in parentheses.
    const bool merging = open_ || (!enclosed && !nested);
    if (join != ", " && merging && Chance(8) && MayJoinNaturally(*scope)) {
      from += " NATURAL" + join + item;
      continue;
    }
    from += join + item;
    if (join == ", " || join == " CROSS JOIN " || Chance(4)) continue;
    const std::string shared = SharedColumn(*scope, "");
    if (!shared.empty() && merging && Chance(40)) {
      const std::string second = Chance(30) ? SharedColumn(*scope, shared) : "";
      from += " USING (" + shared + (second.empty() ? "" : ", " + second) + ")";
      if (n + 1 == joins && !enclosed && Chance(40)) {
        // It goes by its name alone now.
        Source merged{"", {}, {}};
        for (const Column& column : scope->back().columns) {
          if (column.name == shared) merged.columns = {column};
        }
        scope->push_back(merged);
      }
    } else if (!Chance(40)) {
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

// Whether each column that the last source shares with those before it is found there once, and
// with the same type.
bool Generator::MayJoinNaturally(const Scope& scope) {
  for (const Column& column : scope.back().columns) {
    int found = 0;
    for (std::size_t s = 0; s + 1 < scope.size(); ++s) {
      for (const Column& other : scope[s].columns) {
        if (other.name != column.name) continue;
        ++found;
        if (other.type != column.type || other.type == Want::kAny || other.scale != column.scale ||
            (other.type == Want::kDecimal && other.scale == 18)) {
          return false;
        }
      }
    }
    if (found > 1) return false;
  }
  return true;
}

// A column that the last source has in common with exactly one before it, and not that one.
std::string Generator::SharedColumn(const Scope& scope, const std::string& but) {
  for (const Column& column : scope.back().columns) {
    int found = column.name == but ? 2 : 0;
    for (std::size_t s = 0; s + 1 < scope.size(); ++s) {
      for (const Column& other : scope[s].columns) {
        if (other.name != column.name) continue;
        found +=
            other.type == column.type && column.type != Want::kDecimal && column.type != Want::kAny
                ? 1
                : 2;
      }
    }
    if (found == 1) return column.name;
  }
  return "";
}

// One expression of a select list.
std::string Generator::Listed(const Wish& wish, int depth, const Scope& scope, bool grouped,
                              bool compound) {
  std::string expression;
  if (wish.type == Want::kDecimal && (wish.scale >= 0 || compound)) {
    // Of a scale that is known, so that what it meets can be brought to it.
    const int scale = wish.scale >= 0 ? wish.scale : 4;
    std::string value = grouped ? "" : Leaf(wish.type, scale);
    if (grouped) {
      const std::string column = ColumnOf(wish.type, true, scale);
      value = Pick({"MIN(", "MAX(", "SUM("}) + (column.empty() ? Literal(wish.type) : column) + ")";
    }
    expression = "CAST(" + value + " AS " + Pick({"DECIMAL", "NUMERIC"}) + "(18, " +
                 std::to_string(scale) + "))";
  } else if (grouped) {
    expression = Chance(40) ? OverAggregates(wish.type) : Aggregate(wish.type);
  } else {
    expression = depth > 0 && !scope.empty() && Chance(10) ? Window(wish.type, scope)
                                                           : Expression(wish.type, depth);
  }
  if (wish.certain) expression = "COALESCE(" + expression + ", " + Literal(wish.type) + ")";
  return expression;
}

Generator::Made Generator::Select(int depth, Wishes* got, const Wishes* like, bool named,
                                  bool compound, bool top) {
  Made made;
  Scope scope;
  scopes_.push_back(&scope);
  std::vector<std::string> windows;
  std::vector<std::string>* const outer_windows = std::exchange(windows_, &windows);
  const bool rootless = Chance(4);
  const std::string from = rootless ? "" : " FROM " + Joined(&scope, depth, false);
  std::string tail;
  if (Chance(60)) tail += " WHERE " + Condition(depth);
  std::string list;
  const std::size_t count = like != nullptr ? like->size() : 1 + Upto(3);
  Wishes chosen;
  const bool grouped = !rootless && Chance(25);
  std::string groups;
  if (like == nullptr && !grouped && !compound && !scope.empty() && Chance(6)) {
    // All columns of one of them.
    const Source& of = scope[Upto(scope.size())];
    const bool known = std::none_of(of.columns.begin(), of.columns.end(),
                                    [](const Column& column) { return column.type == Want::kAny; });
    const bool lone = scope.size() == 1 && (of.alias.empty() || Chance(50));
    // Not in front of a join in parentheses, whose names SQLite loses. Not made for now: where
    // columns are merged, since ORDER BY of such a name is SQLite's column of the list, and
    // Cordon's merged one.
    const bool plain = from.find("USING") == std::string::npos &&
                       from.find("NATURAL") == std::string::npos &&
                       from.find('(') == std::string::npos;
    if (known && (plain || scope.size() == 1) && (lone || !of.alias.empty())) {
      list = lone ? "*" : of.alias + ".*";
      for (const Column& column : of.columns) {
        chosen.push_back({column.type, false, column.type == Want::kDecimal ? 18 : -1,
                          named ? column.name : ""});
      }
    }
  }
  const bool starred = !list.empty();
  for (std::size_t i = 0; i < count && !starred; ++i) {
    Wish wish = like != nullptr ? (*like)[i] : Wish{AnyType(), false, -1, ""};
    if (like == nullptr && Chance(8)) wish.type = Want::kReal;
    wish.name = named ? "k" + std::to_string(i) : "";
    std::string expression;
    if (grouped && Chance(50)) {
      const bool exact = wish.type == Want::kDecimal && (wish.scale >= 0 || compound);
      if (Chance(70))
        expression =
            ColumnOf(wish.type, true,
                     exact ? std::max(0, std::min(4, wish.scale < 0 ? 4 : wish.scale)) : 18);
      if (expression.empty() && !exact) expression = Ungrouped(wish.type);
      if (!expression.empty()) {
        if (exact) {
          expression = "CAST(" + expression + " AS DECIMAL(18, " +
                       std::to_string(wish.scale < 0 ? 4 : wish.scale) + "))";
        }
        if (wish.certain) expression = "COALESCE(" + expression + ", " + Literal(wish.type) + ")";
        const bool taken = std::any_of(scope.begin(), scope.end(), [&](const Source& source) {
          return std::any_of(source.columns.begin(), source.columns.end(),
                             [&](const Column& column) { return column.name == wish.name; });
        });
        groups += (groups.empty() ? "" : ", ") + (Chance(30) ? std::to_string(i + 1)
                                                  : named && !taken && Chance(30) ? wish.name
                                                                                  : expression);
      }
    }
    if (expression.empty()) expression = Listed(wish, depth, scope, grouped, compound);
    if (wish.type == Want::kDecimal && compound && wish.scale < 0) wish.scale = 4;
    list += (i == 0 ? "" : ", ") + expression;
    if (named) list += (Chance(80) ? " AS " : " ") + wish.name;
    chosen.push_back(wish);
  }
  if (!groups.empty()) tail += " GROUP BY " + groups;
  if (grouped && Chance(30)) {
    tail += " HAVING " + (Chance(70) ? Aggregate(Want::kInteger) + " " + Pick(kCompare) + " 2"
                                     : Aggregate(Want::kBoolean));
  }
  const bool distinct = Chance(10);
  std::string order;
  if (top && !compound && !distinct && !starred && !scope.empty() && Chance(25)) {
    // By what is not in the list, too, and then by all of it.
    const Want by = Chance(70) ? AnyType() : Want::kWord;
    order = " ORDER BY " +
            (grouped                           ? Aggregate(Want::kInteger)
             : by == Want::kWord && Chance(30) ? "(LOWER(" + OfInnermost(by) + ") COLLATE NOCASE)"
             : depth > 1 && Chance(20)         ? Window(by, scope)
             : Chance(50) && !AnyColumn().empty()
                 ? AnyColumn()
                 : "CASE WHEN " + Compared(1) + " THEN " + Ungrouped(by) + " END") +
            (Chance(30) ? " DESC" : "") + (Chance(10) ? " NULLS LAST" : "");
    for (std::size_t i = 0; i < count; ++i) order += ", " + std::to_string(i + 1);
    if (Chance(40)) order += Limit();
    made.ordered = true;
  }
  std::string defined;
  for (const std::string& window : windows)
    defined += (defined.empty() ? " WINDOW " : ", ") + window;
  windows_ = outer_windows;
  scopes_.pop_back();
  if (got != nullptr) *got = chosen;
  made.text = std::string(distinct    ? "SELECT DISTINCT "
                          : Chance(4) ? "SELECT ALL "
                                      : "SELECT ") +
              list + from + tail + defined + order;
  return made;
}

// ---- operands -----------------------------------------------------------------------------------

Generator::Want Generator::AnyType() {
  static constexpr Want kAll[] = {Want::kInteger, Want::kInteger, Want::kWord,
                                  Want::kDecimal, Want::kBoolean, Want::kTime};
  return kAll[Upto(6)];
}

// A column of that type with at most that scale, or nothing. `innermost`: not one of a query
// around.
std::string Generator::ColumnOf(Want type, bool innermost, int scale) {
  std::vector<std::string> found;
  const std::size_t first = innermost && !scopes_.empty() ? scopes_.size() - 1 : 0;
  for (std::size_t s = first; s < scopes_.size(); ++s) {
    for (const Source& source : *scopes_[s]) {
      // A query further in may have columns of the same names.
      if (source.alias.empty() && s + 1 < scopes_.size()) continue;
      for (const Column& column : source.columns) {
        if (column.type != type || (type == Want::kDecimal && column.scale > scale)) continue;
        found.push_back(source.alias.empty() ? column.name : source.alias + "." + column.name);
      }
    }
  }
  if (found.empty()) return "";
  std::string name = found[Upto(found.size())];
  const std::size_t point = name.find('.');
  const bool lone = point != std::string::npos && scopes_.back()->size() == 1 &&
                    name.substr(0, point) == scopes_.back()->front().alias;
  if (lone && !qualified_ && Chance(8)) return name.substr(point + 1);
  if (point != std::string::npos && Chance(2)) {
    return "\"" + name.substr(0, point) + "\".\"" + name.substr(point + 1) + "\"";
  }
  return name;
}

// One of the innermost query whose value is known to be of one kind, or nothing.
std::string Generator::AnyColumn() {
  for (const Want type :
       {Want::kInteger, Want::kWord, Want::kBoolean, Want::kDecimal, Want::kTime}) {
    std::string column = ColumnOf(type, true);
    if (!column.empty()) return column;
  }
  return "";
}

std::string Generator::Literal(Want type) {
  static constexpr const char* kTexts[] = {"'ab'",   "'B'", "''",    "'a%'",  "'12'",
                                           "'x''y'", "'_'", "' 7 '", "'1e2'", "'ä'"};
  static constexpr const char* kDecimals[] = {"0.25", "1.5", "2", "-0.75", "3.00", "1", "0"};
  switch (type) {
    case Want::kInteger:
      return Chance(3) ? Pick({"-0", "12", "100", "-1"})
                       : std::to_string(static_cast<int>(Upto(9)) - 3);
    case Want::kWord:
      return Pick(kTexts);
    case Want::kDecimal:
      return open_ && Chance(5) ? "-0.0" : Pick(kDecimals);
    case Want::kBoolean:
      return Chance(50) ? "FALSE" : "TRUE";
    case Want::kReal:
      return "CAST(" + Pick(kDecimals) + " AS REAL)";
    case Want::kTime:
    case Want::kAny:
      break;
  }
  return "NULL";
}

std::string Generator::Placeholder(Want type) {
  static constexpr const char* kIntegers[] = {"integer:2", "integer?:NULL", "integer:-1"};
  static constexpr const char* kTexts[] = {"text:ab", "text:", "text:A%"};
  static constexpr const char* kDecimals[] = {"decimal2:1.25", "decimal4:0.5", "decimal2?:NULL",
                                              "decimal0:3"};
  static constexpr const char* kTimes[] = {"timestamp:2026-01-02", "timestamp?:NULL"};
  if (plain_ || arguments_.size() == 9 || type == Want::kReal || type == Want::kAny) {
    return Literal(type);
  }
  arguments_.push_back(ParseArgument(type == Want::kInteger   ? Pick(kIntegers)
                                     : type == Want::kWord    ? Pick(kTexts)
                                     : type == Want::kDecimal ? Pick(kDecimals)
                                     : type == Want::kTime    ? Pick(kTimes)
                                                              : "boolean:1"));
  return "\x01" + std::string(1, static_cast<char>('0' + arguments_.size() - 1));
}

std::string Generator::Leaf(Want type, int scale) {
  if (scale >= 4 && Chance(8)) return Placeholder(type);
  const std::string column = !Chance(25) || type == Want::kTime ? ColumnOf(type, false, scale) : "";
  if (!column.empty()) return column;
  if (type == Want::kReal && Chance(30)) return "CAST(" + Leaf(Want::kInteger) + " AS REAL)";
  return Literal(type);
}

// Integers near the ends of what 64 bits hold, in places from which no sum or product of them is
// made.
std::string Generator::Huge() {
  const std::string huge =
      Pick({"99999999999999999", "-99999999999999999", "(99999999999999999 * 90)",
            "(92233720368547758 * 100 + 7)", "(-92233720368547758 * 100 - 8)",
            "(4503599627370496 * 2048 - 1)"});
  if (open_ && Chance(30)) return huge;
  std::string text = Pick({"(@ % 7)", "(@ >> 52)", "(@ & 15)", "SIGN(@)", "LENGTH(CAST(@ AS TEXT))",
                           "(@ / 1000000000000000)", "(~@ % 5)", "(@ << 60 >> 60)"});
  return text.replace(text.find('@'), 1, huge);
}

// With a COLLATE only here: deeper in an expression it is the collation of the whole to SQLite,
// but not to Cordon, where a value is to be chosen (see found_test.cc).
std::string Generator::Condition(int depth) {
  if (Chance(6)) {
    return "(" + Leaf(Want::kWord) + " " + Pick(kCompare) + " " + Expression(Want::kWord, depth) +
           Pick({" COLLATE NOCASE)", " COLLATE NOCASE)", " COLLATE RTRIM)", " COLLATE BINARY)"});
  }
  return Expression(Want::kBoolean, depth);
}

std::string Generator::Expression(Want type, int depth) {
  if (depth <= 0 || !Chance(80)) return Leaf(type);
  if (flat_ && type == Want::kBoolean) return Compared(std::min(depth, 1));
  const auto sub = [&](Want of) { return Expression(of, depth - 1); };
  if (Chance(8)) {
    return "CASE WHEN " + sub(Want::kBoolean) + " THEN " + sub(type) +
           (Chance(20) ? " WHEN " + sub(Want::kBoolean) + " THEN " + sub(type) : "") +
           (Chance(70) ? " ELSE " + sub(type) : "") + " END";
  }
  if (Chance(4)) {
    const Want of = AnyType();
    const std::string column = ColumnOf(of, false);
    if (of != Want::kTime || !column.empty()) {
      const auto when = [&] { return of == Want::kTime ? column : Leaf(of); };
      return "CASE " + (of == Want::kTime ? column : sub(of)) + " WHEN " + when() + " THEN " +
             sub(type) + " WHEN " + when() + " THEN " + sub(type) + " ELSE " + sub(type) + " END";
    }
  }
  if (Chance(8)) {
    return "COALESCE(" + sub(type) + ", " + sub(type) + (Chance(20) ? ", " + sub(type) : "") + ")";
  }
  if (Chance(2)) return "IFNULL(" + sub(type) + ", " + sub(type) + ")";
  if (Chance(4)) return "NULLIF(" + sub(type) + ", " + sub(type) + ")";
  if (Chance(4)) return "IIF(" + sub(Want::kBoolean) + ", " + sub(type) + ", " + sub(type) + ")";
  if (!flat_ && Chance(8)) return Scalar(type, depth);
  switch (type) {
    case Want::kInteger:
      return Integer(depth);
    case Want::kDecimal:
      return Fraction(depth);
    case Want::kWord:
      return Word(depth);
    case Want::kReal:
      return Real(depth);
    case Want::kTime: {
      if (open_ && Chance(20)) {
        return "(" + Leaf(type) + Pick({" + ", " - "}) + Pick({"86400000000", "1", "3600000000"}) +
               ")";
      }
      return Chance(20) ? Pick({"MAX(", "MIN("}) + Leaf(type) + ", " + Leaf(type) + ")"
                        : Leaf(type);
    }
    case Want::kAny:
      return AnyValue(depth);
    case Want::kBoolean:
      break;
  }
  return Truth(depth);
}

std::string Generator::Integer(int depth) {
  static constexpr const char* kOperators[] = {" + ", " - ", " * ", " / ",  " % ", " & ",
                                               " | ", " + ", " - ", " << ", " >> "};
  const auto sub = [&](Want of) { return Expression(of, depth - 1); };
  switch (Upto(26)) {
    case 1:
      return "LENGTH(" + sub(Want::kWord) + ")";
    case 2:
      return "ABS(" + sub(Want::kInteger) + ")";
    case 3:
      return Pick({"-(", "+(", "~("}) + Leaf(Want::kInteger) + ")";
    case 4:
      return "INSTR(" + sub(Want::kWord) + ", " + sub(Want::kWord) + ")";
    case 5:
      return "CAST(" + sub(Want::kWord) + Pick({" AS INTEGER)", " AS INT)", " AS BIGINT)"});
    case 6:
      return "CAST(" + sub(Want::kDecimal) + " AS INTEGER)";
    case 7:
      return Pick({"MAX(", "MIN("}) + sub(Want::kInteger) + ", " + sub(Want::kInteger) +
             (Chance(30) ? ", " + Leaf(Want::kInteger) : "") + ")";
    case 8:
      return "SIGN(" + sub(Chance(50) ? Want::kInteger : Want::kDecimal) + ")";
    case 9:
      return "UNICODE(" + sub(Want::kWord) + ")";
    case 10:
      return "json_array_length(" + JsonText(depth - 1) + (Chance(30) ? ", " + Pick(kPaths) : "") +
             ")";
    case 11:
      return "unixepoch(" + TimeText(depth) + ")";
    case 12:
      return "CAST(" + AnyValue(depth - 1) + " AS INTEGER)";
    case 13:
      return "CAST(" + sub(Want::kReal) + " AS INTEGER)";
    case 14:
      return Pick({"CEIL(", "FLOOR(", "CEILING(", "TRUNC("}) + sub(Want::kInteger) + ")";
    case 15:
      return "LENGTH(CAST(" + sub(Want::kWord) + " AS BLOB))";
    case 16:
      return Huge();
    case 17:
      return open_ ? "(" + Leaf(Want::kTime) + " - " + Leaf(Want::kTime) + ")"
                   : "(" + sub(Want::kBoolean) + " & " + sub(Want::kInteger) + ")";
    case 18:
      return sub(Want::kInteger) + Pick({" + ", " - ", " * "}) + Leaf(Want::kInteger);
    default:
      return "(" + sub(Want::kInteger) + Pick(kOperators) + sub(Want::kInteger) + ")";
  }
}

std::string Generator::Fraction(int depth) {
  static constexpr const char* kOperators[] = {" + ", " - ", " * "};
  const auto sub = [&](Want of) { return Expression(of, depth - 1); };
  const Want other = Chance(30) ? Want::kInteger : Want::kDecimal;
  switch (Upto(11)) {
    case 1:
      return "ABS(" + sub(Want::kDecimal) + ")";
    case 2:
      return "ROUND(" + sub(Want::kDecimal) + Pick({")", ", 0)", ", 9)"});
    case 3:
      return Pick({"-(", "+("}) + sub(Want::kDecimal) + ")";
    case 4:
      return Pick({"MIN(", "MAX("}) + sub(Want::kDecimal) + ", " + sub(other) + ")";
    case 5:
      return "CAST(" + Leaf(Want::kDecimal, 4) +
             Pick({" AS DECIMAL(12, 4))", " AS NUMERIC(10, 6))"});
    case 6:
      return "CAST(" + Leaf(Want::kInteger) + Pick({" AS DECIMAL(12, 2))", " AS NUMERIC(9))"});
    default:
      return Chance(50) ? "(" + sub(Want::kDecimal) + Pick(kOperators) + sub(other) + ")"
                        : "(" + sub(other) + Pick(kOperators) + sub(Want::kDecimal) + ")";
  }
}

// Binary fractions, which both sides make of the same operands by the same steps.
std::string Generator::Real(int depth) {
  const auto sub = [&](Want of) { return Expression(of, depth - 1); };
  switch (Upto(14)) {
    case 1:
    case 12:
    case 13:
      return Pick({"SQRT(", "EXP(",   "LN(",    "LOG(",   "LOG10(",   "LOG2(",   "SIN(",
                   "COS(",  "TAN(",   "ASIN(",  "ACOS(",  "ATAN(",    "SINH(",   "COSH(",
                   "TANH(", "ASINH(", "ACOSH(", "ATANH(", "RADIANS(", "DEGREES("}) +
             sub(Chance(50)   ? Want::kInteger
                 : Chance(50) ? Want::kDecimal
                              : Want::kReal) +
             ")";
    case 2:
      return Pick({"POW(", "POWER(", "ATAN2(", "MOD("}) + sub(Want::kDecimal) + ", " +
             Leaf(Want::kInteger) + ")";
    case 3:
      return "PI()";
    case 4:
      return "(" + sub(Want::kReal) + Pick({" + ", " - ", " * ", " / ", " % "}) + sub(Want::kReal) +
             ")";
    case 5:
      return "(100.0 * " + Leaf(Want::kInteger) + " / " + Leaf(Want::kInteger) + ")";
    case 6:
      return Pick({"ABS(", "-(", "CEIL(", "FLOOR(", "TRUNC(", "ROUND("}) + sub(Want::kReal) + ")";
    case 7:
      return "ROUND(" + sub(Want::kInteger) + Pick({")", ", 1)", ", 2)"});
    case 8:
      return "julianday(" + TimeText(depth) + ")";
    case 9:
      return "CAST(" + AnyValue(depth - 1) + " AS REAL)";
    case 10:
      return "CAST(" + sub(Chance(50) ? Want::kWord : Want::kInteger) +
             Pick({" AS REAL)", " AS DOUBLE)", " AS FLOAT)"});
    default:
      return "CAST(" + sub(Want::kDecimal) + Pick({" AS REAL)", " AS DOUBLE)", " AS FLOAT)"});
  }
}

// A time and what moves it, as the functions of times take them.
std::string Generator::TimeText(int depth) {
  std::string text = Leaf(Want::kTime);
  if (Chance(25)) {
    text =
        Pick({"'2024-02-29'", "'2024-03-31 23:59:59'", "'12:30'", "'2024-01-01T10:00:00Z'", "''",
              "'not a time'", "2460000", "'2024-01-01 00:00:00.123'", "'2024-01-01 00:00+02:00'"});
  } else if (Chance(5)) {
    text = Expression(Want::kWord, depth - 1);
  }
  if (Chance(50)) {
    text += Pick({", '+1 day'", ", 'start of month'", ", '-3 months'", ", '+1 year'",
                  ", 'weekday 1'", ", 'start of year'", ", 'start of day'", ", '+90 minutes'",
                  ", '-30 seconds'", ", '+02:30'", ", '+1.5 hours'"});
    if (Chance(30)) text += Pick({", '-1 day'", ", 'start of month'", ", '+1 month'"});
  }
  return text;
}

std::string Generator::JsonText(int depth) {
  const auto sub = [&](Want of) { return Expression(of, depth - 1); };
  switch (depth > 0 ? Upto(15) : Upto(3)) {
    case 1:
      return "json_array(" + Leaf(Want::kInteger) + ", " + Leaf(Want::kWord) + ")";
    case 2:
      return "json_object('a', " + Leaf(Want::kInteger) + ", 'b', " + Leaf(Want::kWord) + ")";
    case 3:
      return "json(" + JsonText(depth - 1) + ")";
    case 4:
      return Pick({"json_set(", "json_insert(", "json_replace("}) + JsonText(depth - 1) + ", " +
             Pick({"'$.a'", "'$[0]'", "'$.b[1]'", "'$.c'", "'$[#]'", "'$'"}) + ", " +
             sub(Chance(50) ? Want::kInteger : Want::kWord) + ")";
    case 5:
      return "json_patch(" + JsonText(depth - 1) + ", " + JsonText(depth - 1) + ")";
    case 6:
      return "json_remove(" + JsonText(depth - 1) + ", " + Pick({"'$.a'", "'$[0]'", "'$.b[0]'"}) +
             (Chance(20) ? ", '$.b'" : "") + ")";
    case 7:
      return "(" + JsonText(depth - 1) + " -> " + Pick({"'$'", "'$.b'", "'a'", "0", "'$[1]'"}) +
             ")";
    case 8:
      return "json_extract(" + JsonText(depth - 1) + ", '$.a', '$.b')";
    case 9:
      return "json_quote(" + sub(Chance(50) ? Want::kInteger : Want::kWord) + ")";
    case 10:
      return "json_array(" + sub(Want::kBoolean) + ", " + JsonText(depth - 1) + ", 0.5, NULL)";
    default:
      return Pick(kJson);
  }
}

// A value whose type nobody knows before it is looked at.
std::string Generator::AnyValue(int depth) {
  const std::string column = ColumnOf(Want::kAny, false);
  if (!column.empty() && !Chance(30)) return column;
  return Chance(50) ? "json_extract(" + JsonText(depth) + ", " + Pick(kPaths) + ")"
                    : "(" + JsonText(depth) + " ->> " +
                          Pick({"'$.a'", "'b'", "0", "'$[1]'", "'$.b[1]'"}) + ")";
}

std::string Generator::Word(int depth) {
  const auto sub = [&](Want of) { return Expression(of, depth - 1); };
  switch (Upto(28)) {
    case 1:
      return Pick({"UPPER(", "LOWER("}) + sub(Want::kWord) + ")";
    case 2:
      return Pick({"SUBSTR(", "SUBSTRING("}) + sub(Want::kWord) + ", " +
             std::to_string(1 + Upto(2)) + ", 2)";
    case 3:
      return Pick({"TRIM(", "LTRIM(", "RTRIM("}) + sub(Want::kWord) +
             Pick({")", ", 'a')", ", 'xb')", ", '')"});
    case 4:
      return "REPLACE(" + sub(Want::kWord) + Pick({", 'a', 'z')", ", '', 'z')", ", 'b', '')"});
    case 5:
      return "CAST(" + sub(Want::kInteger) +
             Pick({" AS TEXT)", " AS VARCHAR(10))", " AS CHAR(3))"});
    case 6:
      return "SUBSTR(" + sub(Want::kWord) + ", " + sub(Want::kInteger) + ")";
    case 7:
      return Pick({"date(", "datetime(", "time("}) + TimeText(depth) + ")";
    case 8:
      return "strftime('" +
             Pick({"%Y-%m", "%d.%m.%Y", "%H:%M", "%j-%w", "%s", "%W", "%f", "%M:%S", "%%", "x"}) +
             "', " + TimeText(depth) + ")";
    case 9:
      if (Chance(20))
        return "printf('%x %.2f %c%%', " + sub(Want::kInteger) + ", " + Leaf(Want::kReal) + ", " +
               Leaf(Want::kWord) + ")";
      return Pick({"printf(", "format("}) + (Chance(50) ? "'%d-%s', " : "'%05d|%-4s', ") +
             sub(Want::kInteger) + ", " + sub(Want::kWord) + ")";
    case 10:
      return "json_array(" + sub(Want::kInteger) + ", " + sub(Want::kWord) + ")";
    case 11:
      return "(" + sub(Want::kWord) + " || " + sub(Want::kInteger) + ")";
    case 12:
      return "HEX(" +
             (Chance(50) ? sub(Want::kWord)
                         : "SUBSTR(CAST(" + sub(Want::kWord) + " AS BLOB), 1, 2)") +
             ")";
    case 13:
      return "QUOTE(" + sub(Chance(50) ? Want::kWord : Want::kInteger) + ")";
    case 14:
      return "TYPEOF(" + sub(Chance(50) ? Want::kWord : Want::kInteger) + ")";
    case 15:
      return "CHAR(65, 97 + ABS(" + sub(Want::kInteger) + ") % 26)";
    case 16:
    case 17:
      return JsonText(depth);
    case 18:
      return "json_type(" + JsonText(depth - 1) + (Chance(50) ? ", " + Pick(kPaths) : "") + ")";
    case 19:
      return "CAST(" + AnyValue(depth - 1) + " AS TEXT)";
    case 20:
      return "CAST(CAST(" + sub(Want::kWord) + " AS BLOB) AS TEXT)";
    case 21:
      return Pick({"HEX(x'00ff')", "QUOTE(x'0a')", "HEX(CAST(x'61' AS BLOB))", "TYPEOF(x'')",
                   "TYPEOF(0.5)", "CHAR()", "json_object()", "json_array()"});
    case 22:
      return sub(Want::kWord) + " || " + Leaf(Want::kWord) + " || " + Leaf(Want::kWord);
    case 23:
      return "SUBSTR(" + sub(Want::kWord) + ", " + Leaf(Want::kInteger) + ", " +
             Leaf(Want::kInteger) + ")";
    case 24:
      return Pick({"MAX(", "MIN("}) + sub(Want::kWord) + ", " + sub(Want::kWord) + ")";
    default:
      return "(" + sub(Want::kWord) + " || " + sub(Want::kWord) + ")";
  }
}

// Two operands of one type, one of which may be NULL but is not written so.
std::string Generator::Compared(int depth) {
  const Want of = Chance(6) ? Want::kReal : AnyType();
  const auto sub = [&](Want type) { return Expression(type, depth - 1); };
  if (of == Want::kTime) {
    const std::string column = ColumnOf(of, false);
    if (column.empty()) return "(" + sub(Want::kInteger) + " " + Pick(kCompare) + " 1)";
    const std::string other = ColumnOf(of, false);
    return "(" + column + " " + Pick(kCompare) + " " +
           (Chance(50) ? other : "'2026-01-02 00:00:00'") + ")";
  }
  return "(" + sub(of) + " " + Pick(kCompare) + " " + sub(of) + ")";
}

// [NOT] IN, in all its forms.
std::string Generator::Listing(int depth) {
  const Want of = Chance(50) ? Want::kInteger : Chance(70) ? Want::kWord : Want::kDecimal;
  const auto sub = [&](Want type) { return Expression(type, depth - 1); };
  const std::string in = Chance(30) ? " NOT IN (" : " IN (";
  switch (Upto(7)) {
    case 1: {
      const bool decimal = of == Want::kDecimal;
      const Wishes one = {{of, false, decimal ? 4 : -1, ""}};
      const std::string left = decimal ? Leaf(of, 4) : sub(of);
      return "(" + left + in + Sub(depth - 1, nullptr, &one, false) + "))";
    }
    case 2:
      return "(" + sub(of) + in + "))";
    case 3: {
      const Want other = AnyType() == Want::kWord ? Want::kWord : Want::kInteger;
      const auto row = [&] { return "(" + Leaf(Want::kInteger) + ", " + Leaf(other) + ")"; };
      return "(" + row() + in + row() + (Chance(50) ? ", " + row() : "") + "))";
    }
    case 4: {
      const Wishes two = {{Want::kInteger, false, -1, ""},
                          {Chance(50) ? Want::kWord : Want::kBoolean, false, -1, ""}};
      const std::string left = "(" + sub(two[0].type) + ", " + sub(two[1].type) + ")";
      return "(" + left + in + Sub(depth - 1, nullptr, &two, false) + "))";
    }
    case 5: {
      const Want type = of == Want::kDecimal ? Want::kInteger : of;
      const Wishes one = {{type, false, -1, ""}};
      return "(" + sub(type) + in + Values(one, 1 + Upto(3)) + "))";
    }
    default:
      return "(" + sub(of) + in + sub(of) + ", " + Literal(of) +
             (Chance(30) ? ", " + Leaf(of) : "") + "))";
  }
}

// Row values.
std::string Generator::Rows(int depth) {
  const Want second = Chance(50) ? Want::kInteger : Chance(50) ? Want::kWord : Want::kBoolean;
  const auto sub = [&](Want of) { return Expression(of, depth - 1); };
  const std::string left = "(" + sub(Want::kInteger) + ", " + sub(second) + ")";
  const std::string op = Pick({" = ", " < ", " >= ", " <> ", " <= ", " > "});
  if (Chance(25)) {
    // Of one row, whose key is the order.
    const std::string q = NewName("q");
    const Scope scope{SourceOf(tables_[0], q)};
    scopes_.push_back(&scope);
    const std::string query = "(SELECT " + Leaf(Want::kInteger) + ", " + Leaf(second) + " FROM " +
                              tables_[0].name + " AS " + q + " ORDER BY " + q + "." +
                              tables_[0].key[0] + Pick({"", " DESC"}) + " LIMIT 1)";
    scopes_.pop_back();
    const std::string compared = "(" + (Chance(50) ? left + op + query : query + op + left) + ")";
    return Chance(50) ? compared : "(" + compared + " IS TRUE)";
  }
  return "(" + left + op + "(" + sub(Want::kInteger) + ", " + sub(second) + "))";
}

std::string Generator::Truth(int depth) {
  const auto sub = [&](Want of) { return Expression(of, depth - 1); };
  switch (Upto(28)) {
    case 1:
      return "(" + sub(Want::kBoolean) + " AND " + sub(Want::kBoolean) + ")";
    case 2:
      return "(" + sub(Want::kBoolean) + " OR " + sub(Want::kBoolean) + ")";
    case 3:
      return "NOT " + sub(Want::kBoolean);
    case 4:
      return "(" + sub(AnyType()) +
             Pick({" IS NULL)", " IS NOT NULL)", " ISNULL)", " NOTNULL)", " NOT NULL)"});
    case 5:
    case 6:
      return Listing(depth);
    case 7: {
      const Want of = Chance(50) ? Want::kInteger : Chance(50) ? Want::kWord : Want::kDecimal;
      return "(" + sub(of) + (Chance(30) ? " NOT BETWEEN " : " BETWEEN ") + Leaf(of) + " AND " +
             Leaf(of) + ")";
    }
    case 8:
      return "(" + sub(Want::kWord) + Pick({" LIKE ", " NOT LIKE ", " GLOB ", " NOT GLOB "}) +
             Leaf(Want::kWord) + ")";
    case 9:
    case 10:
      return (Chance(40) ? "NOT EXISTS (" : "EXISTS (") + Sub(depth - 1, nullptr, nullptr, false) +
             ")";
    case 11:
    case 12:
      return Rows(depth);
    case 13:
      return "(" + sub(Want::kWord) + " " + Pick(kCompare) + " " + sub(Want::kWord) + ")";
    case 14:
      return "(" + sub(Want::kBoolean) +
             Pick(
                 {" IS TRUE)", " IS FALSE)", " IS NOT TRUE)", " = 1)", " <> 0)", " IS NOT FALSE)"});
    case 15:
      return "(" + sub(Want::kBoolean) + " = " + sub(Want::kBoolean) + ")";
    case 16:
      return "(" + sub(Want::kInteger) + " " + Pick(kCompare) + " " + sub(Want::kDecimal) + ")";
    case 17:
      return "(" + sub(Want::kDecimal) + " < CAST(" + sub(Want::kInteger) + " AS REAL))";
    case 18:
      return "(" + sub(Want::kWord) +
             Pick({" LIKE '%x_' ESCAPE 'x'", " LIKE 'a!%%' ESCAPE '!'",
                   " NOT LIKE '_b%' ESCAPE '\\'"}) +
             ")";
    case 24:
      return "(CAST(" + sub(Want::kWord) +
             Pick({" AS BLOB) = x'6162')", " AS BLOB) > x'')", " AS BLOB) IN (x'62', x''))"});
    case 19:
      // Of NULL, SQLite alone says 0.
      if (!open_) return "json_valid(COALESCE(" + sub(Want::kWord) + ", " + Pick(kJson) + "))";
      return "json_valid(" + (Chance(50) ? Pick(kJson) : sub(Want::kWord)) + ")";
    case 20:
      return "(" + AnyValue(depth - 1) + Pick({" = ", " <> ", " IS ", " < "}) +
             Leaf(Chance(50) ? Want::kInteger : Want::kWord) + ")";
    case 21:
      return "(" + AnyValue(depth - 1) +
             Pick({" IS NULL)", " IS NOT NULL)", " IN (1, 2))", " IN ('x', 'q'))",
                   " BETWEEN 0 AND 5)"});
    case 22:
      // Without parentheses: what binds tighter.
      return "(" + Leaf(Want::kBoolean) + Pick({" OR ", " AND "}) + Compared(1) +
             Pick({" AND ", " OR "}) + "NOT " + Leaf(Want::kBoolean) + ")";
    case 23:
      return "(" + Leaf(Want::kInteger) + " + " + Leaf(Want::kInteger) +
             Pick({" * ", " - ", " & "}) + Leaf(Want::kInteger) + " " + Pick(kCompare) + " " +
             Leaf(Want::kInteger) + Pick({" | ", " << ", " % "}) + "2)";
    default:
      return Compared(depth);
  }
}

std::string Generator::Scalar(Want type, int depth) {
  if (type == Want::kAny) return AnyValue(depth - 1);
  if (Chance(4)) return "(VALUES (" + Literal(type) + "))";
  if (depth > 1 && Chance(5)) {
    // Of a compound, whose only column is its order; the values of a Real may be open.
    const Wishes one = {{type == Want::kReal ? Want::kInteger : type, false, -1, ""}};
    const std::size_t known = withs_.size();
    const std::string with = Chance(30) ? With(1) + " " : "";
    std::string text = Select(1, nullptr, &one, false, true, false).text + " UNION " +
                       Select(1, nullptr, &one, false, true, false).text + " ORDER BY 1" +
                       Pick({"", " DESC"}) + " LIMIT 1";
    withs_.resize(known);
    text = "(" + with + text + ")";
    return type == Want::kReal ? "CAST(" + text + " AS REAL)" : text;
  }
  Scope scope;
  scopes_.push_back(&scope);
  std::vector<std::string>* const outer_windows = std::exchange(windows_, nullptr);
  std::string from;
  scope.push_back(From(&from, 0, scope, true));
  const bool keyed = !scope[0].key.empty();
  const bool any = open_ && Chance(60);
  const bool first = any || (keyed && Chance(50));
  const std::string value = first ? Expression(type, 1) : Aggregate(type);
  std::string where = Chance(70) ? " WHERE " + Condition(depth - 1) : "";
  if (any) {
    const std::string by = ColumnOf(AnyType(), true);
    if (!by.empty() && Chance(60)) where += " ORDER BY " + by;
    if (Chance(50)) where += " LIMIT 1";
  } else if (first) {
    for (std::size_t k = 0; k < scope[0].key.size(); ++k) {
      where += (k == 0 ? " ORDER BY " : ", ") + scope[0].alias + "." + scope[0].key[k] +
               (Chance(50) ? " DESC" : "");
    }
    where += " LIMIT 1";
  }
  windows_ = outer_windows;
  scopes_.pop_back();
  return "(SELECT " + value + " FROM " + from + where + ")";
}

// ---- aggregates and windows ---------------------------------------------------------------------

std::string Generator::Filter() {
  return Chance(15) ? " FILTER (WHERE " + OfInnermost(Want::kBoolean) + ")" : "";
}

std::string Generator::Aggregate(Want type) {
  const std::string filter = Filter();
  switch (type) {
    case Want::kBoolean:
      return "(COUNT(*)" + filter + " > 1)";
    case Want::kInteger:
      switch (Upto(8)) {
        case 1:
          return "COUNT(DISTINCT " + OfInnermost(AnyType()) + ")" + filter;
        case 2:
          return "SUM(" + OfInnermost(type) + ")" + filter;
        case 3:
          return "SUM(" + OfInnermost(Want::kBoolean) + ")" + filter;
        case 4:
          return "CAST(AVG(" + OfInnermost(Chance(50) ? type : Want::kDecimal) + ")" + filter +
                 " AS INTEGER)";
        case 5:
          return Pick({"MIN(", "MAX(", "MIN(DISTINCT ", "SUM(DISTINCT "}) + OfInnermost(type) +
                 ")" + filter;
        case 6:
          return "COUNT(" + OfInnermost(AnyType()) + ")" + filter;
        default:
          return "COUNT(*)" + filter;
      }
    case Want::kReal:
      return Pick({"AVG(", "TOTAL(", "AVG(DISTINCT ", "TOTAL(DISTINCT "}) +
             OfInnermost(Chance(50) ? Want::kInteger : Want::kDecimal) + ")" + filter;
    case Want::kDecimal:
      if (Chance(50)) {
        return Pick({"SUM(", "SUM(DISTINCT "}) + OfInnermost(type) + ")" + filter;
      }
      break;
    case Want::kWord:
      if (open_ && Chance(40)) {
        const std::string of = OfInnermost(Chance(50) ? type : Want::kInteger);
        switch (Upto(5)) {
          case 1:
            return "GROUP_CONCAT(" + of + Pick({", ';')", ", '')"}) + filter;
          case 2:
            return "json_group_array(" + of + ")" + filter;
          case 3:
            return "json_group_object(" + OfInnermost(type) + ", " + of + ")" + filter;
          case 4:
            return "GROUP_CONCAT(DISTINCT " + of + ")" + filter;
          default:
            return "GROUP_CONCAT(" + of + ")" + filter;
        }
      }
      if (Chance(20)) return "CAST(COUNT(" + OfInnermost(type) + ")" + filter + " AS TEXT)";
      break;
    case Want::kTime:
    case Want::kAny:
      break;
  }
  return Pick({"MIN(", "MAX("}) + OfInnermost(type) + ")" + filter;
}

std::string Generator::OverAggregates(Want type) {
  switch (type) {
    case Want::kInteger:
      if (Chance(15)) {
        return Pick({"SUM(COUNT(*)) OVER ()", "RANK() OVER (ORDER BY COUNT(*))",
                     "MAX(COUNT(*)) OVER (ORDER BY COUNT(*) DESC)", "COUNT(*) OVER ()"});
      }
      return "(" + Aggregate(type) + Pick({" + ", " * ", " - "}) + Aggregate(type) + ")";
    case Want::kDecimal:
      return "(" + Aggregate(type) + Pick({" + ", " * "}) + Aggregate(Want::kInteger) + ")";
    case Want::kWord:
      return "COALESCE(" + Aggregate(type) + ", '-')";
    case Want::kReal:
      return "(100.0 * " + Aggregate(Want::kInteger) + " / COUNT(*))";
    default:
      return "CASE WHEN " + Aggregate(Want::kBoolean) + " THEN " + Aggregate(type) + " END";
  }
}

// An aggregate of nothing but outer columns would belong to the query around.
std::string Generator::OfInnermost(Want type) {
  const std::string column = ColumnOf(type, true);
  return column.empty() ? Literal(type) : column;
}

// To group by: no constant, and no number, which would be a place in the list.
std::string Generator::Ungrouped(Want type) {
  const std::string own = ColumnOf(type, true);
  const std::string word = ColumnOf(Want::kWord, true);
  switch (type) {
    case Want::kInteger:
      if (!word.empty()) return "LENGTH(" + word + ")";
      break;
    case Want::kBoolean:
      if (!word.empty()) return "(" + word + " = 'ab')";
      break;
    case Want::kWord:
      if (!word.empty()) return "UPPER(" + word + ")";
      break;
    case Want::kReal: {
      const std::string number = ColumnOf(Want::kInteger, true);
      if (!number.empty()) return "CAST(" + number + " AS REAL)";
      break;
    }
    default:
      break;
  }
  if (!own.empty()) return "COALESCE(" + own + ", " + Literal(type) + ")";
  const std::string other = AnyColumn();
  if (other.empty()) return "";
  return "CASE WHEN " + other + " IS NULL THEN " + Literal(type) + " ELSE " + Literal(type) +
         " END";
}

// ROWS, RANGE or GROUPS without what needs a number to count from. `total`: no two rows are peers.
std::string Generator::Frame(bool total) {
  if (!Chance(60)) return "";
  std::string frame = total ? Pick({"ROWS ", "GROUPS "}) : "GROUPS ";
  const char* const one = Chance(10) ? "(1) PRECEDING" : "1 PRECEDING";
  const char* const kBounds[] = {"UNBOUNDED PRECEDING", one, "CURRENT ROW", "2 FOLLOWING",
                                 "UNBOUNDED FOLLOWING"};
  if (Chance(15)) {
    frame = "RANGE ";
    frame += Pick({"UNBOUNDED PRECEDING", "BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
                   "BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", "CURRENT ROW"});
  } else if (Chance(25)) {
    frame += kBounds[Upto(3)];
  } else {
    const std::size_t from = Upto(4);
    const std::size_t to = std::max<std::size_t>(1, from + Upto(5 - from));
    frame += std::string("BETWEEN ") + kBounds[from] + " AND " + kBounds[to];
  }
  if (Chance(30)) {
    frame += total ? Pick({" EXCLUDE NO OTHERS", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP",
                           " EXCLUDE TIES"})
                   : Pick({" EXCLUDE NO OTHERS", " EXCLUDE GROUP", " EXCLUDE TIES"});
  }
  return " " + frame;
}

// OVER (definition), or by a name of the WINDOW clause.
std::string Generator::Over(const std::string& definition) {
  if (windows_ == nullptr || !Chance(25)) return " OVER (" + definition + ")";
  const std::string name = NewName("v");
  const std::size_t order = definition.find("ORDER BY");
  const std::size_t frame = std::min(
      {definition.find(" ROWS "), definition.find(" RANGE "), definition.find(" GROUPS ")});
  if (order != std::string::npos && order > 0 && Chance(30)) {
    windows_->push_back(name + " AS (" + definition.substr(0, order) + ")");
    if (Chance(30)) {
      const std::string next = NewName("v");
      windows_->push_back(next + " AS (" + name + " " + definition.substr(order) + ")");
      return " OVER " + next;
    }
    return " OVER (" + name + " " + definition.substr(order) + ")";
  }
  if (frame != std::string::npos && Chance(30)) {
    const std::string base = NewName("v");
    windows_->push_back(base + " AS (" + definition.substr(0, frame) + ")");
    return " OVER (" + base + definition.substr(frame) + ")";
  }
  windows_->push_back(name + " AS (" + definition + ")");
  return " OVER " + name;
}

std::string Generator::Window(Want type, const Scope& scope) {
  std::string partition;
  if (Chance(50)) {
    partition = "PARTITION BY " + OfInnermost(Chance(70) ? Want::kInteger : Want::kWord) +
                (Chance(20) ? ", " + OfInnermost(Want::kBoolean) : "") + " ";
  }
  const auto direction = [&] {
    return std::string(Chance(30) ? " DESC" : "") + (Chance(8) ? " NULLS LAST" : "");
  };
  const std::string value = OfInnermost(type);
  // By the keys of all, so that no two rows are peers; any function and frame will do.
  std::string keys;
  bool keyed = true;
  for (const Source& source : scope) {
    keyed = keyed && !source.key.empty() && !source.alias.empty();
    for (const std::string& key : source.key) {
      keys += (keys.empty() ? "" : ", ") + source.alias + "." + key + (Chance(20) ? " DESC" : "");
    }
  }
  if (keyed && Chance(60)) {
    const std::string order =
        "ORDER BY " + (Chance(25) ? OfInnermost(Want::kWord) + direction() + ", " : "") + keys;
    const std::string over = Over(partition + order + Frame(true));
    const std::string filter = Filter();
    switch (type) {
      case Want::kInteger:
        if (Chance(60)) {
          return Pick({"ROW_NUMBER()", "RANK()", "DENSE_RANK()", "NTILE(2)"}) + over;
        }
        if (Chance(50)) return Pick({"COUNT(", "SUM("}) + value + ")" + filter + over;
        break;
      case Want::kReal:
        if (Chance(60)) return Pick({"PERCENT_RANK()", "CUME_DIST()"}) + over;
        return Pick({"AVG(", "TOTAL("}) + OfInnermost(Want::kInteger) + ")" + filter + over;
      case Want::kDecimal:
        if (Chance(40)) return "SUM(" + value + ")" + filter + over;
        break;
      case Want::kWord:
        if (Chance(30)) {
          return Pick({"GROUP_CONCAT(", "json_group_array("}) + value + ")" + filter + over;
        }
        if (Chance(10)) return "json_group_object(" + value + ", 1)" + over;
        if (Chance(10)) return "GROUP_CONCAT(" + value + ", '/')" + over;
        break;
      default:
        break;
    }
    switch (Upto(5)) {
      case 1:
        return Pick({"FIRST_VALUE(", "LAST_VALUE("}) + value + ")" + over;
      case 2:
        return "NTH_VALUE(" + value + ", 2)" + over;
      case 3:
        return Pick({"LAG(", "LEAD("}) + value + Pick({", 1)", ", 2)", ", 0)"}) + over;
      case 4:
        return type == Want::kBoolean || type == Want::kTime
                   ? "LEAD(" + value + ")" + over
                   : Pick({"LAG(", "LEAD("}) + value + ", 1, " + Literal(type) + ")" + over;
      default:
        return Pick({"LAG(", "LEAD(", "MAX(", "MIN("}) + value + ")" + over;
    }
  }
  if (open_ && Chance(70)) {
    const std::string by = " OVER (" + partition + "ORDER BY " + OfInnermost(AnyType()) +
                           direction() +
                           Pick({")", " ROWS 1 PRECEDING)", " ROWS UNBOUNDED PRECEDING)",
                                 " ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)"});
    if (type == Want::kInteger && Chance(40)) return Pick({"ROW_NUMBER()", "NTILE(2)"}) + by;
    return Pick({"LAG(", "LEAD(", "FIRST_VALUE(", "MIN("}) + value + ")" + by;
  }
  // What is the same for peers.
  const std::string number = ColumnOf(Want::kInteger, true);
  const std::string fraction = ColumnOf(Want::kDecimal, true, 4);
  std::string definition = partition;
  const std::string with_range = !number.empty() && Chance(70) ? number : fraction;
  if (!with_range.empty() && Chance(25)) {
    const bool whole = with_range == number;
    definition +=
        "ORDER BY " + with_range + direction() + " RANGE " +
        Pick({"BETWEEN 1 PRECEDING AND 1 FOLLOWING", "1 PRECEDING",
              "BETWEEN 2 PRECEDING AND CURRENT ROW", "BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING",
              "BETWEEN 1 FOLLOWING AND 3 FOLLOWING"}) +
        (Chance(20) ? Pick({" EXCLUDE GROUP", " EXCLUDE TIES"}) : "");
    if (!whole && Chance(50)) {
      const std::size_t one = definition.find("1 PRECEDING");
      if (one != std::string::npos) definition.replace(one, 1, "0.5");
    }
  } else if (Chance(70)) {
    definition += "ORDER BY " + OfInnermost(AnyType()) + direction() + Frame(false);
  }
  const bool ordered = definition.find("ORDER BY") != std::string::npos;
  const std::string filter = Filter();
  const std::string over = Over(definition);
  if (type == Want::kInteger && ordered && Chance(40))
    return Pick({"RANK()", "DENSE_RANK()"}) + over;
  if (type == Want::kInteger && Chance(50)) return "COUNT(*)" + filter + over;
  if (type == Want::kReal) {
    return ordered && Chance(50) ? Pick({"PERCENT_RANK()", "CUME_DIST()"}) + over
                                 : "AVG(" + OfInnermost(Want::kInteger) + ")" + over;
  }
  if (type == Want::kBoolean) return "(COUNT(*)" + filter + over + " > 2)";
  if (type == Want::kDecimal && Chance(40)) return "SUM(" + value + ")" + filter + over;
  // Of a frame that moves, SQLite alone heeds it only where an EXCLUDE is written out.
  const bool framed = definition.find(" ROWS ") != std::string::npos ||
                      definition.find(" RANGE ") != std::string::npos ||
                      definition.find(" GROUPS ") != std::string::npos;
  const bool heeded = !framed || definition.find(" EXCLUDE ") != std::string::npos;
  return Pick({"MAX(", "MIN("}) + value + ")" + (heeded ? filter : "") + over;
}

}  // namespace cordon_test
