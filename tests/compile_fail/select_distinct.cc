// SPDX-License-Identifier: Apache-2.0
// DISTINCT is GROUP BY under another name.
// EXPECT: cordon: SELECT DISTINCT is not supported yet: use GROUP BY
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT customer_id FROM orders GROUP BY customer_id"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT DISTINCT customer_id FROM orders"_sql).status();
}
#endif
