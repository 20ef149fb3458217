// SPDX-License-Identifier: Apache-2.0
#include "prove/hostile.h"

#include <algorithm>
#include <utility>

#include "cordon/data/internal/lexer.h"

namespace cordon_test {
namespace {

using cordon::internal::SchemaView;
using cordon::internal::SqlType;
using cordon::internal::TableKind;

// How the neighbours' texts begin in the tests' worlds.
constexpr const char* kCanary = "'CANARY%'";

std::string HexOf(const cordon::TenantId& id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "x'";
  for (const std::byte byte : id.bytes()) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4U];
    text += kDigits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text + "'";
}

std::string Repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

Hostile::Hostile(std::function<std::uint64_t(std::uint64_t)> below, const SchemaView& schema,
                 const std::vector<cordon::TenantId>& neighbours)
    : below_(std::move(below)), schema_(schema) {
  for (const cordon::TenantId& id : neighbours) ids_.push_back(HexOf(id));
  if (ids_.empty()) ids_.push_back("x'0123456789abcdef0123456789abcdef'");
}

// ---- names and values ---------------------------------------------------------------------------

std::size_t Hostile::AnyTable() { return Upto(schema_.table_count); }

std::size_t Hostile::TenantTable() {
  std::vector<std::size_t> tables;
  for (std::size_t t = 0; t < schema_.table_count; ++t) {
    if (schema_.tables[t].kind == TableKind::kTenant) tables.push_back(t);
  }
  return tables.empty() ? 0 : tables[Upto(tables.size())];
}

std::string Hostile::Name(std::size_t table) const {
  return std::string(schema_.tables[table].name);
}

std::string Hostile::ColumnName(std::size_t table, std::size_t column) const {
  return std::string(schema_.Column(table, column).name);
}

std::string Hostile::AnyColumn(std::size_t table, bool real) {
  if (!real && !tame_ && Chance(25)) {
    return Pick({"tenant_id", "rowid", "\"tenant_id\"", "oid", "_rowid_", "TENANT_ID",
                 "[tenant_id]", "no_such_column", "*"});
  }
  return ColumnName(table, Upto(schema_.tables[table].column_count));
}

// A column that LIKE may be asked of, by the checker's rules.
std::string Hostile::TextColumn(std::size_t table) {
  std::vector<std::size_t> columns;
  for (std::size_t c = 0; c < schema_.tables[table].column_count; ++c) {
    if (schema_.Column(table, c).type.kind == SqlType::kText) columns.push_back(c);
  }
  return columns.empty() ? AnyColumn(table, true)
                         : ColumnName(table, columns[Upto(columns.size())]);
}

std::string Hostile::Blank() {
  return Chance(15)
             ? Pick({"\n", "\t", " /**/ ", " /* ' */ ", " -- \"\n", "\r\n", tame_ ? " " : "\f"})
             : " ";
}

// A name in one of the ways that SQLite takes, or that only look like it.
std::string Hostile::Spelled(const std::string& name) {
  std::string upper = name;
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  std::string mixed = name;
  for (std::size_t i = 0; i < mixed.size(); i += 2) mixed[i] = upper[i];
  switch (Upto(18)) {
    case 1:
      return "\"" + name + "\"";
    case 2:
      return "[" + name + "]";
    case 3:
      return "`" + name + "`";
    case 4:
      return "'" + name + "'";
    case 5:
      return upper;
    case 6:
      return "\"" + mixed + "\"";
    case 7:
      return name.substr(0, 1) + "\xd0\xb5" + name.substr(1);  // a look-alike of another alphabet
    case 8:
      return name + "\xe2\x80\x8b";  // of no width
    case 9:
      return "\"" + name + " \"";
    case 10:
      return name.substr(0, 1) + "\"" + name.substr(1) + "\"";
    case 11:
      return "(" + name + ")";
    case 12:
      return name + std::string(1, '\0');
    case 13:
      return "x" + Blank() + name;
    case 14:
      return "\"" + name;
    case 15:
      return "U&\"" + name + "\"";
    default:
      return name;
  }
}

std::string Hostile::Table(std::size_t table) {
  if (tame_ || (way_ == Way::kAnalyst && !Chance(20))) return Name(table);
  const std::string name = Spelled(Name(table));
  switch (Upto(8)) {
    case 1:
      return "main" + Blank() + "." + Blank() + name;
    case 2:
      return Pick({"\"main\"", "[main]", "MAIN", "`main`", "'main'", "mAiN"}) + "." + name;
    case 3:
      return "temp." + name;
    case 4:
      return Pick({"other", "aux", "m", "main.main", "file:other.db", "\"\"", "x"}) + "." + name;
    default:
      return name;
  }
}

std::string Hostile::SomeId() {
  const std::string& id = ids_[Upto(ids_.size())];
  switch (Upto(9)) {
    case 1: {
      std::string upper = id;
      for (char& c : upper) {
        if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 32);
      }
      return upper;
    }
    case 2:
      return "(" + id + ")";
    case 3:
      return "CAST(" + id + " AS BLOB)";
    case 4:
      return "CAST(" + id + " AS TEXT)";
    case 5:
      return "substr(" + id + " || x'00', 1, 16)";
    case 6:
      return Pick({"NULL", "''", "0", "-1", "x''", "x'00000000000000000000000000000000'",
                   "x'ffffffffffffffffffffffffffffffff'", "zeroblob(16)", "randomblob(16)",
                   "CAST(0 AS BLOB)", "'default'"});
    case 7:
      return way_ == Way::kAnalyst ? id : "?1";
    default:
      return id;
  }
}

std::string Hostile::LiteralFor(std::size_t table, std::size_t column) {
  const SqlType type = schema_.Column(table, column).type;
  if (type.nullable && !tame_ && Chance(20)) return "NULL";
  switch (type.kind) {
    case SqlType::kText:
      return Pick({"'x'", "''", "'ab'", "'CANARY'", "'a%'", "'x''y'"});
    case SqlType::kBoolean:
      return Pick({"0", "1"});
    case SqlType::kTimestamp:
      if (tame_) return Pick({"'2026-01-02'", "'1970-01-01 00:00:00'", "'9999-12-31'"});
      return Pick({"1767225600000000", "0"});
    case SqlType::kBlob:
      return Pick({"x''", "x'00'", ids_.front()});
    case SqlType::kReal:
      return Pick({"0.5", "1.0", "-2.25"});
    default:
      return Pick({"1", "0", "2", "-1", "77", "1000000",
                   tame_ ? "99999999999999999" : "9223372036854775807"});
  }
}

// Names like those that the lock makes up.
std::string Hostile::Secret() {
  std::string digits;
  const std::size_t kind = Upto(4);
  for (std::size_t i = 0; i < 32; ++i) {
    digits += kind == 0 ? '0' : "0123456789abcdef"[kind == 1 ? i % 16 : Upto(16)];
  }
  if (kind == 3) digits.resize(Upto(32));
  return "s" + digits + "_" + std::to_string(Upto(schema_.table_count + 1));
}

