// SPDX-License-Identifier: Apache-2.0
// SQL that is known at run time only, checked as the compiler checks a literal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "cordon/data/query.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::CheckAtRunTime;
using cordon::ScaledDecimal;
using cordon::Value;
using cordon::ValueKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Not a constant of the code.
std::string Late(std::string_view text) { return std::string(text); }

class RunTime : public World {
 protected:
  void SetUp() override { OpenTwins(); }
};

TEST_F(RunTime, GoesWhereALiteralGoes) {
  const auto by_id =
      Must(CheckAtRunTime<Shop, Order, std::int64_t>(Late("SELECT * FROM orders WHERE id = ?")));
  EXPECT_EQ(Must(a->session.One(as<Order>, by_id, 2))->number, "a-2");
  EXPECT_EQ(Must(a->session.One(as<Order>, by_id, std::int64_t{3}))->number, "a-3");
  EXPECT_FALSE(Must(a->session.Optional(as<Order>, by_id, 9)).has_value());
  EXPECT_THAT(a->session.One(as<Order>, by_id, 9), HasCode(ErrorCode::kNotFound));
  EXPECT_EQ(Must(a->session.All(as<Order>, by_id, 1)).size(), 1U);
  const auto raise = Must(CheckAtRunTime<Shop, void, std::int64_t, std::string>(
      Late("UPDATE orders SET amount = amount + ? WHERE number = ?")));
  EXPECT_EQ(Must(a->session.Execute(raise, 5, "a-1")), 1);
  EXPECT_EQ(Must(a->session.Execute(raise, 5, std::string(kCanary) + "-1")), 0);
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    int rows = 0;
    for (auto& row : tx.Rows(as<Order>, by_id, 1)) {
      EXPECT_EQ(row->amount.ToString(), "6.0000");
      ++rows;
    }
    EXPECT_EQ(rows, 1);
    EXPECT_EQ(Must(tx.Execute(raise, 1, "a-2")), 1);
    return absl::OkStatus();
  }));
  EXPECT_EQ(Must(b->session.One(as<Order>, by_id, 1))->amount.ToString(), "1.0000");
}

TEST_F(RunTime, ATupleATextAndNothing) {
  const auto rows = Must(CheckAtRunTime<Shop, std::tuple<std::string, std::int64_t>, const char*>(
      Late("SELECT customer_id, COUNT(*) FROM orders WHERE number LIKE ? GROUP BY customer_id "
           "ORDER BY customer_id")));
  EXPECT_EQ(Must(a->session.All(as<std::tuple<std::string, std::int64_t>>, rows, "a%")).size(), 3U);
  const auto count = Must(CheckAtRunTime<Shop, std::int64_t>(Late("SELECT COUNT(*) FROM orders")));
  EXPECT_EQ(Must(a->session.One(as<std::int64_t>, count)).Plain(), 3);
}

