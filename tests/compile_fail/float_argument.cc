// SPDX-License-Identifier: Apache-2.0
// A binary fraction is never an exact number.
// EXPECT: cordon: an argument is an integer, text, blob, bool, enum, Timestamp, ZonedTime, Decimal,
// Json or BlobId, or a
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .All(as<shop::Line>, "SELECT * FROM order_lines WHERE unit_price > ?"_sql,
           cordon::Decimal<2>::FromUnits(950))
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<shop::Line>, "SELECT * FROM order_lines WHERE unit_price > ?"_sql, 9.5)
      .status();
}
#endif
