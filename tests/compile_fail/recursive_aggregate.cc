// SPDX-License-Identifier: Apache-2.0
// A recursive WITH goes on row by row.
// EXPECT: cordon: a recursive WITH goes on from its own rows in the FROM of a SELECT behind UNION
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .All(as<std::int64_t>,
           "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i FROM n"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(
          as<std::int64_t>,
          "WITH n(i) AS (SELECT 1 UNION ALL SELECT MAX(i) + 1 FROM n WHERE i < 9) SELECT i FROM n"_sql)
      .status();
}
#endif
