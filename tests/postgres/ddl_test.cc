// SPDX-License-Identifier: Apache-2.0
// The tables of a declaration on a real server: what they take and refuse, what is added to them,
// each way in which they can differ, and two openers at once.
#include "data/postgres/ddl.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "data/create_postgres.h"
#include "data/postgres/owner.h"
#include "data/zoned_time.h"
#include "sql/erp_schema.h"
#include "support/fleet.h"
#include "support/postgres_erp.h"

namespace cordon_test {

enum class Mood { kGood = 1, kBad = -7 };

}  // namespace cordon_test

template <>
struct cordon::EnumValues<cordon_test::Mood> {
  static constexpr std::array kAll = {cordon_test::Mood::kGood, cordon_test::Mood::kBad};
};

namespace cordon_test {
namespace {

using cordon::internal::kViewOf;
using cordon::internal::MigrationsView;
using cordon::internal::PgCreateOrCompare;
using cordon::internal::PgFindGaps;
using cordon::internal::SchemaView;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// ---- a product with everything in it -------------------------------------------------------

struct Coin {
  std::string code = {};
  std::int64_t digits = 2;
};
struct Good {
  std::int64_t id = 0;
  std::string name = {};
  std::optional<std::string> title = {};
  std::optional<std::int64_t> parent_id = {};
  std::string code = {};
  bool active = true;
  std::optional<bool> maybe = {};
  cordon::Timestamp at = {};
  cordon::Decimal<2> price = {};
  std::optional<cordon::Decimal<4>> rate = {};
  Mood mood = Mood::kGood;
  std::optional<Mood> maybe_mood = {};
  cordon::Json details = {};
  std::optional<cordon::Json> maybe_details = {};
  cordon::ZonedTime due = {};
  std::optional<cordon::ZonedTime> maybe_due = {};
  std::vector<std::byte> bytes = {};
  cordon::BlobId scan = {};
  std::int64_t version = 0;
};
struct Market {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Good>("goods")
          .Key<&Good::id>("id")
          .Column<&Good::name>("name")
          .Column<&Good::title>("title")
          .Column<&Good::parent_id>("parent_id")
          .Column<&Good::code>("code", cordon::Default("EUR"))
          .Column<&Good::active>("active", cordon::Default(true))
          .Column<&Good::maybe>("maybe")
          .Column<&Good::at>("at")
          .Column<&Good::price>("price")
          .Column<&Good::rate>("rate")
          .Column<&Good::mood>("mood")
          .Column<&Good::maybe_mood>("maybe_mood")
          .Column<&Good::details>("details")
          .Column<&Good::maybe_details>("maybe_details")
          .Column<&Good::due>("due")
          .Column<&Good::maybe_due>("maybe_due")
          .Column<&Good::bytes>("bytes")
          .Column<&Good::scan>("scan")
          .Version<&Good::version>("version")
          .Unique<&Good::title>()
          .Index<&Good::parent_id, &Good::name>()
          .References<&Good::parent_id>("goods")
          .References<&Good::code>("coins"),
      cordon::GlobalTable<Coin>("coins").Key<&Coin::code>("code").Column<&Coin::digits>(
          "digits", cordon::Default(2)),
  };
};

// A row of the tenant's own, with one column that is not as usual.
std::string InsertGood(char tenant, std::int64_t id, const std::string& column = "",
                       const std::string& value = "") {
  std::vector<std::pair<std::string, std::string>> row = {
      {"tenant_id", "'" + DigitsOf(tenant) + "'"},
      {"id", std::to_string(id)},
      {"name", "'good'"},
      {"at", "0"},
      {"price", "1"},
      {"mood", "1"},
      {"details", "'{}'"},
      {"due", "'2026-03-29T01:30:00.000000Z[Europe/Berlin]'"},
      {"bytes", R"('\x00')"},
      {"scan", "0"},
      {"version", "1"}};
  bool found = column.empty();
  for (auto& [name, is] : row) {
    if (name != column) continue;
    is = value;
    found = true;
  }
  if (!found) row.emplace_back(column, value);
  std::string names;
  std::string values;
  for (const auto& [name, is] : row) {
    names += (names.empty() ? "" : ", ") + name;
    values += (values.empty() ? "" : ", ") + is;
  }
  return "INSERT INTO public.goods (" + names + ") VALUES (" + values + ")";
}

class DdlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    CORDON_NEEDS_POSTGRES();
    Prepare();
    name_ = Copy("ddl_template");
  }
  void TearDown() override {
    if (!name_.empty()) Erp::Drop(name_);
  }

  // Databases of the product's, hardened, without any table.
  static void Prepare() {
    static const bool done = [] {
      Erp::Prepare();
      auto& server = PostgresServer::Get();
      server.Sql("CREATE DATABASE ddl_template OWNER erp_owner");
      server.Sql(Must(cordon::internal::PgHardenStatements(OptionsFor("ddl_template"))),
                 "ddl_template");
      server.Sql("CREATE SCHEMA cordon; " + cordon::internal::PgJsonValidFunction() +
                     "; GRANT USAGE ON SCHEMA cordon TO erp_app; GRANT EXECUTE ON FUNCTION "
                     "cordon.json_valid(text) TO erp_app",
                 "ddl_template", "erp_owner");
      return true;
    }();
    (void)done;
  }
  static std::string Copy(const std::string& of) {
    static int count = 0;
    const std::string name = "ddl_" + std::to_string(++count);
    auto& server = PostgresServer::Get();
    server.Sql("CREATE DATABASE " + name + " TEMPLATE " + of + " OWNER erp_owner");
    server.Sql("REVOKE ALL ON DATABASE " + name + " FROM PUBLIC; GRANT CONNECT ON DATABASE " +
               name + " TO erp_app");
    return name;
  }

  [[nodiscard]] PostgresOptions Options() const { return OptionsFor(name_); }
  // A connection of its own, as of a process of its own.
  absl::Status Open(const SchemaView& schema, const MigrationsView& migrations = {},
                    const std::string& pg_schema = "public") const {
    const auto owner = Connect(Options(), "erp_owner");
    absl::Status done = PgCreateOrCompare(*owner, Options(), schema, pg_schema, migrations);
    EXPECT_TRUE(owner->Clean());
    return done;
  }
  template <class Product>
  absl::Status Open() const {
    return Open(kViewOf<Product>);
  }
  std::vector<std::string> Sql(const std::string& sql, const std::string& role = "postgres") const {
    return PostgresServer::Get().Sql(sql, name_, role);
  }
  std::string Value(const std::string& sql) const { return Sql(sql).front(); }
  std::vector<std::string> Gaps() const {
    const auto owner = Connect(Options(), "erp_owner");
    const auto app = Connect(Options(), "erp_app");
    return Must(PgFindGaps(*owner, *app, Options()));
  }

  // How `sql` ends, on its own, for a tenant of the runtime role's and of the owner role's, for
  // whom the policies hold as well.
  ErrorCode AsTenant(char tenant, const std::string& sql, bool keep = false) {
    if (app_ == nullptr) app_ = Connect(Options(), "erp_app");
    if (!app_->Begin(TenantOf(tenant), PgAccess::kWrite).ok()) return ErrorCode::kUnknown;
    const auto done = app_->Run(sql);
    if (keep && done.ok()) return CodeOf(app_->Commit());
    app_->Rollback();
    return CodeOf(done.status());
  }
  ErrorCode AsOwner(char tenant, const std::string& sql) {
    if (owner_ == nullptr) owner_ = Connect(Options(), "erp_owner");
    Must(owner_->Execute("BEGIN"));
    Must(owner_->Execute("SELECT set_config('cordon.tenant', '" + DigitsOf(tenant) + "', true)"));
    const auto done = owner_->Execute(sql);
    Must(owner_->Execute("ROLLBACK"));
    return CodeOf(done.status());
  }
  void ExpectEnd(const std::string& sql, ErrorCode code) {
    EXPECT_EQ(AsTenant('A', sql), code) << sql;
    EXPECT_EQ(AsOwner('A', sql), code) << sql;
  }

  std::string name_;
  std::unique_ptr<PgConnection> app_;
  std::unique_ptr<PgConnection> owner_;
};

