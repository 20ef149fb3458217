// SPDX-License-Identifier: Apache-2.0
// Which customer of the group is meant would be the plan's choice.
// EXPECT: cordon: this column is neither grouped nor aggregated, so its value would be the choice
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .All(as<std::tuple<std::string, std::int64_t>>,
           "SELECT customer_id, COUNT(*) FROM orders GROUP BY customer_id"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(as<std::tuple<std::string, std::int64_t>>,
           "SELECT customer_id, COUNT(*) FROM orders GROUP BY shipped_at"_sql)
      .status();
}
#endif
