// SPDX-License-Identifier: Apache-2.0
// The small shop that the negative compilations and the static tests are about. In each of the
// former, Right() is how it is done and Wrong() is the one mistake.
#ifndef CORDON_TESTS_COMPILE_FAIL_SHOP_H_
#define CORDON_TESTS_COMPILE_FAIL_SHOP_H_

#include <cordon/cordon.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shop {

struct Customer {
  std::string id;
  std::string name;
  std::optional<std::string> region;
};
struct Product {
  std::int64_t id;
  std::string sku;
  bool active;
  std::int32_t stock;
  std::optional<std::vector<std::byte>> picture;
};
struct Order {
  std::int64_t id;
  std::string customer_id;
  cordon::Timestamp ordered_at;
  std::optional<cordon::Timestamp> shipped_at;
};
struct Line {
  std::int64_t order_id;
  std::int64_t product_id;
  cordon::Decimal<4> unit_price;
  std::int64_t quantity;
  cordon::Decimal<2> discount;
};
struct Currency {
  std::string code;
  std::string name;
};
struct Turnover {  // a result, no table
  std::string customer_id;
  cordon::Decimal<6> revenue;
};

struct Shop {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Customer>("customers")
          .Key<&Customer::id>("id")
          .Column<&Customer::name>("name")
          .Column<&Customer::region>("region"),
      cordon::TenantTable<Product>("products")
          .Key<&Product::id>("id")
          .Column<&Product::sku>("sku")
          .Column<&Product::active>("active")
          .Column<&Product::stock>("stock")
          .Column<&Product::picture>("picture")
          .Unique<&Product::sku>(),
      cordon::TenantTable<Order>("orders")
          .Key<&Order::id>("id")
          .Column<&Order::customer_id>("customer_id")
          .Column<&Order::ordered_at>("ordered_at")
          .Column<&Order::shipped_at>("shipped_at")
          .References<&Order::customer_id>("customers"),
      cordon::TenantTable<Line>("order_lines")
          .Key<&Line::order_id>("order_id")
          .Key<&Line::product_id>("product_id")
          .Column<&Line::unit_price>("unit_price")
          .Column<&Line::quantity>("quantity")
          .Column<&Line::discount>("discount")
          .References<&Line::order_id>("orders")
          .References<&Line::product_id>("products"),
      cordon::GlobalTable<Currency>("currencies")
          .Key<&Currency::code>("code")
          .Column<&Currency::name>("name"),
      cordon::ResultRow<Turnover>()
          .Column<&Turnover::customer_id>("customer_id")
          .Column<&Turnover::revenue>("revenue"),
  };
};

using Platform = cordon::Platform<Shop>;
using Session = cordon::Session<Shop>;
using Read = cordon::ReadTransaction<Shop>;
using Write = cordon::WriteTransaction<Shop>;

}  // namespace shop

using cordon::as;
using namespace cordon::literals;  // "…"_sql

#endif  // CORDON_TESTS_COMPILE_FAIL_SHOP_H_
