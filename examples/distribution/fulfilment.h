// SPDX-License-Identifier: Apache-2.0
//
// From a promise to money: parcels, invoices, and goods that come back.
//
// Guarantees: nothing is shipped that was not promised, invoiced that was not shipped, or credited
//   that was not invoiced. Numbers of invoices and credit notes have no gaps: one is drawn in the
//   transaction that writes its document, or not at all. An invoice's total is the sum of its
//   lines, to the last digit.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_FULFILMENT_H_
#define CORDON_EXAMPLES_DISTRIBUTION_FULFILMENT_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "schema.h"

namespace distribution {

// Part of a larger transaction: ships what is promised to the order, in one parcel for each
// warehouse, and returns the parcels. kFailedPrecondition when nothing is promised.
absl::StatusOr<std::vector<Shipment>> ShipAllocated(ErpWrite& tx, std::int64_t order_id,
                                                    cordon::Timestamp now);

// The same in a transaction of its own. kNotFound for an order that this dealer does not have.
absl::StatusOr<std::vector<Shipment>> ShipOrder(ErpSession& dealer, std::int64_t order_id,
                                                cordon::Timestamp now);

// Invoices what has been shipped of an order and not been invoiced yet. kNotFound for an order that
// this dealer does not have, kFailedPrecondition when there is nothing to invoice.
absl::StatusOr<Invoice> InvoiceOrder(ErpSession& dealer, std::int64_t order_id,
                                     std::string_view currency, cordon::Timestamp now);

struct ReturnedItem {
  std::int64_t product_id;
  std::int64_t quantity;
};

// Takes goods back into a warehouse and credits what was paid for them. kFailedPrecondition when
// that is more than the invoice has left of a product, or not on it at all.
absl::StatusOr<CreditNote> TakeBack(ErpSession& dealer, std::int64_t invoice_number,
                                    std::span<const ReturnedItem> items,
                                    std::string_view warehouse_id, cordon::Timestamp now);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_FULFILMENT_H_
