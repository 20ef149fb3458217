// SPDX-License-Identifier: Apache-2.0
//
// A mix of transactions over many tenants, beside the same by hand on the same file; and Cordon
// against itself: as many rows in one file, of a thousand tenants and of a hundred thousand. All
// write checks are on.
//
// The tenants whose transactions run are made and filled through Cordon, alike in every file. The
// others are only there: they come by plain SQL, with random ids, in seconds.
#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "compare.h"
#include "wholesale.h"
#include "world.h"

namespace cordon::bench {
namespace {

using namespace cordon::literals;
using Session = cordon::Session<Wholesale>;

constexpr std::int64_t kDriven = 50;
constexpr std::int64_t kOtherRows = 2'000'000;  // of all tenants that are only there

// ---- a file ------------------------------------------------------------------------------------

class World {
 public:
  // One file for each number of tenants, made when it is first asked for.
  static World& Of(std::int64_t tenants) {
    static std::map<std::int64_t, std::unique_ptr<World>> worlds;
    std::unique_ptr<World>& world = worlds[tenants];
    if (world == nullptr) world.reset(new World(tenants));
    return *world;
  }
  const Session& session(std::int64_t driven) const {
    return sessions_[static_cast<std::size_t>(driven)];
  }
  const Handle& handle() const { return *handle_; }

 private:
  explicit World(std::int64_t tenants) {
    const std::string path = scratch_.File("wholesale.db");
    platform_ = Must(Platform<Wholesale>::Open({.path = path}));
    Must(platform_->WriteGlobals(GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
      for (std::int64_t i = 0; i < kItems; ++i) {
        Must(tx.Insert(Item{i, "Item " + std::to_string(i), Money::FromUnits(100 + i)}));
      }
      return absl::OkStatus();
    }));
    handle_ = std::make_unique<Handle>(path);
    // A smoke run needs no crowd.
    AddOthers((tenants - kDriven) / (smoke ? 100 : 1), kOtherRows / (smoke ? 100 : 1));
    for (std::int64_t t = 0; t < kDriven; ++t) {
      sessions_.push_back(OpenTenant(*platform_));
      Must(sessions_.back().Transaction([](auto& tx) -> absl::Status { return Fill(tx); }));
    }
    handle_->Run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  static absl::Status Fill(auto& tx) {
    Must(tx.Insert(Warehouse{1, "Main", Rate::FromUnits(800), {}}));
    for (std::int64_t i = 0; i < kItems; ++i) Must(tx.Insert(Stock{i, 50, 0, 0}));
    for (std::int64_t d = 0; d < kDistricts; ++d) {
      Must(tx.Insert(District{d, "District", Rate::FromUnits(500), {}, kOrders}));
      for (std::int64_t c = 0; c < kCustomers; ++c) {
        Must(
            tx.Insert(Customer{d, c, LastName(c % kNames), "GC", Rate::FromUnits(100), {}, {}, 0}));
      }
      for (std::int64_t o = 0; o < kOrders; ++o) {
        const bool open = o >= kOrders / 2;
        Must(tx.Insert(Order{d, o, o % kCustomers, Timestamp(std::chrono::seconds(o)),
                             open ? std::nullopt : std::optional<std::int64_t>(1), 5}));
        if (open) Must(tx.Insert(NewOrder{d, o}));
        for (std::int64_t n = 0; n < 5; ++n) {
          Must(tx.Insert(OrderLine{d, o, n, (o * 5 + n) % kItems, 5, Money::FromUnits(500), {}}));
        }
      }
    }
    return absl::OkStatus();
  }

