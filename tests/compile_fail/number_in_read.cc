// SPDX-License-Identifier: Apache-2.0
// A number is drawn where its document is written.
// EXPECT: cordon: numbers, counters and blobs change in a tenant's scope that writes
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Transaction(
      [](auto& tx) -> absl::Status { return tx.NextNumber(cordon::Series("invoice")).status(); });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Read(
      [](auto& tx) -> absl::Status { return tx.NextNumber(cordon::Series("invoice")).status(); });
}
#endif
