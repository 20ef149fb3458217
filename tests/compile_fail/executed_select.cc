// SPDX-License-Identifier: Apache-2.0
// Execute is for statements that return no rows.
// EXPECT: cordon: this statement returns rows: use One, Optional, All or Rows
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::int64_t>, "SELECT id FROM orders"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Execute("SELECT id FROM orders"_sql).status();
}
#endif
