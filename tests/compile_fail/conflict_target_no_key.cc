// SPDX-License-Identifier: Apache-2.0
// An upsert goes by the key or a declared unique constraint.
// EXPECT: cordon: ON CONFLICT names the key or a declared unique constraint: list exactly its
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .Execute("INSERT INTO customers (id, name) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"_sql,
               "ALFKI", "Alfreds")
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .Execute("INSERT INTO customers (id, name) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"_sql,
               "ALFKI", "Alfreds")
      .status();
}
#endif
