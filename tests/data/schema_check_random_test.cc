// SPDX-License-Identifier: Apache-2.0
// Random small schemas of a product that never heard of tenants: whatever they are, the fixes
// apply, nothing is left to find, and every row is still there.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <set>

#include "cordon/data/schema_check.h"
#include "support/migration.h"

namespace cordon_test {
namespace {

using ::cordon::SchemaReport;
using ::testing::IsEmpty;

class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  // The statements of one file, rows included.
  std::string File() {
    std::string sql = "PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON; BEGIN;\n";
    const int tables = 1 + Below(6);
    for (int i = 0; i < tables; ++i) sql += MakeTable();
    if (Chance(3)) sql += "CREATE VIEW " + Quoted(Name()) + " AS SELECT 1, 'x''y';\n";
    if (Chance(4)) {
      const std::string name = Quoted(Name());
      sql += "CREATE VIRTUAL TABLE " + name + " USING fts5(a, \"b c\"); INSERT INTO " + name +
             " VALUES ('one', 'two'), (NULL, 'three');\n";
    }
    if (Chance(4)) sql += "ANALYZE;\n";
    return sql + "COMMIT;\n";
  }
  [[nodiscard]] const std::vector<std::string>& globals() const { return globals_; }

 private:
  struct Table {
    std::string name;
    std::vector<std::string> key;
    bool global;
  };

  int Below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  bool Chance(int in) { return Below(in) == 0; }

  // A new name, seldom a nice one. Numbers keep them apart, also for SQLite.
  std::string Name() {
    static const std::vector<std::string> kOdd = {
        "plain", "Two Words", "quo\"te",    "it's", "semi;--", "new\nline", "select", "primary",
        "check", "[b]",       "tick`",      "株",   "/*",      ")",         "rowid_", "unique",
        "id",    "tenant",    "constraint", "x'00", "(",       "tab\t",     "--",     "foreign"};
    std::string name = kOdd[static_cast<std::size_t>(Below(static_cast<int>(kOdd.size())))];
    // Bare words as such must be tried as well, once each.
    if (Chance(3) && used_.insert(name).second) return name;
    return name + std::to_string(++number_);
  }
  std::string In(const std::string& name) {
    const bool simple = name.find_first_of("]`") == std::string::npos;
    if (simple && Chance(5)) return "[" + name + "]";
    if (simple && Chance(5)) return "`" + name + "`";
    return Quoted(name);
  }
  std::string Space() { return Chance(6) ? " /* ), ' */ " : Chance(8) ? " -- ( \"\n" : " "; }
  std::string List(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + In(name);
    return list;
  }

