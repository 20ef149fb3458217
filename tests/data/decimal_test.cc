// SPDX-License-Identifier: Apache-2.0
// Exact numbers: as text, and through SQL. What does not fit is an error, never a rounded value.
#include "cordon/data/decimal.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::Decimal;

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

TEST(DecimalText, ParsesAndPrints) {
  const std::pair<const char*, const char*> texts[] = {
      {"0", "0.0000"},
      {"-0", "0.0000"},
      {"-0.0000", "0.0000"},
      {"9.8", "9.8000"},
      {"-9.8", "-9.8000"},
      {"0.0001", "0.0001"},
      {"-0.0001", "-0.0001"},
      {"007.50", "7.5000"},
      {"1", "1.0000"},
      {"000000000000000000000000000001", "1.0000"},
      {"922337203685477.5807", "922337203685477.5807"},
      {"-922337203685477.5808", "-922337203685477.5808"}};
  for (const auto& [text, printed] : texts) {
    EXPECT_EQ(Must(Decimal<4>::Parse(text)).ToString(), printed) << text;
  }
  EXPECT_EQ(Decimal<0>::FromUnits(kMin).ToString(), "-9223372036854775808");
  EXPECT_EQ(Decimal<18>::FromUnits(kMax).ToString(), "9.223372036854775807");
  EXPECT_EQ(Decimal<18>::FromUnits(-1).ToString(), "-0.000000000000000001");
  EXPECT_EQ(Must(Decimal<0>::Parse("5")).units(), 5);
}

TEST(DecimalText, RefusesWhatIsNoPlainNumber) {
  for (const char* text : {"",    "-",   ".",    "-.",    ".5",      "5.",    "+5",      "--5",
                           " 5",  "5 ",  "5,0",  "1e3",   "0x10",    "1_000", "5.00000", "5.0000 ",
                           "nan", "inf", "5.-1", "1.2.3", "\xD9\xA1" /* arabic one */}) {
    EXPECT_THAT(Decimal<4>::Parse(text), HasCode(ErrorCode::kInvalidArgument)) << text;
  }
  EXPECT_THAT(Decimal<4>::Parse(std::string("5\0", 2)), HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Decimal<0>::Parse("5.0"), HasCode(ErrorCode::kInvalidArgument));
}

TEST(DecimalText, RefusesWhatDoesNotFit) {
  for (const char* text : {"922337203685477.5808", "-922337203685477.5809", "922337203685478",
                           "99999999999999999999999999999999999999"}) {
    EXPECT_THAT(Decimal<4>::Parse(text), HasCode(ErrorCode::kValueOutOfRange)) << text;
  }
}

TEST(DecimalText, RoundTripsEveryUnitNearTheEdges) {
  for (std::int64_t step = 0; step < 20'000; ++step) {
    for (const std::int64_t units : {kMin + step, kMax - step, step, -step}) {
      const auto decimal = Decimal<4>::FromUnits(units);
      ASSERT_EQ(Must(Decimal<4>::Parse(decimal.ToString())), decimal);
    }
  }
}

class DecimalSql : public World {
 protected:
  void SetUp() override {
    Open();
    a.emplace(NewTenant("A"));
    Must(a->session.Insert(Customer{"K", "k", {}}));
    Must(a->session.Insert(Counter{1, 3}));
    Must(a->session.Insert(Order{1, "K", "1", Must(Decimal<4>::Parse("19.9900"))}));
  }
  void Amount(std::int64_t units) {
    Must(a->session.Execute("UPDATE orders SET amount = ? WHERE id = 1"_sql,
                            Decimal<4>::FromUnits(units)));
  }
  void N(std::int64_t n) {
    Must(a->session.Execute("UPDATE counters SET n = ? WHERE id = 1"_sql, n));
  }
  std::int64_t AmountNow() {
    return Must(a->session.One(as<Decimal<4>>, "SELECT amount FROM orders WHERE id = 1"_sql))
        .Plain()
        .units();
  }
  std::int64_t NNow() {
    return Must(a->session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql))
        .Plain();
  }
};

TEST_F(DecimalSql, ScalesAreKept) {
  EXPECT_EQ(Must(a->session.One(as<Decimal<6>>, "SELECT amount * 0.95 AS x FROM orders"_sql))
                .Plain()
                .ToString(),
            "18.990500");
  EXPECT_EQ(Must(a->session.One(as<Decimal<4>>, "SELECT amount + 1 AS x FROM orders"_sql))
                .Plain()
                .ToString(),
            "20.9900");
  EXPECT_EQ(Must(a->session.One(as<Decimal<6>>, "SELECT amount * (1 - 0.05) AS x FROM orders"_sql))
                .Plain()
                .ToString(),
            "18.990500");
  EXPECT_THAT(a->session.One(as<std::int64_t>, "SELECT id FROM orders WHERE amount = 19.99"_sql),
              IsOk());
  EXPECT_THAT(a->session.One(as<std::int64_t>, "SELECT id FROM orders WHERE amount = ?"_sql,
                             Decimal<2>::FromUnits(1999)),
              IsOk());
  EXPECT_THAT(a->session.One(as<std::int64_t>,
                             "SELECT id FROM orders WHERE amount BETWEEN 19.98 AND 20"_sql),
              IsOk());
}

