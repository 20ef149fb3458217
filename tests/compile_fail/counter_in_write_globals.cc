// SPDX-License-Identifier: Apache-2.0
// A counter is a tenant's.
// EXPECT: cordon: a counter belongs to a tenant: read it in a tenant's scope
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.ValueOf(cordon::TenantCounter("open-orders")).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Platform& platform) {
  return platform.WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
    return tx.ValueOf(cordon::TenantCounter("open-orders")).status();
  });
}
#endif
