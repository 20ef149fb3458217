// SPDX-License-Identifier: Apache-2.0
// A foreign key has the types of the key that it names.
// EXPECT: cordon: a foreign key lists as many columns as the key of its parent, of the same types
#include "shop.h"

struct Note {
  std::int64_t id;
  std::string text;
};
struct Reply {
  std::int64_t id;
  std::int64_t note;
  std::string author;
};

inline constexpr auto kRight =
    cordon::Schema{cordon::TenantTable<Note>("notes").Key<&Note::id>("id"),
                   cordon::TenantTable<Reply>("replies")
                       .Key<&Reply::id>("id")
                       .Column<&Reply::note>("note")
                       .Column<&Reply::author>("author")
                       .References<&Reply::note>("notes")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong =
    cordon::Schema{cordon::TenantTable<Note>("notes").Key<&Note::id>("id"),
                   cordon::TenantTable<Reply>("replies")
                       .Key<&Reply::id>("id")
                       .Column<&Reply::note>("note")
                       .Column<&Reply::author>("author")
                       .References<&Reply::author>("notes")};
#endif
