// SPDX-License-Identifier: Apache-2.0
// Numbers of documents and named counters: per tenant, without gaps, undone with what they number.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include "support/world.h"

namespace cordon_test {
namespace {

using ::cordon::Series;
using ::cordon::TenantCounter;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr Series kInvoices("invoice-2026");
constexpr TenantCounter kOpen("open-orders");

// The one is not taken for the other.
static_assert(!std::is_constructible_v<Series, TenantCounter>);
static_assert(!std::is_constructible_v<TenantCounter, Series>);
static_assert(!std::is_convertible_v<std::string_view, Series>);

class Numbers : public World {
 protected:
  void SetUp() override { OpenTwins(); }

  // One number, drawn and committed.
  static absl::StatusOr<std::int64_t> Draw(const Session& session,
                                           const Series& series = kInvoices) {
    std::int64_t number = 0;
    const absl::Status done = session.Transaction([&](auto& tx) -> absl::Status {
      auto drawn = tx.NextNumber(series);
      if (!drawn.ok()) return drawn.status();
      number = *drawn;
      return absl::OkStatus();
    });
    if (!done.ok()) return done;
    return number;
  }
  static absl::Status Start(const Session& session, std::int64_t first,
                            const Series& series = kInvoices) {
    return session.Transaction([&](auto& tx) { return tx.StartSeries(series, first); });
  }
  static absl::Status MyError() { return absl::AbortedError("the host changed its mind"); }
  [[nodiscard]] std::string Stored() const {
    return RawValue(path(), "SELECT count(*) FROM cordon_numbers");
  }
};

// ---- series --------------------------------------------------------------------------------

TEST_F(Numbers, EachTenantAndSeriesCountsFromOne) {
  for (std::int64_t n = 1; n <= 3; ++n) EXPECT_EQ(Must(Draw(a->session)), n);
  EXPECT_EQ(Must(Draw(b->session)), 1);
  EXPECT_EQ(Must(Draw(a->session, Series("invoice-2027"))), 1);
  EXPECT_EQ(Must(Draw(a->session, Series("Invoice-2026"))), 1);  // case counts
  EXPECT_EQ(Must(Draw(a->session)), 4);
  EXPECT_EQ(Must(Draw(b->session)), 2);
  const cordon::TenantId id = a->id;
  Open();
  EXPECT_EQ(Must(Draw(Join(id).session)), 5);
}

TEST_F(Numbers, OneTransactionDrawsSeveral) {
  std::vector<std::int64_t> drawn;
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    for (int i = 0; i < 4; ++i) drawn.push_back(Must(tx.NextNumber(kInvoices)));
    EXPECT_EQ(Must(tx.NextNumber(Series("credit/2026"))), 1);
    return absl::OkStatus();
  }));
  EXPECT_THAT(drawn, ElementsAre(1, 2, 3, 4));
}

TEST_F(Numbers, WhatIsRolledBackIsDrawnAgain) {
  EXPECT_EQ(a->session.Transaction([](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.NextNumber(kInvoices)), 1);
    EXPECT_EQ(Must(tx.NextNumber(kInvoices)), 2);
    return MyError();
  }),
            MyError());
  EXPECT_THROW((void)a->session.Transaction([](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.NextNumber(kInvoices)), 1);
    throw std::logic_error("thrown by the body");
  }),
               std::logic_error);
  EXPECT_EQ(Must(Draw(a->session)), 1);
  // A transaction that the library ends itself.
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.NextNumber(kInvoices)), 2);
    a->session.Interrupt();
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kInterrupted));
  EXPECT_EQ(Must(Draw(a->session)), 2);
}

TEST_F(Numbers, ASavepointGivesItsNumbersBack) {
  std::vector<std::int64_t> kept;
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    kept.push_back(Must(tx.NextNumber(kInvoices)));
    EXPECT_EQ(tx.Nested([](auto& part) -> absl::Status {
      EXPECT_EQ(Must(part.NextNumber(kInvoices)), 2);
      EXPECT_EQ(Must(part.NextNumber(Series("begun-inside"))), 1);
      return MyError();
    }),
              MyError());
    Must(tx.Nested([&](auto& part) -> absl::Status {
      kept.push_back(Must(part.NextNumber(kInvoices)));
      return absl::OkStatus();
    }));
    kept.push_back(Must(tx.NextNumber(kInvoices)));
    EXPECT_EQ(Must(tx.NextNumber(Series("begun-inside"))), 1);
    return absl::OkStatus();
  }));
  EXPECT_THAT(kept, ElementsAre(1, 2, 3));
  EXPECT_EQ(Must(Draw(a->session)), 4);
}

