// SPDX-License-Identifier: Apache-2.0
// `cordon schema --target`: the tables of a product's file for PostgreSQL and for Citus.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cordon/data/product_file.h"
#include "data/migration_releases.h"
#include "sql/erp_schema.h"
#include "support/fleet.h"
#include "support/program.h"
#include "support/world.h"
#ifdef CORDON_TEST_POSTGRES
#include "data/postgres/ddl.h"
#include "support/postgres_erp.h"
#endif

namespace cordon_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Book {
  std::string isbn = {};
  std::string code = {};
  cordon::Decimal<2> price = {};
  std::optional<std::string> title = {};
};
struct Library {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Book>("books")
          .Key<&Book::isbn>("isbn")
          .Column<&Book::code>("code")
          .Column<&Book::price>("price")
          .Column<&Book::title>("title", cordon::Default("o'clock \\"))
          .Unique<&Book::title>()
          .Index<&Book::title>()
          .References<&Book::code>("currencies"),
      cordon::GlobalTable<Currency>("currencies")
          .Key<&Currency::code>("code")
          .Column<&Currency::name>("name"),
  };
};
struct Hidden {
  std::int64_t ctid = 0;
};
struct SystemColumn {
  static constexpr auto kSchema =
      cordon::Schema{cordon::TenantTable<Hidden>("hidden").Key<&Hidden::ctid>("ctid")};
};

class SchemaTargetCommand : public ::testing::Test {
 protected:
  static Finished Run(std::vector<std::string> arguments, const std::string& out_to = "") {
    arguments.insert(arguments.begin(), "schema");
    return RunProgram(CORDON_TOOL, std::move(arguments), out_to);
  }
  template <class Product>
  std::string FileOf() {
    const std::string path = scratch.File("product.db");
    Must(TryOpen<Product>(path));
    return path;
  }
  const ScratchDirectory scratch;
};

TEST_F(SchemaTargetCommand, TheTablesAreThoseOfTheFile) {
  const std::string path = FileOf<Library>();
  const std::string before = Bytes(path);
  const Finished run = Run({path, "--target", "postgres"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, StartsWith("-- Written by cordon "));
  EXPECT_EQ(run.out.substr(run.out.find("\\set")), R"sql(\set ON_ERROR_STOP on
BEGIN;
CREATE TABLE "public"."currencies" (
  "code" text COLLATE "C" NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  CONSTRAINT "currencies$key" PRIMARY KEY ("code")
);
CREATE TABLE "public"."books" (
  "tenant_id" uuid NOT NULL,
  "isbn" text COLLATE "C" NOT NULL,
  "code" text COLLATE "C" NOT NULL,
  "price" bigint NOT NULL,
  "title" text COLLATE "C" DEFAULT E'o''clock \\',
  CONSTRAINT "books$key" PRIMARY KEY ("tenant_id", "isbn"),
  CONSTRAINT "books$unique$title" UNIQUE ("tenant_id", "title")
);
COMMENT ON COLUMN "public"."books"."price" IS 'cordon: decimal, scale 2';
CREATE INDEX "books$by$title" ON "public"."books" ("tenant_id", "title" NULLS FIRST);
ALTER TABLE "public"."books" ADD CONSTRAINT "books$refers$code$currencies" FOREIGN KEY ("code") REFERENCES "public"."currencies" ("code");
COMMIT;
)sql");
  EXPECT_EQ(Bytes(path), before);
  EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
}

TEST_F(SchemaTargetCommand, OnCitusTheyAreDistributedBeforeTheyReferToEachOther) {
  const Finished run = Run({"--target", "citus", FileOf<Library>()});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  std::vector<std::size_t> places;
  for (const char* statement :
       {"\nBEGIN;\nSET LOCAL citus.multi_shard_modify_mode TO 'sequential';\n",
        "CREATE TABLE \"public\".\"currencies\"",
        "\nSELECT create_reference_table('\"public\".\"currencies\"');\n",
        "CREATE TABLE \"public\".\"books\"",
        "\nSELECT create_distributed_table('\"public\".\"books\"', 'tenant_id', colocate_with => "
        "'none');\n",
        "FOREIGN KEY"}) {
    places.push_back(run.out.find(statement));
    EXPECT_NE(places.back(), std::string::npos) << statement;
  }
  EXPECT_TRUE(std::is_sorted(places.begin(), places.end())) << run.out;
}

TEST_F(SchemaTargetCommand, ExitCodesAreWhatTheHelpSays) {
  const Finished help = Run({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* said :
       {"0 printed", "1 the file does not say", "2 wrong usage", "3 the file cannot be read"}) {
    EXPECT_THAT(help.out, HasSubstr(said));
  }
  const std::string other = scratch.File("other.db");
  RawSql(other, "CREATE TABLE t(x)");
  EXPECT_EQ(Run({other, "--target", "citus"}).exit_code, 1);
  const std::string old = scratch.File("old.db");
  MakeFirstRelease(old, 1, 4);
  EXPECT_THAT(TryMigrate<Release3>(old, {.progress = [](const auto&) { return false; }}),
              HasCode(ErrorCode::kInterrupted));
  EXPECT_EQ(Run({old, "--target", "citus"}).exit_code, 1);
  const std::string path = FileOf<SystemColumn>();
  const Finished hidden = Run({path, "--target", "postgres"});
  EXPECT_EQ(hidden.exit_code, 1);
  EXPECT_THAT(hidden.err, HasSubstr("a column 'ctid' of its own"));
  EXPECT_THAT(hidden.out, IsEmpty());
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{},
                                                {path},
                                                {"--target", "citus"},
                                                {path, "--target", "mysql"},
                                                {"--target", "citus", "show", path},
                                                {path, "check", path}}) {
    EXPECT_EQ(Run(wrong).exit_code, 2) << testing::PrintToString(wrong);
  }
  EXPECT_EQ(Run({scratch.File("none.db"), "--target", "citus"}).exit_code, 3);
  const std::string good = scratch.File("good.db");
  Must(TryOpen<Library>(good));
  EXPECT_EQ(Run({good, "--target", "postgres"}, "/dev/full").exit_code, 3);
}

