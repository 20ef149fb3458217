// SPDX-License-Identifier: Apache-2.0
//
// SQL that is known at run time only: whole texts, and queries with optional filters and orders.
//
// Guarantees: it passes the same checker as a "…"_sql literal before it reaches the engine, and the
//   same locks behind it; what the checker refuses comes back as kStatementRefused with the
//   checker's sentence and the place in the text. A Query is put together from constants of the
//   code, each balanced and complete in itself, and from values, which are always bound: nothing
//   that a user types becomes a part of its text. What a user may choose (an order) is chosen by
//   name among those that the code offers.
// Not guaranteed: that a text given to CheckAtRunTime() or FromText() was not put together from
//   what a user typed. It stays inside its tenant whatever it says; inside the tenant it says what
//   its author says. What a tenant's own analyst writes goes through Session::Ask().
// Thread safety: thread-compatible; values.
// Ownership and lifetime: both own their text and values. Statements that run need them no longer
//   than the call that is given them.
// Errors: kStatementRefused; kInvalidArgument for an order that is not offered, a negative limit,
//   and a double as an argument; kForeignValue where an Owned argument is another tenant's. A Query
//   keeps its first error, and the call that runs it returns it.
//
//   cordon::Query<Erp> orders("SELECT * FROM orders"_sql);
//   if (pattern.has_value()) orders.Where("number LIKE ?"_sql, *pattern);
//   orders.OrderBy(wish, {{"newest", "placed_at DESC"_sql}, {"largest", "amount DESC"_sql}});
//   orders.Limit(50);
//   auto page = tx.All(cordon::as<Order>, orders);    // or tx.Query(orders): a cordon::Table
//
//   auto sql = cordon::CheckAtRunTime<Erp, Order, std::int64_t>(report.text);
//   if (sql.ok()) tx.All(cordon::as<Order>, *sql, 42);
#ifndef CORDON_DATA_QUERY_H_
#define CORDON_DATA_QUERY_H_

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/internal/core.h"
#include "cordon/data/session.h"
#include "cordon/data/sql.h"
#include "cordon/data/value.h"

namespace cordon {

namespace internal {

// Void says it where no row type is named.
template <class Row>
using RowOrNone = std::conditional_t<std::is_void_v<Row>, NoRow, Row>;

[[nodiscard]] absl::Status RefusedText(Refusal refusal, std::size_t at);

// Judges `text` and, when it passes, copies it. The names in *parsed refer to `text`.
[[nodiscard]] absl::Status CheckText(const SchemaView& schema, Access access, std::string_view text,
                                     std::span<const SqlType> arguments, Paging paging,
                                     Parsed* parsed, std::string* copy);

template <class Product, class Row>
[[nodiscard]] absl::Status FitsRow(const Parsed& parsed, auto* places) {
  Refusal refusal = Refusal::kNone;
  if constexpr (std::is_same_v<Row, NoRow>) {
    if (parsed.output_count != 0) refusal = Refusal::kHasRows;
  } else {
    refusal = MatchRow<Product, Row>(parsed, places);
  }
  return refusal == Refusal::kNone ? absl::OkStatus() : RefusedText(refusal, 0);
}

}  // namespace internal

// A statement that has passed the check at run time. One, Optional, All, Rows and Execute take it
// where they take a "…"_sql literal, with arguments and a row type like those it was checked for.
// Row is void for a statement that returns no rows.
template <class Product, class Row, class... Args>
class RunTimeSql {
 public:
  // See the function of this name.
  [[nodiscard]] static absl::StatusOr<RunTimeSql> CheckAtRunTime(std::string_view text) {
    absl::StatusOr<RunTimeSql> checked{RunTimeSql()};
    internal::Parsed parsed;
    absl::Status fit = internal::CheckText(internal::kViewOf<Product>, internal::Access::kWrite,
                                           text, internal::kTypesOf<Args...>,
                                           internal::Paging::kNone, &parsed, &checked->text_);
    if (fit.ok()) {
      fit = internal::FitsRow<Product, internal::RowOrNone<Row>>(parsed, &checked->places_);
    }
    if (!fit.ok()) return fit;
    checked->writes_ = parsed.writes;
    checked->at_most_one_ = parsed.at_most_one;
    checked->hash_ =
        internal::StatementHash(text, internal::kTypesOf<Args...>.data(), sizeof...(Args));
    return checked;
  }

