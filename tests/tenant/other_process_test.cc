// SPDX-License-Identifier: Apache-2.0
// What another process does to the directory, as the sessions of this one meet it; and what a
// removal does to rows.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cordon/tenant/directory.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::Purpose;
using cordon::TenantId;
using cordon::TenantKind;
using cordon::TenantState;

class OtherProcess : public World {
 protected:
  void SetUp() override {
    OpenTwins();
    other = Must(cordon::Platform<Shop>::Open(Options()));
  }
  absl::Status Read(const Twin& twin) {
    return twin.session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql).status();
  }
  absl::Status Write(const Twin& twin) { return twin.session.Update(Counter{1, 5}); }
  std::unique_ptr<Platform> other;  // as another process sees the file
};

TEST_F(OtherProcess, AWriteIsRefusedAtOnce) {
  ASSERT_THAT(Write(*a), IsOk());
  Must(other->tenants().Suspend(a->id));
  EXPECT_THAT(Write(*a), HasCode(ErrorCode::kTenantSuspended));
  EXPECT_THAT(Read(*a), HasCode(ErrorCode::kTenantSuspended)) << "seen once, seen by all";
  EXPECT_THAT(Write(*b), IsOk());
}

TEST_F(OtherProcess, AReadIsRefusedWithinASecond) {
  ASSERT_THAT(Read(*a), IsOk());
  Must(other->tenants().RemoveMember(a->id, User("anna")));
  clock->Advance(1s);
  EXPECT_THAT(Read(*a), HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(a->session.Read([](auto&) { return absl::OkStatus(); }),
              HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(Read(*b), IsOk());
}

TEST_F(OtherProcess, WhatWasEndedAndAllowedAgainStaysEnded) {
  ASSERT_THAT(Read(*a), IsOk());
  Must(other->tenants().Suspend(a->id));
  Must(other->tenants().Resume(a->id));
  Must(other->tenants().RemoveMember(b->id, User("anna")));
  Must(other->tenants().AddMember(b->id, User("anna")));
  clock->Advance(1s);
  EXPECT_THAT(Read(*a), HasCode(ErrorCode::kTenantSuspended));
  EXPECT_THAT(Read(*b), HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(Read(*c), IsOk());
  for (const Twin* twin : {&*a, &*b}) {
    EXPECT_THAT(platform->Enter(Verified("anna"), twin->id, Purpose("test")), IsOk());
  }
  clock->Advance(1s);
  EXPECT_THAT(Read(*c), IsOk());
}

// Somebody else holds a context from before; the one that is new has nothing to do with its end.
TEST_F(OtherProcess, WhoEntersAfterwardsStays) {
  ASSERT_THAT(Read(*a), IsOk());
  Must(other->tenants().Suspend(a->id));
  Must(other->tenants().Resume(a->id));
  Must(other->tenants().RemoveMember(b->id, User("anna")));
  Must(other->tenants().AddMember(b->id, User("anna")));
  for (const Twin* twin : {&*a, &*b}) {
    const auto context = Enter(twin->id);
    const Session session = Must(platform->OpenSession(context));
    clock->Advance(1s);
    EXPECT_THAT(session.Update(Counter{1, 5}), IsOk());
    EXPECT_THAT(session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql), IsOk());
    EXPECT_FALSE(Read(*twin).ok());
  }
}

TEST_F(OtherProcess, SumsHoldWhoIsActiveAgain) {
  const TenantId root =
      Must(platform->tenants().Create({.name = "r", .kind = TenantKind::kReseller}));
  Must(platform->tenants().Move(a->id, root));
  Must(platform->tenants().AllowSubtree(root, User("rita")));
  const auto context =
      Must(platform->tenants().EnterSubtree(Verified("rita"), root, Purpose("totals")));
  const auto below = Must(platform->OpenSubtree(context));
  const auto counted = [&] {
    return Must(below.SumUp(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql)).size();
  };
  EXPECT_EQ(counted(), 2U);
  Must(other->tenants().Suspend(a->id));
  Must(other->tenants().Resume(a->id));
  clock->Advance(1s);
  EXPECT_EQ(counted(), 2U);
  Must(other->tenants().Suspend(root));
  Must(other->tenants().Suspend(a->id));
  clock->Advance(1s);
  EXPECT_THAT(below.SumUp(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql),
              HasCode(ErrorCode::kTenantSuspended))
      << "also where nobody is left to be summed up";
}

TEST_F(OtherProcess, ARemovedTenantGetsNoRowAfterItsPurge) {
  Must(other->tenants().Remove(a->id));
  EXPECT_THAT(Write(*a), HasCode(ErrorCode::kTenantSuspended));
  EXPECT_EQ(Must(other->tenants().List()).size(), 2U);
}

// Calls back once the next transaction of a connection that is opened meanwhile is committed.
class AfterCommit {
 public:
  explicit AfterCommit(std::function<bool()> act) {
    act_ = std::move(act);
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(&Watch));
  }
  ~AfterCommit() {
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&Watch));
    act_ = nullptr;
  }

 private:
  static int Watch(sqlite3* db, char**, const void*) {
    return sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, &Ended, nullptr);
  }
  static int Ended(unsigned, void*, void* statement, void*) {
    const char* const sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
    if (act_ == nullptr || std::string_view(sql) != "COMMIT") return 0;
    const auto act = std::exchange(act_, nullptr);
    if (!act()) act_ = act;
    return 0;
  }
  static inline std::function<bool()> act_;
};

