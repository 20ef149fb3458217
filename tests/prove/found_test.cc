// SPDX-License-Identifier: Apache-2.0
//
// What the tester has found, as it printed it. A program and its neighbours are those of the seed.
#include <gtest/gtest.h>

#include "prove/prover.h"

namespace cordon_test {
namespace {

// SQLite works out the end of a range once it has found a row behind its beginning, a neighbour's
// too: an overflow in it told whether others have rows. tests/sql/range_end_test.cc has the class.
TEST(Found, TheEndOfARangeThatFails) {
  EXPECT_EQ(
      Prover().Replay(
          3067U,
          {{0U, {"CHANGE DELETE FROM lines"}},
           {0U,
            {"CHANGE UPDATE lines SET price = (lines.price - -0.75) WHERE "
             "((LENGTH(CAST((4503599627370496 * 2048 - 1) AS TEXT)), CAST(json_extract('null', "
             "'$[1].a') AS TEXT)) >= (lines.order_id, QUOTE(lines.sku)))"}}}),
      "");
}

// With the checker off, a write without its tenant ran into constraints of others' rows before the
// lock saw whose they were.
TEST(Found, AWriteThatDoesNotNameItsTenant) {
  EXPECT_EQ(Prover().Replay(1U, {{0U, {"MARKED UPDATE OR REPLACE \\1T0\\2 SET \\1C0.0\\2 = 1"}}}),
            "");
  EXPECT_EQ(Prover().Replay(1U, {{0U, {"MARKED DELETE FROM \\1T0\\2 WHERE 1"}}}), "");
}

// Past the checker, a text of the host's that is a table's name was taken for the table.
TEST(Found, ALiteralWhereATableStands) {
  EXPECT_EQ(
      Prover().Replay(20262002U,
                      {{0U, {"MARKED DELETE FROM \\1T1\\2 AS t0 WHERE t0.\"tenant_id\" = ?1"}},
                       {0U,
                        {"MARKED DELETE FROM \\1T0\\2 AS t0 WHERE t0.\"tenant_id\" = ?1 RETURNING "
                         "(SELECT t5.\"price\" AS x0 FROM \\1L'lines'\\2 AS t5)"}}}),
      "");
}

// Plain SQLite compares texts in RETURNING with the affinity of the table's first column, and is no
// witness there; what Cordon says is in tests/data/full_sql_test.cc.
TEST(Found, TextsThatAreComparedInReturning) {
  EXPECT_EQ(Prover().Replay(
                1912411000U,
                {{0U,
                  {"RETURNS INSERT INTO orders VALUES (12, 4, 'ab', '2037', 0.25, FALSE, NULL) "
                   "RETURNING CASE WHEN (note <= '') THEN 0 ELSE SIGN(id) END AS k"}}}),
            "");
}

// A tenant that was being offboarded already was offboarded once more, and the services that had
// come in to take it away were sent out.
TEST(Found, OffboardingOnceMore) {
  EXPECT_EQ(Prover().Replay(115U, {{0U,
                                    {"OFFBOARD 4", "COME 4 4 0", "USE 0 1", "OFFBOARD 4", "USE 0 0",
                                     "OTHERS", "USE 0 2", "RESUME 4", "USE 0 1"}}}),
            "");
}

// A removal of a neighbour's had used pragma_table_xinfo() on our writer, which knew it from then
// on.
TEST(Found, WhatARemovalLeavesOnAConnection) {
  EXPECT_EQ(Prover().Replay(8U, {{1U, {"RAW SELECT count(*) FROM pragma_table_xinfo('units')"}}}),
            "");
}

}  // namespace
}  // namespace cordon_test
