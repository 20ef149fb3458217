// SPDX-License-Identifier: Apache-2.0
// A comment that would swallow what follows a part of a query.
// EXPECT: cordon: a part of a query holds no comment: move it into the code
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  cordon::Query<shop::Shop> query("SELECT * FROM customers"_sql);
  query.Where("name <> '--'"_sql);
  return tenant.All(as<shop::Customer>, query).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  cordon::Query<shop::Shop> query("SELECT * FROM customers"_sql);
  query.Where("name <> '' -- all of them"_sql);
  return tenant.All(as<shop::Customer>, query).status();
}
#endif
