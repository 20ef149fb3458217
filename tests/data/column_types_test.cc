// SPDX-License-Identifier: Apache-2.0
// Enums, JSON and times with a zone: as columns, arguments and results; and what is refused when
// somebody writes something else.
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "support/world.h"

namespace cordon_test {
namespace {

enum class Status { kOpen = 1, kShipped = 2, kLost = -7 };
enum class Grade : std::uint8_t { kA = 0, kB = 255 };

}  // namespace
}  // namespace cordon_test

template <>
struct cordon::EnumValues<cordon_test::Status> {
  static constexpr std::array kAll = {cordon_test::Status::kOpen, cordon_test::Status::kShipped,
                                      cordon_test::Status::kLost};
};
template <>
struct cordon::EnumValues<cordon_test::Grade> {
  static constexpr cordon_test::Grade kAll[] = {cordon_test::Grade::kA, cordon_test::Grade::kB};
};

namespace cordon_test {
namespace {

using cordon::Json;
using cordon::Timestamp;
using cordon::ZonedTime;
using std::chrono::microseconds;

struct Parcel {
  std::int64_t id = 0;
  Status status = Status::kOpen;
  std::optional<Grade> grade = {};
  Json details = {};
  std::optional<Json> maybe_details = {};
  ZonedTime due = {};
  std::optional<ZonedTime> maybe_due = {};
};
struct ByGrade {  // an enum and a time with a zone as the key
  Grade grade = {};
  ZonedTime since = {};
  std::int64_t n = 0;
};
struct Depot {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Parcel>("parcels")
          .Key<&Parcel::id>("id")
          .Column<&Parcel::status>("status")
          .Column<&Parcel::grade>("grade")
          .Column<&Parcel::details>("details")
          .Column<&Parcel::maybe_details>("maybe_details")
          .Column<&Parcel::due>("due")
          .Column<&Parcel::maybe_due>("maybe_due"),
      cordon::TenantTable<ByGrade>("by_grade")
          .Key<&ByGrade::grade>("grade")
          .Key<&ByGrade::since>("since")
          .Column<&ByGrade::n>("n"),
  };
};

// The calendar the long way round, to compare with.
std::string SlowText(std::int64_t since_1970, const std::string& zone) {
  std::int64_t days = since_1970 / 86'400'000'000;
  std::int64_t rest = since_1970 % 86'400'000'000;
  if (rest < 0) {
    rest += 86'400'000'000;
    --days;
  }
  int year = 1970;
  const auto leap = [](int y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; };
  while (days < 0) days += leap(--year) ? 366 : 365;
  while (days >= (leap(year) ? 366 : 365)) days -= leap(year++) ? 366 : 365;
  const std::array<int, 12> lengths = {31, leap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
                                       31};
  std::size_t month = 0;
  while (days >= lengths[month]) days -= lengths[month++];
  const std::int64_t seconds = rest / 1'000'000;
  std::array<char, 80> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", year,
                static_cast<int>(month + 1), static_cast<int>(days + 1),
                static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60),
                static_cast<int>(seconds % 60), static_cast<int>(rest % 1'000'000));
  return text.data() + ("[" + zone + "]");
}

class ColumnTypes : public ::testing::Test {
 protected:
  using Session = cordon::Session<Depot>;
  void SetUp() override {
    platform = Must(cordon::Platform<Depot>::Open({.path = path}));
    const cordon::TenantId id = Must(platform->tenants().Create("A"));
    Must(platform->tenants().AddMember(id, User("anna")));
    context.emplace(Must(platform->Enter(Verified("anna"), id, cordon::Purpose("test"))));
    session.emplace(Must(platform->OpenSession(*context)));
  }
  // One row, with `set` done to it past all of Cordon, CHECKs included.
  void Force(const std::string& set) {
    RawSql(path, "PRAGMA ignore_check_constraints = ON; UPDATE parcels SET " + set);
  }

  ScratchDirectory scratch;
  const std::string path = scratch.File("depot.db");
  std::unique_ptr<cordon::Platform<Depot>> platform;
  std::optional<cordon::TenantContext> context;
  std::optional<Session> session;
};

// ---- enums ---------------------------------------------------------------------------------

