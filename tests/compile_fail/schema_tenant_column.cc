// SPDX-License-Identifier: Apache-2.0
// The tenant column is Cordon's.
// EXPECT: cordon: this name is reserved for Cordon or SQLite: choose another one
#include "shop.h"

struct Note {
  std::int64_t id;
  std::string text;
};

inline constexpr auto kRight = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::text>("text")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::text>("tenant_id")};
#endif
