// SPDX-License-Identifier: Apache-2.0
// Many rows are written where one is.
// EXPECT: cordon: this scope only reads: use Transaction for a statement that writes
#include "shop.h"

absl::Status Right(shop::Session& tenant, const std::vector<shop::Customer>& customers) {
  return tenant.Transaction(
      [&](auto& tx) -> absl::Status { return tx.InsertAll(customers).status(); });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant, const std::vector<shop::Customer>& customers) {
  return tenant.Read([&](auto& tx) -> absl::Status { return tx.InsertAll(customers).status(); });
}
#endif