  // `rows` rows for `count` tenants: members of the directory, and customers, stock and lines.
  void AddOthers(std::int64_t count, std::int64_t rows) {
    Dice dice(1);
    std::set<TenantId::Bytes> ids;  // in the order of the tables' keys, to append
    while (static_cast<std::int64_t>(ids.size()) < count) {
      TenantId::Bytes id{};
      for (std::byte& byte : id) byte = static_cast<std::byte>(dice.Below(256));
      ids.insert(id);
    }
    Prepared tenant(*handle_,
                    "INSERT INTO cordon_tenants(id, name, state, created_us, kind, brand, locale, "
                    "closed, changed) VALUES (?, 'other', 1, 0, 4, '', '', 1, 1)");
    Prepared customer(*handle_,
                      "INSERT INTO customers VALUES (?, ?, ?, 'Name', 'GC', 100, 0, 0, 0)");
    Prepared stock(*handle_, "INSERT INTO stock VALUES (?, ?, 50, 0, 0)");
    Prepared line(*handle_, "INSERT INTO order_lines VALUES (?, ?, ?, ?, ?, 5, 500, NULL)");
    const std::int64_t each = rows / std::max<std::int64_t>(count, 1) / 4;
    handle_->Run("BEGIN IMMEDIATE");
    for (const TenantId::Bytes& bytes : ids) {
      const TenantId id = Must(TenantId::FromBytes(bytes));
      tenant.Run(id);
      for (std::int64_t i = 0; i < each; ++i) {
        customer.Run(id, i % kDistricts, i);
        stock.Run(id, i);
        line.Run(id, i % kDistricts, i, std::int64_t{0}, i % kItems);
        line.Run(id, i % kDistricts, i, std::int64_t{1}, (i + 1) % kItems);
      }
    }
    handle_->Run("COMMIT");
  }

  Scratch scratch_;
  std::unique_ptr<Platform<Wholesale>> platform_;
  std::vector<Session> sessions_;
  std::unique_ptr<Handle> handle_;
};

// ---- through Cordon
// ------------------------------------------------------------------------------

#define TRY(status) \
  if (absl::Status tried = (status); !tried.ok()) return tried

// One transaction of each kind, for the tenant at hand.
class Scoped {
 public:
  explicit Scoped(const World& world) : world_(world) {}

  absl::Status Run(const Task& task) const {
    const Session& tenant = world_.session(task.tenant);
    switch (task.kind) {
      case Task::kNewOrder:
        return tenant.Transaction([&](auto& tx) -> absl::Status { return New(tx, task); });
      case Task::kPayment:
        return tenant.Transaction([&](auto& tx) -> absl::Status { return Pay(tx, task); });
      case Task::kOrderStatus:
        return tenant.Read([&](auto& tx) -> absl::Status { return Status(tx, task); });
      case Task::kDelivery:
        return tenant.Transaction([&](auto& tx) -> absl::Status { return Deliver(tx, task); });
      case Task::kStockLevel:
        return tenant.Read([&](auto& tx) -> absl::Status { return Level(tx, task); });
    }
    return absl::OkStatus();
  }

 private:
  static absl::Status New(auto& tx, const Task& task) {
    auto warehouse = tx.One(as<Rate>, "SELECT tax FROM warehouses WHERE id = 1"_sql);
    TRY(warehouse.status());
    auto customer = tx.One(
        as<std::tuple<Rate, std::string, std::string>>,
        "SELECT discount, last_name, credit FROM customers WHERE district = ? AND id = ?"_sql,
        task.district, task.customer);
    TRY(customer.status());
    auto district = tx.One(as<std::tuple<Rate, std::int64_t>>,
                           "SELECT tax, next_order FROM districts WHERE id = ?"_sql, task.district);
    TRY(district.status());
    const std::int64_t order = std::get<1>(district->Plain());
    TRY(tx.Execute("UPDATE districts SET next_order = ? WHERE id = ?"_sql, order + 1, task.district)
            .status());
    TRY(tx.Insert(Order{task.district, order, task.customer, task.now, {}, task.line_count}));
    TRY(tx.Insert(NewOrder{task.district, order}));
    for (std::int64_t n = 0; n < task.line_count; ++n) {
      const Task::Line& line = task.lines[static_cast<std::size_t>(n)];
      auto price = tx.One(as<Money>, "SELECT price FROM items WHERE id = ?"_sql, line.item);
      TRY(price.status());
      auto left =
          tx.One(as<std::int64_t>, "SELECT quantity FROM stock WHERE item = ?"_sql, line.item);
      TRY(left.status());
      TRY(tx.Execute("UPDATE stock SET quantity = ?, ytd = ytd + ?, order_count = order_count + 1 "
                     "WHERE item = ?"_sql,
                     Restocked(left->Plain(), line.quantity), line.quantity, line.item)
              .status());
      TRY(tx.Insert(OrderLine{task.district,
                              order,
                              n,
                              line.item,
                              line.quantity,
                              Money::FromUnits(price->Plain().units() * line.quantity),
                              {}}));
    }
    return absl::OkStatus();
  }

