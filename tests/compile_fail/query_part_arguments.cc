// SPDX-License-Identifier: Apache-2.0
// A part of a query with fewer placeholders than arguments.
// EXPECT: cordon: a part of a query has one ? for each of its own arguments: make them agree
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  cordon::Query<shop::Shop> query("SELECT * FROM customers"_sql);
  query.Where("name = ? OR region = ?"_sql, "Alder", "north");
  return tenant.All(as<shop::Customer>, query).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  cordon::Query<shop::Shop> query("SELECT * FROM customers"_sql);
  query.Where("name = ?"_sql, "Alder", "north");
  return tenant.All(as<shop::Customer>, query).status();
}
#endif
