// SPDX-License-Identifier: Apache-2.0
// USING names a column of both sides.
// EXPECT: cordon: no table here has such a column: declare it in the schema
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT name FROM customers JOIN currencies USING (name)"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT name FROM customers JOIN currencies USING (code)"_sql)
      .status();
}
#endif
