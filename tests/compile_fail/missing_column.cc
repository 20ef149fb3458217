// SPDX-License-Identifier: Apache-2.0
// A column that is not std::optional gets a value.
// EXPECT: cordon: a column that must have a value is missing from the INSERT: add it
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Execute("INSERT INTO customers (id, name) VALUES (?, ?)"_sql, "ALFKI", "Alfreds")
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Execute("INSERT INTO customers (id) VALUES (?)"_sql, "ALFKI").status();
}
#endif
