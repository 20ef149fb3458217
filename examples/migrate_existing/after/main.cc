// SPDX-License-Identifier: Apache-2.0
// The wholesaler's program for many wholesalers, who share one file and see nothing of each other.
#include <charconv>
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "wholesale.h"

namespace wholesale {
namespace {

using cordon::as;
using namespace cordon::literals;
using Arguments = std::vector<std::string>;

absl::StatusOr<std::int64_t> Number(const std::string& text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) {
    return absl::InvalidArgumentError(text + " is not a whole number");
  }
  return value;
}

absl::StatusOr<cordon::Timestamp> Day(const std::string& text) {
  const auto year = Number(text.substr(0, 4));
  const auto month = Number(text.size() == 10 ? text.substr(5, 2) : "");
  const auto day = Number(text.size() == 10 ? text.substr(8, 2) : "");
  if (year.ok() && month.ok() && day.ok() && text[4] == '-' && text[7] == '-') {
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (date.ok()) return std::chrono::sys_days(date);
  }
  return absl::InvalidArgumentError(text + " is not a day: write YYYY-MM-DD");
}

absl::Status AddCustomer(Session& tenant, const Arguments& arguments) {
  std::int64_t customer = 0;
  absl::Status done = tenant.Transaction([&](auto& tx) -> absl::Status {
    const auto id = tx.NextNumber(kCustomerIds);
    if (!id.ok()) return id.status();
    customer = *id;
    return tx.Insert(Customer{customer, arguments[0], arguments[1]});
  });
  if (done.ok()) std::cout << "customer " << customer << "\n";
  return done;
}

absl::Status AddArticle(Session& tenant, const Arguments& arguments) {
  const auto price = Amount::Parse(arguments[2]);
  if (!price.ok()) return price.status();
  if (*price < Amount()) return absl::InvalidArgumentError("a price is not negative");
  absl::Status done = tenant.Transaction([&](auto& tx) -> absl::Status {
    const auto id = tx.NextNumber(kArticleIds);
    if (!id.ok()) return id.status();
    return tx.Insert(Article{*id, arguments[0], arguments[1], *price, arguments[3]});
  });
  if (done.ok()) std::cout << "article " << arguments[0] << "\n";
  return done;
}

absl::Status AddLine(Write& tx, std::int64_t order, std::int64_t position, const std::string& sku,
                     const std::string& typed) {
  const auto quantity = Number(typed);
  if (!quantity.ok()) return quantity.status();
  if (*quantity < 1) return absl::InvalidArgumentError("a line needs a positive quantity");
  auto article = tx.Optional(as<Article>, "SELECT * FROM articles WHERE sku = ?"_sql, sku);
  if (!article.ok()) return article.status();
  if (!article->has_value()) return absl::NotFoundError("no such article: " + sku);
  return tx.Insert(OrderLine{order, position, (**article)->id, *quantity, (**article)->price});
}

absl::Status AddOrder(Session& tenant, const Arguments& arguments) {
  const auto customer = Number(arguments[0]);
  if (!customer.ok()) return customer.status();
  const auto placed_at = Day(arguments[1]);
  if (!placed_at.ok()) return placed_at.status();
  std::int64_t order = 0;
  absl::Status done = tenant.Transaction([&](auto& tx) -> absl::Status {
    const auto id = tx.NextNumber(kOrderIds);
    if (!id.ok()) return id.status();
    order = *id;
    absl::Status added = tx.Insert(Order{order, *customer, *placed_at});
    for (std::size_t i = 2; i + 1 < arguments.size() && added.ok(); i += 2) {
      added = AddLine(tx, order, static_cast<std::int64_t>(i / 2), arguments[i], arguments[i + 1]);
    }
    return added;
  });
  if (done.ok()) std::cout << "order " << order << "\n";
  return done;
}

absl::Status Cancel(Session& tenant, const std::string& typed) {
  const auto order = Number(typed);
  if (!order.ok()) return order.status();
  return tenant.Transaction([&](auto& tx) -> absl::Status {
    const auto lines = tx.Execute("DELETE FROM order_lines WHERE order_id = ?"_sql, *order);
    if (!lines.ok()) return lines.status();
    return tx.Delete(as<Order>, *order);
  });
}

absl::Status PrintOrders(Session& tenant) {
  return tenant.Read([](auto& tx) -> absl::Status {
    for (const auto& order :
         tx.Rows(as<ListedOrder>,
                 "SELECT o.id AS id, date(o.placed_at) AS day, c.name AS customer, "
                 "COALESCE((SELECT SUM(l.quantity * l.unit_price) FROM order_lines AS l "
                 "WHERE l.order_id = o.id), 0) AS total "
                 "FROM orders AS o JOIN customers AS c ON c.id = o.customer_id "
                 "ORDER BY o.placed_at, o.id"_sql)) {
      std::cout << order->id << "  " << order->day.value_or("") << "  " << order->customer << "  "
                << order->total.ToString() << "\n";
    }
    return absl::OkStatus();
  });
}

absl::Status PrintCities(Session& tenant) {
  return tenant.Read([](auto& tx) -> absl::Status {
    for (const auto& city : tx.Rows(as<CityTurnover>,
                                    "SELECT c.city AS city, COUNT(DISTINCT o.id) AS orders, "
                                    "COALESCE(SUM(l.quantity * l.unit_price), 0) AS total "
                                    "FROM orders AS o JOIN customers AS c ON c.id = o.customer_id "
                                    "LEFT JOIN order_lines AS l ON l.order_id = o.id "
                                    "GROUP BY c.city ORDER BY c.city"_sql)) {
      std::cout << city->city.value_or("") << "  " << city->orders << "  " << city->total.ToString()
                << "\n";
    }
    return absl::OkStatus();
  });
}

absl::Status PrintTaxes(Session& tenant, const std::string& typed) {
  const auto order = Number(typed);
  if (!order.ok()) return order.status();
  const auto taxes =
      tenant.All(as<Tax>,
                 "SELECT t.percent AS percent, COALESCE(SUM(l.quantity * l.unit_price), 0) AS net, "
                 "COALESCE(ROUND(SUM(l.quantity * l.unit_price) * t.percent * 0.01, 2), 0) AS tax "
                 "FROM order_lines AS l JOIN articles AS a ON a.id = l.article_id "
                 "JOIN tax_rates AS t ON t.code = a.tax_code WHERE l.order_id = ? "
                 "GROUP BY t.percent ORDER BY t.percent"_sql,
                 *order);
  if (!taxes.ok()) return taxes.status();
  for (const auto& tax : *taxes) {
    std::cout << tax->percent << "%  " << tax->net.ToString() << "  " << tax->tax.ToString()
              << "\n";
  }
  return absl::OkStatus();
}

// A new wholesaler: no file, no tables, a tenant.
absl::Status Init(Platform& platform, const std::string& name) {
  const auto there = FindTenant(platform, name);
  if (!there.ok()) return there.status();
  if (there->has_value()) return absl::AlreadyExistsError("there is such a tenant already");
  const auto clerk = ClerkOf(name);
  if (!clerk.ok()) return clerk.status();
  if (auto added = AddTaxRates(platform, {{"full", 19}, {"reduced", 7}}); !added.ok()) return added;
  const auto id = platform.tenants().Create(name);
  if (!id.ok()) return id.status();
  return platform.tenants().AddMember(*id, *clerk);
}

absl::StatusOr<Session> Enter(const Platform& platform, const std::string& name) {
  const auto id = FindTenant(platform, name);
  if (!id.ok()) return id.status();
  if (!id->has_value()) return absl::NotFoundError("no such tenant: begin with init");
  const auto clerk = ClerkOf(name);
  if (!clerk.ok()) return clerk.status();
  const auto context =
      platform.Enter(cordon::AssertVerified(*clerk), **id, cordon::Purpose("back-office"));
  if (!context.ok()) return context.status();
  return platform.OpenSession(*context);
}

absl::Status Run(Session& tenant, const std::string& command, const Arguments& arguments) {
  const std::size_t count = arguments.size();
  if (command == "customer" && count == 2) return AddCustomer(tenant, arguments);
  if (command == "article" && count == 4) return AddArticle(tenant, arguments);
  if (command == "order" && count >= 4) return AddOrder(tenant, arguments);
  if (command == "cancel" && count == 1) return Cancel(tenant, arguments[0]);
  if (command == "orders") return PrintOrders(tenant);
  if (command == "cities") return PrintCities(tenant);
  if (command == "taxes" && count == 1) return PrintTaxes(tenant, arguments[0]);
  return absl::InvalidArgumentError(
      "init | customer NAME CITY | article SKU NAME PRICE TAX |\n"
      "order CUSTOMER DAY SKU QUANTITY [SKU QUANTITY...] | cancel ORDER | orders | cities | "
      "taxes ORDER");
}

absl::Status Main(const std::string& path, const std::string& name, const std::string& command,
                  const Arguments& arguments) {
  auto platform = Platform::Open({.path = path});
  if (!platform.ok()) return platform.status();
  if (command == "init") return Init(**platform, name);
  auto tenant = Enter(**platform, name);
  if (!tenant.ok()) return tenant.status();
  return Run(*tenant, command, arguments);
}

}  // namespace
}  // namespace wholesale

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 3) {
    std::cerr << "usage: wholesale FILE TENANT COMMAND...\n";
    return 2;
  }
  const absl::Status done = wholesale::Main(arguments[0], arguments[1], arguments[2],
                                            {arguments.begin() + 3, arguments.end()});
  if (!done.ok()) std::cerr << done.message() << "\n";
  return done.ok() ? 0 : 1;
}
