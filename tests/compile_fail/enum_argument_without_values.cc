// SPDX-License-Identifier: Apache-2.0
// The same for an argument.
// EXPECT: cordon: an enum lists the values that it may have: specialize cordon::EnumValues
#include "shop.h"

enum class Listed { kOne = 1 };
enum class Unlisted { kOne = 1 };
template <>
struct cordon::EnumValues<Listed> {
  static constexpr std::array kAll = {Listed::kOne};
};

void Right(shop::Session& tenant) {
  (void)tenant.All(as<shop::Product>, "SELECT * FROM products WHERE id = ?"_sql, Listed::kOne);
}

#ifdef CORDON_EXPECT_ERROR
void Wrong(shop::Session& tenant) {
  (void)tenant.All(as<shop::Product>, "SELECT * FROM products WHERE id = ?"_sql, Unlisted::kOne);
}
#endif
