// SPDX-License-Identifier: Apache-2.0
// What one statement, one session and one pool may use, and what happens beyond it.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/world.h"

namespace cordon_test {
namespace {

class Limits : public World {
 protected:
  void OpenWith(cordon::StatementBudget budget, int readers = 8) {
    cordon::PlatformOptions options = Options();
    options.budget = budget;
    options.readers = readers;
    options.patience = 50ms;
    OpenTwins(options);
  }
  std::int64_t CountersOf(const Twin& twin) {
    return Must(twin.session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql)).Plain();
  }
};

// ---- budgets -------------------------------------------------------------------------------

TEST_F(Limits, OptionsAreChecked) {
  for (const cordon::StatementBudget& budget :
       {cordon::StatementBudget{.vm_steps = 0}, cordon::StatementBudget{.rows = 0},
        cordon::StatementBudget{.wall = 0ms}, cordon::StatementBudget{.vm_steps = -1}}) {
    cordon::PlatformOptions options = Options();
    options.budget = budget;
    EXPECT_THAT(Platform::Open(options), HasCode(ErrorCode::kInvalidArgument));
  }
  for (const int readers : {0, -1, 257}) {
    cordon::PlatformOptions options = Options();
    options.readers = readers;
    EXPECT_THAT(Platform::Open(options), HasCode(ErrorCode::kInvalidArgument));
  }
  cordon::PlatformOptions options = Options();
  options.patience = -1ms;
  EXPECT_THAT(Platform::Open(options), HasCode(ErrorCode::kInvalidArgument));
  options.patience = 1ms;
  options.write_cap = 0ms;
  EXPECT_THAT(Platform::Open(options), HasCode(ErrorCode::kInvalidArgument));
  EXPECT_FALSE(std::filesystem::exists(path())) << "a refused option creates no file";
}

TEST_F(Limits, StepsEndALongStatement) {
  OpenWith({.vm_steps = 1'000'000});
  Fill(a->session, 400);
  EXPECT_THAT(LongStatement(a->session), HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_EQ(CountersOf(*a), 403) << "the connection is as good as before";
}

TEST_F(Limits, StepsEndAWriteAndUndoIt) {
  OpenWith({.vm_steps = 200'000});
  Fill(a->session, 400);
  EXPECT_THAT(a->session.Transaction([](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{5000, 1}));
    EXPECT_THAT(tx.Execute("UPDATE counters SET n = n + 1 WHERE (SELECT COUNT(*) FROM counters AS "
                           "x JOIN counters AS y ON x.n <> y.n) > 0"_sql),
                HasCode(ErrorCode::kBudgetExceeded));
    return absl::OkStatus();
  }),
              ::testing::Not(IsOk()));
  EXPECT_EQ(CountersOf(*a), 403);
}

TEST_F(Limits, RowsReturnedAreBounded) {
  OpenWith({.rows = 10});
  for (std::int64_t i = 100; i < 107; ++i) Must(a->session.Insert(Counter{i, i}));
  EXPECT_EQ(Must(a->session.All(as<Counter>, "SELECT * FROM counters"_sql)).size(), 10U);
  Must(a->session.Insert(Counter{107, 1}));
  EXPECT_THAT(a->session.All(as<Counter>, "SELECT * FROM counters"_sql),
              HasCode(ErrorCode::kBudgetExceeded));
  int rows = 0;
  EXPECT_THAT(a->session.Read([&](auto& tx) -> absl::Status {
    for ([[maybe_unused]] auto& row : tx.Rows(as<Counter>, "SELECT * FROM counters"_sql)) ++rows;
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_EQ(rows, 10);
  EXPECT_EQ(Must(b->session.All(as<Counter>, "SELECT * FROM counters"_sql)).size(), 3U);
}

TEST_F(Limits, RowsChangedAreBoundedAndUndone) {
  OpenWith({.rows = 10});
  for (std::int64_t i = 100; i < 108; ++i) Must(a->session.Insert(Counter{i, 5}));
  EXPECT_THAT(a->session.Execute("UPDATE counters SET n = 0"_sql),
              HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_THAT(a->session.Transaction([](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.Execute("DELETE FROM counters"_sql), HasCode(ErrorCode::kBudgetExceeded));
    return absl::OkStatus();  // overlooked
  }),
              ::testing::Not(IsOk()));
  EXPECT_EQ(Must(a->session.One(as<std::optional<std::int64_t>>, "SELECT SUM(n) FROM counters"_sql))
                .Plain(),
            46);
}

TEST_F(Limits, AWriteCutShortWhileItAnswersIsUndone) {
  OpenWith({.rows = 10});
  for (std::int64_t i = 100; i < 108; ++i) Must(a->session.Insert(Counter{i, 5}));
  EXPECT_THAT(a->session.Transaction([](auto& tx) -> absl::Status {
    EXPECT_FALSE(tx.All(as<std::int64_t>, "UPDATE counters SET n = 0 RETURNING id"_sql).ok());
    return absl::OkStatus();
  }),
              ::testing::Not(IsOk()));
  EXPECT_EQ(Must(a->session.One(as<std::optional<std::int64_t>>, "SELECT SUM(n) FROM counters"_sql))
                .Plain(),
            46);
}

TEST_F(Limits, WallTimeIsTheLastResort) {
  OpenWith({.wall = 1min});
  Fill(a->session, 400);
  EXPECT_THAT(StopLongStatement(a->session, [&] { clock->Advance(2min); }),
              HasCode(ErrorCode::kBudgetExceeded));
}

// Non-interference: whether a statement stays in its budget is decided by its own tenant's rows.
TEST_F(Limits, ANeighboursRunsDoNotShiftABudget) {
  constexpr auto kRun = [](const Session& session) {
    return session.One(as<std::int64_t>,
                       "SELECT COUNT(*) FROM counters AS x JOIN counters AS y ON x.n <> y.n"_sql);
  };
  // By how many rows A has: does the statement fit?
  std::vector<bool> alone;
  std::vector<bool> crowded;
  for (const bool crowd : {false, true}) {
    entropy = std::make_shared<TestEntropy>();  // the same ids: the same neighbours in the tables
    OpenWith({.vm_steps = 2000}, 1);
    auto& verdicts = crowd ? crowded : alone;
    for (std::int64_t rows = 4; rows < 60; ++rows) {
      Must(a->session.Insert(Counter{1000 + rows, rows}));
      for (int i = 0; crowd && i < 5; ++i) (void)kRun(b->session);
      verdicts.push_back(kRun(a->session).ok());
    }
    Close();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path() + tail);
  }
  EXPECT_EQ(alone, crowded);
  EXPECT_TRUE(alone.front());
  EXPECT_FALSE(alone.back());
}

TEST_F(Limits, AShortStatementFitsHoweverOftenItRuns) {
  OpenWith({.vm_steps = 1000}, 1);
  for (int i = 0; i < 500; ++i) {
    ASSERT_THAT(a->session.One(as<Counter>, "SELECT * FROM counters WHERE id = 1"_sql), IsOk());
  }
}

// ---- interruption --------------------------------------------------------------------------

TEST_F(Limits, InterruptEndsTheSessionsRunningCalls) {
  OpenWith({});
  Fill(a->session, 400);
  EXPECT_THAT(StopLongStatement(a->session, [&] { a->session.Interrupt(); }),
              HasCode(ErrorCode::kInterrupted));
  EXPECT_EQ(CountersOf(*a), 403) << "later calls are not concerned";
}

TEST_F(Limits, InterruptLeavesOtherSessionsAlone) {
  OpenWith({});
  Fill(a->session, 400);
  const Session other = Must(platform->OpenSession(a->context));
  EXPECT_THAT(StopLongStatement(a->session,
                                [&] {
                                  other.Interrupt();
                                  b->session.Interrupt();
                                  a->session.Interrupt();
                                }),
              HasCode(ErrorCode::kInterrupted));
  EXPECT_EQ(Must(other.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql)).Plain(), 3);
}

TEST_F(Limits, InterruptUndoesATransaction) {
  OpenWith({});
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{70, 1}));
    a->session.Interrupt();
    EXPECT_THAT(tx.Insert(Counter{71, 1}), HasCode(ErrorCode::kInterrupted));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kInterrupted));
  EXPECT_EQ(CountersOf(*a), 3);
}

