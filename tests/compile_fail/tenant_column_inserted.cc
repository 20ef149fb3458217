// SPDX-License-Identifier: Apache-2.0
// A row cannot be given to a tenant by name.
// EXPECT: cordon: the tenant is set by the scope, never by a statement: remove the tenant column
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Execute("INSERT INTO customers (id, name) VALUES (?, ?)"_sql, "ALFKI", "Alfreds")
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .Execute("INSERT INTO customers (tenant_id, id, name) VALUES (?, ?, ?)"_sql, "tn_4", "ALFKI",
               "Alfreds")
      .status();
}
#endif
