// SPDX-License-Identifier: Apache-2.0
// The grammar of this slice, one statement for each thing that must pass.
#include "verdict.h"

namespace {

using cordon::Decimal;
using cordon::Timestamp;
using Text = const char*;
using Integer = std::int64_t;

// Names and the select list.
static_assert(Accepts("SELECT * FROM orders"));
static_assert(Accepts("select Id, CUSTOMER_ID from Orders"));
static_assert(Accepts("SELECT \"id\" FROM \"orders\""));
static_assert(Accepts("SELECT orders.id FROM orders"));
static_assert(Accepts("SELECT o.* FROM orders AS o"));
static_assert(Accepts("SELECT o.id number FROM orders o"));
static_assert(Accepts("SELECT 1"));
static_assert(Accepts("SELECT * FROM orders;"));
static_assert(Accepts("SELECT id -- the number\nFROM orders /* all of them */"));
static_assert(Accepts("SELECT name FROM customers WHERE name = 'semicolons; and -- dashes'"));
static_assert(Accepts("SELECT name FROM customers WHERE name = 'tenant_id'"));
static_assert(Accepts("SELECT name FROM currencies"));

// Joins.
static_assert(Accepts("SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id"));
static_assert(Accepts("SELECT o.id FROM orders o INNER JOIN customers c ON c.id = o.customer_id"));
static_assert(
    Accepts("SELECT c.id FROM customers c LEFT OUTER JOIN orders o ON o.customer_id = c.id"));
static_assert(Accepts("SELECT o.id FROM orders o, customers c WHERE c.id = o.customer_id"));
static_assert(Accepts("SELECT a.id FROM orders a JOIN orders b ON a.customer_id = b.customer_id"));
static_assert(
    Accepts("SELECT c.name, e.name FROM customers c JOIN currencies e ON e.code = c.region"));

// Conditions.
static_assert(Accepts<Integer>("SELECT * FROM orders WHERE id = ?"));
static_assert(Accepts<Integer, Text>("SELECT * FROM orders WHERE id <> ? AND customer_id != ?"));
static_assert(Accepts<std::int32_t>("SELECT * FROM orders WHERE id >= ? OR NOT id < 7"));
static_assert(Accepts<std::string_view>("SELECT * FROM orders WHERE customer_id LIKE ? || '%'"));
static_assert(Accepts("SELECT * FROM customers WHERE name NOT LIKE '50!%' ESCAPE '!'"));
static_assert(Accepts<Integer, Integer>("SELECT * FROM orders WHERE id BETWEEN ? AND ?"));
static_assert(Accepts("SELECT * FROM orders WHERE id IN (1, 2, 3) AND id NOT IN (4)"));
static_assert(Accepts("SELECT * FROM orders WHERE customer_id IN (SELECT id FROM customers)"));
static_assert(Accepts("SELECT * FROM customers WHERE region IS NULL OR region IS NOT NULL"));
static_assert(Accepts<std::optional<std::string>>("SELECT * FROM customers WHERE region = ?"));
static_assert(Accepts<Timestamp>("SELECT * FROM orders WHERE ordered_at < ?"));
static_assert(Accepts<bool>("SELECT * FROM products WHERE active = ? AND active"));
static_assert(Accepts("SELECT * FROM products WHERE active = TRUE"));
static_assert(Accepts<std::span<const std::byte>>("SELECT * FROM products WHERE picture = ?"));
static_assert(Accepts("SELECT * FROM products WHERE picture = x'00ff'"));
static_assert(
    Accepts("SELECT * FROM customers c WHERE EXISTS "
            "(SELECT 1 FROM orders o WHERE o.customer_id = c.id)"));
static_assert(
    Accepts("SELECT * FROM order_lines WHERE quantity > "
            "(SELECT MIN(quantity) FROM order_lines)"));

// Arithmetic: integers and exact decimals, of any scale, mixed.
static_assert(Accepts<Decimal<2>>("SELECT * FROM order_lines WHERE unit_price > ?"));
static_assert(Accepts("SELECT * FROM order_lines WHERE unit_price > 9.50"));
static_assert(Accepts("SELECT quantity / 2, quantity % 2, -quantity FROM order_lines"));
static_assert(Accepts("SELECT unit_price * quantity * (1 - discount) FROM order_lines"));
static_assert(Accepts("SELECT abs(quantity), length(name) FROM order_lines, customers"));
static_assert(Accepts("SELECT lower(name) || upper(id) FROM customers"));
static_assert(Accepts("SELECT coalesce(region, name, '?') FROM customers"));

// Groups.
static_assert(Accepts("SELECT customer_id, COUNT(*) FROM orders GROUP BY customer_id"));
static_assert(
    Accepts("SELECT c.id, c.name, COUNT(o.id) FROM customers c "
            "LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id"));
static_assert(Accepts("SELECT customer_id FROM orders GROUP BY customer_id HAVING COUNT(*) > 1"));
static_assert(Accepts("SELECT lower(name), COUNT(*) FROM customers GROUP BY lower(name)"));
static_assert(Accepts("SELECT COUNT(DISTINCT customer_id) FROM orders"));
static_assert(Accepts("SELECT MIN(id), MAX(id), SUM(id), AVG(id) FROM orders"));
static_assert(Accepts("SELECT SUM(unit_price * quantity * (1 - discount)) FROM order_lines"));

// Order and limits.
static_assert(Accepts("SELECT * FROM orders ORDER BY ordered_at DESC, id ASC"));
static_assert(Accepts("SELECT id AS number FROM orders ORDER BY number LIMIT 10"));
static_assert(Accepts<Integer, Integer>("SELECT id FROM orders ORDER BY id LIMIT ? OFFSET ?"));

// WITH.
static_assert(Accepts("WITH big AS (SELECT id FROM orders WHERE id > 7) SELECT id FROM big"));
static_assert(
    Accepts("WITH a AS (SELECT id FROM orders), b(number) AS (SELECT id FROM a) "
            "SELECT number FROM b"));

// Writes.
static_assert(Accepts<Text, Text>("INSERT INTO customers (id, name) VALUES (?, ?)"));
static_assert(Accepts("INSERT INTO customers VALUES ('A', 'Alfreds', NULL), ('B', 'Bolido', 'x')"));
static_assert(
    Accepts<Text>("INSERT INTO customers (id, name) VALUES (?, 'x') "
                  "ON CONFLICT (id) DO UPDATE SET name = excluded.name "
                  "WHERE customers.name <> excluded.name"));
static_assert(
    Accepts("INSERT INTO products (id, sku, active, stock) VALUES (1, 'x', TRUE, 0) "
            "ON CONFLICT (sku) DO NOTHING"));
static_assert(Accepts("INSERT INTO customers (id, name) VALUES ('A', 'x') ON CONFLICT DO NOTHING"));
static_assert(
    Accepts("INSERT INTO customers (id, name) VALUES ('A', 'x') RETURNING id, name AS n"));
static_assert(Accepts<Text, Text>("UPDATE customers SET name = ?, region = NULL WHERE id = ?"));
static_assert(
    Accepts("UPDATE order_lines SET quantity = quantity + 1, discount = 0 "
            "WHERE order_id IN (SELECT id FROM orders WHERE shipped_at IS NULL)"));
static_assert(Accepts<std::nullopt_t>("UPDATE orders SET shipped_at = ?"));
static_assert(Accepts("DELETE FROM orders"));
static_assert(Accepts<Integer>("DELETE FROM orders AS o WHERE o.id = ? RETURNING *"));

}  // namespace
