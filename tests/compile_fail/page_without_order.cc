// SPDX-License-Identifier: Apache-2.0
// A page goes on behind the last row of an order.
// EXPECT: cordon: a page is cut from a plain SELECT with ORDER BY and without LIMIT, groups
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.ReadPage(as<std::int64_t>, "SELECT id FROM orders ORDER BY ordered_at"_sql, {})
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.ReadPage(as<std::int64_t>, "SELECT id FROM orders"_sql, {}).status();
}
#endif
