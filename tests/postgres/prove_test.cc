// SPDX-License-Identifier: Apache-2.0
// The proof of the second lock: nothing is open where it was put in place, and each way of leaving
// something open is found, with what closes it.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/postgres/own_store.h"
#include "support/postgres_erp.h"
#include "tenant/directory_impl.h"

namespace cordon_test {
namespace {

using cordon::internal::DirectoryFactory;
using cordon::internal::PgFindGaps;
using cordon::internal::PgHardenStatements;
using cordon::internal::PgInstall;
using cordon::internal::PgProve;
using cordon::internal::PgStore;
using cordon::internal::PgVersionGap;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PgProveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    CORDON_NEEDS_POSTGRES();
    Erp::Prepare();
  }
  static std::vector<std::string> GapsOf(const std::string& database,
                                         const std::string& runtime = "erp_app") {
    PostgresOptions options = OptionsFor(database);
    options.runtime_role = runtime;
    const auto owner = Connect(options, options.owner_role);
    const auto app = Connect(options, options.runtime_role);
    return Must(PgFindGaps(*owner, *app, options));
  }
};

TEST_F(PgProveTest, TheLockThatWasPutInPlaceIsComplete) {
  EXPECT_THAT(GapsOf("erp"), IsEmpty());
  const auto owner = Connect(OptionsFor("erp"), "erp_owner");
  const auto app = Connect(OptionsFor("erp"), "erp_app");
  EXPECT_THAT(PgProve(*owner, *app, OptionsFor("erp")), IsOk());
  EXPECT_TRUE(owner->Clean());
  EXPECT_TRUE(app->Clean());
}

TEST_F(PgProveTest, PuttingItInPlaceTwiceChangesNothing) {
  Erp::Copy("twice");
  auto& server = PostgresServer::Get();
  const std::string state =
      "SELECT md5(string_agg(t::text, ';' ORDER BY t::text)) FROM (SELECT relname, relacl, "
      "relrowsecurity, relforcerowsecurity FROM pg_class) t";
  const auto before = server.Sql(state, "twice");
  const auto owner = Connect(OptionsFor("twice"), "erp_owner");
  EXPECT_THAT(PgInstall(*owner, OptionsFor("twice"), ErpTables()), IsOk());
  server.Sql(Must(PgHardenStatements(OptionsFor("twice"))), "twice");
  EXPECT_EQ(server.Sql(state, "twice"), before);
  EXPECT_THAT(GapsOf("twice"), IsEmpty());

  // A table that is not there: all or nothing.
  server.Sql("GRANT TRUNCATE ON customers TO erp_app", "twice");
  std::vector<PgTable> more = ErpTables();
  more.push_back({.schema = "public", .name = "nothing"});
  EXPECT_THAT(PgInstall(*owner, OptionsFor("twice"), more), HasCode(ErrorCode::kStatementRefused));
  EXPECT_TRUE(owner->Clean());
  EXPECT_THAT(GapsOf("twice"), Contains(HasSubstr("TRUNCATE")));
}

