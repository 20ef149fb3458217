// SPDX-License-Identifier: Apache-2.0
// NULLs differ from each other, so they identify nothing.
// EXPECT: cordon: a key column cannot be std::optional: give every row a key
#include "shop.h"

struct Note {
  std::int64_t id;
  std::optional<std::string> text;
};

inline constexpr auto kRight = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::text>("text")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong =
    cordon::Schema{cordon::TenantTable<Note>("notes").Key<&Note::text>("text")};
#endif
