// SPDX-License-Identifier: Apache-2.0
// Who gets the next connection, what is left of the last one, and a server that goes away.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "cordon/testing/clock.h"
#include "cordon/testing/entropy.h"
#include "data/postgres/pool.h"
#include "support/postgres.h"

namespace cordon_test {
namespace {

using cordon::internal::PgLease;
using cordon::internal::PgPool;
using cordon::testing::ManualClock;
using cordon::testing::SeededEntropy;
using ::testing::ElementsAre;

constexpr std::string_view kWho = "SELECT current_setting('cordon.tenant', true)";
constexpr std::string_view kPid = "SELECT pg_backend_pid()";

class PgPoolTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (PostgresServer::Binaries().empty()) return;
    auto& server = PostgresServer::Get();
    server.Sql("CREATE ROLE erp_app LOGIN");
    server.Sql("CREATE TABLE counts (tenant text PRIMARY KEY, n int8 NOT NULL)");
    server.Sql("GRANT ALL ON counts TO erp_app");
  }
  void SetUp() override {
    CORDON_NEEDS_POSTGRES();
    options_ = OptionsFor("postgres");
    options_.patience = 20s;
    options_.clock = clock_;
    options_.entropy = std::make_shared<SeededEntropy>(3);
    PostgresServer::Get().Sql("TRUNCATE counts");
  }
  PgPool& Open(int connections, int per_tenant) {
    options_.connections = connections;
    options_.connections_per_tenant = per_tenant;
    pool_ = Must(PgPool::Make(options_));
    return *pool_;
  }
  void AwaitWaiting(int count) const {
    while (pool_->counts().waiting != count) std::this_thread::sleep_for(1ms);
  }
  static std::int64_t Pid(PgLease& lease) {
    Must(lease.Begin(PgAccess::kRead));
    return FirstInteger(lease.Run(kPid, {}, PgThen::kCommit));
  }
  std::int64_t PidOf(char tenant) {
    PgLease lease = Must(pool_->Take(TenantOf(tenant)));
    return Pid(lease);
  }
  static std::string OfThePool(const std::string& what) {
    return PostgresServer::Get()
        .Sql("SELECT " + what + " FROM pg_stat_activity WHERE usename = 'erp_app'")
        .front();
  }

  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
  PostgresOptions options_;
  std::unique_ptr<PgPool> pool_;
};

TEST_F(PgPoolTest, ConnectionsAreOpenedAsNeededAndNoMoreThanAllowed) {
  Open(2, 2);
  EXPECT_EQ(OfThePool("count(*)"), "0");
  {
    const PgLease one = Must(pool_->Take(TenantOf('A')));
    EXPECT_EQ(OfThePool("count(*)"), "1");
    const PgLease two = Must(pool_->Take(TenantOf('B')));
    EXPECT_EQ(pool_->counts().in_use, 2);
  }
  EXPECT_EQ(pool_->counts().in_use, 0);
  EXPECT_EQ(pool_->counts().idle, 2);
  for (int i = 0; i < 5; ++i) (void)PidOf('C');
  EXPECT_EQ(OfThePool("count(*)"), "2");
}

TEST_F(PgPoolTest, WithoutAConnectionPatienceEnds) {
  options_.patience = 30ms;
  Open(1, 1);
  {
    const PgLease held = Must(pool_->Take(TenantOf('A')));
    const absl::Status ours = pool_->Take(TenantOf('A')).status();
    const absl::Status theirs = pool_->Take(TenantOf('B')).status();
    EXPECT_THAT(ours, HasCode(ErrorCode::kPoolExhausted));
    EXPECT_EQ(ours, theirs) << "whoever has it";
    EXPECT_EQ(pool_->counts().waiting, 0);
  }
  EXPECT_THAT(pool_->Take(TenantOf('B')), IsOk());
}

TEST_F(PgPoolTest, OptionsThatAreNone) {
  for (const auto& [connections, per_tenant] : {std::pair{0, 1}, {1, 0}, {-1, 1}}) {
    options_.connections = connections;
    options_.connections_per_tenant = per_tenant;
    EXPECT_THAT(PgPool::Make(options_), HasCode(ErrorCode::kInvalidArgument));
  }
  options_ = OptionsFor("postgres");
  options_.runtime_role = options_.owner_role;
  EXPECT_THAT(PgPool::Make(options_), HasCode(ErrorCode::kInvalidArgument));
}

