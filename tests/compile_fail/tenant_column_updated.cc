// SPDX-License-Identifier: Apache-2.0
// A row cannot be moved to another tenant.
// EXPECT: cordon: the tenant is set by the scope, never by a statement: remove the tenant column
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Execute("UPDATE customers SET name = ?"_sql, "Alfreds").status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Execute("UPDATE customers SET tenant_id = ?"_sql, "tn_4").status();
}
#endif
