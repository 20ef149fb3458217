// SPDX-License-Identifier: Apache-2.0
// The text would show the scaled integer.
// EXPECT: cordon: this CAST would lose the scale or the meaning of the value
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<double>, "SELECT CAST(unit_price AS REAL) FROM order_lines"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT CAST(unit_price AS TEXT) FROM order_lines"_sql)
      .status();
}
#endif
