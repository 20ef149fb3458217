// SPDX-License-Identifier: Apache-2.0
//
// SQL that is checked against the schema while the host compiles.
//
// Guarantees: a "…"_sql literal that compiles is one statement of a kind that a tenant's scope may
//   run; it names declared tables and columns only, never the tenant, a schema or a pragma; it has
//   one placeholder for each argument; its types, its columns and the row type that receives them
//   agree. What reaches the engine is written by the checker from its own parse, not by the host.
// Not guaranteed: that the statement means what its author meant.
// Thread safety: constants.
// Ownership and lifetime: the text must be a literal or another constant of static storage.
// Errors: a compile error that holds one sentence beginning with "cordon:".
//
//   using namespace cordon::literals;
//   tx.Rows(cordon::as<Price>, "SELECT * FROM prices WHERE cents > ? ORDER BY sku"_sql, 100);
#ifndef CORDON_DATA_SQL_H_
#define CORDON_DATA_SQL_H_

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "cordon/data/internal/parser.h"
#include "cordon/data/schema.h"

namespace cordon {

// A statement's text on its way into a check.
struct SqlText {
  const char* text;
  std::size_t size;
};

namespace literals {
consteval SqlText operator""_sql(const char* text, std::size_t size) { return {text, size}; }
}  // namespace literals

// Names the type that rows are read into: a struct of the schema, a std::tuple, or one value.
template <class T>
struct As {};
template <class T>
inline constexpr As<T> as{};

// What the checker says of a statement, as a value: for tests and for showing refusals.
class Verdict {
 public:
  constexpr explicit Verdict(internal::Refusal refusal, std::uint32_t at)
      : refusal_(refusal), at_(at) {}
  [[nodiscard]] constexpr bool ok() const { return refusal_ == internal::Refusal::kNone; }
  // One sentence beginning with "cordon:"; empty when ok().
  [[nodiscard]] constexpr const char* message() const { return internal::Explain(refusal_); }
  // Where in the text, in bytes.
  [[nodiscard]] constexpr std::size_t position() const { return at_; }

 private:
  internal::Refusal refusal_;
  std::uint32_t at_;
};

namespace internal {

struct NoRow {};  // the row type of a statement that returns none

// The type of the schema that a product's struct holds.
template <class Product>
struct SchemaOfProduct {
  static_assert(
      requires { Product::kSchema.view(); },
      "cordon: this takes the struct that holds your schema: declare struct Erp { static constexpr "
      "auto kSchema = cordon::Schema{...}; }; and pass Erp");
  using Type = std::remove_cvref_t<decltype(Product::kSchema)>;
};
template <class Product>
using SchemaOf = typename SchemaOfProduct<Product>::Type;

// The fields of a row type.
template <class Product, class Row>
struct RowShape {  // one value
  static_assert(Field<Row>::kSupported,
                "cordon: this type is no row: use a struct of the schema (TenantTable, GlobalTable "
                "or ResultRow), a std::tuple, or a column type");
  static constexpr bool kByName = false;
  static constexpr std::size_t kCount = 1;
  static constexpr std::array<SqlType, 1> kTypes = {Field<Row>::kType};
  template <class Visit>
  static constexpr void ForEach(Row& row, Visit&& visit) {
    visit(std::integral_constant<std::size_t, 0>{}, row);
  }
};

template <class Product>
struct RowShape<Product, NoRow> {
  static constexpr std::size_t kCount = 0;
};

template <class Product, class... Fields>
struct RowShape<Product, std::tuple<Fields...>> {
  static_assert((Field<Fields>::kSupported && ...),
                "cordon: a tuple's elements are integers, text, blobs, bool, Timestamp, Decimal or "
                "double, or std::optional of these: change the element's type");
  static constexpr bool kByName = false;
  static constexpr std::size_t kCount = sizeof...(Fields);
  static constexpr std::array<SqlType, kCount> kTypes = {Field<Fields>::kType...};
  template <class Visit>
  static constexpr void ForEach(std::tuple<Fields...>& row, Visit&& visit) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (visit(std::integral_constant<std::size_t, I>{}, std::get<I>(row)), ...);
    }
    (std::index_sequence_for<Fields...>{});
  }
};