// Cordon's own tables are everybody's; that only the owner role has any right to them is their
// lock.
TEST_F(PgProveTest, TheDirectoryOfTenantsIsTheOwnersAlone) {
  Erp::Copy("directory");
  const auto store = Must(PgStore::Open(OptionsFor("directory")));
  const auto directory =
      Must(DirectoryFactory::Open(*store, std::nullopt, nullptr,
                                  [](const cordon::Principal*, const TenantId*, std::string_view,
                                     const cordon::TraceId*, const absl::Status&) {}));
  const TenantId id = Must(directory->Create("CANARY"));
  EXPECT_THAT(GapsOf("directory"), IsEmpty());

  const auto runtime = Connect(OptionsFor("directory"), "erp_app");
  for (const std::string table : {"tenants", "members", "subtrees", "directory", "envelopes",
                                  "envelope_floors", "versions"}) {
    Must(runtime->Begin(id, PgAccess::kRead));
    EXPECT_THAT(runtime->Run("SELECT count(*) FROM cordon.cordon_" + table),
                HasCode(ErrorCode::kEngineLock))
        << table;
    runtime->Rollback();
  }

  const auto with = [&](const std::string& right, const std::string& table) {
    auto& server = PostgresServer::Get();
    server.Sql("GRANT " + right + " ON cordon.cordon_" + table + " TO erp_app", "directory");
    const auto gaps = GapsOf("directory");
    server.Sql("REVOKE ALL ON cordon.cordon_" + table + " FROM erp_app", "directory");
    return gaps;
  };
  EXPECT_THAT(with("SELECT (name)", "tenants"),
              Contains(AllOf(HasSubstr("cordon.cordon_tenants"), HasSubstr("REVOKE"))));
  EXPECT_THAT(with("UPDATE", "directory"),
              Contains(AllOf(HasSubstr("cordon.cordon_directory"), HasSubstr("every tenant's"))));
  EXPECT_THAT(with("SELECT (kind)", "members"),
              Contains(AllOf(HasSubstr("cordon.cordon_members"), HasSubstr("ENABLE"))));
  EXPECT_THAT(GapsOf("directory"), IsEmpty());
}

struct Opening {
  std::string sql;                 // as the superuser
  std::vector<std::string> words;  // of the sentence that has to be said
  std::string mend = {};           // what a copy of the database does not undo
};

