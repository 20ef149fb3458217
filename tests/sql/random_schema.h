// SPDX-License-Identifier: Apache-2.0
//
// The three tables of random SQL: for a Platform, and as the generator knows them.
#ifndef CORDON_TESTS_SQL_RANDOM_SCHEMA_H_
#define CORDON_TESTS_SQL_RANDOM_SCHEMA_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cordon/data/decimal.h"
#include "cordon/data/schema.h"
#include "cordon/data/types.h"
#include "sql/harness.h"

namespace cordon_test {

struct Order {
  std::int64_t id = 0;
  std::optional<std::int64_t> n;
  std::string name;
  std::optional<std::string> note;
  cordon::Decimal<2> net;
  bool open = false;
  std::optional<cordon::Timestamp> due;
};
struct Line {
  std::int64_t order_id = 0;
  std::int64_t line = 0;
  std::optional<std::string> sku;
  std::optional<std::int64_t> qty;
  std::optional<cordon::Decimal<4>> price;
};
struct Unit {
  std::string code;
  std::int64_t size = 0;
};
struct Trade {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Order>("orders")
          .Key<&Order::id>("id")
          .Column<&Order::n>("n")
          .Column<&Order::name>("name")
          .Column<&Order::note>("note")
          .Column<&Order::net>("net")
          .Column<&Order::open>("open")
          .Column<&Order::due>("due")
          .Index<&Order::n>()
          .Index<&Order::name, &Order::net>(),
      cordon::TenantTable<Line>("lines")
          .Key<&Line::order_id>("order_id")
          .Key<&Line::line>("line")
          .Column<&Line::sku>("sku")
          .Column<&Line::qty>("qty")
          .Column<&Line::price>("price")
          .Index<&Line::sku>(),
      cordon::GlobalTable<Unit>("units").Key<&Unit::code>("code").Column<&Unit::size>("size")};
};
inline const std::vector<RuntimeSchema::Table>& TradeTables() {
  static const std::vector<RuntimeSchema::Table> kTables = TablesOf(Trade::kSchema.view(), 3);
  return kTables;
}

}  // namespace cordon_test

#endif  // CORDON_TESTS_SQL_RANDOM_SCHEMA_H_
