// SPDX-License-Identifier: Apache-2.0
// The same host code on SQLite and on PostgreSQL: every test that can runs on both.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <limits>
#include <thread>

#include "support/postgres_shop.h"

namespace cordon_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class TheSession : public TwoEngines {
 protected:
  // Runs a statement that takes long in another thread, and `act` once it is under way.
  template <class Act>
  [[nodiscard]] absl::Status StopAfterAWhile(const Session& session, const Act& act) {
    const std::int64_t before = clock->looks();
    absl::Status ended;
    std::thread runner([&] { ended = LongStatement(session).status(); });
    EXPECT_TRUE(Eventually([&] { return clock->looks() > before + 20; }));
    act();
    runner.join();
    return ended;
  }
};
CORDON_ON_BOTH_ENGINES(TheSession);

std::vector<std::int64_t> Ids(const absl::StatusOr<std::vector<cordon::Owned<Counter>>>& rows) {
  std::vector<std::int64_t> ids;
  for (const auto& row : Must(rows)) ids.push_back(row->id);
  return ids;
}

// ---- reading and writing ------------------------------------------------------------------------

TEST_P(TheSession, ReadsByKeyAndByStatement) {
  OpenTwins();
  const Session& tenant = a->session;
  EXPECT_EQ(Must(tenant.Get(as<Customer>, "K1"))->name, "a customer 1");
  EXPECT_THAT(tenant.Get(as<Customer>, "nobody"), HasCode(ErrorCode::kNotFound));
  EXPECT_FALSE(Must(tenant.Find(as<Customer>, "nobody")).has_value());
  EXPECT_EQ(Must(tenant.One(as<std::string>, "SELECT name FROM customers WHERE id = ?"_sql, "K2"))
                .Plain(),
            "a customer 2");
  EXPECT_THAT(tenant.One(as<Counter>, "SELECT * FROM counters"_sql), HasCode(ErrorCode::kNotOne));
  EXPECT_THAT(
      Ids(tenant.All(as<Counter>, "SELECT * FROM counters WHERE n > ? ORDER BY id DESC"_sql, 1)),
      ElementsAre(3, 2));
  EXPECT_THAT(tenant.Optional(as<Counter>, "SELECT * FROM counters WHERE n = ?"_sql, 903), IsOk());
  EXPECT_FALSE(
      Must(tenant.Optional(as<Counter>, "SELECT * FROM counters WHERE n = ?"_sql, 903)).has_value())
      << "B's";

  std::vector<std::string> seen;
  Must(tenant.Read([&](auto& tx) -> absl::Status {
    for (auto& row :
         tx.Rows(as<Customer>, "SELECT * FROM customers WHERE region <> '' ORDER BY id"_sql)) {
      seen.push_back(row->name);
      // A second statement while the first one's rows are read.
      EXPECT_EQ(Must(tx.Get(as<Customer>, row->id))->name, row->name);
    }
    return absl::OkStatus();
  }));
  EXPECT_THAT(seen, ElementsAre("a customer 1", "a customer 2", "a customer 3"));
}

TEST_P(TheSession, WritesWholeRows) {
  OpenTwins();
  const Session& tenant = a->session;
  EXPECT_THAT(tenant.Insert(Counter{7, 70}), IsOk());
  EXPECT_THAT(tenant.Update(Counter{7, 71}), IsOk());
  EXPECT_EQ(Must(tenant.Get(as<Counter>, 7))->n, 71);
  EXPECT_THAT(tenant.Update(Counter{8, 1}), HasCode(ErrorCode::kNotFound));
  EXPECT_THAT(tenant.Upsert(Counter{8, 80}), IsOk());
  EXPECT_THAT(tenant.Upsert(Counter{8, 81}), IsOk());
  EXPECT_EQ(Must(tenant.Get(as<Counter>, 8))->n, 81);
  EXPECT_THAT(tenant.Delete(Counter{7, 0}), IsOk());
  EXPECT_THAT(tenant.Delete(as<Counter>, 7), HasCode(ErrorCode::kNotFound));
  EXPECT_EQ(Must(tenant.InsertAll(std::vector<Counter>{{20, 1}, {21, 2}, {22, 3}})), 3);
  EXPECT_EQ(Must(tenant.Execute("UPDATE counters SET n = n + ? WHERE id >= 20"_sql, 100)), 3);
  EXPECT_EQ(Must(tenant.Execute("DELETE FROM counters WHERE id = ?"_sql, 21)), 1);
  EXPECT_EQ(
      Must(tenant.One(as<std::int64_t>, "UPDATE counters SET n = 5 WHERE id = 20 RETURNING n"_sql))
          .Plain(),
      5);
  EXPECT_THAT(Ids(tenant.All(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)),
              ElementsAre(1, 2, 3, 8, 20, 22));
  EXPECT_EQ(Must(b->session.Get(as<Counter>, 1))->n, 901) << "B's rows are what they were";
  EXPECT_THAT(Ids(b->session.All(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)),
              ElementsAre(1, 2, 3));
}