// ---- what is made ----------------------------------------------------------------------------

TEST_F(DdlTest, EveryTypeIsOneOfTheServers) {
  Must(Open<Market>());
  EXPECT_THAT(
      Sql("SELECT attname, format_type(atttypid, atttypmod), attcollation::regcollation, "
          "attnotnull, coalesce(pg_get_expr(adbin, adrelid), ''), "
          "coalesce(col_description(attrelid, attnum), '') FROM pg_attribute LEFT JOIN pg_attrdef "
          "ON adrelid = attrelid AND adnum = attnum WHERE attrelid = 'goods'::regclass AND attnum "
          "> 0 ORDER BY attnum"),
      ElementsAre(
          "tenant_id|uuid|-|t||", "id|bigint|-|t||", "name|text|\"C\"|t||", "title|text|\"C\"|f||",
          "parent_id|bigint|-|f||", "code|text|\"C\"|t|'EUR'::text|", "active|boolean|-|t|true|",
          "maybe|boolean|-|f||", "at|bigint|-|t||cordon: microseconds since 1970, UTC",
          "price|bigint|-|t||cordon: decimal, scale 2", "rate|bigint|-|f||cordon: decimal, scale 4",
          "mood|bigint|-|t||", "maybe_mood|bigint|-|f||", "details|text|\"C\"|t||",
          "maybe_details|text|\"C\"|f||", "due|text|\"C\"|t||", "maybe_due|text|\"C\"|f||",
          "bytes|bytea|-|t||", "scan|bigint|-|t||", "version|bigint|-|t||"));
  EXPECT_THAT(Sql("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = "
                  "'goods'::regclass AND contype <> 'c' ORDER BY conname"),
              ElementsAre("goods$key|PRIMARY KEY (tenant_id, id)",
                          "goods$refers$code$coins|FOREIGN KEY (code) REFERENCES coins(code)",
                          "goods$refers$parent_id$goods|FOREIGN KEY (tenant_id, parent_id) "
                          "REFERENCES goods(tenant_id, id)",
                          "goods$unique$title|UNIQUE (tenant_id, title)"));
  EXPECT_THAT(Sql("SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = "
                  "'goods'::regclass AND NOT indisunique"),
              ElementsAre("CREATE INDEX \"goods$by$parent_id$name\" ON public.goods USING btree "
                          "(tenant_id, parent_id NULLS FIRST, name)"));
  EXPECT_THAT(Sql("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = "
                  "'coins'::regclass"),
              ElementsAre("coins$key|PRIMARY KEY (code)"));
  EXPECT_THAT(Gaps(), IsEmpty());
}

TEST_F(DdlTest, TheErpIsMadeAndLocked) {
  Must(Open<erp::Erp>());
  EXPECT_THAT(Gaps(), IsEmpty());
  EXPECT_EQ(Value("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND "
                  "relkind = 'r'"),
            std::to_string(kViewOf<erp::Erp>.table_count));
  // Every key, unique constraint, index and foreign key of a tenants' table leads with the tenant.
  EXPECT_THAT(Sql("SELECT i.indexrelid::regclass FROM pg_index i JOIN pg_attribute a ON a.attrelid "
                  "= i.indrelid AND a.attname = 'tenant_id' WHERE i.indrelid::regclass::text NOT "
                  "LIKE 'pg_%' AND i.indkey[0] <> a.attnum"),
              IsEmpty());
  EXPECT_THAT(Sql("SELECT k.conname FROM pg_constraint k JOIN pg_attribute h ON h.attrelid = "
                  "k.conrelid AND h.attname = 'tenant_id' JOIN pg_attribute t ON t.attrelid = "
                  "k.confrelid AND t.attname = 'tenant_id' WHERE k.contype = 'f' AND (k.conkey[1] "
                  "<> h.attnum OR k.confkey[1] <> t.attnum)"),
              IsEmpty());
  EXPECT_EQ(Value("SELECT concat(version, target, declaration::json->'tables'->0->>"
                  "'name') FROM cordon.schema WHERE name = 'public'"),
            "1currencies");
}

// ---- what they refuse ------------------------------------------------------------------------

