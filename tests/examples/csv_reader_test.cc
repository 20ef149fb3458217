// SPDX-License-Identifier: Apache-2.0
#include "csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
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

constexpr CsvColumn kColumns[] = {
    {"id", CsvKind::kNumber}, {"name", CsvKind::kText}, {"phone", CsvKind::kPhone}};

struct Result {
  std::vector<CsvRecord> records;
  std::vector<CsvProblem> problems;

  std::vector<std::int64_t> record_lines() const {
    std::vector<std::int64_t> lines;
    for (const CsvRecord& record : records) lines.push_back(record.line);
    return lines;
  }
  std::vector<std::int64_t> problem_lines() const {
    std::vector<std::int64_t> lines;
    for (const CsvProblem& problem : problems) lines.push_back(problem.line);
    return lines;
  }
};

Result ReadAll(std::istream& in, CsvLimits limits = {}) {
  Result result;
  CsvReader reader(in, kColumns, limits);
  for (CsvStep step = reader.Next(); !IsEnd(step); step = reader.Next()) {
    if (auto* record = std::get_if<CsvRecord>(&step)) result.records.push_back(std::move(*record));
    if (auto* problem = std::get_if<CsvProblem>(&step)) {
      result.problems.push_back(std::move(*problem));
    }
  }
  EXPECT_TRUE(IsEnd(reader.Next())) << "the end is the end";
  return result;
}

Result ReadText(std::string_view text, CsvLimits limits = {}) {
  std::istringstream in{std::string(text)};
  return ReadAll(in, limits);
}

// Reads `line` between two good ones, which must survive whatever it holds; returns the reason it
// is refused for.
std::string ReasonFor(std::string_view line) {
  const Result result = ReadText("id,name,phone\n1,before,\n" + std::string(line) + "\n3,after,\n");
  if (result.problems.empty()) return "";
  EXPECT_THAT(result.problem_lines(), ElementsAre(3));
  EXPECT_THAT(result.record_lines(), ElementsAre(2, 4));
  return result.problems[0].reason;
}

TEST(CsvReader, YieldsRecordsWithTheLineWhereEachStarts) {
  const Result result = ReadText(
      "id,name,phone\n1,Ana,030-1\n2,\"two\nlines, \"\"quoted\"\"\",\n-3.50, padded ,(5) 555\n");
  EXPECT_THAT(result.problems, IsEmpty());
  ASSERT_THAT(result.record_lines(), ElementsAre(2, 3, 5));
  EXPECT_THAT(result.records[0].fields, ElementsAre("1", "Ana", "030-1"));
  EXPECT_THAT(result.records[1].fields, ElementsAre("2", "two\nlines, \"quoted\"", ""));
  EXPECT_THAT(result.records[2].fields, ElementsAre("-3.50", " padded ", "(5) 555"));
}

TEST(CsvReader, TakesEitherLineEndAndAByteOrderMark) {
  const Result result =
      ReadText("\xEF\xBB\xBFid,name,phone\r\n1,\"a\r\nb\",\r\n2,M\xC3\xA9xico,\n");
  EXPECT_THAT(result.problems, IsEmpty());
  ASSERT_THAT(result.record_lines(), ElementsAre(2, 4));
  EXPECT_THAT(result.records[0].fields, ElementsAre("1", "a\r\nb", ""));
  EXPECT_THAT(result.records[1].fields, ElementsAre("2", "M\xC3\xA9xico", ""));
}

TEST(CsvReader, AByteOrderMarkElsewhereIsPartOfTheText) {
  EXPECT_THAT(ReasonFor("\xEF\xBB\xBF"
                        "2,x,"),
              HasSubstr("column id is not a number"));
}

TEST(CsvReader, RefusesAnythingButTheExpectedHeader) {
  for (std::string_view header :
       {"", "\n", "id,name\n", "id,name,phone,tenant_id\n", "name,id,phone\n", "id,name,phone",
        "\"id,name,phone\n", "id,name,\xFF\n", "\xFF\xFEi\0d\0"}) {
    const Result result = ReadText(std::string(header) + (header.ends_with('\n') ? "1,a,b\n" : ""));
    EXPECT_THAT(result.records, IsEmpty()) << header;
    EXPECT_THAT(result.problem_lines(), ElementsAre(1)) << header;
  }
}

