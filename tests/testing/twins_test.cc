// SPDX-License-Identifier: Apache-2.0
// The tester of non-interference: clean requests are clean, and each kind of leak is found,
// shortened, and found again by the test that its report prints.
#include "cordon/testing/twins.h"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cordon/testing/gtest.h"
#include "support/twin_engine.h"
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
  const int programs = EngineOfTwins() == nullptr ? 10 : 2;  // a server's worlds take seconds
  const Report report =
      CompareTwins<Shop>({.seed = 3, .programs = programs, .configure = EngineOfTwins()}, &Work);
  EXPECT_THAT(report, TellsNothingOfOthers());
  EXPECT_EQ(report.requests(), programs * 10);
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

TEST(Twins, ARequestMayBringTheCanarysWordItself) {
  const auto search = [](const TwinWorld&, Input& input) {
    return "nothing is called " + input.Word() + cordon::testing::kCanary;
  };
  EXPECT_THAT(CompareTwins<Shop>({.programs = 1}, search), TellsNothingOfOthers());
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
       for (int i = 0; i < 12; ++i) world.LetOthersAct();
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

// ---- the report -----------------------------------------------------------------------------

// A cache of the host's that is keyed without the tenant, filled by one request, shown by another.
auto ALeakOfTwoRequests() {
  return [filled = std::make_shared<std::map<std::string, std::string>>()](const TwinWorld& world,
                                                                           Input& input) {
    std::string& kept = (*filled)[world.path()];  // of one run, which has a path of its own
    switch (input.Below(4)) {
      case 3:
        kept = Past(world, "SELECT count(*) FROM customers");
        return std::string("kept");
      case 2:
        return kept;
      default:
        kept.clear();
        return std::string("nothing");
    }
  };
}

TEST(TwinReport, ShowsWhatEachRequestShowed) {
  const auto request = ALeakOfTwoRequests();
  const Report report = CompareTwins<Shop>({}, request);
  ASSERT_THAT(report.program(), SizeIs(2)) << report.finding();
  EXPECT_THAT(report.finding(),
              HasSubstr("request 1 of 2, Input({3}), shows in both worlds\n  \"kept\"\n"));
  EXPECT_THAT(report.finding(),
              HasSubstr("request 2 of 2, Input({2}), shows when our tenant is alone\n  \""));
  EXPECT_EQ(ReplayTwins<Shop>({}, report.program(), request).finding(), report.finding());
}

TEST(TwinReport, APartOfTheProgramAloneIsClean) {
  const auto request = ALeakOfTwoRequests();
  const Report half = ReplayTwins<Shop>({}, {Input({2})}, request);
  EXPECT_THAT(half, TellsNothingOfOthers());
  EXPECT_EQ(half.requests(), 1);
  EXPECT_THAT(ReplayTwins<Shop>({}, {}, request), TellsNothingOfOthers());
}

// Shows whether there are as many rows as at the last request.
std::string ShowGrowth(const TwinWorld& world, Input&) {
  static std::map<std::string, std::string> seen;
  const std::string now =
      Past(world,
           "SELECT group_concat(rows) FROM (SELECT count(*) AS rows FROM cordon_members UNION "
           "ALL SELECT count(*) FROM cordon_tenants UNION ALL SELECT count(*) FROM customers "
           "UNION ALL SELECT count(*) FROM samples UNION ALL SELECT count(*) FROM counters)");
  std::string& before = seen[world.path()];
  const bool same = before.empty() || before == now;
  before = now;
  return same ? "as before" : "somebody was here";
}

TEST(TwinReport, ReplaysWhatTheNeighboursDid) {
  const Report report = CompareTwins<Shop>({.seed = 5}, &ShowGrowth);
  ASSERT_THAT(report.program(), SizeIs(2)) << report.finding();
  EXPECT_EQ(report.program()[0].moment(), 0U) << report.finding();
  EXPECT_NE(report.program()[1].moment(), 0U) << report.finding();
  EXPECT_EQ(ReplayTwins<Shop>({.seed = 5}, report.program(), &ShowGrowth).finding(),
            report.finding());
  const std::vector<Input> quiet = {Input({}), Input({})};
  EXPECT_THAT(ReplayTwins<Shop>({.seed = 5}, quiet, &ShowGrowth), TellsNothingOfOthers());
}

TEST(TwinReport, IsShortenedToAProgramThatFailsInTheSameWay) {
  // The simplest input leaks as well, but in another way.
  const Report report = CompareTwins<Shop>({.seed = 2}, [](const TwinWorld& world, Input& input) {
    if (input.Below(10) == 0) return Past(world, "SELECT group_concat(name) FROM customers");
    (void)Past(world, "UPDATE counters SET n = n + 1");
    return std::string("done");
  });
  EXPECT_THAT(report.finding(), HasSubstr("a neighbour's row was changed"));
  ASSERT_THAT(report.program(), SizeIs(1));
  EXPECT_EQ(report.program()[0].choices(), std::vector<std::uint32_t>{1});
}

TEST(TwinReport, OfManyRequestsIsShortenedToOne) {
  const Report report =
      CompareTwins<Shop>({.programs = 1, .requests = 40}, [](const TwinWorld& world, Input& input) {
        return input.Below(10) == 9 ? Past(world, "SELECT count(*) FROM orders") : "nothing";
      });
  ASSERT_THAT(report.program(), SizeIs(1)) << report.finding();
  EXPECT_EQ(report.program()[0].choices(), std::vector<std::uint32_t>{9});
}

TEST(TwinReport, DoesNotPromiseWhatDoesNotHappenAgain) {
  int calls = 0;
  const Report report = CompareTwins<Shop>(
      {.programs = 1, .requests = 1},
      [&](const TwinWorld&, Input&) { return std::string(++calls == 1 ? "first" : "later"); });
  ASSERT_FALSE(report.clean());
  EXPECT_THAT(report.finding(), HasSubstr("it does not happen again"));
  EXPECT_THAT(report.finding(), Not(HasSubstr("each time")));
  EXPECT_THAT(report.finding(), Not(HasSubstr("TEST(")));
}

TEST(TwinReport, SaysWhoseNameIsMissing) {
  const auto said = [](const char* name) {
    TwinOptions options{.programs = 1};
    if (name != nullptr) options.request_name = name;
    return CompareTwins<Shop>(options,
                              [](const TwinWorld& world, Input&) {
                                return Past(world, "SELECT count(*) FROM orders");
                              })
        .finding();
  };
  EXPECT_THAT(said(nullptr), HasSubstr("request);  // your request's name"));
  EXPECT_THAT(said("&Page"), HasSubstr("&Page);\n"));
}

TEST(TwinReport, IsPrintedInWords) {
  EXPECT_EQ(::testing::PrintToString(Report()), "a clean report");
}

TEST(TwinReport, IsNotShortenedForEver) {
  // Ten requests are needed, whatever is tried.
  std::map<std::string, int> requests;
  int calls = 0;
  const auto request = [&](const TwinWorld& world, Input&) {
    ++calls;
    if (++requests[world.path()] < 10) return std::string("not yet");
    return Past(world, "SELECT count(*) FROM customers");
  };
  TwinOptions options = {.programs = 1};
  const Report report = CompareTwins<Shop>(options, request);
  EXPECT_THAT(report.program(), SizeIs(10));
  EXPECT_THAT(report.program()[9].choices(), IsEmpty());
  EXPECT_LE(calls, 2 * 10 * 201);
  // Without any time at all, what was found is reported as it is, once it has happened again.
  options.shorten = std::chrono::seconds(0);
  calls = 0;
  const Report whole = CompareTwins<Shop>(options, request);
  EXPECT_EQ(calls, 40);
  EXPECT_THAT(whole.program(), SizeIs(10));
  EXPECT_THAT(whole.program()[9].choices(), SizeIs(24));
  EXPECT_EQ(ReplayTwins<Shop>({}, whole.program(), request).finding(), whole.finding());
}

TEST(TwinReport, OfWorldsThatCannotBeMadeIsNotClean) {
  const TwinOptions nowhere = {.directory = "/nowhere/at/all"};
  for (const Report& report :
       {CompareTwins<Shop>(nowhere, &Work), ReplayTwins<Shop>(nowhere, {Input({1})}, &Work)}) {
    EXPECT_FALSE(report.clean());
    EXPECT_THAT(report.finding(), HasSubstr("no directory can be made"));
    EXPECT_EQ(report.requests(), 0);
    EXPECT_THAT(report.program(), IsEmpty());
  }
  const auto refuse = [](const Session&, Input&, const std::string& mark) {
    return mark.empty() ? absl::OkStatus() : absl::InternalError("no neighbour today");
  };
  EXPECT_THAT(CompareTwins<Shop>({}, &Work, refuse).finding(),
              HasSubstr("the second world could not be made: no neighbour today"));
}

// ---- the test that a report prints, compiled as it was printed --------------------------------

absl::Status FillSamples(const Session& tenant, Input& input, const std::string& mark) {
  for (int i = 100; i < 105; ++i) {
    const absl::Status done = tenant.Insert(Sample{.id = i, .big = input.Id(), .text = mark});
    if (!done.ok()) return done;
  }
  return absl::OkStatus();
}
void FewReaders(cordon::PlatformOptions& options) { options.readers = 2; }

#pragma push_macro("TEST")
#undef TEST
#define TEST(suite, name) void suite##name()
#define CORDON_PASTED(...) \
  __VA_ARGS__              \
  constexpr char kPasted[] = #__VA_ARGS__;
// clang-format off
CORDON_PASTED(
TEST(Twins, ReplayTellsNothingOfOthers) {
  using cordon::testing::Input;
  const auto report = cordon::testing::ReplayTwins<cordon_test::Shop>(
      {.seed = 9U, .rows = 11, .neighbours = 2, .configure = &FewReaders},
      {Input({}),
       Input({}, 4)},
      &ShowGrowth, &FillSamples);
  EXPECT_TRUE(report.clean()) << report.finding();
}
)
// clang-format on
#pragma pop_macro("TEST")

// Runs of white space as one blank.
std::string Squeezed(const std::string& text) {
  std::string squeezed;
  for (const char c : text) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!space || (!squeezed.empty() && squeezed.back() != ' ')) squeezed += space ? ' ' : c;
  }
  while (!squeezed.empty() && squeezed.back() == ' ') squeezed.pop_back();
  return squeezed;
}

