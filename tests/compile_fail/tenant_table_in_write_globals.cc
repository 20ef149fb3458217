// SPDX-License-Identifier: Apache-2.0
// WriteGlobals is no way round the tenants.
// EXPECT: cordon: Platform::WriteGlobals reaches global tables only: enter the tenant for its own
#include "shop.h"

absl::Status Right(shop::Platform& platform) {
  return platform.WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
    return tx.Insert(shop::Currency{"EUR", "Euro"});
  });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Platform& platform) {
  return platform.WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
    return tx.Execute("DELETE FROM customers"_sql).status();
  });
}
#endif
