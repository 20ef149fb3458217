// SPDX-License-Identifier: Apache-2.0
// Leaks that are not in the catalogue: what SQLite, a pool, a limit or an error could tell of
// others, class by class. The README names the mechanism of each.
#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "leaks/leaks.h"

namespace cordon_test {
namespace {

// ---- names
// ---------------------------------------------------------------------------------------

TEST_F(Leak, N01_NamesThatAnotherLevelHides) {
  const std::vector<std::string> texts = {
      "WITH orders AS (SELECT name AS number FROM customers) SELECT number FROM orders ORDER BY 1",
      "SELECT (WITH orders AS (SELECT name AS n FROM customers) SELECT MAX(n) FROM orders), MAX("
      "number) FROM orders",
      "SELECT c.name FROM (SELECT * FROM customers) AS c WHERE c.id IN (SELECT customers.customer_"
      "id FROM orders AS customers) ORDER BY c.id",
      "SELECT orders.name FROM customers AS orders JOIN orders AS customers ON "
      "customers.customer_id = orders.id ORDER BY orders.id",
      "SELECT o.number FROM orders AS o WHERE EXISTS (SELECT 1 FROM customers AS o WHERE o.name "
      "LIKE '%1') ORDER BY o.id",
      "SELECT o.number FROM orders AS o WHERE o.id = (SELECT MAX(o.id) FROM orders AS o)",
      "WITH counters AS (SELECT * FROM counters) SELECT MAX(n) FROM counters",
      "WITH RECURSIVE counters(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counters WHERE n < 5) "
      "SELECT MAX(n) FROM counters",
      "WITH a AS (SELECT number FROM orders), b AS (WITH a AS (SELECT name AS number FROM "
      "customers) SELECT number FROM a) SELECT a.number, b.number FROM a, b ORDER BY 1, 2",
      "SELECT number AS id, id AS number FROM orders ORDER BY id",
      "SELECT customers.id FROM (SELECT id FROM orders) AS customers ORDER BY 1",
  };
  int leaky = 0;
  int foreign = 0;
  for (const std::string& sql : texts) {
    // A WITH may not be called like a table, or like another WITH.
    const bool hides = sql.find("WITH") != std::string::npos;
    EXPECT_EQ(SameRead(sql).starts_with("refused"), hides) << sql;
    try {
      for (const std::string& row : RawRows(path(), sql)) {
        leaky += row.find("CANARY") != std::string::npos ? 1 : 0;
      }
    } catch (const std::runtime_error&) {
      ++foreign;  // a name that plain SQLite resolves in another way
    }
  }
  EXPECT_LE(foreign, 1);
  EXPECT_GT(leaky, 10) << "without Cordon they show B";
  // Names that the lock or the emitter gives itself, chosen by a statement.
  const std::string read_mark = ReadMark(kCustomers);
  for (const std::string& sql :
       std::vector<std::string>{"WITH c1 AS (SELECT name FROM main.customers) SELECT name FROM c1",
                                "SELECT t0.name FROM (SELECT name FROM customers) AS t0",
                                "SELECT name FROM (SELECT * FROM (SELECT * FROM main.customers))",
                                "WITH t0(name) AS (VALUES ('x')) SELECT name FROM customers AS t0",
                                "SELECT c1.name FROM customers AS c1"}) {
    ExpectLock(sql);
  }
  ExpectLockOnMarked("SELECT c.name FROM " + read_mark + " AS t0 JOIN customers AS c ON 1");
  ExpectLockOnMarked("WITH customers AS (SELECT 1) SELECT t0.\"tenant_id\" FROM " + read_mark +
                     " AS t0");
}

// ---- what a lease leaves behind --------------------------------------------------------------

TEST_F(Leak, N02_TheLimitsOfAnotherLease) {
  const std::string wide(60'000, 'w');
  for (Twin* twin : {&*a, &*alone}) Must(twin->session.Insert(Customer{"WIDE", wide, {}}));
  Fill(a->session, 300);
  Fill(alone->session, 300);
  const cordon::AnalystOptions narrow{.budget = {.vm_steps = 200, .rows = 2},
                                      .value_bytes = 16 << 10};
  const std::string wide_text = "SELECT name FROM customers WHERE id = 'WIDE'";
  // The analyst of B works under narrow limits, and meets each of them; A's next statement is on
  // the same connection and has the platform's own.
  for (const char* sql :
       {"SELECT COUNT(*) FROM orders AS x, orders AS y, orders AS z", "SELECT number FROM orders",
        "SELECT replace(hex(zeroblob(10000)), '0', 'CANARY')", "SELECT x FROM orders"}) {
    EXPECT_THAT(Said(b->session.Ask(sql, narrow)), StartsWith("refused")) << sql;
    EXPECT_EQ(
        Same([&](const Session& session) {
          return InOrder({
              Said(session.One(as<std::int64_t>,
                               "SELECT COALESCE(MAX(length(name)), 0) FROM customers"_sql)),
              Said(session.One(as<std::int64_t>,
                               "SELECT COUNT(*) FROM counters AS x JOIN counters AS y ON "
                               "x.n <> y.n"_sql)),
              std::to_string(Must(session.All(as<Counter>, "SELECT * FROM counters"_sql)).size()),
              Said(session.Get(as<Customer>, "WIDE").value()->name == wide),
          });
        }),
        "60000\n91500\n303\ntrue\n")
        << sql;
  }
  EXPECT_THAT(Said(a->session.Ask(wide_text, narrow)), StartsWith("refused"));
  // And B's are not A's: what A was refused B is given.
  EXPECT_THAT(Said(b->session.Ask("SELECT name FROM customers")), HasSubstr("CANARY"));
  // The removal of a tenant puts foreign keys off; the next one's are looked at, at once.
  Must(platform->tenants().Remove(*c_id));
  c_id.reset();
  EXPECT_THAT(a->session.Transaction([](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.Insert(Order{99, "NOWHERE", "x", {}}), HasCode(ErrorCode::kForeignKeyViolation));
    return absl::CancelledError("undone");
  }),
              Not(IsOk()));
}

TEST_F(Leak, N03_BetweenLeasesAConnectionIsNobodys) {
  const std::string sql =
      "SELECT t0.\"name\" FROM " + ReadMark(kCustomers) + " AS t0 ORDER BY t0.\"id\"";
  for (int round = 0; round < 3; ++round) {
    EXPECT_THAT(Past(sql, Kind::kStatement, true).rows, StartsWith("a customer 1\n"));
    // The same connection, leased without a tenant: no rows, and not those of the last one.
    const Outcome nobody = PastAs(nullptr, sql, Kind::kStatement, true);
    EXPECT_EQ(nobody.rows, "");
  }
  // A row of the nil tenant's does not become everybody's by it.
  EXPECT_THROW(
      RawSql(path(), "INSERT INTO customers (tenant_id, id, name) VALUES (x'00', 'x', 'x')"),
      std::runtime_error);
}

TEST_F(Leak, N04_CountsOfChangesAreOnesOwn) {
  const auto counts = [&](const Session& session) {
    const bool beside = &session == &a->session;
    const auto others = [&] {
      if (!beside) return;
      Must(b->session.Execute("UPDATE orders SET amount = amount"_sql));
      Must(b->session.Execute("UPDATE counters SET n = n"_sql));
    };
    std::string said;
    const auto note = [&](const absl::StatusOr<std::int64_t>& changed) {
      said += Said(changed) + " ";
      others();
    };
    others();
    note(session.Execute("DELETE FROM orders WHERE id = 4711"_sql));
    note(session.Execute("UPDATE orders SET number = number WHERE id = 4711"_sql));
    note(session.Execute(
        "INSERT INTO counters (id, n) VALUES (1, 1) ON CONFLICT (id) DO NOTHING"_sql));
    note(
        session.Execute("INSERT INTO counters (id, n) SELECT id, n FROM counters WHERE 1 = 0"_sql));
    note(session.Execute("UPDATE counters SET n = n"_sql));
    note(session.Execute(
        "INSERT INTO counters (id, n) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = 1"_sql));
    note(session.Execute("DELETE FROM counters WHERE id = 3"_sql));
    Must(session.Insert(Counter{3, 3}));
    return said;
  };
  EXPECT_EQ(Same(counts), "0 0 0 0 3 1 1 ");
  for (const char* function : {"changes()", "total_changes()", "last_insert_rowid()"}) {
    ExpectRefused("SELECT " + std::string(function));
    ExpectLockOnMarked("UPDATE " + TargetMark(kCounters) + " AS t0 SET " +
                       ColumnMark(kCounters, 1) + " = " + function +
                       " WHERE t0.\"tenant_id\" = ?1");
  }
}

// ---- waiting for others -----------------------------------------------------------------------

TEST_F(Leak, N05_WhoIsWaitedForIsNotTold) {
  cordon::PlatformOptions options = Options();
  options.readers = 1;
  options.patience = 30ms;
  Reopen(std::move(options));
  const auto from_another_thread = [](const auto& act) {
    std::string said;
    std::thread thread([&] { said = act(); });
    thread.join();
    return said;
  };
  const auto write = [&] { return Said(a->session.Insert(Counter{50, 1})); };
  const auto read = [&] { return Said(a->session.Ask("SELECT MAX(number) FROM orders")); };
  std::vector<std::string> busy;
  for (const Session* holder : {&b->session, &c->session, &a->session}) {
    Must(holder->Transaction([&](auto& tx) -> absl::Status {
      Must(tx.Execute("UPDATE counters SET n = n"_sql));
      busy.push_back(from_another_thread(write));
      EXPECT_EQ(from_another_thread(read), "a-3|\n");
      return absl::OkStatus();
    }));
  }
  Must(platform->WriteGlobals(cordon::GlobalWriteAccess::Get(), [&](auto& tx) -> absl::Status {
    Must(tx.Upsert(Currency{"EUR", "Euro"}));
    busy.push_back(from_another_thread(write));
    return absl::OkStatus();
  }));
  std::vector<std::string> exhausted;
  for (const Session* holder : {&b->session, &c->session, &a->session}) {
    Must(holder->Read([&](auto& tx) -> absl::Status {
      Must(tx.All(as<Order>, "SELECT * FROM orders"_sql).status());
      exhausted.push_back(from_another_thread(read));
      return absl::OkStatus();
    }));
  }
  EXPECT_THAT(busy, ::testing::Each(busy[0]));
  EXPECT_THAT(busy[0], StartsWith("refused: code 70,"));
  EXPECT_THAT(exhausted, ::testing::Each(exhausted[0]));
  EXPECT_THAT(exhausted[0], StartsWith("refused: code 71,"));
  for (const std::string& said : {busy[0], exhausted[0]}) {
    for (const std::string& word :
         {std::string("CANARY"), b_id->ToString(), Hex(*b_id), std::string("anna")}) {
      EXPECT_THAT(said, Not(HasSubstr(word)));
    }
  }
}

// Rows of which SQL does not say in what order they come.
TEST_F(Leak, N06_TiesAreNotBrokenByTheNeighbours) {
  for (Twin* twin : {&*a, &*alone}) {
    Must(twin->session.Transaction([](auto& tx) -> absl::Status {
      for (std::int64_t i = 9; i > 3; --i) {  // backwards
        const std::string n = std::to_string(i);
        Must(tx.Insert(Customer{"K" + n, "a customer " + n, "same"}));
        Must(tx.Insert(Order{i, "K" + n, "a-" + n, {}}));
        Must(tx.Insert(Counter{i, 7}));
      }
      return tx.Execute("UPDATE customers SET region = 'same'"_sql).status();
    }));
  }
  const std::vector<std::string> texts = {
      "SELECT name FROM customers ORDER BY region",
      "SELECT name FROM customers ORDER BY region DESC LIMIT 2",
      "SELECT name FROM customers LIMIT 1",
      "SELECT name FROM customers LIMIT 2 OFFSET 3",
      "SELECT name FROM customers WHERE region >= 's' LIMIT 3",
      "SELECT name FROM customers WHERE region = 'same' AND name > 'a'",
      "SELECT id FROM counters ORDER BY n LIMIT 4",
      "SELECT id, ROW_NUMBER() OVER (ORDER BY n, id) FROM counters",
      "SELECT id, SUM(id) OVER (PARTITION BY n ORDER BY id) FROM counters",
      "SELECT GROUP_CONCAT(number) FROM orders",
      "SELECT json_group_array(name) FROM customers WHERE region = 'same'",
      "SELECT region, COUNT(*) FROM customers GROUP BY region",
      "SELECT DISTINCT region FROM customers LIMIT 1",
      "SELECT number FROM orders UNION SELECT name FROM customers LIMIT 3",
      "SELECT o.number FROM orders AS o JOIN customers AS c ON c.region = 'same' AND c.id = "
      "o.customer_id LIMIT 2",
      "SELECT (SELECT name FROM customers WHERE region = 'same' LIMIT 1)",
  };
  const auto show = [&](const Session& session) {
    std::string all;
    for (const std::string& sql : texts) all += sql + ":\n" + Said(session.Ask(sql)) + "\n";
    return all;
  };
  const std::string first = Same(show);
  EXPECT_THAT(first, HasSubstr("a customer 4"));
  // B becomes large and small again, C has other shapes: the tree of the file is another one.
  Must(b->session.Transaction([](auto& tx) -> absl::Status {
    for (std::int64_t i = 100; i < 3000; ++i) {
      const std::string n = std::to_string(i);
      Must(tx.Insert(Customer{"K" + n, "CANARY-B " + n, "same"}));
      if (i % 3 == 0) Must(tx.Insert(Order{i, "K" + n, "CANARY-B-" + n, {}}));
    }
    return absl::OkStatus();
  }));
  EXPECT_EQ(Same(show), first);
  Must(b->session.Execute("DELETE FROM orders WHERE id > 100"_sql));
  Must(
      b->session.Execute("DELETE FROM customers WHERE id NOT IN ('ONLY-B', 'K1', 'K2', 'K3') AND "
                         "name LIKE '%7'"_sql));
  EXPECT_EQ(Same(show), first);
  Must(platform->tenants().Remove(*c_id));
  c_id.reset();
  NoteNeighbours();
  EXPECT_EQ(Same(show), first);
}

// ---- ids that SQLite gives ----------------------------------------------------------------------

TEST_F(Leak, N07_NoIdComesFromTheFile) {
  // Rows of all tenants have no numbers of SQLite's own, and nothing counts them.
  EXPECT_THAT(
      RawSql(path(),
             "SELECT t.name FROM pragma_table_list AS t WHERE t.schema = 'main' AND t.type = "
             "'table' AND NOT t.wr AND EXISTS (SELECT 1 FROM pragma_table_info(t.name) AS c WHERE "
             "c.name = 'tenant_id')"),
      ::testing::IsEmpty());
  EXPECT_THAT(RawSql(path(), "SELECT name FROM sqlite_schema WHERE sql LIKE '%AUTOINCREMENT%'"),
              ::testing::IsEmpty());
  const auto blob = [](const Session& session) {
    cordon::BlobId id;
    Must(session.Transaction([&](auto& tx) -> absl::Status {
      auto writer = tx.NewBlob();
      Must(writer.Append(std::vector<std::byte>(100'000, std::byte{7})));
      id = Must(writer.Finish());
      return absl::OkStatus();
    }));
    return id;
  };
  // Ids are used again by nobody, least of all another tenant: B's highest goes, A draws one.
  const auto draw = [&](const Session& session) {
    std::string said;
    for (int i = 0; i < 3; ++i) {
      if (&session == &a->session) {
        const cordon::BlobId highest = blob(b->session);
        Must(b->session.Transaction([&](auto& tx) { return tx.DeleteBlob(highest); }));
        Must(b->session.Transaction(
            [](auto& tx) { return tx.NextNumber(cordon::Series("n")).status(); }));
      }
      const cordon::BlobId own = blob(session);
      said += std::to_string(own.number()) + " ";
      Must(session.Transaction([&](auto& tx) -> absl::Status {
        said += Said(tx.NextNumber(cordon::Series("n"))) + " ";
        return tx.DeleteBlob(own);
      }));
    }
    return said;
  };
  const std::string said = draw(a->session);
  NoteNeighbours();
  EXPECT_EQ(said, draw(alone->session));
  EXPECT_EQ(said, "1 1 2 2 3 3 ");
  for (const char* word : {"rowid", "_rowid_", "oid", "ROWID"}) {
    ExpectRefused("SELECT " + std::string(word) + " FROM orders");
    ExpectLockOnMarked("SELECT t0." + std::string(word) + " FROM " + ReadMark(kOrders) + " AS t0");
  }
}

// ---- what hooks hear -------------------------------------------------------------------------

class Notes final : public cordon::Hook {
 public:
  absl::Status BeforeStatement(const cordon::StatementEvent& event) override {
    Note("before", event.who, event.outcome, event.fingerprint, event.tables);
    return absl::OkStatus();
  }
  absl::Status AfterStatement(const cordon::StatementEvent& event) override {
    Note("after", event.who, event.outcome, event.fingerprint, event.tables);
    of[event.who.tenant->ToString()] += " returned " + std::to_string(event.rows_returned) +
                                        " changed " + std::to_string(event.rows_changed) + "\n";
    return absl::OkStatus();
  }
  absl::Status BeforeCommit(const cordon::TransactionEvent& event) override {
    Note("committing", event.who, event.outcome, 0, {});
    return absl::OkStatus();
  }
  void AfterCommit(const cordon::TransactionEvent& event) override {
    Note("committed", event.who, event.outcome, 0, {});
  }
  void AfterRollback(const cordon::TransactionEvent& event) override {
    Note(event.nested ? "part undone" : "undone", event.who, event.outcome, 0, {});
  }
  void Denied(const cordon::DenialEvent& event) override {
    Note("denied", event.who, event.status, event.fingerprint, {});
  }
  std::map<std::string, std::string> of;  // by tenant

 private:
  void Note(const char* what, const cordon::Who& who, const absl::Status& status,
            std::uint64_t print, std::span<const cordon::TouchedTable> tables) {
    std::string& text = of[who.tenant == nullptr ? "nobody" : who.tenant->ToString()];
    text += std::string(what) + " " + std::to_string(print) + " " +
            std::string(who.principal->name()) + " " + std::string(who.purpose) + " " +
            Said(status);
    for (const cordon::TouchedTable& table : tables) {
      text += " " + std::string(table.name) + (table.written ? "!" : "");
    }
    text += "\n";
  }
};

TEST_F(Leak, N08_HooksHearOfOneTenantAtATime) {
  const auto beside = std::make_shared<Notes>();
  const auto by_itself = std::make_shared<Notes>();
  cordon::PlatformOptions options = Options();
  options.readers = 1;
  options.hooks = {beside};
  Reopen(options);
  options.path = alone_path();
  options.hooks = {by_itself};
  const auto second = Must(Platform::Open(options));
  const cordon::TenantContext context =
      Must(second->Enter(Verified("anna"), alone->id, cordon::Purpose("test")));
  const Session lonely = Must(second->OpenSession(context));
  const auto act = [&](const Session& session, const auto& others) {
    (void)session.All(as<Order>, "SELECT * FROM orders"_sql);
    others();
    (void)session.Get(as<Order>, 77);
    (void)session.Ask("SELECT x FROM orders");
    (void)session.Ask("SELECT number FROM orders", {.budget = {.rows = 1}});
    (void)session.Transaction([&](auto& tx) -> absl::Status {
      Must(tx.Execute("UPDATE counters SET n = n"_sql));
      (void)tx.Nested([](auto& part) { return part.Insert(Counter{1, 1}); });
      (void)tx.Insert(Order{1, "K1", "x", {}});
      for (auto& row : tx.Rows(as<Order>, "SELECT * FROM orders"_sql)) {
        (void)row;
        others();  // reads, while A is in the middle
      }
      return absl::OkStatus();
    });
    (void)session.Insert(Order{5, "ONLY-B", "x", {}});
    others();
  };
  beside->of.clear();
  by_itself->of.clear();
  act(a->session, [&] {
    EXPECT_THAT(Said(b->session.Ask("SELECT number FROM orders")), HasSubstr("CANARY"));
    EXPECT_THAT(b->session.Get(as<Order>, 4711), HasCode(ErrorCode::kNotFound));
  });
  act(lonely, [] {});
  EXPECT_EQ(beside->of[a_id->ToString()], by_itself->of[alone->id.ToString()]);
  EXPECT_THAT(beside->of[a_id->ToString()], HasSubstr("denied"));
  EXPECT_EQ(beside->of.size(), 2U) << "A's and B's, each under its own id";
  for (const auto& [tenant, text] : beside->of) EXPECT_THAT(text, Not(HasSubstr("CANARY")));
}

// ---- limits as oracles ------------------------------------------------------------------------

// The fewest steps with which A's statement passes are those that it takes alone, although B has
// just run it on the same connection, over more rows.
TEST_F(Leak, N09_StepsOfAnotherRun) {
  Fill(b->session, 2000);
  NoteNeighbours();
  for (const char* sql : {"SELECT COUNT(*) FROM counters AS x JOIN counters AS y ON x.n <> y.n",
                          "SELECT number FROM orders WHERE number LIKE '%-2' ORDER BY amount",
                          "SELECT COUNT(*) FROM orders WHERE customer_id IN (SELECT id FROM "
                          "customers WHERE name > 'a')"}) {
    const std::string steps = Same([&](const Session& session) {
      for (std::int64_t limit = 20; limit < 20'000; limit += 20) {
        if (&session == &a->session) {
          (void)b->session.Ask(sql, {.budget = {.vm_steps = limit + 13}});
        }
        const auto answer = session.Ask(sql, {.budget = {.vm_steps = limit}});
        if (answer.ok()) return std::to_string(limit);
        EXPECT_THAT(answer, HasCode(ErrorCode::kBudgetExceeded));
      }
      return std::string("never");
    });
    EXPECT_THAT(steps, Not(HasSubstr("never"))) << sql;
  }
  // Kept statements are looked at every thousand steps: as often as if B had not run them just now.
  for (Twin* twin : {&*a, &*alone}) Fill(twin->session, 777);
  const auto count = [](const Session& session) {
    return Said(
        session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters WHERE n % 7 <> ?"_sql, 3));
  };
  const auto looks = [&](const Session& session) {
    std::string said;
    for (int i = 0; i < 12; ++i) {
      if (&session == &a->session) (void)count(b->session);
      const std::int64_t before = clock->looks();
      said += count(session) + ":";
      said += std::to_string(clock->looks() - before) + " ";
    }
    return said;
  };
  Same(looks);
}

// The limit of memory counts everybody's (see options.h): what it says names nobody, and is what it
// would say of A's own.
TEST_F(Leak, N10_TheLimitOfMemoryNamesNobody) {
  class Crowd final : public cordon::Hook {
   public:
    absl::Status BeforeStatement(const cordon::StatementEvent&) override {
      if (arrives) taken.reset(sqlite3_malloc64(32 << 20));
      return absl::OkStatus();
    }
    struct Free {
      void operator()(void* memory) const { sqlite3_free(memory); }
    };
    bool arrives = false;
    std::unique_ptr<void, Free> taken;
  };
  const auto crowd = std::make_shared<Crowd>();
  cordon::PlatformOptions options = Options();
  options.hooks = {crowd};
  Reopen(std::move(options));
  const std::string sql = "SELECT COUNT(*) FROM orders AS x, orders AS y, orders AS z";
  const cordon::AnalystOptions limits{.memory_bytes = 8 << 20};
  EXPECT_EQ(Said(a->session.Ask(sql, limits)), "27|\n");
  crowd->arrives = true;
  const std::string theirs = Said(a->session.Ask(sql, limits));
  crowd->arrives = false;
  const std::string own = Said(a->session.Ask(
      "WITH RECURSIVE w(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM w WHERE i < 300000) SELECT "
      "COUNT(DISTINCT i || ' some text that takes room') FROM w",
      {.memory_bytes = 1 << 20}));
  EXPECT_EQ(theirs, own);
  EXPECT_THAT(theirs, StartsWith("refused: code "));
}

TEST_F(Leak, N11_ALimitIsMeasuredOnOnesOwnRows) {
  // B's rows are larger than every limit, in number, in bytes, in digits.
  Must(b->session.Transaction([](auto& tx) -> absl::Status {
    Must(tx.Insert(Customer{"HUGE", "CANARY-B " + std::string(300'000, 'B'), {}}));
    for (std::int64_t i = 1000; i < 1200; ++i) {
      Must(tx.Insert(Counter{i, INT64_MAX - i}));
      Must(tx.Insert(Order{i, "HUGE", "CANARY-B-" + std::to_string(i), {}}));
    }
    return absl::OkStatus();
  }));
  NoteNeighbours();
  const cordon::AnalystOptions narrow{.budget = {.rows = 3},
                                      .result_bytes = 2000,
                                      .value_bytes = 16 << 10,
                                      .memory_bytes = 4 << 20};
  for (const char* sql :
       {"SELECT name FROM customers", "SELECT GROUP_CONCAT(name) FROM customers",
        "SELECT MAX(name), MAX(length(name)) FROM customers", "SELECT number FROM orders",
        "SELECT json_group_array(name) FROM customers", "SELECT SUM(n) FROM counters",
        "SELECT name || name || name FROM customers ORDER BY name DESC",
        "SELECT c.name FROM customers AS c JOIN orders AS o ON o.customer_id = c.id"}) {
    EXPECT_THAT(Same([&](const Session& session) { return Said(session.Ask(sql, narrow)); }),
                Not(StartsWith("refused")))
        << sql;
  }
  EXPECT_THAT(Said(b->session.Ask("SELECT GROUP_CONCAT(name) FROM customers", narrow)),
              StartsWith("refused"));
}

// ---- functions ----------------------------------------------------------------------------------

// A function that fails on a value fails on A's values only, wherever it stands.
TEST_F(Leak, N12_AFunctionThatFailsOnAnothersRow) {
  Must(b->session.Transaction([](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{1000, INT64_MIN}));
    Must(tx.Insert(Counter{1001, INT64_MAX}));
    Must(tx.Insert(Counter{1002, INT64_MAX}));
    return tx.Insert(Customer{"BAD", "{\"CANARY-B\": [", {}});
  }));
  NoteNeighbours();
  EXPECT_THROW(RawRows(path(), "SELECT abs(n) FROM counters"), std::runtime_error);
  EXPECT_THROW(RawRows(path(), "SELECT SUM(n) FROM counters"), std::runtime_error);
  EXPECT_THROW(RawRows(path(),
                       "SELECT json_extract(name, '$.x') FROM customers WHERE id > 'A' "
                       "AND name LIKE '{%'"),
               std::runtime_error);
  const std::vector<std::string> failing = {"abs(@.n)", "@.n + 999999999999999999",
                                            "@.n - 999999999999999999", "@.n * 999999999999999999"};
  int read = 0;
  for (const std::string& made : failing) {
    const auto of = [&](const std::string& alias) {
      std::string text = made;
      for (std::size_t at = 0; (at = text.find('@')) != std::string::npos;) {
        text.replace(at, 1, alias);
      }
      return "(" + text + ")";
    };
    const std::string k = of("k");
    for (const std::string& sql : std::vector<std::string>{
             "SELECT " + k + " FROM counters AS k ORDER BY k.id",
             "SELECT k.id FROM counters AS k WHERE " + k + " <> 5 ORDER BY k.id",
             "SELECT k.id FROM counters AS k WHERE " + k + " <> 5 OR k.id = 1000 ORDER BY k.id",
             "SELECT MAX(" + k + "), COUNT(*) FROM counters AS k",
             "SELECT SUM(k.n), AVG(k.n), COUNT(*) FROM counters AS k",
             "SELECT k.id FROM counters AS k ORDER BY " + k + ", k.id",
             "SELECT o.id FROM orders AS o LEFT JOIN counters AS k ON " + k +
                 " <> 5 AND k.id = o.id ORDER BY o.id",
             "SELECT o.id, k.id FROM counters AS k FULL JOIN orders AS o ON " + k +
                 " = o.id ORDER BY o.id, k.id",
             "SELECT o.id, k.id FROM counters AS k RIGHT JOIN orders AS o ON " + k +
                 " = o.id ORDER BY o.id, k.id",
             "SELECT o.id FROM orders AS o WHERE EXISTS (SELECT 1 FROM counters AS k WHERE " + k +
                 " > o.id) ORDER BY o.id",
             "SELECT o.id FROM orders AS o WHERE o.id IN (SELECT " + k +
                 " FROM counters AS k) ORDER BY o.id",
             "WITH w AS (SELECT " + k + " AS x FROM counters AS k) SELECT COUNT(w.x) FROM w",
             "SELECT k.id, SUM(" + k + ") OVER (ORDER BY k.id) FROM counters AS k ORDER BY k.id",
             "SELECT " + k + " % 2, COUNT(*) FROM counters AS k GROUP BY 1 ORDER BY 1"}) {
      const std::string said = SameRead(sql);
      read += said.starts_with("refused: code 18,") ? 0 : 1;
    }
    const std::string own = of("counters");
    SameWrite("UPDATE counters SET n = " + own);
    SameWrite("DELETE FROM counters WHERE " + own + " > 0");
    SameWrite("DELETE FROM counters WHERE " + own + " > 0 OR id = 1000");
    SameWrite(
        "INSERT INTO orders (id, customer_id, number, amount) SELECT k.id + 20, 'K1', 'n' || " + k +
        ", 0 FROM counters AS k");
  }
  EXPECT_GT(read, 40);
  for (const char* sql :
       {"SELECT json_valid(name) FROM customers ORDER BY id",
        "SELECT name FROM customers WHERE json_valid(name) = 1 OR id = 'BAD'",
        "SELECT c.id, j.value FROM customers AS c, json_each(CASE WHEN json_valid(c.name) THEN "
        "c.name ELSE '[1]' END) AS j ORDER BY c.id"}) {
    Reads(sql);
  }
}

// ---- others act meanwhile ---------------------------------------------------------------------

TEST_F(Leak, N13_AnInterruptOfAnother) {
  cordon::PlatformOptions options = Options();
  options.budget.vm_steps = std::int64_t{1} << 40;
  Reopen(std::move(options));
  int rows = 0;
  Must(a->session.Read([&](auto& tx) -> absl::Status {
    for (auto& row : tx.Rows(as<Order>, "SELECT * FROM orders ORDER BY id"_sql)) {
      (void)row;
      switch (++rows) {
        case 1:
          b->session.Interrupt();
          break;
        case 2:
          b->context.Revoke();
          break;
        default:
          Must(platform->tenants().Suspend(*c_id));
      }
    }
    return absl::OkStatus();
  }));
  EXPECT_EQ(rows, 3);
  Must(platform->tenants().Resume(*c_id));
  b.emplace(Join(*b_id));
  // While it runs, in another thread.
  Fill(a->session, 250);
  const std::int64_t before = clock->looks();
  absl::StatusOr<cordon::Owned<std::int64_t>> counted = absl::UnknownError("not run");
  std::thread runner([&] { counted = LongStatement(a->session); });
  EXPECT_TRUE(Eventually([&] { return clock->looks() > before + 50; }));
  for (int i = 0; i < 20; ++i) {
    b->session.Interrupt();
    EXPECT_THAT(b->session.Get(as<Order>, 77), IsOk());
  }
  b->context.Revoke();
  runner.join();
  EXPECT_THAT(counted, IsOk());
}

TEST_F(Leak, N14_ATurnThatWasTakenAwayLeavesNothing) {
  cordon::PlatformOptions options = Options();
  options.readers = 1;
  options.patience = 10s;
  options.write_cap = 30ms;
  Reopen(std::move(options));
  const absl::Status ended = b->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Insert(Counter{500, 977}));
    Must(tx.Execute("UPDATE orders SET number = number || ' CANARY-B'"_sql));
    Must(tx.NextNumber(cordon::Series("n")).status());
    // The cap is over, and A takes the turn: the same connection, in the middle of B's work.
    std::thread other([&] {
      EXPECT_THAT(a->session.Insert(Counter{500, 1}), IsOk());
      EXPECT_EQ(Said(a->session.Execute("UPDATE counters SET n = n"_sql)), "4");
      Must(a->session.Transaction([](auto& own) -> absl::Status {
        EXPECT_EQ(Said(own.NextNumber(cordon::Series("n"))), "1");
        return absl::OkStatus();
      }));
    });
    other.join();
    const absl::Status late = tx.Insert(Counter{501, 977});
    EXPECT_THAT(late, HasCode(ErrorCode::kWriteHeldTooLong));
    return late;
  });
  EXPECT_THAT(ended, HasCode(ErrorCode::kWriteHeldTooLong));
  EXPECT_EQ(Said(a->session.Ask("SELECT COUNT(*), SUM(n) FROM counters WHERE id >= 500")),
            "1|1|\n");
  Must(a->session.Delete(as<Counter>, 500));
}

// ---- files --------------------------------------------------------------------------------------

TEST_F(Leak, N15_FilesAreCalledAfterNobodyAndAreFew) {
  const auto names = [&] {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch.path())) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("world.db")) all.push_back(name);
      EXPECT_TRUE(name.starts_with("world.db") || name.starts_with("alone.db")) << name;
    }
    std::sort(all.begin(), all.end());
    return all;
  };
  // What SQLite has open and has removed the name of.
  const auto hidden = [] {
    std::vector<std::string> all;
    const std::filesystem::path open_files = "/proc/self/fd";
    if (!std::filesystem::exists(open_files)) return all;
    for (const auto& entry : std::filesystem::directory_iterator(open_files)) {
      std::error_code gone;
      const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
      if (target.find("etilqs") != std::string::npos) all.push_back(target);
    }
    return all;
  };
  Fill(b->session, 30'000);
  for (const char* sql : {"SELECT n FROM counters ORDER BY n % 977, id",
                          "SELECT DISTINCT COALESCE(n % 20000, 0) FROM counters"}) {
    const auto checked = Must(CheckAtRunTime<Shop, std::int64_t>(sql));
    Must(b->session.Read([&](auto& tx) -> absl::Status {
      int rows = 0;
      for (auto& row : tx.Rows(as<std::int64_t>, checked)) {
        (void)row;
        if (++rows % 10'000 == 1) {
          EXPECT_THAT(hidden(), ::testing::IsEmpty()) << sql;
          EXPECT_EQ(names().size(), 3U) << "the file, its log and its index";
        }
      }
      return absl::OkStatus();
    }));
  }
  // A write that is undone in the middle of a statement: its journal is no file either.
  Must(b->session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(tx.Execute("UPDATE counters SET n = CASE WHEN id = 30000 THEN n + ? ELSE n + 1 "
                           "END"_sql,
                           INT64_MAX),
                HasCode(ErrorCode::kValueOutOfRange));
    EXPECT_THAT(hidden(), ::testing::IsEmpty());
    EXPECT_EQ(names().size(), 3U);
    return absl::OkStatus();
  }));
  EXPECT_THAT(hidden(), ::testing::IsEmpty());
  NoteNeighbours();
}

