// SPDX-License-Identifier: Apache-2.0
// Numbers and names of placeholders belong to the emitter.
// EXPECT: cordon: placeholders are plain ? in the order of the arguments: replace the numbered or
#include "shop.h"

absl::Status Right(shop::Session& tenant) {
  return tenant.All(as<shop::Order>, "SELECT * FROM orders WHERE id = ?"_sql, 1).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) {
  return tenant.All(as<shop::Order>, "SELECT * FROM orders WHERE id = ?1"_sql, 1).status();
}
#endif
