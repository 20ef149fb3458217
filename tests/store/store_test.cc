// SPDX-License-Identifier: Apache-2.0
// The shared machine: what the engine's errors become, other processes, a full disk.
#include "store/store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

#include "cordon/store/secret.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using ::testing::HasSubstr;

// ---- errors --------------------------------------------------------------------------------

TEST(Errors, EachCauseHasItsCode) {
  const std::pair<int, ErrorCode> causes[] = {
      {SQLITE_CONSTRAINT_UNIQUE, ErrorCode::kUniqueViolation},
      {SQLITE_CONSTRAINT_PRIMARYKEY, ErrorCode::kUniqueViolation},
      {SQLITE_CONSTRAINT_FOREIGNKEY, ErrorCode::kForeignKeyViolation},
      {SQLITE_CONSTRAINT_NOTNULL, ErrorCode::kNotNullViolation},
      {SQLITE_CONSTRAINT_CHECK, ErrorCode::kCheckViolation},
      {SQLITE_CONSTRAINT_DATATYPE, ErrorCode::kCheckViolation},
      {SQLITE_CONSTRAINT_COMMITHOOK, ErrorCode::kEngineLock},
      {SQLITE_BUSY, ErrorCode::kBusy},
      {SQLITE_BUSY_SNAPSHOT, ErrorCode::kBusy},
      {SQLITE_BUSY_RECOVERY, ErrorCode::kBusy},
      {SQLITE_LOCKED, ErrorCode::kBusy},
      {SQLITE_FULL, ErrorCode::kDiskFull},
      {SQLITE_READONLY, ErrorCode::kReadOnly},
      {SQLITE_READONLY_DIRECTORY, ErrorCode::kReadOnly},
      {SQLITE_READONLY_DBMOVED, ErrorCode::kReadOnly},
      {SQLITE_CORRUPT, ErrorCode::kCorrupt},
      {SQLITE_CORRUPT_INDEX, ErrorCode::kCorrupt},
      {SQLITE_NOTADB, ErrorCode::kNotADatabase},
      {SQLITE_CANTOPEN, ErrorCode::kCannotOpen},
      {SQLITE_CANTOPEN_ISDIR, ErrorCode::kCannotOpen},
      {SQLITE_IOERR, ErrorCode::kIo},
      {SQLITE_IOERR_FSYNC, ErrorCode::kIo},
      {SQLITE_IOERR_WRITE, ErrorCode::kIo},
      {SQLITE_NOMEM, ErrorCode::kOutOfMemory},
      {SQLITE_IOERR_NOMEM, ErrorCode::kOutOfMemory},
      {SQLITE_INTERRUPT, ErrorCode::kInterrupted},
      {SQLITE_AUTH, ErrorCode::kEngineLock},
      {SQLITE_TOOBIG, ErrorCode::kInvalidArgument},
      {SQLITE_ERROR, ErrorCode::kInternal},
      {SQLITE_MISUSE, ErrorCode::kInternal}};
  for (const auto& [code, expected] : causes) {
    const absl::Status status = cordon::internal::SqliteError(code, "testing");
    EXPECT_THAT(status, HasCode(expected)) << sqlite3_errstr(code) << ' ' << code;
    EXPECT_THAT(Text(status), HasSubstr("testing"));
  }
}

TEST(Errors, CodesAreReadBack) {
  EXPECT_EQ(CodeOf(absl::OkStatus()), ErrorCode::kNone);
  EXPECT_EQ(CodeOf(absl::InternalError("not ours")), ErrorCode::kUnknown);
  EXPECT_EQ(CodeOf(cordon::internal::Error(ErrorCode::kDiskFull, "x")), ErrorCode::kDiskFull);
}

// ---- secrets -------------------------------------------------------------------------------

TEST(Secrets, AreComparedAndEmptiedByMoves) {
  const std::string text = "sixteen bytes ok";
  const auto bytes = std::as_bytes(std::span(text));
  cordon::Secret one = Must(cordon::Secret::CopyFrom(bytes));
  const cordon::Secret two = Must(cordon::Secret::CopyFrom(bytes));
  EXPECT_TRUE(one.Equals(two));
  EXPECT_FALSE(one.Equals(Must(cordon::Secret::CopyFrom(bytes.first(15)))));
  const cordon::Secret moved = std::move(one);
  EXPECT_TRUE(moved.Equals(two));
  EXPECT_TRUE(one.Reveal().empty());  // NOLINT(bugprone-use-after-move): it is what is tested
  EXPECT_FALSE(one.Equals(two));
  const cordon::Secret none = Must(cordon::Secret::CopyFrom({}));
  EXPECT_TRUE(none.Reveal().empty());
  TestEntropy entropy;
  EXPECT_EQ(Must(cordon::Secret::Draw(entropy, 32)).Reveal().size(), 32U);
  entropy.failing = true;
  EXPECT_THAT(cordon::Secret::Draw(entropy, 32), HasCode(ErrorCode::kInternal));
}

// ---- other connections ---------------------------------------------------------------------

