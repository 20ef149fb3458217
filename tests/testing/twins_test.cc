// SPDX-License-Identifier: Apache-2.0
// The tester of non-interference: clean requests are clean, and each kind of leak is found and
// shortened.
#include "cordon/testing/twins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "cordon/testing/gtest.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::testing::CompareTwins;
using cordon::testing::Input;
using cordon::testing::Report;
using cordon::testing::TellsNothingOfOthers;
using cordon::testing::TwinOptions;
using TwinWorld = cordon::testing::World<Shop>;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Show(const absl::Status& status) { return std::string(status.message()); }

std::string ShowOrders(const Session& tenant, const std::string& customer) {
  const auto orders = tenant.All(
      as<Order>, "SELECT * FROM orders WHERE customer_id = ? OR id > 3 ORDER BY amount"_sql,
      customer);
  if (!orders.ok()) return Show(orders.status());
  std::string shown;
  for (const auto& order : *orders) shown += order->number + "/" + order->amount.ToString() + " ";
  return shown;
}

// A shop's day: reads, writes, numbers, errors.
std::string Work(const TwinWorld& world, Input& input) {
  const Session& tenant = world.session();
  switch (input.Below(6)) {
    case 0:
      return ShowOrders(tenant, input.Key());
    case 1:
      return Show(tenant.Insert(Customer{.id = input.Key(), .name = input.Word()}));
    case 2: {
      const auto changed =
          tenant.Execute("UPDATE counters SET n = n + ? WHERE id >= ?"_sql, input.Id(), input.Id());
      return changed.ok() ? std::to_string(*changed) : Show(changed.status());
    }
    case 3:
      return Show(tenant.Delete(as<Customer>, input.Key()));
    case 4: {
      std::int64_t drawn = 0;
      const absl::Status done = tenant.Transaction([&](auto& tx) -> absl::Status {
        auto number = tx.NextNumber(cordon::Series("invoice"));
        if (!number.ok()) return number.status();
        drawn = *number;
        return input.Flip() ? absl::OkStatus() : absl::AbortedError("changed my mind");
      });
      return std::to_string(drawn) + Show(done);
    }
    default: {
      const auto page = tenant.ReadPage(as<Customer>, "SELECT * FROM customers ORDER BY name"_sql,
                                        {.rows = 3, .after = ""});
      return page.ok() ? page->next : Show(page.status());
    }
  }
}

TEST(Twins, ARequestThatIsScopedTellsNothing) {
  const Report report = CompareTwins<Shop>({.seed = 3, .programs = 10}, &Work);
  EXPECT_THAT(report, TellsNothingOfOthers());
  EXPECT_EQ(report.requests(), 100);
}

TEST(Twins, TheSameSeedDrivesTheSameRequests) {
  const auto listen = [](std::string* all) {
    return [all](const TwinWorld& world, Input& input) {
      const std::string shown = Work(world, input);
      *all += shown + "\n";
      return shown;
    };
  };
  std::string first;
  std::string second;
  EXPECT_THAT(CompareTwins<Shop>({.programs = 2}, listen(&first)), TellsNothingOfOthers());
  EXPECT_THAT(CompareTwins<Shop>({.programs = 2}, listen(&second)), TellsNothingOfOthers());
  EXPECT_EQ(first, second);
  EXPECT_THAT(first, Not(HasSubstr("CANARY")));
}

// What a host's own way past Cordon would see.
std::string Past(const TwinWorld& world, const std::string& sql) {
  return RawValue(world.path(), sql);
}

TEST(Twins, ACountOfEverybodysRowsIsFoundAndShortened) {
  const Report report = CompareTwins<Shop>({}, [](const TwinWorld& world, Input& input) {
    if (input.Below(3) != 2) return Work(world, input);
    return Past(world, "SELECT count(*) FROM orders");
  });
  ASSERT_FALSE(report.clean());
  EXPECT_THAT(report.finding(), HasSubstr("what is shown depends on neighbours"));
  EXPECT_THAT(report.finding(), HasSubstr("request 1: Input({2})\n")) << report.finding();
  EXPECT_THAT(report.finding(), Not(HasSubstr("request 2")));
}

TEST(Twins, ANeighboursTextIsFound) {
  const Report report = CompareTwins<Shop>({}, [](const TwinWorld& world, Input&) {
    return Past(world, "SELECT group_concat(name) FROM customers");
  });
  EXPECT_THAT(report.finding(), HasSubstr("a neighbour's text is shown"));
}

TEST(Twins, AChangeOfANeighboursRowIsFound) {
  const Report report = CompareTwins<Shop>({}, [](const TwinWorld& world, Input& input) {
    if (input.Flip()) (void)Past(world, "UPDATE counters SET n = n + 1");
    return std::string("done");
  });
  EXPECT_THAT(report.finding(), HasSubstr("a neighbour's row was changed"));
  EXPECT_THAT(report.finding(), HasSubstr("request 1: Input({1})\n")) << report.finding();
}

TEST(Twins, ALeakThatTakesTwoRequestsIsShortenedToTwo) {
  // A cache of the host's that is keyed without the tenant, filled by the first request.
  struct Cache {
    std::map<const void*, std::string> filled;
  };
  auto cache = std::make_shared<Cache>();
  const Report report = CompareTwins<Shop>({}, [cache](const TwinWorld& world, Input& input) {
    std::string& kept = cache->filled[&world];
    if (input.Below(4) == 3) {
      kept = Past(world, "SELECT count(*) FROM customers");
      return std::string("kept");
    }
    return input.Below(4) == 2 ? kept : std::string("nothing");
  });
  ASSERT_FALSE(report.clean());
  EXPECT_THAT(report.finding(), HasSubstr("request 2"));
  EXPECT_THAT(report.finding(), Not(HasSubstr("request 3"))) << report.finding();
}

TEST(Twins, WorldsThatCannotBeMadeAreNotClean) {
  const Report report = CompareTwins<Shop>({.directory = "/nowhere/at/all"}, &Work);
  EXPECT_FALSE(report.clean());
  EXPECT_EQ(report.requests(), 0);
}

}  // namespace
}  // namespace cordon_test
