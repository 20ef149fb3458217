// SPDX-License-Identifier: Apache-2.0
// SQL that a tenant's own analyst wrote, treated as hostile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>
#include <thread>
#include <vector>

#include "data/engine.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::AnalystOptions;
using cordon::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Listening final : public cordon::Hook {
 public:
  absl::Status BeforeStatement(const cordon::StatementEvent& event) override {
    fingerprint = event.fingerprint;
    return absl::OkStatus();
  }
  void Denied(const cordon::DenialEvent& event) override {
    denials.push_back(CodeOf(event.status));
  }
  std::uint64_t fingerprint = 0;
  std::vector<ErrorCode> denials;
};

class Analyst : public World {
 protected:
  void SetUp() override {
    cordon::PlatformOptions options = Options();
    options.hooks = {hook};
    options.readers = 1;
    options.patience = 50ms;
    OpenTwins(std::move(options));
    hook->denials.clear();
  }
  absl::Status Ask(std::string_view text, const AnalystOptions& options = {}) {
    return a->session.Ask(text, options).status();
  }
  void AddTexts(int count, std::size_t size) {
    Must(a->session.Transaction([&](auto& tx) -> absl::Status {
      for (int i = 0; i < count; ++i) {
        Must(
            tx.Insert(Sample{.id = i, .text = std::string(size, static_cast<char>('a' + i % 26))}));
      }
      return absl::OkStatus();
    }));
  }
  std::shared_ptr<Listening> hook = std::make_shared<Listening>();
};

TEST_F(Analyst, AsksAndGetsATable) {
  const auto table = Must(a->session.Ask(
      "SELECT c.name, COUNT(*) AS orders, SUM(o.amount) AS total FROM customers AS c JOIN orders "
      "AS o ON o.customer_id = c.id GROUP BY c.name ORDER BY c.name LIMIT 2"));
  ASSERT_EQ(table->columns.size(), 3U);
  EXPECT_EQ(table->columns[1].name, "orders");
  EXPECT_EQ(table->columns[2].scale, 4);
  ASSERT_EQ(table->rows.size(), 2U);
  EXPECT_THAT(table->rows[1], ElementsAre(Value("a customer 2"), Value(1),
                                          Value(cordon::Decimal<4>::FromUnits(20000))));
  const std::vector<Value> values = {"a-3", 1};
  const auto bound = Must(
      a->session.Ask("SELECT id FROM orders WHERE number = ? OR id = ? ORDER BY id", {}, values));
  ASSERT_EQ(bound->rows.size(), 2U);
}

TEST_F(Analyst, OnlyReads) {
  for (const char* text :
       {"DELETE FROM counters", "UPDATE counters SET n = 0",
        "UPDATE counters SET n = 0 RETURNING n", "INSERT INTO counters (id, n) VALUES (9, 9)",
        "PRAGMA table_list", "ATTACH 'x' AS y", "VACUUM", "BEGIN", "COMMIT", "EXPLAIN SELECT 1",
        "CREATE TABLE t(a)", "SELECT 1; DELETE FROM counters"}) {
    EXPECT_THAT(Ask(text), HasCode(ErrorCode::kStatementRefused)) << text;
  }
  EXPECT_EQ(RawValue(path(), "SELECT count(*) FROM counters WHERE n > 0"), "9");
}

TEST_F(Analyst, StaysInside) {
  for (const char* text :
       {"SELECT tenant_id FROM orders", "SELECT * FROM main.orders", "SELECT * FROM sqlite_schema",
        "SELECT * FROM cordon_tenants", "SELECT * FROM pragma_table_list",
        "SELECT name FROM customers WHERE name = ?1", "SELECT load_extension('x')",
        "SELECT printf(name) FROM customers", "SELECT randomblob(1000000)",
        "SELECT * FROM \"\x01R0\x02\"", "SELECT sqlite_version()"}) {
    const absl::Status refused = Ask(text);
    EXPECT_THAT(refused, HasCode(ErrorCode::kStatementRefused)) << text;
    EXPECT_THAT(Text(refused), HasSubstr("(at byte "));
  }
  const auto rows = Must(a->session.Ask("SELECT name FROM customers"));
  for (const auto& row : rows->rows) {
    EXPECT_EQ(std::get<std::string>(row[0]).find(kCanary), std::string::npos);
  }
}

TEST_F(Analyst, ARefusalSaysTheSameWhateverOthersHave) {
  const auto said = [&](const char* text) { return Text(Ask(text)); };
  const std::string unknown = said("SELECT * FROM invoices");
  EXPECT_THAT(unknown, HasSubstr("no such table"));
  EXPECT_THAT(unknown, HasSubstr("(at byte 14 of the statement)"));
  EXPECT_THAT(unknown, Not(HasSubstr("invoices")));
  Must(platform->tenants().Remove(b->id));
  EXPECT_EQ(unknown, said("SELECT * FROM invoices"));
}

