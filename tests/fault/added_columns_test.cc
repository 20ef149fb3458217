// SPDX-License-Identifier: Apache-2.0
// Columns are added while processes die and open the file together: all of them or none, never a
// file that a later open refuses.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/child.h"
#include "support/fault_vfs.h"
#include "support/fleet.h"

namespace cordon_test {
namespace {

constexpr int kParts = 300;

template <class Release>
int OpenAndDie(const std::string& path, std::int64_t nth) {
  FaultVfs::Install();
  FaultVfs::Arm(FaultVfs::Kind::kDieInTheMiddle, nth);
  Must(cordon::Platform<Release>::Open({.path = path})).reset();
  Say(std::to_string(FaultVfs::Seen()));
  return 0;
}
int Open(const std::string& release, const std::string& path) {
  const absl::Status opened =
      release == "2" ? cordon::Platform<Fleet2>::Open({.path = path, .patience = 30s}).status()
                     : cordon::Platform<Fleet3>::Open({.path = path, .patience = 30s}).status();
  if (!opened.ok()) Say(Describe(opened));
  return opened.ok() ? 0 : 1;
}

class AddedColumnsUnderFire : public ::testing::Test {
 protected:
  void SetUp() override {
    {
      const Opened<Fleet1> first(path);
      Must(first.session->Transaction([](auto& tx) -> absl::Status {
        for (int i = 0; i < kParts; ++i) {
          Must(tx.Insert(Part1{"K" + std::to_string(i), "name " + std::to_string(i)}));
        }
        return absl::OkStatus();
      }));
    }
    std::filesystem::copy_file(path, scratch.File("first.db"));
  }
  void StartAfresh() {
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
    std::filesystem::copy_file(scratch.File("first.db"), path);
  }
  std::string Columns() {
    return RawValue(path, "SELECT count(*) FROM pragma_table_xinfo('parts')");
  }
  void ExpectWhole() {
    const Opened<Fleet3> third(path);
    EXPECT_EQ(Must(third.session->One(as<std::int64_t>,
                                      "SELECT COUNT(*) FROM parts WHERE stock = 7 AND active AND "
                                      "txt = ? AND maybe_scan IS NULL"_sql,
                                      kOddText))
                  .Plain(),
              kParts);
    EXPECT_THAT(third.session->Execute("UPDATE parts SET stock = stock"_sql), IsOk());
    EXPECT_EQ(RawValue(path, "PRAGMA integrity_check"), "ok");
  }

  ScratchDirectory scratch;
  const std::string path = scratch.File("fleet.db");
};

TEST_F(AddedColumnsUnderFire, KilledAtEveryWrite) {
  int before = 0;
  int after = 0;
  for (std::int64_t nth = 1;; ++nth) {
    SCOPED_TRACE("died at operation " + std::to_string(nth));
    StartAfresh();
    // Killed on the way to the second release and then on the way to the third.
    std::int64_t operations = 0;
    for (const char* release : {"--die2", "--die3"}) {
      Child child({release, path, std::to_string(nth)});
      std::string line;
      while (child.Line(&line)) operations = std::stoll(line);
      (void)child.Wait();
      const std::string columns = Columns();
      EXPECT_TRUE(columns == "3" || columns == "5" || columns == "16") << columns;
      (columns == "3" ? before : after) += 1;
    }
    ExpectWhole();
    if (operations > 0 && operations < nth) break;  // it got to its end
  }
  EXPECT_GT(before, 2);
  EXPECT_GT(after, 2);
}

TEST_F(AddedColumnsUnderFire, ProcessesThatOpenTogether) {
  for (int round = 0; round < 6; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    StartAfresh();
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < 4; ++i) {
      children.push_back(std::make_unique<Child>(std::vector<std::string>{"--open", "3", path}));
    }
    for (const auto& child : children) {
      std::string line;
      while (child->Line(&line)) ADD_FAILURE() << line;
      EXPECT_EQ(child->Wait(), 0);
    }
    ExpectWhole();
  }
}

// The third release wins; the second, if it comes too late, is told that the file is ahead of it.
TEST_F(AddedColumnsUnderFire, TwoReleasesThatOpenTogether) {
  for (int round = 0; round < 6; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    StartAfresh();
    Child second({"--open", "2", path});
    Child third({"--open", "3", path});
    std::string line;
    while (third.Line(&line)) ADD_FAILURE() << line;
    EXPECT_EQ(third.Wait(), 0);
    while (second.Line(&line)) {
      EXPECT_THAT(line, ::testing::HasSubstr("is not in the declaration"));
    }
    (void)second.Wait();
    ExpectWhole();
  }
}

TEST_F(AddedColumnsUnderFire, AFullDiskLeavesTheFileAsItWas) {
  int faults = 0;
  for (std::int64_t nth = 1; nth < 40; ++nth) {
    SCOPED_TRACE("full at operation " + std::to_string(nth));
    StartAfresh();
    FaultVfs::Arm(FaultVfs::Kind::kFailForGood, nth, SQLITE_FULL);
    const absl::Status opened = cordon::Platform<Fleet3>::Open({.path = path}).status();
    const bool fired = FaultVfs::Fired();
    FaultVfs::Disarm();
    if (!opened.ok()) {
      EXPECT_THAT(opened, HasCode(ErrorCode::kDiskFull));
      EXPECT_EQ(Columns(), "3");
      ++faults;
    } else {
      EXPECT_EQ(Columns(), "16");
    }
    ExpectWhole();
    if (!fired) break;
  }
  EXPECT_GT(faults, 2);
}

}  // namespace

int AddedColumnsMain(int argc, char** argv) {
  const std::string job = argc > 1 ? argv[1] : "";
  if (job == "--die2") return OpenAndDie<Fleet2>(argv[2], std::atoll(argv[3]));
  if (job == "--die3") return OpenAndDie<Fleet3>(argv[2], std::atoll(argv[3]));
  if (job == "--open") return Open(argv[2], argv[3]);
  FaultVfs::Install();
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

}  // namespace cordon_test

int main(int argc, char** argv) { return cordon_test::AddedColumnsMain(argc, argv); }
