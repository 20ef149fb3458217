// SPDX-License-Identifier: Apache-2.0
// A series is a tenant's.
// EXPECT: cordon: numbers, counters and blobs change in a tenant's scope that writes
#include "shop.h"

absl::Status Right(shop::Platform& platform) {
  return platform.WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
    return tx.Insert(shop::Currency{"EUR", "Euro"});
  });
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(shop::Platform& platform) {
  return platform.WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
    return tx.NextNumber(cordon::Series("invoice")).status();
  });
}
#endif
