// SPDX-License-Identifier: Apache-2.0
// Only what is stored can be changed meanwhile.
// EXPECT: cordon: a result row has no version: use Column
#include "shop.h"

struct Changes {
  std::int64_t version;
};

struct Right {
  static constexpr auto kSchema =
      cordon::Schema{cordon::ResultRow<Changes>().Column<&Changes::version>("version")};
};

#ifdef CORDON_EXPECT_ERROR
struct Wrong {
  static constexpr auto kSchema =
      cordon::Schema{cordon::ResultRow<Changes>().Version<&Changes::version>("version")};
};
#endif
