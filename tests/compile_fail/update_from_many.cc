// SPDX-License-Identifier: Apache-2.0
// Several lines belong to one order; which of them would count?
// EXPECT: cordon: several rows of FROM could fit one row, and which one is taken would be the
// choice
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .Execute(
          "UPDATE products SET stock = s.n FROM (SELECT product_id, COUNT(*) AS n FROM order_lines GROUP BY product_id) AS s WHERE s.product_id = products.id"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .Execute(
          "UPDATE products SET stock = l.quantity FROM order_lines AS l WHERE l.product_id = products.id"_sql)
      .status();
}
#endif
