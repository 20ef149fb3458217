// SPDX-License-Identifier: Apache-2.0
// Rows of others that a write reached through a key, a constraint or a reference, and what the
// schema has to say for that to be impossible.
#include <string>
#include <vector>

#include "cordon/data/schema_check.h"
#include "leaks/leaks.h"

namespace cordon_test {
namespace {

using cordon::SchemaFindingCode;

// What the schema checker finds in a file that somebody else made.
std::vector<SchemaFindingCode> Findings(const ScratchDirectory& scratch, const std::string& sql,
                                        std::vector<std::string> globals = {}) {
  const std::string path = scratch.File("theirs.db");
  std::filesystem::remove(path);
  RawSql(path, sql);
  cordon::SchemaCheckOptions options;
  options.path = path;
  options.global_tables = std::move(globals);
  std::vector<SchemaFindingCode> codes;
  for (const auto& finding : Must(cordon::CheckSchema(options)).findings) {
    if (finding.severity != cordon::SchemaSeverity::kNote) codes.push_back(finding.code);
  }
  return codes;
}

constexpr std::string_view kTenant =
    "tenant_id BLOB NOT NULL CHECK (typeof(tenant_id) = 'blob' AND length(tenant_id) = 16), ";
std::string TenantTable(const std::string& name, const std::string& rest) {
  return "CREATE TABLE " + name + " (" + std::string(kTenant) + rest + ") STRICT, WITHOUT ROWID;\n";
}

TEST_F(Leak, L10_LinkTablesWithoutATenant) {
  const std::string good =
      TenantTable("orders", "id INTEGER NOT NULL, PRIMARY KEY (tenant_id, id)") +
      TenantTable("tags", "id INTEGER NOT NULL, PRIMARY KEY (tenant_id, id)");
  EXPECT_THAT(Findings(scratch, good), ::testing::IsEmpty());
  const std::string link =
      good +
      "CREATE TABLE order_tags (order_id INTEGER NOT NULL, tag_id INTEGER NOT NULL, PRIMARY KEY "
      "(order_id, tag_id), FOREIGN KEY (order_id) REFERENCES orders (id), FOREIGN KEY (tag_id) "
      "REFERENCES tags (id)) STRICT, WITHOUT ROWID;";
  EXPECT_THAT(Findings(scratch, link), ::testing::Contains(SchemaFindingCode::kMustBeTenantTable));
  // Nor is it made good by calling it everybody's.
  EXPECT_THAT(Findings(scratch, link, {"order_tags"}),
              ::testing::Contains(SchemaFindingCode::kGlobalRefersToTenant));
  // Two steps away, and without a declared reference.
  EXPECT_THAT(
      Findings(scratch, link + "CREATE TABLE notes (order_id INTEGER NOT NULL, tag_id INTEGER "
                               "NOT NULL, FOREIGN KEY (order_id, tag_id) REFERENCES "
                               "order_tags (order_id, tag_id)) STRICT;"),
      ::testing::Contains(SchemaFindingCode::kMustBeTenantTable).Times(2));
  EXPECT_THAT(
      Findings(scratch, good + "CREATE TABLE order_tags (order_id INTEGER PRIMARY KEY, tag_id "
                               "INTEGER) STRICT;"),
      ::testing::Contains(SchemaFindingCode::kUnclassifiedTable));
}

TEST_F(Leak, L23_ARowThatWasLoadedElsewhere) {
  const auto theirs = Must(b->session.Get(as<Order>, 77));
  for (const absl::Status& refused :
       {a->session.Update(theirs), a->session.Upsert(theirs), a->session.Delete(theirs),
        a->session.Insert(theirs),
        a->session
            .Execute("DELETE FROM orders WHERE number = ?"_sql,
                     Must(b->session.One(as<std::string>,
                                         "SELECT number FROM orders WHERE id = 77"_sql)))
            .status()}) {
    EXPECT_THAT(refused, HasCode(ErrorCode::kForeignValue));
    EXPECT_THAT(Text(refused), Not(HasSubstr("CANARY")));
  }
  // Taken out of its scope it is a value like any other: of a row that A does not have.
  const auto change = [](const Session& session, const Order& row) {
    return InOrder({Said(session.Update(row)), Said(session.Delete(row)),
                    Said(session.Delete(as<Order>, row.id))});
  };
  Order plain = theirs.Plain();
  const std::string said = Same([&](const Session& session) { return change(session, plain); });
  plain.id = 78;
  EXPECT_EQ(Same([&](const Session& session) { return change(session, plain); }), said);
  EXPECT_THAT(said, StartsWith("refused: code 11,"));
}

TEST_F(Leak, L30_ReferencesAcrossTenants) {
  const auto refer = [](const Session& session, const std::string& customer) {
    const std::string quoted = "'" + customer + "'";
    return InOrder({
        Said(session.Insert(Order{10, customer, "new", {}})),
        Said(session.Update(Order{1, customer, "a-1", {}})),
        Said(session.Upsert(Order{1, customer, "a-1", {}})),
        Said(session.Upsert(Order{10, customer, "new", {}})),
        Said(session.InsertAll(std::vector<Order>{{10, "K1", "n1", {}}, {11, customer, "n2", {}}})),
        Write(session, "UPDATE orders SET customer_id = " + quoted),
        Write(session, "INSERT INTO orders (id, customer_id, number, amount) SELECT id + 10, " +
                           quoted + ", number || 'x', amount FROM orders"),
        WriteReturning(session, "UPDATE orders SET customer_id = " + quoted +
                                    " WHERE id = 1 RETURNING customer_id"),
    });
  };
  const std::string theirs = Same([&](const Session& session) { return refer(session, "ONLY-B"); });
  EXPECT_EQ(Same([&](const Session& session) { return refer(session, "NO-ONE"); }), theirs);
  std::size_t refusals = 0;
  for (std::size_t at = 0; (at = theirs.find("refused: code 15,", at)) != std::string::npos; ++at) {
    ++refusals;
  }
  EXPECT_EQ(refusals, 8U);

  // A tenant that is named is refused, not replaced by the right one.
  const std::string values = ", 'K9', 'x', NULL)";
  ExpectRefused("INSERT INTO customers (tenant_id, id, name, region) VALUES (" + Hex(*b_id) +
                values);
  ExpectRefused("INSERT INTO customers (tenant_id, id, name, region) VALUES (" + Hex(*a_id) +
                values);
  ExpectRefused("INSERT INTO customers SELECT " + Hex(*b_id) + ", id, name, region FROM customers");
  ExpectLockOnMarked("INSERT INTO " + TargetMark(kCustomers) + " VALUES (" + Hex(*b_id) + values);
  ExpectLockOnMarked("INSERT INTO " + TargetMark(kCustomers) + " VALUES (zeroblob(16)" + values);

  // B's child does not hold A's parent, and A's going does not take B's child along.
  const auto parent = [](const Session& session) {
    return InOrder({Said(session.Insert(Customer{"ONLY-B", "a", {}})),
                    Said(session.Delete(as<Customer>, "ONLY-B")),
                    Said(session.Delete(as<Customer>, "K1"))});
  };
  EXPECT_THAT(Same(parent), StartsWith("OK\nOK\nrefused: code 15,"));
}

TEST_F(Leak, L31_TheTenantColumnCannotBeWritten) {
  for (const std::string& value :
       std::vector<std::string>{"NULL", "x'00'", "zeroblob(16)", "'x'", "name"}) {
    ExpectRefused("UPDATE customers SET tenant_id = " + value);
    ExpectRefused("UPDATE customers SET name = 'x', tenant_id = " + value + " WHERE id = 'K1'");
    ExpectRefused("UPDATE customers SET (name, tenant_id) = ('x', " + value + ")");
    ExpectRefused(
        "INSERT INTO customers (id, name) VALUES ('K1', 'x') ON CONFLICT (id) DO UPDATE "
        "SET tenant_id = " +
        value);
  }
  for (const char* column : {"\"tenant_id\"", "TENANT_ID", "rowid", "_rowid_", "oid"}) {
    ExpectRefused("UPDATE customers SET " + std::string(column) + " = 1");
  }
  const std::string target = "UPDATE " + TargetMark(kCustomers) + " AS t0 SET ";
  for (const std::string& value : std::vector<std::string>{"?1", Hex(*b_id), "zeroblob(16)"}) {
    ExpectLockOnMarked(target + "\"tenant_id\" = " + value + " WHERE t0.\"tenant_id\" = ?1");
    ExpectLockOnMarked(target + ColumnMark(kCustomers, 1) + " = 'x', \"tenant_id\" = " + value +
                       " WHERE 0");
    ExpectLockOnMarked(
        "INSERT INTO " + TargetMark(kCustomers) +
        " VALUES (?1, 'K1', 'x', NULL) ON CONFLICT DO UPDATE SET \"tenant_id\" = " + value);
  }
}

TEST_F(Leak, L61_NestedUnitsOfWork) {
  const auto nested = [](const Session& session) {
    std::string said;
    const absl::Status ended = session.Transaction([&](auto& tx) -> absl::Status {
      said += Said(tx.Insert(Counter{10, 1}));
      said += Said(tx.Nested([](auto& part) { return part.Insert(Counter{11, 1}); }));
      said += Said(tx.Nested([](auto& part) -> absl::Status {
        Must(part.Insert(Counter{12, 1}));
        Must(part.Nested([](auto& inner) { return inner.Insert(Counter{13, 1}); }));
        return absl::AbortedError("inner");
      }));
      // Savepoints and commits of a statement's own do not exist.
      for (const char* sql : {"COMMIT", "SAVEPOINT s", "RELEASE s", "ROLLBACK TO s", "BEGIN"}) {
        said += Write(tx, sql);
      }
      said += Said(tx.All(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql));
      return absl::AbortedError("outer");
    });
    return said + ended.ToString() +
           Said(session.All(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql));
  };
  EXPECT_THAT(Same(nested), HasSubstr("10|1\n11|1\nABORTED: outer1|1\n2|2\n3|3\n"));
  // B's session inside A's transaction: B's rows, and no write that A's could take along.
  Must(a->session.Transaction([&](auto& tx) -> absl::Status {
    Must(tx.Execute("UPDATE counters SET n = n + 1"_sql));
    EXPECT_THAT(b->session.Insert(Counter{99, 1}), HasCode(ErrorCode::kInsideTransaction));
    EXPECT_EQ(
        Said(b->session.One(as<std::int64_t>, "SELECT COALESCE(SUM(n), 0) FROM counters"_sql)),
        "3683");
    EXPECT_EQ(Said(tx.One(as<std::int64_t>, "SELECT COALESCE(SUM(n), 0) FROM counters"_sql)), "9");
    return absl::OkStatus();
  }));
}

// ---- keys and constraints ------------------------------------------------------------------

// Read from the catalog of the file, not from the declaration.
TEST_F(Leak, L63_EveryReferenceHoldsTheTenant) {
  const std::string tables =
      "SELECT m.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c WHERE m.type = "
      "'table' "
      "AND c.name = 'tenant_id'";
  EXPECT_THAT(RawSql(path(),
                     "SELECT m.name || ' ' || k.id FROM sqlite_schema AS m, "
                     "pragma_foreign_key_list(m.name) AS k WHERE k.\"table\" IN (" +
                         tables +
                         ") AND m.type = 'table' GROUP BY m.name, k.id HAVING SUM(k.\"from\" "
                         "= 'tenant_id' AND k.\"to\" = 'tenant_id') <> 1"),
              ::testing::IsEmpty());
  EXPECT_NE(
      RawValue(path(), "SELECT COUNT(*) FROM sqlite_schema AS m, pragma_foreign_key_list(m.name)"),
      "0");
  EXPECT_THAT(
      Findings(scratch,
               TenantTable("parents", "id INTEGER NOT NULL UNIQUE, PRIMARY KEY (tenant_id, id)") +
                   TenantTable("children",
                               "id INTEGER NOT NULL, parent INTEGER REFERENCES parents "
                               "(id), PRIMARY KEY (tenant_id, id)")),
      ::testing::IsSupersetOf(
          {SchemaFindingCode::kForeignKeyWithoutTenant, SchemaFindingCode::kUniqueWithoutTenant}));
}

TEST_F(Leak, L64_UniqueAcrossTenantsTellsThatARowExists) {
  // Values of B's, and of nobody: both are free for A.
  const auto take = [](const Session& session, const std::string& number, std::int64_t id) {
    return InOrder({
        Said(session.Insert(Order{id, "K1", number, {}})),
        Said(session.Delete(as<Order>, id)),
        Write(session, "UPDATE orders SET number = '" + number + "' WHERE id = 1"),
        Said(session.Execute("UPDATE orders SET number = 'a-1' WHERE id = 1"_sql)),
        Write(session,
              "INSERT INTO orders (id, customer_id, number, amount) SELECT id + 70, 'K1', "
              "number || '-', amount FROM orders"),
        Said(session.Execute("DELETE FROM orders WHERE id > 70"_sql)),
    });
  };
  const std::string theirs = std::string(kCanary) + "-77";
  const std::string said = Same([&](const Session& session) { return take(session, theirs, 77); });
  EXPECT_EQ(Same([&](const Session& session) { return take(session, "free", 78); }), said);
  EXPECT_EQ(said, "OK\nOK\n1\n1\n3\n3\n");
  // Every unique index begins with the tenant.
  EXPECT_THAT(
      RawSql(path(),
             "SELECT m.name || ' ' || i.name FROM sqlite_schema AS m, "
             "pragma_index_list(m.name) AS i, pragma_index_info(i.name) AS k WHERE m.type = "
             "'table' AND i.\"unique\" AND k.seqno = 0 AND k.name <> 'tenant_id' AND EXISTS "
             "(SELECT 1 FROM pragma_table_info(m.name) AS c WHERE c.name = 'tenant_id')"),
      ::testing::IsEmpty());
  for (const std::string unique :
       {"UNIQUE (email)", "email_unique INTEGER UNIQUE", "UNIQUE (email, tenant_id)"}) {
    EXPECT_THAT(
        Findings(scratch, TenantTable("users", "id INTEGER NOT NULL, email TEXT NOT NULL, " +
                                                   unique + (unique[0] == 'e' ? ", " : ", ") +
                                                   "PRIMARY KEY (tenant_id, id)")),
        ::testing::AnyOf(::testing::Contains(SchemaFindingCode::kUniqueWithoutTenant),
                         ::testing::Contains(SchemaFindingCode::kUniqueNotTenantFirst)))
        << unique;
  }
}

TEST_F(Leak, L66_TheTenantIsNeverNull) {
  EXPECT_THAT(RawSql(path(),
                     "SELECT m.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c WHERE "
                     "m.type = 'table' AND c.name = 'tenant_id' AND (NOT c.\"notnull\" OR "
                     "c.dflt_value IS NOT NULL)"),
              ::testing::IsEmpty());
  for (const char* sql :
       {"INSERT INTO counters (tenant_id, id, n) VALUES (NULL, 1, 1)",
        "INSERT INTO counters (id, n) VALUES (1, 1)", "UPDATE counters SET tenant_id = NULL",
        "INSERT OR REPLACE INTO counters (tenant_id, id, n) VALUES (NULL, 1, 1)"}) {
    EXPECT_THROW(RawSql(path(), sql), std::runtime_error) << sql;
  }
  EXPECT_THAT(Findings(scratch,
                       "CREATE TABLE t (tenant_id BLOB CHECK (typeof(tenant_id) = 'blob' AND "
                       "length(tenant_id) = 16), id INTEGER NOT NULL, UNIQUE (tenant_id, id)) "
                       "STRICT;"),
              ::testing::Contains(SchemaFindingCode::kTenantNullable));
  // A DEFAULT makes a certain tenant of a forgotten one.
  EXPECT_THAT(
      Findings(scratch,
               "CREATE TABLE t (tenant_id BLOB NOT NULL DEFAULT x'01010101010101010101010101"
               "010101' CHECK (typeof(tenant_id) = 'blob' AND length(tenant_id) = 16), id "
               "INTEGER NOT NULL, PRIMARY KEY (tenant_id, id)) STRICT, WITHOUT ROWID;"),
      ::testing::Contains(SchemaFindingCode::kTenantDefault));
}

TEST_F(Leak, L67_UpsertsOfTheSameKey) {
  // Keys that A and B have, that B alone has, that nobody has.
  for (const std::string id : {"1", "77", "78"}) {
    for (const std::string number : {"'x'", "'CANARY-B-77'", "'a-2'"}) {
      const std::string insert = "INSERT INTO orders (id, customer_id, number, amount) SELECT " +
                                 id + ", 'K1', " + number + ", amount FROM orders WHERE id = 1 ";
      for (const std::string conflict :
           {"ON CONFLICT (id) DO UPDATE SET number = 'mine' || excluded.id",
            "ON CONFLICT (number) DO UPDATE SET customer_id = 'K2'", "ON CONFLICT (id) DO NOTHING",
            "ON CONFLICT DO NOTHING",
            "ON CONFLICT (id) DO UPDATE SET number = orders.number || '+' WHERE orders.id > 0"}) {
        const std::string sql = insert + conflict;
        SCOPED_TRACE(sql);
        // The canary is A's own word here: compared, not searched for.
        for (const std::string& one : {sql, sql + " RETURNING customer_id"}) {
          EXPECT_EQ(Undone(a->session, one), Undone(alone->session, one));
        }
      }
    }
  }
  EXPECT_EQ(Same([](const Session& session) {
              return InOrder({Said(session.Upsert(Order{1, "K1", "up", {}})),
                              Said(session.Upsert(Order{77, "K1", "up77", {}})),
                              Said(session.Upsert(Customer{"ONLY-B", "mine", {}})),
                              Said(session.Get(as<Order>, 77))});
            }),
            "OK\nOK\nOK\n77|K1|up77|0.0000\n");
  for (const std::string& target : {std::string(""), std::string(" (\"tenant_id\", \"id\")")}) {
    const std::string values = ", 77, 'ONLY-B', 'mine', 0) ON CONFLICT" + target + " DO ";
    ExpectLockOnMarked("INSERT INTO " + TargetMark(kOrders) + " VALUES (" + Hex(*b_id) + values +
                       "UPDATE SET " + ColumnMark(kOrders, 2) + " = 'mine' RETURNING number");
  }
  ExpectRefused(
      "INSERT INTO orders (id, customer_id, number, amount) VALUES (1, 'K1', 'x', 0) ON "
      "CONFLICT (tenant_id, id) DO NOTHING");
  // The schema with which it leaked.
  EXPECT_THAT(Findings(scratch, "CREATE TABLE t (" + std::string(kTenant) +
                                    "id INTEGER PRIMARY KEY, name TEXT) STRICT;"),
              ::testing::Contains(SchemaFindingCode::kKeyWithoutTenant));
}

// A takes every key that B will want.
TEST_F(Leak, L68_SquattingOnKeys) {
  for (Twin* twin : {&*a, &*alone}) {
    Must(twin->session.Insert(Customer{"NEXT", "a", {}}));
    for (std::int64_t id = 100; id < 120; ++id) {
      Must(twin->session.Insert(Order{id, "NEXT", "INV-" + std::to_string(id), {}}));
      Must(twin->session.Insert(Counter{id, 0}));
    }
  }
  Must(b->session.Transaction([](auto& tx) -> absl::Status {
    Must(tx.Insert(Customer{"NEXT", "CANARY-B next", {}}));
    for (std::int64_t id = 100; id < 120; ++id) {
      Must(tx.Insert(Order{id, "NEXT", "INV-" + std::to_string(id), {}}));
      Must(tx.Upsert(Counter{id, 900 + id}));
    }
    return absl::OkStatus();
  }));
  NoteNeighbours();
  Writes("UPDATE counters SET n = n + 1 WHERE id >= 100");
  Writes("DELETE FROM orders WHERE customer_id = 'NEXT'");
}

// No error shows a value, not even the caller's own, and B's rows change none of them.
TEST_F(Leak, L76_ErrorsOfConstraints) {
  Sample sample;
  sample.id = 1;
  for (Twin* twin : {&*a, &*b, &*alone}) Must(twin->session.Insert(sample));
  NoteNeighbours();
  const auto said = [&](ErrorCode code, const auto& act) {
    const std::string text = Same([&](const Session& session) {
      const absl::Status status = act(session);
      EXPECT_THAT(status, HasCode(code));
      return Said(status);
    });
    EXPECT_THAT(text, Not(HasSubstr("SECRET")));
    EXPECT_THAT(text, Not(HasSubstr("tn_")));
    return text;
  };
  said(ErrorCode::kUniqueViolation, [](const Session& s) {
    return s.Insert(Order{1, "K1", "SECRET", {}});
  });
  said(ErrorCode::kUniqueViolation, [](const Session& s) {
    return s.Insert(Order{9, "K1", "a-1", {}});
  });
  said(ErrorCode::kUniqueViolation, [](const Session& s) {
    return s.Execute("UPDATE orders SET number = 'SECRET'"_sql).status();
  });
  said(ErrorCode::kForeignKeyViolation, [](const Session& s) {
    return s.Insert(Order{9, "SECRET", "SECRET", {}});
  });
  said(ErrorCode::kForeignKeyViolation,
       [](const Session& s) { return s.Delete(as<Customer>, "K1"); });
  said(ErrorCode::kForeignKeyViolation, [](const Session& s) {
    return s.Execute("UPDATE customers SET id = 'SECRET' || id"_sql).status();
  });
  said(ErrorCode::kValueOutOfRange, [](const Session& s) {
    return s.Execute("UPDATE counters SET n = n + ?"_sql, INT64_MAX).status();
  });
  said(ErrorCode::kNotOne,
       [](const Session& s) { return s.One(as<Order>, "SELECT * FROM orders"_sql).status(); });
  said(ErrorCode::kNotFound, [](const Session& s) {
    return s.One(as<Order>, "SELECT * FROM orders WHERE number = ?"_sql, "SECRET").status();
  });
  said(ErrorCode::kStatementRefused,
       [](const Session& s) { return s.Ask("SELECT SECRET FROM orders").status(); });
  said(ErrorCode::kStatementRefused,
       [](const Session& s) { return s.Ask("SELECT 'SECRET' || FROM orders").status(); });
  said(ErrorCode::kBudgetExceeded, [](const Session& s) {
    return s.Ask("SELECT number || 'SECRET' FROM orders", {.budget = {.rows = 1}}).status();
  });
  // What only the engine checks, past the checker: NULL, a wrong type, a CHECK.
  constexpr int kSamples = 3;
  const auto past = [&](ErrorCode code, const std::string& sql) {
    const Outcome outcome = Past(sql, Kind::kWrite, true);
    EXPECT_THAT(outcome.status, HasCode(code)) << sql;
    EXPECT_THAT(Text(outcome.status), Not(HasSubstr("SECRET"))) << sql;
    EXPECT_THAT(Text(outcome.status), Not(HasSubstr("CANARY"))) << sql;
  };
  const std::string own = " WHERE t0.\"tenant_id\" = ?1";
  past(ErrorCode::kNotNullViolation,
       "UPDATE " + TargetMark(kOrders) + " AS t0 SET " + ColumnMark(kOrders, 2) + " = NULL" + own);
  past(ErrorCode::kCheckViolation,
       "UPDATE " + TargetMark(kSamples) + " AS t0 SET " + ColumnMark(kSamples, 3) + " = 5" + own);
  const Outcome type = Past("UPDATE " + TargetMark(kCounters) + " AS t0 SET " +
                                ColumnMark(kCounters, 1) + " = 'SECRET'" + own,
                            Kind::kWrite, true);
  EXPECT_FALSE(type.status.ok());
  EXPECT_THAT(Text(type.status), Not(HasSubstr("SECRET")));
}

// A faulty emitter that lost the tenant, or names B. SQLite looks for a conflict, a NULL or an
// overflow before it shows the row to the lock's hook, so that what comes back would tell of B's
// rows: the lock has to refuse by the text, whatever rows there are.
TEST_F(Leak, L76_AConstraintOnAnothersRowIsADenial) {
  const auto naive = [&](const std::string& sql) -> std::string {
    const std::string copy = scratch.File("copy.db");
    std::filesystem::remove(copy);
    RawSql(path(), "VACUUM INTO '" + copy + "'");
    try {
      RawSql(copy, sql);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "OK";
  };
  const auto past = [&](const std::string& sql) {
    const Outcome outcome = Past(sql, Kind::kWrite, true);
    EXPECT_THAT(outcome.status, HasCode(ErrorCode::kEngineLock)) << sql;
    ExpectNeighboursUntouched();
    return Describe(outcome.status) + outcome.rows + std::to_string(outcome.changed);
  };
  std::string list = " (\"tenant_id\"";
  for (int column = 0; column < 4; ++column) list += ", " + ColumnMark(kOrders, column);
  list += ") ";
  // A key of nobody's, and such that B has; each in a row of its own, behind A's, and selected.
  const std::string free = "78, 'ONLY-B', 'free', 0";
  for (const std::string& tail : std::vector<std::string>{
           "", " ON CONFLICT DO NOTHING", " ON CONFLICT (\"tenant_id\", \"id\") DO NOTHING",
           " RETURNING \"id\"",
           " ON CONFLICT (\"tenant_id\", \"id\") DO UPDATE SET \"number\" = 'x'"}) {
    for (const std::string& rows : std::vector<std::string>{
             "VALUES (@)", "VALUES (?1, 50, 'K1', 'mine', 0), (@)", "SELECT @ WHERE 1",
             "SELECT ?1, 50, 'K1', 'mine', 0 UNION ALL SELECT @ WHERE 1"}) {
      const auto insert = [&](const std::string& key) {
        std::string made = rows;
        made.replace(made.find('@'), 1, Hex(*b_id) + ", " + key);
        return "INSERT INTO " + TargetMark(kOrders) + " AS t0" + list + made + tail;
      };
      EXPECT_EQ(past(insert("77, 'ONLY-B', 'free', 0")), past(insert(free))) << rows << tail;
      EXPECT_EQ(past(insert("78, 'ONLY-B', 'CANARY-B-77', 0")), past(insert(free))) << rows;
      EXPECT_EQ(past(insert("78, 'NO-ONE', 'free', 0")), past(insert(free))) << rows << tail;
    }
  }
  const auto naive_insert = [&](const std::string& key) {
    return naive("INSERT INTO orders VALUES (" + Hex(*b_id) + ", " + key + ")");
  };
  EXPECT_EQ(naive_insert(free), "OK");
  EXPECT_THAT(naive_insert("77, 'ONLY-B', 'free', 0"), HasSubstr("UNIQUE"));

  // Values that are worked out, and constraints that are looked at, on B's rows.
  const std::string orders = "UPDATE " + TargetMark(kOrders) + " AS t0 SET ";
  const std::string counters = "UPDATE " + TargetMark(kCounters) + " AS t0 SET ";
  const std::string overflow = "cordon_add(t0.\"n\", 9223372036854774900)";
  for (const std::string& where :
       std::vector<std::string>{"", " WHERE t0.\"id\" = @", " WHERE 1 OR t0.\"tenant_id\" = ?1",
                                " WHERE t0.\"tenant_id\" = ?1 AND 0 OR t0.\"id\" = @",
                                " WHERE t0.\"tenant_id\" <> ?1 AND t0.\"id\" = @",
                                " WHERE t0.\"tenant_id\" = " + Hex(*b_id) + " AND t0.\"id\" = @"}) {
    for (const std::string& start :
         {orders + ColumnMark(kOrders, 2) + " = 'CANARY-B-1'",
          orders + ColumnMark(kOrders, 2) + " = NULL", orders + ColumnMark(kOrders, 0) + " = 1",
          orders + ColumnMark(kOrders, 1) + " = 'NO-ONE'",
          counters + ColumnMark(kCounters, 1) + " = " + overflow,
          "DELETE FROM " + TargetMark(kCustomers) + " AS t0",
          "DELETE FROM " + TargetMark(kCounters) + " AS t0"}) {
      const auto of = [&](const std::string& id) {
        std::string made = where;
        if (made.find('@') != std::string::npos) made.replace(made.find('@'), 1, id);
        return past(start + made);
      };
      EXPECT_EQ(of("77"), of("78")) << start << where;
    }
  }
  EXPECT_THAT(naive("UPDATE orders SET number = NULL WHERE id = 77"), HasSubstr("NOT NULL"));
  EXPECT_EQ(naive("UPDATE orders SET number = NULL WHERE id = 78"), "OK");
  // The emitter's own form works values out on A's rows only: B's would overflow.
  const Outcome own =
      Past(counters + ColumnMark(kCounters, 1) + " = " + overflow + " WHERE t0.\"tenant_id\" = ?1",
           Kind::kWrite, true);
  EXPECT_THAT(own.status, IsOk());
  EXPECT_EQ(own.changed, 3);
}

TEST_F(Leak, L86_ConflictClausesThatDeleteUnseen) {
  for (const std::string clause : {"INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE",
                                   "INSERT OR FAIL", "INSERT OR ROLLBACK", "INSERT OR ABORT"}) {
    const std::string values =
        " INTO orders (id, customer_id, number, amount) VALUES (1, 'K1', 'x', 0)";
    if (clause != "INSERT OR ABORT") ExpectRefused(clause + values);
    ExpectLock(clause + " INTO orders VALUES (" + Hex(*b_id) + ", 1, 'K1', 'x', 0)");
    ExpectLock(clause + " INTO orders VALUES (?1, 1, 'K1', 'x', 0)");
    if (clause != "INSERT OR FAIL" && clause != "INSERT OR ABORT" && clause != "INSERT OR IGNORE" &&
        clause != "INSERT OR ROLLBACK") {
      ExpectLockOnMarked(clause + " INTO " + TargetMark(kOrders) + " VALUES (" + Hex(*b_id) +
                         ", 77, 'ONLY-B', 'x', 0)");
      ExpectLockOnMarked(clause + " INTO " + TargetMark(kOrders) + " VALUES (" + Hex(*b_id) +
                         ", 78, 'ONLY-B', 'CANARY-B-77', 0)");
    }
  }
  for (const std::string clause : {"UPDATE OR REPLACE", "UPDATE OR IGNORE", "UPDATE OR FAIL"}) {
    ExpectRefused(clause + " orders SET number = 'CANARY-B-77'");
    ExpectLock(clause + " orders SET number = 'CANARY-B-77'");
    ExpectLockOnMarked(clause + " " + TargetMark(kOrders) + " SET " + ColumnMark(kOrders, 0) +
                       " = 77");
  }
}

TEST_F(Leak, L89_TheTenantIsABlobOfSixteenBytes) {
  for (const char* value : {"0", "'0'", "''", "x''", "x'00'", "1.5", "'0123456789abcdef'",
                            "zeroblob(15)", "zeroblob(17)"}) {
    EXPECT_THROW(RawSql(path(), "INSERT INTO counters (tenant_id, id, n) VALUES (" +
                                    std::string(value) + ", 1, 1)"),
                 std::runtime_error)
        << value;
  }
  EXPECT_THAT(RawSql(path(),
                     "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = "
                     "'table' AND name NOT LIKE 'sqlite%' AND NOT strict"),
              ::testing::IsEmpty());
  // What was written in every way is stored as a blob.
  Must(a->session.Insert(Counter{500, 1}));
  Must(a->session.Upsert(Counter{501, 1}));
  Must(a->session.Execute("INSERT INTO counters (id, n) SELECT id + 600, n FROM counters"_sql));
  EXPECT_EQ(RawValue(path(),
                     "SELECT COUNT(*) FROM counters WHERE typeof(tenant_id) <> 'blob' OR "
                     "length(tenant_id) <> 16"),
            "0");
  EXPECT_THAT(Findings(scratch,
                       "CREATE TABLE t (tenant_id INTEGER NOT NULL, id INTEGER NOT NULL, "
                       "PRIMARY KEY (tenant_id, id)) STRICT, WITHOUT ROWID;"),
              ::testing::Contains(SchemaFindingCode::kTenantNot16Bytes));
}

TEST_F(Leak, L90_ForeignKeysAreOnOnEveryConnection) {
  // SQLite's own default, to show that something has to be done.
  const std::string dangling =
      "INSERT INTO orders (tenant_id, id, customer_id, number, amount) "
      "SELECT tenant_id, 999, 'NOWHERE', 'x', 0 FROM orders WHERE id = 77";
  RawSql(path(), dangling + "; DELETE FROM orders WHERE id = 999");

  const auto enforced = [](const Session& session, const std::string& where) {
    SCOPED_TRACE(where);
    const Order bad{999, "NOWHERE", "x", {}};
    EXPECT_THAT(session.Insert(bad), HasCode(ErrorCode::kForeignKeyViolation));
    EXPECT_THAT(session.Upsert(bad), HasCode(ErrorCode::kForeignKeyViolation));
    EXPECT_THAT(session.InsertAll(std::vector<Order>{bad}),
                HasCode(ErrorCode::kForeignKeyViolation));
    EXPECT_THAT(session.Execute("UPDATE orders SET customer_id = 'NOWHERE'"_sql),
                HasCode(ErrorCode::kForeignKeyViolation));
    EXPECT_THAT(session.Delete(as<Customer>, "K1"), HasCode(ErrorCode::kForeignKeyViolation));
    EXPECT_THAT(session.Transaction([&](auto& tx) { return tx.Insert(bad); }),
                HasCode(ErrorCode::kForeignKeyViolation));
    EXPECT_THAT(session.Transaction([&](auto& tx) {
      return tx.Nested([&](auto& part) { return part.Insert(bad); });
    }),
                HasCode(ErrorCode::kForeignKeyViolation));
  };
  enforced(a->session, "as opened");
  EXPECT_THROW((void)a->session.Transaction([](auto&) -> absl::Status { throw 1; }), int);
  enforced(a->session, "after an exception");
  Must(platform->WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
    return tx.Insert(Currency{"NOK", "Krone"});
  }));
  enforced(a->session, "after a write of global rows");
  const auto second = Must(Platform::Open(Options()));
  const cordon::TenantContext context =
      Must(second->Enter(Verified("anna"), *a_id, cordon::Purpose("test")));
  enforced(Must(second->OpenSession(context)), "a second platform on the file");
  enforced(a->session, "the first beside the second");
  Reopen(Options());
  enforced(a->session, "opened anew");
  Must(cordon::WithTenant(*platform, a->context, [&](auto& branded) -> absl::Status {
    enforced(branded, "a branded scope");
    return absl::OkStatus();
  }));
  for (const char* sql : {"PRAGMA foreign_keys = OFF", "PRAGMA defer_foreign_keys = ON",
                          "PRAGMA ignore_check_constraints = ON", "PRAGMA trusted_schema = ON",
                          "PRAGMA writable_schema = ON"}) {
    ExpectRefused(sql);
    ExpectLock(sql);
  }
}

// ---- what somebody put into the file ---------------------------------------------------------

TEST_F(Leak, L70_AViewRunsWithEverybodysRights) {
  OpenDoor();  // while the file is as it should be
  RawSql(path(), "CREATE VIEW everyone AS SELECT * FROM customers");
  ExpectNaiveReadLeaks("SELECT name FROM everyone");
  ExpectRefused("SELECT name FROM everyone");
  ExpectLock("SELECT name FROM everyone");
  ExpectLockOnMarked("UPDATE " + TargetMark(kCounters) + " AS t0 SET " + ColumnMark(kCounters, 1) +
                     " = (SELECT COUNT(*) FROM everyone) WHERE t0.\"tenant_id\" = ?1");
  EXPECT_THAT(Platform::Open(Options()), HasCode(ErrorCode::kSchemaDrift));
  RawSql(path(), "DROP VIEW everyone");
  // A view in the place of a table.
  Close();
  RawSql(path(),
         "ALTER TABLE counters RENAME TO hidden; CREATE VIEW counters AS SELECT * FROM hidden");
  EXPECT_THAT(Platform::Open(Options()), HasCode(ErrorCode::kSchemaDrift));
  RawSql(path(), "DROP VIEW counters; ALTER TABLE hidden RENAME TO counters");
  EXPECT_THAT(
      Findings(scratch, TenantTable("t", "id INTEGER NOT NULL, PRIMARY KEY (tenant_id, id)") +
                            "CREATE VIEW v AS SELECT * FROM t;"),
      ::testing::Contains(SchemaFindingCode::kView));
}

TEST_F(Leak, L73_ATriggerWritesAcross) {
  RawSql(path(),
         "CREATE TRIGGER across AFTER UPDATE ON counters BEGIN UPDATE orders SET number = "
         "new.id || hex(randomblob(8)); END; CREATE TRIGGER spread AFTER INSERT ON counters BEGIN "
         "INSERT OR IGNORE INTO customers SELECT tenant_id, 'T' || new.id, (SELECT "
         "group_concat(name) FROM "
         "customers), NULL FROM (SELECT DISTINCT tenant_id FROM customers); END");
  ExpectNaiveWriteHurts("UPDATE counters SET n = n + 1 WHERE id = 1");
  ExpectNaiveWriteHurts("INSERT INTO counters SELECT tenant_id, 5000, 1 FROM counters WHERE n = 1");
  // A running platform does not fire it, and a new one does not open the file.
  Same([](const Session& session) {
    return InOrder({Said(session.Execute("UPDATE counters SET n = n + 1"_sql)),
                    Said(session.Insert(Counter{9, 9})),
                    Said(session.All(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql))});
  });
  EXPECT_THAT(Platform::Open(Options()), HasCode(ErrorCode::kSchemaDrift));
  EXPECT_THAT(
      Findings(scratch, TenantTable("t", "id INTEGER NOT NULL, PRIMARY KEY (tenant_id, id)") +
                            "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END;"),
      ::testing::Contains(SchemaFindingCode::kTrigger));
}

TEST_F(Leak, L81_ATableThatCameLater) {
  Close();
  RawSql(path(), "CREATE TABLE later AS SELECT name FROM customers");
  const auto reopened = Platform::Open(Options());
  EXPECT_THAT(reopened, HasCode(ErrorCode::kSchemaDrift));
  EXPECT_THAT(Text(reopened), Not(HasSubstr("CANARY")));
  RawSql(path(), "DROP TABLE later");
  Reopen(Options());
  OpenDoor();
  RawSql(path(), "CREATE TABLE later AS SELECT name FROM customers");
  ExpectRefused("SELECT name FROM later");
  ExpectLock("SELECT name FROM later");
  ExpectLock("DELETE FROM later");
}

// The tenant is gone; so are its rows, in every byte of the file.
TEST_F(Leak, L87_ARemovedTenantLeavesNothing) {
  Must(b->session.Transaction([](auto& tx) -> absl::Status {
    auto writer = tx.NewBlob();
    const std::string scan = "CANARY-B in a blob" + std::string(200'000, 'B');
    Must(writer.Append(std::as_bytes(std::span(scan))));
    Must(writer.Finish().status());
    Must(tx.NextNumber(cordon::Series("CANARY-B-series")).status());
    return absl::OkStatus();
  }));
  const std::string c_rows = RowsOf(path(), *c_id);
  ASSERT_THAT(FileBytes().find(kCanary), ::testing::Ne(std::string::npos));
  Must(platform->tenants().Remove(*b_id));
  EXPECT_EQ(RowsOf(path(), *c_id), c_rows);
  EXPECT_THAT(RowsOf(path(), *b_id), Not(HasSubstr("CANARY")));
  // Somebody of the same name is somebody else.
  const Twin again = NewTenant("B");
  EXPECT_NE(again.id, *b_id);
  EXPECT_EQ(Said(again.session.Ask("SELECT name FROM customers")), "");
  EXPECT_EQ(Said(again.session.ValueOf(cordon::TenantCounter("CANARY-B-series"))), "0");
  EXPECT_THAT(platform->Enter(Verified("anna"), *b_id, cordon::Purpose("test")),
              HasCode(ErrorCode::kNotPermitted));
  Close();
  EXPECT_EQ(FileBytes().find(kCanary), std::string::npos);
  b_id.reset();  // nothing to compare
}

// What is deleted is overwritten, on every connection and with every build of SQLite: free pages
// and free places in pages hold nothing of it.
TEST_F(Leak, L87_WhatIsDeletedIsGoneFromTheFile) {
  Close();
  // SQLite as others build it: a connection begins without secure_delete.
  const auto entry = [](sqlite3* db, const char**, const void*) noexcept -> int {
    return sqlite3_exec(db, "PRAGMA secure_delete=OFF", nullptr, nullptr, nullptr);
  };
  int (*const off)(sqlite3*, const char**, const void*) = entry;
  struct ForAll {
    explicit ForAll(void (*function)()) : function_(function) { sqlite3_auto_extension(function); }
    ~ForAll() { sqlite3_cancel_auto_extension(function_); }
    ForAll(const ForAll&) = delete;
    ForAll& operator=(const ForAll&) = delete;
    void (*const function_)();
  } const for_all(reinterpret_cast<void (*)()>(off));
  EXPECT_EQ(RawValue(path(), "PRAGMA secure_delete"), "0");
  Reopen(Options());
  const std::string text = "LAST WORDS ";
  cordon::BlobId scan;
  const auto fill = [&](const Session& session) {
    Must(session.Transaction([&](auto& tx) -> absl::Status {
      for (std::int64_t i = 1000; i < 1400; ++i) {
        const std::string n = std::to_string(i);
        Must(tx.Insert(Customer{"L" + n, text + n, text + "region " + n}));
        Must(tx.Insert(Order{i, "L" + n, text + "order " + n, {}}));
      }
      auto writer = tx.NewBlob();
      const std::string bytes = text + std::string(200'000, 'x') + text;
      Must(writer.Append(std::as_bytes(std::span(bytes))));
      scan = Must(writer.Finish());
      return tx.Insert(Customer{"LONG", text + std::string(100'000, 'y') + text, {}});
    }));
  };
  const auto checkpointed = [&] {
    EXPECT_THAT(RawValue(path(), "PRAGMA wal_checkpoint(TRUNCATE)"), StartsWith("0"));
    return FileBytes();
  };
  fill(b->session);
  fill(a->session);
  ASSERT_THAT(checkpointed().find(text), ::testing::Ne(std::string::npos));
  // One by its rows, shorter and longer ones in their place; the other as a whole.
  Must(a->session.Execute("UPDATE orders SET number = 'x' || id WHERE id >= 1000"_sql));
  Must(a->session.Execute("DELETE FROM orders WHERE id >= 1000 AND id % 3 = 0"_sql));
  Must(a->session.Execute("DELETE FROM orders WHERE id >= 1000"_sql));
  Must(a->session.Execute("DELETE FROM customers WHERE id LIKE 'L%'"_sql));
  Must(a->session.Transaction([&](auto& tx) { return tx.DeleteBlob(scan); }));
  Must(platform->tenants().Remove(*b_id));
  b_id.reset();  // nothing to compare
  EXPECT_EQ(checkpointed().find(text), std::string::npos);
}

}  // namespace
}  // namespace cordon_test
