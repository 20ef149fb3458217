// SPDX-License-Identifier: Apache-2.0
// A verified identity has one source.
// EXPECT: cordon: unverified: use AssertVerified
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::Principal& anna,
                   const cordon::TenantId& tenant) {
  return platform.Enter(cordon::AssertVerified(anna), tenant, cordon::Purpose("order-entry"))
      .status();
}

#ifdef CORDON_EXPECT_ERROR
cordon::VerifiedIdentity Wrong(const cordon::Principal& anna) {
  return cordon::VerifiedIdentity(anna);
}
#endif
