// SPDX-License-Identifier: Apache-2.0
//
// The engine lock with the checker switched off: whatever text reaches the engine is refused,
// rolled back, or touches rows of its own tenant only.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cordon/cordon.h"
#include "data/lock.h"
#include "data/unchecked.h"
#include "store/sqlite.h"

namespace cordon {
namespace {

using internal::Access;
using internal::Cursor;
using internal::TransactionCore;
using internal::UncheckedDoor;
using Kind = TransactionCore::Kind;

struct Price {
  std::string sku;
  std::int64_t cents = 0;
  std::optional<std::string> note;
};
struct Stock {
  std::string sku;
  std::int64_t place = 0;
  std::int64_t prices = 0;  // a column that is named like a table
};
struct Currency {
  std::string code;
};
struct Account {
  std::int64_t id = 0;
  std::string currency;
};
struct Shop {
  static constexpr auto kSchema =
      Schema{TenantTable<Price>("prices")
                 .Key<&Price::sku>("sku")
                 .Column<&Price::cents>("cents")
                 .Column<&Price::note>("note")
                 .Unique<&Price::cents>(),
             TenantTable<Stock>("stock")
                 .Key<&Stock::sku>("sku")
                 .Key<&Stock::place>("place")
                 .Column<&Stock::prices>("prices")
                 .References<&Stock::sku>("prices"),
             GlobalTable<Currency>("currencies").Key<&Currency::code>("code"),
             TenantTable<Account>("accounts")
                 .Key<&Account::id>("id")
                 .Column<&Account::currency>("currency")
                 .References<&Account::currency>("currencies")};
};

std::string Hex(const TenantId& id) {
  std::string text = "x'";
  for (const std::byte byte : id.bytes()) {
    constexpr std::string_view kHex = "0123456789abcdef";
    text += kHex[std::to_integer<unsigned>(byte) >> 4U];
    text += kHex[std::to_integer<unsigned>(byte) & 15U];
  }
  return text + "'";
}

// Two tenants with the same keys; every value of B carries the canary.
class EngineLockTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "/lock_" +
                 testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    path_ = directory_ + "/lock.db";
    // One reader: A, B and A again meet on the same connection.
    auto core =
        internal::PlatformCore::Open(internal::kViewOf<Shop>, {.path = path_, .readers = 1});
    ASSERT_TRUE(core.ok()) << core.status();
    core_ = *std::move(core);
    const Principal anna = *Principal::User("anna");
    for (auto* id : {&a_id_, &b_id_}) {
      auto created = core_->tenants().Create("tenant");
      ASSERT_TRUE(created.ok());
      *id = *created;
      ASSERT_TRUE(core_->tenants().AddMember(*created, anna).ok());
      auto context = core_->tenants().Enter(AssertVerified(anna), *created, Purpose("test"));
      ASSERT_TRUE(context.ok());
      contexts_.push_back(*std::move(context));
    }
    a_ = *core_->OpenSession(contexts_[0]);
    b_ = *core_->OpenSession(contexts_[1]);
    Fill(a_, "mine");
    Fill(b_, "CANARY-B");
  }
  void TearDown() override {
    a_.reset();
    b_.reset();
    core_.reset();
    std::filesystem::remove_all(directory_);
  }

  static void Fill(const std::shared_ptr<internal::SessionState>& state, const char* note) {
    Session<Shop> session(state);
    ASSERT_TRUE(session.Insert(Price{"x", 1, note}).ok());
    ASSERT_TRUE(session.Insert(Price{"y", 2, note}).ok());
    ASSERT_TRUE(session.Insert(Stock{"x", 1, 10}).ok());
  }

  // Runs text as tenant A and returns what came out: rows, or the refusal.
  struct Outcome {
    absl::Status status;
    std::vector<std::string> rows;
    std::int64_t changed = 0;
    absl::Status committed;
  };
  Outcome Run(const std::string& sql, Kind kind, bool marked = false,
              Access access = Access::kWrite) {
    Outcome outcome;
    TransactionCore core(a_->engine, a_.get(), kind);
    EXPECT_TRUE(core.status().ok()) << core.status();
    {
      Cursor cursor;
      if (marked) {
        UncheckedDoor::StartMarked(core, sql, access, &cursor);
      } else {
        UncheckedDoor::Start(core, sql, &cursor);
      }
      while (cursor.Step()) {
        outcome.rows.emplace_back();
        const auto value = cursor.Column(0);
        outcome.rows.back() = value.storage == internal::SqlValue::kText
                                  ? std::string(value.Bytes())
                                  : std::to_string(value.integer);
        cursor.EndRow();
      }
      outcome.status = cursor.status();
      if (outcome.status.ok()) {
        auto changed = cursor.Finish();
        outcome.changed = changed.ok() ? *changed : -1;
      }
    }
    // A host that swallows the error and commits all the same.
    outcome.committed = core.Commit();
    return outcome;
  }

