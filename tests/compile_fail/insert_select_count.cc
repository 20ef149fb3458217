// SPDX-License-Identifier: Apache-2.0
// As many columns as are named.
// EXPECT: cordon: the number of values differs from the number of columns
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Execute("INSERT INTO customers (id, name) SELECT code, name FROM currencies"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Execute("INSERT INTO customers (id, name) SELECT code FROM currencies"_sql)
      .status();
}
#endif
