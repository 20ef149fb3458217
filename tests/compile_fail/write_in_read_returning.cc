// SPDX-License-Identifier: Apache-2.0
// A DELETE that returns rows is still a DELETE.
// EXPECT: cordon: this scope only reads: use Transaction for a statement that writes
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Transaction([](auto& tx) -> absl::Status {
    return tx.All(as<shop::Order>, "DELETE FROM orders RETURNING *"_sql).status();
  });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Read([](auto& tx) -> absl::Status {
    return tx.All(as<shop::Order>, "DELETE FROM orders RETURNING *"_sql).status();
  });
}
#endif
