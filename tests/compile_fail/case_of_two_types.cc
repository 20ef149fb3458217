// SPDX-License-Identifier: Apache-2.0
// The branches of a CASE have one type.
// EXPECT: cordon: these two have different types: compare and assign like with like
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT CASE WHEN active THEN 1 ELSE 0 END FROM products"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(as<std::int64_t>, "SELECT CASE WHEN active THEN 1 ELSE 'no' END FROM products"_sql)
      .status();
}
#endif
