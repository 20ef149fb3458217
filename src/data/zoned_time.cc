// SPDX-License-Identifier: Apache-2.0
#include "data/zoned_time.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "cordon/data/types.h"
#include "cordon/store/error.h"

namespace cordon::internal {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::sys_days;

constexpr std::string_view kForm = "0000-00-00T00:00:00.000000Z[";
constexpr std::size_t kMaxZone = 64;
constexpr Timestamp kFirst = sys_days(std::chrono::year(0) / 1 / 1);
constexpr Timestamp kEnd = sys_days(std::chrono::year(10000) / 1 / 1);

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsZone(std::string_view zone) {
  const auto usual = [](char c) {
    return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' ||
           c == '_' || c == '/' || c == ':';
  };
  return !zone.empty() && zone.size() <= kMaxZone && std::all_of(zone.begin(), zone.end(), usual);
}

}  // namespace

absl::Status PrintZonedTime(const ZonedTime& time, ZonedText* text) {
  const std::int64_t since_1970 = time.at.time_since_epoch().count();
  const std::string_view zone = time.zone;
  const Timestamp at{microseconds(since_1970)};
  // Before the calendar sees it, whose years are 16 bits wide.
  if (at < kFirst || at >= kEnd) {
    return Error(ErrorCode::kValueOutOfRange,
                 "a time with a zone lies in the years 0000 to 9999: pass such a time");
  }
  if (!IsZone(zone)) {
    return Error(ErrorCode::kValueOutOfRange,
                 "a zone is 1 to 64 letters, digits and any of \"+-_/:\": pass an IANA name or an "
                 "offset");
  }
  const auto day = std::chrono::floor<days>(at);
  const std::chrono::year_month_day date(day);
  std::int64_t rest = (at - day).count();
  kForm.copy(text->bytes.data(), kForm.size());
  // Writes the lowest digits of `number` so that the last one comes to stand at `last`.
  const auto put = [&](std::size_t last, std::size_t digits, std::int64_t number) {
    for (std::size_t i = 0; i < digits; ++i, number /= 10) {
      text->bytes[last - i] = static_cast<char>('0' + number % 10);
    }
  };
  put(3, 4, static_cast<int>(date.year()));
  put(6, 2, static_cast<unsigned>(date.month()));
  put(9, 2, static_cast<unsigned>(date.day()));
  put(25, 6, rest % 1'000'000);
  rest /= 1'000'000;
  put(18, 2, rest % 60);
  put(15, 2, rest / 60 % 60);
  put(12, 2, rest / 3600);
  zone.copy(text->bytes.data() + kForm.size(), zone.size());
  text->size = kForm.size() + zone.size();
  text->bytes[text->size++] = ']';
  return absl::OkStatus();
}

bool ParseZonedTime(std::string_view text, ZonedTime* time) {
  if (text.size() < kForm.size() + 2 || !text.ends_with(']')) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == '0' ? !IsDigit(text[i]) : text[i] != kForm[i]) return false;
  }
  const std::string_view zone = text.substr(kForm.size(), text.size() - kForm.size() - 1);
  if (!IsZone(zone)) return false;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  const std::chrono::year_month_day date{std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return false;
  time->at = sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
             std::chrono::seconds(second) + microseconds(number(20, 6));
  time->zone.assign(zone);
  return true;
}

}  // namespace cordon::internal
