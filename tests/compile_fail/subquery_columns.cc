// SPDX-License-Identifier: Apache-2.0
// IN compares one column with one.
// EXPECT: cordon: a subquery has as many columns as what it is compared with
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .All(as<std::int64_t>,
           "SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers)"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(as<std::int64_t>,
           "SELECT id FROM orders WHERE customer_id IN (SELECT id, name FROM customers)"_sql)
      .status();
}
#endif