TEST_F(PgProveTest, EachOpeningIsFound) {
  const std::vector<Opening> openings = {
      // The role.
      {"ALTER ROLE erp_app BYPASSRLS",
       {"BYPASSRLS", "ALTER ROLE"},
       "ALTER ROLE erp_app NOBYPASSRLS"},
      {"ALTER ROLE erp_app SUPERUSER",
       {"SUPERUSER", "ALTER ROLE"},
       "ALTER ROLE erp_app NOSUPERUSER"},
      {"ALTER ROLE erp_app CREATEROLE", {"CREATEROLE"}, "ALTER ROLE erp_app NOCREATEROLE"},
      {"ALTER ROLE erp_app CREATEDB", {"CREATEDB"}, "ALTER ROLE erp_app NOCREATEDB"},
      {"ALTER ROLE erp_app REPLICATION", {"REPLICATION"}, "ALTER ROLE erp_app NOREPLICATION"},
      {"GRANT erp_owner TO erp_app",
       {"member of erp_owner", "REVOKE"},
       "REVOKE erp_owner FROM erp_app"},
      {"ALTER ROLE erp_app NOINHERIT; GRANT pg_read_all_data TO erp_app",
       {"member of pg_read_all_data"},
       "ALTER ROLE erp_app INHERIT; REVOKE pg_read_all_data FROM erp_app"},
      {"ALTER TABLE currencies OWNER TO erp_app", {"owns table public.currencies", "OWNER TO"}},
      {"ALTER VIEW names OWNER TO erp_app", {"owns view public.names"}},
      {"ALTER ROLE erp_app SET cordon.tenant = '41414141414141414141414141414141'",
       {"cordon.tenant=4141", "RESET"},
       "ALTER ROLE erp_app RESET ALL"},
      {"ALTER ROLE erp_app SET search_path = evil",
       {"search_path=evil"},
       "ALTER ROLE erp_app RESET ALL"},
      {"ALTER DATABASE DB SET cordon.tenant = '41414141414141414141414141414141'",
       {"cordon.tenant has a value before"}},
      {"GRANT SET ON PARAMETER session_replication_role TO erp_app",
       {"session_replication_role", "ON PARAMETER"},
       "REVOKE SET ON PARAMETER session_replication_role FROM erp_app"},
      // What it could make.
      {"GRANT CREATE ON DATABASE DB TO erp_app", {"CREATE ON DATABASE"}},
      {"GRANT TEMP ON DATABASE DB TO PUBLIC", {"TEMP ON DATABASE", "PUBLIC"}},
      {"GRANT CREATE ON SCHEMA public TO PUBLIC", {"CREATE on schema public"}},
      {"GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC", {"plpgsql", "LANGUAGE"}},
      {"GRANT USAGE ON LANGUAGE sql TO erp_app", {"sql", "LANGUAGE"}},
      {"CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; GRANT USAGE ON "
       "FOREIGN SERVER s TO erp_app",
       {"foreign server s"}},
      // Functions.
      {"GRANT EXECUTE ON FUNCTION set_config TO erp_app", {"can call set_config"}},
      {"GRANT EXECUTE ON FUNCTION pg_sleep TO PUBLIC", {"pg_sleep(double precision)"}},
      {"GRANT EXECUTE ON FUNCTION dblink(text) TO PUBLIC",
       {"public.dblink(text)", "REVOKE EXECUTE"}},
      {"CREATE EXTENSION pgcrypto", {"gen_random_bytes(integer)"}},
      {"CREATE FUNCTION all_customers() RETURNS SETOF customers LANGUAGE sql IMMUTABLE SECURITY "
       "DEFINER AS 'SELECT * FROM customers'; GRANT EXECUTE ON FUNCTION all_customers TO PUBLIC",
       {"SECURITY DEFINER function public.all_customers()"}},
      {"CREATE FUNCTION see(text) RETURNS bool LANGUAGE plpgsql IMMUTABLE LEAKPROOF COST 0.1 AS "
       "'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END'",
       {"public.see(text)", "LEAKPROOF"}},
      {"ALTER DEFAULT PRIVILEGES FOR ROLE erp_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
       {"erp_owner creates from now on"}},
      {"ALTER DEFAULT PRIVILEGES FOR ROLE erp_owner GRANT SELECT ON TABLES TO erp_app",
       {"SELECT for erp_owner", "ALTER DEFAULT PRIVILEGES"}},
      // What it could read beside tables.
      {"GRANT SELECT ON pg_stat_activity TO PUBLIC", {"pg_catalog.pg_stat_activity", "hardening"}},
      {"GRANT SELECT (reltuples) ON pg_class TO erp_app", {"pg_catalog.pg_class"}},
      {"GRANT SELECT ON information_schema.tables TO PUBLIC", {"information_schema.tables"}},
      {"GRANT USAGE ON SEQUENCE numbers TO erp_app", {"sequence public.numbers"}},
      {"CREATE VIEW everybody AS SELECT * FROM customers; GRANT SELECT ON everybody TO erp_app",
       {"view public.everybody", "security_invoker"}},
      {"ALTER VIEW names SET (security_invoker = false)", {"view public.names"}},
      {"CREATE MATERIALIZED VIEW old AS SELECT * FROM customers; GRANT SELECT ON old TO PUBLIC",
       {"public.old", "materialized view"}},
      {"CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN "
       "TABLE far (id int) SERVER s; GRANT SELECT ON far TO erp_app",
       {"public.far", "foreign table"}},
      {"GRANT INSERT ON currencies TO erp_app", {"public.currencies", "all but SELECT"}},
      {"GRANT UPDATE (name) ON currencies TO PUBLIC", {"public.currencies", "all but SELECT"}},
      // Tables of tenants.
      {"ALTER TABLE customers NO FORCE ROW LEVEL SECURITY", {"public.customers", "FORCE"}},
      {"ALTER TABLE customers DISABLE ROW LEVEL SECURITY", {"public.customers", "ENABLE"}},
      {"ALTER POLICY cordon_tenant ON customers USING (true)", {"public.customers", "exactly"}},
      {"ALTER POLICY cordon_tenant ON orders WITH CHECK (true)", {"public.orders", "exactly"}},
      {"CREATE POLICY more ON customers FOR SELECT USING (n > 0)", {"public.customers", "exactly"}},
      {"DROP POLICY cordon_tenant ON customers", {"public.customers", "exactly"}},
      {"ALTER POLICY cordon_tenant ON customers TO erp_owner", {"public.customers", "exactly"}},
      {"ALTER POLICY cordon_tenant ON customers USING (tenant_id = "
       "coalesce(nullif(current_setting('cordon.tenant', true), ''), "
       "'41414141414141414141414141414141')::uuid)",
       {"public.customers", "exactly"}},
      {"CREATE SCHEMA evil; CREATE FUNCTION evil.current_setting(text, bool) RETURNS text LANGUAGE "
       "sql IMMUTABLE AS $$SELECT '42424242424242424242424242424242'$$; SET search_path = evil, "
       "public, pg_catalog; ALTER POLICY cordon_tenant ON customers USING (tenant_id = CASE WHEN "
       "current_setting('cordon.tenant'::text, true) ~ '^[0-9a-f]{32}$'::text THEN "
       "current_setting('cordon.tenant'::text, true)::uuid ELSE NULL::uuid END)",
       {"public.customers", "exactly"}},
      {"DROP POLICY cordon_tenant ON events_0", {"public.events_0", "exactly"}},
      {"CREATE TABLE later (tenant_id uuid NOT NULL, id int8, PRIMARY KEY (tenant_id, id))",
       {"public.later", "ENABLE"}},
      {"CREATE TABLE later (LIKE customers INCLUDING ALL)", {"public.later", "ENABLE"}},
      {"ALTER TABLE events DETACH PARTITION events_0; DROP TABLE events_0; CREATE TABLE events_2 "
       "PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
       {"public.events_2", "ENABLE"}},
      {"ALTER TABLE customers OWNER TO postgres", {"public.customers", "OWNER TO"}},
      {"CREATE TABLE later (tenant_id uuid)", {"public.later", "uuid NOT NULL"}},
      {"CREATE TABLE later (tenant_id text NOT NULL)", {"public.later", "uuid NOT NULL"}},
      {"CREATE UNIQUE INDEX by_name ON customers (name)", {"by_name", "put it first"}},
      {"CREATE TABLE notes (tenant_id uuid NOT NULL, id int8 UNIQUE)", {"notes_id_key"}},
      {"CREATE UNIQUE INDEX by_id ON customers (id); ALTER TABLE orders ADD CONSTRAINT loose "
       "FOREIGN "
       "KEY (customer) REFERENCES customers (id) NOT VALID",
       {"public.customers (loose)", "both sides"}},
      {"CREATE TABLE notes (customer uuid, id text, CONSTRAINT from_nowhere FOREIGN KEY (customer, "
       "id) REFERENCES customers)",
       {"from_nowhere", "both sides"}},
      {"ALTER TABLE orders ALTER id ADD GENERATED ALWAYS AS IDENTITY",
       {"public.orders", "IDENTITY"}},
      {"CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN "
       "NEW; "
       "END'; REVOKE EXECUTE ON FUNCTION t FROM PUBLIC; CREATE TRIGGER t BEFORE INSERT ON "
       "customers "
       "FOR EACH ROW EXECUTE FUNCTION t()",
       {"public.customers (t)", "SECURITY INVOKER"}},
      {"CREATE RULE r AS ON INSERT TO orders DO ALSO DELETE FROM customers",
       {"public.orders", "DROP RULE"}},
      {"CREATE TABLE above (); GRANT SELECT ON above TO erp_app; ALTER TABLE customers INHERIT "
       "above",
       {"public.above", "NO INHERIT"}},
      {"GRANT TRUNCATE ON customers TO erp_app", {"TRUNCATE on public.customers"}},
      {"GRANT REFERENCES (id) ON customers TO PUBLIC", {"REFERENCES on public.customers"}},
      {"GRANT TRIGGER ON events_1 TO erp_app", {"TRIGGER on public.events_1"}},
      {"GRANT SELECT ON orders TO erp_app", {"system columns of public.orders"}},
      {"GRANT UPDATE (tenant_id) ON orders TO erp_app", {"change its tenant"}},
      // What only trying shows.
      {"DELETE FROM cordon.canary", {"cannot be read by its own tenant"}},
      {"ALTER TABLE cordon.canary DISABLE ROW LEVEL SECURITY", {"is seen by another tenant"}},
      {"ALTER POLICY cordon_tenant ON cordon.canary WITH CHECK (true)",
       {"write a row of the canary's"}},
      {"ALTER POLICY cordon_tenant ON customers USING (true)",
       {"without a tenant bound", "public.customers"}},
  };
  for (const Opening& opening : openings) {
    SCOPED_TRACE(opening.sql);
    const std::string database = Erp::Copy("opened");
    std::string sql = opening.sql;
    if (const auto at = sql.find(" DB "); at != std::string::npos) sql.replace(at, 4, " opened ");
    PostgresServer::Get().Sql(sql, database);
    const std::vector<std::string> gaps = GapsOf(database);
    bool found = false;
    for (const std::string& gap : gaps) {
      bool all = true;
      for (const std::string& word : opening.words) all = all && gap.find(word) != gap.npos;
      found = found || all;
    }
    EXPECT_TRUE(found) << ::testing::PrintToString(gaps);
    if (!opening.mend.empty()) PostgresServer::Get().Sql(opening.mend);
    Erp::Drop(database);
  }
  EXPECT_THAT(GapsOf("erp"), IsEmpty()) << "the roles were mended";
}

