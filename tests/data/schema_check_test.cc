// SPDX-License-Identifier: Apache-2.0
// What the schema checker finds in files that others made, and that its fixes repair them.
#include "cordon/data/schema_check.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "support/migration.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using ::cordon::CheckSchema;
using ::cordon::MigrationStatements;
using ::cordon::NameOf;
using ::cordon::RenderForPeople;
using ::cordon::SchemaCheckOptions;
using ::cordon::SchemaFinding;
using ::cordon::SchemaFindingCode;
using ::cordon::SchemaReport;
using ::cordon::SchemaSeverity;
using ::cordon::SchemaTableKind;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kTenantColumn[] =
    "tenant_id BLOB NOT NULL CHECK (typeof(tenant_id) = 'blob' AND length(tenant_id) = 16)";

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Every file of a directory and what it holds, as a number: that it differs is enough to know.
std::map<std::string, std::size_t> Everything(const std::string& directory) {
  std::map<std::string, std::size_t> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    files[entry.path().filename()] = std::hash<std::string>()(Content(entry.path()));
  }
  return files;
}

void CopyAll(const std::string& from, const std::string& to) {
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

class SchemaCheck : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return scratch.File("erp.db"); }
  void Make(const std::string& sql) { RawSql(path(), sql); }
  [[nodiscard]] SchemaReport Report(std::vector<std::string> globals = {}) const {
    SchemaCheckOptions options;
    options.path = path();
    options.global_tables = std::move(globals);
    return Must(CheckSchema(options));
  }
  [[nodiscard]] absl::Status Try() const {
    SchemaCheckOptions options;
    options.path = path();
    return CheckSchema(options).status();
  }
  // Check, fix, check: nothing is left to find, and nothing was lost.
  void ExpectRepairable(const std::vector<std::string>& globals = {}) {
    const SchemaReport before = Report(globals);
    ASSERT_FALSE(before.clean());
    for (const SchemaFinding& finding : before.findings) {
      EXPECT_TRUE(finding.fix.has_value() || finding.severity == SchemaSeverity::kNote)
          << finding.table << ": " << finding.message;
      ASSERT_LT(finding.fix.value_or(0), before.fixes.size());
    }
    auto columns = AllColumns(path(), before);
    // Tables that go: they kept no rows of their own.
    const auto rows_before = AllRows(path(), columns);
    ASSERT_EQ(RunStatements(path(), MigrationStatements(before)), "");
    const SchemaReport after = Report(globals);
    EXPECT_THAT(Above(after), IsEmpty()) << RenderForPeople(after);
    EXPECT_TRUE(after.clean());
    for (const auto& table : after.tables) {
      EXPECT_TRUE(table.kind == SchemaTableKind::kTenant || table.kind == SchemaTableKind::kGlobal)
          << table.name;
    }
    std::erase_if(columns, [&](const auto& table) {
      return std::none_of(after.tables.begin(), after.tables.end(),
                          [&](const auto& left) { return left.name == table.first; });
    });
    for (const auto& [table, rows] : AllRows(path(), columns)) {
      EXPECT_EQ(rows, rows_before.at(table)) << table;
    }
    EXPECT_THAT(RawSql(path(), "PRAGMA foreign_key_check"), IsEmpty());
    EXPECT_EQ(RawValue(path(), "PRAGMA integrity_check"), "ok");
  }

  ScratchDirectory scratch;
};

// ---- what is found
// -------------------------------------------------------------------------------

struct Case {
  const char* name;
  std::string sql;
  std::vector<std::string> globals;
  std::vector<std::string> found;  // above a note, in order
};

std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.name; }

class Finds : public SchemaCheck, public ::testing::WithParamInterface<Case> {};

TEST_P(Finds, ExactlyThis) {
  const std::string good =
      "CREATE TABLE good(" + std::string(kTenantColumn) +
      ", id INTEGER NOT NULL, PRIMARY KEY (tenant_id, id)) STRICT, WITHOUT ROWID;";
  Make(good + GetParam().sql);
  const SchemaReport report = Report(GetParam().globals);
  EXPECT_EQ(Above(report), GetParam().found) << RenderForPeople(report);
}

std::string T(const std::string& rest) {
  return "CREATE TABLE t(" + std::string(kTenantColumn) + ", " + rest;
}

