// SPDX-License-Identifier: Apache-2.0
// Nor does a tenant delete from it.
// EXPECT: cordon: a global table belongs to everybody and is read-only in the scope of a tenant
#include "shop.h"

absl::Status Right(shop::Platform& platform) {
  return platform.WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
    return tx.Delete(as<shop::Currency>, "EUR");
  });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) { return tenant.Delete(as<shop::Currency>, "EUR"); }
#endif