TEST_F(PgProveTest, ADatabaseThatWasNeverHardenedIsOpenInManyPlaces) {
  PostgresServer::Get().Sql("CREATE DATABASE bare OWNER erp_owner");
  const auto owner = Connect(OptionsFor("bare"), "erp_owner");
  ASSERT_THAT(PgInstall(*owner, OptionsFor("bare"), {}), IsOk());
  const auto app = Connect(OptionsFor("bare"), "erp_app");
  const absl::Status status = PgProve(*owner, *app, OptionsFor("bare"));
  EXPECT_THAT(status, HasCode(ErrorCode::kLockIncomplete));
  for (const std::string words :
       {"TEMP ON DATABASE", "plpgsql", "more than compute", "pg_catalog.", "can call set_config"}) {
    EXPECT_THAT(Text(status), HasSubstr(words));
  }
}

TEST_F(PgProveTest, TheConnectionMustBeTheRuntimeRoles) {
  PostgresOptions options = OptionsFor("erp");
  const auto owner = Connect(options, "erp_owner");
  const auto superuser = Connect(options, "postgres");
  const auto gaps = Must(PgFindGaps(*owner, *superuser, options));
  EXPECT_THAT(gaps, Contains(HasSubstr("not the runtime role's")));
  EXPECT_THAT(gaps, Contains(HasSubstr("seen by another tenant")));

  options.runtime_role = "nobody";
  EXPECT_THAT(Must(PgFindGaps(*owner, *superuser, options)),
              Contains(HasSubstr("no runtime role nobody")));
}

