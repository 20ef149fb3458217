// SPDX-License-Identifier: Apache-2.0
// SUM over no rows is NULL.
// EXPECT: cordon: a column may be NULL: make the field that receives it std::optional, or use
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.One(as<std::int64_t>, "SELECT COALESCE(SUM(quantity), 0) FROM order_lines"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.One(as<std::int64_t>, "SELECT SUM(quantity) FROM order_lines"_sql).status();
}
#endif
