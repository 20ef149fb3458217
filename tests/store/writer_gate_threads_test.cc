// SPDX-License-Identifier: Apache-2.0
// Who writes next, and what becomes of a holder that does not let go.
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "store/writer_gate.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::internal::WriterGate;
using cordon::internal::WriteTurn;
using ::testing::ElementsAre;

WriterGate::Party PartyOf(char name) {
  WriterGate::Party party{};
  party[0] = static_cast<std::byte>(name);
  return party;
}

// What another thread gets that asks for a turn.
absl::Status Ask(WriterGate& gate, char party, std::chrono::milliseconds patience,
                 const std::function<bool()>& give_up = nullptr) {
  return std::async(std::launch::async,
                    [&] { return gate.Enter(PartyOf(party), patience, give_up).status(); })
      .get();
}

// Threads that wait for a turn, in the order in which they were told to.
class Queue {
 public:
  explicit Queue(WriterGate& gate) : gate_(gate) {}
  ~Queue() { Join(); }
  // Returns once the new thread is in line: a waiter asks give_up() only behind that.
  void Add(char party, std::string name) {
    auto waiting = std::make_shared<Signal>();
    threads_.emplace_back([this, party, name = std::move(name), waiting] {
      auto turn = gate_.Enter(PartyOf(party), 10s, [&] {
        waiting->Give();
        return false;
      });
      ASSERT_THAT(turn, IsOk());
      gate_.Start(*turn);
      {
        const std::lock_guard lock(mutex_);
        order_.push_back(name);
      }
      gate_.Leave(*turn);
    });
    ASSERT_TRUE(waiting->Await());
  }
  std::vector<std::string> Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return order_;
  }

 private:
  WriterGate& gate_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::vector<std::string> order_;
};

TEST(WriterGate, TurnsGoRoundTheParties) {
  WriterGate gate(10s, [](WriteTurn&) { ADD_FAILURE() << "nobody is past the cap"; });
  const auto held = Must(gate.Enter(PartyOf('a'), 1s, nullptr));
  gate.Start(held);
  Queue queue(gate);
  for (const char* name : {"a1", "a2", "a3", "a4"}) queue.Add('a', name);
  queue.Add('b', "b1");
  queue.Add('c', "c1");
  queue.Add('b', "b2");
  gate.Leave(held);
  EXPECT_THAT(queue.Join(), ElementsAre("a1", "b1", "c1", "a2", "b2", "a3", "a4"));
}

TEST(WriterGate, WaitingEnds) {
  WriterGate gate(10s, [](WriteTurn&) {});
  const auto held = Must(gate.Enter(PartyOf('a'), 1s, nullptr));
  gate.Start(held);
  EXPECT_THAT(Ask(gate, 'b', 5ms), HasCode(ErrorCode::kBusy));
  EXPECT_THAT(Ask(gate, 'b', 10s, [] { return true; }), HasCode(ErrorCode::kBusy));
  EXPECT_THAT(Ask(gate, 'b', 0ms), HasCode(ErrorCode::kBusy));
  EXPECT_THAT(gate.Enter(PartyOf('b'), 10s, nullptr), HasCode(ErrorCode::kInsideTransaction))
      << "it would wait for itself";
  gate.Leave(held);
  EXPECT_THAT(gate.Enter(PartyOf('b'), 0ms, nullptr), IsOk()) << "those who left are forgotten";
}

TEST(WriterGate, AHolderPastItsCapIsEvictedOnceAndByAWaiterOnly) {
  std::atomic<int> evictions = 0;
  WriterGate gate(1ms, [&](WriteTurn& turn) {
    const std::lock_guard use(turn.use);
    turn.over = true;
    ++evictions;
  });
  const auto held = Must(gate.Enter(PartyOf('a'), 1s, nullptr));
  // Before Start() the cap's clock stands: the holder may still wait for another process.
  EXPECT_THAT(Ask(gate, 'b', 30ms), HasCode(ErrorCode::kBusy));
  gate.Start(held);
  std::this_thread::sleep_for(5ms);
  EXPECT_FALSE(held->over) << "nobody waits";
  std::vector<std::thread> waiters;
  for (const char party : {'b', 'c', 'd'}) {
    waiters.emplace_back([&gate, party] {
      const auto turn = Must(gate.Enter(PartyOf(party), 10s, nullptr));
      gate.Start(turn);
      gate.Leave(turn);
    });
  }
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_TRUE(held->over);
  EXPECT_EQ(evictions, 1);
  gate.Leave(held);  // of no effect
  EXPECT_THAT(gate.Enter(PartyOf('e'), 0ms, nullptr), IsOk());
}

TEST(WriterGate, ManyThreadsOneTurn) {
  WriterGate gate(10s, [](WriteTurn&) {});
  int inside = 0;  // guarded by the turn
  int turns = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        const auto turn = Must(gate.Enter(PartyOf(static_cast<char>(t % 3)), 10s, nullptr));
        gate.Start(turn);
        EXPECT_EQ(++inside, 1);
        ++turns;
        --inside;
        gate.Leave(turn);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(turns, 800);
}

// ---- with a file behind it -----------------------------------------------------------------

class Eviction : public World {
 protected:
  void SetUp() override {
    cordon::PlatformOptions options = Options();
    options.write_cap = 10ms;
    options.patience = 10s;
    OpenTwins(options);
  }
  std::vector<std::int64_t> Ids(const Twin& twin) {
    std::vector<std::int64_t> ids;
    for (const auto& id :
         Must(twin.session.All(as<std::int64_t>, "SELECT id FROM counters ORDER BY id"_sql))) {
      ids.push_back(id.Plain());
    }
    return ids;
  }
};

