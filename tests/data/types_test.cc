// SPDX-License-Identifier: Apache-2.0
// Every column type, there and back.
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::Decimal;
using cordon::Timestamp;
using std::chrono::microseconds;

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

class Types : public World {
 protected:
  void SetUp() override {
    Open();
    a.emplace(NewTenant("A"));
  }
  // Writes and reads back, alone and as an argument.
  Sample ThereAndBack(const Sample& sample) {
    Must(a->session.Execute("DELETE FROM samples"_sql));
    Must(a->session.Insert(sample));
    return Must(a->session.One(as<Sample>, "SELECT * FROM samples"_sql)).Plain();
  }
  static void ExpectSame(const Sample& x, const Sample& y) {
    EXPECT_EQ(x.id, y.id);
    EXPECT_EQ(x.big, y.big);
    EXPECT_EQ(x.small, y.small);
    EXPECT_EQ(x.flag, y.flag);
    EXPECT_EQ(x.text, y.text);
    EXPECT_EQ(x.blob, y.blob);
    EXPECT_EQ(x.at, y.at);
    EXPECT_EQ(x.exact, y.exact);
    EXPECT_EQ(x.maybe_big, y.maybe_big);
    EXPECT_EQ(x.maybe_flag, y.maybe_flag);
    EXPECT_EQ(x.maybe_text, y.maybe_text);
    EXPECT_EQ(x.maybe_blob, y.maybe_blob);
    EXPECT_EQ(x.maybe_at, y.maybe_at);
    EXPECT_EQ(x.maybe_exact, y.maybe_exact);
  }
};

TEST_F(Types, Extremes) {
  for (const std::int64_t extreme :
       {kMin, kMin + 1, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, kMax - 1, kMax}) {
    const auto small = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(extreme, std::numeric_limits<std::int32_t>::min(),
                                 std::numeric_limits<std::int32_t>::max()));
    const Sample sample{.id = extreme,
                        .big = extreme,
                        .small = small,
                        .flag = extreme > 0,
                        .at = Timestamp(microseconds(extreme)),
                        .exact = Decimal<4>::FromUnits(extreme),
                        .maybe_big = extreme,
                        .maybe_flag = extreme > 0,
                        .maybe_at = Timestamp(microseconds(extreme)),
                        .maybe_exact = Decimal<4>::FromUnits(extreme)};
    ExpectSame(ThereAndBack(sample), sample);
    EXPECT_THAT(a->session.One(as<std::int64_t>,
                               "SELECT id FROM samples WHERE big = ? AND at_time = ? AND exact = ? "
                               "AND maybe_exact = ?"_sql,
                               extreme, sample.at, sample.exact, sample.exact),
                IsOk())
        << extreme;
  }
}

TEST_F(Types, NothingIsNotTheSameAsEmpty) {
  const Sample nothing{.id = 1};
  ExpectSame(ThereAndBack(nothing), nothing);
  const Sample empty{.id = 1, .maybe_text = "", .maybe_blob = std::vector<std::byte>{}};
  const Sample back = ThereAndBack(empty);
  ASSERT_TRUE(back.maybe_text.has_value());
  ASSERT_TRUE(back.maybe_blob.has_value());
  EXPECT_EQ(*back.maybe_text, "");
  EXPECT_TRUE(back.maybe_blob->empty());
  EXPECT_THAT(a->session.One(as<std::int64_t>,
                             "SELECT id FROM samples WHERE maybe_text IS NOT NULL AND maybe_blob "
                             "IS NOT NULL AND maybe_big IS NULL AND maybe_flag IS NULL"_sql),
              IsOk());
}

TEST_F(Types, TextIsBytesFirstToLast) {
  std::string all;
  for (int byte = 1; byte < 128; ++byte) all += static_cast<char>(byte);
  for (const std::string& text :
       {std::string("a\0b", 3), std::string("\0", 1), all, std::string("株式会社 🦆"),
        std::string("'; DROP TABLE samples; --"), std::string(1'000'000, 'x')}) {
    const Sample sample{.id = 1, .text = text, .maybe_text = text};
    ExpectSame(ThereAndBack(sample), sample);
    EXPECT_THAT(a->session.One(as<std::int64_t>, "SELECT id FROM samples WHERE txt = ?"_sql, text),
                IsOk());
  }
}

