// SPDX-License-Identifier: Apache-2.0
// A dealer's day: orders from files, back orders, parcels, invoices, returns and rebates, and what
// must hold of the books whatever happens.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "back_office.h"
#include "checksum.h"
#include "dealers.h"
#include "import.h"
#include "inbound.h"
#include "schema.h"
#include "scratch.h"

namespace distribution {
namespace {

namespace fs = std::filesystem;
using cordon::as;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using cordon::literals::operator""_sql;

const fs::path kData = DISTRIBUTION_DATA_DIR;
constexpr cordon::Timestamp kNow = std::chrono::sys_days(std::chrono::year(2024) / 5 / 17);
constexpr cordon::Timestamp kLater = std::chrono::sys_days(std::chrono::year(2024) / 7 / 2);
constexpr Quarter kQuarter{std::chrono::year(2024), 2};

class OfficeTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(scratch_.path().empty());
    absl::StatusOr<std::unique_ptr<ErpPlatform>> platform =
        OpenBackOffice(scratch_.path() / "erp.db");
    ASSERT_TRUE(platform.ok()) << platform.status();
    platform_ = *std::move(platform);
    absl::StatusOr<Dealer> dealer = AddDealer(*platform_, "alder");
    ASSERT_TRUE(dealer.ok()) << dealer.status();
    absl::StatusOr<cordon::TenantContext> context = Enter(*platform_, *dealer);
    ASSERT_TRUE(context.ok()) << context.status();
    absl::StatusOr<ErpSession> session = platform_->OpenSession(*context);
    ASSERT_TRUE(session.ok()) << session.status();
    context_ = std::make_unique<cordon::TenantContext>(*std::move(context));
    session_ = std::make_unique<ErpSession>(*std::move(session));
    ASSERT_TRUE(OpenBooks(*session_, "Alder & Sons", "EUR").ok());
    const ImportReport report = ImportDealer(*session_, kData / "alder");
    ASSERT_TRUE(report.status.ok()) << report.status;
  }

  ErpSession& dealer() { return *session_; }

  static std::int64_t Number(const absl::StatusOr<cordon::Owned<std::int64_t>>& answer) {
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? answer->Plain() : -1;
  }

  std::uint64_t Sum() {
    const absl::StatusOr<std::uint64_t> sum = Checksum(dealer());
    EXPECT_TRUE(sum.ok()) << sum.status();
    return sum.value_or(0);
  }

