// SPDX-License-Identifier: Apache-2.0
#include "order_csv.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "inbound_files.h"

namespace distribution {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

const std::string kHeader =
    "order_number,buyer,ordered,currency,order_lines,line,sku,quantity,unit,price\n";
const std::string kGood = kHeader +
                          "4711,ACORN,2024-03-04,EUR,2,1,TX-440,10,BX,8.90\n"  // 2
                          "4711,ACORN,2024-03-04,EUR,2,2,WP-8,4,EA,\n"         // 3
                          "4712,ACORN,2024-03-05,,1,1,AB-60,1,CA,0\n";         // 4

using Result = Inbound;

Result ReadStream(std::istream& in, OrderCsvLimits limits = {}) {
  Result result =
      Collect([&](const InboundTaker& taker) { return ReadOrderCsv(in, taker, limits); });
  EXPECT_FALSE(result.stopped);
  return result;
}

Result ReadText(std::string_view text, OrderCsvLimits limits = {}) {
  std::istringstream in{std::string(text)};
  return ReadStream(in, limits);
}

TEST(OrderCsv, ReadsAnOrderToTheLastDigit) {
  const Result result = ReadText(kGood);
  EXPECT_THAT(result.refusals, IsEmpty());
  ASSERT_THAT(result.numbers(), ElementsAre("4711", "4712"));
  const PurchaseOrder& order = result.orders[0];
  EXPECT_EQ(order.buyer, "ACORN");
  EXPECT_EQ(order.sender, "");
  EXPECT_EQ(order.ordered, std::chrono::year_month_day(2024y / 3 / 4));
  EXPECT_EQ(order.currency, "EUR");
  EXPECT_EQ(order.at, (FilePosition{.line = 2}));
  ASSERT_THAT(order.lines, SizeIs(2));
  EXPECT_EQ(order.lines[0].number, "1");
  EXPECT_EQ(order.lines[0].sku, "TX-440");
  EXPECT_EQ(order.lines[0].quantity, 10);
  EXPECT_EQ(order.lines[0].unit, "BX");
  EXPECT_EQ(order.lines[0].price, Price::FromUnits(8'9000));
  EXPECT_EQ(order.lines[1].at, (FilePosition{.line = 3}));
  EXPECT_EQ(order.lines[1].price, std::nullopt);
  EXPECT_EQ(result.orders[1].currency, "");
  EXPECT_EQ(result.orders[1].lines[0].price, Price()) << "a price of zero is one that was said";
}

TEST(OrderCsv, ReadsTheSmallDataSet) {
  std::ifstream in(DISTRIBUTION_DATA_DIR "/inbound/orders.csv", std::ios::binary);
  ASSERT_TRUE(in.is_open());
  const Result result = ReadStream(in);
  EXPECT_THAT(result.refusals, IsEmpty());
  EXPECT_THAT(result.numbers(), ElementsAre("B-100", "B-101", "E-7"));
}

TEST(OrderCsv, StopsWhenTheTakerDoes) {
  std::istringstream in(kGood);
  const InboundResult result =
      ReadOrderCsv(in, {.order = [](PurchaseOrder) { return false; },
                        .refusal = [](const Refusal& refusal) { FAIL() << refusal.what; }});
  EXPECT_EQ(result.orders, 1);
  EXPECT_TRUE(result.stopped);
}

TEST(OrderCsv, RefusesLineByLineWithThePosition) {
  struct Hostile {
    std::string from, to;             // an edit of kGood
    std::vector<std::string> orders;  // those that are still taken
    std::vector<std::int64_t> lines;  // of the refusals
    std::string_view what;            // of the first
  };
  const std::vector<std::string> both = {"4711", "4712"}, first = {"4711"}, second = {"4712"};
  std::vector<Hostile> all = {
      // The order.
      {"4712,ACORN", "47 12=,ACORN", first, {4}, "order_number is not a plain code"},
      {"4712,ACORN", ",ACORN", first, {4}, "order_number is not a plain code"},
      {"4712,ACORN", "47120000000000000000011,ACORN", first, {4}, "of up to 22 characters"},
      {"4712,ACORN", "../4712,ACORN", first, {4}, "order_number is not a plain code"},
      {"4712,ACORN", "4712,", first, {4}, "buyer is not a plain code"},
      {"4712,ACORN", "4712,ACÖRN", first, {4}, "buyer is not a plain code"},
      {"2024-03-05", "2024-02-30", first, {4}, "ordered is not a day"},
      {"2024-03-05", "20240305", first, {4}, "ordered is not a day"},
      {"2024-03-05", "2024-3-5", first, {4}, "ordered is not a day"},
      {"2024-03-05", "0000-00-00", first, {4}, "ordered is not a day"},
      {"2024-03-05", "2024x03-05", first, {4}, "ordered is not a day"},
      {"2024-03-05", "2024-03x05", first, {4}, "ordered is not a day"},
      {"2024-03-05", "2024/03/05", first, {4}, "ordered is not a day"},
      {"2024-03-05", "", first, {4}, "ordered is not a day"},
      {"05,,1", "05,eur,1", first, {4}, "currency is not three capital"},
      {"05,,1", "05,EURO,1", first, {4}, "currency is not three capital"},
      {"05,,1", "05,,0", first, {4}, "order_lines is not a whole number"},
      {"05,,1", "05,,-1", first, {4}, "order_lines is not a whole number"},
      {"05,,1", "05,,", first, {4}, "order_lines is not a whole number"},
      {"05,,1", "05,,10001", first, {4}, "from 1 to 10000"},
      {"05,,1",
       "05,,2",
       first,
       {4},
       "the order has 1 of the lines that order_lines says, which are 2"},
      {"EUR,2,1", "EUR,3,1", second, {3}, "differs from the order's first line"},
      {"EUR,2,2", "USD,2,2", second, {3}, "differs from the order's first line"},
      {"04,EUR,2,2", "05,EUR,2,2", second, {3}, "differs from the order's first line"},
      {"4712,ACORN,2024-03-05,,1,1",
       "4711,ACORN,2024-03-04,EUR,2,3",
       {},
       {4},
       "has more lines than"},
      {"4711,ACORN,2024-03-04,EUR,2,2",
       "4713,ACORN,2024-03-04,EUR,1,2",
       {"4713", "4712"},
       {2},
       "the order has 1 of the lines"},
      // The line.
      {"2,2,WP", "2,1,WP", second, {3}, "column line, the line's number, comes twice"},
      {"2,2,WP", "2,,WP", second, {3}, "column line is not a plain code"},
      {"AB-60", "", first, {4}, "sku is not a plain code"},
      {"AB-60", "AB;60", first, {4}, "sku is not a plain code"},
      {"1,CA", "1,ca", first, {4}, "unit is not two capital letters"},
      {"1,CA", "1,", first, {4}, "unit is not two capital letters"},
      // Bytes.
      {"AB-60",
       std::string("AB\0"
                   "60",
                   5),
       first,
       {4},
       "control character"},
      {"AB-60", "AB\x1B[2J", first, {4}, "control character"},
      {"AB-60", "AB\xFF", first, {4}, "not valid UTF-8"},
      {"AB-60", "\"AB-60", first, {4}, "a quote is opened"},
      {"AB-60", "AB-60,", first, {4}, "11 fields instead of 10"},
      {"AB-60,", "", first, {4}, "9 fields instead of 10"},
      {"CA,0\n", "CA,0", first, {4}, "truncated"},
      {"4712,ACORN", "\n4712,ACORN", both, {4}, "the line is empty"},
      {"order_number,", "number,", {}, {1}, "column 1 should be order_number"},
      {"order_number,", "dealer,order_number,", {}, {1}, "header"},
      {kHeader, "", {}, {1}, "header"},
  };
  for (std::string_view quantity : {"", "0", "-1", "+1", "1e9", "0x10", "1.5", "1.0", "1000001",
                                    " 1", "\"1,000\"", "x", "99999999999999999999", "NaN", "=1"}) {
    all.push_back(
        {"AB-60,1", fmt::format("AB-60,{}", quantity), first, {4}, "column quantity is not"});
  }
  for (std::string_view price :
       {"-1", "-0", "1e3", "0x10", "8.90000", "\"8,90\"", ".", "8.", " 8", "1000000.0001", "=8"}) {
    all.push_back({"CA,0\n", fmt::format("CA,{}\n", price), first, {4}, "column price is not"});
  }
  // Formula cells, in every column of text.
  for (std::string_view formula :
       {"=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\"\r\n=1\"", "  =1"}) {
    for (const auto& [from, rest] : std::vector<std::pair<std::string, std::string>>{
             {"4712,ACORN", ",ACORN"}, {"ACORN,2024-03-05", ",2024-03-05"}, {"AB-60", ""}}) {
      const bool spans = formula.find('\n') != std::string_view::npos;  // a refusal for each line
      all.push_back({from, std::string(formula) + rest, first,
                     spans ? std::vector<std::int64_t>{4, 5} : std::vector<std::int64_t>{4},
                     spans ? "quote" : "spreadsheet formula"});
    }
  }
  for (const Hostile& hostile : all) {
    SCOPED_TRACE(testing::Message() << hostile.from << " -> " << hostile.to);
    const Result result = ReadText(Replace(kGood, hostile.from, hostile.to));
    EXPECT_EQ(result.numbers(), hostile.orders);
    ASSERT_EQ(result.lines(), hostile.lines);
    EXPECT_THAT(result.refusals[0].what, HasSubstr(hostile.what));
    for (const Refusal& refusal : result.refusals) {
      EXPECT_THAT(refusal.what, Not(HasSubstr("ACORN")));
      EXPECT_THAT(refusal.what, Not(HasSubstr("471")));
    }
  }
}

TEST(OrderCsv, ALineThatCannotBeReadSpoilsTheOrderItWasIn) {
  const Result result = ReadText(Replace(kGood, "WP-8", "WP\xFF"));
  EXPECT_THAT(result.numbers(), ElementsAre("4712"));
  EXPECT_THAT(result.lines(), ElementsAre(3, 2)) << "the line, and the order that lacks it";
}

TEST(OrderCsv, TheSameOrderTwiceIsRefused) {
  const std::string again = kGood.substr(kHeader.size());
  Result result = ReadText(kGood + again);
  EXPECT_THAT(result.numbers(), ElementsAre("4711", "4712"));
  EXPECT_THAT(result.lines(), ElementsAre(5, 6, 7));
  EXPECT_THAT(result.refusals[0].what, HasSubstr("comes twice"));

  // Even when the first was refused, or came in pieces.
  result = ReadText(Replace(kGood, "AB-60,1", "AB-60,0") + again);
  EXPECT_THAT(result.numbers(), ElementsAre("4711"));
  EXPECT_THAT(result.lines(), ElementsAre(4, 5, 6, 7));
  result = ReadText(kHeader +
                    "4711,ACORN,2024-03-04,EUR,2,1,TX-440,10,BX,8.90\n"
                    "4712,ACORN,2024-03-05,,1,1,AB-60,1,CA,0\n"
                    "4711,ACORN,2024-03-04,EUR,2,2,WP-8,4,EA,\n");
  EXPECT_THAT(result.numbers(), ElementsAre("4712"));
  EXPECT_THAT(result.lines(), ElementsAre(2, 4));

  // Another buyer has numbers of its own.
  result = ReadText(Replace(kGood, "4712,ACORN", "4711,BRAMB"));
  EXPECT_THAT(result.numbers(), ElementsAre("4711", "4711"));
  EXPECT_THAT(result.refusals, IsEmpty());
}

TEST(OrderCsv, CutAnywhereNoHalfOrderIsTaken) {
  const std::size_t header = kHeader.size();
  const std::size_t first = kGood.find("4712,");  // behind the last line of 4711
  for (std::size_t cut = 0; cut <= kGood.size(); ++cut) {
    const Result result = ReadText(kGood.substr(0, cut));
    EXPECT_EQ(result.orders.size(), cut == kGood.size() ? 2u : cut >= first ? 1u : 0u) << cut;
    const bool whole = cut == header || cut == first || cut == kGood.size();
    EXPECT_EQ(result.refusals.empty(), whole) << cut;
  }
}

TEST(OrderCsv, WhatIsWrittenIsReadBack) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::string text = kHeader;
    std::vector<std::vector<std::string>> written;  // a row's quantity and price
    std::vector<std::size_t> sizes;
    for (std::size_t order = 0, orders = 1 + random() % 5; order < orders; ++order) {
      sizes.push_back(1 + random() % 4);
      for (std::size_t line = 1; line <= sizes.back(); ++line) {
        const std::string quantity = std::to_string(1 + random() % 1'000'000);
        const std::string price =
            random() % 3 == 0 ? ""
                              : Price::FromUnits(static_cast<std::int64_t>(random())).ToString();
        written.push_back({quantity, price});
        text += fmt::format("{},B{},2024-02-29,CAD,{},{},\"S {}\",{},4A,{}\r\n", order, order % 2,
                            sizes.back(), line, random() % 100, quantity, price);
      }
    }
    const Result result = ReadText(text);
    ASSERT_THAT(result.refusals, IsEmpty()) << result.refusals[0].what;
    ASSERT_EQ(result.orders.size(), sizes.size());
    std::size_t row = 0;
    for (std::size_t order = 0; order < sizes.size(); ++order) {
      EXPECT_EQ(result.orders[order].number, std::to_string(order));
      ASSERT_EQ(result.orders[order].lines.size(), sizes[order]);
      for (const PurchaseOrderLine& line : result.orders[order].lines) {
        EXPECT_EQ(std::to_string(line.quantity), written[row][0]);
        EXPECT_EQ(line.price ? line.price->ToString() : "", written[row][1]);
        EXPECT_EQ(line.at.line, static_cast<std::int64_t>(row + 2));
        ++row;
      }
    }
  }
}

TEST(OrderCsv, AnEndlessLineCostsNoMemoryAndSpoilsItsOwnOrderAlone) {
  const std::size_t at = kGood.find("WP-8");
  const std::int64_t before = PeakMegabytes();
  Endless huge(kGood.substr(0, at), "x", kHuge, kGood.substr(at));
  std::istream in(&huge);
  const Result result = ReadStream(in);
  EXPECT_THAT(result.numbers(), ElementsAre("4712"));
  ASSERT_THAT(result.lines(), ElementsAre(3, 2));
  EXPECT_THAT(result.refusals[0].what, HasSubstr("more than 4096"));
  EXPECT_LT(PeakMegabytes() - before, 40);
}

TEST(OrderCsv, NoMoreOrdersAndLinesThanAreRemembered) {
  Result result = ReadText(kGood, {.max_orders = 1});
  EXPECT_THAT(result.numbers(), ElementsAre("4711"));
  EXPECT_THAT(result.lines(), ElementsAre(4));
  EXPECT_THAT(result.refusals[0].what, HasSubstr("more than 1 orders"));

  result = ReadText(kGood, {.max_lines = 1});
  EXPECT_THAT(result.numbers(), ElementsAre("4712"));
  EXPECT_THAT(result.lines(), ElementsAre(2, 3));
}

// ---- What both readers share.

TEST(PurchaseOrder, ACodeIsNoFormulaNoPathAndNoControlSequence) {
  for (std::string_view good : {"4711", "A", "N/2024-19", "a b", "No. 7 & 8", "x_1#2"}) {
    EXPECT_TRUE(IsCode(good, 22)) << good;
  }
  for (std::string_view bad : {"", " ", "a ", " a", "=1", "+1", "-1", "@a", "#1", "/etc", "../a",
                               "a\tb", "a\nb", "a*b", "a:b", "a\"b", "a,b", "\xC3\x84", "a'b"}) {
    EXPECT_FALSE(IsCode(bad, 22)) << bad;
  }
  EXPECT_TRUE(IsCode("12345", 5));
  EXPECT_FALSE(IsCode("123456", 5));
  EXPECT_FALSE(IsCode(std::string_view("a\0b", 3), 22));
}

TEST(PurchaseOrder, ADayExists) {
  EXPECT_EQ(ParseDay("20240229"), 2024y / 2 / 29);
  EXPECT_EQ(ParseDay("19000101"), 1900y / 1 / 1);
  EXPECT_EQ(ParseDay("99991231"), 9999y / 12 / 31);
  for (std::string_view bad :
       {"20240230", "20230229", "20240431", "20240001", "20240100", "20241301", "18991231",
        "2024022", "202402290", "2024-2-1", " 2024029", "2024022x"}) {
    EXPECT_EQ(ParseDay(bad), std::nullopt) << bad;
  }
}

TEST(PurchaseOrder, WhatIsNoNumberIsNeverZero) {
  EXPECT_EQ(ParseWhole("0", 0, 9), 0);
  EXPECT_EQ(ParseWhole("007", 0, 9), 7);
  EXPECT_EQ(ParseWhole("999999999999999999", 0, INT64_MAX), 999'999'999'999'999'999);
  for (std::string_view bad : {"", "-0", "+0", "0x0", "0.0", "0e0", " 0", "0 ", "zero", "10",
                               "9999999999999999999", "18446744073709551616"}) {
    EXPECT_EQ(ParseWhole(bad, 0, 9), std::nullopt) << bad;
  }
  EXPECT_EQ(ParseOrderPrice("0"), Price());
  EXPECT_EQ(ParseOrderPrice("1000000"), kMaxOrderPrice);
  for (std::string_view bad : {"", "-0", "-1", "+1", ".5", "1.", "1e1", "0x1", "1,5", "1.00001",
                               "1000000.0001", "9999999999999999999999"}) {
    EXPECT_EQ(ParseOrderPrice(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace distribution
