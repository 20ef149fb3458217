// SPDX-License-Identifier: Apache-2.0
// A column that is not std::optional takes no NULL.
// EXPECT: cordon: NULL does not fit a column that is not std::optional: pass a value
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Execute("UPDATE customers SET region = NULL"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Execute("UPDATE customers SET name = NULL"_sql).status();
}
#endif