TEST_F(Eviction, TheHoldersTransactionIsUndoneAndItsCallsRefused) {
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 1}));
    std::thread([&] { EXPECT_THAT(b->session.Insert(Counter{20, 1}), IsOk()); }).join();
    EXPECT_THAT(tx.Insert(Counter{11, 1}), HasCode(ErrorCode::kWriteHeldTooLong));
    EXPECT_THAT(tx.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql),
                HasCode(ErrorCode::kWriteHeldTooLong));
    EXPECT_THAT(tx.Nested([](auto&) { return absl::OkStatus(); }),
                HasCode(ErrorCode::kWriteHeldTooLong));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kWriteHeldTooLong));
  EXPECT_THAT(Ids(*a), ElementsAre(1, 2, 3));
  EXPECT_THAT(Ids(*b), ElementsAre(1, 2, 3, 20));
}

TEST_F(Eviction, TheHoldersLateCallsDoNotTouchTheNextTransaction) {
  Signal b_is_inside;
  Signal a_has_tried;
  std::thread other;
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 1}));
    auto rows = tx.Rows(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql);
    auto row = rows.begin();
    EXPECT_EQ((*row)->id, 1);
    other = std::thread([&] {
      EXPECT_THAT(b->session.Transaction([&](auto& theirs) -> absl::Status {
        Must(theirs.Insert(Counter{20, 1}));
        b_is_inside.Give();
        EXPECT_TRUE(a_has_tried.Await());
        Must(theirs.Insert(Counter{21, 1}));
        return absl::OkStatus();
      }),
                  IsOk());
    });
    EXPECT_TRUE(b_is_inside.Await());
    ++row;  // the loop's statement is gone, too
    EXPECT_TRUE(row == rows.end());
    EXPECT_THAT(tx.Insert(Counter{11, 1}), HasCode(ErrorCode::kWriteHeldTooLong));
    EXPECT_THAT(tx.Execute("DELETE FROM counters"_sql), HasCode(ErrorCode::kWriteHeldTooLong));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kWriteHeldTooLong));
  // And so is the end of its transaction: neither its commit nor its rollback is B's.
  a_has_tried.Give();
  other.join();
  EXPECT_THAT(Ids(*a), ElementsAre(1, 2, 3));
  EXPECT_THAT(Ids(*b), ElementsAre(1, 2, 3, 20, 21));
}

TEST_F(Eviction, AHolderInsideALongStatementIsInterrupted) {
  Fill(a->session, 400);
  Signal inside;
  std::thread other([&] {
    EXPECT_TRUE(inside.Await());
    EXPECT_THAT(b->session.Insert(Counter{20, 1}), IsOk());
  });
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 1}));
    inside.Give();
    EXPECT_THAT(tx.One(as<std::int64_t>,
                       "SELECT COUNT(*) FROM counters AS x JOIN counters AS y ON x.n <> y.n + 1 "
                       "JOIN counters AS z ON z.n <> y.n + 2"_sql),
                HasCode(ErrorCode::kWriteHeldTooLong));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kWriteHeldTooLong));
  other.join();
  EXPECT_THAT(Ids(*b), ElementsAre(1, 2, 3, 20));
}

TEST_F(Eviction, NobodyElseIsBlamed) {
  // Holders that are evicted in the middle of statements, again and again; the quick writers
  // behind them are never told that it was they who held on.
  Fill(a->session, 200);
  std::atomic<bool> stop = false;
  std::thread slow([&] {
    while (!stop) {
      (void)a->session.Transaction([&](auto& tx) -> absl::Status {
        return tx
            .One(as<std::int64_t>,
                 "SELECT COUNT(*) FROM counters AS x JOIN counters AS y ON x.n <> y.n + 1 "
                 "JOIN counters AS z ON z.n <> y.n + 2"_sql)
            .status();
      });
    }
  });
  std::vector<std::thread> quick;
  for (const Twin* twin : {&*b, &*c}) {
    quick.emplace_back([twin] {
      for (std::int64_t i = 0; i < 20; ++i) {
        EXPECT_THAT(twin->session.Insert(Counter{100 + i, i}), IsOk());
      }
    });
  }
  for (std::thread& thread : quick) thread.join();
  stop = true;
  a->session.Interrupt();
  slow.join();
  EXPECT_EQ(Ids(*b).size(), 23U);
  EXPECT_EQ(Ids(*c).size(), 23U);
}

TEST_F(Eviction, AHolderThatNobodyWaitsForIsLeftAlone) {
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 1}));
    std::this_thread::sleep_for(30ms);  // three times the cap
    return tx.Insert(Counter{11, 1});
  }),
              IsOk());
  EXPECT_THAT(Ids(*a), ElementsAre(1, 2, 3, 10, 11));
}

TEST_F(Eviction, ATransactionInsideATransactionIsRefusedAtOnce) {
  // A programming error: the inner one would wait for the outer one, which waits for it.
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 1}));
    for (const auto& tenant : {a->session, b->session}) {
      EXPECT_THAT(tenant.Insert(Counter{11, 1}), HasCode(ErrorCode::kInsideTransaction));
    }
    EXPECT_THAT(platform->tenants().Create("another"), HasCode(ErrorCode::kInsideTransaction));
    return tx.Insert(Counter{12, 1});
  }),
              IsOk());
  EXPECT_THAT(Ids(*a), ElementsAre(1, 2, 3, 10, 12));
}

}  // namespace
}  // namespace cordon_test
