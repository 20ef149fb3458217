// SPDX-License-Identifier: Apache-2.0
//
// Reads purchase orders from a CSV file (csv_reader.h) that a stranger may have written.
//
// One record for each line of an order, those of one order together:
//
//   order_number,buyer,ordered,currency,order_lines,line,sku,quantity,unit,price
//   4711,ACORN,2024-03-04,EUR,2,1,TX-440,10,BX,8.90
//   4711,ACORN,2024-03-04,EUR,2,2,WP-8,4,BG,
//
// Guarantees: an order is handed out only once it has as many lines as order_lines says, so that a
//   file cut off between two lines gives no half order. Every line that is refused is reported by
//   itself, with its number; it spoils its own order and no other. Memory is bounded by
//   OrderCsvLimits, whatever the file holds.
// Not guaranteed: the end of the file. Nothing says how many orders there should be.
// Thread safety: confined to one thread.
// Lifetime: nothing outlives the call.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_ORDER_CSV_H_
#define CORDON_EXAMPLES_DISTRIBUTION_ORDER_CSV_H_

#include <cstddef>
#include <istream>

#include "csv_reader.h"
#include "purchase_order.h"

namespace distribution {

struct OrderCsvLimits {
  CsvLimits csv = {.max_record_bytes = 4096, .max_record_lines = 1};  // no cell spans lines
  std::size_t max_lines = 10'000;                                     // of one order
  std::size_t max_orders = 100'000;  // their numbers are remembered, to find those that come twice
};

InboundResult ReadOrderCsv(std::istream& in, const InboundTaker& taker, OrderCsvLimits limits = {});

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_ORDER_CSV_H_
