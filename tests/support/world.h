// SPDX-License-Identifier: Apache-2.0
//
// The small world that run-time tests live in: a schema, a clock that stands still until it is
// moved, entropy that can be made to fail, and the twins: tenants A, B and C whose rows have the
// same keys. Every value of B carries kCanary, so that one look at whatever A was shown (rows,
// statuses) tells whether B leaked.
#ifndef CORDON_TESTS_SUPPORT_WORLD_H_
#define CORDON_TESTS_SUPPORT_WORLD_H_

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cordon/cordon.h"
#include "cordon/testing/clock.h"
#include "cordon/testing/entropy.h"
#include "support/people.h"
#include "support/scratch.h"
#include "support/status.h"

namespace cordon_test {

using cordon::as;
using cordon::CodeOf;
using cordon::ErrorCode;
using namespace cordon::literals;  // "…"_sql
using namespace std::chrono_literals;

inline constexpr std::string_view kCanary = "CANARY-B";

// ---- the schema -----------------------------------------------------------------------------

struct Customer {
  std::string id = {};
  std::string name = {};
  std::optional<std::string> region = {};
};
struct Order {
  std::int64_t id = 0;
  std::string customer_id = {};
  std::string number = {};  // unique
  cordon::Decimal<4> amount = {};
};
struct Counter {
  std::int64_t id = 0;
  std::int64_t n = 0;
};
struct Sample {  // one column of each type
  std::int64_t id = 0;
  std::int64_t big = 0;
  std::int32_t small = 0;
  bool flag = false;
  std::string text = {};
  std::vector<std::byte> blob = {};
  cordon::Timestamp at = {};
  cordon::Decimal<4> exact = {};
  std::optional<std::int64_t> maybe_big = {};
  std::optional<bool> maybe_flag = {};
  std::optional<std::string> maybe_text = {};
  std::optional<std::vector<std::byte>> maybe_blob = {};
  std::optional<cordon::Timestamp> maybe_at = {};
  std::optional<cordon::Decimal<4>> maybe_exact = {};
};
struct Currency {
  std::string code = {};
  std::string name = {};
};

struct Shop {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Customer>("customers")
          .Key<&Customer::id>("id")
          .Column<&Customer::name>("name")
          .Column<&Customer::region>("region")
          .Index<&Customer::region>(),
      cordon::TenantTable<Order>("orders")
          .Key<&Order::id>("id")
          .Column<&Order::customer_id>("customer_id")
          .Column<&Order::number>("number")
          .Column<&Order::amount>("amount")
          .Unique<&Order::number>()
          .References<&Order::customer_id>("customers"),
      cordon::TenantTable<Counter>("counters").Key<&Counter::id>("id").Column<&Counter::n>("n"),
      cordon::TenantTable<Sample>("samples")
          .Key<&Sample::id>("id")
          .Column<&Sample::big>("big")
          .Column<&Sample::small>("small")
          .Column<&Sample::flag>("flag")
          .Column<&Sample::text>("txt")
          .Column<&Sample::blob>("bin")
          .Column<&Sample::at>("at_time")
          .Column<&Sample::exact>("exact")
          .Column<&Sample::maybe_big>("maybe_big")
          .Column<&Sample::maybe_flag>("maybe_flag")
          .Column<&Sample::maybe_text>("maybe_text")
          .Column<&Sample::maybe_blob>("maybe_blob")
          .Column<&Sample::maybe_at>("maybe_at")
          .Column<&Sample::maybe_exact>("maybe_exact"),
      cordon::GlobalTable<Currency>("currencies")
          .Key<&Currency::code>("code")
          .Column<&Currency::name>("name"),
  };
};

using Platform = cordon::Platform<Shop>;
using Session = cordon::Session<Shop>;
using Reads = cordon::ReadTransaction<Shop>;
using Writes = cordon::WriteTransaction<Shop>;

// ---- clock and entropy ----------------------------------------------------------------------

using cordon::testing::ManualClock;
using TestEntropy = cordon::testing::SeededEntropy;

// ---- small tools ----------------------------------------------------------------------------

// Something that another thread waits for.
class Signal {
 public:
  void Give() {
    const std::lock_guard lock(mutex_);
    given_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] bool given() {
    const std::lock_guard lock(mutex_);
    return given_;
  }
  // False after ten seconds: the test is stuck and should say so rather than hang.
  [[nodiscard]] bool Await() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return given_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool given_ = false;
};