  static absl::StatusOr<std::int64_t> CustomerOf(auto& tx, const Task& task) {
    if (task.last_name.empty()) return task.customer;
    auto found = tx.All(as<std::int64_t>,
                        "SELECT id FROM customers WHERE district = ? AND last_name = ? "
                        "ORDER BY id"_sql,
                        task.district, task.last_name);
    if (!found.ok()) return found.status();
    return (*found)[found->size() / 2].Plain();
  }

  static absl::Status Pay(auto& tx, const Task& task) {
    const Money amount = Money::FromUnits(task.amount);
    TRY(tx.Execute("UPDATE warehouses SET ytd = ytd + ? WHERE id = 1"_sql, amount).status());
    TRY(tx.Execute("UPDATE districts SET ytd = ytd + ? WHERE id = ?"_sql, amount, task.district)
            .status());
    auto customer = CustomerOf(tx, task);
    TRY(customer.status());
    TRY(tx.Execute("UPDATE customers SET balance = balance - ?, ytd_payment = ytd_payment + ?, "
                   "payments = payments + 1 WHERE district = ? AND id = ?"_sql,
                   amount, amount, task.district, *customer)
            .status());
    return tx.Insert(History{task.id, task.district, *customer, amount, task.now});
  }

  static absl::Status Status(auto& tx, const Task& task) {
    auto customer = CustomerOf(tx, task);
    TRY(customer.status());
    auto person = tx.One(as<std::tuple<std::string, Money>>,
                         "SELECT last_name, balance FROM customers "
                         "WHERE district = ? AND id = ?"_sql,
                         task.district, *customer);
    TRY(person.status());
    auto order = tx.Optional(as<Order>,
                             "SELECT * FROM orders WHERE district = ? AND customer = ? "
                             "ORDER BY id DESC LIMIT 1"_sql,
                             task.district, *customer);
    TRY(order.status());
    if (!order->has_value()) return absl::OkStatus();
    auto lines = tx.All(as<OrderLine>,
                        "SELECT * FROM order_lines WHERE district = ? AND order_id = ? "
                        "ORDER BY number"_sql,
                        task.district, (**order)->id);
    benchmark::DoNotOptimize(lines);
    return lines.status();
  }

  static absl::Status Deliver(auto& tx, const Task& task) {
    for (std::int64_t district = 0; district < kDistricts; ++district) {
      auto oldest = tx.Optional(as<std::int64_t>,
                                "SELECT order_id FROM new_orders WHERE district = ? "
                                "ORDER BY order_id LIMIT 1"_sql,
                                district);
      TRY(oldest.status());
      if (!oldest->has_value()) continue;
      const std::int64_t order = (*oldest)->Plain();
      TRY(tx.Execute("DELETE FROM new_orders WHERE district = ? AND order_id = ?"_sql, district,
                     order)
              .status());
      auto customer =
          tx.One(as<std::int64_t>, "SELECT customer FROM orders WHERE district = ? AND id = ?"_sql,
                 district, order);
      TRY(customer.status());
      TRY(tx.Execute("UPDATE orders SET carrier = ? WHERE district = ? AND id = ?"_sql,
                     1 + task.id % 10, district, order)
              .status());
      TRY(tx.Execute("UPDATE order_lines SET delivered_at = ? "
                     "WHERE district = ? AND order_id = ?"_sql,
                     task.now, district, order)
              .status());
      auto total = tx.One(as<std::optional<Money>>,
                          "SELECT SUM(amount) FROM order_lines "
                          "WHERE district = ? AND order_id = ?"_sql,
                          district, order);
      TRY(total.status());
      TRY(tx.Execute("UPDATE customers SET balance = balance + ? WHERE district = ? AND id = ?"_sql,
                     total->Plain().value_or(Money()), district, customer->Plain())
              .status());
    }
    return absl::OkStatus();
  }

