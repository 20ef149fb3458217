// SPDX-License-Identifier: Apache-2.0
// WriteGlobals has no tenant whose row it could be.
// EXPECT: cordon: Platform::WriteGlobals reaches global tables only: enter the tenant for its own
#include "shop.h"

absl::Status Right(shop::Platform& platform) {
  return platform.WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
    return tx.Upsert(shop::Currency{"EUR", "Euro"});
  });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Platform& platform) {
  return platform.WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
    return tx.Upsert(shop::Customer{"ALFKI", "Alfreds", std::nullopt});
  });
}
#endif
