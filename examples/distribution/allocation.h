// SPDX-License-Identifier: Apache-2.0
//
// From which warehouses an order line is filled.
//
// Guarantees: no warehouse gives more than it has free, all together never more than is wanted.
//   What cannot be filled is left over, for the caller to put on back order.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_ALLOCATION_H_
#define CORDON_EXAMPLES_DISTRIBUTION_ALLOCATION_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace distribution {

struct FreeStock {
  std::string warehouse_id;
  std::int64_t free = 0;  // on hand and not promised to another order
};

struct Pick {
  std::string warehouse_id;
  std::int64_t quantity = 0;

  friend bool operator==(const Pick&, const Pick&) = default;
};

// `stock` is in the order of preference. The first warehouse that can fill the whole line does, for
// one parcel is cheaper than two; otherwise each gives what it has.
std::vector<Pick> Allocate(std::int64_t wanted, std::span<const FreeStock> stock);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_ALLOCATION_H_
