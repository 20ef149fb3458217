// SPDX-License-Identifier: Apache-2.0
// Which row stands for its equals is open, so nothing else of it can be ordered by.
// EXPECT: cordon: which row a DISTINCT keeps is open, so its ORDER BY names columns of the
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT DISTINCT name FROM customers ORDER BY name"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT DISTINCT name FROM customers ORDER BY id"_sql)
      .status();
}
#endif
