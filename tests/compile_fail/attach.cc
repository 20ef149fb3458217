// SPDX-License-Identifier: Apache-2.0
// Another file is another world.
// EXPECT: cordon: a scope runs SELECT, INSERT, UPDATE and DELETE only: use the API of the platform
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.Execute("DELETE FROM orders"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.Execute("ATTACH 'other.db' AS other"_sql).status();
}
#endif
