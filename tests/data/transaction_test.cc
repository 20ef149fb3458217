// SPDX-License-Identifier: Apache-2.0
// Transactions, savepoints, loops over rows, and what errors leave behind.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "support/world.h"

namespace cordon_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Transactions : public World {
 protected:
  void SetUp() override { OpenTwins(); }

  static std::vector<std::int64_t> Ids(const Session& session) {
    std::vector<std::int64_t> ids;
    for (const auto& id :
         Must(session.All(as<std::int64_t>, "SELECT id FROM counters ORDER BY id"_sql))) {
      ids.push_back(id.Plain());
    }
    return ids;
  }
  static absl::Status MyError() { return absl::AbortedError("the host changed its mind"); }
};

// ---- commit and rollback -------------------------------------------------------------------

TEST_F(Transactions, CommitIsVisibleAndDurable) {
  EXPECT_THAT(a->session.Transaction([](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 1}));
    return tx.Execute("UPDATE counters SET n = 5 WHERE id = ?"_sql, 10).status();
  }),
              IsOk());
  EXPECT_THAT(Ids(a->session), ElementsAre(1, 2, 3, 10));
  EXPECT_THAT(Ids(b->session), ElementsAre(1, 2, 3));
  const cordon::TenantId id = a->id;
  Open();
  EXPECT_THAT(Ids(Join(id).session), ElementsAre(1, 2, 3, 10));
}

TEST_F(Transactions, TheBodysErrorRollsBackAndIsPassedOn) {
  EXPECT_EQ(a->session.Transaction([](auto& tx) -> absl::Status {
    Must(tx.Execute("DELETE FROM orders"_sql));
    Must(tx.Insert(Counter{10, 1}));
    return MyError();
  }),
            MyError());
  EXPECT_THAT(Ids(a->session), ElementsAre(1, 2, 3));
  EXPECT_EQ(Must(a->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql)).Plain(), 3);
}

TEST_F(Transactions, AnExceptionRollsBackAndPasses) {
  const auto throwing = [&] {
    (void)a->session.Transaction([](auto& tx) -> absl::Status {
      Must(tx.Insert(Counter{10, 1}));
      throw std::logic_error("thrown by the body");
    });
  };
  EXPECT_THROW(throwing(), std::logic_error);
  EXPECT_THAT(Ids(a->session), ElementsAre(1, 2, 3));
  // The writer and the reader are free again.
  EXPECT_THAT(a->session.Insert(Counter{11, 1}), IsOk());
  const auto in_a_loop = [&] {
    (void)a->session.Read([](auto& tx) -> absl::Status {
      for (auto& row : tx.Rows(as<Counter>, "SELECT * FROM counters"_sql)) {
        if (row->id > 0) throw std::logic_error("thrown by the loop");
      }
      return absl::OkStatus();
    });
  };
  for (int i = 0; i < 20; ++i) EXPECT_THROW(in_a_loop(), std::logic_error);  // more than readers
  EXPECT_THAT(Ids(b->session), ElementsAre(1, 2, 3));
}

TEST_F(Transactions, AFailedStatementAloneEndsNothing) {
  EXPECT_THAT(a->session.Transaction([](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 1}));
    EXPECT_THAT(tx.Insert(Counter{1, 1}), HasCode(ErrorCode::kUniqueViolation));
    return tx.Insert(Counter{11, 1});
  }),
              IsOk());
  EXPECT_THAT(Ids(a->session), ElementsAre(1, 2, 3, 10, 11));
}

