// SPDX-License-Identifier: Apache-2.0
#include "pricing.h"

#include <tuple>

namespace distribution {
namespace {

bool Holds(const PriceBreak& line, std::int64_t quantity, std::chrono::sys_days day) {
  return line.from_quantity <= quantity && line.valid_from <= day &&
         (!line.valid_until.has_value() || day <= *line.valid_until);
}

}  // namespace

Price ChoosePrice(Price list_price, std::span<const PriceBreak> breaks, std::int64_t quantity,
                  std::chrono::sys_days day) {
  const PriceBreak* chosen = nullptr;
  for (const PriceBreak& line : breaks) {
    if (!Holds(line, quantity, day)) continue;
    if (chosen == nullptr || std::tie(line.from_quantity, line.valid_from) >
                                 std::tie(chosen->from_quantity, chosen->valid_from)) {
      chosen = &line;
    }
  }
  return chosen == nullptr ? list_price : chosen->unit_price;
}

std::string_view UnitOfPack(std::string_view pack) {
  const std::string_view word = pack.substr(0, pack.find(' '));
  if (word == "box") return "BX";
  if (word == "bag") return "BG";
  if (word == "pack") return "PK";
  return "EA";
}

}  // namespace distribution