  static absl::Status Level(auto& tx, const Task& task) {
    auto next = tx.One(as<std::int64_t>, "SELECT next_order FROM districts WHERE id = ?"_sql,
                       task.district);
    TRY(next.status());
    auto low = tx.One(as<std::int64_t>,
                      "SELECT COUNT(DISTINCT l.item) FROM order_lines l "
                      "JOIN stock s ON s.item = l.item WHERE l.district = ? "
                      "AND l.order_id >= ? AND l.order_id < ? AND s.quantity < ?"_sql,
                      task.district, next->Plain() - kOrders, next->Plain(), 15);
    benchmark::DoNotOptimize(low);
    return low.status();
  }

 public:
  static std::int64_t Restocked(std::int64_t left, std::int64_t taken) {
    return left >= taken + 10 ? left - taken : left - taken + 91;
  }

 private:
  const World& world_;
};

// ---- by hand
// -------------------------------------------------------------------------------------

class Manual {
 public:
  explicit Manual(const World& world) : world_(world), on_(world.handle()) {}

  void Run(const Task& task) {
    const TenantId& tenant = world_.session(task.tenant).tenant();
    const bool reads = task.kind == Task::kOrderStatus || task.kind == Task::kStockLevel;
    (reads ? begin_read_ : begin_).RunGlobal();
    switch (task.kind) {
      case Task::kNewOrder:
        New(tenant, task);
        break;
      case Task::kPayment:
        Pay(tenant, task);
        break;
      case Task::kOrderStatus:
        Status(tenant, task);
        break;
      case Task::kDelivery:
        Deliver(tenant, task);
        break;
      case Task::kStockLevel:
        Level(tenant, task);
        break;
    }
    commit_.RunGlobal();
  }

 private:
  // The first column of the one row.
  template <class... Args>
  static std::int64_t Value(Prepared& read, const TenantId& tenant, const Args&... args) {
    read.Start(tenant, args...);
    if (!read.Step()) std::abort();
    const std::int64_t value = read.Int(0);
    read.End();
    return value;
  }

  void New(const TenantId& tenant, const Task& task) {
    benchmark::DoNotOptimize(Value(tax_, tenant));
    customer_.Start(tenant, task.district, task.customer);
    if (!customer_.Step()) std::abort();
    std::tuple<Rate, std::string, std::string> customer(Rate::FromUnits(customer_.Int(0)),
                                                        customer_.Text(1), customer_.Text(2));
    customer_.End();
    benchmark::DoNotOptimize(customer);
    district_.Start(tenant, task.district);
    if (!district_.Step()) std::abort();
    const std::int64_t order = district_.Int(1);
    district_.End();
    set_next_.Run(tenant, order + 1, task.district);
    add_order_.Run(tenant, task.district, order, task.customer, task.now,
                   std::optional<std::int64_t>(), task.line_count);
    add_new_order_.Run(tenant, task.district, order);
    for (std::int64_t n = 0; n < task.line_count; ++n) {
      const Task::Line& line = task.lines[static_cast<std::size_t>(n)];
      price_.StartGlobal(line.item);
      if (!price_.Step()) std::abort();
      const std::int64_t price = price_.Int(0);
      price_.End();
      const std::int64_t left = Value(left_, tenant, line.item);
      take_.Run(tenant, Scoped::Restocked(left, line.quantity), line.quantity, line.item);
      add_line_.Run(tenant, task.district, order, n, line.item, line.quantity,
                    price * line.quantity, std::optional<Timestamp>());
    }
  }

  std::int64_t CustomerOf(const TenantId& tenant, const Task& task) {
    if (task.last_name.empty()) return task.customer;
    std::vector<std::int64_t> found;
    by_name_.Start(tenant, task.district, std::string_view(task.last_name));
    while (by_name_.Step()) found.push_back(by_name_.Int(0));
    by_name_.End();
    return found[found.size() / 2];
  }

  void Pay(const TenantId& tenant, const Task& task) {
    pay_warehouse_.Run(tenant, task.amount);
    pay_district_.Run(tenant, task.amount, task.district);
    const std::int64_t customer = CustomerOf(tenant, task);
    pay_customer_.Run(tenant, task.amount, task.district, customer);
    add_history_.Run(tenant, task.id, task.district, customer, task.amount, task.now);
  }