TEST_F(ColumnTypes, AnEnumIsAColumnAnArgumentAndAResult) {
  for (const Status status : {Status::kOpen, Status::kShipped, Status::kLost}) {
    for (const std::optional<Grade> grade :
         {std::optional<Grade>(), std::optional(Grade::kA), std::optional(Grade::kB)}) {
      Must(session->Execute("DELETE FROM parcels"_sql));
      Must(session->Insert(Parcel{.id = 1, .status = status, .grade = grade}));
      const auto row = Must(session->One(as<Parcel>, "SELECT * FROM parcels"_sql));
      EXPECT_EQ(row->status, status);
      EXPECT_EQ(row->grade, grade);
      EXPECT_EQ(
          Must(session->One(as<Status>, "SELECT status FROM parcels WHERE status = ?"_sql, status))
              .Plain(),
          status);
      EXPECT_EQ(Must(session->One(as<std::tuple<Status, std::optional<Grade>>>,
                                  "SELECT status, grade FROM parcels"_sql))
                    .Plain(),
                std::tuple(status, grade));
      EXPECT_EQ(Must(session->One(as<std::int64_t>, "SELECT status FROM parcels"_sql)).Plain(),
                static_cast<std::int64_t>(status))
          << "stored as its number";
    }
  }
  Must(session->Execute("UPDATE parcels SET status = ?, grade = ? WHERE id = 1"_sql, Status::kLost,
                        std::optional(Grade::kB)));
  EXPECT_EQ(Must(session->One(as<Parcel>, "SELECT * FROM parcels"_sql))->status, Status::kLost);
  EXPECT_EQ(RawValue(path, "SELECT status || '/' || grade FROM parcels"), "-7/255");
}

TEST_F(ColumnTypes, AnEnumCanBeTheKey) {
  const ZonedTime since{Timestamp(microseconds(5)), "Europe/Berlin"};
  Must(session->Insert(ByGrade{Grade::kA, since, 1}));
  Must(session->Insert(ByGrade{Grade::kB, since, 2}));
  EXPECT_THAT(session->Insert(ByGrade{Grade::kB, since, 3}), HasCode(ErrorCode::kUniqueViolation));
  EXPECT_EQ(Must(session->One(as<std::int64_t>,
                              "SELECT n FROM by_grade WHERE grade = ? AND since = ?"_sql, Grade::kB,
                              since))
                .Plain(),
            2);
}

TEST_F(ColumnTypes, AnUnlistedNumberIsRefusedOnTheWayInAndOnTheWayOut) {
  EXPECT_THAT(session->Insert(Parcel{.id = 1, .status = static_cast<Status>(3)}),
              HasCode(ErrorCode::kCheckViolation));
  EXPECT_THAT(session->Insert(Parcel{.id = 1, .grade = static_cast<Grade>(7)}),
              HasCode(ErrorCode::kCheckViolation));
  Must(session->Insert(Parcel{.id = 1, .status = Status::kOpen}));
  EXPECT_THAT(session->Execute("UPDATE parcels SET status = status + 10"_sql),
              HasCode(ErrorCode::kCheckViolation));
  for (const char* bad : {"3", "0", "257", "9223372036854775807", "-9223372036854775808"}) {
    Force(std::string("status = ") + bad);
    EXPECT_THAT(session->One(as<Parcel>, "SELECT * FROM parcels"_sql),
                HasCode(ErrorCode::kValueOutOfRange))
        << bad;
    EXPECT_THAT(session->All(as<Status>, "SELECT status FROM parcels"_sql),
                HasCode(ErrorCode::kValueOutOfRange))
        << bad;
  }
  // 256 + 255 would be kB in eight bits.
  Force("status = 1, grade = 511");
  EXPECT_THAT(session->One(as<Parcel>, "SELECT * FROM parcels"_sql),
              HasCode(ErrorCode::kValueOutOfRange));
}

TEST_F(ColumnTypes, AComputedNumberIsReadAsAnEnumWhenItIsListed) {
  Must(session->Insert(Parcel{.id = 1, .status = Status::kOpen}));
  EXPECT_EQ(Must(session->One(as<Status>, "SELECT status + 1 AS s FROM parcels"_sql)).Plain(),
            Status::kShipped);
  EXPECT_THAT(session->One(as<Status>, "SELECT status + 5 AS s FROM parcels"_sql),
              HasCode(ErrorCode::kValueOutOfRange));
}

// ---- JSON ----------------------------------------------------------------------------------

