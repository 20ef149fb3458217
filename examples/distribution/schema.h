// SPDX-License-Identifier: Apache-2.0
//
// The tables of a distribution back office, declared once: every dealer (a tenant) has its own
// customers, catalogue, contracts, stock, orders and invoices; currencies are everybody's.
//
// Ids are the dealers' own. Two dealers both have an order 10248, and neither can tell. Numbers of
// documents (orders, shipments, invoices, credit notes) are drawn from series, which are no tables.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_SCHEMA_H_
#define CORDON_EXAMPLES_DISTRIBUTION_SCHEMA_H_

#include <cordon/cordon.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "money.h"

namespace distribution {

// Why stock moved. Stored: do not renumber.
enum class MoveReason { kReceipt = 1, kShipment = 2, kReturn = 3 };

}  // namespace distribution

template <>
struct cordon::EnumValues<distribution::MoveReason> {
  static constexpr std::array kAll = {distribution::MoveReason::kReceipt,
                                      distribution::MoveReason::kShipment,
                                      distribution::MoveReason::kReturn};
};

namespace distribution {

struct Currency {
  std::string code;
  std::string name;
};

// The dealer itself: one row, whose id is kCompany.
struct Company {
  std::int64_t id;
  std::string name;
  std::string currency;  // of its prices, contracts and invoices
};
inline constexpr std::int64_t kCompany = 1;

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

// What was agreed with one customer for one product, from a quantity on.
struct ContractPrice {
  std::string customer_id;
  std::int64_t product_id;
  std::int64_t from_quantity;
  cordon::Timestamp valid_from;                  // the first day
  std::optional<cordon::Timestamp> valid_until;  // the last day
  Price unit_price;
};

struct Warehouse {
  std::string id;
  std::string name;
  std::int64_t preference;  // the lowest is asked first
};

struct Stock {
  std::string warehouse_id;
  std::int64_t product_id;
  std::int64_t on_hand;
  std::int64_t allocated;  // of what is on hand: promised to orders
};

// What is on hand is the sum of these.
struct StockMove {
  std::int64_t number;
  cordon::Timestamp moved_at;
  std::string warehouse_id;
  std::int64_t product_id;
  std::int64_t quantity;  // below zero: out
  MoveReason reason;
};

struct Order {
  std::int64_t id;
  std::string customer_id;
  cordon::Timestamp ordered_at;
  std::optional<cordon::Timestamp> shipped_at;  // wholly
  Price freight;
  std::optional<std::string> reference = std::nullopt;  // the number that the customer gave it
};

// Of `quantity`, what is neither shipped nor allocated is on back order.
struct OrderLine {
  std::int64_t order_id;
  std::int64_t product_id;
  Price unit_price;
  std::int64_t quantity;
  Discount discount;
  std::int64_t shipped = 0;
  std::int64_t invoiced = 0;  // of what is shipped
};

// Promised to an order and not yet shipped.
struct Allocation {
  std::int64_t order_id;
  std::int64_t product_id;
  std::string warehouse_id;
  std::int64_t quantity;
};

// A parcel: what one warehouse sends for one order.
struct Shipment {
  std::int64_t number;
  std::int64_t order_id;
  std::string warehouse_id;
  cordon::Timestamp shipped_at;
};

struct ShipmentLine {
  std::int64_t shipment_number;
  std::int64_t product_id;
  std::int64_t quantity;
};

struct Invoice {
  std::int64_t number;  // 1, 2, 3 … at every dealer
  std::int64_t order_id;
  cordon::Timestamp issued_at;
  std::string currency;
  Amount total;
};

struct InvoiceLine {
  std::int64_t invoice_number;
  std::int64_t product_id;
  std::int64_t quantity;
  Price unit_price;
  Discount discount;
  Amount amount;
  std::int64_t returned;  // of quantity
};

struct CreditNote {
  std::int64_t number;  // 1, 2, 3 … at every dealer
  std::int64_t invoice_number;
  cordon::Timestamp issued_at;
  Amount total;
};

struct CreditLine {
  std::int64_t credit_number;
  std::int64_t product_id;
  std::int64_t quantity;
  Amount amount;
};

// A step of a customer's yearly agreement.
struct RebateTier {
  std::string customer_id;
  Amount from_turnover;  // in a quarter
  Discount rate;
};

// Paid for one quarter, perhaps nothing. The key is what makes it happen once.
struct Rebate {
  std::string customer_id;
  std::string quarter;  // "2024-Q1"
  Amount turnover;
  Amount amount;
  cordon::Timestamp settled_at;
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
      cordon::TenantTable<Company>("company")
          .Key<&Company::id>("id")
          .Column<&Company::name>("name")
          .Column<&Company::currency>("currency")
          .References<&Company::currency>("currencies"),
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
          .Key<&ContractPrice::from_quantity>("from_quantity")
          .Key<&ContractPrice::valid_from>("valid_from")
          .Column<&ContractPrice::valid_until>("valid_until")
          .Column<&ContractPrice::unit_price>("unit_price")
          .References<&ContractPrice::customer_id>("customers")
          .References<&ContractPrice::product_id>("products"),
      cordon::TenantTable<Warehouse>("warehouses")
          .Key<&Warehouse::id>("id")
          .Column<&Warehouse::name>("name")
          .Column<&Warehouse::preference>("preference"),
      cordon::TenantTable<Stock>("stock")
          .Key<&Stock::warehouse_id>("warehouse_id")
          .Key<&Stock::product_id>("product_id")
          .Column<&Stock::on_hand>("on_hand")
          .Column<&Stock::allocated>("allocated")
          .References<&Stock::warehouse_id>("warehouses")
          .References<&Stock::product_id>("products")
          .Index<&Stock::product_id>(),
      cordon::TenantTable<StockMove>("stock_moves")
          .Key<&StockMove::number>("number")
          .Column<&StockMove::moved_at>("moved_at")
          .Column<&StockMove::warehouse_id>("warehouse_id")
          .Column<&StockMove::product_id>("product_id")
          .Column<&StockMove::quantity>("quantity")
          .Column<&StockMove::reason>("reason")
          .References<&StockMove::warehouse_id, &StockMove::product_id>("stock"),
      cordon::TenantTable<Order>("orders")
          .Key<&Order::id>("id")
          .Column<&Order::customer_id>("customer_id")
          .Column<&Order::ordered_at>("ordered_at")
          .Column<&Order::shipped_at>("shipped_at")
          .Column<&Order::freight>("freight")
          .Column<&Order::reference>("reference")
          .Unique<&Order::customer_id, &Order::reference>()
          .References<&Order::customer_id>("customers"),
      cordon::TenantTable<OrderLine>("order_lines")
          .Key<&OrderLine::order_id>("order_id")
          .Key<&OrderLine::product_id>("product_id")
          .Column<&OrderLine::unit_price>("unit_price")
          .Column<&OrderLine::quantity>("quantity")
          .Column<&OrderLine::discount>("discount")
          .Column<&OrderLine::shipped>("shipped")
          .Column<&OrderLine::invoiced>("invoiced")
          .References<&OrderLine::order_id>("orders")
          .References<&OrderLine::product_id>("products"),
      cordon::TenantTable<Allocation>("allocations")
          .Key<&Allocation::order_id>("order_id")
          .Key<&Allocation::product_id>("product_id")
          .Key<&Allocation::warehouse_id>("warehouse_id")
          .Column<&Allocation::quantity>("quantity")
          .References<&Allocation::order_id, &Allocation::product_id>("order_lines")
          .References<&Allocation::warehouse_id, &Allocation::product_id>("stock"),
      cordon::TenantTable<Shipment>("shipments")
          .Key<&Shipment::number>("number")
          .Column<&Shipment::order_id>("order_id")
          .Column<&Shipment::warehouse_id>("warehouse_id")
          .Column<&Shipment::shipped_at>("shipped_at")
          .References<&Shipment::order_id>("orders")
          .References<&Shipment::warehouse_id>("warehouses"),
      cordon::TenantTable<ShipmentLine>("shipment_lines")
          .Key<&ShipmentLine::shipment_number>("shipment_number")
          .Key<&ShipmentLine::product_id>("product_id")
          .Column<&ShipmentLine::quantity>("quantity")
          .References<&ShipmentLine::shipment_number>("shipments")
          .References<&ShipmentLine::product_id>("products"),
      cordon::TenantTable<Invoice>("invoices")
          .Key<&Invoice::number>("number")
          .Column<&Invoice::order_id>("order_id")
          .Column<&Invoice::issued_at>("issued_at")
          .Column<&Invoice::currency>("currency")
          .Column<&Invoice::total>("total")
          .References<&Invoice::order_id>("orders")
          .References<&Invoice::currency>("currencies")
          .Index<&Invoice::order_id>(),
      cordon::TenantTable<InvoiceLine>("invoice_lines")
          .Key<&InvoiceLine::invoice_number>("invoice_number")
          .Key<&InvoiceLine::product_id>("product_id")
          .Column<&InvoiceLine::quantity>("quantity")
          .Column<&InvoiceLine::unit_price>("unit_price")
          .Column<&InvoiceLine::discount>("discount")
          .Column<&InvoiceLine::amount>("amount")
          .Column<&InvoiceLine::returned>("returned")
          .References<&InvoiceLine::invoice_number>("invoices")
          .References<&InvoiceLine::product_id>("products"),
      cordon::TenantTable<CreditNote>("credit_notes")
          .Key<&CreditNote::number>("number")
          .Column<&CreditNote::invoice_number>("invoice_number")
          .Column<&CreditNote::issued_at>("issued_at")
          .Column<&CreditNote::total>("total")
          .References<&CreditNote::invoice_number>("invoices")
          .Index<&CreditNote::invoice_number>(),
      cordon::TenantTable<CreditLine>("credit_lines")
          .Key<&CreditLine::credit_number>("credit_number")
          .Key<&CreditLine::product_id>("product_id")
          .Column<&CreditLine::quantity>("quantity")
          .Column<&CreditLine::amount>("amount")
          .References<&CreditLine::credit_number>("credit_notes")
          .References<&CreditLine::product_id>("products"),
      cordon::TenantTable<RebateTier>("rebate_tiers")
          .Key<&RebateTier::customer_id>("customer_id")
          .Key<&RebateTier::from_turnover>("from_turnover")
          .Column<&RebateTier::rate>("rate")
          .References<&RebateTier::customer_id>("customers"),
      cordon::TenantTable<Rebate>("rebates")
          .Key<&Rebate::customer_id>("customer_id")
          .Key<&Rebate::quarter>("quarter")
          .Column<&Rebate::turnover>("turnover")
          .Column<&Rebate::amount>("amount")
          .Column<&Rebate::settled_at>("settled_at")
          .References<&Rebate::customer_id>("customers"),
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
