// SPDX-License-Identifier: Apache-2.0
//
// A wholesaler's day, modelled on TPC-C: its five transactions in its mix (new order 45 %, payment
// 43 %, order status, delivery and stock level 4 % each). The owner of a warehouse is a tenant; the
// items are everybody's. Both sides draw the same decisions from the same numbers.
#ifndef CORDON_BENCHMARKS_WHOLESALE_H_
#define CORDON_BENCHMARKS_WHOLESALE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "cordon/cordon.h"

namespace cordon::bench {

using Money = Decimal<2>;
using Rate = Decimal<4>;

struct Warehouse {
  std::int64_t id = 0;
  std::string name;
  Rate tax;
  Money ytd;
};
struct District {
  std::int64_t id = 0;
  std::string name;
  Rate tax;
  Money ytd;
  std::int64_t next_order = 0;
};
struct Customer {
  std::int64_t district = 0;
  std::int64_t id = 0;
  std::string last_name;
  std::string credit;
  Rate discount;
  Money balance;
  Money ytd_payment;
  std::int64_t payments = 0;
};
struct History {
  std::int64_t id = 0;
  std::int64_t district = 0;
  std::int64_t customer = 0;
  Money amount;
  Timestamp paid_at;
};
struct Order {
  std::int64_t district = 0;
  std::int64_t id = 0;
  std::int64_t customer = 0;
  Timestamp entered_at;
  std::optional<std::int64_t> carrier;
  std::int64_t line_count = 0;
};
struct NewOrder {
  std::int64_t district = 0;
  std::int64_t order_id = 0;
};
struct OrderLine {
  std::int64_t district = 0;
  std::int64_t order_id = 0;
  std::int64_t number = 0;
  std::int64_t item = 0;
  std::int64_t quantity = 0;
  Money amount;
  std::optional<Timestamp> delivered_at;
};
struct Item {
  std::int64_t id = 0;
  std::string name;
  Money price;
};
struct Stock {
  std::int64_t item = 0;
  std::int64_t quantity = 0;
  std::int64_t ytd = 0;
  std::int64_t order_count = 0;
};

struct Wholesale {
  static constexpr auto kSchema = Schema{TenantTable<Warehouse>("warehouses")
                                             .Key<&Warehouse::id>("id")
                                             .Column<&Warehouse::name>("name")
                                             .Column<&Warehouse::tax>("tax")
                                             .Column<&Warehouse::ytd>("ytd"),
                                         TenantTable<District>("districts")
                                             .Key<&District::id>("id")
                                             .Column<&District::name>("name")
                                             .Column<&District::tax>("tax")
                                             .Column<&District::ytd>("ytd")
                                             .Column<&District::next_order>("next_order"),
                                         TenantTable<Customer>("customers")
                                             .Key<&Customer::district>("district")
                                             .Key<&Customer::id>("id")
                                             .Column<&Customer::last_name>("last_name")
                                             .Column<&Customer::credit>("credit")
                                             .Column<&Customer::discount>("discount")
                                             .Column<&Customer::balance>("balance")
                                             .Column<&Customer::ytd_payment>("ytd_payment")
                                             .Column<&Customer::payments>("payments")
                                             .Index<&Customer::district, &Customer::last_name>(),
                                         TenantTable<History>("history")
                                             .Key<&History::id>("id")
                                             .Column<&History::district>("district")
                                             .Column<&History::customer>("customer")
                                             .Column<&History::amount>("amount")
                                             .Column<&History::paid_at>("paid_at"),
                                         TenantTable<Order>("orders")
                                             .Key<&Order::district>("district")
                                             .Key<&Order::id>("id")
                                             .Column<&Order::customer>("customer")
                                             .Column<&Order::entered_at>("entered_at")
                                             .Column<&Order::carrier>("carrier")
                                             .Column<&Order::line_count>("line_count")
                                             .Index<&Order::district, &Order::customer>(),
                                         TenantTable<NewOrder>("new_orders")
                                             .Key<&NewOrder::district>("district")
                                             .Key<&NewOrder::order_id>("order_id"),
                                         TenantTable<OrderLine>("order_lines")
                                             .Key<&OrderLine::district>("district")
                                             .Key<&OrderLine::order_id>("order_id")
                                             .Key<&OrderLine::number>("number")
                                             .Column<&OrderLine::item>("item")
                                             .Column<&OrderLine::quantity>("quantity")
                                             .Column<&OrderLine::amount>("amount")
                                             .Column<&OrderLine::delivered_at>("delivered_at"),
                                         GlobalTable<Item>("items")
                                             .Key<&Item::id>("id")
                                             .Column<&Item::name>("name")
                                             .Column<&Item::price>("price"),
                                         TenantTable<Stock>("stock")
                                             .Key<&Stock::item>("item")
                                             .Column<&Stock::quantity>("quantity")
                                             .Column<&Stock::ytd>("ytd")
                                             .Column<&Stock::order_count>("order_count")};
};

inline constexpr std::int64_t kItems = 1000;
inline constexpr std::int64_t kDistricts = 10;
inline constexpr std::int64_t kCustomers = 30;  // of a district
inline constexpr std::int64_t kOrders = 20;     // of a district, at the start
inline constexpr std::int64_t kNames = 10;      // last names of a district's customers

inline std::string LastName(std::int64_t number) { return "Name" + std::to_string(number); }

// The numbers behind the decisions: splitmix64, https://prng.di.unimi.it/splitmix64.c
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::int64_t Below(std::int64_t end) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return static_cast<std::int64_t>((z ^ (z >> 31U)) % static_cast<std::uint64_t>(end));
  }

 private:
  std::uint64_t state_;
};

// What one transaction is asked to do.
struct Task {
  enum Kind : std::uint8_t { kNewOrder, kPayment, kOrderStatus, kDelivery, kStockLevel };
  struct Line {
    std::int64_t item = 0;
    std::int64_t quantity = 0;
  };

  Kind kind = kNewOrder;
  std::int64_t tenant = 0;  // which of the driven ones
  std::int64_t district = 0;
  std::int64_t customer = 0;
  std::string last_name;  // a payment goes by it in 60 of 100 cases; empty in the others
  std::int64_t amount = 0;
  std::int64_t id = 0;  // unique in the process
  Timestamp now;
  std::int64_t line_count = 0;
  std::array<Line, 15> lines{};

  static Task Draw(Dice& dice, std::int64_t tenants) {
    static std::int64_t drawn = 0;
    Task task;
    const std::int64_t card = dice.Below(100);
    task.kind = card < 45   ? kNewOrder
                : card < 88 ? kPayment
                : card < 92 ? kOrderStatus
                : card < 96 ? kDelivery
                            : kStockLevel;
    task.tenant = dice.Below(tenants);
    task.district = dice.Below(kDistricts);
    task.customer = dice.Below(kCustomers);
    if (dice.Below(100) < 60) task.last_name = LastName(dice.Below(kNames));
    task.amount = 100 + dice.Below(500'000);
    task.id = ++drawn;
    task.now = Timestamp(std::chrono::seconds(1'700'000'000 + drawn));
    task.line_count = 5 + dice.Below(11);
    // Different items: a step that is prime to their number.
    const std::int64_t first = dice.Below(kItems);
    for (std::int64_t n = 0; n < task.line_count; ++n) {
      task.lines[static_cast<std::size_t>(n)] = {(first + n * 37) % kItems, 1 + dice.Below(10)};
    }
    return task;
  }
};

}  // namespace cordon::bench

#endif  // CORDON_BENCHMARKS_WHOLESALE_H_
