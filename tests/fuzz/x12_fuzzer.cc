// SPDX-License-Identifier: Apache-2.0
// Feeds the X12 reader of examples/distribution any bytes at all and checks what it promises.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "csv_reader.h"
#include "x12.h"

namespace {

using namespace distribution;

constexpr X12Limits kLimits = {
    .max_segment_bytes = 256, .max_element_bytes = 100, .max_lines = 6, .max_envelopes = 12};

void Require(bool condition) {
  if (!condition) std::abort();
}

struct Read {
  std::vector<std::pair<std::string, std::string>> orders;  // buyer and number
  std::int64_t refusals = 0;
};

void CheckOrder(const PurchaseOrder& order, std::int64_t size) {
  Require(IsCode(order.number, kMaxOrderNumber) && IsCode(order.buyer, kMaxBuyerId));
  Require(IsCode(order.sender, 15) && order.ordered.ok());
  Require(order.currency.empty() || IsUpper(order.currency, 3, false));
  Require(!order.lines.empty() && order.lines.size() <= kLimits.max_lines);
  FilePosition before = order.at;
  std::set<std::string_view> numbers;
  for (const PurchaseOrderLine& line : order.lines) {
    Require(IsCode(line.number, kMaxLineNumber) && numbers.insert(line.number).second);
    Require(IsCode(line.sku, kMaxSku) && IsUpper(line.unit, 2, true));
    Require(line.quantity >= 1 && line.quantity <= kMaxOrdered);
    Require(!line.price || (*line.price >= Price() && *line.price <= kMaxOrderPrice));
    Require(line.at.segment > before.segment && line.at.byte > before.byte &&
            line.at.line >= before.line && line.at.byte < size);
    before = line.at;
  }
}

Read ReadAll(std::string_view text, const X12Receiver& dealer) {
  const auto size = static_cast<std::int64_t>(text.size());
  const std::int64_t lines = 1 + std::count(text.begin(), text.end(), '\n');
  std::istringstream in{std::string(text)};
  Read read;
  FilePosition last;
  std::set<std::pair<std::string, std::string>> seen;
  const InboundResult result = ReadX12(
      in, dealer,
      {.order =
           [&](PurchaseOrder order) {
             CheckOrder(order, size);
             read.orders.emplace_back(order.buyer, order.number);
             Require(seen.insert(read.orders.back()).second);
             return true;
           },
       .refusal =
           [&](const Refusal& refusal) {
             // Positions never go back, and none is behind the end.
             Require(refusal.at.segment >= last.segment && refusal.at.byte >= last.byte &&
                     refusal.at.line >= last.line && refusal.at.byte <= size &&
                     refusal.at.line <= lines && refusal.at.segment <= size + 1);
             last = refusal.at;
             Require(!refusal.what.empty() && refusal.what.size() < 200 && IsUtf8(refusal.what) &&
                     FindControlCharacter(refusal.what) == std::string_view::npos);
             ++read.refusals;
           }},
      kLimits);
  Require(!result.stopped);
  Require(result.orders == static_cast<std::int64_t>(read.orders.size()));
  Require(result.refusals == read.refusals);
  Require(result.refusals > 0 || text.find("ISA") != std::string_view::npos);
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Read whole = ReadAll(text, {.id = "ALDER"});

  // What was handed out does not depend on what comes behind it.
  const Read part = ReadAll(text.substr(0, text.size() * data[0] / 256), {.id = "ALDER"});
  Require(part.orders.size() <= whole.orders.size());
  Require(std::equal(part.orders.begin(), part.orders.end(), whole.orders.begin()));

  // Whoever has no id, or another, receives nothing of it.
  Require(ReadAll(text, {.id = ""}).orders.empty());
  Require(ReadAll(text, {.id = "al"}).orders.empty());
  return 0;
}
