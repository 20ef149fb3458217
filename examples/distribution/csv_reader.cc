// SPDX-License-Identifier: Apache-2.0
#include "csv_reader.h"

#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace distribution {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{64} << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Spaces belong to the field they are in (RFC 4180); libcsv would trim them.
int NothingIsSpace(unsigned char) { return 0; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Finds the first control character: NUL, C0 but for TAB and the line end, DEL, and C1, which
// terminals obey as well.
std::size_t FindControl(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    const bool line_end = c == '\n' || (c == '\r' && next == '\n');
    if ((c < 0x20 && c != '\t' && !line_end) || c == 0x7F) return i;
    if (c == 0xC2 && next >= 0x80 && next < 0xA0) return i;
  }
  return std::string_view::npos;
}

// The characters with which spreadsheets begin a formula, their full-width forms included; spaces
// before them are trimmed by some importers.
bool LooksLikeFormula(std::string_view cell) {
  const std::size_t first = cell.find_first_not_of(' ');
  if (first == std::string_view::npos) return false;
  cell.remove_prefix(first);
  if (std::string_view("=+-@\t\r\n").find(cell.front()) != std::string_view::npos) return true;
  for (std::string_view wide : {"\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"}) {
    if (cell.starts_with(wide)) return true;
  }
  return false;
}

bool LooksLikePhone(std::string_view cell) {
  if (cell.starts_with('+')) cell.remove_prefix(1);
  return !cell.empty() && IsDigit(cell.front()) &&
         cell.find_first_not_of("0123456789 ()-./") == std::string_view::npos;
}

bool LooksLikeNumber(std::string_view cell) {
  if (cell.starts_with('-')) cell.remove_prefix(1);
  const std::size_t point = cell.find('.');
  const std::string_view whole = cell.substr(0, point);
  const bool has_fraction = point != std::string_view::npos;
  const std::string_view fraction = has_fraction ? cell.substr(point + 1) : std::string_view();
  return !whole.empty() && std::ranges::all_of(whole, IsDigit) &&
         std::ranges::all_of(fraction, IsDigit) && has_fraction == !fraction.empty();
}

}  // namespace

bool IsUtf8(std::string_view text, std::size_t* at) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto byte = [&](std::size_t k) {
      return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u;
    };
    const unsigned lead = byte(0);
    std::size_t length = 0;
    unsigned low = 0x80,
             high = 0xBF;  // of the second byte: this is where overlong forms and surrogates differ
    if (lead < 0x80) {
      length = 1;
    } else if (lead >= 0xC2 && lead <= 0xDF) {
      length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      length = 3;
      if (lead == 0xE0) low = 0xA0;
      if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      length = 4;
      if (lead == 0xF0) low = 0x90;
      if (lead == 0xF4) high = 0x8F;
    }
    bool good = length > 0;
    for (std::size_t k = 1; good && k < length; ++k) {
      good = k == 1 ? byte(k) >= low && byte(k) <= high : byte(k) >= 0x80 && byte(k) <= 0xBF;
    }
    if (!good) {
      if (at != nullptr) *at = i;
      return false;
    }
    i += length;
  }
  return true;
}

void CsvReader::FreeParser::operator()(csv_parser* parser) const {
  csv_free(parser);
  delete parser;
}

CsvReader::CsvReader(std::istream& in, std::span<const CsvColumn> columns, CsvLimits limits)
    : in_(in),
      columns_(columns.begin(), columns.end()),
      limits_(limits),
      parser_(new csv_parser),
      chunk_(kChunkBytes) {
  csv_init(parser_.get(), CSV_STRICT);
  csv_set_space_func(parser_.get(), NothingIsSpace);
}

CsvStep CsvReader::Next() {
  if (done_) return CsvEnd{};
  CsvStep step;
  if (!header_read_) {
    header_read_ = true;
    step = Header();
    done_ = std::holds_alternative<CsvProblem>(step);
    if (done_) return step;
  }
  step = Record();
  done_ = IsEnd(step);
  return step;
}

CsvStep CsvReader::Header() {
  if (!HaveLine(0)) return CsvProblem{1, "the file is empty: a header was expected"};
  std::size_t lines = 0;
  std::string reason = Parse(&lines);
  for (std::size_t i = 0; reason.empty() && i < columns_.size(); ++i) {
    if (fields_[i] != columns_[i].name)
      reason = fmt::format("column {} should be {}", i + 1, columns_[i].name);
  }
  if (!reason.empty()) return CsvProblem{1, "header: " + reason};
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(lines));
  return CsvEnd{};
}

CsvStep CsvReader::Record() {
  if (!HaveLine(0)) return CsvEnd{};
  const std::int64_t start = pending_.front().number;
  std::size_t lines = 1;
  std::string reason = Parse(&lines);
  const bool parsed = reason.empty();
  if (parsed) reason = CheckContent();
  if (!parsed)
    lines = 1;  // what an open quote swallowed may hold good lines, or bad ones: all are looked at
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(lines));
  if (!reason.empty()) return CsvProblem{start, std::move(reason)};
  return CsvRecord{start, std::move(fields_)};
}

