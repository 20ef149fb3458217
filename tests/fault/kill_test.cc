// SPDX-License-Identifier: Apache-2.0
//
// What survives when the process dies between any two writes, the disk fills, reads and writes
// fail, memory runs out, and several processes write at once. Faults are injected below SQLite, in
// a child process: a VFS that counts writes and syncs, and an allocator that counts blocks.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cordon/cordon.h"

namespace cordon {
namespace {

using namespace literals;

struct Counter {
  std::int64_t id = 0;
  std::int64_t n = 0;
};
struct Line {
  std::int64_t turn = 0;
  std::int64_t place = 0;
  std::string text;
};
struct Shop {
  static constexpr auto kSchema =
      Schema{TenantTable<Counter>("counters").Key<&Counter::id>("id").Column<&Counter::n>("n"),
             TenantTable<Line>("lines")
                 .Key<&Line::turn>("turn")
                 .Key<&Line::place>("place")
                 .Column<&Line::text>("txt")};
};

// ---- faults below SQLite
// ---------------------------------------------------------------------------

enum class Fault { kNone, kKill, kFull, kIo };
struct Plan {
  Fault fault = Fault::kNone;
  std::atomic<std::int64_t> countdown = -1;  // writes and syncs until it strikes; -1: never
  bool lasting = false;                      // strikes on and on
} plan;

const sqlite3_io_methods* real_methods = nullptr;
sqlite3_io_methods faulty_methods;
sqlite3_vfs faulty_vfs;
sqlite3_vfs* real_vfs = nullptr;

int Strike(const std::function<int()>& real) {
  if (plan.countdown.load() >= 0 && plan.countdown.fetch_sub(1) <= 0) {
    if (plan.lasting) plan.countdown = 0;
    switch (plan.fault) {
      case Fault::kKill:
        kill(getpid(), SIGKILL);
        break;
      case Fault::kFull:
        return SQLITE_FULL;
      case Fault::kIo:
        return SQLITE_IOERR_WRITE;
      case Fault::kNone:
        break;
    }
  }
  return real();
}

void InstallFaultyVfs() {
  real_vfs = sqlite3_vfs_find(nullptr);
  faulty_vfs = *real_vfs;
  faulty_vfs.zName = "faulty";
  faulty_vfs.pNext = nullptr;
  faulty_vfs.xOpen = [](sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags,
                        int* out) {
    const int code = real_vfs->xOpen(real_vfs, name, file, flags, out);
    if (code != SQLITE_OK || file->pMethods == nullptr) return code;
    if (real_methods == nullptr) {
      real_methods = file->pMethods;
      faulty_methods = *real_methods;
      faulty_methods.xWrite = [](sqlite3_file* f, const void* data, int size, sqlite3_int64 at) {
        return Strike([&] { return real_methods->xWrite(f, data, size, at); });
      };
      faulty_methods.xSync = [](sqlite3_file* f, int how) {
        return Strike([&] { return real_methods->xSync(f, how); });
      };
      faulty_methods.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
        return Strike([&] { return real_methods->xTruncate(f, size); });
      };
    }
    if (file->pMethods == real_methods) file->pMethods = &faulty_methods;
    return code;
  };
  sqlite3_vfs_register(&faulty_vfs, 1);
}

std::atomic<std::int64_t> allocations_left = -1;
sqlite3_mem_methods real_memory;

void InstallFaultyMemory() {
  sqlite3_shutdown();
  sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
  sqlite3_mem_methods faulty = real_memory;
  faulty.xMalloc = [](int size) -> void* {
    if (allocations_left.load() >= 0 && allocations_left.fetch_sub(1) <= 0) return nullptr;
    return real_memory.xMalloc(size);
  };
  faulty.xRealloc = [](void* block, int size) -> void* {
    if (allocations_left.load() >= 0 && allocations_left.fetch_sub(1) <= 0) return nullptr;
    return real_memory.xRealloc(block, size);
  };
  sqlite3_config(SQLITE_CONFIG_MALLOC, &faulty);
  sqlite3_initialize();
}

// ---- the world
// -------------------------------------------------------------------------------------

struct Opened {
  std::unique_ptr<Platform<Shop>> platform;
  std::optional<Session<Shop>> session;
  absl::Status status;
};

// Enters the file's first tenant.
Opened Open(const std::string& path) {
  Opened opened;
  auto platform = Platform<Shop>::Open({.path = path, .patience = std::chrono::seconds(20)});
  opened.status = platform.status();
  if (!platform.ok()) return opened;
  opened.platform = *std::move(platform);
  auto tenants = opened.platform->tenants().List();
  opened.status = tenants.status();
  if (!tenants.ok()) return opened;
  auto user = Principal::User("anna");
  auto context =
      opened.platform->Enter(AssertVerified(*user), tenants->front().id, Purpose("test"));
  opened.status = context.status();
  if (!context.ok()) return opened;
  auto session = opened.platform->OpenSession(*context);
  opened.status = session.status();
  if (session.ok()) opened.session.emplace(*std::move(session));
  return opened;
}

// One turn: a counter and three lines, all or nothing.
absl::Status Turn(const Session<Shop>& session, std::int64_t turn) {
  return session.Transaction([&](auto& tx) -> absl::Status {
    auto counted = tx.Execute("UPDATE counters SET n = n + 1 WHERE id = 1"_sql);
    if (!counted.ok()) return counted.status();
    for (std::int64_t place = 0; place < 3; ++place) {
      absl::Status inserted = tx.Insert(Line{turn, place, std::string(1500, 'x')});
      if (!inserted.ok()) return inserted;
    }
    return absl::OkStatus();
  });
}

class FaultTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "/fault_" +
                 testing::UnitTest::GetInstance()->current_test_info()->name();
    Fresh();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void Fresh() {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    path_ = directory_ + "/shop.db";
    auto platform = Platform<Shop>::Open({.path = path_});
    ASSERT_TRUE(platform.ok()) << platform.status();
    auto user = Principal::User("anna");
    for (const char* name : {"A", "B"}) {
      auto id = (*platform)->tenants().Create(name);
      ASSERT_TRUE(id.ok());
      ASSERT_TRUE((*platform)->tenants().AddMember(*id, *user).ok());
      auto context = (*platform)->Enter(AssertVerified(*user), *id, Purpose("test"));
      auto session = (*platform)->OpenSession(*context);
      ASSERT_TRUE(session->Insert(Counter{1, 0}).ok());
      ASSERT_TRUE(session->Insert(Line{-1, 0, "there from the start"}).ok());
    }
  }

