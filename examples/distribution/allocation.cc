// SPDX-License-Identifier: Apache-2.0
#include "allocation.h"

#include <algorithm>

namespace distribution {

std::vector<Pick> Allocate(std::int64_t wanted, std::span<const FreeStock> stock) {
  if (wanted <= 0) return {};
  const auto whole =
      std::ranges::find_if(stock, [&](const FreeStock& one) { return one.free >= wanted; });
  if (whole != stock.end()) return {{whole->warehouse_id, wanted}};

  std::vector<Pick> picks;
  for (const FreeStock& one : stock) {
    const std::int64_t quantity = std::min(wanted, one.free);
    if (quantity <= 0) continue;
    picks.push_back({one.warehouse_id, quantity});
    wanted -= quantity;
  }
  return picks;
}

}  // namespace distribution
