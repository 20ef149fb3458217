// SPDX-License-Identifier: Apache-2.0
//
// SQLite works out the end of a range once it has found a row at the range's beginning or behind,
// and that row may be a neighbour's. Whether an end that fails is worked out must depend on our own
// rows all the same: an analyst could otherwise ask whether others have rows at all.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sql/harness.h"

namespace cordon_test {
namespace {

constexpr SqlType kInteger{SqlType::kInteger, 0, false};
constexpr SqlType kText{SqlType::kText, 0, false};

class RangeEnd : public testing::Test {
 protected:
  RangeEnd() {
    for (const int neighbour : {Neighbourhood::kBelow, Neighbourhood::kAbove}) {
      crowded_.Load(0, neighbour,
                    {{Value::Integer(1), Value::Integer(1), Value::Text("x"), Value::Integer(3)}});
    }
  }
  // What runs into the end of 64 bits, or does not, does so beside neighbours as well.
  void Same(const std::string& sql) {
    SCOPED_TRACE(sql);
    const Judgement judgement = Judge(schema_.view(), sql, {});
    ASSERT_TRUE(judgement.accepted()) << NameOf(judgement.parsed.refusal);
    for (const bool rows : {false, true}) {
      if (rows) {
        const Row ours = {Value::Integer(1), Value::Integer(1), Value::Text("x"),
                          Value::Integer(3)};
        alone_.Load(0, Neighbourhood::kOurs, {ours});
        crowded_.Load(0, Neighbourhood::kOurs, {ours});
      }
      EXPECT_EQ(alone_.Run(sql, {}, judgement).error, crowded_.Run(sql, {}, judgement).error)
          << (rows ? "with a row of ours, " : "without rows of ours, ")
          << crowded_.Readable(judgement);
    }
    for (Neighbourhood* const file : {&alone_, &crowded_}) {
      (void)file->raw().Run("DELETE FROM lines WHERE tenant_id = ?",
                            {Value::Blob(file->tenant(Neighbourhood::kOurs))});
    }
  }
  const RuntimeSchema schema_{
      {{"lines",
        TableKind::kTenant,
        {{"order_id", kInteger}, {"line", kInteger}, {"sku", kText}, {"qty", kInteger}},
        {"order_id", "line"},
        {},
        {{"qty"}},
        {}}}};
  Neighbourhood alone_{schema_.view()};
  Neighbourhood crowded_{schema_.view()};
};

TEST_F(RangeEnd, IsWorkedOutForOurOwnRowsAlone) {
  const std::string fails = "(4503599627370496 * 2048 - 1)";
  for (const std::string& condition :
       std::vector<std::string>{"order_id <= " + fails,
                                "order_id < " + fails + " AND order_id > 0",
                                "order_id = " + fails,
                                "order_id >= " + fails,
                                fails + " > order_id",
                                "order_id IN (" + fails + ", 1)",
                                "order_id BETWEEN 0 AND " + fails,
                                "order_id BETWEEN " + fails + " AND 5",
                                "qty <= " + fails,
                                "qty >= 1 AND qty < " + fails,
                                "(order_id, line) <= (" + fails + ", 1)",
                                "(order_id, line) <= (1, " + fails + ")",
                                "(order_id, line) > (1, " + fails + ")",
                                "(order_id, line) = (1, " + fails + ")",
                                "(" + fails + ", 'x') >= (order_id, sku)",
                                "(order_id, line) < (SELECT 1, " + fails + ")",
                                "order_id <= CAST(" + fails + " AS INTEGER)",
                                "order_id <= -" + fails,
                                "order_id <= LENGTH(CAST(" + fails + " AS TEXT))",
                                "order_id <= ABS(" + fails + ")",
                                "order_id <= COALESCE(NULL, " + fails + ")",
                                "order_id <= (SELECT " + fails + ")",
                                "order_id <= json_extract('{', '$.a')",
                                "sku <= CAST(" + fails + " AS TEXT)",
                                "order_id <= CASE WHEN 1 = 1 THEN " + fails + " ELSE 1 END",
                                "order_id = 1 AND line <= " + fails,
                                "order_id = 1 OR qty <= " + fails}) {
    Same("SELECT sku FROM lines WHERE " + condition);
    Same("SELECT sku FROM lines WHERE " + condition + " ORDER BY order_id DESC, line DESC");
    Same("SELECT MAX(order_id) FROM lines WHERE " + condition);
    Same("SELECT q.sku FROM (SELECT * FROM lines) AS q WHERE EXISTS (SELECT 1 FROM lines WHERE " +
         condition + ")");
    Same("UPDATE lines SET qty = 1 WHERE " + condition);
    Same("DELETE FROM lines WHERE " + condition);
  }
  Same("SELECT q.k FROM (SELECT order_id AS k FROM lines) AS q WHERE q.k <= " + fails);
  Same("SELECT a.sku FROM lines AS a JOIN lines AS b ON b.order_id <= a.qty * 4503599627370496");
  Same("SELECT a.sku FROM lines AS a LEFT JOIN lines AS b ON b.qty > a.qty - " + fails);
}

// A bound that cannot fail is one of an index, as ever.
TEST_F(RangeEnd, IsThatOfAnIndexWhereItCannotFail) {
  for (const char* const condition :
       {"qty > 5", "qty < -5", "qty BETWEEN 1 AND 5", "qty <= CAST('7' AS INTEGER)"}) {
    const std::string sql = std::string("SELECT sku FROM lines WHERE ") + condition;
    const Judgement judgement = Judge(schema_.view(), sql, {});
    ASSERT_TRUE(judgement.accepted()) << sql;
    const std::string plan = crowded_.raw().Plan(crowded_.Readable(judgement));
    EXPECT_NE(plan.find("qty"), std::string::npos) << sql << "\n" << plan;
  }
}

}  // namespace
}  // namespace cordon_test
