// SPDX-License-Identifier: Apache-2.0
#include "sql/erp_data.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "cordon/data/decimal.h"
#include "sql/erp_schema.h"

namespace cordon_test {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

std::int64_t Midnight(int year, unsigned month, unsigned day) {
  const std::chrono::sys_days at{std::chrono::year(year) / static_cast<int>(month) /
                                 static_cast<int>(day)};
  return std::chrono::microseconds(at.time_since_epoch()).count();
}

class Generator {
 public:
  Generator(std::uint64_t seed, std::string mark) : random_(seed), mark_(std::move(mark)) {}

  std::vector<std::vector<Row>> Make() {
    Globals();
    Customers();
    Products();
    Prices();
    Warehouses();
    Orders();
    Invoices();
    Rebates();
    Purchasing();
    People();
    return std::move(tables_);
  }

 private:
  static constexpr int kCustomers = 24, kProducts = 40, kOrders = 70, kSuppliers = 6;

  // ---- values -----------------------------------------------------------------------------------
  std::int64_t Upto(std::int64_t n) {  // 0 … n-1
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n));
  }
  bool Often(int percent) { return Upto(100) < percent; }
  static Value Int(std::int64_t value) { return Value::Integer(value); }
  static Value Bool(bool value) { return Value::Integer(value ? 1 : 0); }
  static Value Str(std::string text) { return Value::Text(std::move(text)); }
  Value Free(const std::string& text) { return Value::Text(mark_ + text); }
  template <std::size_t N>
  std::string Pick(const char* const (&of)[N]) {
    return of[static_cast<std::size_t>(Upto(N))];
  }
  Value Maybe(int percent, Value value) {
    return Often(percent) ? std::move(value) : Value::Null();
  }
  Value Money(std::int64_t whole) { return Int(Upto(whole * 4) * 25); }  // quarters, scale 2
  Value Price(std::int64_t whole) { return Int((1 + Upto(whole * 16)) * 625); }  // 1/16, scale 4
  Value Quantity(std::int64_t whole) { return Int(Upto(whole * 8) * 125); }      // 1/8, scale 3
  Value Count(std::int64_t whole) { return Int((1 + Upto(whole)) * 1000); }      // whole, scale 3
  Value Rate() { return Int(Upto(5) * 625); }  // 0 to 25 % in steps of 1/16, scale 4
  Value Time(std::int64_t from_day, std::int64_t days) {
    return Int(kBegin + (from_day + Upto(days)) * kDay + Upto(86'400) * kSecond);
  }
  static Value Later(const Value& time, std::int64_t days) {
    return Int(time.integer + days * kDay);
  }
  static std::string Id(const char* prefix, std::int64_t n) {
    std::string digits = std::to_string(n);
    return prefix + std::string(digits.size() < 3 ? 3 - digits.size() : 0, '0') + digits;
  }
  std::string Customer() { return Id("C", 1 + Upto(kCustomers)); }
  std::string Product() { return Id("P", 1 + Upto(kProducts)); }
  std::string Warehouse() { return Id("W", 1 + Upto(3)); }

  std::vector<Row>& Next() { return tables_.emplace_back(); }

  // ---- tables, in the order of the schema -------------------------------------------------------
  void Globals() {
    Next() = {{Str("EUR"), Str("Euro"), Int(2)},
              {Str("USD"), Str("US Dollar"), Int(2)},
              {Str("JPY"), Str("Yen"), Int(0)}};
    Next() = {{Str("STD"), Str("Standard"), Int(1875)},
              {Str("RED"), Str("Reduced"), Int(625)},
              {Str("NIL"), Str("None"), Int(0)}};
  }

  void Customers() {
    auto& lists = Next();
    lists = {{Str("STANDARD"), Free("Standard"), Str("EUR"), Int(kBegin), Value::Null()},
             {Str("DEALER"), Free("Dealers"), Str("EUR"), Int(kBegin), Value::Null()},
             {Str("EXPORT"), Free("Export"), Str("USD"), Int(kBegin), Int(kBegin + 300 * kDay)}};
    auto& customers = Next();
    for (int i = 1; i <= kCustomers; ++i) {
      const bool child = i > 6 && Often(40);
      customers.push_back(
          {Str(Id("C", i)), Free(Pick(kNames) + " " + std::to_string(i % 9)),
           child ? Str(Id("C", 1 + Upto(i - 1))) : Value::Null(), Str(Pick(kKinds)),
           Str(Pick(kLists)), Str(Often(80) ? "EUR" : "USD"), Str(Pick(kTaxes)),
           Maybe(75, Money(20'000)), Rate(), Int(Often(60) ? 30 : 14), Bool(Often(15)),
           Maybe(70, Free("sales" + std::to_string(i) + "@example.com")), Time(-400, 400),
           Str(R"({"segment":")" + Pick(kSegments) + R"(","score":)" + std::to_string(Upto(100)) +
               R"(,"tags":["a","b)" + std::to_string(i % 3) + R"("],"rep":"U00)" +
               std::to_string(1 + Upto(5)) + R"("})")});
    }
    auto& addresses = Next();
    for (int i = 1; i <= kCustomers; ++i) {
      for (std::int64_t n = 1; n <= 1 + Upto(3); ++n) {
        addresses.push_back({Str(Id("C", i)), Int(n), Free("Street " + std::to_string(Upto(90))),
                             Free(Pick(kCities)), Str(std::to_string(10'000 + Upto(80'000))),
                             Str(Pick(kCountries)), Bool(n == 1)});
      }
    }
    auto& contacts = Next();
    for (int i = 1; i <= 30; ++i) {
      contacts.push_back({Int(i), Str(Customer()), Free(Pick(kNames)),
                          Maybe(60, Free("c" + std::to_string(i) + "@example.com")),
                          Maybe(50, Str("+49 30 " + std::to_string(Upto(9'999)))),
                          Str(Pick(kTitles))});
    }
  }

  void Products() {
    auto& categories = Next();
    for (int i = 1; i <= 12; ++i) {
      categories.push_back({Int(i), i <= 3 ? Value::Null() : Int(1 + Upto(i - 1)),
                            Free("Category " + std::to_string(i))});
    }
    Next() = {{Str("PCS"), Free("Pieces"), Int(1000)},
              {Str("BOX"), Free("Box"), Int(12'000)},
              {Str("KG"), Free("Kilogram"), Int(1000)}};
    auto& suppliers = Next();
    for (int i = 1; i <= kSuppliers; ++i) {
      suppliers.push_back({Str(Id("S", i)), Free(Pick(kNames) + " Supply"), Str(Pick(kCountries)),
                           Int(2 + Upto(30)), Maybe(80, Int(1 + Upto(5))),
                           Str(Often(70) ? "EUR" : "USD")});
    }
    auto& products = Next();
    for (int i = 1; i <= kProducts; ++i) {
      products.push_back(
          {Str(Id("P", i)), Free(Pick(kGoods) + " " + std::to_string(i % 7)),
           Maybe(90, Int(1 + Upto(12))), Str(Pick(kUnits)),
           Maybe(85, Str(Id("S", 1 + Upto(kSuppliers)))), Price(200), Maybe(85, Price(120)),
           Maybe(70, Quantity(20)), Quantity(30), Bool(Often(12)),
           Maybe(80, Str("40000" + std::to_string(10'000 + i))),
           Maybe(70, Str(R"({"color":")" + Pick(kColors) + R"(","dim":{"w":)" +
                         std::to_string(Upto(90)) + R"(,"h":)" + std::to_string(Upto(90)) + "}}")),
           Time(-300, 300)});
    }
    auto& components = Next();
    for (int i = 1; i <= 10; ++i) {  // a product is made of later ones, so there is no cycle
      std::set<std::int64_t> parts;
      for (int n = 0; n < 3; ++n) parts.insert(i + 1 + Upto(kProducts - i));
      for (const std::int64_t part : parts) {
        components.push_back({Str(Id("P", i)), Str(Id("P", part)), Count(4)});
      }
    }
  }

  void Prices() {
    auto& list_prices = Next();
    for (const char* list : kLists) {
      for (int i = 1; i <= kProducts; ++i) {
        if (!Often(60)) continue;
        list_prices.push_back({Str(list), Str(Id("P", i)), Int(1000), Price(180)});
        if (Often(40)) list_prices.push_back({Str(list), Str(Id("P", i)), Int(10'000), Price(150)});
      }
    }
    auto& contracts = Next();
    std::set<std::pair<std::string, std::string>> taken;
    for (int i = 0; i < 60; ++i) {
      const std::pair<std::string, std::string> key(Customer(), Product());
      if (!taken.insert(key).second) continue;
      const Value from = Time(0, 200);
      contracts.push_back({Str(key.first), Str(key.second), Price(140), Count(5), from,
                           Maybe(60, Later(from, 30 + Upto(120)))});
    }
  }

  void Warehouses() {
    const std::size_t first = tables_.size();
    for (int i = 0; i < 4; ++i) Next();
    for (int w = 1; w <= 3; ++w) {
      tables_[first].push_back({Str(Id("W", w)), Free("Warehouse " + std::to_string(w)),
                                Free(Pick(kCities)), Bool(w != 3)});
      for (int b = 1; b <= 6; ++b) {
        tables_[first + 1].push_back({Str(Id("W", w)), Str(Id("B", b)), Str(b < 4 ? "A" : "B"),
                                      Maybe(70, Count(500)), Bool(b != 6)});
      }
    }
    std::set<std::string> taken;
    for (int i = 0; i < 150; ++i) {
      const std::string w = Warehouse();
      const std::string b = Id("B", 1 + Upto(6));
      const std::string p = Product();
      if (!taken.insert(w + b + p).second) continue;
      tables_[first + 2].push_back(
          {Str(w), Str(b), Str(p), Quantity(60), Quantity(15), Maybe(60, Time(100, 200))});
    }
    for (int i = 1; i <= 160; ++i) {
      const std::string kind = Pick(kMoves);
      Value quantity = Quantity(30);
      if (kind == "issue" || (kind != "receipt" && Often(50))) quantity.integer = -quantity.integer;
      tables_[first + 3].push_back({Int(i), Str(Warehouse()), Str(Product()), Str(kind), quantity,
                                    Time(0, 365),
                                    Maybe(60, Str("SO-" + std::to_string(Upto(kOrders)))),
                                    Maybe(80, Str(Id("U", 1 + Upto(5))))});
    }
  }

  void Orders() {
    const std::size_t first = tables_.size();
    for (int i = 0; i < 4; ++i) Next();
    int shipment = 0;
    for (int i = 1; i <= kOrders; ++i) {
      const Value at = Time(0, 365);
      const std::string status = Pick(kStatuses);
      tables_[first].push_back({Int(i), Str(Customer()), at, Maybe(80, Later(at, 3 + Upto(20))),
                                Str(status), Str(Often(80) ? "EUR" : "USD"), Str(Pick(kChannels)),
                                Maybe(60, Str("REF-" + std::to_string(i))), Str(Warehouse()),
                                Rate(), Maybe(30, Free("call first")), Maybe(85, Money(5'000))});
      for (std::int64_t n = 1; n <= 1 + Upto(4); ++n) {
        const Value quantity = Count(20);
        const std::int64_t whole = quantity.integer / 1000;
        const std::int64_t allocated = Upto(whole + 1);
        const std::int64_t shipped =
            status == "shipped" || status == "closed" ? allocated : Upto(allocated + 1);
        tables_[first + 1].push_back(
            {Int(i), Int(n), Str(Product()), quantity, Int(allocated * 1000), Int(shipped * 1000),
             Price(180), Rate(), Str(Pick(kTaxes)), Maybe(50, Later(at, 5 + Upto(30)))});
      }
      if (status == "open" || !Often(75)) continue;
      ++shipment;
      tables_[first + 2].push_back({Int(shipment), Int(i), Str(Warehouse()),
                                    Maybe(80, Str(Pick(kCarriers))),
                                    Maybe(60, Str("T" + std::to_string(Upto(1'000'000)))),
                                    Maybe(70, Later(at, 1 + Upto(9))), Str(Pick(kShipping))});
      for (std::int64_t n = 1; n <= 1 + Upto(3); ++n) {
        tables_[first + 3].push_back({Int(shipment), Int(n), Int(n), Str(Product()), Count(8),
                                      Maybe(40, Str("LOT" + std::to_string(Upto(9))))});
      }
    }
  }

  void Invoices() {
    const std::size_t first = tables_.size();
    for (int i = 0; i < 4; ++i) Next();
    const auto& orders = tables_[first - 4];
    int payment = 0;
    for (int i = 1; i <= 60; ++i) {
      const Row& order = orders[static_cast<std::size_t>(Upto(kOrders))];
      const Value at = Later(order[2], 2 + Upto(10));
      const Value net = Money(4'000);
      const std::int64_t tax = net.integer / 100 * 25;
      const bool paid = Often(55);
      tables_[first].push_back({Int(i), order[1], Maybe(85, order[0]), at,
                                Later(at, Often(60) ? 30 : 14), order[5], net, Int(tax),
                                Int(net.integer + tax), Bool(paid), Int(paid ? 0 : Upto(4))});
      for (std::int64_t n = 1; n <= 1 + Upto(3); ++n) {
        tables_[first + 1].push_back(
            {Int(i), Int(n), Str(Product()), Count(20), Price(180), Money(900), Str(Pick(kTaxes))});
      }
      for (int n = 0; n < (paid ? 1 + (i % 2) : i % 2); ++n) {
        tables_[first + 2].push_back(
            {Int(++payment), order[1], Maybe(90, Int(i)), Later(at, 1 + Upto(50)),
             paid ? Int((net.integer + tax) / (1 + i % 2) / 25 * 25) : Money(500),
             Str(Pick(kMethods)), Maybe(50, Free("ref " + std::to_string(i)))});
      }
    }
    for (int i = 1; i <= 25; ++i) {
      tables_[first + 3].push_back({Int(i), Int(1 + Upto(kOrders)), Str(Product()), Count(5),
                                    Str(Pick(kReasons)), Time(30, 330),
                                    Often(70) ? Bool(Often(50)) : Value::Null()});
    }
  }

  void Rebates() {
    auto& rebates = Next();
    for (int i = 1; i <= 14; ++i) {
      const Value from = Int(kBegin + (i % 4) * 90 * kDay);
      rebates.push_back({Int(i), Str(Customer()), Maybe(60, Int(1 + Upto(12))), Rate(),
                         Money(2'000), from, Later(from, 180)});
    }
    auto& accruals = Next();
    std::set<std::pair<std::int64_t, std::int64_t>> taken;
    for (int i = 1; i <= 40; ++i) {
      const std::int64_t rebate = 1 + Upto(14);
      const std::int64_t invoice = 1 + Upto(60);
      if (!taken.insert({rebate, invoice}).second) continue;
      accruals.push_back(
          {Int(i), Int(rebate), Int(invoice), Money(300), Time(0, 365), Bool(Often(40))});
    }
  }

  void Purchasing() {
    const std::size_t first = tables_.size();
    Next();
    Next();
    for (int i = 1; i <= 25; ++i) {
      const Value at = Time(0, 330);
      tables_[first].push_back({Int(i), Str(Id("S", 1 + Upto(kSuppliers))), at,
                                Maybe(80, Later(at, 5 + Upto(30))), Str(Pick(kPurchasing)),
                                Str(Warehouse())});
      for (std::int64_t n = 1; n <= 1 + Upto(3); ++n) {
        const Value quantity = Count(80);
        tables_[first + 1].push_back({Int(i), Int(n), Str(Product()), quantity,
                                      Int(Upto(quantity.integer / 1000 + 1) * 1000), Price(120)});
      }
    }
  }

  void People() {
    auto& messages = Next();
    for (int i = 1; i <= 40; ++i) {
      const Value at = Time(200, 165);
      const bool failed = Often(25);
      messages.push_back(
          {Int(i), Str(Often(70) ? "in" : "out"), Str(Pick(kDocuments)), Str(Customer()),
           Str(R"({"order":{"ref":"REF-)" + std::to_string(Upto(kOrders)) +
               R"(","lines":[{"sku":")" + Product() + R"(","qty":)" + std::to_string(1 + Upto(9)) +
               R"(},{"sku":")" + Product() + R"(","qty":)" + std::to_string(1 + Upto(9)) + "}]}}"),
           at, failed ? Value::Null() : Maybe(80, Later(at, Upto(3))),
           failed ? Free("unknown article") : Value::Null(), Int(failed ? 1 + Upto(5) : 1)});
    }
    auto& users = Next();
    for (int i = 1; i <= 5; ++i) {
      users.push_back({Str(Id("U", i)), Free(Pick(kNames)),
                       Maybe(80, Free("u" + std::to_string(i) + "@example.com")), Bool(i != 5),
                       Maybe(80, Time(300, 60))});
    }
    auto& roles = Next();
    for (int i = 1; i <= 5; ++i) {
      roles.push_back({Str(Id("U", i)), Str("clerk"), Time(0, 100)});
      if (i % 2 == 0) roles.push_back({Str(Id("U", i)), Str("buyer"), Time(0, 100)});
      if (i == 1) roles.push_back({Str(Id("U", i)), Str("admin"), Time(0, 100)});
    }
    auto& notes = Next();
    for (int i = 1; i <= 30; ++i) {
      notes.push_back({Int(i), Str(Id("U", 1 + Upto(5))), Str(Often(60) ? "order" : "customer"),
                       Str(std::to_string(1 + Upto(kOrders))), Free("changed 100% of " + Product()),
                       Time(0, 365)});
    }
    auto& rates = Next();
    for (int month = 0; month < 12; ++month) {
      rates.push_back({Str("USD"), Int(kBegin + month * 30 * kDay), Int((60 + Upto(10)) * 15'625)});
      rates.push_back({Str("EUR"), Int(kBegin + month * 30 * kDay), Int(1'000'000)});
    }
    auto& days = Next();
    for (int day = 0; day < 60; ++day) {
      days.push_back({Int(kBegin + (240 + day) * kDay), Bool(day % 7 < 5),
                      day % 29 == 0 ? Free("Holiday") : Value::Null()});
    }
  }

  static inline const std::int64_t kBegin = Midnight(2025, 7, 1);
  static constexpr const char* kNames[] = {"Alder", "Birch", "Cedar", "Dogwood",
                                           "Elm",   "Fir",   "Hazel"};
  static constexpr const char* kKinds[] = {"dealer", "chain", "retail"};
  static constexpr const char* kLists[] = {"STANDARD", "DEALER", "EXPORT"};
  static constexpr const char* kTaxes[] = {"STD", "RED", "NIL"};
  static constexpr const char* kSegments[] = {"gold", "silver", "bronze"};
  static constexpr const char* kCities[] = {"Berlin", "Lyon", "Porto", "Graz", "berlin"};
  static constexpr const char* kCountries[] = {"DE", "FR", "PT", "AT"};
  static constexpr const char* kTitles[] = {"buyer", "accounts", "manager"};
  static constexpr const char* kGoods[] = {"Bolt", "Nut", "Gear", "Belt", "Lamp", "Hose"};
  static constexpr const char* kUnits[] = {"PCS", "BOX", "KG"};
  static constexpr const char* kColors[] = {"red", "green", "blue"};
  static constexpr const char* kMoves[] = {"receipt", "issue", "adjust", "transfer"};
  static constexpr const char* kStatuses[] = {"open", "allocated", "shipped", "closed",
                                              "cancelled"};
  static constexpr const char* kChannels[] = {"web", "edi", "phone"};
  static constexpr const char* kCarriers[] = {"DHL", "UPS", "DPD"};
  static constexpr const char* kShipping[] = {"picking", "packed", "shipped"};
  static constexpr const char* kMethods[] = {"transfer", "card", "debit"};
  static constexpr const char* kReasons[] = {"damaged", "wrong", "late"};
  static constexpr const char* kPurchasing[] = {"open", "received", "cancelled"};
  static constexpr const char* kDocuments[] = {"ORDERS", "DESADV", "INVOIC"};

  std::mt19937_64 random_;
  const std::string mark_;
  std::vector<std::vector<Row>> tables_;
};

}  // namespace

std::vector<std::vector<Row>> ErpRows(std::uint64_t seed, const std::string& mark) {
  return Generator(seed, mark).Make();
}

Value AsPlain(const Value& value, SqlType type) {
  if (value.storage != SqlValue::kInteger) return value;
  if (type.kind == SqlType::kDecimal) {
    return Value::Real(static_cast<double>(value.integer) / std::pow(10.0, type.scale));
  }
  if (type.kind == SqlType::kTimestamp) return Value::Text(ShowTime(value.integer));
  return value;
}

std::vector<std::string> PlainTables(const SchemaView& schema) {
  const auto list = [&](std::size_t table, const cordon::internal::ColumnSet& set) {
    std::string names;
    for (std::size_t i = 0; i < set.count; ++i) {
      names += (i == 0 ? "" : ", ") + std::string(schema.Column(table, set.columns[i]).name);
    }
    return "(" + names + ")";
  };
  std::vector<std::string> statements;
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    const auto& table = schema.tables[t];
    std::string sql = "CREATE TABLE " + std::string(table.name) + " (";
    for (std::size_t c = 0; c < table.column_count; ++c) {
      const auto& column = schema.Column(t, c);
      const auto kind = column.type.kind;
      sql += std::string(column.name) +
             (kind == SqlType::kDecimal                               ? " REAL"
              : kind == SqlType::kText || kind == SqlType::kTimestamp ? " TEXT"
                                                                      : " INTEGER") +
             (column.type.nullable ? ", " : " NOT NULL, ");
    }
    sql += "PRIMARY KEY " + list(t, table.key);
    for (std::size_t i = 0; i < table.unique_count; ++i) {
      sql += ", UNIQUE " + list(t, table.uniques[i]);
    }
    for (std::size_t i = 0; i < table.foreign_key_count; ++i) {
      sql += ", FOREIGN KEY " + list(t, table.foreign_keys[i].columns) + " REFERENCES " +
             std::string(table.foreign_keys[i].parent);
    }
    statements.push_back(sql + ")");
  }
  return statements;
}

cordon::Value Given(const Argument& argument) {
  if (argument.value.storage == SqlValue::kNull) return std::monostate();
  switch (argument.type.kind) {
    case SqlType::kText:
      return argument.value.text;
    case SqlType::kBoolean:
      return argument.value.integer != 0;
    case SqlType::kTimestamp:
      return cordon::Timestamp(std::chrono::microseconds(argument.value.integer));
    case SqlType::kDecimal: {
      const auto decimal =
          cordon::ScaledDecimal::FromUnits(argument.value.integer, argument.type.scale);
      return decimal.ok() ? cordon::Value(*decimal) : std::monostate();
    }
    default:
      return argument.value.integer;
  }
}

Argument ParseArgument(const std::string& word) {
  const std::size_t colon = word.find(':');
  if (colon == std::string::npos || colon == 0) throw std::invalid_argument("argument " + word);
  std::string name = word.substr(0, colon);
  const std::string text = word.substr(colon + 1);
  Argument argument;
  if (name.back() == '?') {
    argument.type.nullable = true;
    name.pop_back();
  }
  if (name.starts_with("decimal")) {
    argument.type.kind = SqlType::kDecimal;
    argument.type.scale = static_cast<std::uint8_t>(std::stoi(name.substr(7)));
    name = "decimal";
  }
  const bool null = text == "NULL";
  if (name == "text") {
    argument.type.kind = SqlType::kText;
    argument.value = Value::Text(text);
  } else if (name == "integer") {
    argument.type.kind = SqlType::kInteger;
    argument.value = null ? Value::Null() : Value::Integer(std::stoll(text));
  } else if (name == "boolean") {
    argument.type.kind = SqlType::kBoolean;
    argument.value = null ? Value::Null() : Value::Integer(std::stoll(text));
  } else if (name == "decimal") {
    if (!null) {
      const auto units = cordon::internal::ParseDecimal(text, argument.type.scale);
      if (!units.ok()) throw std::invalid_argument("argument " + word);
      argument.value = Value::Integer(*units);
    }
  } else if (name == "timestamp") {
    argument.type.kind = SqlType::kTimestamp;
    int year = 0;
    unsigned month = 0, day = 0;
    if (!null && std::sscanf(text.c_str(), "%d-%u-%u", &year, &month, &day) != 3) {
      throw std::invalid_argument("argument " + word);
    }
    if (!null) argument.value = Value::Integer(Midnight(year, month, day));
  } else {
    throw std::invalid_argument("argument " + word);
  }
  if (null) argument.value = Value::Null();
  return argument;
}

std::vector<ErpStatement> ReadErpStatements(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<ErpStatement> statements;
  std::string* part = nullptr;
  const auto begins = [](const std::string& line, std::string_view with) {
    return std::string_view(line).substr(0, with.size()) == with;
  };
  for (std::string line; std::getline(file, line);) {
    if (begins(line, "-- name: ")) {
      statements.emplace_back().name = line.substr(9);
      part = &statements.back().text;
    } else if (statements.empty()) {
      continue;
    } else if (begins(line, "-- args: ")) {
      std::istringstream words(line.substr(9));
      for (std::string word; words >> word;) {
        statements.back().arguments.push_back(ParseArgument(word));
      }
    } else if (line == "-- ordered") {
      statements.back().ordered = true;
    } else if (line == "-- plain:") {
      part = &statements.back().plain;
    } else if (line == "-- instead:") {
      part = &statements.back().instead;
    } else if (begins(line, "-- otherwise: ")) {
      statements.back().otherwise = line.substr(14);
    } else if (line == "-- by hand:") {
      part = &statements.back().by_hand;
    } else if (begins(line, "-- ====") || line.empty()) {
      continue;
    } else if (begins(line, "--")) {
      throw std::runtime_error("what is this: " + line);
    } else {
      *part += (part->empty() ? "" : "\n") + line;
    }
  }
  return statements;
}

// ---- the world ----------------------------------------------------------------------------------

ErpWorld::ErpWorld() : shared_(cordon::internal::kViewOf<erp::Erp>) {
  const SchemaView& schema = shared_.schema();
  const auto ours = ErpRows(1, "");
  const auto below = ErpRows(2, kMark);
  const auto above = ErpRows(3, kMark);
  plain_.Must("PRAGMA foreign_keys = ON");
  for (const std::string& create : PlainTables(schema)) plain_.Must(create);
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    shared_.Load(t, Neighbourhood::kOurs, ours[t]);
    if (schema.tables[t].kind == TableKind::kTenant) {
      shared_.Load(t, Neighbourhood::kBelow, below[t]);
      shared_.Load(t, Neighbourhood::kAbove, above[t]);
    }
    for (Row row : ours[t]) {
      for (std::size_t c = 0; c < row.size(); ++c) {
        row[c] = AsPlain(row[c], schema.Column(t, c).type);
      }
      plain_.Insert(std::string(schema.tables[t].name), row);
    }
  }
  shared_.Keep();
}

namespace {
std::string Listing(std::string_view table, std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  std::string all = std::string(table) + "\n";
  for (const std::string& line : lines) all += "  " + line + "\n";
  return all;
}
}  // namespace

std::string ErpWorld::OursInShared() {
  const SchemaView& schema = shared_.schema();
  std::string all;
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    std::vector<std::string> lines;
    for (const Row& row : shared_.Rows(t, Neighbourhood::kOurs)) {
      std::string& line = lines.emplace_back();
      for (std::size_t c = 0; c < row.size(); ++c) {
        line += Show(row[c], schema.Column(t, c).type) + "|";
      }
    }
    all += Listing(schema.tables[t].name, std::move(lines));
  }
  return all;
}

std::string ErpWorld::OursInPlain() {
  const SchemaView& schema = shared_.schema();
  std::string all;
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    std::vector<std::string> lines;
    const Result rows = plain_.Run("SELECT * FROM " + std::string(schema.tables[t].name));
    for (const Row& row : rows.rows) {
      std::string& line = lines.emplace_back();
      for (const Value& value : row) line += Show(value) + "|";
    }
    all += Listing(schema.tables[t].name, std::move(lines));
  }
  return all;
}

}  // namespace cordon_test
