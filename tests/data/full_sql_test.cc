// SPDX-License-Identifier: Apache-2.0
// What statements of the whole grammar give, beside a neighbour whose rows have the same keys: the
// answers that Cordon computes otherwise than SQLite (decimals, times, lists), and joins, windows,
// recursion and writes from queries over rows of one tenant only.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "support/world.h"

namespace {

using namespace cordon_test;
using testing::ElementsAre;

class FullSqlTest : public World {
 protected:
  void SetUp() override { OpenTwins(); }

  template <class T>
  static std::vector<T> Plain(absl::StatusOr<std::vector<cordon::Owned<T>>> rows) {
    std::vector<T> plain;
    for (const auto& row : Must(std::move(rows))) plain.push_back(row.Plain());
    return plain;
  }
  void AddSample(std::int64_t id, std::int64_t exact_units, cordon::Timestamp at = {},
                 std::string text = "x") {
    Sample sample;
    sample.id = id;
    sample.exact = cordon::Decimal<4>::FromUnits(exact_units);
    sample.at = at;
    sample.text = std::move(text);
    Must(a->session.Insert(sample));
    sample.text = kCanary;
    Must(b->session.Insert(sample));
  }
};

// ---- exact numbers ------------------------------------------------------------------------------

TEST_F(FullSqlTest, RoundsDecimalsHalfAwayFromZeroAndExactly) {
  // 2.5050, -2.5050, 2.5049, 0.9999 and the ends of 64 bits.
  std::int64_t id = 0;
  for (const std::int64_t units :
       std::vector<std::int64_t>{25050, -25050, 25049, 9999, INT64_MAX, INT64_MIN, 0}) {
    AddSample(++id, units);
  }
  EXPECT_THAT(Plain(a->session.All(as<cordon::Decimal<2>>,
                                   "SELECT ROUND(exact, 2) FROM samples ORDER BY id"_sql)),
              ElementsAre(cordon::Decimal<2>::FromUnits(251), cordon::Decimal<2>::FromUnits(-251),
                          cordon::Decimal<2>::FromUnits(250), cordon::Decimal<2>::FromUnits(100),
                          cordon::Decimal<2>::FromUnits(92233720368547758),
                          cordon::Decimal<2>::FromUnits(-92233720368547758),
                          cordon::Decimal<2>::FromUnits(0)));
  EXPECT_THAT(
      Plain(a->session.All(as<cordon::Decimal<0>>,
                           "SELECT ROUND(exact) FROM samples WHERE id < 5 ORDER BY id"_sql)),
      ElementsAre(cordon::Decimal<0>::FromUnits(3), cordon::Decimal<0>::FromUnits(-3),
                  cordon::Decimal<0>::FromUnits(3), cordon::Decimal<0>::FromUnits(1)));
}

TEST_F(FullSqlTest, KeepsTheSumBehindAMeanExactly) {
  // The sum alone leaves 64 bits; a sum of doubles would lose the small one.
  AddSample(1, INT64_MAX);
  AddSample(2, INT64_MAX);
  AddSample(3, 30000);
  AddSample(4, -INT64_MAX);
  AddSample(5, -INT64_MAX);
  EXPECT_DOUBLE_EQ(
      *Must(a->session.One(as<std::optional<double>>, "SELECT AVG(exact) FROM samples"_sql))
           .Plain(),
      3.0 / 5);
  EXPECT_DOUBLE_EQ(Must(a->session.One(as<double>, "SELECT total(exact) FROM samples"_sql)).Plain(),
                   3.0);
  EXPECT_THAT(a->session.One(as<std::optional<cordon::Decimal<4>>>,
                             "SELECT SUM(exact) FROM samples WHERE id < 3"_sql),
              HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_THAT(Plain(a->session.All(
                  as<std::optional<double>>,
                  "SELECT AVG(exact) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND "
                  "CURRENT ROW) FROM samples WHERE id IN (3, 4) ORDER BY id DESC LIMIT 1"_sql)),
              ElementsAre(testing::Optional(testing::DoubleNear(-4.61e14, 1e12))));
}

TEST_F(FullSqlTest, CastsDecimalsTowardsZero) {
  AddSample(1, 29999);
  AddSample(2, -29999);
  EXPECT_THAT(Plain(a->session.All(as<std::int64_t>,
                                   "SELECT CAST(exact AS INTEGER) FROM samples ORDER BY id"_sql)),
              ElementsAre(2, -2));
  EXPECT_THAT(
      Plain(a->session.All(as<double>, "SELECT CAST(exact AS REAL) FROM samples ORDER BY id"_sql)),
      ElementsAre(2.9999, -2.9999));
  EXPECT_THAT(
      Plain(a->session.All(as<cordon::Decimal<6>>,
                           "SELECT CAST(exact AS DECIMAL(12, 6)) FROM samples ORDER BY id"_sql)),
      ElementsAre(cordon::Decimal<6>::FromUnits(2999900), cordon::Decimal<6>::FromUnits(-2999900)));
}

// ---- times --------------------------------------------------------------------------------------

TEST_F(FullSqlTest, ReadsTimesWithoutRoundingThemIntoTheNextDay) {
  const auto at = [](std::int64_t us) { return cordon::Timestamp(std::chrono::microseconds(us)); };
  AddSample(1, 0, at(86'399'999'999));         // the last microsecond of 1970-01-01
  AddSample(2, 0, at(-1));                     // and of 1969
  AddSample(3, 0, at(1'709'164'800'000'000));  // 2024-02-29
  EXPECT_THAT(
      Plain(a->session.All(as<std::optional<std::string>>,
                           "SELECT strftime('%Y-%m-%d %H:%M:%f', at_time) FROM samples "
                           "ORDER BY id"_sql)),
      ElementsAre("1970-01-01 23:59:59.999", "1969-12-31 23:59:59.999", "2024-02-29 00:00:00.000"));
  EXPECT_THAT(Plain(a->session.All(as<std::optional<std::string>>,
                                   "SELECT date(at_time, 'start of month', '+1 month') "
                                   "FROM samples WHERE at_time >= '2024-02-29' "
                                   "AND at_time < '2024-02-29T00:00:00.000001'"_sql)),
              ElementsAre("2024-03-01"));
  EXPECT_THAT(Plain(a->session.All(as<std::int64_t>,
                                   "SELECT at_time - at_time + 5 FROM samples LIMIT 1"_sql)),
              ElementsAre(5));
}

TEST_F(FullSqlTest, AsksTheMachineForNoTime) {
  const auto day = [&](std::string_view text) {
    return Plain(
        a->session.All(as<std::optional<std::string>>, "SELECT date(?)"_sql, std::string(text)));
  };
  EXPECT_THAT(day("2024-02-29"), ElementsAre("2024-02-29"));
  // SQLite reads a text up to a NUL.
  for (const std::string_view now :
       {std::string_view("now"), std::string_view("NOW"), std::string_view("now\0", 4),
        std::string_view("Now\0x", 5), std::string_view("subsec"), std::string_view("SUBSECOND")}) {
    EXPECT_THAT(day(now), ElementsAre(std::nullopt)) << now;
  }
  EXPECT_THAT(Plain(a->session.All(as<std::optional<std::string>>,
                                   "SELECT strftime('%Y', 'n' || 'ow') || date('subsec')"_sql)),
              ElementsAre(std::nullopt));
}

TEST_F(FullSqlTest, RefusesTextsThatAreNoTimes) {
  static_assert(
      !cordon::CheckSql<Shop>("SELECT id FROM samples WHERE at_time > '2023-02-29'").ok());
  static_assert(!cordon::CheckSql<Shop>("SELECT id FROM samples WHERE at_time > '2023-2-1'").ok());
  static_assert(
      !cordon::CheckSql<Shop>("SELECT id FROM samples WHERE at_time > '2023-02-01 24:00'").ok());
  static_assert(
      cordon::CheckSql<Shop>("SELECT id FROM samples WHERE at_time > '2023-02-01 23:59:59.5Z'")
          .ok());
}

// ---- lists --------------------------------------------------------------------------------------

TEST_F(FullSqlTest, ListsAreInTheOrderOfTheirValues) {
  std::int64_t id = 0;
  for (const char* name : {"pear", "apple", "zoo", "apple"}) AddSample(++id, 0, {}, name);
  EXPECT_EQ(*Must(a->session.One(as<std::optional<std::string>>,
                                 "SELECT group_concat(txt, '; ') FROM samples"_sql))
                 .Plain(),
            "apple; apple; pear; zoo");
  EXPECT_EQ(*Must(a->session.One(as<std::optional<std::string>>,
                                 "SELECT group_concat(DISTINCT txt) FROM samples"_sql))
                 .Plain(),
            "apple,pear,zoo");
  EXPECT_EQ(Must(a->session.One(as<std::string>,
                                "SELECT json_group_array(txt) FROM samples WHERE txt <> 'zoo'"_sql))
                .Plain(),
            R"(["apple","apple","pear"])");
  EXPECT_EQ(
      Must(a->session.One(as<std::string>,
                          "SELECT json_group_object('k' || id, json_object('n', n)) FROM counters "
                          "WHERE id < 3"_sql))
          .Plain(),
      R"({"k1":{"n":1},"k2":{"n":2}})");
  EXPECT_EQ(Must(a->session.One(as<std::string>,
                                "SELECT json_group_array(txt) FROM samples WHERE id = 0"_sql))
                .Plain(),
            "[]");
  EXPECT_EQ(Must(a->session.One(as<std::optional<std::string>>,
                                "SELECT group_concat(txt) FROM samples WHERE id = 0"_sql))
                .Plain(),
            std::nullopt);
}

TEST_F(FullSqlTest, AListIsNoLongerThanTheEngineAllows) {
  AddSample(1, 0, {}, std::string(1 << 20, 'x'));
  EXPECT_THAT(a->session.One(as<std::optional<std::int64_t>>,
                             "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
                             "SELECT length(group_concat(txt)) FROM samples, n"_sql),
              HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(a->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql), IsOk());
}

// ---- joins, windows, recursion ------------------------------------------------------------------

TEST_F(FullSqlTest, OuterJoinsKeepToTheTenant) {
  Must(a->session.Insert(Customer{"lonely", "nobody", std::nullopt}));
  EXPECT_THAT(Plain(a->session.All(as<std::optional<std::int64_t>>,
                                   "SELECT o.id FROM orders o RIGHT JOIN customers c "
                                   "ON c.id = o.customer_id ORDER BY o.id"_sql)),
              ElementsAre(std::nullopt, 1, 2, 3));
  EXPECT_THAT(Plain(a->session.All(as<std::int64_t>,
                                   "SELECT id FROM counters FULL JOIN orders USING (id) "
                                   "ORDER BY id"_sql)),
              ElementsAre(1, 2, 3));
}

TEST_F(FullSqlTest, WindowsSeeOneTenantsRows) {
  EXPECT_THAT(
      Plain(a->session.All(as<std::tuple<std::int64_t, std::int64_t, std::int64_t>>,
                           "SELECT id, COUNT(*) OVER (), row_number() OVER (ORDER BY amount DESC) "
                           "FROM orders ORDER BY id"_sql)),
      ElementsAre(std::tuple(1, 3, 3), std::tuple(2, 3, 2), std::tuple(3, 3, 1)));
  EXPECT_THAT(Plain(a->session.All(as<std::optional<std::int64_t>>,
                                   "SELECT SUM(n) OVER w FROM counters "
                                   "WINDOW w AS (ORDER BY n ROWS 1 PRECEDING) ORDER BY id"_sql)),
              ElementsAre(1, 3, 5));
}

TEST_F(FullSqlTest, RecursionEndsWithItsRowsOrItsBudget) {
  EXPECT_THAT(
      Plain(a->session.All(as<std::tuple<std::int64_t, std::optional<std::int64_t>>>,
                           "WITH RECURSIVE up(id, before) AS (SELECT 1, NULL UNION ALL "
                           "SELECT c.id, up.id FROM up JOIN counters c ON c.id = up.id + 1) "
                           "SELECT id, before FROM up ORDER BY id"_sql)),
      ElementsAre(std::tuple(1, std::nullopt), std::tuple(2, 1), std::tuple(3, 2)));
  EXPECT_THAT(a->session.One(as<std::int64_t>,
                             "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                             "SELECT COUNT(*) FROM n WHERE i < 0"_sql),
              HasCode(ErrorCode::kBudgetExceeded));
}

TEST_F(FullSqlTest, JsonIsTakenApart) {
  Must(a->session.Execute(R"(UPDATE customers SET region = '{"tags":["x","y"],"n":7}')"_sql)
           .status());
  EXPECT_THAT(Plain(a->session.All(as<std::optional<std::string>>,
                                   "SELECT c.id || ':' || CAST(j.value AS TEXT) FROM customers c, "
                                   "json_each(c.region, '$.tags') j ORDER BY 1 LIMIT 3"_sql)),
              ElementsAre("K1:x", "K1:y", "K2:x"));
}

// ---- writes from queries ------------------------------------------------------------------------

TEST_F(FullSqlTest, WritesFromQueriesStayInTheTenant) {
  const std::string before = RawValue(
      path(), "SELECT group_concat(hex(tenant_id) || id || n) FROM counters WHERE n > 800");
  EXPECT_EQ(Must(a->session.Execute("INSERT INTO counters SELECT id + 10, n FROM counters"_sql)),
            3);
  EXPECT_EQ(
      Must(a->session.Execute("INSERT INTO counters (id, n) SELECT id, 7 FROM orders "
                              "ON CONFLICT (id) DO UPDATE SET n = excluded.n + counters.n"_sql)),
      3);
  EXPECT_EQ(Must(a->session.Execute("UPDATE counters SET n = n + s.total FROM (SELECT id, "
                                    "COUNT(*) AS total FROM orders GROUP BY id) AS s "
                                    "WHERE s.id = counters.id"_sql)),
            3);
  EXPECT_THAT(Plain(a->session.All(as<std::int64_t>, "SELECT n FROM counters ORDER BY id"_sql)),
              ElementsAre(9, 10, 11, 1, 2, 3));
  EXPECT_THAT(Plain(a->session.All(as<std::tuple<std::int64_t, std::int64_t>>,
                                   "DELETE FROM counters WHERE (id, n) IN (VALUES (1, 9), (2, 0)) "
                                   "RETURNING id, (SELECT COUNT(*) FROM orders o "
                                   "WHERE o.id >= counters.id)"_sql)),
              ElementsAre(std::tuple(1, 3)));
  EXPECT_EQ(before, RawValue(path(),
                             "SELECT group_concat(hex(tenant_id) || id || n) FROM counters "
                             "WHERE n > 800"));
}

// ---- what attacks found -------------------------------------------------------------------------

// SQLite writes a WITH out for each use; what would double without end is refused before it is
// prepared.
TEST_F(FullSqlTest, WithsThatDoubleAreRefused) {
  std::string sql = "WITH a0(x) AS (SELECT name FROM customers)";
  for (int i = 1; i < 30; ++i) {
    const std::string n = std::to_string(i);
    sql += ", a" + n + "(x) AS (SELECT x || x FROM a" + std::to_string(i - 1) + ")";
  }
  EXPECT_THAT(a->session.Ask(sql + " SELECT length(x) AS n FROM a29"),
              HasCode(ErrorCode::kStatementRefused));
  sql = "WITH a0(x) AS (SELECT name FROM customers)";
  for (int i = 1; i < 20; ++i) {
    const std::string prev = "a" + std::to_string(i - 1);
    sql += ", a" + std::to_string(i) + "(x) AS (SELECT p.x FROM " + prev + " p, " + prev + " q)";
  }
  EXPECT_THAT(a->session.Ask(sql + " SELECT x FROM a19"), HasCode(ErrorCode::kStatementRefused));
}

TEST_F(FullSqlTest, ChainsAsLongAsSqliteTakesThem) {
  std::string sql = "SELECT id FROM counters WHERE n = 0";
  for (int i = 0; i < 250; ++i) sql += " OR n = 1";
  EXPECT_THAT(a->session.Ask(sql), IsOk());
  for (int i = 0; i < 250; ++i) sql += " OR n = 1";
  EXPECT_THAT(a->session.Ask(sql), HasCode(ErrorCode::kStatementRefused));
}

TEST_F(FullSqlTest, OuterJoinsWithUsingMayMissEitherSide) {
  static_assert(!cordon::CheckSql<Shop>("INSERT INTO counters SELECT maybe_big, 1 FROM samples "
                                        "FULL JOIN (SELECT id AS maybe_big FROM orders) "
                                        "USING (maybe_big)")
                     .ok());
  Must(a->session.Execute("DELETE FROM orders WHERE id = 2"_sql).status());
  EXPECT_THAT(Plain(a->session.All(as<std::optional<std::int64_t>>,
                                   "SELECT maybe_big FROM samples FULL JOIN "
                                   "(SELECT id AS maybe_big FROM orders) USING (maybe_big) "
                                   "ORDER BY maybe_big"_sql)),
              ElementsAre(1, 3));
}

// The rows of json_each are made anew for each row in front of it; its id alone is no key.
TEST_F(FullSqlTest, JsonEachIsChosenByTheKeysInFrontOfIt) {
  Must(a->session.Execute(R"(UPDATE customers SET region = '["x"]')"_sql).status());
  EXPECT_EQ(*Must(a->session.One(as<std::optional<std::string>>,
                                 "SELECT (SELECT c.id FROM customers c JOIN json_each(c.region) e "
                                 "WHERE e.id = 1) AS v"_sql))
                 .Plain(),
            "K1");
  EXPECT_THAT(a->session.One(as<std::string>,
                             "SELECT c.id FROM customers c JOIN json_each(c.region) e "
                             "WHERE e.id = 1"_sql),
              HasCode(ErrorCode::kNotOne));
}

TEST_F(FullSqlTest, NamesMeanWhatTheyMeanToSqlite) {
  EXPECT_THAT(Plain(a->session.All(as<std::tuple<std::int64_t, std::int64_t>>,
                                   "SELECT n, -n AS n FROM counters ORDER BY (n) LIMIT 1"_sql)),
              ElementsAre(std::tuple(3, -3)));
  EXPECT_THAT(Plain(a->session.All(as<std::tuple<std::int64_t, std::int64_t>>,
                                   "SELECT n, -n AS n FROM counters UNION ALL "
                                   "SELECT id, -id FROM orders ORDER BY n LIMIT 1"_sql)),
              ElementsAre(std::tuple(3, -3)));
  // The merged column, not the AS name.
  static_assert(!cordon::CheckSql<Shop>(
                     "SELECT length(k) AS k, COUNT(*) FROM (SELECT customer_id AS k FROM orders) "
                     "FULL JOIN (SELECT id AS k FROM customers) USING (k) GROUP BY k")
                     .ok());
}

// Which of several rows meets a key first, and what an UPDATE reads of its own table, is fixed: an
// index that is added behind Cordon's back changes neither.
TEST_F(FullSqlTest, WritesDoNotDependOnAPlan) {
  for (const bool indexed : {false, true}) {
    if (indexed) {
      RawSql(path(), "CREATE INDEX other ON counters (tenant_id, n DESC, id)");
    }
    Must(a->session
             .Execute("INSERT INTO counters SELECT 9, n FROM counters WHERE n > 0 "
                      "ON CONFLICT (id) DO UPDATE SET n = excluded.n * 10"_sql)
             .status());
    EXPECT_EQ(
        Must(a->session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 9"_sql)).Plain(),
        30);
    Must(a->session
             .Execute("UPDATE counters SET n = (SELECT SUM(c.n) FROM counters c "
                      "WHERE c.n > 0) WHERE n > 0 AND id < 9"_sql)
             .status());
    EXPECT_THAT(Plain(a->session.All(as<std::int64_t>,
                                     "SELECT n FROM counters WHERE id < 9 ORDER BY id"_sql)),
                ElementsAre(36, 36, 36));
    Must(a->session.Execute("DELETE FROM counters WHERE id = 9"_sql).status());
    Must(a->session.Execute("UPDATE counters SET n = id"_sql).status());
  }
}

// SQLite 3.40 itself compares each column in RETURNING with the affinity of the table's first one.
TEST_F(FullSqlTest, TextsAreComparedAsTextsInReturning) {
  EXPECT_FALSE(Must(a->session.One(as<bool>,
                                   "UPDATE customers SET name = '2037' WHERE id = 'K1' "
                                   "RETURNING name <= ''"_sql))
                   .Plain());
  EXPECT_TRUE(Must(a->session.One(as<bool>,
                                  "UPDATE orders SET number = '10' WHERE id = 1 "
                                  "RETURNING number < '9' AND id = 1"_sql))
                  .Plain());
}

}  // namespace
