// SPDX-License-Identifier: Apache-2.0
#include "order_csv.h"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <variant>

namespace distribution {
namespace {

constexpr CsvColumn kColumns[] = {{"order_number", CsvKind::kText},  {"buyer", CsvKind::kText},
                                  {"ordered", CsvKind::kText},       {"currency", CsvKind::kText},
                                  {"order_lines", CsvKind::kNumber}, {"line", CsvKind::kText},
                                  {"sku", CsvKind::kText},           {"quantity", CsvKind::kNumber},
                                  {"unit", CsvKind::kText},          {"price", CsvKind::kNumber}};

enum Cell {
  kNumber,
  kBuyer,
  kOrdered,
  kCurrency,
  kOrderLines,
  kLine,
  kSku,
  kQuantity,
  kUnit,
  kPrice
};

// YYYY-MM-DD, a day that exists.
std::optional<std::chrono::year_month_day> ParseDashedDay(const std::string& text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  return ParseDay(text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2));
}

// The order whose lines are being read.
struct Open {
  PurchaseOrder order;
  std::int64_t expected = 0;
  std::int64_t seen = 0;
  bool refused = false;
  std::unordered_set<std::string> line_numbers;
};

class Reader {
 public:
  Reader(std::istream& in, const InboundTaker& taker, OrderCsvLimits limits)
      : csv_(in, kColumns, limits.csv), taker_(taker), limits_(limits) {}

  InboundResult Run() {
    for (CsvStep step = csv_.Next(); !done_ && !IsEnd(step); step = csv_.Next()) {
      if (auto* problem = std::get_if<CsvProblem>(&step)) {
        Refuse(problem->line, std::move(problem->reason));
      } else {
        Record(std::get<CsvRecord>(step));
      }
    }
    if (!done_) Close();
    return result_;
  }

 private:
  void Refuse(std::int64_t line, std::string what) {
    ++result_.refusals;
    taker_.refusal({{.line = line}, std::move(what)});
  }

  void Record(const CsvRecord& record) {
    const std::string& number = record.fields[kNumber];
    const std::string& buyer = record.fields[kBuyer];
    if (!IsCode(number, kMaxOrderNumber)) {
      return Refuse(record.line, fmt::format("column order_number is not a plain code of up to {} "
                                             "characters",
                                             kMaxOrderNumber));
    }
    if (!IsCode(buyer, kMaxBuyerId)) {
      return Refuse(
          record.line,
          fmt::format("column buyer is not a plain code of up to {} characters", kMaxBuyerId));
    }
    if (!open_ || open_->order.number != number || open_->order.buyer != buyer) {
      Close();
      if (done_ || !Begin(record)) return;
    }
    ++open_->seen;
    PurchaseOrderLine line;
    line.at = {.line = record.line};
    if (std::string fault = Content(record, &line); !fault.empty()) {
      Refuse(record.line, std::move(fault));
      open_->refused = true;
    } else if (!open_->refused) {
      open_->order.lines.push_back(std::move(line));
    }
  }

  // Opens the order that the record is the first line of.
  bool Begin(const CsvRecord& record) {
    const std::string& number = record.fields[kNumber];
    const std::string& buyer = record.fields[kBuyer];
    if (orders_.contains({buyer, number})) {
      Refuse(record.line, "the order comes twice from this buyer, or its lines are not together");
      return false;
    }
    if (orders_.size() >= limits_.max_orders) {
      Refuse(record.line, fmt::format("the file has more than {} orders: the rest is not read",
                                      limits_.max_orders));
      done_ = true;
      return false;
    }
    orders_.emplace(buyer, number);
    open_.emplace();
    open_->order.number = number;
    open_->order.buyer = buyer;
    open_->order.currency = record.fields[kCurrency];
    open_->order.at = {.line = record.line};
    const auto expected =
        ParseWhole(record.fields[kOrderLines], 1, static_cast<std::int64_t>(limits_.max_lines));
    open_->expected = expected.value_or(0);
    if (const auto day = ParseDashedDay(record.fields[kOrdered])) open_->order.ordered = *day;
    return true;
  }

  std::string Content(const CsvRecord& record, PurchaseOrderLine* line) {
    const std::vector<std::string>& cells = record.fields;
    const auto day = ParseDashedDay(cells[kOrdered]);
    if (!day) return "column ordered is not a day written as YYYY-MM-DD that exists";
    if (!cells[kCurrency].empty() && !IsUpper(cells[kCurrency], 3, false)) {
      return "column currency is not three capital letters";
    }
    const auto most = static_cast<std::int64_t>(limits_.max_lines);
    const std::optional<std::int64_t> expected = ParseWhole(cells[kOrderLines], 1, most);
    if (!expected) {
      return fmt::format("column order_lines is not a whole number from 1 to {}", most);
    }
    if (*day != open_->order.ordered || cells[kCurrency] != open_->order.currency ||
        *expected != open_->expected) {
      return "ordered, currency or order_lines differs from the order's first line";
    }
    if (open_->seen > open_->expected) return "the order has more lines than order_lines says";
    line->number = cells[kLine];
    if (!IsCode(line->number, kMaxLineNumber)) {
      return fmt::format("column line is not a plain code of up to {} characters", kMaxLineNumber);
    }
    if (!open_->line_numbers.insert(line->number).second) {
      return "column line, the line's number, comes twice in this order";
    }
    line->sku = cells[kSku];
    if (!IsCode(line->sku, kMaxSku)) {
      return fmt::format("column sku is not a plain code of up to {} characters", kMaxSku);
    }
    const std::optional<std::int64_t> quantity = ParseWhole(cells[kQuantity], 1, kMaxOrdered);
    if (!quantity) {
      return fmt::format("column quantity is not a whole number from 1 to {}", kMaxOrdered);
    }
    line->quantity = *quantity;
    line->unit = cells[kUnit];
    if (!IsUpper(line->unit, 2, true)) return "column unit is not two capital letters or digits";
    if (cells[kPrice].empty()) return "";
    line->price = ParseOrderPrice(cells[kPrice]);
    if (!line->price) {
      return fmt::format("column price is not a number from 0 to {} with at most {} decimals",
                         kMaxOrderPrice.ToString(), Price::kScale);
    }
    return "";
  }

  // Hands out the open order when it is whole.
  void Close() {
    if (!open_) return;
    Open closed = std::move(*open_);
    open_.reset();
    if (closed.refused) return;
    if (closed.seen != closed.expected) {
      return Refuse(closed.order.at.line,
                    fmt::format("the order has {} of the lines that order_lines says, which are {}",
                                closed.seen, closed.expected));
    }
    ++result_.orders;
    if (!taker_.order(std::move(closed.order))) result_.stopped = done_ = true;
  }

  CsvReader csv_;
  const InboundTaker& taker_;
  const OrderCsvLimits limits_;
  InboundResult result_;
  bool done_ = false;
  std::optional<Open> open_;
  std::set<std::pair<std::string, std::string>> orders_;  // buyer and number
};

}  // namespace

InboundResult ReadOrderCsv(std::istream& in, const InboundTaker& taker, OrderCsvLimits limits) {
  return Reader(in, taker, limits).Run();
}

}  // namespace distribution
