// SPDX-License-Identifier: Apache-2.0
// The Northwind Traders database as its first owner would have it, from the first check to a file
// of tenants' tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <span>

#include "cordon/cordon.h"
#include "csv_reader.h"
#include "support/migration.h"
#include "support/program.h"

namespace cordon_test {
namespace {

using ::cordon::CheckSchema;
using ::cordon::SchemaReport;
using ::distribution::CsvColumn;
using ::distribution::CsvKind;
using ::distribution::CsvProblem;
using ::distribution::CsvReader;
using ::distribution::CsvRecord;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kNorthwind[] = R"sql(
  CREATE TABLE categories(category_id INTEGER PRIMARY KEY AUTOINCREMENT,
    category_name VARCHAR(15) NOT NULL UNIQUE, description TEXT);
  CREATE TABLE customers(customer_id CHAR(5) PRIMARY KEY, company_name VARCHAR(40) NOT NULL,
    contact_name TEXT, contact_title TEXT, address TEXT, city TEXT, region TEXT, postal_code TEXT,
    country TEXT, phone TEXT, fax TEXT);
  CREATE TABLE employees(employee_id INTEGER PRIMARY KEY AUTOINCREMENT, last_name TEXT NOT NULL,
    first_name TEXT NOT NULL, title TEXT, title_of_courtesy TEXT, birth_date DATE, hire_date DATE,
    address TEXT, city TEXT, region TEXT, postal_code TEXT, country TEXT, home_phone TEXT,
    extension TEXT, notes TEXT, reports_to INTEGER REFERENCES employees(employee_id),
    photo_path TEXT);
  CREATE TABLE region(region_id INTEGER PRIMARY KEY, region_description TEXT NOT NULL);
  CREATE TABLE territories(territory_id TEXT PRIMARY KEY, territory_description TEXT NOT NULL,
    region_id INTEGER NOT NULL REFERENCES region);
  CREATE TABLE employee_territories(employee_id INTEGER NOT NULL REFERENCES employees ON DELETE
    CASCADE, territory_id TEXT NOT NULL, PRIMARY KEY (employee_id, territory_id),
    FOREIGN KEY (territory_id) REFERENCES territories(territory_id));
  CREATE TABLE shippers(shipper_id INTEGER PRIMARY KEY AUTOINCREMENT, company_name TEXT NOT NULL,
    phone TEXT);
  CREATE TABLE suppliers(supplier_id INTEGER PRIMARY KEY AUTOINCREMENT, company_name TEXT NOT NULL,
    contact_name TEXT, contact_title TEXT, address TEXT, city TEXT, region TEXT, postal_code TEXT,
    country TEXT, phone TEXT, fax TEXT, homepage TEXT);
  CREATE TABLE products(product_id INTEGER PRIMARY KEY AUTOINCREMENT, product_name TEXT NOT NULL,
    supplier_id INTEGER REFERENCES suppliers, category_id INTEGER REFERENCES categories,
    quantity_per_unit TEXT, unit_price NUMERIC(10, 2) DEFAULT 0 CHECK (unit_price >= 0),
    units_in_stock INTEGER DEFAULT 0, units_on_order INTEGER, reorder_level INTEGER,
    discontinued INTEGER NOT NULL CHECK (discontinued IN (0, 1)));
  CREATE TABLE orders(order_id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id CHAR(5) REFERENCES customers ON UPDATE CASCADE ON DELETE SET NULL,
    employee_id INTEGER REFERENCES employees, order_date DATE, required_date DATE,
    shipped_date DATE, ship_via INTEGER REFERENCES shippers(shipper_id), freight NUMERIC DEFAULT 0,
    ship_name TEXT, ship_address TEXT, ship_city TEXT, ship_region TEXT, ship_postal_code TEXT,
    ship_country TEXT);
  CREATE TABLE order_details(order_id INTEGER NOT NULL REFERENCES orders ON DELETE CASCADE,
    product_id INTEGER NOT NULL REFERENCES products, unit_price NUMERIC NOT NULL,
    quantity INTEGER NOT NULL DEFAULT 1, discount REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (order_id, product_id), CONSTRAINT discounted CHECK (discount BETWEEN 0 AND 1));
  CREATE INDEX orders_by_date ON orders(order_date DESC);
  CREATE INDEX products_by_name ON products(lower(product_name)) WHERE discontinued = 0;
  CREATE UNIQUE INDEX suppliers_by_name ON suppliers(company_name COLLATE NOCASE);
  CREATE VIEW order_totals AS SELECT order_id, sum(unit_price * quantity * (1 - discount)) AS total
    FROM order_details GROUP BY order_id;
  CREATE VIEW current_products AS SELECT product_id, product_name FROM products
    WHERE discontinued = 0;
  CREATE TRIGGER stock AFTER INSERT ON order_details BEGIN
    UPDATE products SET units_in_stock = units_in_stock - new.quantity
      WHERE product_id = new.product_id AND 0;
  END;
)sql";

// A parent before its children.
constexpr const char* kTables[] = {
    "categories", "customers", "employees", "region", "territories",  "employee_territories",
    "shippers",   "suppliers", "products",  "orders", "order_details"};

const std::string kData = std::string(CORDON_SHARED_DIR) + "/data/northwind";

class Northwind : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::is_directory(kData)) {
      GTEST_SKIP() << "CORDON_SHARED_DIR has no data/northwind: " << kData;
    }
    ASSERT_EQ(sqlite3_open(path().c_str(), &db_), SQLITE_OK);
    Sql(kNorthwind);
    // Employees report to later ones.
    Sql("PRAGMA foreign_keys = OFF; BEGIN");
    for (const char* table : kTables) Load(table);
    Sql("COMMIT; ANALYZE");
    sqlite3_close(db_);
    ASSERT_THAT(RawSql(path(), "PRAGMA foreign_key_check"), IsEmpty());
  }
  [[nodiscard]] std::string path() const { return scratch.File("northwind.db"); }

  void Sql(const std::string& sql) {
    ASSERT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db_) << " in " << sql;
  }
  void Load(const std::string& table) {
    std::vector<CsvColumn> columns;
    std::vector<std::string> names = ColumnsOf(path(), table);
    std::string places;
    for (const std::string& name : names) {
      const bool phone = name == "phone" || name == "fax" || name == "home_phone";
      columns.push_back({name, phone ? CsvKind::kPhone : CsvKind::kText});
      places += places.empty() ? "?" : ", ?";
    }
    std::ifstream file(kData + "/" + table + ".csv", std::ios::binary);
    CsvReader reader(file, columns);
    sqlite3_stmt* insert = nullptr;
    ASSERT_EQ(sqlite3_prepare_v2(db_, ("INSERT INTO " + table + " VALUES (" + places + ")").c_str(),
                                 -1, &insert, nullptr),
              SQLITE_OK);
    for (auto step = reader.Next(); !IsEnd(step); step = reader.Next()) {
      const auto* problem = std::get_if<CsvProblem>(&step);
      ASSERT_EQ(problem, nullptr) << table << ", line " << problem->line << ": " << problem->reason;
      const std::vector<std::string>& fields = std::get<CsvRecord>(step).fields;
      for (std::size_t i = 0; i < fields.size(); ++i) {
        const int at = static_cast<int>(i) + 1;
        if (fields[i].empty()) {
          sqlite3_bind_null(insert, at);
        } else {
          sqlite3_bind_text(insert, at, fields[i].c_str(), -1, SQLITE_TRANSIENT);
        }
      }
      ASSERT_EQ(sqlite3_step(insert), SQLITE_DONE) << table << ": " << sqlite3_errmsg(db_);
      sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
  }

  // What the books say.
  [[nodiscard]] std::vector<std::string> Books() const {
    std::vector<std::string> books;
    for (const char* table : kTables) {
      books.push_back(table +
                      (": " + RawValue(path(), std::string("SELECT count(*) FROM ") + table)));
    }
    for (const char* sql :
         {"SELECT sum(unit_price * quantity) FROM order_details", "SELECT sum(freight) FROM orders",
          "SELECT count(DISTINCT customer_id) FROM orders",
          "SELECT sum(units_in_stock) FROM products",
          "SELECT group_concat(n) FROM (SELECT c.country || count(*) AS n FROM orders o JOIN "
          "customers c USING (customer_id) GROUP BY c.country ORDER BY c.country)"}) {
      books.push_back(RawValue(path(), sql));
    }
    return books;
  }
  [[nodiscard]] SchemaReport Report() const { return Must(CheckSchema({.path = path()})); }

  sqlite3* db_ = nullptr;
  ScratchDirectory scratch;
};

