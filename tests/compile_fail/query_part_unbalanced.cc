// SPDX-License-Identifier: Apache-2.0
// A part of a query that reaches out of its own parentheses.
// EXPECT: cordon: a part of a query closes a parenthesis that it did not open: balance it
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  cordon::Query<shop::Shop> query("SELECT * FROM customers"_sql);
  query.Where("(region IS NULL) OR (region = ?)"_sql, "north");
  return tenant.All(as<shop::Customer>, query).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  cordon::Query<shop::Shop> query("SELECT * FROM customers"_sql);
  query.Where("1 = 1) OR (region = ?"_sql, "north");
  return tenant.All(as<shop::Customer>, query).status();
}
#endif