// ---- full text ----------------------------------------------------------------------------------

// An index of words over everybody's rows, put into the file by somebody: none of its tables, its
// functions and its hidden columns is in reach.
TEST_F(Leak, N16_AFullTextIndexAndItsShadowTables) {
  OpenDoor();
  RawSql(path(),
         "CREATE VIRTUAL TABLE words USING fts5(name); INSERT INTO words SELECT name FROM "
         "customers");
  ExpectNaiveReadLeaks("SELECT name FROM words WHERE words MATCH 'canary'");
  ExpectNaiveReadLeaks("SELECT c0 FROM words_content");
  for (const char* sql :
       {"SELECT name FROM words", "SELECT name FROM words WHERE words MATCH 'canary'",
        "SELECT name FROM words('canary')", "SELECT rank FROM words",
        "SELECT c0 FROM words_content", "SELECT block FROM words_data",
        "SELECT term FROM words_idx", "SELECT sz FROM words_docsize", "SELECT v FROM words_config",
        "SELECT bm25(words) FROM words", "SELECT highlight(words, 0, '', '') FROM words",
        "SELECT snippet(words, 0, '', '', '', 5) FROM words", "SELECT fts5_source_id()",
        "INSERT INTO words (words) VALUES ('optimize')",
        "INSERT INTO words (words, rank) VALUES ('rank', 'bm25(1)')", "DELETE FROM words",
        "SELECT name FROM customers WHERE customers MATCH 'canary'",
        "SELECT number FROM orders WHERE number IN (SELECT name FROM words)",
        "CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, words, row)"}) {
    ExpectRefused(sql);
    ExpectLock(sql);
  }
  const auto reopened = Platform::Open(Options());
  EXPECT_THAT(reopened, HasCode(ErrorCode::kSchemaDrift));
  EXPECT_THAT(Text(reopened), Not(HasSubstr("CANARY")));
}

