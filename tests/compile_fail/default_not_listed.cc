// SPDX-License-Identifier: Apache-2.0
// An enum has a value that it does not list; the column would refuse its own default.
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
    cordon::Schema{cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::state>(
        "state", cordon::Default(State::kNew))};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong =
    cordon::Schema{cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::state>(
        "state", cordon::Default(State::kOld))};
#endif
