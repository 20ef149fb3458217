// SPDX-License-Identifier: Apache-2.0
//
// Of the declared exceptions to "nothing of the neighbours shows" (README.md): the last steps of a
// budget. A scan ends a step or two later where another tenant's rows lie behind.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "sql/harness.h"

namespace cordon_test {
namespace {

constexpr SqlType kInteger{SqlType::kInteger, 0, false};
constexpr SqlType kText{SqlType::kText, 0, false};

std::vector<RuntimeSchema::Table> Tables() {
  return {{"orders",
           TableKind::kTenant,
           {{"id", kInteger}, {"n", kInteger}, {"name", kText}},
           {"id"},
           {},
           {{"n"}},
           {}},
          {"lines",
           TableKind::kTenant,
           {{"order_id", kInteger}, {"line", kInteger}, {"sku", kText}},
           {"order_id", "line"},
           {},
           {},
           {}}};
}
constexpr std::int64_t kOrders = 6;
constexpr std::int64_t kLines = 12;

void Fill(Neighbourhood& file, int tenant, const std::string& mark) {
  std::vector<Row> orders;
  for (std::int64_t i = 0; i < kOrders; ++i) {
    orders.push_back({Value::Integer(i), Value::Integer(i % 4), Value::Text(mark + "name")});
  }
  std::vector<Row> lines;
  for (std::int64_t i = 0; i < kLines; ++i) {
    lines.push_back(
        {Value::Integer(i % kOrders), Value::Integer(i / kOrders), Value::Text(mark + "sku")});
  }
  file.Load(0, tenant, orders);
  file.Load(1, tenant, lines);
}

// Steps of SQLite's machine that a query takes as our tenant, without a look at the rows.
std::int64_t Steps(Neighbourhood& file, const std::string& text) {
  const Judgement judgement = Judge(file.schema(), text, {});
  if (!judgement.accepted()) throw std::logic_error("refused: " + text);
  const std::string sql = file.Readable(judgement);
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(file.raw().handle(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    throw std::logic_error(sqlite3_errmsg(file.raw().handle()));
  }
  const std::string& ours = file.tenant(Neighbourhood::kOurs);
  sqlite3_bind_blob(statement, 1, ours.data(), static_cast<int>(ours.size()), SQLITE_STATIC);
  while (sqlite3_step(statement) == SQLITE_ROW) {
  }
  const std::int64_t steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
  sqlite3_finalize(statement);
  return steps;
}

TEST(BudgetEdge, AScanEndsAtMostTwoStepsLaterBesideNeighbours) {
  const RuntimeSchema schema(Tables());
  Neighbourhood alone(schema.view());
  Neighbourhood crowded(schema.view());
  Fill(alone, Neighbourhood::kOurs, "");
  Fill(crowded, Neighbourhood::kOurs, "");
  Fill(crowded, Neighbourhood::kBelow, "CANARY");
  Fill(crowded, Neighbourhood::kAbove, "CANARY");
  struct Case {
    const char* sql;
    std::int64_t scans;
  };
  const std::vector<Case> cases = {
      {"SELECT name FROM orders WHERE id = 3", 1},
      {"SELECT name FROM orders", 1},
      {"SELECT COUNT(*), MAX(n) FROM orders WHERE name > 'a'", 1},
      {"SELECT id FROM orders WHERE n > 0 ORDER BY n, id", 1},
      {"SELECT id FROM orders ORDER BY name LIMIT 3", 1},
      {"SELECT name FROM orders UNION ALL SELECT sku FROM lines", 2},
      {"SELECT o.name, l.sku FROM orders AS o JOIN lines AS l ON l.order_id = o.id", 1 + kOrders},
      {"SELECT a.sku FROM lines AS a, lines AS b, lines AS c", 1 + kLines + kLines * kLines},
      {"SELECT (SELECT MAX(line) FROM lines AS l WHERE l.order_id = o.id) FROM orders AS o",
       1 + kOrders},
  };
  bool blurred = false;
  for (const Case& one : cases) {
    SCOPED_TRACE(one.sql);
    const std::int64_t few = Steps(alone, one.sql);
    const std::int64_t more = Steps(crowded, one.sql);
    EXPECT_GE(more, few);
    EXPECT_LE(more - few, 2 * one.scans);
    blurred = blurred || more != few;
  }
  EXPECT_TRUE(blurred) << "there is no such exception any more: say so in the README";
}

}  // namespace
}  // namespace cordon_test
