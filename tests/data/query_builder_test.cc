// SPDX-License-Identifier: Apache-2.0
// Queries with optional filters and orders: what a user types stays a value or picks a name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "cordon/data/query.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using ShopQuery = cordon::Query<Shop>;
using ::testing::ElementsAre;

class Prints final : public cordon::Hook {
 public:
  absl::Status BeforeStatement(const cordon::StatementEvent& event) override {
    last = event.fingerprint;
    return absl::OkStatus();
  }
  std::uint64_t last = 0;
};

class Builder : public World {
 protected:
  void SetUp() override {
    cordon::PlatformOptions options = Options();
    options.hooks = {hook};
    OpenTwins(std::move(options));
  }
  std::vector<std::string> Numbers(const ShopQuery& query) {
    std::vector<std::string> numbers;
    for (const auto& order : Must(a->session.All(as<Order>, query))) {
      numbers.push_back(order->number);
    }
    return numbers;
  }
  std::shared_ptr<Prints> hook = std::make_shared<Prints>();
};

TEST_F(Builder, FiltersOrdersAndPages) {
  ShopQuery all("SELECT * FROM orders"_sql);
  EXPECT_EQ(Numbers(all).size(), 3U);
  ShopQuery query("SELECT * FROM orders"_sql);
  query.Where("amount > ?"_sql, cordon::Decimal<4>::FromUnits(5000))
      .Where("number LIKE ? OR id = ?"_sql, "a%", 1)
      .OrderBy("amount DESC"_sql)
      .Limit(2)
      .Offset(1);
  EXPECT_EQ(query.text(),
            "SELECT * FROM orders WHERE (amount > ?) AND (number LIKE ? OR id = ?) ORDER BY amount "
            "DESC LIMIT ? OFFSET ?");
  EXPECT_THAT(Numbers(query), ElementsAre("a-2", "a-1"));
  ShopQuery joined(
      "WITH big AS (SELECT id, customer_id FROM orders WHERE amount > ?) SELECT c.name, COUNT(*) "
      "AS "
      "n FROM customers AS c JOIN big AS o ON o.customer_id = c.id AND o.id <> ?"_sql,
      cordon::Decimal<4>::FromUnits(10000), 3);
  joined.Where("c.id LIKE ?"_sql, "K%").GroupBy("c.name"_sql).OrderBy("n DESC, c.name"_sql);
  const auto table = Must(a->session.Query(joined));
  ASSERT_EQ(table->rows.size(), 1U);
  EXPECT_EQ(table->rows[0][0], cordon::Value("a customer 2"));
  EXPECT_EQ(table->rows[0][1], cordon::Value(1));
}

TEST_F(Builder, GoesIntoEveryReadingCall) {
  ShopQuery one("SELECT * FROM orders"_sql);
  one.Where("id = ?"_sql, 2);
  const auto check = [&](auto& scope) {
    EXPECT_EQ(Must(scope.One(as<Order>, one))->number, "a-2");
    EXPECT_TRUE(Must(scope.Optional(as<Order>, one)).has_value());
    EXPECT_EQ(Must(scope.All(as<Order>, one)).size(), 1U);
    EXPECT_EQ(Must(scope.Query(one))->rows.size(), 1U);
    return absl::OkStatus();
  };
  (void)check(a->session);
  Must(a->session.Read(check));
  Must(a->session.Transaction(check));
  EXPECT_THAT(a->session.One(as<Order>, ShopQuery("SELECT * FROM orders"_sql)),
              HasCode(ErrorCode::kNotOne));
  EXPECT_THAT(a->session.One(as<Customer>, one), HasCode(ErrorCode::kStatementRefused));
  Must(platform->WriteGlobals(cordon::GlobalWriteAccess::Get(), [&](auto& tx) -> absl::Status {
    Must(tx.Insert(Currency{"CHF", "Franc"}));
    EXPECT_EQ(Must(tx.Query(ShopQuery("SELECT code FROM currencies"_sql)))->rows.size(), 1U);
    EXPECT_THAT(tx.Query(one), HasCode(ErrorCode::kStatementRefused));
    return absl::OkStatus();
  }));
}

