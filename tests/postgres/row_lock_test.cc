// SPDX-License-Identifier: Apache-2.0
// The second lock without the first one: hostile SQL, past any checker. Each text runs in two
// worlds that differ in B's rows only, and A must see the same in both: the same rows, the same
// refusal.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/postgres/pool.h"
#include "support/postgres_erp.h"

namespace cordon_test {
namespace {

using cordon::internal::PgInstall;
using cordon::internal::PgLease;
using cordon::internal::PgPool;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kA = "'" + DigitsOf('A') + "'";
const std::string kB = "'" + DigitsOf('B') + "'";

// One of the two worlds, with a pool of a single connection, so that whatever is left behind meets
// the next lease.
class World {
 public:
  explicit World(const std::string& database) : database_(Erp::Copy(database)) {
    PostgresOptions options = OptionsFor(database_);
    options.connections = 1;
    pool_ = Must(PgPool::Make(options));
  }
  ~World() {
    pool_ = nullptr;
    Erp::Drop(database_);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::vector<std::string> Sql(const std::string& sql) const {
    return PostgresServer::Get().Sql(sql, database_);
  }
  PgPool& pool() { return *pool_; }

  // Everything that no statement of A's may change: B's rows, everybody's, and the catalog.
  std::string Rest() const {
    const auto digest = [&](const std::string& from) {
      return Sql("SELECT coalesce(md5(string_agg(x::text, ';' ORDER BY x::text)), '') FROM " +
                 from + " x")
          .front();
    };
    std::string rest;
    for (const std::string table : {"customers", "orders", "events", "cordon.canary"}) {
      rest += digest("(SELECT * FROM " + table + " WHERE tenant_id <> " + kA + ")");
    }
    rest += digest("currencies");
    for (const std::string catalog :
         {"(SELECT relname, relnamespace, relowner, relacl, relrowsecurity, relforcerowsecurity, "
          "relkind FROM pg_class)",
          "(SELECT attrelid, attname, attacl FROM pg_attribute)", "pg_policy",
          "(SELECT oid, proname, proacl FROM pg_proc)", "pg_namespace", "pg_db_role_setting",
          "pg_authid", "pg_auth_members", "pg_default_acl", "pg_extension",
          "pg_largeobject_metadata", "(SELECT datname, datdba, datacl FROM pg_database)",
          "pg_description", "pg_operator", "pg_trigger", "pg_rewrite",
          "(SELECT last_value, is_called FROM numbers)", "pg_prepared_xacts",
          "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')"}) {
      rest += digest(catalog);
    }
    return rest;
  }

 private:
  std::string database_;
  std::unique_ptr<PgPool> pool_;
};

// What a tenant sees of an answer: all of it.
std::string Seen(const absl::StatusOr<PgRows>& rows) {
  if (!rows.ok()) return Describe(rows.status());
  std::string text = std::to_string(rows->changed()) + ":";
  for (int row = 0; row < rows->rows(); ++row) {
    for (int column = 0; column < rows->columns(); ++column) {
      text += rows->IsNull(row, column) ? "NULL" : std::string(rows->Bytes(row, column));
      text += '|';
    }
    text += '\n';
  }
  return text;
}

// Settings of the session that the next lease would inherit.
const std::vector<std::string>& Settings() {
  static const std::vector<std::string> names = {"role",
                                                 "session_authorization",
                                                 "search_path",
                                                 "row_security",
                                                 "statement_timeout",
                                                 "lock_timeout",
                                                 "TimeZone",
                                                 "DateStyle",
                                                 "client_encoding",
                                                 "bytea_output",
                                                 "transaction_isolation",
                                                 "default_transaction_read_only",
                                                 "work_mem",
                                                 "enable_seqscan",
                                                 "client_min_messages",
                                                 "session_replication_role"};
  return names;
}

class RowLockTest : public ::testing::Test {
 protected:
  void SetUp() override {
    CORDON_NEEDS_POSTGRES();
    Erp::Prepare();
    with_b_ = std::make_unique<World>("world_with_b");
    without_b_ = std::make_unique<World>("world_without_b");
    with_b_->Sql(RowsOf('B') + MoreOfB());
    for (World* const world : {with_b_.get(), without_b_.get()}) {
      world->Sql("ANALYZE");
      world->Sql("REVOKE TEMP ON DATABASE " + world->Sql("SELECT current_database()").front() +
                 " FROM PUBLIC");
    }
  }

