// SPDX-License-Identifier: Apache-2.0
//
// What reading and writing many rows costs, beside the same by hand: same file, same tables, same
// SQL with WHERE tenant_id = ?, prepared statements. "_tx" is inside a transaction that is open
// already; without it, a transaction of its own is part of the price on both sides.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "compare.h"
#include "world.h"

namespace {

using cordon::as;
using cordon::bench::Handle;
using cordon::bench::Must;
using cordon::bench::Prepared;
using namespace cordon::literals;

using Money = cordon::Decimal<2>;

struct Product {
  std::int64_t id = 0;
  std::string name;
  Money price;
};
struct Order {
  std::int64_t id = 0;
  std::int64_t customer = 0;
  cordon::Timestamp placed;
};
struct OrderLine {
  std::int64_t order_id = 0;
  std::int64_t number = 0;
  std::int64_t product = 0;
  std::int64_t quantity = 0;
  Money price;
  std::optional<std::string> note;
};

struct Shop {
  static constexpr auto kSchema = cordon::Schema{cordon::TenantTable<Product>("products")
                                                     .Key<&Product::id>("id")
                                                     .Column<&Product::name>("name")
                                                     .Column<&Product::price>("price"),
                                                 cordon::TenantTable<Order>("orders")
                                                     .Key<&Order::id>("id")
                                                     .Column<&Order::customer>("customer")
                                                     .Column<&Order::placed>("placed")
                                                     .Index<&Order::customer>(),
                                                 cordon::TenantTable<OrderLine>("order_lines")
                                                     .Key<&OrderLine::order_id>("order_id")
                                                     .Key<&OrderLine::number>("number")
                                                     .Column<&OrderLine::product>("product")
                                                     .Column<&OrderLine::quantity>("quantity")
                                                     .Column<&OrderLine::price>("price")
                                                     .Column<&OrderLine::note>("note")
                                                     .References<&OrderLine::order_id>("orders")
                                                     .References<&OrderLine::product>("products")};
};
using Session = cordon::Session<Shop>;

constexpr std::int64_t kTenants = 20;
constexpr std::int64_t kProducts = 200;
constexpr std::int64_t kOrders = 600;
constexpr std::int64_t kLines = 8;  // of an order
constexpr std::int64_t kCustomers = 40;
constexpr std::int64_t kRange = 50;  // orders: 400 lines

class World {
 public:
  static World& Get() {
    static World world;
    return world;
  }
  Session& session() { return *session_; }
  const cordon::TenantId& tenant() { return session_->tenant(); }
  Handle& handle() { return *handle_; }

 private:
  World() {
    platform_ = Must(cordon::Platform<Shop>::Open({.path = scratch_.File("rows.db")}));
    for (std::int64_t t = 0; t < kTenants; ++t) {
      session_ = cordon::bench::OpenTenant(*platform_);
      Must(session_->Transaction([](auto& tx) -> absl::Status {
        for (std::int64_t p = 0; p < kProducts; ++p) {
          Must(tx.Insert(Product{p, "Product " + std::to_string(p), Money::FromUnits(p * 10)}));
        }
        for (std::int64_t o = 0; o < kOrders; ++o) {
          Must(tx.Insert(Order{o, o % kCustomers, cordon::Timestamp(std::chrono::seconds(o))}));
          for (std::int64_t n = 0; n < kLines; ++n) Must(tx.Insert(LineOf(o, n)));
        }
        return absl::OkStatus();
      }));
    }
    handle_ = std::make_unique<Handle>(scratch_.File("rows.db"));
  }

 public:
  static OrderLine LineOf(std::int64_t order, std::int64_t number) {
    const std::int64_t product = (order * 7 + number * 31) % kProducts;
    return {order, number, product, number + 1, Money::FromUnits(product * 10), "as agreed"};
  }

 private:
  cordon::bench::Scratch scratch_;
  std::unique_ptr<cordon::Platform<Shop>> platform_;
  std::optional<Session> session_;
  std::unique_ptr<Handle> handle_;
};

// ---- work, once for each side -------------------------------------------------------------------
//
// Each names its SQL once, except for the tenant. kWrites: it writes. kBatch: alone, it is a
// transaction of several statements.

OrderLine LineFrom(const Prepared& row) {
  OrderLine line{row.Int(0), row.Int(1), row.Int(2), row.Int(3), Money::FromUnits(row.Int(4)), {}};
  if (!row.Null(5)) line.note = row.Text(5);
  return line;
}

// 400 lines of one tenant, by a range of keys.
struct RangeRead {
  static constexpr bool kWrites = false;
  static constexpr bool kBatch = false;
  static std::int64_t From(std::int64_t i) { return i * 13 % (kOrders - kRange); }

