// SPDX-License-Identifier: Apache-2.0
// Tenants in threads: sixteen of each, and one that holds the wide scope. Built with the library as
// it is shipped, so that ThreadSanitizer runs it without another build.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "leaks/leaks.h"

namespace cordon_test {
namespace {

// Fewer connections than threads: they change hands all the time.
cordon::PlatformOptions Crowded(cordon::PlatformOptions options) {
  options.readers = 3;
  options.patience = 60s;
  return options;
}

TEST_F(Leak, L62_SixteenThreadsSixteenTenants) {
  Reopen(Crowded(Options()));
  constexpr int kMany = 16;
  std::vector<Twin> twins;
  std::vector<std::string> marks;
  for (int i = 0; i < kMany; ++i) {
    twins.push_back(NewTenant("T"));
    marks.push_back("mark" + std::to_string(i) + "x");
    Furnish(twins.back().session, marks.back());
  }
  std::atomic<int> foreign = 0;
  std::atomic<int> looked = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kMany; ++t) {
    threads.emplace_back([&, t] {
      // Each thread works for each tenant in turn, and no two begin with the same one.
      for (int step = 0; step < kMany; ++step) {
        const auto at = static_cast<std::size_t>((t + step) % kMany);
        const Session& session = twins[at].session;
        const std::string& mark = marks[at];
        const auto see = [&](const std::string& text) {
          ++looked;
          if (!text.starts_with(mark)) ++foreign;
        };
        for (const auto& row : Must(session.All(as<Order>, "SELECT * FROM orders"_sql))) {
          see(row->number);
        }
        see(Must(session.Get(as<Customer>, "K1"))->name);
        Must(session.Transaction([&](auto& tx) -> absl::Status {
          Must(tx.Execute("UPDATE counters SET n = n + 1 WHERE id = 1"_sql));
          Must(tx.NextNumber(cordon::Series("invoice")).status());
          for (auto& row : tx.Rows(as<Customer>, "SELECT * FROM customers"_sql)) see(row->name);
          return absl::OkStatus();
        }));
        see(std::get<std::string>(
            Must(session.Ask("SELECT MAX(number) FROM orders"))->rows.at(0).at(0)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(foreign, 0);
  EXPECT_EQ(looked, kMany * kMany * 8);
  for (const Twin& twin : twins) {
    // Every thread was here once, and nobody of another tenant's.
    EXPECT_EQ(Said(twin.session.Get(as<Counter>, 1)), "1|" + std::to_string(1 + kMany));
    std::int64_t next = 0;
    Must(twin.session.Transaction([&](auto& tx) -> absl::Status {
      next = Must(tx.NextNumber(cordon::Series("invoice")));
      return absl::OkStatus();
    }));
    EXPECT_EQ(next, kMany + 1);
  }
}

// The wide scope is a value in one thread's hands, not a switch of the process.
TEST_F(Leak, L48_TheWideScopeOfAnotherThread) {
  Reopen(Crowded(Options()));
  Signal inside;
  Signal seen;
  std::thread wide([&] {
    Must(platform->WriteGlobals(cordon::GlobalWriteAccess::Get(), [&](auto& tx) -> absl::Status {
      Must(tx.Upsert(Currency{"EUR", "Euro of tomorrow"}));
      inside.Give();
      EXPECT_TRUE(seen.Await());
      return absl::OkStatus();
    }));
  });
  ASSERT_TRUE(inside.Await());
  EXPECT_EQ(Said(a->session.Ask("SELECT MAX(number), COUNT(*) FROM orders")), "a-3|3|\n");
  EXPECT_EQ(Said(a->session.Ask("SELECT name FROM currencies WHERE code = 'EUR'")), "Euro|\n");
  EXPECT_THAT(a->session.Find(as<Order>, 77), IsOk());
  EXPECT_EQ(Said(a->session.Find(as<Order>, 77)), "nothing");
  seen.Give();
  wide.join();
  EXPECT_EQ(Said(a->session.Ask("SELECT name FROM currencies WHERE code = 'EUR'")),
            "Euro of tomorrow|\n");
}

}  // namespace
}  // namespace cordon_test
