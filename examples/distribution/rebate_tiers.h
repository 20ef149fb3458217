// SPDX-License-Identifier: Apache-2.0
//
// What a customer gets back at the end of a quarter.
//
// Guarantees: exact until the end, then rounded once, half a cent upwards. A tier's rate applies to
//   the part of the turnover above its threshold and up to the next, so that one euro more of
//   turnover never brings less of a rebate.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_REBATE_TIERS_H_
#define CORDON_EXAMPLES_DISTRIBUTION_REBATE_TIERS_H_

#include <chrono>
#include <span>
#include <string>

#include "money.h"

namespace distribution {

struct Tier {
  Amount from;    // turnover above this
  Discount rate;  // 0.03 is three percent; from 0 to 1
};

// `tiers` are in ascending order of `from`, each of which is at least 0. A turnover below zero
// (more came back than went out) brings none.
Amount RebateOn(Amount turnover, std::span<const Tier> tiers);

// A quarter of a year, so that no two periods overlap and no day is paid for twice.
struct Quarter {
  std::chrono::year year;
  unsigned number = 1;  // 1 to 4

  std::string name() const;             // "2024-Q1"
  std::chrono::sys_days first() const;  // its first day
  std::chrono::sys_days end() const;    // the day after its last
};

// The quarter that a day is in.
Quarter QuarterOf(std::chrono::sys_days day);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_REBATE_TIERS_H_
