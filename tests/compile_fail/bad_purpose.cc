// SPDX-License-Identifier: Apache-2.0
// A purpose is a word for the log.
// EXPECT: cordon: a purpose is 1 to 64 characters of a-z, 0-9, dot, dash and underscore: choose
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::Principal& anna,
                   const cordon::TenantId& tenant) {
  return platform.Enter(cordon::AssertVerified(anna), tenant, cordon::Purpose("order-entry"))
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform, const cordon::Principal& anna,
                   const cordon::TenantId& tenant) {
  return platform.Enter(cordon::AssertVerified(anna), tenant, cordon::Purpose("Order entry!"))
      .status();
}
#endif
