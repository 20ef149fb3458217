// SPDX-License-Identifier: Apache-2.0
//
// An exact decimal number: a 64-bit count of 10^-Scale units.
//
// Guarantees: parsing, printing, comparing and storing never pass through a binary fraction.
//   Decimals of different scales are different types, and none converts to another by itself.
// Not guaranteed: room. Decimal<4> ends at about 922 trillion; Parse() and the checked functions
//   say so instead of wrapping round.
// Thread safety: thread-safe; an immutable value.
// Ownership and lifetime: a value of eight bytes.
// Errors: Parse() gives kInvalidArgument for what is not a plain decimal number or has more
//   digits behind the point than Scale, kValueOutOfRange for what does not fit.
//
//   auto price = cordon::Decimal<4>::Parse("9.80");   // price->ToString() is "9.8000"
#ifndef CORDON_DATA_DECIMAL_H_
#define CORDON_DATA_DECIMAL_H_

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cordon {

namespace internal {
[[nodiscard]] absl::StatusOr<std::int64_t> ParseDecimal(std::string_view text, int scale);
[[nodiscard]] std::string DecimalText(std::int64_t units, int scale);
}  // namespace internal

template <int Scale>
class Decimal {
  static_assert(Scale >= 0 && Scale <= 18, "cordon: a decimal has 0 to 18 digits behind the point");

 public:
  static constexpr int kScale = Scale;

  constexpr Decimal() = default;  // zero

  // `units` counts 10^-Scale: Decimal<2>::FromUnits(1999) is 19.99.
  [[nodiscard]] static constexpr Decimal FromUnits(std::int64_t units) {
    Decimal value;
    value.units_ = units;
    return value;
  }
  // An optional '-', digits, and optionally '.' and 1 to Scale digits.
  [[nodiscard]] static absl::StatusOr<Decimal> Parse(std::string_view text) {
    absl::StatusOr<std::int64_t> units = internal::ParseDecimal(text, Scale);
    if (!units.ok()) return units.status();
    return FromUnits(*units);
  }

  [[nodiscard]] constexpr std::int64_t units() const { return units_; }
  // With exactly Scale digits behind the point.
  [[nodiscard]] std::string ToString() const { return internal::DecimalText(units_, Scale); }

  friend constexpr auto operator<=>(const Decimal&, const Decimal&) = default;

 private:
  std::int64_t units_ = 0;
};

}  // namespace cordon

#endif  // CORDON_DATA_DECIMAL_H_
