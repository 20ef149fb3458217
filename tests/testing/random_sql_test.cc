// SPDX-License-Identifier: Apache-2.0
//
// Random statements in two worlds: reads and writes of the checker's whole grammar, alone and
// beside neighbours who write in between. What our tenant sees must be the same.
//
// The seed is printed; see support/random.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cordon/data/query.h"
#include "cordon/testing/gtest.h"
#include "cordon/testing/twins.h"
#include "sql/erp_data.h"
#include "sql/generator.h"
#include "sql/random_schema.h"
#include "support/random.h"
#include "support/twin_engine.h"
#include "support/value_text.h"

namespace cordon_test {
namespace {

using cordon::Timestamp;
using cordon::testing::CompareTwins;
using cordon::testing::Input;
using cordon::testing::Report;
using cordon::testing::TellsNothingOfOthers;

using World = cordon::testing::World<Trade>;

std::string Shown(const absl::Status& status) {
  return std::to_string(static_cast<int>(cordon::CodeOf(status))) + " " +
         std::string(status.message());
}
// How many statements were what.
struct Counts {
  int read = 0;
  int with_rows = 0;
  int written = 0;
  int refused = 0;
};

template <class Scope>
std::string Read(Scope& scope, Generator& generator, Counts* counts) {
  const Statement statement = generator.Next();
  std::vector<cordon::Value> values;
  for (const Argument& argument : statement.arguments) values.push_back(Given(argument));
  const auto table = scope.Query(cordon::Query<Trade>::FromText(statement.sql, values));
  std::string shown = statement.sql + "\n";
  if (!table.ok()) {
    ++(cordon::CodeOf(table.status()) == cordon::ErrorCode::kStatementRefused ? counts->refused
                                                                              : counts->read);
    return shown + Shown(table.status());
  }
  ++counts->read;
  if (!table->Plain().rows.empty()) ++counts->with_rows;
  std::vector<std::string> lines;
  for (const std::vector<cordon::Value>& row : table->Plain().rows) {
    std::string& line = lines.emplace_back();
    for (const cordon::Value& value : row) line += ValueText(value) + "|";
  }
  if (!statement.ordered) std::sort(lines.begin(), lines.end());
  for (const std::string& line : lines) shown += line + "\n";
  return shown;
}

template <class Scope>
std::string Write(Scope& scope, Generator& generator, Counts* counts) {
  bool returning = false;
  const Statement statement = generator.Change(&returning);
  std::string shown = statement.sql + "\n";
  absl::Status status;
  if (returning) {
    const auto checked = cordon::CheckAtRunTime<Trade, std::int64_t>(statement.sql);
    if (!checked.ok()) return ++counts->refused, shown + Shown(checked.status());
    const auto rows = scope.All(cordon::as<std::int64_t>, *checked);
    status = rows.status();
    if (rows.ok()) {
      std::vector<std::int64_t> ids;
      for (const auto& row : *rows) ids.push_back(row.Plain());
      std::sort(ids.begin(), ids.end());
      for (const std::int64_t id : ids) shown += std::to_string(id) + " ";
    }
  } else {
    const auto checked = cordon::CheckAtRunTime<Trade, void>(statement.sql);
    if (!checked.ok()) return ++counts->refused, shown + Shown(checked.status());
    const auto changed = scope.Execute(*checked);
    status = changed.status();
    if (changed.ok()) shown += std::to_string(*changed);
  }
  ++counts->written;
  return shown + Shown(status);
}

TEST(RandomSql, TellsNothingOfOthers) {
  const std::uint64_t seed = Seed();
  Rounds rounds(EngineOfTwins() == nullptr ? 10 : 2);
  Counts counts;
  const auto request = [&counts](const World& world, Input& input) -> std::string {
    Generator generator([&](std::uint64_t n) { return input.Below(n); }, TradeTables(), true);
    const std::uint64_t kind = input.Below(10);
    if (kind < 6) return Read(world.session(), generator, &counts);
    if (kind < 8) return Write(world.session(), generator, &counts);
    // A transaction of several, some of which are undone alone, or all.
    std::string shown;
    const absl::Status done = world.session().Transaction([&](auto& tx) -> absl::Status {
      for (std::uint64_t i = input.Below(3); i-- > 0;) shown += Write(tx, generator, &counts);
      const absl::Status part = tx.Nested([&](auto& nested) -> absl::Status {
        shown += Write(nested, generator, &counts) + Read(nested, generator, &counts);
        return input.Flip() ? absl::OkStatus() : absl::AbortedError("undone");
      });
      shown += Shown(part) + Read(tx, generator, &counts);
      return input.Below(4) == 0 ? absl::AbortedError("undone") : absl::OkStatus();
    });
    return shown + Shown(done);
  };
  std::int64_t compared = 0;
  for (std::uint64_t round = 0; rounds.Next(); ++round) {
    const Report report = CompareTwins<Trade>({.seed = seed + round,
                                               .programs = 1,
                                               .requests = 200,
                                               .choices = 400,
                                               .rows = 8,
                                               .configure = EngineOfTwins()},
                                              request);
    ASSERT_THAT(report, TellsNothingOfOthers()) << "CORDON_SEED=" << seed + round;
    compared += report.requests();
  }
  std::printf("requests compared: %lld; reads %d (with rows %d), writes %d, refused %d\n",
              static_cast<long long>(compared), counts.read / 2, counts.with_rows / 2,
              counts.written / 2, counts.refused / 2);
  EXPECT_GT(counts.with_rows, counts.read / 4);
  EXPECT_GT(counts.written, 100);
}

}  // namespace
}  // namespace cordon_test
