// SPDX-License-Identifier: Apache-2.0
// Rows are read into structs of the schema.
// EXPECT: cordon: this type is no row: use a struct of the schema (TenantTable, GlobalTable or
#include "shop.h"

struct Name {  // nowhere in the schema
  std::string name;
};

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT name FROM customers"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<Name>, "SELECT name FROM customers"_sql).status();
}
#endif
