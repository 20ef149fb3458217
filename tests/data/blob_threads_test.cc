// SPDX-License-Identifier: Apache-2.0
// Tenants that write and read blobs at the same time, with turns so short that some are taken away
// in the middle of one.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/archive.h"

namespace cordon_test {
namespace {

TEST(BlobThreads, EveryTenantFindsItsOwn) {
  const ScratchDirectory scratch;
  const std::string path = scratch.File("archive.db");
  const auto platform =
      Must(ArchivePlatform::Open({.path = path, .patience = 60s, .write_cap = 5ms}));
  constexpr int kTenants = 4;
  constexpr int kRounds = 12;
  std::atomic<int> taken_away = 0;
  std::atomic<int> stored = 0;
  std::vector<std::thread> threads;
  for (std::uint32_t tenant = 0; tenant < kTenants; ++tenant) {
    const cordon::TenantId id = Must(platform->tenants().Create("tenant"));
    Must(platform->tenants().AddMember(id, User("anna")));
    const auto context = Must(platform->Enter(Verified("anna"), id, cordon::Purpose("test")));
    threads.emplace_back([&, tenant, session = Must(platform->OpenSession(context))] {
      std::int64_t last = 0;
      for (std::uint32_t round = 0; round < kRounds; ++round) {
        // Some small enough for any turn, some that take a while.
        const Bytes scan = Scan(round % 3 == 0 ? 60 * kChunk : 2000, tenant * 1000 + round);
        const auto written = StoreBlob(session, scan);
        if (!written.ok()) {
          EXPECT_THAT(written, HasCode(ErrorCode::kWriteHeldTooLong));
          ++taken_away;
          continue;
        }
        ++stored;
        EXPECT_EQ(written->number(), ++last) << "what was rolled back has left no trace";
        const auto read = LoadBlob(session, *written);
        EXPECT_TRUE(read.ok() && *read == scan) << Describe(read.status());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(stored, kTenants);
  EXPECT_EQ(RawValue(path, "SELECT count(*) FROM cordon_blobs"), std::to_string(stored));
  EXPECT_EQ(RawValue(path,
                     "SELECT count(*) FROM cordon_blob_chunks AS c WHERE NOT EXISTS (SELECT 1 FROM "
                     "cordon_blobs AS b WHERE b.tenant_id = c.tenant_id AND b.id = c.id)"),
            "0");
  RecordProperty("taken_away", taken_away);
}

}  // namespace
}  // namespace cordon_test
