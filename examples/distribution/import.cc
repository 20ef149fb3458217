// SPDX-License-Identifier: Apache-2.0
#include "import.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <utility>

#include "cells.h"
#include "csv_reader.h"
#include "stock_keeping.h"

namespace distribution {
namespace {

using cordon::as;
using cordon::literals::operator""_sql;

constexpr auto kText = CsvKind::kText;
constexpr auto kNumber = CsvKind::kNumber;
constexpr auto kPhone = CsvKind::kPhone;

constexpr CsvColumn kCustomerColumns[] = {
    {"customer_id", kText},   {"company_name", kText}, {"contact_name", kText},
    {"contact_title", kText}, {"address", kText},      {"city", kText},
    {"region", kText},        {"postal_code", kText},  {"country", kText},
    {"phone", kPhone},        {"fax", kPhone}};

constexpr CsvColumn kProductColumns[] = {{"product_id", kNumber},      {"product_name", kText},
                                         {"supplier_id", kNumber},     {"category_id", kNumber},
                                         {"quantity_per_unit", kText}, {"unit_price", kNumber},
                                         {"units_in_stock", kNumber},  {"units_on_order", kNumber},
                                         {"reorder_level", kNumber},   {"discontinued", kNumber}};

constexpr CsvColumn kContractPriceColumns[] = {{"customer_id", kText},     {"product_id", kNumber},
                                               {"from_quantity", kNumber}, {"valid_from", kText},
                                               {"valid_until", kText},     {"unit_price", kNumber}};

constexpr CsvColumn kOrderColumns[] = {
    {"order_id", kNumber},       {"customer_id", kText},   {"employee_id", kNumber},
    {"order_date", kText},       {"required_date", kText}, {"shipped_date", kText},
    {"ship_via", kNumber},       {"freight", kNumber},     {"ship_name", kText},
    {"ship_address", kText},     {"ship_city", kText},     {"ship_region", kText},
    {"ship_postal_code", kText}, {"ship_country", kText}};

constexpr CsvColumn kLineColumns[] = {{"order_id", kNumber},
                                      {"product_id", kNumber},
                                      {"unit_price", kNumber},
                                      {"quantity", kNumber},
                                      {"discount", kNumber}};

constexpr CsvColumn kRebateColumns[] = {
    {"customer_id", kText}, {"from_turnover", kNumber}, {"rate", kNumber}};

// What the files call stock is in one warehouse, and was there before time began.
constexpr std::string_view kWarehouse = "MAIN";
constexpr cordon::Timestamp kOpening{};

// Why a row was refused, if that is the fault of the line it came from; empty when the machine or
// the context is to blame. Code branches on codes, never on the wording of a message.
std::string FaultOfTheLine(const absl::Status& status) {
  switch (cordon::CodeOf(status)) {
    case cordon::ErrorCode::kUniqueViolation:
      return "there is such a row already";
    case cordon::ErrorCode::kForeignKeyViolation:
      return "refers to a row that does not exist";
    case cordon::ErrorCode::kNotNullViolation:
    case cordon::ErrorCode::kCheckViolation:
    case cordon::ErrorCode::kValueOutOfRange:
    case cordon::ErrorCode::kInvalidArgument:
      return std::string(status.message());
    default:
      return "";
  }
}

class Importer {
 public:
  Importer(ErpWrite& tx, const std::filesystem::path& directory, const ImportOptions& options,
           ImportReport* report)
      : tx_(tx), directory_(directory), options_(options), report_(*report) {}