std::string Hostile::EnginesOwn() {
  const std::string table = Name(AnyTable());
  switch (Upto(5)) {
    case 1:
      return Pick({"pragma_table_info", "pragma_table_xinfo", "pragma_index_list",
                   "pragma_index_info", "pragma_foreign_key_list", "main.pragma_table_info",
                   "PRAGMA_TABLE_INFO", "\"pragma_table_info\""}) +
             "('" + table + "')";
    case 2:
      return Pick({"pragma_table_list", "pragma_database_list", "pragma_user_version",
                   "pragma_function_list", "pragma_compile_options", "pragma_collation_list",
                   "pragma_page_count", "pragma_freelist_count", "pragma_data_version",
                   "pragma_wal_checkpoint", "pragma_integrity_check", "pragma_module_list",
                   "pragma_pragma_list", "pragma_stats", "pragma_optimize"});
    case 3:
      return Pick({"cordon_tenants", "cordon_members", "cordon_versions", "cordon_installation",
                   "cordon_audit", "cordon_blobs", "cordon_schema", "cordon_tenant_map",
                   "main.cordon_tenants", "[cordon_members]"});
    case 4:
      return Pick({"dbstat", "sqlite_dbpage", "sqlite_stmt", "bytecode('SELECT 1')",
                   "tables_used('SELECT 1')", "generate_series(1, 3)", "fsdir('.')", "completion",
                   "fts5vocab", "json_each((SELECT sql FROM sqlite_schema))", "carray(0, 1)",
                   "sqlite_btreeinfo", "memstat", "csv", "zipfile('x')"});
    default:
      return Pick({"sqlite_schema", "sqlite_master", "main.sqlite_master", "sqlite_temp_schema",
                   "temp.sqlite_temp_master", "sqlite_sequence", "sqlite_stat1", "sqlite_stat4",
                   "\"sqlite_master\"", "[sqlite_schema]", "SQLITE_MASTER", "temp.sqlite_schema",
                   "sqlite_autoindex_" + table + "_1", "sqlite_stat3", "main.\"sqlite_schema\""});
  }
}

// ---- parts of statements ------------------------------------------------------------------------

std::string Hostile::Source(std::size_t* table, const std::string& alias) {
  *table = Chance(80) ? TenantTable() : AnyTable();
  const std::string as = Pick({" AS ", " "}) + alias;
  switch (Upto(tame_ ? 12U : 16U)) {
    case 1:
      return "(SELECT * FROM " + Table(*table) + ")" + as;
    case 2:
      return "(SELECT * FROM " + Table(*table) + " LIMIT " + Pick({"1", "3", "100", "-1"}) + ")" +
             as;
    case 3:
      return "(SELECT * FROM " + Table(*table) + " UNION ALL SELECT * FROM " + Table(*table) + ")" +
             as;
    case 4:
      return "(SELECT * FROM " + Table(*table) + " WHERE " + Tautology(*table, "") + ")" + as;
    case 12:
      return EnginesOwn() + as;
    case 13:
      return "\"" + Secret() + "\"" + as;
    case 14:
      return Table(*table) + as +
             Pick({" NOT INDEXED", " INDEXED BY sqlite_autoindex_" + Name(*table) + "_1",
                   " INDEXED BY \"" + Name(*table) + "_tenant\""});
    case 15:
      return "(" + Table(*table) + as + ")";
    default:
      return Table(*table) + as;
  }
}

std::string Hostile::Tautology(std::size_t table, const std::string& alias) {
  const std::string prefix = alias.empty() ? "" : alias + ".";
  const std::string column = ColumnName(table, Upto(schema_.tables[table].column_count));
  switch (Upto(tame_ ? 4U : 12U)) {
    case 1:
      return prefix + column + " IS " + prefix + column;
    case 2:
      return prefix + column + " = " + prefix + column + " OR 1 = 1";
    case 3:
      return "NOT (1 = 2)";
    case 4:
      return "1 = 1) OR (1 = 1";
    case 5:
      return "'tenant_id = ?1' <> ''";
    case 6:
      return prefix + "tenant_id = " + SomeId();
    case 7:
      return prefix + "tenant_id = ?1 OR 1";
    case 8:
      return prefix + "tenant_id " +
             Pick({"<> ?1", "IS NOT ?1", "> ?1", "< ?1", "NOT NULL", "= tenant_id",
                   "IN (SELECT tenant_id FROM " + Table(table) + ")"});
    case 9:
      return prefix + "rowid > 0";
    case 10:
      return "1";
    case 11:
      return prefix + "tenant_id = ?1";
    default:
      return "1 = 1";
  }
}

std::string Hostile::Condition(std::size_t table, const std::string& alias, int depth) {
  const std::string prefix = alias.empty() ? "" : alias + ".";
  const std::string column = prefix + AnyColumn(table, tame_);
  const std::size_t c = Upto(schema_.tables[table].column_count);
  const std::string own = prefix + ColumnName(table, c);
  if (depth > 0) {
    switch (Upto(9)) {
      case 1: {
        std::size_t other = 0;
        const std::string from = Source(&other, "h" + std::to_string(depth));
        return Pick({"EXISTS (SELECT 1 FROM ", "NOT EXISTS (SELECT 1 FROM "}) + from + " WHERE " +
               Condition(other, "h" + std::to_string(depth), depth - 1) + ")";
      }
      case 2: {
        std::size_t other = table;
        const std::string inner = "i" + std::to_string(depth);
        return own + Pick({" IN (SELECT ", " NOT IN (SELECT "}) + inner + "." +
               ColumnName(table, c) + " FROM " + Table(other) + " AS " + inner + " WHERE " +
               Condition(other, inner, depth - 1) + ")";
      }
      case 3: {
        std::size_t other = 0;
        const std::string inner = "j" + std::to_string(depth);
        const std::string from = Source(&other, inner);
        return "(SELECT COUNT(*) FROM " + from + " WHERE " + Condition(other, inner, depth - 1) +
               ")" + Pick({" > 0", " > 3", " = 1", " <> 0", " % 2 = 1"});
      }
      case 4:
        return "(" + Condition(table, alias, depth - 1) + Pick({" OR ", " AND "}) +
               Condition(table, alias, depth - 1) + ")";
      case 5:
        return "NOT (" + Condition(table, alias, depth - 1) + ")";
      default:
        break;
    }
  }
  switch (Upto(10)) {
    case 1:
      return column + " IS NOT NULL";
    case 2:
      return prefix + TextColumn(table) + " LIKE " + kCanary;
    case 3:
      return own + " = " + LiteralFor(table, c);
    case 4:
      return own + Pick({" <> ", " > ", " <= ", " IS "}) + LiteralFor(table, c);
    case 5:
      return "COALESCE(" + prefix + TextColumn(table) + ", '') LIKE " + kCanary;
    case 6:
      return own + " >= (SELECT MIN(m." + ColumnName(table, c) + ") FROM " + Table(table) +
             " AS m)";
    case 7:
      return tame_ ? own + " IN (" + LiteralFor(table, c) + ", " + LiteralFor(table, c) + ")"
                   : column + " = " + (Chance(50) ? SomeId() : LiteralFor(table, c));
    case 8:
      return own + " BETWEEN " + LiteralFor(table, c) + " AND " + LiteralFor(table, c);
    default:
      return Tautology(table, alias);
  }
}

// A value whose making fails when the condition holds: an answer by way of an error.
std::string Hostile::Oracle(const std::string& condition) {
  const std::string fails =
      tame_
          ? Pick({"99999999999999999 * 99999999999999999", "1 / 0", "1 % 0",
                  "json_array_length(json('{'))", "CAST(json_extract('{', '$') AS INTEGER)",
                  "length(printf('%99d', 1))", "-(-99999999999999999 * 99) * 99999",
                  "(SELECT SUM(99999999999999999 * 90) FROM json_each('[1,2,3]'))",
                  "CAST(json_type('{}', 'bad path') AS INTEGER)"})
          : Pick({"9223372036854775807 + 1", "abs(-9223372036854775807 - 1)",
                  "abs(-9223372036854775808)", "length(zeroblob(2000000000))",
                  "length(hex(zeroblob(1000000000)))", "strftime('%s', 'now')", "raise(FAIL, 'x')",
                  "json_extract('{', '$')", "(SELECT tenant_id FROM no_such_table)"});
  switch (Upto(4)) {
    case 1:
      return "iif(" + condition + ", " + fails + ", 0)";
    case 2:
      return "COALESCE((SELECT " + fails + " WHERE " + condition + "), 0)";
    case 3:
      return "CASE (" + condition + ") WHEN 1 THEN " + fails + " ELSE 0 END";
    default:
      return "CASE WHEN " + condition + " THEN " + fails + " ELSE 0 END";
  }
}