TEST_F(DdlTest, WhatBreaksAConstraintIsRefused) {
  Must(Open<Market>());
  Sql("INSERT INTO coins VALUES ('EUR', 2), ('XTS', 0)", "erp_owner");
  for (const char tenant : {'A', 'B'}) {
    EXPECT_EQ(AsTenant(tenant, InsertGood(tenant, 1, "title", "'first'"), true), ErrorCode::kNone);
    EXPECT_EQ(AsTenant(tenant, InsertGood(tenant, 2, "parent_id", "1"), true), ErrorCode::kNone);
  }
  EXPECT_EQ(AsTenant('B', InsertGood('B', 77), true), ErrorCode::kNone);

  ExpectEnd(InsertGood('A', 3), ErrorCode::kNone);
  ExpectEnd(InsertGood('A', 1), ErrorCode::kUniqueViolation);
  ExpectEnd(InsertGood('A', 77), ErrorCode::kNone);  // whatever B has
  ExpectEnd(InsertGood('A', 3, "title", "'first'"), ErrorCode::kUniqueViolation);
  ExpectEnd(InsertGood('A', 3, "title", "NULL"), ErrorCode::kNone);  // two of them have none
  for (const char* column : {"id", "name", "at", "price", "mood", "details", "due", "bytes", "scan",
                             "version", "code", "active"}) {
    ExpectEnd(InsertGood('A', 3, column, "NULL"), ErrorCode::kNotNullViolation);
  }
  ExpectEnd(InsertGood('A', 3, "tenant_id", "NULL"), ErrorCode::kEngineLock);
  for (const auto& [column, value] : {std::pair("mood", "2"),
                                      {"mood", "0"},
                                      {"maybe_mood", "7"},
                                      {"details", "'{'"},
                                      {"maybe_details", "''"},
                                      {"due", "'2026-03-29'"},
                                      {"maybe_due", "''"}}) {
    ExpectEnd(InsertGood('A', 3, column, value), ErrorCode::kCheckViolation);
  }
  for (const auto& [column, value] : {std::pair("maybe_mood", "-7"),
                                      {"maybe_mood", "NULL"},
                                      {"maybe_details", "NULL"},
                                      {"maybe_details", "'[1, null]'"},
                                      {"maybe_due", "NULL"},
                                      {"code", "'XTS'"}}) {
    ExpectEnd(InsertGood('A', 3, column, value), ErrorCode::kNone);
  }
  ExpectEnd(InsertGood('A', 3, "code", "'NOK'"), ErrorCode::kForeignKeyViolation);
  ExpectEnd(InsertGood('A', 3, "parent_id", "4"), ErrorCode::kForeignKeyViolation);
  ExpectEnd(InsertGood('A', 3, "parent_id", "77"), ErrorCode::kForeignKeyViolation);  // B's
  ExpectEnd("DELETE FROM public.goods WHERE id = 1", ErrorCode::kForeignKeyViolation);
  ExpectEnd("UPDATE public.goods SET id = 5 WHERE id = 1", ErrorCode::kForeignKeyViolation);
  // As in SQLite, rows are looked for when the statement ends, and not before.
  ExpectEnd("DELETE FROM public.goods", ErrorCode::kNone);
  ExpectEnd("UPDATE public.goods SET id = id + 10, parent_id = parent_id + 10", ErrorCode::kNone);
  ExpectEnd(InsertGood('A', 3, "parent_id", "3"), ErrorCode::kNone);
  // Unlike in SQLite, what an index holds has to fit its page.
  const auto noise = [](int bytes) {
    return "(SELECT string_agg(md5(g::text), '') FROM generate_series(1, " +
           std::to_string(bytes / 32) + ") g)";
  };
  ExpectEnd(InsertGood('A', 3, "title", noise(2048)), ErrorCode::kNone);
  ExpectEnd(InsertGood('A', 3, "title", noise(8192)), ErrorCode::kBudgetExceeded);
  // Somebody who owns everybody's row cannot take it away from those who refer to it.
  EXPECT_EQ(AsOwner('A', "DELETE FROM public.coins WHERE code = 'EUR'"),
            ErrorCode::kForeignKeyViolation);
  EXPECT_EQ(AsOwner('A', "DELETE FROM public.coins WHERE code = 'XTS'"), ErrorCode::kNone);
  EXPECT_EQ(AsTenant('A', "DELETE FROM public.coins WHERE code = 'XTS'"), ErrorCode::kEngineLock);
}

// Both engines say the same of any text.
TEST_F(DdlTest, ATimeWithAZoneIsTheSameAsInSqlite) {
  Must(Open<Market>());
  const ScratchDirectory scratch;
  const std::string path = scratch.File("market.db");
  Must(cordon::Platform<Market>::Open({.path = path}));
  const std::string made = RawValue(path, "SELECT sql FROM sqlite_schema WHERE name = 'goods'");
  const std::size_t column = made.find("\"due\" ");
  const std::size_t begin = made.find("CHECK", column);
  const std::string check = made.substr(begin, made.find(",\n", begin) - begin);
  const std::string other = Value(
      "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'goods$check$due'");

  std::mt19937 random(5);
  const auto below = [&](std::size_t n) { return random() % n; };
  const std::string good = "2026-03-29T01:30:00.000000Z[Europe/Berlin]";
  std::vector<std::string> texts = {good,
                                    "",
                                    good + "\n",
                                    "\n" + good,
                                    good + "]",
                                    "9999-99-99T99:99:99.999999Z[" + std::string(64, 'z') + "]",
                                    "9999-99-99T99:99:99.999999Z[" + std::string(65, 'z') + "]",
                                    "2026-03-29T01:30:00.000000Z[]",
                                    "2026-03-29T01:30:00.000000Z[+02:00]",
                                    "2026-03-29T01:30:00.000000Z[a\nb]",
                                    "2026-03-29T01:30:00.000000Z[ä]",
                                    "٢026-03-29T01:30:00.000000Z[UTC]"};
  const std::vector<std::string> parts = {"0", "9", "-", ":",  ".", "T", "Z", "[",  "]", "_",
                                          "/", "+", "a", "\n", "ä", "٢", " ", "\\", "^", "$"};
  for (int i = 0; i < 3000; ++i) {
    std::string text = good;
    for (std::size_t edits = 1 + below(2); edits > 0; --edits) {
      const std::size_t at = below(text.size());
      const std::string part = below(3) == 0 ? "" : parts[below(parts.size())];
      text.replace(at, below(2), part);
    }
    texts.push_back(text);
  }
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "('" : ", ('") + text + "')";
  // Edits may have cut a character in two: such a text is none for PostgreSQL.
  std::string whole;
  for (const std::string& text : texts) {
    bool cut = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      const bool follows = (byte & 0xC0U) == 0x80U;
      const bool begun = i > 0 && static_cast<unsigned char>(text[i - 1]) >= 0xC0U;
      cut = cut || follows != begun;
    }
    cut = cut || (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0U);
    if (!cut) whole += (whole.empty() ? "('" : ", ('") + text + "')";
  }
  const std::string verdicts =
      Value("SELECT string_agg(CASE WHEN " + other.substr(6) +
            " THEN 'y' ELSE 'n' END, '') FROM (VALUES " + whole + ") v(due)");
  EXPECT_EQ(RawValue(path, "SELECT group_concat(iif(" + check.substr(6) +
                               ", 'y', 'n'), '') FROM (SELECT column1 AS due FROM (VALUES " +
                               whole + "))"),
            verdicts);
  EXPECT_THAT(verdicts, AllOf(HasSubstr("y"), HasSubstr("n")));
  EXPECT_GT(verdicts.size(), 2000U);
}

