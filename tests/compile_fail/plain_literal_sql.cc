// SPDX-License-Identifier: Apache-2.0
// A literal becomes a statement by its suffix.
// EXPECT: cordon: SQL is a constant of the code: write it as "..."_sql
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<shop::Order>, "SELECT * FROM orders"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<shop::Order>, "SELECT * FROM orders").status();
}
#endif
