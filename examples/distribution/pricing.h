// SPDX-License-Identifier: Apache-2.0
//
// Which price a customer pays: the contract's, for the day and the quantity, else the list's.
//
// Guarantees: the answer depends on the set of breaks, not on their order. A contract that is not
//   yet or no longer valid, or begins at a larger quantity, is as if it were not there.
// Not guaranteed: that the contract is the cheaper one. What was agreed is charged.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_PRICING_H_
#define CORDON_EXAMPLES_DISTRIBUTION_PRICING_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "money.h"

namespace distribution {

// One line of a customer's contract for one product.
struct PriceBreak {
  std::int64_t from_quantity = 1;
  std::chrono::sys_days valid_from;                  // the first day
  std::optional<std::chrono::sys_days> valid_until;  // the last day; none: until further notice
  Price unit_price;
};

// Of the breaks that hold for this quantity on this day, the one with the largest quantity; of
// several, the one that was agreed last.
Price ChoosePrice(Price list_price, std::span<const PriceBreak> breaks, std::int64_t quantity,
                  std::chrono::sys_days day);

// The unit in which a product is sold, as X12 element 355 writes it, from the pack that the
// catalogue names: BX for "box of 50", EA for a single piece.
std::string_view UnitOfPack(std::string_view pack);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_PRICING_H_
