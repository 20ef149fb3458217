// SPDX-License-Identifier: Apache-2.0
// With the checker switched off: no statement reads or writes the tables that blobs are in, and
// blobs go on working on the connections where it was tried.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "data/unchecked.h"
#include "support/archive.h"

namespace cordon_test {
namespace {

using cordon::internal::Access;
using cordon::internal::Cursor;
using cordon::internal::PlatformCore;
using cordon::internal::SessionState;
using cordon::internal::TransactionCore;
using cordon::internal::UncheckedDoor;

class BlobLock : public ::testing::Test {
 protected:
  void SetUp() override {
    core =
        Must(PlatformCore::Open(cordon::internal::kViewOf<Archive>, {.path = path, .readers = 1}));
    for (auto* state : {&a, &b}) {
      const cordon::TenantId id = Must(core->tenants().Create("tenant"));
      Must(core->tenants().AddMember(id, User("anna")));
      contexts.push_back(
          Must(core->tenants().Enter(Verified("anna"), id, cordon::Purpose("test"))));
      *state = Must(core->OpenSession(contexts.back()));
      Must(StoreBlob(ArchiveSession(*state), Scan(1000, state == &a ? 1 : 2)));
    }
  }
  void ExpectRefused(const std::string& sql, TransactionCore::Kind kind) {
    SCOPED_TRACE(sql);
    TransactionCore transaction(a->engine, a.get(), kind);
    ASSERT_THAT(transaction.status(), IsOk());
    {
      Cursor cursor;
      UncheckedDoor::Start(transaction, sql, &cursor);
      EXPECT_FALSE(cursor.Step());
      EXPECT_THAT(cursor.status(), HasCode(ErrorCode::kEngineLock));
    }
    (void)transaction.Commit();  // a host that swallows the error
  }

  ScratchDirectory scratch;
  const std::string path = scratch.File("archive.db");
  std::unique_ptr<PlatformCore> core;
  std::vector<cordon::TenantContext> contexts;
  std::shared_ptr<SessionState> a;
  std::shared_ptr<SessionState> b;
};

TEST_F(BlobLock, TheirTablesAreOutOfReach) {
  for (const std::string table : {"cordon_blobs", "cordon_blob_chunks", "cordon_blob_counters"}) {
    for (const std::string& sql :
         {"SELECT * FROM " + table, "SELECT count(*) FROM main.\"" + table + "\"",
          "SELECT 1 FROM " + table, "SELECT tenant_id FROM " + table + " WHERE tenant_id = ?1",
          "SELECT (SELECT max(tenant_id) FROM " + table + ")", "DELETE FROM " + table,
          "DELETE FROM " + table + " WHERE tenant_id = ?1",
          "UPDATE " + table + " SET tenant_id = ?1",
          "INSERT INTO " + table + " SELECT * FROM " + table,
          "WITH " + table + " AS (SELECT * FROM main." + table + ") SELECT * FROM " + table}) {
      ExpectRefused(sql, TransactionCore::Kind::kStatement);
      ExpectRefused(sql, TransactionCore::Kind::kWrite);
    }
  }
  EXPECT_EQ(Must(LoadBlob(ArchiveSession(a), BlobId::FromNumber(1))), Scan(1000, 1));
  EXPECT_EQ(Must(LoadBlob(ArchiveSession(b), BlobId::FromNumber(1))), Scan(1000, 2));
  EXPECT_EQ(RawValue(path, "SELECT count(*) FROM cordon_blobs"), "2");
  EXPECT_EQ(Must(StoreBlob(ArchiveSession(a), Scan(5))).number(), 2);
}

}  // namespace
}  // namespace cordon_test