  // What must hold at every moment.
  void ExpectBooksInOrder() {
    const auto none = [](std::string_view what,
                         const absl::StatusOr<cordon::Owned<std::int64_t>>& wrong) {
      EXPECT_EQ(Number(wrong), 0) << what;
    };
    none("stock below zero or more promised than there is",
         dealer().One(as<std::int64_t>,
                      "SELECT COUNT(*) FROM stock WHERE on_hand < 0 OR allocated < 0 "
                      "OR allocated > on_hand"_sql));
    none(
        "moves do not add up to what is on hand",
        dealer().One(as<std::int64_t>,
                     "SELECT COUNT(*) FROM stock AS s WHERE s.on_hand <> "
                     "(SELECT COALESCE(SUM(m.quantity), 0) FROM stock_moves AS m "
                     "WHERE m.warehouse_id = s.warehouse_id AND m.product_id = s.product_id)"_sql));
    none(
        "promises do not add up to what is allocated",
        dealer().One(as<std::int64_t>,
                     "SELECT COUNT(*) FROM stock AS s WHERE s.allocated <> "
                     "(SELECT COALESCE(SUM(a.quantity), 0) FROM allocations AS a "
                     "WHERE a.warehouse_id = s.warehouse_id AND a.product_id = s.product_id)"_sql));
    none("what left the warehouses is not what was shipped",
         dealer().One(as<std::int64_t>,
                      "SELECT (SELECT COALESCE(SUM(m.quantity), 0) FROM stock_moves AS m "
                      "WHERE m.reason = 2) + "
                      "(SELECT COALESCE(SUM(l.quantity), 0) FROM shipment_lines AS l)"_sql));
    none("what came back is not what was credited",
         dealer().One(as<std::int64_t>,
                      "SELECT (SELECT COALESCE(SUM(m.quantity), 0) FROM stock_moves AS m "
                      "WHERE m.reason = 3) - "
                      "(SELECT COALESCE(SUM(l.quantity), 0) FROM credit_lines AS l)"_sql));
    none("a line is shipped, invoiced or promised beyond what was ordered",
         dealer().One(
             as<std::int64_t>,
             "SELECT COUNT(*) FROM order_lines AS l WHERE l.invoiced < 0 "
             "OR l.invoiced > l.shipped OR l.shipped + (SELECT COALESCE(SUM(a.quantity), 0) "
             "FROM allocations AS a WHERE a.order_id = l.order_id "
             "AND a.product_id = l.product_id) > l.quantity"_sql));
    none("an invoice is not the sum of its lines",
         dealer().One(as<std::int64_t>,
                      "SELECT COUNT(*) FROM invoices AS i WHERE i.total <> "
                      "(SELECT COALESCE(SUM(l.amount), 0) FROM invoice_lines AS l "
                      "WHERE l.invoice_number = i.number)"_sql));
    none("an amount is not its price times its quantity",
         dealer().One(as<std::int64_t>,
                      "SELECT COUNT(*) FROM invoice_lines "
                      "WHERE amount <> unit_price * quantity * (1 - discount)"_sql));
    none("a credit note is not the sum of its lines",
         dealer().One(as<std::int64_t>,
                      "SELECT COUNT(*) FROM credit_notes AS n WHERE n.total <> "
                      "(SELECT COALESCE(SUM(l.amount), 0) FROM credit_lines AS l "
                      "WHERE l.credit_number = n.number)"_sql));
    none("credit notes are above their invoice",
         dealer().One(as<std::int64_t>,
                      "SELECT COUNT(*) FROM invoices AS i WHERE i.total < "
                      "(SELECT COALESCE(SUM(n.total), 0) FROM credit_notes AS n "
                      "WHERE n.invoice_number = i.number)"_sql));
    none("numbers of invoices have a gap",
         dealer().One(as<std::int64_t>,
                      "SELECT COALESCE(MAX(number), 0) - COUNT(*) FROM invoices"_sql));
    none("numbers of credit notes have a gap",
         dealer().One(as<std::int64_t>,
                      "SELECT COALESCE(MAX(number), 0) - COUNT(*) FROM credit_notes"_sql));
    none("numbers of shipments have a gap",
         dealer().One(as<std::int64_t>,
                      "SELECT COALESCE(MAX(number), 0) - COUNT(*) FROM shipments"_sql));
  }

  PurchaseOrder OrderOf(std::string number, std::string buyer,
                        std::vector<std::pair<std::string, std::int64_t>> lines,
                        std::string unit = "BX") {
    PurchaseOrder order;
    order.number = std::move(number);
    order.buyer = std::move(buyer);
    for (auto& [sku, quantity] : lines) {
      PurchaseOrderLine line;
      line.sku = sku;
      line.quantity = quantity;
      line.unit = unit;
      order.lines.push_back(line);
    }
    return order;
  }

  Scratch scratch_;
  std::unique_ptr<ErpPlatform> platform_;
  std::unique_ptr<cordon::TenantContext> context_;
  std::unique_ptr<ErpSession> session_;
};

std::vector<std::string> Shown(const InboundReport& report) {
  std::vector<std::string> shown;
  for (const Refusal& refusal : report.refusals) {
    shown.push_back(std::to_string(refusal.at.line) + ": " + refusal.what);
  }
  return shown;
}

// ---- orders from files --------------------------------------------------------------------------

TEST_F(OfficeTest, AnInterchangeIsTakenOnceAtContractPrices) {
  const fs::path file = kData / "inbound" / "acorn_850.x12";
  const InboundReport first = ReceiveOrders(dealer(), file, "ALDER", kNow);
  EXPECT_THAT(Shown(first), IsEmpty());
  EXPECT_EQ(first.accepted, 2);
  const auto price = dealer().One(
      as<Price>,
      "SELECT l.unit_price FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id "
      "WHERE o.reference = 'SN-4711' AND l.product_id = 1"_sql);
  ASSERT_TRUE(price.ok()) << price.status();
  EXPECT_EQ(price->Plain().ToString(), "8.0100");
  ExpectBooksInOrder();

  const std::uint64_t before = Sum();
  const InboundReport second = ReceiveOrders(dealer(), file, "ALDER", kNow);
  EXPECT_EQ(second.accepted, 0);
  EXPECT_THAT(Shown(second), ElementsAre(HasSubstr("taken before"), HasSubstr("taken before")));
  EXPECT_EQ(Sum(), before);
}

