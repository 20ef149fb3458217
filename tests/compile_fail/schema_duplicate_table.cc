// SPDX-License-Identifier: Apache-2.0
// Two tables, two names.
// EXPECT: cordon: two tables have the same name: rename one of them
#include "shop.h"

struct Note {
  std::int64_t id;
  std::string text;
};
struct Memo {
  std::int64_t id;
};

inline constexpr auto kRight =
    cordon::Schema{cordon::TenantTable<Note>("notes").Key<&Note::id>("id"),
                   cordon::TenantTable<Memo>("memos").Key<&Memo::id>("id")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong =
    cordon::Schema{cordon::TenantTable<Note>("notes").Key<&Note::id>("id"),
                   cordon::TenantTable<Memo>("Notes").Key<&Memo::id>("id")};
#endif
