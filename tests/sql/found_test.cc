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
  void Same(const std::string& sql) { SameAs(sql, sql); }
  // … which is asked in other words, where it would not do what they say.
  void SameAs(const std::string& sql, const std::string& meant) {
    SCOPED_TRACE(sql);
    const Judgement judgement = Judge(world_.shared().schema(), sql, {});
    ASSERT_TRUE(judgement.accepted()) << NameOf(judgement.parsed.refusal);
    const Result ours = world_.shared().Run(sql, {}, judgement);
    const Result plain = world_.plain().Run(meant);
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
  Same(
      "SELECT COALESCE(NULLIF(1, id), ROUND(2), ROUND(0.25, 0)), CASE id WHEN 1 THEN 2 WHEN 2 THEN "
      "ROUND(2) ELSE ROUND(0.25, 0) END FROM orders");
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

TEST_F(Found, ALoneTableInParenthesesKeepsItsName) {
  Same(
      "SELECT q.k FROM (SELECT orders.status AS k FROM order_lines a LEFT JOIN (orders) ON TRUE, "
      "order_lines b) AS q LIMIT 0");
  Same("SELECT orders.id FROM customers LEFT JOIN ((orders)) ON customers.id = customer_id");
  Same(
      "SELECT c.id, o.id FROM customers c LEFT JOIN ((orders o JOIN order_lines l ON o.id = "
      "l.order_id)) ON c.id = o.customer_id");
}

TEST_F(Found, ARowOfASubqueryMayBeMissing) {
  Same("SELECT (SELECT customer_ref, id FROM orders ORDER BY id LIMIT 1) = ('x', 2)");
  Same("SELECT (1, 'x') <> (SELECT id, status FROM orders WHERE id = -1)");
}

TEST_F(Found, AMergedColumnMayBeOnTheSideThatIsMissing) {
  Same("SELECT id FROM orders a FULL JOIN orders b USING (id) RIGHT JOIN currencies c ON FALSE");
  Same("SELECT a.id FROM orders a FULL JOIN orders b USING (id) RIGHT JOIN currencies c ON FALSE");
  Same("SELECT id FROM currencies c LEFT JOIN (orders a NATURAL RIGHT JOIN orders b) ON FALSE");
  // Not by the join that merges it.
  const Judgement judgement =
      Judge(world_.shared().schema(), "SELECT id FROM orders a FULL JOIN orders b USING (id)", {});
  ASSERT_TRUE(judgement.accepted());
  EXPECT_FALSE(judgement.parsed.output[0].type.nullable);
}

TEST_F(Found, ValuesMayBeColumnsOfTheQueryAround) {
  Same("SELECT id FROM orders AS q WHERE id IN (VALUES (q.id))");
  Same("SELECT id FROM orders AS q WHERE status IN (VALUES ((q.status)), ('x'))");
  Same("SELECT id FROM orders AS q WHERE status IN (VALUES (q.status COLLATE BINARY))");
}

TEST_F(Found, HavingWantsAnAggregateOutsideOfWindows) {
  Refused("SELECT rank() OVER (ORDER BY COUNT(*)) FROM orders HAVING COUNT(*) > 1",
          Refusal::kAggregateHere);
  Refused("SELECT SUM(COUNT(*)) OVER () FROM orders HAVING COUNT(*) > 1", Refusal::kAggregateHere);
  Same("SELECT rank() OVER (ORDER BY COUNT(*)), MAX(id) FROM orders HAVING COUNT(*) > 1");
}

TEST_F(Found, ACollationBehindACompoundLeavesItsSelectsAlone) {
  // SQLite stumbles over the host's text, so these are compared with what it stands for.
  const auto like = [&](const std::string& sql, const std::string& meant) {
    SCOPED_TRACE(sql);
    const Judgement judgement = Judge(world_.shared().schema(), sql, {});
    ASSERT_TRUE(judgement.accepted()) << NameOf(judgement.parsed.refusal);
    const Result ours = world_.shared().Run(sql, {}, judgement);
    EXPECT_EQ(ours.error, "");
    EXPECT_FALSE(ours.rows.empty());
    EXPECT_EQ(Lines(ours, &judgement.parsed, true), Lines(world_.plain().Run(meant), nullptr, true))
        << world_.shared().Readable(judgement);
  };
  const std::string having =
      "SELECT 1, 'x' UNION SELECT COUNT(*), 'a' FROM orders HAVING COUNT(*) > 1";
  like(having + " ORDER BY 2 COLLATE NOCASE",
       "SELECT * FROM (" + having + ") ORDER BY 2 COLLATE NOCASE");
  const std::string group =
      "SELECT status, 1 FROM orders UNION SELECT status, 2 FROM orders GROUP BY status";
  like(group + " ORDER BY 1 COLLATE NOCASE, 2 DESC",
       "SELECT * FROM (" + group + ") ORDER BY 1 COLLATE NOCASE, 2 DESC");
  like(
      "SELECT id FROM customers WHERE name IN (SELECT name FROM customers UNION SELECT MIN(name) "
      "FROM customers GROUP BY kind ORDER BY 1 COLLATE NOCASE LIMIT 2) ORDER BY id",
      "SELECT id FROM customers WHERE name IN (SELECT name FROM customers ORDER BY name COLLATE "
      "NOCASE LIMIT 2) ORDER BY id");
  // Rows that go on from rows are taken in that order, as they stand.
  Same(
      "WITH c(x) AS (SELECT 'a' UNION SELECT x || 'b' FROM c WHERE LENGTH(x) < 4 ORDER BY 1 "
      "COLLATE NOCASE) SELECT x FROM c");
}

TEST_F(Found, NothingIsLostInFrontOfAFullJoin) {
  // SQLite looks at FALSE first, and then at no row at all.
  const std::string lost =
      "SELECT l.order_id FROM order_lines l JOIN currencies c ON FALSE FULL JOIN orders o ON "
      "l.order_id = 1";
  EXPECT_TRUE(world_.plain().Run(lost).rows.empty());
  Refused(lost, Refusal::kJoinCondition);
  const auto join = [](const std::string& how) {
    return "SELECT COUNT(*), COUNT(l.order_id) FROM order_lines l " + how +
           " JOIN orders o ON l.order_id = o.id";
  };
  for (const std::string side : {" RIGHT", " FULL"}) {
    Refused(join("JOIN products p ON p.id = l.product_id AND 1 = 0" + side),
            Refusal::kJoinCondition);
    Refused(join("JOIN products p ON (TRUE AND (p.id = l.product_id))" + side),
            Refusal::kJoinCondition);
    Refused(join("JOIN (products p JOIN currencies c ON TRUE AND FALSE) ON TRUE" + side),
            Refusal::kJoinCondition);
    Refused(
        join("JOIN currencies c ON FALSE AND c.code IS DISTINCT FROM c.code OR NOT TRUE" + side),
        Refusal::kJoinCondition);
    Refused(join("JOIN currencies c ON c.code IN ()" + side), Refusal::kJoinCondition);
    Refused(join("JOIN currencies c ON (c.code, 1) = ('EUR', 2)" + side), Refusal::kJoinCondition);
    Refused(join("JOIN currencies c ON (c.code, 1) IN (('EUR', 2))" + side),
            Refusal::kJoinCondition);
    Same(join("JOIN currencies c ON (c.code, 1) < ('EUR', 2)" + side));
    Same(join("JOIN currencies c ON TRUE" + side));
    Same(join("LEFT JOIN currencies c ON FALSE" + side));
    Same(join("JOIN products p ON p.id = l.product_id OR FALSE" + side));
    Same(join("JOIN (SELECT * FROM products WHERE FALSE) p ON p.id = l.product_id" + side));
  }
  Refused(
      "SELECT id, (SELECT COUNT(*) FROM order_lines l JOIN currencies c ON k.blocked FULL JOIN "
      "orders o ON l.order_id = o.id) FROM customers k",
      Refusal::kJoinCondition);
  Same(
      "SELECT COUNT(*) FROM orders o FULL JOIN order_lines l ON o.id = l.order_id JOIN units ON "
      "FALSE");
}

TEST_F(Found, AFilterCountsInAFrameThatMoves) {
  for (const std::string function : {"MIN", "MAX"}) {
    for (const std::string frame :
         {"ROWS 1 PRECEDING", "GROUPS CURRENT ROW", "RANGE CURRENT ROW"}) {
      const std::string over = "SELECT " + function + "(status) FILTER (WHERE id > 2) OVER ";
      Same(over + "(ORDER BY id " + frame + " EXCLUDE NO OTHERS) FROM orders");
      // Which the host may leave out.
      const auto run = [&](const std::string& window) {
        const std::string sql = over + window;
        const Judgement judgement = Judge(world_.shared().schema(), sql, {});
        EXPECT_TRUE(judgement.accepted()) << sql;
        return Lines(world_.shared().Run(sql, {}, judgement), &judgement.parsed, false);
      };
      EXPECT_EQ(run("(ORDER BY id " + frame + ") FROM orders"),
                run("(ORDER BY id " + frame + " EXCLUDE NO OTHERS) FROM orders"));
      EXPECT_EQ(run("w FROM orders WINDOW w AS (ORDER BY id " + frame + ")"),
                run("(ORDER BY id " + frame + " EXCLUDE NO OTHERS) FROM orders"));
    }
  }
}

TEST_F(Found, AWindowThatNoFunctionNamesIsReadAllTheSame) {
  Same("SELECT id FROM orders WINDOW w AS (ORDER BY id), v AS (PARTITION BY status) ORDER BY id");
  for (const char* sql :
       {"SELECT id WINDOW w FROM orders", "SELECT 1 WINDOW", "SELECT id FROM orders WINDOW w",
        "SELECT id FROM orders WINDOW w AS (ORDER BY id) ORDER", "SELECT ? WINDOW ?",
        "SELECT id FROM orders WINDOW w AS (ORDER BY id),",
        "SELECT id FROM orders WINDOW w AS (ORDER BY nothing)",
        "SELECT id FROM orders WINDOW w AS (ORDER BY id) x"}) {
    EXPECT_FALSE(Judge(world_.shared().schema(), sql, {}).accepted()) << sql;
  }
}

TEST_F(Found, ReplaceOfNothingGivesBackAnyValue) {
  Same("SELECT replace(json_extract('{\"a\": 5}', '$.a'), '', 'z')");
  Same("SELECT replace(json_extract('{\"a\": 5}', '$.a'), substr('x', 2), 'z')");
  Same("SELECT replace(json_extract('{\"a\": 5}', '$.a'), '5', 'z') || ''");
}

TEST_F(Found, InThePlaceOfItsRootAJsonIsNoText) {
  const auto kind = [&](const std::string& call) {
    const Judgement judgement = Judge(world_.shared().schema(), "SELECT " + call, {});
    EXPECT_TRUE(judgement.accepted()) << call;
    return judgement.parsed.output[0].type.kind;
  };
  Same("SELECT json_set('{}', '$', 5), json_replace('{}', '$.a', 1, '$', 5)");
  Same("SELECT CAST(json_set('{}', substr('x$', 2), 5) AS TEXT)");
  Same(
      "SELECT json_set('{}', '$.a', 5) || '', json_insert('{}', '$.' || 'b', json('[1, 2]')) || "
      "''");
  EXPECT_EQ(kind("json_set('{}', '$', 5)"), SqlType::kAny);
  EXPECT_EQ(kind("json_set('{}', '$.a', 1, ('$'), 5)"), SqlType::kAny);
  EXPECT_EQ(kind("json_set('{}', '' || '$', 5)"), SqlType::kAny);
  EXPECT_EQ(kind("json_set('{}', '$[0]' ->> '$', 5)"), SqlType::kAny);
  EXPECT_EQ(kind("json_set(json_array(1, 2), '$[0]', json_array('$', '$'))"), SqlType::kText);
  EXPECT_EQ(kind("json_set('{}', '$.' || 'a', '$', '$[0]', 1)"), SqlType::kText);
}

TEST_F(Found, AnAsNameInParenthesesIsOrderedByWhateverItsCollation) {
  Same("SELECT id AS name FROM customers ORDER BY (name COLLATE NOCASE) LIMIT 1");
  Same("SELECT id AS name FROM customers ORDER BY ((name) COLLATE NOCASE) COLLATE BINARY LIMIT 1");
  Same("SELECT id AS name FROM customers ORDER BY (1 COLLATE BINARY) COLLATE NOCASE DESC LIMIT 1");
  Same("SELECT DISTINCT id AS name FROM customers ORDER BY (name COLLATE NOCASE) LIMIT 1");
  Refused("SELECT id AS name FROM customers ORDER BY (name COLLATE RTRIM)", Refusal::kCollate);
  Refused("SELECT id AS name FROM customers ORDER BY (name COLLATE x) COLLATE NOCASE",
          Refusal::kCollate);
}

// What keeps the machine's clock out of a time must not become the collation of all around it.
TEST_F(Found, ATimeIsComparedAsPlainly) {
  Same("SELECT IIF(id = 1, 'a', date(status, '+1 day')) >= 'B' FROM orders");
  Same("SELECT id FROM orders WHERE COALESCE(date(status), 'OPEN') = 'open'");
  Same("SELECT strftime('x' || status, '2024-02-29') = 'XOPEN' FROM orders");
}

// To be run with AddressSanitizer: SQLite reads what it has freed.
TEST_F(Found, ThePathOfAJsonIsCopied) {
  const std::string from = " FROM orders AS o, json_each('[[3], [4]]', '$[' || (o.id % 2) || ']')";
  SameAs("SELECT MAX(path)" + from, "SELECT MAX(path || '')" + from);
  SameAs("SELECT o.id, MIN(path), MAX(path)" + from + " GROUP BY o.id",
         "SELECT o.id, MIN(path || ''), MAX(path || '')" + from + " GROUP BY o.id");
  SameAs("SELECT MAX(path)" + from + " EXCEPT SELECT path FROM json_each('[1, 2]', '$[0]')",
         "SELECT MAX(path || '')" + from + " EXCEPT SELECT '$[0]'");
  Same("SELECT * FROM json_tree('{\"a\": [1]}', '$.a')");
}

TEST_F(Found, ATextMayBeTheNameOfATable) {
  Same("SELECT id, 'orders', UPPER('Orders') FROM orders WHERE status <> 'orders'");
  Same("SELECT id FROM orders WHERE status LIKE 'orders' OR status IN ('orders', 'open')");
  Same("SELECT 'customers' || status AS k, COUNT(*) FROM orders GROUP BY status ORDER BY k");
  Same("SELECT printf('orders'), COALESCE(NULL, 'customers'), json_array('orders')");
}

}  // namespace
}  // namespace cordon_test
