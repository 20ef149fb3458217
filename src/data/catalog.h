// SPDX-License-Identifier: Apache-2.0
// What an SQLite file of any origin consists of, read without changing a byte of it.
#ifndef CORDON_SRC_DATA_CATALOG_H_
#define CORDON_SRC_DATA_CATALOG_H_

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cordon::internal {

struct CatalogColumn {
  std::string name;
  std::string type;
  bool not_null = false;
  bool has_default = false;
  bool generated = false;
  bool hidden = false;  // of a virtual table
  int key_place = 0;    // from 1; 0: not in the key
};

struct CatalogIndex {
  std::string name;
  std::string sql;  // empty for the index of a constraint
  bool unique = false;
  bool partial = false;
  char origin = 'c';                 // c: CREATE INDEX; u: UNIQUE; p: PRIMARY KEY
  std::vector<std::string> columns;  // an expression is an empty name
};

struct CatalogForeignKey {
  std::vector<std::string> columns;
  std::string parent;
  std::vector<std::string> parent_columns;  // empty: the parent's key
  bool sets_columns = false;                // SET NULL or SET DEFAULT
};

struct CatalogTable {
  enum class Kind { kTable, kVirtual, kShadow, kView };
  std::string name;
  Kind kind = Kind::kTable;
  std::string sql;
  std::string module;        // of a virtual table
  bool known_module = true;  // this SQLite has it, and it takes the table
  bool strict = false;
  bool without_rowid = false;
  bool autoincrement = false;
  std::vector<CatalogColumn> columns;
  std::vector<CatalogIndex> indexes;
  std::vector<CatalogForeignKey> foreign_keys;

  [[nodiscard]] const CatalogColumn* Find(std::string_view column) const;
  [[nodiscard]] std::vector<std::string> Key() const;  // in key order
};

struct CatalogTrigger {
  std::string name;
  std::string table;
  std::string sql;
};

// In the order of names; of SQLite's own tables, only gathered statistics.
struct Catalog {
  std::vector<CatalogTable> tables;
  std::vector<CatalogTrigger> triggers;
  // What made it all, in that order, without SQLite's own tables.
  struct Statement {
    std::string name;
    std::string sql;
  };
  std::vector<Statement> statements;

  [[nodiscard]] const CatalogTable* Find(std::string_view table) const;
};

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

// Reads the catalog of an open connection.
[[nodiscard]] absl::StatusOr<Catalog> ReadCatalog(sqlite3* db);

// Gives `act` a read-only connection to a file, and its catalog. Creates nothing and writes
// nothing, neither to the file nor beside it. Everything is read in one transaction; kBusy when a
// file that cannot be locked was written meanwhile.
using FileReader = std::function<absl::Status(sqlite3*, Catalog)>;
[[nodiscard]] absl::Status ReadFile(const std::string& path, const FileReader& act);

[[nodiscard]] absl::StatusOr<bool> UsesWriteAheadLog(const std::string& path);

// The catalog alone.
[[nodiscard]] absl::StatusOr<Catalog> ReadCatalogOf(const std::string& path);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_CATALOG_H_
