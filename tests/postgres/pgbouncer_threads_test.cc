// SPDX-License-Identifier: Apache-2.0
// Behind PgBouncer in transaction mode, where several clients take turns at one session of the
// server: whatever one leaves there would be the next one's.
#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <atomic>
#include <fstream>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "data/postgres/own_store.h"
#include "data/postgres/pool.h"
#include "support/postgres_erp.h"
#include "support/scratch.h"
#include "tenant/directory_impl.h"

namespace cordon_test {
namespace {

using cordon::internal::DirectoryFactory;
using cordon::internal::OwnConnection;
using cordon::internal::OwnStatement;
using cordon::internal::PgLease;
using cordon::internal::PgPool;
using cordon::internal::PgProve;
using cordon::internal::PgStore;

// Where Debian puts it, or what CORDON_PGBOUNCER says; empty when there is none.
std::string PgBouncerProgram() {
  const char* const told = std::getenv("CORDON_PGBOUNCER");
  const std::string path = told != nullptr ? told : "/usr/sbin/pgbouncer";
  return access(path.c_str(), X_OK) == 0 ? path : "";
}

// One that has a single connection to the server, and ends with the test.
class PgBouncer {
 public:
  PgBouncer() {
    std::string pattern = "/tmp/cordon-pb.XXXXXX";  // a socket's path has 107 bytes
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    directory_ = pattern;
    std::ofstream(directory_ + "/users") << "\"erp_app\" \"\"\n\"erp_owner\" \"\"\n";
    std::ofstream(directory_ + "/ini")
        << "[databases]\n* = " << PostgresServer::Get().HostAndPort()
        << "\n[pgbouncer]\nlisten_port = 6432\nunix_socket_dir = " << directory_
        << "\nauth_type = trust\nauth_file = " << directory_
        << "/users\npool_mode = transaction\ndefault_pool_size = 1\nlogfile = " << directory_
        << "/log\nlog_connections = 0\nlog_disconnections = 0\n";
    const std::string program = PgBouncerProgram();
    const std::string ini = directory_ + "/ini";
    const passwd* const user = geteuid() == 0 ? getpwnam("postgres") : nullptr;
    if (user != nullptr && chown(directory_.c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("chown");
    }
    child_ = fork();
    if (child_ == 0) {
      // It refuses to run as root, as the server does.
      if (user != nullptr &&
          (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) {
        _exit(126);
      }
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      execl(program.c_str(), program.c_str(), "-q", ini.c_str(), nullptr);
      _exit(127);
    }
    for (int i = 0; i < 400; ++i) {
      if (PQping((Conninfo("erp") + " user=erp_app").c_str()) == PQPING_OK) return;
      std::this_thread::sleep_for(25ms);
    }
    throw std::runtime_error("PgBouncer does not answer");
  }
  ~PgBouncer() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  PgBouncer(const PgBouncer&) = delete;
  PgBouncer& operator=(const PgBouncer&) = delete;

  [[nodiscard]] std::string Conninfo(const std::string& database) const {
    return "host=" + directory_ + " port=6432 dbname=" + database;
  }

 private:
  std::string directory_;
  pid_t child_ = -1;
};

class PgBouncerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    CORDON_NEEDS_POSTGRES();
    if (PgBouncerProgram().empty()) {
      GTEST_SKIP() << "no PgBouncer: install pgbouncer, or say where it is with CORDON_PGBOUNCER";
    }
    Erp::Prepare();
    PostgresServer::Get().Sql(RowsOf('B') + "ALTER ROLE erp_app SET log_min_messages = panic",
                              "erp");
    bouncer_.emplace();
    options_ = OptionsFor("erp");
    options_.conninfo = bouncer_->Conninfo("erp");
    options_.pgbouncer = true;
  }
  void TearDown() override {
    bouncer_.reset();
    if (PgBouncerProgram().empty() || PostgresServer::Binaries().empty()) return;
    PostgresServer::Get().Sql(
        "ALTER ROLE erp_app RESET ALL; DELETE FROM orders WHERE tenant_id <> '" + DigitsOf('A') +
            "'; DELETE FROM events WHERE tenant_id <> '" + DigitsOf('A') +
            "'; DELETE FROM customers WHERE tenant_id <> '" + DigitsOf('A') + "'",
        "erp");
  }