 private:
  template <class, internal::Access, class, class...>
  friend class Checked;
  RunTimeSql() = default;

  std::string text_;
  std::uint64_t hash_ = 0;
  bool writes_ = false;
  bool at_most_one_ = false;
  internal::ColumnOfField<internal::RowShape<Product, internal::RowOrNone<Row>>::kCount> places_{};
};

// Checks `text` for a tenant's scope, as the compiler checks a literal. Where a scope allows less
// (one that only reads), it is refused when it is used there.
template <class Product, class Row, class... Args>
[[nodiscard]] absl::StatusOr<RunTimeSql<Product, Row, Args...>> CheckAtRunTime(
    std::string_view text) {
  return RunTimeSql<Product, Row, Args...>::CheckAtRunTime(text);
}

namespace internal {

// What is wrong with a part of a query, as a call that ends the compilation.
constexpr void RefuseFragment(std::string_view text, std::size_t arguments) {
  const char* const at = text.data();
  std::size_t depth = 0;
  std::size_t marks = 0;
  bool empty = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') continue;
    empty = false;
    if (c == '\'' || c == '"') {  // a doubled quote closes and opens again
      const std::size_t close = text.find(c, i + 1);
      if (close == std::string_view::npos) {
        Refuse("cordon: a part of a query leaves a quote open: close it", at + i);
      }
      i = close;
      continue;
    }
    const std::string_view two = text.substr(i, 2);
    if (two == "--" || two == "/*") {
      Refuse("cordon: a part of a query holds no comment: move it into the code", at + i);
    }
    if (c == ';') {
      Refuse("cordon: a part of a query ends no statement: remove the semicolon", at + i);
    }
    if (c == '[' || c == ']' || c == '`' || c == '\\' || static_cast<unsigned char>(c) < ' ') {
      Refuse("cordon: this character cannot stand in a part of a query: remove it", at + i);
    }
    if (c == '?') ++marks;
    if (c == '(') ++depth;
    if (c == ')' && depth-- == 0) {
      Refuse("cordon: a part of a query closes a parenthesis that it did not open: balance it",
             at + i);
    }
    if (ClassOf(c) != CharClasses::kLetter) continue;
    std::size_t end = i;
    while (end < text.size() && ClassOf(text[end]) >= CharClasses::kLetter) ++end;
    const std::string_view word = text.substr(i, end - i);
    i = end - 1;
    for (const std::string_view clause : {"where", "group", "having", "order", "limit", "offset",
                                          "union", "intersect", "except", "window", "returning"}) {
      if (depth == 0 && SameName(word, clause)) {
        Refuse(
            "cordon: clauses are added with Where, GroupBy, OrderBy and Limit: give each its part "
            "alone",
            at + i);
      }
    }
  }
  if (empty) Refuse("cordon: a part of a query says something: write it", at);
  if (depth != 0) {
    Refuse("cordon: a part of a query leaves a parenthesis open: balance it", at);
  }
  if (marks != arguments) {
    Refuse("cordon: a part of a query has one ? for each of its own arguments: make them agree",
           at);
  }
}

// A part of a query: a constant of the code, balanced and complete in itself.
template <std::size_t Arguments>
class Fragment {
 public:
  template <std::convertible_to<std::string_view> Text>
  Fragment(const Text&) = delete;  // cordon: a part of a query is constant: write it as "..."_sql
  consteval Fragment(SqlText sql)  // NOLINT(google-explicit-constructor): a literal becomes one
      : text_(sql.text, sql.size) {
    RefuseFragment(text_, Arguments);
  }
  [[nodiscard]] constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

// An argument on its way into a query, which copies it.
struct QueryArgument {
  SqlValue value;
  SqlType type;
  const TenantId::Bytes* owner = nullptr;  // of an Owned value
};

template <class Arg>
QueryArgument ArgumentFor(const Arg& arg) {
  QueryArgument argument{Argument<Decayed<Arg>>::To(arg), Field<ArgumentType<Arg>>::kType};
  if constexpr (requires { OwnedAccess::TenantOf(arg); }) {
    argument.owner = &OwnedAccess::TenantOf(arg);
  }
  return argument;
}

struct NamedOrder {
  std::string_view name;
  Fragment<0> order;
};

// The parts of a query, without its product.
class QueryParts {
 public:
  enum Clause : std::uint8_t { kSelect, kWhere, kGroupBy, kOrderBy };