TEST_F(Northwind, BecomesATenantsFileWithoutLosingARow) {
  const std::vector<std::string> books = Books();
  EXPECT_THAT(books, Contains("orders: 830"));
  EXPECT_THAT(books, Contains("order_details: 2155"));

  const SchemaReport plan = Report();
  const std::vector<std::string> found = Above(plan);
  for (const char* table : kTables) {
    EXPECT_THAT(found, Contains(table + std::string(": unclassified-table")));
    EXPECT_THAT(found, Contains(table + std::string(": key-without-tenant")));
  }
  for (const char* finding :
       {"orders: autoincrement", "orders: foreign-key-sets-tenant", "orders: index-without-tenant",
        "employees: foreign-key-without-tenant", "categories: unique-without-tenant",
        "suppliers: unique-without-tenant", "order_totals: view", "current_products: view",
        "order_details: trigger", "sqlite_stat1: statistics"}) {
    EXPECT_THAT(found, Contains(finding));
  }
  for (const auto& finding : plan.findings) {
    EXPECT_TRUE(finding.fix.has_value() || finding.severity == cordon::SchemaSeverity::kNote)
        << finding.message;
  }
  const auto columns = AllColumns(path(), plan);
  const auto rows = AllRows(path(), columns);

  ASSERT_EQ(RunStatements(path(), MigrationStatements(plan)), "");
  EXPECT_THAT(Above(Report()), IsEmpty()) << RenderForPeople(Report());
  EXPECT_EQ(Books(), books);
  EXPECT_EQ(AllRows(path(), columns), rows);
  EXPECT_THAT(RawSql(path(), "PRAGMA foreign_key_check"), IsEmpty());
  EXPECT_EQ(RawValue(path(), "PRAGMA integrity_check"), "ok");

  // A second dealer with the same numbers fits in, and may not use the first one's.
  RawSql(
      path(),
      "PRAGMA foreign_keys = ON;"
      "INSERT INTO customers(tenant_id, customer_id, company_name) VALUES (zeroblob(16), 'ALFKI', "
      "'Other'); INSERT INTO orders(tenant_id, order_id, customer_id) VALUES (zeroblob(16), "
      "10248, 'ALFKI')");
  EXPECT_THROW(RawSql(path(),
                      "PRAGMA foreign_keys = ON; INSERT INTO orders(tenant_id, order_id, "
                      "customer_id) VALUES (zeroblob(16), 10249, 'VINET')"),
               std::runtime_error);
}