TEST_F(Numbers, ADocumentThatIsRefusedTakesItsNumberAlong) {
  const auto issue = [&](std::int64_t id) {
    return a->session.Transaction([&](auto& tx) -> absl::Status {
      auto number = tx.NextNumber(kInvoices);
      if (!number.ok()) return number.status();
      return tx.Insert(Counter{id, *number});
    });
  };
  Must(issue(10));
  EXPECT_THAT(issue(10), HasCode(ErrorCode::kUniqueViolation));
  Must(issue(11));
  EXPECT_EQ(Must(a->session.Get(as<Counter>, 11))->n, 2);
}

TEST_F(Numbers, ALoopOverRowsMayDrawForEach) {
  std::vector<std::int64_t> drawn;
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    for (auto& row : tx.Rows(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql)) {
      (void)row;
      drawn.push_back(Must(tx.NextNumber(kInvoices)));
    }
    return absl::OkStatus();
  }));
  EXPECT_THAT(drawn, ElementsAre(1, 2, 3));
}

TEST_F(Numbers, ASeriesStartsOnceAndWhereItIsTold) {
  EXPECT_THAT(Start(a->session, 1000), IsOk());
  EXPECT_THAT(Start(a->session, 1), HasCode(ErrorCode::kUniqueViolation));
  EXPECT_EQ(Must(Draw(a->session)), 1000);
  EXPECT_THAT(Start(a->session, 5000), HasCode(ErrorCode::kUniqueViolation));
  EXPECT_EQ(Must(Draw(a->session)), 1001);
  EXPECT_EQ(Must(Draw(b->session)), 1);
  // What has begun by itself does not start again.
  EXPECT_THAT(Start(b->session, 1000), HasCode(ErrorCode::kUniqueViolation));
  EXPECT_EQ(Must(Draw(b->session)), 2);
  for (const std::int64_t bad : {std::int64_t{0}, std::int64_t{-1}, kMin}) {
    EXPECT_THAT(Start(c->session, bad), HasCode(ErrorCode::kInvalidArgument));
  }
  EXPECT_THAT(Start(c->session, 1), IsOk());
  EXPECT_EQ(Must(Draw(c->session)), 1);
  // A start is undone like a draw.
  const Series other("other");
  EXPECT_EQ(c->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.StartSeries(other, 50));
    return MyError();
  }),
            MyError());
  EXPECT_EQ(Must(Draw(c->session, other)), 1);
}

TEST_F(Numbers, BehindTheLastNumberThereIsAnError) {
  Must(Start(a->session, kMax));
  EXPECT_EQ(Must(Draw(a->session)), kMax);
  EXPECT_THAT(Draw(a->session), HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_THAT(Draw(a->session), HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_EQ(RawValue(path(), "SELECT value FROM cordon_numbers"), std::to_string(kMax));
  // It ends the series only, not the transaction.
  Must(a->session.Transaction([](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.NextNumber(kInvoices), HasCode(ErrorCode::kValueOutOfRange));
    EXPECT_EQ(Must(tx.NextNumber(Series("next"))), 1);
    return absl::OkStatus();
  }));
}

// ---- counters ------------------------------------------------------------------------------

TEST_F(Numbers, CountersCountUpAndDown) {
  EXPECT_EQ(Must(a->session.ValueOf(kOpen)), 0);
  EXPECT_EQ(Must(a->session.AddTo(kOpen, 5)), 5);
  EXPECT_EQ(Must(a->session.AddTo(kOpen, -7)), -2);
  EXPECT_EQ(Must(a->session.AddTo(kOpen, 0)), -2);
  EXPECT_EQ(Must(b->session.ValueOf(kOpen)), 0);
  EXPECT_EQ(Must(a->session.ValueOf(TenantCounter("others"))), 0);
  Must(a->session.Transaction([](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.AddTo(kOpen, 10)), 8);
    EXPECT_EQ(Must(tx.ValueOf(kOpen)), 8);
    return absl::OkStatus();
  }));
  EXPECT_EQ(a->session.Transaction([](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.AddTo(kOpen, 10)), 18);
    return MyError();
  }),
            MyError());
  Must(a->session.Read([&](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.ValueOf(kOpen)), 8);
    Must(a->session.AddTo(kOpen, 1).status());
    EXPECT_EQ(Must(tx.ValueOf(kOpen)), 8);  // one snapshot
    return absl::OkStatus();
  }));
  EXPECT_EQ(Must(a->session.ValueOf(kOpen)), 9);
}

