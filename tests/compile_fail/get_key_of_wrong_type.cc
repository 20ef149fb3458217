// SPDX-License-Identifier: Apache-2.0
// A key has the types of its columns.
// EXPECT: cordon: a row is named by its key: pass a value for each Key column of its table
#include "shop.h"

absl::Status Right(shop::Session& tenant) { return tenant.Get(as<shop::Order>, 7).status(); }

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Session& tenant) { return tenant.Get(as<shop::Order>, "7").status(); }
#endif
