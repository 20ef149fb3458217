// SPDX-License-Identifier: Apache-2.0
// A foreign key names a table of the schema.
// EXPECT: cordon: a foreign key refers to a table of this schema: declare it
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
                       .References<&Reply::note>("memos")};
#endif
