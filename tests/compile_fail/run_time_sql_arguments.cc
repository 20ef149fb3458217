// SPDX-License-Identifier: Apache-2.0
// SQL that was checked at run time for arguments of other types.
// EXPECT: cordon: this SQL was checked for other arguments: pass as many of the same types
#include "shop.h"

absl::Status Right(shop::Session& tenant, const std::string& text) {
  const auto sql = cordon::CheckAtRunTime<shop::Shop, shop::Customer, std::string>(text);
  if (!sql.ok()) return sql.status();
  return tenant.One(as<shop::Customer>, *sql, "north").status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant, const std::string& text) {
  const auto sql = cordon::CheckAtRunTime<shop::Shop, shop::Customer, std::string>(text);
  if (!sql.ok()) return sql.status();
  return tenant.One(as<shop::Customer>, *sql, 7).status();
}
#endif