  // All rows of all tables of one tenant, and of the whole file, seen from outside of Cordon.
  std::string Dump(const std::string& where) {
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open_v2(path_.c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    std::string dump;
    for (const char* table :
         {"prices", "stock", "currencies", "cordon_tenants", "cordon_members"}) {
      const bool scoped = std::string(table) == "prices" || std::string(table) == "stock";
      const std::string sql = "SELECT * FROM " + std::string(table) + (scoped ? where : "");
      sqlite3_stmt* statement = nullptr;
      EXPECT_EQ(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr), SQLITE_OK) << sql;
      while (sqlite3_step(statement) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); ++i) {
          const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, i));
          dump.append(bytes == nullptr
                          ? "NULL"
                          : std::string(bytes, static_cast<std::size_t>(
                                                   sqlite3_column_bytes(statement, i))));
          dump += '|';
        }
        dump += '\n';
      }
      sqlite3_finalize(statement);
    }
    sqlite3_close(db);
    return dump;
  }
  std::string DumpOfB() { return Dump(" WHERE tenant_id = " + Hex(*b_id_)); }

  std::string directory_;
  std::string path_;
  std::unique_ptr<internal::PlatformCore> core_;
  std::optional<TenantId> a_id_;
  std::optional<TenantId> b_id_;
  std::vector<TenantContext> contexts_;
  std::shared_ptr<internal::SessionState> a_;
  std::shared_ptr<internal::SessionState> b_;
};

