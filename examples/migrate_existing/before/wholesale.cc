// SPDX-License-Identifier: Apache-2.0
// A wholesaler's program as it was: one company, one SQLite file, SQL by hand.
#include <sqlite3.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr char kTables[] = R"sql(
  CREATE TABLE tax_rates (code TEXT PRIMARY KEY, percent INTEGER NOT NULL);
  CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT);
  CREATE TABLE articles (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sku TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    price REAL NOT NULL CHECK (price >= 0),
    tax_code TEXT NOT NULL REFERENCES tax_rates (code));
  CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    placed TEXT NOT NULL,
    total REAL NOT NULL DEFAULT 0);
  CREATE TABLE order_lines (
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    article_id INTEGER NOT NULL REFERENCES articles (id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    unit_price REAL NOT NULL,
    PRIMARY KEY (order_id, position));
  CREATE INDEX orders_by_customer ON orders (customer_id);
  CREATE VIEW order_list AS
    SELECT o.id, o.placed, c.name AS customer, o.total
    FROM orders o JOIN customers c ON c.id = o.customer_id;
  CREATE TRIGGER order_total AFTER INSERT ON order_lines BEGIN
    UPDATE orders SET total = total + new.quantity * new.unit_price WHERE id = new.order_id;
  END;
  INSERT INTO tax_rates VALUES ('full', 19), ('reduced', 7);
)sql";

using Arguments = std::vector<std::string>;

class Database {
 public:
  explicit Database(const std::string& path) {
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) Fail();
    Run("PRAGMA foreign_keys = ON");
  }
  ~Database() { sqlite3_close(db_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void Run(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) Fail();
  }
  // All rows, as texts.
  std::vector<Arguments> Query(const char* sql, const Arguments& arguments = {}) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) != SQLITE_OK) Fail();
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      sqlite3_bind_text(statement, static_cast<int>(i) + 1, arguments[i].c_str(), -1,
                        SQLITE_TRANSIENT);
    }
    std::vector<Arguments> rows;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      Arguments& row = rows.emplace_back();
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const unsigned char* const text = sqlite3_column_text(statement, i);
        row.emplace_back(text != nullptr ? reinterpret_cast<const char*>(text) : "");
      }
    }
    if (sqlite3_finalize(statement) != SQLITE_OK) Fail();
    return rows;
  }
  std::string NewId() { return std::to_string(sqlite3_last_insert_rowid(db_)); }

 private:
  [[noreturn]] void Fail() { throw std::runtime_error(sqlite3_errmsg(db_)); }
  sqlite3* db_ = nullptr;
};

void Print(const std::vector<Arguments>& rows) {
  for (const Arguments& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) std::cout << (i > 0 ? "  " : "") << row[i];
    std::cout << "\n";
  }
}

void AddOrder(Database& db, const Arguments& arguments) {
  db.Run("BEGIN IMMEDIATE");
  db.Query("INSERT INTO orders (customer_id, placed) VALUES (?, ?)", {arguments[0], arguments[1]});
  const std::string order = db.NewId();
  for (std::size_t i = 2; i + 1 < arguments.size(); i += 2) {
    const auto article = db.Query("SELECT id, price FROM articles WHERE sku = ?", {arguments[i]});
    if (article.empty()) throw std::runtime_error("no such article: " + arguments[i]);
    db.Query("INSERT INTO order_lines VALUES (?, ?, ?, ?, ?)",
             {order, std::to_string(i / 2), article[0][0], arguments[i + 1], article[0][1]});
  }
  db.Run("COMMIT");
  std::cout << "order " << order << "\n";
}

void Run(Database& db, const std::string& command, const Arguments& arguments) {
  if (command == "init") {
    db.Run(kTables);
  } else if (command == "customer" && arguments.size() == 2) {
    db.Query("INSERT INTO customers (name, city) VALUES (?, ?)", arguments);
    std::cout << "customer " << db.NewId() << "\n";
  } else if (command == "article" && arguments.size() == 4) {
    db.Query("INSERT INTO articles (sku, name, price, tax_code) VALUES (?, ?, ?, ?)", arguments);
    std::cout << "article " << arguments[0] << "\n";
  } else if (command == "order" && arguments.size() >= 4) {
    AddOrder(db, arguments);
  } else if (command == "cancel" && arguments.size() == 1) {
    db.Query("DELETE FROM orders WHERE id = ?", arguments);
  } else if (command == "orders") {
    Print(
        db.Query("SELECT id, date(placed), customer, printf('%.2f', total) FROM order_list "
                 "ORDER BY placed, id"));
  } else if (command == "cities") {
    Print(
        db.Query("SELECT c.city, COUNT(*), printf('%.2f', SUM(o.total)) FROM orders o "
                 "JOIN customers c ON c.id = o.customer_id GROUP BY c.city ORDER BY c.city"));
  } else if (command == "taxes" && arguments.size() == 1) {
    Print(
        db.Query("SELECT t.percent || '%', printf('%.2f', SUM(l.quantity * l.unit_price)), "
                 "printf('%.2f', SUM(l.quantity * l.unit_price) * t.percent / 100) "
                 "FROM order_lines l JOIN articles a ON a.id = l.article_id "
                 "JOIN tax_rates t ON t.code = a.tax_code WHERE l.order_id = ? "
                 "GROUP BY t.percent ORDER BY t.percent",
                 arguments));
  } else {
    throw std::runtime_error(
        "init | customer NAME CITY | article SKU NAME PRICE TAX |\n"
        "order CUSTOMER DAY SKU QUANTITY [SKU QUANTITY...] | cancel ORDER | orders | cities | "
        "taxes ORDER");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argv + 1, argv + argc);
  if (arguments.size() < 2) {
    std::cerr << "usage: wholesale_before FILE COMMAND...\n";
    return 2;
  }
  try {
    Database db(arguments[0]);
    Run(db, arguments[1], {arguments.begin() + 2, arguments.end()});
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << "\n";
    return 1;
  }
  return 0;
}