TEST_F(PgPoolTest, TurnsGoRoundTheTenantsHoweverManyOneQueues) {
  Open(1, 1);
  std::vector<std::thread> threads;
  std::vector<char> order;
  std::mutex mutex;
  {
    const PgLease held = Must(pool_->Take(TenantOf('Z')));
    for (const char tenant : {'A', 'A', 'A', 'B', 'C', 'B'}) {
      threads.emplace_back([&, tenant] {
        const PgLease lease = Must(pool_->Take(TenantOf(tenant)));
        const std::lock_guard lock(mutex);
        order.push_back(tenant);
      });
      AwaitWaiting(static_cast<int>(threads.size()));
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(order, ElementsAre('A', 'B', 'C', 'A', 'B', 'A'));
}

TEST_F(PgPoolTest, ATenantAtItsLimitKeepsItsPlaceAndStopsNobody) {
  Open(3, 1);
  std::optional<PgLease> ours = Must(pool_->Take(TenantOf('A')));
  auto second = std::async(std::launch::async, [&] { return PidOf('A'); });
  AwaitWaiting(1);
  // There are connections, for others.
  EXPECT_GT(PidOf('B'), 0);
  std::optional<PgLease> b = Must(pool_->Take(TenantOf('B')));
  std::optional<PgLease> c = Must(pool_->Take(TenantOf('C')));
  auto third = std::async(std::launch::async, [&] { return PidOf('D'); });
  AwaitWaiting(2);
  c.reset();  // A may not, so D may
  EXPECT_GT(third.get(), 0);
  EXPECT_EQ(pool_->counts().waiting, 1);
  ours.reset();
  EXPECT_GT(second.get(), 0);
}

TEST_F(PgPoolTest, NothingOfALeaseIsLeft) {
  Open(1, 1);
  std::int64_t pid = 0;
  {
    PgLease lease = Must(pool_->Take(TenantOf('A')));
    pid = Pid(lease);
    Must(lease.Begin(PgAccess::kWrite));
    ASSERT_EQ(First(lease.Run(kWho)), DigitsOf('A'));
    ASSERT_THAT(lease.Run("INSERT INTO counts VALUES ('A', 1)"), IsOk());
    // It ends with its transaction open.
  }
  {
    PgLease lease = Must(pool_->Take(TenantOf('B')));
    EXPECT_EQ(Pid(lease), pid) << "the same connection";
    Must(lease.Begin(PgAccess::kRead));
    EXPECT_EQ(First(lease.Run(kWho)), DigitsOf('B'));
    EXPECT_EQ(FirstInteger(lease.Run("SELECT count(*) FROM counts")), 0);
  }
  {
    PgLease lease = Must(pool_->Take(TenantOf('A')));
    Must(lease.Begin(PgAccess::kWrite));
    ASSERT_THAT(lease.Run("SELECT 1/0"), HasCode(ErrorCode::kValueOutOfRange));
  }
  EXPECT_EQ(PidOf('B'), pid) << "a failed transaction is rolled back";
}

TEST_F(PgPoolTest, AConnectionInDoubtIsClosed) {
  Open(1, 1);
  const auto spoil = [&](const std::function<void(PgLease&)>& act) {
    const std::int64_t before = PidOf('A');
    {
      PgLease lease = Must(pool_->Take(TenantOf('A')));
      Must(lease.Begin(PgAccess::kWrite));
      ASSERT_THAT(lease.Run("SELECT 1"), IsOk());
      act(lease);
    }
    EXPECT_NE(PidOf('B'), before);
  };
  spoil([](PgLease& lease) {
    EXPECT_THAT(lease.Run("SET cordon.tenant = 'x'"), HasCode(ErrorCode::kEngineLock));
  });
  spoil([](PgLease& lease) { lease.Interrupter()->Interrupt(); });
  spoil([](PgLease& lease) {
    const std::int64_t pid = FirstInteger(lease.Run(kPid));
    PostgresServer::Get().Sql("SELECT pg_terminate_backend(" + std::to_string(pid) + ", 10000)");
    EXPECT_THAT(lease.Run("SELECT 1"), HasCode(ErrorCode::kConnectionLost));
  });
}

TEST_F(PgPoolTest, IdleConnectionsThatTheServerClosedAreNotGivenOut) {
  Open(3, 3);
  {
    const PgLease one = Must(pool_->Take(TenantOf('A')));
    const PgLease two = Must(pool_->Take(TenantOf('A')));
    const PgLease three = Must(pool_->Take(TenantOf('A')));
  }
  ASSERT_EQ(pool_->counts().idle, 3);
  (void)OfThePool("count(pg_terminate_backend(pid, 10000))");
  EXPECT_GT(PidOf('A'), 0);
  EXPECT_EQ(pool_->counts().idle, 1) << "all three were found out, without a round trip";
  // One that lay long may be one that a firewall forgot.
  const std::int64_t pid = PidOf('A');
  clock_->Advance(3min);
  EXPECT_EQ(PidOf('A'), pid);
  clock_->Advance(5min);
  EXPECT_NE(PidOf('A'), pid);
}

TEST_F(PgPoolTest, AServerThatIsAwayIsAskedEverMoreRarely) {
  options_.patience = 50ms;
  Open(2, 2);
  PostgresServer::Get().Stop();
  EXPECT_THAT(pool_->Take(TenantOf('A')), HasCode(ErrorCode::kCannotOpen));
  PostgresServer::Get().Start();
  // The first pause is between 50 and 100 ms of a clock that stands still.
  EXPECT_THAT(pool_->Take(TenantOf('A')), HasCode(ErrorCode::kCannotOpen));
  clock_->Advance(49ms);
  EXPECT_THAT(pool_->Take(TenantOf('B')), HasCode(ErrorCode::kCannotOpen));
  clock_->Advance(51ms);
  EXPECT_THAT(pool_->Take(TenantOf('A')), IsOk());

  (void)OfThePool("count(pg_terminate_backend(pid, 10000))");
  PostgresServer::Get().Stop();
  EXPECT_THAT(pool_->Take(TenantOf('A')), HasCode(ErrorCode::kCannotOpen));
  clock_->Advance(100ms);
  EXPECT_THAT(pool_->Take(TenantOf('A')), HasCode(ErrorCode::kCannotOpen)) << "asked again";
  PostgresServer::Get().Start();
  clock_->Advance(99ms);
  EXPECT_THAT(pool_->Take(TenantOf('A')), HasCode(ErrorCode::kCannotOpen)) << "twice as long";
  clock_->Advance(101ms);
  EXPECT_THAT(pool_->Take(TenantOf('A')), IsOk());
}

TEST_F(PgPoolTest, WhoWaitsForTheServerGetsItWhenItIsBack) {
  options_.clock = nullptr;  // the system's
  Open(4, 2);
  (void)PidOf('A');
  PostgresServer::Get().Stop();
  std::vector<std::future<std::int64_t>> waiting;
  for (const char tenant : {'A', 'B', 'C', 'D', 'E'}) {
    waiting.push_back(std::async(std::launch::async, [&, tenant] { return PidOf(tenant); }));
  }
  PostgresServer::Get().Start();
  for (auto& pid : waiting) EXPECT_GT(pid.get(), 0);
}

// Sixteen threads of eight tenants do everything that a lease may be left with, and the server
// ends connections meanwhile. Nobody ever sees another's binding, and what was committed is there.
TEST_F(PgPoolTest, ManyThreadsAndAServerThatEndsConnections) {
  options_.clock = nullptr;
  Open(5, 2);
  constexpr int kThreads = 16;
  constexpr int kRounds = 60;
  std::atomic<bool> over = false;
  std::array<std::atomic<int>, 8> committed{};
  std::array<std::atomic<int>, 8> unknown{};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      const auto which = static_cast<std::size_t>(thread % 8);
      const char tenant = static_cast<char>('A' + which);
      std::mt19937 random(static_cast<unsigned>(thread));
      for (int round = 0; round < kRounds; ++round) {
        auto taken = pool_->Take(TenantOf(tenant));
        if (!taken.ok()) {
          ADD_FAILURE() << Describe(taken.status());
          continue;
        }
        PgLease lease = *std::move(taken);
        Must(lease.Begin(PgAccess::kWrite));
        const auto who = lease.Run(kWho);
        if (!who.ok()) {
          EXPECT_THAT(who, HasCode(ErrorCode::kConnectionLost));
          continue;
        }
        EXPECT_EQ(First(who), DigitsOf(tenant));
        switch (random() % 6) {
          case 0:
            EXPECT_FALSE(lease.Run("SET SESSION cordon.tenant = 'x'").ok());
            break;
          case 1:
            EXPECT_FALSE(lease.Run("SELECT 1/0").ok());
            break;
          case 2: {
            auto interrupter = lease.Interrupter();
            std::thread other([interrupter] { interrupter->Interrupt(); });
            (void)lease.Run("SELECT pg_sleep(0.01)");
            other.join();
            break;
          }
          case 3:
            break;  // left open
          default: {
            const bool written =
                lease
                    .Run(
                        "INSERT INTO counts VALUES ($1, 1) ON CONFLICT (tenant) DO UPDATE SET n = "
                        "counts.n + 1",
                        PgArguments().Text(std::string(1, tenant)))
                    .ok();
            if (!written) break;
            const absl::Status done = lease.Commit();
            if (done.ok()) {
              ++committed[which];
            } else if (CodeOf(done) == ErrorCode::kConnectionLost) {
              ++unknown[which];
            }
          }
        }
      }
    });
  }
  std::thread killer([&] {
    while (!over) {
      PostgresServer::Get().Sql(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'erp_app' "
          "ORDER BY random() LIMIT 1");
      std::this_thread::sleep_for(20ms);
    }
  });
  for (std::thread& thread : threads) thread.join();
  over = true;
  killer.join();
  EXPECT_EQ(pool_->counts().in_use, 0);
  EXPECT_LE(pool_->counts().idle, 5);
  for (std::size_t i = 0; i < 8; ++i) {
    const auto rows = PostgresServer::Get().Sql("SELECT n FROM counts WHERE tenant = '" +
                                                std::string(1, static_cast<char>('A' + i)) + "'");
    const int stored = rows.empty() ? 0 : std::stoi(rows.front());
    EXPECT_GE(stored, committed[i]);
    EXPECT_LE(stored, committed[i] + unknown[i]);
    EXPECT_GT(committed[i], 0);
  }
}

}  // namespace
}  // namespace cordon_test
