// SPDX-License-Identifier: Apache-2.0
// Blobs while the process dies, the disk fails or fills, and memory runs out: whole or not there,
// no part without its blob, and what was told to be stored is.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "support/archive.h"
#include "support/child.h"
#include "support/fault_vfs.h"

namespace cordon_test {
namespace {

constexpr std::size_t kSize = 5 * kChunk + 321;
constexpr int kBlobs = 4;

// SQLite's memory: for everybody while negative, otherwise for so many requests.
std::atomic<std::int64_t> requests_left = -1;
std::atomic<std::int64_t> refused = 0;
sqlite3_mem_methods real;
bool Refuse() {
  if (requests_left.load(std::memory_order_relaxed) < 0) return false;
  if (requests_left.load() > 0) {
    --requests_left;
    return false;
  }
  ++refused;
  return true;
}
void InstallMemory() {
  sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
  sqlite3_mem_methods mine = real;
  mine.xMalloc = [](int size) { return Refuse() ? nullptr : real.xMalloc(size); };
  mine.xRealloc = [](void* old, int size) { return Refuse() ? nullptr : real.xRealloc(old, size); };
  sqlite3_config(SQLITE_CONFIG_MALLOC, &mine);
  sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
}

struct OpenArchive {
  explicit OpenArchive(const std::string& path)
      : platform(Must(ArchivePlatform::Open({.path = path}))) {
    const auto tenants = Must(platform->tenants().List());
    const cordon::TenantId id =
        tenants.empty() ? Must(platform->tenants().Create("A")) : tenants.front().id;
    Must(platform->tenants().AddMember(id, User("anna")));
    context.emplace(Must(platform->Enter(Verified("anna"), id, cordon::Purpose("test"))));
    session.emplace(Must(platform->OpenSession(*context)));
  }
  std::unique_ptr<ArchivePlatform> platform;
  std::optional<cordon::TenantContext> context;
  std::optional<ArchiveSession> session;
};

// Document i and its scan; every second one replaces its scan in the same transaction.
absl::Status StoreDocument(const ArchiveSession& session, std::int64_t i) {
  return session.Transaction([&](auto& tx) -> absl::Status {
    auto id = WriteBlob(tx, Scan(kSize, static_cast<std::uint32_t>(i)));
    if (!id.ok()) return id.status();
    if (i % 2 == 0) {
      if (absl::Status gone = tx.DeleteBlob(*id); !gone.ok()) return gone;
      id = WriteBlob(tx, Scan(kSize, static_cast<std::uint32_t>(i)));
      if (!id.ok()) return id.status();
    }
    return tx.Insert(Document{.id = i, .scan = *id});
  });
}

int Work(const std::string& path, FaultVfs::Kind kind, std::int64_t nth) {
  FaultVfs::Install();
  const OpenArchive archive(path);
  FaultVfs::Arm(kind, nth);
  for (std::int64_t i = 1; i <= kBlobs; ++i) {
    Must(StoreDocument(*archive.session, i));
    Say(std::to_string(i));
  }
  Say("operations " + std::to_string(FaultVfs::Seen()));
  return 0;
}

class BlobsUnderFire : public ::testing::Test {
 protected:
  void TearDown() override {
    FaultVfs::Disarm();
    requests_left = -1;
  }
  // Every document has its scan, and there is nothing else. How many.
  std::int64_t ExpectWhole(const ArchiveSession& session) {
    const auto rows = Must(session.All(as<Document>, "SELECT * FROM documents"_sql));
    for (const auto& row : rows) {
      EXPECT_EQ(Must(LoadBlob(session, row->scan)),
                Scan(kSize, static_cast<std::uint32_t>(row->id)));
    }
    EXPECT_EQ(RawValue(path, "SELECT count(*) FROM cordon_blobs"), std::to_string(rows.size()));
    EXPECT_EQ(RawValue(path, "SELECT count(*) FROM cordon_blob_chunks"),
              std::to_string(rows.size() * 6));
    EXPECT_EQ(RawValue(path, "PRAGMA integrity_check"), "ok");
    return static_cast<std::int64_t>(rows.size());
  }

