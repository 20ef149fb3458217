// SPDX-License-Identifier: Apache-2.0
// What may sum up opens no session.
// EXPECT: cordon: it sums up only: OpenSubtree
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::SubtreeContext& context) {
  return platform.OpenSubtree(context).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform, const cordon::SubtreeContext& context) {
  return platform.OpenSession(context).status();
}
#endif
