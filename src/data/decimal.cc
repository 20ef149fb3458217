// SPDX-License-Identifier: Apache-2.0
#include "cordon/data/decimal.h"

#include <limits>

#include "cordon/store/error.h"

namespace cordon::internal {

absl::StatusOr<std::int64_t> ParseDecimal(std::string_view text, int scale) {
  const auto malformed = [&] {
    return Error(ErrorCode::kInvalidArgument, "this is not a decimal number with at most " +
                                                  std::to_string(scale) +
                                                  " digits behind the point: write it as in 12.50");
  };
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view part =
      point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  if (whole.empty() || (point != std::string_view::npos && part.empty()) ||
      part.size() > static_cast<std::size_t>(scale)) {
    return malformed();
  }
  // Accumulated as a negative number, whose range is the larger one.
  std::int64_t units = 0;
  const auto append = [&](int digit) {
    return !__builtin_mul_overflow(units, std::int64_t{10}, &units) &&
           !__builtin_sub_overflow(units, std::int64_t{digit}, &units);
  };
  bool fits = true;
  for (const std::string_view digits : {whole, part}) {
    for (const char c : digits) {
      if (c < '0' || c > '9') return malformed();
      fits = fits && append(c - '0');
    }
  }
  for (auto have = static_cast<int>(part.size()); have < scale; ++have) fits = fits && append(0);
  if (fits && !negative) {
    fits = units != std::numeric_limits<std::int64_t>::min();
    if (fits) units = -units;
  }
  if (!fits) {
    return Error(ErrorCode::kValueOutOfRange,
                 "the number does not fit 64 bits at scale " + std::to_string(scale));
  }
  return units;
}

std::string DecimalText(std::int64_t units, int scale) {
  const bool negative = units < 0;
  auto rest = negative ? 0 - static_cast<std::uint64_t>(units) : static_cast<std::uint64_t>(units);
  std::string digits = std::to_string(rest);
  const auto places = static_cast<std::size_t>(scale);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  if (places > 0) digits.insert(digits.size() - places, 1, '.');
  if (negative) digits.insert(0, 1, '-');
  return digits;
}

}  // namespace cordon::internal
