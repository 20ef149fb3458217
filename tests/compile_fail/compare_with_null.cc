// SPDX-License-Identifier: Apache-2.0
// NULL equals nothing, not even NULL.
// EXPECT: cordon: a comparison with NULL is never true: write IS NULL or IS NOT NULL
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<shop::Customer>, "SELECT * FROM customers WHERE region IS NULL"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<shop::Customer>, "SELECT * FROM customers WHERE region = NULL"_sql).status();
}
#endif