TEST(TwinReport, EndsWithATestThatCompilesAndFails) {
  const Report report = CompareTwins<Shop>({.seed = 9,
                                            .rows = 11,
                                            .neighbours = 2,
                                            .configure = &FewReaders,
                                            .request_name = "&ShowGrowth",
                                            .fill_name = "&FillSamples",
                                            .configure_name = "&FewReaders"},
                                           &ShowGrowth, &FillSamples);
  ASSERT_FALSE(report.clean());
  const std::size_t at = report.finding().find("TEST(");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(Squeezed(report.finding().substr(at)), Squeezed(kPasted)) << report.finding();
  EXPECT_NONFATAL_FAILURE(TwinsReplayTellsNothingOfOthers(), "what is shown depends on neighbours");
}

// ---- the worlds -----------------------------------------------------------------------------

TEST(TwinWorlds, HoldTheSameGlobalRows) {
  std::set<std::string> shown;
  const auto request = [&](const TwinWorld& world, Input&) {
    std::string all;
    for (const auto& currency :
         Must(world.session().All(as<Currency>, "SELECT * FROM currencies ORDER BY code"_sql))) {
      all += currency->code + "=" + currency->name + ";";
    }
    shown.insert(all);
    return all;
  };
  EXPECT_THAT(CompareTwins<Shop>({.programs = 2, .requests = 2}, request), TellsNothingOfOthers());
  ASSERT_THAT(shown, SizeIs(1));
  EXPECT_THAT(*shown.begin(), ::testing::StartsWith("K0="));
  EXPECT_THAT(CompareTwins<Shop>({.seed = 2, .programs = 1, .requests = 1}, request),
              TellsNothingOfOthers());
  EXPECT_THAT(shown, SizeIs(2)) << "another seed, other rows";
}

