// SPDX-License-Identifier: Apache-2.0
// The arithmetic of the back office, and what its report looks like, without a database.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "allocation.h"
#include "pricing.h"
#include "rebate_tiers.h"
#include "report.h"

namespace distribution {
namespace {

using std::chrono::day;
using std::chrono::sys_days;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Price P(std::string_view text) { return *Price::Parse(text); }
Amount A(std::string_view text) { return *Amount::Parse(text); }
sys_days Day(int year, unsigned month, unsigned of) {
  return sys_days(std::chrono::year(year) / std::chrono::month(month) / day(of));
}

// ---- prices -----------------------------------------------------------------------------------

TEST(Pricing, TheContractOfTheDayAndTheQuantityIsCharged) {
  const std::vector<PriceBreak> contract = {
      {1, Day(2024, 1, 1), std::nullopt, P("9.00")},
      {10, Day(2024, 1, 1), std::nullopt, P("8.50")},
      {10, Day(2024, 3, 1), Day(2024, 3, 31), P("8.25")},  // a promotion
      {100, Day(2024, 1, 1), Day(2024, 6, 30), P("7.10")},
      {1, Day(2023, 1, 1), Day(2023, 12, 31), P("1.00")},
  };
  struct Case {
    std::int64_t quantity;
    sys_days at;
    std::string_view price;
  };
  for (const Case& one : {
           Case{1, Day(2022, 12, 31), "10.00"},  // no contract yet
           Case{1, Day(2023, 1, 1), "1.00"},     // the first day counts
           Case{1, Day(2023, 12, 31), "1.00"},   // and the last
           Case{1, Day(2024, 1, 1), "9.00"},
           Case{9, Day(2024, 2, 1), "9.00"},
           Case{10, Day(2024, 2, 29), "8.50"},
           Case{10, Day(2024, 3, 1), "8.25"},
           Case{99, Day(2024, 3, 31), "8.25"},
           Case{99, Day(2024, 4, 1), "8.50"},
           Case{100, Day(2024, 6, 30), "7.10"},
           Case{100, Day(2024, 7, 1), "8.50"},
       }) {
    std::vector<PriceBreak> breaks = contract;
    for (std::size_t turn = 0; turn < breaks.size(); ++turn) {
      std::rotate(breaks.begin(), breaks.begin() + 1, breaks.end());
      EXPECT_EQ(ChoosePrice(P("10.00"), breaks, one.quantity, one.at), P(one.price))
          << one.quantity << " pieces, expected " << one.price;
    }
  }
  EXPECT_EQ(ChoosePrice(P("10.00"), {}, 5, Day(2024, 1, 1)), P("10.00"));
}

TEST(Pricing, APackHasItsUnit) {
  EXPECT_EQ(UnitOfPack("box of 200"), "BX");
  EXPECT_EQ(UnitOfPack("bag of 10"), "BG");
  EXPECT_EQ(UnitOfPack("pack of 25"), "PK");
  EXPECT_EQ(UnitOfPack("piece"), "EA");
  EXPECT_EQ(UnitOfPack("bottle 750 g"), "EA");
  EXPECT_EQ(UnitOfPack("boxer shorts"), "EA");
  EXPECT_EQ(UnitOfPack(""), "EA");
}

// ---- stock --------------------------------------------------------------------------------------

TEST(Allocation, OneWarehouseIfPossibleElseInOrder) {
  const std::vector<FreeStock> stock = {{"A", 3}, {"B", 10}, {"C", 0}, {"D", 2}};
  EXPECT_THAT(Allocate(3, stock), ElementsAre(Pick{"A", 3}));
  EXPECT_THAT(Allocate(4, stock), ElementsAre(Pick{"B", 4}));
  EXPECT_THAT(Allocate(11, stock), ElementsAre(Pick{"A", 3}, Pick{"B", 8}));
  EXPECT_THAT(Allocate(15, stock), ElementsAre(Pick{"A", 3}, Pick{"B", 10}, Pick{"D", 2}));
  EXPECT_THAT(Allocate(99, stock), ElementsAre(Pick{"A", 3}, Pick{"B", 10}, Pick{"D", 2}));
  EXPECT_THAT(Allocate(0, stock), IsEmpty());
  EXPECT_THAT(Allocate(-1, stock), IsEmpty());
  EXPECT_THAT(Allocate(1, {}), IsEmpty());
}

TEST(Allocation, GivesNoMoreThanThereIsAndNoMoreThanIsWanted) {
  std::mt19937 random(7);
  for (int run = 0; run < 2000; ++run) {
    std::vector<FreeStock> stock;
    std::int64_t there = 0;
    for (unsigned long i = random() % 5; i-- > 0;) {
      stock.push_back({std::to_string(i), static_cast<std::int64_t>(random() % 12) - 1});
      there += std::max<std::int64_t>(stock.back().free, 0);
    }
    const auto wanted = static_cast<std::int64_t>(random() % 30);
    std::int64_t picked = 0;
    for (const Pick& pick : Allocate(wanted, stock)) {
      const auto from = std::ranges::find(stock, pick.warehouse_id, &FreeStock::warehouse_id);
      ASSERT_NE(from, stock.end());
      EXPECT_GE(pick.quantity, 1);
      EXPECT_LE(pick.quantity, from->free);
      from->free -= pick.quantity;
      picked += pick.quantity;
    }
    EXPECT_EQ(picked, std::min(wanted, there));
  }
}

// ---- rebates ------------------------------------------------------------------------------------

TEST(Rebates, EachTierPaysForItsPart) {
  const std::vector<Tier> tiers = {{A("1000"), Discount::FromUnits(2)},
                                   {A("5000"), Discount::FromUnits(5)},
                                   {A("20000"), Discount::FromUnits(8)}};
  struct Case {
    std::string_view turnover, rebate;
  };
  for (const Case& one : {Case{"0", "0"}, Case{"-700", "0"}, Case{"1000", "0"},
                          Case{"1000.249999", "0"},  // half a cent is not reached
                          Case{"1000.25", "0.01"},   // half a cent goes up
                          Case{"1000.749999", "0.01"}, Case{"1000.75", "0.02"}, Case{"2000", "20"},
                          Case{"5000", "80"}, Case{"5000.1", "80.01"}, Case{"20000", "830"},
                          Case{"30000", "1630"}, Case{"9000000000000", "719999999230"}}) {
    EXPECT_EQ(RebateOn(A(one.turnover), tiers), A(one.rebate)) << one.turnover;
  }
  EXPECT_EQ(RebateOn(A("5000"), {}), Amount());
  EXPECT_EQ(RebateOn(A("12.34"), std::vector<Tier>{{Amount(), Discount::FromUnits(100)}}),
            A("12.34"));
}

TEST(Rebates, MoreTurnoverNeverBringsLess) {
  const std::vector<Tier> tiers = {{A("0"), Discount::FromUnits(1)},
                                   {A("100"), Discount::FromUnits(9)},
                                   {A("250"), Discount::FromUnits(3)}};
  Amount before;
  for (std::int64_t units = 0; units < 400'000'000; units += 123'457) {
    const Amount rebate = RebateOn(Amount::FromUnits(units), tiers);
    EXPECT_GE(rebate, before);
    EXPECT_EQ(rebate.units() % 10'000, 0) << "whole cents";
    before = rebate;
  }
}

TEST(Rebates, QuartersMeetWithoutGapOrOverlap) {
  EXPECT_EQ(QuarterOf(Day(2024, 2, 29)).name(), "2024-Q1");
  EXPECT_EQ(QuarterOf(Day(2024, 12, 31)).name(), "2024-Q4");
  for (sys_days at = Day(2023, 1, 1); at < Day(2025, 1, 1); at += std::chrono::days(1)) {
    const Quarter quarter = QuarterOf(at);
    EXPECT_LE(quarter.first(), at);
    EXPECT_LT(at, quarter.end());
    EXPECT_EQ(QuarterOf(quarter.end()).first(), quarter.end());
  }
}

// ---- the report
// -----------------------------------------------------------------------------------

DealerReport ReportOf(std::string name) {
  DealerReport report;
  report.dealer = name;
  report.currency = "EUR";
  report.orders = 12;
  report.ordered = A("4170.355");
  report.months = {{"2024-03", A("100")}, {name, A("50")}, {"2024-05", A("0")}};
  report.customers = {{name, A("3.5")}};
  report.warehouses = {{name, 7, 2}};
  return report;
}

// Every '<' of the page that is not one of ours would be somebody else's.
std::vector<std::string> TagsOf(std::string_view html) {
  std::vector<std::string> tags;
  for (std::size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    tags.emplace_back(html.substr(at, html.find_first_of(" >", at) - at));
  }
  return tags;
}

TEST(Report, AHostileNameAddsNoTagAndNoAttribute) {
  const std::string tame = ReportAsHtml(ReportOf("Alder"));
  for (const std::string name :
       {"<script>alert(1)</script>", "</title><script src=//x>", "\"onload=\"x", "' onclick='x",
        "<!--", "]]>", "<svg/onload=x>", "&lt;script&gt;", "{}{0}", "=cmd|' /C calc'!A0"}) {
    const std::string html = ReportAsHtml(ReportOf(name));
    EXPECT_EQ(TagsOf(html), TagsOf(tame)) << name;
    EXPECT_EQ(std::ranges::count(html, '"'), std::ranges::count(tame, '"')) << name;
    EXPECT_THAT(html, Not(HasSubstr("<script"))) << name;
  }
  EXPECT_THAT(ReportAsHtml(ReportOf("<script>")), HasSubstr("<h1>&lt;script&gt;</h1>"));
  EXPECT_THAT(ReportAsHtml(ReportOf("&lt;")), HasSubstr("<h1>&amp;lt;</h1>"));
}

TEST(Report, ThePageIsOneFileAndForbidsItselfScripts) {
  const std::string html = ReportAsHtml(ReportOf("Alder"));
  EXPECT_THAT(html, HasSubstr("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
  for (const std::string_view part :
       {"<script", "<link", "<img", "http:", "https:", "src=", "href=", "url(", "@import"}) {
    EXPECT_THAT(html, Not(HasSubstr(std::string(part))));
  }
  // The highest bar is the whole chart, half of it half, and nothing is nothing.
  EXPECT_THAT(html, HasSubstr("<rect x=\"12\" y=\"20\" width=\"40\" height=\"120\">"));
  EXPECT_THAT(html, HasSubstr("<rect x=\"64\" y=\"80\" width=\"40\" height=\"60\">"));
  EXPECT_THAT(html, HasSubstr("<rect x=\"116\" y=\"140\" width=\"40\" height=\"0\">"));
}

TEST(Report, ADealerWithoutOrdersHasNoChart) {
  DealerReport report = ReportOf("Alder");
  EXPECT_THAT(ReportAsHtml(report), HasSubstr("<svg"));
  report.months.clear();
  EXPECT_THAT(ReportAsHtml(report),
              AllOf(HasSubstr("Nothing was ordered"), Not(HasSubstr("<svg"))));
}

TEST(Report, BarsStayInTheChartHoweverLargeTheAmounts) {
  DealerReport report = ReportOf("Alder");
  report.months = {{"a", Amount::FromUnits(INT64_MAX)},
                   {"b", Amount::FromUnits(INT64_MAX / 2)},
                   {"c", Amount::FromUnits(-5)},
                   {"d", Amount::FromUnits(1)}};
  const std::string html = ReportAsHtml(report);
  EXPECT_THAT(html, HasSubstr("y=\"20\" width=\"40\" height=\"120\">"));
  EXPECT_THAT(html, HasSubstr("y=\"140\" width=\"40\" height=\"0\">"));
  EXPECT_THAT(html, Not(HasSubstr("height=\"-")));
}

TEST(Report, NoControlCharacterReachesATerminal) {
  const std::string text = ReportAsText(ReportOf("\x1B[2JAl\nder\xC2\x9B"));
  EXPECT_THAT(text, HasSubstr("?[2JAl?der?\n"));
  for (const char c : text) EXPECT_TRUE(c == '\n' || c < 0 || c >= ' ') << static_cast<int>(c);
  EXPECT_THAT(text, HasSubstr("4170.355 EUR"));
  EXPECT_THAT(text, HasSubstr("3.50  "));
  const std::string html = ReportAsHtml(ReportOf(std::string("a\0b\x1B", 4)));
  EXPECT_EQ(html.find('\0'), std::string::npos);
  EXPECT_EQ(html.find('\x1B'), std::string::npos);
}

}  // namespace
}  // namespace distribution