TEST(PgVersion, GapsAreNamedWithWhatClosesThem) {
  EXPECT_EQ(PgVersionGap(150014), "");
  EXPECT_EQ(PgVersionGap(150018), "");
  EXPECT_EQ(PgVersionGap(160010), "");
  EXPECT_EQ(PgVersionGap(170006), "");
  EXPECT_EQ(PgVersionGap(180000), "");
  EXPECT_EQ(
      PgVersionGap(150013),
      "PostgreSQL 15.13 lets policies be passed (CVE-2025-8713): upgrade it to 15.14 or newer");
  EXPECT_THAT(PgVersionGap(150002), HasSubstr("CVE-2023-2455"));
  EXPECT_THAT(PgVersionGap(150003), HasSubstr("CVE-2023-39418"));
  EXPECT_THAT(PgVersionGap(170000), HasSubstr("CVE-2024-10976"));
}

TEST(PgHarden, RolesWithNamesThatNoTextMayHold) {
  PostgresOptions options;
  options.owner_role = "owner";
  for (const std::string role : {"", "a\"b", "a'b", "$cordon$", "a\nb", "a\\b"}) {
    options.runtime_role = role;
    EXPECT_THAT(PgHardenStatements(options), HasCode(ErrorCode::kInvalidArgument)) << role;
  }
}

}  // namespace
}  // namespace cordon_test