  absl::Status Run() {
    const std::int64_t percent = options_.price_percent;
    absl::Status status =
        File("customers.csv", kCustomerColumns, &report_.customers, [&](Cells& cells) {
          return Keep(cells, Customer{.id = cells.Text("customer_id"),
                                      .name = cells.Text("company_name"),
                                      .contact = cells.Text("contact_name"),
                                      .city = cells.Text("city"),
                                      .region = cells.MaybeText("region"),
                                      .country = cells.Text("country"),
                                      .phone = cells.Text("phone")});
        });
    if (!status.ok()) return status;

    if (absl::Status opened = OpenWarehouse(); !opened.ok()) return opened;
    status = File("products.csv", kProductColumns, &report_.products, [&](Cells& cells) {
      const Product product{.id = cells.Id("product_id"),
                            .name = cells.Text("product_name"),
                            .pack = cells.Text("quantity_per_unit"),
                            .list_price = cells.RaisedPrice("unit_price", percent),
                            .discontinued = cells.Integer("discontinued", 0, 1) == 1};
      const std::int64_t on_hand = cells.Integer("units_in_stock", 0, kMaxQuantity);
      if (absl::Status kept = Keep(cells, product); !kept.ok()) return kept;
      return KeepStock(cells, product.id, on_hand);
    });
    if (!status.ok()) return status;

    status = MaybeFile("contract_prices.csv", kContractPriceColumns, [&](Cells& cells) {
      return Keep(cells,
                  ContractPrice{.customer_id = cells.Text("customer_id"),
                                .product_id = cells.Id("product_id"),
                                .from_quantity = cells.Integer("from_quantity", 1, kMaxQuantity),
                                .valid_from = cells.Day("valid_from"),
                                .valid_until = cells.MaybeDay("valid_until"),
                                .unit_price = cells.RaisedPrice("unit_price", percent)});
    });
    if (!status.ok()) return status;
    status = MaybeFile("rebate_tiers.csv", kRebateColumns, [&](Cells& cells) {
      return Keep(cells, RebateTier{.customer_id = cells.Text("customer_id"),
                                    .from_turnover = cells.Number("from_turnover", kMaxTurnover),
                                    .rate = cells.Number("rate", kMaxDiscount)});
    });
    if (!status.ok()) return status;

    std::int64_t last_order = 0;
    status = File("orders.csv", kOrderColumns, &report_.orders, [&](Cells& cells) {
      const Order order{.id = cells.Id("order_id"),
                        .customer_id = cells.Text("customer_id"),
                        .ordered_at = cells.Day("order_date"),
                        .shipped_at = cells.MaybeDay("shipped_date"),
                        .freight = cells.Number("freight", kMaxPrice)};
      last_order = std::max(last_order, order.id);
      return Keep(cells, order);
    });
    if (!status.ok()) return status;

    status = File("order_details.csv", kLineColumns, &report_.lines, [&](Cells& cells) {
      return Keep(cells, OrderLine{.order_id = cells.Id("order_id"),
                                   .product_id = cells.Id("product_id"),
                                   .unit_price = cells.RaisedPrice("unit_price", percent),
                                   .quantity = cells.Integer("quantity", 1, kMaxQuantity),
                                   .discount = cells.Number("discount", kMaxDiscount)});
    });
    if (!status.ok()) return status;
    if (BadLines() == 0) status = CheckEveryOrderHasLines();
    if (!status.ok()) return status;

    if (const std::int64_t bad = BadLines(); bad > 0) {
      return absl::InvalidArgumentError(fmt::format(
          "the import is refused, nothing of it stays: {} bad line{}", bad, bad == 1 ? "" : "s"));
    }
    if (absl::Status shipped = CountWhatWasShipped(); !shipped.ok()) return shipped;
    // New orders are numbered after the old ones.
    return tx_.StartSeries(cordon::Series("order"), last_order + 1);
  }

