// SPDX-License-Identifier: Apache-2.0
//
// What Cordon writes runs by the plan of what an expert writes who puts "tenant_id = ?" into every
// table's condition himself. The expert's texts stand in erp_statements.sql beside the others.
#include <gtest/gtest.h>

#include "sql/erp_data.h"

namespace cordon_test {
namespace {

constexpr int kCompared = 93;

TEST(Plans, AreThoseOfHandWrittenStatements) {
  const auto statements =
      ReadErpStatements(std::string(CORDON_SOURCE_DIR) + "/tests/sql/erp_statements.sql");
  ErpWorld world;
  Neighbourhood& shared = world.shared();
  int compared = 0;
  int by_hand = 0;
  for (const ErpStatement& statement : statements) {
    if (statement.by_hand.empty()) continue;
    SCOPED_TRACE(statement.name);
    ++by_hand;
    const std::string plan = shared.raw().Plan(statement.by_hand);
    EXPECT_NE(plan.find("tenant_id=?"), std::string::npos)
        << "the tenant was forgotten by hand, too\n"
        << plan;
    const Judgement judgement = Judge(shared.schema(), statement.text, statement.arguments);
    if (!judgement.accepted()) continue;
    ++compared;
    EXPECT_EQ(shared.raw().Plan(shared.Readable(judgement)), plan) << shared.Readable(judgement);
  }
  std::printf("plans: %d of %d hand-written statements compared\n", compared, by_hand);
  EXPECT_GE(by_hand, 60);
  EXPECT_GE(compared, kCompared);
}

// The comparison can fail: without the tenant the plan is another one.
TEST(Plans, DifferWithoutTheTenant) {
  ErpWorld world;
  PlainSqlite& raw = world.shared().raw();
  EXPECT_NE(raw.Plan("SELECT id FROM orders WHERE customer_id = 'C001'"),
            raw.Plan("SELECT id FROM orders WHERE tenant_id = ?1 AND customer_id = 'C001'"));
  EXPECT_EQ(raw.Plan("SELECT o.id FROM orders o WHERE o.tenant_id = ?1 AND o.customer_id = 'C001'"),
            raw.Plan("SELECT id FROM orders WHERE tenant_id = ?1 AND customer_id = 'C001'"));
}

}  // namespace
}  // namespace cordon_test
