// SPDX-License-Identifier: Apache-2.0
// Only declared tables exist.
// EXPECT: cordon: the schema has no such table: declare it with TenantTable or GlobalTable
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT id FROM orders"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT id FROM ordrs"_sql).status();
}
#endif