template <class Product, class Row>
requires(SchemaOf<Product>::template Holding<Row>::kCount > 0) struct RowShape<Product, Row> {
  using SchemaType = SchemaOf<Product>;
  static_assert(SchemaType::template Holding<Row>::kCount == 1,
                "cordon: this struct is declared for two tables: give each table its own struct");
  static constexpr std::size_t kPlace = SchemaType::template Holding<Row>::kPlace;
  using TableType = typename SchemaType::template TableAt<kPlace>;
  static constexpr bool kByName = true;
  static constexpr std::size_t kCount = TableType::kColumnCount;
  static constexpr const ColumnDef& ColumnAt(std::size_t i) {
    return Product::kSchema.Column(kPlace, i);
  }
  template <class R, class Visit>
  static constexpr void ForEach(R& row, Visit&& visit) {
    TableType::ForEach(row, static_cast<Visit&&>(visit));
  }
};

// Which result column goes into which field.
template <std::size_t N>
using ColumnOfField = std::array<std::uint8_t, N>;

constexpr Refusal FitsField(SqlType column, SqlType field) {
  if (column.nullable && !field.nullable) return Refusal::kFieldNull;
  if (column.kind == SqlType::kNull) return Refusal::kNone;
  if (column.kind == SqlType::kAny) return Refusal::kAnyType;
  // An integer is a decimal without digits behind the point, and the other way round.
  const auto kind = [](SqlType type) {
    return type.kind == SqlType::kDecimal && type.scale == 0 ? SqlType::kInteger : type.kind;
  };
  if (kind(column) != kind(field)) return Refusal::kFieldType;
  if (column.kind == SqlType::kDecimal && column.scale != field.scale) return Refusal::kFieldType;
  return Refusal::kNone;
}

template <class Product, class Row>
constexpr Refusal MatchRow(const Parsed& parsed,
                           ColumnOfField<RowShape<Product, Row>::kCount>* places) {
  using Shape = RowShape<Product, Row>;
  if (parsed.output_count == 0) return Refusal::kNoRows;
  if (parsed.output_count != Shape::kCount) return Refusal::kColumnCount;
  for (std::size_t c = 0; c < parsed.output_count; ++c) {
    const OutputColumn& column = parsed.output[c];
    if constexpr (Shape::kByName) {
      if (column.name.empty()) return Refusal::kUnnamedColumn;
      bool found = false;
      for (std::size_t f = 0; f < Shape::kCount && !found; ++f) {
        const ColumnDef& field = Shape::ColumnAt(f);
        if (field.hash != column.hash || !SameName(field.name, column.name)) continue;
        found = true;
        (*places)[f] = static_cast<std::uint8_t>(c);
        if (const Refusal fit = FitsField(column.type, field.type); fit != Refusal::kNone) {
          return fit;
        }
      }
      if (!found) return Refusal::kNoField;
      for (std::size_t other = 0; other < c; ++other) {
        if (SameName(parsed.output[other].name, column.name)) return Refusal::kNoField;
      }
    } else {
      (*places)[c] = static_cast<std::uint8_t>(c);
      if (const Refusal fit = FitsField(column.type, Shape::kTypes[c]); fit != Refusal::kNone) {
        return fit;
      }
    }
  }
  return Refusal::kNone;
}

