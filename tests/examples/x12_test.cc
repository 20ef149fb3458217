// SPDX-License-Identifier: Apache-2.0
#include "x12.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "inbound_files.h"

namespace distribution {
namespace {

using std::chrono::year_month_day;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

const X12Receiver kAlder = {.qualifier = "ZZ", .id = "ALDER"};

// Two orders of one customer, one segment a line: the number of a line is that of its segment.
constexpr std::string_view kGood =
    "ISA*00*          *00*          *ZZ*ACORN          *ZZ*ALDER          "
    "*240304*0930*U*00401*000000101*0*P*>~\n"        // 1
    "GS*PO*ACORN*ALDER*20240304*0930*1*X*004010~\n"  // 2
    "ST*850*0001~\n"                                 // 3
    "BEG*00*SA*4711**20240304~\n"                    // 4
    "CUR*BY*EUR~\n"                                  // 5
    "REF*DP*17~\n"                                   // 6
    "DTM*002*20240311~\n"                            // 7
    "N1*BY*Schraubenhaus Nord*92*ACORN-7~\n"         // 8
    "PO1*1*10*BX*8.90**VP*TX-440~\n"                 // 9
    "PID*F****Torx screw 4x40~\n"                    // 10
    "PO1*2*4*EA*5.25*PE*BP*99*VP*WP-8~\n"            // 11
    "CTT*2*14~\n"                                    // 12
    "SE*11*0001~\n"                                  // 13
    "ST*850*0002~\n"                                 // 14
    "BEG*00*NE*4712**20240304~\n"                    // 15
    "PO1*1*1*CA***SK*AB-60~\n"                       // 16
    "CTT*1~\n"                                       // 17
    "SE*5*0002~\n"                                   // 18
    "GE*2*1~\n"                                      // 19
    "IEA*1*000000101~\n";                            // 20

using Result = Inbound;

Result ReadStream(std::istream& in, const X12Receiver& dealer = kAlder, X12Limits limits = {}) {
  return Collect([&](const InboundTaker& taker) { return ReadX12(in, dealer, taker, limits); });
}

Result ReadText(std::string_view text, const X12Receiver& dealer = kAlder, X12Limits limits = {}) {
  std::istringstream in{std::string(text)};
  return ReadStream(in, dealer, limits);
}

std::string ReplaceAll(std::string text, char from, char to) {
  std::ranges::replace(text, from, to);
  return text;
}

// ---- Good files.

TEST(X12, ReadsAnOrderToTheLastDigit) {
  const Result result = ReadText(kGood);
  EXPECT_THAT(result.refusals, IsEmpty());
  ASSERT_THAT(result.numbers(), ElementsAre("4711", "4712"));

  const PurchaseOrder& order = result.orders[0];
  EXPECT_EQ(order.buyer, "ACORN-7");
  EXPECT_EQ(order.sender, "ACORN");
  EXPECT_EQ(order.ordered, year_month_day(2024y / 3 / 4));
  EXPECT_EQ(order.currency, "EUR");
  EXPECT_EQ(order.at, (FilePosition{3, 3, static_cast<std::int64_t>(kGood.find("ST*850*0001"))}));
  ASSERT_THAT(order.lines, SizeIs(2));
  EXPECT_EQ(order.lines[0].number, "1");
  EXPECT_EQ(order.lines[0].sku, "TX-440");
  EXPECT_EQ(order.lines[0].quantity, 10);
  EXPECT_EQ(order.lines[0].unit, "BX");
  EXPECT_EQ(order.lines[0].price, Price::FromUnits(8'9000));
  EXPECT_EQ(order.lines[0].at,
            (FilePosition{9, 9, static_cast<std::int64_t>(kGood.find("PO1*1*10"))}));
  EXPECT_EQ(order.lines[1].sku, "WP-8") << "the buyer's own number (BP) is not the seller's";
  EXPECT_EQ(order.lines[1].price, Price::FromUnits(5'2500));

  EXPECT_EQ(result.orders[1].buyer, "ACORN") << "without N1*BY the sender orders";
  EXPECT_EQ(result.orders[1].currency, "");
  ASSERT_THAT(result.orders[1].lines, SizeIs(1));
  EXPECT_EQ(result.orders[1].lines[0].price, std::nullopt);
}

TEST(X12, ReadsTheSmallDataSet) {
  const auto read = [](const char* name) {
    std::ifstream in(std::string(DISTRIBUTION_DATA_DIR "/inbound/") + name, std::ios::binary);
    EXPECT_TRUE(in.is_open()) << name;
    return ReadStream(in);
  };
  const Result acorn = read("acorn_850.x12");
  EXPECT_THAT(acorn.refusals, IsEmpty());
  EXPECT_THAT(acorn.numbers(), ElementsAre("SN-4711", "SN-4712"));

  // Version 00501, other separators, two groups whose transaction sets have one control number.
  const Result daisy = read("daisy_850.x12");
  EXPECT_THAT(daisy.refusals, IsEmpty());
  EXPECT_THAT(daisy.numbers(), ElementsAre("N/2024-19", "N/2024-20"));

  const Result clove = read("clove_mixed_850.x12");
  EXPECT_THAT(clove.numbers(), ElementsAre("MK-1", "MK-3"));
  std::vector<std::pair<std::int64_t, std::string>> refused;
  for (const Refusal& refusal : clove.refusals) {
    refused.emplace_back(refusal.at.line, refusal.what.substr(0, 5));
  }
  using P = std::pair<std::int64_t, std::string>;
  EXPECT_THAT(refused, ElementsAre(P{10, "BEG05"}, P{12, "PO102"}, P{13, "PO104"}, P{20, "BEG03"},
                                   P{28, "ISA07"}));
}

TEST(X12, TakesTheSeparatorsThatTheIsaNames) {
  const std::string joined = [] {
    std::string text(kGood);
    std::erase(text, '\n');
    return text;
  }();
  for (const std::string& text :
       {joined, ReplaceAll(joined, '~', '\n'), ReplaceAll(joined, '~', '\r'),
        ReplaceAll(joined, '~', '\x1C'), ReplaceAll(joined, '*', '\x1D'),
        ReplaceAll(joined, '*', '|'), ReplaceAll(ReplaceAll(joined, '*', '^'), '>', '<')}) {
    const Result result = ReadText(text);
    EXPECT_THAT(result.refusals, IsEmpty()) << result.refusals[0].what;
    EXPECT_THAT(result.numbers(), ElementsAre("4711", "4712"));
    EXPECT_EQ(result.orders[0].lines[1].sku, "WP-8");
  }
  // Of 00501, the repetition separator too, a control character or not.
  for (std::string_view repetition : {"*^*00501*", "*\x1F*00501*"}) {
    const Result result = ReadText(Replace(std::string(kGood), "*U*00401*", repetition));
    EXPECT_THAT(result.refusals, IsEmpty()) << result.refusals[0].what;
    EXPECT_THAT(result.numbers(), ElementsAre("4711", "4712"));
  }
  // A terminator of CR LF is CR, and LF is a line end behind it.
  std::string crlf;
  for (char c : joined) crlf += c == '~' ? std::string("\r\n") : std::string(1, c);
  const Result result = ReadText(crlf);
  EXPECT_THAT(result.refusals, IsEmpty());
  ASSERT_THAT(result.orders, SizeIs(2));
  EXPECT_EQ(result.orders[1].at.line, 14);
}

TEST(X12, StopsWhenTheTakerDoes) {
  std::istringstream in{std::string(kGood)};
  int taken = 0;
  const InboundResult result =
      ReadX12(in, kAlder,
              {.order = [&](PurchaseOrder) { return ++taken < 1; },
               .refusal = [](const Refusal& refusal) { FAIL() << refusal.what; }});
  EXPECT_EQ(taken, 1);
  EXPECT_EQ(result.orders, 1);
  EXPECT_TRUE(result.stopped);
}

// ---- Hostile files.

struct Expected {
  std::int64_t line;
  std::string_view what;
};

struct Hostile {
  std::string name, from, to;       // an edit of kGood
  std::vector<std::string> orders;  // those that are still taken
  std::vector<Expected> refusals;
};

const std::vector<std::string> kBoth = {"4711", "4712"};
const std::vector<std::string> kSecond = {"4712"};
const std::vector<std::string> kFirst = {"4711"};
const std::vector<std::string> kNone = {};

std::vector<Hostile> HostileFiles() {
  std::vector<Hostile> all = {
      // The interchange's header.
      {"foreign receiver",
       "*ZZ*ALDER  ",
       "*ZZ*BIRCH  ",
       kNone,
       {{1, "ISA07 and ISA08 name another"}}},
      {"foreign qualifier", "*ZZ*ALDER  ", "*01*ALDER  ", kNone, {{1, "ISA07 and ISA08 name"}}},
      {"no receiver", "*ZZ*ALDER  ", "*ZZ*       ", kNone, {{1, "ISA07 and ISA08 name another"}}},
      {"receiver in small letters", "*ZZ*ALDER ", "*ZZ*alder ", kNone, {{1, "ISA07 and ISA08"}}},
      {"longer receiver",
       "*ZZ*ALDER  ",
       "*ZZ*ALDERS ",
       kNone,
       {{1, "ISA07 and ISA08 name another"}}},
      {"ISA of 105",
       "ACORN          ",
       "ACORN         ",
       kNone,
       {{1, "ISA is not 106 characters: ISA06 is not 15 wide; the rest of the file"}}},
      {"ISA of 107",
       "ACORN          ",
       "ACORN           ",
       kNone,
       {{1, "ISA is not 106 characters: ISA06 is not 15 wide; the rest of the file"}}},
      {"no component separator",
       "*P*>~\n",
       "*P*~\n",
       kNone,
       {{2, "GS08, the version"}, {20, "IEA02"}}},
      {"letter between elements", "ISA*", "ISAX", kNone, {{1, "byte 4 of ISA, the element"}}},
      {"letter for components", "*P*>~", "*P*c~", kNone, {{1, "ISA16, the component separator"}}},
      {"letter behind segments", "*P*>~", "*P*>T", kNone, {{1, "byte 106 of ISA"}}},
      {"digit behind segments", "*P*>~", "*P*>7", kNone, {{1, "byte 106 of ISA"}}},
      {"blank behind segments", "*P*>~", "*P*> ", kNone, {{1, "byte 106 of ISA"}}},
      {"NUL behind segments", "*P*>~", std::string("*P*>\0", 5), kNone, {{1, "byte 106"}}},
      {"minus for components", "*P*>~", "*P*-~", kNone, {{1, "ISA16, the component separator"}}},
      {"one for two", "*P*>~", "*P*~~", kNone, {{1, "one character for two separators"}}},
      {"elements and components", "*P*>~", "*P**~", kNone, {{1, "ISA16 is not 1 wide"}}},
      {"NUL in ISA", "ACORN ", std::string("ACORN\0", 6), kNone, {{1, "printable ASCII"}}},
      {"UTF-8 in ISA", "ACORN  ", "ACO\xC3\x84N ", kNone, {{1, "not printable ASCII"}}},
      {"separator in ISA", "ACORN  ", "ACO>N  ", kNone, {{1, "one of its separators as text"}}},
      {"older version", "*00401*", "*00400*", kNone, {{1, "ISA12, the version, is neither"}}},
      {"standards id", "*U*00401*", "*^*00401*", kNone, {{1, "ISA11, the standards id"}}},
      {"repetition is a letter", "*U*00401*", "*U*00501*", kNone, {{1, "ISA11, the repetition"}}},
      {"repetition is a component", "*U*00401*", "*>*00501*", kNone, {{1, "separators as text"}}},
      {"no sender", "*ZZ*ACORN  ", "*ZZ*       ", kNone, {{1, "ISA06, the sender"}}},
      {"no day", "*240304*0930*U", "*240230*0930*U", kNone, {{1, "ISA09 is not a day"}}},
      {"no time", "*240304*0930*U", "*240304*2460*U", kNone, {{1, "ISA10 is not a time"}}},
      {"control number", "*000000101*0*", "*0000001 1*0*", kNone, {{1, "ISA13, the control"}}},
      {"acknowledgment", "*0*P*", "*2*P*", kNone, {{1, "ISA14 is neither 0 nor 1"}}},
      {"a test", "*0*P*", "*0*T*", kNone, {{1, "ISA15 does not say production (P)"}}},
      // The group's header.
      {"foreign group", "*ACORN*ALDER*", "*ACORN*BIRCH*", kNone, {{2, "GS03 names another"}}},
      {"no group receiver", "*ACORN*ALDER*", "*ACORN**", kNone, {{2, "GS03 names another"}}},
      {"other documents", "GS*PO*", "GS*IN*", kNone, {{2, "GS01 is not PO"}}},
      {"short GS", "*X*004010~", "*X~", kNone, {{2, "GS does not have 8 elements"}}},
      {"long GS", "*X*004010~", "*X*004010*~", kNone, {{2, "GS does not have 8 elements"}}},
      {"GS sender", "GS*PO*ACORN*", "GS*PO*=ACORN*", kNone, {{2, "GS02, the sender"}}},
      {"GS day", "*20240304*0930*1", "*20241304*0930*1", kNone, {{2, "GS04 is not a day"}}},
      {"GS time", "*20240304*0930*1", "*20240304*09:30*1", kNone, {{2, "GS05 is not a time"}}},
      {"GS control", "*0930*1*X", "*0930*-1*X", kNone, {{2, "GS06, the control number"}}},
      {"GS agency", "*1*X*", "*1*T*", kNone, {{2, "GS07 is not X"}}},
      {"GS version", "*X*004010~", "*X*003040~", kNone, {{2, "GS08, the version, is neither"}}},
      {"GS with NUL",
       "GS*PO*ACORN",
       std::string("GS*PO*AC\0RN", 11),
       kNone,
       {{2, "GS02 holds a control character; the rest of the interchange"}}},
      {"not GS", "GS*PO*", "GX*PO*", kNone, {{2, "between functional groups nothing stands"}}},
      // The transaction set's envelope.
      {"other set", "ST*850*0001", "ST*855*0001", kSecond, {{3, "ST01 is not 850"}}},
      {"long ST", "ST*850*0001", "ST*850*0001*X*", kSecond, {{3, "ST has more than 3 elements"}}},
      {"DTM01", "DTM*002*", "DTM**", kSecond, {{7, "DTM01 is not of three characters"}}},
      {"ST02 missing", "ST*850*0001", "ST*850", kSecond, {{3, "ST02, the control"}, {13, "SE02"}}},
      {"ST02 short", "ST*850*0001", "ST*850*001", kSecond, {{3, "ST02, the"}, {13, "SE02 is not"}}},
      {"ST02 twice",
       "ST*850*0002",
       "ST*850*0001",
       kFirst,
       {{14, "ST02, the control number, has been used"}, {18, "SE02 is not"}}},
      {"SE01 too low", "SE*11*", "SE*10*", kSecond, {{13, "SE01 does not count the 11 segments"}}},
      {"SE01 too high", "SE*11*", "SE*12*", kSecond, {{13, "SE01 does not count the 11"}}},
      {"SE01 no number", "SE*11*", "SE*0xB*", kSecond, {{13, "SE01 does not count the 11"}}},
      {"SE01 missing", "SE*11*", "SE**", kSecond, {{13, "SE01 does not count the 11"}}},
      {"SE02 another", "SE*11*0001", "SE*11*0009", kSecond, {{13, "SE02 is not the control"}}},
      {"SE02 missing", "SE*11*0001", "SE*11", kSecond, {{13, "SE02 is not the control"}}},
      {"SE with more", "SE*11*0001", "SE*11*0001*", kSecond, {{13, "SE02 is not the control"}}},
      {"no SE", "SE*11*0001~\n", "", kSecond, {{13, "the transaction set before is not closed"}}},
      {"SE is broken",
       "SE*11*0001",
       std::string("SE*11*0\0001", 10),
       kSecond,
       {{13, "SE02 holds a control character"}}},
      {"no second SE", "SE*5*0002~\n", "", kFirst, {{18, "before is not closed by SE"}}},
      {"no ST",
       "ST*850*0002~\n",
       "",
       kFirst,
       {{14, "stands outside of any transaction set"}, {18, "GE01 does not count the 1 trans"}}},
      {"a segment lost", "REF*DP*17~\n", "", kSecond, {{12, "SE01 does not count the 10"}}},
      {"a line lost",
       "PO1*1*10*BX*8.90**VP*TX-440~\n",
       "",
       kSecond,
       {{11, "CTT01 does not count the 1 lines"}, {12, "SE01 does not count the 10"}}},
      // The group's and the interchange's trailers: orders before them have been confirmed.
      {"GE01", "GE*2*1~", "GE*3*1~", kBoth, {{19, "GE01 does not count the 2 transaction sets"}}},
      {"GE02", "GE*2*1~", "GE*2*2~", kBoth, {{19, "GE02 is not the control number of GS06"}}},
      {"no GE", "GE*2*1~\n", "", kBoth, {{19, "group before is not closed by GE"}}},
      {"IEA01", "IEA*1*", "IEA*2*", kBoth, {{20, "IEA01 does not count the 1 functional"}}},
      {"IEA02", "IEA*1*000000101", "IEA*1*101", kBoth, {{20, "IEA02 is not the control number"}}},
      {"no IEA", "IEA*1*000000101~\n", "", kBoth, {{20, "before the interchange's IEA"}}},
      {"no end of IEA",
       "000000101~\n",
       "000000101",
       kBoth,
       {{20, "truncated: the file ends inside this segment"}}},
      {"more behind",
       "IEA*1*000000101~\n",
       "IEA*1*000000101~\nGS*PO~\n",
       kBoth,
       {{21, "behind an interchange only ISA can stand"}}},
      {"TA1", "GS*PO*", "TA1*1~\nGS*PO*", kNone, {{2, "between functional groups nothing"}}},
      // The heading.
      {"no BEG",
       "BEG*00*SA*4711**20240304~\n",
       "",
       kSecond,
       {{4, "the segment after ST is not BEG"}, {12, "SE01 does not count the 10"}}},
      {"BEG twice", "CUR*BY*EUR", "BEG*00*SA*4713**20240304", kSecond, {{5, "BEG is not the"}}},
      {"a change", "BEG*00*SA*4711", "BEG*04*SA*4711", kSecond, {{4, "BEG01 is not 00"}}},
      {"a blanket order", "BEG*00*SA*4711", "BEG*00*BK*4711", kSecond, {{4, "BEG02 is neither"}}},
      {"a release", "*4711**2024", "*4711*5*2024", kSecond, {{4, "BEG04 names a release"}}},
      {"order number missing", "*SA*4711*", "*SA**", kSecond, {{4, "BEG03, the order number"}}},
      {"order number too long",
       "*SA*4711*",
       "*SA*47110000000000000000011*",
       kSecond,
       {{4, "BEG03"}}},
      {"order number a formula", "*SA*4711*", "*SA*=1+1*", kSecond, {{4, "BEG03, the order"}}},
      {"order number a path", "*SA*4711*", "*SA*../4711*", kSecond, {{4, "BEG03, the order"}}},
      {"order number blank", "*SA*4711*", "*SA* *", kSecond, {{4, "BEG03, the order number"}}},
      {"order number twice", "*NE*4712*", "*NE*4711*", {"4711", "4711"}, {}},  // two buyers
      {"no such day", "**20240304~\nCUR", "**20240230~\nCUR", kSecond, {{4, "BEG05, the date"}}},
      {"no leap day", "**20240304~\nCUR", "**20230229~\nCUR", kSecond, {{4, "BEG05, the date"}}},
      {"day too short", "**20240304~\nCUR", "**240304~\nCUR", kSecond, {{4, "BEG05, the date"}}},
      {"day with dashes", "**20240304~\nCUR", "**2024-3-4~\nCUR", kSecond, {{4, "BEG05"}}},
      {"day zero", "**20240304~\nCUR", "**00000000~\nCUR", kSecond, {{4, "BEG05, the date"}}},
      {"day missing", "**20240304~\nCUR", "~\nCUR", kSecond, {{4, "BEG05, the date"}}},
      {"currency", "CUR*BY*EUR", "CUR*BY*eur", kSecond, {{5, "CUR02, the currency"}}},
      {"currency missing", "CUR*BY*EUR", "CUR*BY", kSecond, {{5, "CUR02, the currency"}}},
      {"currency twice", "REF*DP*17", "CUR*BY*USD", kSecond, {{6, "CUR comes twice"}}},
      {"currency of a line",
       "PID*F****Torx screw 4x40",
       "CUR*BY*USD",
       kSecond,
       {{10, "CUR comes"}}},
      {"exchange rate", "CUR*BY*EUR", "CUR*BY*EUR*1.1", kSecond, {{5, "CUR03 and what follows"}}},
      {"REF alone", "REF*DP*17", "REF*DP", kSecond, {{6, "REF01 has no qualifier"}}},
      {"DTM", "DTM*002*20240311", "DTM*002*20240332", kSecond, {{7, "DTM02 is not a day"}}},
      {"buyer", "*92*ACORN-7", "*92*@ACORN", kSecond, {{8, "N104, the buyer, is not a plain"}}},
      {"buyer unqualified", "*92*ACORN-7", "**ACORN-7", kSecond, {{8, "N104, the buyer"}}},
      {"buyer twice", "REF*DP*17", "N1*BY*X*92*BRAMB", kSecond, {{8, "N1*BY comes twice"}}},
      {"buyer of a line", "PID*F****Torx screw 4x40", "N1*BY*X*92*BRAMB", kSecond, {{10, "N1*BY"}}},
      {"allowance", "REF*DP*17", "SAC*A*C310***5000", kSecond, {{6, "SAC could change what is"}}},
      {"schedule", "PID*F****Torx screw 4x40", "SCH*5*EA", kSecond, {{10, "SCH could change"}}},
      // The lines.
      {"line number missing", "PO1*1*10", "PO1**10", kSecond, {{9, "PO101, the line's number"}}},
      {"line number twice",
       "PO1*2*4",
       "PO1*1*4",
       kSecond,
       {{11, "PO101, the line's number, comes"}}},
      {"unit missing", "*10*BX*", "*10**", kSecond, {{9, "PO103, the unit"}}},
      {"unit in small letters", "*10*BX*", "*10*bx*", kSecond, {{9, "PO103, the unit"}}},
      {"per hundred", "*5.25*PE*", "*5.25*HP*", kSecond, {{11, "PO105 is not a price for one"}}},
      {"per each of a box", "*8.90**", "*8.90*PE*", kSecond, {{9, "PO105 is not a price for one"}}},
      {"no article", "**VP*TX-440", "", kSecond, {{9, "PO1 has no seller's article"}}},
      {"the buyer's article", "**VP*TX-440", "**BP*TX-440", kSecond, {{9, "PO1 has no seller's"}}},
      {"article a formula", "*VP*TX-440", "*VP*=TX-440", kSecond, {{9, "PO1 has no seller's"}}},
      {"article unqualified",
       "**VP*TX-440",
       "***TX-440",
       kSecond,
       {{9, "PO106 and PO107 are not"}}},
      {"qualifier alone", "**VP*TX-440", "**VP", kSecond, {{9, "PO106 and PO107 are not"}}},
      {"two articles", "*BP*99*VP*WP-8", "*VN*99*VP*WP-8", kSecond, {{11, "names two articles"}}},
      {"components", "*VP*TX-440", "*VP*TX>440", kSecond, {{9, "PO1 has no seller's article"}}},
      {"too many elements",
       "*VP*TX-440",
       "*VP*TX-440*******************",
       kSecond,
       {{9, "than 25"}}},
      {"no lines", "PO1*1*1*CA***SK*AB-60~\nCTT*1~\nSE*5", "SE*3", kFirst, {{16, "has no line"}}},
      {"CTT02", "CTT*2*14", "CTT*2*15", kSecond, {{12, "CTT02 is not the sum of the quant"}}},
      {"CTT02 no number", "CTT*2*14", "CTT*2*1.4e1", kSecond, {{12, "CTT02 is not the sum"}}},
      {"CTT01", "CTT*2*14", "CTT*3*14", kSecond, {{12, "CTT01 does not count the 2 lines"}}},
      {"CTT early", "REF*DP*17", "CTT*2*14", kSecond, {{6, "CTT comes twice or before"}}},
      {"line behind CTT",
       "CTT*2*14~",
       "CTT*2*14~PO1*3*1*EA***VP*X~",
       kSecond,
       {{12, "after CTT nothing stands"}, {13, "SE01 does not count the 12"}}},
      // Bytes.
      {"NUL", "Torx", std::string("To\0rx", 5), kSecond, {{10, "PID05 holds a control"}}},
      {"line end inside", "Torx screw", "Torx\nscrew", kSecond, {{10, "PID05 holds a control"}}},
      {"escape", "Torx", "\x1B[2JTorx", kSecond, {{10, "PID05 holds a control character"}}},
      {"C1", "Torx", "\xC2\x9B", kSecond, {{10, "PID05 holds a control character"}}},
      {"Latin-1", "Torx", "T\xF6rx", kSecond, {{10, "PID05 is not valid UTF-8"}}},
      {"overlong", "Torx", "\xC0\xAF", kSecond, {{10, "PID05 is not valid UTF-8"}}},
      {"empty segment", "REF*DP*17~", "~", kSecond, {{6, "does not begin with a name"}}},
      {"small name", "REF*DP*17", "ref*DP*17", kSecond, {{6, "does not begin with a name"}}},
      {"name of one", "REF*DP*17", "R*DP*17", kSecond, {{6, "does not begin with a name"}}},
      {"blank before", "REF*DP*17", " REF*DP*17", kSecond, {{6, "does not begin with a name"}}},
  };
  for (std::string_view quantity :
       {"", "0", "-1", "+1", "1e9", "1E2", "0x10", "1.5", "1.0", "1000001", "1,000", " 1", "1 ",
        "x", "99999999999999999999", "NaN", "inf", "\xD9\xA1"}) {
    all.push_back({"quantity",
                   "PO1*1*10*BX",
                   fmt::format("PO1*1*{}*BX", quantity),
                   kSecond,
                   {{9, "PO102, the quantity"}}});
  }
  for (std::string_view price : {"-1", "-0", "1e3", "0x10", "8.90000", "8,90", ".", "8.", " 8",
                                 "1000000.0001", "NaN", "EUR"}) {
    all.push_back({"price",
                   "*BX*8.90**",
                   fmt::format("*BX*{}**", price),
                   kSecond,
                   {{9, "PO104, the price"}}});
  }
  return all;
}

TEST(X12, RefusesSegmentBySegmentWithThePosition) {
  for (const Hostile& hostile : HostileFiles()) {
    SCOPED_TRACE(testing::Message() << hostile.name << ": " << hostile.to);
    const std::string text = Replace(std::string(kGood), hostile.from, hostile.to);
    const Result result = ReadText(text);
    EXPECT_EQ(result.numbers(), hostile.orders);
    std::vector<std::string> whats;
    for (const Refusal& refusal : result.refusals) whats.push_back(refusal.what);
    ASSERT_EQ(whats.size(), hostile.refusals.size()) << testing::PrintToString(whats);
    for (std::size_t i = 0; i < whats.size(); ++i) {
      EXPECT_THAT(whats[i], HasSubstr(hostile.refusals[i].what));
      EXPECT_EQ(result.refusals[i].at.line, hostile.refusals[i].line);
      // The byte is that of a segment's beginning.
      const auto byte = static_cast<std::size_t>(result.refusals[i].at.byte);
      EXPECT_TRUE(byte == 0 || text[byte - 1] == '\n' || text[byte - 1] == '~');
      EXPECT_EQ(
          1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n'),
          result.refusals[i].at.line);
    }
  }
}

TEST(X12, APositionNamesSegmentAndByteThroughTheWholeFile) {
  std::string text = Replace(std::string(kGood), "PO1*2*4*", "PO1*2*0*");
  std::erase(text, '\n');
  const std::string second =
      Replace(Replace(text, "000000101", "000000102"), "000000101", "000000102");
  const Result result = ReadText(text + second);
  ASSERT_THAT(result.refusals, SizeIs(4)) << "PO102 twice, and both orders come twice";
  EXPECT_EQ(result.refusals[0].at,
            (FilePosition{1, 11, static_cast<std::int64_t>(text.find("PO1*2*0*"))}));
  EXPECT_EQ(result.refusals[1].at,
            (FilePosition{1, 31, static_cast<std::int64_t>(text.size() + text.find("PO1*2*0*"))}));
}

TEST(X12, ReportsEveryBadSegmentOfAnOrder) {
  std::string text = Replace(std::string(kGood), "PO1*1*10*", "PO1*1*-10*");
  text = Replace(std::move(text), "PO1*2*4*", "PO1*2*4.5*");
  text = Replace(std::move(text), "20240311", "20240231");
  const Result result = ReadText(text);
  EXPECT_EQ(result.numbers(), kSecond);
  std::vector<std::int64_t> lines;
  for (const Refusal& refusal : result.refusals) lines.push_back(refusal.at.line);
  EXPECT_THAT(lines, ElementsAre(7, 9, 11)) << "and CTT and SE are not blamed for it";
}

TEST(X12, AFaultySegmentStandsForWhatItIsCalled) {
  // The only line is faulty: neither CTT nor SE is wrong because of it.
  const Result result = ReadText(Replace(std::string(kGood), "*SK*AB-60", "*SK*\xFF"));
  EXPECT_EQ(result.numbers(), kFirst);
  ASSERT_THAT(result.refusals, SizeIs(1));
  EXPECT_THAT(result.refusals[0].what, HasSubstr("PO107 is not valid UTF-8"));
}

TEST(X12, RepeatsNothingOfWhatTheFileSays) {
  for (const Hostile& hostile : HostileFiles()) {
    const Result result = ReadText(Replace(std::string(kGood), hostile.from, hostile.to));
    for (const Refusal& refusal : result.refusals) {
      for (std::string_view word : {"4711", "4712", "ACORN", "BIRCH", "ALDER", "TX-440", "Torx"}) {
        EXPECT_THAT(refusal.what, Not(HasSubstr(word))) << hostile.name;
      }
    }
  }
}

TEST(X12, WhatIsForSomebodyElseIsNotLookedAt) {
  // Full of faults, and not one of them is told: only that it is not for this dealer.
  std::string foreign = Replace(std::string(kGood), "*ZZ*ALDER ", "*ZZ*BIRCH ");
  foreign = Replace(std::move(foreign), "PO1*1*10*", "PO1*1*-10*");
  foreign = Replace(std::move(foreign), "*00401*", "*99999*");
  foreign = Replace(std::move(foreign), "Torx", std::string_view("\0\xFF", 2));
  const Result result = ReadText(foreign + std::string(kGood));
  EXPECT_EQ(result.numbers(), kBoth) << "the next interchange is read";
  ASSERT_THAT(result.refusals, SizeIs(1));
  EXPECT_EQ(result.refusals[0].at, (FilePosition{1, 1, 0}));
  EXPECT_THAT(result.refusals[0].what, HasSubstr("another receiver"));
}

TEST(X12, AGroupForSomebodyElseDoesNotHideTheNext) {
  const std::string text(kGood);
  const std::size_t gs = text.find("GS*"), ge = text.find("GE*"), iea = text.find("IEA*");
  const std::string group = text.substr(gs, iea - gs);
  const std::string foreign = Replace(group, "*ALDER*", "*BIRCH*");
  const std::string own = Replace(Replace(group, "*0930*1*", "*0930*2*"), "GE*2*1", "GE*2*2");
  const Result result = ReadText(text.substr(0, gs) + foreign + own + "IEA*2*000000101~\n");
  EXPECT_EQ(result.numbers(), kBoth);
  ASSERT_THAT(result.refusals, SizeIs(1));
  EXPECT_EQ(result.refusals[0].at.line, 2);

  // A foreign group that is not closed must not swallow this dealer's in silence.
  const Result open =
      ReadText(text.substr(0, gs) + foreign.substr(0, ge - gs) + own + "IEA*2*000000101~\n");
  EXPECT_EQ(open.numbers(), kNone);
  ASSERT_THAT(open.refusals, SizeIs(2));
  EXPECT_THAT(open.refusals[1].what, HasSubstr("not closed by GE"));
  const Result last =
      ReadText(text.substr(0, gs) + foreign.substr(0, ge - gs) + "IEA*1*000000101~\n");
  ASSERT_THAT(last.refusals, SizeIs(2));
  EXPECT_THAT(last.refusals[1].what, HasSubstr("not closed by GE"));
}

TEST(X12, WhatIsPassedOverIsToldOnceHoweverItEnds) {
  const std::string foreign = Replace(std::string(kGood), "*ZZ*ALDER ", "*ZZ*BIRCH ");
  for (std::size_t cut = foreign.find("GS*"); cut <= foreign.size(); ++cut) {
    const Result result = ReadText(foreign.substr(0, cut));
    EXPECT_THAT(result.orders, IsEmpty()) << cut;
    EXPECT_THAT(result.refusals, SizeIs(1)) << cut;
  }
}

TEST(X12, StraySegmentsAreToldOncePerGap) {
  std::string text =
      Replace(std::string(kGood), "ST*850*0001", "REF*DP*1~\nREF*DP*2~\nST*850*0001");
  text = Replace(std::move(text), "ST*850*0002", "REF*DP*3~\nREF*DP*4~\nST*850*0002");
  const Result result = ReadText(text);
  EXPECT_EQ(result.numbers(), kBoth);
  ASSERT_THAT(result.refusals, SizeIs(2));
  EXPECT_EQ(result.refusals[0].at.line, 3);
  EXPECT_EQ(result.refusals[1].at.line, 16);
}

TEST(X12, ADealerWithoutAnIdReceivesNothing) {
  // Addressed to nobody, in the interchange and in the group.
  const std::string nobody = Replace(Replace(std::string(kGood), "*ZZ*ALDER  ", "*ZZ*       "),
                                     "*ACORN*ALDER*", "*ACORN**");
  for (const X12Receiver& dealer :
       {X12Receiver{.qualifier = "ZZ", .id = ""}, X12Receiver{.qualifier = "ZZ", .id = " "},
        X12Receiver{.qualifier = "", .id = "ALDER"},
        X12Receiver{.qualifier = "ZZ", .id = "ALDE"}}) {
    EXPECT_THAT(ReadText(nobody, dealer).orders, IsEmpty());
    EXPECT_THAT(ReadText(kGood, dealer).orders, IsEmpty());
  }
}

TEST(X12, ABrokenInterchangeDoesNotSpoilTheNext) {
  const std::string next = Replace(
      Replace(
          Replace(Replace(std::string(kGood), "000000101", "000000102"), "000000101", "000000102"),
          "*4711*", "*5711*"),
      "*4712*", "*5712*");
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"GE*2*1", "GE*9*1"},        // broken, then closed
           {"IEA*1*000000101~\n", ""},  // never closed
           {"GE*2*1~\nIEA*1*000000101~\n", ""},
           {"SE*5*0002~\nGE*2*1~\nIEA*1*000000101~\n", ""},
           {"GS*PO", "XX*PO"}}) {
    const Result result = ReadText(Replace(std::string(kGood), from, to) + next);
    ASSERT_GE(result.orders.size(), 2u) << from;
    EXPECT_EQ(result.orders.back().number, "5712") << from;
    EXPECT_EQ((result.orders.end() - 2)->number, "5711") << from;
    EXPECT_GE(result.refusals.size(), 1u) << from;
  }
  // Without its fixed width an ISA says nothing about where anything is.
  const Result cut =
      ReadText(std::string(kGood) + Replace(next, "ACORN          ", "ACORN         ") +
               Replace(next, "000000102", "000000103"));
  EXPECT_EQ(cut.numbers(), kBoth);
  ASSERT_THAT(cut.refusals, SizeIs(1));
  EXPECT_EQ(cut.refusals[0].at.line, 21);
}

TEST(X12, TheSameTwiceIsRefusedOnce) {
  // An interchange, by its sender and control number.
  const std::string good(kGood);
  Result result = ReadText(good + good);
  EXPECT_EQ(result.numbers(), kBoth);
  ASSERT_THAT(result.refusals, SizeIs(1));
  EXPECT_EQ(result.refusals[0].at.line, 21);
  EXPECT_THAT(result.refusals[0].what, HasSubstr("ISA13, the control number, has been used"));

  // A group, by its control number, whatever zeros are before it.
  const std::size_t gs = good.find("GS*"), iea = good.find("IEA*");
  const std::string group = good.substr(gs, iea - gs);
  const std::string again = Replace(Replace(group, "*0930*1*", "*0930*01*"), "GE*2*1", "GE*2*01");
  result = ReadText(good.substr(0, gs) + group + again + "IEA*2*000000101~\n");
  EXPECT_EQ(result.numbers(), kBoth);
  ASSERT_THAT(result.refusals, SizeIs(1));
  EXPECT_THAT(result.refusals[0].what, HasSubstr("GS06, the control number, has been used"));

  // An order, by its buyer and number, in another interchange of the file too, and even when the
  // first was refused.
  const std::string other =
      Replace(Replace(good, "000000101", "000000102"), "000000101", "000000102");
  result = ReadText(Replace(good, "PO1*2*4*", "PO1*2*0*") + other);
  EXPECT_EQ(result.numbers(), kSecond);
  ASSERT_THAT(result.refusals, SizeIs(3));
  EXPECT_THAT(result.refusals[1].what, HasSubstr("BEG03, the order number, comes twice"));
  EXPECT_EQ(result.refusals[1].at.line, 33) << "told where its SE is";
}

TEST(X12, WhatIsNoX12IsNotRead) {
  for (std::string_view text :
       {"", "\n", "\r\n\r\n", "I", "ISA", "ISA*", "hello", "order_number,buyer\n4711,ACORN\n",
        "UNA:+.? 'UNB+UNOA:1+ACORN+ALDER'", "\xEF\xBB\xBFISA*00*", "<?xml version=\"1.0\"?>"}) {
    const Result result = ReadText(text);
    EXPECT_THAT(result.orders, IsEmpty()) << text;
    EXPECT_THAT(result.refusals, SizeIs(1)) << text;
  }
  EXPECT_THAT(ReadText("\xEF\xBB\xBF" + std::string(kGood)).orders, IsEmpty());
}

TEST(X12, AFileThatCannotBeReadIsReportedOnce) {
  std::istringstream in{std::string(kGood)};
  in.setstate(std::ios::badbit);
  const Result result = ReadStream(in);
  EXPECT_THAT(result.orders, IsEmpty());
  ASSERT_THAT(result.refusals, SizeIs(1));
  EXPECT_THAT(result.refusals[0].what, HasSubstr("could not be read"));
}

// A file whose disk fails behind `text`.
class Failing : public std::streambuf {
 public:
  explicit Failing(std::string text) : text_(std::move(text)) {
    setg(text_.data(), text_.data(), text_.data() + text_.size());
  }

 protected:
  int_type underflow() override { throw std::runtime_error("the disk"); }

 private:
  std::string text_;
};

TEST(X12, AFileThatFailsHalfwayIsNotCalledTruncated) {
  for (std::string_view until : {"PO1*2", "CUR*BY", "ST*850*0002", "GE*2"}) {
    Failing failing(std::string(kGood.substr(0, kGood.find(until) + 4)));
    std::istream in(&failing);
    const Result result = ReadStream(in);
    ASSERT_THAT(result.refusals, SizeIs(1)) << until;
    EXPECT_THAT(result.refusals[0].what, HasSubstr("could not be read any further"));
  }
}

// ---- Limits.

constexpr std::size_t kLong = std::size_t{16} << 20;

TEST(X12, AnEndlessSegmentCostsNoMemoryAndSpoilsItsOwnOrderAlone) {
  const std::string good(kGood);
  const std::size_t at = good.find("Torx");
  const std::int64_t before = PeakMegabytes();
  for (std::string_view middle : {"x", "*", "1*", "\n"}) {
    Endless huge(good.substr(0, at), middle, kHuge, good.substr(at));
    std::istream in(&huge);
    const Result result = ReadStream(in);
    EXPECT_EQ(result.numbers(), kSecond);
    ASSERT_THAT(result.refusals, SizeIs(1));
    EXPECT_EQ(result.refusals[0].at.segment, 10);
    EXPECT_THAT(result.refusals[0].what, HasSubstr("longer than 4096 bytes"));
  }
  EXPECT_LT(PeakMegabytes() - before, 40);
}

TEST(X12, AnEndlessOrderCostsNoMemory) {
  const std::string good(kGood);
  const std::size_t at = good.find("PO1*1*1*CA");
  const std::int64_t before = PeakMegabytes();
  for (std::string_view middle : {"MSG*nothing~", "PO1*7*1*EA***VP*X~"}) {
    // Whole copies of `middle`, so that the tail begins with a segment of its own.
    const std::size_t size = kLong / middle.size() * middle.size();
    Endless huge(good.substr(0, at), middle, size, good.substr(at));
    std::istream in(&huge);
    const Result result = ReadStream(in);
    EXPECT_EQ(result.numbers(), kFirst);
    EXPECT_THAT(result.refusals.back().what, HasSubstr("SE01 does not count"));
    EXPECT_LE(result.refusals.size(), 10'010u) << "beyond max_lines they are counted, not told";
  }
  EXPECT_LT(PeakMegabytes() - before, 40);
}

TEST(X12, AnElementAndAnOrderHaveTheirLimits) {
  Result result = ReadText(Replace(std::string(kGood), "Torx", std::string(265, 'x')));
  EXPECT_EQ(result.numbers(), kSecond);
  ASSERT_THAT(result.refusals, SizeIs(1));
  EXPECT_THAT(result.refusals[0].what, HasSubstr("PID05 is too long"));

  result = ReadText(kGood, kAlder, {.max_lines = 1});
  EXPECT_EQ(result.numbers(), kSecond);
  ASSERT_THAT(result.refusals, SizeIs(1));
  EXPECT_EQ(result.refusals[0].at.line, 11);
  EXPECT_THAT(result.refusals[0].what, HasSubstr("more than 1 lines"));

  result = ReadText(kGood, kAlder, {.max_segment_bytes = 36});
  EXPECT_THAT(result.refusals[0].what, HasSubstr("longer than 36 bytes"));
}

TEST(X12, NoMoreEnvelopesThanAreRemembered) {
  const Result result = ReadText(kGood, kAlder, {.max_envelopes = 3});
  EXPECT_EQ(result.numbers(), kFirst);
  ASSERT_THAT(result.refusals, SizeIs(1));
  EXPECT_EQ(result.refusals[0].at.line, 14);
  EXPECT_THAT(result.refusals[0].what, HasSubstr("more than 3 envelopes"));
}

// ---- Any order, any cut.

class Maker {
 public:
  explicit Maker(std::uint32_t seed) : random_(seed) {}

  std::size_t Below(std::size_t n) { return random_() % n; }

  std::string Code(std::size_t most) {
    static constexpr std::string_view kHead = "ABCxyz019", kTail = "ABCxyz019 #&./_-";
    std::string code(1, kHead[Below(kHead.size())]);
    for (std::size_t size = 1 + Below(most); code.size() < size;) {
      code += kTail[Below(kTail.size())];
    }
    while (code.back() == ' ') code.back() = '7';
    return code;
  }

  PurchaseOrder Order(std::size_t serial) {
    PurchaseOrder order;
    order.number = Code(14) + std::to_string(serial);
    order.buyer = Below(3) == 0 ? "SENDER" : Code(80);
    order.sender = "SENDER";
    order.ordered = std::chrono::sys_days(2000y / 1 / 1) + std::chrono::days(Below(20'000));
    if (Below(2) == 0) order.currency = Below(2) == 0 ? "EUR" : "CAD";
    for (std::size_t i = 0, n = 1 + Below(5); i < n; ++i) {
      PurchaseOrderLine line;
      line.number = std::to_string(i + 1) + Code(8);
      line.sku = Code(48);
      line.quantity = Below(4) == 0 ? kMaxOrdered : static_cast<std::int64_t>(1 + Below(5000));
      line.unit = Below(2) == 0 ? "EA" : "4A";
      if (Below(3) != 0) {
        line.price =
            Price::FromUnits(static_cast<std::int64_t>(Below(2) == 0 ? Below(50) : random_()));
      }
      order.lines.push_back(std::move(line));
    }
    return order;
  }

 private:
  std::mt19937 random_;
};

struct Written {
  std::string text;
  std::vector<std::size_t> confirmed;  // where each order's SE has ended
};

// Writes the orders as interchanges of random shape: versions, separators, groups, line ends.
Written Write(const std::vector<PurchaseOrder>& orders, Maker& maker) {
  Written written;
  std::string& text = written.text;
  std::size_t next = 0;
  for (int interchange = 1; next < orders.size(); ++interchange) {
    const bool newer = maker.Below(2) == 0;
    const char e = "*|\x1D^"[maker.Below(4)];
    const char t = "~!'\x1C\n"[maker.Below(5)];
    const std::string end = t + std::string(maker.Below(2) == 0 ? "" : "\r\n");
    std::int64_t segments = 0;
    const auto put = [&](std::vector<std::string> elements) {
      for (std::size_t i = 0; i < elements.size(); ++i)
        text += (i == 0 ? "" : std::string(1, e)) + elements[i];
      text += end;
      ++segments;
    };
    const std::string blank(10, ' ');
    text += fmt::format(
        "ISA{0}00{0}{1}00{0}{1}ZZ{0}{2:15}{0}ZZ{0}{3:15}{0}240304{0}0930{0}{4}{0}{5}{0}{6:09}{0}0{"
        "0}P{0}>{7}",
        e, blank + e, "SENDER", "ALDER", newer ? "<" : "U", newer ? "00501" : "00401", interchange,
        end);
    int groups = 0;
    do {
      const std::string control = std::to_string(++groups);
      put({"GS", "PO", "SENDER", "ALDER", "20240304", "0930", control, "X",
           newer ? "005010" : "004010"});
      int sets = 0;
      do {
        const PurchaseOrder& order = orders[next++];
        const std::string set = fmt::format("{:04}", ++sets);
        segments = 0;
        put({"ST", "850", set});
        put({"BEG", "00", "SA", order.number, "",
             fmt::format("{:04}{:02}{:02}", static_cast<int>(order.ordered.year()),
                         static_cast<unsigned>(order.ordered.month()),
                         static_cast<unsigned>(order.ordered.day()))});
        if (!order.currency.empty()) put({"CUR", "BY", order.currency});
        if (order.buyer != order.sender || maker.Below(2) == 0)
          put({"N1", "BY", "", "92", order.buyer});
        std::int64_t sum = 0;
        for (const PurchaseOrderLine& line : order.lines) {
          put({"PO1", line.number, std::to_string(line.quantity), line.unit,
               line.price ? line.price->ToString() : "", "", "VP", line.sku});
          if (maker.Below(2) == 0) put({"PID", "F", "", "", "", "any"});
          sum += line.quantity;
        }
        if (maker.Below(3) != 0)
          put({"CTT", std::to_string(order.lines.size()), std::to_string(sum)});
        put({"SE", std::to_string(segments + 1), set});
        // Confirmed by the terminator, not by the line end behind it.
        written.confirmed.push_back(text.size() - end.size() + 1);
      } while (next < orders.size() && maker.Below(3) != 0);
      put({"GE", std::to_string(sets), control});
    } while (next < orders.size() && maker.Below(2) == 0);
    put({"IEA", std::to_string(groups), fmt::format("{:09}", interchange)});
  }
  return written;
}

void ExpectSame(const PurchaseOrder& read, const PurchaseOrder& written) {
  EXPECT_EQ(read.number, written.number);
  EXPECT_EQ(read.buyer, written.buyer);
  EXPECT_EQ(read.sender, written.sender);
  EXPECT_EQ(read.ordered, written.ordered);
  EXPECT_EQ(read.currency, written.currency);
  ASSERT_EQ(read.lines.size(), written.lines.size());
  for (std::size_t i = 0; i < read.lines.size(); ++i) {
    EXPECT_EQ(read.lines[i].number, written.lines[i].number);
    EXPECT_EQ(read.lines[i].sku, written.lines[i].sku);
    EXPECT_EQ(read.lines[i].quantity, written.lines[i].quantity);
    EXPECT_EQ(read.lines[i].unit, written.lines[i].unit);
    EXPECT_EQ(read.lines[i].price, written.lines[i].price);
  }
}

TEST(X12Property, WhatIsWrittenIsReadBack) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Maker maker(seed);
    std::vector<PurchaseOrder> orders;
    for (std::size_t i = 0, n = 1 + maker.Below(6); i < n; ++i) orders.push_back(maker.Order(i));
    const Written written = Write(orders, maker);
    const Result result = ReadText(written.text);
    ASSERT_THAT(result.refusals, IsEmpty()) << result.refusals[0].what << "\n" << written.text;
    ASSERT_EQ(result.orders.size(), orders.size());
    for (std::size_t i = 0; i < orders.size(); ++i) ExpectSame(result.orders[i], orders[i]);
  }
}

TEST(X12Property, CutAnywhereNoOrderIsTakenThatItsSeHasNotConfirmed) {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    Maker maker(seed);
    std::vector<PurchaseOrder> orders;
    for (std::size_t i = 0; i < 3; ++i) orders.push_back(maker.Order(i));
    const Written written = Write(orders, maker);
    std::size_t complete = written.text.find_last_not_of("\r\n") + 1;
    if (written.text[complete - 1] == '1') ++complete;  // the terminator is a line end itself
    for (std::size_t cut = 0; cut <= written.text.size(); ++cut) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << " cut at " << cut);
      const Result result = ReadText(std::string_view(written.text).substr(0, cut));
      const auto confirmed = static_cast<std::size_t>(
          std::ranges::count_if(written.confirmed, [cut](std::size_t at) { return at <= cut; }));
      ASSERT_EQ(result.orders.size(), confirmed);
      for (std::size_t i = 0; i < confirmed; ++i) ExpectSame(result.orders[i], orders[i]);
    }
  }
}

TEST(X12Property, CutAnywhereItIsSaid) {
  const std::string text = [] {
    std::string joined(kGood);
    std::erase(joined, '\n');
    return joined;
  }();
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_GE(ReadText(text.substr(0, cut)).refusals.size(), 1u) << cut;
  }
  EXPECT_THAT(ReadText(text).refusals, IsEmpty());
}

// One byte of a good file is replaced: whatever comes out, an order is as it was or one that the
// file still confirms, and nothing crashes.
TEST(X12Property, AnyOtherByteAnywhereNeverGivesMoreOrders) {
  const std::string good(kGood);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (char byte : {'\0', '*', '~', '\n', '0', '9', 'Z', ' ', '=', '\xFF'}) {
      std::string text = good;
      text[at] = byte;
      const Result result = ReadText(text);
      EXPECT_LE(result.orders.size(), 2u) << at;
      for (const PurchaseOrder& order : result.orders) {
        EXPECT_TRUE(IsCode(order.number, kMaxOrderNumber)) << at;
        EXPECT_THAT(order.lines, testing::Not(IsEmpty())) << at;
      }
    }
  }
}

}  // namespace
}  // namespace distribution
