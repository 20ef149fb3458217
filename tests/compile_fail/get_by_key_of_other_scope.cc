// SPDX-License-Identifier: Apache-2.0
// Nor does a key that was read there name a row here.
// EXPECT: cordon: this value was read in another tenant's scope: pass a value of this scope
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::TenantContext& ours,
                   const cordon::TenantContext& theirs) {
  return cordon::WithTenants(platform, ours, theirs, [](auto& a, auto&) -> absl::Status {
    auto id = a.One(as<std::int64_t>, "SELECT id FROM orders WHERE customer_id = ?"_sql, "ALFKI");
    if (!id.ok()) return id.status();
    return a.Get(as<shop::Order>, *id).status();
  });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform, const cordon::TenantContext& ours,
                   const cordon::TenantContext& theirs) {
  return cordon::WithTenants(platform, ours, theirs, [](auto& a, auto& b) -> absl::Status {
    auto id = a.One(as<std::int64_t>, "SELECT id FROM orders WHERE customer_id = ?"_sql, "ALFKI");
    if (!id.ok()) return id.status();
    return b.Get(as<shop::Order>, *id).status();
  });
}
#endif
