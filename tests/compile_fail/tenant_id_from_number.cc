// SPDX-License-Identifier: Apache-2.0
// A row number of another system is not a tenant.
// EXPECT: cordon: an id is never made up: use TenantId::Parse
#include "shop.h"

absl::StatusOr<cordon::TenantId> Right(const std::string& header) {
  return cordon::TenantId::Parse(header);
}

#ifdef CORDON_EXPECT_ERROR
cordon::TenantId Wrong(std::int64_t number) { return cordon::TenantId(number); }
#endif