TEST_F(Transactions, AStatementHappensWhollyOrNotAtAll) {
  // Fails at the last of the rows; the first ones must not stay.
  EXPECT_THAT(a->session.Transaction([](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.Execute("INSERT INTO counters (id, n) VALUES (20, 1), (21, 1), (3, 1)"_sql),
                HasCode(ErrorCode::kUniqueViolation));
    EXPECT_THAT(tx.Execute("UPDATE counters SET id = 30"_sql),
                HasCode(ErrorCode::kUniqueViolation));
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(Ids(a->session), ElementsAre(1, 2, 3));
}

// ---- savepoints ----------------------------------------------------------------------------

TEST_F(Transactions, SavepointsNest) {
  EXPECT_THAT(a->session.Transaction([](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 1}));
    EXPECT_EQ(tx.Nested([](auto& inner) -> absl::Status {
      Must(inner.Insert(Counter{11, 1}));
      Must(inner.Nested([](auto& innermost) { return innermost.Insert(Counter{12, 1}); }));
      return MyError();
    }),
              MyError());
    return tx.Nested([](auto& inner) -> absl::Status {
      EXPECT_EQ(inner.Nested([](auto& innermost) -> absl::Status {
        Must(innermost.Insert(Counter{13, 1}));
        return MyError();
      }),
                MyError());
      return inner.Insert(Counter{14, 1});
    });
  }),
              IsOk());
  EXPECT_THAT(Ids(a->session), ElementsAre(1, 2, 3, 10, 14));
}

TEST_F(Transactions, ASavepointIsUndoneWhenItsBodyThrows) {
  EXPECT_THAT(a->session.Transaction([](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 1}));
    try {
      (void)tx.Nested([](auto& inner) -> absl::Status {
        Must(inner.Insert(Counter{11, 1}));
        throw std::logic_error("thrown by the part");
      });
      ADD_FAILURE() << "the exception was swallowed";
    } catch (const std::logic_error&) {
    }
    return tx.Insert(Counter{12, 1});
  }),
              IsOk());
  EXPECT_THAT(Ids(a->session), ElementsAre(1, 2, 3, 10, 12));
}

TEST_F(Transactions, ALoopGoesOnWhenAPartInsideItIsUndone) {
  std::vector<std::int64_t> seen;
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    for (auto& row : tx.Rows(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql)) {
      const auto n = static_cast<std::int64_t>(row->id.back() - '0');
      seen.push_back(n);
      const absl::Status part = tx.Nested([&](auto& inner) -> absl::Status {
        Must(inner.Insert(Counter{100 + n, n}));
        return n == 2 ? MyError() : absl::OkStatus();
      });
      EXPECT_EQ(part.ok(), n != 2);
    }
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
  EXPECT_THAT(Ids(a->session), ElementsAre(1, 2, 3, 101, 103));
}

// ---- loops ---------------------------------------------------------------------------------

TEST_F(Transactions, LoopsReadEveryRowInOrder) {
  std::vector<std::string> names;
  EXPECT_THAT(a->session.Read([&](auto& tx) -> absl::Status {
    for (auto& row : tx.Rows(as<Customer>, "SELECT * FROM customers ORDER BY id DESC"_sql)) {
      names.push_back(row->name);
    }
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(names, ElementsAre("a customer 3", "a customer 2", "a customer 1"));
}

TEST_F(Transactions, ALoopMayBeLeft) {
  for (int i = 0; i < 20; ++i) {  // more often than there are connections
    EXPECT_THAT(a->session.Read([](auto& tx) -> absl::Status {
      for (auto& row : tx.Rows(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)) {
        EXPECT_EQ(row->id, 1);
        break;
      }
      return absl::OkStatus();
    }),
                IsOk());
    EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
      for (auto& row : tx.Rows(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)) {
        EXPECT_EQ(row->id, 1);
        break;
      }
      // Left means ended: the table can be written again.
      return tx.Execute("UPDATE counters SET n = n + 1 WHERE id = 1"_sql).status();
    }),
                IsOk());
  }
  EXPECT_THAT(Ids(b->session), ElementsAre(1, 2, 3));
}

