// SPDX-License-Identifier: Apache-2.0
// A context proves something; one out of nothing would prove nothing.
// EXPECT: cordon: a platform gives contexts out: call Enter
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::TenantContext& context) {
  return platform.OpenSession(context).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform) {
  cordon::TenantContext context;
  return platform.OpenSession(context).status();
}
#endif
