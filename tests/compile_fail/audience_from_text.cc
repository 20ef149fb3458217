// SPDX-License-Identifier: Apache-2.0
// Whom an envelope is for is not decided by a text that came from somewhere.
// EXPECT: cordon: it is constant: write it out
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::TenantContext& context) {
  return platform.tenants().Seal(context, cordon::Audience("reporting")).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform, const cordon::TenantContext& context,
                   const std::string& whom) {
  return platform.tenants().Seal(context, cordon::Audience(whom)).status();
}
#endif
