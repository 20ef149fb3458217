// SPDX-License-Identifier: Apache-2.0
// A list whose text is known at run time only goes through a Query.
// EXPECT: cordon: SQL is constant: write it as "..."_sql, or a Query
#include "shop.h"

using cordon::as;
using namespace cordon::literals;

void Right(const shop::Session& tenant) {
  (void)tenant.ReadPage(as<std::int64_t>, "SELECT id FROM orders ORDER BY id"_sql,
                        {.rows = 10, .after = ""});
}

#ifdef CORDON_EXPECT_ERROR
void Wrong(const shop::Session& tenant, const std::string& text) {
  (void)tenant.ReadPage(as<std::int64_t>, text, {.rows = 10, .after = ""});
}
#endif
