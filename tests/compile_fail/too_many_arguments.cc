// SPDX-License-Identifier: Apache-2.0
// An argument without a placeholder is a condition that was forgotten.
// EXPECT: cordon: the statement has fewer placeholders than arguments: write one ? for each
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<shop::Order>, "SELECT * FROM orders WHERE id > ? AND id < ?"_sql, 1, 9)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<shop::Order>, "SELECT * FROM orders WHERE id > ?"_sql, 1, 9).status();
}
#endif
