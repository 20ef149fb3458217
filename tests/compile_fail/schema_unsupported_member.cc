// SPDX-License-Identifier: Apache-2.0
// A binary fraction cannot be stored exactly, so it is no column.
// EXPECT: cordon: a column is an integer, text, blob, bool, enum, Timestamp, ZonedTime, Decimal,
// Json or BlobId, or a
#include "shop.h"

struct Note {
  std::int64_t id;
  std::string text;
  double weight;
};

inline constexpr auto kRight = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::text>("text")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::weight>("weight")};
#endif
