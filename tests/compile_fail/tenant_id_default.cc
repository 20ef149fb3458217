// SPDX-License-Identifier: Apache-2.0
// There is no tenant that is meant when none is named.
// EXPECT: cordon: there is no default tenant: use TenantId::Parse, or the id that Create() returned
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::Principal& anna,
                   const cordon::TenantId& tenant) {
  return platform
      .Enter(cordon::AssertVerified(anna), tenant, cordon::Purpose("order-entry"))
      .status();
}

#ifdef CORDON_EXPECT_ERROR
cordon::TenantId Wrong() {
  cordon::TenantId id;
  return id;
}
#endif
