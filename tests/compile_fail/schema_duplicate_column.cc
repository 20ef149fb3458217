// SPDX-License-Identifier: Apache-2.0
// Two columns, two names.
// EXPECT: cordon: the table has a column of this name already: choose another one
#include "shop.h"

struct Note {
  std::int64_t id;
  std::string text;
};

inline constexpr auto kRight = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::text>("text")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::text>("ID")};
#endif
