// SPDX-License-Identifier: Apache-2.0
// What the engine itself knows about everybody: its plans, statistics, catalog, functions and
// files.
#include <filesystem>
#include <string>
#include <vector>

#include "leaks/leaks.h"

namespace cordon_test {
namespace {

// Every text is refused by the checker as a query of the tenant's own, and by the lock alone.
class Engine {
 public:
  static const std::vector<std::string>& Plans() {
    static const std::vector<std::string> texts = {
        "EXPLAIN SELECT number FROM orders",
        "EXPLAIN QUERY PLAN SELECT number FROM orders WHERE number = 'CANARY-B-77'",
        "EXPLAIN UPDATE orders SET number = 'x'",
        "SELECT * FROM sqlite_stat1",
        "SELECT stat FROM main.sqlite_stat1 WHERE tbl = 'orders'",
        "SELECT * FROM sqlite_stat4",
        "SELECT sample FROM \"sqlite_stat4\"",
        "SELECT * FROM dbstat",
        "SELECT SUM(pgsize) FROM dbstat WHERE name = 'orders'",
        "SELECT SUM(ncell) FROM dbstat('main', 1)",
        "SELECT * FROM sqlite_stmt",
        "SELECT sql, run FROM sqlite_stmt",
        "SELECT * FROM bytecode('SELECT 1')",
        "SELECT * FROM tables_used('SELECT number FROM orders')",
        "ANALYZE",
        "ANALYZE orders",
        "PRAGMA optimize",
        "SELECT likelihood(id = 1, 0.5) FROM sqlite_stat1",
        "DELETE FROM sqlite_stat1",
        "INSERT INTO sqlite_stat1 VALUES ('orders', NULL, '1 1')",
    };
    return texts;
  }
  static const std::vector<std::string>& Files() {
    static const std::vector<std::string> texts = {
        "ATTACH DATABASE 'other.db' AS other",
        "ATTACH 'file:world.db?mode=ro' AS again",
        "ATTACH ':memory:' AS m",
        "ATTACH '' AS t",
        "DETACH main",
        "VACUUM",
        "VACUUM INTO 'leaked.db'",
        "VACUUM main INTO 'leaked.db'",
        "REINDEX",
        "SELECT load_extension('leak')",
        "SELECT writefile('leaked.txt', name) FROM customers",
        "SELECT readfile('world.db')",
        "SELECT edit('x')",
        "SELECT * FROM fsdir('.')",
        "SELECT * FROM sqlite_dbpage",
        "SELECT data FROM sqlite_dbpage WHERE pgno = 1",
        "UPDATE sqlite_dbpage SET data = zeroblob(4096)",
        "SELECT * FROM pragma_table_list",
        "SELECT * FROM pragma_database_list",
        "SELECT file FROM pragma_database_list",
        "SELECT * FROM pragma_table_info('orders')",
        "SELECT * FROM pragma_function_list",
        "SELECT * FROM pragma_foreign_key_check('orders')",
        "SELECT * FROM pragma_integrity_check",
        "SELECT * FROM pragma_page_count",
        "SELECT * FROM pragma_data_version",
        "PRAGMA database_list",
        "PRAGMA foreign_key_check",
        "PRAGMA integrity_check",
        "PRAGMA page_count",
        "PRAGMA data_version",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "PRAGMA journal_mode = OFF",
        "PRAGMA temp_store_directory = '/tmp'",
        "SELECT * FROM generate_series(1, 3)",
        "SELECT * FROM csv('x')",
        "CREATE VIRTUAL TABLE v USING dbstat",
        "CREATE VIRTUAL TABLE temp.v USING sqlite_dbpage",
        "CREATE TABLE copy AS SELECT * FROM customers",
        "CREATE TEMP TABLE copy AS SELECT * FROM customers",
        "CREATE TEMP VIEW everyone AS SELECT * FROM customers",
        "CREATE TEMP TRIGGER t AFTER UPDATE ON main.counters BEGIN DELETE FROM orders; END",
        "CREATE INDEX i ON customers (name)",
        "ALTER TABLE customers ADD COLUMN x",
        "ALTER TABLE customers RENAME TO mine",
        "DROP INDEX sqlite_autoindex_orders_1",
        "DROP TABLE orders",
    };
    return texts;
  }
  static const std::vector<std::string>& Catalogs() {
    static const std::vector<std::string> texts = {
        "SELECT * FROM sqlite_sequence",
        "SELECT seq FROM main.sqlite_sequence WHERE name = 'orders'",
        "SELECT * FROM sqlite_schema",
        "SELECT * FROM sqlite_master",
        "SELECT sql FROM \"sqlite_master\"",
        "SELECT sql FROM main.sqlite_schema",
        "SELECT * FROM sqlite_temp_schema",
        "SELECT * FROM temp.sqlite_temp_master",
        "SELECT COUNT(*) FROM cordon_tenants",
        "SELECT name FROM cordon_tenants",
        "SELECT * FROM cordon_members",
        "SELECT * FROM cordon_versions",
        "SELECT * FROM cordon_installation",
        "SELECT * FROM cordon_numbers",
        "SELECT * FROM cordon_blobs",
        "SELECT * FROM cordon_blob_chunks",
        "SELECT MAX(rowid) FROM orders",
        "SELECT _rowid_ FROM orders",
        "SELECT last_insert_rowid()",
        "SELECT changes()",
        "SELECT total_changes()",
        "SELECT sqlite_version()",
        "SELECT sqlite_source_id()",
        "SELECT sqlite_compileoption_used('SECURE_DELETE')",
        "SELECT sqlite_offset(number) FROM orders",
        "SELECT random()",
        "SELECT hex(randomblob(4))",
    };
    return texts;
  }
};

TEST_F(Leak, L75_PlansAndStatistics) {
  for (const std::string& sql : Engine::Plans()) {
    ExpectRefused(sql);
    ExpectLock(sql);
  }
  // Statistics that somebody gathered past Cordon: a running platform does not read them, and
  // nobody opens the file; they would let B's rows choose A's plans.
  RawSql(path(), "ANALYZE");
  EXPECT_NE(RawValue(path(), "SELECT COUNT(*) FROM sqlite_stat1"), "0");
  for (const char* sql : {"SELECT number FROM orders WHERE id > 0 LIMIT 1",
                          "SELECT o.number FROM orders AS o JOIN customers AS c ON c.id = "
                          "o.customer_id LIMIT 1",
                          "SELECT name FROM customers WHERE region > '' LIMIT 1"}) {
    Reads(sql);
  }
  ExpectRefused("SELECT * FROM sqlite_stat1");
  ExpectLock("SELECT * FROM sqlite_stat1");
  const auto reopened = Platform::Open(Options());
  EXPECT_FALSE(reopened.ok());
  EXPECT_THAT(Text(reopened), Not(HasSubstr("CANARY")));
}

TEST_F(Leak, L91_FilesAndExtensions) {
  const auto listing = [&] {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(".")) {
      files += entry.path().string().find("leaked") != std::string::npos ? 1U : 0U;
    }
    return files;
  };
  for (const std::string& sql : Engine::Files()) {
    ExpectRefused(sql);
    ExpectLock(sql);
  }
  EXPECT_EQ(listing(), 0U);
  EXPECT_FALSE(std::filesystem::exists("other.db"));
  // The allow-list knows no word that is not on it.
  for (const char* sql : {"FROBNICATE orders", "MERGE INTO orders USING counters ON 1",
                          "COPY orders", "CALL leak()", "DO 1", "SHOW TABLES", "USE main",
                          "SET x = 1", "LOCK main", "SELECT leak(number) FROM orders", ".dump"}) {
    ExpectRefused(sql);
    ExpectLock(sql);
  }
  EXPECT_EQ(RawValue(path(), "PRAGMA integrity_check"), "ok");
}

TEST_F(Leak, L92_TheCatalogAndTheSequences) {
  for (const std::string& sql : Engine::Catalogs()) {
    ExpectRefused(sql);
    ExpectLock(sql);
  }
  EXPECT_EQ(RawValue(path(), "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'"),
            "0");
  // The words of a refusal are those for a table that nobody has.
  const auto words = [&](const std::string& table) {
    return Said(a->session.Ask("SELECT x FROM " + table));
  };
  EXPECT_EQ(words("cordon_tenants"), words("invoices"));
  EXPECT_EQ(words("cordon_blob_chunks"), words("invoices"));
  EXPECT_EQ(words("sqlite_sequence"), words("sqlite_sequencf"));
}

// Budgets count steps, so what a statement may do depends on the steps that it takes. Those must be
// A's alone: B has thousands of rows in every table that A's statements touch, or check against.
TEST_F(Leak, L75_StepsAreNotThoseOfTheNeighbours) {
  Must(b->session.Transaction([](auto& tx) -> absl::Status {
    for (std::int64_t i = 1000; i < 9000; ++i) {
      const std::string n = std::to_string(i);
      Must(tx.Insert(Customer{"K" + n, "CANARY-B " + n, "r"}));
      Must(tx.Insert(Order{i, "K" + n, "CANARY-B-" + n, {}}));
      Must(tx.Insert(Counter{i, i}));
    }
    return absl::OkStatus();
  }));
  NoteNeighbours();
  cordon::PlatformOptions options = Options();
  options.readers = 1;
  options.budget.vm_steps = 1000;  // where SQLite looks for the first time
  Reopen(std::move(options));
  EXPECT_THAT(b->session.Execute("UPDATE counters SET n = n"_sql),
              HasCode(ErrorCode::kBudgetExceeded))
      << "so many rows take more steps";
  NoteNeighbours();
  const cordon::AnalystOptions narrow{.budget = {.vm_steps = 1000}};
  for (const char* sql :
       {"SELECT COUNT(*) FROM orders", "SELECT MIN(number), MAX(number) FROM orders",
        "SELECT number FROM orders ORDER BY number DESC LIMIT 1",
        "SELECT number FROM orders WHERE number > 'a' ORDER BY number",
        "SELECT name FROM customers WHERE name LIKE '%2'", "SELECT DISTINCT region FROM customers",
        "SELECT name FROM customers WHERE region > '' OR region IS NULL",
        "SELECT o.number FROM orders AS o WHERE o.amount >= 0",
        "SELECT c.name FROM customers AS c WHERE NOT EXISTS (SELECT 1 FROM orders AS o WHERE "
        "o.customer_id = c.id)",
        "SELECT number FROM orders WHERE id = 5000 OR number = 'CANARY-B-5000'"}) {
    EXPECT_THAT(Same([&](const Session& session) { return Said(session.Ask(sql, narrow)); }),
                Not(StartsWith("refused")))
        << sql;
  }
  // Writes, and what they check: keys, references, and rows that refer to a row that goes.
  EXPECT_EQ(Same([](const Session& session) {
              return InOrder({
                  Said(session.Execute("UPDATE counters SET n = n + 1"_sql)),
                  Said(session.Execute("UPDATE orders SET number = number || 'x'"_sql)),
                  Said(session.Insert(Customer{"K5000", "a", "r"})),
                  Said(session.Insert(Order{5000, "K5000", "CANARY", {}})),
                  Said(session.Delete(as<Order>, 5000)),
                  Said(session.Delete(as<Customer>, "K5000")),
                  Said(session.Execute("DELETE FROM orders"_sql)),
                  Said(session.Execute("DELETE FROM customers"_sql)),
              });
            }),
            "3\n3\nOK\nOK\nOK\nOK\n3\n3\n");
}

}  // namespace
}  // namespace cordon_test
