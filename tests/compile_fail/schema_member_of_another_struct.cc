// SPDX-License-Identifier: Apache-2.0
// A table's columns are the members of its own struct.
// EXPECT: cordon: a column is a member of the table's own struct: name one of its members
#include "shop.h"

struct Note {
  std::int64_t id;
  std::string text;
};

inline constexpr auto kRight = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::text>("text")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&shop::Customer::name>("text")};
#endif
