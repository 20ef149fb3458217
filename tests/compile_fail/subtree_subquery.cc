// SPDX-License-Identifier: Apache-2.0
// A subquery beside an aggregate would read the value of a row.
// clang-format off
// EXPECT: cordon: over a subtree only aggregates are read: write one SELECT of COUNT, SUM and the like, without GROUP BY, HAVING, LIMIT and UNION, and without a subquery that gives the value of a row
// clang-format on
#include "shop.h"

using namespace cordon::literals;

absl::Status Right(const cordon::Subtree<shop::Shop>& below) {
  return below
      .SumUp(cordon::as<std::int64_t>,
             "SELECT COUNT(*) + (SELECT COUNT(*) FROM customers) FROM orders WHERE id > (SELECT "
             "MIN(id) FROM orders)"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const cordon::Subtree<shop::Shop>& below) {
  return below
      .SumUp(cordon::as<std::int64_t>,
             "SELECT COUNT(*) - COUNT(*) + COALESCE((SELECT id FROM orders ORDER BY id LIMIT 1), "
             "0) FROM orders"_sql)
      .status();
}
#endif
