// SPDX-License-Identifier: Apache-2.0
// Window functions are not in the grammar yet.
// EXPECT: cordon: window functions and FILTER are not supported yet: compute it in the host
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.One(as<std::int64_t>, "SELECT COUNT(*) OVER () FROM orders"_sql).status();
}
#endif
