// SPDX-License-Identifier: Apache-2.0
// Entering a tenant, and every way in which a context ends.
#include "cordon/tenant/context.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::EnterOptions;
using cordon::Purpose;
using cordon::TenantContext;

class Context : public World {
 protected:
  void SetUp() override { OpenTwins(); }
  cordon::TenantDirectory& tenants() { return platform->tenants(); }

  // Every way to use the context or what was opened from it.
  void ExpectEnded(const Twin& twin, ErrorCode code) {
    EXPECT_THAT(twin.context.Check(), HasCode(code));
    EXPECT_THAT(platform->OpenSession(twin.context), HasCode(code));
    EXPECT_THAT(twin.session.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql),
                HasCode(code));
    EXPECT_THAT(twin.session.Optional(as<Customer>, "SELECT * FROM customers WHERE id = 'K1'"_sql),
                HasCode(code));
    EXPECT_THAT(twin.session.All(as<Customer>, "SELECT * FROM customers"_sql), HasCode(code));
    EXPECT_THAT(twin.session.Execute("DELETE FROM counters"_sql), HasCode(code));
    EXPECT_THAT(twin.session.Insert(Counter{77, 1}), HasCode(code));
    bool ran = false;
    const auto body = [&](auto&) -> absl::Status {
      ran = true;
      return absl::OkStatus();
    };
    EXPECT_THAT(twin.session.Read(body), HasCode(code));
    EXPECT_THAT(twin.session.Transaction(body), HasCode(code));
    EXPECT_THAT(cordon::WithTenant(*platform, twin.context,
                                   [&](auto&) -> absl::Status {
                                     ran = true;
                                     return absl::OkStatus();
                                   }),
                HasCode(code));
    EXPECT_FALSE(ran);
  }
  std::int64_t CountersOf(const Twin& twin) {
    return Must(twin.session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql)).Plain();
  }
};

// ---- entering -------------------------------------------------------------------------------

