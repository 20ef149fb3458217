// SPDX-License-Identifier: Apache-2.0
// One column counts the changes of a row.
// EXPECT: cordon: the table has a version already: one column counts its changes
#include "shop.h"

struct Document {
  std::int64_t id;
  std::int64_t version;
  std::int64_t changes;
};

struct Right {
  static constexpr auto kSchema = cordon::Schema{cordon::TenantTable<Document>("documents")
                                                     .Key<&Document::id>("id")
                                                     .Version<&Document::version>("version")
                                                     .Column<&Document::changes>("changes")};
};

#ifdef CORDON_EXPECT_ERROR
struct Wrong {
  static constexpr auto kSchema = cordon::Schema{cordon::TenantTable<Document>("documents")
                                                     .Key<&Document::id>("id")
                                                     .Version<&Document::version>("version")
                                                     .Version<&Document::changes>("changes")};
};
#endif
