// SPDX-License-Identifier: Apache-2.0
// One argument for each placeholder.
// EXPECT: cordon: the statement has more placeholders than arguments: pass one argument for each ?
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<shop::Order>, "SELECT * FROM orders WHERE id > ? AND id < ?"_sql, 1, 9)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<shop::Order>, "SELECT * FROM orders WHERE id > ? AND id < ?"_sql, 1)
      .status();
}
#endif