TEST_F(Context, SaysWhatItProves) {
  const auto trace =
      Must(cordon::TraceParent::Parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  const TenantContext context = Enter(a->id, {.trace = trace});
  EXPECT_THAT(context.Check(), IsOk());
  EXPECT_EQ(context.tenant(), a->id);
  EXPECT_EQ(context.principal(), User("anna"));
  EXPECT_EQ(context.purpose(), "test");
  EXPECT_EQ(context.trace(), trace.trace());
  EXPECT_EQ(context.trace_parent().ToString(),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_NE(Enter(a->id).trace(), Enter(a->id).trace());
}

TEST_F(Context, ANonMemberLearnsNothing) {
  const auto unknown =
      platform->Enter(Verified("bob"), Must(cordon::TenantId::Draw(*entropy)), Purpose("test"));
  const auto stranger = platform->Enter(Verified("bob"), b->id, Purpose("test"));
  Must(tenants().Suspend(c->id));
  const auto suspended = platform->Enter(Verified("bob"), c->id, Purpose("test"));
  Must(tenants().Remove(c->id));
  const auto removed = platform->Enter(Verified("bob"), c->id, Purpose("test"));
  const auto was_member = platform->Enter(Verified("anna"), c->id, Purpose("test"));
  for (const auto* refused : {&unknown, &stranger, &suspended, &removed, &was_member}) {
    EXPECT_THAT(*refused, HasCode(ErrorCode::kNotPermitted));
    EXPECT_EQ(refused->status(), unknown.status());
  }
}

TEST_F(Context, AMemberOfASuspendedTenantIsTold) {
  Must(tenants().Suspend(a->id));
  EXPECT_THAT(platform->Enter(Verified("anna"), a->id, Purpose("test")),
              HasCode(ErrorCode::kTenantSuspended));
}

TEST_F(Context, LifetimesAreBounded) {
  for (const std::chrono::milliseconds bad :
       {0ms, -1ms, std::chrono::milliseconds(24h) + 1ms, std::chrono::milliseconds::max(),
        std::chrono::milliseconds::min()}) {
    EXPECT_THAT(platform->Enter(Verified("anna"), a->id, Purpose("test"), {.lifetime = bad}),
                HasCode(ErrorCode::kInvalidArgument))
        << bad.count();
  }
  for (const std::chrono::milliseconds good : {1ms, std::chrono::milliseconds(24h)}) {
    EXPECT_THAT(platform->Enter(Verified("anna"), a->id, Purpose("test"), {.lifetime = good}),
                IsOk());
  }
}

TEST_F(Context, OpensNothingOnAnotherPlatform) {
  cordon::PlatformOptions options = Options();
  options.path = scratch.File("other.db");
  const auto other = Must(Platform::Open(options));
  EXPECT_THAT(other->OpenSession(a->context), HasCode(ErrorCode::kNotPermitted));
  // Not even on a second platform on the same file: it would not hear of revocations.
  const auto second = Must(Platform::Open(Options()));
  EXPECT_THAT(second->OpenSession(a->context), HasCode(ErrorCode::kNotPermitted));
  EXPECT_THAT(second->Enter(Verified("anna"), a->id, Purpose("test")), IsOk());
}

// ---- time -----------------------------------------------------------------------------------

TEST_F(Context, ExpiresOnTheMonotonicClock) {
  Twin twin = Join(a->id, {.lifetime = 1min});
  clock->Advance(1min - 1ns);
  EXPECT_THAT(twin.context.Check(), IsOk());
  EXPECT_EQ(CountersOf(twin), 3);
  clock->Advance(1ns);
  ExpectEnded(twin, ErrorCode::kContextExpired);
  EXPECT_EQ(CountersOf(*a), 3) << "a longer context of the same member goes on";
}

TEST_F(Context, TheWallClockChangesNothing) {
  Twin twin = Join(a->id, {.lifetime = 1min});
  clock->JumpWall(-24h);
  EXPECT_EQ(CountersOf(twin), 3);
  clock->JumpWall(48h);
  EXPECT_EQ(CountersOf(twin), 3);
  clock->JumpWall(-24h);
  clock->Advance(1min);
  clock->JumpWall(-24h);
  ExpectEnded(twin, ErrorCode::kContextExpired);
}

TEST_F(Context, ATransactionBegunInTimeEndsAtExpiryToo) {
  Twin twin = Join(a->id, {.lifetime = 1min});
  EXPECT_THAT(twin.session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{50, 1}));
    clock->Advance(2min);
    EXPECT_THAT(tx.Insert(Counter{51, 1}), HasCode(ErrorCode::kContextExpired));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kContextExpired));
  ExpectEnded(twin, ErrorCode::kContextExpired);
  EXPECT_EQ(CountersOf(*a), 3);
}

TEST_F(Context, ALongStatementEndsAtExpiry) {
  Twin twin = Join(a->id, {.lifetime = 1min});
  Fill(a->session, 400);
  EXPECT_THAT(StopLongStatement(twin.session, [&] { clock->Advance(1min); }),
              HasCode(ErrorCode::kContextExpired));
}

// ---- revocation -----------------------------------------------------------------------------

TEST_F(Context, RevokeEndsEverythingOpenedFromIt) {
  const Session second = Must(platform->OpenSession(a->context));
  a->context.Revoke();
  ExpectEnded(*a, ErrorCode::kContextRevoked);
  EXPECT_THAT(second.Execute("DELETE FROM counters"_sql), HasCode(ErrorCode::kContextRevoked));
  a->context.Revoke();
  EXPECT_EQ(CountersOf(Join(a->id)), 3) << "the member can enter again, and nothing was deleted";
  EXPECT_EQ(CountersOf(*b), 3);
}

TEST_F(Context, RevokeInterruptsARunningStatement) {
  Fill(a->session, 400);
  EXPECT_THAT(StopLongStatement(a->session, [&] { a->context.Revoke(); }),
              HasCode(ErrorCode::kContextRevoked));
}

TEST_F(Context, RevokeUndoesARunningTransaction) {
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{60, 1}));
    a->context.Revoke();
    // The body did all it wanted to and does not look; the commit is what is refused.
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kContextRevoked));
  EXPECT_EQ(CountersOf(Join(a->id)), 3);
}

