// SPDX-License-Identifier: Apache-2.0
// A computed column finds its field by its AS name.
// EXPECT: cordon: a computed column needs a name to find its field: add AS and the name of the
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant
      .All(as<shop::Turnover>,
           "SELECT o.customer_id, l.unit_price * l.discount AS revenue\n"
           "FROM order_lines l JOIN orders o ON o.id = l.order_id"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant
      .All(as<shop::Turnover>,
           "SELECT o.customer_id, l.unit_price * l.discount\n"
           "FROM order_lines l JOIN orders o ON o.id = l.order_id"_sql)
      .status();
}
#endif