TEST_F(RunTime, ARefusalNamesItsCauseAndItsPlace) {
  const auto refused = [](const auto& checked, std::string_view words, std::size_t at) {
    EXPECT_THAT(checked, HasCode(ErrorCode::kStatementRefused));
    EXPECT_THAT(Text(checked), HasSubstr(std::string(words)));
    EXPECT_THAT(Text(checked), HasSubstr("(at byte " + std::to_string(at) + " of the statement)"));
  };
  refused(CheckAtRunTime<Shop, Order>(Late("SELECT * FROM invoices")), "no such table", 14);
  refused(CheckAtRunTime<Shop, Order>(Late("PRAGMA table_list")), "SELECT, INSERT", 0);
  refused(CheckAtRunTime<Shop, Order>(Late("SELECT * FROM orders; DELETE FROM orders")),
          "one statement", 22);
  refused(CheckAtRunTime<Shop, Order>(Late("SELECT * FROM orders WHERE tenant_id = x''")),
          "the tenant is set by the scope", 27);
  refused(CheckAtRunTime<Shop, Order>(Late("SELECT * FROM orders WHERE id = ?")),
          "more placeholders", 32);
  refused(CheckAtRunTime<Shop, Order, std::string>(Late("SELECT * FROM orders WHERE id = ?")),
          "different types", 30);
  refused(CheckAtRunTime<Shop, Customer>(Late("SELECT * FROM orders")), "number of fields", 0);
  refused(CheckAtRunTime<Shop, void>(Late("SELECT * FROM orders")), "returns rows", 0);
  refused(CheckAtRunTime<Shop, Order>(Late("DELETE FROM orders")), "returns no rows", 0);
  refused(CheckAtRunTime<Shop, Order>(""), "no statement", 0);
  EXPECT_THAT((CheckAtRunTime<Shop, Order>(std::string(20'000, ' '))),
              HasCode(ErrorCode::kStatementRefused));
}

TEST_F(RunTime, AScopeThatReadsRefusesAWrite) {
  const auto clear = Must(CheckAtRunTime<Shop, void>(Late("DELETE FROM counters")));
  const auto answer =
      Must(CheckAtRunTime<Shop, std::int64_t>(Late("UPDATE counters SET n = 0 RETURNING id")));
  EXPECT_THAT(a->session.Read([&](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.Execute(clear), HasCode(ErrorCode::kStatementRefused));
    return tx.All(as<std::int64_t>, answer).status();
  }),
              HasCode(ErrorCode::kStatementRefused));
  EXPECT_EQ(RawValue(path(), "SELECT count(*) FROM counters WHERE n > 0"), "9");
  EXPECT_THAT(platform->WriteGlobals(cordon::GlobalWriteAccess::Get(),
                                     [&](auto& tx) { return tx.Execute(clear).status(); }),
              HasCode(ErrorCode::kStatementRefused));
  EXPECT_EQ(Must(a->session.Execute(clear)), 3);
  EXPECT_EQ(RawValue(path(), "SELECT count(*) FROM counters"), "6");
}

TEST_F(RunTime, ForeignValuesStayOut) {
  const auto by_id =
      Must(CheckAtRunTime<Shop, Order, std::int64_t>("SELECT * FROM orders WHERE id = ?"));
  const auto id = Must(b->session.One(as<std::int64_t>, "SELECT id FROM orders WHERE id = 1"_sql));
  EXPECT_THAT(a->session.One(as<Order>, by_id, id), HasCode(ErrorCode::kForeignValue));
  EXPECT_THAT(b->session.One(as<Order>, by_id, id), IsOk());
}

// What the connection keeps of a statement must outlive the text it was made from.
TEST_F(RunTime, CachedStatementsOutliveTheirTexts) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 300; ++i) {  // more than the cache holds
      auto text = std::make_unique<std::string>("SELECT n FROM counters WHERE id = ? AND n < " +
                                                std::to_string(1000 + i));
      auto sql = std::make_unique<cordon::RunTimeSql<Shop, std::int64_t, std::int64_t>>(
          Must(CheckAtRunTime<Shop, std::int64_t, std::int64_t>(*text)));
      text->assign(text->size(), '#');
      text.reset();
      const auto n = a->session.One(as<std::int64_t>, *sql, 2);
      sql.reset();
      ASSERT_EQ(Must(n).Plain(), 2);
    }
    for (int i = 0; i < 300; ++i) {
      const std::vector<Value> values = {
          i % 2 == 0 ? Value(2) : Value(ScaledDecimal(cordon::Decimal<0>::FromUnits(2)))};
      const auto table = a->session.Query(cordon::Query<Shop>::FromText(
          "SELECT n FROM counters WHERE id = ? AND n < " + std::to_string(1000 + i), values));
      ASSERT_EQ(Must(table)->rows.size(), 1U);
    }
  }
}

// The same text with arguments of other types is another statement.
TEST_F(RunTime, TypesOfArgumentsTellStatementsApart) {
  const std::string text = "SELECT id FROM orders WHERE amount = ?";
  const auto as_integer = Must(CheckAtRunTime<Shop, std::int64_t, std::int64_t>(text));
  const auto as_decimal = Must(CheckAtRunTime<Shop, std::int64_t, cordon::Decimal<2>>(text));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(Must(a->session.One(as<std::int64_t>, as_integer, 2)).Plain(), 2);
    EXPECT_EQ(Must(a->session.One(as<std::int64_t>, as_decimal, cordon::Decimal<2>::FromUnits(300)))
                  .Plain(),
              3);
    for (const auto& [value, id] :
         std::vector<std::pair<Value, std::int64_t>>{{std::int64_t{1}, 1},
                                                     {cordon::Decimal<2>::FromUnits(200), 2},
                                                     {cordon::Decimal<4>::FromUnits(30000), 3}}) {
      const auto table =
          Must(a->session.Query(cordon::Query<Shop>::FromText(text, std::span(&value, 1))));
      ASSERT_EQ(table->rows.size(), 1U);
      EXPECT_EQ(std::get<std::int64_t>(table->rows[0][0]), id);
    }
  }
}

// ---- values and tables --------------------------------------------------------------------------

