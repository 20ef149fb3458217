// SPDX-License-Identifier: Apache-2.0
// What all tenants read, no tenant writes.
// EXPECT: cordon: a global table belongs to everybody and is read-only in the scope of a tenant
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<shop::Currency>, "SELECT * FROM currencies"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Execute("UPDATE currencies SET name = 'Euro'"_sql).status();
}
#endif
