// SPDX-License-Identifier: Apache-2.0
// A context does not come from text, not even from its own tenant's id.
// EXPECT: cordon: a platform gives contexts out: call Enter
#include "shop.h"

absl::Status Right(const shop::Platform& platform, const cordon::TenantContext& context) {
  return platform.OpenSession(context).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const shop::Platform& platform, const std::string& header) {
  return platform.OpenSession(cordon::TenantContext(header)).status();
}
#endif
