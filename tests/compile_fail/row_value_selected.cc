// SPDX-License-Identifier: Apache-2.0
// A row value is no value of its own.
// EXPECT: cordon: a row value stands in comparisons with another one, in IN and in SET
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .All(as<std::int64_t>,
           "SELECT order_id FROM order_lines WHERE (order_id, product_id) > (1, 2)"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT (order_id, product_id) FROM order_lines"_sql)
      .status();
}
#endif