// Whoever resumes a tenant between the suspension and the purge lets people in, and keeps it.
TEST_F(OtherProcess, ATenantThatIsResumedDuringItsRemovalStays) {
  std::optional<cordon::TenantContext> entered;
  const AfterCommit watch([&] {
    if (Must(platform->tenants().Find(a->id)).state != TenantState::kSuspended) return false;
    Must(platform->tenants().Resume(a->id));
    Must(Write(*b));  // hears of the suspension
    entered = Must(platform->Enter(Verified("anna"), a->id, Purpose("test")));
    return true;
  });
  const auto third = Must(cordon::Platform<Shop>::Open(Options()));
  EXPECT_THAT(third->tenants().Remove(a->id), HasCode(ErrorCode::kTenantState));
  ASSERT_TRUE(entered.has_value());
  const auto session = Must(platform->OpenSession(*entered));
  EXPECT_THAT(session.Update(Counter{1, 7}), IsOk());
  EXPECT_THAT(third->tenants().Remove(a->id), IsOk());
  EXPECT_THAT(session.Update(Counter{1, 8}), HasCode(ErrorCode::kTenantSuspended));
}

TEST_F(OtherProcess, RowsOfOthersEndNoContext) {
  const auto context = Must(other->Enter(Verified("anna"), b->id, Purpose("test")));
  const auto session = Must(other->OpenSession(context));
  for (int i = 0; i < 5; ++i) {
    Must(session.Update(Counter{1, i}));
    clock->Advance(1s);
    EXPECT_THAT(Write(*a), IsOk());
    EXPECT_THAT(Read(*a), IsOk());
  }
}

TEST_F(OtherProcess, AFilePutBackEndsEverything) {
  ASSERT_THAT(Read(*a), IsOk());
  Must(other->tenants().Suspend(b->id));
  Must(other->tenants().Resume(b->id));
  clock->Advance(1s);
  ASSERT_THAT(Read(*a), IsOk());
  // As a restored backup would: the epoch of an earlier day.
  (void)RawSql(path(), "UPDATE cordon_directory SET epoch = 1");
  clock->Advance(1s);
  EXPECT_FALSE(Read(*a).ok());
  EXPECT_THAT(platform->Enter(Verified("anna"), a->id, Purpose("test")), IsOk());
}

class Removal : public World {};

TEST_F(Removal, DeletesThatTenantsRowsOnly) {
  OpenTwins();
  const auto rows_of = [&](const TenantId& id) {
    std::string hex;
    for (const std::byte byte : id.bytes()) {
      static constexpr char kHex[] = "0123456789ABCDEF";
      hex += kHex[std::to_integer<unsigned>(byte) >> 4U];
      hex += kHex[std::to_integer<unsigned>(byte) & 15U];
    }
    std::int64_t rows = 0;
    for (const char* table : {"customers", "orders", "counters", "samples"}) {
      rows += std::stoll(RawValue(path(), std::string("SELECT count(*) FROM ") + table +
                                              " WHERE tenant_id = x'" + hex + "'"));
    }
    return rows;
  };
  EXPECT_EQ(rows_of(a->id), 9);
  ASSERT_THAT(platform->tenants().Remove(b->id), IsOk());
  EXPECT_EQ(rows_of(b->id), 0);
  EXPECT_EQ(rows_of(a->id), 9);
  EXPECT_EQ(rows_of(c->id), 9);
  EXPECT_EQ(Must(a->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql)).Plain(), 3);
}

}  // namespace
}  // namespace cordon_test
