// SPDX-License-Identifier: Apache-2.0
// Every column needs a field of its name.
// EXPECT: cordon: the row type has no field named like this column: rename the column with AS or
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
           "SELECT o.customer_id, l.unit_price * l.discount AS turnover\n"
           "FROM order_lines l JOIN orders o ON o.id = l.order_id"_sql)
      .status();
}
#endif