TEST_P(TheSession, ValuesComeBackAsTheyWentIn) {
  OpenTwins();
  using Limits = std::numeric_limits<std::int64_t>;
  Sample full;
  full.id = 1;
  full.big = Limits::min();
  full.small = std::numeric_limits<std::int32_t>::max();
  full.flag = true;
  full.text = "größer 'quoted' \\ \x01";
  full.blob = {std::byte{0}, std::byte{255}, std::byte{'\''}};
  full.at = cordon::Timestamp(std::chrono::microseconds(-1));
  full.exact = cordon::Decimal<4>::FromUnits(Limits::max());
  full.maybe_big = 0;
  full.maybe_flag = false;
  full.maybe_text = "";
  full.maybe_blob = std::vector<std::byte>{};
  full.maybe_at = cordon::Timestamp(std::chrono::microseconds(Limits::max()));
  full.maybe_exact = cordon::Decimal<4>::FromUnits(-5);
  Sample empty;
  empty.id = 2;
  Must(a->session.Insert(full));
  Must(a->session.Insert(empty));
  const auto same = [](const Sample& x, const Sample& y) {
    return x.id == y.id && x.big == y.big && x.small == y.small && x.flag == y.flag &&
           x.text == y.text && x.blob == y.blob && x.at == y.at && x.exact == y.exact &&
           x.maybe_big == y.maybe_big && x.maybe_flag == y.maybe_flag &&
           x.maybe_text == y.maybe_text && x.maybe_blob == y.maybe_blob &&
           x.maybe_at == y.maybe_at && x.maybe_exact == y.maybe_exact;
  };
  EXPECT_TRUE(same(Must(a->session.Get(as<Sample>, 1)).Plain(), full));
  EXPECT_TRUE(same(Must(a->session.Get(as<Sample>, 2)).Plain(), empty));
  EXPECT_EQ(
      Must(a->session.Execute(
          "UPDATE samples SET maybe_text = ?, maybe_flag = ?, maybe_big = ? WHERE id = 1"_sql,
          std::optional<std::string>(), std::optional<bool>(true), std::optional<std::int64_t>())),
      1);
  const auto changed = Must(a->session.Get(as<Sample>, 1));
  EXPECT_EQ(changed->maybe_text, std::nullopt);
  EXPECT_EQ(changed->maybe_flag, true);
  EXPECT_EQ(changed->maybe_big, std::nullopt);
}

TEST_P(TheSession, PagesGoOnBehindTheirLastRow) {
  OpenTwins();
  Fill(a->session, 25);
  std::vector<std::int64_t> ids;
  std::string token;
  do {
    const auto page = Must(
        a->session.ReadPage(as<Counter>, "SELECT * FROM counters WHERE id >= ? ORDER BY id"_sql,
                            {.rows = 10, .after = token}, 1000));
    for (const auto& row : page.rows) ids.push_back(row->id - 1000);
    token = page.next;
  } while (!token.empty());
  EXPECT_EQ(ids.size(), 25U);
  EXPECT_EQ(ids.front(), 0);
  EXPECT_EQ(ids.back(), 24);
}

struct Document {
  std::int64_t id = 0;
  std::string title = {};
  std::int64_t version = 0;
};
struct Archive {
  static constexpr auto kSchema = cordon::Schema{cordon::TenantTable<Document>("documents")
                                                     .Key<&Document::id>("id")
                                                     .Column<&Document::title>("title")
                                                     .Version<&Document::version>("version")};
};

TEST_P(TheSession, AVersionStopsLostUpdates) {
  const auto archive = Must(cordon::Platform<Archive>::Open(Options()));
  const cordon::TenantId id = Must(archive->tenants().Create("A"));
  Must(archive->tenants().AddMember(id, User("anna")));
  const auto context = Must(archive->Enter(Verified("anna"), id, cordon::Purpose("test")));
  const auto tenant = Must(archive->OpenSession(context));
  Must(tenant.Insert(Document{1, "one"}));
  Document read = Must(tenant.Get(as<Document>, 1)).Plain();
  EXPECT_EQ(read.version, 1);
  EXPECT_THAT(tenant.Update(Document{1, "two", 1}), IsOk());
  EXPECT_THAT(tenant.Update(read), HasCode(ErrorCode::kVersionConflict));
  EXPECT_THAT(tenant.Upsert(read), HasCode(ErrorCode::kVersionConflict));
  EXPECT_THAT(tenant.Delete(read), HasCode(ErrorCode::kVersionConflict));
  EXPECT_THAT(tenant.Update(Document{9, "none", 1}), HasCode(ErrorCode::kNotFound));
  read = Must(tenant.Get(as<Document>, 1)).Plain();
  EXPECT_EQ(read.title, "two");
  EXPECT_THAT(tenant.Upsert(read), IsOk());
  EXPECT_EQ(Must(tenant.Get(as<Document>, 1))->version, 3);
  EXPECT_THAT(tenant.Delete(as<Document>, 1), IsOk());
}

// ---- transactions -------------------------------------------------------------------------------

