// SPDX-License-Identifier: Apache-2.0
// A number that is committed alone is a gap.
// EXPECT: cordon: draw it in a Transaction
#include "shop.h"

void Right(const shop::Session& tenant) {
  (void)tenant.All(cordon::as<std::int64_t>, "SELECT id FROM orders"_sql);
}

#ifdef CORDON_EXPECT_ERROR
void Wrong(const shop::Session& tenant) { (void)tenant.NextNumber(cordon::Series("invoice")); }
#endif