std::vector<std::string> HostileTexts(const std::string& other) {
  return {
      // Reading a table, in every spelling that SQLite knows.
      "SELECT * FROM prices",
      "SELECT note FROM main.prices",
      "SELECT note FROM \"prices\"",
      "SELECT note FROM 'prices'",
      "SELECT note FROM [prices]",
      "SELECT note FROM `prices`",
      "SELECT note FROM PRICES",
      "SELECT note FROM main.\"PrIcEs\" AS t0",
      "SELECT count(*) FROM prices",
      "SELECT 1 FROM prices",
      "SELECT note FROM prices WHERE tenant_id = ?1",
      "SELECT note FROM prices WHERE tenant_id = ?1 OR 1",
      "SELECT note FROM prices WHERE tenant_id = " + other,
      "SELECT (SELECT note FROM prices LIMIT 1)",
      "SELECT EXISTS (SELECT 1 FROM prices WHERE note LIKE 'CANARY%')",
      "SELECT 'x' IN prices",
      "SELECT " + other + " IN (SELECT tenant_id FROM prices)",
      "SELECT note FROM (SELECT * FROM prices)",
      "SELECT a.note FROM prices AS a, prices AS b",
      "SELECT a.note FROM currencies AS c LEFT JOIN prices AS a ON 1",
      "SELECT note FROM prices UNION ALL SELECT note FROM prices",
      "SELECT code FROM currencies UNION SELECT note FROM prices",
      "VALUES (1), ((SELECT note FROM prices))",
      "SELECT max(note) OVER () FROM prices",
      "SELECT group_concat(note) FROM prices",
      "SELECT note FROM prices INDEXED BY sqlite_autoindex_prices_2",
      "SELECT note FROM prices NOT INDEXED",
      // Names that a statement can choose.
      "WITH prices AS (SELECT * FROM main.prices) SELECT note FROM prices",
      "WITH prices AS NOT MATERIALIZED (SELECT * FROM main.prices) SELECT note FROM prices AS t0",
      "WITH prices AS MATERIALIZED (SELECT * FROM main.prices) SELECT note FROM prices",
      "WITH s AS (SELECT * FROM main.prices) SELECT note FROM s",
      "WITH \"s00000000000000000000000000000000_0\" AS NOT MATERIALIZED (SELECT * FROM "
      "main.prices) "
      "SELECT note FROM \"s00000000000000000000000000000000_0\" AS t0",
      "WITH RECURSIVE s(n) AS (SELECT note FROM main.prices UNION ALL SELECT n FROM s) "
      "SELECT n FROM s LIMIT 3",
      "SELECT prices.note FROM stock AS prices",
      // The engine's own tables, and Cordon's.
      "SELECT sql FROM sqlite_schema",
      "SELECT sql FROM sqlite_master",
      "SELECT sql FROM main.sqlite_master",
      "SELECT * FROM sqlite_temp_schema",
      "SELECT * FROM temp.sqlite_temp_master",
      "SELECT * FROM sqlite_sequence",
      "SELECT * FROM sqlite_stat1",
      "SELECT name FROM pragma_table_info('prices')",
      "SELECT * FROM pragma_table_list",
      "SELECT * FROM pragma_database_list",
      "SELECT * FROM pragma_index_list('prices')",
      "SELECT * FROM dbstat",
      "SELECT sql FROM sqlite_stmt",
      "SELECT * FROM sqlite_dbpage",
      "SELECT name FROM cordon_tenants",
      "SELECT name FROM cordon_members",
      "SELECT * FROM cordon_versions",
      "SELECT seal FROM cordon_installation",
      // Functions with an effect, or that tell what happened elsewhere.
      "SELECT load_extension('x')",
      "SELECT readfile('/etc/passwd')",
      "SELECT writefile('/tmp/x', 'y')",
      "SELECT randomblob(16)",
      "SELECT random()",
      "SELECT last_insert_rowid()",
      "SELECT changes()",
      "SELECT total_changes()",
      "SELECT sqlite_version()",
      "SELECT sqlite_compileoption_get(1)",
      "SELECT zeroblob(1000000000)",
      "SELECT fts3_tokenizer('simple')",
      "SELECT 'a' REGEXP 'b'",
      // Statements that leave the scope.
      "ATTACH DATABASE 'other.db' AS other",
      "ATTACH ':memory:' AS m",
      "DETACH DATABASE main",
      "PRAGMA foreign_keys = OFF",
      "PRAGMA writable_schema = ON",
      "PRAGMA table_info(prices)",
      "PRAGMA query_only = OFF",
      "PRAGMA trusted_schema = ON",
      "PRAGMA database_list",
      "PRAGMA user_version",
      "PRAGMA wal_checkpoint",
      "VACUUM",
      "VACUUM INTO 'copy.db'",
      "REINDEX",
      "ANALYZE",
      "ANALYZE main.prices",
      "CREATE TABLE t(x)",
      "CREATE TABLE t AS SELECT * FROM prices",
      "CREATE TEMP TABLE t(x)",
      "CREATE TEMP TABLE prices(tenant_id, sku, cents, note)",
      "CREATE TEMP VIEW v AS SELECT * FROM main.prices",
      "CREATE VIEW v AS SELECT 1",
      "CREATE TEMP TRIGGER t AFTER INSERT ON main.prices BEGIN SELECT 1; END",
      "CREATE INDEX i ON prices(note)",
      "CREATE VIRTUAL TABLE f USING fts5(x)",
      "DROP TABLE prices",
      "DROP TABLE stock",
      "ALTER TABLE prices RENAME TO p",
      "ALTER TABLE prices ADD COLUMN z",
      "BEGIN",
      "BEGIN IMMEDIATE",
      "COMMIT",
      "END",
      "ROLLBACK",
      "SAVEPOINT s",
      "RELEASE cordon",
      "ROLLBACK TO cordon",
      "EXPLAIN SELECT 1",
      "EXPLAIN QUERY PLAN SELECT * FROM prices",
      "SELECT 1; SELECT note FROM prices",
      "SELECT 1; DELETE FROM prices",
      "",
      "-- nothing",
      "not a statement",
      "SELECT \"no such column\"",
      // Writing without the emitter's mark.
      "INSERT INTO prices VALUES (?1, 'z', 9, NULL)",
      "INSERT INTO prices VALUES (" + other + ", 'z', 9, NULL)",
      "INSERT INTO prices SELECT " + other + ", sku, cents + 10, note FROM prices",
      "INSERT OR REPLACE INTO prices VALUES (" + other + ", 'x', 9, 'mine')",
      "REPLACE INTO prices VALUES (" + other + ", 'x', 9, 'mine')",
      "INSERT OR IGNORE INTO prices VALUES (" + other + ", 'x', 9, 'mine')",
      "INSERT INTO prices VALUES (?1, 'x', 9, NULL) ON CONFLICT DO UPDATE SET note = 'mine'",
      "UPDATE prices SET note = 'mine'",
      "UPDATE main.prices SET note = 'mine' WHERE tenant_id = ?1",
      "UPDATE prices SET note = 'mine' WHERE sku = 'x' RETURNING note",
      "UPDATE prices SET tenant_id = ?1",
      "UPDATE OR REPLACE prices SET tenant_id = ?1",
      "UPDATE prices SET note = (SELECT note FROM prices AS p WHERE p.tenant_id = " + other + ")",
      "UPDATE prices SET cents = 7 FROM (SELECT sku FROM prices) AS s WHERE s.sku = prices.sku",
      "DELETE FROM prices",
      "DELETE FROM prices WHERE tenant_id = ?1",
      "DELETE FROM stock WHERE EXISTS (SELECT 1 FROM prices WHERE note LIKE 'C%') RETURNING sku",
      "DELETE FROM prices RETURNING note",
      "WITH s AS (SELECT 1) DELETE FROM prices",
      "DELETE FROM currencies",
      "INSERT INTO currencies VALUES ('XXX')",
      "UPDATE currencies SET code = 'XXX'",
      "INSERT INTO cordon_members VALUES (" + other + ", 1, 'anna')",
      "UPDATE cordon_tenants SET state = 1",
      "DELETE FROM cordon_tenants",
      "UPDATE sqlite_schema SET sql = ''",
  };
}

