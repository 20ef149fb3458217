// SPDX-License-Identifier: Apache-2.0
// A row number of another system is not a tenant.
// EXPECT: cordon: a tenant's id is drawn by a platform or parsed, never converted: use TenantId::Parse
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::Principal& anna,
                   const cordon::TenantId& tenant) {
  return platform
      .Enter(cordon::AssertVerified(anna), tenant, cordon::Purpose("order-entry"))
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform, const cordon::Principal& anna) {
  return platform
      .Enter(cordon::AssertVerified(anna), cordon::TenantId(7), cordon::Purpose("order-entry"))
      .status();
}
#endif
