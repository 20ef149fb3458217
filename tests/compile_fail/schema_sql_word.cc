// SPDX-License-Identifier: Apache-2.0
// A name that is a word of SQL would have to be quoted for ever.
// EXPECT: cordon: this name is a word of SQL: choose another one
#include "shop.h"

struct Note {
  std::int64_t id;
  std::string text;
};

inline constexpr auto kRight = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::text>("text")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::text>("order")};
#endif
