// SPDX-License-Identifier: Apache-2.0
// A RIGHT JOIN makes the columns on its left missing at times.
// EXPECT: cordon: a column may be NULL: make the field that receives it std::optional, or use
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .All(as<std::optional<std::string>>,
           "SELECT o.customer_id FROM orders o RIGHT JOIN customers c ON o.customer_id = c.id"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(as<std::string>,
           "SELECT o.customer_id FROM orders o RIGHT JOIN customers c ON o.customer_id = c.id"_sql)
      .status();
}
#endif