// ---- opened again ----------------------------------------------------------------------------

TEST_F(DdlTest, OpenedAgainNothingChangesAndNobodyWaits) {
  Must(Open<erp::Erp>());
  const std::string state =
      "SELECT md5(string_agg(t::text, ';' ORDER BY t::text)) FROM (SELECT oid, relname, relacl, "
      "relfilenode, relrowsecurity, xmin FROM pg_class UNION ALL SELECT oid, polname, NULL, 0, "
      "true, xmin FROM pg_policy UNION ALL SELECT 0, name, NULL, version::int::oid, true, xmin "
      "FROM cordon.schema) t";
  const auto before = Sql(state);
  // A reader who stays, and a writer.
  const auto app = Connect(Options(), "erp_app");
  Must(app->Begin(TenantOf('A'), PgAccess::kWrite));
  Must(app->Run("UPDATE public.customers SET name = ''"));
  PostgresOptions hasty = Options();
  hasty.patience = 300ms;
  const auto owner = Connect(Options(), "erp_owner");
  EXPECT_THAT(PgCreateOrCompare(*owner, hasty, kViewOf<erp::Erp>, "public"), IsOk());
  app->Rollback();
  EXPECT_EQ(Sql(state), before);
}

TEST_F(DdlTest, ALockThatWasTakenOffIsPutOnAgain) {
  Must(Open<Market>());
  for (const char* sql :
       {"ALTER TABLE goods DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE goods NO FORCE ROW LEVEL "
        "SECURITY",
        "CREATE POLICY more ON goods USING (true); DROP POLICY cordon_tenant ON goods",
        "ALTER POLICY cordon_tenant ON goods USING (true)", "GRANT SELECT ON goods TO erp_app",
        "GRANT UPDATE (tenant_id) ON goods TO erp_app", "GRANT INSERT ON coins TO erp_app",
        "GRANT DELETE ON coins TO erp_app", "REVOKE SELECT (name) ON goods FROM erp_app",
        "REVOKE DELETE ON goods FROM erp_app", "DROP TABLE cordon.canary",
        "SET cordon.tenant = '636f72646f6e27732063616e61727921'; DELETE FROM cordon.canary"}) {
    Sql(sql, "erp_owner");
    EXPECT_THAT(Open<Market>(), IsOk()) << sql;
    // A policy of somebody else's stays, and the proof names it.
    Sql("DROP POLICY IF EXISTS more ON goods");
    EXPECT_THAT(Gaps(), IsEmpty()) << sql;
    EXPECT_EQ(AsTenant('A', "SELECT name FROM public.goods"), ErrorCode::kNone) << sql;
    EXPECT_EQ(AsTenant('A', "DELETE FROM public.goods"), ErrorCode::kNone) << sql;
  }
}

TEST_F(DdlTest, ColumnsAtTheEndTablesAndIndexesAreAdded) {
  Must(Open<Fleet1>());
  EXPECT_EQ(AsTenant('A',
                     "INSERT INTO public.parts (tenant_id, sku, name) VALUES ('" + DigitsOf('A') +
                         "', 'K1', 'one')",
                     true),
            ErrorCode::kNone);
  Sql("INSERT INTO units VALUES ('m')", "erp_owner");
  Must(Open<Fleet2>());
  EXPECT_THAT(Gaps(), IsEmpty());
  Must(Open<Fleet3>());
  EXPECT_THAT(Gaps(), IsEmpty());
  const auto parts = [&](const std::string& columns) {
    return Value("SELECT concat_ws('|', " + columns + ") FROM parts");
  };
  EXPECT_EQ(parts("sku, name, stock, coalesce(remark, 'NULL'), state, active, price, since, meta, "
                  "least, coalesce(maybe_state, -1), coalesce(maybe_price, -1)"),
            "K1|one|7|NULL|1|t|125000|-5|{\"v\": 3}|-9223372036854775808|-1|99");
  EXPECT_EQ(parts("txt"), kOddText);
  EXPECT_EQ(Value("SELECT digits FROM units"), "-2");
  for (const char* bad : {"state = 3", "meta = '{'", "maybe_due = 'x'", "maybe_state = 0"}) {
    ExpectEnd(std::string("UPDATE public.parts SET ") + bad, ErrorCode::kCheckViolation);
  }
  ExpectEnd("UPDATE public.parts SET stock = NULL", ErrorCode::kNotNullViolation);
  ExpectEnd("UPDATE public.parts SET stock = 8, txt = 'x', active = false", ErrorCode::kNone);
  EXPECT_EQ(Value("SELECT count(*) FROM pg_indexes WHERE indexname = 'parts$by$state'"), "1");
  EXPECT_THAT(Open<Fleet3>(), IsOk());
  EXPECT_THAT(Open<Fleet1>(), HasCode(ErrorCode::kSchemaDrift));

  // A new table, and an index that was lost.
  Sql("DROP TABLE units; DROP INDEX \"parts$by$state\"");
  Must(Open<Fleet3>());
  EXPECT_EQ(Value("SELECT count(*) FROM units"), "0");
  EXPECT_EQ(Value("SELECT count(*) FROM pg_indexes WHERE indexname = 'parts$by$state'"), "1");
  EXPECT_THAT(Gaps(), IsEmpty());
}

