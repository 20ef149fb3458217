// SPDX-License-Identifier: Apache-2.0
// Promises that an attack once found broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "support/world.h"

namespace cordon_test {
namespace {

class Promises : public World {
 protected:
  void SetUp() override {
    Open();
    a.emplace(NewTenant("A"));
    b.emplace(NewTenant("B"));
    for (Twin* twin : {&*a, &*b}) {
      for (std::int64_t id = 1; id <= 3; ++id) Must(twin->session.Insert(Counter{id, id}));
    }
  }
};

TEST_F(Promises, AWithWhoseColumnsAreNotUsedRuns) {
  for (const auto& n :
       {a->session.One(as<std::int64_t>,
                       "WITH c AS (SELECT n FROM counters GROUP BY n) SELECT COUNT(*) FROM c"_sql),
        a->session.One(as<std::int64_t>,
                       "WITH c AS (SELECT n FROM counters LIMIT 3) SELECT COUNT(*) FROM c"_sql)}) {
    ASSERT_TRUE(n.ok()) << n.status();
    EXPECT_EQ(n->Plain(), 3);
  }
}

TEST_F(Promises, ATransactionEndsWithItsContext) {
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{9, 9}));
    clock->Advance(std::chrono::hours(100));
    EXPECT_THAT(tx.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql),
                HasCode(ErrorCode::kContextExpired));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kContextExpired));
  const Twin again = Join(a->id);
  EXPECT_EQ(Must(again.session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql)).Plain(),
            3);
}

TEST_F(Promises, ARowKeepsItsTenantWhateverIsAssignedToIt) {
  auto theirs = Must(b->session.One(as<Counter>, "SELECT * FROM counters WHERE id = 1"_sql));
  std::vector<cordon::Owned<Counter>> kept;
  Must(a->session.Read([&](auto& tx) -> absl::Status {
    for (auto& row : tx.Rows(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)) {
      if (row->id == 1) {
        row = theirs;
      } else {
        kept.push_back(row);
      }
    }
    return absl::OkStatus();
  }));
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_THAT(b->session.Insert(kept[0]), HasCode(ErrorCode::kForeignValue));
}

TEST_F(Promises, AMovedSessionStillHasItsTenant) {
  Session first = a->session;
  const Session second = std::move(first);
  EXPECT_EQ(first.tenant(), second.tenant());  // NOLINT(bugprone-use-after-move): that is the test
  EXPECT_TRUE(first.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql).ok());
}

TEST_F(Promises, AWriteWithRowsHappensWithoutALoop) {
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    auto rows = tx.Rows(as<std::int64_t>, "DELETE FROM counters WHERE id = 1 RETURNING id"_sql);
    return absl::OkStatus();
  }));
  EXPECT_EQ(Must(a->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql)).Plain(), 2);
}

TEST_F(Promises, AGlobalTableIsNotWrittenInALoopOverIt) {
  EXPECT_THAT(
      platform->WriteGlobals(
          cordon::GlobalWriteAccess::Get(),
          [](auto& tx) -> absl::Status {
            Must(tx.Insert(Currency{"EUR", "Euro"}));
            absl::Status written;
            for (auto& row : tx.Rows(as<Currency>, "SELECT * FROM currencies"_sql)) {
              written = tx.Execute("DELETE FROM currencies WHERE code = ?"_sql, row->code).status();
            }
            return written;
          }),
      HasCode(ErrorCode::kStatementRefused));
}

}  // namespace
}  // namespace cordon_test
