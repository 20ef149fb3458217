// SPDX-License-Identifier: Apache-2.0
//
// The wholesaler's tables, declared once: each wholesaler (a tenant) has its own customers,
// articles and orders; tax rates are everybody's.
//
// What the old tables had and these have not: the total of an order, which is a query now, and with
// it the trigger that kept it; the view, written where it is used; CHECKs and ON DELETE CASCADE,
// which are code in the transaction that writes.
#ifndef CORDON_EXAMPLES_MIGRATE_EXISTING_AFTER_WHOLESALE_H_
#define CORDON_EXAMPLES_MIGRATE_EXISTING_AFTER_WHOLESALE_H_

#include <cordon/cordon.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wholesale {

using Amount = cordon::Decimal<2>;

struct TaxRate {
  std::string code;
  std::int64_t percent;
};
struct Customer {
  std::int64_t id;
  std::string name;
  std::optional<std::string> city;
};
struct Article {
  std::int64_t id;
  std::string sku;
  std::string name;
  Amount price;
  std::string tax_code;
};
struct Order {
  std::int64_t id;
  std::int64_t customer_id;
  cordon::Timestamp placed_at;
};
struct OrderLine {
  std::int64_t order_id;
  std::int64_t position;
  std::int64_t article_id;
  std::int64_t quantity;
  Amount unit_price;
};

// What statements return that read no single table.
struct ListedOrder {
  std::int64_t id;
  std::optional<std::string> day;
  std::string customer;
  Amount total;
};
struct CityTurnover {
  std::optional<std::string> city;
  std::int64_t orders;
  Amount total;
};
struct Tax {
  std::int64_t percent;
  Amount net;
  Amount tax;
};
// What must be the same in an old file and in the tenant that it became.
struct Books {
  std::int64_t customers;
  std::int64_t articles;
  Amount prices;
  std::int64_t orders;
  std::int64_t seconds;  // of all orders, since 1970
  std::int64_t lines;
  std::int64_t quantity;
  Amount revenue;
  friend bool operator==(const Books&, const Books&) = default;
};

struct Wholesale {
  static constexpr auto kSchema = cordon::Schema{
      cordon::GlobalTable<TaxRate>("tax_rates")
          .Key<&TaxRate::code>("code")
          .Column<&TaxRate::percent>("percent"),
      cordon::TenantTable<Customer>("customers")
          .Key<&Customer::id>("id")
          .Column<&Customer::name>("name")
          .Column<&Customer::city>("city"),
      cordon::TenantTable<Article>("articles")
          .Key<&Article::id>("id")
          .Column<&Article::sku>("sku")
          .Column<&Article::name>("name")
          .Column<&Article::price>("price")
          .Column<&Article::tax_code>("tax_code")
          .Unique<&Article::sku>()
          .References<&Article::tax_code>("tax_rates"),
      cordon::TenantTable<Order>("orders")
          .Key<&Order::id>("id")
          .Column<&Order::customer_id>("customer_id")
          .Column<&Order::placed_at>("placed_at")
          .References<&Order::customer_id>("customers")
          .Index<&Order::customer_id>(),
      cordon::TenantTable<OrderLine>("order_lines")
          .Key<&OrderLine::order_id>("order_id")
          .Key<&OrderLine::position>("position")
          .Column<&OrderLine::article_id>("article_id")
          .Column<&OrderLine::quantity>("quantity")
          .Column<&OrderLine::unit_price>("unit_price")
          .References<&OrderLine::order_id>("orders")
          .References<&OrderLine::article_id>("articles"),
      cordon::ResultRow<ListedOrder>()
          .Column<&ListedOrder::id>("id")
          .Column<&ListedOrder::day>("day")
          .Column<&ListedOrder::customer>("customer")
          .Column<&ListedOrder::total>("total"),
      cordon::ResultRow<CityTurnover>()
          .Column<&CityTurnover::city>("city")
          .Column<&CityTurnover::orders>("orders")
          .Column<&CityTurnover::total>("total"),
      cordon::ResultRow<Tax>()
          .Column<&Tax::percent>("percent")
          .Column<&Tax::net>("net")
          .Column<&Tax::tax>("tax"),
      cordon::ResultRow<Books>()
          .Column<&Books::customers>("customers")
          .Column<&Books::articles>("articles")
          .Column<&Books::prices>("prices")
          .Column<&Books::orders>("orders")
          .Column<&Books::seconds>("seconds")
          .Column<&Books::lines>("lines")
          .Column<&Books::quantity>("quantity")
          .Column<&Books::revenue>("revenue"),
  };
};
using Platform = cordon::Platform<Wholesale>;
using Session = cordon::Session<Wholesale>;
using Write = cordon::WriteTransaction<Wholesale>;

// AUTOINCREMENT numbered the rows of one company; these number those of each tenant.
inline constexpr cordon::Series kCustomerIds("customer");
inline constexpr cordon::Series kArticleIds("article");
inline constexpr cordon::Series kOrderIds("order");

// The tenant of this name. A name is for people: here an operator makes no two alike, and two are
// an error.
[[nodiscard]] absl::StatusOr<std::optional<cordon::TenantId>> FindTenant(const Platform& platform,
                                                                         std::string_view name);

// Who works for the tenant. A real host takes the user from its login.
[[nodiscard]] absl::StatusOr<cordon::Principal> ClerkOf(std::string_view tenant);

// Adds the rates that are not there. One that is there and differs is an error: what is everybody's
// can have one value only.
[[nodiscard]] absl::Status AddTaxRates(Platform& platform, const std::vector<TaxRate>& rates);

}  // namespace wholesale

#endif  // CORDON_EXAMPLES_MIGRATE_EXISTING_AFTER_WHOLESALE_H_
