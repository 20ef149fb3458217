// SPDX-License-Identifier: Apache-2.0
// Who writes Cordon's own tables on a server, when several processes and threads want to.
#define CORDON_TEST_ON_POSTGRES
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "support/directories.h"

namespace cordon_test {
namespace {

using cordon::internal::PgStore;

class PgStoreThreads : public Directories {
 protected:
  static std::int64_t EpochOn(OwnConnection& connection) {
    return Must(cordon::internal::EpochOf(connection));
  }
  static std::int64_t EpochIn(Store& store) {
    std::int64_t epoch = 0;
    Must(store.Read([&](OwnConnection& connection) {
      epoch = EpochOn(connection);
      return absl::OkStatus();
    }));
    return epoch;
  }
  static absl::Status Set(OwnConnection& connection, std::int64_t epoch) {
    OwnStatement set(connection, "UPDATE cordon_directory SET epoch = ?1");
    set.Bind(1, epoch);
    return set.Finish();
  }
};

TEST_F(PgStoreThreads, ActsOfTwoProcessesComeOneAfterTheOther) {
  const auto other = Another(60s);
  const auto own = Another(60s);
  constexpr int kActs = 25;
  std::vector<std::thread> threads;
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    std::int64_t last = 0;
    while (!stop) {
      const std::int64_t epoch = EpochIn(house->store());
      EXPECT_GE(epoch, last) << "what was committed stays";
      last = epoch;
    }
  });
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      Store& store = t % 2 == 0 ? own->store() : other->store();
      for (int i = 0; i < kActs; ++i) {
        // Read first: an act that came in between would be lost.
        Must(store.Transact(
            [](OwnConnection& connection) { return Set(connection, EpochOn(connection) + 1); }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  stop = true;
  reader.join();
  EXPECT_EQ(EpochIn(house->store()), 1 + 6 * kActs);
}

TEST_F(PgStoreThreads, WaitingForTheTurnIsBounded) {
  const auto impatient = Another(200ms);
  const auto nothing = [](OwnConnection&) { return absl::OkStatus(); };
  Must(house->store().Transact([&](OwnConnection&) -> absl::Status {
    EXPECT_THAT(house->store().Transact(nothing), HasCode(ErrorCode::kInsideTransaction));
    EXPECT_THAT(impatient->store().Transact(nothing), HasCode(ErrorCode::kBusy))
        << "another process";
    EXPECT_EQ(EpochIn(impatient->store()), 1) << "who reads waits for nobody";
    return absl::OkStatus();
  }));
  Must(impatient->store().Transact([&](OwnConnection&) -> absl::Status {
    std::thread([&] {
      EXPECT_THAT(impatient->store().Transact(nothing), HasCode(ErrorCode::kBusy))
          << "another thread";
    }).join();
    return absl::OkStatus();
  }));
  EXPECT_THAT(impatient->store().Transact(nothing), IsOk());
}

TEST_F(PgStoreThreads, ThePatienceMayBeLongerThanAStatement) {
  PostgresOptions options = OptionsFor("directories");
  options.patience = 20s;
  options.statement_timeout = 300ms;
  const auto store = Must(PgStore::Open(options));
  Must(house->store().Transact([&](OwnConnection&) -> absl::Status {
    EXPECT_THAT(store->Transact([](OwnConnection&) { return absl::OkStatus(); }),
                HasCode(ErrorCode::kBusy));
    return absl::OkStatus();
  }));
}

TEST_F(PgStoreThreads, ReadersAreBounded) {
  const auto few = Another(200ms);
  std::promise<void> done;
  const std::shared_future<void> end = done.get_future().share();
  std::atomic<int> inside = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < PgStore::kReaders; ++i) {
    readers.emplace_back([&] {
      Must(few->store().Read([&](OwnConnection& connection) {
        (void)EpochOn(connection);
        ++inside;
        end.wait();
        return absl::OkStatus();
      }));
    });
  }
  while (inside < PgStore::kReaders) std::this_thread::sleep_for(1ms);
  const auto nothing = [](OwnConnection&) { return absl::OkStatus(); };
  EXPECT_THAT(few->store().Read(nothing), HasCode(ErrorCode::kPoolExhausted));
  EXPECT_THAT(few->store().Transact(nothing), IsOk()) << "the writer has a connection of its own";
  done.set_value();
  for (std::thread& reader : readers) reader.join();
  EXPECT_THAT(few->store().Read(nothing), IsOk());
}

// Somebody past Cordon locks the same rows in another order; the server gives the act up.
TEST_F(PgStoreThreads, AnActThatWasGivenUpForAnothersSakeIsRepeated) {
  Must(house->store().Transact([](OwnConnection& connection) {
    return connection.Run("CREATE TABLE cordon_pair(id INTEGER, n INTEGER) STRICT");
  }));
  (void)Raw("INSERT INTO cordon_pair VALUES (1, 0), (2, 0)");
  const auto options = OptionsFor("directories");
  const auto stranger = Connect(options, "postgres");
  Must(stranger->Execute("SET deadlock_timeout = '60s'"));  // so that it is not the one to give up
  Must(stranger->Execute("BEGIN"));
  Must(stranger->Execute("UPDATE cordon.cordon_pair SET n = n + 10 WHERE id = 2"));
  int tries = 0;
  std::thread crossing;
  EXPECT_THAT(house->store().Transact([&](OwnConnection& connection) -> absl::Status {
    // Once the stranger is through, or the two of them may cross again.
    if (tries > 0 && crossing.joinable()) crossing.join();
    absl::Status done = connection.Run("UPDATE cordon_pair SET n = n + 1 WHERE id = 1");
    if (++tries == 1) {
      crossing = std::thread([&] {
        Must(stranger->Execute("UPDATE cordon.cordon_pair SET n = n + 10 WHERE id = 1"));
        Must(stranger->Execute("COMMIT"));
      });
      while (PostgresServer::Get()
                 .Sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'postgres' AND "
                      "wait_event_type = 'Lock'")
                 .front() == "0") {
        std::this_thread::sleep_for(1ms);
      }
    }
    if (done.ok()) done = connection.Run("UPDATE cordon_pair SET n = n + 1 WHERE id = 2");
    return done;
  }),
              IsOk());
  if (crossing.joinable()) crossing.join();
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(Raw("SELECT string_agg(n::text, ' ' ORDER BY id) FROM cordon_pair"), "11 11");
}

TEST_F(PgStoreThreads, ManyProcessesMayMakeTheTablesAtOnce) {
  house.reset();
  for (int round = 0; round < 5; ++round) {
    PostgresServer::Get().Sql("DROP SCHEMA cordon CASCADE", "directories");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { Must(Another(60s)->tenants().Create("x")); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(Raw("SELECT count(*) FROM cordon_tenants"), "4");
  }
}

}  // namespace
}  // namespace cordon_test
