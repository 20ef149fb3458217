// SPDX-License-Identifier: Apache-2.0
// Two tables of the join have an id.
// EXPECT: cordon: several tables here have such a column: qualify it with its table
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .All(as<std::int64_t>,
           "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(as<std::int64_t>, "SELECT id FROM orders o JOIN customers c ON c.id = o.customer_id"_sql)
      .status();
}
#endif