std::string CsvReader::Parse(std::size_t* lines) {
  csv_fini(parser_.get(), nullptr, nullptr,
           nullptr);  // forgets a record that was left in the middle
  fields_.clear();
  field_count_ = 0;
  row_ended_ = false;
  std::size_t bytes = 0;
  std::size_t used = 0;
  while (!row_ended_) {
    if (used == limits_.max_record_lines) {
      return fmt::format("a quote is opened and not closed within {} lines",
                         limits_.max_record_lines);
    }
    if (!HaveLine(used)) return "truncated: a quote is opened and not closed before the file ends";
    const Line& line = pending_[used];
    bytes += line.text.size();
    if (bytes > limits_.max_record_bytes) {
      return fmt::format("the record is longer than {} bytes", limits_.max_record_bytes);
    }
    if (line.fault != Fault::kNone) {
      if (used == 0) return Describe(line);
      if (line.fault == Fault::kTruncated) return "truncated: the file ends inside this record";
      return fmt::format("a quote is opened and runs into line {}, which is refused", line.number);
    }
    if (used == 0 && (line.text == "\n" || line.text == "\r\n")) return "the line is empty";
    if (std::string reason = Feed(line); !reason.empty()) return reason;
    ++used;
  }
  *lines = used;
  if (field_count_ != columns_.size()) {
    return fmt::format("{} field{} instead of {}", field_count_, field_count_ == 1 ? "" : "s",
                       columns_.size());
  }
  return "";
}

std::string CsvReader::Feed(const Line& line) {
  const auto on_field = [](void* text, std::size_t size, void* self) {
    auto* reader = static_cast<CsvReader*>(self);
    // A line of a million commas must not become a million strings.
    if (++reader->field_count_ > reader->columns_.size()) return;
    reader->fields_.emplace_back(static_cast<const char*>(text), size);
  };
  const auto on_row = [](int, void* self) { static_cast<CsvReader*>(self)->row_ended_ = true; };
  const std::size_t done =
      csv_parse(parser_.get(), line.text.data(), line.text.size(), on_field, on_row, this);
  if (done == line.text.size()) return "";
  if (csv_error(parser_.get()) != CSV_EPARSE) return "not enough memory for this record";
  if (line.number != pending_.front().number) {
    return fmt::format("a quote is opened, and line {} has a quote out of place", line.number);
  }
  return fmt::format("a quote is out of place near byte {}", done + 1);
}

std::string CsvReader::CheckContent() const {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string_view cell = fields_[i];
    if (cell.empty()) continue;
    switch (columns_[i].kind) {
      case CsvKind::kNumber:
        if (!LooksLikeNumber(cell))
          return fmt::format("column {} is not a number", columns_[i].name);
        break;
      case CsvKind::kPhone:
        if (LooksLikePhone(cell)) break;
        [[fallthrough]];
      case CsvKind::kText:
        if (LooksLikeFormula(cell)) {
          return fmt::format("hostile: column {} is a spreadsheet formula", columns_[i].name);
        }
    }
  }
  return "";
}

bool CsvReader::HaveLine(std::size_t index) {
  while (pending_.size() <= index) {
    Line line;
    if (!ReadLine(&line)) return false;
    pending_.push_back(std::move(line));
  }
  return true;
}

bool CsvReader::ReadLine(Line* line) {
  line->number = lines_read_ + 1;
  std::size_t length = 0;
  bool ended = false;
  while (!ended && (chunk_pos_ < chunk_size_ || Refill())) {
    std::string_view piece(chunk_.data() + chunk_pos_, chunk_size_ - chunk_pos_);
    const std::size_t newline = piece.find('\n');
    ended = newline != std::string_view::npos;
    if (ended) piece = piece.substr(0, newline + 1);
    chunk_pos_ += piece.size();
    length += piece.size();
    if (length <= limits_.max_record_bytes) {
      line->text += piece;
    } else {
      line->text.clear();  // the rest is counted, not kept
    }
  }
  const bool unreadable = !ended && in_.bad();
  if (length == 0 && !unreadable) return false;
  ++lines_read_;
  if (line->number == 1 && line->text.starts_with(kByteOrderMark))
    line->text.erase(0, kByteOrderMark.size());
  std::size_t at = 0;
  if (unreadable) {
    in_.clear(std::ios::eofbit);  // reported once
    line->fault = Fault::kUnreadable;
  } else if (length > limits_.max_record_bytes) {
    line->text = std::string();
    line->fault = Fault::kTooLong;
    line->at = length;
  } else if (at = FindControl(line->text); at != std::string_view::npos) {
    line->fault = Fault::kControl;
    line->at = at;
  } else if (!IsUtf8(line->text, &at)) {
    line->fault = Fault::kEncoding;
    line->at = at;
  } else if (!ended) {
    // Without its line end nobody can tell 0.1 from the first half of 0.15.
    line->fault = Fault::kTruncated;
  }
  return true;
}

bool CsvReader::Refill() {
  if (!in_.good()) return false;
  in_.read(chunk_.data(), static_cast<std::streamsize>(chunk_.size()));
  chunk_pos_ = 0;
  chunk_size_ = static_cast<std::size_t>(in_.gcount());
  return chunk_size_ > 0;
}

std::string CsvReader::Describe(const Line& line) const {
  switch (line.fault) {
    case Fault::kNone:
      break;
    case Fault::kTooLong:
      return fmt::format("the line has {} bytes, more than {}", line.at, limits_.max_record_bytes);
    case Fault::kControl:
      return fmt::format("control character at byte {}", line.at + 1);
    case Fault::kEncoding:
      return fmt::format("not valid UTF-8 at byte {}", line.at + 1);
    case Fault::kTruncated:
      return "truncated: the file ends in the middle of this line";
    case Fault::kUnreadable:
      return "the file could not be read any further";
  }
  return "";
}

}  // namespace distribution
