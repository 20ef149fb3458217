// SPDX-License-Identifier: Apache-2.0
// What all tenants read, no tenant writes, row by row neither.
// EXPECT: cordon: a global table belongs to everybody and is read-only in the scope of a tenant
#include "shop.h"

absl::Status Right(shop::Session& tenant) { return tenant.Get(as<shop::Currency>, "EUR").status(); }

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) { return tenant.Update(shop::Currency{"EUR", "Euro"}); }
#endif