TEST_F(Numbers, ACounterIsNoSeries) {
  EXPECT_EQ(Must(Draw(a->session, Series("same"))), 1);
  EXPECT_EQ(Must(a->session.AddTo(TenantCounter("same"), -100)), -100);
  EXPECT_EQ(Must(Draw(a->session, Series("same"))), 2);
  EXPECT_EQ(Must(a->session.ValueOf(TenantCounter("same"))), -100);
}

TEST_F(Numbers, ACounterThatWouldOverflowKeepsItsValue) {
  const TenantCounter up("up");
  const TenantCounter down("down");
  EXPECT_EQ(Must(a->session.AddTo(up, kMax)), kMax);
  EXPECT_THAT(a->session.AddTo(up, 1), HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_THAT(a->session.AddTo(up, kMax), HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_EQ(Must(a->session.ValueOf(up)), kMax);
  EXPECT_EQ(Must(a->session.AddTo(up, kMin)), -1);
  EXPECT_EQ(Must(a->session.AddTo(down, kMin)), kMin);
  EXPECT_THAT(a->session.AddTo(down, -1), HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_THAT(a->session.AddTo(down, kMin), HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_EQ(Must(a->session.ValueOf(down)), kMin);
  EXPECT_EQ(Must(a->session.AddTo(down, kMax)), -1);
}

// ---- names ---------------------------------------------------------------------------------

TEST_F(Numbers, NamesAreShortAndPlain) {
  const std::string longest(64, 'x');
  for (const std::string& good :
       {std::string("a"), std::string("Invoice_2026.03/north:7-b"), std::string("0"), longest}) {
    EXPECT_EQ(Must(Draw(a->session, Series(good))), 1) << good;
    EXPECT_EQ(Must(a->session.AddTo(TenantCounter(good), 2)), 2) << good;
  }
  for (const std::string& bad :
       {std::string(), longest + "x", std::string(100'000, 'x'), std::string("a b"),
        std::string("a\0b", 3), std::string("a'; DROP TABLE cordon_numbers; --"),
        std::string("Rechnung-ä"), std::string("\xff"), std::string("a\n"), std::string("a%")}) {
    const auto drawn = Draw(a->session, Series(bad));
    EXPECT_THAT(drawn, HasCode(ErrorCode::kInvalidArgument));
    EXPECT_THAT(Text(drawn), Not(HasSubstr("DROP")));
    EXPECT_THAT(Start(a->session, 5, Series(bad)), HasCode(ErrorCode::kInvalidArgument));
    EXPECT_THAT(a->session.AddTo(TenantCounter(bad), 1), HasCode(ErrorCode::kInvalidArgument));
    EXPECT_THAT(a->session.ValueOf(TenantCounter(bad)), HasCode(ErrorCode::kInvalidArgument));
  }
  EXPECT_EQ(Stored(), "8");
}

TEST_F(Numbers, ANameIsACopy) {
  std::string name = "copied";
  const Series series(name);
  name = "xxxxxx";
  EXPECT_EQ(Must(Draw(a->session, series)), 1);
  EXPECT_EQ(RawValue(path(), "SELECT name FROM cordon_numbers"), "copied");
}

TEST_F(Numbers, AFileOfAReleaseWithoutThemGetsThem) {
  Close();
  RawSql(path(), "DROP TABLE cordon_numbers; DELETE FROM cordon_versions WHERE room = 'numbers'");
  Open();
  EXPECT_EQ(Must(Draw(NewTenant("D").session)), 1);
}

// ---- the boundary --------------------------------------------------------------------------

TEST_F(Numbers, GoWithTheirTenant) {
  Must(Draw(a->session).status());
  Must(a->session.AddTo(kOpen, 1).status());
  Must(Draw(b->session).status());
  Must(platform->tenants().Remove(a->id));
  EXPECT_EQ(Stored(), "1");
  EXPECT_THAT(Draw(a->session), HasCode(ErrorCode::kTenantSuspended));
  EXPECT_EQ(Must(Draw(b->session)), 2);
}

TEST_F(Numbers, EndWithTheirContext) {
  Must(Draw(a->session).status());
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.NextNumber(kInvoices)), 2);
    clock->Advance(100h);
    EXPECT_THAT(tx.NextNumber(kInvoices), HasCode(ErrorCode::kContextExpired));
    EXPECT_THAT(tx.ValueOf(kOpen), HasCode(ErrorCode::kContextExpired));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kContextExpired));
  EXPECT_THAT(a->session.ValueOf(kOpen), HasCode(ErrorCode::kContextExpired));
  EXPECT_THAT(a->session.AddTo(kOpen, 1), HasCode(ErrorCode::kContextExpired));
  const Twin again = Join(a->id);
  EXPECT_THAT(again.session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.NextNumber(kInvoices)), 2);
    again.context.Revoke();
    EXPECT_THAT(tx.NextNumber(kInvoices), HasCode(ErrorCode::kContextRevoked));
    EXPECT_THAT(tx.StartSeries(Series("x"), 1), HasCode(ErrorCode::kContextRevoked));
    EXPECT_THAT(tx.AddTo(kOpen, 1), HasCode(ErrorCode::kContextRevoked));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kContextRevoked));
  EXPECT_EQ(Must(Draw(Join(a->id).session)), 2);
}