TEST_F(EngineLockTest, RefusesEveryTextThatTheEmitterDidNotWrite) {
  const std::string before = Dump("");
  int tried = 0;
  for (const std::string& sql : HostileTexts(Hex(*b_id_))) {
    for (const Kind kind : {Kind::kStatement, Kind::kRead, Kind::kWrite}) {
      const Outcome outcome = Run(sql, kind);
      EXPECT_FALSE(outcome.status.ok()) << sql;
      EXPECT_EQ(CodeOf(outcome.status), ErrorCode::kEngineLock) << sql << ": " << outcome.status;
      EXPECT_THAT(outcome.rows, testing::IsEmpty()) << sql;
      EXPECT_THAT(std::string(outcome.status.message()),
                  testing::Not(testing::HasSubstr("CANARY")));
      ++tried;
    }
  }
  EXPECT_EQ(Dump(""), before);
  EXPECT_GT(tried, 350);
}

// Read marks expand to the scoped form; whatever stands round them sees own rows only.
TEST_F(EngineLockTest, MarkedReadsSeeOwnRowsOnly) {
  const std::string r = "\x01R0\x02";
  for (const std::string& sql : std::vector<std::string>{
           "SELECT t0.note FROM " + r + " AS t0",
           "SELECT t0.note FROM " + r + " AS t0 WHERE 1 OR t0.sku = 'x'",
           "SELECT max(t0.note) FROM " + r + " AS t0 JOIN " + r + " AS t1",
           "SELECT (SELECT t1.note FROM " + r + " AS t1 WHERE t1.sku = t0.sku) FROM " + r +
               " AS t0",
           "SELECT t1.note FROM " + r + " AS t0 LEFT JOIN " + r + " AS t1 ON 1",
       }) {
    const Outcome outcome = Run(sql, Kind::kStatement, true, Access::kRead);
    EXPECT_TRUE(outcome.status.ok()) << sql << outcome.status;
    EXPECT_FALSE(outcome.rows.empty()) << sql;
    for (const std::string& row : outcome.rows) EXPECT_EQ(row, "mine") << sql;
  }
  const Outcome hidden = Run("SELECT t0.tenant_id FROM " + r + " AS t0", Kind::kStatement, true);
  EXPECT_EQ(CodeOf(hidden.status), ErrorCode::kEngineLock);
}