TEST_F(Context, RevokeEndsALoopOverRows) {
  int rows = 0;
  EXPECT_THAT(a->session.Read([&](auto& tx) -> absl::Status {
    for (auto& row : tx.Rows(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)) {
      ++rows;
      EXPECT_EQ(row->id, 1);
      a->context.Revoke();
    }
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kContextRevoked));
  EXPECT_EQ(rows, 1);
}

TEST_F(Context, RevokeEndsTheWaitForTheWriter) {
  absl::Status ended;
  Signal waiting;
  std::thread waiter;
  Must(b->session.Transaction([&](auto&) -> absl::Status {
    waiter = std::thread([&] {
      waiting.Give();
      ended = a->session.Insert(Counter{70, 1});
    });
    EXPECT_TRUE(waiting.Await());
    a->context.Revoke();
    waiter.join();  // while B still holds the writer
    return absl::OkStatus();
  }));
  EXPECT_THAT(ended, HasCode(ErrorCode::kContextRevoked));
}

TEST_F(Context, DestroyingAContextRevokesNothing) {
  const Session session = [&] {
    const TenantContext context = Enter(a->id);
    return Must(platform->OpenSession(context));
  }();
  EXPECT_THAT(session.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql), IsOk());
}

// ---- membership and the tenant's state ------------------------------------------------------

TEST_F(Context, RemoveMemberEndsThatMembersContextsOnly) {
  Must(tenants().AddMember(a->id, User("carl")));
  const TenantContext carls = Must(platform->Enter(Verified("carl"), a->id, Purpose("test")));
  Must(tenants().RemoveMember(a->id, User("anna")));
  ExpectEnded(*a, ErrorCode::kContextRevoked);
  EXPECT_THAT(carls.Check(), IsOk());
  EXPECT_THAT(b->context.Check(), IsOk()) << "anna is still a member of B";
  Must(tenants().AddMember(a->id, User("anna")));
  ExpectEnded(*a, ErrorCode::kContextRevoked);
  EXPECT_THAT(Enter(a->id).Check(), IsOk());
}

TEST_F(Context, SuspendEndsEveryContextAndResumeRevivesNone) {
  Must(tenants().Suspend(a->id));
  ExpectEnded(*a, ErrorCode::kTenantSuspended);
  EXPECT_EQ(CountersOf(*b), 3);
  Must(tenants().Resume(a->id));
  ExpectEnded(*a, ErrorCode::kTenantSuspended);
  Twin again = Join(a->id);
  EXPECT_EQ(CountersOf(again), 3);
  Must(tenants().Suspend(a->id));
  ExpectEnded(again, ErrorCode::kTenantSuspended);
}

TEST_F(Context, SuspendInterruptsARunningStatement) {
  Fill(a->session, 400);
  EXPECT_THAT(StopLongStatement(a->session, [&] { Must(tenants().Suspend(a->id)); }),
              HasCode(ErrorCode::kTenantSuspended));
}

TEST_F(Context, RemoveEndsEveryContext) {
  Must(tenants().Remove(a->id));
  ExpectEnded(*a, ErrorCode::kTenantSuspended);
  EXPECT_EQ(CountersOf(*b), 3);
}

// ---- moves ----------------------------------------------------------------------------------

TEST_F(Context, WhatWasMovedFromIsOfNoUse) {
  TenantContext from = Enter(a->id);
  TenantContext to = std::move(from);
  EXPECT_THAT(from.Check(),
              HasCode(ErrorCode::kContextRevoked));  // NOLINT(bugprone-use-after-move)
  EXPECT_THAT(platform->OpenSession(from), HasCode(ErrorCode::kContextRevoked));
  EXPECT_EQ(from.tenant(), a->id) << "the accessors answer still";
  from.Revoke();
  EXPECT_THAT(to.Check(), IsOk()) << "and cannot revoke what it has become";
  TenantContext assigned = Enter(b->id);
  assigned = std::move(to);
  EXPECT_EQ(assigned.tenant(), a->id);
  EXPECT_THAT(assigned.Check(), IsOk());
  EXPECT_THAT(to.Check(), HasCode(ErrorCode::kContextRevoked));
  assigned = std::move(from);
  EXPECT_THAT(assigned.Check(), HasCode(ErrorCode::kContextRevoked))
      << "a moved-from context assigned is a moved-from context";
}

TEST_F(Context, OutlivesItsPlatformWithoutUse) {
  const TenantContext context = Enter(a->id);
  Close();
  (void)context.Check();
  EXPECT_EQ(context.purpose(), "test");
  Open();
  EXPECT_THAT(platform->OpenSession(context), HasCode(ErrorCode::kNotPermitted));
}

}  // namespace
}  // namespace cordon_test
