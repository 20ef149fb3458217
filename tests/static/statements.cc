// SPDX-License-Identifier: Apache-2.0
// What a checked statement knows: whether it writes, whether one row is the most it can return,
// and which column goes into which field.
#include "verdict.h"

namespace {

using shop::Customer;
using shop::Order;
using shop::Turnover;
using Integer = std::int64_t;
using NoRow = cordon::internal::NoRow;

template <class Row, class... Args>
consteval bool AtMostOne(cordon::SqlText sql) {
  return Held<Row, Args...>(sql).at_most_one();
}

// The whole key, fixed by equality with what does not vary.
static_assert(AtMostOne<Order, Integer>("SELECT * FROM orders WHERE id = ?"_sql));
static_assert(AtMostOne<Order>("SELECT * FROM orders WHERE 7 = id"_sql));
static_assert(
    AtMostOne<Order, Integer>("SELECT * FROM orders WHERE id = ? AND shipped_at IS NULL"_sql));
static_assert(
    AtMostOne<Order, Integer>("SELECT * FROM orders WHERE shipped_at IS NULL AND id = ?"_sql));
static_assert(AtMostOne<Integer, Integer, Integer>(
    "SELECT quantity FROM order_lines WHERE order_id = ? AND product_id = ?"_sql));
static_assert(AtMostOne<Integer>("SELECT COUNT(*) FROM orders"_sql));
static_assert(AtMostOne<std::optional<Integer>>("SELECT MAX(id) FROM orders WHERE id > 7"_sql));

// A part of the key, an inequality, an alternative, a denial, a column, a join.
static_assert(!AtMostOne<Order>("SELECT * FROM orders"_sql));
static_assert(
    !AtMostOne<Integer, Integer>("SELECT quantity FROM order_lines WHERE order_id = ?"_sql));
static_assert(!AtMostOne<Order, Integer>("SELECT * FROM orders WHERE id >= ?"_sql));
static_assert(!AtMostOne<Order, Integer>("SELECT * FROM orders WHERE id = ? OR id = 8"_sql));
static_assert(!AtMostOne<Order, Integer>("SELECT * FROM orders WHERE 1 = 1 OR id = ?"_sql));
static_assert(!AtMostOne<Order, Integer>(
    "SELECT * FROM orders WHERE id = ? AND customer_id = 'x' OR id = 8"_sql));
static_assert(!AtMostOne<Order, Integer>("SELECT * FROM orders WHERE NOT id = ?"_sql));
static_assert(!AtMostOne<Order, Integer>("SELECT * FROM orders WHERE NOT (id = ?)"_sql));
static_assert(!AtMostOne<Order, Integer>("SELECT * FROM orders WHERE (id = ?) = FALSE"_sql));
static_assert(!AtMostOne<Order, Integer>("SELECT * FROM orders WHERE id = ? = FALSE"_sql));
static_assert(!AtMostOne<Order>("SELECT * FROM orders WHERE id = id"_sql));
static_assert(!AtMostOne<Order, Integer>("SELECT * FROM orders WHERE id = ? + id"_sql));
static_assert(
    !AtMostOne<Integer>("SELECT quantity FROM order_lines WHERE order_id = product_id"_sql));
static_assert(
    !AtMostOne<Integer, Integer>("SELECT o.id FROM orders o, customers c WHERE o.id = ?"_sql));
static_assert(!AtMostOne<std::string>("SELECT customer_id FROM orders GROUP BY customer_id"_sql));
static_assert(!AtMostOne<Order, Integer>("DELETE FROM orders WHERE id = ? RETURNING *"_sql));

static_assert(Held<NoRow>("DELETE FROM orders"_sql).writes());
static_assert(Held<Order>("DELETE FROM orders RETURNING *"_sql).writes());
static_assert(!Held<Order>("SELECT * FROM orders"_sql).writes());

// Structs by name, in whatever order; everything else by position.
template <class Row>
consteval int Place(cordon::SqlText sql, std::size_t field) {
  return Held<Row>(sql).place(field);
}
static_assert(Place<Customer>("SELECT * FROM customers"_sql, 0) == 0);
static_assert(Place<Customer>("SELECT region, name, id FROM customers"_sql, 0) == 2);
static_assert(Place<Customer>("SELECT region, name, id FROM customers"_sql, 1) == 1);
static_assert(Place<Customer>("SELECT region, name, id FROM customers"_sql, 2) == 0);
static_assert(Place<Customer>("SELECT NAME, REGION, customers.Id FROM customers"_sql, 0) == 2);
static_assert(Place<Customer>("SELECT code AS name, NULL AS region, code AS id FROM currencies"_sql,
                              2) == 1);
static_assert(Place<Turnover>("SELECT unit_price * discount AS revenue, 'x' AS customer_id "
                              "FROM order_lines"_sql,
                              0) == 1);
static_assert(Place<std::tuple<std::string, Integer>>("SELECT customer_id, id FROM orders"_sql,
                                                      1) == 1);

}  // namespace