TEST_F(Analyst, DenialsAreTold) {
  (void)Ask("PRAGMA table_list");
  (void)Ask("SELECT id FROM orders", {.budget = {.rows = 1}});
  EXPECT_THAT(hook->denials, ElementsAre(ErrorCode::kStatementRefused, ErrorCode::kBudgetExceeded));
  Must(Ask("SELECT id FROM orders WHERE number = 'secret one' AND id > 17"));
  const std::uint64_t print = hook->fingerprint;
  Must(Ask("SELECT id FROM orders WHERE number = 'another' AND id > 4"));
  EXPECT_EQ(print, hook->fingerprint) << "a fingerprint holds no value";
  EXPECT_NE(print, 0U);
}

TEST_F(Analyst, EndsWithItsContext) {
  a->context.Revoke();
  EXPECT_THAT(Ask("SELECT id FROM orders"), HasCode(ErrorCode::kContextRevoked));
  clock->Advance(25h);
  EXPECT_THAT(b->session.Ask("SELECT id FROM orders"), HasCode(ErrorCode::kContextExpired));
}

TEST_F(Analyst, IsInterrupted) {
  Fill(a->session, 400);
  const std::int64_t before = clock->looks();
  absl::Status ended;
  std::thread runner([&] {
    ended =
        Ask("SELECT COUNT(*) FROM counters AS x JOIN counters AS y ON x.n <> y.n + 1 JOIN "
            "counters AS z ON z.n <> y.n + 2",
            {.budget = {.vm_steps = 1'000'000'000}});
  });
  EXPECT_TRUE(Eventually([&] { return clock->looks() > before + 100; }));
  a->session.Interrupt();
  runner.join();
  EXPECT_THAT(ended, HasCode(ErrorCode::kInterrupted));
}

// ---- limits -------------------------------------------------------------------------------------

TEST_F(Analyst, OptionsAreChecked) {
  for (const AnalystOptions& options :
       {AnalystOptions{.budget = {.vm_steps = 0}}, AnalystOptions{.budget = {.rows = 0}},
        AnalystOptions{.budget = {.wall = 0ms}}, AnalystOptions{.result_bytes = 0},
        AnalystOptions{.value_bytes = 1000}, AnalystOptions{.value_bytes = 1LL << 40},
        AnalystOptions{.memory_bytes = -1}}) {
    EXPECT_THAT(Ask("SELECT id FROM orders", options), HasCode(ErrorCode::kInvalidArgument));
  }
  const Value real = 0.5;
  EXPECT_THAT(a->session.Ask("SELECT ?", {}, std::span(&real, 1)),
              HasCode(ErrorCode::kInvalidArgument));
}

TEST_F(Analyst, StepsRowsAndTimeAreItsOwn) {
  Fill(a->session, 400);
  const char* joined = "SELECT COUNT(*) FROM counters AS x JOIN counters AS y ON x.n <> y.n";
  EXPECT_THAT(Ask(joined, {.budget = {.vm_steps = 10'000}}), HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_THAT(Text(Ask(joined, {.budget = {.vm_steps = 10'000}})), HasSubstr("10000 steps"));
  EXPECT_THAT(Ask(joined), IsOk());
  EXPECT_THAT(Ask("SELECT id FROM counters", {.budget = {.rows = 402}}),
              HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_THAT(Ask("SELECT id FROM counters", {.budget = {.rows = 403}}), IsOk());
  // The one reader serves others with the platform's budget.
  (void)Ask(joined, {.budget = {.vm_steps = 10'000, .rows = 1}});
  EXPECT_EQ(Must(a->session.All(as<Counter>, "SELECT * FROM counters"_sql)).size(), 403U);
  EXPECT_THAT(
      a->session.One(as<std::int64_t>,
                     "SELECT COUNT(*) FROM counters AS x JOIN counters AS y ON x.n <> y.n"_sql),
      IsOk());
}

TEST_F(Analyst, WallTimeIsTheLastResort) {
  Fill(a->session, 400);
  std::atomic<bool> over = false;
  std::thread time([&] {
    while (!over) {
      clock->Advance(100ms);
      std::this_thread::sleep_for(1ms);
    }
  });
  const absl::Status ended = Ask(
      "SELECT COUNT(*) FROM counters AS x JOIN counters AS y ON x.n <> y.n + 1 JOIN counters AS "
      "z ON z.n <> y.n + 2",
      {.budget = {.vm_steps = 1'000'000'000, .wall = 200ms}});
  over = true;
  time.join();
  EXPECT_THAT(ended, HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_THAT(Text(ended), HasSubstr("200 ms"));
}

TEST_F(Analyst, TheResultIsBounded) {
  AddTexts(40, 10'000);
  EXPECT_THAT(Ask("SELECT txt FROM samples"), IsOk());
  EXPECT_THAT(Ask("SELECT txt FROM samples", {.result_bytes = 390'000}),
              HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_THAT(Ask("SELECT id FROM samples", {.result_bytes = 1'000}),
              HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_THAT(Ask("SELECT id FROM samples", {.result_bytes = 10'000}), IsOk());
}

TEST_F(Analyst, WhatItBuildsOnTheWayIsBounded) {
  AddTexts(1, 10'000);
  const auto doubled = [](int times) {
    std::string text = "txt";
    for (int i = 0; i < times; ++i) text += " || txt";
    return text;
  };
  const AnalystOptions small = {.value_bytes = 20'000};
  EXPECT_THAT(Ask("SELECT LENGTH(" + doubled(0) + ") FROM samples", small), IsOk());
  const absl::Status grown = Ask("SELECT LENGTH(" + doubled(3) + ") FROM samples", small);
  EXPECT_THAT(grown, HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_THAT(Text(grown), HasSubstr("20000 bytes"));
  EXPECT_THAT(Ask("SELECT LENGTH(" + doubled(3) + ") FROM samples"), IsOk());
  EXPECT_THAT(Ask("SELECT txt FROM samples", {.value_bytes = 16'384}), IsOk());
  Must(a->session.Execute("UPDATE samples SET txt = txt || txt"_sql));
  EXPECT_THAT(Ask("SELECT txt FROM samples", {.value_bytes = 16'384}),
              HasCode(ErrorCode::kBudgetExceeded))
      << "a stored value that is larger";
  EXPECT_THAT(Ask("SELECT id FROM samples", {.value_bytes = 16'384}), IsOk())
      << "which hurts nobody who leaves it out";
  // The limit went with the lease.
  EXPECT_EQ(Must(a->session.One(as<std::int64_t>,
                                "SELECT LENGTH(txt || txt || txt) FROM samples WHERE id = 0"_sql))
                .Plain(),
            60'000);
}

TEST_F(Analyst, MemoryIsBounded) {
  AddTexts(200, 10'000);
  // 40,000 rows of 40 KB would be sorted in memory.
  const char* hungry =
      "SELECT x.txt || y.txt || x.txt || y.txt AS wide FROM samples AS x JOIN samples AS y ON x.id "
      "<> y.id ORDER BY wide";
  const absl::Status ended =
      Ask(hungry, {.budget = {.wall = 60s}, .result_bytes = 1 << 30, .memory_bytes = 50 << 20});
  EXPECT_THAT(ended, HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_THAT(Text(ended), HasSubstr("memory"));
  EXPECT_LT(sqlite3_memory_highwater(1), 200 << 20);
}

// What Cordon's own aggregates keep counts as well, also where there is nothing in it.
TEST_F(Analyst, AggregatesOfNothingTakeMemoryToo) {
  const absl::Status ended =
      Ask("WITH RECURSIVE w(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM w WHERE i < 500000) "
          "SELECT GROUP_CONCAT('', '') FROM w",
          {.budget = {.wall = 60s}, .memory_bytes = 8 << 20});
  EXPECT_THAT(ended, HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_THAT(Text(ended), HasSubstr("memory"));
}

// ---- nothing is left behind -----------------------------------------------------------------

TEST_F(Analyst, APlaceholderOfAWindowThatNobodyNamesIsBoundToNothing) {
  const std::vector<cordon::Value> one = {1};
  EXPECT_THAT(a->session.Ask("SELECT id FROM orders WINDOW w AS (ORDER BY id + ?)", {}, one),
              IsOk());
  EXPECT_THAT(a->session.Ask("SELECT ? WINDOW ?", {}, std::vector<cordon::Value>{1, 2}),
              HasCode(ErrorCode::kStatementRefused));
}

TEST_F(Analyst, LeavesNothingInTheCache) {
  cordon::internal::SqliteStore& store = a->session.state_->engine.store();
  const auto prepared = [&] {  // on the one connection that reads
    auto* const reader = Must(store.AcquireReader());
    sqlite3* const db = reader->connection->handle();
    int count = 0;
    for (sqlite3_stmt* s = sqlite3_next_stmt(db, nullptr); s != nullptr;
         s = sqlite3_next_stmt(db, s)) {
      ++count;
    }
    store.ReleaseReader(reader, true);
    return count;
  };
  const int before = prepared();
  for (int i = 0; i < 5; ++i) {
    Must(Ask("SELECT id FROM orders WHERE id > " + std::to_string(i)));
    (void)Ask("SELECT id FROM orders", {.budget = {.rows = 1}});
    (void)Ask("SELECT nothing FROM orders");
  }
  EXPECT_EQ(prepared(), before);
  Must(a->session.Query(cordon::Query<Shop>::FromText("SELECT id FROM orders WHERE id > 3")));
  EXPECT_EQ(prepared(), before + 1) << "what the host runs is kept";
  Must(Ask("SELECT id FROM orders WHERE id > 3"));
  EXPECT_EQ(prepared(), before + 1);
}

}  // namespace
}  // namespace cordon_test