  void Add(Clause clause, std::string_view text, std::span<const QueryArgument> arguments);
  void AddText(std::string_view text, std::span<const Value> values);
  void AddChoice(std::string_view choice, std::span<const NamedOrder> offered);
  void SetLimit(std::int64_t rows);
  void SetOffset(std::int64_t rows);

  [[nodiscard]] const absl::Status& status() const { return status_; }
  [[nodiscard]] std::string Text() const;

 private:
  friend class BoundQuery;
  struct Bound {
    Value value;
    SqlType type;
  };
  struct Part {
    std::string text;
    std::vector<Bound> arguments;
  };
  void Fail(absl::Status status) {
    if (status_.ok()) status_ = std::move(status);
  }

  absl::Status status_;
  std::array<Part, 4> parts_;
  bool whole_ = false;  // a text of its own, which takes no more parts
  std::optional<std::int64_t> limit_;
  std::optional<std::int64_t> offset_;
  std::optional<TenantId::Bytes> owner_;  // of the values that were read in a scope
  bool mixed_ = false;                    // they are of several tenants
};

// A query with its arguments laid out for one run. Borrows from the parts.
class BoundQuery {
 public:
  // Checks it for a scope of this access, in which it only reads. The names in *parsed refer to
  // this object until it is moved.
  [[nodiscard]] absl::Status Bind(TransactionCore& core, const SchemaView& schema, Access access,
                                  const QueryParts& parts, Paging paging, Parsed* parsed);
  [[nodiscard]] Statement statement() const;
  [[nodiscard]] std::span<const SqlValue> values() const { return values_; }
  // What it is, whatever the scope.
  [[nodiscard]] std::uint64_t hash() const;

 private:
  std::string text_;
  std::vector<SqlType> types_;
  std::vector<SqlValue> values_;
  Access access_ = Access::kRead;
  const SchemaView* schema_ = nullptr;
};

// A bound query and the row type that receives what it reads.
template <class Product, class Row>
class QueryFor {
 public:
  [[nodiscard]] Statement statement() const { return bound_.statement(); }
  [[nodiscard]] const SqlValue* values() const { return bound_.values().data(); }
  [[nodiscard]] static constexpr bool writes() { return false; }
  [[nodiscard]] bool at_most_one() const { return at_most_one_; }
  [[nodiscard]] std::uint8_t place(std::size_t field) const { return places_[field]; }

 private:
  template <class>
  friend class cordon::Query;
  BoundQuery bound_;
  bool at_most_one_ = false;
  ColumnOfField<RowShape<Product, Row>::kCount> places_{};
};

// The same, read page by page.
template <class Product, class Row>
class QueryPagesFor {
 public:
  [[nodiscard]] Statement statement(Paging paging) const {
    return ForPages(bound_.statement(), paging, term_count_);
  }
  [[nodiscard]] std::span<const SqlValue> values() const { return bound_.values(); }
  [[nodiscard]] std::uint64_t list() const { return bound_.hash(); }
  [[nodiscard]] std::span<const SqlType> terms() const { return {terms_.data(), term_count_}; }
  [[nodiscard]] std::size_t columns() const { return columns_; }
  [[nodiscard]] std::uint8_t place(std::size_t field) const { return places_[field]; }

 private:
  template <class>
  friend class cordon::Query;
  BoundQuery bound_;
  std::array<SqlType, kMaxPageTerms> terms_{};
  std::size_t term_count_ = 0;
  std::size_t columns_ = 0;
  ColumnOfField<RowShape<Product, Row>::kCount> places_{};
};

// Runs a bound query and reads what it returns, at most `result_bytes` of it.
[[nodiscard]] absl::Status ReadTable(TransactionCore& core, const Statement& statement,
                                     const SqlValue* values, const Parsed& parsed,
                                     std::int64_t result_bytes, cordon::Table* table);
inline constexpr std::int64_t kAnySize = std::numeric_limits<std::int64_t>::max();

}  // namespace internal

// One of the orders that a user may choose from: {"newest", "placed_at DESC"_sql}.
using NamedOrder = internal::NamedOrder;

// A SELECT that is put together at run time.
template <class Product>
class Query {
  template <class... Args>
  using Part = std::type_identity_t<internal::Fragment<sizeof...(Args)>>;

