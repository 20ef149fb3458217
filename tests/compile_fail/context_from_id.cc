// SPDX-License-Identifier: Apache-2.0
// An id is no proof that anybody may act for its tenant.
// EXPECT: cordon: a context is given out by a platform: call Platform::Enter
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::TenantContext& context) {
  return platform.OpenSession(context).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform, const cordon::TenantId& tenant) {
  return platform.OpenSession(tenant).status();
}
#endif
