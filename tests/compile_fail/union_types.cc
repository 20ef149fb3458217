// SPDX-License-Identifier: Apache-2.0
// Both sides of a UNION give the same columns.
// EXPECT: cordon: the SELECTs of a UNION, INTERSECT or EXCEPT have as many columns as the first
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .All(as<std::string>, "SELECT id FROM customers UNION SELECT code FROM currencies"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT id FROM customers UNION SELECT id FROM orders"_sql)
      .status();
}
#endif
