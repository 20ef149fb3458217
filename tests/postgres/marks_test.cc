// SPDX-License-Identifier: Apache-2.0
// What the emitter writes, in PostgreSQL's names; and what no emitter writes.
#include "data/postgres/marks.h"

#include <gtest/gtest.h>

#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::internal::Access;
using cordon::internal::kNoTable;
using cordon::internal::MarkedSql;
using cordon::internal::Permit;

// Of the schema's tables: 0 customers, 1 orders, 2 counters, 3 samples, 4 currencies.
constexpr cordon::internal::SchemaView kView = Shop::kSchema.view();

std::string Mark(char kind, const std::string& body) { return "\x01" + (kind + body) + "\x02"; }

absl::StatusOr<std::string> Expand(const MarkedSql& marked, Access access = Access::kWrite,
                                   Permit* learnt = nullptr) {
  Permit permit;
  permit.access = access;
  auto text = cordon::internal::PgExpand(marked, kView, &permit);
  if (learnt != nullptr) *learnt = permit;
  return text;
}
absl::StatusOr<std::string> Expand(const std::string& body, Access access = Access::kWrite) {
  return Expand(MarkedSql{"", body}, access);
}

TEST(PgMarks, BecomeNamesInsideTheScope) {
  Permit permit;
  EXPECT_EQ(Must(Expand({"", "SELECT t0.\"n\" FROM " + Mark('R', "2") + " AS t0"}, Access::kRead,
                        &permit)),
            "SELECT t0.\"n\" FROM (SELECT \"id\", \"n\" FROM \"public\".\"counters\" WHERE "
            "\"tenant_id\" = $1) AS t0");
  EXPECT_EQ(permit.target, kNoTable);
  EXPECT_TRUE(permit.reads[2]);
  EXPECT_FALSE(permit.reads[1]);
  EXPECT_EQ(Must(Expand("SELECT 1 FROM " + Mark('G', "4") + " AS t0")),
            "SELECT 1 FROM \"public\".\"currencies\" AS t0");
  EXPECT_EQ(Must(Expand({"", "UPDATE " + Mark('T', "2") + " AS t7 SET " + Mark('C', "2.1") +
                                 " = $2 RETURNING " + Mark('W', "2.1")},
                        Access::kWrite, &permit)),
            "UPDATE \"public\".\"counters\" AS t7 SET \"n\" = $2 RETURNING t7.\"n\"");
  EXPECT_EQ(permit.target, 2U);
  EXPECT_EQ(Must(Expand("SELECT " + Mark('L', "'it''s \\'") + ", " + Mark('L', "X'00fF'"))),
            "SELECT ('it''s \\' COLLATE \"C\"), '\\x00fF'::bytea");
  EXPECT_EQ(Must(Expand({"c0 AS (SELECT 1 FROM " + Mark('R', "0") + " AS t0), ",
                         "INSERT INTO " + Mark('T', "2") + " AS t1 SELECT 1"},
                        Access::kWrite, &permit)),
            "WITH RECURSIVE c0 AS (SELECT 1 FROM (SELECT \"id\", \"name\", \"region\" FROM "
            "\"public\".\"customers\" WHERE \"tenant_id\" = $1) AS t0) INSERT INTO "
            "\"public\".\"counters\" AS t1 SELECT 1");
  EXPECT_TRUE(permit.reads[0]);
  EXPECT_EQ(permit.target, 2U);
}

TEST(PgMarks, NothingElseNamesATenantsTable) {
  for (const std::string& text : {
           std::string("SELECT * FROM counters"),
           std::string("SELECT * FROM \"public\".\"Counters\""),
           std::string("SELECT * FROM t0.counters"),
           "SELECT 1 FROM " + Mark('G', "2"),
           "UPDATE " + Mark('T', "4") + " AS t0 SET x = 1",
           "UPDATE " + Mark('T', "2") + " AS t0 SET n = (SELECT 1 FROM " + Mark('T', "2") + ")",
           "SELECT " + Mark('L', "1 FROM counters"),
           "SELECT " + Mark('L', "'a' || 'b'"),
           "SELECT " + Mark('L', "'') FROM x --'"),
           "SELECT " + Mark('L', ""),
           "SELECT 1 FROM " + Mark('R', "9"),
           "SELECT 1 FROM " + Mark('R', "x"),
           "SELECT " + Mark('C', "2"),
           "SELECT " + Mark('C', "2.64"),
           "SELECT " + Mark('W', "2.1"),
           "SELECT " + Mark('Q', "2"),
           std::string("SELECT \x01R2"),
           std::string("SELECT \x01"),
       }) {
    EXPECT_THAT(Expand(text), HasCode(ErrorCode::kEngineLock)) << text;
  }
  EXPECT_THAT(Expand("SELECT t3.\"counters\""), IsOk()) << "a column of that name";
}

TEST(PgMarks, AScopeWritesWhatIsItsOwn) {
  const std::string global =
      "UPDATE " + Mark('T', "4") + " AS t0 SET " + Mark('C', "4.1") + " = $2";
  const std::string tenants = "DELETE FROM " + Mark('T', "2") + " AS t0 WHERE true";
  EXPECT_THAT(Expand(global, Access::kGlobalWrite), IsOk());
  EXPECT_THAT(Expand(global, Access::kWrite), HasCode(ErrorCode::kEngineLock));
  EXPECT_THAT(Expand(global, Access::kRead), HasCode(ErrorCode::kEngineLock));
  EXPECT_THAT(Expand(tenants, Access::kWrite), IsOk());
  EXPECT_THAT(Expand(tenants, Access::kGlobalWrite), HasCode(ErrorCode::kEngineLock));
  EXPECT_THAT(Expand(tenants, Access::kRead), HasCode(ErrorCode::kEngineLock));
  EXPECT_THAT(Expand("SELECT 1 FROM " + Mark('R', "2"), Access::kGlobalWrite),
              HasCode(ErrorCode::kEngineLock));
  EXPECT_THAT(Expand(MarkedSql{"c0 AS (" + tenants + "), ", "SELECT 1"}),
              HasCode(ErrorCode::kEngineLock));
}

}  // namespace
}  // namespace cordon_test
