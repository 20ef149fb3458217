// SPDX-License-Identifier: Apache-2.0
// A price with five digits does not fit a column of four.
// EXPECT: cordon: the value has more digits behind the point than its place keeps: ROUND it to
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .Execute("UPDATE order_lines SET unit_price = ?"_sql, cordon::Decimal<4>::FromUnits(95000))
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .Execute("UPDATE order_lines SET unit_price = ?"_sql, cordon::Decimal<5>::FromUnits(950000))
      .status();
}
#endif