TEST_F(DdlTest, AFreshDatabaseIsAsOneThatHasGrown) {
  Must(Open<Fleet1>());
  Must(Open<Fleet3>());
  const std::string told =
      "SELECT attname, atttypid::regtype, attnotnull, pg_get_expr(adbin, adrelid) FROM "
      "pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid "
      "= 'parts'::regclass AND attnum > 0 UNION ALL SELECT conname, 0::regtype, true, "
      "pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'parts'::regclass ORDER BY 1";
  const auto grown = Sql(told);
  Sql("DROP TABLE parts, units");
  Must(Open<Fleet3>());
  EXPECT_EQ(Sql(told), grown);
  EXPECT_GT(grown.size(), 20U);
}

struct NoDefault {
  static constexpr auto kSchema =
      cordon::Schema{cordon::GlobalTable<Unit1>("units").Key<&Unit1::code>("code"),
                     cordon::TenantTable<Part2>("parts")
                         .Key<&Part2::sku>("sku")
                         .Column<&Part2::name>("name")
                         .Column<&Part2::remark>("remark")
                         .Column<&Part2::stock>("stock")
                         .Unique<&Part2::name>()};
};
struct InTheMiddle {
  static constexpr auto kSchema =
      cordon::Schema{cordon::GlobalTable<Unit1>("units").Key<&Unit1::code>("code"),
                     cordon::TenantTable<Part2>("parts")
                         .Key<&Part2::sku>("sku")
                         .Column<&Part2::stock>("stock", cordon::Default(7))
                         .Column<&Part2::name>("name")
                         .Unique<&Part2::name>()};
};
struct WithAUniqueToo {
  static constexpr auto kSchema =
      cordon::Schema{cordon::GlobalTable<Unit1>("units").Key<&Unit1::code>("code"),
                     cordon::TenantTable<Part2>("parts")
                         .Key<&Part2::sku>("sku")
                         .Column<&Part2::name>("name")
                         .Column<&Part2::remark>("remark")
                         .Unique<&Part2::name>()
                         .Unique<&Part2::remark>()};
};
struct InTheKey {
  static constexpr auto kSchema =
      cordon::Schema{cordon::GlobalTable<Unit1>("units").Key<&Unit1::code>("code"),
                     cordon::TenantTable<Part2>("parts")
                         .Key<&Part2::sku>("sku")
                         .Column<&Part2::name>("name")
                         .Key<&Part2::stock>("stock")
                         .Unique<&Part2::name>()};
};
struct AnotherDefault {
  static constexpr auto kSchema =
      cordon::Schema{cordon::GlobalTable<Unit1>("units").Key<&Unit1::code>("code"),
                     cordon::TenantTable<Part2>("parts")
                         .Key<&Part2::sku>("sku")
                         .Column<&Part2::name>("name")
                         .Column<&Part2::stock>("stock", cordon::Default(8))
                         .Column<&Part2::remark>("remark")
                         .Unique<&Part2::name>()};
};
struct BadJson {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Part3>("parts").Key<&Part3::sku>("sku").Column<&Part3::meta>(
          "meta", cordon::Default("{"))};
};
struct Hidden {
  std::int64_t xmin = 0;
};
struct SystemColumn {
  static constexpr auto kSchema =
      cordon::Schema{cordon::TenantTable<Hidden>("hidden").Key<&Hidden::xmin>("xmin")};
};

TEST_F(DdlTest, NothingElseIsAdded) {
  Must(Open<Fleet1>());
  const std::string columns =
      "SELECT count(*) FROM pg_attribute WHERE attrelid = "
      "'parts'::regclass AND attnum > 0";
  for (const auto& [refused, named] :
       {std::pair(Open<NoDefault>(), "table 'parts': column 'remark' is not in the database"),
        std::pair(Open<InTheMiddle>(), "table 'parts': column 'stock' is not in the database"),
        std::pair(Open<WithAUniqueToo>(),
                  "table 'parts': constraint 'parts$unique$remark' is not in the database; the "
                  "declaration has [UNIQUE (tenant_id, remark)]"),
        std::pair(Open<InTheKey>(), "table 'parts': column 'stock' is not in the database")}) {
    EXPECT_THAT(refused, HasCode(ErrorCode::kSchemaDrift));
    EXPECT_THAT(std::string(refused.message()), HasSubstr(named));
    EXPECT_THAT(std::string(refused.message()), HasSubstr("change the declaration, or migrate"));
  }
  EXPECT_EQ(Value(columns), "3");
  Must(Open<Fleet2>());
  const absl::Status other = Open<AnotherDefault>();
  EXPECT_THAT(other, HasCode(ErrorCode::kSchemaDrift));
  EXPECT_THAT(std::string(other.message()),
              HasSubstr("column 'stock' is [bigint NOT NULL DEFAULT 7] in the database and [bigint "
                        "NOT NULL DEFAULT 8] in the declaration"));
  for (const absl::Status& refused : {Open<BadJson>(), Open<SystemColumn>()}) {
    EXPECT_THAT(refused, HasCode(ErrorCode::kInvalidArgument));
  }
  EXPECT_THAT(Open<Fleet2>(), IsOk());
}

TEST_F(DdlTest, ATableInUseIsNotWaitedForLongerThanTold) {
  Must(Open<Fleet1>());
  const auto app = Connect(Options(), "erp_app");
  Must(app->Begin(TenantOf('A'), PgAccess::kRead));
  Must(app->Run("SELECT sku FROM public.parts"));
  PostgresOptions hasty = Options();
  hasty.patience = 200ms;
  const auto owner = Connect(Options(), "erp_owner");
  EXPECT_THAT(PgCreateOrCompare(*owner, hasty, kViewOf<Fleet2>, "public"),
              HasCode(ErrorCode::kBusy));
  EXPECT_TRUE(owner->Clean());
  app->Rollback();
  EXPECT_THAT(PgCreateOrCompare(*owner, hasty, kViewOf<Fleet2>, "public"), IsOk());
}

// ---- drift -----------------------------------------------------------------------------------

struct Difference {
  const char* sql;
  const char* named;
};

