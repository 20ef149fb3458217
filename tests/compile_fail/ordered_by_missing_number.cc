// SPDX-License-Identifier: Apache-2.0
// The select list has no third column.
// EXPECT: cordon: ORDER BY and GROUP BY take columns, expressions, AS names and the numbers of
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT id FROM orders ORDER BY 1"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT id FROM orders ORDER BY 3"_sql).status();
}
#endif
