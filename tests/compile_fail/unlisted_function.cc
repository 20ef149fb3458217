// SPDX-License-Identifier: Apache-2.0
// Only pure functions are known; this one reads files.
// EXPECT: cordon: this function is not on the list of pure functions: compute it in the host
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT upper(name) FROM customers"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT readfile(name) FROM customers"_sql).status();
}
#endif
