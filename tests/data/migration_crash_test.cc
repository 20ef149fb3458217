// SPDX-License-Identifier: Apache-2.0
// A migration under fire: processes die at each write, work together and work against each other,
// and the disk is full. Whatever happens, the file ends as if nothing had.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/migration_releases.h"
#include "support/child.h"
#include "support/fault_vfs.h"

namespace cordon_test {
namespace {

constexpr std::int64_t kRowsPerStep = 12;

int MigrateAndDie(const std::string& path, std::int64_t nth) {
  FaultVfs::Install();
  FaultVfs::Arm(FaultVfs::Kind::kDieInTheMiddle, nth);
  Must(TryMigrate<Release3>(path, {.rows_per_step = kRowsPerStep}));
  Say(std::to_string(FaultVfs::Seen()));
  return 0;
}
int MigrateAlong(const std::string& path) {
  const absl::Status done = TryMigrate<Release3>(path, {.rows_per_step = 3});
  if (!done.ok()) Say(Describe(done));
  return done.ok() ? 0 : 1;
}
// A process of the first release that sells until it is stopped from outside or the file has moved
// on; "ready", then how many sales were committed.
int Sell(const std::string& path) {
  auto platform = Must(cordon::Platform<Release1>::Open({.path = path, .patience = 10s}));
  const AtWork<Release1> at(*platform, Must(platform->tenants().List()).front().id);
  Say("ready");
  for (std::int64_t i = 1;; ++i) {
    const absl::Status sold = at.session.Insert(Sale1{i % 2 == 0 ? -1000 - i : 1000 + i, "a", i});
    if (CodeOf(sold) == ErrorCode::kNewerFile) return 0;
    if (!sold.ok()) {
      Say(Describe(sold));
      return 1;
    }
    Say(std::to_string(i));
  }
}

class MigrationUnderFire : public ::testing::Test {
 protected:
  void SetUp() override {
    MakeFirstRelease(path, 2, 10);
    std::filesystem::copy_file(path, scratch.File("first.db"));
    Must(TryMigrate<Release3>(path));
    whole_ = Content();
  }
  void StartAfresh() {
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
    std::filesystem::copy_file(scratch.File("first.db"), path);
  }
  std::string Value(const std::string& sql) { return RawValue(path, sql); }
  std::string Content() {
    std::string all;
    for (const char* sql :
         {"SELECT version || declaration FROM cordon_schema",
          "SELECT group_concat(hex(tenant_id) || id || number || client || net || gross) FROM "
          "sales",
          "SELECT group_concat(hex(tenant_id) || id || name || sales) FROM clients",
          "SELECT group_concat(hex(tenant_id) || code || number || hex(tail) || amount || twice) "
          "FROM positions",
          "SELECT count(*) FROM cordon_backfills", "PRAGMA integrity_check",
          "SELECT count(*) FROM pragma_foreign_key_check"}) {
      all += Value(sql) + "\n";
    }
    return all;
  }
  void ExpectWhole() {
    EXPECT_THAT(TryOpen<Release3>(path), IsOk());
    EXPECT_EQ(Content(), whole_);
  }