TEST(CsvReader, ReportsEachKindOfMalformedLineAndGoesOn) {
  EXPECT_THAT(ReasonFor("2,few"), HasSubstr("2 fields instead of 3"));
  EXPECT_THAT(ReasonFor("2,too,many,"), HasSubstr("4 fields instead of 3"));
  EXPECT_THAT(ReasonFor(""), HasSubstr("empty"));
  EXPECT_THAT(ReasonFor("\r"), HasSubstr("empty"));
  EXPECT_THAT(ReasonFor("2,a\"b\",c"), HasSubstr("a quote is out of place near byte 4"));
  EXPECT_THAT(ReasonFor("2,\"a\" ,c"), HasSubstr("a quote is out of place"));
  EXPECT_THAT(ReasonFor("two,a,"), HasSubstr("column id is not a number"));
  EXPECT_THAT(ReasonFor(std::string_view("2,a\0b,", 6)), HasSubstr("control character at byte 4"));
  EXPECT_THAT(ReasonFor("2,\x1B[31m,"), HasSubstr("control character at byte 3"));
  EXPECT_THAT(ReasonFor("2,\xC2\x9B"
                        "31m,"),
              HasSubstr("control character at byte 3"));
  EXPECT_THAT(ReasonFor("2,a\rb,"), HasSubstr("control character"));
  EXPECT_THAT(ReasonFor("2,\x7F,"), HasSubstr("control character"));
  EXPECT_THAT(ReasonFor("2,M\xE9xico,"), HasSubstr("not valid UTF-8 at byte 4"));
}

TEST(CsvReader, RefusesFormulaCellsButNotNumbersOrTelephones) {
  for (std::string_view cell : {"=1+1", "+1+1", "-1+1", "@SUM(A1)", "\tx", "\" =x\"", "\"\nx\"",
                                "\"\r\nx\"", "\uFF1D 1", "\"=HYPERLINK(\"\"http://x\"\")\""}) {
    const std::string text = "id,name,phone\n2," + std::string(cell) + ",\n3,after,\n";
    const Result result = ReadText(text);
    ASSERT_THAT(result.problem_lines(), ElementsAre(2)) << cell;
    EXPECT_THAT(result.problems[0].reason, HasSubstr("hostile: column name")) << cell;
    EXPECT_THAT(result.records, SizeIs(1)) << cell;
  }
  EXPECT_THAT(ReasonFor("2,a,+1+cmd|' /C calc'!A0"), HasSubstr("hostile: column phone"));
  EXPECT_THAT(ReasonFor("2,a,+49 (30) 007-4321"), IsEmpty());
  EXPECT_THAT(ReasonFor("2,a,-49"), HasSubstr("hostile"));
  EXPECT_THAT(ReasonFor("-2.50,a=b,1"), IsEmpty());
  for (std::string_view number :
       {"=2", "+2", "1e5", "1,5", ".5", "5.", "-", "--1", "1.2.3", " 1", "0x1"}) {
    EXPECT_THAT(ReasonFor("\"" + std::string(number) + "\",a,"), HasSubstr("not a number"))
        << number;
  }
}

TEST(CsvReader, AFileThatEndsInTheMiddleIsTruncated) {
  const Result unended = ReadText("id,name,phone\n1,a,b\n2,c,d");
  EXPECT_THAT(unended.record_lines(), ElementsAre(2));
  ASSERT_THAT(unended.problem_lines(), ElementsAre(3));
  EXPECT_THAT(unended.problems[0].reason, HasSubstr("truncated"));

  const Result quoted = ReadText("id,name,phone\n1,a,b\n2,\"c\n3,d,e\n");
  EXPECT_THAT(quoted.record_lines(), ElementsAre(2, 4))
      << "the line behind the open quote is looked at";
  ASSERT_THAT(quoted.problem_lines(), ElementsAre(3));
  EXPECT_THAT(quoted.problems[0].reason, HasSubstr("truncated"));

  const Result both = ReadText("id,name,phone\n2,\"c\n3,d");
  ASSERT_THAT(both.problem_lines(), ElementsAre(2, 3));
  EXPECT_THAT(both.problems[0].reason, HasSubstr("truncated"));
}