TEST_F(OfficeTest, TheFilesThatAlderReceives) {
  EXPECT_EQ(ReceiveOrders(dealer(), kData / "inbound" / "daisy_850.x12", "ALDER", kNow).accepted,
            2);
  EXPECT_EQ(ReceiveOrders(dealer(), kData / "inbound" / "orders.csv", "ALDER", kNow).accepted, 3);
  const InboundReport mixed =
      ReceiveOrders(dealer(), kData / "inbound" / "clove_mixed_850.x12", "ALDER", kNow);
  EXPECT_EQ(mixed.accepted, 2);
  EXPECT_GE(mixed.refusals.size(), 3u);
  ExpectBooksInOrder();
}

TEST_F(OfficeTest, WhatIsMeantForAnotherDealerIsRefused) {
  const std::uint64_t before = Sum();
  const InboundReport report =
      ReceiveOrders(dealer(), kData / "inbound" / "acorn_850.x12", "BIRCH", kNow);
  EXPECT_EQ(report.accepted, 0);
  EXPECT_FALSE(report.refusals.empty());
  EXPECT_EQ(Sum(), before);
}

TEST_F(OfficeTest, AMissingFileIsSaid) {
  const InboundReport report = ReceiveOrders(dealer(), kData / "nothing.x12", "ALDER", kNow);
  EXPECT_THAT(Shown(report), ElementsAre(HasSubstr("cannot be opened")));
}

TEST_F(OfficeTest, AnOrderThatCannotBeTakenLeavesNothing) {
  const std::uint64_t before = Sum();
  const auto refused = [&](const PurchaseOrder& order) {
    const absl::Status status = AcceptPurchaseOrder(dealer(), order, kNow).status();
    EXPECT_FALSE(status.ok());
    return std::string(status.message());
  };
  EXPECT_THAT(refused(OrderOf("1", "NOBODY", {{"1", 1}})), HasSubstr("no customer of this dealer"));
  EXPECT_THAT(refused(OrderOf("1", "ACORN", {{"1", 1}, {"4711", 1}})), HasSubstr("no article"));
  EXPECT_THAT(refused(OrderOf("1", "ACORN", {{"TX-1", 1}})), HasSubstr("no article"));
  EXPECT_THAT(refused(OrderOf("1", "ACORN", {{"1", 1}, {"5", 1}})), HasSubstr("another unit"));
  EXPECT_THAT(refused(OrderOf("1", "ACORN", {{"1", 1}, {"1", 1}})), HasSubstr("add them up"));
  EXPECT_THAT(refused(OrderOf("1", "ACORN", {{"8", 121}}, "PK")), HasSubstr("discontinued"));
  PurchaseOrder order = OrderOf("1", "ACORN", {{"1", 1}});
  order.currency = "USD";
  EXPECT_THAT(refused(order), HasSubstr("another currency"));
  order.currency = "";
  order.sender = "BRAMB";
  EXPECT_THAT(refused(order), HasSubstr("may not order for this buyer"));
  EXPECT_EQ(Sum(), before);
  order.sender = "ACORN";
  order.lines[0].price = Price::FromUnits(1);
  const absl::StatusOr<AcceptedOrder> accepted = AcceptPurchaseOrder(dealer(), order, kNow);
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->id, 1013) << "no number was used up";
  EXPECT_EQ(accepted->other_prices, 1);
}

TEST_F(OfficeTest, TwentyBoxesAreCheaperAndAnOldContractIsOver) {
  ASSERT_TRUE(AcceptPurchaseOrder(dealer(), OrderOf("1", "ACORN", {{"1", 20}}), kNow).ok());
  ASSERT_TRUE(AcceptPurchaseOrder(dealer(), OrderOf("2", "ACORN", {{"2", 1}}, "BG"), kNow).ok());
  EXPECT_EQ(
      Number(dealer().One(
          as<std::int64_t>,
          "SELECT COUNT(*) FROM order_lines WHERE order_id = 1013 AND unit_price = 7.565"_sql)),
      1);
  EXPECT_EQ(
      Number(dealer().One(
          as<std::int64_t>,
          "SELECT COUNT(*) FROM order_lines WHERE order_id = 1014 AND unit_price = 5.25"_sql)),
      1);
}

// ---- stock ------------------------------------------------------------------------------------