// An emitter that forgot the tenant, or lost it on the way: refused by the text alone, so that
// nothing of another tenant's rows decides how.
TEST_F(EngineLockTest, WritesThatDoNotKeepToTheTenantAreRefusedByTheirText) {
  const std::string t = "\x01T0\x02";
  const std::string cents =
      "\x01"
      "C0.1\x02";
  const std::string note =
      "\x01"
      "C0.2\x02";
  const std::string r = "\x01R1\x02";
  const std::string g = "\x01G2\x02";
  const std::string other = Hex(*b_id_);
  const std::string before = Dump("");
  const std::string own = "t0.\"tenant_id\" = ?1";
  const std::string update = "UPDATE " + t + " AS t0 SET " + note + " = 'mine'";
  const std::string sku =
      "\x01"
      "C0.0\x02";
  const std::string into = "INSERT INTO " + t + " AS t0 (\"tenant_id\", " + sku + ", ";
  const std::string insert = into + cents + ") ";
  for (const std::string& sql : std::vector<std::string>{
           update,
           update + " WHERE t0.\"sku\" = 'x'",
           update + " WHERE " + own + " OR 1",
           update + " WHERE " + own + " OR (1)",
           update + " WHERE " + own + " AND 0 OR 1",
           update + " WHERE " + own + " AND ?2OR 1",
           update + " WHERE " + own + " AND 0oR(1)",
           update + " WHERE " + own + " COLLATE BINARY OR 1",
           update + " WHERE " + own + "0",
           update + " WHERE " + own + " IS NOT NULL",
           update + " WHERE " + own + "/**/OR 1",
           update + " WHERE " + own + " AND 0 /* ( */ OR 1 /* ) */",
           update + " WHERE " + own + " AND 0 -- (\n OR 1 -- )",
           update + " WHERE 1 OR " + own,
           update + " WHERE NOT " + own,
           update + " WHERE (" + own + ")",
           update + " WHERE ?1 = t0.\"tenant_id\"",
           update + " WHERE \"tenant_id\" = ?1",
           update + " WHERE t1.\"tenant_id\" = ?1",
           update + " WHERE t0.\"tenant_id\" = " + other,
           update + " WHERE t0.\"tenant_id\" = ?2",
           update + " WHERE t0.\"tenant_id\" = ?10",
           update + " WHERE t0.\"tenant_id\" > ?1",
           update + "; WHERE " + own,
           update + " WHERE t0.\"sku\" = 'x' RETURNING " + note,
           // Another item of the target's name, whose tenant is always the right one.
           update +
               " FROM (SELECT ?1 AS tenant_id) AS t1 RIGHT JOIN (SELECT ?1 AS tenant_id) AS "
               "t0 USING (tenant_id) WHERE " +
               own,
           update +
               " FROM (SELECT ?1 AS tenant_id) AS t1 RIGHT JOIN (SELECT ?1 AS tenant_id) "
               "\"t0\" USING (tenant_id) WHERE " +
               own,
           update +
               " FROM (SELECT ?1 AS tenant_id) AS t1 RIGHT JOIN (SELECT ?1 AS tenant_id) AS "
               "\x01L't0'\x02 USING (tenant_id) WHERE " +
               own,
           update +
               " FROM (SELECT ?1 AS tenant_id) AS t1 RIGHT JOIN (SELECT ?1 AS tenant_id) AS "
               "'T0' USING (tenant_id) WHERE " +
               own,
           "UPDATE OR REPLACE " + t + " AS t0 SET " + cents + " = 1 WHERE " + own,
           "UPDATE OR IGNORE " + t + " AS t0 SET " + cents + " = 1 WHERE " + own,
           "UPDATE " + t + " SET " + note + " = 'mine' WHERE prices.\"tenant_id\" = ?1",
           "UPDATE " + t + " AS t0 NOT INDEXED SET " + note + " = 'mine' WHERE " + own,
           "UPDATE " + t + " AS t0 SET \"tenant_id\" = ?1 WHERE 0",
           "DELETE FROM " + t,
           "DELETE FROM " + t + " AS t0",
           "DELETE FROM " + t + " AS t0 WHERE t0.\"sku\" = 'y'",
           "DELETE FROM " + t + " AS t0 WHERE t0.\"sku\" = 'y' RETURNING " + note,
           "DELETE FROM " + t + " AS t0 WHERE t0.\"tenant_id\" = ?1 OR 1",
           "DELETE FROM " + t + " AS t0 WHERE t1.\"tenant_id\" = ?1",
           "DELETE FROM " + t + " WHERE \"tenant_id\" = ?1",
           "INSERT INTO " + t + " VALUES (" + other + ", 'new', 99, 'mine')",
           "INSERT INTO " + t + " VALUES (?1, 'new', 99, 'mine')",
           "INSERT INTO " + t + " DEFAULT VALUES",
           "INSERT OR REPLACE INTO " + t + " VALUES (" + other + ", 'y', 99, 'mine')",
           "INSERT OR IGNORE INTO " + t +
               " AS t0 (\"tenant_id\", \"sku\", \"cents\") VALUES (?1, "
               "'new', 99)",
           "REPLACE INTO " + t + " AS t0 (\"tenant_id\", \"sku\", \"cents\") VALUES (?1, 'x', 99)",
           insert + "VALUES (" + other + ", 'new', 99)",
           into + "\"cents\") VALUES (?1, 'new', 99)",
           into + cents + ", tenant_id) VALUES (?1, 'new', 99, " + other + ")",
           into + cents + ", \"tenant_id\") VALUES (?1, 'new', 99, " + other + ")",
           into + cents + ", \x01L'tenant_id'\x02) VALUES (?1, 'new', 99, " + other + ")",
           into + cents + ", ) VALUES (?1, 'new', 99, " + other + ")",
           insert + "VALUES (?1 || '', 'new', 99)",
           insert + "VALUES (?10, 'new', 99)",
           insert + "VALUES (?2, 'new', 99)",
           insert + "VALUES (/**/?1, 'new', 99)",
           insert + "VALUES (?1, 'new', 99), (" + other + ", 'new2', 98)",
           insert + "VALUES (?1, ')', 99), (" + other + ", '(', 98)",
           insert + "VALUES (?1, 'new', 99) UNION ALL SELECT " + other + ", 'new2', 98",
           insert + "VALUES (?1, 'new', 99) EXCEPT SELECT " + other + ", 'new2', 98",
           insert + "SELECT " + other + ", 'new', 99",
           insert + "SELECT ?1, 'new', 99 UNION SELECT " + other + ", 'new2', 98",
           insert + "SELECT ?1, 'new', ?2UNION SELECT " + other + ", 'new2', 98",
           insert + "SELECT ?1, 'new', 99 WHERE 0 uNiOn ALL VALUES (" + other + ", 'new2', 98)",
           insert + "SELECT ?1, 'new', 99 WHERE 0 /* ( */ UNION SELECT " + other +
               ", 'new2', 98 /* ) */",
           insert + "SELECT DISTINCT ?1, 'new', 99",
           insert + "SELECT t1.\"code\", 'new', 99 FROM " + g + " AS t1",
           insert + "WITH c AS (SELECT 1) SELECT " + other + ", 'new', 99",
           "INSERT INTO " + t + " AS t0 (\"sku\", \"tenant_id\", \"cents\") VALUES (?1, " + other +
               ", 99)",
           "INSERT INTO " + t + " AS t0 (" + note +
               ", \"tenant_id\", \"sku\", \"cents\") VALUES "
               "(?1, " +
               other + ", 'new', 99)",
           insert + "VALUES (" + other + ", 'x', 99) ON CONFLICT DO UPDATE SET " + note +
               " = 'mine'",
           insert + "VALUES (" + other + ", 'x', 99) ON CONFLICT DO NOTHING",
           "WITH c AS (SELECT 1) " + update + " WHERE " + own,
           " " + update + " WHERE " + own,
       }) {
    const Outcome outcome = Run(sql, Kind::kWrite, true);
    EXPECT_EQ(CodeOf(outcome.status), ErrorCode::kEngineLock) << sql << ": " << outcome.status;
    EXPECT_THAT(outcome.rows, testing::IsEmpty()) << sql;
    EXPECT_EQ(Dump(""), before) << sql;
  }
  // As the emitter writes.
  for (const std::string& sql : std::vector<std::string>{
           insert + "VALUES (?1, 'new', 99), (?1, 'new2', 98)",
           insert + "VALUES (?1, 'new', 97) ON CONFLICT (\"tenant_id\", \"sku\") DO UPDATE SET " +
               cents + " = excluded.\"cents\" WHERE (t0.\"tenant_id\" = ?1) RETURNING " + note,
           insert +
               "SELECT ?1, t2.x0, t2.x1 FROM (SELECT t1.\"sku\" || 'z' AS x0, 500 AS x1 FROM " + r +
               " AS t1) AS t2 WHERE 1",
           update + " WHERE " + own,
           update + " WHERE " + own + " AND ((t0.\"sku\" = 'x') OR (t0.\"sku\" = 'y')) RETURNING " +
               note,
           update + " FROM " + r + " AS t1 WHERE " + own + " AND (t0.\"sku\" = t1.\"sku\")",
           "DELETE FROM " + t + " AS t0 WHERE " + own + " AND (t0.\"sku\" = 'new2')",
       }) {
    const Outcome outcome = Run(sql, Kind::kWrite, true);
    EXPECT_TRUE(outcome.status.ok()) << sql << ": " << outcome.status;
    EXPECT_TRUE(outcome.committed.ok()) << sql << ": " << outcome.committed;
  }
  EXPECT_NE(Dump(""), before);
  EXPECT_THAT(DumpOfB(), testing::HasSubstr("CANARY-B"));
}