  static absl::Status WithCordon(auto& scope, std::int64_t i) {
    auto lines = scope.All(as<OrderLine>,
                           "SELECT * FROM order_lines WHERE order_id >= ? AND order_id < ? "
                           "ORDER BY order_id, number"_sql,
                           From(i), From(i) + kRange);
    benchmark::DoNotOptimize(lines);
    return lines.status();
  }
  explicit RangeRead(const Handle& handle)
      : read(handle,
             "SELECT order_id, number, product, quantity, price, note FROM order_lines "
             "WHERE tenant_id = ? AND order_id >= ? AND order_id < ? ORDER BY order_id, number") {}
  void ByHand(const cordon::TenantId& tenant, std::int64_t i) {
    std::vector<OrderLine> lines;
    read.Start(tenant, From(i), From(i) + kRange);
    while (read.Step()) lines.push_back(LineFrom(read));
    read.End();
    benchmark::DoNotOptimize(lines);
  }
  Prepared read;
};

// 10 orders with their 80 lines and their products. (By customer, SQLite would begin with all lines
// of the tenant, on both sides.)
struct Join3 {
  static constexpr bool kWrites = false;
  static constexpr bool kBatch = false;
  using Row = std::tuple<std::int64_t, std::string, std::int64_t, Money>;
  static std::int64_t From(std::int64_t i) { return i * 13 % (kOrders - 10); }

  static absl::Status WithCordon(auto& scope, std::int64_t i) {
    auto lines = scope.All(as<Row>,
                           "SELECT o.id, p.name, l.quantity, l.price FROM orders o "
                           "JOIN order_lines l ON l.order_id = o.id "
                           "JOIN products p ON p.id = l.product "
                           "WHERE o.id >= ? AND o.id < ? ORDER BY o.id, l.number"_sql,
                           From(i), From(i) + 10);
    benchmark::DoNotOptimize(lines);
    return lines.status();
  }
  explicit Join3(const Handle& handle)
      : read(handle,
             "SELECT o.id, p.name, l.quantity, l.price FROM orders o "
             "JOIN order_lines l ON l.tenant_id = o.tenant_id AND l.order_id = o.id "
             "JOIN products p ON p.tenant_id = l.tenant_id AND p.id = l.product "
             "WHERE o.tenant_id = ? AND o.id >= ? AND o.id < ? ORDER BY o.id, l.number") {}
  void ByHand(const cordon::TenantId& tenant, std::int64_t i) {
    std::vector<Row> lines;
    read.Start(tenant, From(i), From(i) + 10);
    while (read.Step()) {
      lines.emplace_back(read.Int(0), read.Text(1), read.Int(2), Money::FromUnits(read.Int(3)));
    }
    read.End();
    benchmark::DoNotOptimize(lines);
  }
  Prepared read;
};

// The 50 lines behind a key, as one statement on both sides.
struct KeysetPage {
  static constexpr bool kWrites = false;
  static constexpr bool kBatch = false;
#define CORDON_BENCH_BEHIND "(order_id, number) > (?, ?) ORDER BY order_id, number LIMIT 50"
  static std::int64_t After(std::int64_t i) { return i * 13 % (kOrders - kRange); }

  static absl::Status WithCordon(auto& scope, std::int64_t i) {
    auto lines =
        scope.All(as<OrderLine>, "SELECT * FROM order_lines WHERE " CORDON_BENCH_BEHIND ""_sql,
                  After(i), i % kLines);
    benchmark::DoNotOptimize(lines);
    return lines.status();
  }
  explicit KeysetPage(const Handle& handle)
      : read(handle,
             "SELECT order_id, number, product, quantity, price, note FROM order_lines "
             "WHERE tenant_id = ? AND " CORDON_BENCH_BEHIND) {}
  void ByHand(const cordon::TenantId& tenant, std::int64_t i) {
    std::vector<OrderLine> lines;
    read.Start(tenant, After(i), i % kLines);
    while (read.Step()) lines.push_back(LineFrom(read));
    read.End();
    benchmark::DoNotOptimize(lines);
  }
  Prepared read;
};

// The same through ReadPage, from page to page by tokens; by hand, the last row is the place.
struct ReadPage {
  static constexpr bool kWrites = false;
  static constexpr bool kBatch = false;

  static absl::Status WithCordon(auto& scope, std::int64_t) {
    static std::string next;
    auto page =
        scope.ReadPage(as<OrderLine>, "SELECT * FROM order_lines ORDER BY order_id, number"_sql,
                       {.rows = 50, .after = next});
    if (page.ok()) next = page->next;
    benchmark::DoNotOptimize(page);
    return page.status();
  }
  explicit ReadPage(const Handle& handle)
      : read(handle,
             "SELECT order_id, number, product, quantity, price, note FROM order_lines "
             "WHERE tenant_id = ? AND " CORDON_BENCH_BEHIND) {}
#undef CORDON_BENCH_BEHIND
  void ByHand(const cordon::TenantId& tenant, std::int64_t) {
    std::vector<OrderLine> lines;
    read.Start(tenant, order, number);
    while (read.Step()) lines.push_back(LineFrom(read));
    read.End();
    order = lines.size() < 50 ? -1 : lines.back().order_id;
    number = lines.empty() ? 0 : lines.back().number;
    benchmark::DoNotOptimize(lines);
  }
  std::int64_t order = -1;
  std::int64_t number = 0;
  Prepared read;
};

// 100 lines of orders that are there; foreign keys are looked at.
struct InsertBatch {
  static constexpr bool kWrites = true;
  static constexpr bool kBatch = true;
  // New numbers in every run; the lines go when the repetition is over.
  static OrderLine New() {
    static std::int64_t made = 0;
    ++made;
    return World::LineOf(made % kOrders, kLines + made);
  }

