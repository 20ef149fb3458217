// SPDX-License-Identifier: Apache-2.0
// A disk that fails or is full, told to hooks: a transaction that did not commit was rolled back,
// and each ends once.
#include "cordon/data/hooks.h"

#include <gtest/gtest.h>

#include <string>

#include "support/fault_vfs.h"
#include "support/world.h"

namespace cordon_test {
namespace {

class Ends final : public cordon::Hook {
 public:
  void AfterCommit(const cordon::TransactionEvent& event) override {
    ++committed;
    EXPECT_TRUE(event.outcome.ok());
  }
  void AfterRollback(const cordon::TransactionEvent& event) override {
    ++undone;
    outcome = event.outcome;
  }
  int committed = 0;
  int undone = 0;
  absl::Status outcome;
};

class HooksOnABadDisk : public World {
 protected:
  void TearDown() override { FaultVfs::Disarm(); }
};

TEST_F(HooksOnABadDisk, HearWhatBecameOfEachTransaction) {
  auto hook = std::make_shared<Ends>();
  cordon::PlatformOptions options = Options();
  options.hooks = {hook};
  OpenTwins(std::move(options));
  int faults = 0;
  for (const int code : {SQLITE_FULL, SQLITE_IOERR}) {
    for (std::int64_t nth = 1; nth < 20; ++nth) {
      SCOPED_TRACE("fault at operation " + std::to_string(nth));
      *hook = Ends();
      FaultVfs::Arm(FaultVfs::Kind::kFail, nth, code);
      const absl::Status done = a->session.Transaction([&](auto& tx) -> absl::Status {
        if (absl::Status s = tx.Insert(Sample{.id = nth, .text = std::string(9000, 'x')});
            !s.ok()) {
          return s;
        }
        return tx.Execute("UPDATE counters SET n = n + 1 WHERE id = 1"_sql).status();
      });
      FaultVfs::Disarm();
      EXPECT_EQ(hook->committed, done.ok() ? 1 : 0);
      EXPECT_EQ(hook->undone, done.ok() ? 0 : 1);
      if (!done.ok()) {
        ++faults;
        EXPECT_EQ(hook->outcome, done);
      }
      Must(a->session.Execute("DELETE FROM samples"_sql));
    }
  }
  EXPECT_GT(faults, 5);
}

}  // namespace
}  // namespace cordon_test

int main(int argc, char** argv) {
  cordon_test::FaultVfs::Install();
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