TEST_F(Types, BlobsAreBytesFirstToLast) {
  std::vector<std::byte> all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<std::byte>(byte));
  const Sample sample{.id = 1, .blob = all, .maybe_blob = all};
  ExpectSame(ThereAndBack(sample), sample);
  EXPECT_THAT(a->session.One(as<std::int64_t>, "SELECT id FROM samples WHERE bin = ?"_sql,
                             std::span<const std::byte>(all)),
              IsOk());
}

TEST_F(Types, WhatTheEngineDoesNotAcceptIsSaid) {
  const Sample huge{.id = 1, .blob = std::vector<std::byte>(65U << 20U)};
  EXPECT_THAT(a->session.Insert(huge), HasCode(ErrorCode::kInvalidArgument));
  EXPECT_EQ(Must(a->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM samples"_sql)).Plain(), 0);
}

TEST_F(Types, ArgumentsOfEveryForm) {
  const std::string text = "text";
  const std::string_view view = text;
  const char* const pointer = "text";
  Must(a->session.Insert(Sample{.id = 1, .text = text}));
  EXPECT_THAT(
      a->session.One(as<std::int64_t>,
                     "SELECT id FROM samples WHERE txt = ? AND txt = ? AND txt = ? AND txt = ?"_sql,
                     text, view, pointer, "text"),
      IsOk());
  const std::optional<std::int64_t> none;
  Must(a->session.Execute("UPDATE samples SET maybe_big = ?, maybe_text = ? WHERE id = ?"_sql, none,
                          std::nullopt, 1));
  const std::optional<std::int64_t> some = 5;
  Must(a->session.Execute("UPDATE samples SET maybe_big = ? WHERE id = ?"_sql, some, 1));
  EXPECT_EQ(Must(a->session.One(as<Sample>, "SELECT * FROM samples"_sql))->maybe_big, 5);
}

TEST_F(Types, ANarrowFieldRefusesWhatDoesNotFit) {
  constexpr std::int64_t kLow = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t kHigh = std::numeric_limits<std::int32_t>::max();
  Must(a->session.Insert(Counter{1, kHigh}));
  const auto read = [&](std::int64_t n) {
    Must(a->session.Execute("UPDATE counters SET n = ?"_sql, n));
    return a->session.One(as<std::int32_t>, "SELECT n FROM counters"_sql);
  };
  EXPECT_EQ(Must(read(kHigh)).Plain(), kHigh);
  EXPECT_EQ(Must(read(kLow)).Plain(), kLow);
  for (const std::int64_t n : {kHigh + 1, kLow - 1, kMax, kMin}) {
    EXPECT_THAT(read(n), HasCode(ErrorCode::kValueOutOfRange)) << n;
    EXPECT_THAT(a->session.Optional(as<std::int32_t>, "SELECT n FROM counters"_sql),
                HasCode(ErrorCode::kValueOutOfRange));
    EXPECT_THAT(a->session.All(as<std::int32_t>, "SELECT n FROM counters"_sql),
                HasCode(ErrorCode::kValueOutOfRange));
    EXPECT_THAT(a->session.All(as<std::tuple<std::int64_t, std::int32_t>>,
                               "SELECT id, n FROM counters"_sql),
                HasCode(ErrorCode::kValueOutOfRange));
  }
}

TEST_F(Types, AggregatesOfNothing) {
  EXPECT_EQ(Must(a->session.One(as<std::optional<std::int64_t>>, "SELECT SUM(n) FROM counters"_sql))
                .Plain(),
            std::nullopt);
  EXPECT_EQ(Must(a->session.One(as<std::int64_t>, "SELECT COALESCE(MAX(n), -1) FROM counters"_sql))
                .Plain(),
            -1);
  EXPECT_EQ(
      Must(a->session.One(as<std::optional<double>>, "SELECT AVG(n) FROM counters"_sql)).Plain(),
      std::nullopt);
  Must(a->session.Insert(Counter{1, 1}));
  Must(a->session.Insert(Counter{2, 2}));
  EXPECT_EQ(
      Must(a->session.One(as<std::optional<double>>, "SELECT AVG(n) FROM counters"_sql)).Plain(),
      1.5);
}

}  // namespace
}  // namespace cordon_test
