// SPDX-License-Identifier: Apache-2.0
#include "data/marked.h"

#include <charconv>

#include "cordon/data/query.h"

namespace cordon::internal {

absl::StatusOr<MarkedSql> Emit(const Statement& statement, Dialect dialect,
                               std::vector<SqlType>* page) {
  Parser<true> parser(*statement.schema, statement.access, statement.text, statement.arguments,
                      statement.argument_count, statement.paging, dialect);
  Parsed parsed;
  parser.Parse(&parsed);
  if (parsed.refusal != Refusal::kNone) {
    return RefusedText(parsed.refusal, parsed.at);
  }
  if (page != nullptr) {
    page->assign(parsed.page.begin(), parsed.page.begin() + parsed.page_count);
    for (SqlType& type : *page) {
      if (type.kind == SqlType::kBoolean) type.kind = SqlType::kInteger;  // see AddPageTerm()
    }
  }
  return MarkedSql{parser.withs(), parser.statement()};
}

std::uint64_t FingerprintOf(const MarkedSql& marked, const SchemaView& schema) {
  std::uint64_t hash = TextHash("");
  const auto add = [&](char c) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  };
  const auto add_name = [&](std::string_view name) {
    add('"');
    for (const char c : name) add(Fold(c));
  };
  for (std::string_view text : {std::string_view(marked.withs), std::string_view(marked.body)}) {
    char before = ' ';
    while (!text.empty()) {
      const char c = text.front();
      if (c == '\x01') {
        // By name, so that a table that is added to the schema does not change the others' prints.
        const char kind = text[1];
        const std::size_t end = text.find('\x02');
        std::size_t table = 0;
        const auto number = std::from_chars(text.data() + 2, text.data() + end, table);
        add(kind);
        if (kind != 'L') add_name(schema.tables[table].name);
        if (kind == 'C' || kind == 'W') {
          std::size_t column = 0;
          std::from_chars(number.ptr + 1, text.data() + end, column);
          add_name(schema.Column(table, column).name);
        }
        text.remove_prefix(end + 1);
        before = ' ';
        continue;
      }
      const bool digit = ClassOf(c) == CharClasses::kDigit;
      const bool in_name = ClassOf(before) >= CharClasses::kLetter || before == '?';
      if (digit && !in_name) {
        // A number of the host's: its value is not part of the print.
        add('L');
        while (!text.empty() && ClassOf(text.front()) == CharClasses::kDigit) text.remove_prefix(1);
        before = ' ';
        continue;
      }
      add(c);
      before = c;
      text.remove_prefix(1);
    }
  }
  return hash;
}

}  // namespace cordon::internal
