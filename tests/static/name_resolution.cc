// SPDX-License-Identifier: Apache-2.0
// Where SQLite looks for a name, and in which order: what the checker takes for something else than
// SQLite would must not pass.
#include "cordon/data/sql.h"

namespace {

struct T {
  std::int64_t id;
  std::int64_t n;
  std::int64_t z;
  std::string s;
};
struct U {
  std::int64_t id;
  std::int64_t v;
};
struct Shop {
  static constexpr auto kSchema =
      cordon::Schema{cordon::TenantTable<T>("t")
                         .Key<&T::id>("id")
                         .Column<&T::n>("n")
                         .Column<&T::z>("z")
                         .Column<&T::s>("s"),
                     cordon::TenantTable<U>("u").Key<&U::id>("id").Column<&U::v>("v")};
};
consteval bool Accepts(std::string_view sql) { return cordon::CheckSql<Shop>(sql).ok(); }

// ORDER BY takes an AS name before a column, and no column's name for an AS name.
static_assert(Accepts("SELECT s, z AS s FROM t ORDER BY s"));
static_assert(!Accepts("SELECT a.id, b.id FROM t a, u b ORDER BY id"));

// An AS name of the inner SELECT goes before a column further out.
static_assert(Accepts("SELECT id FROM t WHERE EXISTS (SELECT u.v AS z FROM u WHERE z = 2)"));
static_assert(!Accepts("SELECT id FROM t WHERE EXISTS (SELECT 'x' AS z FROM u WHERE z = 2)"));
static_assert(Accepts("SELECT id, n + 1 AS m FROM t WHERE m > 2 GROUP BY id, n HAVING m < 9"));
static_assert(Accepts("SELECT id FROM t WHERE EXISTS (SELECT u.v AS q FROM u WHERE z = 2)"));
static_assert(Accepts("SELECT id FROM t WHERE EXISTS (SELECT u.v AS z FROM u WHERE t.z = 2)"));

// GROUP BY and ORDER BY of a subquery do not see further out.
static_assert(!Accepts("SELECT (SELECT u.v FROM u WHERE u.id = 1 ORDER BY t.z LIMIT 1) FROM t"));
static_assert(!Accepts("SELECT (SELECT MAX(u.v) FROM u GROUP BY t.z) FROM t"));

// Aggregates make a query one of aggregates in its select list or by GROUP BY only; one over
// columns from further out belongs further out.
static_assert(!Accepts("SELECT 1 FROM t ORDER BY count(*)"));
static_assert(!Accepts("SELECT 1 FROM t HAVING count(*) > 0"));
static_assert(Accepts("SELECT count(*) FROM t HAVING count(*) > 0 ORDER BY sum(n)"));
static_assert(!Accepts("SELECT (SELECT MAX(t.n) FROM u) FROM t"));
static_assert(Accepts("SELECT (SELECT MAX(t.n + u.v) FROM u) FROM t"));

// A grouped expression is the same to the letter, but for the case of names.
static_assert(Accepts("SELECT S < 'z', count(*) FROM t GROUP BY s < 'z'"));
static_assert(!Accepts("SELECT s < 'Z', count(*) FROM t GROUP BY s < 'z'"));

// Only the last ON CONFLICT may go without its columns.
static_assert(
    !Accepts("INSERT INTO u VALUES (1, 2) ON CONFLICT DO NOTHING "
             "ON CONFLICT (id) DO UPDATE SET v = 1"));
static_assert(
    Accepts("INSERT INTO u VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET v = 1 "
            "ON CONFLICT DO NOTHING"));

}  // namespace