TEST_P(TheSession, AnErrorUndoesItsStatementAlone) {
  OpenTwins();
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.Insert(Counter{1, 0}), HasCode(ErrorCode::kUniqueViolation)) << "the first one";
    Must(tx.Insert(Counter{10, 1}));
    EXPECT_THAT(tx.Insert(Counter{10, 2}), HasCode(ErrorCode::kUniqueViolation));
    EXPECT_THAT(tx.Insert(Order{9, "nobody", "a-9", {}}), HasCode(ErrorCode::kForeignKeyViolation));
    EXPECT_EQ(Must(tx.Get(as<Counter>, 10))->n, 1);
    Must(tx.Insert(Counter{11, 1}));
    Must(tx.Insert(Counter{12, 1}));
    EXPECT_THAT(tx.Execute("UPDATE counters SET id = 12 WHERE id = 11"_sql).status(),
                HasCode(ErrorCode::kUniqueViolation));
    EXPECT_THAT(tx.Insert(Counter{12, 1}), HasCode(ErrorCode::kUniqueViolation)) << "twice";
    return tx.Delete(as<Counter>, 12);
  }),
              IsOk());
  EXPECT_THAT(Ids(a->session.All(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)),
              ElementsAre(1, 2, 3, 10, 11));
}

TEST_P(TheSession, PartsAreUndoneAlone) {
  OpenTwins();
  const auto undone = [](auto& tx, std::int64_t id) {
    EXPECT_FALSE(
        tx.Nested([&](auto& part) -> absl::Status {
            Must(part.Insert(Counter{id, 0}));
            Must(part.Nested([&](auto& inner) { return inner.Insert(Counter{id + 1, 0}); }));
            EXPECT_THAT(part.Insert(Counter{id, 1}), HasCode(ErrorCode::kUniqueViolation));
            EXPECT_EQ(Must(part.Get(as<Counter>, id))->n, 0);
            return part.Insert(Counter{id + 1, 1});
          }).ok());
    EXPECT_THAT(tx.Get(as<Counter>, id), HasCode(ErrorCode::kNotFound));
  };
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    undone(tx, 100);  // before anything else was run
    EXPECT_THAT(tx.Nested([](auto&) { return absl::OkStatus(); }), IsOk());
    EXPECT_THAT(tx.Nested([](auto& part) {
      return part.Insert(Counter{1, 0});
    }),
                HasCode(ErrorCode::kUniqueViolation));
    Must(tx.Insert(Counter{10, 0}));
    undone(tx, 200);
    Must(tx.Nested([&](auto& part) -> absl::Status {
      EXPECT_THAT(part.Insert(Counter{10, 0}), HasCode(ErrorCode::kUniqueViolation));
      undone(part, 300);
      return part.Insert(Counter{11, 0});
    }));
    EXPECT_THAT(tx.InsertAll(std::vector<Counter>{{12, 0}, {13, 0}, {10, 0}}),
                HasCode(ErrorCode::kUniqueViolation));
    return tx.Insert(Counter{14, 0});
  }));
  EXPECT_THAT(Ids(a->session.All(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)),
              ElementsAre(1, 2, 3, 10, 11, 14));
}

TEST_P(TheSession, WhatIsNotCommittedDidNotHappen) {
  OpenTwins();
  EXPECT_FALSE(a->session
                   .Transaction([&](auto& tx) -> absl::Status {
                     Must(tx.Insert(Counter{10, 0}));
                     return absl::CancelledError("the host's own");
                   })
                   .ok());
  EXPECT_THAT(a->session.Get(as<Counter>, 10), HasCode(ErrorCode::kNotFound));
}

TEST_P(TheSession, AReadSeesOneSnapshot) {
  OpenTwins();
  Must(a->session.Read([&](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.Get(as<Counter>, 1))->n, 1);
    std::thread([&] { Must(a->session.Update(Counter{1, 2})); }).join();
    EXPECT_EQ(Must(tx.Get(as<Counter>, 1))->n, 1);
    // An error leaves the snapshot what it was.
    EXPECT_THAT(tx.One(as<Counter>, "SELECT * FROM counters"_sql), HasCode(ErrorCode::kNotOne));
    EXPECT_EQ(Must(tx.Get(as<Counter>, 1))->n, 1);
    return absl::OkStatus();
  }));
  EXPECT_EQ(Must(a->session.Get(as<Counter>, 1))->n, 2);
}

TEST_P(TheSession, WriteTransactionsOfATenantTakeTurns) {
  OpenTwins();
  constexpr int kThreads = 4;
  constexpr int kRounds = 10;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        Must(a->session.Transaction([&](auto& tx) -> absl::Status {
          const std::int64_t n = Must(tx.Get(as<Counter>, 1))->n;
          Must(tx.NextNumber(cordon::Series("invoices")));
          return tx.Update(Counter{1, n + 1});
        }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Must(a->session.Get(as<Counter>, 1))->n, 1 + kThreads * kRounds);
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.NextNumber(cordon::Series("invoices"))), kThreads * kRounds + 1);
    return absl::OkStatus();
  }));
}

