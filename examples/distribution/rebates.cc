// SPDX-License-Identifier: Apache-2.0
#include "rebates.h"

#include <string>
#include <vector>

namespace distribution {
namespace {

using cordon::as;
using cordon::literals::operator""_sql;

// What was invoiced less what was credited, in the dealer's own currency.
absl::StatusOr<Amount> TurnoverOf(ErpWrite& tx, std::string_view customer_id, Quarter quarter) {
  const cordon::Timestamp from = quarter.first();
  const cordon::Timestamp until = quarter.end();
  const auto turnover = tx.One(
      as<Amount>,
      "SELECT COALESCE((SELECT SUM(i.total) FROM invoices AS i JOIN orders AS o "
      "ON o.id = i.order_id JOIN company AS c ON c.currency = i.currency "
      "WHERE o.customer_id = ? AND i.issued_at >= ? AND i.issued_at < ? AND c.id = ?), 0) - "
      "COALESCE((SELECT SUM(n.total) FROM credit_notes AS n JOIN invoices AS i "
      "ON i.number = n.invoice_number JOIN orders AS o ON o.id = i.order_id "
      "JOIN company AS c ON c.currency = i.currency "
      "WHERE o.customer_id = ? AND n.issued_at >= ? AND n.issued_at < ? AND c.id = ?), 0)"_sql,
      customer_id, from, until, kCompany, customer_id, from, until, kCompany);
  if (!turnover.ok()) return turnover.status();
  return turnover->Plain();
}

absl::StatusOr<std::vector<Tier>> TiersOf(ErpWrite& tx, std::string_view customer_id) {
  const auto rows = tx.All(
      as<RebateTier>, "SELECT * FROM rebate_tiers WHERE customer_id = ? ORDER BY from_turnover"_sql,
      customer_id);
  if (!rows.ok()) return rows.status();
  std::vector<Tier> tiers;
  for (const auto& row : *rows) tiers.push_back({row->from_turnover, row->rate});
  return tiers;
}

}  // namespace

absl::StatusOr<Settlement> SettleRebates(ErpSession& dealer, Quarter quarter,
                                         cordon::Timestamp now) {
  if (now < quarter.end()) {
    return absl::FailedPreconditionError("the quarter has not ended: settle it when it has");
  }
  Settlement settlement;
  const absl::Status settled = dealer.Transaction([&](ErpWrite& tx) -> absl::Status {
    settlement = {};
    const auto customers =
        tx.All(as<std::string>,
               "SELECT DISTINCT t.customer_id FROM rebate_tiers AS t WHERE NOT EXISTS "
               "(SELECT r.quarter FROM rebates AS r "
               "WHERE r.customer_id = t.customer_id AND r.quarter = ?) ORDER BY t.customer_id"_sql,
               quarter.name());
    if (!customers.ok()) return customers.status();
    std::int64_t paid = 0;
    for (const auto& customer : *customers) {
      const std::string& id = customer.Plain();
      const absl::StatusOr<Amount> turnover = TurnoverOf(tx, id, quarter);
      if (!turnover.ok()) return turnover.status();
      const absl::StatusOr<std::vector<Tier>> tiers = TiersOf(tx, id);
      if (!tiers.ok()) return tiers.status();
      const Rebate rebate{id, quarter.name(), *turnover, RebateOn(*turnover, *tiers), now};
      if (absl::Status inserted = tx.Insert(rebate); !inserted.ok()) return inserted;
      paid += rebate.amount.units();
      ++settlement.settled;
    }
    settlement.paid = Amount::FromUnits(paid);
    return absl::OkStatus();
  });
  if (!settled.ok()) return settled;
  return settlement;
}

}  // namespace distribution