TEST_F(OfficeTest, ABackOrderIsFilledFromAnyWarehouseWhenGoodsArrive) {
  // The imported orders wait for nothing here.
  ASSERT_TRUE(dealer().Execute("UPDATE order_lines SET shipped = quantity"_sql).ok());
  ASSERT_EQ(
      Number(dealer().One(as<std::int64_t>, "SELECT on_hand FROM stock WHERE product_id = 1"_sql)),
      40);
  const absl::StatusOr<AcceptedOrder> order =
      AcceptPurchaseOrder(dealer(), OrderOf("1", "ACORN", {{"1", 55}}), kNow);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->allocated, 40);
  EXPECT_TRUE(absl::IsFailedPrecondition(
      PlaceOrder(dealer(), "DAISY", std::vector<Item>{{1, 1, Discount()}}, kNow).status()))
      << "what is promised is not sold over the counter";

  const absl::StatusOr<std::vector<Shipment>> first = ShipOrder(dealer(), order->id, kNow);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(*first, SizeIs(1));
  EXPECT_EQ(InvoiceOrder(dealer(), order->id, "EUR", kNow)->total.ToString(), "302.600000");
  EXPECT_TRUE(absl::IsFailedPrecondition(ShipOrder(dealer(), order->id, kNow).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(InvoiceOrder(dealer(), order->id, "EUR", kNow).status()));

  ASSERT_TRUE(dealer().Insert(Warehouse{"SOUTH", "South", 2}).ok());
  ASSERT_TRUE(ReceiveGoods(dealer(), "MAIN", 1, 4, kNow).ok());
  ASSERT_TRUE(ReceiveGoods(dealer(), "SOUTH", 1, 9, kNow).ok());
  EXPECT_EQ(*FillBackOrders(dealer()), 13);
  EXPECT_EQ(*FillBackOrders(dealer()), 0);
  const absl::StatusOr<std::vector<Shipment>> second = ShipOrder(dealer(), order->id, kNow);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(*second, SizeIs(2)) << "a parcel for each warehouse";
  EXPECT_EQ(
      Number(dealer().One(as<std::int64_t>,
                          "SELECT COUNT(*) FROM orders WHERE id = ? AND shipped_at IS NOT NULL"_sql,
                          order->id)),
      0);
  ASSERT_TRUE(ReceiveGoods(dealer(), "SOUTH", 1, 2, kNow).ok());
  EXPECT_EQ(*FillBackOrders(dealer()), 2);
  EXPECT_TRUE(ShipOrder(dealer(), order->id, kNow).ok());
  EXPECT_EQ(
      Number(dealer().One(as<std::int64_t>,
                          "SELECT COUNT(*) FROM orders WHERE id = ? AND shipped_at IS NOT NULL"_sql,
                          order->id)),
      1);
  EXPECT_EQ(InvoiceOrder(dealer(), order->id, "EUR", kNow)->total.ToString(), "113.475000");
  ExpectBooksInOrder();
}

TEST_F(OfficeTest, GoodsArriveInWholePiecesAndInWarehousesThatExist) {
  const std::uint64_t before = Sum();
  EXPECT_TRUE(absl::IsInvalidArgument(ReceiveGoods(dealer(), "MAIN", 1, 0, kNow)));
  EXPECT_TRUE(absl::IsInvalidArgument(ReceiveGoods(dealer(), "MAIN", 1, -1, kNow)));
  EXPECT_TRUE(absl::IsInvalidArgument(ReceiveGoods(dealer(), "MAIN", 1, kMaxQuantity + 1, kNow)));
  EXPECT_FALSE(ReceiveGoods(dealer(), "NOWHERE", 1, 1, kNow).ok());
  EXPECT_FALSE(ReceiveGoods(dealer(), "MAIN", 4711, 1, kNow).ok());
  EXPECT_EQ(Sum(), before);
}

// ---- returns ----------------------------------------------------------------------------------

