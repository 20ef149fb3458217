// SPDX-License-Identifier: Apache-2.0
// The physical key is the tenant and the declared key; without the latter a tenant has one row.
// EXPECT: cordon: a table needs a key: declare its columns with Key
#include "shop.h"

struct Note {
  std::int64_t id;
  std::string text;
};

inline constexpr auto kRight = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::text>("text")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong = cordon::Schema{
    cordon::TenantTable<Note>("notes").Column<&Note::id>("id").Column<&Note::text>("text")};
#endif
