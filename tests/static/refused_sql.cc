// SPDX-License-Identifier: Apache-2.0
// What the checker must not let pass, and how its answer begins.
#include "verdict.h"

namespace {

using cordon::Decimal;
using cordon::Timestamp;
using Text = const char*;
using Integer = std::int64_t;

// The tenant, however it is spelt and wherever it stands.
#define TENANT "the tenant is set by the scope"
static_assert(Refuses("SELECT tenant_id FROM orders", TENANT));
static_assert(Refuses("SELECT TENANT_ID FROM orders", TENANT));
static_assert(Refuses("SELECT \"tenant_id\" FROM orders", TENANT));
static_assert(Refuses("SELECT o.tenant_id FROM orders o", TENANT));
static_assert(Refuses("SELECT id FROM orders ORDER BY tenant_id", TENANT));
static_assert(Refuses("SELECT COUNT(*) FROM orders GROUP BY tenant_id", TENANT));
static_assert(Refuses("SELECT o.id FROM orders o JOIN orders p ON p.tenant_id = 'x'", TENANT));
static_assert(Refuses<Text>("DELETE FROM orders WHERE tenant_id = ?", TENANT));
static_assert(Refuses<Text>("UPDATE orders SET tenant_id = ?", TENANT));
static_assert(Refuses<Text>("INSERT INTO customers (tenant_id, id, name) VALUES (?, '', '')",
                            TENANT));
static_assert(
    Refuses("INSERT INTO customers (id, name) VALUES ('', '') "
            "ON CONFLICT (tenant_id, id) DO NOTHING",
            TENANT));
static_assert(
    Refuses("INSERT INTO customers (id, name) VALUES ('', '') "
            "ON CONFLICT (id) DO UPDATE SET name = excluded.tenant_id",
            TENANT));
static_assert(Refuses("DELETE FROM orders RETURNING tenant_id", TENANT));
#undef TENANT

// What is in front of a join in parentheses is out of its sight, as it is to SQLite.
static_assert(
    Refuses("SELECT o.id FROM orders o LEFT JOIN (customers c JOIN customers d "
            "ON d.id = o.customer_id) ON c.id = o.customer_id",
            "no table here has such a column"));
static_assert(Refuses("SELECT o.id AS x FROM orders o JOIN (customers c JOIN customers d ON x = 1)",
                      "no table here has such a column"));
static_assert(
    Accepts("SELECT o.id FROM orders o LEFT JOIN (customers c JOIN customers d "
            "ON d.id = c.id) ON c.id = o.customer_id AND d.id = c.id"));
static_assert(
    Accepts("SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM customers p "
            "JOIN (customers c JOIN customers d ON d.id = o.customer_id))"));

// Names from outside the scope.
static_assert(Refuses("SELECT id FROM main.orders", "a schema-qualified name"));
static_assert(Refuses("SELECT main.orders.id FROM orders", "a schema-qualified name"));
static_assert(Refuses("DELETE FROM main.orders", "a schema-qualified name"));
static_assert(Refuses("INSERT INTO temp.orders (id) VALUES (1)", "a schema-qualified name"));
static_assert(Refuses("SELECT name FROM sqlite_schema", "the schema has no such table"));
static_assert(Refuses("SELECT * FROM sqlite_stat1", "the schema has no such table"));
static_assert(Refuses("SELECT * FROM cordon_tenants", "the schema has no such table"));
static_assert(Refuses("SELECT name FROM pragma_table_info('orders')", "a table-valued function"));
static_assert(Refuses("SELECT id FROM orders WHERE id IN orders", "a table-valued function"));
static_assert(Refuses("SELECT rowid FROM orders", "no table here has such a column"));
static_assert(Refuses("SELECT p.id FROM orders o", "no table here has such a column"));
static_assert(Refuses("SELECT p.* FROM orders o", "the schema has no such table"));
static_assert(Refuses("SELECT id FROM orders, customers",
                      "several tables here have such a column"));
static_assert(Refuses("SELECT o.id FROM orders o, customers o",
                      "two tables here have the same name"));
static_assert(Refuses("SELECT \"no such text\" FROM orders", "a text is written '…'"));
static_assert(Refuses("SELECT * FROM Turnover", "the schema has no such table"));

// Other statements, and more than one.
#define KIND "a "  // … scope runs SELECT, INSERT, UPDATE and DELETE only
static_assert(Refuses("PRAGMA writable_schema = on", KIND));
static_assert(Refuses("ATTACH 'other.db' AS other", KIND));
static_assert(Refuses("DETACH other", KIND));
static_assert(Refuses("VACUUM INTO 'copy.db'", KIND));
static_assert(Refuses("CREATE TEMP VIEW orders AS SELECT 1", KIND));
static_assert(Refuses("DROP TABLE orders", KIND));
static_assert(Refuses("ALTER TABLE orders ADD COLUMN x", KIND));
static_assert(Refuses("BEGIN", KIND));
static_assert(Refuses("COMMIT", KIND));
static_assert(Refuses("SAVEPOINT a", KIND));
static_assert(Refuses("EXPLAIN SELECT 1", KIND));
static_assert(Refuses("ANALYZE", KIND));
static_assert(Refuses("REINDEX", KIND));
#undef KIND
static_assert(Refuses("SELECT 1; SELECT 2", "one statement at a time"));
static_assert(Refuses("SELECT 1;;", "one statement at a time"));
static_assert(Refuses("", "there is no statement"));
static_assert(Refuses(" -- only a comment", "there is no statement"));

// Text.
static_assert(Refuses("SELECT 'open", "a string, quoted name or comment is not closed"));
static_assert(Refuses("SELECT 1 /* open", "a string, quoted name or comment is not closed"));
static_assert(Refuses({"SELECT 1\0FROM orders", 20}, "this character cannot stand"));
static_assert(Refuses("SELECT [id] FROM orders", "this character cannot stand"));
static_assert(Refuses("SELECT `id` FROM orders", "this character cannot stand"));
static_assert(Refuses("SELECT id FROM orders WHERE", "the checker does not understand"));
static_assert(Refuses("SELECT FROM orders", "the checker does not understand"));
static_assert(Refuses("SELECT id FROM orders LIMIT 1 WHERE id = 1",
                      "the checker does not understand"));
static_assert(Refuses("SELECT 1.", "this number does not fit"));
static_assert(Refuses("SELECT 1e3", "this number does not fit"));
static_assert(Refuses("SELECT 0x10", "this number does not fit"));
static_assert(Refuses("SELECT 99999999999999999999", "this number does not fit"));

// Placeholders.
static_assert(Refuses<Integer>("SELECT id FROM orders WHERE id = ?1", "placeholders are plain"));
static_assert(Refuses<Integer>("SELECT id FROM orders WHERE id = :id", "placeholders are plain"));
static_assert(Refuses<Integer>("SELECT id FROM orders WHERE id = @id", "placeholders are plain"));
static_assert(Refuses("SELECT id FROM orders WHERE id = ?", "the statement has more placeholders"));
static_assert(Refuses<Integer>("SELECT id FROM orders", "the statement has fewer placeholders"));
static_assert(Refuses<Integer>("SELECT '?' FROM orders", "the statement has fewer placeholders"));

// Functions that are not pure, or not wanted.
static_assert(Refuses("SELECT random()", "what this function gives"));
static_assert(Refuses("SELECT load_extension('x')", "what this function gives"));
static_assert(Refuses("SELECT last_insert_rowid()", "what this function gives"));
static_assert(Refuses("SELECT total_changes()", "what this function gives"));
static_assert(Refuses("SELECT sqlite_version()", "what this function gives"));
static_assert(Refuses("SELECT CURRENT_TIMESTAMP", "what this function gives"));
static_assert(Refuses("SELECT zeroblob(1000)", "this function is not on the list"));
static_assert(Refuses("SELECT likely(1 = 1)", "this function is not on the list"));
static_assert(Refuses("SELECT readfile('/etc/passwd')", "this function is not on the list"));
static_assert(Refuses("SELECT datetime('now')", "a time is a column"));
static_assert(Refuses("SELECT date(ordered_at, 'LocalTime') FROM orders", "a time is a column"));
static_assert(Refuses<Text>("SELECT date(ordered_at, ?) FROM orders", "a time is a column"));
static_assert(Refuses("SELECT lower(name, name) FROM customers", "this function takes other"));
static_assert(Refuses("SELECT substr(name) FROM customers", "this function takes other"));
static_assert(Refuses("SELECT COUNT(DISTINCT id, customer_id) FROM orders",
                      "this function takes other"));
static_assert(Refuses("SELECT printf('%*d', 9, id) FROM orders", "this function takes other"));
static_assert(Refuses("SELECT printf('%999d', id) FROM orders", "this function takes other"));
static_assert(Refuses("SELECT printf(name) FROM customers", "this function takes other"));
static_assert(Refuses("SELECT printf('%d', unit_price) FROM order_lines",
                      "this function takes other"));

// Operators and joins.
static_assert(Refuses("SELECT id FROM customers WHERE name REGEXP 'a'", "this operator"));
static_assert(Refuses("SELECT id FROM customers WHERE name MATCH 'a'", "this operator"));
static_assert(Refuses("SELECT id FROM orders INDEXED BY x", "joins are"));
static_assert(Refuses("SELECT o.id FROM orders o JOIN order_lines l USING (id)",
                      "no table here has such a column"));
static_assert(Refuses("SELECT id FROM orders o, json_each(o.id) j", "a text is wanted here"));

// WITH and compounds.
static_assert(Refuses("WITH orders AS (SELECT 1 AS id) SELECT id FROM orders", "a WITH name"));
static_assert(Refuses("WITH a AS (SELECT 1), a AS (SELECT 2) SELECT 1", "a WITH name"));
static_assert(Refuses("WITH a(x, y) AS (SELECT 1) SELECT 1", "the number of values"));
static_assert(Refuses("WITH a(x) AS (SELECT 1 UNION ALL SELECT max(x) FROM a) SELECT x FROM a",
                      "a recursive WITH"));
static_assert(Refuses("WITH a(x) AS (SELECT 1 UNION ALL SELECT a.x FROM a, a b) SELECT x FROM a",
                      "a recursive WITH"));
static_assert(Refuses("WITH a(x) AS (SELECT 1 UNION ALL SELECT (SELECT x FROM a)) SELECT x FROM a",
                      "a recursive WITH"));
static_assert(Refuses("WITH a(x) AS (SELECT 1 EXCEPT SELECT x FROM a) SELECT x FROM a",
                      "the schema has no such table"));
static_assert(Refuses("SELECT id FROM orders UNION SELECT id, customer_id FROM orders",
                      "the SELECTs of a UNION"));
static_assert(Refuses("SELECT id, id FROM orders UNION SELECT id FROM orders",
                      "the SELECTs of a UNION"));
static_assert(Refuses("SELECT id FROM orders UNION SELECT name FROM customers",
                      "the SELECTs of a UNION"));
static_assert(Refuses("SELECT 1 UNION SELECT unit_price FROM order_lines",
                      "the SELECTs of a UNION"));
static_assert(Refuses("SELECT id FROM orders UNION SELECT id FROM products ORDER BY id + 1",
                      "behind UNION"));
static_assert(Refuses("SELECT id FROM orders LIMIT 1 UNION SELECT id FROM products",
                      "the checker does not understand"));
static_assert(Refuses("VALUES (1), (1, 2)", "the number of values"));
static_assert(Refuses("VALUES (1), ('x')", "these two have different types"));

// Choices that SQL leaves open.
static_assert(Refuses("SELECT DISTINCT name FROM customers ORDER BY id", "which row a DISTINCT"));
static_assert(Refuses("SELECT name COLLATE NOCASE FROM customers", "a COLLATE stands"));
static_assert(Refuses("SELECT max(name COLLATE NOCASE) FROM customers", "a COLLATE stands"));
static_assert(Refuses("SELECT name FROM customers GROUP BY name COLLATE NOCASE",
                      "this column is neither grouped"));
static_assert(Refuses("SELECT name FROM customers ORDER BY name COLLATE other",
                      "a COLLATE stands"));
static_assert(Refuses("SELECT first_value(id) OVER (ORDER BY customer_id) FROM orders",
                      "rows that this ORDER BY holds for equal"));
static_assert(Refuses("SELECT group_concat(name) OVER (ORDER BY name) FROM customers",
                      "rows that this ORDER BY holds for equal"));
static_assert(
    Refuses("SELECT COUNT(*) OVER (ORDER BY name ROWS 1 PRECEDING EXCLUDE TIES) "
            "FROM customers",
            "rows that this ORDER BY holds for equal"));

// Windows.
static_assert(Refuses("SELECT id FROM orders WHERE row_number() OVER () = 1", "a window function"));
static_assert(Refuses("SELECT row_number() FROM orders", "a window function"));
static_assert(Refuses("SELECT lower(name) OVER () FROM customers", "a window function"));
static_assert(Refuses("SELECT COUNT(*) OVER w FROM orders", "a window function"));
static_assert(Refuses("SELECT SUM(row_number() OVER ()) FROM orders", "a window function"));
static_assert(Refuses("SELECT COUNT(*) OVER (ORDER BY id ROWS 1 FOLLOWING) FROM orders",
                      "a frame is"));
static_assert(Refuses("SELECT COUNT(*) OVER (ORDER BY name RANGE 1 PRECEDING) FROM customers",
                      "a frame is"));
static_assert(
    Refuses("SELECT COUNT(*) OVER (ORDER BY id ROWS BETWEEN id PRECEDING AND CURRENT ROW) "
            "FROM orders",
            "a frame is"));

// Row values, CASE and CAST.
static_assert(Refuses("SELECT (id, customer_id) FROM orders", "a row value stands"));
static_assert(Refuses("SELECT id FROM orders WHERE (id, 1) = id", "a row value stands"));
static_assert(Refuses("SELECT id FROM orders WHERE (id, 1) = (1, 2, 3)", "a row value stands"));
static_assert(Refuses("SELECT id FROM orders WHERE (id, 1) IN (SELECT id FROM orders)",
                      "a subquery has as many columns"));
static_assert(Refuses("SELECT (SELECT id, customer_id FROM orders)",
                      "a subquery has as many columns"));
static_assert(Refuses("SELECT CASE 1 END", "a CASE has"));
static_assert(Refuses("SELECT CASE WHEN 1 = 1 THEN 1 ELSE 'x' END",
                      "these two have different types"));
static_assert(Refuses("SELECT CAST(unit_price AS TEXT) FROM order_lines", "this CAST"));
static_assert(Refuses("SELECT CAST(ordered_at AS TEXT) FROM orders", "this CAST"));
static_assert(Refuses("SELECT CAST(name AS DECIMAL(10, 2)) FROM customers", "this CAST"));
static_assert(Refuses("SELECT CAST(id AS thing) FROM orders", "this CAST"));
static_assert(Refuses("SELECT json_extract(name, '$.a') + 1 FROM customers",
                      "only the stored value knows"));
static_assert(Refuses("SELECT DISTINCT json_extract(name, '$.a') FROM customers",
                      "only the stored value knows"));

// Order and limits.
static_assert(Refuses("SELECT id FROM orders ORDER BY 2", "ORDER BY and GROUP BY take"));
static_assert(Refuses("SELECT id FROM orders ORDER BY 0", "ORDER BY and GROUP BY take"));
static_assert(Refuses("SELECT id FROM orders ORDER BY 'x'", "ORDER BY and GROUP BY take"));
static_assert(Refuses("SELECT * FROM orders GROUP BY 1", "ORDER BY and GROUP BY take"));
static_assert(Refuses<Text>("SELECT id FROM orders LIMIT ?", "LIMIT and OFFSET take"));
static_assert(Refuses("SELECT id FROM orders LIMIT id", "LIMIT and OFFSET take"));

// Groups.
static_assert(Refuses("SELECT id, COUNT(*) FROM orders", "this column is neither grouped"));
static_assert(Refuses("SELECT * FROM orders GROUP BY customer_id",
                      "this column is neither grouped"));
static_assert(Refuses("SELECT customer_id FROM orders GROUP BY customer_id ORDER BY id",
                      "this column is neither grouped"));
static_assert(Refuses("SELECT id FROM orders WHERE COUNT(*) > 1",
                      "an aggregate cannot stand here"));
static_assert(Refuses("SELECT SUM(MAX(id)) FROM orders", "an aggregate cannot stand here"));

// Types.
static_assert(Refuses("SELECT id FROM orders WHERE id = 'seven'",
                      "these two have different types"));
static_assert(Refuses<Text>("SELECT id FROM orders WHERE id = ?",
                            "these two have different types"));
static_assert(Refuses<Integer>("SELECT id FROM orders WHERE ordered_at > ?",
                               "these two have different types"));
static_assert(Refuses<Integer>("SELECT id FROM products WHERE active = ?",
                               "these two have different types"));
static_assert(Refuses<Text>("SELECT id FROM products WHERE picture = ?",
                            "these two have different types"));
static_assert(Refuses("SELECT id FROM orders WHERE customer_id IN (SELECT id FROM orders)",
                      "these two have different types"));
static_assert(Refuses("SELECT coalesce(region, 0) FROM customers",
                      "these two have different types"));
static_assert(Refuses("SELECT id FROM orders WHERE id", "a condition is wanted here"));
static_assert(Refuses("SELECT name + 1 FROM customers", "a number is wanted"));
static_assert(Refuses("SELECT SUM(name) FROM customers", "a number is wanted"));
static_assert(Refuses("SELECT unit_price || 'x' FROM order_lines", "a text is wanted here"));
static_assert(Refuses("SELECT id FROM orders WHERE id LIKE '1%'", "a text is wanted here"));
static_assert(Refuses("SELECT id FROM customers WHERE region = NULL", "a comparison with NULL"));
static_assert(Refuses("SELECT id FROM customers WHERE region IN ('a', NULL)",
                      "a comparison with NULL"));
static_assert(Refuses("SELECT unit_price / 2 FROM order_lines", "dividing exact decimals"));
static_assert(Refuses("SELECT quantity % discount FROM order_lines", "dividing exact decimals"));
static_assert(Refuses("SELECT SUM(unit_price) / 2 FROM order_lines", "dividing exact decimals"));
static_assert(Refuses("SELECT 1.0 * unit_price / 2 FROM order_lines", "dividing exact decimals"));
static_assert(Refuses("SELECT 1.0 / discount FROM order_lines", "dividing exact decimals"));
static_assert(Refuses("SELECT CAST(unit_price AS NUMERIC) FROM order_lines", "this CAST"));
static_assert(Refuses(
    "SELECT unit_price * unit_price * unit_price * unit_price * unit_price FROM order_lines",
    "the value has more digits"));

// Writes.
static_assert(Refuses("UPDATE currencies SET name = 'x'", "a global table"));
static_assert(Refuses("DELETE FROM currencies", "a global table"));
static_assert(Refuses("INSERT INTO currencies VALUES ('x', 'x')", "a global table"));
static_assert(Refuses("REPLACE INTO customers VALUES ('x', 'x', NULL)", "OR REPLACE, OR IGNORE"));
static_assert(Refuses("INSERT OR IGNORE INTO customers VALUES ('x', 'x', NULL)",
                      "OR REPLACE, OR IGNORE"));
static_assert(Refuses("UPDATE OR REPLACE customers SET name = 'x'", "OR REPLACE, OR IGNORE"));
static_assert(Refuses("INSERT INTO customers (id, name) SELECT code FROM currencies",
                      "the number of values"));
static_assert(Refuses("INSERT INTO customers (id, name) SELECT code, NULL FROM currencies",
                      "NULL does not fit"));
static_assert(Refuses("INSERT INTO customers DEFAULT VALUES", "a column that must have a value"));
static_assert(Refuses("INSERT INTO customers (id) VALUES ('x')",
                      "a column that must have a value"));
static_assert(Refuses("INSERT INTO customers (id, name) VALUES ('x')", "the number of values"));
static_assert(Refuses("INSERT INTO customers (id, name) VALUES ('x', 'y', 'z')",
                      "the number of values"));
static_assert(Refuses("INSERT INTO customers (id, id) VALUES ('x', 'y')",
                      "two tables here have the same name"));
static_assert(Refuses("INSERT INTO customers (id, name) VALUES ('x', NULL)", "NULL does not fit"));
static_assert(Refuses<std::nullopt_t>("UPDATE orders SET customer_id = ?", "NULL does not fit"));
static_assert(Refuses("UPDATE customers SET name = 7", "these two have different types"));
static_assert(Refuses<Decimal<5>>("UPDATE order_lines SET unit_price = ?",
                                  "the value has more digits"));
static_assert(Refuses("UPDATE order_lines SET discount = unit_price", "the value has more digits"));
static_assert(Refuses("UPDATE orders SET id = 1 FROM customers", "several rows of FROM"));
static_assert(
    Refuses("UPDATE orders SET id = l.quantity FROM order_lines l "
            "WHERE l.order_id = orders.id",
            "several rows of FROM"));
static_assert(Refuses("DELETE FROM orders LIMIT 1", "the checker does not understand"));
static_assert(
    Refuses("INSERT INTO customers (id, name) VALUES ('x', 'y') ON CONFLICT (name) DO NOTHING",
            "ON CONFLICT names"));
static_assert(
    Refuses("INSERT INTO customers (id, name) VALUES ('x', 'y') ON CONFLICT (id, name) DO NOTHING",
            "ON CONFLICT names"));
static_assert(Refuses(
    "INSERT INTO customers (id, name) VALUES ('x', 'y') ON CONFLICT DO UPDATE SET name = ''",
    "ON CONFLICT names"));
static_assert(Refuses("DELETE FROM orders RETURNING COUNT(*)", "an aggregate cannot stand here"));

// The place of the mistake.
static_assert(RefusesAt("SELECT id FROM orders WHERE tenant_id = 1", "tenant_id"));
static_assert(RefusesAt("SELECT id FROM ordrs", "ordrs"));
static_assert(RefusesAt("SELECT id, nmae FROM customers", "nmae"));
static_assert(RefusesAt("SELECT 1; DELETE FROM orders", "DELETE"));
static_assert(RefusesAt("SELECT id FROM orders WHERE id = 'seven'", "="));
static_assert(RefusesAt("SELECT id FROM orders WHERE customer_id = 'x' AND id = :id", ":id"));
static_assert(RefusesAt("SELECT random()", "random"));

}  // namespace