  static absl::Status WithCordon(auto& tx, std::int64_t) {
    for (int row = 0; row < 100; ++row) {
      if (absl::Status inserted = tx.Insert(New()); !inserted.ok()) return inserted;
    }
    return absl::OkStatus();
  }
  explicit InsertBatch(const Handle& handle)
      : insert(handle,
               "INSERT INTO order_lines (tenant_id, order_id, number, product, quantity, price, "
               "note) VALUES (?, ?, ?, ?, ?, ?, ?)") {}
  void ByHand(const cordon::TenantId& tenant, std::int64_t) {
    for (int row = 0; row < 100; ++row) {
      const OrderLine line = New();
      insert.Run(tenant, line.order_id, line.number, line.product, line.quantity, line.price,
                 line.note);
    }
  }
  Prepared insert;
};

struct UpdateByKey {
  static constexpr bool kWrites = true;
  static constexpr bool kBatch = false;

  static absl::Status WithCordon(auto& scope, std::int64_t i) {
    return scope
        .Execute(
            "UPDATE order_lines SET quantity = ?, note = ? WHERE order_id = ? AND number = ?"_sql,
            i, "changed", i * 13 % kOrders, i % kLines)
        .status();
  }
  explicit UpdateByKey(const Handle& handle)
      : update(handle,
               "UPDATE order_lines SET quantity = ?2, note = ?3 "
               "WHERE tenant_id = ?1 AND order_id = ?4 AND number = ?5") {}
  void ByHand(const cordon::TenantId& tenant, std::int64_t i) {
    update.Run(tenant, i, std::string_view("changed"), i * 13 % kOrders, i % kLines);
  }
  Prepared update;
};

// ---- the four ways to run it --------------------------------------------------------------------

void CleanUp(bool wrote) {
  if (wrote) World::Get().handle().Run("DELETE FROM order_lines WHERE number >= 8");
}

template <class Work>
void Cordon(benchmark::State& state) {
  const Session& session = World::Get().session();
  std::int64_t i = 0;
  for (auto _ : state) {
    absl::Status done;
    if constexpr (Work::kBatch) {
      done = session.Transaction([&](auto& tx) -> absl::Status { return Work::WithCordon(tx, i); });
    } else {
      done = Work::WithCordon(session, i);
    }
    ++i;
    if (!done.ok()) state.SkipWithError(done.ToString().c_str());
  }
  CleanUp(Work::kWrites);
}

template <class Work>
void CordonTx(benchmark::State& state) {
  const Session& session = World::Get().session();
  const auto body = [&](auto& tx) -> absl::Status {
    std::int64_t i = 0;
    for (auto _ : state) {
      if (absl::Status done = Work::WithCordon(tx, i++); !done.ok()) return done;
    }
    return absl::OkStatus();
  };
  absl::Status done;
  if constexpr (Work::kWrites) {
    done = session.Transaction(body);
  } else {
    done = session.Read(body);
  }
  if (!done.ok()) state.SkipWithError(done.ToString().c_str());
  CleanUp(Work::kWrites);
}

template <class Work>
void ByHand(benchmark::State& state) {
  World& world = World::Get();
  Work work(world.handle());
  Prepared begin(world.handle(), "BEGIN IMMEDIATE");
  Prepared commit(world.handle(), "COMMIT");
  std::int64_t i = 0;
  for (auto _ : state) {
    if constexpr (Work::kBatch) begin.RunGlobal();
    work.ByHand(world.tenant(), i++);
    if constexpr (Work::kBatch) commit.RunGlobal();
  }
  CleanUp(Work::kWrites);
}

template <class Work>
void ByHandTx(benchmark::State& state) {
  World& world = World::Get();
  Work work(world.handle());
  std::int64_t i = 0;
  world.handle().Run(Work::kWrites ? "BEGIN IMMEDIATE" : "BEGIN");
  for (auto _ : state) work.ByHand(world.tenant(), i++);
  world.handle().Run("COMMIT");
  CleanUp(Work::kWrites);
}

template <class Work>
void Register(const std::string& name) {
  const auto add = [](const std::string& full, void (*run)(benchmark::State&)) {
    benchmark::RegisterBenchmark(full.c_str(), run);
  };
  add("data." + name + ".vs_handwritten/cordon", &Cordon<Work>);
  add("data." + name + ".vs_handwritten/baseline", &ByHand<Work>);
  add("data." + name + "_tx.vs_handwritten/cordon", &CordonTx<Work>);
  add("data." + name + "_tx.vs_handwritten/baseline", &ByHandTx<Work>);
}

}  // namespace

int main(int argc, char** argv) {
  Register<RangeRead>("range_read");
  Register<Join3>("join3");
  Register<KeysetPage>("keyset_page");
  Register<ReadPage>("read_page");
  Register<InsertBatch>("insert_batch");
  Register<UpdateByKey>("update_by_key");
  return cordon::bench::Main(argc, argv);
}
