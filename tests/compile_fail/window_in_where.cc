// SPDX-License-Identifier: Apache-2.0
// WHERE decides before windows are looked through.
// EXPECT: cordon: a window function stands with OVER in the select list or ORDER BY: move it
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT row_number() OVER (ORDER BY id) AS n FROM orders"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(as<std::int64_t>, "SELECT id FROM orders WHERE row_number() OVER (ORDER BY id) = 1"_sql)
      .status();
}
#endif
