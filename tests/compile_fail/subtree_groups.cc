// SPDX-License-Identifier: Apache-2.0
// Groups would tell a row from the next.
// EXPECT: without GROUP BY, HAVING, LIMIT and UNION
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