  enum class Kind { kOwn, kOwnOrder, kNever };
  struct Outcome {
    std::string seen;
    bool ran = false;
    bool closed = false;
  };

  // A's statement, then what is left of it.
  static Outcome Try(World& world, const std::string& text, PgAccess access) {
    Outcome outcome;
    {
      PgLease lease = Must(world.pool().Take(TenantOf('A')));
      Must(lease.Begin(access));
      // In a transaction that has begun, and in one that this statement begins.
      const absl::StatusOr<PgRows> rows =
          access == PgAccess::kWrite ? lease.Run(text) : lease.Run(text, {}, PgThen::kCommit);
      outcome.ran = rows.ok();
      outcome.seen = Seen(rows);
      EXPECT_THAT(outcome.seen, Not(HasSubstr("CANARY-B")));
      if (rows.ok() && access == PgAccess::kWrite) {
        EXPECT_EQ(First(lease.Run("SELECT current_setting('cordon.tenant')")), DigitsOf('A'));
        EXPECT_EQ(
            FirstInteger(lease.Run("SELECT count(*) FROM customers WHERE tenant_id <> " + kA)), 0);
        outcome.ran = lease.Commit().ok();
      }
    }
    outcome.closed = world.pool().counts().idle == 0;
    return outcome;
  }

  // Of a lease of somebody who has no rows.
  static std::string Left(World& world) {
    PgLease lease = Must(world.pool().Take(TenantOf('C')));
    Must(lease.Begin(PgAccess::kRead));
    std::string left = First(lease.Run("SELECT current_setting('cordon.tenant')"));
    for (const std::string& name : Settings()) {
      left += "|" + First(lease.Run("SELECT current_setting('" + name + "', true)"));
    }
    left += "|" + First(lease.Run("SELECT current_user::text || session_user::text"));
    left += "|" + std::to_string(FirstInteger(lease.Run("SELECT count(*) FROM customers")));
    return left;
  }

