// SPDX-License-Identifier: Apache-2.0
// An audience is a word, as a purpose is.
// EXPECT: cordon: an audience is 1 to 64 characters of a-z, 0-9, dot, dash and underscore: choose
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::TenantContext& context) {
  return platform.tenants().Seal(context, cordon::Audience("reporting")).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform, const cordon::TenantContext& context) {
  return platform.tenants().Seal(context, cordon::Audience("")).status();
}
#endif
