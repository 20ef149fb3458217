// SPDX-License-Identifier: Apache-2.0
// Where SQL leaves open which rows come, or in what order, neighbours must not decide it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/world.h"

namespace cordon_test {
namespace {

using ::testing::ElementsAre;

class Ordering : public World {
 protected:
  // A's rows, so that every index and every insertion order would give another sequence.
  void Furnish() {
    a.emplace(NewTenant("A"));
    for (const auto& [id, name, region] :
         {std::tuple("m", "y", "r1"), std::tuple("a", "z", "r2"), std::tuple("z", "x", "r0"),
          std::tuple("k", "y", "r1"), std::tuple("b", "y", "r0")}) {
      Must(a->session.Insert(Customer{id, name, region}));
    }
    const auto units = [](std::int64_t n) { return cordon::Decimal<4>::FromUnits(n); };
    Must(a->session.Insert(Order{3, "m", "n-1", units(5)}));
    Must(a->session.Insert(Order{1, "a", "n-3", units(5)}));
    Must(a->session.Insert(Order{2, "a", "n-2", units(7)}));
  }
  // Many rows of others, in all the places that an index could make attractive.
  void Crowd() {
    b.emplace(NewTenant("B"));
    Must(b->session.Transaction([](auto& tx) -> absl::Status {
      for (int i = 0; i < 2000; ++i) {
        const std::string n = std::to_string(i);
        Must(tx.Insert(Customer{"k" + n, "y", i % 2 == 0 ? "r0" : "r1"}));
        Must(tx.Insert(Order{i, "k" + n, "n-" + n, cordon::Decimal<4>::FromUnits(5)}));
      }
      return absl::OkStatus();
    }));
  }
  static std::vector<std::string> Plain(
      absl::StatusOr<std::vector<cordon::Owned<std::string>>> rows) {
    std::vector<std::string> plain;
    for (const auto& row : Must(std::move(rows))) plain.push_back(row.Plain());
    return plain;
  }
  void Expect() {
    const Session& session = a->session;
    EXPECT_THAT(Plain(session.All(as<std::string>, "SELECT id FROM customers LIMIT 3"_sql)),
                ElementsAre("a", "b", "k"));
    EXPECT_THAT(
        Plain(session.All(as<std::string>, "SELECT id FROM customers LIMIT 2 OFFSET 2"_sql)),
        ElementsAre("k", "m"));
    EXPECT_THAT(
        Plain(session.All(as<std::string>, "SELECT id FROM customers ORDER BY name LIMIT 4"_sql)),
        ElementsAre("z", "b", "k", "m"));
    EXPECT_THAT(Plain(session.All(as<std::string>,
                                  "SELECT id FROM customers ORDER BY name DESC LIMIT 4"_sql)),
                ElementsAre("a", "b", "k", "m"));
    EXPECT_THAT(Plain(session.All(
                    as<std::string>,
                    "SELECT id FROM customers WHERE region = 'r1' OR region = 'r0' LIMIT 2"_sql)),
                ElementsAre("b", "k"));
    EXPECT_THAT(Plain(session.All(as<std::string>,
                                  "SELECT id FROM customers WHERE region IN ('r0', 'r1') "
                                  "ORDER BY region LIMIT 3"_sql)),
                ElementsAre("b", "z", "k"));
    EXPECT_THAT(Plain(session.All(as<std::string>,
                                  "SELECT o.number FROM orders AS o JOIN customers AS c ON c.id = "
                                  "o.customer_id ORDER BY o.amount LIMIT 2"_sql)),
                ElementsAre("n-3", "n-1"));
    EXPECT_THAT(
        Plain(session.All(as<std::string>,
                          "SELECT c.id FROM customers AS c LEFT JOIN orders AS o ON o.customer_id "
                          "= c.id LIMIT 3"_sql)),
        ElementsAre("a", "a", "b"));
    EXPECT_THAT(
        Plain(session.All(as<std::string>, "SELECT name FROM customers GROUP BY name LIMIT 2"_sql)),
        ElementsAre("x", "y"));
    EXPECT_THAT(Plain(session.All(as<std::string>,
                                  "SELECT name FROM customers GROUP BY name "
                                  "ORDER BY COUNT(*) LIMIT 2"_sql)),
                ElementsAre("x", "z"));
    EXPECT_THAT(Plain(session.All(as<std::string>,
                                  "WITH w AS (SELECT name AS n, region AS r FROM customers) "
                                  "SELECT n FROM w LIMIT 3"_sql)),
                ElementsAre("x", "y", "y"));
    // The one row of a scalar subquery is a choice too.
    EXPECT_EQ(Must(session.One(as<std::optional<std::string>>,
                               "SELECT (SELECT c.id FROM customers AS c WHERE c.name = 'y') AS "
                               "first FROM orders WHERE id = 1"_sql))
                  .Plain(),
              "b");
  }
};

TEST_F(Ordering, LimitsFollowTheKeyWhenAlone) {
  Open();
  Furnish();
  Expect();
}

TEST_F(Ordering, LimitsFollowTheKeyInACrowd) {
  Open();
  Crowd();
  Furnish();
  Expect();
}

TEST_F(Ordering, LimitsFollowTheKeyWhenTheCrowdComesLater) {
  Open();
  Furnish();
  Expect();
  Crowd();
  Expect();
  Must(b->session.Execute("DELETE FROM orders"_sql));
  Must(b->session.Execute("DELETE FROM customers"_sql));
  Expect();
}

}  // namespace
}  // namespace cordon_test