// The row check by itself: statements that got past the text, with the permit that they would have.
TEST_F(EngineLockTest, RowsOfAnotherTenantDoomTheTransaction) {
  auto opened = internal::SqliteConnection::Open({path_, std::chrono::seconds(5)},
                                                 internal::SqliteConnection::Role::kWriter);
  ASSERT_TRUE(opened.ok()) << opened.status();
  internal::SqliteConnection& connection = **opened;
  const auto clock = SystemClock();
  const auto entropy = SystemEntropy();
  auto lock = internal::EngineLock::Install(connection, internal::kViewOf<Shop>, StatementBudget{},
                                            *clock, *entropy);
  ASSERT_TRUE(lock.ok()) << lock.status();
  const std::string other = Hex(*b_id_);
  const std::string before = Dump("");
  using Command = internal::SqliteConnection::Command;
  // Whether it was let through, at the step and at the commit.
  const auto run = [&](const std::string& sql) {
    (*lock)->BeginLease(&a_id_->bytes(), nullptr, 0);
    EXPECT_TRUE(connection.Do(Command::kBeginImmediate).ok());
    internal::Permit permit{0, {true, true, true, true}, Access::kWrite};
    internal::Usage usage;
    (*lock)->Arm(&permit, &usage);
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(connection.handle(), sql.c_str(), -1, &statement, nullptr),
              SQLITE_OK)
        << sql << sqlite3_errmsg(connection.handle());
    sqlite3_bind_blob(statement, 1, a_id_->bytes().data(), 16, SQLITE_TRANSIENT);
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) code = sqlite3_step(statement);
    sqlite3_finalize(statement);
    (*lock)->Disarm();
    const bool doomed = (*lock)->doomed();
    // A host that goes on as if nothing had happened.
    const bool committed = connection.Do(Command::kCommit).ok();
    EXPECT_EQ(committed, !doomed) << sql;
    (void)connection.Clean();
    (*lock)->EndLease();
    return code == SQLITE_DONE && committed;
  };
  for (const std::string& sql : std::vector<std::string>{
           "UPDATE main.prices SET note = 'mine'",
           "UPDATE main.prices SET note = 'mine' WHERE sku = 'x'",
           "UPDATE main.prices SET note = 'mine' WHERE tenant_id = ?1 OR 1",
           "UPDATE main.prices SET note = 'mine' WHERE tenant_id = " + other,
           "UPDATE main.prices SET note = 'mine' WHERE sku = 'x' RETURNING note",
           "UPDATE OR REPLACE main.prices SET cents = cents + 5",
           "DELETE FROM main.prices WHERE sku = 'y'",
           "DELETE FROM main.prices WHERE sku = 'y' RETURNING note",
           "INSERT INTO main.prices VALUES (" + other + ", 'new', 99, 'mine')",
           "INSERT OR REPLACE INTO main.prices VALUES (" + other + ", 'new', 99, 'mine')",
           "INSERT INTO main.prices VALUES (" + other +
               ", 'x', 99, 'mine') ON CONFLICT DO UPDATE SET note = 'mine'",
           "INSERT INTO main.prices VALUES (x'0123456789abcdef0123456789abcdef', 'new', 99, NULL)",
       }) {
    EXPECT_FALSE(run(sql)) << sql;
    EXPECT_EQ(Dump(""), before) << sql;
  }
  EXPECT_TRUE(run("UPDATE main.prices SET note = 'mine, changed' WHERE tenant_id = ?1"));
  EXPECT_TRUE(run("INSERT INTO main.prices VALUES (?1, 'new', 99, 'mine')"));
  EXPECT_NE(Dump(""), before);
  EXPECT_THAT(DumpOfB(), testing::HasSubstr("CANARY-B"));
}