TEST_P(TheSession, ALoopsTableIsNotWritten) {
  OpenTwins();
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    for (auto& row : tx.Rows(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)) {
      EXPECT_THAT(tx.Update(Counter{row->id, 0}), HasCode(ErrorCode::kStatementRefused));
      Must(tx.Upsert(Customer{"K" + std::to_string(row->id), "seen", {}}));
    }
    return tx.Update(Counter{1, 5});
  }));
  EXPECT_EQ(Must(a->session.Get(as<Customer>, "K3"))->name, "seen");
}

TEST_P(TheSession, AThreadThatWritesBeginsNoOtherWrite) {
  OpenTwins();
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(a->session.Insert(Counter{50, 0}), HasCode(ErrorCode::kInsideTransaction));
    EXPECT_THAT(b->session.Insert(Counter{50, 0}), HasCode(ErrorCode::kInsideTransaction));
    EXPECT_THAT(platform->WriteGlobals(cordon::GlobalWriteAccess::Get(),
                                       [](auto&) { return absl::OkStatus(); }),
                HasCode(ErrorCode::kInsideTransaction));
    EXPECT_THAT(a->session.Get(as<Counter>, 1), IsOk()) << "it may read";
    return tx.Insert(Counter{51, 0});
  }));
  EXPECT_THAT(a->session.Insert(Counter{50, 0}), IsOk());
}

// ---- numbers and global tables ------------------------------------------------------------------

TEST_P(TheSession, NumbersAreDrawnInTheirTransaction) {
  OpenTwins();
  const cordon::Series series("invoice-2026");
  const cordon::TenantCounter counter("stock");
  EXPECT_FALSE(a->session
                   .Transaction([&](auto& tx) -> absl::Status {
                     EXPECT_EQ(Must(tx.NextNumber(series)), 1);
                     EXPECT_EQ(Must(tx.NextNumber(series)), 2);
                     return absl::CancelledError("");
                   })
                   .ok());
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.NextNumber(series)), 1);
    EXPECT_THAT(tx.StartSeries(series, 100), HasCode(ErrorCode::kUniqueViolation));
    EXPECT_THAT(tx.StartSeries(cordon::Series("other"), 100), IsOk());
    EXPECT_EQ(Must(tx.NextNumber(cordon::Series("other"))), 100);
    return absl::OkStatus();
  }));
  EXPECT_EQ(Must(a->session.ValueOf(counter)), 0);
  EXPECT_EQ(Must(a->session.AddTo(counter, -5)), -5);
  EXPECT_EQ(Must(a->session.AddTo(counter, std::numeric_limits<std::int64_t>::max())),
            std::numeric_limits<std::int64_t>::max() - 5);
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    const auto over = tx.AddTo(counter, 6);
    EXPECT_THAT(over, HasCode(ErrorCode::kValueOutOfRange));
    EXPECT_THAT(Describe(over.status()), HasSubstr("keeps its value"));
    EXPECT_EQ(Must(tx.ValueOf(counter)), std::numeric_limits<std::int64_t>::max() - 5);
    return absl::OkStatus();
  }));
  EXPECT_EQ(Must(b->session.ValueOf(counter)), 0) << "B has counters of its own";
}

std::vector<std::byte> Bytes(std::size_t size, unsigned seed) {
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(seed = seed * 1664525U + 1013904223U);
  return bytes;
}

TEST_P(TheSession, BlobsAreStreams) {
  OpenTwins();
  const std::vector<std::byte> large = Bytes(300'000, 1);
  std::vector<cordon::BlobId> ids;
  const auto write = [&](auto& tx, const std::vector<std::byte>& bytes) {
    auto writer = tx.NewBlob();
    const auto half = std::span(bytes).first(bytes.size() / 2);
    Must(writer.Append(half));
    Must(writer.Append(std::span(bytes).subspan(half.size())));
    ids.push_back(Must(writer.Finish()));
  };
  const auto read = [](auto& tx, const auto& id) {
    auto reader = Must(tx.OpenBlob(id));
    std::vector<std::byte> bytes(static_cast<std::size_t>(reader.size()));
    EXPECT_EQ(Must(reader.Read(bytes)), bytes.size());
    return bytes;
  };
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    write(tx, large);
    write(tx, {});
    EXPECT_FALSE(tx.Nested([&](auto& part) -> absl::Status {
                     write(part, large);
                     return absl::CancelledError("");
                   }).ok());
    write(tx, Bytes(5, 2));
    EXPECT_NE(ids[2].number(), ids[3].number()) << "two streams of one transaction";
    return absl::OkStatus();
  }));
  Must(a->session.Read([&](auto& tx) -> absl::Status {
    EXPECT_EQ(read(tx, ids[0]), large);
    EXPECT_TRUE(read(tx, ids[1]).empty());
    EXPECT_THAT(tx.OpenBlob(ids[2]), HasCode(ErrorCode::kNotFound)) << "undone";
    EXPECT_EQ(read(tx, ids[3]), Bytes(5, 2));
    auto reader = Must(tx.OpenBlob(ids[0]));
    Must(reader.Seek(70'000));
    std::vector<std::byte> some(100'000);
    EXPECT_EQ(Must(reader.Read(some)), some.size());
    EXPECT_TRUE(std::equal(some.begin(), some.end(), large.begin() + 70'000));
    return absl::OkStatus();
  }));
  Must(b->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.OpenBlob(ids[0]), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tx.DeleteBlob(ids[0]), HasCode(ErrorCode::kNotFound));
    return absl::OkStatus();
  }));
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.DeleteBlob(ids[0]));
    EXPECT_THAT(tx.OpenBlob(ids[0]), HasCode(ErrorCode::kNotFound));
    return absl::OkStatus();
  }));
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    auto writer = tx.NewBlob();
    Must(writer.Append(Bytes(10, 3)));
    EXPECT_THAT(tx.DeleteBlob(ids[0]), HasCode(ErrorCode::kNotFound));
    return absl::OkStatus();
  }),
              IsOk())
      << "a blob that its writer let go of is none";
}