class Neighbour : public World {
 protected:
  void SetUp() override {
    cordon::PlatformOptions options = Options();
    options.patience = 50ms;
    OpenTwins(options);
    ASSERT_EQ(sqlite3_open(path().c_str(), &raw_), SQLITE_OK);
    Raw("PRAGMA busy_timeout = 5000");
  }
  void TearDown() override { sqlite3_close(raw_); }
  void Raw(const char* sql) {
    ASSERT_EQ(sqlite3_exec(raw_, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(raw_);
  }
  sqlite3* raw_ = nullptr;
};

TEST_F(Neighbour, ABusyFileIsSaidAfterPatienceAndPasses) {
  Raw("BEGIN IMMEDIATE");
  bool ran = false;
  EXPECT_THAT(a->session.Transaction([&](auto&) -> absl::Status {
    ran = true;
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kBusy));
  EXPECT_FALSE(ran);
  EXPECT_THAT(platform->tenants().Create("x"), HasCode(ErrorCode::kBusy));
  EXPECT_THAT(a->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql), IsOk())
      << "readers do not wait for writers";
  Raw("ROLLBACK");
  EXPECT_THAT(a->session.Insert(Counter{10, 1}), IsOk());
}

TEST_F(Neighbour, ABusyFileIsWaitedFor) {
  cordon::PlatformOptions options = Options();
  options.patience = 10s;
  const auto patient = Must(Platform::Open(options));
  const auto context = Must(patient->Enter(Verified("anna"), a->id, cordon::Purpose("test")));
  const Session session = Must(patient->OpenSession(context));
  Raw("BEGIN IMMEDIATE");
  Signal trying;
  std::thread writer([&] {
    trying.Give();
    EXPECT_THAT(session.Insert(Counter{10, 1}), IsOk());
  });
  EXPECT_TRUE(trying.Await());
  Raw("COMMIT");
  writer.join();
}

TEST_F(Neighbour, RevocationEndsTheWaitForAnotherProcess) {
  cordon::PlatformOptions options = Options();
  options.patience = 10s;
  const auto patient = Must(Platform::Open(options));
  const auto context = Must(patient->Enter(Verified("anna"), a->id, cordon::Purpose("test")));
  const Session session = Must(patient->OpenSession(context));
  Raw("BEGIN IMMEDIATE");
  Signal trying;
  absl::Status ended;
  std::thread writer([&] {
    trying.Give();
    ended = session.Insert(Counter{10, 1});
  });
  EXPECT_TRUE(trying.Await());
  context.Revoke();
  writer.join();  // the file is still held
  EXPECT_THAT(ended, HasCode(ErrorCode::kContextRevoked));
  Raw("ROLLBACK");
}

TEST_F(Neighbour, ALongReaderElsewhereHindersNobody) {
  Raw("BEGIN; SELECT count(*) FROM counters");
  for (std::int64_t i = 0; i < 50; ++i) EXPECT_THAT(a->session.Insert(Counter{10 + i, 1}), IsOk());
  Raw("COMMIT");
}

// ---- a full disk ---------------------------------------------------------------------------

class FullDisk : public World {
 protected:
  void SetUp() override {
    if (mount("tmpfs", scratch.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
      GTEST_SKIP() << "NOT TESTED: a disk can only be filled up where a small one can be mounted ("
                   << std::strerror(errno) << "); run as root";
    }
    mounted_ = true;
    std::ofstream(Ballast()) << std::string(128 << 10, 'x');
    OpenTwins();
  }
  void TearDown() override {
    Close();
    if (mounted_) umount2(scratch.path().c_str(), MNT_DETACH);
  }
  [[nodiscard]] std::string Ballast() const { return scratch.File("ballast"); }
  bool mounted_ = false;
};

TEST_F(FullDisk, IsSaidLosesNothingAndPasses) {
  const std::string text(4000, 't');
  std::int64_t stored = 0;
  absl::Status refused;
  while (refused.ok() && stored < 1000) {
    refused = a->session.Transaction([&](auto& tx) -> absl::Status {
      Must(tx.Execute("UPDATE counters SET n = n + 1 WHERE id = 1"_sql));
      return tx.Insert(Sample{.id = stored, .text = text});
    });
    if (refused.ok()) ++stored;
  }
  ASSERT_THAT(refused, HasCode(ErrorCode::kDiskFull)) << "after " << stored;
  EXPECT_GT(stored, 10);
  const auto expect_state = [&] {
    EXPECT_EQ(Must(a->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM samples"_sql)).Plain(),
              stored);
    EXPECT_EQ(
        Must(a->session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql)).Plain(),
        1 + stored);
    EXPECT_EQ(Must(b->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM customers"_sql)).Plain(),
              3);
  };
  expect_state();
  // Whoever else writes is told the same, and the directory too.
  EXPECT_THAT(b->session.Insert(Sample{.id = 1, .text = std::string(100'000, 't')}),
              HasCode(ErrorCode::kDiskFull));
  expect_state();
  std::filesystem::remove(Ballast());
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
      Must(tx.Execute("UPDATE counters SET n = n + 1 WHERE id = 1"_sql));
      return tx.Insert(Sample{.id = stored, .text = text});
    }),
                IsOk());
    ++stored;
  }
  expect_state();
  const cordon::TenantId id = a->id;
  const cordon::TenantId other = b->id;
  Open();
  a.emplace(Join(id));
  b.emplace(Join(other));
  expect_state();
  EXPECT_EQ(RawValue(path(), "PRAGMA integrity_check"), "ok");
}

TEST_F(FullDisk, ANewFileWithoutRoomIsRefused) {
  std::ofstream(scratch.File("more")) << std::string(2 << 20, 'x');
  cordon::PlatformOptions options = Options();
  options.path = scratch.File("new.db");
  EXPECT_THAT(Platform::Open(options), HasCode(ErrorCode::kDiskFull));
  std::filesystem::remove(scratch.File("more"));
  EXPECT_THAT(Platform::Open(options), IsOk());
}

}  // namespace
}  // namespace cordon_test
