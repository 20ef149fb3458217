// SPDX-License-Identifier: Apache-2.0
// A result row is no table.
// EXPECT: cordon: Insert takes a struct of the schema: declare it with TenantTable
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Insert(shop::Customer{"ALFKI", "Alfreds", std::nullopt});
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) { return tenant.Insert(shop::Turnover{}); }
#endif
