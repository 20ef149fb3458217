// SPDX-License-Identifier: Apache-2.0
// What a dealer's staff sees of the back office depends on that dealer alone: each of its commands,
// asked of Cordon's twins.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "back_office.h"
#include "cordon/testing/gtest.h"
#include "dealers.h"
#include "import.h"
#include "schema.h"
#include "scratch.h"

namespace distribution {
namespace {

namespace fs = std::filesystem;
using cordon::as;
using cordon::literals::operator""_sql;
using cordon::testing::Input;
using World = cordon::testing::World<Erp>;

constexpr cordon::Timestamp kNow = std::chrono::sys_days(std::chrono::year(2024) / 5 / 17);

// ---- what people see ------------------------------------------------------------------------

std::string Show(const absl::Status& status) { return status.ToString(); }
std::string Show(std::int64_t number) { return std::to_string(number); }
std::string Show(const Invoice& invoice) {
  return "no. " + Show(invoice.number) + " for order " + Show(invoice.order_id) + " over " +
         invoice.total.ToString() + " " + invoice.currency;
}
std::string Show(const Figures& figures) {
  return Show(figures.customers) + " customers, " + Show(figures.orders) + " orders, " +
         Show(figures.lines) + " lines, " + figures.revenue.ToString();
}
template <class T>
std::string Show(const absl::StatusOr<T>& result) {
  return result.ok() ? Show(*result) : Show(result.status());
}
std::string Show(const ImportReport& report) {
  std::string shown = Show(report.status) + " " + Show(report.customers) + " " +
                      Show(report.products) + " " + Show(report.orders) + " " + Show(report.lines);
  for (const ImportProblem& problem : report.problems) {
    shown += "\n" + problem.file + ":" + Show(problem.line) + " " + problem.reason;
  }
  return shown + "\nand " + Show(report.more_problems);
}

// ---- the commands ---------------------------------------------------------------------------

std::string Place(const World& world, Input& input) {
  ErpSession dealer = world.session();
  std::vector<Item> items;
  for (std::uint64_t i = input.Below(4); i-- > 0;) {
    items.push_back({input.Id(), input.Id(), Discount::FromUnits(input.Id())});
  }
  return Show(PlaceOrder(dealer, input.Key(), items, kNow));
}

std::string PlaceAndInvoice(const World& world, Input& input) {
  ErpSession dealer = world.session();
  const std::vector<Item> items = {{input.Id(), 1, Discount::FromUnits(5)}};
  const absl::StatusOr<std::int64_t> order = PlaceOrder(dealer, input.Key(), items, kNow);
  world.LetOthersAct();
  const std::int64_t invoiced = order.ok() ? *order : input.Id();
  return Show(order) + " " + Show(InvoiceOrder(dealer, invoiced, input.Flip() ? "K1" : "K9", kNow));
}

std::string ShowFigures(const World& world, Input& input) {
  ErpSession dealer = world.session();
  (void)PlaceOrder(dealer, input.Key(), std::vector<Item>{{input.Id(), 1, Discount()}}, kNow);
  return Show(ReadFigures(dealer));
}

std::string ShowPrices(const World& world, Input& input) {
  const auto prices = world.session().All(
      as<Price>,
      "SELECT COALESCE(c.unit_price, p.list_price) AS unit_price FROM products AS p "
      "LEFT JOIN contract_prices AS c ON c.product_id = p.id AND c.customer_id = ? "
      "ORDER BY p.id"_sql,
      input.Key());
  if (!prices.ok()) return Show(prices.status());
  std::string shown;
  for (const auto& price : *prices) shown += price.Plain().ToString() + " ";
  return shown;
}

std::string ShowStock(const World& world, Input& input) {
  std::string shown;
  const absl::Status read = world.session().Read([&](auto& tx) -> absl::Status {
    for (int page = 0; page < 2; ++page) {
      const auto stock = tx.All(
          as<Stock>, "SELECT * FROM stock WHERE on_hand >= ? ORDER BY product_id LIMIT 2"_sql,
          input.Id());
      if (!stock.ok()) return stock.status();
      for (const auto& line : *stock) shown += Show(line->product_id) + ":" + Show(line->on_hand);
      world.LetOthersAct();
    }
    return absl::OkStatus();
  });
  return shown + Show(read);
}

// A clerk of ours asks for the dealer whose id somebody gave away.
std::string EnterAnother(const World& world, Input& input) {
  const cordon::TenantId theirs = world.neighbours()[input.Below(world.neighbours().size())];
  const Dealer dealer{"theirs", theirs, *cordon::Principal::User("twin.clerk")};
  const absl::StatusOr<cordon::TenantContext> entered = Enter(world.platform(), dealer);
  return entered.ok() ? "entered" : Show(entered.status());
}

// A well-formed dealer's files, perhaps with one line lost, doubled or cut off.
std::string Import(const World& world, Input& input) {
  const Scratch scratch;
  std::uint64_t until_spoilt = input.Below(150);
  const std::uint64_t how = input.Below(3);
  for (const auto& file : fs::directory_iterator(fs::path(DISTRIBUTION_DATA_DIR) / "alder")) {
    std::ifstream in(file.path());
    std::ofstream out(scratch.path() / file.path().filename());
    for (std::string line; std::getline(in, line);) {
      const bool spoilt = until_spoilt-- == 0;
      if (spoilt && how == 0) continue;
      if (spoilt && how == 1) out << line << "\n";
      if (spoilt && how == 2) line.resize(line.size() / 2);
      out << line << "\n";
    }
  }
  ErpSession dealer = world.session();
  ImportOptions options;
  options.price_percent = 100 + input.Id();
  return Show(ImportDealer(dealer, scratch.path(), options));
}

// ---- what the dealers have ------------------------------------------------------------------

// The made-up rows hold orders and invoices up to 11 already.
absl::Status StartNumbers(const ErpSession& dealer, Input& input, const std::string& mark) {
  const std::int64_t first = 100 + input.Id() + (mark.empty() ? 0 : 1000);
  for (const char* name : {"order", "invoice"}) {
    if (absl::Status started = dealer.Upsert(Counter{name, first}); !started.ok()) return started;
  }
  return absl::OkStatus();
}

// Every dealer but ours has been there for a while.
absl::Status ImportNeighbours(const ErpSession& dealer, Input& input, const std::string& mark) {
  if (mark.empty()) return absl::OkStatus();
  ErpSession theirs = dealer;
  const fs::path data = DISTRIBUTION_DATA_DIR;
  return ImportDealer(theirs, data / (input.Flip() ? "alder" : "birch")).status;
}

class BackOffice : public cordon::testing::TwinTest<Erp> {
 protected:
  BackOffice() {
    options.programs = 5;
    options.requests = 12;
    options.neighbours_ask = true;  // the other dealers are at work as well
  }
};

TEST_F(BackOffice, PlacesOrders) {
  options.request_name = "&Place";
  ExpectTellsNothing(&Place, &StartNumbers);
}
TEST_F(BackOffice, Invoices) {
  options.request_name = "&PlaceAndInvoice";
  ExpectTellsNothing(&PlaceAndInvoice, &StartNumbers);
}
TEST_F(BackOffice, ShowsItsFigures) {
  options.request_name = "&ShowFigures";
  ExpectTellsNothing(&ShowFigures, &StartNumbers);
}
TEST_F(BackOffice, ShowsItsPrices) {
  options.request_name = "&ShowPrices";
  ExpectTellsNothing(&ShowPrices);
}
TEST_F(BackOffice, ShowsItsStock) {
  options.request_name = "&ShowStock";
  ExpectTellsNothing(&ShowStock);
}
TEST_F(BackOffice, LetsNobodyIntoAnother) {
  options.request_name = "&EnterAnother";
  ExpectTellsNothing(&EnterAnother);
}
TEST_F(BackOffice, Imports) {
  options.request_name = "&Import";
  options.requests = 4;
  options.rows = 0;  // an import is into an empty back office
  ExpectTellsNothing(&Import, &ImportNeighbours);
}

// The requests above would find nothing if they only met errors.
TEST_F(BackOffice, IsAtWork) {
  options.seed = 1;
  options.neighbours_ask = false;
  std::int64_t placed = 0;
  std::int64_t invoiced = 0;
  std::int64_t imported = 0;
  std::int64_t refused = 0;
  const auto work = [&](const World& world, Input& input) {
    std::string shown = PlaceAndInvoice(world, input);
    placed += shown.starts_with("1") ? 1 : 0;
    invoiced += shown.find("no. 1") != std::string::npos ? 1 : 0;
    return shown;
  };
  ExpectTellsNothing(work, &StartNumbers);
  EXPECT_GT(placed, 5);
  EXPECT_GT(invoiced, 5);
  options.rows = 0;
  const auto import = [&](const World& world, Input& input) {
    std::string shown = Import(world, input);
    ++(shown.starts_with("OK") ? imported : refused);
    return shown;
  };
  ExpectTellsNothing(import, &ImportNeighbours);
  EXPECT_GT(imported, 0);
  EXPECT_GT(refused, 5);
}

}  // namespace
}  // namespace distribution