TEST(TwinWorlds, AreFilledForEachTenant) {
  std::map<std::string, int> marks;
  const auto fill = [&](const Session& tenant, Input& input, const std::string& mark) {
    ++marks[mark];
    return FillSamples(tenant, input, mark);
  };
  const auto request = [](const TwinWorld& world, Input&) {
    return std::to_string(
        Must(world.session().One(as<std::int64_t>,
                                 "SELECT COUNT(*) FROM samples WHERE id >= 100"_sql))
            .Plain());
  };
  EXPECT_THAT(CompareTwins<Shop>({.programs = 1}, request, fill), TellsNothingOfOthers());
  EXPECT_THAT(marks, ::testing::ElementsAre(::testing::Pair("", 2),
                                            ::testing::Pair(cordon::testing::kCanary, 3)));
}

TEST(TwinWorlds, DrawTheSameForUsWhateverTheNeighboursDraw) {
  // A new tenant's id is drawn at random: the same in both worlds, or this would differ.
  const auto request = [](const TwinWorld& world, Input&) {
    world.LetOthersAct();
    return Must(world.platform().tenants().Create("ours as well")).ToString();
  };
  EXPECT_THAT(CompareTwins<Shop>({.programs = 2}, request), TellsNothingOfOthers());
}

// Whoever is in both worlds is ours, with whatever rows it is given.
TEST(TwinWorlds, LetARequestCreateTenants) {
  const auto request = [](const TwinWorld& world, Input& input) {
    auto& tenants = world.platform().tenants();
    const auto made = tenants.Create({.name = "x", .kind = cordon::TenantKind::kReseller});
    if (!made.ok()) return std::string(made.status().message());
    const auto user = Must(cordon::Principal::User("anna"));
    Must(tenants.AddMember(*made, user));
    Must(tenants.Move(world.session().tenant(), *made));
    const auto context =
        Must(world.platform().Enter(cordon::AssertVerified(user), *made, cordon::Purpose("test")));
    const auto session = Must(world.platform().OpenSession(context));
    return made->ToString() + Describe(session.Insert(Counter{input.Id(), 1}));
  };
  EXPECT_THAT(CompareTwins<Shop>({.programs = 2, .configure = EngineOfTwins()}, request),
              TellsNothingOfOthers());
}

