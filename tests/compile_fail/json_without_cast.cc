// SPDX-License-Identifier: Apache-2.0
// What JSON holds has no type before it is looked at.
// EXPECT: cordon: only the stored value knows the type of this: write CAST(... AS INTEGER), AS REAL
// or
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .All(as<std::optional<std::int64_t>>,
           "SELECT CAST(json_extract(region, '$.n') AS INTEGER) FROM customers"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(as<std::optional<std::int64_t>>, "SELECT json_extract(region, '$.n') FROM customers"_sql)
      .status();
}
#endif
