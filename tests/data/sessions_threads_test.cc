// SPDX-License-Identifier: Apache-2.0
// Eight threads, three tenants, one file: everybody sees their own rows, whatever the others do.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/world.h"

namespace cordon_test {
namespace {

class Sessions : public World {
 protected:
  // Runs `work(thread)` in eight threads at once.
  template <class Work>
  static void InEight(const Work& work) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) threads.emplace_back([&work, t] { work(t); });
    for (std::thread& thread : threads) thread.join();
  }
  const Twin& TwinOf(int t) { return t % 3 == 0 ? *a : t % 3 == 1 ? *b : *c; }
  static std::string MarkOf(int t) { return t % 3 == 0 ? "a" : t % 3 == 1 ? "CANARY-B" : "c"; }
};

TEST_F(Sessions, EverybodySeesTheirOwnRows) {
  cordon::PlatformOptions options = Options();
  options.readers = 3;  // fewer than threads: connections change hands all the time
  options.patience = 30s;
  OpenTwins(options);
  InEight([&](int t) {
    const Session& session = TwinOf(t).session;
    const std::string mark = MarkOf(t);
    for (int i = 0; i < 40; ++i) {
      for (const auto& row :
           Must(session.All(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql))) {
        EXPECT_TRUE(row->name.starts_with(mark)) << row->name;
      }
      Must(session.Transaction([&](auto& tx) -> absl::Status {
        Must(tx.Execute("UPDATE counters SET n = n + 1 WHERE id = 1"_sql));
        for (auto& row : tx.Rows(as<Order>, "SELECT * FROM orders"_sql)) {
          EXPECT_TRUE(row->number.starts_with(mark)) << row->number;
        }
        return tx.Insert(Counter{1000 + t * 1000 + i, t});
      }));
      Must(session.Read([&](auto& tx) -> absl::Status {
        const auto before =
            Must(tx.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql)).Plain();
        for (auto& row : tx.Rows(as<Customer>, "SELECT * FROM customers"_sql)) {
          EXPECT_TRUE(row->name.starts_with(mark)) << row->name;
        }
        EXPECT_EQ(Must(tx.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql)).Plain(),
                  before);
        return absl::OkStatus();
      }));
      const auto missing =
          session.One(as<Customer>, "SELECT * FROM customers WHERE id = ?"_sql, mark);
      EXPECT_THAT(missing, HasCode(ErrorCode::kNotFound));
    }
  });
  // Threads 0, 3, 6 were A's; 1, 4, 7 were B's; 2, 5 were C's. No update was lost.
  const auto first = [](const Twin& twin) {
    return Must(twin.session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql))
        .Plain();
  };
  EXPECT_EQ(first(*a), 1 + 3 * 40);
  EXPECT_EQ(first(*b), 901 + 3 * 40);
  EXPECT_EQ(first(*c), 1 + 2 * 40);
}

TEST_F(Sessions, OneSessionServesManyThreads) {
  OpenTwins();
  InEight([&](int t) {
    for (int i = 0; i < 30; ++i) {
      Must(a->session.Execute("UPDATE counters SET n = n + 1 WHERE id = 1"_sql));
      (void)Must(
          a->session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = ?"_sql, 1 + t % 3));
    }
  });
  EXPECT_EQ(
      Must(a->session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql)).Plain(),
      1 + 8 * 30);
}

TEST_F(Sessions, ContextsComeAndGoWhileOthersWork) {
  OpenTwins();
  std::atomic<int> refused = 0;
  InEight([&](int t) {
    if (t == 0) {
      for (int i = 0; i < 30; ++i) {
        Must(platform->tenants().Suspend(b->id));
        Must(platform->tenants().Resume(b->id));
        Must(platform->tenants().RemoveMember(c->id, User("anna")));
        Must(platform->tenants().AddMember(c->id, User("anna")));
      }
      return;
    }
    for (int i = 0; i < 60; ++i) {
      const Twin& twin = TwinOf(t);
      auto context = platform->Enter(Verified("anna"), twin.id, cordon::Purpose("test"));
      if (!context.ok()) {
        EXPECT_TRUE(CodeOf(context.status()) == ErrorCode::kTenantSuspended ||
                    CodeOf(context.status()) == ErrorCode::kNotPermitted)
            << context.status();
        ++refused;
        continue;
      }
      auto session = platform->OpenSession(*context);
      if (!session.ok()) continue;
      if (i % 7 == 0) context->Revoke();
      if (i % 5 == 0) session->Interrupt();
      const auto rows = session->All(as<Customer>, "SELECT * FROM customers"_sql);
      if (!rows.ok()) continue;
      EXPECT_EQ(rows->size(), 3U);
      for (const auto& row : *rows) EXPECT_TRUE(row->name.starts_with(MarkOf(t))) << row->name;
      (void)session->Execute("UPDATE counters SET n = n + 1 WHERE id = 2"_sql);
    }
  });
}

TEST_F(Sessions, TenantsAreMadeAndRemovedWhileOthersWork) {
  OpenTwins();
  InEight([&](int t) {
    for (int i = 0; i < 10; ++i) {
      if (t < 4) {
        Twin guest = NewTenant("guest");
        Furnish(guest.session, "guest");
        EXPECT_EQ(
            Must(guest.session.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql)).Plain(),
            3);
        Must(platform->tenants().Remove(guest.id));
        EXPECT_FALSE(guest.session.Insert(Counter{99, 1}).ok());
      } else {
        EXPECT_EQ(Must(TwinOf(t).session.All(as<Order>, "SELECT * FROM orders"_sql)).size(), 3U);
      }
    }
  });
  EXPECT_EQ(Must(platform->tenants().List()).size(), 3U);
  EXPECT_EQ(RawValue(path(), "SELECT count(*) FROM customers"), "9");
}

}  // namespace
}  // namespace cordon_test
