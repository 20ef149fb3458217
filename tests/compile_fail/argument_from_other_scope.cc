// SPDX-License-Identifier: Apache-2.0
// Nor does a value, as the argument of a statement.
// EXPECT: cordon: this value was read in another tenant's scope: pass a value of this scope
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::TenantContext& ours,
                   const cordon::TenantContext& theirs) {
  return cordon::WithTenants(platform, ours, theirs, [](auto& a, auto& b) -> absl::Status {
    auto id = a.One(as<std::string>, "SELECT id FROM customers WHERE name = ?"_sql, "Alfreds");
    if (!id.ok()) return id.status();
    absl::Status done = b.Execute("DELETE FROM orders"_sql).status();
    if (!done.ok()) return done;
    return a.Execute("DELETE FROM orders WHERE customer_id = ?"_sql, *id).status();
  });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform, const cordon::TenantContext& ours,
                   const cordon::TenantContext& theirs) {
  return cordon::WithTenants(platform, ours, theirs, [](auto& a, auto& b) -> absl::Status {
    auto id = a.One(as<std::string>, "SELECT id FROM customers WHERE name = ?"_sql, "Alfreds");
    if (!id.ok()) return id.status();
    return b.Execute("DELETE FROM orders WHERE customer_id = ?"_sql, *id).status();
  });
}
#endif
