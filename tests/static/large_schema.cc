// SPDX-License-Identifier: Apache-2.0
// A statement of four kilobytes against sixty tables of twelve columns passes under the default
// limits that compilers set to constant evaluation.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cordon/cordon.h"

namespace {

template <std::size_t I>
struct Row {
  std::int64_t id;
  std::int64_t parent_id;
  std::string document_number;
  std::string description;
  std::optional<std::string> remark;
  cordon::Decimal<4> unit_price;
  cordon::Decimal<2> discount;
  std::int64_t quantity;
  bool is_closed;
  cordon::Timestamp created_at;
  std::optional<cordon::Timestamp> closed_at;
  std::string currency_code;
};

constexpr std::size_t kTables = 60;

// "documents_00" to "documents_59"
struct Names {
  std::array<std::array<char, 12>, kTables> text{};
  constexpr Names() {
    for (std::size_t i = 0; i < kTables; ++i) {
      std::size_t at = 0;
      for (const char c : std::string_view("documents_")) text[i][at++] = c;
      text[i][at++] = static_cast<char>('0' + i / 10);
      text[i][at] = static_cast<char>('0' + i % 10);
    }
  }
};
constexpr Names kNames;

template <std::size_t I>
constexpr auto TableOf() {
  using R = Row<I>;
  return cordon::TenantTable<R>(std::string_view(kNames.text[I].data(), kNames.text[I].size()))
      .template Key<&R::id>("id")
      .template Column<&R::parent_id>("parent_id")
      .template Column<&R::document_number>("document_number")
      .template Column<&R::description>("description")
      .template Column<&R::remark>("remark")
      .template Column<&R::unit_price>("unit_price")
      .template Column<&R::discount>("discount")
      .template Column<&R::quantity>("quantity")
      .template Column<&R::is_closed>("is_closed")
      .template Column<&R::created_at>("created_at")
      .template Column<&R::closed_at>("closed_at")
      .template Column<&R::currency_code>("currency_code");
}

template <std::size_t... I>
constexpr auto SchemaOf(std::index_sequence<I...>) {
  return cordon::Schema{TableOf<I>()...};
}

struct Large {
  static constexpr auto kSchema = SchemaOf(std::make_index_sequence<kTables>());
};

// Macros, because the text is to be a literal like any host's.
// clang-format off
#define JOIN(n, parent) " JOIN documents_" #n " d" #n " ON d" #n ".id = d" #parent ".parent_id\n"
#define FILTER(n)                                                                                 \
  " AND (d" #n ".currency_code IN ('EUR', 'CHF', 'USD') OR d" #n ".remark IS NULL)\n"             \
  " AND d" #n ".unit_price * d" #n ".quantity * (1 - d" #n ".discount) BETWEEN 0.01 AND ?\n"      \
  " AND NOT (d" #n ".is_closed AND d" #n ".description LIKE '%cancelled%')\n"                     \
  " AND coalesce(d" #n ".remark, d" #n ".document_number) <> 'for internal use only'\n"               \
  " AND EXISTS (SELECT 1 FROM documents_59 e WHERE e.parent_id = d" #n ".id AND e.quantity > 0)\n"
#define STATEMENT                                                                                 \
  "WITH totals AS (SELECT parent_id, SUM(unit_price * quantity) AS total FROM documents_58\n"     \
  "                GROUP BY parent_id HAVING COUNT(*) > 1)\n"                                     \
  "SELECT d49.id, d49.document_number, MIN(d50.created_at), SUM(d51.quantity), MAX(t.total)\n"    \
  "FROM documents_49 d49\n"                                                                       \
  JOIN(50, 49) JOIN(51, 50) JOIN(52, 51) JOIN(53, 52)                                             \
  JOIN(54, 53) JOIN(55, 54) JOIN(56, 55) JOIN(57, 56)                                             \
  " LEFT JOIN totals t ON t.parent_id = d49.id\n"                                                 \
  "WHERE d49.id > ?\n"                                                                            \
  FILTER(49) FILTER(50) FILTER(51) FILTER(52) FILTER(53) FILTER(54) FILTER(55) FILTER(56)         \
  FILTER(57)                                                                                      \
  "GROUP BY d49.id ORDER BY d49.document_number LIMIT 100"
// clang-format on

using namespace cordon::literals;
using Money = cordon::Decimal<6>;
using Summary = std::tuple<std::int64_t, std::string, std::optional<cordon::Timestamp>,
                           std::optional<std::int64_t>, std::optional<cordon::Decimal<4>>>;

[[maybe_unused]] absl::Status Report(cordon::Session<Large>& tenant, Money limit) {
  static_assert(sizeof(STATEMENT) >= 4096);
  return tenant
      .All(cordon::as<Summary>, STATEMENT ""_sql, 7, limit, limit, limit, limit, limit, limit,
           limit, limit, limit)
      .status();
}

static_assert(
    cordon::CheckSql<Large>("SELECT id FROM documents_59 WHERE tenant_id = 1").position() == 34);

}  // namespace