 public:
  // `select` ends where WHERE would begin: "SELECT … FROM … JOIN … ON …", WITH in front of it.
  template <class... Args>
  explicit Query(Part<Args...> select, const Args&... args) {
    Add(internal::QueryParts::kSelect, select.text(), args...);
  }
  // A whole text that is known at run time only, and its arguments.
  [[nodiscard]] static Query FromText(std::string_view text, std::span<const Value> values = {}) {
    Query query;
    query.parts_.AddText(text, values);
    return query;
  }

  // All conditions have to hold.
  template <class... Args>
  Query& Where(Part<Args...> condition, const Args&... args) {
    return Add(internal::QueryParts::kWhere, condition.text(), args...);
  }
  Query& GroupBy(internal::Fragment<0> columns) {
    return Add(internal::QueryParts::kGroupBy, columns.text());
  }
  // An order behind those given before.
  Query& OrderBy(internal::Fragment<0> order) {
    return Add(internal::QueryParts::kOrderBy, order.text());
  }
  // The one of the orders offered that is called `choice`; kInvalidArgument when there is none.
  Query& OrderBy(std::string_view choice, std::initializer_list<NamedOrder> offered) {
    parts_.AddChoice(choice, std::span(offered.begin(), offered.size()));
    return *this;
  }
  // At most `rows` rows. Which ones is decided by the order and then by the key.
  Query& Limit(std::int64_t rows) {
    parts_.SetLimit(rows);
    return *this;
  }
  // Without the first `rows` rows; takes a Limit too.
  Query& Offset(std::int64_t rows) {
    parts_.SetOffset(rows);
    return *this;
  }

  // The first error so far.
  [[nodiscard]] const absl::Status& status() const { return parts_.status(); }
  // What the checker will see. Holds no value of an argument.
  [[nodiscard]] std::string text() const { return parts_.Text(); }

 private:
  template <class, internal::Access, class>
  friend class Transaction;
  Query() = default;

  template <class... Args>
  Query& Add(internal::QueryParts::Clause clause, std::string_view text, const Args&... args) {
    const std::array<internal::QueryArgument, sizeof...(Args)> arguments = {
        internal::ArgumentFor(args)...};
    parts_.Add(clause, text, arguments);
    return *this;
  }
  template <internal::Access A, class Row>
  absl::StatusOr<internal::QueryFor<Product, Row>> For(internal::TransactionCore& core) const {
    internal::Parsed parsed;
    internal::QueryFor<Product, Row> query;
    absl::Status fit = query.bound_.Bind(core, internal::kViewOf<Product>, A, parts_,
                                         internal::Paging::kNone, &parsed);
    if (fit.ok()) fit = internal::FitsRow<Product, Row>(parsed, &query.places_);
    if (!fit.ok()) return fit;
    query.at_most_one_ = parsed.at_most_one;
    return query;
  }

  template <internal::Access A, class Row>
  absl::StatusOr<internal::QueryPagesFor<Product, Row>> PagesFor(
      internal::TransactionCore& core) const {
    internal::Parsed parsed;
    internal::QueryPagesFor<Product, Row> pages;
    absl::Status fit = pages.bound_.Bind(core, internal::kViewOf<Product>, A, parts_,
                                         internal::Paging::kFirst, &parsed);
    if (fit.ok()) fit = internal::FitsRow<Product, Row>(parsed, &pages.places_);
    if (!fit.ok()) return fit;
    pages.terms_ = parsed.page;
    pages.term_count_ = parsed.page_count;
    pages.columns_ = parsed.output_count;
    return pages;
  }

  template <internal::Access A>
  absl::Status ReadInto(internal::TransactionCore& core, Table* table) const {
    internal::Parsed parsed;
    internal::BoundQuery bound;
    absl::Status fit =
        bound.Bind(core, internal::kViewOf<Product>, A, parts_, internal::Paging::kNone, &parsed);
    if (!fit.ok()) return fit;
    return internal::ReadTable(core, bound.statement(), bound.values().data(), parsed,
                               internal::kAnySize, table);
  }

  internal::QueryParts parts_;
};

}  // namespace cordon

#endif  // CORDON_DATA_QUERY_H_
