// SPDX-License-Identifier: Apache-2.0
// `cordon schema check` as an operator runs it: what it prints, and how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/migration.h"
#include "support/program.h"

namespace cordon_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr char kClean[] =
    "CREATE TABLE t(tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16), id INTEGER NOT NULL, "
    "PRIMARY KEY (tenant_id, id)) STRICT, WITHOUT ROWID;";

class SchemaCheckCommand : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return scratch.File("erp.db"); }
  void Make(const std::string& sql) { RawSql(path(), sql); }
  static Finished Run(std::vector<std::string> arguments, const std::string& out_to = "") {
    arguments.insert(arguments.begin(), {"schema", "check"});
    return RunProgram(CORDON_TOOL, std::move(arguments), out_to);
  }
  static std::string Content(const std::string& at) {
    std::ifstream file(at, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  ScratchDirectory scratch;
};

TEST_F(SchemaCheckCommand, ExitCodesAreWhatTheHelpSays) {
  const Finished help = Run({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* said : {"0 clean", "1 findings", "2 wrong usage", "3 the file cannot be read",
                           "--tenant-column", "--global", "--json", "--fix-script"}) {
    EXPECT_THAT(help.out, HasSubstr(said));
  }
  Make(kClean);
  EXPECT_EQ(Run({path()}).exit_code, 0);
  Make("CREATE TABLE c(code TEXT PRIMARY KEY)");
  EXPECT_EQ(Run({path()}).exit_code, 1);
  EXPECT_EQ(Run({path(), "--global", "c"}).exit_code, 0) << "notes do not count";
  EXPECT_EQ(Run({path(), "--global", "c", "--global", "t"}).exit_code, 1);
  EXPECT_EQ(Run({path(), "--tenant-column", "nobody", "--global", "c"}).exit_code, 1);

  EXPECT_EQ(Run({}).exit_code, 2) << "no file";
  EXPECT_EQ(Run({path(), "--no-such-option"}).exit_code, 2);
  EXPECT_EQ(Run({path(), path()}).exit_code, 2) << "two files";
  EXPECT_EQ(Run({path(), "--global", "nosuch"}).exit_code, 2);
  EXPECT_EQ(RunProgram(CORDON_TOOL, {}).exit_code, 2) << "no command";
  EXPECT_EQ(RunProgram(CORDON_TOOL, {"schema"}).exit_code, 2);
  EXPECT_EQ(RunProgram(CORDON_TOOL, {"--version"}).exit_code, 0);

  const Finished missing = Run({scratch.File("missing.db")});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.out, IsEmpty());
  EXPECT_THAT(missing.err, StartsWith("cordon: "));
  EXPECT_THAT(missing.err, HasSubstr("there is no such file"));
  EXPECT_THAT(Run({scratch.path()}).err, HasSubstr("this is no ordinary file"));
  EXPECT_EQ(Run({path()}, "/dev/full").exit_code, 3) << "nobody saw the report";
}

TEST_F(SchemaCheckCommand, PeopleReadThis) {
  Make(std::string(kClean) +
       "CREATE TABLE \"two\nlines\"(id INTEGER PRIMARY KEY, t INT);"
       "CREATE INDEX by_t ON \"two\nlines\"(t)");
  const Finished run = Run({path()});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(run.out, R"(two?lines
  error    unclassified-table: the table has no column "tenant_id" and is not declared global: make it a tenants' table, or declare it global when its rows are everybody's
  error    key-without-tenant: the primary key ("id") does not begin with the tenant: two tenants could not have the same key, or would learn of it
  warning  index-without-tenant: the index "by_t" on ("t") does not begin with the tenant: it is read across all tenants' rows or not at all
  note     not-strict: the table is not STRICT: a column may hold values of another type than it declares
  note     has-rowid: the table is not WITHOUT ROWID: its rows also have numbers that all tenants share
    fix 1 of 2:
      CREATE TEMP TABLE IF NOT EXISTS "cordon_given" ("found" INTEGER);
      INSERT INTO temp."cordon_given" SELECT 1
      FROM main."two
      lines" AS old LIMIT 1;
      CREATE TABLE "cordon_rebuild" (
        "tenant_id" BLOB NOT NULL CHECK (typeof("tenant_id") = 'blob' AND length("tenant_id") = 16),
        "id" INTEGER NOT NULL,
        "t" INT,
        PRIMARY KEY ("tenant_id", "id")
      ) WITHOUT ROWID;
      INSERT INTO "cordon_rebuild" ("tenant_id", "id", "t")
      SELECT :tenant, old."id", old."t"
      FROM main."two
      lines" AS old;
      DROP TABLE "two
      lines";
      ALTER TABLE "cordon_rebuild" RENAME TO "two
      lines";
      CREATE INDEX "by_t" ON "two
      lines" ("tenant_id", t);

2 tables: 2 errors, 1 warning, 2 notes
--fix-script OUT.sql writes the fixes as one script, in the order to run them
)");
}

TEST_F(SchemaCheckCommand, ProgramsReadThis) {
  Make(std::string(kClean) + "CREATE TABLE " + Quoted("bad \xff name") +
       "(id INTEGER PRIMARY KEY); CREATE VIEW v AS SELECT 1");
  const Finished run = Run({path(), "--json", "--tenant-column", "tenant_id"});
  EXPECT_EQ(run.exit_code, 1);
  const nlohmann::json report = nlohmann::json::parse(run.out, nullptr, false);
  ASSERT_FALSE(report.is_discarded()) << run.out;
  std::vector<std::string> keys;
  for (const auto& [key, value] : report.items()) keys.push_back(key);
  EXPECT_THAT(keys, UnorderedElementsAre("file", "tenant_column", "clean", "tables", "findings",
                                         "fixes", "migration"));
  EXPECT_EQ(report["file"], path());
  EXPECT_EQ(report["tenant_column"], "tenant_id");
  EXPECT_EQ(report["clean"], false);
  ASSERT_EQ(report["tables"].size(), 3U);
  EXPECT_EQ(report["tables"][1]["name"], "t");
  EXPECT_EQ(report["tables"][1]["kind"], "tenant");
  EXPECT_EQ(report["tables"][2]["kind"], "view");
  ASSERT_FALSE(report["findings"].empty());
  for (const nlohmann::json& finding : report["findings"]) {
    keys.clear();
    for (const auto& [key, value] : finding.items()) keys.push_back(key);
    EXPECT_THAT(keys,
                UnorderedElementsAre("code", "severity", "table", "object", "message", "fix"));
    if (finding["severity"] == "note") {
      EXPECT_TRUE(finding["fix"].is_null());
    } else {
      ASSERT_TRUE(finding["fix"].is_number_unsigned());
      EXPECT_LT(finding["fix"], report["fixes"].size());
    }
  }
  const nlohmann::json& last = report["findings"].back();
  EXPECT_EQ(last["code"], "view");
  EXPECT_EQ(last["table"], "v");
  EXPECT_EQ(report["fixes"][last["fix"].get<std::size_t>()]["table"], "v");
  // What is printed can be run.
  std::vector<std::string> migration = report["migration"];
  EXPECT_EQ(migration.front(), "PRAGMA foreign_keys = OFF");
  Make("DROP TABLE " + Quoted("bad \xff name") +
       "; CREATE TABLE \"bad \uFFFD name\"(id INTEGER "
       "PRIMARY KEY)");
  EXPECT_EQ(RunStatements(path(), migration), "");
  const nlohmann::json after = nlohmann::json::parse(Run({path(), "--json"}).out);
  EXPECT_EQ(after["clean"], true);
  EXPECT_THAT(after["fixes"], IsEmpty());
  EXPECT_THAT(after["migration"], IsEmpty());
}

TEST_F(SchemaCheckCommand, TheScriptIsTheMigration) {
  Make(
      "CREATE TABLE p(id INTEGER PRIMARY KEY, a TEXT UNIQUE); CREATE VIEW v AS SELECT\n1;"
      "CREATE TABLE c(p INT REFERENCES p); INSERT INTO p VALUES(1, 'x'); INSERT INTO c VALUES(1)");
  const std::string script = scratch.File("fix.sql");
  const Finished run = Run({path(), "--fix-script", script});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out, Not(HasSubstr("--fix-script")));
  std::string text = Content(script);
  const std::string bail = "\n.bail on\n";
  ASSERT_THAT(text, HasSubstr(bail)) << "the shell goes on after errors by default";
  EXPECT_LT(text.find(bail), text.find("PRAGMA"));
  EXPECT_THAT(text, HasSubstr(".parameter set :tenant"));
  text.replace(text.find(bail), bail.size(), "\n");
  EXPECT_EQ(RunStatements(path(), {text}), "");
  EXPECT_EQ(Run({path()}).exit_code, 0);
  EXPECT_EQ(RawValue(path(),
                     "SELECT count(*) FROM c JOIN p ON p.tenant_id = c.tenant_id AND "
                     "p.id = c.p"),
            "1");
}

