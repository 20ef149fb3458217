// SPDX-License-Identifier: Apache-2.0
// The same statement on the same rows gives the same.
// EXPECT: cordon: a time is a column, an argument or a text, and its modifiers are texts of the
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<std::optional<std::string>>, "SELECT date(ordered_at) FROM orders"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<std::optional<std::string>>, "SELECT date('now') FROM orders"_sql).status();
}
#endif