TEST(TwinWorlds, ShowWhoWorksAsANeighbour) {
  const auto request = [](const TwinWorld& world, Input&) {
    const auto user = cordon::AssertVerified(Must(cordon::Principal::User("twin")));
    for (const cordon::TenantId& each : world.neighbours()) {
      const auto context = world.platform().Enter(user, each, cordon::Purpose("theft"));
      if (!context.ok()) continue;  // in the world without them
      const auto session = Must(world.platform().OpenSession(*context));
      (void)session.Execute("DELETE FROM samples WHERE id >= 0"_sql).ok();
    }
    return std::string();
  };
  EXPECT_THAT(CompareTwins<Shop>({.configure = EngineOfTwins(), .shorten = std::chrono::seconds(0)},
                                 request)
                  .finding(),
              HasSubstr("a neighbour's row was changed, in the table \"samples\""));
}

TEST(TwinWorlds, ShowWhoLooksForANeighbour) {
  const auto request = [](const TwinWorld& world, Input&) {
    return Show(world.platform().tenants().Suspend(world.neighbours().front()));
  };
  EXPECT_THAT(CompareTwins<Shop>({.configure = EngineOfTwins(), .shorten = std::chrono::seconds(0)},
                                 request)
                  .finding(),
              HasSubstr(kDiffers));
}

TEST(TwinWorlds, ShowWhoChangesANeighboursPlace) {
  const auto request = [](const TwinWorld& world, Input&) {
    for (const cordon::TenantId& each : world.neighbours()) {
      (void)world.platform().tenants().Change(each, {.name = "mine"});
    }
    return std::string();
  };
  EXPECT_THAT(CompareTwins<Shop>({}, request).finding(),
              HasSubstr("a neighbour's row was changed, in the table \"cordon_tenants\""));
}

TEST(TwinWorlds, HaveOneTime) {
  std::set<std::string> times;
  const auto request = [&](const TwinWorld& world, Input&) {
    const std::string now = std::to_string(world.clock()->Now().time_since_epoch().count());
    times.insert(now);
    return now;
  };
  EXPECT_THAT(CompareTwins<Shop>({.programs = 1}, request), TellsNothingOfOthers());
  EXPECT_THAT(times, SizeIs(10)) << "a second passes after each request";
}

// What was shown for an order before, whoever asked: the mistake of a host that caches.
std::string ShowCachedOrder(const TwinWorld& world, Input& input) {
  static std::string path;
  static std::map<std::int64_t, std::string> cache;  // of the process
  if (path != world.path()) cache.clear();
  path = world.path();
  const std::int64_t id = input.Id();
  if (cache[id].empty()) {
    const auto sample = world.session().Get(as<Sample>, id);
    cache[id] = sample.ok() ? sample->Plain().text : Show(sample.status());
  }
  return cache[id];
}

TEST(TwinWorlds, LetTheNeighboursAskAsWell) {
  EXPECT_THAT(CompareTwins<Shop>({}, &ShowCachedOrder), TellsNothingOfOthers())
      << "nobody to fill it";
  TwinOptions options = {.neighbours_ask = true};
  const Report report = CompareTwins<Shop>(options, &ShowCachedOrder);
  EXPECT_THAT(report.finding(), ::testing::AnyOf(HasSubstr(kTextShown), HasSubstr(kDiffers)));
  EXPECT_THAT(report.finding(), HasSubstr(", .neighbours_ask = true}"));
  EXPECT_THAT(report.program(), SizeIs(1));
  EXPECT_EQ(ReplayTwins<Shop>(options, report.program(), &ShowCachedOrder).finding(),
            report.finding());
  EXPECT_THAT(CompareTwins<Shop>(options, &Work), TellsNothingOfOthers());
}