TEST_F(DecimalSql, AnOverflowInASelectIsAnError) {
  Amount(kMax);
  for (const absl::Status& refused :
       {a->session.One(as<Decimal<4>>, "SELECT amount + 0.0001 AS x FROM orders"_sql).status(),
        a->session.One(as<Decimal<4>>, "SELECT amount * 2 AS x FROM orders"_sql).status(),
        a->session.One(as<Decimal<4>>, "SELECT amount - -1 AS x FROM orders"_sql).status(),
        a->session.One(as<std::optional<Decimal<4>>>, "SELECT SUM(amount * 3) AS x FROM orders"_sql)
            .status()}) {
    EXPECT_THAT(refused, HasCode(ErrorCode::kValueOutOfRange));
  }
  Amount(kMin);
  EXPECT_THAT(a->session.One(as<Decimal<4>>, "SELECT -amount AS x FROM orders"_sql),
              HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_THAT(a->session.One(as<Decimal<4>>, "SELECT ABS(amount) AS x FROM orders"_sql),
              HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_THAT(a->session.One(as<Decimal<4>>, "SELECT amount - 0.0001 AS x FROM orders"_sql),
              HasCode(ErrorCode::kValueOutOfRange));
}

TEST_F(DecimalSql, ASumThatOverflowsIsAnError) {
  Amount(kMax);
  Must(a->session.Insert(Order{2, "K", "2", Decimal<4>::FromUnits(1)}));
  EXPECT_THAT(a->session.One(as<std::optional<Decimal<4>>>, "SELECT SUM(amount) FROM orders"_sql),
              HasCode(ErrorCode::kValueOutOfRange));
}

TEST_F(DecimalSql, AnOverflowOnTheWayIsAnErrorToo) {
  // The result would fit again, but what SQLite turns into a double on the way is not exact.
  constexpr std::int64_t kOdd = 1'000'000'000'000'000'001;
  N(kOdd);
  EXPECT_THAT(a->session.Execute("UPDATE counters SET n = n * 10 - n * 9 WHERE id = 1"_sql),
              HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_EQ(NNow(), kOdd);
  EXPECT_THAT(a->session.Execute("UPDATE counters SET n = n * 100 / 100 WHERE id = 1"_sql),
              HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_EQ(NNow(), kOdd);
  Amount(kOdd);
  EXPECT_THAT(a->session.Execute("UPDATE orders SET amount = amount * 10 - amount * 9"_sql),
              HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_EQ(AmountNow(), kOdd);
  EXPECT_THAT(
      a->session.One(as<Decimal<4>>, "SELECT amount * 10 - amount * 9 AS x FROM orders"_sql),
      HasCode(ErrorCode::kValueOutOfRange));
}

TEST_F(DecimalSql, AComparisonIsExactOrAnError) {
  // Comparing an integer with a decimal counts the integer in the decimal's units first.
  constexpr std::int64_t kLarge = kMax / 10'000 + 1;
  N(kLarge);
  Amount(kMax);
  EXPECT_THAT(
      a->session.All(as<std::int64_t>,
                     "SELECT o.id FROM orders AS o JOIN counters AS c ON o.amount < c.n"_sql),
      HasCode(ErrorCode::kValueOutOfRange));
  N(kMax / 10'000);
  EXPECT_EQ(
      Must(a->session.All(as<std::int64_t>,
                          "SELECT o.id FROM orders AS o JOIN counters AS c ON o.amount > c.n"_sql))
          .size(),
      1U);
  constexpr std::int64_t kOdd = 1'000'000'000'000'000'001;
  N(kOdd);
  EXPECT_THAT(a->session.All(as<std::int64_t>,
                             "SELECT id FROM counters WHERE n * 10 > n * 9 + ?"_sql, kOdd - 1),
              HasCode(ErrorCode::kValueOutOfRange));
}

TEST_F(DecimalSql, IntegersDivideAsIntegers) {
  N(7);
  EXPECT_EQ(
      Must(a->session.One(as<std::optional<std::int64_t>>, "SELECT n / 2 AS x FROM counters"_sql))
          .Plain(),
      3);
  EXPECT_EQ(
      Must(a->session.One(as<std::optional<std::int64_t>>, "SELECT n / 0 AS x FROM counters"_sql))
          .Plain(),
      std::nullopt);
  EXPECT_EQ(
      Must(a->session.One(as<std::optional<std::int64_t>>, "SELECT n % 4 AS x FROM counters"_sql))
          .Plain(),
      3);
  EXPECT_EQ(
      Must(a->session.One(as<std::optional<std::int64_t>>, "SELECT n % 0 AS x FROM counters"_sql))
          .Plain(),
      std::nullopt);
  N(kMin);
  EXPECT_THAT(
      a->session.One(as<std::optional<std::int64_t>>, "SELECT n / -1 AS x FROM counters"_sql),
      HasCode(ErrorCode::kValueOutOfRange));
  N(-7);
  EXPECT_EQ(
      Must(a->session.One(as<std::optional<std::int64_t>>, "SELECT n / 2 AS x FROM counters"_sql))
          .Plain(),
      -3);
  EXPECT_EQ(
      Must(a->session.One(as<std::optional<std::int64_t>>, "SELECT n % 4 AS x FROM counters"_sql))
          .Plain(),
      -3);
}

TEST_F(DecimalSql, NullsPassThroughArithmetic) {
  Must(a->session.Insert(Sample{.id = 1, .big = 5}));
  EXPECT_EQ(Must(a->session.One(as<std::optional<std::int64_t>>,
                                "SELECT big + maybe_big * 2 AS x FROM samples"_sql))
                .Plain(),
            std::nullopt);
}

}  // namespace
}  // namespace cordon_test