TEST_F(Limits, InterruptEndsTheWaitForTheWriter) {
  cordon::PlatformOptions options = Options();
  OpenTwins(options);
  absl::Status ended;
  Signal waiting;
  Must(b->session.Transaction([&](auto&) -> absl::Status {
    std::thread waiter([&] {
      waiting.Give();
      ended = a->session.Insert(Counter{70, 1});
    });
    EXPECT_TRUE(waiting.Await());
    // Whether it has begun to wait cannot be seen; calls that begin later are not concerned.
    Signal done;
    std::thread interrupter([&] {
      while (!done.given()) {
        a->session.Interrupt();
        std::this_thread::sleep_for(1ms);
      }
    });
    waiter.join();  // while B still holds the writer
    done.Give();
    interrupter.join();
    return absl::OkStatus();
  }));
  EXPECT_THAT(ended, HasCode(ErrorCode::kInterrupted));
}

// ---- the pool ------------------------------------------------------------------------------

TEST_F(Limits, AnExhaustedPoolIsSaidAndPasses) {
  OpenWith({}, 2);
  EXPECT_THAT(a->session.Read([&](auto&) -> absl::Status {
    return a->session.Read([&](auto&) -> absl::Status {
      EXPECT_THAT(b->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql),
                  HasCode(ErrorCode::kPoolExhausted));
      EXPECT_THAT(a->session.Read([](auto&) { return absl::OkStatus(); }),
                  HasCode(ErrorCode::kPoolExhausted));
      // A writer needs no reader.
      EXPECT_THAT(b->session.Insert(Counter{70, 1}), IsOk());
      return absl::OkStatus();
    });
  }),
              IsOk());
  EXPECT_EQ(CountersOf(*b), 4);
}

