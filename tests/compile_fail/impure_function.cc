// SPDX-License-Identifier: Apache-2.0
// What it gives depends on the connection, not on rows.
// EXPECT: cordon: what this function gives is not decided by the rows of the tenant
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT id FROM orders"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT last_insert_rowid() FROM orders"_sql).status();
}
#endif
