// SPDX-License-Identifier: Apache-2.0
// Tasks in an order that a seed decides: one at a time, the same order each time, each to its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "cordon/testing/interleave.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::testing::Interleave;
using cordon::testing::Task;
using cordon::testing::Turn;

// Two tasks of two steps each, as they came.
std::string Order(std::uint64_t seed) {
  std::string order;  // no lock: one task runs at a time
  const auto steps = [&](const char* name) {
    return [&order, name](Turn& turn) {
      order += name;
      turn.Pass();
      order += name;
    };
  };
  Interleave(seed, {steps("a"), steps("b")});
  return order;
}

TEST(Interleave, TheSeedDecidesTheOrder) {
  std::set<std::string> orders;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const std::string order = Order(seed);
    EXPECT_EQ(Order(seed), order) << seed;
    orders.insert(order);
  }
  EXPECT_THAT(orders,
              ::testing::UnorderedElementsAre("aabb", "abab", "abba", "baab", "baba", "bbaa"));
}

TEST(Interleave, TheOrderOfASeedIsTheSameOnEveryMachine) {
  // Written down once: a host that kept a seed means this order.
  EXPECT_EQ(Order(1) + Order(2) + Order(3) + Order(4), "aabbabbabbaabaab");
}

TEST(Interleave, OneRunsAtATimeAndEachToItsEnd) {
  int running = 0;
  int ended = 0;
  std::vector<Task> tasks;
  for (int i = 0; i < 8; ++i) {
    tasks.emplace_back([&, i](Turn& turn) {
      for (int step = 0; step < i * 3; ++step) {  // the first ends without ever passing
        EXPECT_EQ(++running, 1);
        EXPECT_EQ(--running, 0);
        turn.Pass();
      }
      ++ended;
    });
  }
  Interleave(7, tasks);
  EXPECT_EQ(ended, 8);
  Interleave(7, {});
}

TEST(Interleave, AnExceptionIsThrownAgainWhenAllHaveEnded) {
  bool other_ended = false;
  const auto run = [&] {
    Interleave(3, {[](Turn& turn) {
                     turn.Pass();
                     throw std::runtime_error("the first");
                   },
                   [&](Turn& turn) {
                     for (int i = 0; i < 20; ++i) turn.Pass();
                     other_ended = true;
                   }});
  };
  EXPECT_THROW(run(), std::runtime_error);
  EXPECT_TRUE(other_ended);
}

// The mistake that it is for: what is read before a turn is written after it.
TEST(Interleave, ALostUpdateIsFoundAndHappensAgain) {
  const auto stock_after = [](std::uint64_t seed) {
    int stock = 10;
    const auto take = [&](Turn& turn) {
      const int seen = stock;
      turn.Pass();
      stock = seen - 1;
    };
    Interleave(seed, {take, take});
    return stock;
  };
  std::set<int> outcomes;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    outcomes.insert(stock_after(seed));
    EXPECT_EQ(stock_after(seed), stock_after(seed));
  }
  EXPECT_THAT(outcomes, ::testing::ElementsAre(8, 9));
}

class InterleaveTenants : public World {};

TEST_F(InterleaveTenants, ASnapshotIsNotMovedByAnotherTask) {
  OpenTwins();
  const auto sum = [](auto& scope) {
    return Must(scope.One(as<std::int64_t>, "SELECT COALESCE(SUM(n), 0) FROM counters"_sql))
        .Plain();
  };
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const std::int64_t expected = sum(a->session);
    Interleave(seed, {[&](Turn& turn) {
                        Must(a->session.Read([&](auto& tx) -> absl::Status {
                          const std::int64_t first = sum(tx);
                          turn.Pass();
                          EXPECT_EQ(sum(tx), first);
                          return absl::OkStatus();
                        }));
                      },
                      [&](Turn& turn) {
                        Must(a->session.Execute("UPDATE counters SET n = n + 1"_sql));
                        turn.Pass();
                        Must(b->session.Execute("UPDATE counters SET n = n + 1"_sql));
                      }});
    EXPECT_EQ(sum(a->session), expected + 3);
  }
}

TEST_F(InterleaveTenants, AWriteBesideAnOpenOneIsBusyAfterItsPatience) {
  cordon::PlatformOptions options = Options();
  options.patience = 20ms;
  OpenTwins(std::move(options));
  int busy = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Interleave(seed, {[&](Turn& turn) {
                        EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
                          Must(tx.Execute("UPDATE counters SET n = n + 1"_sql));
                          turn.Pass();
                          return absl::OkStatus();
                        }),
                                    IsOk());
                      },
                      [&](Turn&) {
                        const auto done = b->session.Execute("UPDATE counters SET n = 0"_sql);
                        if (done.ok()) return;
                        EXPECT_THAT(done, HasCode(ErrorCode::kBusy));
                        ++busy;
                      }});
  }
  EXPECT_GT(busy, 0);
  EXPECT_LT(busy, 10);
}

}  // namespace
}  // namespace cordon_test