TEST_F(Numbers, APoisonedTransactionDrawsNone) {
  EXPECT_THAT(a->session.Transaction([](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.One(as<std::int64_t>, "DELETE FROM counters RETURNING id"_sql),
                HasCode(ErrorCode::kNotOne));
    EXPECT_THAT(tx.NextNumber(kInvoices), HasCode(ErrorCode::kNotOne));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kNotOne));
  EXPECT_EQ(Stored(), "0");
}

TEST_F(Numbers, ATurnThatIsTakenAwayDrawsNone) {
  cordon::PlatformOptions options = Options();
  options.write_cap = 20ms;
  const cordon::TenantId ours = a->id;
  const cordon::TenantId theirs = b->id;
  Open(options);
  const Twin holder = Join(ours);
  const Twin waiter = Join(theirs);
  EXPECT_THAT(holder.session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.NextNumber(kInvoices)), 1);
    std::thread other([&] { EXPECT_EQ(Must(Draw(waiter.session)), 1); });
    other.join();  // it got its turn: ours is over
    EXPECT_THAT(tx.NextNumber(kInvoices), HasCode(ErrorCode::kWriteHeldTooLong));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kWriteHeldTooLong));
  EXPECT_EQ(Must(Draw(holder.session)), 1);
  EXPECT_EQ(Must(Draw(waiter.session)), 2);
}

// The types say no already; this is the lock behind them.
TEST_F(Numbers, ATransactionWithoutATenantHasNone) {
  using Core = cordon::internal::TransactionCore;
  const auto core = Must(cordon::internal::PlatformCore::Open(cordon::internal::kViewOf<Shop>,
                                                              {.path = scratch.File("other.db")}));
  Core transaction(core->engine(), nullptr, Core::Kind::kGlobalWrite);
  EXPECT_THAT(transaction.AddToNumber(cordon::internal::NumberKind::kSeries, kInvoices, 1),
              HasCode(ErrorCode::kNotPermitted));
  EXPECT_THAT(transaction.NumberOf(cordon::internal::NumberKind::kCounter, kOpen),
              HasCode(ErrorCode::kNotPermitted));
  EXPECT_THAT(transaction.StartSeries(kInvoices, 1), HasCode(ErrorCode::kNotPermitted));
}

}  // namespace
}  // namespace cordon_test