TEST_F(SchemaCheckCommand, TheScriptRunsInTheShell) {
  if (RunProgram("sqlite3", {"--version"}).exit_code != 0) {
    GTEST_SKIP() << "the sqlite3 shell is not installed";
  }
  Make(
      "CREATE TABLE p(id INTEGER PRIMARY KEY, [a\nb] TEXT UNIQUE, CHECK ([a\nb] <> ';\n.quit'));"
      "INSERT INTO p VALUES(1, 'x')");
  const std::string script = scratch.File("fix.sql");
  ASSERT_EQ(Run({path(), "--fix-script", script}).exit_code, 1);
  // Without a tenant nothing happens at all.
  EXPECT_NE(RunProgram("sqlite3", {path(), ".read '" + script + "'"}).exit_code, 0);
  EXPECT_EQ(RawValue(path(), "SELECT count(*) FROM p"), "1");
  EXPECT_EQ(Run({path()}).exit_code, 1);
  const std::string tenant = ".parameter set :tenant \"" + std::string(kTenantSql) + "\"";
  const Finished shell = RunProgram("sqlite3", {path(), tenant, ".read '" + script + "'"});
  EXPECT_EQ(shell.exit_code, 0) << shell.err;
  EXPECT_EQ(Run({path()}).exit_code, 0);
  EXPECT_EQ(RawValue(path(), "SELECT quote(tenant_id) = upper(" + std::string("\"") +
                                 std::string(kTenantSql) + "\") FROM p"),
            "1");
}

TEST_F(SchemaCheckCommand, NeverWritesOverAFile) {
  Make("CREATE TABLE p(id INTEGER PRIMARY KEY)");
  const std::string before = Content(path());
  const Finished over = Run({path(), "--fix-script", path()});
  EXPECT_EQ(over.exit_code, 3);
  EXPECT_THAT(over.err, HasSubstr("a file of this name exists already"));
  EXPECT_EQ(Content(path()), before);
  const Finished nowhere = Run({path(), "--fix-script", scratch.path() + "/no/such/directory"});
  EXPECT_EQ(nowhere.exit_code, 3);
  EXPECT_THAT(nowhere.err, HasSubstr("check that its directory exists"));
}

}  // namespace
}  // namespace cordon_test