// All that happens on a platform.
class Diary final : public cordon::Hook {
 public:
  void AfterCommit(const cordon::TransactionEvent& event) override {
    Note("commit", event.outcome);
  }
  void AfterRollback(const cordon::TransactionEvent& event) override {
    Note(event.nested ? "undone" : "rollback", event.outcome);
  }
  absl::Status AfterStatement(const cordon::StatementEvent& event) override {
    for (const cordon::TouchedTable& table : event.tables) {
      if (table.written) Note("write " + std::string(table.name), event.outcome);
    }
    return absl::OkStatus();
  }
  void Denied(const cordon::DenialEvent& event) override {
    Note("denied", event.status);
    codes.insert(CodeOf(event.status));
  }
  std::string text;
  std::set<ErrorCode> codes;

 private:
  void Note(const std::string& what, const absl::Status& status) {
    text += what + " " + std::string(status.message()) + "\n";
    codes.insert(CodeOf(status));
  }
};

TEST(TwinWorlds, HaveNeighboursWithAHistory) {
  std::set<std::string> numbered;
  std::set<std::string> blobs;
  std::set<std::string> tenants;
  const auto request = [&](const TwinWorld& world, Input&) {
    numbered.insert(Past(world, "SELECT count(*) FROM cordon_numbers"));
    blobs.insert(Past(world, "SELECT count(*) FROM cordon_blobs"));
    tenants.insert(Past(world, "SELECT count(*) FROM cordon_tenants"));
    return std::string();
  };
  const auto lived = [&](std::uint64_t seed) {
    const auto diary = std::make_shared<Diary>();
    EXPECT_THAT(CompareTwins<Shop>({.seed = seed,
                                    .programs = 1,
                                    .requests = 60,
                                    .configure = [&](auto& options) { options.hooks = {diary}; }},
                                   request),
                TellsNothingOfOthers());
    return diary;
  };
  const auto first = lived(1);
  for (const ErrorCode code :
       {ErrorCode::kUniqueViolation, ErrorCode::kContextExpired, ErrorCode::kContextRevoked,
        ErrorCode::kTenantSuspended, ErrorCode::kStatementRefused, ErrorCode::kBudgetExceeded}) {
    EXPECT_TRUE(first->codes.contains(code)) << static_cast<int>(code);
  }
  for (const char* what :
       {"commit", "rollback rolled back", "undone rolled back", "write orders"}) {
    EXPECT_THAT(first->text, HasSubstr(what));
  }
  EXPECT_GT(numbered.size(), 2U);
  EXPECT_GT(blobs.size(), 2U);
  EXPECT_GT(tenants.size(), 2U);
  EXPECT_EQ(lived(1)->text, first->text) << "the same seed, the same history";
  EXPECT_NE(lived(2)->text, first->text);
}

// ---- in the words of GoogleTest ---------------------------------------------------------------

std::string ShowEverybodysOrders(const TwinWorld& world, Input& input) {
  if (input.Below(3) != 2) return Work(world, input);
  return ShowOrders(world.session(), input.Key()) +
         Past(world, "SELECT count(*) FROM samples WHERE id >= " + std::to_string(input.Id()));
}
using Orders = cordon::testing::TwinTest<Shop>;

TEST_F(Orders, TellNothingOfOthers) { ExpectTellsNothing(&Work); }

TEST_F(Orders, AreToldWhenSomebodyCountsThemAll) {
  static TwinOptions few;
  few = {.seed = 4, .programs = 2};
  struct Fails : Orders {
    void TestBody() override {}
    void Run() {
      options = few;
      ExpectTellsNothing(&ShowEverybodysOrders);
    }
  };
  EXPECT_NONFATAL_FAILURE(Fails().Run(), "{.seed = 4U");
  EXPECT_NONFATAL_FAILURE(Fails().Run(), "again with --gtest_random_seed=");
}

TEST_F(Orders, AreDrivenByTheSeedOfTheRun) {
  const auto flag = GTEST_FLAG_GET(random_seed);
  struct Looks : Orders {
    void TestBody() override {}
    std::uint64_t seed() const { return options.seed; }
  };
  GTEST_FLAG_SET(random_seed, 77);
  EXPECT_EQ(Looks().seed(), 77U);
  GTEST_FLAG_SET(random_seed, 0);
  EXPECT_EQ(Looks().seed(), TwinOptions().seed);
  GTEST_FLAG_SET(random_seed, flag);
}

}  // namespace
}  // namespace cordon_test
