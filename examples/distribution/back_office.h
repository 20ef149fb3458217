// SPDX-License-Identifier: Apache-2.0
//
// What a dealer's staff does all day, as plain functions: each takes the session of one dealer, and
// can do nothing to any other.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_BACK_OFFICE_H_
#define CORDON_EXAMPLES_DISTRIBUTION_BACK_OFFICE_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "schema.h"

namespace distribution {

struct Item {
  std::int64_t product_id;
  std::int64_t quantity;
  Discount discount;
};

// Places an order in one transaction: each item at the customer's contract price, else at the list
// price, and taken from stock. Returns the order's id. kFailedPrecondition when stock does not
// suffice, kNotFound for a customer or product that this dealer does not have; then nothing has
// happened.
absl::StatusOr<std::int64_t> PlaceOrder(ErpSession& dealer, std::string_view customer_id,
                                        std::span<const Item> items, cordon::Timestamp now);

// Invoices an order under the dealer's next number. Numbers have no gaps: a number is taken in the
// transaction that writes the invoice, or not at all.
absl::StatusOr<Invoice> InvoiceOrder(ErpSession& dealer, std::int64_t order_id,
                                     std::string_view currency, cordon::Timestamp now);

// Counts and adds up what one dealer has.
absl::StatusOr<Figures> ReadFigures(ErpSession& dealer);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_BACK_OFFICE_H_