// What a select list would tell.
std::string Hostile::Told(std::size_t table, const std::string& alias) {
  const std::string prefix = alias + ".";
  const std::string column = prefix + AnyColumn(table, tame_);
  const std::string own = prefix + AnyColumn(table, true);
  switch (Upto(14)) {
    case 1:
      return "COUNT(*)";
    case 2:
      return Pick({"MAX(", "MIN(", "COUNT(DISTINCT ", "group_concat(", "json_group_array("}) + own +
             ")";
    case 3:
      return Pick({"MAX(", "MIN(", "COUNT("}) + own + ") OVER ()";
    case 4:
      return "ROW_NUMBER() OVER (ORDER BY " + own + ")";
    case 5:
      return Pick({"LAG(", "LEAD(", "FIRST_VALUE("}) + own + ") OVER (ORDER BY " + own + ")";
    case 6:
      return Oracle(Condition(table, alias, 1));
    case 7:
      return "(SELECT MAX(z." + AnyColumn(table, true) + ") FROM " + Table(table) + " AS z)";
    case 8: {
      std::size_t other = 0;
      const std::string from = Source(&other, "y");
      return "(SELECT y." + AnyColumn(other, tame_) + " FROM " + from + " LIMIT 1)";
    }
    case 9:
      return "CASE WHEN " + Condition(table, alias, 2) + " THEN 1 ELSE 0 END";
    case 10:
      return tame_ ? "COUNT(" + own + ")" : Impure();
    case 11:
      return Pick({"typeof(", "hex(", "quote(", "length(", "json_quote("}) + prefix +
             TextColumn(table) + ")";
    case 12:
      return prefix + "*";
    default:
      return column;
  }
}

// What knows of more than the tenant's rows, or does more than tell.
std::string Hostile::Impure() {
  return Pick({"random()",
               "randomblob(16)",
               "changes()",
               "total_changes()",
               "last_insert_rowid()",
               "sqlite_version()",
               "sqlite_source_id()",
               "sqlite_compileoption_get(1)",
               "sqlite_compileoption_used('X')",
               "sqlite_log(1, 'x')",
               "sqlite_offset(1)",
               "load_extension('x')",
               "readfile('/etc/passwd')",
               "writefile('/tmp/x', 'y')",
               "edit('x')",
               "fts3_tokenizer('simple')",
               "zeroblob(1000000000)",
               "current_timestamp",
               "CURRENT_DATE",
               "datetime('now')",
               "date('NOW', 'localtime')",
               "strftime('%f', 'n' || 'ow')",
               "julianday(lower('NOW'))",
               "unixepoch()",
               "date()",
               "like('a', 'b')",
               "glob('*', 'a')",
               "'a' REGEXP 'b'",
               "'a' MATCH 'b'",
               "likely(1)",
               "soundex('x')",
               "cordon_add(9223372036854775807, 1)",
               "cordon_unix(9223372036854775807)",
               "cordon_round(1, 0, 0)",
               "cordon_sum(1)",
               "cordon_foreign_keys()",
               "cordon_tenant_map()",
               "raise(ABORT, 'x')",
               "json_each('[1]')",
               "group_concat('x')",
               "subtype('x')",
               "unlikely(0)",
               "rtreecheck('x')",
               "sqlite_rename_column(1, 2, 3, 4, 5, 6, 7, 8, 9)",
               "sqlite_rename_table(1, 2, 3, 4, 5, 6, 7)",
               "sqlite_drop_column(1, 2, 3)",
               "sha3('x')",
               "matchinfo(1)",
               "snippet(1)",
               "dbinfo()",
               "?1",
               "?2",
               ":name"});
}

std::string Hostile::Read(int depth) {
  std::size_t table = 0;
  std::string from = Source(&table, "a");
  std::string list = Told(table, "a");
  if (Chance(40)) {
    std::size_t other = 0;
    const std::string right = Source(&other, "b");
    const std::string join = Pick({" JOIN ", ", ", " LEFT JOIN ", " CROSS JOIN ", " RIGHT JOIN ",
                                   " FULL JOIN ", " NATURAL JOIN ", " NATURAL LEFT JOIN "});
    from += join + right;
    if (join != ", " && join.find("NATURAL") == std::string::npos && join != " CROSS JOIN ") {
      from += " ON " + Condition(other, "b", 1);
    }
    list += ", " + Told(other, "b");
  }
  std::string sql = Pick({"SELECT ", "SELECT DISTINCT "}) + list + " FROM" + Blank() + from;
  if (Chance(60)) sql += " WHERE " + Condition(table, "a", depth);
  if (!tame_ && Chance(15)) {
    const std::string column = "a." + AnyColumn(table, true);
    sql += " GROUP BY " + column;
    if (Chance(40)) sql += " HAVING COUNT(*) > 1";
  }
  if (depth > 0 && Chance(20)) {
    std::size_t other = 0;
    const std::string right = Source(&other, "c");
    sql += Pick({" UNION ALL ", " UNION ", " EXCEPT ", " INTERSECT "}) + "SELECT " +
           Told(other, "c") + " FROM " + right;
    if (Chance(50)) sql += " ORDER BY 1";
    if (Chance(50)) sql += " LIMIT 3";
    return sql;
  }
  if (Chance(25)) {
    sql += " ORDER BY " + (Chance(30) ? Oracle(Condition(table, "a", 1)) : "a." + AnyColumn(table));
  }
  if (Chance(30)) {
    sql +=
        " LIMIT " + (tame_ ? Pick({"1", "2 OFFSET 1", "-1", "1 OFFSET 5", "0", "99999999999999999"})
                           : Pick({"1", "(SELECT COUNT(*) FROM " + Table(table) + ")", "1 OFFSET x",
                                   "9223372036854775807", "?1"}));
  }
  return sql;
}

// A WITH or an alias that bears a table's name, or one of the lock's.
std::string Hostile::Shadowed() {
  const std::size_t table = TenantTable();
  const std::string name =
      tame_        ? Pick({"w", "tenant_id", "t0", "c0", "s0", "excluded", "main", "temp", "x"})
      : Chance(70) ? Spelled(Name(table))
                   : Pick({"\"" + Secret() + "\"", "c0", "t0", "tenant_id", "main", "excluded",
                           "sqlite_schema", "json_each", "x"});
  const std::string hint = Pick({"", " MATERIALIZED", " NOT MATERIALIZED"});
  const std::string body = Chance(50) ? "SELECT * FROM " + Table(table) : Read(1);
  switch (Upto(tame_ ? 5U : 6U)) {
    case 1:
      return "WITH RECURSIVE " + name + " AS (" + body + ") SELECT * FROM " + name;
    case 2:
      return "WITH " + name + " AS" + hint + " (" + body + "), w2 AS (SELECT * FROM " + name +
             ") SELECT COUNT(*) FROM w2, " + name + " AS t1";
    case 3:
      return "SELECT " + name + "." + AnyColumn(table) + " FROM " + Table(AnyTable()) + " AS " +
             name;
    case 4:
      return "SELECT (WITH " + name + " AS" + hint + " (" + body + ") SELECT COUNT(*) FROM " +
             name + ") FROM " + Table(table);
    case 5:
      return "WITH w AS (" + body + ") " + Write();
    default:
      return "WITH " + name + " AS" + hint + " (" + body + ") SELECT " + AnyColumn(table) +
             " FROM " + name + " AS t0";
  }
}

