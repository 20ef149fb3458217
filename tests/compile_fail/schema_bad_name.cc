// SPDX-License-Identifier: Apache-2.0
// Names are plain.
// EXPECT: cordon: a table or column name is a letter and up to 59 letters, digits and underscores
#include "shop.h"

struct Note {
  std::int64_t id;
  std::string text;
};

inline constexpr auto kRight = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::text>("text")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::text>("the text")};
#endif
