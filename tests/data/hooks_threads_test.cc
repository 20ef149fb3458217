// SPDX-License-Identifier: Apache-2.0
// One hook, eight threads: every event is told, none twice, and none of another thread's act.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/world.h"

namespace cordon_test {
namespace {

thread_local std::string expected_tenant;  // of the act that runs on this thread

class Counting final : public cordon::Hook {
 public:
  bool WantsDuration() const override { return true; }
  absl::Status BeforeStatement(const cordon::StatementEvent& event) override {
    Check(event.who);
    ++before;
    return absl::OkStatus();
  }
  absl::Status AfterStatement(const cordon::StatementEvent& event) override {
    Check(event.who);
    ++after;
    changed += event.outcome.ok() ? event.rows_changed : 0;
    return absl::OkStatus();
  }
  absl::Status BeforeCommit(const cordon::TransactionEvent& event) override {
    Check(event.who);
    // Every seventh commit is refused.
    if (++asked % 7 == 0) return absl::AbortedError("the hook says no");
    return absl::OkStatus();
  }
  void AfterCommit(const cordon::TransactionEvent& event) override { End(event, &committed); }
  void AfterRollback(const cordon::TransactionEvent& event) override { End(event, &undone); }
  void Denied(const cordon::DenialEvent&) override { ++denied; }

  std::atomic<std::int64_t> before = 0, after = 0, changed = 0, asked = 0, committed = 0,
                            undone = 0, denied = 0, strangers = 0, twice = 0;

 private:
  void Check(const cordon::Who& who) {
    if (!expected_tenant.empty() && who.tenant->ToString() != expected_tenant) ++strangers;
  }
  void End(const cordon::TransactionEvent& event, std::atomic<std::int64_t>* counter) {
    Check(event.who);
    ++*counter;
    const std::lock_guard lock(mutex_);
    if (!ended_.insert(event.transaction).second) ++twice;
  }
  std::mutex mutex_;
  std::set<std::uint64_t> ended_;
};

class HooksThreads : public World {
 protected:
  void OpenWith(std::shared_ptr<cordon::Hook> hook, std::chrono::milliseconds cap = 10s) {
    cordon::PlatformOptions options = Options();
    options.hooks = {std::move(hook)};
    options.write_cap = cap;
    options.patience = 30s;
    OpenTwins(std::move(options));
  }
  template <class Act>
  void InEight(const Act& act) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) threads.emplace_back([&act, t] { act(t); });
    for (std::thread& thread : threads) thread.join();
  }
  const Twin& TwinOf(int t) { return t % 3 == 0 ? *a : t % 3 == 1 ? *b : *c; }
};

TEST_F(HooksThreads, EveryActIsToldOnce) {
  auto hook = std::make_shared<Counting>();
  OpenWith(hook);
  const std::int64_t changed_before = hook->changed;
  const std::int64_t asked_before = hook->asked, undone_before = hook->undone,
                     committed_before = hook->committed;
  std::atomic<std::int64_t> ok = 0, refused = 0;
  InEight([&](int t) {
    const Twin& twin = TwinOf(t);
    expected_tenant = twin.id.ToString();
    for (int i = 0; i < 40; ++i) {
      const absl::Status done =
          twin.session.Execute("UPDATE counters SET n = n + 1 WHERE id = 1"_sql).status();
      ++(done.ok() ? ok : refused);
      if (!done.ok()) {
        EXPECT_EQ(done, absl::AbortedError("the hook says no"));
      }
      EXPECT_TRUE(
          twin.session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql).ok());
    }
  });
  EXPECT_EQ(hook->before, hook->after);
  EXPECT_EQ(hook->changed - changed_before, 8 * 40);
  EXPECT_EQ(hook->asked - asked_before, 8 * 40);
  EXPECT_EQ(hook->committed - committed_before, ok);
  EXPECT_EQ(hook->undone - undone_before, refused);
  EXPECT_GT(refused, 0);
  EXPECT_EQ(hook->strangers, 0);
  EXPECT_EQ(hook->twice, 0);
  EXPECT_EQ(hook->denied, 0);
  std::int64_t total = 0;
  for (const Twin* twin : {&*a, &*b, &*c}) {
    total += Must(twin->session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql))
                 .Plain();
  }
  EXPECT_EQ(total, 1 + 901 + 1 + ok) << "what was refused has had no effect";
}

// Turns that are taken away while a hook of theirs runs.
class Slow final : public cordon::Hook {
 public:
  absl::Status BeforeStatement(const cordon::StatementEvent&) override { return Sleep(); }
  absl::Status AfterStatement(const cordon::StatementEvent&) override { return Sleep(); }
  absl::Status BeforeCommit(const cordon::TransactionEvent&) override { return Sleep(); }
  void AfterCommit(const cordon::TransactionEvent&) override { ++ends; }
  void AfterRollback(const cordon::TransactionEvent&) override { ++ends; }
  std::atomic<bool> slow = false;
  std::atomic<std::int64_t> ends = 0;

 private:
  absl::Status Sleep() const {
    if (slow) std::this_thread::sleep_for(3ms);
    return absl::OkStatus();
  }
};

TEST_F(HooksThreads, TurnsAreTakenAwayAroundHooks) {
  auto hook = std::make_shared<Slow>();
  OpenWith(hook, 5ms);
  hook->slow = true;
  const std::int64_t ends_before = hook->ends;
  std::atomic<std::int64_t> ok = 0, taken = 0;
  InEight([&](int t) {
    const Twin& twin = TwinOf(t);
    for (int i = 0; i < 8; ++i) {
      const absl::Status done = twin.session.Transaction([&](auto& tx) -> absl::Status {
        for (auto& row : tx.Rows(as<Order>, "SELECT * FROM orders"_sql)) {
          (void)row;
          (void)tx.Execute("UPDATE counters SET n = n + 1 WHERE id = 1"_sql);
        }
        return absl::OkStatus();
      });
      if (done.ok()) {
        ++ok;
      } else {
        ++taken;
        EXPECT_EQ(CodeOf(done), ErrorCode::kWriteHeldTooLong) << done;
      }
    }
  });
  EXPECT_EQ(hook->ends - ends_before, 8 * 8);
  EXPECT_GT(taken, 0);
  hook->slow = false;
  std::int64_t total = 0;
  for (const Twin* twin : {&*a, &*b, &*c}) {
    total += Must(twin->session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql))
                 .Plain();
  }
  EXPECT_EQ(total, 1 + 901 + 1 + 3 * ok);
}

}  // namespace
}  // namespace cordon_test
