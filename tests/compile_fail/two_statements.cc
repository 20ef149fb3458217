// SPDX-License-Identifier: Apache-2.0
// What follows a semicolon would run unseen.
// EXPECT: cordon: one statement at a time: remove what follows the first
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Execute("DELETE FROM orders WHERE id = ?"_sql, 7).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Execute("DELETE FROM orders WHERE id = ?; DELETE FROM customers"_sql, 7).status();
}
#endif
