// SPDX-License-Identifier: Apache-2.0
#include "rebate_tiers.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace distribution {

Amount RebateOn(Amount turnover, std::span<const Tier> tiers) {
  // Hundred-millionths, in two parts: their product with a rate would not fit 64 bits.
  std::int64_t millionths = 0;
  std::int64_t rest = 0;
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    const std::int64_t from = tiers[i].from.units();
    std::int64_t until = turnover.units();
    if (i + 1 < tiers.size()) until = std::min(until, tiers[i + 1].from.units());
    if (until <= from) continue;
    const std::int64_t part = until - from;
    millionths += part / 100 * tiers[i].rate.units();
    rest += part % 100 * tiers[i].rate.units();
  }
  millionths += rest / 100;
  rest %= 100;
  // What is behind the cent, in hundred-millionths.
  const bool up = millionths % 10'000 * 100 + rest >= 500'000;
  return Amount::FromUnits((millionths / 10'000 + (up ? 1 : 0)) * 10'000);
}

std::string Quarter::name() const {
  return std::to_string(static_cast<int>(year)) + "-Q" + std::to_string(number);
}

std::chrono::sys_days Quarter::first() const {
  return std::chrono::sys_days(year / std::chrono::month(number * 3 - 2) / 1);
}

std::chrono::sys_days Quarter::end() const {
  return std::chrono::sys_days(std::chrono::year_month_day(first()).year() /
                               std::chrono::month(number * 3) / std::chrono::last) +
         std::chrono::days(1);
}

Quarter QuarterOf(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  return {date.year(), (static_cast<unsigned>(date.month()) + 2) / 3};
}

}  // namespace distribution
