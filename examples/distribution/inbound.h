// SPDX-License-Identifier: Apache-2.0
//
// A file of purchase orders, from the reader to the dealer's books.
//
// Guarantees: what is meant for another dealer is refused before it is read. Each order is taken in
//   a transaction of its own and once: a file that is sent again changes nothing.
// Not guaranteed: the file as a whole. One bad order does not stop the others.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_INBOUND_H_
#define CORDON_EXAMPLES_DISTRIBUTION_INBOUND_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "orders.h"
#include "purchase_order.h"
#include "schema.h"

namespace distribution {

struct InboundReport {
  std::int64_t accepted = 0;
  std::int64_t units = 0;
  std::int64_t allocated = 0;
  std::int64_t other_prices = 0;  // lines that named another price than the contract's
  std::vector<Refusal> refusals;  // at most kMaxRefusals
  std::int64_t more_refusals = 0;
};
inline constexpr std::size_t kMaxRefusals = 100;

// `receiver` is the dealer as its customers address it in X12; CSV files (*.csv) address nobody.
InboundReport ReceiveOrders(ErpSession& dealer, const std::filesystem::path& file,
                            const std::string& receiver, cordon::Timestamp now);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_INBOUND_H_
