// SPDX-License-Identifier: Apache-2.0
// The filter that everybody forgets once is not theirs to write.
// EXPECT: cordon: the tenant is set by the scope, never by a statement: remove the tenant column
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<shop::Order>, "SELECT * FROM orders WHERE customer_id = ?"_sql, "ALFKI")
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<shop::Order>, "SELECT * FROM orders WHERE tenant_id = ?"_sql, "tn_4")
      .status();
}
#endif
