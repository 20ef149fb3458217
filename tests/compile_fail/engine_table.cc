// SPDX-License-Identifier: Apache-2.0
// The engine's own tables are not declared, so they do not exist.
// EXPECT: cordon: the schema has no such table: declare it with TenantTable or GlobalTable
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT name FROM customers"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT name FROM sqlite_schema"_sql).status();
}
#endif