// Looks again and again until `condition` holds; false after ten seconds.
template <class Condition>
[[nodiscard]] bool Eventually(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// Takes a good second on a fast machine: long enough to be stopped, inside the default budget.
// Needs `rows` counters in the session's tenant (see Fill()).
[[nodiscard]] inline absl::StatusOr<cordon::Owned<std::int64_t>> LongStatement(
    const Session& session) {
  return session.One(as<std::int64_t>,
                     "SELECT COUNT(*) FROM counters AS x JOIN counters AS y ON x.n <> y.n + 1 "
                     "JOIN counters AS z ON z.n <> y.n + 2"_sql);
}
inline void Fill(const Session& session, std::int64_t rows) {
  Must(session.Transaction([&](auto& tx) -> absl::Status {
    for (std::int64_t i = 0; i < rows; ++i) Must(tx.Insert(Counter{1000 + i, i}));
    return absl::OkStatus();
  }));
}

// ---- the world ------------------------------------------------------------------------------

// One tenant with a member, a context and an open session.
struct Twin {
  cordon::TenantId id;
  cordon::TenantContext context;
  Session session;
};

// Where worlds are, when that is no file (on_postgres.cc).
inline std::function<void(cordon::PlatformOptions*)>& EngineOfTests() {
  static std::function<void(cordon::PlatformOptions*)> engine;
  return engine;
}

class World : public ::testing::Test {
 protected:
  [[nodiscard]] cordon::PlatformOptions Options() const {
    cordon::PlatformOptions options;
    options.path = path();
    options.clock = clock;
    options.entropy = entropy;
    if (EngineOfTests() != nullptr) EngineOfTests()(&options);
    return options;
  }
  [[nodiscard]] std::string path() const { return scratch.File("world.db"); }

  // Opens (or opens anew) the world's file.
  void Open() { Open(Options()); }
  void Open(cordon::PlatformOptions options) {
    Close();
    platform = Must(Platform::Open(std::move(options)));
  }
  void Close() {
    a.reset();
    b.reset();
    c.reset();
    platform.reset();
  }

  [[nodiscard]] Twin NewTenant(std::string_view name) {
    const cordon::TenantId id = Must(platform->tenants().Create(name));
    return Join(id);
  }
  [[nodiscard]] Twin Join(const cordon::TenantId& id, cordon::EnterOptions options = {}) {
    Must(platform->tenants().AddMember(id, User("anna")));
    cordon::TenantContext context = Enter(id, options);
    Session session = Must(platform->OpenSession(context));
    return Twin{id, std::move(context), std::move(session)};
  }
  [[nodiscard]] cordon::TenantContext Enter(const cordon::TenantId& id,
                                            cordon::EnterOptions options = {}) {
    return Must(platform->Enter(Verified("anna"), id, cordon::Purpose("test"), options));
  }

  // Tenants with the same keys in every table; B's values carry the canary.
  void OpenTwins() { OpenTwins(Options()); }
  void OpenTwins(cordon::PlatformOptions options) {
    Open(std::move(options));
    a.emplace(NewTenant("A"));
    b.emplace(NewTenant("B"));
    c.emplace(NewTenant("C"));
    Furnish(a->session, "a");
    Furnish(b->session, std::string(kCanary));
    Furnish(c->session, "c");
  }
  static void Furnish(const Session& session, const std::string& mark) {
    Must(session.Transaction([&](auto& tx) -> absl::Status {
      for (std::int64_t i = 1; i <= 3; ++i) {
        const std::string n = std::to_string(i);
        Must(tx.Insert(Customer{"K" + n, mark + " customer " + n, mark + " region " + n}));
        Must(
            tx.Insert(Order{i, "K" + n, mark + "-" + n, cordon::Decimal<4>::FromUnits(i * 10000)}));
        Must(tx.Insert(Counter{i, mark == kCanary ? 900 + i : i}));
      }
      return absl::OkStatus();
    }));
  }

  // Runs a statement that takes seconds in another thread, and `act` once it is well under way.
  // What became of the statement.
  template <class Act>
  [[nodiscard]] absl::Status StopLongStatement(const Session& session, const Act& act) {
    const std::int64_t before = clock->looks();
    absl::Status ended;
    std::thread runner([&] { ended = LongStatement(session).status(); });
    EXPECT_TRUE(Eventually([&] { return clock->looks() > before + 100; }));
    act();
    runner.join();
    return ended;
  }

  ScratchDirectory scratch;
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::shared_ptr<TestEntropy> entropy = std::make_shared<TestEntropy>();
  std::unique_ptr<Platform> platform;
  std::optional<Twin> a;
  std::optional<Twin> b;
  std::optional<Twin> c;
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_WORLD_H_
