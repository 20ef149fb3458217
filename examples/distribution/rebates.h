// SPDX-License-Identifier: Apache-2.0
//
// The end of a quarter: what each customer with an agreement gets back.
//
// Guarantees: a quarter is settled once for each customer. Asked again, also by two processes at
//   one moment, nothing is paid twice and nothing is changed.
// Not guaranteed: that late papers count. A credit note lowers the turnover of the quarter in which
//   it is written.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_REBATES_H_
#define CORDON_EXAMPLES_DISTRIBUTION_REBATES_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "rebate_tiers.h"
#include "schema.h"

namespace distribution {

struct Settlement {
  std::int64_t settled = 0;  // customers, now; those of an earlier run do not count
  Amount paid;               // to them
};

// kFailedPrecondition when the quarter has not ended.
absl::StatusOr<Settlement> SettleRebates(ErpSession& dealer, Quarter quarter,
                                         cordon::Timestamp now);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_REBATES_H_
