// SPDX-License-Identifier: Apache-2.0
// Read() is a snapshot.
// EXPECT: cordon: this scope only reads: use Transaction for a statement that writes
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Transaction([](auto& tx) -> absl::Status {
    return tx.Update(shop::Customer{"ALFKI", "Alfreds", std::nullopt});
  });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Read([](auto& tx) -> absl::Status {
    return tx.Update(shop::Customer{"ALFKI", "Alfreds", std::nullopt});
  });
}
#endif