INSTANTIATE_TEST_SUITE_P(
    All, Finds,
    ::testing::Values(
        Case{"Nothing", "", {}, {}},
        Case{"GlobalTable", "CREATE TABLE c(code TEXT PRIMARY KEY)", {"C"}, {}},
        Case{"Unclassified",
             "CREATE TABLE c(code TEXT PRIMARY KEY)",
             {},
             {"c: unclassified-table", "c: key-without-tenant"}},
        Case{"NoKey", T("a)"), {}, {"t: key-without-tenant"}},
        Case{"KeyElsewhere", T("a, PRIMARY KEY(a, tenant_id))"), {}, {"t: key-without-tenant"}},
        Case{"TiedToTenants",
             T("id INT, PRIMARY KEY(tenant_id, id), UNIQUE(tenant_id, id));") +
                 "CREATE TABLE u(id INT PRIMARY KEY, t INT REFERENCES t(id));"
                 "CREATE TABLE v(id INT PRIMARY KEY, u INT REFERENCES u)",
             {},
             {"u: must-be-tenant-table", "u: key-without-tenant", "u: foreign-key-without-tenant",
              "v: must-be-tenant-table", "v: key-without-tenant", "v: foreign-key-without-tenant"}},
        Case{"UniqueConstraint",
             T("id INT, a INT UNIQUE, PRIMARY KEY(tenant_id, id))"),
             {},
             {"t: unique-without-tenant"}},
        Case{"UniqueIndex",
             T("id INT, a INT, PRIMARY KEY(tenant_id, id));") + "CREATE UNIQUE INDEX i ON t(a)",
             {},
             {"t: unique-without-tenant"}},
        Case{"PartialUniqueIndex",
             T("id INT, a INT, PRIMARY KEY(tenant_id, id));") +
                 "CREATE UNIQUE INDEX i ON t(a) WHERE tenant_id = x'00'",
             {},
             {"t: unique-without-tenant"}},
        Case{"UniqueIndexOnAnExpression",
             T("id INT, a TEXT, PRIMARY KEY(tenant_id, id));") +
                 "CREATE UNIQUE INDEX i ON t(lower(a));"
                 "CREATE UNIQUE INDEX j ON t(hex(tenant_id), a)",
             {},
             {"t: unique-without-tenant", "t: unique-without-tenant"}},
        Case{"UniqueIndexTenantLast",
             T("id INT, a INT, PRIMARY KEY(tenant_id, id));") +
                 "CREATE UNIQUE INDEX i ON t(a, tenant_id)",
             {},
             {"t: unique-not-tenant-first"}},
        Case{"OrdinaryIndex",
             T("id INT, a INT, PRIMARY KEY(tenant_id, id));") +
                 "CREATE INDEX i ON t(a); CREATE INDEX j ON t(tenant_id, a)",
             {},
             {"t: index-without-tenant"}},
        Case{"ForeignKeyOnOneSide",
             "CREATE TABLE p(" + std::string(kTenantColumn) +
                 ", id INT, PRIMARY KEY(tenant_id, id));" +
                 T("id INT, PRIMARY KEY(tenant_id, id), FOREIGN KEY(id) REFERENCES p(id))"),
             {},
             {"t: foreign-key-without-tenant"}},
        Case{"ForeignKeyCrossed",
             "CREATE TABLE p(" + std::string(kTenantColumn) +
                 ", id INT, PRIMARY KEY(tenant_id, id));" +
                 T("id INT, PRIMARY KEY(tenant_id, id), "
                   "FOREIGN KEY(id, tenant_id) REFERENCES p(tenant_id, id))"),
             {},
             {"t: foreign-key-without-tenant"}},
        Case{"ForeignKeyGood",
             "CREATE TABLE p(" + std::string(kTenantColumn) +
                 ", id INT, PRIMARY KEY(tenant_id, id));" +
                 T("id INT, PRIMARY KEY(tenant_id, id), "
                   "FOREIGN KEY(id, tenant_id) REFERENCES p(id, tenant_id))"),
             {},
             {}},
        Case{"ForeignKeyToGlobal",
             "CREATE TABLE c(code TEXT PRIMARY KEY);" +
                 T("id INT, c TEXT REFERENCES c, PRIMARY KEY(tenant_id, id))"),
             {"c"},
             {}},
        Case{"TenantUsedAsAForeignKey",
             "CREATE TABLE c(id BLOB PRIMARY KEY);" +
                 T("id INT, PRIMARY KEY(tenant_id, id), FOREIGN KEY(tenant_id) REFERENCES c)"),
             {"c"},
             {"t: foreign-key-without-tenant"}},
        Case{"ForeignKeyToNothing",
             T("id INT REFERENCES nowhere(x), PRIMARY KEY(tenant_id, id))"),
             {},
             {"t: foreign-key-broken"}},
        Case{"ForeignKeyToNoUniqueKey",
             "CREATE TABLE p(" + std::string(kTenantColumn) +
                 ", id INT, b INT, PRIMARY KEY(tenant_id, id));" +
                 T("id INT REFERENCES p(b), PRIMARY KEY(tenant_id, id))"),
             {},
             {"t: foreign-key-broken"}},
        Case{"ForeignKeySetsNull",
             "CREATE TABLE p(" + std::string(kTenantColumn) +
                 ", id INT, PRIMARY KEY(tenant_id, id));" +
                 T("id INT, PRIMARY KEY(tenant_id, id), FOREIGN KEY(tenant_id, id) REFERENCES "
                   "p(tenant_id, id) ON DELETE SET NULL)"),
             {},
             {"t: foreign-key-sets-tenant"}},
        Case{"TenantNullable",
             "CREATE TABLE t(tenant_id BLOB CHECK (typeof(tenant_id) = 'blob' AND "
             "length(tenant_id) = 16), id INT, PRIMARY KEY(tenant_id, id))",
             {},
             {"t: tenant-nullable"}},
        Case{"TenantIsAnInteger",
             "CREATE TABLE t(tenant_id INT NOT NULL, id INT, PRIMARY KEY(tenant_id, id))",
             {},
             {"t: tenant-not-16-bytes"}},
        Case{"TenantOfAnyLength",
             "CREATE TABLE t(tenant_id BLOB NOT NULL, id INT, PRIMARY KEY(tenant_id, id)) STRICT",
             {},
             {"t: tenant-not-16-bytes"}},
        Case{"TenantMayBeText",
             "CREATE TABLE t(tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16), id INT, "
             "PRIMARY KEY(tenant_id, id))",
             {},
             {"t: tenant-not-16-bytes"}},
        Case{"TenantCheckedByTheTable",
             "CREATE TABLE t(tenant_id BLOB NOT NULL, id INT, PRIMARY KEY(tenant_id, id), "
             "CHECK (id > 0), CONSTRAINT c CHECK (length(tenant_id) = 16)) STRICT",
             {},
             {}},
        Case{"ACheckOfAnotherQuotedColumn",
             T("\"x\" TEXT, PRIMARY KEY(tenant_id, \"x\"), CHECK (\"x\" <> 'x'))"),
             {},
             {}},
        Case{"TenantOf32Bytes",
             "CREATE TABLE t(tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 32), id INT, "
             "PRIMARY KEY(tenant_id, id)) STRICT",
             {},
             {"t: tenant-not-16-bytes"}},
        Case{"TenantByDefault",
             "CREATE TABLE t(tenant_id BLOB NOT NULL DEFAULT (zeroblob(16)) CHECK "
             "(length(tenant_id) = 16), id INT, PRIMARY KEY(tenant_id, id)) STRICT",
             {},
             {"t: tenant-default"}},
        Case{"Autoincrement",
             T("id INTEGER PRIMARY KEY AUTOINCREMENT)"),
             {},
             {"t: key-without-tenant", "t: autoincrement"}},
        Case{"View", "CREATE VIEW v AS SELECT * FROM missing", {}, {"v: view"}},
        Case{"Trigger",
             "CREATE TRIGGER r AFTER INSERT ON good BEGIN SELECT 1; END",
             {},
             {"good: trigger"}},
        Case{"TriggerOnAView",
             "CREATE VIEW v AS SELECT 1; CREATE TRIGGER r INSTEAD OF INSERT ON v BEGIN SELECT 1; "
             "END",
             {},
             {"v: view", "v: trigger"}},
        Case{"FullText3", "CREATE VIRTUAL TABLE f USING fts3(a)", {}, {"f: full-text-table"}},
        Case{"FullText4", "CREATE VIRTUAL TABLE f USING FTS4(a)", {}, {"f: full-text-table"}},
        Case{"FullText5", "CREATE VIRTUAL TABLE f USING fts5(a)", {}, {"f: full-text-table"}},
        Case{"Tree", "CREATE VIRTUAL TABLE f USING rtree(i, a, b)", {}, {"f: virtual-table"}},
        Case{"Statistics",
             "INSERT INTO good VALUES(zeroblob(16), 1); ANALYZE",
             {},
             {"sqlite_stat1: statistics"}},
        Case{"GlobalRefersToTenants",
             "CREATE TABLE c(id INT PRIMARY KEY, g INT REFERENCES good(id))",
             {"c"},
             {"c: global-refers-to-tenant"}},
        Case{"GlobalWithTenant", T("PRIMARY KEY(tenant_id))"), {"t"}, {"t: global-has-tenant"}}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(SchemaCheck, NotesDoNotCount) {
  Make(T("PRIMARY KEY(tenant_id))"));
  const SchemaReport report = Report();
  EXPECT_TRUE(report.clean());
  ASSERT_EQ(report.findings.size(), 2U);
  EXPECT_EQ(report.findings[0].code, SchemaFindingCode::kNotStrict);
  EXPECT_EQ(report.findings[1].code, SchemaFindingCode::kHasRowid);
  EXPECT_EQ(report.Count(SchemaSeverity::kNote), 2U);
  EXPECT_THAT(MigrationStatements(report), IsEmpty());
}

TEST_F(SchemaCheck, AnotherNameForTheTenant) {
  Make(
      "CREATE TABLE t(company BLOB NOT NULL CHECK (length(company) = 16), id INT NOT NULL, "
      "PRIMARY KEY(company, id)) STRICT, WITHOUT ROWID");
  EXPECT_FALSE(Report().clean());
  const auto report =
      CheckSchema({.path = path(), .tenant_column = "COMPANY", .global_tables = {}});
  ASSERT_THAT(report, IsOk());
  EXPECT_THAT(report->findings, IsEmpty());
}

TEST_F(SchemaCheck, AGlobalTableThatIsNotThereIsAMistake) {
  Make("CREATE TABLE t(a); CREATE VIEW v AS SELECT 1");
  for (const char* name : {"currencys", "v", ""}) {
    const auto report =
        CheckSchema({.path = path(), .tenant_column = "tenant_id", .global_tables = {name}});
    EXPECT_THAT(report, HasCode(ErrorCode::kInvalidArgument)) << name;
  }
  for (const std::string& name : {std::string(), std::string("a\nb"), std::string(200, 'x')}) {
    EXPECT_THAT(CheckSchema({.path = path(), .tenant_column = name, .global_tables = {}}),
                HasCode(ErrorCode::kInvalidArgument));
  }
}

class OwnFile : public World {};

TEST_F(OwnFile, OfCordonHasNothingToFind) {
  OpenTwins();
  Close();
  const auto report =
      CheckSchema({.path = path(), .tenant_column = "tenant_id", .global_tables = {"currencies"}});
  ASSERT_THAT(report, IsOk());
  EXPECT_THAT(report->findings, IsEmpty()) << RenderForPeople(*report);
  EXPECT_THAT(report->tables, Not(IsEmpty()));
}

// ---- that it is repaired
// -------------------------------------------------------------------------

TEST_F(SchemaCheck, AProductOfOneTenant) {
  Make(R"sql(
    CREATE TABLE currencies(code TEXT PRIMARY KEY, name TEXT);
    CREATE TABLE customers(id TEXT PRIMARY KEY, name VARCHAR(40) NOT NULL DEFAULT 'x' COLLATE NOCASE,
      email TEXT UNIQUE ON CONFLICT IGNORE, score REAL DEFAULT -1.5e-3,
      currency TEXT REFERENCES currencies);
    CREATE TABLE orders(id INTEGER PRIMARY KEY AUTOINCREMENT,
      customer TEXT REFERENCES customers ON DELETE SET NULL ON UPDATE CASCADE,
      n INT CHECK (n > 0), total GENERATED ALWAYS AS (n * 2) STORED, num TEXT,
      note DEFAULT (x'00ff'), CONSTRAINT uu UNIQUE (num COLLATE NOCASE, customer));
    CREATE TABLE lines(order_id INT, pos INT, "q""t" TEXT, -- a comment, with ) and '
      PRIMARY KEY (order_id, pos) /* no comma */
      FOREIGN KEY (order_id) REFERENCES orders(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
      CONSTRAINT named CHECK (pos <> ')') CHECK (order_id > 0));
    CREATE TABLE log(msg, rowid, id);
    CREATE TABLE hidden(rowid, oid, _rowid_);
    CREATE TABLE employees(id INTEGER PRIMARY KEY, boss INT REFERENCES employees(id));
    CREATE TABLE [strict](id INTEGER PRIMARY KEY, a ANY, b REAL) STRICT;
    CREATE TABLE `small`(a TEXT, b TEXT, PRIMARY KEY (b, a)) WITHOUT ROWID;
    CREATE TABLE dangling(x INT REFERENCES missing(y));
    CREATE UNIQUE INDEX ux ON orders(lower(num), id) WHERE n > 3;
    CREATE INDEX ix ON orders(customer DESC, n + 1);
    CREATE UNIQUE INDEX "odd ""name""" ON log(msg COLLATE NOCASE ASC);
    CREATE VIEW broken AS SELECT * FROM missing;
    CREATE VIEW w AS SELECT * FROM orders;
    CREATE TRIGGER tr AFTER INSERT ON orders BEGIN UPDATE customers SET name = 'a;b'; END;
    CREATE TRIGGER tv INSTEAD OF INSERT ON w BEGIN SELECT 1; END;
    CREATE VIRTUAL TABLE ft USING fts5(title, body);
    CREATE VIRTUAL TABLE ft4 USING fts4(title, body);
    CREATE VIRTUAL TABLE ft_outside USING fts5(name, content='customers', content_rowid='rowid');
    CREATE VIRTUAL TABLE words USING fts5vocab(ft, row);
    CREATE VIRTUAL TABLE places USING rtree(id, low, high);
    INSERT INTO currencies VALUES ('EUR', 'Euro');
    INSERT INTO customers(id, name, email, currency) VALUES ('a', 'A', 'e', 'EUR'), ('b', 'B', 'f', NULL);
    INSERT INTO orders(customer, n, num) VALUES ('a', 1, 'x'), ('b', 5, 'y'), (NULL, 7, NULL);
    INSERT INTO lines VALUES (1, 1, 'q'), (2, 1, 'r');
    INSERT INTO log VALUES (1, 2, 3), (4, 5, 6), (NULL, NULL, NULL), (NULL, NULL, NULL);
    INSERT INTO hidden VALUES (1, 1, 1), (1, 1, 1);
    INSERT INTO employees VALUES (1, NULL), (2, 1);
    INSERT INTO strict VALUES (1, 1, 1.5), (2, 'text', 2), (3, x'00', NULL);
    INSERT INTO small VALUES ('a', 'b');
    INSERT INTO dangling VALUES (3);
    INSERT INTO ft VALUES ('t', 'b');
    INSERT INTO ft4 VALUES ('t', 'b');
    INSERT INTO places VALUES (1, 2, 3);
    ANALYZE;
  )sql");
  ExpectRepairable({"currencies"});
  // What the definitions said besides is still said.
  EXPECT_EQ(RawValue(path(),
                     "SELECT count(*) FROM customers WHERE tenant_id = " + std::string(kTenantSql)),
            "2");
  EXPECT_THROW(RawSql(path(), "INSERT INTO orders(tenant_id, id, n) VALUES (" +
                                  std::string(kTenantSql) + ", 9, 0)"),
               std::runtime_error);
  EXPECT_THROW(RawSql(path(), "INSERT INTO strict VALUES (" + std::string(kTenantSql) +
                                  ", 9, 1, 'no real')"),
               std::runtime_error);
  RawSql(path(),
         "INSERT INTO customers(tenant_id, id) VALUES (" + std::string(kTenantSql) + ", 'c')");
  EXPECT_EQ(RawValue(path(), "SELECT name || score FROM customers WHERE id = 'c' AND name = 'X'"),
            "x-0.0015");
  // Two tenants do not notice each other.
  for (const char* other : {"'a', 'e'", "'b', 'f'"}) {
    RawSql(path(), "INSERT INTO customers(tenant_id, id, email) VALUES (zeroblob(16), " +
                       std::string(other) + ")");
  }
}

TEST_F(SchemaCheck, WhatIsDroppedStaysReadable) {
  Make("CREATE TABLE t(a INTEGER PRIMARY KEY); CREATE VIEW v AS SELECT a,\n  'x' FROM t");
  const SchemaReport report = Report();
  EXPECT_THAT(RenderForPeople(report),
              HasSubstr("-- CREATE VIEW v AS SELECT a,\n      --   'x' FROM t\n"));
  ExpectRepairable();
}

TEST_F(SchemaCheck, IndexesAloneAreMadeAnewWithoutTouchingTheTable) {
  Make(T("id INT NOT NULL, a TEXT, PRIMARY KEY(tenant_id, id)) WITHOUT ROWID;") +
       "CREATE UNIQUE INDEX one ON t(a, tenant_id DESC) WHERE a <> 'x';"
       "CREATE INDEX two ON t(lower(a), a);"
       "INSERT INTO t VALUES(zeroblob(16), 1, 'a'), (randomblob(16), 1, 'a')");
  const SchemaReport report = Report();
  for (const auto& fix : report.fixes) {
    for (const std::string& statement : fix.statements) {
      EXPECT_THAT(statement, Not(HasSubstr("TABLE"))) << statement;
    }
  }
  ExpectRepairable();
  EXPECT_EQ(RawValue(path(), "SELECT sql FROM sqlite_schema WHERE name = 'one'"),
            "CREATE UNIQUE INDEX \"one\" ON \"t\" (\"tenant_id\", a) WHERE a <> 'x'");
}

TEST_F(SchemaCheck, ATenantUnderAnotherGuiseBecomesTheGivenOne) {
  Make(
      "CREATE TABLE companies(id INTEGER PRIMARY KEY);"
      "CREATE TABLE a(tenant_id INTEGER DEFAULT 7 REFERENCES companies, id INTEGER PRIMARY KEY);"
      "CREATE TABLE b(tenant_id TEXT, id INTEGER, PRIMARY KEY(tenant_id, id));"
      "INSERT INTO companies VALUES(7);"
      "INSERT INTO a VALUES(7, 1), (7, 2), (NULL, 3);"
      "INSERT INTO b VALUES(7, 1)");
  // 7 and '7' are two values, and only a person knows that they are one tenant.
  const SchemaReport report = Report({"companies"});
  const auto before = Content(path());
  EXPECT_THAT(RunStatements(path(), MigrationStatements(report)), HasSubstr("UNIQUE"));
  EXPECT_EQ(Content(path()), before) << "a migration that stops changes nothing";
  RawSql(path(), "UPDATE b SET tenant_id = NULL");
  ExpectRepairable({"companies"});
  EXPECT_EQ(RawValue(path(), "SELECT count(*) FROM a WHERE tenant_id = " + std::string(kTenantSql)),
            "3");
}

TEST_F(SchemaCheck, SeveralTenantsAreNeverMadeOne) {
  Make(
      "CREATE TABLE a(tenant_id INTEGER NOT NULL, id INTEGER PRIMARY KEY);"
      "INSERT INTO a VALUES(7, 1), (8, 2)");
  const std::vector<std::string> migration = MigrationStatements(Report());
  EXPECT_THAT(RunStatements(path(), migration), HasSubstr("UNIQUE"));
  EXPECT_EQ(RawValue(path(), "SELECT group_concat(tenant_id) FROM a"), "7,8");
  // Whoever knows them says so beforehand, on the same connection.
  std::vector<std::string> told = {
      "CREATE TEMP TABLE cordon_tenant_map(found PRIMARY KEY, tenant BLOB NOT NULL UNIQUE)",
      "INSERT INTO cordon_tenant_map VALUES (7, zeroblob(16)), (8, :tenant)"};
  told.insert(told.end(), migration.begin(), migration.end());
  EXPECT_EQ(RunStatements(path(), told), "");
  EXPECT_EQ(RawValue(path(), "SELECT id FROM a WHERE tenant_id = zeroblob(16)"), "1");
  EXPECT_TRUE(Report().clean());
}

TEST_F(SchemaCheck, RowsOfNobodyAreNotGivenAwayAmongSeveralTenants) {
  const std::string two = T("id INT NOT NULL, PRIMARY KEY(tenant_id, id)) WITHOUT ROWID;") +
                          "INSERT INTO t VALUES(" + kTenantSql + ", 1), (zeroblob(16), 1);";
  Make(two + "CREATE TABLE notes(id INTEGER PRIMARY KEY, note TEXT)");
  const std::vector<std::string> migration = MigrationStatements(Report());
  RawSql(path(), "INSERT INTO notes VALUES (1, 'whose?')");
  EXPECT_THAT(RunStatements(path(), migration), HasSubstr("whose they are"));
  EXPECT_THAT(ColumnsOf(path(), "notes"), ElementsAre("id", "note"));
  // With no such row, or no other tenant, there is nothing to decide.
  RawSql(path(), "DELETE FROM t WHERE tenant_id = zeroblob(16)");
  EXPECT_EQ(RunStatements(path(), migration), "");
  EXPECT_TRUE(Report().clean());
}

TEST_F(SchemaCheck, RowsTakeTheTenantOfTheRowTheyReferTo) {
  Make(
      // Named so that the order of names is the wrong one.
      "CREATE TABLE z_orders(tenant_id BLOB, id INTEGER PRIMARY KEY);"
      "CREATE TABLE m_lines(id INTEGER PRIMARY KEY, z INT REFERENCES z_orders);"
      "CREATE TABLE a_notes(line INT REFERENCES m_lines, text TEXT);"
      "INSERT INTO z_orders VALUES (zeroblob(16), 1), (randomblob(16), 2), (NULL, 3);"
      "INSERT INTO m_lines VALUES (11, 1), (12, 2), (13, 3);"
      "INSERT INTO a_notes VALUES (11, 'one'), (12, 'two'), (12, 'two again'), (13, 'three')");
  const std::vector<std::string> migration = MigrationStatements(Report());
  // Order 3 is nobody's, and there are other tenants.
  EXPECT_THAT(RunStatements(path(), migration), HasSubstr("whose they are"));
  RawSql(path(), "UPDATE z_orders SET tenant_id = zeroblob(16) WHERE tenant_id IS NULL");
  // A line of no order is nobody's, too.
  RawSql(path(), "INSERT INTO m_lines VALUES (14, NULL)");
  EXPECT_THAT(RunStatements(path(), migration), HasSubstr("whose they are"));
  RawSql(path(), "DELETE FROM m_lines WHERE id = 14");
  ExpectRepairable();
  EXPECT_EQ(RawValue(path(),
                     "SELECT group_concat(text) FROM (SELECT text FROM a_notes WHERE "
                     "tenant_id = zeroblob(16) ORDER BY text)"),
            "one,three");
  EXPECT_EQ(RawValue(path(),
                     "SELECT count(*) FROM a_notes JOIN m_lines m ON m.id = line AND "
                     "m.tenant_id = a_notes.tenant_id JOIN z_orders o ON o.id = m.z AND "
                     "o.tenant_id = m.tenant_id"),
            "4");
}

TEST_F(SchemaCheck, ANumberThatTwoTenantsHaveTellsNothing) {
  Make(T("id INT NOT NULL, PRIMARY KEY(tenant_id, id)) WITHOUT ROWID;") +
       "CREATE TABLE lines(id INTEGER PRIMARY KEY, t INT REFERENCES t(id));"
       "INSERT INTO t VALUES (" +
       kTenantSql +
       ", 1), (zeroblob(16), 1);"
       "INSERT INTO lines VALUES (1, 1)");
  EXPECT_THAT(RunStatements(path(), MigrationStatements(Report())), HasSubstr("whose they are"));
  EXPECT_EQ(RawValue(path(), "SELECT count(*) FROM lines"), "1");
}

TEST_F(SchemaCheck, ARowThatBreaksItsForeignKeyStopsTheMigration) {
  Make(
      "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(id INTEGER PRIMARY KEY, p INT "
      "REFERENCES p); INSERT INTO p VALUES(1); INSERT INTO c VALUES(1, 1), (2, 99)");
  const auto before = Content(path());
  EXPECT_THAT(RunStatements(path(), MigrationStatements(Report())),
              HasSubstr("every foreign key names a row"));
  EXPECT_EQ(Content(path()), before);
  RawSql(path(), "DELETE FROM c WHERE id = 2");
  ExpectRepairable();
}

TEST_F(SchemaCheck, ATenantThatIsNotOneStopsTheMigration) {
  Make("CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES(1)");
  std::vector<std::string> migration = MigrationStatements(Report());
  for (std::string& statement : migration) {
    const std::size_t at = statement.find(":tenant");
    if (at != std::string::npos) statement.replace(at, 7, ":forgot");
  }
  const auto before = Content(path());
  EXPECT_THAT(RunStatements(path(), migration), HasSubstr("NOT NULL"));
  EXPECT_EQ(Content(path()), before);
}

TEST_F(SchemaCheck, WhatCannotBeTriedIsNotOffered) {
  Make(
      "CREATE TABLE good(id INTEGER PRIMARY KEY);"
      // The CHECK names the table, which has another name while it is made anew.
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, CHECK (t.a > 0));"
      "CREATE TABLE child(id INTEGER PRIMARY KEY, t INT REFERENCES t)");
  const SchemaReport report = Report();
  for (const SchemaFinding& finding : report.findings) {
    if (finding.severity == SchemaSeverity::kNote) continue;
    EXPECT_EQ(finding.fix.has_value(), finding.table == "good") << finding.table;
  }
  EXPECT_THAT(RenderForPeople(report), HasSubstr("no statement repairs this"));
  // The rest still works.
  EXPECT_EQ(RunStatements(path(), MigrationStatements(report)), "");
  EXPECT_THAT(Above(Report()), Not(Contains(HasSubstr("good:"))));
}

// ---- reading leaves no trace
// ---------------------------------------------------------------------

TEST_F(SchemaCheck, ChangesNoByteOfARollbackFile) {
  Make("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
  const auto before = Everything(scratch.path());
  EXPECT_FALSE(Report().clean());
  EXPECT_EQ(Everything(scratch.path()), before);
}

TEST_F(SchemaCheck, ChangesNoByteOfAWriteAheadLogFile) {
  Make("PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1)");
  const auto before = Everything(scratch.path());
  ASSERT_EQ(before.size(), 1U) << "closed: no log";
  EXPECT_FALSE(Report().clean());
  EXPECT_EQ(Everything(scratch.path()), before);
}

TEST_F(SchemaCheck, SeesWhatOnlyTheLogHolds) {
  Make("PRAGMA journal_mode=WAL; CREATE TABLE t(a)");
  // Another process holds the file open, as its own program would.
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t other = fork();
  if (other == 0) {
    sqlite3* db = nullptr;
    if (sqlite3_open(path().c_str(), &db) == SQLITE_OK &&
        sqlite3_exec(db, "CREATE TABLE only_in_the_log(a)", nullptr, nullptr, nullptr) ==
            SQLITE_OK) {
      (void)!write(ends[1], "x", 1);
    }
    close(ends[1]);
    pause();
    _exit(0);
  }
  close(ends[1]);
  char written = 0;
  EXPECT_EQ(read(ends[0], &written, 1), 1);
  close(ends[0]);
  const auto before = Everything(scratch.path());
  EXPECT_EQ(before.size(), 3U);
  EXPECT_THAT(Above(Report()), Contains("only_in_the_log: unclassified-table"));
  EXPECT_EQ(Everything(scratch.path()), before);
  kill(other, SIGKILL);
  waitpid(other, nullptr, 0);

  // The same files as a crash leaves them, with and without the log's index.
  const ScratchDirectory elsewhere;
  CopyAll(scratch.path(), elsewhere.path());
  const auto crashed = Everything(elsewhere.path());
  const SchemaCheckOptions options = {.path = elsewhere.File("erp.db")};
  const auto report = CheckSchema(options);
  ASSERT_THAT(report, IsOk());
  EXPECT_THAT(Above(*report), Contains("only_in_the_log: unclassified-table"));
  EXPECT_EQ(Everything(elsewhere.path()), crashed);
  std::filesystem::remove(elsewhere.File("erp.db-shm"));
  EXPECT_THAT(CheckSchema(options), HasCode(ErrorCode::kCannotOpen));
  EXPECT_EQ(Everything(elsewhere.path()).size(), 2U);
}

TEST_F(SchemaCheck, ACutOffTransactionIsLeftForItsProgram) {
  Make("CREATE TABLE t(a); INSERT INTO t VALUES(zeroblob(100000))");
  sqlite3* writer = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &writer), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(writer,
                         "PRAGMA cache_size=1; BEGIN IMMEDIATE; CREATE TABLE u(a); UPDATE t SET a "
                         "= randomblob(100000); INSERT INTO u SELECT a FROM t;",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  const ScratchDirectory elsewhere;
  CopyAll(scratch.path(), elsewhere.path());
  sqlite3_close(writer);
  const auto before = Everything(elsewhere.path());
  ASSERT_EQ(before.size(), 2U);
  EXPECT_THAT(CheckSchema({.path = elsewhere.File("erp.db")}), HasCode(ErrorCode::kReadOnly));
  EXPECT_EQ(Everything(elsewhere.path()), before);
}

TEST_F(SchemaCheck, PathsMeanFilesWhateverTheyLookLike) {
  for (const char* name : {"with space.db", "q?mode=memory", "p%20.db", "#hash", "'quote\".db",
                           "file:x.db", "株.db", ":memory:"}) {
    const std::string at = scratch.File(name);
    RawSql("./" + std::filesystem::relative(at).string(), "CREATE TABLE t(a)");
    const auto report = CheckSchema({.path = at});
    ASSERT_THAT(report, IsOk()) << name;
    EXPECT_EQ(report->tables.size(), 1U) << name;
  }
}

// ---- files that mean harm
// ------------------------------------------------------------------------

TEST_F(SchemaCheck, WhatIsNoDatabase) {
  EXPECT_THAT(Try(), HasCode(ErrorCode::kCannotOpen)) << "missing";
  EXPECT_THAT(Text(Try()), HasSubstr("there is no such file"));
  EXPECT_FALSE(std::filesystem::exists(path()));
  std::ofstream(path(), std::ios::binary).close();
  EXPECT_THAT(Try(), HasCode(ErrorCode::kNotADatabase)) << "empty";
  EXPECT_EQ(std::filesystem::file_size(path()), 0U);
  std::ofstream(path(), std::ios::binary) << "short";
  EXPECT_THAT(Try(), HasCode(ErrorCode::kNotADatabase)) << "short";
  std::string noise(8192, '\0');
  std::mt19937 random(7);
  for (char& c : noise) c = static_cast<char>(random());
  std::ofstream(path(), std::ios::binary) << noise;
  EXPECT_THAT(Try(), HasCode(ErrorCode::kNotADatabase)) << "encrypted";
  std::filesystem::remove(path());
  std::filesystem::create_directory(path());
  EXPECT_THAT(Try(), HasCode(ErrorCode::kCannotOpen)) << "a directory";
  EXPECT_THAT(Text(Try()), HasSubstr("this is no ordinary file"));
  std::filesystem::remove(path());
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  EXPECT_THAT(Try(), HasCode(ErrorCode::kCannotOpen)) << "a pipe must not be waited for";
  EXPECT_THAT(CheckSchema({.path = ""}), HasCode(ErrorCode::kCannotOpen));
  EXPECT_THAT(CheckSchema({.path = path() + '\0' + "x"}), HasCode(ErrorCode::kCannotOpen));
}

TEST_F(SchemaCheck, ADefinitionThatCannotBeParsedIsRefusedByName) {
  Make(
      "CREATE TABLE t(a); CREATE VIEW v AS SELECT 1; PRAGMA writable_schema=ON;"
      "UPDATE sqlite_schema SET sql = 'CREATE VIEW v AS SELECT FROM WHERE' WHERE name = 'v'");
  EXPECT_THAT(Try(), HasCode(ErrorCode::kCorrupt));
  EXPECT_THAT(Text(Try()), HasSubstr("(v)"));
}

TEST_F(SchemaCheck, ACatalogThatContradictsItselfIsRefused) {
  Make(
      "CREATE TABLE t(a); CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;"
      "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET type = 'table' WHERE name = 'r'");
  EXPECT_THAT(Try(), HasCode(ErrorCode::kCorrupt));
}

TEST_F(SchemaCheck, AnUnknownModuleIsNamedAndLeftAlone) {
  Make(
      "CREATE TABLE x_data(a); CREATE TABLE t(id INTEGER PRIMARY KEY); PRAGMA writable_schema=ON;"
      "INSERT INTO sqlite_schema VALUES('table', 'x', 'x', 0, 'CREATE VIRTUAL TABLE x USING "
      "nosuch(a, b)')");
  const SchemaReport report = Report();
  EXPECT_THAT(Above(report), Contains("x: virtual-table"));
  for (const SchemaFinding& finding : report.findings) {
    EXPECT_FALSE(finding.table.starts_with("x") && finding.fix.has_value()) << finding.message;
  }
  EXPECT_EQ(RunStatements(path(), MigrationStatements(report)), "");
  EXPECT_THAT(Above(Report()), Not(Contains(HasSubstr("t:"))));
}

TEST_F(SchemaCheck, TablesNamedLikePragmasDoNotBlindIt) {
  Make(
      "CREATE TABLE pragma_table_xinfo(a); CREATE TABLE pragma_index_list(a);"
      "CREATE TABLE pragma_table_list(a); CREATE TABLE pragma_foreign_key_check(a);"
      "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE t(a INT REFERENCES p)");
  EXPECT_THAT(Above(Report()), Contains("t: foreign-key-without-tenant"));
  RawSql(path(), "INSERT INTO t VALUES (5)");
  EXPECT_THAT(RunStatements(path(), MigrationStatements(Report())),
              HasSubstr("every foreign key names a row"));
}

TEST_F(SchemaCheck, NamesOfAnyKind) {
  const std::vector<std::string> names = {"a\"b",
                                          "it's",
                                          "new\nline",
                                          "\x1b[31mred\x1b[0m",
                                          "semi;colon--",
                                          "/*",
                                          "[x]",
                                          "`",
                                          "株",
                                          "\xff\xfe",
                                          "select",
                                          "a b",
                                          " ",
                                          "]",
                                          "x\ttab",
                                          std::string(20000, 'n'),
                                          ");--",
                                          "cordon_Rebuild"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string n = std::to_string(i);
    Make("CREATE TABLE " + Quoted("t" + n + names[i]) + "(" + Quoted(names[i]) +
         " TEXT PRIMARY KEY, " + Quoted("parent" + names[i]) + " TEXT REFERENCES " +
         Quoted("t" + n + names[i]) + ", UNIQUE (" + Quoted("parent" + names[i]) + "));" +
         "CREATE INDEX " + Quoted("i" + n + names[i]) + " ON " + Quoted("t" + n + names[i]) + "(" +
         Quoted(names[i]) + ");" + "INSERT INTO " + Quoted("t" + n + names[i]) +
         " VALUES ('a', NULL), ('b', 'a')");
  }
  Make("CREATE TABLE cordon_rebuild(a INTEGER PRIMARY KEY)");
  const SchemaReport report = Report();
  const std::string text = RenderForPeople(report);
  for (const char c : text) {
    ASSERT_TRUE(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
  }
  EXPECT_THAT(text, Not(HasSubstr("\xff")));
  for (const SchemaFinding& finding : report.findings) EXPECT_LT(finding.message.size(), 600U);
  const auto columns = AllColumns(path(), report);
  const auto before = AllRows(path(), columns);
  ASSERT_EQ(RunStatements(path(), MigrationStatements(report)), "");
  EXPECT_THAT(Above(Report()), IsEmpty()) << RenderForPeople(Report());
  EXPECT_EQ(AllRows(path(), columns), before);
}

TEST_F(SchemaCheck, AHugeSchemaIsReportedInReasonableTime) {
  std::string sql = "BEGIN;";
  for (int i = 0; i < 1001; ++i) sql += "CREATE TABLE t" + std::to_string(i) + "(a INT UNIQUE);";
  Make(sql + "COMMIT");
  const SchemaReport report = Report();
  EXPECT_EQ(report.tables.size(), 1001U);
  EXPECT_EQ(report.Count(SchemaSeverity::kError), 3003U);
  EXPECT_THAT(report.fixes, IsEmpty());
}

TEST_F(SchemaCheck, DamageIsAnErrorAndNeverMore) {
  Make(
      "PRAGMA page_size=512; CREATE TABLE p(id INTEGER PRIMARY KEY, name TEXT UNIQUE);"
      "CREATE TABLE c(id INTEGER PRIMARY KEY, p INT REFERENCES p, CHECK (p > 0));"
      "CREATE INDEX i ON c(p) WHERE p > 1; CREATE VIEW v AS SELECT * FROM p;"
      "CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO p VALUES(1, 'x')");
  const std::string whole = Content(path());
  std::mt19937 random(11);
  int refused = 0;
  for (int round = 0; round < 400; ++round) {
    std::string damaged = whole;
    const std::size_t reach = round % 2 == 0 ? 3072 : damaged.size();
    for (unsigned flips = 1 + random() % 8; flips > 0; --flips) {
      damaged[16 + random() % (reach - 16)] = static_cast<char>(random());
    }
    if (round % 10 == 0) damaged.resize(random() % damaged.size());
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << damaged;
    const auto report = CheckSchema({.path = path()});
    if (!report.ok()) {
      ++refused;
      EXPECT_NE(CodeOf(report.status()), ErrorCode::kUnknown);
      EXPECT_THAT(Text(report), ::testing::StartsWith("cordon: "));
    } else {
      (void)RenderForPeople(*report);
    }
    EXPECT_EQ(Content(path()), damaged);
  }
  EXPECT_GT(refused, 20) << "the damage must matter";
}

}  // namespace
}  // namespace cordon_test