TEST(CsvReader, AnOpenQuoteSwallowsNothing) {
  std::string text = "id,name,phone\n1,\"open,\n";
  for (int i = 2; i <= 500; ++i) text += std::to_string(i) + ",x,\n";
  const Result result = ReadText(text);
  ASSERT_THAT(result.problem_lines(), ElementsAre(2));
  EXPECT_THAT(result.problems[0].reason, HasSubstr("not closed within 100 lines"));
  EXPECT_THAT(result.records, SizeIs(499));
}

TEST(CsvReader, ARecordThatRunsIntoABadLineDoesNotHideIt) {
  const Result result = ReadText("id,name,phone\n1,\"open\n2,\xFF,\n3,c,\n");
  EXPECT_THAT(result.problem_lines(), ElementsAre(2, 3));
  EXPECT_THAT(result.problems[0].reason, HasSubstr("runs into line 3"));
  EXPECT_THAT(result.record_lines(), ElementsAre(4));
}

TEST(CsvReader, ARecordClosedByAnotherOnesQuoteIsReportedWhereItStarts) {
  const Result result = ReadText("id,name,phone\n1,\"open,\n2,b,\n3,\"c\",\n4,d,\n");
  ASSERT_THAT(result.problem_lines(), ElementsAre(2));
  EXPECT_THAT(result.problems[0].reason, HasSubstr("line 4 has a quote out of place"));
  EXPECT_THAT(result.record_lines(), ElementsAre(3, 4, 5));
}

TEST(CsvReader, ALineOverTheLimitIsSkippedWithoutBeingKept) {
  Endless huge("id,name,phone\n1,", "x", kHuge, "\n2,b,\n");
  std::istream in(&huge);
  const Result result = ReadAll(in);
  ASSERT_THAT(result.problem_lines(), ElementsAre(2));
  EXPECT_THAT(result.problems[0].reason, HasSubstr("104857603 bytes, more than 1048576"));
  EXPECT_THAT(result.record_lines(), ElementsAre(3));
}

TEST(CsvReader, ARecordOverTheLimitIsReportedByItsFirstLine) {
  const Result result = ReadText("id,name,phone\n1,\"0123456789\n0123456789\n\",\n2,b,\n",
                                 {.max_record_bytes = 20, .max_record_lines = 10});
  ASSERT_THAT(result.problem_lines(), ElementsAre(2, 3, 4));
  EXPECT_THAT(result.problems[0].reason, HasSubstr("longer than 20 bytes"));
  EXPECT_THAT(result.record_lines(), ElementsAre(5));
}

TEST(CsvReader, AMillionFieldsAreCountedAndNotKept) {
  EXPECT_THAT(ReasonFor(std::string(1'000'000, ',')), HasSubstr("1000001 fields instead of 3"));
}

TEST(CsvReader, AFileThatCannotBeReadIsReportedOnce) {
  std::istringstream in("id,name,phone\n1,a,b\n");
  in.setstate(std::ios::badbit);
  const Result result = ReadAll(in);
  EXPECT_THAT(result.records, IsEmpty());
  ASSERT_THAT(result.problem_lines(), ElementsAre(1));
  EXPECT_THAT(result.problems[0].reason, HasSubstr("could not be read"));
}

TEST(CsvReader, ReasonsRepeatNothingFromTheFile) {
  for (std::string_view line :
       {"2,CANARY", "2,\"CANARY\"x,", "CANARY,a,", "2,=CANARY,", "2,CANARY\xFF,"}) {
    const std::string reason = ReasonFor(line);
    EXPECT_THAT(reason, Not(IsEmpty()));
    EXPECT_THAT(reason, Not(HasSubstr("CANARY")));
  }
}

TEST(IsUtf8, IsStrict) {
  for (std::string_view good :
       {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  for (std::string_view bad :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF", "\xE2\x82",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF0\x9F\x98", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFE", "\xFF"}) {
    std::size_t at = 99;
    EXPECT_FALSE(IsUtf8("ab" + std::string(bad), &at)) << testing::PrintToString(bad);
    EXPECT_EQ(at, 2u);
    EXPECT_FALSE(IsUtf8(std::string(bad) + "ab"));
  }
}

}  // namespace
}  // namespace distribution