  std::string MakeTable() {
    Table table;
    table.name = Name();
    // Global tables refer to global ones only.
    table.global = Chance(5);
    const bool strict = Chance(4);
    std::vector<std::string> names;
    std::vector<std::string> definitions;
    std::vector<std::string> constraints;
    std::vector<std::string> written;
    const int style = Below(5);
    const int count = 2 + Below(4);
    bool without_rowid = false;
    for (int i = 0; i < count; ++i) {
      names.push_back(Name());
      std::string definition = In(names.back()) + Space() +
                               (strict || !Chance(4) ? "INTEGER" : "DECIMAL(10, 2)") + Space();
      if (i == 0 && style == 0) {
        definition = In(names.back()) + " INTEGER" + Space() + "PRIMARY KEY" +
                     (Chance(2) ? " AUTOINCREMENT" : "");
        table.key = {names.back()};
      } else if (i == 0 && style == 1) {
        definition += std::string(Chance(2) ? "CONSTRAINT \"k (\" " : "") + "PRIMARY KEY" +
                      (Chance(3) ? " DESC" : "") + (Chance(2) ? " NOT NULL" : "");
        table.key = {names.back()};
      } else {
        if (Chance(4)) definition += " DEFAULT" + Space() + (Chance(2) ? "-1.5e0" : "(1 + 1)");
        if (strict) definition = In(names.back()) + " ANY";
        if (Chance(4)) definition += " COLLATE NOCASE";
        if (Chance(4)) definition += " CHECK" + Space() + "(" + Quoted(names.back()) + " <> -7)";
        if (Chance(4)) definition += " UNIQUE" + std::string(Chance(2) ? " ON CONFLICT FAIL" : "");
      }
      written.push_back(names.back());
      definitions.push_back(definition);
    }
    if (Chance(4)) {
      names.push_back(Name());
      definitions.push_back(In(names.back()) + (strict ? " ANY" : "") + " GENERATED ALWAYS AS (" +
                            Quoted(written[0]) + " + 1)" + (Chance(2) ? " STORED" : ""));
    }
    if (style == 2 || style == 3) {
      table.key = {written[1], written[0]};
      constraints.push_back("PRIMARY KEY" + Space() + "(" + List(table.key) + ")");
      without_rowid = Chance(3);
    }
    if (Chance(3)) {
      constraints.push_back((Chance(2) ? "CONSTRAINT " + In(Name()) + " " : std::string()) +
                            "UNIQUE (" + In(written.back()) + (Chance(2) ? " DESC" : "") + ", " +
                            In(written[0]) + ")");
    }
    if (Chance(3)) constraints.push_back("CHECK (" + Quoted(written[0]) + " <> ')')");
    // To itself, or to one that was made before.
    std::vector<const Table*> parents;
    if (!table.key.empty()) parents.push_back(&table);
    for (const Table& other : tables_) {
      if (!other.key.empty() && (other.global || !table.global)) parents.push_back(&other);
    }
    std::vector<std::string> key_values;
    if (!parents.empty() && Chance(2)) {
      const Table& parent =
          *parents[static_cast<std::size_t>(Below(static_cast<int>(parents.size())))];
      std::vector<std::string> columns;
      for (std::size_t i = 0; i < parent.key.size(); ++i) columns.push_back(Name());
      for (const std::string& column : columns) {
        names.push_back(column);
        written.push_back(column);
        definitions.push_back(In(column) + (strict ? " INTEGER" : " INT"));
      }
      constraints.push_back("FOREIGN KEY (" + List(columns) + ")" + Space() + "REFERENCES " +
                            In(parent.name) + (Chance(2) ? " (" + List(parent.key) + ")" : "") +
                            (Chance(3) ? " ON DELETE SET NULL" : "") +
                            (Chance(3) ? " ON UPDATE CASCADE" : "") +
                            (Chance(3) ? " NOT DEFERRABLE" : ""));
    }
    std::string sql = "CREATE TABLE " + In(table.name) + Space() + "(";
    for (std::size_t i = 0; i < definitions.size(); ++i) sql += (i > 0 ? "," : "") + definitions[i];
    for (std::size_t i = 0; i < constraints.size(); ++i) {
      sql += (i == 0 || !Chance(4) ? ", " : " ") + constraints[i];
    }
    sql += Space() + ")";
    std::string options = strict ? " STRICT" : "";
    if (without_rowid) options += std::string(strict ? "," : "") + " WITHOUT ROWID";
    sql += options + ";\n";
    for (int i = Below(3); i > 0; --i) {
      sql += std::string("CREATE ") + (Chance(2) ? "UNIQUE " : "") + "INDEX " + In(Name()) +
             " ON " + In(table.name) + Space() + "(" +
             (Chance(3) ? "abs(" + Quoted(written[0]) + ")" : In(written[1])) + ", " +
             In(written[0]) + (Chance(3) ? " COLLATE NOCASE DESC" : "") + ")" +
             (Chance(3) ? " WHERE " + Quoted(written[0]) + " > 0" : "") + ";\n";
    }
    if (Chance(4)) {
      sql += "CREATE TRIGGER " + In(Name()) + " AFTER DELETE ON " + In(table.name) +
             " BEGIN SELECT ';'; END;\n";
    }
    // The same numbers everywhere, so that foreign keys find their parents.
    for (int row = 1; row <= 3; ++row) {
      sql += "INSERT INTO " + Quoted(table.name) + " (";
      for (std::size_t i = 0; i < written.size(); ++i)
        sql += (i > 0 ? ", " : "") + Quoted(written[i]);
      sql += ") VALUES (";
      for (std::size_t i = 0; i < written.size(); ++i) {
        sql += (i > 0 ? ", " : "") + std::to_string(row);
      }
      sql += ");\n";
    }
    if (table.global) globals_.push_back(table.name);
    tables_.push_back(std::move(table));
    return sql;
  }

  std::mt19937 random_;
  int number_ = 0;
  std::set<std::string> used_;
  std::vector<Table> tables_;
  std::vector<std::string> globals_;
};

TEST(SchemaCheckRandom, CheckFixCheckIsClean) {
  int with_findings = 0;
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    const ScratchDirectory scratch;
    const std::string path = scratch.File("erp.db");
    Generator generator(seed);
    const std::string sql = generator.File();
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + sql);
    ASSERT_NO_THROW(RawSql(path, sql));
    cordon::SchemaCheckOptions options;
    options.path = path;
    options.global_tables = generator.globals();
    const SchemaReport before = Must(CheckSchema(options));
    if (!before.clean()) ++with_findings;
    const auto columns = AllColumns(path, before);
    const auto rows = AllRows(path, columns);
    ASSERT_EQ(RunStatements(path, MigrationStatements(before)), "") << RenderForPeople(before);
    const SchemaReport after = Must(CheckSchema(options));
    ASSERT_THAT(Above(after), IsEmpty()) << RenderForPeople(after);
    ASSERT_EQ(AllRows(path, columns), rows);
    ASSERT_THAT(RawSql(path, "PRAGMA foreign_key_check"), IsEmpty());
    ASSERT_EQ(RawValue(path, "PRAGMA integrity_check"), "ok");
    // The second report is the same as a third: it depends on the file alone.
    ASSERT_EQ(RenderForPeople(after), RenderForPeople(Must(CheckSchema(options))));
  }
  EXPECT_GT(with_findings, 130);
}

}  // namespace
}  // namespace cordon_test
