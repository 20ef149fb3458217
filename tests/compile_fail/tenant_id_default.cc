// SPDX-License-Identifier: Apache-2.0
// There is no tenant that is meant when none is named.
// EXPECT: cordon: an id is never made up: use TenantId::Parse
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::Principal& anna,
                   const cordon::TenantId& tenant) {
  return platform.Enter(cordon::AssertVerified(anna), tenant, cordon::Purpose("order-entry"))
      .status();
}

#ifdef CORDON_EXPECT_ERROR
cordon::TenantId Wrong() {
  cordon::TenantId id;
  return id;
}
#endif
