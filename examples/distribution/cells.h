// SPDX-License-Identifier: Apache-2.0
//
// The cells of one CSV record by the name of their column.
//
// Guarantees: a cell that cannot be read gives a zero or an empty text and is remembered, so that a
//   record is taken apart in one expression and asked once whether that went well: reason() is
//   empty then. A record with a reason must not be used.
// Lifetime: columns and record must outlive it.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_CELLS_H_
#define CORDON_EXAMPLES_DISTRIBUTION_CELLS_H_

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "csv_reader.h"
#include "money.h"

namespace distribution {

class Cells {
 public:
  Cells(std::span<const CsvColumn> columns, const CsvRecord& record)
      : columns_(columns), record_(record) {}

  const std::string& reason() const { return reason_; }

  std::string Text(std::string_view column) {
    const std::string& cell = Cell(column);
    if (cell.empty()) Refuse(column, "is empty");
    return cell;
  }

  std::optional<std::string> MaybeText(std::string_view column) {
    const std::string& cell = Cell(column);
    return cell.empty() ? std::nullopt : std::optional(cell);
  }

  std::int64_t Integer(std::string_view column, std::int64_t least, std::int64_t most) {
    const std::string& cell = Cell(column);
    std::int64_t value = 0;
    const char* const end = cell.data() + cell.size();
    const auto [stopped, error] = std::from_chars(cell.data(), end, value);
    if (error != std::errc() || stopped != end || value < least || value > most) {
      Refuse(column, fmt::format("is not a whole number from {} to {}", least, most));
      return 0;
    }
    return value;
  }

  std::int64_t Id(std::string_view column) {
    return Integer(column, 1,
                   std::numeric_limits<std::int64_t>::max() / 2);  // numbers after it must exist
  }

  template <int Scale>
  cordon::Decimal<Scale> Number(std::string_view column, cordon::Decimal<Scale> most) {
    using Decimal = cordon::Decimal<Scale>;
    const absl::StatusOr<Decimal> value = Decimal::Parse(Cell(column));
    if (!value.ok() || *value < Decimal() || *value > most) {
      Refuse(column, fmt::format("is not a number from 0 to {} with at most {} decimals",
                                 most.ToString(), Scale));
      return Decimal();
    }
    return *value;
  }

  // A price, raised to so many percent. The product is exact or the cell is refused; nothing is
  // rounded.
  Price RaisedPrice(std::string_view column, std::int64_t percent) {
    const std::int64_t raised = Number(column, kMaxPrice).units() * percent;
    if (raised % 100 != 0) Refuse(column, "cannot be raised exactly");
    return Price::FromUnits(raised / 100);
  }

  // YYYY-MM-DD, a day that exists.
  std::chrono::sys_days Day(std::string_view column) {
    const std::string& cell = Cell(column);
    int year = 0;
    unsigned month = 0, day = 0;
    const auto number = [&](std::size_t from, std::size_t length, auto* value) {
      const char* const end = cell.data() + from + length;
      const auto [stopped, error] = std::from_chars(cell.data() + from, end, *value);
      return error == std::errc() && stopped == end && cell[from] != '-';
    };
    const bool shaped = cell.size() == 10 && cell[4] == '-' && cell[7] == '-' &&
                        number(0, 4, &year) && number(5, 2, &month) && number(8, 2, &day);
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (!shaped || !date.ok()) {
      Refuse(column, "is not a day written as YYYY-MM-DD");
      return {};
    }
    return date;
  }

  std::optional<std::chrono::sys_days> MaybeDay(std::string_view column) {
    return Cell(column).empty() ? std::nullopt : std::optional(Day(column));
  }

  // Remembers that the cell means nothing; the first reason is the one that is told.
  void Refuse(std::string_view column, std::string_view why) {
    if (reason_.empty()) reason_ = fmt::format("column {} {}", column, why);
  }

 private:
  const std::string& Cell(std::string_view column) const {
    const auto found = std::ranges::find(columns_, column, &CsvColumn::name);
    return record_.fields[static_cast<std::size_t>(found - columns_.begin())];
  }

  std::span<const CsvColumn> columns_;
  const CsvRecord& record_;
  std::string reason_;
};

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_CELLS_H_
