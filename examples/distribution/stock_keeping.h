// SPDX-License-Identifier: Apache-2.0
//
// Goods in and out of a dealer's warehouses.
//
// Guarantees: 0 <= allocated <= on hand, in every warehouse, whatever is asked for. Every change of
//   what is on hand leaves a move, so that the moves add up to what is on hand.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_STOCK_KEEPING_H_
#define CORDON_EXAMPLES_DISTRIBUTION_STOCK_KEEPING_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "schema.h"

namespace distribution {

// ---- parts of a larger transaction --------------------------------------------------------------

// Promises stock to a line that exists, from as many warehouses as it takes. Returns how much could
// be promised: less than `wanted`, or nothing, when there is not enough.
absl::StatusOr<std::int64_t> AllocateStock(ErpWrite& tx, std::int64_t order_id,
                                           std::int64_t product_id, std::int64_t wanted);

// Takes out what has been promised. kFailedPrecondition when that is not there.
absl::Status TakeAllocated(ErpWrite& tx, std::string_view warehouse_id, std::int64_t product_id,
                           std::int64_t quantity, cordon::Timestamp now);

// Puts goods on a shelf. kInvalidArgument unless `quantity` is from 1 to kMaxQuantity.
absl::Status PutIntoStock(ErpWrite& tx, std::string_view warehouse_id, std::int64_t product_id,
                          std::int64_t quantity, MoveReason reason, cordon::Timestamp now);

// ---- whole transactions ---------------------------------------------------------------------

// A delivery from a supplier.
absl::Status ReceiveGoods(ErpSession& dealer, std::string_view warehouse_id,
                          std::int64_t product_id, std::int64_t quantity, cordon::Timestamp now);

// Promises what has arrived to the orders that wait for it, the oldest first. Returns how many
// units found an order.
absl::StatusOr<std::int64_t> FillBackOrders(ErpSession& dealer);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_STOCK_KEEPING_H_