 private:
  template <std::size_t N, class Take>
  absl::Status File(const std::string& name, const CsvColumn (&columns)[N], std::int64_t* count,
                    Take take) {
    std::ifstream in(directory_ / name, std::ios::binary);
    if (!in.is_open()) {
      Report(name, 0, "the file cannot be opened");
      return absl::OkStatus();
    }
    // Rows that refer to a file with problems would only repeat them: from there on lines are read,
    // not stored.
    storing_ = BadLines() == 0;
    CsvReader reader(in, columns);
    for (CsvStep step = reader.Next(); !IsEnd(step); step = reader.Next()) {
      if (const auto* problem = std::get_if<CsvProblem>(&step)) {
        Report(name, problem->line, problem->reason);
        continue;
      }
      const auto& record = std::get<CsvRecord>(step);
      Cells cells(columns, record);
      absl::Status taken = take(cells);
      if (!cells.reason().empty()) {
        Report(name, record.line, cells.reason());
      } else if (std::string fault = FaultOfTheLine(taken); !fault.empty()) {
        Report(name, record.line, std::move(fault));
      } else if (!taken.ok()) {
        return taken;
      } else if (++*count % 100 == 0 && options_.progress) {
        options_.progress(name, *count);
      }
    }
    if (options_.progress) options_.progress(name, *count);
    return absl::OkStatus();
  }

  // A file that may be missing.
  template <std::size_t N, class Take>
  absl::Status MaybeFile(const std::string& name, const CsvColumn (&columns)[N], Take take) {
    std::int64_t uncounted = 0;
    if (!std::filesystem::exists(directory_ / name)) return absl::OkStatus();
    return File(name, columns, &uncounted, take);
  }

  template <class Row>
  absl::Status Keep(const Cells& cells, const Row& row) {
    if (!storing_ || !cells.reason().empty()) return absl::OkStatus();
    return tx_.Insert(row);
  }

  absl::Status OpenWarehouse() {
    return tx_
        .Execute(
            "INSERT INTO warehouses (id, name, preference) "
            "VALUES (?, 'Main warehouse', 1) ON CONFLICT (id) DO NOTHING"_sql,
            kWarehouse)
        .status();
  }

  absl::Status KeepStock(const Cells& cells, std::int64_t product_id, std::int64_t on_hand) {
    absl::Status kept = Keep(cells, Stock{std::string(kWarehouse), product_id, 0, 0});
    if (!kept.ok() || !storing_ || !cells.reason().empty() || on_hand == 0) return kept;
    return PutIntoStock(tx_, kWarehouse, product_id, on_hand, MoveReason::kReceipt, kOpening);
  }

  // The old orders say only when they were shipped, and then wholly.
  absl::Status CountWhatWasShipped() {
    return tx_
        .Execute(
            "UPDATE order_lines SET shipped = quantity WHERE order_id IN "
            "(SELECT id FROM orders WHERE shipped_at IS NOT NULL)"_sql)
        .status();
  }

  // A file that was cut off between two lines looks whole; an order that lost its lines does not.
  absl::Status CheckEveryOrderHasLines() {
    auto orders =
        tx_.One(as<std::int64_t>,
                "SELECT COUNT(*) FROM orders AS o WHERE NOT EXISTS "
                "(SELECT l.product_id FROM order_lines AS l WHERE l.order_id = o.id)"_sql);
    if (!orders.ok()) return orders.status();
    if (const std::int64_t empty = orders->Plain(); empty > 0) {
      Report("order_details.csv", 0, fmt::format("truncated: {} orders have no line", empty));
    }
    return absl::OkStatus();
  }

  void Report(const std::string& file, std::int64_t line, std::string reason) {
    if (report_.problems.size() < options_.max_listed) {
      report_.problems.push_back({file, line, std::move(reason)});
    } else {
      ++report_.more_problems;
    }
  }

  std::int64_t BadLines() const {
    return static_cast<std::int64_t>(report_.problems.size()) + report_.more_problems;
  }

  ErpWrite& tx_;
  const std::filesystem::path& directory_;
  const ImportOptions& options_;
  ImportReport& report_;
  bool storing_ = true;
};

}  // namespace

ImportReport ImportDealer(ErpSession& dealer, const std::filesystem::path& directory,
                          const ImportOptions& options) {
  ImportReport report;
  report.status = dealer.Transaction([&](ErpWrite& tx) -> absl::Status {
    return Importer(tx, directory, options, &report).Run();
  });
  if (!report.status.ok()) report.customers = report.products = report.orders = report.lines = 0;
  return report;
}

}  // namespace distribution
