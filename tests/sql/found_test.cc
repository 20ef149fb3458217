// SPDX-License-Identifier: Apache-2.0
//
// What the random reads and a search by hand have found in the checker, each in its shortest form.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sql/erp_data.h"

namespace cordon_test {
namespace {

class Found : public testing::Test {
 protected:
  // Accepted, true to the types that were promised, and the same in the plain file.
  void Same(const std::string& sql) {
    SCOPED_TRACE(sql);
    const Judgement judgement = Judge(world_.shared().schema(), sql, {});
    ASSERT_TRUE(judgement.accepted()) << NameOf(judgement.parsed.refusal);
    const Result ours = world_.shared().Run(sql, {}, judgement);
    const Result plain = world_.plain().Run(sql);
    EXPECT_EQ(ours.error + plain.error, "");
    EXPECT_EQ(BrokenPromise(ours, judgement.parsed), "");
    EXPECT_EQ(Lines(ours, &judgement.parsed, false), Lines(plain, nullptr, false))
        << world_.shared().Readable(judgement);
  }
  void Refused(const std::string& sql, Refusal why) {
    const Judgement judgement = Judge(world_.shared().schema(), sql, {});
    EXPECT_EQ(NameOf(judgement.parsed.refusal), NameOf(why)) << sql;
  }
  ErpWorld world_;
};

TEST_F(Found, RowValuesInsideArgumentsAreNoArguments) {
  Same(
      "SELECT json_array(CASE WHEN (id, status) <> (1, 'open') THEN 1 ELSE 2 END, status) FROM "
      "orders");
  Same("SELECT COALESCE(IIF((id, status) = (1, 'open'), NULL, 5), 6) FROM orders");
}

TEST_F(Found, RowValuesInsideAListAreNoElements) {
  Same(
      "SELECT id FROM orders WHERE id IN (CASE WHEN (id, status) = (7, 'x') THEN 1 ELSE 2 END, 3)");
}

TEST_F(Found, WhatIsChosenAmongNumbersIsOfOneKind) {
  Same("SELECT MIN(ROUND(2), 1), MAX(1, ROUND(2)), COALESCE(NULL, 1, ROUND(2))");
  Same(
      "SELECT IIF(id = 1, AVG(id), 1), CASE WHEN id = 1 THEN 1 ELSE AVG(id) END FROM orders GROUP "
      "BY id");
}

TEST_F(Found, AFlagIsZeroOrOne) {
  Same("SELECT -blocked, COALESCE(blocked, 1) FROM customers");
  Refused("SELECT IIF(id = 'C001', blocked, 5) FROM customers", Refusal::kTypes);
  Refused("UPDATE customers SET blocked = 2", Refusal::kTypes);
}

TEST_F(Found, AFullJoinOfSingleRowsHasTwo) {
  Same(
      "SELECT a.n, b.n FROM (SELECT MAX(id) AS n FROM orders) a FULL JOIN (SELECT MAX(id) AS n "
      "FROM "
      "invoices) b ON FALSE");
  // So the row that a LIMIT keeps needs an order.
  const std::string sql =
      "SELECT a.n FROM (SELECT MAX(id) AS n FROM orders) a FULL JOIN (SELECT MAX(id) AS n FROM "
      "invoices) b ON FALSE LIMIT 1";
  const Judgement judgement = Judge(world_.shared().schema(), sql, {});
  ASSERT_TRUE(judgement.accepted());
  EXPECT_NE(world_.shared().Readable(judgement).find(" ORDER BY "), std::string::npos);
}

TEST_F(Found, NoTextThatIsMadeAtRunTimeAsksTheClock) {
  for (const std::string text :
       {"substr('xNow', 2)", "'no' || 'w'", "json_extract('{\"a\":\"now\"}', '$.a')"}) {
    const std::string sql = "SELECT date(" + text + ")";
    const Judgement judgement = Judge(world_.shared().schema(), sql, {});
    ASSERT_TRUE(judgement.accepted()) << sql;
    const Result result = world_.shared().Run(sql, {}, judgement);
    ASSERT_EQ(result.rows.size(), 1U) << sql;
    EXPECT_EQ(Show(result.rows[0][0]), "NULL") << sql;
  }
  Same("SELECT date(substr('x2026-01-31', 2), '+1 day')");
}

TEST_F(Found, ACollationStaysInItsComparison) {
  // "berlin" and "Berlin" are two cities, whatever a condition in the same expression thinks.
  const std::string city =
      "CASE WHEN postcode > '5' COLLATE NOCASE THEN UPPER(city) || 'x' ELSE city END";
  const std::string cities =
      "SELECT DISTINCT city FROM addresses WHERE NOT postcode > '5' UNION SELECT DISTINCT "
      "UPPER(city) "
      "|| 'x' FROM addresses WHERE postcode > '5'";
  const Result apart = world_.plain().Run(cities);
  for (const std::string& sql : {"SELECT DISTINCT " + city + " AS c FROM addresses",
                                 "SELECT " + city + " AS c FROM addresses GROUP BY c",
                                 "SELECT " + city + " AS c FROM addresses UNION SELECT 'Graz'"}) {
    const Judgement judgement = Judge(world_.shared().schema(), sql, {});
    ASSERT_TRUE(judgement.accepted()) << NameOf(judgement.parsed.refusal);
    const Result ours = world_.shared().Run(sql, {}, judgement);
    EXPECT_EQ(Lines(ours, &judgement.parsed, false), Lines(apart, nullptr, false))
        << world_.shared().Readable(judgement);
  }
}

TEST_F(Found, ATableFunctionMayServeForItsRowsAlone) {
  Same(
      "SELECT m.id, COUNT(*) FROM edi_messages m JOIN json_each(m.body, '$.order.lines') ON TRUE "
      "GROUP BY m.id");
  Same("SELECT id FROM products WHERE id IN (SELECT value FROM json_each('[\"P001\"]'))");
}

}  // namespace
}  // namespace cordon_test