std::string Hostile::Recursion() {
  const std::size_t table = TenantTable();
  const std::string stop =
      Pick({"5", "(SELECT COUNT(*) FROM " + Table(table) + ")", "1000", "1000000000"});
  switch (Upto(5)) {
    case 1:
      return "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT COUNT(*) FROM "
             "r";
    case 2:
      return "WITH RECURSIVE r(n) AS (VALUES ('x') UNION ALL SELECT n || n FROM r LIMIT " +
             Pick({"10", "40"}) + ") SELECT length(n) FROM r";
    case 3: {
      const std::string column = AnyColumn(table, true);
      return "WITH RECURSIVE r(n) AS (SELECT MIN(a." + column + ") FROM " + Table(table) +
             " AS a UNION SELECT b." + column + " FROM r JOIN " + Table(table) + " AS b ON b." +
             column + " > r.n) SELECT n FROM r";
    }
    case 4:
      return "SELECT COUNT(*) FROM " + Table(table) + " AS a, " + Table(table) + " AS b, " +
             Table(table) + " AS c, " + Table(table) + " AS d, " + Table(table) + " AS e, " +
             Table(table) + " AS f";
    default:
      return "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < " + stop +
             ") SELECT n FROM r";
  }
}

// A write that no one has marked.
std::string Hostile::Write() {
  const std::size_t table = Chance(85) ? TenantTable() : AnyTable();
  const std::string name = Chance(90) ? Table(table) : EnginesOwn();
  const std::size_t column = Upto(schema_.tables[table].column_count);
  const std::string returning =
      Chance(25) ? " RETURNING " + Pick({"*", "tenant_id", "1", "rowid", AnyColumn(table),
                                         "(SELECT COUNT(*) FROM " + Table(table) + ")"})
                 : "";
  const std::string way =
      Pick({"", "", "", " OR REPLACE", " OR IGNORE", " OR FAIL", " OR ROLLBACK", " OR ABORT"});
  switch (Upto(5)) {
    case 1: {
      std::string row = SomeId();
      for (std::size_t c = 0; c < schema_.tables[table].column_count; ++c) {
        row += ", " + LiteralFor(table, c);
      }
      std::string sql = Chance(10) ? "REPLACE INTO " : "INSERT" + way + " INTO ";
      sql += name + " VALUES (" + row + ")";
      if (Chance(35)) {
        sql += " ON CONFLICT " + Pick({"DO NOTHING", "DO UPDATE SET tenant_id = " + SomeId(),
                                       "(tenant_id) DO UPDATE SET " + ColumnName(table, column) +
                                           " = excluded." + ColumnName(table, column),
                                       "DO UPDATE SET " + ColumnName(table, column) + " = " +
                                           LiteralFor(table, column)});
      }
      return sql + returning;
    }
    case 2: {
      std::string list = SomeId();
      for (std::size_t c = 0; c < schema_.tables[table].column_count; ++c) {
        list += ", " + ColumnName(table, c);
      }
      return "INSERT" + way + " INTO " + name + " SELECT " + Pick({"*", list}) + " FROM " +
             Table(table) + (Chance(50) ? " WHERE " + Condition(table, "", 1) : "") + returning;
    }
    case 3: {
      std::string sql = "UPDATE" + way + " " + name + " SET " +
                        (Chance(30) ? "tenant_id = " + SomeId()
                                    : ColumnName(table, column) + " = " +
                                          (Chance(30) ? "(SELECT MAX(" + ColumnName(table, column) +
                                                            ") FROM " + Table(table) + ")"
                                                      : LiteralFor(table, column)));
      if (Chance(20)) sql += " FROM " + Table(AnyTable()) + " AS f";
      if (Chance(60)) sql += " WHERE " + Condition(table, "", 1);
      if (Chance(15)) sql += " ORDER BY 1 LIMIT 1";
      return sql + returning;
    }
    default:
      return "DELETE FROM " + name + (Chance(60) ? " WHERE " + Condition(table, "", 1) : "") +
             (Chance(15) ? " LIMIT 1" : "") + returning;
  }
}

std::string Hostile::Command() {
  const std::size_t table = AnyTable();
  const std::string name = Table(table);
  switch (Upto(7)) {
    case 1:
      return "PRAGMA " + Pick({"foreign_keys = OFF",
                               "writable_schema = ON",
                               "query_only = OFF",
                               "trusted_schema = ON",
                               "database_list",
                               "user_version = 7",
                               "wal_checkpoint",
                               "main.user_version",
                               "journal_mode = DELETE",
                               "table_info(" + name + ")",
                               "legacy_alter_table = ON",
                               "temp_store_directory = '/tmp'",
                               "data_version",
                               "recursive_triggers = ON",
                               "defer_foreign_keys = ON",
                               "cell_size_check",
                               "reverse_unordered_selects = ON",
                               "case_sensitive_like = ON",
                               "key = 'x'",
                               "ignore_check_constraints = ON",
                               "integrity_check",
                               "quick_check",
                               "optimize",
                               "locking_mode = EXCLUSIVE",
                               "secure_delete = OFF",
                               "mmap_size = 1000000000",
                               "max_page_count = 1",
                               "analysis_limit = 1000",
                               "encoding = 'UTF-16'"});
    case 2:
      return Pick({"BEGIN", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE TRANSACTION", "COMMIT", "END",
                   "ROLLBACK", "SAVEPOINT s", "SAVEPOINT cordon", "RELEASE cordon", "RELEASE s",
                   "ROLLBACK TO cordon", "ROLLBACK TRANSACTION TO SAVEPOINT s",
                   "COMMIT; BEGIN IMMEDIATE"});
    case 3:
      return Pick({"ATTACH DATABASE 'other.db' AS other", "ATTACH ':memory:' AS m",
                   "ATTACH 'file:x.db?mode=rwc' AS m KEY 'k'", "DETACH main",
                   "DETACH DATABASE temp", "VACUUM", "VACUUM INTO 'copy.db'",
                   "VACUUM main INTO '/tmp/copy.db'", "REINDEX", "REINDEX " + name, "ANALYZE",
                   "ANALYZE " + name, "ANALYZE sqlite_schema", "REINDEX NOCASE"});
    case 4:
      return "CREATE " +
             Pick({"TABLE t(x)", "TABLE t AS SELECT * FROM " + name, "TEMP TABLE t(x)",
                   "TEMP TABLE " + Name(table) + "(tenant_id, id, name, note)",
                   "TEMP TABLE t AS SELECT * FROM " + name, "TEMP VIEW v AS SELECT * FROM " + name,
                   "VIEW IF NOT EXISTS v AS SELECT 1",
                   "TEMP VIEW " + Name(table) + " AS SELECT * FROM main." + Name(table),
                   "TEMP TRIGGER t AFTER INSERT ON " + name + " BEGIN UPDATE " + name +
                       " SET tenant_id = x'00'; END",
                   "TRIGGER t BEFORE DELETE ON " + name + " BEGIN SELECT RAISE(IGNORE); END",
                   "INDEX i ON " + name + "(" + AnyColumn(table, true) + ")",
                   "UNIQUE INDEX i ON " + name + "(" + AnyColumn(table, true) + ")",
                   "VIRTUAL TABLE f USING fts5(x)", "VIRTUAL TABLE temp.s USING dbstat(main)",
                   "TABLE cordon_tenants(x)", "TABLE sqlite_stat1(tbl, idx, stat)"});
    case 5:
      return Pick({"DROP TABLE ", "DROP TABLE IF EXISTS ", "ALTER TABLE ", "DROP VIEW ",
                   "DROP INDEX sqlite_autoindex_", "DROP TRIGGER "}) +
             name +
             Pick({"", " RENAME TO p", " ADD COLUMN z", " DROP COLUMN tenant_id",
                   " RENAME COLUMN tenant_id TO t"});
    case 6:
      return Pick({"EXPLAIN ", "EXPLAIN QUERY PLAN "}) + (Chance(50) ? Read(1) : Write());
    default:
      return "SELECT " + Impure();
  }
}

