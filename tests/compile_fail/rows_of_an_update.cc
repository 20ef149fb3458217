// SPDX-License-Identifier: Apache-2.0
// An UPDATE returns rows when it says which.
// EXPECT: cordon: this statement returns no rows: use Execute, or add RETURNING
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<shop::Order>, "UPDATE orders SET shipped_at = NULL RETURNING *"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<shop::Order>, "UPDATE orders SET shipped_at = NULL"_sql).status();
}
#endif
