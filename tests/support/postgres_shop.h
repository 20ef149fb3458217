// SPDX-License-Identifier: Apache-2.0
// The small world of world.h on a PostgreSQL server.
#ifndef CORDON_TESTS_SUPPORT_POSTGRES_SHOP_H_
#define CORDON_TESTS_SUPPORT_POSTGRES_SHOP_H_

#include <string>
#include <vector>

#include "cordon/data/postgres.h"
#include "data/postgres/engine.h"
#include "data/postgres/row_lock.h"
#include "support/postgres.h"
#include "support/world.h"

namespace cordon_test {

// What the emitter writes for SQLite, in PostgreSQL's words as far as these tests go.
inline void TranslateShop(cordon::internal::MarkedSql* marked) {
  for (std::string* text : {&marked->withs, &marked->body}) {
    const auto replace = [&](std::string_view what, std::string_view with) {
      for (std::size_t at = 0; (at = text->find(what, at)) != std::string::npos;
           at += with.size()) {
        text->replace(at, what.size(), with);
      }
    };
    replace("?", "$");
    replace(" AND (SELECT 1)", "");
  }
}

class PgShop {
 public:
  // Makes roles and a template with the shop's tables under the lock; nothing the second time.
  static void Prepare() {
    static const bool done = [] {
      auto& server = PostgresServer::Get();
      server.Sql("CREATE ROLE erp_owner LOGIN");
      server.Sql("CREATE ROLE erp_app LOGIN");
      server.Sql("CREATE DATABASE shop OWNER erp_owner");
      server.Sql("ALTER SCHEMA public OWNER TO erp_owner", "shop");
      server.Sql(Must(cordon::internal::PgHardenStatements(OptionsFor("shop"))), "shop");
      server.Sql(R"(
        CREATE TABLE customers (tenant_id uuid NOT NULL, id text COLLATE "C" NOT NULL,
          name text COLLATE "C" NOT NULL, region text COLLATE "C", PRIMARY KEY (tenant_id, id));
        CREATE TABLE orders (tenant_id uuid NOT NULL, id int8 NOT NULL,
          customer_id text COLLATE "C" NOT NULL, number text COLLATE "C" NOT NULL,
          amount int8 NOT NULL, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, number),
          FOREIGN KEY (tenant_id, customer_id) REFERENCES customers);
        CREATE TABLE counters (tenant_id uuid NOT NULL, id int8 NOT NULL, n int8 NOT NULL,
          PRIMARY KEY (tenant_id, id));
        CREATE TABLE samples (tenant_id uuid NOT NULL, id int8 NOT NULL, big int8 NOT NULL,
          small int8 NOT NULL CHECK (small BETWEEN -2147483648 AND 2147483647), flag bool NOT NULL,
          txt text COLLATE "C" NOT NULL, bin bytea NOT NULL, at_time int8 NOT NULL,
          exact int8 NOT NULL, maybe_big int8, maybe_flag bool, maybe_text text COLLATE "C",
          maybe_blob bytea, maybe_at int8, maybe_exact int8, PRIMARY KEY (tenant_id, id));
        CREATE TABLE documents (tenant_id uuid NOT NULL, id int8 NOT NULL,
          title text COLLATE "C" NOT NULL, version int8 NOT NULL, PRIMARY KEY (tenant_id, id));
        CREATE TABLE currencies (code text COLLATE "C" PRIMARY KEY, name text COLLATE "C" NOT NULL);
        CREATE FUNCTION cordon_add(int8, int8) RETURNS int8 LANGUAGE sql IMMUTABLE
          AS 'SELECT $1 + $2';
        GRANT EXECUTE ON FUNCTION cordon_add TO erp_app)",
                 "shop", "erp_owner");
      const auto owner = Connect(OptionsFor("shop"), "erp_owner");
      const std::vector<cordon::internal::PgTable> tables = {
          {.schema = "public", .name = "customers"},
          {.schema = "public", .name = "orders"},
          {.schema = "public", .name = "counters"},
          {.schema = "public", .name = "samples"},
          {.schema = "public", .name = "documents"},
          {.schema = "public", .name = "currencies", .of_tenants = false},
      };
      Must(cordon::internal::PgInstall(*owner, OptionsFor("shop"), tables));
      Must(cordon::internal::PgMakeOwnTables(*owner, OptionsFor("shop")));
      return true;
    }();
    (void)done;
  }

  // A copy of the template.
  static std::string Copy() {
    Prepare();
    static int copies = 0;
    const std::string name = "shop" + std::to_string(++copies);
    auto& server = PostgresServer::Get();
    server.Sql("CREATE DATABASE " + name + " TEMPLATE shop OWNER erp_owner");
    // Rights on a database are not copied with it.
    server.Sql("REVOKE ALL ON DATABASE " + name + " FROM PUBLIC; GRANT CONNECT ON DATABASE " +
               name + " TO erp_app");
    return name;
  }
  static void Drop(const std::string& name) {
    PostgresServer::Get().Sql("DROP DATABASE " + name + " WITH (FORCE)");
  }

  static std::shared_ptr<const cordon::Server> Server(const PostgresOptions& options) {
    return cordon::internal::OnPostgresWith(options, TranslateShop);
  }
};

// The world on one engine or the other.
class TwoEngines : public World, public ::testing::WithParamInterface<bool> {
 protected:
  [[nodiscard]] static bool OnServer() { return GetParam(); }
  void SetUp() override {
    if (!OnServer()) return;
    CORDON_NEEDS_POSTGRES();
    database = PgShop::Copy();
    server_options = OptionsFor(database);
  }
  void TearDown() override {
    Close();
    if (!database.empty()) PgShop::Drop(database);
  }
  [[nodiscard]] cordon::PlatformOptions Options() const {
    cordon::PlatformOptions options = World::Options();
    if (OnServer()) options.server = PgShop::Server(server_options);
    return options;
  }
  void OpenTwins() { World::OpenTwins(Options()); }

  std::string database;
  PostgresOptions server_options;
};

#define CORDON_ON_BOTH_ENGINES(Suite)                                                        \
  INSTANTIATE_TEST_SUITE_P(, Suite, ::testing::Values(false, true), [](const auto& engine) { \
    return std::string(engine.param ? "Postgres" : "Sqlite");                                \
  })

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_POSTGRES_SHOP_H_
