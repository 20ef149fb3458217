// SPDX-License-Identifier: Apache-2.0
#include "purchase_order.h"

#include <algorithm>

namespace distribution {
namespace {

// The locale must not decide what a digit is.
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsCapital(char c) { return c >= 'A' && c <= 'Z'; }
bool IsAlphanumeric(char c) { return IsDigit(c) || IsCapital(c) || (c >= 'a' && c <= 'z'); }

}  // namespace

bool IsCode(std::string_view text, std::size_t most) {
  if (text.empty() || text.size() > most || !IsAlphanumeric(text.front()) || text.back() == ' ') {
    return false;
  }
  return std::ranges::all_of(text, [](char c) {
    return IsAlphanumeric(c) || std::string_view(" #&./_-").find(c) != std::string_view::npos;
  });
}

bool IsUpper(std::string_view text, std::size_t size, bool digits) {
  return text.size() == size && std::ranges::all_of(text, [digits](char c) {
           return IsCapital(c) || (digits && IsDigit(c));
         });
}

std::optional<std::int64_t> ParseWhole(std::string_view text, std::int64_t least,
                                       std::int64_t most) {
  // 18 digits fit in 64 bits, whatever they are.
  if (text.empty() || text.size() > 18 || !std::ranges::all_of(text, IsDigit)) return std::nullopt;
  std::int64_t value = 0;
  for (char c : text) value = value * 10 + (c - '0');
  if (value < least || value > most) return std::nullopt;
  return value;
}

std::optional<Price> ParseOrderPrice(std::string_view text) {
  const absl::StatusOr<Price> price = Price::Parse(text);
  if (!price.ok() || *price < Price() || *price > kMaxOrderPrice) return std::nullopt;
  if (text.starts_with('-')) return std::nullopt;  // -0 is no price that anybody means
  return *price;
}

std::optional<std::chrono::year_month_day> ParseDay(std::string_view text) {
  if (text.size() != 8) return std::nullopt;
  const auto year = ParseWhole(text.substr(0, 4), 1900, 9999);
  const auto month = ParseWhole(text.substr(4, 2), 1, 12);
  const auto day = ParseWhole(text.substr(6, 2), 1, 31);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return date;
}

std::size_t FindControlCharacter(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (c < 0x20 || c == 0x7F || (c == 0xC2 && next >= 0x80 && next < 0xA0)) return i;
  }
  return std::string_view::npos;
}

}  // namespace distribution
