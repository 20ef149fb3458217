// SPDX-License-Identifier: Apache-2.0
// INSERT … SELECT is not in the grammar yet.
// EXPECT: cordon: INSERT ... SELECT is not supported yet: read the rows and insert them in one
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Execute("INSERT INTO customers (id, name) VALUES (?, ?)"_sql, "ALFKI", "Alfreds")
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Execute("INSERT INTO customers (id, name) SELECT code, name FROM currencies"_sql)
      .status();
}
#endif
