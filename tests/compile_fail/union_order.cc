// SPDX-License-Identifier: Apache-2.0
// Behind a UNION only its columns can be ordered by.
// EXPECT: cordon: behind UNION, INTERSECT and EXCEPT, ORDER BY names columns of the first SELECT
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .All(as<std::string>,
           "SELECT id FROM customers UNION SELECT code FROM currencies ORDER BY id"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(as<std::string>,
           "SELECT id FROM customers UNION SELECT code FROM currencies ORDER BY lower(id)"_sql)
      .status();
}
#endif
