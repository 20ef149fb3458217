// SPDX-License-Identifier: Apache-2.0
// Lists read page by page: every row once whatever the order, nothing of a neighbour, and tokens
// that are good for their own list only.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "support/world.h"

namespace {

using namespace cordon_test;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

class PageTest : public World {
 protected:
  void SetUp() override { OpenTwins(); }

  // All pages of a list, one behind the other; each but the last is full.
  template <class Read>
  static std::vector<std::int64_t> Walk(std::int64_t rows, const Read& read) {
    std::vector<std::int64_t> ids;
    cordon::PageRequest request{.rows = rows, .after = {}};
    for (int pages = 0; pages < 1000; ++pages) {
      auto page = Must(read(request));
      for (const auto& row : page.rows) ids.push_back(row.Plain());
      if (page.next.empty()) return ids;
      EXPECT_EQ(page.rows.size(), static_cast<std::size_t>(rows));
      request.after = page.next;
    }
    ADD_FAILURE() << "pages without end";
    return ids;
  }
  template <class Read>
  static std::vector<std::int64_t> All(const Read& read) {
    std::vector<std::int64_t> ids;
    for (const auto& row : Must(read)) ids.push_back(row.Plain());
    return ids;
  }
  // Rows with many ties and NULLs, the same in two tenants but for the canary.
  void Scatter(std::int64_t count) {
    std::mt19937 random(7);
    for (std::int64_t id = 1; id <= count; ++id) {
      Sample sample;
      sample.id = id;
      sample.big = static_cast<std::int64_t>(random() % 5);
      sample.exact = cordon::Decimal<4>::FromUnits(static_cast<std::int64_t>(random() % 4) - 2);
      if (random() % 3 != 0) sample.maybe_big = static_cast<std::int64_t>(random() % 3);
      sample.text = std::string(1 + random() % 2, static_cast<char>('a' + random() % 3));
      Must(a->session.Insert(sample));
      sample.text = kCanary;
      sample.big = 2;
      Must(b->session.Insert(sample));
    }
  }
};

TEST_F(PageTest, EveryRowOnceInEveryOrder) {
  Scatter(60);
  for (const std::int64_t rows : {1, 7, 59, 60, 61}) {
    EXPECT_THAT(Walk(rows,
                     [&](const cordon::PageRequest& request) {
                       return a->session.ReadPage(
                           as<std::int64_t>, "SELECT id FROM samples ORDER BY id"_sql, request);
                     }),
                ElementsAreArray(All(
                    a->session.All(as<std::int64_t>, "SELECT id FROM samples ORDER BY id"_sql))));
    EXPECT_THAT(
        Walk(rows,
             [&](const cordon::PageRequest& request) {
               return a->session.ReadPage(as<std::int64_t>,
                                          "SELECT id FROM samples ORDER BY big DESC, txt DESC"_sql,
                                          request);
             }),
        ElementsAreArray(All(a->session.All(
            as<std::int64_t>, "SELECT id FROM samples ORDER BY big DESC, txt DESC, id DESC"_sql))));
    EXPECT_THAT(Walk(rows,
                     [&](const cordon::PageRequest& request) {
                       return a->session.ReadPage(
                           as<std::int64_t>,
                           "SELECT id FROM samples ORDER BY maybe_big, exact DESC, txt || big"_sql,
                           request);
                     }),
                ElementsAreArray(All(a->session.All(
                    as<std::int64_t>,
                    "SELECT id FROM samples ORDER BY maybe_big, exact DESC, txt || big, id"_sql))));
    EXPECT_THAT(
        Walk(rows,
             [&](const cordon::PageRequest& request) {
               return a->session.ReadPage(as<std::int64_t>,
                                          "SELECT id FROM samples WHERE big > ? OR big = ? "
                                          "ORDER BY maybe_big DESC"_sql,
                                          request, 1, 0);
             }),
        ElementsAreArray(All(a->session.All(as<std::int64_t>,
                                            "SELECT id FROM samples WHERE big > ? OR big = ? "
                                            "ORDER BY maybe_big DESC, id DESC"_sql,
                                            1, 0))));
  }
}

TEST_F(PageTest, PagesOfJoinsAndOfQueriesInWith) {
  Scatter(20);
  EXPECT_THAT(Walk(3,
                   [&](const cordon::PageRequest& request) {
                     return a->session.ReadPage(
                         as<std::int64_t>,
                         "SELECT x.id * 100 + c.id AS n FROM samples x JOIN counters c "
                         "ORDER BY c.n DESC"_sql,
                         request);
                   })
                  .size(),
              60U);
  EXPECT_THAT(
      Walk(2,
           [&](const cordon::PageRequest& request) {
             return a->session.ReadPage(
                 as<std::int64_t>,
                 "WITH g AS (SELECT big, COUNT(*) AS n FROM samples GROUP BY big) "
                 "SELECT big FROM g ORDER BY n"_sql,
                 request);
           }),
      ElementsAreArray(All(a->session.All(
          as<std::int64_t>, "SELECT big FROM samples GROUP BY big ORDER BY COUNT(*), big"_sql))));
}

TEST_F(PageTest, RowsThatComeAndGoNeitherDoubleNorLoseOthers) {
  Scatter(10);
  const auto read = [&](const cordon::PageRequest& request) {
    return a->session.ReadPage(as<std::int64_t>, "SELECT id FROM samples ORDER BY id"_sql, request);
  };
  auto first = Must(read({.rows = 4, .after = {}}));
  Must(a->session.Execute("DELETE FROM samples WHERE id IN (1, 4, 5)"_sql).status());
  auto second = Must(read({.rows = 4, .after = first.next}));
  std::vector<std::int64_t> ids;
  for (const auto& row : second.rows) ids.push_back(row.Plain());
  EXPECT_THAT(ids, ElementsAre(6, 7, 8, 9));
}

TEST_F(PageTest, ATokenIsGoodForItsOwnListOnly) {
  Scatter(10);
  const auto read = [](const Session& session, std::string token, std::int64_t least) {
    return session.ReadPage(as<std::int64_t>,
                            "SELECT id FROM samples WHERE id > ? ORDER BY txt"_sql,
                            {.rows = 3, .after = std::move(token)}, least);
  };
  const std::string token = Must(read(a->session, "", 0)).next;
  ASSERT_FALSE(token.empty());
  EXPECT_THAT(read(a->session, token, 0), IsOk());
  // It goes on in a transaction, too.
  EXPECT_THAT(a->session.Read([&](auto& tx) -> absl::Status {
    return tx
        .ReadPage(as<std::int64_t>, "SELECT id FROM samples WHERE id > ? ORDER BY txt"_sql,
                  {.rows = 3, .after = token}, 0)
        .status();
  }),
              IsOk());
  // Another tenant, other arguments, another statement.
  EXPECT_THAT(read(b->session, token, 0), HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(read(a->session, token, 1), HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(a->session.ReadPage(as<std::int64_t>, "SELECT id FROM samples ORDER BY txt"_sql,
                                  {.rows = 3, .after = token}),
              HasCode(ErrorCode::kInvalidArgument));
  // Altered in each place, cut short, prolonged, made up.
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string altered = token;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_THAT(read(a->session, altered, 0), HasCode(ErrorCode::kInvalidArgument)) << i;
    EXPECT_THAT(read(a->session, token.substr(0, i), 0),
                i == 0 ? testing::Matcher<decltype(read(a->session, "", 0))>(IsOk())
                       : testing::Matcher<decltype(read(a->session, "", 0))>(
                             HasCode(ErrorCode::kInvalidArgument)));
  }
  for (const std::string& made_up : {token + "AAAA", std::string("=="), std::string(100'000, 'A'),
                                     std::string("\0", 1), std::string("' OR 1=1 --")}) {
    EXPECT_THAT(read(a->session, made_up, 0), HasCode(ErrorCode::kInvalidArgument));
  }
  // It outlives the platform, not the file.
  const cordon::TenantId id = a->id;
  Open();
  const cordon::TenantContext context = Enter(id);
  const Session again = Must(platform->OpenSession(context));
  EXPECT_THAT(read(again, token, 0), IsOk());
}

TEST_F(PageTest, ItsSizeHasBounds) {
  for (const std::int64_t rows :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{10'001}, INT64_MAX}) {
    EXPECT_THAT(a->session.ReadPage(as<std::int64_t>, "SELECT id FROM samples ORDER BY id"_sql,
                                    {.rows = rows, .after = {}}),
                HasCode(ErrorCode::kInvalidArgument));
  }
  auto empty =
      Must(a->session.ReadPage(as<std::int64_t>, "SELECT id FROM samples ORDER BY id"_sql, {}));
  EXPECT_THAT(empty.rows, IsEmpty());
  EXPECT_EQ(empty.next, "");
  Sample sample;
  for (sample.id = 1; sample.id < 3; ++sample.id) {
    sample.text = std::string(5000, 'x');
    Must(a->session.Insert(sample));
  }
  EXPECT_THAT(a->session.ReadPage(as<std::int64_t>, "SELECT id FROM samples ORDER BY txt"_sql,
                                  {.rows = 1, .after = {}}),
              HasCode(ErrorCode::kValueOutOfRange));
}

}  // namespace
