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
  static const std::vector<RuntimeSchema::Table> kTables = [] {
    const SchemaView view = Trade::kSchema.view();
    std::vector<RuntimeSchema::Table> tables;
    for (std::size_t t = 0; t < view.table_count; ++t) {
      const cordon::internal::TableDef& definition = view.tables[t];
      RuntimeSchema::Table table;
      table.name = definition.name;
      table.kind = definition.kind;
      for (std::size_t c = 0; c < definition.column_count; ++c) {
        table.columns.push_back({std::string(view.Column(t, c).name), view.Column(t, c).type});
      }
      const auto names = [&](const cordon::internal::ColumnSet& set) {
        std::vector<std::string> columns;
        for (std::size_t i = 0; i < set.count; ++i) {
          columns.push_back(table.columns[set.columns[i]].name);
        }
        return columns;
      };
      table.key = names(definition.key);
      for (std::size_t i = 0; i < definition.index_count; ++i) {
        table.indexes.push_back(names(definition.indexes[i]));
      }
      tables.push_back(std::move(table));
    }
    return tables;
  }();
  return kTables;
}

}  // namespace cordon_test

#endif  // CORDON_TESTS_SQL_RANDOM_SCHEMA_H_
