// SPDX-License-Identifier: Apache-2.0
//
// Reads a CSV file (RFC 4180, UTF-8) that a stranger may have written.
//
// Guarantees: every record handed out has exactly the expected columns, is valid UTF-8 without
//   control characters, and holds no cell that a spreadsheet would run as a formula. Every line
//   that is not such a record is reported by itself, with its number; no line is passed over in
//   silence. Memory is bounded by CsvLimits, whatever the file holds.
// Not guaranteed: that a cell means anything. Numbers look like numbers; what they say is the
//   caller's to check.
// Thread safety: confined to one thread.
// Lifetime: the stream must outlive the reader.
//
//   CsvReader reader(file, kColumns);
//   for (CsvStep step = reader.Next(); !IsEnd(step); step = reader.Next()) {
//     if (auto* problem = std::get_if<CsvProblem>(&step)) ...
//     if (auto* record = std::get_if<CsvRecord>(&step)) ...
//   }
#ifndef CORDON_EXAMPLES_DISTRIBUTION_CSV_READER_H_
#define CORDON_EXAMPLES_DISTRIBUTION_CSV_READER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <istream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct csv_parser;  // of libcsv

namespace distribution {

enum class CsvKind {
  kText,    // refused when it begins like a formula
  kNumber,  // empty, or digits with an optional sign and decimal point
  kPhone,   // text that may begin with '+' as long as it holds nothing but a telephone number
};

struct CsvColumn {
  std::string_view name;
  CsvKind kind = CsvKind::kText;
};

struct CsvLimits {
  std::size_t max_record_bytes = std::size_t{1}
                                 << 20;  // of a line, and of a record that spans lines
  std::size_t max_record_lines = 100;    // a quote left open must not swallow the file
};

struct CsvRecord {
  std::int64_t line = 0;  // where it starts; the header is line 1
  std::vector<std::string> fields;
};

struct CsvProblem {
  std::int64_t line = 0;
  std::string reason;  // never repeats what the file says: it may be printed anywhere
};

struct CsvEnd {};

using CsvStep = std::variant<CsvEnd, CsvRecord, CsvProblem>;

inline bool IsEnd(const CsvStep& step) { return std::holds_alternative<CsvEnd>(step); }

class CsvReader {
 public:
  // The header must name exactly `columns`, in that order. When it does not, the first step is that
  // problem and the second is the end: without a header no cell has a meaning.
  CsvReader(std::istream& in, std::span<const CsvColumn> columns, CsvLimits limits = {});

  // Returns the next record or the next problem. After a line that could not be parsed, reading
  // goes on at the physical line after it; after a record that was parsed but is refused for what
  // it holds, behind the record.
  CsvStep Next();

 private:
  enum class Fault { kNone, kTooLong, kControl, kEncoding, kTruncated, kUnreadable };

  struct Line {
    std::int64_t number = 0;
    std::string text;  // with its line end; empty when too long
    Fault fault = Fault::kNone;
    std::size_t at = 0;  // the byte the fault is at, or the length of a line that is too long
  };

  struct FreeParser {
    void operator()(csv_parser* parser) const;
  };

  CsvStep Header();
  CsvStep Record();
  // Parses one record and returns its number of lines in `*lines`, or says what is wrong with its
  // first line.
  std::string Parse(std::size_t* lines);
  std::string Feed(const Line& line);
  std::string CheckContent() const;
  bool HaveLine(std::size_t index);
  bool ReadLine(Line* line);
  bool Refill();
  std::string Describe(const Line& line) const;

  std::istream& in_;
  std::vector<CsvColumn> columns_;
  CsvLimits limits_;
  std::unique_ptr<csv_parser, FreeParser> parser_;

  std::vector<char> chunk_;
  std::size_t chunk_pos_ = 0;
  std::size_t chunk_size_ = 0;
  std::int64_t lines_read_ = 0;
  std::deque<Line>
      pending_;  // read but not yet part of a step; an open quote looks ahead, within the limits

  std::vector<std::string>
      fields_;  // of the record being parsed; at most one more than there are columns
  std::size_t field_count_ = 0;
  bool row_ended_ = false;
  bool header_read_ = false;
  bool done_ = false;
};

// Says whether `text` is well-formed UTF-8: no overlong forms, no surrogates, nothing above
// U+10FFFF. On failure
// `*at` is the offset of the first wrong byte.
bool IsUtf8(std::string_view text, std::size_t* at = nullptr);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_CSV_READER_H_