TEST_P(TheSession, GlobalTablesAreWrittenByTheHostAlone) {
  OpenTwins();
  const auto write = [&](auto&& body) {
    return platform->WriteGlobals(cordon::GlobalWriteAccess::Get(), body);
  };
  Must(write([](auto& tx) -> absl::Status {
    Must(tx.Insert(Currency{"EUR", "Euro"}));
    EXPECT_THAT(tx.Insert(Currency{"EUR", "again"}), HasCode(ErrorCode::kUniqueViolation));
    EXPECT_EQ(Must(tx.Get(as<Currency>, "EUR"))->name, "Euro");
    return tx.Insert(Currency{"CHF", "Franken"});
  }));
  EXPECT_FALSE(write([](auto& tx) -> absl::Status {
                 Must(tx.Delete(as<Currency>, "EUR"));
                 return absl::CancelledError("");
               }).ok());
  EXPECT_EQ(Must(a->session.Get(as<Currency>, "EUR"))->name, "Euro");
  EXPECT_EQ(Must(b->session.All(as<Currency>, "SELECT * FROM currencies"_sql)).size(), 2U);
}

// ---- contexts, interruption, budgets ------------------------------------------------------------

TEST_P(TheSession, AContextEndsInTheMiddleOfATransaction) {
  OpenTwins();
  EXPECT_THAT(a->session.Read([&](auto& tx) -> absl::Status {
    Must(tx.Get(as<Counter>, 1));
    Must(platform->tenants().RemoveMember(a->id, User("anna")));
    EXPECT_THAT(tx.Get(as<Counter>, 1), HasCode(ErrorCode::kContextRevoked));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(a->session.Get(as<Counter>, 1), HasCode(ErrorCode::kContextRevoked));
  a.emplace(Join(a->id));
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 0}));
    clock->Advance(std::chrono::hours(24 * 365));
    EXPECT_THAT(tx.Get(as<Counter>, 1), HasCode(ErrorCode::kContextExpired));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kContextExpired));
  EXPECT_THAT(a->session.Insert(Counter{11, 0}), HasCode(ErrorCode::kContextExpired));
  a.emplace(Join(a->id));
  EXPECT_THAT(a->session.Get(as<Counter>, 10), HasCode(ErrorCode::kNotFound));
}

TEST_P(TheSession, ALongStatementIsInterruptedFromAnyThread) {
  OpenTwins();
  Fill(a->session, 800);
  EXPECT_THAT(StopAfterAWhile(a->session, [&] { a->session.Interrupt(); }),
              HasCode(ErrorCode::kInterrupted));
  EXPECT_THAT(a->session.Get(as<Counter>, 1), IsOk()) << "the next call is not concerned";
  EXPECT_THAT(StopAfterAWhile(a->session,
                              [&] { Must(platform->tenants().RemoveMember(a->id, User("anna"))); }),
              HasCode(ErrorCode::kContextRevoked));
}

TEST_P(TheSession, AStatementKeepsToItsBudget) {
  cordon::PlatformOptions options = Options();
  options.budget.rows = 20;
  World::OpenTwins(options);
  for (int part = 0; part < 3; ++part) {
    Must(a->session.Transaction([&](auto& tx) -> absl::Status {
      for (std::int64_t i = 0; i < 10; ++i) Must(tx.Insert(Counter{100 + part * 10 + i, i}));
      return absl::OkStatus();
    }));
  }
  EXPECT_THAT(a->session.All(as<Counter>, "SELECT * FROM counters"_sql),
              HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_THAT(a->session.Execute("UPDATE counters SET n = 0"_sql).status(),
              HasCode(ErrorCode::kBudgetExceeded));
  EXPECT_EQ(Must(a->session.Get(as<Counter>, 105))->n, 5) << "it had no effect";
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.Execute("DELETE FROM counters"_sql).status(),
                HasCode(ErrorCode::kBudgetExceeded));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kBudgetExceeded))
      << "what was cut short is not committed";
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.All(as<Counter>, "SELECT * FROM counters"_sql),
                HasCode(ErrorCode::kBudgetExceeded))
        << "a read that returns too much is cut short alone";
    return tx.Update(Counter{105, 6});
  }));
  EXPECT_EQ(Must(a->session.Get(as<Counter>, 105))->n, 6);
  Must(a->session.Read([&](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.All(as<Counter>, "SELECT * FROM counters"_sql),
                HasCode(ErrorCode::kBudgetExceeded));
    EXPECT_EQ(Must(tx.Get(as<Counter>, 105))->n, 6) << "a read goes on";
    return absl::OkStatus();
  }));
}