TEST_F(DdlTest, EachDifferenceIsFoundAndNamed) {
  const std::vector<Difference> differences = {
      {"ALTER TABLE goods ADD x bigint", "table 'goods': column 'x' is in the database and not"},
      {"ALTER TABLE goods DROP name", "column 'name' is not in the database"},
      {"ALTER TABLE goods DROP version", "table 'goods': column 'version' is not in the database"},
      {"ALTER TABLE goods RENAME name TO label", "column 'name' is not in the database"},
      {"ALTER TABLE goods ALTER name TYPE varchar COLLATE \"C\"", "column 'name' is [character"},
      {"ALTER TABLE goods ALTER name TYPE text COLLATE \"default\"",
       "column 'name' is [text COLLATE \"default\" NOT NULL] in the database and [text COLLATE "
       "\"C\" NOT NULL] in the declaration"},
      {"ALTER TABLE goods ALTER id TYPE integer", "column 'id' is [integer NOT NULL]"},
      {"ALTER TABLE goods ALTER price TYPE numeric", "column 'price' is [numeric"},
      {"ALTER TABLE goods ALTER name DROP NOT NULL", "column 'name' is [text COLLATE \"C\"] in"},
      {"ALTER TABLE goods ALTER title SET NOT NULL", "column 'title'"},
      {"ALTER TABLE goods ALTER code DROP DEFAULT", "column 'code'"},
      {"ALTER TABLE goods ALTER code SET DEFAULT 'EUR '", "column 'code'"},
      {"ALTER TABLE goods ALTER id ADD GENERATED ALWAYS AS IDENTITY", "sequence 'goods_id_seq'"},
      {"ALTER TABLE goods DROP maybe; ALTER TABLE goods ADD maybe boolean GENERATED ALWAYS AS "
       "(active) STORED",
       "column 'maybe' is [boolean GENERATED AS active]"},
      {"COMMENT ON COLUMN goods.price IS 'cordon: decimal, scale 3'",
       "column 'price' is [bigint NOT NULL (decimal, scale 3)]"},
      {"COMMENT ON COLUMN goods.at IS NULL", "column 'at'"},
      {"COMMENT ON COLUMN goods.id IS 'cordon: decimal, scale 2'", "column 'id'"},
      {"ALTER TABLE goods DROP CONSTRAINT \"goods$unique$title\"", "'goods$unique$title' is not"},
      {"ALTER TABLE goods ADD UNIQUE (tenant_id, name)", "goods_tenant_id_name_key"},
      {"ALTER TABLE goods ADD UNIQUE (name)", "goods_name_key"},
      {"ALTER TABLE goods DROP CONSTRAINT \"goods$unique$title\"; ALTER TABLE goods ADD CONSTRAINT "
       "\"goods$unique$title\" UNIQUE NULLS NOT DISTINCT (tenant_id, title)",
       "'goods$unique$title' is [UNIQUE NULLS NOT DISTINCT"},
      {"ALTER TABLE goods DROP CONSTRAINT \"goods$unique$title\"; ALTER TABLE goods ADD CONSTRAINT "
       "\"goods$unique$title\" UNIQUE (tenant_id, title) DEFERRABLE",
       "DEFERRABLE] in the database"},
      {"ALTER TABLE goods DROP CONSTRAINT \"goods$key\" CASCADE", "constraint 'goods$key' is not"},
      {"ALTER TABLE goods DROP CONSTRAINT \"goods$key\" CASCADE; ALTER TABLE goods ADD CONSTRAINT "
       "\"goods$key\" PRIMARY KEY (id)",
       "'goods$key' is [PRIMARY KEY (id)] in"},
      {"ALTER TABLE goods DROP CONSTRAINT \"goods$refers$code$coins\"",
       "'goods$refers$code$coins'"},
      {"ALTER TABLE goods DROP CONSTRAINT \"goods$refers$code$coins\"; ALTER TABLE goods ADD "
       "CONSTRAINT \"goods$refers$code$coins\" FOREIGN KEY (code) REFERENCES coins ON DELETE "
       "CASCADE",
       "ON DELETE CASCADE]"},
      {"ALTER TABLE goods DROP CONSTRAINT \"goods$refers$code$coins\"; ALTER TABLE goods ADD "
       "CONSTRAINT \"goods$refers$code$coins\" FOREIGN KEY (code) REFERENCES coins NOT VALID",
       "NOT VALID]"},
      {"ALTER TABLE goods ALTER CONSTRAINT \"goods$refers$code$coins\" DEFERRABLE INITIALLY "
       "DEFERRED",
       "DEFERRABLE INITIALLY DEFERRED]"},
      {"ALTER TABLE goods DISABLE TRIGGER ALL", "one that keeps a foreign key, and is disabled"},
      {"ALTER TABLE goods DROP CONSTRAINT \"goods$check$mood\"", "'goods$check$mood' is not"},
      {"ALTER TABLE goods DROP CONSTRAINT \"goods$check$mood\"; ALTER TABLE goods ADD CONSTRAINT "
       "\"goods$check$mood\" CHECK (mood IN (1, -7, 2))",
       "constraint 'goods$check$mood' is [CHECK"},
      {"ALTER TABLE goods DROP CONSTRAINT \"goods$check$details\"", "'goods$check$details'"},
      {"ALTER TABLE goods DROP CONSTRAINT \"goods$check$due\"", "'goods$check$due'"},
      {"ALTER TABLE goods ADD CHECK (price > 0)", "'goods_price_check'"},
      {"CREATE INDEX more ON goods (name)", "index 'more' is in the database"},
      {"DROP INDEX \"goods$by$parent_id$name\"; CREATE INDEX \"goods$by$parent_id$name\" ON coins "
       "(digits)",
       "table 'coins': index 'goods$by$parent_id$name'"},
      {"CREATE UNIQUE INDEX more ON goods (tenant_id, name) WHERE id > 5", "index 'more'"},
      {"DROP INDEX \"goods$by$parent_id$name\"; CREATE INDEX \"goods$by$parent_id$name\" ON goods "
       "(tenant_id, parent_id, name)",
       "index 'goods$by$parent_id$name' is [USING btree (tenant_id, parent_id, name)]"},
      {"UPDATE pg_index SET indisvalid = false WHERE indexrelid = "
       "'\"goods$by$parent_id$name\"'::regclass",
       "INVALID]"},
      {"ALTER TABLE goods SET UNLOGGED", "table 'goods': it is unlogged"},
      {"ALTER TABLE coins OWNER TO postgres", "table 'coins': it is owned by postgres"},
      {"CREATE TABLE more () INHERITS (coins)", "table 'more' is in the database"},
      {"CREATE SCHEMA other; CREATE TABLE other.more () INHERITS (coins)",
       "table 'coins': it is part of an inheritance"},
      {"CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
       "function 'other()' is in the database"},
      {"CREATE FUNCTION cordon.other() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; "
       "END'; CREATE TRIGGER more BEFORE INSERT ON goods FOR EACH ROW EXECUTE FUNCTION "
       "cordon.other()",
       "table 'goods': trigger 'more' is in the database, and no declaration has one: drop it"},
      {"CREATE RULE more AS ON DELETE TO goods DO INSTEAD NOTHING", "rule 'more'"},
      {"CREATE TABLE more (x bigint)",
       "table 'more' is in the database and not in the declaration"},
      {"CREATE TABLE more (x bigint) PARTITION BY HASH (x)", "partitioned table 'more'"},
      {"CREATE VIEW more AS SELECT 1 AS x", "view 'more'"},
      {"CREATE MATERIALIZED VIEW more AS SELECT 1 AS x", "materialized view 'more'"},
      {"CREATE SEQUENCE more", "sequence 'more'"},
      {"CREATE TYPE more AS (x bigint)", "type 'more'"},
      {"CREATE TYPE more AS ENUM ('x')", "type 'more'"},
      {"CREATE DOMAIN more AS bigint", "type 'more'"},
      {"DROP TABLE goods; CREATE VIEW goods AS SELECT 1 AS x", "view 'goods'"},
      {"DROP TABLE goods; CREATE TABLE goods (id bigint); ALTER TABLE goods OWNER TO erp_owner",
       "table 'goods': column 'tenant_id' is not"},
  };
  int count = 0;
  for (const Difference& difference : differences) {
    SCOPED_TRACE(difference.sql);
    const std::string here = "market_" + std::to_string(++count);
    Must(Open(kViewOf<Market>, {}, here));
    Sql("SET search_path = " + here + "; " + difference.sql);
    const std::string state =
        "SELECT md5(string_agg(t::text, ';' ORDER BY t::text)) FROM (SELECT oid, relname, xmin "
        "FROM pg_class) t";
    const auto before = Sql(state);
    const absl::Status refused = Open(kViewOf<Market>, {}, here);
    EXPECT_THAT(refused, HasCode(ErrorCode::kSchemaDrift));
    EXPECT_THAT(std::string(refused.message()), HasSubstr(difference.named));
    EXPECT_EQ(Sql(state), before);
  }
}

