// SPDX-License-Identifier: Apache-2.0
// Groups would tell a row from the next.
// clang-format off
// EXPECT: cordon: over a subtree only aggregates are read: write one SELECT of COUNT, SUM and the like
// clang-format on
#include "shop.h"

using namespace cordon::literals;

absl::Status Right(const cordon::Subtree<shop::Shop>& below) {
  return below.SumUp(cordon::as<std::int64_t>, "SELECT COUNT(*) FROM orders WHERE id > ?"_sql, 3)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const cordon::Subtree<shop::Shop>& below) {
  return below
      .SumUp(cordon::as<std::int64_t>, "SELECT COUNT(*) FROM orders GROUP BY customer_id"_sql)
      .status();
}
#endif