TEST_P(TheSession, AStatementThatIsStoppedLeavesTheLoopAroundItAlone) {
  OpenTwins();
  Fill(a->session, 800);
  std::thread hand;
  int rows = 0;
  EXPECT_THAT(a->session.Read([&](auto& tx) -> absl::Status {
    for (auto& row : tx.Rows(as<Counter>, "SELECT * FROM counters WHERE id <= 3"_sql)) {
      if (++rows > 1) continue;
      const std::int64_t before = clock->looks();
      hand = std::thread([&] {
        EXPECT_TRUE(Eventually([&] { return clock->looks() > before + 20; }));
        clock->Advance(31s);
      });
      EXPECT_THAT(tx.One(as<std::int64_t>,
                         "SELECT COUNT(*) FROM counters AS x JOIN counters AS y ON x.n <> y.n + ? "
                         "JOIN counters AS z ON z.n <> y.n + 2"_sql,
                         row->id),
                  HasCode(ErrorCode::kBudgetExceeded));
    }
    return absl::OkStatus();
  }),
              IsOk());
  hand.join();
  EXPECT_EQ(rows, 3);
}

TEST_P(TheSession, TheWallClockIsTheLastResort) {
  cordon::PlatformOptions options = Options();
  World::OpenTwins(options);
  Fill(a->session, 800);
  EXPECT_THAT(StopAfterAWhile(a->session, [&] { clock->Advance(31s); }),
              HasCode(ErrorCode::kBudgetExceeded));
}

// ---- what the host's hooks are told -------------------------------------------------------------

class Listener final : public cordon::Hook {
 public:
  absl::Status BeforeStatement(const cordon::StatementEvent& event) override {
    Say("before", event);
    return veto ? absl::PermissionDeniedError("the hook's") : absl::OkStatus();
  }
  absl::Status AfterStatement(const cordon::StatementEvent& event) override {
    Say("after", event);
    return absl::OkStatus();
  }
  absl::Status BeforeCommit(const cordon::TransactionEvent&) override {
    told.emplace_back("commit?");
    return veto_commit ? absl::PermissionDeniedError("the hook's") : absl::OkStatus();
  }
  void AfterCommit(const cordon::TransactionEvent&) override { told.emplace_back("committed"); }
  void AfterRollback(const cordon::TransactionEvent& event) override {
    told.push_back(std::string(event.nested ? "part " : "") +
                   "rolled back: " + Describe(event.outcome));
  }
  void Denied(const cordon::DenialEvent& event) override {
    told.push_back("denied: " + Describe(event.status));
  }
  std::vector<std::string> told;
  bool veto = false;
  bool veto_commit = false;

 private:
  void Say(const std::string& when, const cordon::StatementEvent& event) {
    std::string line = when + " " + std::to_string(event.fingerprint);
    for (const auto& table : event.tables) {
      line += " " + std::string(table.name) + (table.written ? "!" : "");
    }
    line += " " + std::to_string(event.rows_returned) + "/" + std::to_string(event.rows_changed) +
            " " + Describe(event.outcome);
    told.push_back(line);
  }
};

// What a listener is told of what a tenant does.
std::vector<std::string> ToldOf(const Session& tenant, Listener& listener) {
  listener.told.clear();
  const auto run = [&](bool commit) {
    (void)tenant.Transaction([&](auto& tx) -> absl::Status {
      (void)tx.Insert(Counter{10, 0});
      (void)tx.Insert(Counter{10, 0});  // fails
      for (auto& row : tx.Rows(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)) {
        (void)tx.Update(Counter{row->id, 0});  // refused
        if (row->id == 2) break;
      }
      (void)tx.Nested([](auto& part) -> absl::Status {
        (void)part.Execute("UPDATE counters SET n = 1 WHERE id > ?"_sql, 1);
        return absl::CancelledError("a part");
      });
      (void)tx.Optional(as<Customer>, "SELECT * FROM customers WHERE id = 'K1'"_sql);
      (void)tx.NextNumber(cordon::Series("s"));
      return commit ? absl::OkStatus() : absl::CancelledError("the host's");
    });
  };
  run(true);
  run(false);
  (void)tenant.Get(as<Counter>, 1);
  (void)tenant.Get(as<Counter>, -1);
  listener.veto = true;
  (void)tenant.Get(as<Counter>, 1);
  run(true);
  listener.veto = false;
  listener.veto_commit = true;
  run(true);
  listener.veto_commit = false;
  (void)tenant.All(as<Counter>, "SELECT * FROM counters"_sql);
  return listener.told;
}

