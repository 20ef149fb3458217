// SPDX-License-Identifier: Apache-2.0
// Joins are inner or left.
// EXPECT: cordon: joins are [INNER] JOIN ... ON and LEFT JOIN ... ON: rewrite this one as one of
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .All(as<std::string>,
           "SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(as<std::string>,
           "SELECT c.name FROM orders o RIGHT JOIN customers c ON o.customer_id = c.id"_sql)
      .status();
}
#endif