  void Status(const TenantId& tenant, const Task& task) {
    const std::int64_t customer = CustomerOf(tenant, task);
    person_.Start(tenant, task.district, customer);
    if (!person_.Step()) std::abort();
    std::tuple<std::string, Money> person(person_.Text(0), Money::FromUnits(person_.Int(1)));
    person_.End();
    benchmark::DoNotOptimize(person);
    last_order_.Start(tenant, task.district, customer);
    std::optional<Order> order;
    if (last_order_.Step()) {
      order = Order{last_order_.Int(0),
                    last_order_.Int(1),
                    last_order_.Int(2),
                    Timestamp(std::chrono::microseconds(last_order_.Int(3))),
                    {},
                    last_order_.Int(5)};
      if (!last_order_.Null(4)) order->carrier = last_order_.Int(4);
    }
    last_order_.End();
    if (!order.has_value()) return;
    std::vector<OrderLine> lines;
    lines_.Start(tenant, task.district, order->id);
    while (lines_.Step()) {
      lines.push_back({lines_.Int(0),
                       lines_.Int(1),
                       lines_.Int(2),
                       lines_.Int(3),
                       lines_.Int(4),
                       Money::FromUnits(lines_.Int(5)),
                       {}});
      if (!lines_.Null(6)) {
        lines.back().delivered_at = Timestamp(std::chrono::microseconds(lines_.Int(6)));
      }
    }
    lines_.End();
    benchmark::DoNotOptimize(lines);
  }

  void Deliver(const TenantId& tenant, const Task& task) {
    for (std::int64_t district = 0; district < kDistricts; ++district) {
      oldest_.Start(tenant, district);
      const bool there = oldest_.Step();
      const std::int64_t order = there ? oldest_.Int(0) : 0;
      oldest_.End();
      if (!there) continue;
      remove_new_order_.Run(tenant, district, order);
      const std::int64_t customer = Value(ordered_by_, tenant, district, order);
      set_carrier_.Run(tenant, 1 + task.id % 10, district, order);
      set_delivered_.Run(tenant, task.now, district, order);
      const std::int64_t total = Value(total_, tenant, district, order);
      credit_.Run(tenant, total, district, customer);
    }
  }

  void Level(const TenantId& tenant, const Task& task) {
    const std::int64_t next = Value(next_order_, tenant, task.district);
    benchmark::DoNotOptimize(
        Value(low_, tenant, task.district, next - kOrders, next, std::int64_t{15}));
  }

