// SPDX-License-Identifier: Apache-2.0
// Feeds the CSV reader of examples/distribution any bytes at all and checks what it promises.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <variant>

#include "csv_reader.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace distribution;
  static constexpr CsvColumn kColumns[] = {
      {"id", CsvKind::kNumber}, {"name", CsvKind::kText}, {"phone", CsvKind::kPhone}};
  static constexpr CsvLimits kLimits = {.max_record_bytes = 256, .max_record_lines = 8};

  // Most inputs would stop at the header; the first byte chooses whether the header is part of the
  // input.
  const bool own_header = size > 0 && (data[0] & 1) != 0;
  std::string text = own_header ? "" : "id,name,phone\n";
  if (size > 0) text.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto newlines = std::count(text.begin(), text.end(), '\n');
  const std::int64_t lines = newlines + (text.empty() || text.back() != '\n' ? 1 : 0);

  std::istringstream in(text);
  CsvReader reader(in, kColumns, kLimits);
  std::int64_t last_line = 0;
  std::int64_t steps = 0;
  for (CsvStep step = reader.Next(); !IsEnd(step); step = reader.Next()) {
    // Each step is about a later line than the one before: progress, and at most one report for a
    // line.
    Require(++steps <= lines);
    if (const auto* problem = std::get_if<CsvProblem>(&step)) {
      Require(problem->line > last_line && problem->line <= lines);
      last_line = problem->line;
      Require(!problem->reason.empty() && problem->reason.size() < 200 && IsUtf8(problem->reason));
    } else if (const auto* record = std::get_if<CsvRecord>(&step)) {
      Require(record->line > last_line && record->line <= lines);
      last_line = record->line;
      Require(record->fields.size() == std::size(kColumns));
      std::size_t bytes = 0;
      for (const std::string& field : record->fields) {
        bytes += field.size();
        Require(IsUtf8(field) && field.find('\0') == std::string::npos);
        Require(field.empty() || (field[0] != '=' && field[0] != '@' && field[0] != '\t'));
      }
      Require(bytes <= kLimits.max_record_bytes);
    }
  }
  Require(IsEnd(reader.Next()));
  return 0;
}
