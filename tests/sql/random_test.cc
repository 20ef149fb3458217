// SPDX-License-Identifier: Apache-2.0
//
// Random reads over three small tables. What the checker accepts must prepare and run under the
// lock, keep what the checker promised of its types, and give the rows that plain SQLite gives for
// the same text over our rows alone.
//
// The seed is printed; see support/random.h.
#include "support/random.h"

#include <gtest/gtest.h>

#include <random>

#include "sql/erp_data.h"
#include "sql/generator.h"
#include "sql/random_schema.h"

namespace cordon_test {
namespace {

// What SQLite says of some joins in subqueries, wrongly.
constexpr std::string_view kMalformed = "ON clause references tables to its right";

// … and of columns of a join in parentheses.
bool IsOfParentheses(const std::string& error) {
  return error.starts_with("ambiguous column name: ") ||
         error.starts_with("cannot join using column ");
}

constexpr std::int64_t kStatements = 4'000;

constexpr std::string_view kTooLong = "interrupted";
constexpr std::string_view kNoJson = "malformed JSON";

struct World {
  World() {
    for (const std::string& create : PlainTables(schema.view())) plain.Must(create);
    // Where Cordon keeps within its budget, SQLite's own plan may still take minutes.
    sqlite3_progress_handler(
        plain.handle(), 20'000'000, [](void*) { return 1; }, nullptr);
    for (std::size_t t = 0; t < schema.tables().size(); ++t) {
      const auto ours = TradeRows(t, 1, "");
      shared.Load(t, Neighbourhood::kOurs, ours);
      if (schema.tables()[t].kind == TableKind::kTenant) {
        shared.Load(t, Neighbourhood::kBelow, TradeRows(t, 2, "CANARY"));
        shared.Load(t, Neighbourhood::kAbove, TradeRows(t, 3, "CANARY"));
      }
      for (Row row : ours) {
        for (std::size_t c = 0; c < row.size(); ++c) {
          row[c] = AsPlain(row[c], schema.tables()[t].columns[c].type);
        }
        plain.Insert(schema.tables()[t].name, row);
      }
    }
  }
  const RuntimeSchema schema{TradeTables()};
  Neighbourhood shared{schema.view(), {.vm_steps = 300'000, .rows = 5'000}};
  PlainSqlite plain;
};

TEST(RandomReads, MeanWhatTheyMeanInPlainSqlite) {
  const std::uint64_t seed = Seed();
  Rounds rounds(kStatements);
  World world;
  Neighbourhood& shared = world.shared;
  PlainSqlite& plain = world.plain;
  std::mt19937_64 random(seed);
  Generator generator([&](std::uint64_t n) { return random() % n; }, TradeTables());
  Tally tally;
  int compared = 0;
  int astray = 0;
  int with_rows = 0;
  while (rounds.Next() && !HasFailure()) {
    const Statement statement = generator.Next();
    const std::string& sql = statement.sql;
    const std::string& meant = statement.meant.empty() ? sql : statement.meant;
    std::vector<Value> values;
    for (const Argument& argument : statement.arguments) {
      values.push_back(AsPlain(argument.value, argument.type));
    }
    SCOPED_TRACE("CORDON_SEED=" + std::to_string(seed) + "\n" + sql);
    const Judgement judgement = Judge(world.schema.view(), sql, statement.arguments);
    if (!judgement.accepted()) {
      tally.Refuse(judgement.parsed, sql);
      continue;
    }
    const Result ours = shared.Run(sql, statement.arguments, judgement);
    if (ours.error.find("the engine refused") != std::string::npos) {
      // SQLite itself has a few joins in subqueries that it takes for malformed.
      const std::string emitted = shared.Readable(judgement);
      const std::string why = shared.raw().WhyNotPrepared(emitted);
      EXPECT_EQ(why, kMalformed) << emitted;
      tally.Count("(not prepared by SQLite)", sql);
      continue;
    }
    tally.Accept(sql);
    // Out of its budget, or of 64 bits where SQLite would go on in floating point.
    if (!ours.ok()) continue;
    const Result theirs = plain.Run(meant, values);
    if (theirs.error == kMalformed || IsOfParentheses(theirs.error)) {
      tally.Count("(not prepared by SQLite)", sql);
      continue;
    }
    if (theirs.error == kTooLong) {
      tally.Count("(too long for SQLite's plan)", sql);
      continue;
    }
    // Whether a row that another condition drops is asked is for the plan to say.
    if (theirs.error == kNoJson) {
      tally.Count("(no JSON where only SQLite's plan looks)", sql);
      continue;
    }
    ASSERT_TRUE(theirs.ok()) << theirs.error;
    const auto our_lines = Lines(ours, &judgement.parsed, statement.ordered);
    const auto their_lines = Lines(theirs, nullptr, statement.ordered);
    if (our_lines != their_lines || !BrokenPromise(ours, judgement.parsed).empty()) {
      // SQLite's optimizer has bugs of its own, with outer joins in subqueries above all. Without
      // it, what Cordon has written and the host's text must agree.
      shared.raw().Optimize(false);
      plain.Optimize(false);
      std::vector<Value> bound = {Value::Blob(shared.tenant(Neighbourhood::kOurs))};
      for (const Argument& argument : statement.arguments) bound.push_back(argument.value);
      const std::string emitted = shared.Readable(judgement);
      const Result written = shared.raw().Run(emitted, bound);
      const Result again = plain.Run(meant, values);
      if (again.error != kTooLong && !IsNoWitness(sql)) {
        EXPECT_EQ(BrokenPromise(written, judgement.parsed), "") << emitted;
        EXPECT_EQ(Lines(written, &judgement.parsed, statement.ordered),
                  Lines(again, nullptr, statement.ordered))
            << written.error << "\n"
            << emitted;
      }
      shared.raw().Optimize(true);
      plain.Optimize(true);
      tally.Count("(answered wrongly by SQLite)", sql);
      ++astray;
      continue;
    }
    ++compared;
    if (!ours.rows.empty()) ++with_rows;
  }
  tally.Print("random reads");
  std::printf("compared: %d, with rows: %d\n", compared, with_rows);
  EXPECT_GT(compared, 100);
  EXPECT_LE(astray, compared / 100);
  EXPECT_GT(with_rows, compared / 3);
}

// SQLite can be told to go through unordered rows backwards. Whatever depends on that depends on a
// plan, and so could depend on a neighbour's rows.
TEST(RandomChoices, AreNotThoseOfAPlan) {
  const std::uint64_t seed = Seed();
  Rounds rounds(kStatements);
  World world;
  PlainSqlite& raw = world.shared.raw();
  raw.Must("PRAGMA temp_store = MEMORY");
  std::mt19937_64 random(seed);
  Generator generator([&](std::uint64_t n) { return random() % n; }, TradeTables(), true);
  Tally tally;
  int compared = 0;
  int left_open = 0;  // of the host's texts, in plain SQLite
  int astray = 0;
  while (rounds.Next() && !HasFailure()) {
    const Statement statement = generator.Next();
    SCOPED_TRACE("CORDON_SEED=" + std::to_string(seed) + "\n" + statement.sql);
    const Judgement judgement = Judge(world.schema.view(), statement.sql, statement.arguments);
    if (!judgement.accepted()) {
      tally.Refuse(judgement.parsed, statement.sql);
      continue;
    }
    tally.Accept(statement.sql);
    // Within its budget, so that the same without a budget ends.
    if (!world.shared.Run(statement.sql, statement.arguments, judgement).ok()) continue;
    std::vector<Value> bound = {Value::Blob(world.shared.tenant(Neighbourhood::kOurs))};
    for (const Argument& argument : statement.arguments) bound.push_back(argument.value);
    const std::string emitted = world.shared.Readable(judgement);
    const auto both_ways = [&](PlainSqlite& engine, const std::string& sql,
                               const std::vector<Value>& values, const Parsed* parsed) {
      const auto way = [&](const char* reversed) {
        engine.Must(std::string("PRAGMA reverse_unordered_selects = ") + reversed);
        const Result result = engine.Run(sql, values);
        return result.ok() ? Lines(result, parsed, statement.ordered)
                           : std::vector<std::string>{result.error};
      };
      return std::pair(way("OFF"), way("ON"));
    };
    std::vector<Value> values;
    for (const Argument& argument : statement.arguments) {
      values.push_back(AsPlain(argument.value, argument.type));
    }
    const auto open = both_ways(world.plain, statement.sql, values, nullptr);
    if (open.first != open.second) ++left_open;
    ++compared;
    const auto decided = both_ways(raw, emitted, bound, &judgement.parsed);
    if (decided.first == decided.second) continue;
    raw.Optimize(false);  // whose fault is it?
    const auto unoptimized = both_ways(raw, emitted, bound, &judgement.parsed);
    EXPECT_EQ(unoptimized.first, unoptimized.second) << emitted;
    raw.Optimize(true);
    tally.Count("(answered wrongly by SQLite)", statement.sql);
    ++astray;
  }
  tally.Print("random choices");
  std::printf("compared: %d; SQL leaves %d of them open\n", compared, left_open);
  EXPECT_GT(left_open, compared / 50);
  EXPECT_GT(compared, 100);
  EXPECT_LE(astray, compared / 100);
}

}  // namespace
}  // namespace cordon_test
