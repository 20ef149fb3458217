// SPDX-License-Identifier: Apache-2.0
// No memory for SQLite at its Nth request: every call returns a status, nothing is half done, and
// the tenant boundary holds while it lasts and afterwards.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <string>

#include "support/world.h"

namespace cordon_test {
namespace {

std::atomic<std::int64_t> requests_left = -1;  // negative: memory for everybody
std::atomic<bool> for_good = false;            // whether it stays short after the first refusal
std::atomic<std::int64_t> refused = 0;
sqlite3_mem_methods real;

bool Refuse() {
  if (requests_left.load(std::memory_order_relaxed) < 0) return false;
  const std::int64_t left = requests_left.fetch_sub(1);
  if (left > 0) return false;
  requests_left = for_good ? 0 : -1;
  ++refused;
  return true;
}

void Install() {
  sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
  sqlite3_mem_methods mine = real;
  mine.xMalloc = [](int size) { return Refuse() ? nullptr : real.xMalloc(size); };
  mine.xRealloc = [](void* old, int size) { return Refuse() ? nullptr : real.xRealloc(old, size); };
  sqlite3_config(SQLITE_CONFIG_MALLOC, &mine);
  // A cache of small pieces in front would hide most requests.
  sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
}

class Memory : public World {
 protected:
  void SetUp() override { OpenTwins(); }
  void TearDown() override { requests_left = -1; }

  // Runs `act` with memory for `n` requests only. Whether it ran out.
  template <class Act>
  bool Short(std::int64_t n, bool forever, const Act& act) {
    const std::int64_t before = refused;
    for_good = forever;
    requests_left = n;
    act();
    requests_left = -1;
    return refused > before;
  }
  static void ExpectOursOnly(const absl::Status& status) {
    if (status.ok()) return;
    EXPECT_TRUE(CodeOf(status) == ErrorCode::kOutOfMemory ||
                CodeOf(status) == ErrorCode::kTransactionOver ||
                CodeOf(status) == ErrorCode::kCannotOpen)
        << Describe(status);
    EXPECT_EQ(Text(status).find(kCanary), std::string::npos);
  }
  // The world is as it was, but for the changes that A has committed.
  void ExpectIntact(std::int64_t changes) {
    for (const auto& row : Must(b->session.All(as<Customer>, "SELECT * FROM customers"_sql))) {
      ASSERT_TRUE(row->name.starts_with(kCanary)) << row->name;
    }
    ASSERT_EQ(
        Must(b->session.One(as<std::optional<std::int64_t>>, "SELECT SUM(n) FROM counters"_sql))
            .Plain(),
        901 + 902 + 903);
    ASSERT_EQ(
        Must(a->session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql)).Plain(),
        1 + changes);
    ASSERT_EQ(Must(a->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql)).Plain(),
              3 + changes);
  }
};

TEST_F(Memory, Reading) {
  for (const bool forever : {false, true}) {
    bool ran_out = true;
    for (std::int64_t n = 0; ran_out; ++n) {
      ASSERT_LT(n, 5000);
      SCOPED_TRACE("memory for " + std::to_string(n) + " requests");
      // Each statement anew: of different texts the cache would keep the first.
      const cordon::TenantId ours = a->id;
      if (n % 8 == 0) {
        const cordon::TenantId theirs = b->id;
        Open();
        a.emplace(Join(ours));
        b.emplace(Join(theirs));
      }
      ran_out = Short(n, forever, [&] {
        const auto rows = a->session.All(
            as<std::tuple<std::string, std::optional<std::string>>>,
            "SELECT c.name, o.number FROM customers AS c LEFT JOIN orders AS o ON o.customer_id = "
            "c.id WHERE c.name LIKE '%customer%' ORDER BY o.amount DESC, c.name"_sql);
        ExpectOursOnly(rows.status());
        if (rows.ok()) {
          EXPECT_EQ(rows->size(), 3U);
          for (const auto& row : *rows) {
            EXPECT_TRUE(std::get<0>(row.Plain()).starts_with("a ")) << std::get<0>(row.Plain());
          }
        }
      });
      ExpectIntact(0);
    }
  }
}