TEST_F(RunTime, ATableKeepsEveryType) {
  Sample sample{.id = 1,
                .big = 1LL << 62,
                .small = -7,
                .flag = true,
                .text = std::string("a\0b", 3),
                .blob = {std::byte{0}, std::byte{255}},
                .at = cordon::Timestamp(std::chrono::microseconds(123456)),
                .exact = cordon::Decimal<4>::FromUnits(-12345)};
  Must(a->session.Insert(sample));
  const auto table = Must(a->session.Query(
      cordon::Query<Shop>("SELECT big, small, flag, txt, bin, at_time, exact, maybe_exact, id = 1 "
                          "AS one, id + 1, AVG(big) AS mean FROM samples"_sql)
          .GroupBy("big, small, flag, txt, bin, at_time, exact, maybe_exact, id"_sql)));
  ASSERT_EQ(table->rows.size(), 1U);
  const auto& row = table->rows[0];
  EXPECT_EQ(row[0], Value(std::int64_t{1} << 62));
  EXPECT_EQ(row[1], Value(-7));
  EXPECT_EQ(row[2], Value(true));
  EXPECT_EQ(row[3], Value(sample.text));
  EXPECT_EQ(row[4], Value(sample.blob));
  EXPECT_EQ(row[5], Value(sample.at));
  EXPECT_EQ(row[6], Value(ScaledDecimal(sample.exact)));
  EXPECT_EQ(std::get<ScaledDecimal>(row[6]).ToString(), "-1.2345");
  EXPECT_EQ(row[7], Value());
  EXPECT_EQ(row[8], Value(true));
  EXPECT_EQ(row[9], Value(2));
  EXPECT_EQ(cordon::KindOf(row[10]), ValueKind::kReal);
  using Column = cordon::Table::Column;
  EXPECT_THAT(table->columns,
              ElementsAre(Column{"big", ValueKind::kInteger}, Column{"small", ValueKind::kInteger},
                          Column{"flag", ValueKind::kBoolean}, Column{"txt", ValueKind::kText},
                          Column{"bin", ValueKind::kBlob}, Column{"at_time", ValueKind::kTimestamp},
                          Column{"exact", ValueKind::kDecimal, 4},
                          Column{"maybe_exact", ValueKind::kDecimal, 4, true},
                          Column{"one", ValueKind::kBoolean}, Column{"", ValueKind::kInteger},
                          Column{"mean", ValueKind::kReal, 0, true}));
}

TEST_F(RunTime, EveryKindOfValueIsAnArgument) {
  Must(a->session.Insert(Sample{.id = 1,
                                .big = 5,
                                .flag = true,
                                .text = "x",
                                .blob = {std::byte{7}},
                                .at = cordon::Timestamp(std::chrono::microseconds(9)),
                                .exact = cordon::Decimal<4>::FromUnits(10000)}));
  const auto rows = [&](const std::string& condition, std::vector<Value> values) {
    return Must(a->session.Query(cordon::Query<Shop>::FromText(
                    "SELECT id FROM samples WHERE " + condition, values)))
        ->rows.size();
  };
  EXPECT_EQ(
      rows("big = ? AND flag = ? AND txt = ? AND bin = ? AND at_time = ? AND exact = ?",
           {5, true, "x", std::vector<std::byte>{std::byte{7}},
            cordon::Timestamp(std::chrono::microseconds(9)), cordon::Decimal<1>::FromUnits(10)}),
      1U);
  EXPECT_EQ(rows("txt = ?", {"y"}), 0U);
  EXPECT_EQ(rows("COALESCE(maybe_text, ?) = ?", {"z", "z"}), 1U);
  for (const auto& [condition, value] : std::vector<std::pair<std::string, Value>>{
           {"big = ?", Value("5")}, {"txt = ?", Value(5)}, {"flag = ?", Value(1)}}) {
    EXPECT_THAT(a->session.Query(cordon::Query<Shop>::FromText(
                    "SELECT id FROM samples WHERE " + condition, std::span(&value, 1))),
                HasCode(ErrorCode::kStatementRefused))
        << condition;
  }
  const Value real = 1.5;
  EXPECT_THAT(a->session.Query(cordon::Query<Shop>::FromText(
                  "SELECT id FROM samples WHERE exact = ?", std::span(&real, 1))),
              HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ScaledDecimal::FromUnits(1, 19), HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ScaledDecimal::FromUnits(1, -1), HasCode(ErrorCode::kInvalidArgument));
}

TEST_F(RunTime, ATextOfItsOwnReadsOnly) {
  for (const char* text : {"DELETE FROM counters", "UPDATE counters SET n = 1 RETURNING n",
                           "INSERT INTO counters (id, n) VALUES (50, 50)"}) {
    EXPECT_THAT(a->session.Query(cordon::Query<Shop>::FromText(text)),
                HasCode(ErrorCode::kStatementRefused));
    EXPECT_THAT(a->session.Transaction([&](auto& tx) {
      return tx.Query(cordon::Query<Shop>::FromText(text)).status();
    }),
                HasCode(ErrorCode::kStatementRefused));
  }
  EXPECT_THAT(
      platform->WriteGlobals(
          cordon::GlobalWriteAccess::Get(),
          [&](auto& tx) {
            return tx.Query(cordon::Query<Shop>::FromText("SELECT n FROM counters")).status();
          }),
      HasCode(ErrorCode::kStatementRefused));
  EXPECT_EQ(RawValue(path(), "SELECT sum(n) FROM counters"), std::to_string(6 + 6 + 2706));
}

}  // namespace
}  // namespace cordon_test