TEST_F(Limits, WaitersGetTheConnectionThatComesBack) {
  cordon::PlatformOptions options = Options();
  options.readers = 1;
  OpenTwins(options);
  Signal inside;
  Signal leave;
  std::thread holder([&] {
    Must(a->session.Read([&](auto&) -> absl::Status {
      inside.Give();
      EXPECT_TRUE(leave.Await());
      return absl::OkStatus();
    }));
  });
  ASSERT_TRUE(inside.Await());
  std::vector<std::thread> waiters;
  std::atomic<int> served = 0;
  for (int i = 0; i < 4; ++i) {
    waiters.emplace_back([&] {
      EXPECT_EQ(CountersOf(*b), 3);
      ++served;
    });
  }
  leave.Give();
  holder.join();
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(served, 4);
}

// ---- one connection, many tenants ----------------------------------------------------------

TEST_F(Limits, AConnectionForgetsWhoHadIt) {
  OpenWith({}, 1);
  const auto name = [](const Session& session) {
    return Must(session.One(as<std::string>, "SELECT name FROM customers WHERE id = ?"_sql, "K1"))
        .Plain();
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(name(a->session), "a customer 1");
    EXPECT_EQ(name(b->session), "CANARY-B customer 1");
    EXPECT_EQ(name(a->session), "a customer 1");
    // Left in the middle of everything: an unfinished loop, a failed body, an exception.
    (void)b->session.Read([](auto& tx) -> absl::Status {
      auto rows = tx.Rows(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql);
      for ([[maybe_unused]] auto& row : rows) return absl::AbortedError("left");
      return absl::OkStatus();
    });
    EXPECT_EQ(name(c->session), "c customer 1");
    for (const auto& row :
         Must(a->session.All(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql))) {
      EXPECT_THAT(row->name, ::testing::StartsWith("a customer"));
    }
  }
}

// More different statements than the cache holds: OFFSET n for n = 0 … N-1, as constants.
template <std::size_t N>
struct OffsetText {
  static constexpr std::string_view kHead = "SELECT id FROM customers ORDER BY id LIMIT 1 OFFSET ";
  static constexpr auto Build() {
    std::array<char, kHead.size() + 4> text{};
    for (std::size_t i = 0; i < kHead.size(); ++i) text[i] = kHead[i];
    std::size_t rest = N;
    for (std::size_t i = 0; i < 4; ++i, rest /= 10) {
      text[kHead.size() + 3 - i] = static_cast<char>('0' + rest % 10);
    }
    return text;
  }
  static constexpr auto kText = Build();
};

// What the Nth statement finds in `scope`, a session or a transaction.
template <std::size_t N, class Scope>
std::string Find(Scope& scope) {
  using Text = OffsetText<N>;
  const auto rows =
      Must(scope.All(as<std::string>, cordon::SqlText{Text::kText.data(), Text::kText.size()}));
  return rows.empty() ? "" : rows.front().Plain();
}
template <class Scope>
void FindAll(Scope& scope) {
  constexpr std::size_t kStatements = 300;  // the cache holds 256
  static constexpr auto kFinders = []<std::size_t... N>(std::index_sequence<N...>) {
    return std::array<std::string (*)(Scope&), sizeof...(N)>{&Find<N, Scope>...};
  }
  (std::make_index_sequence<kStatements>());
  for (std::size_t n = 0; n < kStatements; ++n) {
    ASSERT_EQ(kFinders[n](scope), n < 3 ? "K" + std::to_string(n + 1) : "") << n;
  }
}

TEST_F(Limits, TheStatementCacheMayOverflow) {
  OpenWith({}, 1);
  for (int i = 0; i < 2; ++i) {
    FindAll(a->session);
    FindAll(b->session);
  }
  // The cache overflows while a statement runs, too.
  int rows = 0;
  EXPECT_THAT(a->session.Read([&](Reads& tx) -> absl::Status {
    for (auto& row : tx.Rows(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql)) {
      ++rows;
      EXPECT_EQ(row->name, "a customer " + std::to_string(rows));
      FindAll(tx);
    }
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_EQ(rows, 3);
}

}  // namespace
}  // namespace cordon_test
