// SPDX-License-Identifier: Apache-2.0
// Lists and reports of one tenant: a join, its pages, a search with optional filters, a report that
// is stored as text, what an analyst types, and a hook that says what happened.
#include <cordon/cordon.h>

#include <array>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using Amount = cordon::Decimal<2>;

struct Customer {
  std::string id, name, city;
};
struct Order {
  std::int64_t id;
  std::string customer_id;
  Amount total;
};
struct ListedOrder {  // a row of a join, and of no table
  std::int64_t id;
  std::string customer;
  Amount total;
};

struct Sales {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Customer>("customers")
          .Key<&Customer::id>("id")
          .Column<&Customer::name>("name")
          .Column<&Customer::city>("city"),
      cordon::TenantTable<Order>("orders")
          .Key<&Order::id>("id")
          .Column<&Order::customer_id>("customer_id")
          .Column<&Order::total>("total")
          .References<&Order::customer_id>("customers")
          .Index<&Order::customer_id>(),
      cordon::ResultRow<ListedOrder>()
          .Column<&ListedOrder::id>("id")
          .Column<&ListedOrder::customer>("customer")
          .Column<&ListedOrder::total>("total"),
  };
};
using Platform = cordon::Platform<Sales>;
using Session = cordon::Session<Sales>;

using cordon::as;
using namespace cordon::literals;

// Hears of every statement and of what is refused: of tables and numbers, never of a value.
class Journal final : public cordon::Hook {
  absl::Status AfterStatement(const cordon::StatementEvent& event) override {
    std::cout << "    [" << event.who.purpose;
    for (const auto& table : event.tables) {
      std::cout << (table.written ? ", writes " : ", reads ") << table.name;
    }
    std::cout << ", rows: " << event.rows_returned + event.rows_changed << "]\n";
    return absl::OkStatus();
  }
  void Denied(const cordon::DenialEvent& event) override {
    std::cout << "    [" << event.who.purpose << ", refused]\n";
  }
};

absl::Status Fill(Session& tenant) {
  return tenant.Transaction([](auto& tx) -> absl::Status {
    absl::Status done = tx.Insert(Customer{"ALFKI", "Alfreds Futterkiste", "Berlin"});
    if (done.ok()) done = tx.Insert(Customer{"BOTTM", "Bottom-Dollar Markets", "Tsawassen"});
    for (std::int64_t id = 1; id <= 5 && done.ok(); ++id) {
      done = tx.Insert(Order{id, id % 2 == 0 ? "BOTTM" : "ALFKI", Amount::FromUnits(id * 25050)});
    }
    return done;
  });
}

void Print(const std::vector<cordon::Owned<ListedOrder>>& orders) {
  for (const auto& order : orders) {
    std::cout << order->id << "  " << order->customer << "  " << order->total.ToString() << "\n";
  }
}

// A list too long to be read at once: each page goes on behind the last row of the one before. A
// service gives `next` to its client, and gets it back with the next request.
absl::Status PrintPages(Session& tenant) {
  cordon::PageRequest request = {.rows = 2};
  do {
    auto page = tenant.ReadPage(as<ListedOrder>,
                                "SELECT o.id AS id, c.name AS customer, o.total AS total "
                                "FROM orders AS o JOIN customers AS c ON c.id = o.customer_id "
                                "ORDER BY o.total DESC"_sql,
                                request);
    if (!page.ok()) return page.status();
    Print(page->rows);
    request.after = page->next;
  } while (!request.after.empty());
  return absl::OkStatus();
}

// A form whose fields may be left empty, and an order chosen by name. The parts are constants of
// the code; what the user typed is bound, whatever it says.
absl::Status Search(Session& tenant, std::optional<std::string> city,
                    std::optional<Amount> at_least, std::string_view order) {
  cordon::Query<Sales> query(
      "SELECT o.id AS id, c.name AS customer, o.total AS total "
      "FROM orders AS o JOIN customers AS c ON c.id = o.customer_id"_sql);
  if (city.has_value()) query.Where("c.city = ?"_sql, *city);
  if (at_least.has_value()) query.Where("o.total >= ?"_sql, *at_least);
  query.OrderBy(order, {{"newest", "o.id DESC"_sql}, {"largest", "o.total DESC"_sql}}).Limit(50);
  auto found = tenant.All(as<ListedOrder>, query);
  if (found.ok()) Print(*found);
  return found.status();
}

// A table whose columns are known at run time only; these reports hold no other kinds of values.
absl::Status Print(const absl::StatusOr<cordon::Owned<cordon::Table>>& table) {
  if (!table.ok()) return table.status();
  for (const auto& row : (*table)->rows) {
    for (const cordon::Value& value : row) {
      if (const auto* text = std::get_if<std::string>(&value)) std::cout << "  " << *text;
      if (const auto* number = std::get_if<std::int64_t>(&value)) std::cout << "  " << *number;
      if (const auto* exact = std::get_if<cordon::ScaledDecimal>(&value)) {
        std::cout << "  " << exact->ToString();
      }
    }
    std::cout << "\n";
  }
  return absl::OkStatus();
}

absl::StatusOr<Session> NewTenant(Platform& platform) {
  auto anna = cordon::Principal::User("anna@northwind");
  if (!anna.ok()) return anna.status();
  auto id = platform.tenants().Create("northwind");
  if (!id.ok()) return id.status();
  if (auto added = platform.tenants().AddMember(*id, *anna); !added.ok()) return added;
  auto context = platform.Enter(cordon::AssertVerified(*anna), *id, cordon::Purpose("reports"));
  if (!context.ok()) return context.status();
  return platform.OpenSession(*context);
}

absl::Status Run(Platform& platform) {
  auto tenant = NewTenant(platform);
  if (!tenant.ok()) return tenant.status();
  absl::Status status = Fill(*tenant);
  if (status.ok()) status = PrintPages(*tenant);
  if (status.ok()) status = Search(*tenant, "Berlin", {}, "newest");
  if (status.ok()) status = Search(*tenant, {}, Amount::FromUnits(70000), "largest");

  // A report that the product keeps as text, in a file or a table.
  const std::string stored =
      "SELECT c.city AS city, COUNT(*) AS orders, SUM(o.total) AS total FROM orders AS o "
      "JOIN customers AS c ON c.id = o.customer_id WHERE o.total > ? GROUP BY c.city ORDER BY city";
  const std::array<cordon::Value, 1> least = {Amount::FromUnits(30000)};
  const auto report = cordon::Query<Sales>::FromText(stored, least);
  if (status.ok()) status = Print(tenant->Query(report));

  // What the tenant's own analyst types is taken for hostile: it reads, on a small budget.
  const std::string question = "SELECT name FROM customers WHERE city LIKE ?";
  const std::array<cordon::Value, 1> pattern = {"T%"};
  const cordon::AnalystOptions small = {.budget = {.rows = 1000}};
  if (status.ok()) status = Print(tenant->Ask(question, small, pattern));
  if (status.ok()) std::cout << tenant->Ask("DELETE FROM orders").status().message() << "\n";
  return status;
}

int main(int argc, char** argv) {
  auto platform = Platform::Open(
      {.path = argc > 1 ? argv[1] : "reports.db", .hooks = {std::make_shared<Journal>()}});
  const absl::Status status = platform.ok() ? Run(**platform) : platform.status();
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
