// SPDX-License-Identifier: Apache-2.0
// A version counts, and does not end soon.
// EXPECT: cordon: a version is a std::int64_t: change the member's type
#include "shop.h"

struct Document {
  std::int64_t id;
  std::int64_t version;
  std::int32_t short_version;
};

struct Right {
  static constexpr auto kSchema = cordon::Schema{cordon::TenantTable<Document>("documents")
                                                     .Key<&Document::id>("id")
                                                     .Version<&Document::version>("version")};
};

#ifdef CORDON_EXPECT_ERROR
struct Wrong {
  static constexpr auto kSchema = cordon::Schema{cordon::TenantTable<Document>("documents")
                                                     .Key<&Document::id>("id")
                                                     .Version<&Document::short_version>("version")};
};
#endif
