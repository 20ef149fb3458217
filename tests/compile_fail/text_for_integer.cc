// SPDX-License-Identifier: Apache-2.0
// Text is not a number, whatever SQLite makes of it.
// EXPECT: cordon: these two have different types: compare and assign like with like, and pass an
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<shop::Order>, "SELECT * FROM orders WHERE id = ?"_sql, 7).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<shop::Order>, "SELECT * FROM orders WHERE id = ?"_sql, "7").status();
}
#endif
