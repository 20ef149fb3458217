// SPDX-License-Identifier: Apache-2.0
// A host's own test, built against an installed Cordon: the example of docs/testing.md.
#include <cordon/testing/gtest.h>
#include <cordon/testing/interleave.h>

#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <utility>

using cordon::as;
using cordon::testing::Input;

struct Order {
  std::int64_t id = 0;
  std::string customer;
  cordon::Decimal<2> total;
};
struct Erp {
  static constexpr auto kSchema = cordon::Schema{cordon::TenantTable<Order>("orders")
                                                     .Key<&Order::id>("id")
                                                     .Column<&Order::customer>("customer")
                                                     .Column<&Order::total>("total")};
};
using World = cordon::testing::World<Erp>;

// What the page of one order says.
std::string ShowOrder(const World& world, Input& input) {
  auto order = world.session().Get(as<Order>, input.Id());
  if (!order.ok()) return std::string(order.status().message());
  return (*order)->customer + " " + (*order)->total.ToString();
}

using Orders = cordon::testing::TwinTest<Erp>;
TEST_F(Orders, TellNothingOfOthers) { ExpectTellsNothing(&ShowOrder); }

// The same page, by somebody who keeps what it said, and forgets whose order it was.
std::string ShowOrderFast(const World& world, Input& input) {
  static std::map<std::pair<std::string, std::int64_t>, std::string> pages;
  const std::int64_t id = input.Id();
  std::string& page = pages[{world.path(), id}];
  if (page.empty()) {
    auto order = world.session().Get(as<Order>, id);
    page = order.ok() ? (*order)->customer + " " + (*order)->total.ToString()
                      : std::string(order.status().message());
  }
  return page;
}

TEST(Reports, SayWhatWentWrong) {
  const auto report = cordon::testing::CompareTwins<Erp>(
      {.neighbours_ask = true, .request_name = "&ShowOrderFast"}, &ShowOrderFast);
  ASSERT_FALSE(report.clean());
  std::cout << report.finding();  // package_test.sh looks for it in docs/testing.md
}

// Two people of one tenant, who look before they write.
TEST(Races, HappenAgain) {
  const auto sold = [](std::uint64_t seed) {
    int left = 1;
    int sales = 0;
    const auto sell = [&](cordon::testing::Turn& turn) {
      if (left == 0) return;
      turn.Pass();
      --left;
      ++sales;
    };
    cordon::testing::Interleave(seed, {sell, sell});
    return sales;
  };
  EXPECT_EQ(sold(1), sold(1));
}
