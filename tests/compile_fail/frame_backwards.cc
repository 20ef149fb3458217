// SPDX-License-Identifier: Apache-2.0
// A frame begins before it ends.
// EXPECT: cordon: a frame is ROWS, RANGE or GROUPS between two bounds
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .All(as<std::int64_t>, "SELECT COUNT(*) OVER (ORDER BY id ROWS 1 PRECEDING) FROM orders"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(as<std::int64_t>, "SELECT COUNT(*) OVER (ORDER BY id ROWS 1 FOLLOWING) FROM orders"_sql)
      .status();
}
#endif
