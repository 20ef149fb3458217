// SPDX-License-Identifier: Apache-2.0
// A statement cannot ask whose rows they are.
// EXPECT: cordon: the tenant is set by the scope, never by a statement: remove the tenant column
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT customer_id FROM orders"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT tenant_id FROM orders"_sql).status();
}
#endif
