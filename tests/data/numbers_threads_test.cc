// SPDX-License-Identifier: Apache-2.0
// Many threads draw numbers for the same tenants: none is drawn twice, none is left out.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "support/world.h"

namespace cordon_test {
namespace {

constexpr int kThreads = 8;
constexpr int kRounds = 24;
constexpr cordon::Series kInvoices("invoice");
constexpr cordon::TenantCounter kIssued("issued");

class NumbersTogether : public World {
 protected:
  // One document, with parts and whole attempts that are rolled back on the way.
  static void Issue(const Session& session, int round) {
    if (round % 3 == 0) {
      EXPECT_FALSE(session
                       .Transaction([](auto& tx) -> absl::Status {
                         Must(tx.NextNumber(kInvoices).status());
                         return absl::AbortedError("not this one");
                       })
                       .ok());
    }
    Must(session.Transaction([&](auto& tx) -> absl::Status {
      if (round % 4 == 0) {
        EXPECT_FALSE(tx.Nested([](auto& part) -> absl::Status {
                         Must(part.NextNumber(kInvoices).status());
                         Must(part.AddTo(kIssued, 100).status());
                         return absl::AbortedError("nor this one");
                       }).ok());
      }
      const std::int64_t number = Must(tx.NextNumber(kInvoices));
      Must(tx.AddTo(kIssued, 1).status());
      return tx.Insert(Counter{number, round});
    }));
  }
  static void ExpectAll(const Session& session, std::int64_t documents) {
    std::int64_t next = 1;
    for (const auto& id :
         Must(session.All(as<std::int64_t>, "SELECT id FROM counters ORDER BY id"_sql))) {
      EXPECT_EQ(id.Plain(), next++);
    }
    EXPECT_EQ(next, documents + 1);
    EXPECT_EQ(Must(session.ValueOf(kIssued)), documents);
  }
};

TEST_F(NumbersTogether, LeaveNoGap) {
  cordon::PlatformOptions options = Options();
  options.patience = 60s;
  Open(options);
  // A second platform on the file stands for another process.
  const auto other = Must(Platform::Open(options));
  a.emplace(NewTenant("A"));
  b.emplace(NewTenant("B"));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const Twin& twin = t % 2 == 0 ? *a : *b;
      const auto& at = t % 4 < 2 ? platform : other;
      const auto context = Must(at->Enter(Verified("anna"), twin.id, cordon::Purpose("test")));
      const Session session = Must(at->OpenSession(context));
      for (int round = 0; round < kRounds; ++round) {
        Issue(session, round);
        // Read beside the writers: never more than has been committed, never a rolled-back part.
        const std::int64_t before = Must(session.ValueOf(kIssued));
        EXPECT_GT(before, 0);
        EXPECT_LE(before, kThreads / 2 * kRounds);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ExpectAll(a->session, kThreads / 2 * kRounds);
  ExpectAll(b->session, kThreads / 2 * kRounds);
}

TEST_F(NumbersTogether, LeaveNoGapWhileContextsEnd) {
  cordon::PlatformOptions options = Options();
  options.patience = 60s;
  Open(options);
  a.emplace(NewTenant("A"));
  std::atomic<std::int64_t> issued = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < kRounds; ++round) {
        const auto context =
            Must(platform->Enter(Verified("anna"), a->id, cordon::Purpose("test")));
        const Session session = Must(platform->OpenSession(context));
        const absl::Status done = session.Transaction([&](auto& tx) -> absl::Status {
          auto number = tx.NextNumber(kInvoices);
          if (!number.ok()) return number.status();
          Must(tx.AddTo(kIssued, 1).status());
          Must(tx.Insert(Counter{*number, t}));
          if (round % 3 == 0) context.Revoke();
          if (round % 3 == 1) session.Interrupt();
          return absl::OkStatus();
        });
        if (done.ok()) ++issued;
        EXPECT_EQ(done.ok(), round % 3 == 2) << done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(issued.load(), kThreads * kRounds / 3);
  ExpectAll(a->session, issued.load());
}

}  // namespace
}  // namespace cordon_test
