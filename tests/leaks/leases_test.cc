// SPDX-License-Identifier: Apache-2.0
// What one tenant leaves behind for the next: in statements that are kept, in connections that
// change hands, in buffers of numbers, in threads. Classes B, C and D of the catalogue.
#include <array>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "leaks/leaks.h"

namespace cordon_test {
namespace {

// Statements of every shape, as constants of the code: these are kept, prepared, per connection.
std::string EveryShape(const Session& session) {
  return InOrder({
      Said(session.All(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql)),
      Said(session.Get(as<Order>, 1)),
      Said(session.Find(as<Order>, 77)),
      Said(session.Optional(as<Order>, "SELECT * FROM orders WHERE id = ?"_sql, 2)),
      Said(session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters WHERE n > ?"_sql, 1)),
      Said(session.One(
          as<std::int64_t>,
          "SELECT COUNT(*) FROM orders AS o JOIN customers AS c ON c.id = o.customer_id "
          "WHERE c.name LIKE ?"_sql,
          "%1")),
      Said(session.All(as<std::optional<std::string>>,
                       "SELECT MAX(number) FROM orders GROUP BY customer_id ORDER BY "
                       "customer_id"_sql)),
      Said(session.All(as<std::string>,
                       "WITH w AS (SELECT number FROM orders WHERE EXISTS (SELECT 1 FROM customers "
                       "AS c WHERE c.id = orders.customer_id)) SELECT number FROM w ORDER BY "
                       "number"_sql)),
      Said(session.ReadPage(as<Order>, "SELECT * FROM orders ORDER BY number"_sql, {.rows = 1})
               .value()
               .rows),
      Said(session.Ask("SELECT name FROM customers ORDER BY id")),
      Said(session.Query(cordon::Query<Shop>("SELECT number FROM orders"_sql).OrderBy("id"_sql))),
      Said(session.Execute("UPDATE counters SET n = n WHERE id = ?"_sql, 1)),
      Said(session.One(as<std::string>,
                       "UPDATE orders SET number = number WHERE id = ? RETURNING number"_sql, 3)),
      Said(session.Upsert(Counter{1, session.Get(as<Counter>, 1).value()->n})),
      Said(session.Transaction([](auto& tx) -> absl::Status {
        return tx.Execute("DELETE FROM counters WHERE id = 4711"_sql).status();
      })),
  });
}

TEST_F(Leak, L32_AThenBThenA) {
  const std::string expected = Same(EveryShape);
  for (int round = 0; round < 4; ++round) {
    const std::string theirs = EveryShape(b->session);
    EXPECT_THAT(theirs, HasSubstr("CANARY-B-77"));
    EXPECT_EQ(EveryShape(a->session), expected) << "with statements that B prepared or used last";
    EXPECT_THAT(EveryShape(c->session), Not(HasSubstr("CANARY")));
    EXPECT_EQ(EveryShape(b->session), theirs);
    // More statements than a connection keeps, half of them B's: the rest has to go.
    for (int i = 0; i < 300; ++i) {
      const auto one = Must(CheckAtRunTime<Shop, std::int64_t>(
          "SELECT COUNT(*) + " + std::to_string(round * 1000 + i) + " FROM orders WHERE id > 0"));
      EXPECT_EQ(Said((i % 2 == 0 ? b : a)->session.One(as<std::int64_t>, one)),
                std::to_string(round * 1000 + i + (i % 2 == 0 ? 4 : 3)));
    }
  }
}

// The tenant is no part of a statement: what hooks are told of it is the same for all tenants.
TEST_F(Leak, L33_TheTenantIsBoundAndNotWritten) {
  class Prints final : public cordon::Hook {
   public:
    absl::Status BeforeStatement(const cordon::StatementEvent& event) override {
      seen.insert(event.fingerprint);
      return absl::OkStatus();
    }
    std::set<std::uint64_t> seen;
  };
  const auto prints = std::make_shared<Prints>();
  cordon::PlatformOptions options = Options();
  options.readers = 1;
  options.hooks = {prints};
  Reopen(std::move(options));
  (void)EveryShape(a->session);
  const std::set<std::uint64_t> of_a = prints->seen;
  EXPECT_GT(of_a.size(), 10U);
  (void)EveryShape(b->session);
  for (int i = 0; i < 20; ++i) {
    const Twin more = NewTenant("more");
    Furnish(more.session, "more" + std::to_string(i));
    prints->seen = of_a;
    (void)EveryShape(more.session);
    EXPECT_EQ(prints->seen, of_a) << "statements must not grow in number with tenants";
  }
}

// Results that are remembered by the text they came from.
TEST_F(Leak, L34_TheSameTextInAnotherScope) {
  const std::string text = "SELECT number FROM orders ORDER BY number LIMIT 1";
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(Said(b->session.Ask(text)), "CANARY-B-1|\n");
    EXPECT_EQ(Reads(text), "a-1|\n");
    EXPECT_EQ(Said(c->session.Ask(text)), "c-1|\n");
  }
  // Nor is a place in B's list a place in A's.
  const auto page = [](const Session& session, const std::string& after) {
    return session.ReadPage(as<Order>, "SELECT * FROM orders ORDER BY number"_sql,
                            {.rows = 1, .after = after});
  };
  const auto theirs = Must(page(b->session, ""));
  ASSERT_FALSE(theirs.next.empty());
  const auto refused = page(a->session, theirs.next);
  EXPECT_THAT(refused, HasCode(ErrorCode::kInvalidArgument));
  EXPECT_EQ(Text(refused), Text(page(a->session, "made-up")));
  EXPECT_THAT(Text(refused), Not(HasSubstr("CANARY")));
  // Types keep them apart where the host names brands.
  using Key = cordon::Session<Shop, struct Ours>;
  using Other = cordon::Session<Shop, struct Theirs>;
  static_assert(!cordon::kMayPass<cordon::Owned<std::string, struct Ours>, Other>);
  static_assert(cordon::kMayPass<cordon::Owned<std::string, struct Ours>, Key>);
}

// Ids that are handed out from a buffer which all tenants share.
TEST_F(Leak, L39_NumbersAreDrawnFromOnesOwnSeries) {
  const auto blob = [](const Session& session) {
    std::int64_t id = 0;
    Must(session.Transaction([&](auto& tx) -> absl::Status {
      auto writer = tx.NewBlob();
      Must(writer.Append(std::vector<std::byte>(3, std::byte{7})));
      id = Must(writer.Finish()).number();
      return absl::OkStatus();
    }));
    return id;
  };
  const auto draw = [](const Session& session, const char* series) {
    std::int64_t number = 0;
    Must(session.Transaction([&](auto& tx) -> absl::Status {
      number = Must(tx.NextNumber(cordon::Series(series)));
      return absl::OkStatus();
    }));
    return number;
  };
  // B draws many, some of which it gives back, and starts elsewhere.
  for (int i = 0; i < 40; ++i) {
    (void)draw(b->session, "invoice");
    (void)blob(b->session);
    Must(b->session.AddTo(cordon::TenantCounter("stock"), 900));
    (void)b->session.Transaction([](auto& tx) -> absl::Status {
      (void)tx.NextNumber(cordon::Series("invoice"));
      (void)tx.NewBlob().Finish();
      return absl::AbortedError("given back");
    });
  }
  Must(b->session.Transaction(
      [](auto& tx) { return tx.StartSeries(cordon::Series("order"), 70'000); }));
  (void)draw(b->session, "order");
  NoteNeighbours();
  const auto as_a = [&](const Session& session) {
    std::string said;
    for (int i = 0; i < 3; ++i) {
      said += InOrder({std::to_string(draw(session, "invoice")), std::to_string(blob(session)),
                       Said(session.AddTo(cordon::TenantCounter("stock"), 2)),
                       std::to_string(draw(session, "order"))});
    }
    // A number of B's series is no reason to refuse, or to let pass, a start of A's.
    said += Said(
        session.Transaction([](auto& tx) { return tx.StartSeries(cordon::Series("new"), 500); }));
    said += Said(
        session.Transaction([](auto& tx) { return tx.StartSeries(cordon::Series("order"), 500); }));
    return said + std::to_string(draw(session, "new"));
  };
  EXPECT_THAT(Same(as_a), StartsWith("1\n1\n2\n1\n2\n2\n4\n2\n3\n3\n6\n3\nOKrefused: code 14,"));
  // Blobs of B's that A has not: like none.
  const auto open = [](const Session& session, std::int64_t id) {
    return InOrder({Said(session.Read([&](auto& tx) {
                      return tx.OpenBlob(cordon::BlobId::FromNumber(id)).status();
                    })),
                    Said(session.Transaction(
                        [&](auto& tx) { return tx.DeleteBlob(cordon::BlobId::FromNumber(id)); }))});
  };
  EXPECT_EQ(Same([&](const Session& session) { return open(session, 30); }),
            Same([&](const Session& session) { return open(session, 4000); }));
}

// ---- threads and tasks -------------------------------------------------------------------------

// One worker, job after job; the last forgets to say whose it is.
TEST_F(Leak, L43_AWorkerKeepsNothingOfTheJobBefore) {
  std::thread worker([&] {
    EXPECT_THAT(Said(b->session.Ask("SELECT number FROM orders")), HasSubstr("CANARY"));
    EXPECT_EQ(Said(a->session.Ask("SELECT MAX(number) FROM orders")), "a-3|\n");
    // There is nothing to call without a session, and no session without a context.
    static_assert(!std::is_default_constructible_v<Session>);
    static_assert(!std::is_default_constructible_v<cordon::TenantContext>);
    static_assert(!std::is_copy_constructible_v<cordon::TenantContext>);
    const cordon::TenantContext moved = std::move(b->context);
    // NOLINTNEXTLINE(bugprone-use-after-move): that is the test
    EXPECT_THAT(platform->OpenSession(b->context), HasCode(ErrorCode::kContextRevoked));
    moved.Revoke();
    EXPECT_THAT(b->session.Ask("SELECT number FROM orders"), HasCode(ErrorCode::kContextRevoked));
    EXPECT_EQ(Said(a->session.Ask("SELECT MAX(number) FROM orders")), "a-3|\n");
  });
  worker.join();
}

// Two tasks on one thread, whose steps come in every order.
TEST_F(Leak, L45_InterleavedTasksOnOneThread) {
  cordon::PlatformOptions options = Options();
  options.readers = 2;
  Reopen(std::move(options));
  std::mt19937 random(45);
  for (int schedule = 0; schedule < 300; ++schedule) {
    const bool a_first = random() % 2 == 0;
    const Session& outer = a_first ? a->session : b->session;
    const Session& inner = a_first ? b->session : a->session;
    const std::string outer_mark = a_first ? "a-" : "CANARY-B-";
    const std::string inner_mark = a_first ? "CANARY-B-" : "a-";
    Must(outer.Read([&](auto& one) -> absl::Status {
      return inner.Read([&](auto& two) -> absl::Status {
        auto ours = one.Rows(as<Order>, "SELECT * FROM orders ORDER BY id"_sql);
        auto theirs = two.Rows(as<Order>, "SELECT * FROM orders ORDER BY id"_sql);
        auto mine = ours.begin();
        auto other = theirs.begin();
        while (mine != ours.end() || other != theirs.end()) {
          if (other == theirs.end() || (mine != ours.end() && random() % 2 == 0)) {
            EXPECT_THAT((*mine)->number, StartsWith(outer_mark));
            ++mine;
          } else {
            EXPECT_THAT((*other)->number, StartsWith(inner_mark));
            ++other;
          }
        }
        return absl::OkStatus();
      });
    }));
  }
}

// What switches a filter off has to switch it on again, on every way out.
TEST_F(Leak, L47_TheWideScopeEndsHoweverItIsLeft) {
  const auto scoped = [&](const char* way_out) {
    SCOPED_TRACE(way_out);
    EXPECT_EQ(Said(a->session.Ask("SELECT MAX(number) FROM orders")), "a-3|\n");
    Writes("UPDATE orders SET number = number || 'x'");
    Writes("DELETE FROM counters");
  };
  const auto access = cordon::GlobalWriteAccess::Get();
  Must(platform->WriteGlobals(access, [](auto& tx) { return tx.Upsert(Currency{"EUR", "Euro"}); }));
  scoped("a commit");
  EXPECT_FALSE(platform
                   ->WriteGlobals(access,
                                  [](auto& tx) -> absl::Status {
                                    Must(tx.Upsert(Currency{"EUR", "x"}));
                                    return absl::CancelledError("early");
                                  })
                   .ok());
  scoped("an early return");
  EXPECT_THROW((void)platform->WriteGlobals(access,
                                            [](auto& tx) -> absl::Status {
                                              Must(tx.Upsert(Currency{"EUR", "x"}));
                                              throw std::runtime_error("left");
                                            }),
               std::runtime_error);
  scoped("an exception");
  EXPECT_FALSE(platform
                   ->WriteGlobals(access,
                                  [](auto& tx) -> absl::Status {
                                    for (auto& row :
                                         tx.Rows(as<Currency>, "SELECT * FROM currencies"_sql)) {
                                      (void)row;
                                      return absl::CancelledError("inside a loop");
                                    }
                                    return absl::OkStatus();
                                  })
                   .ok());
  scoped("a loop that is left");
  // Inside of it a tenant's own session is as narrow as ever, and it has no tenant's tables itself.
  Must(platform->WriteGlobals(access, [&](auto& tx) -> absl::Status {
    EXPECT_EQ(Said(a->session.Ask("SELECT MAX(number) FROM orders")), "a-3|\n");
    EXPECT_THAT(a->session.Insert(Counter{9, 9}), HasCode(ErrorCode::kInsideTransaction));
    return tx.Upsert(Currency{"EUR", "Euro"});
  }));
  EXPECT_EQ(RawValue(path(), "SELECT name FROM currencies WHERE code = 'EUR'"), "Euro");
}

// A session that is kept and used again after others had its connection.
TEST_F(Leak, L49_APooledSessionIsBoundAnewAtEachLease) {
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(Said(a->session.Get(as<Order>, 1)), "1|K1|a-1|1.0000");
    EXPECT_THAT(Said(b->session.Get(as<Order>, 1)), HasSubstr("CANARY-B-1"));
    EXPECT_EQ(Said(a->session.Get(as<Order>, 1)), "1|K1|a-1|1.0000");
    Must(platform->tenants().Suspend(*b_id));
    EXPECT_THAT(b->session.Get(as<Order>, 1), HasCode(ErrorCode::kTenantSuspended));
    EXPECT_EQ(Said(a->session.Get(as<Order>, 1)), "1|K1|a-1|1.0000");
    Must(platform->tenants().Resume(*b_id));
    b.emplace(Join(*b_id));
  }
  // Assigned from another one, a session is the other tenant's and nothing of both.
  Session kept = a->session;
  kept = b->session;
  EXPECT_EQ(kept.tenant(), *b_id);
  EXPECT_THAT(Said(kept.Get(as<Order>, 1)), HasSubstr("CANARY-B-1"));
  EXPECT_EQ(Said(a->session.Get(as<Order>, 1)), "1|K1|a-1|1.0000");
}

// A lease that ends badly: the next tenant finds the connection as if it were new.
TEST_F(Leak, L54_AConnectionAfterAFailure) {
  const std::string expected = Same(EveryShape);
  const auto next = [&](const char* failure) {
    SCOPED_TRACE(failure);
    EXPECT_EQ(EveryShape(a->session), expected);
  };
  EXPECT_THAT(b->session.Ask("SELECT number FROM orders", {.budget = {.rows = 1}}),
              HasCode(ErrorCode::kBudgetExceeded));
  next("a budget that is spent");
  EXPECT_THAT(
      b->session.Ask("WITH RECURSIVE w(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM w) SELECT "
                     "COUNT(*) FROM w",
                     {.budget = {.vm_steps = 5000}}),
      HasCode(ErrorCode::kBudgetExceeded));
  next("a statement that was cut off");
  EXPECT_THROW((void)b->session.Read([](auto& tx) -> absl::Status {
    for (auto& row : tx.Rows(as<Order>, "SELECT * FROM orders"_sql)) {
      (void)row;
      throw std::runtime_error("in the middle of a row");
    }
    return absl::OkStatus();
  }),
               std::runtime_error);
  next("an exception in a loop over rows");
  EXPECT_THAT(b->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Execute("UPDATE counters SET n = n + 1"_sql));
    b->session.Interrupt();
    return tx.Execute("UPDATE counters SET n = n + 1"_sql).status();
  }),
              HasCode(ErrorCode::kInterrupted));
  next("an interrupt in a transaction");
  EXPECT_THAT(Past("UPDATE " + TargetMark(kCounters) + " SET " + ColumnMark(kCounters, 1) + " = 0",
                   Kind::kWrite, true)
                  .status,
              HasCode(ErrorCode::kEngineLock));
  next("a refusal of the lock");
  // The same connections, those of the door.
  for (const Kind kind : {Kind::kWrite, Kind::kStatement}) {
    EXPECT_EQ(
        Past("SELECT t0.\"number\" FROM " + ReadMark(kOrders) + " AS t0 ORDER BY 1", kind, true)
            .rows,
        "a-1\na-2\na-3\n");
  }
  EXPECT_THAT(b->session.Insert(Order{1, "K1", "CANARY-B", {}}),
              HasCode(ErrorCode::kUniqueViolation));
  next("a constraint");
  b->context.Revoke();
  EXPECT_THAT(b->session.Get(as<Order>, 1), HasCode(ErrorCode::kContextRevoked));
  next("a context that was revoked");
}

}  // namespace
}  // namespace cordon_test