constexpr std::uint64_t TextHash(std::string_view text) {
  // As FNV-1a does, but with four bytes a step: with one it was an eighth of what a long statement
  // costs to compile.
  constexpr std::uint64_t kPrime = 1099511628211ULL;
  using Byte = unsigned char;
  std::uint64_t hash = 14695981039346656037ULL;
  const char* const c = text.data();
  const std::size_t size = text.size();
  std::size_t i = 0;
  for (; i + 4 <= size; i += 4) {
    const std::uint32_t four = Byte(c[i]) + Byte(c[i + 1]) * 0x100U + Byte(c[i + 2]) * 0x10000U +
                               Byte(c[i + 3]) * 0x1000000U;
    hash = (hash ^ four) * kPrime;
    hash ^= hash >> 32U;  // each byte reaches the low bits
  }
  for (; i < size; ++i) hash = (hash ^ Byte(c[i])) * kPrime;
  return hash;
}

// What the engine needs of a checked statement.
struct Statement {
  std::string_view text;
  std::uint64_t hash = 0;  // of text, arguments and access
  Access access = Access::kRead;
  const SchemaView* schema = nullptr;
  const SqlType* arguments = nullptr;
  std::size_t argument_count = 0;
  bool cached = true;     // kept by the connection for the next time
  bool constant = false;  // text and argument types are constants: the same address, the same one
  Paging paging = Paging::kNone;
  std::size_t page_values = 0;  // bound behind the arguments
};

// One of the two statements that read the pages of a list ordered by so many terms.
inline Statement ForPages(Statement list, Paging paging, std::size_t terms) {
  list.paging = paging;
  list.hash = (list.hash ^ static_cast<std::uint64_t>(paging)) * 1099511628211ULL;
  list.page_values = terms + 1;
  return list;
}

template <class Product>
inline constexpr SchemaView kViewOf = Product::kSchema.view();

template <class... Args>
inline constexpr std::array<SqlType, sizeof...(Args)> kTypesOf = {Field<Args>::kType...};

template <class... Others, std::size_t N>
constexpr bool SameTypes(const std::array<SqlType, N>& types) {
  if constexpr (sizeof...(Others) == N) {
    return kTypesOf<Others...> == types;
  } else {
    return false;
  }
}

// Arguments shape the emitted text, so statements of different ones are different.
constexpr std::uint64_t StatementHash(std::string_view text, const SqlType* arguments,
                                      std::size_t count) {
  std::uint64_t hash = TextHash(text);
  for (std::size_t i = 0; i < count; ++i) {
    const auto type = static_cast<std::uint64_t>(arguments[i].kind) * 64 + arguments[i].scale * 2U +
                      (arguments[i].nullable ? 1 : 0);
    hash = (hash ^ type) * 1099511628211ULL;
  }
  return hash;
}
constexpr std::uint64_t ForAccess(std::uint64_t hash, Access access) {
  return (hash ^ static_cast<std::uint64_t>(access)) * 1099511628211ULL;
}

// Checks `text` for a row type (NoRow: a statement that returns none).
template <class Product, Access A, class Row, class... Args>
constexpr void Judge(std::string_view text, Parsed* parsed, auto* places) {
  Parser<false> parser(kViewOf<Product>, A, text, kTypesOf<Args...>.data(), sizeof...(Args));
  parser.Parse(parsed);
  if (parsed->refusal == Refusal::kNone) {
    if constexpr (std::is_same_v<Row, NoRow>) {
      if (parsed->output_count != 0) parsed->refusal = Refusal::kHasRows;
    } else {
      parsed->refusal = MatchRow<Product, Row>(*parsed, places);
    }
    parsed->at = 0;
  }
}

// Ends the compilation with the sentence that the compiler then shows.
struct Refuser {
  const char* at;
  constexpr void operator()(const char* sentence) const { Refuse(sentence, at); }
};

}  // namespace internal

template <class Product, class Row, class... Args>
class RunTimeSql;

