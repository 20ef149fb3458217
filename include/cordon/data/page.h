// SPDX-License-Identifier: Apache-2.0
//
// Reading a long list page by page: each page goes on behind the last row of the one before.
//
// Guarantees: a page is found by its place in the order, not by counting rows, so that it costs the
//   same at the end of the list as at its beginning, and rows that come or go elsewhere neither
//   double nor lose one. The order is completed by the keys of all tables. A token goes on where it
//   was made only: the same tenant, statement and arguments, in the same file; one that was altered
//   or made up is kInvalidArgument.
// Not guaranteed: that pages read in different transactions are of one moment. Secrecy: a token
//   holds what its last row was ordered by, for whoever can read it.
// Thread safety: thread-compatible; values.
// Ownership and lifetime: values.
// Errors: kInvalidArgument for a token of another place, and for a page of no rows or of more than
//   10,000; kValueOutOfRange when the order's values are longer than 4 KB.
//
//   auto page = tx.ReadPage(
//       cordon::as<Order>,
//       "SELECT * FROM orders WHERE customer_id = ? ORDER BY placed_at DESC"_sql,
//       {.rows = 50, .after = request.token}, customer);
//   if (page.ok()) Show(page->rows, page->next);   // next is empty on the last page
#ifndef CORDON_DATA_PAGE_H_
#define CORDON_DATA_PAGE_H_

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "cordon/data/internal/core.h"
#include "cordon/data/sql.h"

namespace cordon {

template <class T, class Brand>
class Owned;

struct PageRequest {
  std::int64_t rows = 50;  // at most; 1 to 10,000
  std::string after = {};  // Page::next of the page before; empty: from the beginning
};

template <class Row, class Brand>
struct Page {
  std::vector<Owned<Row, Brand>> rows;
  std::string next;  // URL-safe text; empty when there are no more rows
};

// A SELECT that has passed the check for being read page by page.
template <class Product, internal::Access A, class Row, class... Args>
class CheckedPage {
 public:
  template <std::convertible_to<std::string_view> Text>
  CheckedPage(const Text&) = delete;  // cordon: SQL is constant: write it as "..."_sql, or a Query
  consteval CheckedPage(SqlText sql)  // NOLINT(google-explicit-constructor): a literal becomes one
      : text_(sql.text, sql.size) {
    internal::Parsed parsed;
    internal::Parser<false> parser(internal::kViewOf<Product>, A, text_,
                                   internal::kTypesOf<Args...>.data(), sizeof...(Args),
                                   internal::Paging::kFirst);
    parser.Parse(&parsed);
    if (parsed.refusal == internal::Refusal::kNone) {
      parsed.refusal = internal::MatchRow<Product, Row>(parsed, &places_);
      parsed.at = 0;
    }
    if (parsed.refusal != internal::Refusal::kNone) {
      internal::Explain(parsed.refusal, internal::Refuser{sql.text + parsed.at});
    }
    terms_ = parsed.page;
    term_count_ = parsed.page_count;
    columns_ = parsed.output_count;
    list_ = internal::StatementHash(text_, internal::kTypesOf<Args...>.data(), sizeof...(Args));
  }

  [[nodiscard]] internal::Statement statement(internal::Paging paging) const {
    return internal::ForPages({.text = text_,
                               .hash = internal::ForAccess(list_, A),
                               .access = A,
                               .schema = &internal::kViewOf<Product>,
                               .arguments = internal::kTypesOf<Args...>.data(),
                               .argument_count = sizeof...(Args),
                               .constant = true},
                              paging, term_count_);
  }
  // The same in every kind of scope, so that a page may go on in another one.
  [[nodiscard]] std::uint64_t list() const { return list_; }
  [[nodiscard]] std::span<const internal::SqlType> terms() const {
    return {terms_.data(), term_count_};
  }
  [[nodiscard]] std::size_t columns() const { return columns_; }
  [[nodiscard]] constexpr std::uint8_t place(std::size_t field) const { return places_[field]; }

 private:
  std::string_view text_;
  std::uint64_t list_ = 0;
  std::array<internal::SqlType, internal::kMaxPageTerms> terms_{};
  std::uint8_t term_count_ = 0;
  std::uint8_t columns_ = 0;
  internal::ColumnOfField<internal::RowShape<Product, Row>::kCount> places_{};
};

namespace internal {

// Where a page begins, and what its token is bound to.
class PagePlace {
 public:
  // Opens `request` for a statement with these arguments. The values that Start() takes are then in
  // values(): the arguments, the order of the last row, and how many rows to read.
  [[nodiscard]] absl::Status Open(const TransactionCore& core, std::uint64_t list,
                                  std::span<const SqlValue> arguments,
                                  std::span<const SqlType> terms, const PageRequest& request);
  [[nodiscard]] Paging paging() const { return paging_; }
  [[nodiscard]] const SqlValue* values() const { return values_.data(); }

  // Notes the order of the row at hand, whose columns begin at `column`.
  [[nodiscard]] absl::Status Note(const Cursor& cursor, std::size_t column);
  // The token that goes on behind the row noted last.
  [[nodiscard]] std::string Token() const;

 private:
  [[nodiscard]] bool Read(std::span<const SqlType> terms);
  [[nodiscard]] std::array<unsigned char, 16> Seal() const;

  Paging paging_ = Paging::kFirst;
  std::size_t terms_ = 0;
  std::string bound_;  // what the token belongs to
  std::array<unsigned char, 16> key_{};
  std::string payload_;   // the order of the row noted last
  std::string received_;  // what values_ borrow from
  std::vector<SqlValue> values_;
};

}  // namespace internal
}  // namespace cordon

#endif  // CORDON_DATA_PAGE_H_