std::string Hostile::Deep() {
  const std::size_t table = TenantTable();
  const std::size_t times = 10 + Upto(Chance(20) ? 3000 : 60);
  const std::string column = AnyColumn(table, true);
  switch (Upto(6)) {
    case 1:
      return "SELECT " + Repeated("(", times) + column + Repeated(")", times) + " FROM " +
             Table(table);
    case 2:
      return "SELECT " + Repeated("(SELECT ", times) + "COUNT(*) FROM " + Table(table) +
             Repeated(")", times);
    case 3:
      return "SELECT " + column + " FROM " + Repeated("(SELECT * FROM ", times) + Table(table) +
             Repeated(")", times);
    case 4:
      return "SELECT " + Repeated("NOT ", times) + "EXISTS (SELECT 1 FROM " + Table(table) + ")";
    case 5:
      return "SELECT " + Repeated("CASE WHEN 1 = 1 THEN ", times) + column +
             Repeated(" END", times) + " FROM " + Table(table);
    default:
      return "SELECT " + Repeated("- ", times) + "1 FROM " + Table(table);
  }
}

std::string Hostile::Long() {
  const std::size_t table = TenantTable();
  const std::size_t times = 50 + Upto(Chance(30) ? 3000 : 200);
  const std::string column = AnyColumn(table, true);
  switch (Upto(7)) {
    case 1:
      return "SELECT " + column + Repeated(", " + column, times) + " FROM " + Table(table);
    case 2:
      return "SELECT 1 FROM " + Table(table) + " WHERE 1 = 1" + Repeated(" OR 1 = 2", times);
    case 3:
      return "SELECT 1 FROM " + Table(table) + Repeated(", " + Table(table), times % 100);
    case 4:
      return "SELECT '" + Repeated("CANARY ", times) + "'";
    case 5:
      return "SELECT 1" + Repeated(" UNION SELECT COUNT(*) FROM " + Table(table), times);
    case 6:
      return "SELECT /*" + Repeated(" long ", times) + "*/ " + column + " FROM " + Table(table);
    default:
      return "SELECT 1 FROM " + Table(table) + " WHERE 1 IN (1" + Repeated(", 2", times) + ")";
  }
}

// Any of them.
std::string Hostile::Plain() {
  switch (Upto(tame_ ? 12U : way_ == Way::kAnalyst ? 13U : 18U)) {
    case 7:
    case 8:
      return Shadowed();
    case 9:
      return Recursion();
    case 10:
      return Chance(80) ? Read(2) : Chance(50) ? Deep() : Long();  // they take long
    case 11:
      return Read(1);
    case 12:
      return Chance(50) ? Command() : Write();
    case 13:
    case 14:
      return Write();
    case 15:
    case 16:
      return Command();
    case 17:
      return "SELECT * FROM " + EnginesOwn();
    default:
      return Read(2);
  }
}

std::string Hostile::ForAnalyst() {
  way_ = Way::kAnalyst;
  tame_ = !Chance(30);
  std::string text = Plain();
  if (Chance(12)) text = Mutated(text, Plain(), way_);
  tame_ = false;
  return text;
}

std::string Hostile::ForLock() {
  way_ = Way::kLock;
  if (Chance(25)) {
    // One question and nothing around it that could be refused for its own sake.
    const Texts small = {"SELECT " + Impure(), "SELECT count(*) FROM " + EnginesOwn(),
                         "SELECT count(*) FROM " + Spelled(Name(TenantTable())),
                         "SELECT " + Impure() + " FROM main.\"units\""};
    return Pick(small);
  }
  std::string text = Plain();
  if (Chance(10)) {
    text += Pick({"; ", ";", ";;", "; -- ", std::string("\0", 1), std::string(";\0", 2), " /*"}) +
            Plain();
  }
  return Chance(25) ? Mutated(text, Plain(), way_) : text;
}

// ---- what a faulty emitter might have written ---------------------------------------------------

std::string Hostile::Mark(char kind, std::size_t table) const {
  return std::string("\x01") + kind + std::to_string(table) + "\x02";
}

std::string Hostile::ColumnMark(char kind, std::size_t table, std::size_t column) const {
  return std::string("\x01") + kind + std::to_string(table) + "." + std::to_string(column) + "\x02";
}

std::string Hostile::MarkedColumn(std::size_t table, bool assigned) {
  const std::size_t column = Upto(schema_.tables[table].column_count);
  if (!Chance(15)) return ColumnMark('C', table, column);
  const std::size_t other = AnyTable();
  return Pick({"\"tenant_id\"", "tenant_id", "rowid", ColumnMark('C', other, 0),
               ColumnMark('W', table, column), ColumnMark('C', table, 63),
               ColumnMark('C', 9999, column), "\"" + ColumnName(table, column) + "\"",
               "\x01"
               "C" +
                   std::to_string(table) + "\x02",
               "\x01"
               "C" +
                   std::to_string(table) + ".-1\x02",
               "\x01"
               "C-1.0\x02",
               assigned ? "(" + ColumnMark('C', table, column) + ", \"tenant_id\")"
                        : "\x01L'tenant_id'\x02"});
}

// Where the emitter writes \x01R…\x02. `target`: the table that the statement writes.
std::string Hostile::MarkedSource(std::size_t* table, std::size_t target) {
  *table = Chance(70) || target >= schema_.table_count ? TenantTable() : target;
  if (!Chance(35)) {
    const bool global = schema_.tables[*table].kind == TableKind::kGlobal;
    return Mark(global ? 'G' : 'R', *table);
  }
  const std::string number = std::to_string(*table);
  return Pick({Mark('G', *table),
               Mark('T', *table),
               target < schema_.table_count ? Mark('T', target) : Mark('T', *table),
               ColumnMark('C', *table, 0),
               ColumnMark('W', *table, 0),
               "\x01L" + Name(*table) + "\x02",
               "\x01L'" + Name(*table) + "'\x02",
               "\x01L''" + Name(*table) + "''\x02",
               "\x01Lmain." + Name(*table) + "\x02",
               "\x01L'x' UNION SELECT * FROM " + Name(*table) + " --'\x02",
               "\x01Lx'" + Name(*table) + "'\x02",
               "\"" + Name(*table).substr(0, 1) + "\x01L\x02" + Name(*table).substr(1) + "\"",
               "\"" + Name(*table).substr(0, 1) + "\x01L''\x02" + Name(*table).substr(1) + "\"",
               Table(*table),
               "main." + Mark('R', *table),
               "\x01R" + number,
               "\x01R" + number + "\x02 AS t8, " + Table(*table),
               "\x01R9999\x02",
               "\x01R-1\x02",
               "\x01R18446744073709551616\x02",
               "\x01R\x02",
               "\x01R" + number + ".0\x02",
               "\x01r" + number + "\x02",
               "\x01X" + number + "\x02",
               "\x01\x02",
               "\x01\x01R" + number + "\x02\x02",
               "\x02" + Mark('R', *table),
               "\x01R" + number + " \x02",
               "\x01R+" + number + "\x02",
               "\x01R0" + number + "\x02",
               "\"" + Secret() + "\"",
               "(SELECT * FROM " + Mark('R', *table) + ")",
               "excluded",
               "t0",
               EnginesOwn()});
}

std::string Hostile::MarkedFilter(std::size_t table) {
  const std::string own = "t0.\"tenant_id\" = ?1";
  if (!Chance(55)) return own;
  return Pick({"1", own + " OR 1",
               own + " OR t0.\"" + ColumnName(table, 0) + "\" = " + LiteralFor(table, 0),
               "t0.\"tenant_id\" = " + SomeId(), "t0.\"tenant_id\" <> ?1",
               "t0.\"tenant_id\" IS NOT ?1", "t0.\"tenant_id\" > ?1",
               "t0.\"tenant_id\" IN (?1, " + SomeId() + ")", "NOT (" + own + ")", "?1 = ?1",
               "t0.\"" + ColumnName(table, 0) + "\" = " + LiteralFor(table, 0),
               "t0.\"" + ColumnName(table, 0) + "\" = ?1", "(" + own + ") IS NOT NULL",
               "t0.\"tenant_id\" = \x01Lx'00'\x02", "t0.\"tenant_id\" = ?2", "t0.rowid > 0"});
}