TEST_F(Builder, AFilteredListIsReadPageByPage) {
  const auto list = [](bool cheap) {
    ShopQuery query("SELECT * FROM orders"_sql);
    if (!cheap) query.Where("amount > ?"_sql, cordon::Decimal<4>::FromUnits(5000));
    return std::move(query.OrderBy("amount DESC"_sql));
  };
  const auto walk = [&](const auto& scope, const ShopQuery& query) {
    std::vector<std::string> numbers;
    cordon::PageRequest request{.rows = 1, .after = ""};
    do {
      auto page = Must(scope.ReadPage(as<Order>, query, request));
      for (const auto& order : page.rows) numbers.push_back(order->number);
      request.after = page.next;
    } while (!request.after.empty());
    return numbers;
  };
  EXPECT_EQ(walk(a->session, list(true)), Numbers(list(true)));
  EXPECT_EQ(walk(a->session, list(false)), Numbers(list(false)));
  // A token belongs to its filter, to the filter's values and to its tenant.
  const auto first = Must(a->session.ReadPage(as<Order>, list(true), {.rows = 1}));
  ASSERT_FALSE(first.next.empty());
  const cordon::PageRequest next{.rows = 1, .after = first.next};
  EXPECT_THAT(a->session.ReadPage(as<Order>, list(true), next), IsOk());
  EXPECT_THAT(a->session.ReadPage(as<Order>, list(false), next),
              HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(b->session.ReadPage(as<Order>, list(true), next),
              HasCode(ErrorCode::kInvalidArgument));
  // Pages count the rows themselves.
  EXPECT_THAT(a->session.ReadPage(as<Order>, list(true).Limit(2), {.rows = 1}),
              HasCode(ErrorCode::kStatementRefused));
}

TEST_F(Builder, ATimeWithAZoneIsAValueLikeOthers) {
  Must(a->session.Insert(Sample{.id = 1, .text = "2026-01-01T00:00:00.000000Z[UTC]"}));
  ShopQuery query("SELECT id FROM samples"_sql);
  query.Where(
      "txt = ?"_sql,
      cordon::ZonedTime{cordon::Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1))});
  EXPECT_EQ(Must(a->session.All(as<std::int64_t>, query)).size(), 1U);
  ShopQuery bad("SELECT id FROM samples"_sql);
  bad.Where("txt = ?"_sql, cordon::ZonedTime{cordon::Timestamp(), "no zone"});
  EXPECT_THAT(bad.status(), HasCode(ErrorCode::kValueOutOfRange));
}

TEST_F(Builder, AUserChoosesAmongWhatIsOffered) {
  const auto by = [](std::string_view wish) {
    ShopQuery query("SELECT * FROM orders"_sql);
    query.OrderBy(wish, {{"newest", "id DESC"_sql}, {"number", "number, id"_sql}});
    return query;
  };
  EXPECT_THAT(Numbers(by("newest")), ElementsAre("a-3", "a-2", "a-1"));
  EXPECT_THAT(Numbers(by("number")), ElementsAre("a-1", "a-2", "a-3"));
  for (const char* wish : {"", "Newest", "newest ", "id", "id DESC", "1", "newest; DROP TABLE x",
                           "newest\0hidden", "(SELECT 1)"}) {
    if (std::string_view(wish) == "newest") continue;
    const ShopQuery query = by(wish);
    EXPECT_THAT(query.status(), HasCode(ErrorCode::kInvalidArgument)) << wish;
    EXPECT_THAT(a->session.Query(query), HasCode(ErrorCode::kInvalidArgument)) << wish;
    EXPECT_THAT(a->session.All(as<Order>, query), HasCode(ErrorCode::kInvalidArgument)) << wish;
    EXPECT_EQ(Text(query.status()).find("DROP"), std::string::npos)
        << "what was typed is not shown";
  }
  EXPECT_THAT(by(std::string_view("newest\0hidden", 13)).status(),
              HasCode(ErrorCode::kInvalidArgument));
}

