// SPDX-License-Identifier: Apache-2.0
// The rest of SQLite's grammar: one statement for each thing that must pass, beside
// accepted_sql.cc.
#include "verdict.h"

namespace {

using cordon::Decimal;
using Text = const char*;
using Integer = std::int64_t;

// Joins.
static_assert(Accepts("SELECT o.id FROM orders o RIGHT JOIN customers c ON c.id = o.customer_id"));
static_assert(
    Accepts("SELECT o.id FROM orders o FULL OUTER JOIN customers c "
            "ON c.id = o.customer_id"));
static_assert(Accepts("SELECT o.id FROM orders o CROSS JOIN customers c"));
static_assert(Accepts("SELECT o.id FROM orders o JOIN customers c"));
static_assert(Accepts("SELECT c.name FROM customers c JOIN currencies e USING (name)"));
static_assert(Accepts("SELECT name FROM customers NATURAL JOIN currencies"));
static_assert(Accepts("SELECT name FROM customers FULL JOIN currencies USING (name)"));
static_assert(
    Accepts("SELECT a.id FROM (orders a JOIN customers b ON b.id = a.customer_id) "
            "LEFT JOIN (order_lines l JOIN products p ON p.id = l.product_id) "
            "ON l.order_id = a.id"));
static_assert(
    Accepts("SELECT j.key, CAST(j.value AS TEXT) AS v FROM customers c, "
            "json_each(c.region, '$.a') j"));

// Subqueries.
static_assert(Accepts("SELECT s.id FROM (SELECT id FROM orders) AS s"));
static_assert(Accepts("SELECT id FROM (SELECT id FROM orders WHERE id > 3)"));
static_assert(Accepts("SELECT (WITH a(x) AS (SELECT 1) SELECT x FROM a)"));
static_assert(
    Accepts("SELECT id FROM orders o WHERE EXISTS (WITH a AS (SELECT id FROM customers "
            "WHERE id = o.customer_id) SELECT 1 FROM a)"));
static_assert(Accepts("SELECT * FROM (VALUES (1, 'a'), (2, 'b')) LIMIT 1"));
static_assert(Accepts("VALUES (1, 'a')"));
static_assert(
    Accepts("SELECT id FROM order_lines JOIN orders ON id = order_id "
            "WHERE (order_id, product_id) IN (SELECT id, id FROM products)"));
static_assert(Accepts("SELECT order_id FROM order_lines WHERE (order_id, product_id) > (1, 2)"));
static_assert(
    Accepts("SELECT order_id FROM order_lines "
            "WHERE (order_id, product_id) IN ((1, 2), (3, 4))"));
static_assert(
    Accepts("SELECT order_id FROM order_lines "
            "WHERE (order_id, quantity) = (SELECT id, 2 FROM orders)"));

// WITH RECURSIVE: a column of its own rows may be NULL although the first is not.
static_assert(
    Accepts("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
            "WHERE i < 10) SELECT i FROM n"));
static_assert(
    Accepts("WITH RECURSIVE n(i, up) AS (SELECT 1, NULL UNION SELECT i + 1, i FROM n "
            "WHERE i < 10) SELECT i, up FROM n ORDER BY i LIMIT 3"));

// Compounds.
static_assert(Accepts("SELECT id FROM orders UNION ALL SELECT 1 ORDER BY id LIMIT 3"));
static_assert(Accepts("SELECT id FROM orders EXCEPT SELECT order_id FROM order_lines"));
static_assert(Accepts("SELECT id FROM orders INTERSECT VALUES (1), (2) ORDER BY 1"));
static_assert(Accepts("SELECT unit_price FROM order_lines UNION ALL SELECT 1"));

// Expressions.
static_assert(Accepts("SELECT CASE WHEN quantity > 10 THEN 0.9 ELSE 1 END FROM order_lines"));
static_assert(Accepts("SELECT CASE id WHEN 1 THEN 'one' ELSE 'more' END FROM orders"));
static_assert(
    Accepts("SELECT CAST(id AS TEXT), CAST(unit_price AS REAL) / 3, "
            "CAST(unit_price AS DECIMAL(10, 2)), CAST('7' AS INTEGER) "
            "FROM orders, order_lines"));
static_assert(
    Accepts("SELECT id FROM customers WHERE name = 'x' COLLATE NOCASE "
            "ORDER BY name COLLATE NOCASE DESC NULLS LAST"));
static_assert(Accepts("SELECT id FROM customers WHERE name GLOB 'a*' AND region IS NOT 'x'"));
static_assert(Accepts("SELECT id FROM customers WHERE region ISNULL OR region NOT NULL"));
static_assert(Accepts("SELECT id FROM customers WHERE region IS DISTINCT FROM name"));
static_assert(Accepts("SELECT id & 1, id << 2 | 1, ~id, id >> 1 FROM orders"));
static_assert(Accepts("SELECT 'INV-' || id FROM orders"));
static_assert(
    Accepts("SELECT id || 1 || 2 || 3 || 4 || 5 || 6 || 7 || 8 || 9 || 10 || 11 || 12 || 13 "
            "|| 14 || 15 || 16 || 17 || 18 || 19 || 20 || 21 || 22 || 23 || 24 FROM orders"));
static_assert(
    Accepts("SELECT id + 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 13 + 14 + 15 "
            "+ 16 + 17 + 18 + 19 + 20 + 21 + 22 + 23 FROM orders"));
static_assert(
    Accepts("SELECT id FROM orders WHERE ordered_at >= '2024-01-01' "
            "AND ordered_at < '2024-02-01T12:30:00Z'"));
static_assert(Accepts("SELECT id FROM products WHERE active = 1"));
static_assert(Accepts("SELECT SUM(active), SUM(stock > 5) FROM products"));
static_assert(Accepts("SELECT shipped_at - ordered_at FROM orders"));
static_assert(Accepts("SELECT ROUND(unit_price * quantity, 2) FROM order_lines"));
static_assert(Accepts("SELECT AVG(unit_price), total(unit_price) FROM order_lines"));
static_assert(
    Accepts("SELECT 1.0 * SUM(quantity) / COUNT(*), 100.0 * COUNT(*) / 3 FROM order_lines"));

// Functions.
static_assert(
    Accepts("SELECT trim(name), substr(name, 1, 3), replace(name, 'a', 'b'), "
            "instr(name, 'x'), ifnull(region, ''), nullif(name, ''), "
            "iif(name = 'x', 1, 2), hex(name), typeof(name) FROM customers"));
static_assert(
    Accepts("SELECT strftime('%Y-%m', ordered_at) AS m, COUNT(*) FROM orders "
            "GROUP BY m ORDER BY m"));
static_assert(Accepts("SELECT date(ordered_at, 'start of month', '+1 month') FROM orders"));
static_assert(
    Accepts("SELECT group_concat(name, '; '), json_group_array(name), "
            "json_group_object(id, name) FROM customers"));
static_assert(
    Accepts("SELECT json_extract(region, '$.a') IS NULL, region ->> '$.b' = 'x', "
            "json_object('id', id, 'name', name) FROM customers"));
static_assert(Accepts("SELECT printf('INV-%08d %5.2f%%', id, 1.5) FROM orders"));
static_assert(Accepts("SELECT max(stock, 0), min(id, stock, 5) FROM products"));

// Windows.
static_assert(
    Accepts("SELECT id, row_number() OVER (PARTITION BY customer_id "
            "ORDER BY ordered_at DESC) AS n FROM orders"));
static_assert(
    Accepts("SELECT SUM(quantity) OVER w, lag(quantity, 1, 0) OVER (w ORDER BY product_id) "
            "FROM order_lines WINDOW w AS (PARTITION BY order_id)"));
static_assert(
    Accepts("SELECT SUM(quantity) OVER (ORDER BY product_id, order_id "
            "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) "
            "FROM order_lines"));
static_assert(
    Accepts("SELECT AVG(unit_price) OVER (ORDER BY unit_price "
            "RANGE BETWEEN 0.5 PRECEDING AND CURRENT ROW) FROM order_lines"));
static_assert(
    Accepts("SELECT COUNT(*) FILTER (WHERE quantity > 1) OVER (ORDER BY quantity "
            "GROUPS 1 PRECEDING) FROM order_lines"));
static_assert(
    Accepts("SELECT first_value(quantity) OVER (PARTITION BY order_id "
            "ORDER BY product_id) FROM order_lines"));
static_assert(
    Accepts("SELECT customer_id, SUM(COUNT(*)) OVER (ORDER BY customer_id) FROM orders "
            "GROUP BY customer_id"));
static_assert(
    Accepts("SELECT rank() OVER (ORDER BY stock), percent_rank() OVER (ORDER BY stock), "
            "ntile(4) OVER (ORDER BY stock) FROM products"));

// Order, groups, limits.
static_assert(Accepts("SELECT DISTINCT region FROM customers ORDER BY region LIMIT 5"));
static_assert(Accepts("SELECT DISTINCT lower(name) FROM customers ORDER BY lower(name)"));
static_assert(Accepts("SELECT customer_id, COUNT(*) FROM orders GROUP BY 1 ORDER BY 2 DESC, 1"));
static_assert(
    Accepts("SELECT customer_id AS c, COUNT(*) AS n FROM orders GROUP BY c HAVING n > 1"));
static_assert(Accepts("SELECT id FROM orders LIMIT 5, 10"));
static_assert(Accepts("SELECT id FROM orders LIMIT -1 OFFSET 10"));
static_assert(Accepts("SELECT COUNT(*) FILTER (WHERE id > 1) FROM orders"));

// Writes.
static_assert(
    Accepts("INSERT INTO customers (id, name) SELECT code, name FROM currencies "
            "WHERE code <> 'EUR' ON CONFLICT (id) DO UPDATE SET name = excluded.name"));
static_assert(
    Accepts("INSERT INTO orders SELECT id + 100, customer_id, ordered_at, NULL "
            "FROM orders RETURNING id"));
static_assert(
    Accepts("INSERT INTO order_lines SELECT o.id, p.id, 1, 1, 0 FROM orders o "
            "JOIN products p UNION ALL VALUES (1, 2, 3, 4, 0)"));
static_assert(
    Accepts("UPDATE products SET stock = stock - s.q FROM (SELECT product_id, "
            "SUM(quantity) AS q FROM order_lines GROUP BY product_id) AS s "
            "WHERE s.product_id = products.id"));
static_assert(
    Accepts("UPDATE orders SET customer_id = c.name FROM customers c "
            "WHERE c.id = orders.customer_id"));
static_assert(Accepts("UPDATE customers SET (name, region) = ('x', NULL)"));
static_assert(
    Accepts("UPDATE customers SET region = (SELECT name FROM currencies WHERE code = 'x') "
            "RETURNING id, (SELECT COUNT(*) FROM orders WHERE customer_id = customers.id)"));
static_assert(Accepts("DELETE FROM orders RETURNING (SELECT COUNT(*) FROM customers)"));
static_assert(
    Accepts<Decimal<2>, Text>("UPDATE order_lines SET discount = ? WHERE order_id IN "
                              "(SELECT id FROM orders WHERE customer_id = ?)"));
static_assert(Accepts<Integer, Integer>("SELECT id FROM orders ORDER BY id LIMIT ?, ?"));

}  // namespace
