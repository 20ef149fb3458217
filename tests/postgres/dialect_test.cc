// SPDX-License-Identifier: Apache-2.0
//
// What the parser writes for PostgreSQL means there what its text means on SQLite: an ERP's
// statements, and random reads, on both engines over the same rows.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "sql/erp_data.h"
#include "sql/erp_schema.h"
#include "sql/generator.h"
#include "sql/random_schema.h"
#include "support/postgres_world.h"
#include "support/random.h"

namespace cordon_test {
namespace {

class DialectTest : public testing::Test {
 protected:
  void SetUp() override {
    if (PostgresServer::Binaries().empty()) GTEST_SKIP() << "no PostgreSQL 15 on this machine";
  }
};

TEST_F(DialectTest, AnErpsStatementsMeanTheSameOnBothEngines) {
  const auto statements =
      ReadErpStatements(std::string(CORDON_SOURCE_DIR) + "/tests/sql/erp_statements.sql");
  ErpWorld sqlite;
  const SchemaView& schema = sqlite.shared().schema();
  PostgresWorld postgres(schema, "dialect_erp");
  const char tenants[] = {PostgresWorld::kBelow, PostgresWorld::kOurs, PostgresWorld::kAbove};
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    if (schema.tables[t].kind == TableKind::kTenant) {
      for (int which = 0; which < 3; ++which) {
        postgres.Load(t, tenants[which], sqlite.shared().Rows(t, which));
      }
    } else if (schema.tables[t].kind == TableKind::kGlobal) {
      postgres.Load(t, PostgresWorld::kOurs, ErpRows(1, "")[t]);
    }
  }
  int compared = 0;
  for (const ErpStatement& statement : statements) {
    for (const std::string& text : {statement.text, statement.instead}) {
      if (text.empty()) continue;
      const Judgement judgement = Judge(schema, text, statement.arguments);
      if (!judgement.accepted()) continue;
      ++compared;
      SCOPED_TRACE(statement.name + ": " + text + "\n" + postgres.Emit(text, statement.arguments));
      const Result ours = sqlite.shared().Run(text, statement.arguments, judgement);
      if (judgement.parsed.writes) postgres.Begin();
      const Result theirs = postgres.Run(text, statement.arguments);
      EXPECT_EQ(theirs.ok(), ours.ok()) << theirs.error << ours.error;
      if (theirs.ok() && ours.ok()) {
        EXPECT_EQ(Lines(theirs, &judgement.parsed, statement.ordered),
                  Lines(ours, &judgement.parsed, statement.ordered));
        EXPECT_EQ(theirs.changed, ours.changed);
      }
      if (!judgement.parsed.writes) continue;
      if (theirs.ok() && ours.ok()) {
        for (std::size_t t = 0; t < schema.table_count; ++t) {
          if (schema.tables[t].kind != TableKind::kTenant) continue;
          Result after;
          after.rows = postgres.Rows(t);
          Result expected;
          expected.rows = sqlite.shared().Rows(t, Neighbourhood::kOurs);
          EXPECT_EQ(Lines(after, nullptr, false), Lines(expected, nullptr, false))
              << schema.tables[t].name;
        }
      }
      postgres.Rollback();
      sqlite.shared().Restore();
    }
  }
  EXPECT_GE(compared, 359);
}

}  // namespace
}  // namespace cordon_test
