// SPDX-License-Identifier: Apache-2.0
// A transaction commits when its body says OK, so the body must say something.
// EXPECT: cordon: the body of a transaction returns absl::Status: write '-> absl::Status' behind
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Transaction(
      [](auto& tx) -> absl::Status { return tx.Execute("DELETE FROM orders"_sql).status(); });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Transaction([](auto& tx) { (void)tx.Execute("DELETE FROM orders"_sql); });
}
#endif