TEST_F(OfficeTest, NoMoreComesBackThanWasInvoiced) {
  const Item sold[] = {{1, 4, Discount()}, {2, 3, Discount::FromUnits(10)}};
  const absl::StatusOr<std::int64_t> order = PlaceOrder(dealer(), "ACORN", sold, kNow);
  ASSERT_TRUE(order.ok()) << order.status();
  const absl::StatusOr<Invoice> invoice = InvoiceOrder(dealer(), *order, "EUR", kNow);
  ASSERT_TRUE(invoice.ok()) << invoice.status();
  EXPECT_EQ(invoice->total.ToString(), "46.215000");  // 4 * 8.01 + 3 * 5.25 * 0.9

  const auto take = [&](std::vector<ReturnedItem> items, std::int64_t number) {
    return TakeBack(dealer(), number, items, "MAIN", kNow);
  };
  const std::uint64_t before = Sum();
  EXPECT_TRUE(absl::IsFailedPrecondition(take({{1, 5}}, 1).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(take({{2, 1}, {2, 3}}, 1).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(take({{3, 1}}, 1).status())) << "not on the invoice";
  EXPECT_TRUE(absl::IsInvalidArgument(take({{1, 0}}, 1).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(take({{1, -1}}, 1).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(take({}, 1).status()));
  EXPECT_TRUE(absl::IsNotFound(take({{1, 1}}, 2).status()));
  EXPECT_EQ(Sum(), before);

  const absl::StatusOr<CreditNote> note = take({{1, 1}, {2, 2}}, 1);
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_EQ(note->number, 1);
  EXPECT_EQ(note->total.ToString(), "17.460000");  // 8.01 + 2 * 4.725
  EXPECT_EQ(take({{1, 3}, {2, 1}}, 1)->total.ToString(), "28.755000");
  EXPECT_TRUE(absl::IsFailedPrecondition(take({{1, 1}}, 1).status()));
  ExpectBooksInOrder();
  EXPECT_EQ(
      Number(dealer().One(as<std::int64_t>, "SELECT on_hand FROM stock WHERE product_id = 1"_sql)),
      40)
      << "all of it is back";
}

// ---- rebates ----------------------------------------------------------------------------------

TEST_F(OfficeTest, AQuarterIsSettledOnce) {
  // ACORN: 2 % above 100, 5 % above 500.
  ASSERT_TRUE(ReceiveGoods(dealer(), "MAIN", 3, 1000, kNow).ok());
  const Item sold[] = {{3, 60, Discount()}};  // 654.72
  const absl::StatusOr<std::int64_t> order = PlaceOrder(dealer(), "ACORN", sold, kNow);
  ASSERT_TRUE(order.ok()) << order.status();
  ASSERT_TRUE(InvoiceOrder(dealer(), *order, "EUR", kNow).ok());
  const ReturnedItem back[] = {{3, 2}};  // 21.824
  ASSERT_TRUE(TakeBack(dealer(), 1, back, "MAIN", kNow).ok());
  ASSERT_TRUE(InvoiceOrder(dealer(), 1001, "EUR", kLater).ok()) << "DAISY's, in the next quarter";

  EXPECT_TRUE(absl::IsFailedPrecondition(SettleRebates(dealer(), kQuarter, kNow).status()));
  const absl::StatusOr<Settlement> settled = SettleRebates(dealer(), kQuarter, kLater);
  ASSERT_TRUE(settled.ok()) << settled.status();
  EXPECT_EQ(settled->settled, 2);
  EXPECT_EQ(settled->paid.ToString(), "14.640000");  // 400 * 0.02 + 132.896 * 0.05 = 14.6448
  const std::uint64_t before = Sum();
  const absl::StatusOr<Settlement> again = SettleRebates(dealer(), kQuarter, kLater);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->settled, 0);
  EXPECT_EQ(again->paid, Amount());
  EXPECT_EQ(Sum(), before);
}

TEST_F(OfficeTest, AQuarterIsSettledOnceHoweverManyAreAtIt) {
  const Item sold[] = {{3, 20, Discount()}};
  const absl::StatusOr<std::int64_t> order = PlaceOrder(dealer(), "ACORN", sold, kNow);
  ASSERT_TRUE(order.ok()) << order.status();
  ASSERT_TRUE(InvoiceOrder(dealer(), *order, "EUR", kNow).ok());
  std::vector<absl::StatusOr<Settlement>> settled(4);
  std::vector<std::thread> clerks;
  for (absl::StatusOr<Settlement>& one : settled) {
    clerks.emplace_back([&] { one = SettleRebates(dealer(), kQuarter, kLater); });
  }
  for (std::thread& clerk : clerks) clerk.join();
  std::int64_t customers = 0;
  std::int64_t paid = 0;
  for (const absl::StatusOr<Settlement>& one : settled) {
    ASSERT_TRUE(one.ok()) << one.status();
    customers += one->settled;
    paid += one->paid.units();
  }
  EXPECT_EQ(customers, 2);
  EXPECT_EQ(Amount::FromUnits(paid).ToString(), "2.360000");  // (20 * 10.912 - 100) * 0.02
}

// ---- whatever happens -------------------------------------------------------------------------

TEST_F(OfficeTest, TheBooksAreInOrderWhateverIsDone) {
  ASSERT_TRUE(dealer().Insert(Warehouse{"SOUTH", "South", 2}).ok());
  constexpr std::string_view kCustomers[] = {"ACORN", "BRAMB", "CLOVE", "DAISY", "NOBODY"};
  std::mt19937 random(11);
  const auto below = [&](unsigned n) { return static_cast<std::int64_t>(random() % n); };
  std::int64_t done[7] = {};
  for (int step = 0; step < 300; ++step) {
    const std::int64_t kind = below(7);
    const std::int64_t product = 1 + below(9);
    const std::int64_t quantity = below(40);
    const std::string customer(kCustomers[below(5)]);
    const std::int64_t order = 1001 + below(60);
    absl::Status status;
    if (kind == 0) {
      const std::vector<Item> items = {{product, quantity, Discount::FromUnits(below(12))},
                                       {1 + below(9), 1 + below(3), Discount()}};
      status = PlaceOrder(dealer(), customer, items, kNow).status();
    } else if (kind == 1) {
      constexpr std::string_view kUnits[] = {"BX", "BG", "BX", "BG", "EA", "EA", "EA", "PK", "EA"};
      status =
          AcceptPurchaseOrder(
              dealer(),
              OrderOf(std::to_string(below(200)), customer, {{std::to_string(product), quantity}},
                      std::string(kUnits[static_cast<std::size_t>(product - 1)])),
              kNow)
              .status();
    } else if (kind == 2) {
      status = ReceiveGoods(dealer(), below(2) == 0 ? "MAIN" : "SOUTH", product, quantity, kNow);
    } else if (kind == 3) {
      status = FillBackOrders(dealer()).status();
    } else if (kind == 4) {
      status = ShipOrder(dealer(), order, kNow).status();
    } else if (kind == 5) {
      status = InvoiceOrder(dealer(), order, "EUR", kNow).status();
    } else {
      const std::vector<ReturnedItem> items = {{product, 1 + below(3)}};
      status = TakeBack(dealer(), 1 + below(12), items, "SOUTH", kNow).status();
    }
    done[kind] += status.ok() ? 1 : 0;
    if (step % 20 == 0) ExpectBooksInOrder();
    if (HasFailure()) FAIL() << "in step " << step << " of kind " << kind;
  }
  ExpectBooksInOrder();
  for (std::int64_t kind = 0; kind < 7; ++kind) EXPECT_GT(done[kind], 2) << kind;
}

// ---- the report -------------------------------------------------------------------------------

TEST_F(OfficeTest, TheReportSaysWhatTheBooksSay) {
  ASSERT_TRUE(OpenBooks(dealer(), "<script>alert(1)</script>", "EUR").ok());
  ASSERT_TRUE(AcceptPurchaseOrder(dealer(), OrderOf("1", "ACORN", {{"1", 55}}), kNow).ok());
  const absl::StatusOr<Figures> figures = ReadFigures(dealer());
  const absl::StatusOr<DealerReport> report = ReadReport(dealer());
  ASSERT_TRUE(figures.ok()) << figures.status();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->ordered, figures->revenue);
  EXPECT_EQ(report->orders, figures->orders);
  EXPECT_EQ(report->back_ordered,
            15 + Number(dealer().One(
                     as<std::int64_t>,
                     "SELECT COALESCE(SUM(l.quantity - l.shipped), 0) FROM order_lines AS l "
                     "WHERE l.order_id < 1013"_sql)));
  ASSERT_THAT(report->months, SizeIs(::testing::Ge(2u)));
  EXPECT_EQ(report->months.back().month, "2024-05");
  EXPECT_EQ(report->months.back().ordered.ToString(), "416.075000");
  EXPECT_THAT(report->customers, SizeIs(5));
  ASSERT_THAT(report->warehouses, SizeIs(1));
  EXPECT_EQ(report->warehouses[0].allocated, 40);
  EXPECT_THAT(ReportAsHtml(*report),
              AllOf(HasSubstr("&lt;script&gt;alert(1)"), ::testing::Not(HasSubstr("<script"))));
}

}  // namespace
}  // namespace distribution