TEST_F(Transactions, TheSameStatementRunsTwiceAtOnce) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  EXPECT_THAT(a->session.Read([&](auto& tx) -> absl::Status {
    const auto rows = [&](std::int64_t from) {
      return tx.Rows(as<Counter>, "SELECT * FROM counters WHERE id >= ? ORDER BY id"_sql, from);
    };
    for (auto& outer : rows(1)) {
      for (auto& inner : rows(2)) {
        pairs.emplace_back(outer->id, inner->id);
        for (auto& third : rows(3)) EXPECT_EQ(third->id, 3);
      }
    }
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_EQ(pairs.size(), 6U);
  EXPECT_EQ(pairs.front(), (std::pair<std::int64_t, std::int64_t>(1, 2)));
  EXPECT_EQ(pairs.back(), (std::pair<std::int64_t, std::int64_t>(3, 3)));
}

TEST_F(Transactions, ATableThatIsLoopedOverIsNotWritten) {
  EXPECT_THAT(a->session.Transaction([](auto& tx) -> absl::Status {
    int rows = 0;
    for (auto& row : tx.Rows(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql)) {
      ++rows;
      EXPECT_THAT(tx.Execute("UPDATE counters SET n = 0 WHERE id = ?"_sql, row->id),
                  HasCode(ErrorCode::kStatementRefused));
      EXPECT_THAT(tx.Insert(Counter{row->id + 100, 0}), HasCode(ErrorCode::kStatementRefused));
      // Another table can be written.
      Must(tx.Execute("UPDATE orders SET amount = amount + 1 WHERE id = ?"_sql, row->id));
    }
    EXPECT_EQ(rows, 3);
    return tx.Execute("UPDATE counters SET n = 7 WHERE id = 1"_sql).status();
  }),
              IsOk());
  EXPECT_EQ(
      Must(a->session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql)).Plain(), 7);
}

TEST_F(Transactions, AnErrorInALoopPoisonsTheTransaction) {
  // `small` is written past the type by other means: too large for the field that receives it.
  Must(a->session.Insert(Sample{.id = 1, .small = 1}));
  Must(a->session.Insert(Sample{.id = 2, .small = 2}));
  RawSql(path(), "UPDATE samples SET small = 3000000000 WHERE id = 2");
  int rows = 0;
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{10, 1}));
    for (auto& small : tx.Rows(as<std::int32_t>, "SELECT small FROM samples ORDER BY id"_sql)) {
      EXPECT_EQ(small.Plain(), 1);
      ++rows;
    }
    // The body overlooks it; later calls fail, and so does the commit.
    EXPECT_THAT(tx.Insert(Counter{11, 1}), HasCode(ErrorCode::kValueOutOfRange));
    EXPECT_THAT(tx.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql),
                HasCode(ErrorCode::kValueOutOfRange));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kValueOutOfRange));
  EXPECT_EQ(rows, 1);
  EXPECT_THAT(Ids(a->session), ElementsAre(1, 2, 3));
}

constexpr std::int64_t kBig = 3'000'000'000;

TEST_F(Transactions, AWriteWhoseAnswerDoesNotFitIsUndone) {
  // The statement has changed its row when its RETURNING turns out not to fit.
  const auto run = [&](const auto& call) {
    EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
      EXPECT_THAT(call(tx), HasCode(ErrorCode::kValueOutOfRange));
      return absl::OkStatus();  // overlooked
    }),
                HasCode(ErrorCode::kValueOutOfRange));
    EXPECT_EQ(
        Must(a->session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql)).Plain(),
        1);
  };
  run([](auto& tx) {
    return tx.One(as<std::int32_t>, "UPDATE counters SET n = ? WHERE id = 1 RETURNING n"_sql, kBig);
  });
  run([](auto& tx) {
    return tx.All(as<std::int32_t>, "UPDATE counters SET n = ? WHERE id = 1 RETURNING n"_sql, kBig);
  });
  EXPECT_THAT(a->session.One(as<std::int32_t>,
                             "UPDATE counters SET n = ? WHERE id = 1 RETURNING n"_sql, kBig),
              HasCode(ErrorCode::kValueOutOfRange));
  run([](auto& tx) {
    return tx.Optional(as<std::int32_t>, "UPDATE counters SET n = ? WHERE id = 1 RETURNING n"_sql,
                       kBig);
  });
}

