// SPDX-License-Identifier: Apache-2.0
// Gates that several threads compare with the directory while another process changes it.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/directories.h"
#include "tenant/gates.h"

namespace cordon_test {
namespace {

using cordon::internal::Gates;
using cordon::internal::Right;

class GatesThreads : public Directories {};

// Who has looked a moment later than another must not take what the other saw for a store that
// was put back.
TEST_F(GatesThreads, WhoLooksLateEndsNothing) {
  OpenTwins();
  Gates gates;
  const auto pair = gates.Make(a->id, Right::kMember, User("anna"), 1);
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        Must(house->store().Read(
            [&](OwnConnection& connection) { return gates.LookNow(connection, 0ns); }));
      }
    });
  }
  for (int round = 0; round < 300 && !pair.tenant->closed; ++round) {
    Must(tenants().Suspend(b->id));
    Must(tenants().Resume(b->id));
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(pair.tenant->closed);
  EXPECT_FALSE(pair.holder->closed);
}

}  // namespace
}  // namespace cordon_test