  ScratchDirectory scratch;
  const std::string path = scratch.File("erp.db");
  std::string whole_;
};

TEST_F(MigrationUnderFire, KilledAtEveryWrite) {
  int before = 0;
  int halfway = 0;
  int after = 0;
  for (std::int64_t nth = 1;; ++nth) {
    SCOPED_TRACE("died at operation " + std::to_string(nth));
    StartAfresh();
    std::int64_t operations = 0;
    Child child({"--die", path, std::to_string(nth)});
    std::string line;
    while (child.Line(&line)) operations = std::stoll(line);
    (void)child.Wait();
    const std::string version = Value("SELECT coalesce(max(version), 1) FROM cordon_schema");
    const bool on_its_way = Value("SELECT count(target) FROM cordon_schema") == "1";
    ASSERT_EQ(version, on_its_way || version == "1" ? "1" : "3");
    (on_its_way ? halfway : version == "1" ? before : after) += 1;
    if (on_its_way) {
      EXPECT_THAT(TryOpen<Release1>(path), HasCode(ErrorCode::kMigrationNeeded));
      EXPECT_THAT(TryOpen<Release3>(path), HasCode(ErrorCode::kMigrationNeeded));
    } else if (version == "1") {
      EXPECT_THAT(TryOpen<Release1>(path), IsOk());
    }
    ASSERT_THAT(TryMigrate<Release3>(path, {.rows_per_step = kRowsPerStep}), IsOk());
    ExpectWhole();
    if (HasFailure() || (operations > 0 && operations < nth)) break;  // it got to its end
  }
  EXPECT_GT(before, 2);
  EXPECT_GT(halfway, 20);
  EXPECT_GT(after, 2);
}

TEST_F(MigrationUnderFire, KilledAgainAndAgain) {
  StartAfresh();
  int deaths = 0;
  for (std::int64_t nth = 8; nth < 4000; nth += 5) {
    Child child({"--die", path, std::to_string(nth)});
    std::string line;
    const bool finished = child.Line(&line);
    (void)child.Wait();
    if (finished) break;
    ++deaths;
  }
  EXPECT_GT(deaths, 2);
  ExpectWhole();
}

TEST_F(MigrationUnderFire, ProcessesThatMigrateTogether) {
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    StartAfresh();
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < 3; ++i) {
      children.push_back(std::make_unique<Child>(std::vector<std::string>{"--along", path}));
    }
    for (const auto& child : children) {
      std::string line;
      while (child->Line(&line)) ADD_FAILURE() << line;
      EXPECT_EQ(child->Wait(), 0);
    }
    ExpectWhole();
  }
}

TEST_F(MigrationUnderFire, AnOlderReleaseSellsOn) {
  StartAfresh();
  Child seller({"--sell", path});
  std::string line;
  ASSERT_TRUE(seller.Line(&line));
  ASSERT_EQ(line, "ready");
  EXPECT_THAT(TryMigrate<Release2>(path, {.rows_per_step = 5}), IsOk());
  std::int64_t sold = 0;
  while (seller.Line(&line)) sold = std::atoll(line.c_str());
  EXPECT_EQ(seller.Wait(), 0) << line;
  EXPECT_GT(sold, 5);
  EXPECT_EQ(Value("SELECT count(*) FROM sales WHERE abs(id) > 1000"), std::to_string(sold));
  EXPECT_EQ(Value("SELECT count(*) FROM sales WHERE gross IS NOT net * 119"), "0");
}

TEST_F(MigrationUnderFire, AFullDiskStopsItAndNoMore) {
  int faults = 0;
  for (std::int64_t nth = 1; nth < 4000; nth += 7) {
    SCOPED_TRACE("full at operation " + std::to_string(nth));
    StartAfresh();
    FaultVfs::Arm(FaultVfs::Kind::kFailForGood, nth, SQLITE_FULL);
    const absl::Status migrated = TryMigrate<Release3>(path, {.rows_per_step = kRowsPerStep});
    const bool fired = FaultVfs::Fired();
    FaultVfs::Disarm();
    if (!migrated.ok()) {
      EXPECT_THAT(migrated, HasCode(ErrorCode::kDiskFull));
      ++faults;
    }
    ASSERT_THAT(TryMigrate<Release3>(path, {.rows_per_step = kRowsPerStep}), IsOk());
    ExpectWhole();
    if (!fired) break;
  }
  EXPECT_GT(faults, 5);
}

}  // namespace

int MigrationMain(int argc, char** argv) {
  const std::string job = argc > 1 ? argv[1] : "";
  if (job == "--die") return MigrateAndDie(argv[2], std::atoll(argv[3]));
  if (job == "--along") return MigrateAlong(argv[2]);
  if (job == "--sell") return Sell(argv[2]);
  FaultVfs::Install();
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

}  // namespace cordon_test

int main(int argc, char** argv) { return cordon_test::MigrationMain(argc, argv); }
