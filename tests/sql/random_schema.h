// SPDX-License-Identifier: Apache-2.0
//
// The three tables of random SQL: for a Platform, and as the generator knows them.
#ifndef CORDON_TESTS_SQL_RANDOM_SCHEMA_H_
#define CORDON_TESTS_SQL_RANDOM_SCHEMA_H_

#include <cstdint>
#include <optional>
#include <random>
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

// Rows of one of them, the same for the same seed. `mark` begins every text that is no code.
inline std::vector<Row> TradeRows(std::size_t table, std::uint64_t seed, const std::string& mark) {
  std::mt19937_64 random(seed * 8 + table);
  const auto upto = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  const auto maybe = [&](Value value) { return upto(4) == 0 ? Value::Null() : value; };
  const auto word = [&] {
    static constexpr const char* kWords[] = {"ab", "Ab", "b", "", "a%", "ba_", "12", "x y"};
    return Value::Text(mark + kWords[upto(8)]);
  };
  std::vector<Row> rows;
  if (table == 0) {
    for (int i = 0; i < 6; ++i) {
      rows.push_back({Value::Integer(i), maybe(Value::Integer(upto(6) - 2)), word(), maybe(word()),
                      Value::Integer((upto(40) - 8) * 25), Value::Integer(upto(2)),
                      maybe(Value::Integer(1'767'225'600'000'000 + upto(5) * 86'400'000'000))});
    }
  } else if (table == 1) {
    for (int i = 0; i < 8; ++i) {
      rows.push_back({Value::Integer(i % 4), Value::Integer(i / 4), maybe(word()),
                      maybe(Value::Integer(upto(5))), maybe(Value::Integer(upto(60) * 625))});
    }
  } else {
    rows = {{Value::Text("ab"), Value::Integer(1)},
            {Value::Text("b"), Value::Integer(12)},
            {Value::Text("12"), Value::Integer(0)}};
  }
  return rows;
}

}  // namespace cordon_test

#endif  // CORDON_TESTS_SQL_RANDOM_SCHEMA_H_
