// SPDX-License-Identifier: Apache-2.0
// The small world of world.h on a PostgreSQL server.
#ifndef CORDON_TESTS_SUPPORT_POSTGRES_SHOP_H_
#define CORDON_TESTS_SUPPORT_POSTGRES_SHOP_H_

#include <string>
#include <vector>

#include "cordon/data/postgres.h"
#include "data/postgres/engine.h"
#include "data/postgres/functions.h"
#include "data/postgres/row_lock.h"
#include "support/postgres.h"
#include "support/world.h"

namespace cordon_test {

class PgShop {
 public:
  // Makes roles and a hardened template with Cordon's functions; nothing the second time.
  static void Prepare() {
    static const bool done = [] {
      auto& server = PostgresServer::Get();
      server.Sql("CREATE ROLE erp_owner LOGIN");
      server.Sql("CREATE ROLE erp_app LOGIN");
      server.Sql("CREATE DATABASE shop OWNER erp_owner");
      server.Sql("ALTER SCHEMA public OWNER TO erp_owner", "shop");
      server.Sql(Must(cordon::PostgresHardening(OptionsFor("shop"))), "shop");
      const auto owner = Connect(OptionsFor("shop"), "erp_owner");
      Must(cordon::internal::PgInstallFunctions(*owner, OptionsFor("shop")));
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
    return cordon::OnPostgres(options);
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
    if (OnServer()) {
      options.path.clear();
      options.server = PgShop::Server(server_options);
    }
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
