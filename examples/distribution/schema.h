// SPDX-License-Identifier: Apache-2.0
//
// The tables of a distribution back office, declared once: every dealer (a tenant) has its own
// customers, catalogue, prices, stock, orders and invoices; currencies are everybody's.
//
// Ids are the dealers' own. Two dealers both have an order 10248, and neither can tell.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_SCHEMA_H_
#define CORDON_EXAMPLES_DISTRIBUTION_SCHEMA_H_

#include <cordon/cordon.h>

#include <cstdint>
#include <optional>
#include <string>

namespace distribution {

using Price = cordon::Decimal<4>;     // per unit
using Discount = cordon::Decimal<2>;  // 0.15 is fifteen percent
using Amount = cordon::Decimal<6>;    // price times (1 - discount), to the last digit

struct Currency {
  std::string code;
  std::string name;
};

struct Customer {
  std::string id;
  std::string name;
  std::string contact;
  std::string city;
  std::optional<std::string> region;
  std::string country;
  std::string phone;
};

struct Product {
  std::int64_t id;
  std::string name;
  std::string pack;
  Price list_price;
  bool discontinued;
};

struct ContractPrice {
  std::string customer_id;
  std::int64_t product_id;
  Price unit_price;
};

struct Stock {
  std::int64_t product_id;
  std::int64_t on_hand;
};

struct Order {
  std::int64_t id;
  std::string customer_id;
  cordon::Timestamp ordered_at;
  std::optional<cordon::Timestamp> shipped_at;
  Price freight;
};

struct OrderLine {
  std::int64_t order_id;
  std::int64_t product_id;
  Price unit_price;
  std::int64_t quantity;
  Discount discount;
};

struct Invoice {
  std::int64_t number;  // 1, 2, 3 … at every dealer
  std::int64_t order_id;
  cordon::Timestamp issued_at;
  std::string currency;
  Amount total;
};

// The last number given out, one row for each kind of number.
struct Counter {
  std::string name;
  std::int64_t last;
};

// What a statement returns that reads no single table.
struct Figures {
  std::int64_t customers;
  std::int64_t orders;
  std::int64_t lines;
  Amount revenue;
};

// The product: its name stands for the schema in every type below.
struct Erp {
  static constexpr auto kSchema = cordon::Schema{
      cordon::GlobalTable<Currency>("currencies")
          .Key<&Currency::code>("code")
          .Column<&Currency::name>("name"),
      cordon::TenantTable<Customer>("customers")
          .Key<&Customer::id>("id")
          .Column<&Customer::name>("name")
          .Column<&Customer::contact>("contact")
          .Column<&Customer::city>("city")
          .Column<&Customer::region>("region")
          .Column<&Customer::country>("country")
          .Column<&Customer::phone>("phone"),
      cordon::TenantTable<Product>("products")
          .Key<&Product::id>("id")
          .Column<&Product::name>("name")
          .Column<&Product::pack>("pack")
          .Column<&Product::list_price>("list_price")
          .Column<&Product::discontinued>("discontinued"),
      cordon::TenantTable<ContractPrice>("contract_prices")
          .Key<&ContractPrice::customer_id>("customer_id")
          .Key<&ContractPrice::product_id>("product_id")
          .Column<&ContractPrice::unit_price>("unit_price")
          .References<&ContractPrice::customer_id>("customers")
          .References<&ContractPrice::product_id>("products"),
      cordon::TenantTable<Stock>("stock")
          .Key<&Stock::product_id>("product_id")
          .Column<&Stock::on_hand>("on_hand")
          .References<&Stock::product_id>("products"),
      cordon::TenantTable<Order>("orders")
          .Key<&Order::id>("id")
          .Column<&Order::customer_id>("customer_id")
          .Column<&Order::ordered_at>("ordered_at")
          .Column<&Order::shipped_at>("shipped_at")
          .Column<&Order::freight>("freight")
          .References<&Order::customer_id>("customers")
          .Index<&Order::customer_id>(),
      cordon::TenantTable<OrderLine>("order_lines")
          .Key<&OrderLine::order_id>("order_id")
          .Key<&OrderLine::product_id>("product_id")
          .Column<&OrderLine::unit_price>("unit_price")
          .Column<&OrderLine::quantity>("quantity")
          .Column<&OrderLine::discount>("discount")
          .References<&OrderLine::order_id>("orders")
          .References<&OrderLine::product_id>("products"),
      cordon::TenantTable<Invoice>("invoices")
          .Key<&Invoice::number>("number")
          .Column<&Invoice::order_id>("order_id")
          .Column<&Invoice::issued_at>("issued_at")
          .Column<&Invoice::currency>("currency")
          .Column<&Invoice::total>("total")
          .Unique<&Invoice::order_id>()  // an order is invoiced once
          .References<&Invoice::order_id>("orders")
          .References<&Invoice::currency>("currencies"),
      cordon::TenantTable<Counter>("counters")
          .Key<&Counter::name>("name")
          .Column<&Counter::last>("last"),
      cordon::ResultRow<Figures>()
          .Column<&Figures::customers>("customers")
          .Column<&Figures::orders>("orders")
          .Column<&Figures::lines>("lines")
          .Column<&Figures::revenue>("revenue"),
  };
};

using ErpPlatform = cordon::Platform<Erp>;
using ErpSession = cordon::Session<Erp>;
using ErpRead = cordon::ReadTransaction<Erp>;
using ErpWrite = cordon::WriteTransaction<Erp>;

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_SCHEMA_H_