TEST_F(Transactions, AWriteThatReturnsMoreThanOneRowIsUndone) {
  EXPECT_THAT(a->session.One(as<std::int64_t>, "UPDATE counters SET n = 0 RETURNING id"_sql),
              HasCode(ErrorCode::kNotOne));
  EXPECT_THAT(a->session.Transaction([](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.One(as<std::int64_t>, "DELETE FROM counters RETURNING id"_sql),
                HasCode(ErrorCode::kNotOne));
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kNotOne));
  EXPECT_EQ(Must(a->session.One(as<std::optional<std::int64_t>>, "SELECT SUM(n) FROM counters"_sql))
                .Plain(),
            6);
}

TEST_F(Transactions, ReturningGivesWhatWasWritten) {
  EXPECT_EQ(Must(a->session.One(as<std::int64_t>,
                                "UPDATE counters SET n = n + 1 WHERE id = 2 RETURNING n"_sql))
                .Plain(),
            3);
  const auto gone = Must(a->session.All(as<std::tuple<std::int64_t, std::int64_t>>,
                                        "DELETE FROM counters RETURNING id, n"_sql));
  EXPECT_EQ(gone.size(), 3U);
  EXPECT_THAT(Ids(b->session), ElementsAre(1, 2, 3));
}

// ---- snapshots -----------------------------------------------------------------------------