TEST_F(DdlTest, WhatIsTheOperatorsOwnIsNoDifference) {
  Must(Open<Market>());
  Sql("CREATE EXTENSION pg_trgm; CREATE SCHEMA other; CREATE TABLE other.more (x bigint); COMMENT "
      "ON COLUMN goods.name IS 'as printed'; COMMENT ON TABLE goods IS 'decimal'; ALTER TABLE "
      "goods SET (fillfactor = 70); ANALYZE");
  EXPECT_THAT(Open<Market>(), IsOk());
  // A column that a migration had to put at the end of the table.
  Sql("ALTER TABLE goods DROP maybe; ALTER TABLE goods ADD maybe boolean");
  EXPECT_THAT(Open<Market>(), IsOk());
  ExpectEnd("SELECT maybe FROM public.goods", ErrorCode::kNone);
}

TEST_F(DdlTest, NothingIsMadeWhereItCannotBe) {
  // Where the owner role owns neither database nor schema.
  Sql("ALTER SCHEMA public OWNER TO postgres; REVOKE ALL ON SCHEMA public FROM PUBLIC, erp_owner; "
      "ALTER DATABASE " +
      name_ + " OWNER TO postgres; GRANT CONNECT, CREATE ON DATABASE " + name_ + " TO erp_owner");
  EXPECT_THAT(Open<Market>(), HasCode(ErrorCode::kCannotOpen));

  Erp::Drop(name_);
  PostgresServer::Get().Sql("CREATE DATABASE " + name_ +
                            " OWNER erp_owner ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  EXPECT_THAT(Open<Market>(), HasCode(ErrorCode::kMissingFeature));
}

// ---- versions and schemas --------------------------------------------------------------------

TEST_F(DdlTest, AnotherVersionIsRefused) {
  Must(Open(kViewOf<Fleet1>, {.version = 2}));
  const absl::Status older = Open(kViewOf<Fleet1>, {.version = 1});
  EXPECT_THAT(older, HasCode(ErrorCode::kNewerFile));
  EXPECT_THAT(std::string(older.message()),
              HasSubstr("the database has version 2 and this release has 1"));
  EXPECT_THAT(Open(kViewOf<Fleet2>, {.version = 3}), HasCode(ErrorCode::kMigrationNeeded));
  Sql("UPDATE cordon.schema SET target = 3");
  for (const std::int64_t release : {2, 3}) {
    const absl::Status begun = Open(kViewOf<Fleet1>, {.version = release});
    EXPECT_THAT(begun, HasCode(ErrorCode::kMigrationNeeded));
    EXPECT_THAT(std::string(begun.message()),
                HasSubstr("the database is on its way from version 2 to 3"));
  }
  Sql("UPDATE cordon.schema SET target = NULL");
  Must(Open(kViewOf<Fleet2>, {.version = 2}));
  EXPECT_THAT(Sql("SELECT version, target, declaration LIKE '%remark%' FROM cordon.schema"),
              ElementsAre("2||t"));
  // Tables that nobody noted are of the first version.
  Sql("TRUNCATE cordon.schema");
  EXPECT_THAT(Open(kViewOf<Fleet2>, {.version = 2}), HasCode(ErrorCode::kMigrationNeeded));
  EXPECT_THAT(Open(kViewOf<Fleet2>, {.version = 1}), IsOk());
}

TEST_F(DdlTest, ASchemaOfItsOwnHasItsOwnTables) {
  Must(Open<Market>());
  const std::string odd = "tier \"7\" of O'Neill";
  Must(Open(kViewOf<Market>, {}, odd));
  Must(Open(kViewOf<Fleet1>, {.version = 4}, "parts$"));
  EXPECT_THAT(Sql("SELECT name, version FROM cordon.schema ORDER BY name"),
              ElementsAre("parts$|4", "public|1", odd + "|1"));
  EXPECT_THAT(Gaps(), IsEmpty());
  EXPECT_THAT(Open(kViewOf<Market>, {}, odd), IsOk());
  Sql(R"(ALTER TABLE "tier ""7"" of O'Neill".goods DROP CONSTRAINT "goods$refers$code$coins";
         ALTER TABLE "tier ""7"" of O'Neill".goods ADD CONSTRAINT "goods$refers$code$coins"
           FOREIGN KEY (code) REFERENCES public.coins)");
  for (const std::string& not_its_own :
       {std::string(), std::string("cordon"), std::string("pg_temp"), std::string(64, 's')}) {
    EXPECT_THAT(Open(kViewOf<Market>, {}, not_its_own), HasCode(ErrorCode::kInvalidArgument));
  }
  const absl::Status crossed = Open(kViewOf<Market>, {}, odd);
  EXPECT_THAT(crossed, HasCode(ErrorCode::kSchemaDrift));
  EXPECT_THAT(std::string(crossed.message()), HasSubstr("REFERENCES public.coins(code)"));
}

// 60 bytes, as many as a name may have.
#define CORDON_LONG(last) "a23456789_123456789_123456789_123456789_123456789_123456789" last
struct Long {
  std::int64_t a = 0;
  std::optional<std::int64_t> b = {};
  std::optional<std::int64_t> c = {};
};
struct LongNames {
  static constexpr auto kSchema = cordon::Schema{cordon::TenantTable<Long>(CORDON_LONG("a"))
                                                     .Key<&Long::a>(CORDON_LONG("b"))
                                                     .Column<&Long::b>(CORDON_LONG("c"))
                                                     .Column<&Long::c>(CORDON_LONG("d"))
                                                     .Unique<&Long::b>()
                                                     .Unique<&Long::b>()
                                                     .Unique<&Long::c>()
                                                     .Unique<&Long::b, &Long::c>()
                                                     .Index<&Long::b>()
                                                     .Index<&Long::c>()
                                                     .References<&Long::b>(CORDON_LONG("a"))
                                                     .References<&Long::c>(CORDON_LONG("a"))};
};
// Names as others' constraints could have them.
struct Short {
  static constexpr auto kSchema =
      cordon::Schema{cordon::TenantTable<Long>("orders")
                         .Key<&Long::a>("key")
                         .Column<&Long::b>("key_b")
                         .Index<&Long::b>(),
                     cordon::TenantTable<Long>("orders_key").Key<&Long::a>("b"),
                     cordon::TenantTable<Long>("orders_pkey").Key<&Long::a>("b"),
                     cordon::TenantTable<Long>("orders_by_key_b").Key<&Long::a>("b")};
};

TEST_F(DdlTest, NamesFitAndDoNotMeet) {
  Must(Open<LongNames>());
  EXPECT_THAT(Open<LongNames>(), IsOk());
  const std::string names =
      "SELECT conname FROM pg_constraint WHERE conrelid::regclass::text LIKE "
      "'a2%' UNION SELECT relname FROM pg_class WHERE relname LIKE 'a2%$%'";
  EXPECT_EQ(Sql(names).size(), 8U);
  EXPECT_THAT(Sql(names + " ORDER BY 1"),
              testing::Contains("a23456789_123456789_123456789_123456789_123456$471ae45b18219db1"));
  Sql("DROP TABLE " CORDON_LONG("a"));
  EXPECT_THAT(Open<Short>(), IsOk());
}

// ---- many at once, and one that is killed ------------------------------------------------------

TEST_F(DdlTest, ManyOpenAtOnce) {
  std::vector<absl::Status> done(6);
  std::vector<std::thread> openers;
  for (absl::Status& status : done) {
    openers.emplace_back([&] {
      const auto owner = Connect(Options(), "erp_owner");
      PostgresOptions options = Options();
      options.patience = 20s;
      status = PgCreateOrCompare(*owner, options, kViewOf<erp::Erp>, "public");
    });
  }
  for (std::thread& opener : openers) opener.join();
  for (const absl::Status& status : done) EXPECT_THAT(status, IsOk());
  EXPECT_THAT(Gaps(), IsEmpty());
}

TEST_F(DdlTest, OnlyThoseWhoHaveSomethingToDoTakeTurns) {
  Must(Open<Fleet1>());
  Sql("CREATE INDEX more ON parts (name)");
  const auto first = Connect(Options(), "erp_owner");
  cordon::internal::PgOwnersTransaction turn(*first);
  Must(turn.BeginAlone(Options()));
  PostgresOptions hasty = Options();
  hasty.patience = 200ms;
  const auto owner = Connect(Options(), "erp_owner");
  const auto open = [&](const SchemaView& schema) {
    return PgCreateOrCompare(*owner, hasty, schema, "public");
  };
  EXPECT_THAT(open(kViewOf<Fleet1>), HasCode(ErrorCode::kBusy)) << "it may be in the making";
  Sql("DROP INDEX more");
  EXPECT_THAT(open(kViewOf<Fleet1>), IsOk());
  EXPECT_THAT(open(kViewOf<Fleet2>), HasCode(ErrorCode::kBusy));
  Must(turn.Commit());
  EXPECT_THAT(open(kViewOf<Fleet2>), IsOk());
  EXPECT_TRUE(owner->Clean());
}

TEST_F(DdlTest, AKilledOpenerLeavesNothingHalf) {
  const std::string tables =
      "SELECT count(*) FROM pg_class WHERE relnamespace = "
      "'public'::regnamespace AND relkind = 'r'";
  const std::string owners =
      "SELECT count(*) FROM pg_stat_activity WHERE usename = 'erp_owner' "
      "AND datname = current_database()";
  const std::string all = std::to_string(kViewOf<erp::Erp>.table_count);
  std::string left = "0";
  int killed = 0;
  for (auto delay = 20ms; left == "0"; delay += delay / 4 + 3ms) {
    const pid_t opener = fork();
    if (opener == 0) {
      try {
        const auto owner = Connect(Options(), "erp_owner");
        (void)PgCreateOrCompare(*owner, Options(), kViewOf<erp::Erp>, "public");
      } catch (const std::exception&) {  // it ends here, and the tests with their process
      }
      _exit(0);
    }
    std::this_thread::sleep_for(delay);
    kill(opener, SIGKILL);
    int state = 0;
    waitpid(opener, &state, 0);
    killed += WIFSIGNALED(state) ? 1 : 0;
    while (Value(owners) != "0") std::this_thread::sleep_for(2ms);
    left = Value(tables);
    ASSERT_THAT(left, AnyOf("0", all));
    ASSERT_LT(delay, 60s);
  }
  EXPECT_GT(killed, 2);
  EXPECT_THAT(Gaps(), IsEmpty()) << "with the tables came their lock";
  EXPECT_THAT(Open<erp::Erp>(), IsOk());
}

}  // namespace
}  // namespace cordon_test