TEST_F(Builder, NumbersThatMakeNoSense) {
  EXPECT_THAT(ShopQuery("SELECT * FROM orders"_sql).Limit(-1).status(),
              HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ShopQuery("SELECT * FROM orders"_sql).Limit(1).Offset(-1).status(),
              HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(a->session.Query(ShopQuery("SELECT * FROM orders"_sql).Offset(1)),
              HasCode(ErrorCode::kInvalidArgument));
  EXPECT_EQ(Numbers(ShopQuery("SELECT * FROM orders"_sql).Limit(0)).size(), 0U);
  EXPECT_EQ(
      Numbers(ShopQuery("SELECT * FROM orders"_sql).Limit(std::numeric_limits<std::int64_t>::max()))
          .size(),
      3U);
}

TEST_F(Builder, AWholeTextTakesNoParts) {
  const auto whole = [] { return ShopQuery::FromText("SELECT * FROM orders"); };
  EXPECT_THAT(whole().status(), IsOk());
  EXPECT_THAT(whole().Where("id = ?"_sql, 1).status(), HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(whole().OrderBy("id"_sql).status(), HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(whole().Limit(1).status(), HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(whole().Offset(1).status(), HasCode(ErrorCode::kInvalidArgument));
}

TEST_F(Builder, TheCheckerSeesTheWhole) {
  const auto refused = [&](const ShopQuery& query) {
    EXPECT_THAT(a->session.Query(query), HasCode(ErrorCode::kStatementRefused)) << query.text();
  };
  refused(ShopQuery("DELETE FROM orders"_sql));
  refused(ShopQuery("UPDATE orders SET id = ?"_sql, 1));
  refused(ShopQuery("PRAGMA table_list"_sql));
  refused(ShopQuery("SELECT * FROM orders"_sql).Where("tenant_id = ?"_sql, "x"));
  refused(ShopQuery("SELECT * FROM orders"_sql).Where("id = ?"_sql, "x"));
  refused(ShopQuery("SELECT * FROM main.orders"_sql));
  refused(ShopQuery("SELECT * FROM orders"_sql).OrderBy("9"_sql));
  refused(ShopQuery("SELECT * FROM orders"_sql).Where("id"_sql));
}

TEST_F(Builder, ForeignValuesStayOut) {
  const auto theirs =
      Must(b->session.One(as<std::string>, "SELECT number FROM orders WHERE id = 1"_sql));
  const auto ours =
      Must(a->session.One(as<std::string>, "SELECT number FROM orders WHERE id = 1"_sql));
  ShopQuery query("SELECT * FROM orders"_sql);
  query.Where("number = ?"_sql, theirs);
  EXPECT_THAT(a->session.Query(query), HasCode(ErrorCode::kForeignValue));
  EXPECT_THAT(a->session.All(as<Order>, query), HasCode(ErrorCode::kForeignValue));
  EXPECT_EQ(Must(b->session.Query(query))->rows.size(), 1U);
  query.Where("number <> ?"_sql, ours);  // of both: nobody's
  EXPECT_THAT(a->session.Query(query), HasCode(ErrorCode::kForeignValue));
  EXPECT_THAT(b->session.Query(query), HasCode(ErrorCode::kForeignValue));
  query.Where("number <> ?"_sql, theirs);
  EXPECT_THAT(b->session.Query(query), HasCode(ErrorCode::kForeignValue));
  ShopQuery global("SELECT code FROM currencies"_sql);
  global.Where("code <> ?"_sql, theirs).Where("name <> ?"_sql, ours);
  EXPECT_THAT(platform->WriteGlobals(cordon::GlobalWriteAccess::Get(),
                                     [&](auto& tx) { return tx.Query(global).status(); }),
              HasCode(ErrorCode::kForeignValue));
}

TEST_F(Builder, AQueryIsAValue) {
  std::string wish = "a-2";
  ShopQuery base("SELECT * FROM orders"_sql);
  ShopQuery narrow = base;
  narrow.Where("number = ?"_sql, wish);
  wish = "overwritten";
  EXPECT_EQ(Numbers(base).size(), 3U);
  const ShopQuery moved = std::move(narrow);
  EXPECT_THAT(Numbers(moved), ElementsAre("a-2"));
  EXPECT_THAT(Numbers(moved), ElementsAre("a-2")) << "it can run again";
}

// Whatever is typed, the statement is one of those that the code can say.
TEST_F(Builder, NoValueAndNoChoiceChangesTheShape) {
  std::mt19937_64 random(7);
  const std::vector<std::string> pieces = {"'",
                                           "''",
                                           "\"",
                                           "--",
                                           "/*",
                                           "*/",
                                           ";",
                                           ")",
                                           "(",
                                           "?",
                                           "?1",
                                           ":a",
                                           "x'00'",
                                           "OR 1 = 1",
                                           "UNION SELECT * FROM customers",
                                           "a",
                                           "%",
                                           "_",
                                           "\\",
                                           std::string(1, '\0'),
                                           "\x01L",
                                           "\x02",
                                           "\xC3",
                                           "\xF0\x9F\x92\xA9",
                                           "1",
                                           "tenant_id",
                                           "newest",
                                           "LIMIT 1",
                                           "\n"};
  const auto typed = [&] {
    std::string text;
    for (std::uint64_t i = random() % 6; i > 0; --i) text += pieces[random() % pieces.size()];
    return text;
  };
  std::array<std::set<std::uint64_t>, 16> prints;
  std::array<std::set<std::string>, 16> texts;
  int refused = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::uint64_t which = random() % 16;
    ShopQuery query("SELECT number FROM orders"_sql);
    if ((which & 1U) != 0) query.Where("number LIKE ? OR customer_id = ?"_sql, typed(), typed());
    if ((which & 2U) != 0) query.Where("id > ?"_sql, static_cast<std::int64_t>(random()));
    if ((which & 4U) != 0) {
      const std::string wish = random() % 2 == 0 ? "newest" : typed();
      query.OrderBy(wish, {{"newest", "id DESC"_sql}});
      EXPECT_EQ(query.status().ok(), wish == "newest") << wish;
    }
    if ((which & 8U) != 0) query.Limit(static_cast<std::int64_t>(random() % 1000));
    if (!query.status().ok()) {
      ++refused;
      continue;
    }
    const auto rows = a->session.All(as<std::string>, query);
    ASSERT_TRUE(rows.ok()) << rows.status() << query.text();
    for (const auto& row : *rows) ASSERT_TRUE(row.Plain().starts_with("a-"));
    prints[which].insert(hook->last);
    texts[which].insert(query.text());
  }
  EXPECT_GT(refused, 100);
  std::set<std::uint64_t> all;
  for (std::size_t which = 0; which < prints.size(); ++which) {
    EXPECT_EQ(prints[which].size(), 1U) << which;
    EXPECT_EQ(texts[which].size(), 1U) << which;
    all.insert(prints[which].begin(), prints[which].end());
  }
  EXPECT_EQ(all.size(), prints.size()) << "a print tells shapes apart";
}

// ---- what does not compile ------------------------------------------------------------------

// The judgement is a constant expression or none, so that it can be asked for here.
template <class Text>
concept Part = requires {
  typename std::bool_constant<(Text::Check(), true)>;
};
#define PART(name, arguments, text)                                                      \
  struct name {                                                                          \
    static constexpr void Check() { cordon::internal::RefuseFragment(text, arguments); } \
  }
PART(Good, 2, "a = ? AND (b LIKE '?--;)(' OR \"or;der\" = (?))");
PART(Escapes, 0, "1 = 1) OR (1 = 1");
PART(Open, 0, "(1 = 1");
PART(Comment, 0, "a = 1 -- ");
PART(LongComment, 0, "a = 1 /* ");
PART(Semicolon, 0, "a = 1; DELETE FROM t");
PART(Quote, 0, "a = 'x");
PART(Name, 0, "a = \"x");
PART(TooFew, 2, "a = ?");
PART(TooMany, 0, "a = ?");
PART(Empty, 0, " \n ");
PART(Clause, 0, "a = 1 ORDER BY b");
PART(InnerClause, 0, "a IN (SELECT b FROM c WHERE d = 1 ORDER BY b)");
PART(Set, 0, "SELECT a FROM b UNION SELECT c FROM d");
PART(Bracket, 0, "[a] = 1");
PART(Mark, 0, "a = \x01");
static_assert(Part<Good>);
static_assert(Part<InnerClause>);
static_assert(!Part<Escapes>);
static_assert(!Part<Open>);
static_assert(!Part<Comment>);
static_assert(!Part<LongComment>);
static_assert(!Part<Semicolon>);
static_assert(!Part<Quote>);
static_assert(!Part<Name>);
static_assert(!Part<TooFew>);
static_assert(!Part<TooMany>);
static_assert(!Part<Empty>);
static_assert(!Part<Clause>);
static_assert(!Part<Set>);
static_assert(!Part<Bracket>);
static_assert(!Part<Mark>);

template <class Text>
concept Wherable = requires(ShopQuery& query, const Text& text) {
  query.Where(text);
};
static_assert(!Wherable<std::string>, "a text that is known at run time is no part of a query");
static_assert(!Wherable<const char*>);
static_assert(!std::is_convertible_v<cordon::SqlText, ShopQuery>);

}  // namespace
}  // namespace cordon_test
