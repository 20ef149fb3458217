// SPDX-License-Identifier: Apache-2.0
//
// A purchase order that a dealer's customer sent, whatever format it came in, and the checks that
// every format shares.
//
// Guarantees: an order handed out is whole: its file confirmed its size, every line was taken, no
//   two lines carry one number, and no other order of that buyer in that file has its number.
//   Quantities are whole, prices exact; what is not a number is refused, never zero. Ids are plain
//   codes (IsCode), so that none of them is a formula, a path or a control sequence.
// Not guaranteed: that the buyer is a customer, that a sku is in the catalogue, that a price is
//   the agreed one, or that no earlier file brought the same order: the dealer's tables know.
// Thread safety: thread-compatible values.
//
//   const InboundResult result = ReadX12(
//       file, {.id = "ALDER"},
//       {.order = [&](PurchaseOrder order) { ...; return true; },
//        .refusal = [&](const Refusal& refusal) { ... }});
#ifndef CORDON_EXAMPLES_DISTRIBUTION_PURCHASE_ORDER_H_
#define CORDON_EXAMPLES_DISTRIBUTION_PURCHASE_ORDER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "money.h"

namespace distribution {

// Where something stands in the file. CSV has lines alone: its segment and byte are 0.
struct FilePosition {
  std::int64_t line = 0;     // from 1
  std::int64_t segment = 0;  // X12: from 1, through the whole file
  std::int64_t byte = 0;     // X12: of the segment's first byte, from 0

  friend bool operator==(const FilePosition&, const FilePosition&) = default;
};

struct PurchaseOrderLine {
  std::string number;          // the buyer's own, unique in the order
  std::string sku;             // the dealer's own
  std::int64_t quantity = 0;   // from 1 to kMaxOrdered, in `unit`
  std::string unit;            // two letters or digits, as X12 element 355 has them: EA, CA, BX
  std::optional<Price> price;  // of one `unit`; from 0 to kMaxOrderPrice
  FilePosition at;
};

struct PurchaseOrder {
  std::string number;
  std::string buyer;   // the customer who orders: N1*BY, or else the sender
  std::string sender;  // X12: GS02, who sent it for the buyer; empty in CSV
  std::chrono::year_month_day ordered;
  std::string currency;  // three letters; empty: the sender named none
  std::vector<PurchaseOrderLine> lines;
  FilePosition at;
};

struct Refusal {
  FilePosition at;
  std::string what;  // repeats nothing of what the file says: it may be printed anywhere
};

// Who is told. An order is told of as soon as it is confirmed, and not kept. A hostile file brings
// as many refusals as it has lines: whoever keeps them keeps the first few. REQUIRES: both are set.
struct InboundTaker {
  std::function<bool(PurchaseOrder)> order;  // false: reads no further
  std::function<void(const Refusal&)> refusal;
};

struct InboundResult {
  std::int64_t orders = 0;
  std::int64_t refusals = 0;  // 0: the whole file was taken, unless stopped
  bool stopped = false;       // by the taker
};

// Beyond these it is a mistake, and a sum over a file could leave 64 bits.
inline constexpr std::int64_t kMaxOrdered = 1'000'000;
inline constexpr Price kMaxOrderPrice = Price::FromUnits(1'000'000'0000);

// The longest codes that X12 has for them, in CSV as well.
inline constexpr std::size_t kMaxOrderNumber = 22;  // element 324
inline constexpr std::size_t kMaxBuyerId = 80;      // element 67
inline constexpr std::size_t kMaxSku = 48;          // element 234
inline constexpr std::size_t kMaxLineNumber = 20;   // element 350

// ASCII letters, digits and " #&./_-", the first a letter or a digit, the last no space, at most
// `most` bytes.
bool IsCode(std::string_view text, std::size_t most);

// A unit of measure or a currency: `size` capital letters or, where `digits`, digits.
bool IsUpper(std::string_view text, std::size_t size, bool digits);

// Digits alone; nothing when that is no number from `least` to `most`.
std::optional<std::int64_t> ParseWhole(std::string_view text, std::int64_t least,
                                       std::int64_t most);

// From 0 to kMaxOrderPrice with at most 4 decimals.
std::optional<Price> ParseOrderPrice(std::string_view text);

// Eight digits, CCYYMMDD: a day that exists, from 1900 on.
std::optional<std::chrono::year_month_day> ParseDay(std::string_view text);

// The first control character of `text`, C1 in UTF-8 included.
std::size_t FindControlCharacter(std::string_view text);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_PURCHASE_ORDER_H_