  // Runs `body` in a child; its bytes written to `out` are acknowledgements. Returns their number
  // and how the child ended.
  static std::pair<std::int64_t, int> InChild(const std::function<int(int out)>& body,
                                              const std::function<void(pid_t)>& meanwhile = {}) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      _exit(body(ends[1]));
    }
    close(ends[1]);
    if (meanwhile) meanwhile(child);
    std::int64_t acknowledged = 0;
    char byte = 0;
    while (read(ends[0], &byte, 1) == 1) ++acknowledged;
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    return {acknowledged, status};
  }

  // Every acknowledged turn is there, whole; at most one more; nothing is damaged.
  void CheckTurns(std::int64_t acknowledged) {
    Opened opened = Open(path_);
    ASSERT_TRUE(opened.status.ok()) << opened.status;
    auto n = opened.session->One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql);
    ASSERT_TRUE(n.ok()) << n.status();
    EXPECT_GE(n->Plain(), acknowledged);
    EXPECT_LE(n->Plain(), acknowledged + 1);
    auto lines =
        opened.session->One(as<std::int64_t>, "SELECT COUNT(*) FROM lines WHERE turn >= 0"_sql);
    ASSERT_TRUE(lines.ok());
    EXPECT_EQ(lines->Plain(), 3 * n->Plain());
    auto halves = opened.session->All(as<std::int64_t>,
                                      "SELECT turn FROM lines WHERE turn >= 0 GROUP BY turn "
                                      "HAVING COUNT(*) <> 3"_sql);
    ASSERT_TRUE(halves.ok());
    EXPECT_TRUE(halves->empty());
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &db), SQLITE_OK);
    std::string verdict;
    sqlite3_exec(
        db, "PRAGMA integrity_check",
        [](void* out, int, char** values, char**) {
          *static_cast<std::string*>(out) += values[0];
          return 0;
        },
        &verdict, nullptr);
    sqlite3_close(db);
    EXPECT_EQ(verdict, "ok");
  }

  std::string directory_;
  std::string path_;
};

