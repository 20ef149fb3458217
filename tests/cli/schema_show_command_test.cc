// SPDX-License-Identifier: Apache-2.0
// `cordon schema show`, and what `cordon schema check` makes of the file of a product.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cordon/data/product_file.h"
#include "data/migration_releases.h"
#include "support/program.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

struct Book {
  std::string isbn = {};
  std::string code = {};
  cordon::Decimal<2> price = {};
  std::optional<std::string> title = {};
  std::int64_t version = 0;
};
struct Library {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Book>("books")
          .Key<&Book::isbn>("isbn")
          .Column<&Book::code>("code")
          .Column<&Book::price>("price")
          .Column<&Book::title>("title")
          .Version<&Book::version>("version")
          .Unique<&Book::title>()
          .Index<&Book::code>()
          .References<&Book::code>("currencies"),
      cordon::GlobalTable<Currency>("currencies")
          .Key<&Currency::code>("code")
          .Column<&Currency::name>("name"),
  };
};

class SchemaShowCommand : public ::testing::Test {
 protected:
  void SetUp() override { Must(TryOpen<Library>(path)); }
  static Finished Run(std::vector<std::string> arguments, const std::string& out_to = "") {
    arguments.insert(arguments.begin(), "schema");
    return RunProgram(CORDON_TOOL, std::move(arguments), out_to);
  }
  const ScratchDirectory scratch;
  const std::string path = scratch.File("books.db");
};

TEST_F(SchemaShowCommand, PeopleReadThis) {
  const std::string before = Bytes(path);
  const Finished run = Run({"show", path});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, R"text(version 1

books: each tenant's
  isbn text
  code text
  price decimal(2)
  title text, may be absent
  version integer, counts the row's changes
  key (isbn)
  unique (title)
  index (code)
  (code) refers to currencies

currencies: everybody's
  code text
  name text
  key (code)
)text");
  EXPECT_EQ(Bytes(path), before);
  EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
}

TEST_F(SchemaShowCommand, MachinesReadThis) {
  const Finished run = Run({"show", path, "--json"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  nlohmann::json shown = nlohmann::json::parse(run.out);
  EXPECT_EQ(shown["file"], path);
  shown.erase("file");
  EXPECT_EQ(shown, nlohmann::json::parse(R"json({"version": 1, "target": null, "tables": [
      {"name": "books", "kind": "tenant", "columns": [
         {"name": "isbn", "type": "text", "nullable": false},
         {"name": "code", "type": "text", "nullable": false},
         {"name": "price", "type": "decimal(2)", "nullable": false},
         {"name": "title", "type": "text", "nullable": true},
         {"name": "version", "type": "integer", "nullable": false}],
       "key": ["isbn"], "unique": [["title"]], "indexes": [["code"]],
       "references": [{"columns": ["code"], "table": "currencies"}],
       "version_column": "version"},
      {"name": "currencies", "kind": "global", "columns": [
         {"name": "code", "type": "text", "nullable": false},
         {"name": "name", "type": "text", "nullable": false}],
       "key": ["code"], "unique": [], "indexes": [], "references": [],
       "version_column": null}]})json"));
}

TEST_F(SchemaShowCommand, ShowsAFileOnItsWay) {
  const std::string old = scratch.File("old.db");
  MakeFirstRelease(old, 1, 4);
  EXPECT_THAT(TryMigrate<Release3>(old, {.progress = [](const auto&) { return false; }}),
              HasCode(ErrorCode::kInterrupted));
  EXPECT_THAT(Run({"show", old}).out,
              StartsWith("version 1, on its way to version 3\n\nclients: each tenant's\n"));
  EXPECT_EQ(nlohmann::json::parse(Run({"show", old, "--json"}).out)["target"], 3);
}

TEST_F(SchemaShowCommand, ExitCodesAreWhatTheHelpSays) {
  const Finished help = Run({"show", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* said : {"0 printed", "1 the file does not say", "2 wrong usage",
                           "3 the file cannot be read", "--json"}) {
    EXPECT_THAT(help.out, HasSubstr(said));
  }
  const std::string other = scratch.File("other.db");
  RawSql(other, "CREATE TABLE t(x)");
  const Finished none = Run({"show", other});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err, StartsWith("cordon: the file does not say what its tables are"));
  EXPECT_THAT(none.out, IsEmpty());
  EXPECT_EQ(Run({"show"}).exit_code, 2);
  EXPECT_EQ(Run({"show", scratch.File("none.db")}).exit_code, 3);
  EXPECT_EQ(Run({"show", path}, "/dev/full").exit_code, 3);
}

TEST_F(SchemaShowCommand, ACheckKnowsTheTablesOfAProductsFile) {
  const Finished run = Run({"check", path, "--json"});
  EXPECT_EQ(run.exit_code, 0) << run.out;
  const nlohmann::json report = nlohmann::json::parse(run.out);
  EXPECT_EQ(report["clean"], true);
  EXPECT_THAT(report["findings"], IsEmpty()) << report["findings"].dump();
  std::map<std::string, std::string> kinds;
  for (const nlohmann::json& table : report["tables"]) kinds[table["name"]] = table["kind"];
  EXPECT_EQ(kinds["books"], "tenant");
  EXPECT_EQ(kinds["currencies"], "global");
  EXPECT_EQ(kinds["cordon_tenants"], "cordon");
  EXPECT_EQ(kinds["cordon_schema"], "cordon");

  // What is not declared is found as in any other file, and what is said on top of it counts.
  RawSql(path, "CREATE TABLE extra(code TEXT PRIMARY KEY) STRICT, WITHOUT ROWID");
  EXPECT_EQ(Run({"check", path}).exit_code, 1);
  EXPECT_EQ(Run({"check", path, "--global", "extra"}).exit_code, 0);
  // A declaration does not make a tenant's table everybody's.
  RawSql(path,
         "UPDATE cordon_schema SET declaration = replace(declaration, '\"tenant\"', '\"global\"')");
  const Finished lied = Run({"check", path, "--global", "extra"});
  EXPECT_EQ(lied.exit_code, 1);
  EXPECT_THAT(lied.out, HasSubstr("global-has-tenant"));
}

}  // namespace
}  // namespace cordon_test
