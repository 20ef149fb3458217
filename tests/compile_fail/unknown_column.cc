// SPDX-License-Identifier: Apache-2.0
// Only declared columns exist; rowid is none.
// EXPECT: cordon: no table here has such a column: declare it in the schema, or correct the name or
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT id FROM orders"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT rowid FROM orders"_sql).status();
}
#endif
