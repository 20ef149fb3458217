// SPDX-License-Identifier: Apache-2.0
// An argument that may be NULL does not go into a column that may not.
// EXPECT: cordon: NULL does not fit a column that is not std::optional: pass a value
#include "shop.h"

using shop::Session;

absl::Status Right(const Session& tenant, const std::optional<std::string>& name) {
  return tenant.Execute("UPDATE customers SET name = coalesce(?, name) WHERE id = ''"_sql, name)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const Session& tenant, const std::optional<std::string>& name) {
  return tenant.Execute("UPDATE customers SET name = ? WHERE id = ''"_sql, name).status();
}
#endif
