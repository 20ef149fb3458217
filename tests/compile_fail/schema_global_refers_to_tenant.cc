// SPDX-License-Identifier: Apache-2.0
// A row of everybody's cannot hang on a row of one tenant.
// EXPECT: cordon: a global table cannot refer to rows of a tenant: turn the reference round
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
                   cordon::GlobalTable<Reply>("replies")
                       .Key<&Reply::id>("id")
                       .Column<&Reply::note>("note")
                       .Column<&Reply::author>("author")
                       .References<&Reply::note>("notes")};
#endif
