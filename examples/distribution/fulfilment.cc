// SPDX-License-Identifier: Apache-2.0
#include "fulfilment.h"

#include <string>
#include <tuple>

#include "stock_keeping.h"

namespace distribution {
namespace {

using cordon::as;
using cordon::literals::operator""_sql;

absl::StatusOr<Shipment> OpenParcel(ErpWrite& tx, const Allocation& first, cordon::Timestamp now) {
  const absl::StatusOr<std::int64_t> number = tx.NextNumber(cordon::Series("shipment"));
  if (!number.ok()) return number.status();
  Shipment parcel{*number, first.order_id, first.warehouse_id, now};
  if (absl::Status inserted = tx.Insert(parcel); !inserted.ok()) return inserted;
  return parcel;
}

absl::Status Pack(ErpWrite& tx, const Shipment& parcel, const Allocation& promised,
                  cordon::Timestamp now) {
  absl::Status taken =
      TakeAllocated(tx, promised.warehouse_id, promised.product_id, promised.quantity, now);
  if (!taken.ok()) return taken;
  const absl::StatusOr<std::int64_t> counted = tx.Execute(
      "UPDATE order_lines SET shipped = shipped + ? WHERE order_id = ? AND product_id = ?"_sql,
      promised.quantity, promised.order_id, promised.product_id);
  if (!counted.ok()) return counted.status();
  return tx.Insert(ShipmentLine{parcel.number, promised.product_id, promised.quantity});
}

absl::Status Credit(ErpWrite& tx, const CreditNote& note, const ReturnedItem& item) {
  // The same statement asks and counts, so that no two returns can credit one piece.
  const absl::StatusOr<std::int64_t> counted = tx.Execute(
      "UPDATE invoice_lines SET returned = returned + ? "
      "WHERE invoice_number = ? AND product_id = ? AND quantity - returned >= ?"_sql,
      item.quantity, note.invoice_number, item.product_id, item.quantity);
  if (!counted.ok()) return counted.status();
  if (*counted == 0) {
    return absl::FailedPreconditionError(
        "more comes back than this invoice has left of a product: check the invoice's lines");
  }
  return tx
      .Execute(
          "INSERT INTO credit_lines (credit_number, product_id, quantity, amount) "
          "SELECT ?, product_id, ?, unit_price * ? * (1 - discount) FROM invoice_lines "
          "WHERE invoice_number = ? AND product_id = ?"_sql,
          note.number, item.quantity, item.quantity, note.invoice_number, item.product_id)
      .status();
}

}  // namespace

absl::StatusOr<std::vector<Shipment>> ShipAllocated(ErpWrite& tx, std::int64_t order_id,
                                                    cordon::Timestamp now) {
  const auto promised =
      tx.All(as<Allocation>,
             "SELECT * FROM allocations WHERE order_id = ? ORDER BY warehouse_id, product_id"_sql,
             order_id);
  if (!promised.ok()) return promised.status();
  if (promised->empty()) {
    return absl::FailedPreconditionError(
        "nothing is allocated to this order: fill the back orders first");
  }
  std::vector<Shipment> parcels;
  for (const auto& one : *promised) {
    if (parcels.empty() || parcels.back().warehouse_id != one->warehouse_id) {
      absl::StatusOr<Shipment> parcel = OpenParcel(tx, one.Plain(), now);
      if (!parcel.ok()) return parcel.status();
      parcels.push_back(*std::move(parcel));
    }
    if (absl::Status packed = Pack(tx, parcels.back(), one.Plain(), now); !packed.ok()) {
      return packed;
    }
  }
  for (const absl::StatusOr<std::int64_t>& noted :
       {tx.Execute("DELETE FROM allocations WHERE order_id = ?"_sql, order_id),
        tx.Execute("UPDATE orders SET shipped_at = ? WHERE id = ? AND NOT EXISTS "
                   "(SELECT l.product_id FROM order_lines AS l "
                   "WHERE l.order_id = orders.id AND l.shipped < l.quantity)"_sql,
                   now, order_id)}) {
    if (!noted.ok()) return noted.status();
  }
  return parcels;
}

absl::StatusOr<std::vector<Shipment>> ShipOrder(ErpSession& dealer, std::int64_t order_id,
                                                cordon::Timestamp now) {
  std::vector<Shipment> parcels;
  const absl::Status shipped = dealer.Transaction([&](ErpWrite& tx) -> absl::Status {
    const auto order = tx.Get(as<Order>, order_id);
    if (!order.ok()) return order.status();
    absl::StatusOr<std::vector<Shipment>> sent = ShipAllocated(tx, order_id, now);
    if (!sent.ok()) return sent.status();
    parcels = *std::move(sent);
    return absl::OkStatus();
  });
  if (!shipped.ok()) return shipped;
  return parcels;
}

absl::StatusOr<Invoice> InvoiceOrder(ErpSession& dealer, std::int64_t order_id,
                                     std::string_view currency, cordon::Timestamp now) {
  Invoice invoice{.number = 0,
                  .order_id = order_id,
                  .issued_at = now,
                  .currency = std::string(currency),
                  .total = Amount()};
  const absl::Status written = dealer.Transaction([&](ErpWrite& tx) -> absl::Status {
    const auto order = tx.Get(as<Order>, order_id);
    if (!order.ok()) return order.status();
    const auto due = tx.One(
        as<std::tuple<std::int64_t, Amount>>,
        "SELECT COUNT(*), COALESCE(SUM(unit_price * (shipped - invoiced) * (1 - discount)), 0) "
        "FROM order_lines WHERE order_id = ? AND shipped > invoiced"_sql,
        order_id);
    if (!due.ok()) return due.status();
    if (std::get<0>(due->Plain()) == 0) {
      return absl::FailedPreconditionError(
          "this order has nothing that is shipped and not invoiced: ship it first");
    }
    const absl::StatusOr<std::int64_t> number = tx.NextNumber(cordon::Series("invoice"));
    if (!number.ok()) return number.status();
    invoice.number = *number;
    invoice.total = std::get<1>(due->Plain());
    if (absl::Status inserted = tx.Insert(invoice); !inserted.ok()) return inserted;
    const absl::StatusOr<std::int64_t> lines = tx.Execute(
        "INSERT INTO invoice_lines "
        "(invoice_number, product_id, quantity, unit_price, discount, amount, returned) "
        "SELECT ?, product_id, shipped - invoiced, unit_price, discount, "
        "unit_price * (shipped - invoiced) * (1 - discount), 0 "
        "FROM order_lines WHERE order_id = ? AND shipped > invoiced"_sql,
        invoice.number, order_id);
    if (!lines.ok()) return lines.status();
    return tx.Execute("UPDATE order_lines SET invoiced = shipped WHERE order_id = ?"_sql, order_id)
        .status();
  });
  if (!written.ok()) return written;
  return invoice;
}

absl::StatusOr<CreditNote> TakeBack(ErpSession& dealer, std::int64_t invoice_number,
                                    std::span<const ReturnedItem> items,
                                    std::string_view warehouse_id, cordon::Timestamp now) {
  if (items.empty()) return absl::InvalidArgumentError("a return needs an item");
  CreditNote note{
      .number = 0, .invoice_number = invoice_number, .issued_at = now, .total = Amount()};
  const absl::Status written = dealer.Transaction([&](ErpWrite& tx) -> absl::Status {
    const auto invoice = tx.Get(as<Invoice>, invoice_number);
    if (!invoice.ok()) return invoice.status();
    const absl::StatusOr<std::int64_t> number = tx.NextNumber(cordon::Series("credit-note"));
    if (!number.ok()) return number.status();
    note.number = *number;
    if (absl::Status inserted = tx.Insert(note); !inserted.ok()) return inserted;
    for (const ReturnedItem& item : items) {
      if (absl::Status credited = Credit(tx, note, item); !credited.ok()) return credited;
      absl::Status back =
          PutIntoStock(tx, warehouse_id, item.product_id, item.quantity, MoveReason::kReturn, now);
      if (!back.ok()) return back;
    }
    const auto total = tx.One(
        as<Amount>, "SELECT COALESCE(SUM(amount), 0) FROM credit_lines WHERE credit_number = ?"_sql,
        note.number);
    if (!total.ok()) return total.status();
    note.total = total->Plain();
    return tx.Update(note);
  });
  if (!written.ok()) return written;
  return note;
}

}  // namespace distribution
