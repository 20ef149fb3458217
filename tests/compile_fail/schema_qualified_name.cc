// SPDX-License-Identifier: Apache-2.0
// main.orders is the physical table, with the rows of all tenants.
// EXPECT: cordon: a schema-qualified name reaches outside the scope: write the name of the table
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT id FROM orders"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT id FROM main.orders"_sql).status();
}
#endif