std::string Hostile::MarkedCondition(std::size_t table, int depth) {
  const std::size_t c = Upto(schema_.tables[table].column_count);
  const std::string own = "t0.\"" + ColumnName(table, c) + "\"";
  switch (Upto(depth > 0 ? 10U : 6U)) {
    case 1:
      return own + " LIKE \x01L" + kCanary + "\x02";
    case 2:
      return own + " = " + LiteralFor(table, c);
    case 3:
      return own + " IS NOT NULL";
    case 4:
      return "CASE WHEN " + own + " LIKE " + kCanary + " THEN abs(-9223372036854775808) ELSE 1 END";
    case 5:
      return "(" + own + " > " + LiteralFor(table, c) + " OR 1)";
    case 6:
      return "EXISTS (" + MarkedQuery(table, 1, depth - 1) + ")";
    case 7:
      return own + " IN (" + MarkedQuery(table, 1, depth - 1) + ")";
    case 8:
      return "(SELECT COUNT(*) FROM (" + MarkedQuery(table, 1, depth - 1) + ")) > 3";
    case 9:
      return Condition(table, "t0", depth);
    default:
      return "1";
  }
}

// A query as the emitter puts it into another statement.
std::string Hostile::MarkedQuery(std::size_t target, std::size_t columns, int depth) {
  std::size_t table = 0;
  const std::string source = MarkedSource(&table, target);
  const std::string alias = "t" + std::to_string(5 + Upto(3));
  std::string list;
  for (std::size_t i = 0; i < columns; ++i) {
    const std::string column =
        alias + ".\"" + ColumnName(table, Upto(schema_.tables[table].column_count)) + "\"";
    list += (i == 0 ? "" : ", ") +
            (Chance(12) ? Pick({"?1", SomeId(), alias + ".\"tenant_id\"", "t0.\"tenant_id\"",
                                "count(*)", "NULL", "1", Impure(), "group_concat(" + column + ")",
                                "max(" + column + ") OVER ()"})
                        : column) +
            " AS x" + std::to_string(i);
  }
  std::string sql = "SELECT " + list + " FROM " + source + " AS " + alias;
  if (Chance(25)) {
    std::size_t other = 0;
    const std::string right = MarkedSource(&other, target);
    sql += Pick({" JOIN ", " LEFT JOIN ", " CROSS JOIN "}) + right + " AS t9";
    if (Chance(40)) {
      sql += " ON (t9.\"" + ColumnName(other, 0) + "\" = " + alias + ".\"" + ColumnName(table, 0) +
             "\")";
    }
  }
  if (Chance(30)) {
    sql += " WHERE " +
           Pick({"1", alias + ".\"tenant_id\" = " + SomeId(), alias + ".\"tenant_id\" <> ?1",
                 alias + ".\"" + ColumnName(table, 0) + "\" IS NOT NULL",
                 alias + ".\"" + ColumnName(table, 0) + "\" LIKE " + kCanary});
  }
  if (depth > 0 && Chance(15)) {
    sql += Pick({" UNION ALL ", " UNION ", " EXCEPT "}) + MarkedQuery(target, columns, depth - 1);
  } else if (Chance(20)) {
    sql += Pick({" LIMIT 1", " ORDER BY 1 LIMIT 2", " LIMIT 2 OFFSET 1"});
  }
  return sql;
}

std::string Hostile::MarkedValue(std::size_t table, std::size_t column, std::size_t target) {
  const SqlType type = schema_.Column(table, column).type;
  const std::string plain = LiteralFor(table, column);
  if (!Chance(30)) {
    return type.kind == SqlType::kText && plain != "NULL" ? "\x01L" + plain + "\x02" : plain;
  }
  return Pick({"(" + MarkedQuery(target, 1, 1) + " LIMIT 1)",
               "?1",
               "?2",
               SomeId(),
               "t0.\"" + ColumnName(table, column) + "\"",
               "excluded.\"" + ColumnName(table, column) + "\"",
               "excluded.\"tenant_id\"",
               "t0.\"tenant_id\"",
               "hex(t0.\"tenant_id\")",
               "\x01L'x'), (" + SomeId() + "\x02",
               "\x01L'x' || (SELECT max(\"" + ColumnName(table, column) + "\") FROM " +
                   Name(table) + ") || 'y'\x02",
               "\x01L'it''s'\x02",
               "\x01L'un''\x02",
               "\x01Lx'zz'\x02",
               "\x01L1\x02",
               "\x01L\x02",
               "\x01L'open",
               "(SELECT count(*) FROM " + Table(table) + ")",
               Impure(),
               "cordon_mul(9223372036854775807, 2)"});
}

std::string Hostile::MarkedReturning(std::size_t table, std::size_t target) {
  if (!Chance(40)) return "";
  const std::size_t column = Upto(schema_.tables[table].column_count);
  return " RETURNING " +
         Pick({ColumnMark('W', table, column), ColumnMark('C', table, column), "*", "\"tenant_id\"",
               "t0.\"" + ColumnName(table, column) + "\"", "rowid", "count(*)",
               ColumnMark('W', AnyTable(), 0), "(" + MarkedQuery(target, 1, 1) + ")",
               "(SELECT max(" + ColumnMark('W', table, column) + "))",
               "max(" + ColumnMark('W', table, column) + ") OVER ()", ColumnMark('W', table, 64),
               Table(table) + ".tenant_id"});
}

std::string Hostile::Assignments(std::size_t table) {
  std::string list;
  for (std::size_t i = 0; i < 1 + (Chance(30) ? 1U : 0U); ++i) {
    const std::size_t column = Upto(schema_.tables[table].column_count);
    const std::string name =
        Chance(85) ? ColumnMark('C', table, column) : MarkedColumn(table, true);
    list += (i == 0 ? "" : ", ") + name + " = " + MarkedValue(table, column, table);
  }
  return list;
}

std::string Hostile::MarkedInsert(std::size_t table) {
  const std::size_t all = schema_.tables[table].column_count;
  std::string names = Chance(92) ? "\"tenant_id\"" : Pick({ColumnMark('C', table, 0), "rowid"});
  for (std::size_t c = 0; c < all; ++c) {
    names += ", " + (Chance(97) ? ColumnMark('C', table, c) : MarkedColumn(table, false));
  }
  const auto tenant = [&] {
    return Chance(60)
               ? std::string("?1")
               : Pick({SomeId(), "NULL", "?2", "(" + MarkedQuery(table, 1, 0) + ")",
                       "coalesce(NULL, " + SomeId() + ")",
                       "CASE WHEN 1 THEN " + SomeId() + " ELSE ?1 END", "substr(?1, 1)",
                       "CAST(?1 AS TEXT)", "?1 || ''", "iif(random() > 0, ?1, " + SomeId() + ")"});
  };
  std::string sql = "INSERT" +
                    (Chance(85) ? std::string()
                                : Pick({" OR REPLACE", " OR IGNORE", " OR FAIL", " OR ROLLBACK"})) +
                    " INTO " + Mark('T', table) + (Chance(90) ? " AS t0" : "") +
                    (Chance(90) ? " (" + names + ")" : "") + " ";
  if (Chance(40)) {
    // INSERT … SELECT
    std::size_t source_table = 0;
    const bool same = Chance(60);
    const std::string source =
        same ? Mark(schema_.tables[table].kind == TableKind::kGlobal ? 'G' : 'R', table)
             : MarkedSource(&source_table, table);
    if (same) source_table = table;
    std::string inner;
    std::string outer = tenant();
    for (std::size_t c = 0; c < all; ++c) {
      const std::size_t from = c < schema_.tables[source_table].column_count ? c : 0;
      inner += (c == 0 ? "t2.\"" : ", t2.\"") + ColumnName(source_table, from) + "\" AS x" +
               std::to_string(c);
      outer += Chance(90) ? ", t1.x" + std::to_string(c) : ", " + MarkedValue(table, c, table);
    }
    sql +=
        "SELECT " + outer + " FROM (SELECT " + inner + " FROM " + source + " AS t2) AS t1 WHERE 1";
  } else {
    sql += "VALUES ";
    for (std::size_t r = 0; r < 1 + (Chance(25) ? 1U : 0U); ++r) {
      sql += (r == 0 ? "(" : ", (") + tenant();
      for (std::size_t c = 0; c < all; ++c) sql += ", " + MarkedValue(table, c, table);
      sql += ")";
    }
  }
  if (Chance(50)) {
    std::string key;
    for (std::size_t k = 0; k < schema_.tables[table].key.count; ++k) {
      key += ", " + ColumnMark('C', table, schema_.tables[table].key.columns[k]);
    }
    const std::string honest = " (\"tenant_id\"" + key + ")";
    sql += " ON CONFLICT" +
           (Chance(55) ? honest
                       : Pick({"", " (" + key.substr(key.empty() ? 0 : 2) + ")", " (\"tenant_id\")",
                               " (rowid)", honest + " WHERE 1"})) +
           " DO ";
    if (Chance(25)) {
      sql += "NOTHING";
    } else {
      sql += "UPDATE SET " + Assignments(table);
      if (Chance(80)) sql += " WHERE (" + MarkedFilter(table) + ")";
    }
  }
  return sql + MarkedReturning(table, table);
}

