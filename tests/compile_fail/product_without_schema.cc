// SPDX-License-Identifier: Apache-2.0
// Sessions are sessions of a product, and a product is a struct with a schema.
// EXPECT: cordon: this takes the struct that holds your schema: declare struct Erp
#include "shop.h"

absl::Status Right(cordon::Session<shop::Shop>& tenant) {
  return tenant.Execute("DELETE FROM orders"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(cordon::Session<shop::Order>& tenant) {
  return tenant.Execute("DELETE FROM orders"_sql).status();
}
#endif
