// SPDX-License-Identifier: Apache-2.0
// A purpose that a request chooses is none.
// EXPECT: cordon: a purpose is constant: write it out
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::Principal& anna,
                   const cordon::TenantId& tenant) {
  return platform.Enter(cordon::AssertVerified(anna), tenant, cordon::Purpose("order-entry"))
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform, const cordon::Principal& anna,
                   const cordon::TenantId& tenant, const std::string& purpose) {
  return platform.Enter(cordon::AssertVerified(anna), tenant, cordon::Purpose(purpose)).status();
}
#endif
