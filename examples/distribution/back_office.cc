// SPDX-License-Identifier: Apache-2.0
#include "back_office.h"

#include <optional>
#include <string>

namespace distribution {
namespace {

using cordon::as;
using cordon::literals::operator""_sql;

// One transaction writes at a time, so numbers are given out one after the other; one that is
// undone gives its number back.
absl::StatusOr<std::int64_t> NextNumber(ErpWrite& tx, std::string_view counter) {
  auto last = tx.One(as<std::int64_t>,
                     "INSERT INTO counters (name, last) VALUES (?, 1) "
                     "ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last"_sql,
                     counter);
  if (!last.ok()) return last.status();
  return last->Plain();
}

absl::StatusOr<Price> PriceFor(ErpWrite& tx, std::string_view customer_id,
                               std::int64_t product_id) {
  auto price = tx.One(as<Price>,
                      "SELECT COALESCE(c.unit_price, p.list_price) AS unit_price "
                      "FROM products AS p LEFT JOIN contract_prices AS c "
                      "ON c.product_id = p.id AND c.customer_id = ? WHERE p.id = ?"_sql,
                      customer_id, product_id);
  if (!price.ok()) return price.status();
  return price->Plain();
}

absl::Status TakeFromStock(ErpWrite& tx, const Item& item) {
  absl::StatusOr<std::int64_t> changed =
      tx.Execute("UPDATE stock SET on_hand = on_hand - ? WHERE product_id = ? AND on_hand >= ?"_sql,
                 item.quantity, item.product_id, item.quantity);
  if (!changed.ok()) return changed.status();
  if (*changed == 0) return absl::FailedPreconditionError("not enough stock for this order");
  return absl::OkStatus();
}

absl::Status AddLine(ErpWrite& tx, const Order& order, const Item& item) {
  if (item.quantity < 1) return absl::InvalidArgumentError("a line needs a positive quantity");
  absl::StatusOr<Price> price = PriceFor(tx, order.customer_id, item.product_id);
  if (!price.ok()) return price.status();
  if (absl::Status taken = TakeFromStock(tx, item); !taken.ok()) return taken;
  return tx.Insert(OrderLine{order.id, item.product_id, *price, item.quantity, item.discount});
}

}  // namespace

absl::StatusOr<std::int64_t> PlaceOrder(ErpSession& dealer, std::string_view customer_id,
                                        std::span<const Item> items, cordon::Timestamp now) {
  if (items.empty()) return absl::InvalidArgumentError("an order needs a line");
  Order order{.id = 0,
              .customer_id = std::string(customer_id),
              .ordered_at = now,
              .shipped_at = std::nullopt,
              .freight = Price()};
  absl::Status placed = dealer.Transaction([&](ErpWrite& tx) -> absl::Status {
    absl::StatusOr<std::int64_t> id = NextNumber(tx, "order");
    if (!id.ok()) return id.status();
    order.id = *id;
    if (absl::Status inserted = tx.Insert(order); !inserted.ok()) return inserted;
    for (const Item& item : items) {
      if (absl::Status added = AddLine(tx, order, item); !added.ok()) return added;
    }
    return absl::OkStatus();
  });
  if (!placed.ok()) return placed;
  return order.id;
}

absl::StatusOr<Invoice> InvoiceOrder(ErpSession& dealer, std::int64_t order_id,
                                     std::string_view currency, cordon::Timestamp now) {
  Invoice invoice{.number = 0,
                  .order_id = order_id,
                  .issued_at = now,
                  .currency = std::string(currency),
                  .total = Amount()};
  absl::Status written = dealer.Transaction([&](ErpWrite& tx) -> absl::Status {
    auto order = tx.One(as<std::int64_t>, "SELECT id FROM orders WHERE id = ?"_sql, order_id);
    if (!order.ok()) return order.status();
    auto total = tx.One(as<Amount>,
                        "SELECT COALESCE(SUM(unit_price * quantity * (1 - discount)), 0) "
                        "FROM order_lines WHERE order_id = ?"_sql,
                        order_id);
    if (!total.ok()) return total.status();
    absl::StatusOr<std::int64_t> number = NextNumber(tx, "invoice");
    if (!number.ok()) return number.status();
    invoice.number = *number;
    invoice.total = total->Plain();
    return tx.Insert(invoice);
  });
  if (!written.ok()) return written;
  return invoice;
}

absl::StatusOr<Figures> ReadFigures(ErpSession& dealer) {
  auto figures = dealer.One(
      as<Figures>,
      "SELECT (SELECT COUNT(*) FROM customers) AS customers, "
      "(SELECT COUNT(*) FROM orders) AS orders, COUNT(*) AS lines, "
      "COALESCE(SUM(unit_price * quantity * (1 - discount)), 0) AS revenue FROM order_lines"_sql);
  if (!figures.ok()) return figures.status();
  return figures->Plain();
}

}  // namespace distribution
