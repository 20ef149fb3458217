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
#include "inbound.h"
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
std::string Show(const AcceptedOrder& order) {
  return "order " + Show(order.id) + ": " + Show(order.allocated) + " of " + Show(order.units) +
         ", other prices " + Show(order.other_prices);
}
std::string Show(const std::vector<Shipment>& parcels) {
  std::string shown;
  for (const Shipment& parcel : parcels) {
    shown += "parcel " + Show(parcel.number) + " from " + parcel.warehouse_id + " ";
  }
  return shown;
}
std::string Show(const CreditNote& note) {
  return "credit note " + Show(note.number) + " over " + note.total.ToString();
}
std::string Show(const Settlement& settlement) {
  return "settled " + Show(settlement.settled) + ", paid " + settlement.paid.ToString();
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

// An order as a customer's file brings it, perhaps twice; then what becomes of it.
std::string AcceptAndFulfil(const World& world, Input& input) {
  ErpSession dealer = world.session();
  PurchaseOrder order;
  order.number = "PO-" + Show(input.Id());
  order.buyer = input.Key();
  if (input.Flip()) order.currency = input.Flip() ? "K1" : "K2";
  for (std::uint64_t i = 1 + input.Below(2); i-- > 0;) {
    PurchaseOrderLine line;
    line.sku = Show(input.Id());
    line.quantity = 1 + input.Id();
    line.unit = "EA";
    if (input.Flip()) line.price = Price::FromUnits(input.Id());
    order.lines.push_back(line);
  }
  const absl::StatusOr<AcceptedOrder> accepted = AcceptPurchaseOrder(dealer, order, kNow);
  std::string shown = Show(accepted) + " " + Show(AcceptPurchaseOrder(dealer, order, kNow));
  world.LetOthersAct();
  shown += " " + Show(FillBackOrders(dealer));
  const std::int64_t id = accepted.ok() ? accepted->id : input.Id();
  shown += " " + Show(ShipOrder(dealer, id, kNow));
  world.LetOthersAct();
  return shown + " " + Show(InvoiceOrder(dealer, id, "K1", kNow));
}

std::string SellAndTakeBack(const World& world, Input& input) {
  ErpSession dealer = world.session();
  const std::int64_t product = input.Id();
  const std::string warehouse = input.Key();
  std::string shown = Show(ReceiveGoods(dealer, warehouse, product, 5, kNow));
  const std::vector<Item> sold = {{product, 1 + input.Id(), Discount()}};
  const absl::StatusOr<std::int64_t> order = PlaceOrder(dealer, input.Key(), sold, kNow);
  shown += " " + Show(order);
  if (!order.ok()) return shown;
  const absl::StatusOr<Invoice> invoice = InvoiceOrder(dealer, *order, "K1", kNow);
  world.LetOthersAct();
  const std::vector<ReturnedItem> back = {{product, 1 + input.Id()}};
  const std::int64_t number = invoice.ok() ? invoice->number : input.Id();
  return shown + " " + Show(invoice) + " " + Show(TakeBack(dealer, number, back, warehouse, kNow));
}

std::string Settle(const World& world, Input& input) {
  ErpSession dealer = world.session();
  const Quarter quarter{std::chrono::year(1970), 1 + static_cast<unsigned>(input.Below(4))};
  std::string shown = Show(SettleRebates(dealer, quarter, kNow));
  world.LetOthersAct();
  return shown + " " + Show(SettleRebates(dealer, quarter, kNow));
}

// A file of orders that a customer sends, perhaps twice, perhaps spoilt.
std::string Receive(const World& world, Input& input) {
  const Scratch scratch;
  const fs::path file = scratch.path() / "orders.csv";
  {
    std::ofstream out(file);
    out << "order_number,buyer,ordered,currency,order_lines,line,sku,quantity,unit,price\n";
    for (std::uint64_t i = 1 + input.Below(3); i-- > 0;) {
      out << "PO-" << input.Id() << "," << input.Key() << ",2024-03-04,,1,1," << input.Id() << ","
          << (input.Below(6) == 0 ? "1e9" : Show(1 + input.Id())) << ",EA,\n";
    }
  }
  ErpSession dealer = world.session();
  std::string shown;
  for (int twice = 0; twice < 2; ++twice) {
    const InboundReport report = ReceiveOrders(dealer, file, "OURS", kNow);
    shown += " took " + Show(report.accepted) + ", " + Show(report.allocated) + " of " +
             Show(report.units);
    for (const Refusal& refusal : report.refusals) {
      shown += "\n" + Show(refusal.at.line) + " " + refusal.what;
    }
    world.LetOthersAct();
  }
  return shown;
}

std::string ShowReport(const World& world, Input& input) {
  ErpSession dealer = world.session();
  if (input.Flip()) {
    (void)PlaceOrder(dealer, input.Key(), std::vector<Item>{{input.Id(), 1, Discount()}}, kNow);
  }
  const absl::StatusOr<DealerReport> report = ReadReport(dealer);
  if (!report.ok()) return Show(report.status());
  return ReportAsText(*report) + ReportAsHtml(*report);
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
  return dealer.Transaction([&](ErpWrite& tx) -> absl::Status {
    for (const char* series : {"order", "shipment", "invoice", "credit-note", "stock-move"}) {
      absl::Status started = tx.StartSeries(cordon::Series(series), first);
      if (!started.ok()) return started;
    }
    return tx.Upsert(Company{kCompany, "Ours" + mark, input.Flip() ? "K1" : "K2"});
  });
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
TEST_F(BackOffice, AcceptsAndFulfilsOrders) {
  options.request_name = "&AcceptAndFulfil";
  ExpectTellsNothing(&AcceptAndFulfil, &StartNumbers);
}
TEST_F(BackOffice, ReceivesFilesOfOrders) {
  options.request_name = "&Receive";
  ExpectTellsNothing(&Receive, &StartNumbers);
}
TEST_F(BackOffice, TakesBack) {
  options.request_name = "&SellAndTakeBack";
  ExpectTellsNothing(&SellAndTakeBack, &StartNumbers);
}
TEST_F(BackOffice, Settles) {
  options.request_name = "&Settle";
  ExpectTellsNothing(&Settle, &StartNumbers);
}
TEST_F(BackOffice, ShowsItsReport) {
  options.request_name = "&ShowReport";
  ExpectTellsNothing(&ShowReport, &StartNumbers);
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
  std::int64_t accepted = 0, taken_back = 0, settled = 0, reported = 0;
  const auto count = [](std::string shown, std::string_view word, std::int64_t* counted) {
    *counted += shown.find(word) != std::string::npos ? 1 : 0;
    return shown;
  };
  ExpectTellsNothing(
      [&](const World& world, Input& input) {
        return count(AcceptAndFulfil(world, input), "parcel ", &accepted);
      },
      &StartNumbers);
  ExpectTellsNothing(
      [&](const World& world, Input& input) {
        return count(SellAndTakeBack(world, input), "credit note ", &taken_back);
      },
      &StartNumbers);
  ExpectTellsNothing(
      [&](const World& world, Input& input) {
        return count(Settle(world, input), "settled ", &settled);
      },
      &StartNumbers);
  ExpectTellsNothing(
      [&](const World& world, Input& input) {
        return count(ShowReport(world, input), "<svg", &reported);
      },
      &StartNumbers);
  std::int64_t received = 0;
  ExpectTellsNothing(
      [&](const World& world, Input& input) {
        std::string shown = Receive(world, input);
        received += shown.starts_with(" took 0") ? 0 : 1;
        return shown;
      },
      &StartNumbers);
  EXPECT_GT(received, 3);
  EXPECT_GT(accepted, 3);
  EXPECT_GT(taken_back, 3);
  EXPECT_GT(settled, 5);
  EXPECT_GT(reported, 5);
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
