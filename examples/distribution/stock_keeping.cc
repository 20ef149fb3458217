// SPDX-License-Identifier: Apache-2.0
#include "stock_keeping.h"

#include <string>
#include <tuple>
#include <vector>

#include "allocation.h"

namespace distribution {
namespace {

using cordon::as;
using cordon::literals::operator""_sql;

absl::Status AddMove(ErpWrite& tx, std::string_view warehouse_id, std::int64_t product_id,
                     std::int64_t quantity, MoveReason reason, cordon::Timestamp now) {
  absl::StatusOr<std::int64_t> number = tx.NextNumber(cordon::Series("stock-move"));
  if (!number.ok()) return number.status();
  return tx.Insert(
      StockMove{*number, now, std::string(warehouse_id), product_id, quantity, reason});
}

}  // namespace

absl::StatusOr<std::int64_t> AllocateStock(ErpWrite& tx, std::int64_t order_id,
                                           std::int64_t product_id, std::int64_t wanted) {
  const auto rows =
      tx.All(as<std::tuple<std::string, std::int64_t>>,
             "SELECT s.warehouse_id, s.on_hand - s.allocated "
             "FROM stock AS s JOIN warehouses AS w ON w.id = s.warehouse_id "
             "WHERE s.product_id = ? AND s.on_hand > s.allocated ORDER BY w.preference, w.id"_sql,
             product_id);
  if (!rows.ok()) return rows.status();
  std::vector<FreeStock> stock;
  for (const auto& row : *rows)
    stock.push_back({std::get<0>(row.Plain()), std::get<1>(row.Plain())});

  std::int64_t allocated = 0;
  for (const Pick& pick : Allocate(wanted, stock)) {
    const absl::StatusOr<std::int64_t> promised = tx.Execute(
        "UPDATE stock SET allocated = allocated + ? "
        "WHERE warehouse_id = ? AND product_id = ? AND on_hand - allocated >= ?"_sql,
        pick.quantity, pick.warehouse_id, product_id, pick.quantity);
    if (!promised.ok()) return promised.status();
    if (*promised == 0) return absl::InternalError("stock changed while it was allocated");
    const absl::StatusOr<std::int64_t> noted = tx.Execute(
        "INSERT INTO allocations (order_id, product_id, warehouse_id, quantity) "
        "VALUES (?, ?, ?, ?) ON CONFLICT (order_id, product_id, warehouse_id) "
        "DO UPDATE SET quantity = allocations.quantity + excluded.quantity"_sql,
        order_id, product_id, pick.warehouse_id, pick.quantity);
    if (!noted.ok()) return noted.status();
    allocated += pick.quantity;
  }
  return allocated;
}

absl::Status TakeAllocated(ErpWrite& tx, std::string_view warehouse_id, std::int64_t product_id,
                           std::int64_t quantity, cordon::Timestamp now) {
  const absl::StatusOr<std::int64_t> taken = tx.Execute(
      "UPDATE stock SET on_hand = on_hand - ?, allocated = allocated - ? "
      "WHERE warehouse_id = ? AND product_id = ? AND allocated >= ? AND on_hand >= ?"_sql,
      quantity, quantity, warehouse_id, product_id, quantity, quantity);
  if (!taken.ok()) return taken.status();
  if (*taken == 0) {
    return absl::FailedPreconditionError(
        "the warehouse does not hold what was promised: count its stock");
  }
  return AddMove(tx, warehouse_id, product_id, -quantity, MoveReason::kShipment, now);
}

absl::Status PutIntoStock(ErpWrite& tx, std::string_view warehouse_id, std::int64_t product_id,
                          std::int64_t quantity, MoveReason reason, cordon::Timestamp now) {
  if (quantity < 1 || quantity > kMaxQuantity) {
    return absl::InvalidArgumentError("a quantity is from 1 to 1000000: count again");
  }
  const absl::StatusOr<std::int64_t> put = tx.Execute(
      "INSERT INTO stock (warehouse_id, product_id, on_hand, allocated) "
      "VALUES (?, ?, ?, 0) ON CONFLICT (warehouse_id, product_id) "
      "DO UPDATE SET on_hand = stock.on_hand + excluded.on_hand"_sql,
      warehouse_id, product_id, quantity);
  if (!put.ok()) return put.status();
  return AddMove(tx, warehouse_id, product_id, quantity, reason, now);
}

absl::Status ReceiveGoods(ErpSession& dealer, std::string_view warehouse_id,
                          std::int64_t product_id, std::int64_t quantity, cordon::Timestamp now) {
  return dealer.Transaction([&](ErpWrite& tx) -> absl::Status {
    return PutIntoStock(tx, warehouse_id, product_id, quantity, MoveReason::kReceipt, now);
  });
}

absl::StatusOr<std::int64_t> FillBackOrders(ErpSession& dealer) {
  std::int64_t filled = 0;
  const absl::Status done = dealer.Transaction([&](ErpWrite& tx) -> absl::Status {
    filled = 0;
    const auto waiting = tx.All(
        as<std::tuple<std::int64_t, std::int64_t, std::int64_t>>,
        "SELECT l.order_id, l.product_id, l.quantity - l.shipped - COALESCE(a.quantity, 0) AS open "
        "FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id "
        "LEFT JOIN (SELECT order_id, product_id, SUM(quantity) AS quantity FROM allocations "
        "GROUP BY order_id, product_id) AS a "
        "ON a.order_id = l.order_id AND a.product_id = l.product_id "
        "WHERE l.quantity - l.shipped > COALESCE(a.quantity, 0) "
        "ORDER BY o.ordered_at, o.id, l.product_id"_sql);
    if (!waiting.ok()) return waiting.status();
    for (const auto& line : *waiting) {
      const auto& [order_id, product_id, open] = line.Plain();
      const absl::StatusOr<std::int64_t> allocated = AllocateStock(tx, order_id, product_id, open);
      if (!allocated.ok()) return allocated.status();
      filled += *allocated;
    }
    return absl::OkStatus();
  });
  if (!done.ok()) return done;
  return filled;
}

}  // namespace distribution