#ifdef CORDON_TEST_POSTGRES

class SchemaTargetOnAServer : public SchemaTargetCommand {
 protected:
  void SetUp() override {
    CORDON_NEEDS_POSTGRES();
    Erp::Prepare();
    PostgresServer::Get().Sql("CREATE DATABASE printed OWNER erp_owner");
    PostgresServer::Get().Sql(Must(cordon::internal::PgHardenStatements(OptionsFor("printed"))),
                              "printed");
  }
  void TearDown() override {
    if (!PostgresServer::Binaries().empty()) Erp::Drop("printed");
  }
  // What was printed, as it is.
  Finished Psql(const std::string& script) {
    const std::string file = scratch.File("script.sql");
    std::ofstream(file, std::ios::binary) << script;
    return RunProgram("psql", {"-X", "-q", "-f", file, "-d",
                               PostgresServer::Get().Conninfo("printed") + " user=erp_owner"});
  }
};

TEST_F(SchemaTargetOnAServer, ThePlatformTakesTheTablesThatWerePrinted) {
  const PostgresOptions options = OptionsFor("printed");
  const auto owner = Connect(options, "erp_owner");
  const auto expect = [&](const std::string& path, const cordon::internal::SchemaView& schema) {
    const Finished printed = Run({path, "--target", "postgres"});
    EXPECT_EQ(printed.exit_code, 0) << printed.err;
    const Finished run = Psql(printed.out);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.err, IsEmpty());
    const std::string oids =
        "SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_class WHERE "
        "relnamespace = 'public'::regnamespace";
    const auto before = PostgresServer::Get().Sql(oids, "printed");
    EXPECT_THAT(cordon::internal::PgCreateOrCompare(*owner, options, schema, "public"), IsOk());
    EXPECT_EQ(PostgresServer::Get().Sql(oids, "printed"), before) << "nothing was missing";
    const Finished again = Psql(printed.out);
    EXPECT_EQ(again.exit_code, 3) << "psql stops at an error";
    EXPECT_THAT(again.err, HasSubstr("already exists"));
  };
  expect(FileOf<Fleet3>(), cordon::internal::kViewOf<Fleet3>);
  PostgresServer::Get().Sql(
      "DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA cordon "
      "CASCADE",
      "printed", "erp_owner");
  const std::string path = scratch.File("erp.db");
  Must(TryOpen<erp::Erp>(path));
  expect(path, cordon::internal::kViewOf<erp::Erp>);
}

// Citus itself is not at hand: these take its place, and mind the order.
TEST_F(SchemaTargetOnAServer, CitusGetsEachTableOnceAndInTime) {
  PostgresServer::Get().Sql(R"sql(
      CREATE SCHEMA citus;
      CREATE TABLE citus.tables (t regclass PRIMARY KEY, kind text NOT NULL, beside text);
      CREATE FUNCTION create_reference_table(t regclass) RETURNS void LANGUAGE sql AS
        $$ INSERT INTO citus.tables VALUES (t, 'reference') $$;
      CREATE FUNCTION create_distributed_table(t regclass, by text, colocate_with text)
      RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT FROM pg_constraint k LEFT JOIN pg_attribute a
                     ON a.attrelid = t AND a.attnum = k.conkey[1]
                     WHERE k.conrelid = t AND k.contype IN ('p', 'u', 'f') AND
                           a.attname IS DISTINCT FROM by) THEN
            RAISE 'a constraint does not begin with %', by;
          END IF;
          IF colocate_with <> 'none' AND NOT EXISTS (
              SELECT FROM citus.tables o WHERE o.t = colocate_with::regclass) THEN
            RAISE 'beside what?';
          END IF;
          INSERT INTO citus.tables VALUES (t, 'distributed', colocate_with);
        END $$)sql",
                            "printed", "erp_owner");
  const std::string path = scratch.File("erp.db");
  Must(TryOpen<erp::Erp>(path));
  const Finished run = Psql(Run({path, "--target", "citus"}).out);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, IsEmpty());
  EXPECT_THAT(
      PostgresServer::Get().Sql("SELECT kind, beside, count(*) FROM citus.tables GROUP BY 1, 2 "
                                "ORDER BY 1, 3",
                                "printed"),
      ElementsAre("distributed|none|1",
                  "distributed|\"public\".\"price_lists\"|" +
                      std::to_string(cordon::internal::kViewOf<erp::Erp>.table_count - 3),
                  "reference||2"));
  EXPECT_THAT(PostgresServer::Get().Sql("SELECT conname FROM pg_constraint k JOIN pg_class c ON "
                                        "c.oid = conrelid WHERE contype = 'f'",
                                        "printed"),
              Not(IsEmpty()));
}

#endif  // CORDON_TEST_POSTGRES

}  // namespace
}  // namespace cordon_test
