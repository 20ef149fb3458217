// SPDX-License-Identifier: Apache-2.0
#include "inbound.h"

#include <fstream>

#include "order_csv.h"
#include "x12.h"

namespace distribution {

InboundReport ReceiveOrders(ErpSession& dealer, const std::filesystem::path& file,
                            const std::string& receiver, cordon::Timestamp now) {
  InboundReport report;
  const auto refuse = [&](const Refusal& refusal) {
    if (report.refusals.size() < kMaxRefusals) {
      report.refusals.push_back(refusal);
    } else {
      ++report.more_refusals;
    }
  };
  const auto take = [&](const PurchaseOrder& order) {
    const absl::StatusOr<AcceptedOrder> accepted = AcceptPurchaseOrder(dealer, order, now);
    if (!accepted.ok()) {
      refuse({order.at, std::string(accepted.status().message())});
      return true;
    }
    ++report.accepted;
    report.units += accepted->units;
    report.allocated += accepted->allocated;
    report.other_prices += accepted->other_prices;
    return true;
  };

  std::ifstream in(file, std::ios::binary);
  if (!in.is_open()) {
    refuse({{}, "the file cannot be opened"});
  } else if (file.extension() == ".csv") {
    ReadOrderCsv(in, {.order = take, .refusal = refuse});
  } else {
    ReadX12(in, {.id = receiver}, {.order = take, .refusal = refuse});
  }
  return report;
}

}  // namespace distribution
