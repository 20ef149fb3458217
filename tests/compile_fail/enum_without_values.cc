// SPDX-License-Identifier: Apache-2.0
// An enum whose values nobody listed: a stored number could not be told from a mistake.
// EXPECT: cordon: an enum lists the values that it may have: specialize cordon::EnumValues
#include "shop.h"

enum class Listed { kOne = 1 };
enum class Unlisted { kOne = 1 };
template <>
struct cordon::EnumValues<Listed> {
  static constexpr std::array kAll = {Listed::kOne};
};

struct Note {
  std::int64_t id;
  Listed listed;
  Unlisted unlisted;
};

inline constexpr auto kRight = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::listed>("listed")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::unlisted>("unlisted")};
#endif