// A statement that has passed the check: a "…"_sql literal, or what CheckAtRunTime() gives (see
// query.h).
template <class Product, internal::Access A, class Row, class... Args>
class Checked {
 public:
  template <std::convertible_to<std::string_view> Text>
  Checked(const Text&) = delete;  // cordon: SQL is a constant of the code: write it as "..."_sql
  consteval Checked(SqlText sql)  // NOLINT(google-explicit-constructor): a literal becomes one
      : text_(sql.text, sql.size) {
    internal::Parsed parsed;
    internal::Judge<Product, A, Row, Args...>(text_, &parsed, &places_);
    if (parsed.refusal != internal::Refusal::kNone) {
      internal::Explain(parsed.refusal, internal::Refuser{sql.text + parsed.at});
    }
    constant_ = true;
    writes_ = parsed.writes;
    at_most_one_ = parsed.at_most_one;
    sums_up_ = parsed.sums_up;
    hash_ = internal::ForAccess(
        internal::StatementHash(text_, internal::kTypesOf<Args...>.data(), sizeof...(Args)), A);
  }
  // SQL that was checked at run time; it must live as long as the call that it is passed to.
  template <class OtherRow, class... Others>
  Checked(
      const RunTimeSql<Product, OtherRow, Others...>& sql)  // NOLINT(google-explicit-constructor)
      : text_(sql.text_),
        hash_(internal::ForAccess(sql.hash_, A)),
        writes_(sql.writes_),
        at_most_one_(sql.at_most_one_) {
    static_assert(std::is_same_v<OtherRow, Row> ||
                      (std::is_void_v<OtherRow> && std::is_same_v<Row, internal::NoRow>),
                  "cordon: this SQL was checked for another row type: check it for the one that it "
                  "is read into");
    static_assert(internal::SameTypes<Others...>(internal::kTypesOf<Args...>),
                  "cordon: this SQL was checked for other arguments: pass as many of the same "
                  "types, or check it for these");
    places_ = sql.places_;
  }

  [[nodiscard]] internal::Statement statement() const {
    return {.text = text_,
            .hash = hash_,
            .access = A,
            .schema = &internal::kViewOf<Product>,
            .arguments = internal::kTypesOf<Args...>.data(),
            .argument_count = sizeof...(Args),
            .constant = constant_};
  }
  [[nodiscard]] constexpr bool writes() const { return writes_; }
  [[nodiscard]] constexpr bool at_most_one() const { return at_most_one_; }
  [[nodiscard]] constexpr bool sums_up() const { return sums_up_; }
  [[nodiscard]] constexpr std::uint8_t place(std::size_t field) const { return places_[field]; }

 private:
  std::string_view text_;
  std::uint64_t hash_ = 0;
  bool constant_ = false;
  bool writes_ = false;
  bool at_most_one_ = false;
  bool sums_up_ = false;
  internal::ColumnOfField<internal::RowShape<Product, Row>::kCount> places_{};
};

// One that gives a single row of aggregates, whatever the tables hold: a literal only.
template <class Product, class Row, class... Args>
class CheckedSum {
 public:
  template <std::convertible_to<std::string_view> Text>
  CheckedSum(const Text&) = delete;  // cordon: SQL is a constant of the code: write it as "..."_sql
  consteval CheckedSum(SqlText sql)  // NOLINT(google-explicit-constructor): a literal becomes one
      : checked_(sql) {
    if (!checked_.sums_up()) {
      internal::Explain(internal::Refusal::kSumUp, internal::Refuser{sql.text});
    }
  }
  [[nodiscard]] const auto& checked() const { return checked_; }

 private:
  Checked<Product, internal::Access::kWrite, Row, Args...> checked_;
};

// What a write transaction's checker says of `text` with arguments of these types.
template <class Product, class... Args>
[[nodiscard]] constexpr Verdict CheckSql(std::string_view text) {
  internal::Parsed parsed;
  internal::Parser<false> parser(internal::kViewOf<Product>, internal::Access::kWrite, text,
                                 internal::kTypesOf<Args...>.data(), sizeof...(Args));
  parser.Parse(&parsed);
  return Verdict(parsed.refusal, parsed.at);
}

}  // namespace cordon

#endif  // CORDON_DATA_SQL_H_
