// SPDX-License-Identifier: Apache-2.0
// Transactions are scopes of the host's code, not statements.
// EXPECT: cordon: a scope runs SELECT, INSERT, UPDATE and DELETE only: use the API of the platform
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Transaction(
      [](auto& tx) -> absl::Status { return tx.Execute("DELETE FROM orders"_sql).status(); });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) { return tenant.Execute("BEGIN"_sql).status(); }
#endif