  const World& world_;
  const Handle& on_;
  Prepared begin_{on_, "BEGIN IMMEDIATE"};
  Prepared begin_read_{on_, "BEGIN"};
  Prepared commit_{on_, "COMMIT"};
  Prepared tax_{on_, "SELECT tax FROM warehouses WHERE tenant_id = ? AND id = 1"};
  Prepared customer_{on_,
                     "SELECT discount, last_name, credit FROM customers "
                     "WHERE tenant_id = ? AND district = ? AND id = ?"};
  Prepared district_{on_, "SELECT tax, next_order FROM districts WHERE tenant_id = ? AND id = ?"};
  Prepared set_next_{on_, "UPDATE districts SET next_order = ?2 WHERE tenant_id = ?1 AND id = ?3"};
  Prepared add_order_{on_, "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)"};
  Prepared add_new_order_{on_, "INSERT INTO new_orders VALUES (?, ?, ?)"};
  Prepared price_{on_, "SELECT price FROM items WHERE id = ?"};
  Prepared left_{on_, "SELECT quantity FROM stock WHERE tenant_id = ? AND item = ?"};
  Prepared take_{on_,
                 "UPDATE stock SET quantity = ?2, ytd = ytd + ?3, order_count = order_count + 1 "
                 "WHERE tenant_id = ?1 AND item = ?4"};
  Prepared add_line_{on_, "INSERT INTO order_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?)"};
  Prepared by_name_{on_,
                    "SELECT id FROM customers WHERE tenant_id = ? AND district = ? "
                    "AND last_name = ? ORDER BY id"};
  Prepared pay_warehouse_{on_,
                          "UPDATE warehouses SET ytd = ytd + ?2 WHERE tenant_id = ?1 AND id = 1"};
  Prepared pay_district_{on_,
                         "UPDATE districts SET ytd = ytd + ?2 WHERE tenant_id = ?1 AND id = ?3"};
  Prepared pay_customer_{on_,
                         "UPDATE customers SET balance = balance - ?2, ytd_payment = ytd_payment "
                         "+ ?2, payments = payments + 1 "
                         "WHERE tenant_id = ?1 AND district = ?3 AND id = ?4"};
  Prepared add_history_{on_, "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?)"};
  Prepared person_{on_,
                   "SELECT last_name, balance FROM customers "
                   "WHERE tenant_id = ? AND district = ? AND id = ?"};
  Prepared last_order_{on_,
                       "SELECT district, id, customer, entered_at, carrier, line_count FROM orders "
                       "WHERE tenant_id = ? AND district = ? AND customer = ? "
                       "ORDER BY id DESC LIMIT 1"};
  Prepared lines_{on_,
                  "SELECT district, order_id, number, item, quantity, amount, delivered_at "
                  "FROM order_lines WHERE tenant_id = ? AND district = ? AND order_id = ? "
                  "ORDER BY number"};
  Prepared oldest_{on_,
                   "SELECT order_id FROM new_orders WHERE tenant_id = ? AND district = ? "
                   "ORDER BY order_id LIMIT 1"};
  Prepared remove_new_order_{
      on_, "DELETE FROM new_orders WHERE tenant_id = ? AND district = ? AND order_id = ?"};
  Prepared ordered_by_{
      on_, "SELECT customer FROM orders WHERE tenant_id = ? AND district = ? AND id = ?"};
  Prepared set_carrier_{
      on_, "UPDATE orders SET carrier = ?2 WHERE tenant_id = ?1 AND district = ?3 AND id = ?4"};
  Prepared set_delivered_{on_,
                          "UPDATE order_lines SET delivered_at = ?2 "
                          "WHERE tenant_id = ?1 AND district = ?3 AND order_id = ?4"};
  Prepared total_{on_,
                  "SELECT SUM(amount) FROM order_lines "
                  "WHERE tenant_id = ? AND district = ? AND order_id = ?"};
  Prepared credit_{on_,
                   "UPDATE customers SET balance = balance + ?2 "
                   "WHERE tenant_id = ?1 AND district = ?3 AND id = ?4"};
  Prepared next_order_{on_, "SELECT next_order FROM districts WHERE tenant_id = ? AND id = ?"};
  Prepared low_{on_,
                "SELECT COUNT(DISTINCT l.item) FROM order_lines l JOIN stock s "
                "ON s.tenant_id = l.tenant_id AND s.item = l.item WHERE l.tenant_id = ? "
                "AND l.district = ? AND l.order_id >= ? AND l.order_id < ? AND s.quantity < ?"};
};

// ---- measured
// -------------------------------------------------------------------------------------

template <std::int64_t kTenants>
void WithCordon(benchmark::State& state) {
  const Scoped scoped(World::Of(kTenants));
  Dice dice(7);
  for (auto _ : state) {
    if (absl::Status done = scoped.Run(Task::Draw(dice, kDriven)); !done.ok()) {
      state.SkipWithError(done.ToString().c_str());
    }
  }
}

template <std::int64_t kTenants>
void ByHand(benchmark::State& state) {
  Manual manual(World::Of(kTenants));
  Dice dice(7);
  for (auto _ : state) manual.Run(Task::Draw(dice, kDriven));
}

BENCHMARK(WithCordon<100>)->Name("data.wholesale.tenants_100.vs_handwritten/cordon");
BENCHMARK(ByHand<100>)->Name("data.wholesale.tenants_100.vs_handwritten/baseline");
BENCHMARK(WithCordon<100'000>)->Name("data.wholesale.tenants_100k.vs_handwritten/cordon");
BENCHMARK(ByHand<100'000>)->Name("data.wholesale.tenants_100k.vs_handwritten/baseline");
BENCHMARK(WithCordon<100'000>)->Name("data.tenants_100k.vs_1k/cordon");
BENCHMARK(WithCordon<1'000>)->Name("data.tenants_100k.vs_1k/baseline");

}  // namespace
}  // namespace cordon::bench

int main(int argc, char** argv) { return cordon::bench::Main(argc, argv); }
