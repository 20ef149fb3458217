// SPDX-License-Identifier: Apache-2.0
// REPLACE deletes rows that nobody mentioned.
// EXPECT: cordon: OR REPLACE, OR IGNORE and REPLACE hide what they overwrite: write ON CONFLICT
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .Execute(
          "INSERT INTO customers (id, name) VALUES (?, ?) "
          "ON CONFLICT (id) DO UPDATE SET name = excluded.name"_sql,
          "ALFKI", "Alfreds")
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .Execute("INSERT OR REPLACE INTO customers (id, name) VALUES (?, ?)"_sql, "ALFKI", "Alfreds")
      .status();
}
#endif