TEST_F(Memory, Writing) {
  std::int64_t changes = 0;
  for (const bool forever : {false, true}) {
    bool ran_out = true;
    for (std::int64_t n = 0; ran_out; ++n) {
      ASSERT_LT(n, 5000);
      SCOPED_TRACE("memory for " + std::to_string(n) + " requests");
      if (n % 8 == 0) {
        const cordon::TenantId ours = a->id;
        const cordon::TenantId theirs = b->id;
        Open();
        a.emplace(Join(ours));
        b.emplace(Join(theirs));
      }
      ran_out = Short(n, forever, [&] {
        const absl::Status done = a->session.Transaction([&](auto& tx) -> absl::Status {
          if (absl::Status s = tx.Insert(Counter{1000 + changes, 0}); !s.ok()) return s;
          if (absl::Status s = tx.Nested([](auto& inner) {
                return inner.Execute("UPDATE counters SET n = n + 1 WHERE id = 1"_sql).status();
              });
              !s.ok()) {
            return s;
          }
          return absl::OkStatus();
        });
        ExpectOursOnly(done);
        if (done.ok()) ++changes;
      });
      ExpectIntact(changes);
    }
  }
  EXPECT_GE(changes, 2);
}

TEST_F(Memory, AnErrorThatIsOverlookedCommitsNothingHalf) {
  // The body goes on after each failure; whatever it then commits was reported as done.
  for (std::int64_t n = 0; n < 120; ++n) {
    SCOPED_TRACE("memory for " + std::to_string(n) + " requests");
    if (n % 8 == 0) {
      const cordon::TenantId ours = a->id;
      Open();
      a.emplace(Join(ours));
    }
    Must(a->session.Execute("DELETE FROM samples"_sql));
    std::int64_t reported = 0;
    absl::Status done;
    (void)Short(n, false, [&] {
      done = a->session.Transaction([&](auto& tx) -> absl::Status {
        for (std::int64_t i = 0; i < 4; ++i) {
          if (tx.Insert(Sample{.id = i, .text = std::string(3000, 'x')}).ok()) ++reported;
        }
        return absl::OkStatus();
      });
    });
    EXPECT_EQ(Must(a->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM samples"_sql)).Plain(),
              done.ok() ? reported : 0);
  }
}

TEST_F(Memory, DrawingNumbers) {
  std::int64_t last = 0;  // of the numbers that were committed
  for (const bool forever : {false, true}) {
    bool ran_out = true;
    for (std::int64_t n = 0; ran_out; ++n) {
      ASSERT_LT(n, 5000);
      SCOPED_TRACE("memory for " + std::to_string(n) + " requests");
      if (n % 8 == 0) {
        const cordon::TenantId ours = a->id;
        Open();
        a.emplace(Join(ours));
      }
      ran_out = Short(n, forever, [&] {
        std::int64_t drawn = last;
        const absl::Status done = a->session.Transaction([&](auto& tx) -> absl::Status {
          for (int i = 0; i < 3; ++i) {  // whatever has failed, the body goes on
            const auto number = tx.NextNumber(cordon::Series("invoice"));
            ExpectOursOnly(number.status());
            if (number.ok()) {
              EXPECT_EQ(*number, ++drawn);
            }
          }
          return absl::OkStatus();
        });
        ExpectOursOnly(done);
        if (done.ok()) last = drawn;
      });
      ASSERT_EQ(RawValue(path(), "SELECT coalesce(sum(value), 0) FROM cordon_numbers"),
                std::to_string(last));
    }
  }
  EXPECT_GE(last, 6);
}

TEST_F(Memory, Opening) {
  Close();
  std::int64_t step = 1;
  bool ran_out = true;
  for (std::int64_t n = 0; ran_out; n += step) {
    ASSERT_LT(n, 100'000);
    SCOPED_TRACE("memory for " + std::to_string(n) + " requests");
    ran_out = Short(n, true, [&] { ExpectOursOnly(Platform::Open(Options()).status()); });
    if (n > 40) step = 23;
  }
  EXPECT_THAT(Platform::Open(Options()), IsOk());
}

TEST_F(Memory, TheDirectory) {
  std::size_t tenants = 3;
  bool ran_out = true;
  for (std::int64_t n = 0; ran_out; ++n) {
    ASSERT_LT(n, 5000);
    SCOPED_TRACE("memory for " + std::to_string(n) + " requests");
    ran_out = Short(n, true, [&] {
      const auto created = platform->tenants().Create("new");
      ExpectOursOnly(created.status());
      if (created.ok()) ++tenants;
      if (created.ok()) ExpectOursOnly(platform->tenants().AddMember(*created, User("anna")));
      ExpectOursOnly(platform->Enter(Verified("anna"), a->id, cordon::Purpose("test")).status());
      const auto stranger = platform->Enter(Verified("bob"), b->id, cordon::Purpose("test"));
      EXPECT_FALSE(stranger.ok());
    });
    ASSERT_EQ(Must(platform->tenants().List()).size(), tenants);
  }
}

}  // namespace
}  // namespace cordon_test

int main(int argc, char** argv) {
  cordon_test::Install();
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
