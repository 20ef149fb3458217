// SPDX-License-Identifier: Apache-2.0
#include "report_data.h"

#include <algorithm>
#include <string>
#include <tuple>

namespace distribution {
namespace {

using cordon::as;
using cordon::literals::operator""_sql;

absl::Status ReadTotals(ErpRead& tx, DealerReport* report) {
  const auto totals =
      tx.One(as<std::tuple<std::int64_t, Amount, std::int64_t>>,
             "SELECT (SELECT COUNT(*) FROM orders), "
             "COALESCE(SUM(unit_price * quantity * (1 - discount)), 0), "
             "COALESCE(SUM(quantity - shipped), 0) - "
             "(SELECT COALESCE(SUM(a.quantity), 0) FROM allocations AS a) FROM order_lines"_sql);
  if (!totals.ok()) return totals.status();
  std::tie(report->orders, report->ordered, report->back_ordered) = totals->Plain();
  const auto papers =
      tx.One(as<std::tuple<Amount, Amount, Amount>>,
             "SELECT (SELECT COALESCE(SUM(i.total), 0) FROM invoices AS i "
             "WHERE i.currency = c.currency), "
             "(SELECT COALESCE(SUM(n.total), 0) FROM credit_notes AS n "
             "JOIN invoices AS i ON i.number = n.invoice_number WHERE i.currency = c.currency), "
             "(SELECT COALESCE(SUM(r.amount), 0) FROM rebates AS r) "
             "FROM company AS c WHERE c.id = ?"_sql,
             kCompany);
  if (!papers.ok()) return papers.status();
  std::tie(report->invoiced, report->credited, report->rebates) = papers->Plain();
  return absl::OkStatus();
}

absl::Status ReadMonths(ErpRead& tx, DealerReport* report) {
  const auto months =
      tx.All(as<std::tuple<std::optional<std::string>, Amount>>,
             "SELECT strftime('%Y-%m', o.ordered_at) AS month, "
             "COALESCE(SUM(l.unit_price * l.quantity * (1 - l.discount)), 0) AS ordered "
             "FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id "
             "GROUP BY strftime('%Y-%m', o.ordered_at) ORDER BY month DESC LIMIT 12"_sql);
  if (!months.ok()) return months.status();
  for (const auto& row : *months) {
    report->months.push_back({std::get<0>(row.Plain()).value_or(""), std::get<1>(row.Plain())});
  }
  std::ranges::reverse(report->months);
  return absl::OkStatus();
}

absl::Status ReadLists(ErpRead& tx, DealerReport* report) {
  for (const auto& row :
       tx.Rows(as<std::tuple<std::string, Amount>>,
               "SELECT c.name, "
               "COALESCE(SUM(l.unit_price * l.quantity * (1 - l.discount)), 0) AS ordered "
               "FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id "
               "JOIN customers AS c ON c.id = o.customer_id "
               "GROUP BY c.id, c.name ORDER BY ordered DESC, c.id LIMIT 5"_sql)) {
    report->customers.push_back({std::get<0>(row.Plain()), std::get<1>(row.Plain())});
  }
  for (const auto& row :
       tx.Rows(as<std::tuple<std::string, std::int64_t, std::int64_t>>,
               "SELECT w.name, COALESCE(SUM(s.on_hand), 0), COALESCE(SUM(s.allocated), 0) "
               "FROM warehouses AS w LEFT JOIN stock AS s ON s.warehouse_id = w.id "
               "GROUP BY w.id, w.name, w.preference ORDER BY w.preference, w.id"_sql)) {
    const auto& [name, on_hand, allocated] = row.Plain();
    report->warehouses.push_back({name, on_hand, allocated});
  }
  return absl::OkStatus();  // an error in a loop has poisoned the transaction
}

}  // namespace

absl::StatusOr<Figures> ReadFigures(ErpSession& dealer) {
  auto figures = dealer.One(
      as<Figures>,
      "SELECT (SELECT COUNT(*) FROM customers) AS customers, "
      "(SELECT COUNT(*) FROM orders) AS orders, COUNT(*) AS lines, "
      "COALESCE(SUM(unit_price * quantity * (1 - discount)), 0) AS revenue FROM order_lines"_sql);
  if (!figures.ok()) return figures.status();
  return figures->Plain();
}

absl::StatusOr<DealerReport> ReadReport(ErpSession& dealer) {
  DealerReport report;
  const absl::Status read = dealer.Read([&](ErpRead& tx) -> absl::Status {
    report = {};
    const auto company = tx.Get(as<Company>, kCompany);
    if (!company.ok()) return company.status();
    report.dealer = (*company)->name;
    report.currency = (*company)->currency;
    if (absl::Status totals = ReadTotals(tx, &report); !totals.ok()) return totals;
    if (absl::Status months = ReadMonths(tx, &report); !months.ok()) return months;
    return ReadLists(tx, &report);
  });
  if (!read.ok()) return read;
  return report;
}

}  // namespace distribution