// ---- statements that are prepared again --------------------------------------------------------

// The schema of the file changes: SQLite prepares kept statements again, from their text, while
// they start.
TEST_F(Leak, N17_AStatementThatIsPreparedAgain) {
  const auto act = [](const Session& session) {
    return InOrder({
        Said(session.All(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql)),
        Said(session.Get(as<Order>, 1)),
        Said(session.Find(as<Order>, 77)),
        Said(session.Execute("UPDATE counters SET n = n"_sql)),
        Said(session.One(as<std::string>,
                         "UPDATE orders SET number = number WHERE id = ? RETURNING number"_sql, 2)),
        Said(session.Upsert(Counter{1, 1})),
        Said(session.Execute("DELETE FROM counters WHERE id > 70"_sql)),
    });
  };
  const std::string first = Same(act);
  for (int round = 0; round < 4; ++round) {
    const std::string theirs =
        Said(b->session.All(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql));
    EXPECT_THAT(theirs, HasSubstr("CANARY"));
    RawSql(path(), round % 2 == 0 ? "CREATE TABLE later(x); CREATE INDEX later_x ON later(x)"
                                  : "DROP TABLE later");
    EXPECT_EQ(Same(act), first);
    EXPECT_EQ(Said(b->session.All(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql)),
              theirs);
  }
  EXPECT_EQ(first,
            "K1|a customer 1|a region 1\nK2|a customer 2|a region 2\nK3|a customer 3|a region 3\n\n"
            "1|K1|a-1|1.0000\nnothing\n3\na-2\nOK\n0\n");
}

