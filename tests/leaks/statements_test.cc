// SPDX-License-Identifier: Apache-2.0
// Statements whose scope was lost on the way from the text to the engine: class A of the catalogue.
#include <algorithm>
#include <array>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "leaks/leaks.h"

namespace cordon_test {
namespace {

// The catalogue is worth something only if its world notices a leak.
TEST_F(Leak, L00_TheWorldNoticesALeak) {
  ExpectNaiveReadLeaks("SELECT name FROM customers WHERE id = 'K1'");
  for (const char* sql : {"UPDATE counters SET n = 0", "DELETE FROM orders WHERE id = 1",
                          "INSERT INTO counters (tenant_id, id, n) SELECT tenant_id, 9, 9 FROM "
                          "counters WHERE n > 900 "
                          "AND id = 1"}) {
    ExpectNaiveWriteHurts(sql);
  }
  EXPECT_NE(RowsOf(path(), *a_id), RowsOf(path(), *c_id));
}

TEST_F(Leak, L01_DeleteWithLimit) {
  const std::string first = "IN (SELECT id FROM orders ORDER BY id LIMIT 1)";
  ExpectNaiveWriteHurts("DELETE FROM orders WHERE id " + first);
  EXPECT_THAT(Writes("DELETE FROM orders WHERE id " + first), StartsWith("1\n"));
  EXPECT_THAT(Writes("UPDATE orders SET number = number || 'x' WHERE id " + first),
              StartsWith("1\n"));
  // Not even with the order in which B's rows would come first.
  EXPECT_THAT(
      Writes("DELETE FROM orders WHERE number IN (SELECT number FROM orders ORDER BY number "
             "LIMIT 1)"),
      StartsWith("1\n"));
  for (const char* sql : {"DELETE FROM orders ORDER BY id LIMIT 1", "DELETE FROM orders LIMIT 1",
                          "UPDATE orders SET number = 'x' LIMIT 1"}) {
    ExpectRefused(sql);
    ExpectLock(sql);
  }
  // A bulk job that goes from key to key until nothing is left.
  EXPECT_EQ(Same([](const Session& session) {
              std::string said;
              std::int64_t changed = 1;
              for (int round = 0; changed > 0 && round < 10; ++round) {
                changed = Must(session.Execute(
                    "DELETE FROM counters WHERE id IN (SELECT id FROM counters WHERE id > ? "
                    "ORDER BY id LIMIT 1)"_sql,
                    0));
                said += std::to_string(changed);
              }
              return said;
            }),
            "1110");
  // A rewriter that scopes the inner statement only.
  ExpectLockOnMarked("DELETE FROM " + TargetMark(kOrders) +
                     " AS t0 WHERE t0.\"id\" IN (SELECT 1 UNION SELECT 77 LIMIT 2)");
  ExpectLockOnMarked("UPDATE " + TargetMark(kOrders) + " AS t0 SET " + ColumnMark(kOrders, 2) +
                     " = t0.\"number\" || 'x' WHERE t0.\"id\" = 2");
}

TEST_F(Leak, L02_DeleteWithJoin) {
  for (const std::string condition :
       {"id IN (SELECT o.id FROM orders AS o JOIN customers AS c ON c.id = o.customer_id)",
        "EXISTS (SELECT 1 FROM customers AS c WHERE c.id = orders.customer_id)",
        "customer_id IN (SELECT c.id FROM customers AS c, orders AS p WHERE p.customer_id = c.id)",
        "(id, number) IN (SELECT p.id, p.number FROM orders AS p NATURAL JOIN counters AS k)"}) {
    ExpectNaiveWriteHurts("DELETE FROM orders WHERE " + condition);
    EXPECT_THAT(Writes("DELETE FROM orders WHERE " + condition), StartsWith("3\n"));
    EXPECT_THAT(Writes("UPDATE orders SET number = number || '!' WHERE " + condition),
                StartsWith("3\n"));
  }
  const std::string join =
      "UPDATE orders SET number = number || c.id FROM customers AS c WHERE c.id = "
      "orders.customer_id";
  ExpectNaiveWriteHurts(join);
  EXPECT_THAT(Writes(join), StartsWith("3\n"));
  ExpectRefused("DELETE FROM orders USING customers WHERE customers.id = orders.customer_id");
  // The join holds the tenant, the target does not.
  ExpectLockOnMarked("UPDATE " + TargetMark(kCounters) + " AS t0 SET " + ColumnMark(kCounters, 1) +
                     " = 0 FROM (SELECT 1 AS one UNION SELECT 77) AS t1 WHERE t1.one = "
                     "t0.\"id\"");
}

// Hears of every statement that reaches the engine.
class Spy final : public cordon::Hook {
 public:
  absl::Status BeforeStatement(const cordon::StatementEvent&) override {
    ++statements;
    return absl::OkStatus();
  }
  int statements = 0;
};

TEST_F(Leak, L03_WithoutATenantNothingIsSent) {
  const auto spy = std::make_shared<Spy>();
  cordon::PlatformOptions options = Options();
  options.hooks = {spy};
  Reopen(std::move(options));
  cordon::TenantContext taken = std::move(a->context);
  spy->statements = 0;
  // NOLINTNEXTLINE(bugprone-use-after-move): that is the test
  EXPECT_THAT(platform->OpenSession(a->context), HasCode(ErrorCode::kContextRevoked));
  taken.Revoke();
  EXPECT_THAT(a->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql),
              HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(a->session.Execute("DELETE FROM counters"_sql), HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(a->session.Insert(Counter{9, 9}), HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(a->session.Ask("SELECT n FROM counters"), HasCode(ErrorCode::kContextRevoked));
  EXPECT_EQ(spy->statements, 0);
  // A scope that has no tenant reaches no tenant's table, past the checker neither.
  for (const std::string& sql : std::vector<std::string>{
           "SELECT t0.\"name\" FROM " + ReadMark(kCustomers) + " AS t0",
           "DELETE FROM " + TargetMark(kCounters), "SELECT name FROM customers",
           "SELECT name FROM customers WHERE tenant_id IS NULL",
           "INSERT INTO " + TargetMark(kCounters) + " VALUES (NULL, 1, 1)"}) {
    const Outcome outcome = Past(sql, Kind::kGlobalWrite, sql.find('\x01') != std::string::npos);
    EXPECT_THAT(outcome.status, HasCode(ErrorCode::kEngineLock)) << sql;
    EXPECT_EQ(outcome.rows, "") << sql;
  }
  EXPECT_THROW(RawSql(path(), "INSERT INTO counters (tenant_id, id, n) VALUES (NULL, 1, 1)"),
               std::runtime_error);
}

// A rewriter that corrupts what it rewrites: expressions through Cordon, and the same text on a
// file with A's rows alone through plain SQLite.
TEST_F(Leak, L04_RewrittenUpdatesMeanTheSame) {
  std::mt19937 random(4);
  const auto pick = [&](const std::vector<std::string>& from) {
    return from[random() % from.size()];
  };
  const std::function<std::string(int)> number = [&](int depth) -> std::string {
    if (depth == 0) return pick({"n", "id", "1", "7", "-3"});
    switch (random() % 4) {
      case 0:
        return "(" + number(depth - 1) + pick({" + ", " - ", " * "}) + number(depth - 1) + ")";
      case 1:
        return "CASE WHEN " + number(depth - 1) + " > " + number(depth - 1) + " THEN " +
               number(depth - 1) + " ELSE " + number(depth - 1) + " END";
      case 2:
        return "(SELECT COALESCE(" + pick({"MAX", "MIN", "SUM"}) + "(k.n), 0) FROM counters AS k " +
               "WHERE k.id <> " + number(0) + ")";
      default:
        return "abs(" + number(depth - 1) + ")";
    }
  };
  for (int round = 0; round < 150; ++round) {
    const std::string sql = "UPDATE counters SET n = " + number(2) + " WHERE " + number(1) +
                            pick({" < ", " >= ", " <> "}) + number(1);
    SCOPED_TRACE(sql);
    ASSERT_THAT(Write(a->session, sql), Not(StartsWith("refused")));
    RawSql(alone_path(), sql);
    ASSERT_EQ(RowsOf(path(), *a_id), RowsOf(alone_path(), alone->id));
    // Numbers would outgrow 64 bits.
    const std::string small = "UPDATE counters SET n = n % 1000";
    Must(a->session.Execute("UPDATE counters SET n = n % 1000"_sql));
    RawSql(alone_path(), small);
  }
}

TEST_F(Leak, L05_GlobalTablesTakeNoTenant) {
  EXPECT_EQ(Reads("SELECT code FROM currencies ORDER BY code"), "EUR|\nSEK|\n");
  EXPECT_EQ(Reads("SELECT c.code, k.n FROM currencies AS c JOIN counters AS k ON k.id = 1 ORDER BY "
                  "c.code"),
            "EUR|1|\nSEK|1|\n");
  // Who writes what all read has asked for that by name: in a tenant's scope nobody can.
  ExpectRefused("INSERT INTO currencies (code, name) VALUES ('XXX', 'x')");
  ExpectRefused("UPDATE currencies SET name = 'x'");
  ExpectRefused("DELETE FROM currencies");
  ExpectLockOnMarked("INSERT INTO " + TargetMark(kCurrencies) + " VALUES ('XXX', 'x')");
  ExpectLockOnMarked("UPDATE " + TargetMark(kCurrencies) + " SET " + ColumnMark(kCurrencies, 1) +
                     " = 'x'");
  ExpectLockOnMarked("DELETE FROM " + TargetMark(kCurrencies));
  EXPECT_EQ(RawValue(path(), "SELECT group_concat(name) FROM currencies"), "Euro,Krona");
}

// ---- L08: subqueries of every kind in every place ---------------------------------------------

// Conditions on an order `o`. Those of the second kind are true only where B is seen.
constexpr std::array kConditions = {
    "o.customer_id IN (SELECT c.id FROM customers AS c)",
    "o.customer_id NOT IN (SELECT c.id FROM customers AS c WHERE c.name LIKE 'CANARY%')",
    "o.number NOT IN (SELECT p.number FROM orders AS p WHERE p.id = 1)",
    "EXISTS (SELECT 1 FROM customers AS c WHERE c.id = o.customer_id)",
    "NOT EXISTS (SELECT 1 FROM customers AS c WHERE c.name LIKE 'CANARY%')",
    "NOT EXISTS (SELECT 1 FROM orders AS p WHERE p.id = o.id AND p.number <> o.number)",
    "(SELECT COUNT(*) FROM orders AS p WHERE p.id = o.id) = 1",
    "(SELECT COUNT(*) FROM (SELECT p.id AS i FROM orders AS p) AS q WHERE q.i = o.id) = 1",
    "o.id >= (SELECT MIN(k.n) FROM counters AS k)",
    "o.id <= (SELECT k.n FROM counters AS k ORDER BY k.n DESC LIMIT 1)",
    "(SELECT MAX(c.name) FROM customers AS c) LIKE 'a%'",
    "(o.id, o.number) IN (SELECT p.id, p.number FROM orders AS p)",
    "o.id IN (SELECT p.id FROM orders AS p UNION SELECT k.n FROM counters AS k)",
    "o.id IN (SELECT p.id FROM orders AS p EXCEPT SELECT k.id FROM counters AS k WHERE k.n > 900)",
    "o.id IN (SELECT p.id FROM orders AS p INTERSECT SELECT k.n FROM counters AS k)",
    "o.id IN (WITH w AS (SELECT p.id AS i FROM orders AS p) SELECT w.i FROM w)",
    "o.id IN (WITH RECURSIVE w(i) AS (SELECT MIN(k.n) FROM counters AS k UNION SELECT w.i + 1 FROM "
    "w WHERE w.i < (SELECT MAX(k.n) FROM counters AS k)) SELECT w.i FROM w)",
    "o.id IN (SELECT j.value FROM json_each((SELECT json_group_array(k.n) FROM counters AS k)) AS "
    "j)",
    "EXISTS (SELECT 1 FROM customers AS c WHERE c.id = o.customer_id AND c.name IN (SELECT d.name "
    "FROM customers AS d WHERE d.region LIKE (SELECT MAX(e.region) FROM customers AS e)))",
    "o.number IN (SELECT MAX(p.number) OVER () FROM orders AS p)",
    "EXISTS (SELECT 1 FROM customers AS c LEFT JOIN orders AS p ON p.customer_id = c.id WHERE "
    "p.number LIKE 'CANARY%') OR o.id = 1",
    "o.customer_id IN (SELECT c.id FROM customers AS c GROUP BY c.id HAVING COUNT(*) = 1)",
};

constexpr std::array kReaders = {
    "SELECT o.number FROM orders AS o WHERE @ ORDER BY o.id",
    "SELECT o.id, CASE WHEN @ THEN o.number ELSE 'no' END FROM orders AS o ORDER BY o.id",
    "SELECT COUNT(*), MAX(o.number) FROM orders AS o WHERE @",
    "SELECT COUNT(*) FILTER (WHERE @) FROM orders AS o",
    "SELECT c.name, o.number FROM customers AS c LEFT JOIN orders AS o ON o.customer_id = c.id AND "
    "@ ORDER BY c.id, o.id",
    "SELECT s.number FROM (SELECT o.number AS number FROM orders AS o WHERE @) AS s ORDER BY "
    "s.number",
    "WITH s AS (SELECT o.number AS number FROM orders AS o WHERE @) SELECT s.number FROM s ORDER "
    "BY "
    "s.number",
    "SELECT o.number FROM orders AS o WHERE @ UNION ALL SELECT c.name FROM customers AS c ORDER BY "
    "1",
    "SELECT c.name FROM customers AS c WHERE EXISTS (SELECT 1 FROM orders AS o WHERE o.customer_id "
    "= c.id AND @) ORDER BY c.id",
};

constexpr std::array kWriters = {
    "INSERT INTO counters (id, n) SELECT o.id + 500, 1 FROM orders AS o WHERE @",
    "INSERT INTO counters (id, n) SELECT o.id, 7 FROM orders AS o WHERE @ ON CONFLICT (id) DO "
    "UPDATE SET n = excluded.n",
    "UPDATE counters SET n = n + o.id FROM orders AS o WHERE o.id = counters.id AND @",
    "UPDATE orders AS o SET number = o.number || 'x' WHERE @",
    "UPDATE counters SET n = (SELECT COUNT(*) FROM orders AS o WHERE @)",
    "DELETE FROM orders AS o WHERE @",
    "DELETE FROM counters WHERE id IN (SELECT o.id FROM orders AS o WHERE @)",
    "DELETE FROM orders AS o WHERE @ RETURNING number",
    "UPDATE orders AS o SET number = (SELECT MAX(p.number) FROM orders AS p) || o.id WHERE @ "
    "RETURNING number",
};

std::string With(std::string carrier, std::string_view condition) {
  const std::size_t at = carrier.find('@');
  return carrier.replace(at, 1, "(" + std::string(condition) + ")");
}

TEST_F(Leak, L08_SubqueriesInReads) {
  int leaky = 0;
  for (const char* carrier : kReaders) {
    for (const char* condition : kConditions) {
      const std::string sql = With(carrier, condition);
      Reads(sql);
      for (const std::string& row : RawRows(path(), sql)) {
        if (row.find("CANARY") != std::string::npos) {
          ++leaky;
          break;
        }
      }
    }
  }
  EXPECT_GT(leaky, 60) << "without Cordon most of them should leak";
}

TEST_F(Leak, L08_SubqueriesInWrites) {
  for (const char* carrier : kWriters) {
    for (const char* condition : kConditions) Writes(With(carrier, condition));
  }
  // A subquery that the emitter forgot to scope, in each place of a write.
  const std::string start = "UPDATE " + TargetMark(kCounters) + " AS t0 SET " +
                            ColumnMark(kCounters, 1) + " = 0 WHERE t0.\"tenant_id\" = ?1 AND ";
  for (const char* condition : {"EXISTS (SELECT 1 FROM customers AS c WHERE c.name LIKE 'CANARY%')",
                                "t0.\"id\" IN (SELECT id FROM orders)",
                                "t0.\"id\" IN (SELECT k.id FROM main.counters AS k)",
                                "(SELECT COUNT(*) FROM \"orders\") > 3"}) {
    ExpectLockOnMarked(start + condition);
  }
  ExpectLockOnMarked("INSERT INTO " + TargetMark(kCounters) +
                     " SELECT ?1, o.id + 500, 1 FROM orders AS o");
}

// ---- keys --------------------------------------------------------------------------------------

// B has 77 and ONLY-B; nobody has 78 and NO-ONE. A must not be able to tell.
TEST_F(Leak, L09_ByKeyOfAnother) {
  const auto number = [](const Session& session, std::int64_t id) {
    return InOrder({
        Said(session.Get(as<Order>, id)),
        Said(session.Find(as<Order>, id)),
        Said(session.Delete(as<Order>, id)),
        Said(session.Update(Order{id, "K1", "x", {}})),
        Said(session.Delete(Order{id, "K1", "x", {}})),
        Said(session.One(as<Order>, "SELECT * FROM orders WHERE id = ?"_sql, id)),
        Said(session.Optional(as<Order>, "SELECT * FROM orders WHERE id = ?"_sql, id)),
        Said(session.All(as<Order>, "SELECT * FROM orders WHERE id = ?"_sql, id)),
        Said(session.Execute("UPDATE orders SET number = 'x' WHERE id = ?"_sql, id)),
        Said(session.Execute("DELETE FROM orders WHERE id = ?"_sql, id)),
        Said(session.One(as<std::string>, "DELETE FROM orders WHERE id = ? RETURNING number"_sql,
                         id)),
        Said(session.Read([&](auto& tx) -> absl::Status {
          return tx.OpenBlob(cordon::BlobId::FromNumber(id)).status();
        })),
        Said(session.Transaction([&](auto& tx) -> absl::Status {
          return tx.DeleteBlob(cordon::BlobId::FromNumber(id));
        })),
    });
  };
  const auto text = [](const Session& session, const std::string& id) {
    return InOrder({
        Said(session.Get(as<Customer>, id)),
        Said(session.Delete(as<Customer>, id)),
        Said(session.Update(Customer{id, "x", "y"})),
        Said(session.All(as<Customer>, "SELECT * FROM customers WHERE id = ? OR name = ?"_sql, id,
                         id)),
        // The lazy step from a row to the one that it refers to.
        Said(session.All(as<Customer>,
                         "SELECT c.* FROM orders AS o JOIN customers AS c ON c.id = o.customer_id "
                         "WHERE c.id = ?"_sql,
                         id)),
        Said(session.Insert(Order{500, id, "x", {}})),
    });
  };
  const std::string theirs = Same([&](const Session& session) { return number(session, 77); });
  EXPECT_EQ(theirs, Same([&](const Session& session) { return number(session, 78); }));
  EXPECT_THAT(theirs, StartsWith("refused: code 11,"));
  EXPECT_EQ(Same([&](const Session& session) { return text(session, "ONLY-B"); }),
            Same([&](const Session& session) { return text(session, "NO-ONE"); }));
  EXPECT_THAT(Same([](const Session& session) {
                return Said(session.Get(as<Customer>, "K1")) + Said(session.Get(as<Order>, 1));
              }),
              HasSubstr("a customer 1"));
}

// ---- chains of calls ---------------------------------------------------------------------------

TEST_F(Leak, L11_OrderOfTheCalls) {
  // Every order of the calls that build a query; what it means does not depend on it.
  std::vector<int> calls = {0, 1, 2, 3, 4};
  std::string first;
  int built = 0;
  do {
    const std::string shown = Same([&](const Session& session) {
      cordon::Query<Shop> query("SELECT * FROM orders"_sql);
      for (const int call : calls) {
        switch (call) {
          case 0:
            query.Where("id > ?"_sql, 0);
            break;
          case 1:
            query.Where("number LIKE ? OR 1 = 1"_sql, "%");
            break;
          case 2:
            query.OrderBy("customer_id"_sql);
            break;
          case 3:
            query.Limit(10);
            break;
          default:
            query.Offset(1);
        }
      }
      return Said(session.All(as<Order>, query)) + Said(session.Query(query));
    });
    if (built++ == 0) first = shown;
    ASSERT_EQ(shown, first);
  } while (std::next_permutation(calls.begin(), calls.end()));
  EXPECT_THAT(first, StartsWith("2|K2|a-2|"));
  EXPECT_EQ(built, 120);
  for (const char* order : {"", " ORDER BY number", " ORDER BY number DESC", " ORDER BY 1, 2",
                            " ORDER BY number LIMIT 1", " ORDER BY id DESC LIMIT 2 OFFSET 1"}) {
    Reads("SELECT number, id FROM orders" + std::string(order));
  }
  ExpectNaiveReadLeaks("SELECT number, id FROM orders ORDER BY number LIMIT 1");
  // Page by page.
  Same([](const Session& session) {
    std::string said;
    cordon::PageRequest request{.rows = 1, .after = ""};
    for (int page = 0; page < 9; ++page) {
      const auto list = Must(
          session.ReadPage(as<Order>, "SELECT * FROM orders ORDER BY number DESC"_sql, request));
      said += Said(list.rows);
      request.after = list.next;
      if (request.after.empty()) break;
    }
    return said;
  });
}

TEST_F(Leak, L12_NoConditionAndManyConditions) {
  std::string condition;
  for (int n = 0; n < 12; ++n) {
    EXPECT_EQ(Reads("SELECT COUNT(*), MAX(number) FROM orders" + condition), "3|a-3|\n");
    EXPECT_THAT(Writes("UPDATE orders SET number = number || '+'" + condition), StartsWith("3\n"));
    EXPECT_THAT(Writes("DELETE FROM orders" + condition), StartsWith("3\n"));
    condition += n == 0 ? " WHERE id > 0" : n % 2 == 0 ? " AND id > 0" : " OR id > 0";
  }
  ExpectNaiveReadLeaks("SELECT number FROM orders");
  ExpectNaiveWriteHurts("DELETE FROM orders");
  ExpectLock("SELECT number FROM orders");
  ExpectLockOnMarked("DELETE FROM " + TargetMark(kOrders));
  ExpectLockOnMarked("UPDATE " + TargetMark(kOrders) + " SET " + ColumnMark(kOrders, 2) +
                     " = 'x' || \"id\"");
}

TEST_F(Leak, L14_Aggregates) {
  for (
      const char* sql : {
          "SELECT COUNT(*) FROM orders",
          "SELECT COUNT(DISTINCT number), COUNT(number), MIN(number), MAX(number) FROM orders",
          "SELECT SUM(n), AVG(n), total(n), MIN(n), MAX(n) FROM counters",
          "SELECT SUM(amount), AVG(amount) FROM orders",
          "SELECT id, SUM(n) FROM counters GROUP BY id ORDER BY id",
          "SELECT n % 2, COUNT(*) FROM counters GROUP BY 1 ORDER BY 1",
          "SELECT customer_id, COUNT(*) FROM orders GROUP BY customer_id HAVING COUNT(*) > 0 ORDER "
          "BY customer_id",
          "SELECT customer_id, COUNT(*) FROM orders GROUP BY customer_id HAVING COUNT(*) > 1",
          "SELECT DISTINCT substr(number, 1, 1) FROM orders",
          "SELECT GROUP_CONCAT(number) FROM orders",
          "SELECT json_group_array(number), json_group_object(number, id) FROM orders",
          "SELECT COUNT(*) FILTER (WHERE n > 900) FROM counters",
          "SELECT COUNT(*) FROM orders AS o CROSS JOIN customers AS c",
          "SELECT c.name, COUNT(o.id) FROM customers AS c LEFT JOIN orders AS o ON o.customer_id = "
          "c.id GROUP BY c.id, c.name ORDER BY c.id",
          "SELECT MAX(s.k) FROM (SELECT COUNT(*) AS k FROM orders GROUP BY customer_id) AS s",
          "SELECT COUNT(*) FROM (SELECT number FROM orders UNION ALL SELECT name FROM customers) "
          "AS s",
          "SELECT COUNT(*) FROM (SELECT number FROM orders UNION SELECT number FROM orders) AS s",
          "SELECT EXISTS (SELECT 1 FROM counters WHERE n > 900)",
          "SELECT SUM(n) FROM counters WHERE n > 900",
          "SELECT MAX(id) FROM orders",
      }) {
    Reads(sql);
    EXPECT_NE(RawRows(path(), sql), RawRows(alone_path(), sql)) << "it should tell them apart";
  }
  EXPECT_EQ(Reads("SELECT COUNT(*), SUM(n), MAX(n) FROM counters"), "3|6|3|\n");
}

TEST_F(Leak, L15_WindowsAndExplain) {
  for (const char* sql : {
           "SELECT number, ROW_NUMBER() OVER (ORDER BY id) FROM orders ORDER BY id",
           "SELECT number, RANK() OVER (ORDER BY id), DENSE_RANK() OVER (ORDER BY id) FROM orders "
           "ORDER BY id",
           "SELECT number, LAG(number) OVER (ORDER BY id), LEAD(number) OVER (ORDER BY id) FROM "
           "orders ORDER BY id",
           "SELECT number, FIRST_VALUE(number) OVER (ORDER BY id), LAST_VALUE(number) OVER (ORDER "
           "BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM orders ORDER BY "
           "id",
           "SELECT number, COUNT(*) OVER (PARTITION BY customer_id) FROM orders ORDER BY id",
           "SELECT id, SUM(n) OVER (ORDER BY id), MAX(n) OVER () FROM counters ORDER BY id",
           "SELECT id, NTILE(2) OVER (ORDER BY n), PERCENT_RANK() OVER (ORDER BY n), CUME_DIST() "
           "OVER (ORDER BY n) FROM counters ORDER BY id",
           "SELECT number, COUNT(*) OVER w FROM orders WINDOW w AS (ORDER BY id GROUPS BETWEEN 1 "
           "PRECEDING AND 1 FOLLOWING) ORDER BY id",
       }) {
    Reads(sql);
    EXPECT_NE(RawRows(path(), sql), RawRows(alone_path(), sql)) << "it should tell them apart";
  }
  for (const char* sql :
       {"EXPLAIN SELECT number FROM orders", "EXPLAIN QUERY PLAN SELECT number FROM orders",
        "EXPLAIN DELETE FROM orders"}) {
    ExpectRefused(sql);
    ExpectLock(sql);
  }
}

// ---- L18: conditions -------------------------------------------------------------------------

struct Condition {
  std::string text;
  std::function<bool(std::int64_t id, std::int64_t n)> holds;
  int binds = 3;  // 1: OR, 2: AND, 3: an atom or NOT
};

class Conditions {
 public:
  Condition Make(int depth) {
    if (depth == 0 || random_() % 6 == 0) return Atom();
    if (random_() % 5 == 0) {
      const Condition one = Make(depth - 1);
      const std::string inner = one.binds < 3 ? "(" + one.text + ")" : one.text;
      return {"NOT " + inner, [one](std::int64_t id, std::int64_t n) { return !one.holds(id, n); },
              3};
    }
    const Condition x = Make(depth - 1);
    const Condition y = Make(depth - 1);
    const bool both = random_() % 2 == 0;
    const int binds = both ? 2 : 1;
    // Parentheses only where they are needed: what is not closed in is what leaked.
    const auto inside = [&](const Condition& part) {
      return part.binds < binds ? "(" + part.text + ")" : part.text;
    };
    if (both) {
      return {inside(x) + " AND " + inside(y),
              [x, y](std::int64_t id, std::int64_t n) { return x.holds(id, n) && y.holds(id, n); },
              2};
    }
    return {inside(x) + " OR " + inside(y),
            [x, y](std::int64_t id, std::int64_t n) { return x.holds(id, n) || y.holds(id, n); },
            1};
  }

 private:
  Condition Atom() {
    const auto value = static_cast<std::int64_t>(random_() % 5);
    const std::string v = std::to_string(value);
    switch (random_() % 7) {
      case 0:
        return {"id = " + v, [value](std::int64_t id, std::int64_t) { return id == value; }};
      case 1:
        return {"n <> " + v, [value](std::int64_t, std::int64_t n) { return n != value; }};
      case 2:
        return {"id > " + v, [value](std::int64_t id, std::int64_t) { return id > value; }};
      case 3:
        return {"n + id <= " + v,
                [value](std::int64_t id, std::int64_t n) { return n + id <= value; }};
      case 4:
        return {"id IN (1, " + v + ")",
                [value](std::int64_t id, std::int64_t) { return id == 1 || id == value; }};
      case 5:
        return {"n BETWEEN 1 AND " + v,
                [value](std::int64_t, std::int64_t n) { return n >= 1 && n <= value; }};
      default:
        return {"1 = 1", [](std::int64_t, std::int64_t) { return true; }};
    }
  }
  std::mt19937 random_{18};
};

TEST_F(Leak, L18_BooleanTrees) {
  Conditions make;
  for (int round = 0; round < 1500; ++round) {
    const Condition condition = make.Make(1 + round % 5);
    SCOPED_TRACE(condition.text);
    std::string expected;
    std::int64_t holds = 0;
    for (std::int64_t id = 1; id <= 3; ++id) {
      if (!condition.holds(id, id)) continue;
      ++holds;
      expected += std::to_string(id) + "|\n";
    }
    // The key 77 and the numbers above 900 are B's: an OR that escaped would bring them in.
    ASSERT_EQ(
        Said(a->session.Ask("SELECT id FROM counters WHERE " + condition.text + " ORDER BY id")),
        expected);
    if (round % 5 != 0) continue;
    std::string updated;
    std::string deleted;
    (void)a->session.Transaction([&](auto& tx) -> absl::Status {
      deleted = Write(tx, "DELETE FROM counters WHERE id > 3 OR " + condition.text);
      return absl::CancelledError("undone");
    });
    (void)a->session.Transaction([&](auto& tx) -> absl::Status {
      updated = Write(tx, "UPDATE counters SET n = n + 1 WHERE " + condition.text);
      return absl::CancelledError("undone");
    });
    EXPECT_EQ(deleted, std::to_string(holds));
    EXPECT_EQ(updated, std::to_string(holds));
  }
  for (const char* escape : {"id = 1 OR 1 = 1", "id = 77 OR id = 1 AND 0 = 0", "NOT id = 5",
                             "1 = 1 OR id IN (SELECT id FROM counters)", "id = 1) OR (1 = 1"}) {
    SameRead("SELECT id, n FROM counters WHERE " + std::string(escape) + " ORDER BY id");
    SameWrite("UPDATE counters SET n = 0 WHERE " + std::string(escape));
    SameWrite("DELETE FROM counters WHERE " + std::string(escape));
  }
  const std::string target = "DELETE FROM " + TargetMark(kCounters) + " AS t0 WHERE ";
  ExpectLockOnMarked(target + "t0.\"tenant_id\" = ?1 AND t0.\"id\" = 1 OR t0.\"id\" = 77");
  ExpectLockOnMarked(target + "t0.\"id\" = 1 OR t0.\"tenant_id\" = ?1 AND t0.\"id\" = 2");
}

// A scope that is looked for in the text.
TEST_F(Leak, L21_TheScopeAsAText) {
  const std::string theirs = Hex(*b_id);
  for (const std::string& sql : {
           std::string("SELECT name FROM customers WHERE name <> 'tenant_id = ?1' ORDER BY id"),
           std::string("SELECT 'WHERE tenant_id = ?1', name FROM customers ORDER BY id"),
           std::string("SELECT name AS \"WHERE tenant_id = ?1\" FROM customers ORDER BY id"),
           std::string("SELECT name /* WHERE tenant_id = ?1 */ FROM customers ORDER BY id"),
           std::string("SELECT name FROM customers -- WHERE tenant_id = ?1"),
           std::string(
               "WITH w AS (SELECT 'tenant_id = ?1' AS x) SELECT c.name FROM customers AS c, "
               "w WHERE w.x <> '' ORDER BY c.id"),
           std::string("SELECT name AS tenant_id FROM customers ORDER BY id"),
           std::string("WITH tenant_id AS (SELECT name FROM customers) SELECT name FROM tenant_id "
                       "ORDER BY name"),
           std::string("WITH w(tenant_id) AS (SELECT name FROM customers) SELECT c.name FROM "
                       "customers AS c, w WHERE w.tenant_id LIKE '%' ORDER BY c.name, w.tenant_id"),
           std::string(
               "SELECT t.name FROM (SELECT name, id AS tenant_id FROM customers) AS t WHERE "
               "t.tenant_id <> ''"),
           std::string("WITH customers AS (SELECT * FROM customers) SELECT name FROM customers"),
           std::string("SELECT customers.name FROM orders AS customers"),
           std::string("SELECT o.number FROM orders AS o JOIN customers AS tenant_id ON "
                       "tenant_id.id = o.customer_id ORDER BY o.id"),
           "SELECT name FROM customers WHERE name <> '" + std::string("''") +
               " tenant_id = " + theirs + "'",
       }) {
    SameRead(sql);
  }
  for (const std::string& condition : std::vector<std::string>{
           "tenant_id = " + theirs, "tenant_id IS NOT NULL", "customers.tenant_id = " + theirs,
           "\"tenant_id\" = " + theirs, "TENANT_ID = " + theirs, "\"Tenant_Id\" <> x''",
           "[tenant_id] = " + theirs, "`tenant_id` = " + theirs, "tenant_id IN (" + theirs + ")",
           "(tenant_id, id) = (" + theirs + ", 'K1')", "main.customers.tenant_id = " + theirs,
           "id = 'K1' AND tenant_id = ?1", "rowid > 0",
           "EXISTS (SELECT 1 FROM orders WHERE tenant_id = " + theirs + ")"}) {
    ExpectRefused("SELECT name FROM customers WHERE " + condition);
    ExpectRefused("UPDATE customers SET name = 'x' WHERE " + condition);
    ExpectRefused("DELETE FROM customers WHERE " + condition);
    if (condition.find("rowid") == std::string::npos) {
      ExpectLock("SELECT name FROM customers WHERE " + condition);
    }
  }
  // The words of the scope are there, and scope nothing.
  for (const std::string& sql :
       {std::string("SELECT name FROM customers WHERE 'tenant_id' = 'tenant_id' OR ?1 = ''"),
        std::string("SELECT name FROM customers /* WHERE \"tenant_id\" = ?1 */"),
        "SELECT name FROM customers WHERE \"tenant_id\" = ?1 OR \"tenant_id\" = " + theirs,
        std::string("WITH s AS (SELECT * FROM main.customers WHERE \"tenant_id\" = ?1 OR 1) SELECT "
                    "name FROM s")}) {
    ExpectLock(sql);
  }
}

// ---- what is loaded along ----------------------------------------------------------------------

// The file is damaged past Cordon: A's order refers to B's customer, B's to A's.
TEST_F(Leak, L24_ACorruptReference) {
  for (const auto& [file, id] : {std::pair{path(), *a_id}, std::pair{alone_path(), alone->id}}) {
    RawSql(file,
           "PRAGMA foreign_keys = OFF; UPDATE orders SET customer_id = 'ONLY-B' WHERE id = 2 "
           "AND tenant_id = " +
               Hex(id));
  }
  Must(a->session.Insert(Customer{"ONLY-A", "a only", "a"}));
  Must(alone->session.Insert(Customer{"ONLY-A", "a only", "a"}));
  RawSql(path(),
         "PRAGMA foreign_keys = OFF; UPDATE orders SET customer_id = 'ONLY-A' WHERE id = 3 "
         "AND tenant_id = " +
             Hex(*b_id));
  NoteNeighbours();
  ExpectNaiveReadLeaks(
      "SELECT c.name FROM orders AS o JOIN customers AS c ON c.id = o.customer_id");
  for (
      const char* sql :
      {"SELECT o.id, c.name FROM orders AS o JOIN customers AS c ON c.id = o.customer_id ORDER BY "
       "o.id",
       "SELECT o.id, c.name FROM orders AS o LEFT JOIN customers AS c ON c.id = o.customer_id "
       "ORDER "
       "BY o.id",
       "SELECT c.id, o.number FROM customers AS c LEFT JOIN orders AS o ON o.customer_id = c.id "
       "ORDER BY c.id, o.id",
       "SELECT c.id, o.number FROM customers AS c FULL JOIN orders AS o ON o.customer_id = c.id "
       "ORDER BY c.id, o.id",
       "SELECT o.id, (SELECT c.name FROM customers AS c WHERE c.id = o.customer_id) FROM orders AS "
       "o ORDER BY o.id",
       "SELECT c.id, COUNT(o.id) FROM customers AS c LEFT JOIN orders AS o ON o.customer_id = c.id "
       "GROUP BY c.id ORDER BY c.id",
       "SELECT c.id, (SELECT json_group_array(o.number) FROM orders AS o WHERE o.customer_id = "
       "c.id) FROM customers AS c ORDER BY c.id",
       "WITH RECURSIVE w(id) AS (SELECT o.customer_id FROM orders AS o WHERE o.id = 2 UNION SELECT "
       "o.customer_id FROM orders AS o JOIN w ON o.customer_id = w.id) SELECT id FROM w"}) {
    Reads(sql);
  }
  // A's customer that B's order names is A's to delete.
  EXPECT_EQ(
      Same([](const Session& session) { return Said(session.Delete(as<Customer>, "ONLY-A")); }),
      "OK");
  // Deleting what it refers to does not reach B's row.
  Writes("DELETE FROM orders WHERE customer_id = 'ONLY-B'");
  Writes(
      "UPDATE orders SET number = 'x' || orders.id FROM customers AS c WHERE c.id = "
      "orders.customer_id");
}

// "Delete what the import does not have."
TEST_F(Leak, L25_BulkSync) {
  for (const char* sql : {"DELETE FROM counters WHERE id NOT IN (1, 2)",
                          "DELETE FROM counters WHERE NOT EXISTS (SELECT 1 FROM orders AS o WHERE "
                          "o.id = counters.id AND o.id < 2)",
                          "DELETE FROM counters WHERE id NOT IN (SELECT j.value FROM "
                          "json_each('[1,2]') AS j)"}) {
    ExpectNaiveWriteHurts(sql);
    Writes(sql);
  }
  // The whole of it: upsert what is there, delete what is not.
  EXPECT_EQ(
      Same([](const Session& session) {
        return InOrder({
            Said(session.Transaction([](auto& tx) -> absl::Status {
              for (const std::int64_t id : {1, 77, 4}) Must(tx.Upsert(Counter{id, 10 * id}));
              return tx.Execute("DELETE FROM counters WHERE id NOT IN (1, 77, 4)"_sql).status();
            })),
            Said(session.All(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)),
        });
      }),
      "OK\n1|10\n4|40\n77|770\n\n");
  // SQLite empties a table without a look at its rows when no condition is given; no such path
  // may exist.
  ExpectRefused("TRUNCATE TABLE counters");
  ExpectRefused("DROP TABLE counters");
  ExpectLock("TRUNCATE TABLE counters");
  ExpectLock("DELETE FROM counters");
  ExpectLockOnMarked("DELETE FROM " + TargetMark(kCounters));
  ExpectLockOnMarked("DELETE FROM " + TargetMark(kCounters) + " WHERE 1");
  EXPECT_EQ(Same([](const Session& session) {
              return InOrder({Said(session.Execute("DELETE FROM counters"_sql)),
                              Said(session.All(as<Counter>, "SELECT * FROM counters"_sql))});
            }),
            "3\n\n");
}

// Two queries that are put together by the name of a thing.
TEST_F(Leak, L29_JoinedByNameOrVersion) {
  // The same business names as B has.
  for (Twin* twin : {&*a, &*alone}) {
    Must(twin->session.Execute("UPDATE customers SET name = 'Same & Co'"_sql));
  }
  Must(b->session.Execute("UPDATE customers SET name = 'Same & Co'"_sql));
  NoteNeighbours();
  const std::string latest =
      "SELECT o.number FROM orders AS o WHERE o.id = (SELECT MAX(p.id) FROM orders AS p)";
  ExpectNaiveReadLeaks(latest);
  EXPECT_EQ(Reads(latest), "a-3|\n");
  for (const char* sql :
       {"SELECT c.region FROM customers AS c WHERE c.name = 'Same & Co' ORDER BY c.id",
        "SELECT c.id, d.region FROM customers AS c JOIN customers AS d ON d.name = c.name ORDER BY "
        "c.id, d.id",
        "SELECT c.region, s.last FROM customers AS c JOIN (SELECT customer_id AS customer, MAX(id) "
        "AS last FROM orders GROUP BY customer_id) AS s ON s.customer = c.id ORDER BY c.id",
        "SELECT o.number FROM orders AS o JOIN (SELECT MAX(n) AS version FROM counters) AS v ON "
        "o.id "
        "= v.version",
        "SELECT o.number FROM orders AS o WHERE (o.customer_id, o.id) IN (SELECT p.customer_id, "
        "MAX(p.id) FROM orders AS p GROUP BY p.customer_id) ORDER BY o.id",
        "SELECT x.region FROM customers AS x NATURAL JOIN (SELECT name FROM customers WHERE id = "
        "'K1') AS y ORDER BY x.id"}) {
    Reads(sql);
  }
  // In two steps, as an application does.
  EXPECT_EQ(Same([](const Session& session) {
              std::string said;
              for (const auto& row : Must(session.All(
                       as<Customer>,
                       "SELECT * FROM customers WHERE name = 'Same & Co' ORDER BY id"_sql))) {
                said += Said(session.All(
                    as<Order>, "SELECT * FROM orders WHERE customer_id = ?"_sql, row->id));
              }
              return said;
            }),
            "1|K1|a-1|1.0000\n2|K2|a-2|2.0000\n3|K3|a-3|3.0000\n");
}

}  // namespace
}  // namespace cordon_test
