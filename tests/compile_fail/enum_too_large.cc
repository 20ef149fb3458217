// SPDX-License-Identifier: Apache-2.0
// A number that the column would store as a negative one.
// EXPECT: cordon: the values of an enum fit into 64 signed bits: choose smaller ones
#include "shop.h"

enum class Fits : std::uint64_t { kMost = 0x7FFFFFFFFFFFFFFFU };
enum class Large : std::uint64_t { kMore = 0x8000000000000000U };
template <>
struct cordon::EnumValues<Fits> {
  static constexpr std::array kAll = {Fits::kMost};
};
template <>
struct cordon::EnumValues<Large> {
  static constexpr std::array kAll = {Large::kMore};
};

struct Note {
  std::int64_t id;
  Fits fits;
  Large large;
};

inline constexpr auto kRight = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::fits>("fits")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong = cordon::Schema{
    cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::large>("large")};
#endif
