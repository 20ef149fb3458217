// SPDX-License-Identifier: Apache-2.0
// What a user types cannot become a part of a query, only a value or a choice.
// EXPECT: cordon: a part of a query is constant: write it as "..."_sql
#include "shop.h"

absl::Status Right(shop::Session& tenant, const std::string& typed) {
  cordon::Query<shop::Shop> query("SELECT * FROM customers"_sql);
  query.Where("name LIKE ?"_sql, typed);
  query.OrderBy(typed, {{"name", "name, id"_sql}, {"region", "region, id"_sql}});
  return tenant.All(as<shop::Customer>, query).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant, const std::string& typed) {
  cordon::Query<shop::Shop> query("SELECT * FROM customers"_sql);
  query.OrderBy(typed);
  return tenant.All(as<shop::Customer>, query).status();
}
#endif