TEST_F(Transactions, AReaderSeesOneStateWhileAWriterCommits) {
  const auto sum = [](auto& tx) {
    return Must(tx.One(as<std::int64_t>, "SELECT COALESCE(SUM(n), 0) FROM counters"_sql)).Plain();
  };
  EXPECT_THAT(a->session.Read([&](auto& tx) -> absl::Status {
    EXPECT_EQ(sum(tx), 6);
    std::thread([&] {
      EXPECT_THAT(a->session.Execute("UPDATE counters SET n = n + 100"_sql), IsOk());
    }).join();
    EXPECT_EQ(sum(tx), 6);
    EXPECT_EQ(sum(tx), 6);
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(a->session.Read([&](auto& tx) -> absl::Status {
    EXPECT_EQ(sum(tx), 306);
    return absl::OkStatus();
  }),
              IsOk());
}

TEST_F(Transactions, AWriterIsInvisibleUntilItCommits) {
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Execute("DELETE FROM counters"_sql));
    EXPECT_THAT(Ids(a->session), ElementsAre(1, 2, 3));
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(Ids(a->session), ElementsAre());
}

// ---- constraints ---------------------------------------------------------------------------

TEST_F(Transactions, ConstraintsHaveCodesAndTellNoValues) {
  const std::string secret = "SECRET-VALUE";
  Must(a->session.Insert(Customer{secret, secret, secret}));
  Must(a->session.Insert(Order{50, secret, secret, {}}));
  const auto expect = [&](const absl::Status& refused, ErrorCode code, absl::StatusCode canonical) {
    EXPECT_THAT(refused, HasCode(code));
    EXPECT_EQ(refused.code(), canonical);
    for (const std::string& word : {secret, std::string("50"), std::string("tenant_id"),
                                    std::string("customers"), std::string(kCanary)}) {
      EXPECT_THAT(refused.ToString(), Not(HasSubstr(word)));
    }
  };
  expect(a->session.Insert(Customer{secret, "x", {}}), ErrorCode::kUniqueViolation,
         absl::StatusCode::kAlreadyExists);
  expect(a->session.Insert(Order{51, secret, secret, {}}), ErrorCode::kUniqueViolation,
         absl::StatusCode::kAlreadyExists);
  expect(a->session.Insert(Order{52, "nobody " + secret, "x", {}}), ErrorCode::kForeignKeyViolation,
         absl::StatusCode::kFailedPrecondition);
  expect(a->session.Execute("DELETE FROM customers WHERE id = ?"_sql, secret).status(),
         ErrorCode::kForeignKeyViolation, absl::StatusCode::kFailedPrecondition);
  expect(a->session.Execute("UPDATE customers SET id = 'y' WHERE id = ?"_sql, secret).status(),
         ErrorCode::kForeignKeyViolation, absl::StatusCode::kFailedPrecondition);
  const char* const nothing = nullptr;
  expect(a->session.Execute("UPDATE customers SET name = ? WHERE id = ?"_sql, nothing, secret)
             .status(),
         ErrorCode::kNotNullViolation, absl::StatusCode::kInvalidArgument);
}

TEST_F(Transactions, AMultiRowInsertMaySatisfyItsOwnReferences) {
  EXPECT_THAT(a->session.Transaction([](auto& tx) -> absl::Status {
    Must(tx.Insert(Customer{"N", "new", {}}));
    Must(tx.Insert(Order{60, "N", "n-60", {}}));
    Must(tx.Execute("DELETE FROM orders WHERE customer_id = 'N'"_sql));
    return tx.Execute("DELETE FROM customers WHERE id = 'N'"_sql).status();
  }),
              IsOk());
}

TEST_F(Transactions, UpsertWritesItsOwnRowOnly) {
  EXPECT_THAT(a->session.Execute("INSERT INTO counters (id, n) VALUES (1, 50) "
                                 "ON CONFLICT (id) DO UPDATE SET n = counters.n + excluded.n"_sql),
              IsOk());
  EXPECT_THAT(a->session.Execute("INSERT INTO counters (id, n) VALUES (2, 50) "
                                 "ON CONFLICT (id) DO NOTHING"_sql),
              IsOk());
  const auto n = [](const Session& session, std::int64_t id) {
    return Must(session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = ?"_sql, id))
        .Plain();
  };
  EXPECT_EQ(n(a->session, 1), 51);
  EXPECT_EQ(n(a->session, 2), 2);
  EXPECT_EQ(n(b->session, 1), 901);
  EXPECT_EQ(n(b->session, 2), 902);
}

// ---- the neighbours ------------------------------------------------------------------------

TEST_F(Transactions, TheSameKeysAreDifferentRows) {
  Must(a->session.Execute("UPDATE customers SET name = 'changed by A'"_sql));
  Must(a->session.Execute("DELETE FROM orders"_sql));
  for (const auto& row :
       Must(b->session.All(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql))) {
    EXPECT_THAT(row->name, HasSubstr(std::string(kCanary)));
  }
  EXPECT_EQ(Must(b->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql)).Plain(), 3);
  EXPECT_EQ(Must(c->session.One(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql)).Plain(), 3);
}

TEST_F(Transactions, AnotherTenantsRowIsARowThatDoesNotExist) {
  Must(b->session.Insert(Customer{"only-b", std::string(kCanary), {}}));
  const auto find = [&](const char* id) {
    return a->session.One(as<Customer>, "SELECT * FROM customers WHERE id = ?"_sql, id).status();
  };
  EXPECT_THAT(find("only-b"), HasCode(ErrorCode::kNotFound));
  EXPECT_EQ(find("only-b"), find("nowhere"));

  const auto refer = [&](const char* id) { return a->session.Insert(Order{99, id, "x-99", {}}); };
  EXPECT_THAT(refer("only-b"), HasCode(ErrorCode::kForeignKeyViolation));
  EXPECT_EQ(refer("only-b"), refer("nowhere"));

  const auto redirect = [&](const char* id) {
    return a->session.Execute("UPDATE orders SET customer_id = ? WHERE id = 1"_sql, id).status();
  };
  EXPECT_THAT(redirect("only-b"), HasCode(ErrorCode::kForeignKeyViolation));
  EXPECT_EQ(redirect("only-b"), redirect("nowhere"));

  const auto change = [&](const char* id) {
    return Must(a->session.Execute("UPDATE customers SET name = 'x' WHERE id = ?"_sql, id));
  };
  EXPECT_EQ(change("only-b"), 0);
  EXPECT_EQ(change("nowhere"), 0);
  // A's number is A's own, although B has it.
  EXPECT_THAT(a->session.Insert(Order{98, "K1", std::string(kCanary) + "-1", {}}), IsOk());
  // A customer that only B's orders refer to can be deleted by A, who has one of that name.
  Must(a->session.Insert(Customer{"only-b", "mine", {}}));
  Must(b->session.Insert(Order{97, "only-b", "b-97", {}}));
  EXPECT_THAT(a->session.Execute("DELETE FROM customers WHERE id = 'only-b'"_sql), IsOk());
}

TEST_F(Transactions, ValuesStayInTheirScope) {
  auto customer = Must(b->session.One(as<Customer>, "SELECT * FROM customers WHERE id = 'K1'"_sql));
  auto name =
      Must(b->session.One(as<std::string>, "SELECT name FROM customers WHERE id = 'K1'"_sql));
  EXPECT_THAT(a->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.Insert(customer), HasCode(ErrorCode::kForeignValue));
    EXPECT_THAT(tx.Execute("UPDATE customers SET name = ? WHERE id = 'K1'"_sql, name),
                HasCode(ErrorCode::kForeignValue));
    EXPECT_THAT(tx.All(as<Customer>, "SELECT * FROM customers WHERE name = ?"_sql, name),
                HasCode(ErrorCode::kForeignValue));
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(a->session.Read([&](auto& tx) -> absl::Status {
    for (auto& row : tx.Rows(as<Customer>, "SELECT * FROM customers WHERE name = ?"_sql, name)) {
      ADD_FAILURE() << row->id;
    }
    return absl::OkStatus();
  }),
              HasCode(ErrorCode::kForeignValue));
  // Another session of the same tenant is the same tenant.
  Twin again = Join(b->id);
  EXPECT_THAT(again.session.Execute("UPDATE customers SET region = ? WHERE id = 'K2'"_sql, name),
              IsOk());
}

TEST_F(Transactions, AWorldWithoutNeighboursLooksTheSame) {
  // Everything that A observes here, in a world where A is alone.
  const auto observe = [](const Session& session) {
    std::string seen;
    const auto note = [&](const auto& result) { seen += Describe(StatusOf(result)) + "\n"; };
    for (const auto& row : Must(session.All(as<Order>, "SELECT * FROM orders"_sql))) {
      seen += std::to_string(row->id) + row->number + "\n";
    }
    note(session.Insert(Order{1, "K1", "new", {}}));
    note(session.Insert(Order{4, "K9", "new", {}}));
    note(session.Insert(Order{4, "K1", "a-1", {}}));
    note(session.Execute("DELETE FROM customers"_sql));
    note(session.One(as<Order>, "SELECT * FROM orders WHERE id = 77"_sql));
    note(session.One(as<Order>, "SELECT * FROM orders"_sql));
    seen += std::to_string(Must(session.Execute("UPDATE counters SET n = n + 1"_sql)));
    return seen;
  };
  const std::string crowded = observe(a->session);
  Close();
  cordon::PlatformOptions options = Options();
  options.path = scratch.File("alone.db");
  Open(options);
  Twin alone = NewTenant("A");
  Furnish(alone.session, "a");
  EXPECT_EQ(observe(alone.session), crowded);
  EXPECT_THAT(crowded, Not(HasSubstr(std::string(kCanary))));
}

}  // namespace
}  // namespace cordon_test