  std::unique_ptr<World> with_b_;
  std::unique_ptr<World> without_b_;
};

TEST_F(RowLockTest, HostileStatementsSeeAndTouchTheirOwnRowsOnly) {
  const auto own = [](std::vector<std::string> texts) { return std::pair(Kind::kOwn, texts); };
  const auto never = [](std::vector<std::string> texts) { return std::pair(Kind::kNever, texts); };
  const std::vector<std::pair<Kind, std::vector<std::string>>> texts = {
      // Becoming somebody else.
      never({"SET cordon.tenant = " + kB,
             "SET SESSION cordon.tenant = " + kB,
             "SET LOCAL cordon.tenant = " + kB,
             "SET LOCAL \"cordon.tenant\" TO " + kB,
             "RESET cordon.tenant",
             "RESET ALL",
             "SELECT set_config('cordon.tenant', " + kB + ", false)",
             "SELECT set_config('cordon.tenant', " + kB + ", true), c.* FROM customers c",
             "WITH x AS MATERIALIZED (SELECT set_config('cordon.tenant', " + kB +
                 ", true)) SELECT c.* FROM x, customers c",
             "SELECT * FROM customers WHERE set_config('cordon.tenant', " + kB + ", true) <> ''",
             "INSERT INTO orders (tenant_id, id, customer) SELECT " + kA +
                 ", 9, set_config("
                 "'cordon.tenant', " +
                 kB + ", true)",
             "UPDATE pg_settings SET setting = " + kB + " WHERE name = 'cordon.tenant'",
             "SET ROLE erp_owner",
             "SET ROLE postgres",
             "SET ROLE NONE",
             "SET LOCAL ROLE erp_app",
             "SET SESSION AUTHORIZATION postgres",
             "SET SESSION AUTHORIZATION DEFAULT",
             "RESET SESSION AUTHORIZATION",
             "SET row_security = off",
             "SET LOCAL row_security = off",
             "SET search_path = pg_temp, public",
             "SET session_replication_role = replica",
             "SET statement_timeout = 0",
             "SET TRANSACTION READ WRITE",
             "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
             "SET CONSTRAINTS ALL DEFERRED",
             "SHOW cordon.tenant",
             "SHOW ALL",
             "DISCARD ALL",
             "DISCARD PLANS",
             "DISCARD SEQUENCES",
             "DISCARD TEMP"}),
      // The transaction, which is Cordon's.
      never({"BEGIN", "START TRANSACTION", "COMMIT", "END", "ROLLBACK", "ABORT", "COMMIT AND CHAIN",
             "ROLLBACK AND CHAIN", "SAVEPOINT s", "RELEASE s", "ROLLBACK TO s",
             "PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'", "LOCK TABLE customers",
             "LOCK TABLE customers IN ACCESS SHARE MODE", "SELECT 1; SELECT 2",
             "SELECT 1; SET cordon.tenant = " + kB}),
      // Code and objects.
      never({"DO $$BEGIN PERFORM 1; END$$",
             "DO LANGUAGE plpgsql 'BEGIN SET LOCAL cordon.tenant = 1; END'",
             "DO LANGUAGE sql 'SELECT 1'",
             "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
             "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
             "CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN END'",
             "CALL p()",
             "CREATE TEMP TABLE t (x int)",
             "CREATE TEMP TABLE customers AS SELECT 1 AS id",
             "CREATE TEMP VIEW v AS SELECT 1",
             "CREATE TEMP SEQUENCE s",
             "CREATE TABLE t (x int)",
             "CREATE TABLE t AS SELECT * FROM customers",
             "CREATE UNLOGGED TABLE t (x int)",
             "SELECT * INTO t FROM customers",
             "SELECT * INTO TEMP t FROM customers",
             "CREATE VIEW v AS SELECT 1",
             "CREATE MATERIALIZED VIEW v AS SELECT 1",
             "REFRESH MATERIALIZED VIEW v",
             "CREATE SCHEMA s",
             "CREATE EXTENSION hstore",
             "CREATE TYPE t AS (x int)",
             "CREATE DOMAIN d AS int",
             "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
             "CREATE AGGREGATE a (int) (SFUNC = int4pl, STYPE = int)",
             "CREATE RULE r AS ON SELECT TO customers DO INSTEAD SELECT 1",
             "CREATE POLICY p ON customers USING (true)",
             "ALTER POLICY cordon_tenant ON customers USING (true)",
             "DROP POLICY cordon_tenant ON customers",
             "ALTER TABLE customers DISABLE ROW LEVEL SECURITY",
             "ALTER TABLE customers NO FORCE ROW LEVEL SECURITY",
             "ALTER TABLE customers OWNER TO erp_app",
             "CREATE INDEX i ON customers (name)",
             "CREATE STATISTICS s ON id, name FROM customers",
             "CREATE TRIGGER t BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION "
             "suppress_redundant_updates_trigger()",
             "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()",
             "CREATE PUBLICATION p FOR ALL TABLES",
             "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p",
             "DROP TABLE customers",
             "TRUNCATE customers",
             "TRUNCATE orders, customers CASCADE",
             "COMMENT ON TABLE customers IS 'x'",
             "LOAD '$libdir/dblink'",
             "IMPORT FOREIGN SCHEMA x FROM SERVER s INTO public",
             "CREATE SERVER s FOREIGN DATA WRAPPER dblink_fdw",
             "CREATE USER MAPPING FOR erp_app SERVER s"}),
      // Rights and settings that outlive the session.
      never({"ALTER ROLE erp_app SET cordon.tenant = " + kB,
             "ALTER ROLE CURRENT_USER SET search_path = x", "ALTER ROLE erp_app RESET ALL",
             "ALTER ROLE erp_app PASSWORD 'x'", "ALTER ROLE erp_app BYPASSRLS",
             "ALTER ROLE erp_app RENAME TO x",
             "ALTER DATABASE world_with_b SET cordon.tenant = " + kB,
             "ALTER SYSTEM SET work_mem = '1MB'", "CREATE ROLE r", "GRANT erp_owner TO erp_app",
             "GRANT SELECT ON customers TO PUBLIC", "REVOKE ALL ON customers FROM erp_app",
             "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC", "DROP OWNED BY erp_app",
             "DROP OWNED BY CURRENT_USER CASCADE", "REASSIGN OWNED BY erp_app TO erp_app"}),
      // Out of the database.
      never({"COPY customers TO STDOUT",
             "COPY (SELECT * FROM customers) TO STDOUT",
             "COPY customers (id) FROM STDIN",
             "COPY customers TO PROGRAM 'cat'",
             "COPY customers TO '/tmp/x'",
             "SELECT pg_read_file('/etc/passwd')",
             "SELECT pg_read_binary_file('PG_VERSION')",
             "SELECT pg_ls_dir('.')",
             "SELECT pg_stat_file('PG_VERSION')",
             "SELECT lo_import('/etc/passwd')",
             "SELECT lo_export(1, '/tmp/x')",
             "SELECT lo_creat(-1)",
             "SELECT lo_from_bytea(0, 'x')",
             "SELECT lo_get(1)",
             "SELECT lo_open(1, 262144)",
             "SELECT lo_unlink(1)",
             "SELECT * FROM pg_largeobject",
             "SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS t(x int)",
             "SELECT dblink_connect('dbname=postgres')",
             "LISTEN x",
             "UNLISTEN *",
             "NOTIFY x, 'y'",
             "SELECT pg_notify('x', 'y')",
             "SELECT pg_logical_emit_message(false, 'x', 'y')"}),
      // SQL inside of SQL.
      never({"SELECT query_to_xml('SELECT * FROM customers', true, true, '')",
             "SELECT table_to_xml('customers', true, true, '')",
             "SELECT database_to_xml(true, true, '')",
             "SELECT schema_to_xml('public', true, true, '')",
             "SELECT cursor_to_xml('c', 1, true, true, '')",
             "SELECT * FROM ts_stat('SELECT to_tsvector(secret) FROM customers')",
             "SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, ''b''::tsquery')",
             "PREPARE p AS SELECT * FROM customers", "EXECUTE p", "DEALLOCATE p", "DEALLOCATE ALL",
             "DECLARE c CURSOR FOR SELECT * FROM customers",
             "DECLARE c CURSOR WITH HOLD FOR SELECT * FROM customers", "FETCH ALL FROM c", "MOVE c",
             "CLOSE ALL"}),
      // Others' sessions, time and locks.
      never({"SELECT pg_sleep(0)",
             "SELECT pg_sleep_for('1 ms')",
             "SELECT pg_advisory_lock(1)",
             "SELECT pg_try_advisory_lock(1)",
             "SELECT pg_advisory_xact_lock(1)",
             "SELECT pg_try_advisory_xact_lock_shared(1, 2)",
             "SELECT pg_advisory_unlock_all()",
             "SELECT pg_cancel_backend(1)",
             "SELECT pg_terminate_backend(1)",
             "SELECT pg_reload_conf()",
             "SELECT pg_switch_wal()",
             "SELECT pg_backend_pid()",
             "SELECT pg_blocking_pids(1)",
             "SELECT * FROM pg_stat_activity",
             "SELECT * FROM pg_stat_get_activity(NULL)",
             "SELECT * FROM pg_locks",
             "SELECT * FROM pg_lock_status()",
             "SELECT * FROM pg_prepared_statements",
             "SELECT * FROM pg_prepared_statement()",
             "SELECT * FROM pg_cursors",
             "SELECT pg_listening_channels()",
             "SELECT pg_export_snapshot()"}),
      // Counters and statistics that everybody moves.
      never({"SELECT nextval('numbers')",
             "SELECT currval('numbers')",
             "SELECT lastval()",
             "SELECT setval('numbers', 5)",
             "SELECT last_value FROM numbers",
             "SELECT txid_current()",
             "SELECT pg_current_xact_id_if_assigned()",
             "SELECT txid_current_snapshot()",
             "SELECT pg_current_snapshot()",
             "SELECT pg_current_wal_lsn()",
             "SELECT * FROM pg_stats",
             "SELECT * FROM pg_statistic",
             "SELECT * FROM pg_stats_ext",
             "SELECT * FROM pg_statistic_ext_data",
             "SELECT reltuples FROM pg_class",
             "SELECT n_live_tup FROM pg_stat_user_tables",
             "SELECT pg_stat_get_live_tuples('customers'::regclass)",
             "SELECT pg_relation_size('customers')",
             "SELECT pg_total_relation_size('customers')",
             "SELECT pg_database_size(current_database())",
             "SELECT pg_column_size(c) FROM customers c",
             "SELECT * FROM pg_stat_database",
             "SELECT * FROM pg_roles",
             "SELECT * FROM pg_authid",
             "SELECT * FROM information_schema.tables",
             "SELECT * FROM pg_get_keywords()",
             "SELECT pg_get_viewdef('names'::regclass)",
             "SELECT pg_postmaster_start_time()",
             "SELECT clock_timestamp()",
             "SELECT random()",
             "SELECT gen_random_uuid()",
             "SELECT setseed(0.5)",
             "SELECT inet_client_addr()",
             "SELECT version()",
             "EXPLAIN SELECT * FROM customers",
             "EXPLAIN ANALYZE SELECT * FROM customers",
             "EXPLAIN (ANALYZE, BUFFERS) DELETE FROM customers",
             "ANALYZE customers",
             "VACUUM customers",
             "CLUSTER customers",
             "REINDEX TABLE customers",
             "CHECKPOINT"}),
      // Where a row lies, and in which order it came.
      never({"SELECT xmin FROM customers", "SELECT ctid FROM customers",
             "SELECT tableoid FROM customers", "SELECT cmax, xmax FROM orders",
             "SELECT * FROM customers WHERE ctid = '(0,1)'",
             "DELETE FROM customers WHERE ctid = '(0,1)'", "SELECT * FROM events_0",
             "SELECT * FROM events_1", "INSERT INTO events_0 VALUES (" + kB + ", 1, 'x')",
             "SELECT id FROM customers TABLESAMPLE tsm_unknown (1)"}),
      {Kind::kOwnOrder,
       {"SELECT id FROM customers TABLESAMPLE SYSTEM (50) REPEATABLE (1)",
        "SELECT id FROM customers TABLESAMPLE BERNOULLI (50) REPEATABLE (1)",
        "SELECT id FROM customers LIMIT 1", "SELECT string_agg(id, ',') FROM customers"}},
      // Others' rows by reading.
      own({"SELECT * FROM customers ORDER BY id",
           "TABLE currencies",
           "SELECT * FROM names ORDER BY id",
           "SELECT * FROM ONLY customers ORDER BY id",
           "SELECT * FROM events ORDER BY id",
           "SELECT c FROM customers c ORDER BY id",
           "SELECT to_jsonb(c) FROM customers c ORDER BY id",
           "SELECT count(*), sum(n), max(n), min(secret) FROM customers",
           "SELECT * FROM customers WHERE tenant_id = " + kB,
           "SELECT * FROM customers WHERE tenant_id <> " + kA,
           "SELECT * FROM customers WHERE tenant_id = " + kA + " OR true ORDER BY id",
           "SELECT * FROM customers WHERE NOT tenant_id = " + kA,
           "SELECT * FROM customers a FULL JOIN customers b ON false ORDER BY a.id, b.id",
           "SELECT * FROM customers WHERE id IN (SELECT id FROM customers) ORDER BY id",
           "SELECT (SELECT max(n) FROM customers)",
           "SELECT n FROM customers UNION ALL SELECT amount FROM orders ORDER BY 1",
           "WITH RECURSIVE r AS (SELECT id FROM customers UNION SELECT c.id FROM customers c, r) "
           "SELECT * FROM r ORDER BY id",
           "SELECT id, row_number() OVER (ORDER BY id), lag(secret) OVER (ORDER BY id) FROM "
           "customers ORDER BY id",
           "SELECT EXISTS (SELECT FROM customers WHERE id = 'b-only')",
           "SELECT * FROM customers ORDER BY id FOR UPDATE",
           "SELECT * FROM customers ORDER BY id FOR SHARE SKIP LOCKED",
           "SELECT * FROM customers ORDER BY id FOR UPDATE NOWAIT",
           "SELECT * FROM generate_series(1, 3) g LEFT JOIN orders o ON o.id = g ORDER BY g",
           "SELECT c.id, o.* FROM customers c, LATERAL (SELECT * FROM orders WHERE customer = "
           "c.id) "
           "o ORDER BY 1",
           "SELECT similarity(secret, 'CANARY') FROM customers ORDER BY id",
           "SELECT 'pg_authid'::regclass::text",
           "SELECT current_setting('cordon.tenant')",
           "SELECT current_user::text",
           "VALUES (1), (2)",
           "SELECT cordon.canary.id FROM cordon.canary"}),
      // What fails on a row that the policy drops, and on no other.
      own({"SELECT id FROM customers WHERE 1 / (n - 7777) < 5 ORDER BY id",
           "SELECT id FROM customers WHERE id = 'b-only' AND 1 / (n - 7777) = 1",
           "SELECT id FROM customers WHERE id = 'b-only' AND secret::int8 = 1",
           "SELECT id FROM customers WHERE id = 'b-only' AND secret::jsonb IS NOT NULL",
           "SELECT id FROM customers WHERE id > 'c3' AND ('2020-01-' || n)::date IS NOT NULL",
           "SELECT id FROM customers WHERE sqrt(7776 - n) > 0 ORDER BY id",
           "SELECT id, amount * 2 FROM orders ORDER BY id", "SELECT sum(amount * 2) FROM orders",
           "SELECT id FROM orders WHERE amount + 1 > 0 ORDER BY amount + 1",
           "SELECT id FROM orders GROUP BY id HAVING max(amount + 1) > 0",
           "SELECT c.id FROM customers c JOIN orders o ON 1 / (c.n - 7777) < o.id ORDER BY 1",
           "SELECT n FROM customers WHERE regexp_replace(id, '(', '') = 'x' AND false",
           "DELETE FROM orders WHERE amount + 1 = 0",
           "UPDATE customers SET n = n WHERE 1 / (n - 7777) > 5"}),
      // Others' rows by writing.
      own({"INSERT INTO customers VALUES (" + kA + ", 'b-only', 'CANARY', 'x', 1) RETURNING id",
           "INSERT INTO customers VALUES (" + kA +
               ", 'x1', 'y', 'x', 1) ON CONFLICT (tenant_id, id) DO UPDATE SET secret = "
               "customers.secret RETURNING id, secret",
           "INSERT INTO customers VALUES (" + kA +
               ", 'x2', 'z', 'x', 1) ON CONFLICT DO NOTHING RETURNING id",
           "INSERT INTO customers VALUES (" + kA +
               ", 'c1', 'Ada', 'x', 1) ON CONFLICT (tenant_id, id) DO UPDATE SET n = customers.n + "
               "1 RETURNING *",
           "UPDATE customers SET n = n + 1 RETURNING id, n",
           "UPDATE customers SET n = n + 1 WHERE tenant_id = " + kB + " RETURNING id",
           "UPDATE customers SET name = id WHERE id = 'x1' RETURNING name",
           "UPDATE customers c SET n = o.id FROM orders o WHERE o.customer = c.id RETURNING c.id",
           "WITH u AS (UPDATE customers SET n = 5 RETURNING id) SELECT count(*) FROM u",
           "DELETE FROM customers WHERE tenant_id = " + kB,
           "DELETE FROM orders USING customers c WHERE customer = c.id AND c.id = 'b-only'",
           "WITH d AS (DELETE FROM events RETURNING *) SELECT * FROM d ORDER BY id",
           "DELETE FROM orders WHERE id = 777",
           "INSERT INTO orders VALUES (" + kA + ", 777, 'c1', 1) RETURNING id",
           "DELETE FROM customers WHERE id NOT IN (SELECT customer FROM orders)"}),
      never(
          {"INSERT INTO customers VALUES (" + kB + ", 'new', 'new', 'x', 1)",
           "INSERT INTO customers VALUES (" + kB + ", 'b-only', 'new', 'x', 1)",
           "INSERT INTO customers VALUES (" + kB +
               ", 'b-only', 'new', 'x', 1) ON CONFLICT DO NOTHING",
           "INSERT INTO customers VALUES (" + kB +
               ", 'b-only', 'n', 'x', 1) ON CONFLICT (tenant_id, id) DO UPDATE SET n = 0 "
               "RETURNING secret",
           "INSERT INTO customers VALUES (NULL, 'new', 'new', 'x', 1)",
           "INSERT INTO customers SELECT " + kB +
               ", id || 'x', name || 'x', secret, n FROM "
               "customers",
           "UPDATE customers SET tenant_id = " + kB, "UPDATE customers SET tenant_id = tenant_id",
           "INSERT INTO customers VALUES (" + kA +
               ", 'c1', 'n', 'x', 1) ON CONFLICT (tenant_id, id) DO UPDATE SET tenant_id = " + kB,
           "INSERT INTO orders VALUES (" + kA + ", 9, 'b-only-2', 1)",
           "INSERT INTO orders VALUES (" + kB + ", 9, 'b-only', 1)",
           "INSERT INTO events VALUES (" + kB + ", 9, 'x')",
           "INSERT INTO cordon.canary VALUES ('636f72646f6e27732063616e61727921', 9)",
           "INSERT INTO currencies VALUES ('XXX', 'x')", "UPDATE currencies SET name = 'x'",
           "DELETE FROM currencies",
           "MERGE INTO customers c USING (VALUES ('b-only')) v(id) ON c.id = v.id WHEN MATCHED "
           "THEN DELETE",
           "MERGE INTO customers c USING orders o ON true WHEN MATCHED THEN UPDATE SET n = 0",
           // It visits rows before any policy when it does not read them.
           "MERGE INTO customers c USING (VALUES (0)) v(x) ON true WHEN MATCHED AND 1 / v.x > 0 "
           "THEN DELETE",
           "WITH v(x) AS (VALUES (0)) MERGE INTO customers c USING v ON true WHEN MATCHED THEN "
           "DELETE",
           "WITH v(x) AS (VALUES (0))merge/* */into customers c USING v ON true WHEN MATCHED "
           "THEN DELETE",
           "WITH v(x) AS (VALUES (0)) MeRgE--\nINTO customers c USING v ON true WHEN MATCHED THEN "
           "DELETE"}),
  };

  const std::string rest_with = with_b_->Rest();
  const std::string rest_without = without_b_->Rest();
  ASSERT_NE(rest_with, rest_without);
  const std::string left = Left(*with_b_);
  ASSERT_THAT(left, HasSubstr(DigitsOf('C')));
  std::map<Kind, int> count;
  int closed = 0;
  for (const auto& [kind, list] : texts) {
    for (const std::string& text : list) {
      SCOPED_TRACE(text);
      ++count[kind];
      for (const PgAccess access : {PgAccess::kRead, PgAccess::kWrite}) {
        const Outcome one = Try(*with_b_, text, access);
        const Outcome two = Try(*without_b_, text, access);
        EXPECT_EQ(one.closed, two.closed);
        if (kind != Kind::kOwnOrder) {
          EXPECT_EQ(one.seen, two.seen);
        }
        if (kind == Kind::kNever) {
          EXPECT_FALSE(one.ran) << one.seen;
          closed += one.closed ? 1 : 0;
        } else {
          EXPECT_FALSE(one.closed) << one.seen;
          if (access == PgAccess::kWrite) {
            EXPECT_TRUE(one.ran) << one.seen;
          }
        }
      }
      EXPECT_EQ(Left(*with_b_), left);
      EXPECT_EQ(Left(*without_b_), left);
      if (kind == Kind::kNever) continue;
      // What the next texts meet is what this one met.
      for (World* const world : {with_b_.get(), without_b_.get()}) {
        world->Sql("DELETE FROM orders WHERE tenant_id = " + kA +
                   "; DELETE FROM events WHERE "
                   "tenant_id = " +
                   kA + "; DELETE FROM customers WHERE tenant_id = " + kA + ";" + RowsOf('A'));
      }
    }
    // Once for each group: it reads the whole catalog.
    EXPECT_EQ(with_b_->Rest(), rest_with) << list.front();
    EXPECT_EQ(without_b_->Rest(), rest_without) << list.front();
  }
  EXPECT_GT(count[Kind::kNever], 200);
  EXPECT_GT(count[Kind::kOwn], 50);
  EXPECT_GT(closed, 50) << "the server took them; the connection did not";
}

TEST_F(RowLockTest, WithoutATenantOrWithSomethingElseThereIsNoRow) {
  const auto app = Connect(OptionsFor("world_with_b"), "erp_app");
  EXPECT_EQ(FirstInteger(app->Execute("SELECT count(*) FROM customers")), 0);
  EXPECT_FALSE(app->Execute("INSERT INTO orders VALUES (" + kB + ", 9, 'c1', 1)").ok());
  // Somebody who can set it, which takes a superuser's mistake, gets no further with these.
  for (const std::string& value :
       {std::string(), std::string("junk"), DigitsOf('B').substr(1), DigitsOf('B') + "0",
        DigitsOf('B') + "\n", " " + DigitsOf('B'), "{" + DigitsOf('B') + "}",
        std::string("42424242-4242-4242-4242-424242424242"), std::string("NULL"),
        std::string("4242424242424242424242424242424G"),
        std::string("ABABABABABABABABABABABABABABABAB"), std::string(100, '4')}) {
    ASSERT_THAT(app->Execute("SET cordon.tenant = '" + value + "'"), IsOk());
    EXPECT_EQ(FirstInteger(app->Execute("SELECT count(*) FROM customers")), 0) << value;
    EXPECT_EQ(FirstInteger(app->Execute("SELECT count(*) FROM events")), 0) << value;
  }
  // The control: this is what was kept away.
  ASSERT_THAT(app->Execute("SET cordon.tenant = " + kB), IsOk());
  EXPECT_EQ(FirstInteger(app->Execute("SELECT count(*) FROM customers")), 503);

  // A binding goes with its transaction, whichever way that ends.
  const auto other = Connect(OptionsFor("world_with_b"), "erp_app");
  for (const bool keep : {true, false}) {
    Must(other->Begin(TenantOf('B'), PgAccess::kWrite));
    EXPECT_EQ(FirstInteger(other->Run("SELECT count(*) FROM customers")), 503);
    if (keep) {
      EXPECT_THAT(other->Commit(), IsOk());
    } else {
      other->Rollback();
    }
    EXPECT_EQ(FirstInteger(other->Execute("SELECT count(*) FROM customers")), 0);
  }
}

TEST_F(RowLockTest, TheOwnerIsUnderThePoliciesAsWell) {
  const auto owner = Connect(OptionsFor("world_with_b"), "erp_owner");
  EXPECT_EQ(FirstInteger(owner->Execute("SELECT count(*) FROM customers")), 0);
  EXPECT_FALSE(owner->Execute("INSERT INTO orders VALUES (" + kB + ", 9, 'c1', 1)").ok());
}

TEST_F(RowLockTest, TheKeysIndexServesThePolicy) {
  with_b_->Sql(
      "INSERT INTO customers SELECT md5(g::text)::uuid, 'k' || g % 10, g::text, '', 1 FROM "
      "generate_series(1, 20000) g; ANALYZE customers");
  const auto plan = [&](const std::string& sql) {
    std::string text;
    for (const std::string& line : with_b_->Sql("SET ROLE erp_app; SET cordon.tenant = " + kA +
                                                "; EXPLAIN (COSTS OFF) " + sql)) {
      text += line + "\n";
    }
    return text;
  };
  const std::string by_key = plan("SELECT name FROM customers WHERE id = 'c1'");
  EXPECT_THAT(by_key, HasSubstr("Index Scan using customers_pkey"));
  EXPECT_THAT(by_key, HasSubstr("Index Cond: ((tenant_id = CASE"));
  EXPECT_THAT(by_key, HasSubstr("AND (id = 'c1'"));
  // With the tenant named as well, the plan is the hand-written one behind one comparison.
  const std::string named =
      plan("SELECT name FROM customers WHERE tenant_id = " + kA + " AND id = 'c1'");
  EXPECT_THAT(named, HasSubstr("One-Time Filter: (CASE"));
  EXPECT_THAT(named, HasSubstr("Index Cond: ((tenant_id = '41414141-"));
  const std::string joined = plan(
      "SELECT c.name FROM orders o JOIN customers c ON c.tenant_id = o.tenant_id AND c.id = "
      "o.customer WHERE o.id = 1");
  EXPECT_THAT(joined, HasSubstr("Index Cond: (tenant_id = CASE"));
  EXPECT_THAT(joined, Not(HasSubstr("Seq Scan on customers")));
}

}  // namespace
}  // namespace cordon_test
