// SPDX-License-Identifier: Apache-2.0
//
// The tables of a distribution company's ERP, as a vendor would declare them: customers and prices,
// products and bills of material, warehouses and stock, orders to invoices, purchasing, rebates,
// electronic documents, people.
#ifndef CORDON_TESTS_SQL_ERP_SCHEMA_H_
#define CORDON_TESTS_SQL_ERP_SCHEMA_H_

#include <cstdint>
#include <optional>
#include <string>

#include "cordon/cordon.h"

namespace erp {

using cordon::Decimal;
using cordon::Timestamp;
using Quantity = Decimal<3>;
using Price = Decimal<4>;
using Money = Decimal<2>;
using Rate = Decimal<4>;  // 0.19 is 19 %

// ---- everybody's --------------------------------------------------------------------------------

struct Currency {
  std::string code;
  std::string name;
  std::int64_t digits = 2;
};
struct TaxCode {
  std::string code;
  std::string name;
  Rate rate;
};

// ---- customers and prices -----------------------------------------------------------------------

struct PriceList {
  std::string id;
  std::string name;
  std::string currency;
  Timestamp valid_from;
  std::optional<Timestamp> valid_to;
};
struct Customer {
  std::string id;
  std::string name;
  std::optional<std::string> parent_id;
  std::string kind;  // dealer, chain, retail
  std::string price_list;
  std::string currency;
  std::string tax_code;
  std::optional<Money> credit_limit;
  Rate discount;
  std::int64_t payment_days = 30;
  bool blocked = false;
  std::optional<std::string> email;
  Timestamp since;
  std::string attributes;  // JSON: {"segment": "gold", "tags": ["a", "b"], "rep": "u1"}
};
struct Address {
  std::string customer_id;
  std::int64_t address_no = 0;
  std::string street;
  std::string city;
  std::string postcode;
  std::string country;
  bool is_default = false;
};
struct Contact {
  std::int64_t id = 0;
  std::string customer_id;
  std::string name;
  std::optional<std::string> email;
  std::optional<std::string> phone;
  std::string title;
};
struct ListPrice {
  std::string price_list;
  std::string product_id;
  Quantity min_quantity;
  Price unit_price;
};
struct ContractPrice {
  std::string customer_id;
  std::string product_id;
  Price unit_price;
  Quantity min_quantity;
  Timestamp valid_from;
  std::optional<Timestamp> valid_to;
};

// ---- products -----------------------------------------------------------------------------------

struct Category {
  std::int64_t id = 0;
  std::optional<std::int64_t> parent_id;
  std::string name;
};
struct Unit {
  std::string code;
  std::string name;
  Quantity factor;
};
struct Supplier {
  std::string id;
  std::string name;
  std::string country;
  std::int64_t lead_days = 0;
  std::optional<std::int64_t> rating;
  std::string currency;
};
struct Product {
  std::string id;
  std::string name;
  std::optional<std::int64_t> category_id;
  std::string unit;
  std::optional<std::string> supplier_id;
  Price list_price;
  std::optional<Price> cost;
  std::optional<Quantity> weight;
  Quantity reorder_point;
  bool discontinued = false;
  std::optional<std::string> barcode;
  std::optional<std::string> attributes;  // JSON: {"color": "red", "dim": {"w": 10, "h": 20}}
  Timestamp created_at;
};
struct Component {  // of a bill of material
  std::string parent_id;
  std::string component_id;
  Quantity quantity;
};

// ---- warehouses ---------------------------------------------------------------------------------

struct Warehouse {
  std::string id;
  std::string name;
  std::string city;
  bool active = true;
};
struct Bin {
  std::string warehouse_id;
  std::string code;
  std::string zone;
  std::optional<Quantity> capacity;
  bool pickable = true;
};
struct Stock {
  std::string warehouse_id;
  std::string bin;
  std::string product_id;
  Quantity on_hand;
  Quantity reserved;
  std::optional<Timestamp> counted_at;
};
struct StockMove {
  std::int64_t id = 0;
  std::string warehouse_id;
  std::string product_id;
  std::string kind;   // receipt, issue, adjust, transfer
  Quantity quantity;  // signed
  Timestamp moved_at;
  std::optional<std::string> reference;
  std::optional<std::string> user_id;
};

// ---- orders to invoices -------------------------------------------------------------------------

struct Order {
  std::int64_t id = 0;
  std::string customer_id;
  Timestamp ordered_at;
  std::optional<Timestamp> due_at;
  std::string status;  // open, allocated, shipped, closed, cancelled
  std::string currency;
  std::string channel;  // web, edi, phone
  std::optional<std::string> customer_ref;
  std::string warehouse_id;
  Rate discount;
  std::optional<std::string> note;
  std::optional<Money> total;
};
struct OrderLine {
  std::int64_t order_id = 0;
  std::int64_t line_no = 0;
  std::string product_id;
  Quantity quantity;
  Quantity allocated;
  Quantity shipped;
  Price unit_price;
  Rate discount;
  std::string tax_code;
  std::optional<Timestamp> wanted_at;
};
struct Shipment {
  std::int64_t id = 0;
  std::int64_t order_id = 0;
  std::string warehouse_id;
  std::optional<std::string> carrier;
  std::optional<std::string> tracking;
  std::optional<Timestamp> shipped_at;
  std::string status;  // picking, packed, shipped
};
struct ShipmentLine {
  std::int64_t shipment_id = 0;
  std::int64_t line_no = 0;
  std::int64_t order_line = 0;
  std::string product_id;
  Quantity quantity;
  std::optional<std::string> lot;
};
struct Invoice {
  std::int64_t id = 0;
  std::string customer_id;
  std::optional<std::int64_t> order_id;
  Timestamp invoiced_at;
  Timestamp due_at;
  std::string currency;
  Money net;
  Money tax;
  Money gross;
  bool paid = false;
  std::int64_t dunning_level = 0;
};
struct InvoiceLine {
  std::int64_t invoice_id = 0;
  std::int64_t line_no = 0;
  std::string product_id;
  Quantity quantity;
  Price unit_price;
  Money amount;
  std::string tax_code;
};
struct Payment {
  std::int64_t id = 0;
  std::string customer_id;
  std::optional<std::int64_t> invoice_id;
  Timestamp paid_at;
  Money amount;
  std::string method;
  std::optional<std::string> reference;
};
struct Return {
  std::int64_t id = 0;
  std::int64_t order_id = 0;
  std::string product_id;
  Quantity quantity;
  std::string reason;
  Timestamp received_at;
  std::optional<bool> credited;
};

// ---- rebates ------------------------------------------------------------------------------------

struct Rebate {
  std::int64_t id = 0;
  std::string customer_id;
  std::optional<std::int64_t> category_id;
  Rate percent;
  Money threshold;
  Timestamp starts_at;
  Timestamp ends_at;
};
struct RebateAccrual {
  std::int64_t id = 0;
  std::int64_t rebate_id = 0;
  std::int64_t invoice_id = 0;
  Money amount;
  Timestamp accrued_at;
  bool settled = false;
};

// ---- purchasing ---------------------------------------------------------------------------------

struct PurchaseOrder {
  std::int64_t id = 0;
  std::string supplier_id;
  Timestamp ordered_at;
  std::optional<Timestamp> expected_at;
  std::string status;  // open, received, cancelled
  std::string warehouse_id;
};
struct PurchaseLine {
  std::int64_t purchase_id = 0;
  std::int64_t line_no = 0;
  std::string product_id;
  Quantity quantity;
  Quantity received;
  Price unit_cost;
};

// ---- documents, people, calendars ---------------------------------------------------------------

struct EdiMessage {
  std::int64_t id = 0;
  std::string direction;  // in, out
  std::string kind;       // ORDERS, DESADV, INVOIC
  std::string partner;
  std::string body;  // JSON: {"order": {"ref": "A1", "lines": [{"sku": "P1", "qty": 2}]}}
  Timestamp received_at;
  std::optional<Timestamp> processed_at;
  std::optional<std::string> failure;
  std::int64_t attempts = 0;
};
struct User {
  std::string id;
  std::string name;
  std::optional<std::string> email;
  bool active = true;
  std::optional<Timestamp> last_login;
};
struct UserRole {
  std::string user_id;
  std::string role;
  Timestamp granted_at;
};
struct AuditNote {
  std::int64_t id = 0;
  std::string user_id;
  std::string object_kind;
  std::string object_id;
  std::string note;
  Timestamp noted_at;
};
struct ExchangeRate {
  std::string currency;
  Timestamp valid_on;
  Decimal<6> rate;
};
struct CalendarDay {
  Timestamp at;
  bool working = true;
  std::optional<std::string> holiday;
};

struct Erp {
  static constexpr auto kSchema =
      cordon::Schema{cordon::GlobalTable<Currency>("currencies")
                         .Key<&Currency::code>("code")
                         .Column<&Currency::name>("name")
                         .Column<&Currency::digits>("digits"),
                     cordon::GlobalTable<TaxCode>("tax_codes")
                         .Key<&TaxCode::code>("code")
                         .Column<&TaxCode::name>("name")
                         .Column<&TaxCode::rate>("rate"),
                     cordon::TenantTable<PriceList>("price_lists")
                         .Key<&PriceList::id>("id")
                         .Column<&PriceList::name>("name")
                         .Column<&PriceList::currency>("currency")
                         .Column<&PriceList::valid_from>("valid_from")
                         .Column<&PriceList::valid_to>("valid_to")
                         .References<&PriceList::currency>("currencies"),
                     cordon::TenantTable<Customer>("customers")
                         .Key<&Customer::id>("id")
                         .Column<&Customer::name>("name")
                         .Column<&Customer::parent_id>("parent_id")
                         .Column<&Customer::kind>("kind")
                         .Column<&Customer::price_list>("price_list")
                         .Column<&Customer::currency>("currency")
                         .Column<&Customer::tax_code>("tax_code")
                         .Column<&Customer::credit_limit>("credit_limit")
                         .Column<&Customer::discount>("discount")
                         .Column<&Customer::payment_days>("payment_days")
                         .Column<&Customer::blocked>("blocked")
                         .Column<&Customer::email>("email")
                         .Column<&Customer::since>("since")
                         .Column<&Customer::attributes>("attributes")
                         .Index<&Customer::name>()
                         .References<&Customer::parent_id>("customers")
                         .References<&Customer::price_list>("price_lists")
                         .References<&Customer::currency>("currencies")
                         .References<&Customer::tax_code>("tax_codes"),
                     cordon::TenantTable<Address>("addresses")
                         .Key<&Address::customer_id>("customer_id")
                         .Key<&Address::address_no>("address_no")
                         .Column<&Address::street>("street")
                         .Column<&Address::city>("city")
                         .Column<&Address::postcode>("postcode")
                         .Column<&Address::country>("country")
                         .Column<&Address::is_default>("is_default")
                         .References<&Address::customer_id>("customers"),
                     cordon::TenantTable<Contact>("contacts")
                         .Key<&Contact::id>("id")
                         .Column<&Contact::customer_id>("customer_id")
                         .Column<&Contact::name>("name")
                         .Column<&Contact::email>("email")
                         .Column<&Contact::phone>("phone")
                         .Column<&Contact::title>("title")
                         .Index<&Contact::customer_id>()
                         .References<&Contact::customer_id>("customers"),
                     cordon::TenantTable<Category>("categories")
                         .Key<&Category::id>("id")
                         .Column<&Category::parent_id>("parent_id")
                         .Column<&Category::name>("name")
                         .Index<&Category::parent_id>()
                         .References<&Category::parent_id>("categories"),
                     cordon::TenantTable<Unit>("units")
                         .Key<&Unit::code>("code")
                         .Column<&Unit::name>("name")
                         .Column<&Unit::factor>("factor"),
                     cordon::TenantTable<Supplier>("suppliers")
                         .Key<&Supplier::id>("id")
                         .Column<&Supplier::name>("name")
                         .Column<&Supplier::country>("country")
                         .Column<&Supplier::lead_days>("lead_days")
                         .Column<&Supplier::rating>("rating")
                         .Column<&Supplier::currency>("currency")
                         .References<&Supplier::currency>("currencies"),
                     cordon::TenantTable<Product>("products")
                         .Key<&Product::id>("id")
                         .Column<&Product::name>("name")
                         .Column<&Product::category_id>("category_id")
                         .Column<&Product::unit>("unit")
                         .Column<&Product::supplier_id>("supplier_id")
                         .Column<&Product::list_price>("list_price")
                         .Column<&Product::cost>("cost")
                         .Column<&Product::weight>("weight")
                         .Column<&Product::reorder_point>("reorder_point")
                         .Column<&Product::discontinued>("discontinued")
                         .Column<&Product::barcode>("barcode")
                         .Column<&Product::attributes>("attributes")
                         .Column<&Product::created_at>("created_at")
                         .Unique<&Product::barcode>()
                         .Index<&Product::category_id>()
                         .Index<&Product::supplier_id>()
                         .References<&Product::category_id>("categories")
                         .References<&Product::unit>("units")
                         .References<&Product::supplier_id>("suppliers"),
                     cordon::TenantTable<Component>("components")
                         .Key<&Component::parent_id>("parent_id")
                         .Key<&Component::component_id>("component_id")
                         .Column<&Component::quantity>("quantity")
                         .Index<&Component::component_id>()
                         .References<&Component::parent_id>("products")
                         .References<&Component::component_id>("products"),
                     cordon::TenantTable<ListPrice>("list_prices")
                         .Key<&ListPrice::price_list>("price_list")
                         .Key<&ListPrice::product_id>("product_id")
                         .Key<&ListPrice::min_quantity>("min_quantity")
                         .Column<&ListPrice::unit_price>("unit_price")
                         .References<&ListPrice::price_list>("price_lists")
                         .References<&ListPrice::product_id>("products"),
                     cordon::TenantTable<ContractPrice>("contract_prices")
                         .Key<&ContractPrice::customer_id>("customer_id")
                         .Key<&ContractPrice::product_id>("product_id")
                         .Column<&ContractPrice::unit_price>("unit_price")
                         .Column<&ContractPrice::min_quantity>("min_quantity")
                         .Column<&ContractPrice::valid_from>("valid_from")
                         .Column<&ContractPrice::valid_to>("valid_to")
                         .References<&ContractPrice::customer_id>("customers")
                         .References<&ContractPrice::product_id>("products"),
                     cordon::TenantTable<Warehouse>("warehouses")
                         .Key<&Warehouse::id>("id")
                         .Column<&Warehouse::name>("name")
                         .Column<&Warehouse::city>("city")
                         .Column<&Warehouse::active>("active"),
                     cordon::TenantTable<Bin>("bins")
                         .Key<&Bin::warehouse_id>("warehouse_id")
                         .Key<&Bin::code>("code")
                         .Column<&Bin::zone>("zone")
                         .Column<&Bin::capacity>("capacity")
                         .Column<&Bin::pickable>("pickable")
                         .References<&Bin::warehouse_id>("warehouses"),
                     cordon::TenantTable<Stock>("stock")
                         .Key<&Stock::warehouse_id>("warehouse_id")
                         .Key<&Stock::bin>("bin")
                         .Key<&Stock::product_id>("product_id")
                         .Column<&Stock::on_hand>("on_hand")
                         .Column<&Stock::reserved>("reserved")
                         .Column<&Stock::counted_at>("counted_at")
                         .Index<&Stock::product_id>()
                         .References<&Stock::warehouse_id, &Stock::bin>("bins")
                         .References<&Stock::product_id>("products"),
                     cordon::TenantTable<StockMove>("stock_moves")
                         .Key<&StockMove::id>("id")
                         .Column<&StockMove::warehouse_id>("warehouse_id")
                         .Column<&StockMove::product_id>("product_id")
                         .Column<&StockMove::kind>("kind")
                         .Column<&StockMove::quantity>("quantity")
                         .Column<&StockMove::moved_at>("moved_at")
                         .Column<&StockMove::reference>("reference")
                         .Column<&StockMove::user_id>("user_id")
                         .Index<&StockMove::product_id, &StockMove::moved_at>()
                         .References<&StockMove::warehouse_id>("warehouses")
                         .References<&StockMove::product_id>("products"),
                     cordon::TenantTable<Order>("orders")
                         .Key<&Order::id>("id")
                         .Column<&Order::customer_id>("customer_id")
                         .Column<&Order::ordered_at>("ordered_at")
                         .Column<&Order::due_at>("due_at")
                         .Column<&Order::status>("status")
                         .Column<&Order::currency>("currency")
                         .Column<&Order::channel>("channel")
                         .Column<&Order::customer_ref>("customer_ref")
                         .Column<&Order::warehouse_id>("warehouse_id")
                         .Column<&Order::discount>("discount")
                         .Column<&Order::note>("note")
                         .Column<&Order::total>("total")
                         .Unique<&Order::customer_id, &Order::customer_ref>()
                         .Index<&Order::customer_id, &Order::ordered_at>()
                         .Index<&Order::status>()
                         .References<&Order::customer_id>("customers")
                         .References<&Order::currency>("currencies")
                         .References<&Order::warehouse_id>("warehouses"),
                     cordon::TenantTable<OrderLine>("order_lines")
                         .Key<&OrderLine::order_id>("order_id")
                         .Key<&OrderLine::line_no>("line_no")
                         .Column<&OrderLine::product_id>("product_id")
                         .Column<&OrderLine::quantity>("quantity")
                         .Column<&OrderLine::allocated>("allocated")
                         .Column<&OrderLine::shipped>("shipped")
                         .Column<&OrderLine::unit_price>("unit_price")
                         .Column<&OrderLine::discount>("discount")
                         .Column<&OrderLine::tax_code>("tax_code")
                         .Column<&OrderLine::wanted_at>("wanted_at")
                         .Index<&OrderLine::product_id>()
                         .References<&OrderLine::order_id>("orders")
                         .References<&OrderLine::product_id>("products")
                         .References<&OrderLine::tax_code>("tax_codes"),
                     cordon::TenantTable<Shipment>("shipments")
                         .Key<&Shipment::id>("id")
                         .Column<&Shipment::order_id>("order_id")
                         .Column<&Shipment::warehouse_id>("warehouse_id")
                         .Column<&Shipment::carrier>("carrier")
                         .Column<&Shipment::tracking>("tracking")
                         .Column<&Shipment::shipped_at>("shipped_at")
                         .Column<&Shipment::status>("status")
                         .Index<&Shipment::order_id>()
                         .References<&Shipment::order_id>("orders")
                         .References<&Shipment::warehouse_id>("warehouses"),
                     cordon::TenantTable<ShipmentLine>("shipment_lines")
                         .Key<&ShipmentLine::shipment_id>("shipment_id")
                         .Key<&ShipmentLine::line_no>("line_no")
                         .Column<&ShipmentLine::order_line>("order_line")
                         .Column<&ShipmentLine::product_id>("product_id")
                         .Column<&ShipmentLine::quantity>("quantity")
                         .Column<&ShipmentLine::lot>("lot")
                         .References<&ShipmentLine::shipment_id>("shipments")
                         .References<&ShipmentLine::product_id>("products"),
                     cordon::TenantTable<Invoice>("invoices")
                         .Key<&Invoice::id>("id")
                         .Column<&Invoice::customer_id>("customer_id")
                         .Column<&Invoice::order_id>("order_id")
                         .Column<&Invoice::invoiced_at>("invoiced_at")
                         .Column<&Invoice::due_at>("due_at")
                         .Column<&Invoice::currency>("currency")
                         .Column<&Invoice::net>("net")
                         .Column<&Invoice::tax>("tax")
                         .Column<&Invoice::gross>("gross")
                         .Column<&Invoice::paid>("paid")
                         .Column<&Invoice::dunning_level>("dunning_level")
                         .Index<&Invoice::customer_id, &Invoice::due_at>()
                         .References<&Invoice::customer_id>("customers")
                         .References<&Invoice::order_id>("orders")
                         .References<&Invoice::currency>("currencies"),
                     cordon::TenantTable<InvoiceLine>("invoice_lines")
                         .Key<&InvoiceLine::invoice_id>("invoice_id")
                         .Key<&InvoiceLine::line_no>("line_no")
                         .Column<&InvoiceLine::product_id>("product_id")
                         .Column<&InvoiceLine::quantity>("quantity")
                         .Column<&InvoiceLine::unit_price>("unit_price")
                         .Column<&InvoiceLine::amount>("amount")
                         .Column<&InvoiceLine::tax_code>("tax_code")
                         .Index<&InvoiceLine::product_id>()
                         .References<&InvoiceLine::invoice_id>("invoices")
                         .References<&InvoiceLine::product_id>("products")
                         .References<&InvoiceLine::tax_code>("tax_codes"),
                     cordon::TenantTable<Payment>("payments")
                         .Key<&Payment::id>("id")
                         .Column<&Payment::customer_id>("customer_id")
                         .Column<&Payment::invoice_id>("invoice_id")
                         .Column<&Payment::paid_at>("paid_at")
                         .Column<&Payment::amount>("amount")
                         .Column<&Payment::method>("method")
                         .Column<&Payment::reference>("reference")
                         .Index<&Payment::invoice_id>()
                         .References<&Payment::customer_id>("customers")
                         .References<&Payment::invoice_id>("invoices"),
                     cordon::TenantTable<Return>("returns")
                         .Key<&Return::id>("id")
                         .Column<&Return::order_id>("order_id")
                         .Column<&Return::product_id>("product_id")
                         .Column<&Return::quantity>("quantity")
                         .Column<&Return::reason>("reason")
                         .Column<&Return::received_at>("received_at")
                         .Column<&Return::credited>("credited")
                         .Index<&Return::order_id>()
                         .References<&Return::order_id>("orders")
                         .References<&Return::product_id>("products"),
                     cordon::TenantTable<Rebate>("rebates")
                         .Key<&Rebate::id>("id")
                         .Column<&Rebate::customer_id>("customer_id")
                         .Column<&Rebate::category_id>("category_id")
                         .Column<&Rebate::percent>("percent")
                         .Column<&Rebate::threshold>("threshold")
                         .Column<&Rebate::starts_at>("starts_at")
                         .Column<&Rebate::ends_at>("ends_at")
                         .Index<&Rebate::customer_id>()
                         .References<&Rebate::customer_id>("customers")
                         .References<&Rebate::category_id>("categories"),
                     cordon::TenantTable<RebateAccrual>("rebate_accruals")
                         .Key<&RebateAccrual::id>("id")
                         .Column<&RebateAccrual::rebate_id>("rebate_id")
                         .Column<&RebateAccrual::invoice_id>("invoice_id")
                         .Column<&RebateAccrual::amount>("amount")
                         .Column<&RebateAccrual::accrued_at>("accrued_at")
                         .Column<&RebateAccrual::settled>("settled")
                         .Unique<&RebateAccrual::rebate_id, &RebateAccrual::invoice_id>()
                         .References<&RebateAccrual::rebate_id>("rebates")
                         .References<&RebateAccrual::invoice_id>("invoices"),
                     cordon::TenantTable<PurchaseOrder>("purchase_orders")
                         .Key<&PurchaseOrder::id>("id")
                         .Column<&PurchaseOrder::supplier_id>("supplier_id")
                         .Column<&PurchaseOrder::ordered_at>("ordered_at")
                         .Column<&PurchaseOrder::expected_at>("expected_at")
                         .Column<&PurchaseOrder::status>("status")
                         .Column<&PurchaseOrder::warehouse_id>("warehouse_id")
                         .Index<&PurchaseOrder::supplier_id>()
                         .References<&PurchaseOrder::supplier_id>("suppliers")
                         .References<&PurchaseOrder::warehouse_id>("warehouses"),
                     cordon::TenantTable<PurchaseLine>("purchase_lines")
                         .Key<&PurchaseLine::purchase_id>("purchase_id")
                         .Key<&PurchaseLine::line_no>("line_no")
                         .Column<&PurchaseLine::product_id>("product_id")
                         .Column<&PurchaseLine::quantity>("quantity")
                         .Column<&PurchaseLine::received>("received")
                         .Column<&PurchaseLine::unit_cost>("unit_cost")
                         .Index<&PurchaseLine::product_id>()
                         .References<&PurchaseLine::purchase_id>("purchase_orders")
                         .References<&PurchaseLine::product_id>("products"),
                     cordon::TenantTable<EdiMessage>("edi_messages")
                         .Key<&EdiMessage::id>("id")
                         .Column<&EdiMessage::direction>("direction")
                         .Column<&EdiMessage::kind>("kind")
                         .Column<&EdiMessage::partner>("partner")
                         .Column<&EdiMessage::body>("body")
                         .Column<&EdiMessage::received_at>("received_at")
                         .Column<&EdiMessage::processed_at>("processed_at")
                         .Column<&EdiMessage::failure>("failure")
                         .Column<&EdiMessage::attempts>("attempts")
                         .Index<&EdiMessage::kind, &EdiMessage::received_at>(),
                     cordon::TenantTable<User>("users")
                         .Key<&User::id>("id")
                         .Column<&User::name>("name")
                         .Column<&User::email>("email")
                         .Column<&User::active>("active")
                         .Column<&User::last_login>("last_login"),
                     cordon::TenantTable<UserRole>("user_roles")
                         .Key<&UserRole::user_id>("user_id")
                         .Key<&UserRole::role>("role")
                         .Column<&UserRole::granted_at>("granted_at")
                         .References<&UserRole::user_id>("users"),
                     cordon::TenantTable<AuditNote>("audit_notes")
                         .Key<&AuditNote::id>("id")
                         .Column<&AuditNote::user_id>("user_id")
                         .Column<&AuditNote::object_kind>("object_kind")
                         .Column<&AuditNote::object_id>("object_id")
                         .Column<&AuditNote::note>("note")
                         .Column<&AuditNote::noted_at>("noted_at")
                         .Index<&AuditNote::object_kind, &AuditNote::object_id>()
                         .References<&AuditNote::user_id>("users"),
                     cordon::TenantTable<ExchangeRate>("exchange_rates")
                         .Key<&ExchangeRate::currency>("currency")
                         .Key<&ExchangeRate::valid_on>("valid_on")
                         .Column<&ExchangeRate::rate>("rate")
                         .References<&ExchangeRate::currency>("currencies"),
                     cordon::TenantTable<CalendarDay>("calendar_days")
                         .Key<&CalendarDay::at>("at")
                         .Column<&CalendarDay::working>("working")
                         .Column<&CalendarDay::holiday>("holiday")};
};

}  // namespace erp

#endif  // CORDON_TESTS_SQL_ERP_SCHEMA_H_
