// SPDX-License-Identifier: Apache-2.0
#include "orders.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "fulfilment.h"
#include "pricing.h"
#include "stock_keeping.h"

namespace distribution {
namespace {

using cordon::as;
using cordon::literals::operator""_sql;

std::chrono::sys_days DayOf(cordon::Timestamp at) {
  return std::chrono::floor<std::chrono::days>(at);
}

absl::StatusOr<Price> PriceFor(ErpWrite& tx, std::string_view customer_id, const Product& product,
                               std::int64_t quantity, cordon::Timestamp now) {
  const auto contract =
      tx.All(as<ContractPrice>,
             "SELECT * FROM contract_prices WHERE customer_id = ? AND product_id = ?"_sql,
             customer_id, product.id);
  if (!contract.ok()) return contract.status();
  std::vector<PriceBreak> breaks;
  for (const auto& row : *contract) {
    PriceBreak line{row->from_quantity, DayOf(row->valid_from), std::nullopt, row->unit_price};
    if (row->valid_until.has_value()) line.valid_until = DayOf(*row->valid_until);
    breaks.push_back(line);
  }
  return ChoosePrice(product.list_price, breaks, quantity, DayOf(now));
}

absl::StatusOr<Order> AddOrder(ErpWrite& tx, std::string_view customer_id,
                               std::optional<std::string> reference, cordon::Timestamp now) {
  const absl::StatusOr<std::int64_t> id = tx.NextNumber(cordon::Series("order"));
  if (!id.ok()) return id.status();
  Order order{.id = *id,
              .customer_id = std::string(customer_id),
              .ordered_at = now,
              .shipped_at = std::nullopt,
              .freight = Price(),
              .reference = std::move(reference)};
  if (absl::Status inserted = tx.Insert(order); !inserted.ok()) return inserted;
  return order;
}

absl::StatusOr<OrderLine> AddLine(ErpWrite& tx, const Order& order, const Item& item,
                                  const Product& product) {
  if (item.quantity < 1 || item.quantity > kMaxQuantity) {
    return absl::InvalidArgumentError("a line needs a quantity from 1 to 1000000");
  }
  if (item.discount < Discount() || item.discount > kMaxDiscount) {
    return absl::InvalidArgumentError("a discount is from 0 to 1: 0.15 is fifteen percent");
  }
  const absl::StatusOr<Price> price =
      PriceFor(tx, order.customer_id, product, item.quantity, order.ordered_at);
  if (!price.ok()) return price.status();
  OrderLine line{.order_id = order.id,
                 .product_id = product.id,
                 .unit_price = *price,
                 .quantity = item.quantity,
                 .discount = item.discount};
  if (absl::Status inserted = tx.Insert(line); !inserted.ok()) return inserted;
  return line;
}

absl::StatusOr<Product> FindProduct(ErpWrite& tx, const PurchaseOrderLine& line) {
  const std::optional<std::int64_t> id =
      ParseWhole(line.sku, 1, std::numeric_limits<std::int64_t>::max());
  if (!id.has_value()) return absl::NotFoundError("a sku is no article of this dealer's catalogue");
  auto product = tx.Find(as<Product>, *id);
  if (!product.ok()) return product.status();
  if (!product->has_value()) {
    return absl::NotFoundError("a sku is no article of this dealer's catalogue");
  }
  // No pack is converted into another: twelve screws and twelve boxes of screws look alike.
  if (line.unit != UnitOfPack((**product)->pack)) {
    return absl::InvalidArgumentError(
        "a line is in another unit than the article is sold in: order in the catalogue's unit");
  }
  return (*product)->Plain();
}

absl::Status CheckSender(ErpWrite& tx, const PurchaseOrder& order) {
  if (!order.sender.empty() && order.sender != order.buyer) {
    return absl::InvalidArgumentError("the sender may not order for this buyer");
  }
  const auto customer = tx.Find(as<Customer>, order.buyer);
  if (!customer.ok()) return customer.status();
  if (!customer->has_value()) {
    return absl::NotFoundError("the buyer is no customer of this dealer: enter it first");
  }
  const auto company = tx.Get(as<Company>, kCompany);
  if (!company.ok()) return company.status();
  if (!order.currency.empty() && order.currency != (*company)->currency) {
    return absl::InvalidArgumentError("the order is in another currency than the dealer's prices");
  }
  const auto before = tx.One(
      as<std::int64_t>, "SELECT COUNT(*) FROM orders WHERE customer_id = ? AND reference = ?"_sql,
      order.buyer, order.number);
  if (!before.ok()) return before.status();
  if (before->Plain() > 0) return absl::AlreadyExistsError("this order was taken before");
  return absl::OkStatus();
}

absl::Status AddOrderedLine(ErpWrite& tx, const Order& order, const PurchaseOrderLine& ordered,
                            AcceptedOrder* accepted) {
  const absl::StatusOr<Product> product = FindProduct(tx, ordered);
  if (!product.ok()) return product.status();
  const absl::StatusOr<OrderLine> line =
      AddLine(tx, order, {product->id, ordered.quantity, Discount()}, *product);
  if (cordon::CodeOf(line.status()) == cordon::ErrorCode::kUniqueViolation) {
    return absl::InvalidArgumentError("two lines order one article: add them up");
  }
  if (!line.ok()) return line.status();
  const absl::StatusOr<std::int64_t> allocated =
      AllocateStock(tx, order.id, product->id, line->quantity);
  if (!allocated.ok()) return allocated.status();
  if (product->discontinued && *allocated < line->quantity) {
    return absl::FailedPreconditionError(
        "an article is discontinued and no longer there in this quantity: order what is left");
  }
  accepted->units += line->quantity;
  accepted->allocated += *allocated;
  if (ordered.price.has_value() && *ordered.price != line->unit_price) ++accepted->other_prices;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::int64_t> PlaceOrder(ErpSession& dealer, std::string_view customer_id,
                                        std::span<const Item> items, cordon::Timestamp now) {
  if (items.empty()) return absl::InvalidArgumentError("an order needs a line");
  std::int64_t id = 0;
  const absl::Status placed = dealer.Transaction([&](ErpWrite& tx) -> absl::Status {
    const absl::StatusOr<Order> order = AddOrder(tx, customer_id, std::nullopt, now);
    if (!order.ok()) return order.status();
    id = order->id;
    for (const Item& item : items) {
      const auto product = tx.Get(as<Product>, item.product_id);
      if (!product.ok()) return product.status();
      const absl::StatusOr<OrderLine> line = AddLine(tx, *order, item, product->Plain());
      if (!line.ok()) return line.status();
      const absl::StatusOr<std::int64_t> allocated =
          AllocateStock(tx, id, item.product_id, item.quantity);
      if (!allocated.ok()) return allocated.status();
      if (*allocated < item.quantity) {
        return absl::FailedPreconditionError("not enough stock for this order");
      }
    }
    return ShipAllocated(tx, id, now).status();
  });
  if (!placed.ok()) return placed;
  return id;
}

absl::StatusOr<AcceptedOrder> AcceptPurchaseOrder(ErpSession& dealer, const PurchaseOrder& order,
                                                  cordon::Timestamp now) {
  AcceptedOrder accepted;
  const absl::Status taken = dealer.Transaction([&](ErpWrite& tx) -> absl::Status {
    accepted = {};
    if (absl::Status sound = CheckSender(tx, order); !sound.ok()) return sound;
    const absl::StatusOr<Order> added = AddOrder(tx, order.buyer, order.number, now);
    if (!added.ok()) return added.status();
    accepted.id = added->id;
    for (const PurchaseOrderLine& line : order.lines) {
      if (absl::Status done = AddOrderedLine(tx, *added, line, &accepted); !done.ok()) return done;
    }
    return absl::OkStatus();
  });
  if (!taken.ok()) return taken;
  return accepted;
}

}  // namespace distribution