// ---- the lock's own secret
// -----------------------------------------------------------------------

// What goes wrong inside of SQLite is said in Cordon's words: not with the secret name, under which
// a statement could read, nor with SQL, names or values.
TEST_F(Leak, N18_NoErrorQuotesTheSecret) {
  const std::string r = ReadMark(kCustomers);
  for (const std::string& sql :
       std::vector<std::string>{"SELECT t0.nothing FROM " + r + " AS t0",
                                "SELECT nothing FROM " + r,
                                "SELECT id FROM " + r + " AS t0 JOIN " + r + " AS t1",
                                r,
                                "SELECT " + r,
                                "SELECT * FROM " + r + "(1)",
                                "SELECT * FROM " + r + " INDEXED BY CANARY",
                                "SELECT max(t0.\"id\", ) FROM " + r + " AS t0",
                                "SELECT * FROM " + r + " ORDER BY 99",
                                "SELECT * FROM " + r + " UNION SELECT 1",
                                "SELECT (SELECT * FROM " + r + ")",
                                "SELECT leak(t0.\"id\") FROM " + r + " AS t0",
                                "SELECT * FROM " + r + " NATURAL JOIN nowhere",
                                "SELECT 'CANARY FROM " + r,
                                "SELECT sum(max(1)) FROM " + r,
                                "INSERT INTO " + r + " VALUES (1)",
                                "UPDATE " + r + " SET \"id\" = 1",
                                "DELETE FROM " + r,
                                "SELECT abs(-9223372036854775807 - 1) FROM " + r,
                                "SELECT json('CANARY{') FROM " + r,
                                "SELECT json_extract('[]', 'CANARY') FROM " + r}) {
    const Outcome outcome = Past(sql, Kind::kStatement, true);
    const std::string said = Describe(outcome.status);
    EXPECT_FALSE(outcome.status.ok()) << sql;
    EXPECT_FALSE(::testing::internal::RE::PartialMatch(said,
                                                       "s[0-9a-f][0-9a-f][0-9a-f][0-9a-f]"
                                                       "[0-9a-f][0-9a-f][0-9a-f][0-9a-f]"))
        << said;
    for (const char* word : {"CANARY", "SELECT ", "customers", "near", "no such", "nothing"}) {
      EXPECT_THAT(said, Not(HasSubstr(word))) << sql;
    }
  }
}

