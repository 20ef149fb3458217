// SPDX-License-Identifier: Apache-2.0
// Ties in the order of a window would be a choice of the plan.
// EXPECT: cordon: rows that this ORDER BY holds for equal would be taken in the order of a plan
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .All(as<std::optional<std::int64_t>>,
           "SELECT first_value(id) OVER (ORDER BY customer_id, id) FROM orders"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(as<std::optional<std::int64_t>>,
           "SELECT first_value(id) OVER (ORDER BY customer_id) FROM orders"_sql)
      .status();
}
#endif