  ScratchDirectory scratch;
  const std::string path = scratch.File("archive.db");
};

TEST_F(BlobsUnderFire, AProcessThatDies) {
  { const OpenArchive made(path); }
  std::filesystem::copy_file(path, scratch.File("fresh.db"));
  std::int64_t operations = 0;
  int died = 0;
  for (std::int64_t nth = std::int64_t{1} << 40U, point = 0; point < 40; ++point) {
    SCOPED_TRACE("died at operation " + std::to_string(nth));
    const auto kind = point % 2 == 0 ? FaultVfs::Kind::kDieBefore : FaultVfs::Kind::kDieInTheMiddle;
    Child child({"--work", path, std::to_string(static_cast<int>(kind)), std::to_string(nth)});
    std::int64_t acknowledged = 0;
    std::string line;
    while (child.Line(&line)) {
      if (line.starts_with("operations ")) {
        operations = std::stoll(line.substr(11));
      } else {
        acknowledged = std::stoll(line);
      }
    }
    const int state = child.Wait();
    died += WIFSIGNALED(state) ? 1 : 0;
    {
      const OpenArchive again(path);
      const std::int64_t stored = ExpectWhole(*again.session);
      EXPECT_GE(stored, acknowledged);
      EXPECT_LE(stored, acknowledged + 1);
      EXPECT_THAT(StoreDocument(*again.session, 100), IsOk());
    }
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
    std::filesystem::copy_file(scratch.File("fresh.db"), path);
    nth = 1 + point * operations / 39;
  }
  EXPECT_GT(operations, 100);
  EXPECT_GT(died, 30);
}

TEST_F(BlobsUnderFire, ADiskThatFailsOrIsFull) {
  const OpenArchive archive(path);
  std::int64_t next = 1;
  for (const int code : {SQLITE_IOERR, SQLITE_FULL}) {
    int faults = 0;
    for (std::int64_t nth = 1; nth < 200; nth += 7) {
      SCOPED_TRACE("fault at operation " + std::to_string(nth));
      FaultVfs::Arm(nth % 2 == 0 ? FaultVfs::Kind::kFail : FaultVfs::Kind::kFailForGood, nth, code);
      const absl::Status stored = StoreDocument(*archive.session, next);
      const bool fired = FaultVfs::Fired();
      FaultVfs::Disarm();
      if (stored.ok()) ++next;
      if (!stored.ok()) {
        EXPECT_TRUE(fired);
        EXPECT_THAT(stored, HasCode(code == SQLITE_FULL ? ErrorCode::kDiskFull : ErrorCode::kIo));
        ++faults;
      }
      ASSERT_EQ(ExpectWhole(*archive.session), next - 1);
    }
    EXPECT_GT(faults, 10);
    EXPECT_THAT(StoreDocument(*archive.session, next++), IsOk()) << "the disk is well again";
  }
}

TEST_F(BlobsUnderFire, ADiskThatDoesNotRead) {
  std::optional<OpenArchive> archive(std::in_place, path);
  Must(StoreDocument(*archive->session, 1));
  const BlobId id =
      Must(archive->session->One(as<BlobId>, "SELECT scan FROM documents"_sql)).Plain();
  int faults = 0;
  for (std::int64_t nth = 1; nth < 60; nth += 2) {
    archive.emplace(path);  // with empty page caches
    FaultVfs::Arm(FaultVfs::Kind::kFail, nth, SQLITE_IOERR, FaultVfs::Count::kReads);
    const auto bytes = LoadBlob(*archive->session, id);
    FaultVfs::Disarm();
    if (bytes.ok()) {
      EXPECT_EQ(*bytes, Scan(kSize, 1));
    } else {
      EXPECT_THAT(bytes, HasCode(ErrorCode::kIo));
      ++faults;
    }
    EXPECT_EQ(Must(LoadBlob(*archive->session, id)), Scan(kSize, 1));
  }
  EXPECT_GT(faults, 10);
}

TEST_F(BlobsUnderFire, NoMemory) {
  const OpenArchive archive(path);
  Must(StoreDocument(*archive.session, 1));
  std::int64_t next = 2;
  bool ran_out = true;
  int faults = 0;
  for (std::int64_t n = 0; ran_out; n += 3) {
    ASSERT_LT(n, 20'000);
    SCOPED_TRACE("memory for " + std::to_string(n) + " requests");
    const std::int64_t before = refused;
    requests_left = n;
    const absl::Status stored = StoreDocument(*archive.session, next);
    const auto read = LoadBlob(*archive.session, BlobId::FromNumber(1));
    requests_left = -1;
    ran_out = refused > before;
    for (const absl::Status& seen : {stored, read.status()}) {
      if (seen.ok()) continue;
      ++faults;
      EXPECT_TRUE(CodeOf(seen) == ErrorCode::kOutOfMemory ||
                  CodeOf(seen) == ErrorCode::kTransactionOver ||
                  CodeOf(seen) == ErrorCode::kCannotOpen)
          << Describe(seen);
    }
    EXPECT_TRUE(!read.ok() || *read == Scan(kSize, 1));
    if (stored.ok()) ++next;
    ASSERT_EQ(ExpectWhole(*archive.session), next - 1);
  }
  EXPECT_GT(faults, 20);
}

}  // namespace

int BlobMain(int argc, char** argv) {
  const std::string job = argc > 1 ? argv[1] : "";
  if (job == "--work") {
    return Work(argv[2], static_cast<FaultVfs::Kind>(std::atoi(argv[3])), std::atoll(argv[4]));
  }
  InstallMemory();
  FaultVfs::Install();
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

}  // namespace cordon_test

int main(int argc, char** argv) { return cordon_test::BlobMain(argc, argv); }