// ---- handles that outlive their lease -----------------------------------------------------------

TEST_F(Leak, N19_AHandleThatOutlivesItsLease) {
  cordon::BlobId id;
  Must(b->session.Transaction([&](auto& tx) -> absl::Status {
    auto writer = tx.NewBlob();
    const std::string scan(200'000, 'B');
    Must(writer.Append(std::as_bytes(std::span(scan))));
    id = Must(writer.Finish());
    return absl::OkStatus();
  }));
  NoteNeighbours();
  std::optional<cordon::BlobReader> reader;
  Must(b->session.Read([&](auto& tx) -> absl::Status {
    reader.emplace(Must(tx.OpenBlob(id)));
    std::array<std::byte, 10> some{};
    EXPECT_EQ(Must(reader->Read(some)), 10U);
    return absl::OkStatus();
  }));
  std::optional<cordon::BlobWriter> writer;
  (void)b->session.Transaction([&](auto& tx) -> absl::Status {
    writer.emplace(tx.NewBlob());
    Must(writer->Append(std::vector<std::byte>(70'000, std::byte{'B'})));
    return absl::CancelledError("left");
  });
  // Used while A has the connection: no bytes of B's, and none of B's into A's transaction.
  std::array<std::byte, 100> bytes{};
  Must(a->session.Read([&](auto& tx) -> absl::Status {
    EXPECT_EQ(Must(tx.All(as<Order>, "SELECT * FROM orders"_sql)).size(), 3U);
    EXPECT_THAT(reader->Read(bytes), HasCode(ErrorCode::kTransactionOver));
    return absl::OkStatus();
  }));
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Execute("UPDATE counters SET n = n"_sql));
    EXPECT_THAT(writer->Append(bytes), HasCode(ErrorCode::kTransactionOver));
    EXPECT_THAT(writer->Finish(), HasCode(ErrorCode::kTransactionOver));
    return absl::OkStatus();
  }));
  EXPECT_THAT(bytes, ::testing::Each(std::byte{0}));
  writer.reset();
  reader.reset();
  EXPECT_EQ(RawValue(path(), "SELECT COUNT(DISTINCT tenant_id) FROM cordon_blob_chunks"), "1");
}

}  // namespace
}  // namespace cordon_test