std::string Hostile::MarkedUpdate(std::size_t table) {
  std::string sql = "UPDATE " +
                    (Chance(92) ? std::string() : Pick({"OR REPLACE ", "OR IGNORE ", "OR FAIL "})) +
                    Mark('T', table) + (Chance(92) ? " AS t0" : "") + " SET " + Assignments(table);
  if (Chance(30)) {
    std::size_t other = 0;
    sql += " FROM " +
           (Chance(50) ? "(" + MarkedQuery(table, 1, 1) + ")" : MarkedSource(&other, table)) +
           " AS t1";
  }
  if (Chance(85)) {
    sql += " WHERE " + MarkedFilter(table);
    if (Chance(60)) sql += " AND " + MarkedCondition(table, 2);
    if (Chance(10)) sql += " AND (SELECT 1)";
  }
  if (Chance(5)) sql += " ORDER BY 1 LIMIT 1";
  return sql + MarkedReturning(table, table);
}

std::string Hostile::MarkedDelete(std::size_t table) {
  std::string sql = "DELETE FROM " + Mark('T', table) + (Chance(92) ? " AS t0" : "");
  if (Chance(85)) {
    sql += " WHERE " + MarkedFilter(table);
    if (Chance(60)) sql += " AND " + MarkedCondition(table, 2);
  }
  if (Chance(5)) sql += " LIMIT 1";
  return sql + MarkedReturning(table, table);
}

// The emitter's own words but for one place, which is where a reader of texts may be fooled.
std::string Hostile::MarkedBent(std::size_t table) {
  const std::size_t column = Upto(schema_.tables[table].column_count);
  const std::string name = ColumnName(table, column);
  const std::string mark = ColumnMark('C', table, column);
  const std::string value = LiteralFor(table, column);
  const std::string own = " WHERE t0.\"tenant_id\" = ?1";
  const std::string read = Mark('R', table);
  const std::string target = Mark('T', table) + " AS t0";
  std::string names;
  std::string row;
  std::string columns;
  for (std::size_t c = 0; c < schema_.tables[table].column_count; ++c) {
    names += ", " + ColumnMark('C', table, c);
    row += ", " + LiteralFor(table, c);
    columns += ", t1.\"" + ColumnName(table, c) + "\"";
  }
  std::string sql = Pick(
      {"UPDATE " + target + " SET " + mark + " = " + value + own, "DELETE FROM " + target + own,
       "DELETE FROM " + target + own + " AND (t0.\"" + name + "\" = " + value + ")",
       "UPDATE " + target + " SET " + mark + " = t1.\"" + name + "\" FROM " + read + " AS t1" + own,
       "INSERT INTO " + target + " (\"tenant_id\"" + names + ") VALUES (?1" + row + "), (?1" + row +
           ")",
       "INSERT INTO " + target + " (\"tenant_id\"" + names + ") SELECT ?1" + columns + " FROM " +
           read + " AS t1 WHERE 1"});
  struct Bend {
    const char* what;
    std::string with;
  };
  const std::string nothing(1, '\0');
  const std::vector<Bend> bends = {
      {" WHERE", nothing + " WHERE"},
      {" WHERE", "; WHERE"},
      {" WHERE", " -- WHERE"},
      {" WHERE", " \x01L''\x02 WHERE"},
      {" WHERE", " FROM (SELECT ?1 AS \"tenant_id\") AS t0 WHERE"},
      {" WHERE", " FROM " + read + " AS t0 WHERE"},
      {" WHERE", " FROM " + read + " AS t1 JOIN " + read + " AS T0 ON t1.\"" + name + "\" WHERE"},
      {" WHERE", " FROM " + read + " AS t1 JOIN " + read + " AS t2 ON t0.\"" + name + "\" = t1.\"" +
                     name + "\" WHERE"},
      {" WHERE", " FROM (SELECT ?1 AS tenant_id) \"t0\" WHERE"},
      {" WHERE", " FROM json_each('[1]') AS t1, json_each('[1]') AS t0 WHERE"},
      {" WHERE", " WHERE EXISTS (SELECT 1) OR"},
      {" WHERE", " WHERE 1 OR"},
      {" WHERE", " WHERE NOT"},
      {"= ?1", "= ?1 OR 1"},
      {"= ?1", "= ?1or 1"},
      {"= ?1", "= ?1 AND 1 OR 1"},
      {"= ?1", "= ?1 AND x'00'or 1"},
      {"= ?1", "= ?1 AND 1or 1"},
      {"= ?1", "= ?1 AND \x01L''\x02or 1"},
      {"= ?1", "= ?1 AND (1) OR(1)"},
      {"= ?1", "= ?1 AND 'it''s' OR 1"},
      {"= ?1", "= ?1 AND 'open"},
      {"= ?1", "= ?1 AND \"open"},
      {"= ?1", "=?1"},
      {"= ?1", "= ?1 || ''"},
      {"= ?1", "= ?1 IS NOT NULL"},
      {"= ?1", "<> ?1"},
      {"= ?1", "= " + SomeId()},
      {"= ?1", "= ?1 LIMIT 1"},
      {"= ?1", "= ?1 AND " + Oracle("t0.\"" + TextColumn(table) + "\" LIKE " + kCanary)},
      {"= ?1", "= ?1 AND t0.\"tenant_id\" = " + SomeId() + " RETURNING rowid"},
      {"t0.\"tenant_id\"", "t0.'tenant_id'"},
      {"t0.\"tenant_id\"", "\"tenant_id\""},
      {"t0.\"tenant_id\"", "t1.\"tenant_id\""},
      {"t0.\"tenant_id\"", "excluded.\"tenant_id\""},
      {" AS t0", " AS target"},
      {" AS t0", " AS t"},
      {" AS t0", " AS T0"},
      {" AS t0", " AS t00"},
      {" AS t0", ""},
      {" AS t0", " AS \"t0\""},
      {" AS t0", " AS t0 NOT INDEXED"},
      {"(?1", "(" + SomeId()},
      {"(?1", "(?1 || ''"},
      {"(?1", "((?1)"},
      {", (?1", ", (" + SomeId()},
      {"SELECT ?1", "SELECT " + SomeId()},
      {"SELECT ?1", "SELECT DISTINCT ?1"},
      {"SELECT ?1",
       "SELECT ?1" + columns + " FROM " + read + " AS t1 UNION ALL SELECT " + SomeId()},
      {"SELECT ?1", "VALUES (?1" + row + ") UNION SELECT " + SomeId()},
      {"(\"tenant_id\"", "(\"tenant_id\", \"tenant_id\""},
      {"(\"tenant_id\"", "(" + mark + ", \"tenant_id\""},
      {"(\"tenant_id\"", "(tenant_id"},
      {"(\"tenant_id\"", "(\"tenant_id\", rowid"}};
  const Bend& bend = bends[Upto(bends.size())];
  const std::size_t at = sql.find(bend.what);
  if (at != std::string::npos) sql.replace(at, std::string_view(bend.what).size(), bend.with);
  if (Chance(15)) {
    sql += Pick({" ON CONFLICT DO UPDATE SET " + mark + " = " + value,
                 " ON CONFLICT DO UPDATE SET \"tenant_id\" = " + SomeId(),
                 " UNION SELECT " + SomeId() + row, " ON CONFLICT (\"tenant_id\") DO NOTHING",
                 " RETURNING \"tenant_id\"", nothing + " AND 1", " AND " + nothing + "1"});
  }
  return sql;
}