TEST_F(Northwind, SomeTablesAreEverybodys) {
  cordon::SchemaCheckOptions options;
  options.path = path();
  options.global_tables = {"region", "territories", "shippers", "categories"};
  const SchemaReport plan = Must(CheckSchema(options));
  ASSERT_EQ(RunStatements(path(), MigrationStatements(plan)), "");
  EXPECT_TRUE(Must(CheckSchema(options)).clean());
  EXPECT_THAT(ColumnsOf(path(), "region"), Not(Contains("tenant_id")));
  EXPECT_EQ(RawValue(path(),
                     "SELECT group_concat(\"from\") FROM "
                     "pragma_foreign_key_list('orders') WHERE \"table\" = 'shippers'"),
            "ship_via");
}

TEST_F(Northwind, TheToolSaysTheSame) {
  const std::string before = RenderForPeople(Report());
  const Finished run = RunProgram(CORDON_TOOL, {"schema", "check", path()});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_TRUE(run.out.starts_with(before));
  for (const char* table : kTables) EXPECT_THAT(run.out, HasSubstr(std::string(table) + "\n"));
}

// ---- the shape that a declaration would create
// ---------------------------------------------------

struct Region {
  std::int64_t id = 0;
  std::string description = {};
};
struct Territory {
  std::string id = {};
  std::string description = {};
  std::int64_t region_id = 0;
};
struct Geography {
  static constexpr auto kSchema =
      cordon::Schema{cordon::TenantTable<Region>("region")
                         .Key<&Region::id>("region_id")
                         .Column<&Region::description>("region_description"),
                     cordon::TenantTable<Territory>("territories")
                         .Key<&Territory::id>("territory_id")
                         .Column<&Territory::description>("territory_description")
                         .Column<&Territory::region_id>("region_id")
                         .References<&Territory::region_id>("region")};
};

// Columns with type, NULL and key; foreign keys; whether there is a rowid.
std::vector<std::string> Shape(const std::string& path, const std::string& table) {
  std::vector<std::string> shape =
      RawSql(path,
             "SELECT name || ' ' || type || ' ' || \"notnull\" || ' ' || pk FROM "
             "pragma_table_xinfo('" +
                 table + "')");
  for (const std::string& sql :
       {"SELECT id || seq || \"table\" || \"from\" || \"to\" || on_update || on_delete FROM "
        "pragma_foreign_key_list('" +
            table + "') ORDER BY id, seq",
        "SELECT wr FROM pragma_table_list WHERE name = '" + table + "'",
        "SELECT origin || \"unique\" FROM pragma_index_list('" + table + "')"}) {
    for (const std::string& row : RawSql(path, sql)) shape.push_back(row);
  }
  return shape;
}

TEST_F(Northwind, HasTheShapeOfADeclaration) {
  ASSERT_EQ(RunStatements(path(), MigrationStatements(Report())), "");
  cordon::PlatformOptions options;
  options.path = scratch.File("declared.db");
  ASSERT_THAT(cordon::Platform<Geography>::Open(options).status(), IsOk());
  for (const char* table : {"region", "territories"}) {
    const std::vector<std::string> declared = Shape(options.path, table);
    EXPECT_GT(declared.size(), 4U);
    EXPECT_EQ(Shape(path(), table), declared) << table;
  }
}

}  // namespace
}  // namespace cordon_test
