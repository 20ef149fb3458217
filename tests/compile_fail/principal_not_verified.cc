// SPDX-License-Identifier: Apache-2.0
// Cordon does not authenticate; the host says that it has.
// EXPECT: cordon: unverified: use AssertVerified
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::Principal& anna,
                   const cordon::TenantId& tenant) {
  return platform.Enter(cordon::AssertVerified(anna), tenant, cordon::Purpose("order-entry"))
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform, const cordon::Principal& anna,
                   const cordon::TenantId& tenant) {
  return platform.Enter(anna, tenant, cordon::Purpose("order-entry")).status();
}
#endif
