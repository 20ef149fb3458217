// SPDX-License-Identifier: Apache-2.0
// A scope that cannot report its errors is not entered.
// EXPECT: cordon: the body of WithTenant returns absl::Status or absl::StatusOr: write '->
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::TenantContext& context) {
  return cordon::WithTenant(platform, context, [](auto& tenant) -> absl::Status {
    return tenant.Execute("DELETE FROM orders"_sql).status();
  });
}

#ifdef CORDON_EXPECT_ERROR
void Wrong(const shop::Platform& platform, const cordon::TenantContext& context) {
  cordon::WithTenant(platform, context,
                     [](auto& tenant) { (void)tenant.Execute("DELETE FROM orders"_sql); });
}
#endif
