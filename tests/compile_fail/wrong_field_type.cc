// SPDX-License-Identifier: Apache-2.0
// A field has the type of its column.
// EXPECT: cordon: a column and the field that receives it have different types: change one of them
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT name FROM customers"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT name FROM customers"_sql).status();
}
#endif