TEST_F(ColumnTypes, JsonComesBackByteByByte) {
  for (const std::string& text :
       {std::string("null"), std::string(R"({"a":[1,2,{"b":"株"}],"c":-1.5e3})"),
        std::string("  [ ]  "), std::string("\"\""), std::string("0"),
        "[" + std::string(100'000, ' ') + "]"}) {
    Must(session->Execute("DELETE FROM parcels"_sql));
    Must(session->Insert(Parcel{.id = 1, .details = Json(text), .maybe_details = Json(text)}));
    const auto row = Must(session->One(as<Parcel>, "SELECT * FROM parcels"_sql));
    EXPECT_EQ(row->details.text(), text);
    EXPECT_EQ(row->maybe_details, Json(text));
    EXPECT_EQ(Must(session->One(as<Json>, "SELECT details FROM parcels WHERE details = ?"_sql,
                                Json(text)))
                  .Plain()
                  .text(),
              text);
  }
  Must(session->Execute("UPDATE parcels SET maybe_details = ?"_sql, std::optional<Json>()));
  EXPECT_EQ(Must(session->One(as<Parcel>, "SELECT * FROM parcels"_sql))->maybe_details,
            std::nullopt);
}

TEST_F(ColumnTypes, WhatIsNotJsonIsRefusedByTheColumn) {
  Must(session->Insert(Parcel{.id = 1}));
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("{'a':1}"), std::string("[1,]"),
        std::string("tru"), std::string("{}{}"), std::string("{}\0garbage", 10),
        std::string("\0", 1), std::string(5000, '[') + std::string(5000, ']')}) {
    EXPECT_THAT(session->Insert(Parcel{.id = 2, .details = Json(bad)}),
                HasCode(ErrorCode::kCheckViolation))
        << bad.substr(0, 20);
    EXPECT_THAT(session->Execute("UPDATE parcels SET maybe_details = ?"_sql, bad),
                HasCode(ErrorCode::kCheckViolation))
        << "a plain text is held to the same";
  }
  EXPECT_EQ(Must(session->One(as<std::int64_t>, "SELECT COUNT(*) FROM parcels"_sql)).Plain(), 1);
}

// ---- times with a zone ---------------------------------------------------------------------

TEST_F(ColumnTypes, ATimeWithAZoneHasOneText) {
  const ZonedTime due{std::chrono::sys_days(std::chrono::year(2026) / 3 / 29) + 1h + 30min,
                      "Europe/Berlin"};
  Must(session->Insert(Parcel{.id = 1, .due = due, .maybe_due = due}));
  EXPECT_EQ(RawValue(path, "SELECT due FROM parcels"),
            "2026-03-29T01:30:00.000000Z[Europe/Berlin]");
  EXPECT_EQ(
      Must(session->One(as<ZonedTime>, "SELECT due FROM parcels WHERE due = ?"_sql, due)).Plain(),
      due);
}

TEST_F(ColumnTypes, TimesWithAZoneGoThereAndBackAndSortByTime) {
  constexpr std::int64_t kFirst = -62'167'219'200'000'000;  // 0000-01-01
  constexpr std::int64_t kLast = 253'402'300'799'999'999;   // 9999-12-31T23:59:59.999999
  const std::vector<std::string> zones = {"UTC",        "Europe/Berlin",
                                          "+05:45",     "-11:30",
                                          "Z",          "America/Argentina/ComodRivadavia",
                                          "Etc/GMT+12", std::string(64, 'x')};
  std::mt19937_64 random(20260329);
  std::uniform_int_distribution<std::int64_t> moment(kFirst, kLast);
  std::vector<ZonedTime> all;
  const auto add = [&](std::int64_t at) {
    all.push_back({Timestamp(microseconds(at)), zones[all.size() % zones.size()]});
  };
  for (const std::int64_t at :
       {kFirst, kFirst + 1, kLast, kLast - 1, std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}}) {
    add(at);
  }
  // The days around which calendars go wrong.
  for (const int year : {0, 4, 100, 400, 1600, 1900, 1970, 2000, 2100, 9999}) {
    for (const std::chrono::month_day_last last :
         {std::chrono::February / std::chrono::last, std::chrono::December / std::chrono::last}) {
      const std::chrono::sys_days day(std::chrono::year(year) / last);
      add(Timestamp(day).time_since_epoch().count());
      add(Timestamp(day).time_since_epoch().count() + 86'399'999'999);
    }
  }
  while (all.size() < 600) add(moment(random));
  Must(session->Transaction([&](auto& tx) -> absl::Status {
    for (std::size_t i = 0; i < all.size(); ++i) {
      Must(tx.Insert(Parcel{.id = static_cast<std::int64_t>(i), .due = all[i]}));
    }
    return absl::OkStatus();
  }));
  const auto rows = Must(session->All(as<Parcel>, "SELECT * FROM parcels ORDER BY due"_sql));
  ASSERT_EQ(rows.size(), all.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i]->due, all[static_cast<std::size_t>(rows[i]->id)]);
    EXPECT_LE(rows[i == 0 ? 0 : i - 1]->due.at, rows[i]->due.at);
  }
  const std::vector<std::string> texts = RawSql(path, "SELECT due FROM parcels ORDER BY id");
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(texts[i], SlowText(all[i].at.time_since_epoch().count(), all[i].zone));
  }
}

