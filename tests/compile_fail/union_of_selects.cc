// SPDX-License-Identifier: Apache-2.0
// UNION is not in the grammar yet.
// EXPECT: cordon: UNION, INTERSECT and EXCEPT are not supported yet: run two statements in one
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT id FROM customers"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(as<std::string>, "SELECT id FROM customers UNION SELECT code FROM currencies"_sql)
      .status();
}
#endif