// ---- the server ---------------------------------------------------------------------------------

class OnTheServer : public TwoEngines {};
INSTANTIATE_TEST_SUITE_P(, OnTheServer, ::testing::Values(true),
                         [](const auto&) { return std::string("Postgres"); });

TEST_P(OnTheServer, HooksHearWhatTheyHearOnAFile) {
  std::vector<std::vector<std::string>> told;
  for (cordon::PlatformOptions options : {World::Options(), Options()}) {
    auto listener = std::make_shared<Listener>();
    if (told.empty()) options.path = scratch.File("file.db");
    options.hooks = {listener};
    options.budget.rows = 50;
    World::OpenTwins(options);
    Fill(a->session, 45);
    told.push_back(ToldOf(a->session, *listener));
  }
  EXPECT_GT(told[0].size(), 40U);
  EXPECT_EQ(told[0], told[1]);
}

TEST_P(OnTheServer, TextsThatItHasNoRoomForAreNotSent) {
  OpenTwins();
  for (const std::string& text :
       {std::string("a\0b", 3), std::string("\xff"), std::string("\xc0\xaf")}) {
    EXPECT_THAT(a->session.Insert(Customer{text, "x", {}}), HasCode(ErrorCode::kInvalidArgument));
    EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
      Must(tx.Upsert(Customer{"good", "x", {}}));
      EXPECT_THAT(tx.Find(as<Customer>, text), HasCode(ErrorCode::kInvalidArgument));
      return absl::OkStatus();
    }),
                IsOk());
  }
}

TEST_P(OnTheServer, APlatformOpensBehindAProvedLockOnly) {
  Open(Options());
  Close();
  // What was taken off is put back; what was added is not ours to take away.
  PostgresServer::Get().Sql("ALTER TABLE orders NO FORCE ROW LEVEL SECURITY", database);
  Open(Options());
  Close();
  PostgresServer::Get().Sql("CREATE POLICY more ON orders USING (true)", database);
  const auto opened = Platform::Open(Options());
  EXPECT_THAT(opened.status(), HasCode(ErrorCode::kLockIncomplete));
  EXPECT_THAT(Describe(opened.status()), HasSubstr("orders"));
}

TEST_P(OnTheServer, AServerThatGoesAwayUndoesAndComesBack) {
  OpenTwins();
  const absl::Status lost = a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 0}));
    PostgresServer::Get().Sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'erp_app'");
    EXPECT_THAT(tx.Insert(Counter{11, 0}), HasCode(ErrorCode::kConnectionLost));
    EXPECT_THAT(tx.Insert(Counter{12, 0}), HasCode(ErrorCode::kConnectionLost));
    return absl::OkStatus();
  });
  EXPECT_THAT(lost, HasCode(ErrorCode::kConnectionLost));
  EXPECT_THAT(Ids(a->session.All(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)),
              ElementsAre(1, 2, 3));

  PostgresServer::Get().Stop();
  EXPECT_FALSE(a->session.Get(as<Counter>, 1).ok());
  PostgresServer::Get().Start();
  EXPECT_TRUE(Eventually([&] { return a->session.Get(as<Counter>, 1).ok(); }));
  EXPECT_THAT(a->session.Insert(Counter{10, 0}), IsOk());
}

TEST_P(OnTheServer, AReadIsRepeatedWhenItsConnectionIsLost) {
  OpenTwins();
  auto& server = PostgresServer::Get();
  PGconn* const holder = PQconnectdb((server.Conninfo(database) + " user=postgres").c_str());
  PQclear(PQexec(holder, "BEGIN; LOCK TABLE counters"));
  const auto waiting = [&] {
    return server.Sql("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
  };
  auto read =
      std::async(std::launch::async, [&] { return a->session.Get(as<Counter>, 1).status(); });
  EXPECT_TRUE(Eventually([&] { return waiting().size() == 1; }));
  const std::string lost = waiting().front();
  server.Sql("SELECT pg_terminate_backend(" + lost + ")");
  EXPECT_TRUE(Eventually([&] { return waiting().size() == 1 && waiting().front() != lost; }))
      << "again, on another connection";
  PQfinish(holder);
  EXPECT_THAT(read.get(), IsOk());
}

TEST_P(OnTheServer, TheRowsOfARemovedTenantGo) {
  OpenTwins();
  Must(a->session.Transaction(
      [&](auto& tx) { return tx.NextNumber(cordon::Series("s")).status(); }));
  std::string digits;
  for (const std::byte byte : a->id.bytes()) {
    digits += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4U];
    digits += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15U];
  }
  Must(platform->tenants().Remove(a->id));
  for (const char* table : {"customers", "orders", "counters", "cordon.numbers"}) {
    EXPECT_THAT(PostgresServer::Get().Sql("SELECT count(*) FROM " + std::string(table) +
                                              " WHERE tenant_id = '" + digits + "'",
                                          database),
                ElementsAre("0"))
        << table;
  }
  EXPECT_EQ(Must(b->session.All(as<Order>, "SELECT * FROM orders"_sql)).size(), 3U);
}