TEST_F(ColumnTypes, ATimeOrAZoneWithoutATextIsAnErrorBeforeTheStatementRuns) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  std::vector<ZonedTime> bad;
  for (const std::int64_t at :
       {std::int64_t{-62'167'219'200'000'001}, std::int64_t{253'402'300'800'000'000}, kMin, kMax,
        // 65,536 years away: the same year in 16 bits.
        std::int64_t{65'536} * 31'556'952'000'000}) {
    bad.push_back({Timestamp(microseconds(at)), "UTC"});
  }
  for (const std::string& zone : {std::string(), std::string("Europe/Berlin]"), std::string("[UTC"),
                                  std::string("a b"), std::string("a\nb"), std::string("UTC\0", 4),
                                  std::string("Zürich"), std::string(65, 'x')}) {
    bad.push_back({Timestamp(), zone});
  }
  for (const ZonedTime& due : bad) {
    SCOPED_TRACE(due.zone + " " + std::to_string(due.at.time_since_epoch().count()));
    EXPECT_THAT(session->Insert(Parcel{.id = 1, .due = due}), HasCode(ErrorCode::kValueOutOfRange));
    EXPECT_THAT(session->Insert(Parcel{.id = 1, .maybe_due = due}),
                HasCode(ErrorCode::kValueOutOfRange));
    EXPECT_THAT(session->All(as<Parcel>, "SELECT * FROM parcels WHERE due = ?"_sql, due),
                HasCode(ErrorCode::kValueOutOfRange));
  }
  // Inside a transaction it ends the statement, not the transaction.
  Must(session->Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.Insert(Parcel{.id = 1, .due = bad.front()}),
                HasCode(ErrorCode::kValueOutOfRange));
    return tx.Insert(Parcel{.id = 2});
  }));
  EXPECT_EQ(Must(session->One(as<std::int64_t>, "SELECT id FROM parcels"_sql)).Plain(), 2);
}

TEST_F(ColumnTypes, AnotherTextIsRefusedByTheColumnOrByTheReader) {
  Must(session->Insert(Parcel{.id = 1}));
  const std::string time = "2026-03-29T01:30:00.000000Z";
  for (const std::string& bad :
       {std::string(), std::string("now"), time, time + "[]", time + "[UTC", time + "[UTC] ",
        time + "[a b]", time + "[a]b]", time + "[UTC]" + std::string("\0x", 2),
        time + "[" + std::string(65, 'x') + "]", "x" + time + "[UTC]",
        std::string("2026-03-29T01:30:00Z[UTC]"), std::string("2026-03-29 01:30:00.000000Z[UTC]"),
        std::string("-026-03-29T01:30:00.000000Z[UTC]")}) {
    EXPECT_THAT(session->Execute("UPDATE parcels SET due = ?"_sql, bad),
                HasCode(ErrorCode::kCheckViolation))
        << bad;
  }
  // Of the right form, and no time.
  for (const char* bad : {"2026-13-29T01:30:00.000000Z[UTC]", "2026-02-29T01:30:00.000000Z[UTC]",
                          "2026-03-00T01:30:00.000000Z[UTC]", "2026-03-29T24:30:00.000000Z[UTC]",
                          "2026-03-29T01:60:00.000000Z[UTC]", "2026-03-29T01:30:60.000000Z[UTC]"}) {
    Must(session->Execute("UPDATE parcels SET due = ?"_sql, bad));
    EXPECT_THAT(session->One(as<Parcel>, "SELECT * FROM parcels"_sql),
                HasCode(ErrorCode::kValueOutOfRange))
        << bad;
  }
  for (const char* bad : {"''", "'2026'", "'2026-03-29T01:30:00.000000Z[]'"}) {
    Force(std::string("due = ") + bad);
    EXPECT_THAT(session->One(as<Parcel>, "SELECT * FROM parcels"_sql),
                HasCode(ErrorCode::kValueOutOfRange))
        << bad;
  }
}

}  // namespace
}  // namespace cordon_test