TEST_F(FaultTest, KilledAtAnyWriteLosesNothingAcknowledged) {
  int died = 0;
  for (std::int64_t point = 0; point < 90; point += 1 + point / 20) {
    Fresh();
    const auto [acknowledged, status] = InChild([&](int out) {
      InstallFaultyVfs();
      plan.fault = Fault::kKill;
      plan.countdown = point;
      const Opened opened = Open(path_);
      if (!opened.status.ok()) return 2;
      for (std::int64_t turn = 0; turn < 12; ++turn) {
        if (!Turn(*opened.session, turn).ok()) return 3;
        if (write(out, ".", 1) != 1) return 4;
      }
      return 0;
    });
    died += WIFSIGNALED(status) ? 1 : 0;
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << point;
    CheckTurns(acknowledged);
  }
  EXPECT_GT(died, 30);
}

TEST_F(FaultTest, KilledAtAnyMomentLosesNothingAcknowledged) {
  for (int round = 0; round < 12; ++round) {
    Fresh();
    const auto [acknowledged, status] = InChild(
        [&](int out) {
          const Opened opened = Open(path_);
          if (!opened.status.ok()) return 2;
          for (std::int64_t turn = 0; turn < 100000; ++turn) {
            if (!Turn(*opened.session, turn).ok()) return 3;
            if (write(out, ".", 1) != 1) return 4;
          }
          return 0;
        },
        [&](pid_t child) {
          usleep(static_cast<useconds_t>(8000 + 3701 * round));
          kill(child, SIGKILL);
        });
    EXPECT_TRUE(WIFSIGNALED(status));
    CheckTurns(acknowledged);
  }
}

// A full disk and a failing one are told apart, undo the transaction, and pass.
TEST_F(FaultTest, AFullOrFailingDiskIsSaidAndNothingIsLost) {
  for (const auto& [fault, code] :
       {std::pair(Fault::kFull, ErrorCode::kDiskFull), std::pair(Fault::kIo, ErrorCode::kIo)}) {
    Fresh();
    const auto [acknowledged, status] = InChild([&, f = fault, c = code](int out) {
      InstallFaultyVfs();
      const Opened opened = Open(path_);
      if (!opened.status.ok()) return 2;
      plan.fault = f;
      for (std::int64_t turn = 0; turn < 20; ++turn) {
        plan.lasting = true;
        plan.countdown = turn % 5;
        const absl::Status failed = Turn(*opened.session, turn);
        plan.countdown = -1;
        plan.lasting = false;
        if (failed.ok()) {
          if (write(out, ".", 1) != 1) return 4;
          continue;
        }
        if (CodeOf(failed) != c) return 10 + static_cast<int>(CodeOf(failed));
        if (!Turn(*opened.session, turn).ok()) return 5;  // there is room again
        if (write(out, ".", 1) != 1) return 4;
      }
      return 0;
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_EQ(acknowledged, 20);
    CheckTurns(acknowledged);
  }
}

// Out of memory at the Nth block inside SQLite: a status, nothing of B's, and life goes on.
TEST_F(FaultTest, OutOfMemoryIsAStatus) {
  const auto [acknowledged, status] = InChild([&](int out) {
    InstallFaultyMemory();
    std::int64_t turn = 0;
    for (std::int64_t point = 0; point < 400; point += 7) {
      Opened opened = Open(path_);
      if (!opened.status.ok()) return 2;
      allocations_left = point;
      const absl::Status failed = Turn(*opened.session, turn);
      auto seen = opened.session->All(as<Line>, "SELECT * FROM lines ORDER BY turn, place"_sql);
      auto again = Open(path_);
      allocations_left = -1;
      if (failed.ok()) {
        ++turn;
        if (write(out, ".", 1) != 1) return 4;
      } else if (CodeOf(failed) == ErrorCode::kEngineLock) {
        return 6;
      }
      if (seen.ok() && seen->size() != static_cast<std::size_t>(1 + 3 * turn)) return 7;
      auto now = opened.session->One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql);
      if (!now.ok()) return 8;
      if (now->Plain() != turn) return 9;
    }
    return 0;
  });
  ASSERT_TRUE(WIFEXITED(status)) << "died of signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  CheckTurns(acknowledged);
}

TEST_F(FaultTest, FourProcessesLoseNoUpdate) {
  constexpr int kProcesses = 4;
  constexpr int kTurns = 25;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = fork();
    if (child == 0) {
      const Opened opened = Open(path_);
      if (!opened.status.ok()) _exit(2);
      for (std::int64_t turn = 0; turn < kTurns; ++turn) {
        if (!Turn(*opened.session, p * 1000 + turn).ok()) _exit(3);
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
  CheckTurns(kProcesses * kTurns);
}

}  // namespace
}  // namespace cordon
