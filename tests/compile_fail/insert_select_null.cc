// SPDX-License-Identifier: Apache-2.0
// What a query gives must fit the columns it goes into.
// EXPECT: cordon: NULL does not fit a column that is not std::optional: pass a value
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Execute("INSERT INTO customers (id, name) SELECT code, name FROM currencies"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Execute("INSERT INTO customers (id, name) SELECT id, region FROM customers"_sql)
      .status();
}
#endif
