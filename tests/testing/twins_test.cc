// SPDX-License-Identifier: Apache-2.0
// The tester of non-interference: clean requests are clean, and each kind of leak is found,
// shortened, and found again by the test that its report prints.
#include "cordon/testing/twins.h"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cordon/testing/gtest.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::testing::CompareTwins;
using cordon::testing::Input;
using cordon::testing::ReplayTwins;
using cordon::testing::Report;
using cordon::testing::TellsNothingOfOthers;
using cordon::testing::TwinOptions;
using TwinWorld = cordon::testing::World<Shop>;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

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
        world.LetOthersAct();
        return input.Flip() ? absl::OkStatus() : absl::AbortedError("changed my mind");
      });
      return std::to_string(drawn) + Show(done);
    }
    default: {
      std::string shown;
      const absl::Status done = tenant.Read([&](auto& tx) -> absl::Status {
        const auto page = tx.ReadPage(as<Customer>, "SELECT * FROM customers ORDER BY name"_sql,
                                      {.rows = 3, .after = ""});
        if (!page.ok()) return page.status();
        world.LetOthersAct();
        shown = page->next + std::to_string(page->rows.size());
        return absl::OkStatus();
      });
      return shown + Show(done);
    }
  }
}

TEST(Twins, ARequestThatIsScopedTellsNothing) {
  const Report report = CompareTwins<Shop>({.seed = 3, .programs = 10}, &Work);
  EXPECT_THAT(report, TellsNothingOfOthers());
  EXPECT_EQ(report.requests(), 100);
  EXPECT_THAT(report.program(), IsEmpty());
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

// ---- each kind of leak ----------------------------------------------------------------------

// What a host's own way past Cordon would see.
std::string Past(const TwinWorld& world, const std::string& sql) {
  return RawValue(world.path(), sql);
}
// Of our tenant, for SQL.
std::string Ours(const TwinWorld& world) {
  return "(SELECT tenant FROM (SELECT x'" + [&] {
    std::string hex;
    for (const auto byte : world.session().tenant().bytes()) {
      constexpr char kDigits[] = "0123456789ABCDEF";
      hex += kDigits[static_cast<unsigned>(byte) >> 4U];
      hex += kDigits[static_cast<unsigned>(byte) & 15U];
    }
    return hex;
  }() + "' AS tenant))";
}

// One leak in a request that otherwise works as a shop does.
struct Leak {
  const char* name;
  const char* reason;
  std::string (*request)(const TwinWorld&, Input&);
};
std::ostream& operator<<(std::ostream& out, const Leak& leak) { return out << leak.name; }

constexpr char kDiffers[] = "what is shown depends on neighbours";
constexpr char kTextShown[] = "a neighbour's text is shown";

const Leak kLeaks[] = {
    {"ACountOfRows", kDiffers,
     [](const TwinWorld& world, Input&) { return Past(world, "SELECT count(*) FROM orders"); }},
    {"TheNextId", kDiffers,
     [](const TwinWorld& world, Input&) {
       return Past(world, "SELECT count(*) + 1 FROM samples");
     }},
    {"AnotherTenantsId", kDiffers,
     [](const TwinWorld& world, Input&) {
       return Past(world, "SELECT hex(max(tenant_id)) FROM customers");
     }},
    {"AnOrder", kDiffers,
     [](const TwinWorld& world, Input&) {
       // Our rows, those first whose id is the least popular.
       return Past(world,
                   "SELECT group_concat(id) FROM (SELECT id FROM counters AS c WHERE "
                   "tenant_id = " +
                       Ours(world) +
                       " ORDER BY (SELECT sum(n) FROM counters "
                       "AS o WHERE o.id = c.id), id)");
     }},
    {"AnErrorsText", kDiffers,
     [](const TwinWorld& world, Input& input) {
       return Past(world,
                   "SELECT CASE count(*) WHEN 0 THEN 'no such order' ELSE 'not your order' "
                   "END FROM orders WHERE id = " +
                       std::to_string(input.Id()) + " AND tenant_id <> " + Ours(world));
     }},
    {"TheTimeOfAVersion", kDiffers,
     [](const TwinWorld& world, Input&) {
       return Past(world, "SELECT max(at_time) FROM samples WHERE id < 6");
     }},
    {"AText", kTextShown,
     [](const TwinWorld& world, Input&) {
       return Past(world, "SELECT group_concat(name) FROM customers");
     }},
    {"AChangedRow", "a neighbour's row was changed, in the table \"counters\"",
     [](const TwinWorld& world, Input&) {
       (void)Past(world, "UPDATE counters SET n = n + 1");
       return std::string("done");
     }},
    {"ARemovedRow", "a neighbour's row was changed, in the table \"samples\"",
     [](const TwinWorld& world, Input& input) {
       (void)Past(world, "DELETE FROM samples WHERE id = " + std::to_string(input.Id()));
       return std::string("done");
     }},
    {"ARowThatAppearsMeanwhile", kDiffers,
     [](const TwinWorld& world, Input&) {
       const std::string sql =
           "SELECT group_concat(rows) FROM (SELECT count(*) AS rows FROM orders "
           "UNION ALL SELECT count(*) FROM customers UNION ALL SELECT count(*) "
           "FROM counters UNION ALL SELECT count(*) FROM samples)";
       const std::string before = Past(world, sql);
       for (int i = 0; i < 5; ++i) world.LetOthersAct();
       return std::string(before == Past(world, sql) ? "as it was" : "somebody was here");
     }},
};

class LeakFound : public ::testing::TestWithParam<Leak> {};

TEST_P(LeakFound, AndShortenedAndReplayed) {
  const Leak& leak = GetParam();
  const auto request = [&](const TwinWorld& world, Input& input) {
    return input.Below(5) == 4 ? leak.request(world, input) : Work(world, input);
  };
  const Report report = CompareTwins<Shop>({}, request);
  ASSERT_FALSE(report.clean());
  EXPECT_THAT(report.finding(), HasSubstr(leak.reason));
  ASSERT_THAT(report.program(), SizeIs(1)) << report.finding();
  EXPECT_EQ(report.program()[0].choices().front(), 4U) << report.finding();
  EXPECT_EQ(report.program()[0].moment(), 0U) << "no leak here needs the neighbours to act before";
  const Report again = ReplayTwins<Shop>({}, report.program(), request);
  EXPECT_EQ(again.finding(), report.finding());
  EXPECT_EQ(again.requests(), 1);
}

INSTANTIATE_TEST_SUITE_P(Twins, LeakFound, ::testing::ValuesIn(kLeaks),
                         [](const auto& leak) { return std::string(leak.param.name); });

}  // namespace
}  // namespace cordon_test
