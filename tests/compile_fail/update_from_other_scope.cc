// SPDX-License-Identifier: Apache-2.0
// A row that one tenant's scope has read is not written back into another's.
// EXPECT: cordon: this value was read in another tenant's scope: pass a value of this scope
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::TenantContext& ours,
                   const cordon::TenantContext& theirs) {
  return cordon::WithTenants(platform, ours, theirs, [](auto& a, auto&) -> absl::Status {
    auto order = a.Get(as<shop::Order>, 7);
    if (!order.ok()) return order.status();
    return a.Update(*order);
  });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform, const cordon::TenantContext& ours,
                   const cordon::TenantContext& theirs) {
  return cordon::WithTenants(platform, ours, theirs, [](auto& a, auto& b) -> absl::Status {
    auto order = a.Get(as<shop::Order>, 7);
    if (!order.ok()) return order.status();
    return b.Update(*order);
  });
}
#endif