// A second reference could hide among the target's own reads, so no text may name a table.
TEST_F(EngineLockTest, NoTextBesideTheMarksMayNameATenantTable) {
  const std::string start =
      "UPDATE \x01T0\x02 AS t0 SET \x01"
      "C0.2\x02 = 'mine' "
      "WHERE t0.\"tenant_id\" = ?1 AND ";
  for (const std::string condition :
       {"EXISTS (SELECT 1 FROM prices AS p WHERE p.note LIKE 'CANARY%')",
        "EXISTS (SELECT 1 FROM main.\"prices\" AS p WHERE p.note LIKE 'CANARY%')",
        "'x' IN (SELECT sku FROM 'PRICES')", "'x' IN prices", "EXISTS (SELECT 1 FROM [stock])",
        "EXISTS (SELECT 1 FROM (SELECT * FROM stock))"}) {
    const Outcome outcome = Run(start + condition, Kind::kWrite, true);
    EXPECT_EQ(CodeOf(outcome.status), ErrorCode::kEngineLock) << condition;
    EXPECT_EQ(outcome.changed, 0) << condition;
  }
  // A column may be named like a table all the same.
  const Outcome column =
      Run("UPDATE \x01T1\x02 AS t0 SET \x01"
          "C1.2\x02 = t0.\"prices\" + 1 "
          "WHERE t0.\"tenant_id\" = ?1",
          Kind::kWrite, true);
  EXPECT_TRUE(column.status.ok()) << column.status;
  EXPECT_EQ(column.changed, 1);
}

TEST_F(EngineLockTest, ForeignKeysDoNotReachAcrossTenants) {
  const std::string before = DumpOfB();
  Session<Shop> a(a_);
  Session<Shop> b(b_);
  using namespace literals;
  ASSERT_TRUE(b.Insert(Price{"only-b", 77, "CANARY-B"}).ok());
  const absl::Status theirs = a.Insert(Stock{"only-b", 1, 1});
  const absl::Status nobodys = a.Insert(Stock{"nowhere", 1, 1});
  EXPECT_EQ(CodeOf(theirs), ErrorCode::kForeignKeyViolation);
  EXPECT_EQ(theirs.ToString(), nobodys.ToString());
  // B's child does not hold A's parent.
  ASSERT_TRUE(a.Execute("DELETE FROM stock"_sql).ok());
  EXPECT_TRUE(a.Execute("DELETE FROM prices WHERE sku = 'x'"_sql).ok());
}

TEST_F(EngineLockTest, GlobalTablesAreReadOnlyInAScopeAndTenantTablesAreOutOfReachOutsideOne) {
  const Outcome write =
      Run("INSERT INTO \x01T2\x02 VALUES ('XXX')", Kind::kWrite, true, Access::kWrite);
  EXPECT_EQ(CodeOf(write.status), ErrorCode::kEngineLock);
  TransactionCore global(a_->engine, nullptr, Kind::kGlobalWrite);
  for (const char* sql : {"DELETE FROM \x01T0\x02",
                          "UPDATE \x01T0\x02 SET \x01"
                          "C0.1\x02 = 0"}) {
    Cursor cursor;
    UncheckedDoor::StartMarked(global, sql, Access::kGlobalWrite, &cursor);
    EXPECT_FALSE(cursor.Step());
    EXPECT_EQ(CodeOf(cursor.status()), ErrorCode::kEngineLock) << sql;
  }
  Cursor cursor;
  UncheckedDoor::StartMarked(global, "SELECT t0.note FROM \x01R0\x02 AS t0", Access::kGlobalWrite,
                             &cursor);
  EXPECT_FALSE(cursor.Step());
  EXPECT_EQ(CodeOf(cursor.status()), ErrorCode::kEngineLock);
}

