// SPDX-License-Identifier: Apache-2.0
// Two scopes are two types, one after the other too.
// EXPECT: cordon: this value was read in another tenant's scope: pass a value of this scope
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::TenantContext& ours) {
  return cordon::WithTenant(platform, ours, [](auto& tenant) -> absl::Status {
    auto id = tenant.One(as<std::string>, "SELECT id FROM customers"_sql);
    if (!id.ok()) return id.status();
    return tenant.Execute("DELETE FROM orders WHERE customer_id = ?"_sql, *id).status();
  });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform, const cordon::TenantContext& ours,
                   const cordon::TenantContext& theirs) {
  auto id = cordon::WithTenant(platform, ours, [](auto& tenant) {
    return tenant.One(as<std::string>, "SELECT id FROM customers"_sql);
  });
  if (!id.ok()) return id.status();
  return cordon::WithTenant(platform, theirs, [&](auto& tenant) -> absl::Status {
    return tenant.Execute("DELETE FROM orders WHERE customer_id = ?"_sql, *id).status();
  });
}
#endif