  std::optional<PgBouncer> bouncer_;
  PostgresOptions options_;
};

TEST_F(PgBouncerTest, ClientsOfOneSessionEachHaveTheirOwnTenant) {
  const auto one = Connect(options_, "erp_app");
  const auto two = Connect(options_, "erp_app");
  for (int i = 0; i < 20; ++i) {
    for (const auto& [connection, tenant] : {std::pair(one.get(), 'A'), {two.get(), 'B'}}) {
      Must(connection->Begin(TenantOf(tenant), PgAccess::kWrite));
      EXPECT_EQ(First(connection->Run("SELECT current_setting('cordon.tenant')")),
                DigitsOf(tenant));
      EXPECT_EQ(First(connection->Run("SELECT secret FROM customers WHERE id = $1",
                                      PgArguments().Text("c1"))),
                tenant == 'B' ? "CANARY-Bs1" : "s1");
      EXPECT_EQ(First(connection->Run("SELECT current_setting('statement_timeout')")), "20s");
      EXPECT_THAT(connection->Commit(), IsOk());
    }
  }
  EXPECT_EQ(PostgresServer::Get()
                .Sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'erp_app'")
                .front(),
            "1");
}

TEST_F(PgBouncerTest, WhatAStatementLeavesInTheSessionGoesWithTheSession) {
  const auto other = Connect(options_, "erp_app");
  const auto state = [&] {
    std::string text;
    for (const std::string name : {"search_path", "statement_timeout", "TimeZone", "work_mem"}) {
      text += First(other->Execute("SELECT current_setting('" + name + "')")) + "|";
    }
    text += First(other->Execute("SELECT coalesce(current_setting('cordon.tenant', true), '')"));
    // Prepared by whoever had the session before.
    return text + std::to_string(static_cast<int>(CodeOf(other->Execute("EXECUTE p").status())));
  };
  const std::string pristine = state();
  for (const std::string& text :
       {"SET SESSION cordon.tenant = '" + DigitsOf('B') + "'", std::string("SET search_path = x"),
        std::string("SET statement_timeout = 1"), std::string("SET work_mem = '1MB'"),
        std::string("PREPARE p AS SELECT 1"), std::string("COMMIT"),
        std::string("DISCARD PLANS")}) {
    for (const PgAccess access : {PgAccess::kRead, PgAccess::kWrite}) {
      const auto hostile = Connect(options_, "erp_app");
      Must(hostile->Begin(TenantOf('A'), access));
      EXPECT_FALSE(
          hostile->Run(text, {}, access == PgAccess::kRead ? PgThen::kCommit : PgThen::kNothing)
              .ok())
          << text;
      hostile->Rollback();
      EXPECT_EQ(state(), pristine) << text;
    }
  }
}

TEST_F(PgBouncerTest, TheLockIsProvedThroughIt) {
  const auto owner = Connect(OptionsFor("erp"), "erp_owner");
  const auto app = Connect(options_, "erp_app");
  EXPECT_THAT(PgProve(*owner, *app, options_), IsOk());
}

TEST_F(PgBouncerTest, ManyThreadsThroughOneSession) {
  options_.connections = 6;
  options_.connections_per_tenant = 2;
  options_.patience = 20s;
  const auto pool = Must(PgPool::Make(options_));
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, tenant = thread % 2 == 0 ? 'A' : 'B'] {
      for (int round = 0; round < 40; ++round) {
        PgLease lease = Must(pool->Take(TenantOf(tenant)));
        Must(lease.Begin(PgAccess::kRead));
        const auto rows =
            lease.Run("SELECT secret FROM customers ORDER BY id", {}, PgThen::kCommit);
        if (rows.ok() && First(rows) == (tenant == 'B' ? "CANARY-Bs1" : "s1")) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 8 * 40);
}

TEST_F(PgBouncerTest, TheDirectoryOfTenantsIsKeptThroughIt) {
  options_.patience = 60s;
  std::vector<std::thread> processes;
  for (int i = 0; i < 2; ++i) {
    processes.emplace_back([&] {
      const auto store = Must(PgStore::Open(options_));
      const auto tenants = Must(
          DirectoryFactory::Open(*store, std::nullopt, nullptr,
                                 [](const cordon::Principal*, const TenantId*, std::string_view,
                                    const cordon::TraceId*, const absl::Status&) {}));
      for (int n = 0; n < 10; ++n) {
        const TenantId id = Must(tenants->Create("x"));
        Must(tenants->Suspend(id));
        EXPECT_EQ(Must(tenants->Find(id)).state, cordon::TenantState::kSuspended);
      }
      // Whatever one transaction set would be the next one's.
      Must(store->Read([](OwnConnection& connection) {
        OwnStatement left(connection, "SELECT current_setting('lock_timeout')");
        EXPECT_TRUE(left.Step());
        EXPECT_EQ(left.Text(0), "0");
        return left.status();
      }));
    });
  }
  for (std::thread& process : processes) process.join();
  const auto& server = PostgresServer::Get();
  EXPECT_EQ(server.Sql("SELECT count(*) FROM cordon.cordon_tenants", "erp").front(), "20");
  EXPECT_EQ(server.Sql("SELECT epoch FROM cordon.cordon_directory", "erp").front(), "21");
}

}  // namespace
}  // namespace cordon_test
