// SPDX-License-Identifier: Apache-2.0
#include "checksum.h"

#include <optional>
#include <string>
#include <tuple>

namespace distribution {
namespace {

using cordon::as;
using cordon::literals::operator""_sql;

class Fingerprint {
 public:
  template <class Rows>
  void AddRows(Rows&& rows) {
    for (auto& row : rows) {
      std::apply([&](const auto&... fields) { (Add(fields), ...); }, row.Plain());
      ++rows_;
    }
    Add(rows_);
  }
  std::uint64_t value() const { return hash_; }

 private:
  void Add(std::int64_t value) {
    for (int shift = 0; shift < 64; shift += 8) {
      hash_ = (hash_ ^ ((static_cast<std::uint64_t>(value) >> shift) & 0xFF)) *
              1099511628211u;  // FNV-1a
    }
  }
  void Add(const std::string& text) {
    Add(static_cast<std::int64_t>(text.size()));
    for (const char c : text) Add(static_cast<std::int64_t>(c));
  }
  void Add(MoveReason value) { Add(static_cast<std::int64_t>(value)); }
  void Add(bool value) { Add(std::int64_t{value ? 1 : 0}); }
  void Add(cordon::Timestamp value) { Add(std::int64_t{value.time_since_epoch().count()}); }
  template <int Scale>
  void Add(cordon::Decimal<Scale> value) {
    Add(value.units());
  }
  template <class T>
  void Add(const std::optional<T>& value) {
    Add(value.has_value());
    if (value.has_value()) Add(*value);
  }

  std::uint64_t hash_ = 14695981039346656037u;
  std::int64_t rows_ = 0;
};

}  // namespace

absl::StatusOr<std::uint64_t> Checksum(ErpSession& dealer) {
  using std::int64_t, std::string, std::tuple, std::optional, cordon::Timestamp;
  Fingerprint print;
  absl::Status read = dealer.Read([&](ErpRead& tx) -> absl::Status {
    print.AddRows(
        tx.Rows(as<tuple<string, string, string, string, optional<string>, string, string>>,
                "SELECT id, name, contact, city, region, country, phone FROM customers "
                "ORDER BY id"_sql));
    print.AddRows(tx.Rows(as<tuple<int64_t, string, string, Price, bool>>,
                          "SELECT id, name, pack, list_price, discontinued FROM products ORDER BY "
                          "id"_sql));
    print.AddRows(tx.Rows(as<tuple<int64_t, string, string>>,
                          "SELECT id, name, currency FROM company ORDER BY id"_sql));
    print.AddRows(
        tx.Rows(as<tuple<string, int64_t, int64_t, Timestamp, optional<Timestamp>, Price>>,
                "SELECT customer_id, product_id, from_quantity, valid_from, valid_until, "
                "unit_price FROM contract_prices ORDER BY customer_id, product_id, "
                "from_quantity, valid_from"_sql));
    print.AddRows(tx.Rows(as<tuple<string, string, int64_t>>,
                          "SELECT id, name, preference FROM warehouses ORDER BY id"_sql));
    print.AddRows(tx.Rows(as<tuple<string, int64_t, int64_t, int64_t>>,
                          "SELECT warehouse_id, product_id, on_hand, allocated FROM stock ORDER BY "
                          "warehouse_id, product_id"_sql));
    print.AddRows(tx.Rows(as<tuple<int64_t, Timestamp, string, int64_t, int64_t, MoveReason>>,
                          "SELECT number, moved_at, warehouse_id, product_id, quantity, reason "
                          "FROM stock_moves ORDER BY number"_sql));
    print.AddRows(
        tx.Rows(as<tuple<int64_t, string, Timestamp, optional<Timestamp>, Price, optional<string>>>,
                "SELECT id, customer_id, ordered_at, shipped_at, freight, reference FROM "
                "orders ORDER BY id"_sql));
    print.AddRows(tx.Rows(as<tuple<int64_t, int64_t, Price, int64_t, Discount, int64_t, int64_t>>,
                          "SELECT order_id, product_id, unit_price, quantity, discount, shipped, "
                          "invoiced FROM order_lines ORDER BY order_id, product_id"_sql));
    print.AddRows(tx.Rows(as<tuple<int64_t, int64_t, string, int64_t>>,
                          "SELECT order_id, product_id, warehouse_id, quantity FROM allocations "
                          "ORDER BY order_id, product_id, warehouse_id"_sql));
    print.AddRows(tx.Rows(as<tuple<int64_t, int64_t, string, Timestamp>>,
                          "SELECT number, order_id, warehouse_id, shipped_at FROM shipments ORDER "
                          "BY number"_sql));
    print.AddRows(tx.Rows(as<tuple<int64_t, int64_t, int64_t>>,
                          "SELECT shipment_number, product_id, quantity FROM shipment_lines ORDER "
                          "BY shipment_number, product_id"_sql));
    print.AddRows(tx.Rows(as<tuple<int64_t, int64_t, Timestamp, string, Amount>>,
                          "SELECT number, order_id, issued_at, currency, total FROM invoices ORDER "
                          "BY number"_sql));
    print.AddRows(
        tx.Rows(as<tuple<int64_t, int64_t, int64_t, Price, Discount, Amount, int64_t>>,
                "SELECT invoice_number, product_id, quantity, unit_price, discount, "
                "amount, returned FROM invoice_lines ORDER BY invoice_number, product_id"_sql));
    print.AddRows(tx.Rows(as<tuple<int64_t, int64_t, Timestamp, Amount>>,
                          "SELECT number, invoice_number, issued_at, total FROM credit_notes ORDER "
                          "BY number"_sql));
    print.AddRows(tx.Rows(as<tuple<int64_t, int64_t, int64_t, Amount>>,
                          "SELECT credit_number, product_id, quantity, amount FROM credit_lines "
                          "ORDER BY credit_number, product_id"_sql));
    print.AddRows(tx.Rows(as<tuple<string, Amount, Discount>>,
                          "SELECT customer_id, from_turnover, rate FROM rebate_tiers ORDER BY "
                          "customer_id, from_turnover"_sql));
    print.AddRows(tx.Rows(as<tuple<string, string, Amount, Amount, Timestamp>>,
                          "SELECT customer_id, quarter, turnover, amount, settled_at FROM rebates "
                          "ORDER BY customer_id, quarter"_sql));
    // An error in one of the loops has poisoned the transaction.
    return absl::OkStatus();
  });
  if (!read.ok()) return read;
  return print.value();
}

}  // namespace distribution
