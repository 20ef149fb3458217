// SPDX-License-Identifier: Apache-2.0
// Rows are of one snapshot, which a transaction holds.
// EXPECT: cordon: rows are of one Read: use it, or All here
#include "shop.h"

void Right(const shop::Session& tenant) {
  (void)tenant.All(cordon::as<std::int64_t>, "SELECT id FROM orders"_sql);
}

#ifdef CORDON_EXPECT_ERROR
void Wrong(const shop::Session& tenant) {
  (void)tenant.Rows(cordon::as<std::int64_t>, "SELECT id FROM orders"_sql);
}
#endif
