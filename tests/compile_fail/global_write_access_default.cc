// SPDX-License-Identifier: Apache-2.0
// Writing what all tenants read is asked for by name.
// EXPECT: cordon: ask by name: use GlobalWriteAccess::Get()
#include "shop.h"

absl::Status Right(shop::Platform& platform) {
  return platform.WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
    return tx.Insert(shop::Currency{"EUR", "Euro"});
  });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Platform& platform) {
  return platform.WriteGlobals(cordon::GlobalWriteAccess(), [](auto& tx) -> absl::Status {
    return tx.Insert(shop::Currency{"EUR", "Euro"});
  });
}
#endif
