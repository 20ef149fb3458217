// SPDX-License-Identifier: Apache-2.0
//
// Orders, as a dealer gets them: over the counter, and from files that customers send.
//
// Guarantees: a customer pays what its contract says (pricing.h), whatever the order claims. An
//   order of a file is taken once: its number is unique for its customer.
// Not guaranteed: that all orders of a file are taken. Each is a transaction of its own, because
//   one that cannot be filled is no reason to let the others wait.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_ORDERS_H_
#define CORDON_EXAMPLES_DISTRIBUTION_ORDERS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "purchase_order.h"
#include "schema.h"

namespace distribution {

struct Item {
  std::int64_t product_id;
  std::int64_t quantity;
  Discount discount;
};

// A sale over the counter: each item at the customer's price, and the goods go along. Returns the
// order's id. kFailedPrecondition when stock does not suffice, kNotFound for a product that this
// dealer does not have; then nothing has happened.
absl::StatusOr<std::int64_t> PlaceOrder(ErpSession& dealer, std::string_view customer_id,
                                        std::span<const Item> items, cordon::Timestamp now);

struct AcceptedOrder {
  std::int64_t id = 0;
  std::int64_t units = 0;
  std::int64_t allocated = 0;     // the rest is on back order
  std::int64_t other_prices = 0;  // lines that named another price than the contract's
};

// Takes a purchase order and promises stock to it as far as there is some. A sku is the id of a
// product, in the unit that the catalogue sells it in; a discontinued one is sold while it lasts.
// kNotFound for a customer or a product that this dealer does not have, kAlreadyExists for an order
// that was taken before, kInvalidArgument for what the order says of itself.
absl::StatusOr<AcceptedOrder> AcceptPurchaseOrder(ErpSession& dealer, const PurchaseOrder& order,
                                                  cordon::Timestamp now);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_ORDERS_H_