// A target named twice could be read as if all its rows were the target's.
TEST_F(EngineLockTest, ATargetIsMarkedOnce) {
  const std::string before = Dump("");
  for (const std::string sql :
       {"UPDATE \x01T0\x02 AS t0 SET \x01"
        "C0.2\x02 = (SELECT max(p.note) FROM \x01T0\x02 AS p) WHERE t0.\"tenant_id\" = ?1",
        "DELETE FROM \x01T1\x02 AS t0 WHERE t0.\"tenant_id\" = ?1 AND EXISTS (SELECT 1 FROM "
        "\x01T0\x02 AS p WHERE p.note LIKE 'CANARY%')"}) {
    EXPECT_EQ(CodeOf(Run(sql, Kind::kWrite, true).status), ErrorCode::kEngineLock) << sql;
  }
  EXPECT_EQ(Dump(""), before);
}

// A faulty emitter's marks: none of them lets a tenant table's name into the statement.
TEST_F(EngineLockTest, NoOtherMarkBringsATenantTableIn) {
  const std::string before = Dump("");
  for (const std::string& source :
       {std::string("\x01G0\x02"), std::string("\x01Lprices\x02"),
        std::string("\"pr\x01L\x02ices\""), std::string("\x01L''prices''\x02"),
        // stock has a column of this name.
        std::string("\x01"
                    "C1.2\x02")}) {
    for (const std::string& sql :
         {"UPDATE \x01T0\x02 AS t0 SET \x01"
          "C0.2\x02 = (SELECT min(p.note) FROM " +
              source + " AS p) WHERE t0.\"tenant_id\" = ?1 RETURNING note",
          "INSERT INTO \x01T0\x02 VALUES (?1, 'nn', 1234, (SELECT min(p.note) FROM " + source +
              " AS p)) RETURNING note"}) {
      const Outcome outcome = Run(sql, Kind::kWrite, true, Access::kWrite);
      EXPECT_EQ(CodeOf(outcome.status), ErrorCode::kEngineLock) << sql;
      EXPECT_THAT(outcome.rows, testing::IsEmpty()) << sql;
    }
  }
  EXPECT_EQ(Dump(""), before);
}

TEST_F(EngineLockTest, AGlobalRowIsHeldByTenantsRowsThatReferToIt) {
  using namespace literals;
  const auto write_globals = [&](std::string_view sql) {
    TransactionCore core(a_->engine, nullptr, Kind::kGlobalWrite);
    Cursor cursor;
    UncheckedDoor::StartMarked(core, sql, Access::kGlobalWrite, &cursor);
    const absl::Status done = cursor.Finish().status();
    return done.ok() ? core.Commit() : done;
  };
  EXPECT_TRUE(write_globals("INSERT INTO \x01T2\x02 VALUES ('EUR'), ('SEK')").ok());
  ASSERT_TRUE(Session<Shop>(b_).Insert(Account{1, "EUR"}).ok());
  EXPECT_EQ(CodeOf(write_globals("DELETE FROM \x01T2\x02 WHERE code = 'EUR'")),
            ErrorCode::kForeignKeyViolation);
  EXPECT_TRUE(write_globals("DELETE FROM \x01T2\x02 WHERE code = 'SEK'").ok());
}

TEST_F(EngineLockTest, AWriteMarkDoesNotWriteOnAReader) {
  const std::string before = Dump("");
  const Outcome outcome =
      Run("UPDATE \x01T0\x02 AS t0 SET \x01"
          "C0.1\x02 = 0 WHERE t0.\"tenant_id\" = ?1",
          Kind::kRead, true);
  EXPECT_FALSE(outcome.status.ok());
  EXPECT_EQ(Dump(""), before);
}

TEST_F(EngineLockTest, OneConnectionServesAThenBThenA) {
  using namespace literals;
  Session<Shop> a(a_);
  Session<Shop> b(b_);
  for (int round = 0; round < 3; ++round) {
    for (auto* session : {&a, &b}) {
      auto note = session->One(as<std::optional<std::string>>,
                               "SELECT note FROM prices WHERE sku = ?"_sql, "x");
      ASSERT_TRUE(note.ok()) << note.status();
      EXPECT_EQ(note->Plain(), session == &a ? "mine" : "CANARY-B");
    }
  }
}

}  // namespace
}  // namespace cordon