// What A sees when B has its own rows with the same keys, and writes all the while.
TEST_P(OnTheServer, WhatATenantSeesDependsOnItsOwnRowsAlone) {
  std::vector<std::vector<std::string>> seen;
  for (const bool beside_others : {false, true}) {
    const std::string own = PgShop::Copy();
    auto listener = std::make_shared<Listener>();
    cordon::PlatformOptions options = Options();
    if (!options.path.empty()) options.path = scratch.File(own + ".db");
    options.server = PgShop::Server(OptionsFor(own));
    options.hooks = {listener};
    Open(options);
    a.emplace(NewTenant("A"));
    Furnish(a->session, "a");
    std::atomic<bool> over = false;
    std::thread other;
    if (beside_others) {
      b.emplace(NewTenant("B"));
      Furnish(b->session, std::string(kCanary));
      Fill(b->session, 100);
      Must(b->session.Transaction(
          [](auto& tx) { return tx.StartSeries(cordon::Series("s"), 900); }));
      other = std::thread([&] {
        while (!over) {
          (void)b->session.Execute("UPDATE counters SET n = n + ? WHERE id > 0"_sql, 1);
          (void)b->session.Insert(Counter{1, 0});
          (void)b->session.Delete(as<Counter>, 10);
          (void)b->session.Insert(Counter{10, 0});
        }
      });
    }
    std::vector<std::string> told;
    const auto note = [&](const auto& result) { told.push_back(Describe(StatusOf(result))); };
    for (int round = 0; round < 3; ++round) {
      (void)a->session.Transaction([&](auto& tx) -> absl::Status {
        note(tx.Insert(Counter{10 + round, 1}));
        note(tx.Insert(Counter{1, 1}));
        note(tx.Insert(Order{round, "K9", "a-1", {}}));
        note(tx.Insert(Order{10 + round, "K1", "a-1", {}}));
        note(tx.Delete(as<Customer>, "K1"));
        note(tx.Get(as<Counter>, 1001));
        told.push_back(std::to_string(Must(tx.NextNumber(cordon::Series("s")))));
        told.push_back(
            std::to_string(Must(tx.Execute("UPDATE counters SET n = n + ? WHERE id > 0"_sql, 1))));
        return round == 1 ? absl::CancelledError("undone") : absl::OkStatus();
      });
      for (const auto& row :
           Must(a->session.All(as<Counter>, "SELECT * FROM counters ORDER BY n, id"_sql))) {
        told.push_back(std::to_string(row->id) + "=" + std::to_string(row->n));
      }
      for (const auto& row :
           Must(a->session.All(as<Order>, "SELECT * FROM orders ORDER BY id"_sql))) {
        told.push_back(row->number + row->customer_id);
      }
    }
    over = true;
    if (other.joinable()) other.join();
    seen.push_back(told);
    Close();
    PgShop::Drop(own);
  }
  EXPECT_GT(seen[0].size(), 30U);
  EXPECT_EQ(seen[0], seen[1]);
}

TEST_P(OnTheServer, WorksWithoutPreparedStatements) {
  server_options.pgbouncer = true;
  OpenTwins();
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 0}));
    EXPECT_THAT(tx.Insert(Counter{10, 0}), HasCode(ErrorCode::kUniqueViolation));
    return tx.Insert(Counter{11, 0});
  }));
  EXPECT_THAT(Ids(a->session.All(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)),
              ElementsAre(1, 2, 3, 10, 11));
}

TEST_P(OnTheServer, OtherTenantsGoOnWhileOneWrites) {
  OpenTwins();
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 0}));
    auto other = std::async(std::launch::async, [&] { return b->session.Insert(Counter{10, 0}); });
    EXPECT_EQ(other.wait_for(10s), std::future_status::ready);
    EXPECT_THAT(other.get(), IsOk());
    return absl::OkStatus();
  }));
}

TEST_P(OnTheServer, WhoeverWaitsTooLongForATurnIsTold) {
  server_options.patience = 300ms;
  OpenTwins();
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 0}));
    absl::Status other;
    std::thread([&] {
      other = a->session.Transaction([&](auto& late) -> absl::Status {
        EXPECT_THAT(late.Insert(Counter{11, 0}), HasCode(ErrorCode::kBusy));
        EXPECT_THAT(late.Insert(Counter{12, 0}), HasCode(ErrorCode::kBusy)) << "it had no turn";
        return absl::OkStatus();
      });
    }).join();
    EXPECT_THAT(other, HasCode(ErrorCode::kBusy));
    return absl::OkStatus();
  }));
  EXPECT_THAT(Ids(a->session.All(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)),
              ElementsAre(1, 2, 3, 10));
}

}  // namespace
}  // namespace cordon_test
