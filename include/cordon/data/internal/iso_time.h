// SPDX-License-Identifier: Apache-2.0
// ISO 8601 times in UTC, as texts of a statement: at compile time and at run time.
#ifndef CORDON_DATA_INTERNAL_ISO_TIME_H_
#define CORDON_DATA_INTERNAL_ISO_TIME_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cordon::internal {

// "YYYY-MM-DD", with "Thh:mm" or " hh:mm", with ":ss", with a fraction of up to six digits, and
// with "Z". Microseconds since 1970; false when it is none or no such day exists.
constexpr bool ParseIsoTime(std::string_view text, std::int64_t* microseconds) {
  std::size_t at = 0;
  const auto number = [&](std::size_t digits, int* value) {
    *value = 0;
    for (std::size_t i = 0; i < digits; ++i, ++at) {
      if (at >= text.size() || text[at] < '0' || text[at] > '9') return false;
      *value = *value * 10 + (text[at] - '0');
    }
    return true;
  };
  const auto accept = [&](char c) {
    if (at >= text.size() || text[at] != c) return false;
    ++at;
    return true;
  };
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0;
  if (!number(4, &year) || !accept('-') || !number(2, &month) || !accept('-') || !number(2, &day)) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return false;
  if (at < text.size()) {
    if (!accept('T') && !accept(' ')) return false;
    if (!number(2, &hour) || !accept(':') || !number(2, &minute)) return false;
    if (accept(':') && !number(2, &second)) return false;
    if (accept('.')) {
      int digits = 0;
      for (int digit = 0; digits < 6 && number(1, &digit); ++digits) {
        fraction = fraction * 10 + digit;
      }
      if (digits == 0) return false;
      for (; digits < 6; ++digits) fraction *= 10;
    }
    (void)accept('Z');
  }
  if (at != text.size() || hour > 23 || minute > 59 || second > 59) return false;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  *microseconds =
      ((days * 24 + hour) * 60 + minute) * 60'000'000LL + second * 1'000'000LL + fraction;
  return true;
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_ISO_TIME_H_
