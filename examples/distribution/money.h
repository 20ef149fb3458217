// SPDX-License-Identifier: Apache-2.0
//
// The numbers of the back office, each with its own number of decimals.
//
// Guarantees: exact. A price times a quantity times (1 - discount) fits an Amount to the last
//   digit, so that totals are sums of what the lines say; only a rebate is ever rounded.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_MONEY_H_
#define CORDON_EXAMPLES_DISTRIBUTION_MONEY_H_

#include <cordon/data/decimal.h>

#include <cstdint>

namespace distribution {

using Price = cordon::Decimal<4>;     // per unit
using Discount = cordon::Decimal<2>;  // 0.15 is fifteen percent
using Amount = cordon::Decimal<6>;    // price times (1 - discount), to the last digit

// Amounts beyond these are mistakes, and a sum over them could leave 64 bits.
inline constexpr std::int64_t kMaxQuantity = 1'000'000;
inline constexpr Price kMaxPrice = Price::FromUnits(1'000'000'0000);
inline constexpr Discount kMaxDiscount = Discount::FromUnits(1'00);
inline constexpr Amount kMaxTurnover = Amount::FromUnits(1'000'000'000'000000);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_MONEY_H_
