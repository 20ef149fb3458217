// SPDX-License-Identifier: Apache-2.0
// `cordon sql` as somebody uses it who has the product's file and not the product.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "data/migration_releases.h"
#include "support/program.h"

namespace cordon_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SqlCommand : public World {
 protected:
  void SetUp() override {
    OpenTwins();
    tenant = a->id.ToString();
  }
  // Whatever is asked, nothing of a neighbour is shown.
  Finished Run(std::vector<std::string> more, int code = 0, const std::string& input = "") {
    std::vector<std::string> arguments = {"sql", path(), tenant, "--as", "anna"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const std::string in = scratch.File("input");
    std::ofstream(in) << input;
    const Finished run = RunProgram(CORDON_TOOL, std::move(arguments), "", in);
    EXPECT_EQ(run.exit_code, code) << run.err << run.out;
    EXPECT_THAT(run.out + run.err, Not(HasSubstr(std::string(kCanary))));
    return run;
  }
  std::string tenant;
};

TEST_F(SqlCommand, ShowsTheRowsOfOneTenant) {
  EXPECT_EQ(Run({"SELECT id, name, id = 'K1' AS first FROM customers ORDER BY id LIMIT 2"}).out,
            "id  name          first\n--  ------------  -----\nK1  a customer 1  true\n"
            "K2  a customer 2  false\n(2 rows)\n");
  EXPECT_EQ(Run({"SELECT SUM(amount) AS total, COUNT(*) AS n FROM orders;"}).out,
            " total  n\n------  -\n6.0000  3\n(1 row)\n");
  EXPECT_EQ(Run({"SELECT id FROM orders WHERE id > 7", "SELECT COUNT(*) AS n FROM counters"}).out,
            "id\n--\n(0 rows)\nn\n-\n3\n(1 row)\n");
}

TEST_F(SqlCommand, PrintsJson) {
  Sample sample{.id = 1, .big = 5, .flag = true, .text = "a\n\"b\"\x1B", .blob = {std::byte{0xAB}}};
  sample.at = cordon::Timestamp(std::chrono::microseconds(1'709'164'800'000'001));
  sample.exact = cordon::Decimal<4>::FromUnits(-12345);
  Must(a->session.Insert(sample));
  const std::string sql =
      "SELECT big, flag, txt, bin, at_time, exact, maybe_big, AVG(big) AS mean FROM samples GROUP "
      "BY id";
  const auto json = nlohmann::json::parse(Run({sql, "--json"}).out);
  EXPECT_EQ(json["columns"][5],
            nlohmann::json({{"name", "exact"}, {"type", "decimal"}, {"scale", 4}}));
  EXPECT_EQ(json["rows"], nlohmann::json::parse(R"([[5, true, "a\n\"b\"\u001B", "x'ab'",
      "2024-02-29T00:00:00.000001Z", "-1.2345", null, 5.0]])"));
  EXPECT_THAT(Run({sql}).out, HasSubstr("5  true  a \"b\"   x'ab'  2024-02-29T00:00:00.000001Z  "));
}

// What a tenant's user has typed is no command to the terminal of whoever reads it.
TEST_F(SqlCommand, ShowsNothingThatATerminalObeys) {
  Must(a->session.Insert(Sample{.id = 1,
                                .text = "x\x1B[2J\xC2\x9B"
                                        "2J\x7Fy\xC2\xA0\xC3\x9Bz"}));
  EXPECT_THAT(Run({"SELECT txt FROM samples"}).out, HasSubstr("\nx [2J 2J y\xC2\xA0\xC3\x9Bz\n"));
}

TEST_F(SqlCommand, ReadsStatementsFromItsInput) {
  const std::string one = "n\n-\n1\n(1 row)\n";
  EXPECT_EQ(Run({}, 0, "SELECT 1\n AS n -- ; no end\n;\n\n;\nSELECT 1 AS n").out, one + one);
  const Finished tables = Run({}, 0, ".tables\n.quit\nSELECT nothing\n");
  EXPECT_THAT(tables.out, HasSubstr("customers: id text, name text, region text?\n"));
  EXPECT_THAT(tables.out, HasSubstr("currencies (everybody's): code text, name text\n"));
  EXPECT_THAT(tables.err, IsEmpty());
  EXPECT_THAT(Run({}, 0, ".open other.db\n").err, HasSubstr("the shell knows .tables"));
  // Comments are no statements, wherever they stand.
  EXPECT_EQ(Run({}, 0, "-- a\n/* b\n ; c */\nSELECT 1 AS n; -- d\n.tables x\n-- e\n/* f */").out,
            one);
  // A script ends at its first error.
  EXPECT_EQ(Run({}, 1, "SELECT 1 AS n;\nSELECT x FROM customers;\nSELECT 1 AS n;\n").out, one);
  Run({}, 2, std::string(2 << 20, 'x') + "\n");
}

TEST_F(SqlCommand, NeitherWritesNorLooksElsewhere) {
  for (const char* const sql :
       {"UPDATE counters SET n = 0", "DELETE FROM counters", "DROP TABLE counters",
        "INSERT INTO counters VALUES (9, 9)", "SELECT tenant_id FROM counters",
        "SELECT * FROM cordon_tenants", "SELECT * FROM sqlite_schema", "PRAGMA user_version",
        "ATTACH 'x' AS y", "SELECT 1; SELECT 2", "SELECT load_extension('x')", "", "-- nothing"}) {
    EXPECT_THAT(Run({sql}, 1).err, HasSubstr("cordon: ")) << sql;
  }
  EXPECT_EQ(RawValue(path(), "SELECT SUM(n) FROM counters WHERE n < 900"), "12");
  EXPECT_THAT(Run({"WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT "
                   "COUNT(*) FROM r"},
                  1)
                  .err,
              HasSubstr("used more than its"));
}

TEST_F(SqlCommand, OnlyMembersEnter) {
  const auto as_who = [&](const std::string& who, const std::string& whose) {
    return RunProgram(CORDON_TOOL, {"sql", path(), whose, "--as", who, "SELECT 1 AS n"});
  };
  EXPECT_EQ(as_who("user:anna", tenant).exit_code, 0);
  EXPECT_EQ(as_who("ben", tenant).exit_code, 1);
  EXPECT_EQ(as_who("service:anna", tenant).exit_code, 1);
  EXPECT_EQ(as_who("user:", tenant).exit_code, 2);
  EXPECT_EQ(as_who("anna", "nobody").exit_code, 1);
  EXPECT_EQ(as_who("ben", b->id.ToString()).exit_code, 1);
  EXPECT_EQ(RunProgram(CORDON_TOOL, {"sql", path(), tenant, "SELECT 1"}).exit_code, 2);
  Must(platform->tenants().Suspend(a->id));
  EXPECT_THAT(Run({"SELECT 1 AS n"}, 1).err, HasSubstr("suspended"));
  EXPECT_THAT(Run({}, 1, "SELECT 1 AS n;\n").out, IsEmpty());
}

TEST_F(SqlCommand, AFileOfAnyInstallation) {
  struct Source final : cordon::SecretSource {
    absl::StatusOr<cordon::Secret> Fetch(std::string_view) override {
      return cordon::Secret::CopyFrom(std::as_bytes(std::span("an installation's secret")));
    }
  };
  Close();
  std::filesystem::remove(path());
  auto options = Options();
  options.secrets = std::make_shared<Source>();
  OpenTwins(options);
  tenant = a->id.ToString();
  EXPECT_EQ(Run({"SELECT COUNT(*) AS n FROM customers"}).out, "n\n-\n3\n(1 row)\n");
}

TEST_F(SqlCommand, OpensWhatAPlatformHasMadeAndMakesNothing) {
  const auto on = [&](const std::string& file) {
    return RunProgram(CORDON_TOOL, {"sql", file, tenant, "--as", "anna", "SELECT 1 AS n"});
  };
  const std::string none = scratch.File("none.db");
  EXPECT_EQ(on(none).exit_code, 3);
  EXPECT_FALSE(std::filesystem::exists(none));
  const std::string other = scratch.File("other.db");
  (void)RawSql(other, "CREATE TABLE t(a)");
  EXPECT_THAT(on(other).err, HasSubstr("holds no directory of tenants"));
  // What the file says of its tables must be true of them.
  Close();
  (void)RawSql(path(),
               "UPDATE cordon_schema SET declaration = replace(declaration, 'counters', "
               "'customers')");
  const Finished lying = on(path());
  EXPECT_EQ(lying.exit_code, 3);
  EXPECT_THAT(lying.err, HasSubstr("does not say what its tables are"));
}

TEST_F(SqlCommand, AFileOnItsWayIsRefused) {
  const std::string file = scratch.File("erp.db");
  MakeFirstRelease(file, 1, 5);
  const auto stop = [](const cordon::MigrationProgress&) { return false; };
  EXPECT_FALSE(TryMigrate<Release2>(file, {.progress = stop}).ok());
  const Finished run = RunProgram(CORDON_TOOL, {"sql", file, tenant, "--as", "anna", "SELECT 1"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.err, HasSubstr("is on its way from version 1 to 2"));
  Must(TryMigrate<Release2>(file));
  const auto opened = Must(cordon::ProductFile::Open({.path = file}));
  EXPECT_EQ(opened->version(), 2);
  ASSERT_EQ(opened->tables().size(), 4U);
  const cordon::DeclaredTable& sales = opened->tables()[1];
  EXPECT_EQ(sales.name, "sales");
  EXPECT_EQ(sales.references[0].table, "clients");
  EXPECT_THAT(sales.indexes, ::testing::ElementsAre(::testing::ElementsAre("note")));
}

}  // namespace
}  // namespace cordon_test
