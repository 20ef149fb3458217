// SPDX-License-Identifier: Apache-2.0
// A header of a request is not a tenant until it has been parsed.
// EXPECT: cordon: an id is never made up: use TenantId::Parse
#include "shop.h"

absl::StatusOr<cordon::TenantId> Right(const std::string& header) {
  return cordon::TenantId::Parse(header);
}

#ifdef CORDON_EXPECT_ERROR
cordon::TenantId Wrong(const std::string& header) { return cordon::TenantId(header); }
#endif
