// SPDX-License-Identifier: Apache-2.0
// A key is never NULL; say first what no value means.
// EXPECT: cordon: a row is named by its key: pass a value for each Key column of its table
#include "shop.h"

absl::Status Right(shop::Session& tenant, std::optional<std::int64_t> id) {
  if (!id.has_value()) return absl::OkStatus();
  return tenant.Find(as<shop::Order>, *id).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant, std::optional<std::int64_t> id) {
  return tenant.Find(as<shop::Order>, id).status();
}
#endif
