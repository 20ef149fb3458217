// SPDX-License-Identifier: Apache-2.0
// As many arguments as the function takes.
// EXPECT: cordon: this function takes other arguments: correct their number or their types
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT substr(name, 1, 3) FROM customers"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT substr(name) FROM customers"_sql).status();
}
#endif
