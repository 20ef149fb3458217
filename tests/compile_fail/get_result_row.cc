// SPDX-License-Identifier: Apache-2.0
// A result row is no table, and has no key.
// EXPECT: cordon: this call takes a struct of the schema: declare it with TenantTable
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Get(as<shop::Customer>, "ALFKI").status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Get(as<shop::Turnover>, "ALFKI").status();
}
#endif