// As the emitter writes it, but for one place: another way to a table of everybody's rows, a way
// around the filter, another tenant's id.
std::string Hostile::AlmostHonest() {
  const std::size_t table = TenantTable();
  const std::size_t source = TenantTable();
  const std::string target = Mark('T', table) + " AS t0";
  const std::string own = " WHERE t0.\"tenant_id\" = ?1";
  const std::string name = Name(source);
  std::string upper = name;
  for (char& c : upper) c = static_cast<char>(c - ('a' <= c && c <= 'z' ? 'a' - 'A' : 0));
  const std::string from =
      Pick({name, "\"" + name + "\"", Spelled(name), upper, "\x01L" + name + "\x02",
            "\x01L\"" + name + "\"\x02", Mark('T', source) + " AS x", Mark('G', source) + " AS x"});
  const std::string of = "\"" + TextColumn(source) + "\"";
  const std::string asked = "(SELECT " +
                            Pick({"count(" + of + ")", "total(length(" + of + "))",
                                  "min(" + of + ")", "max(" + of + ")"}) +
                            " FROM " + from + ")";
  std::string columns;
  std::string row;
  for (std::size_t c = 0; c < schema_.tables[table].column_count; ++c) {
    columns += ", " + ColumnMark('C', table, c);
    row += ", " + (Chance(10) ? asked : LiteralFor(table, c));
  }
  const std::string text = TextColumn(table);
  std::string text_column;
  for (std::size_t c = 0; c < schema_.tables[table].column_count; ++c) {
    if (ColumnName(table, c) == text) text_column = ColumnMark('C', table, c);
  }
  const std::string changed = "UPDATE " + target + " SET " + text_column + " = " + asked + own;
  std::string returned = text_column;
  returned[1] = 'W';
  const Texts shapes = {changed,
                        changed + " RETURNING " + returned,
                        "DELETE FROM " + target + own + " AND " + asked + " LIKE 'CANARY%'",
                        "SELECT " + asked,
                        "DELETE FROM " + target + own +
                            Pick({" AND 1 OR 1", " OR 1", " AND 0 OR t0.\"tenant_id\" > ?1"}),
                        "UPDATE " + target + " SET " + text_column + " = 'x'" + own + " AND 1 OR 1",
                        "UPDATE " + target + " SET \"tenant_id\" = " + SomeId() + own,
                        "INSERT INTO " + target + " (\"tenant_id\"" + columns + ") VALUES (" +
                            (Chance(60) ? SomeId() : "?1") + row + ")"};
  return Pick(shapes);
}

std::string Hostile::Marked() {
  way_ = Way::kMarked;
  if (Chance(35)) return AlmostHonest();
  const auto any = [&] {
    const std::size_t table = Chance(92) ? TenantTable() : AnyTable();
    switch (Upto(11)) {
      case 8:
      case 9:
      case 10:
        return MarkedBent(table);
      case 1:
      case 2:
        return MarkedUpdate(table);
      case 3:
      case 4:
        return MarkedDelete(table);
      case 5:
      case 6:
        return MarkedInsert(table);
      case 7:
        return "WITH c0(x0) AS (" + MarkedQuery(SchemaView::kNone, 1, 1) +
               ") SELECT t0.x0 FROM c0 AS t0";
      default:
        return MarkedQuery(Chance(70) ? SchemaView::kNone : table, 1 + Upto(2), 2);
    }
  };
  const std::string text = any();
  return Chance(20) ? Mutated(text, any(), way_) : text;
}

// ---- mutation -----------------------------------------------------------------------------------

// Words, numbers, quoted things, marks and single characters; each with the blanks behind it.
Hostile::Texts Hostile::Tokens(std::string_view text) {
  using cordon::internal::CharClasses;
  using cordon::internal::ClassOf;
  Texts tokens;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i;
    const char c = text[i];
    const char close = c == '\x01' ? '\x02' : c == '[' ? ']' : c;
    if (c == '\x01' || c == '\'' || c == '"' || c == '`' || c == '[') {
      const std::size_t end = text.find(close, i + 1);
      i = end == std::string_view::npos ? text.size() : end + 1;
    } else if (ClassOf(c) >= CharClasses::kLetter) {
      while (i < text.size() && ClassOf(text[i]) >= CharClasses::kLetter) ++i;
    } else {
      ++i;
    }
    while (i < text.size() && ClassOf(text[i]) == CharClasses::kSpace) ++i;
    tokens.emplace_back(text.substr(begin, i - begin));
  }
  return tokens;
}

std::string Hostile::Mutated(const std::string& text, const std::string& other, Way way) {
  Texts tokens = Tokens(text);
  const Texts others = Tokens(other);
  if (tokens.empty() || others.empty()) return text;
  for (std::size_t times = 1 + Upto(3); times > 0 && !tokens.empty(); --times) {
    const std::size_t at = Upto(tokens.size());
    const auto place = tokens.begin() + static_cast<std::ptrdiff_t>(at);
    switch (Upto(9)) {
      case 1:
        std::swap(tokens[at], tokens[Upto(tokens.size())]);
        break;
      case 2: {
        const std::string twice = tokens[at];
        tokens.insert(place, twice);
        break;
      }
      case 3:
        tokens[at] = others[Upto(others.size())];
        break;
      case 4:
        tokens.insert(place, others[Upto(others.size())]);
        break;
      case 5: {
        // The head of one and the tail of the other.
        tokens.resize(at);
        const std::size_t from = Upto(others.size());
        tokens.insert(tokens.end(), others.begin() + static_cast<std::ptrdiff_t>(from),
                      others.end());
        break;
      }
      case 6: {
        // A part of the other inside of it.
        const std::size_t from = Upto(others.size());
        const std::size_t length = std::min(others.size() - from, 1 + Upto(12));
        tokens.insert(place, others.begin() + static_cast<std::ptrdiff_t>(from),
                      others.begin() + static_cast<std::ptrdiff_t>(from + length));
        break;
      }
      case 7: {
        const std::string byte =
            Pick({" ", "'", "\"", ";", "--", "/*", "*/", "(", ")", std::string(1, '\0'), "\x80",
                  "\xff", "\xef\xbb\xbf", "?1", way == Way::kMarked ? "\x01" : ",",
                  way == Way::kMarked ? "\x02" : "."});
        tokens[at].insert(Upto(tokens[at].size() + 1), byte);
        break;
      }
      case 8:
        tokens[at] = Chance(50) ? Name(TenantTable()) + " " : "tenant_id ";
        break;
      default:
        tokens.erase(place);
        break;
    }
  }
  std::string all;
  for (const std::string& token : tokens) all += token;
  return all;
}

}  // namespace cordon_test
