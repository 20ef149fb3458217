// SPDX-License-Identifier: Apache-2.0
// Which of the texts that NOCASE holds for equal comes out is a choice of the plan.
// EXPECT: cordon: a COLLATE stands next to a comparison, IN, BETWEEN or in ORDER BY
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::string>, "SELECT name FROM customers ORDER BY name COLLATE NOCASE"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(as<std::string>, "SELECT DISTINCT name COLLATE NOCASE AS name FROM customers"_sql)
      .status();
}
#endif
