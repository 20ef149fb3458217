// SPDX-License-Identifier: Apache-2.0
// A copy would be one more thing to revoke.
// EXPECT: cordon: a context is unique: pass a reference
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::TenantContext& context) {
  return platform.OpenSession(context).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform, const cordon::TenantContext& context) {
  cordon::TenantContext kept = context;
  return platform.OpenSession(kept).status();
}
#endif
