// SPDX-License-Identifier: Apache-2.0
// Dividing would round, and nobody has said how.
// EXPECT: cordon: dividing exact decimals would round: divide in the host, where you choose how
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<cordon::Decimal<4>>, "SELECT unit_price FROM order_lines"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<cordon::Decimal<4>>, "SELECT unit_price / 2 FROM order_lines"_sql).status();
}
#endif
