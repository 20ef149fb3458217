// SPDX-License-Identifier: Apache-2.0
// A process that dies in the middle of its work: what it was told is committed is there, whole,
// and nothing else is there in part.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>

#include "support/child.h"
#include "support/fault_vfs.h"
#include "support/world.h"

namespace cordon_test {
namespace {

constexpr int kTransactions = 12;

// The child's work. Transaction i of a tenant touches three tables; "i" is said once it is durable.
int Work(const std::string& path, FaultVfs::Kind kind, std::int64_t nth) {
  FaultVfs::Install();
  auto platform = Must(Platform::Open({.path = path}));
  std::vector<cordon::TenantContext> contexts;
  for (const cordon::TenantInfo& info : Must(platform->tenants().List())) {
    contexts.push_back(Must(platform->Enter(Verified("anna"), info.id, cordon::Purpose("test"))));
  }
  FaultVfs::Arm(kind, nth);
  Say("ready");
  for (std::int64_t i = 1; i <= kTransactions; ++i) {
    for (std::size_t tenant = 0; tenant < contexts.size(); ++tenant) {
      const Session session = Must(platform->OpenSession(contexts[tenant]));
      Must(session.Transaction([&](auto& tx) -> absl::Status {
        Must(tx.Insert(Counter{i, i}));
        Must(tx.Execute("UPDATE counters SET n = ? WHERE id = 0"_sql, i));
        // Enough to spill and to reach checkpoints now and then.
        return tx.Insert(Sample{.id = i, .text = std::string(20'000, 'x')});
      }));
    }
    Say(std::to_string(i));
  }
  platform.reset();  // the last checkpoint is a place to die in, too
  Say("operations " + std::to_string(FaultVfs::Seen()));
  return 0;
}

class Crash : public World {
 protected:
  void SetUp() override {
    Open({.path = path()});
    for (const char* name : {"A", "B"}) {
      Twin twin = NewTenant(name);
      Must(twin.session.Insert(Counter{0, 0}));
    }
    Close();
    std::filesystem::copy_file(path(), scratch.File("fresh.db"));
  }
  // Every tenant is in the state after `acknowledged` transactions, or one further.
  void ExpectWhole(std::int64_t acknowledged, const std::string& how) {
    SCOPED_TRACE(how);
    auto opened = Platform::Open({.path = path()});
    ASSERT_THAT(opened, IsOk());
    platform = *std::move(opened);
    for (const cordon::TenantInfo& info : Must(platform->tenants().List())) {
      const auto context = Enter(info.id);
      const Session session = Must(platform->OpenSession(context));
      const auto last =
          Must(session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 0"_sql)).Plain();
      EXPECT_GE(last, acknowledged) << "a committed transaction was lost";
      EXPECT_LE(last, acknowledged + 1);
      EXPECT_EQ(
          Must(session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters WHERE id > 0"_sql))
              .Plain(),
          last)
          << "a transaction is there in part";
      EXPECT_EQ(Must(session.One(as<std::int64_t>, "SELECT COUNT(*) FROM samples"_sql)).Plain(),
                last)
          << "a transaction is there in part";
      EXPECT_THAT(session.Execute("UPDATE counters SET n = n WHERE id = 0"_sql), IsOk());
    }
    Close();
    EXPECT_EQ(RawValue(path(), "PRAGMA integrity_check"), "ok");
    EXPECT_EQ(RawValue(path(), "SELECT count(*) FROM pragma_foreign_key_check"), "0");
  }
  // Lets a child work until it dies (or is done); the number of the last transaction it was told
  // of.
  std::int64_t LetWork(FaultVfs::Kind kind, std::int64_t nth, std::int64_t* operations = nullptr,
                       std::int64_t kill_after = -1) {
    Child child({"--work", path(), std::to_string(static_cast<int>(kind)), std::to_string(nth)});
    std::int64_t acknowledged = 0;
    std::string line;
    while (child.Line(&line)) {
      if (line.starts_with("operations ")) {
        if (operations != nullptr) *operations = std::stoll(line.substr(11));
      } else if (line != "ready") {
        acknowledged = std::stoll(line);
        if (acknowledged == kill_after) child.Kill();
      }
    }
    const int state = child.Wait();
    EXPECT_TRUE((WIFEXITED(state) && WEXITSTATUS(state) == 0) ||
                (WIFSIGNALED(state) && WTERMSIG(state) == SIGKILL))
        << state;
    return acknowledged;
  }
  void StartAfresh() {
    Forget();
    std::filesystem::copy_file(scratch.File("fresh.db"), path());
  }
  void Forget() {
    for (const char* tail : {"", "-wal", "-shm", "-journal"})
      std::filesystem::remove(path() + tail);
  }
};

TEST_F(Crash, AtInjectedPoints) {
  std::int64_t operations = 0;
  // Armed at a point that is never reached: counts.
  ASSERT_EQ(LetWork(FaultVfs::Kind::kDieBefore, std::int64_t{1} << 40, &operations), kTransactions);
  ExpectWhole(kTransactions, "no crash");
  ASSERT_GT(operations, 100);
  constexpr std::int64_t kPoints = 30;
  for (std::int64_t point = 0; point < kPoints; ++point) {
    StartAfresh();
    const std::int64_t nth = 1 + point * operations / kPoints;
    const auto kind = point % 2 == 0 ? FaultVfs::Kind::kDieBefore : FaultVfs::Kind::kDieInTheMiddle;
    const std::int64_t acknowledged = LetWork(kind, nth);
    ExpectWhole(acknowledged, "died at operation " + std::to_string(nth) + " of " +
                                  std::to_string(operations) + ", after " +
                                  std::to_string(acknowledged));
  }
}

TEST_F(Crash, AtAnyMoment) {
  for (std::int64_t after = 1; after < kTransactions; after += 2) {
    const std::int64_t acknowledged = LetWork(FaultVfs::Kind::kNone, 0, nullptr, after);
    ExpectWhole(acknowledged, "killed from outside after " + std::to_string(after));
    StartAfresh();
  }
}

// Opening, migrating and creating the tables is work that can be cut short as well.
TEST_F(Crash, WhileAFileIsCreated) {
  std::int64_t operations = 0;
  for (std::int64_t nth = 1;; ++nth) {
    Forget();
    Child child({"--create", path(), std::to_string(nth)});
    std::string line;
    while (child.Line(&line)) operations = std::stoll(line);
    (void)child.Wait();
    {
      SCOPED_TRACE("died at operation " + std::to_string(nth));
      auto opened = Platform::Open({.path = path()});
      ASSERT_THAT(opened, IsOk());
      ASSERT_THAT((*opened)->tenants().Create("x"), IsOk());
    }
    ASSERT_EQ(RawValue(path(), "PRAGMA integrity_check"), "ok");
    if (operations > 0) break;  // it got to its end
    if (nth > 12) nth += 3;     // the first ones matter most: the file has no format yet
  }
}

int Create(const std::string& path, std::int64_t nth) {
  FaultVfs::Install();
  FaultVfs::Arm(FaultVfs::Kind::kDieInTheMiddle, nth);
  Must(Platform::Open({.path = path})).reset();
  Say(std::to_string(FaultVfs::Seen()));
  return 0;
}

}  // namespace

int CrashMain(int argc, char** argv) {
  const std::string job = argc > 1 ? argv[1] : "";
  if (job == "--work") {
    return Work(argv[2], static_cast<FaultVfs::Kind>(std::atoi(argv[3])), std::atoll(argv[4]));
  }
  if (job == "--create") return Create(argv[2], std::atoll(argv[3]));
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

}  // namespace cordon_test

int main(int argc, char** argv) { return cordon_test::CrashMain(argc, argv); }
