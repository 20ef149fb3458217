// SPDX-License-Identifier: Apache-2.0
// NULL is no default of a column that must have a value.
// EXPECT: cordon: a default is an integer, text, bool, Timestamp, Decimal or enum value of its
#include "shop.h"

enum class State { kNew = 1, kOld = 2 };
template <>
struct cordon::EnumValues<State> {
  static constexpr std::array kAll = {State::kNew};
};

struct Note {
  std::int64_t id;
  std::int32_t small;
  bool flag;
  State state;
  std::optional<cordon::Decimal<2>> price;
};

inline constexpr auto kRight =
    cordon::Schema{cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::price>(
        "price", cordon::Default(std::nullopt))};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong =
    cordon::Schema{cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::flag>(
        "flag", cordon::Default(std::nullopt))};
#endif
