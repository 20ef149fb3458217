// SPDX-License-Identifier: Apache-2.0
// A column's number changes its meaning when the list does.
// EXPECT: cordon: ORDER BY takes columns, expressions and AS names: name what to order by
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT id FROM orders ORDER BY id"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT id FROM orders ORDER BY 1"_sql).status();
}
#endif
