// SPDX-License-Identifier: Apache-2.0
// SQL that is put together while the program runs is not checked SQL.
// EXPECT: cordon: SQL is a constant of the code: write it as "..."_sql
#include "shop.h"

absl::Status Right(shop::Session& tenant, const std::string& customer) {
  return tenant.All(as<shop::Order>, "SELECT * FROM orders WHERE customer_id = ?"_sql, customer)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant, const std::string& customer) {
  const std::string text = "SELECT * FROM orders WHERE customer_id = '" + customer + "'";
  return tenant.All(as<shop::Order>, text).status();
}
#endif
