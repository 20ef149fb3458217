// SPDX-License-Identifier: Apache-2.0
// Update takes the rows of a declared table.
// EXPECT: cordon: this call takes a struct of the schema: declare it with TenantTable
#include "shop.h"

struct Name {  // nowhere in the schema
  std::string name;
};

absl::Status Right(shop::Session& tenant) {
  return tenant.Update(shop::Customer{"ALFKI", "Alfreds", std::nullopt});
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) { return tenant.Update(Name{"Alfreds"}); }
#endif
