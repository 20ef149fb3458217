// SPDX-License-Identifier: Apache-2.0
//
// The product whose isolation is proved: orders, their lines, accounts with versions, notes with
// blobs, and units that are everybody's. The first two tenants' tables and the units are those that
// random SQL is made for.
#ifndef CORDON_TESTS_PROVE_TRADE_H_
#define CORDON_TESTS_PROVE_TRADE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cordon/data/blob.h"
#include "cordon/data/session.h"
#include "cordon/testing/twins.h"
#include "sql/harness.h"

namespace cordon_test {

struct Order {
  std::int64_t id = 0;
  std::optional<std::int64_t> n;
  std::string name;
  std::optional<std::string> note;
  cordon::Decimal<2> net;
  bool open = false;
  std::optional<cordon::Timestamp> due;
};
struct Line {
  std::int64_t order_id = 0;
  std::int64_t line = 0;
  std::optional<std::string> sku;
  std::optional<std::int64_t> qty;
  std::optional<cordon::Decimal<4>> price;
};
struct Unit {
  std::string code;
  std::int64_t size = 0;
};
struct Account {
  std::int64_t id = 0;
  std::string code;
  cordon::Decimal<2> balance;
  std::int64_t version = 0;
};
struct Note {
  std::int64_t id = 0;
  std::optional<cordon::BlobId> scan;
};

struct Trade {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Order>("orders")
          .Key<&Order::id>("id")
          .Column<&Order::n>("n")
          .Column<&Order::name>("name")
          .Column<&Order::note>("note")
          .Column<&Order::net>("net")
          .Column<&Order::open>("open")
          .Column<&Order::due>("due")
          .Unique<&Order::name, &Order::n>()
          .Index<&Order::n>()
          .Index<&Order::name, &Order::net>(),
      cordon::TenantTable<Line>("lines")
          .Key<&Line::order_id>("order_id")
          .Key<&Line::line>("line")
          .Column<&Line::sku>("sku")
          .Column<&Line::qty>("qty")
          .Column<&Line::price>("price")
          .References<&Line::order_id>("orders")
          .Index<&Line::sku>(),
      cordon::GlobalTable<Unit>("units").Key<&Unit::code>("code").Column<&Unit::size>("size"),
      cordon::TenantTable<Account>("accounts")
          .Key<&Account::id>("id")
          .Column<&Account::code>("code")
          .Column<&Account::balance>("balance")
          .Version<&Account::version>("version")
          .Unique<&Account::code>(),
      cordon::TenantTable<Note>("notes").Key<&Note::id>("id").Column<&Note::scan>("scan")};
};

using TradeWorld = cordon::testing::World<Trade>;
using TradeSession = cordon::Session<Trade>;

[[nodiscard]] const SchemaView& TradeView();
// The tables as the makers of SQL know them.
[[nodiscard]] const std::vector<RuntimeSchema::Table>& TradeTables();

}  // namespace cordon_test

#endif  // CORDON_TESTS_PROVE_TRADE_H_
