// SPDX-License-Identifier: Apache-2.0
//
// Of the declared exceptions to "nothing of the neighbours shows" (README.md): errors of what
// tenants share happen because of others, and do not say of whom.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "support/world.h"

namespace cordon_test {
namespace {

class SharedMachine : public World {
 protected:
  // What A is told while somebody else holds what there is one of.
  template <class Ask>
  std::string ToldWhile(const Session& holder, const Ask& ask) {
    std::atomic<bool> held = false;
    std::atomic<bool> asked = false;
    std::thread holding([&] {
      (void)holder.Transaction([&](auto& tx) -> absl::Status {
        (void)tx.Insert(Counter{5000, 1}).ok();
        held = true;
        while (!asked) std::this_thread::yield();
        return absl::CancelledError("enough");
      });
      held = true;
    });
    while (!held) std::this_thread::yield();
    const std::string told = ask();
    asked = true;
    holding.join();
    return told;
  }
};

// Who holds the turn to write, a neighbour or another request of our own, is not to be told apart.
TEST_F(SharedMachine, AConflictNamesNobody) {
  cordon::PlatformOptions options = Options();
  options.patience = std::chrono::milliseconds(50);
  OpenTwins(std::move(options));
  const auto ask = [&] { return Describe(a->session.Insert(Counter{5001, 1})); };
  const std::string beside_a_neighbour = ToldWhile(b->session, ask);
  EXPECT_EQ(beside_a_neighbour, ToldWhile(a->session, ask));
  EXPECT_THAT(beside_a_neighbour, testing::HasSubstr("code 70"));
}

TEST_F(SharedMachine, AnExhaustedPoolNamesNobody) {
  cordon::PlatformOptions options = Options();
  options.patience = std::chrono::milliseconds(50);
  options.readers = 1;
  OpenTwins(std::move(options));
  const auto ask_while_reading = [&](const Session& holder) {
    std::string told;
    std::thread other;
    EXPECT_THAT(holder.Read([&](auto& tx) -> absl::Status {
      (void)tx.All(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql).ok();
      other = std::thread([&] {
        told = Describe(a->session.All(as<Counter>, "SELECT * FROM counters"_sql).status());
      });
      other.join();
      return absl::OkStatus();
    }),
                IsOk());
    return told;
  };
  const std::string beside_a_neighbour = ask_while_reading(b->session);
  EXPECT_EQ(beside_a_neighbour, ask_while_reading(a->session));
  EXPECT_THAT(beside_a_neighbour, testing::HasSubstr("code 71"));
}

}  // namespace
}  // namespace cordon_test
