// SPDX-License-Identifier: Apache-2.0
#include "data/catalog.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>

#include "cordon/store/error.h"
#include "data/create_text.h"
#include "store/sqlite.h"
#include "store/text.h"

namespace cordon::internal {
namespace {

constexpr std::string_view kDoing = "reading the catalog of the file";

// Nothing is ever written here, so that SQLite's own words for it would mislead.
absl::Status CannotRead() {
  return Error(ErrorCode::kCannotOpen,
               "the file cannot be read: check that you may read it, and enter its directory");
}

absl::Status CannotRead(sqlite3* db, int code) {
  if ((code & 0xFF) == SQLITE_CANTOPEN) return CannotRead();
  if ((code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_ERROR) {
    // "malformed database schema (name) - reason": about the schema of the caller's own file.
    std::string said = sqlite3_errmsg(db);
    if (said.size() > 200 || !IsName(said, 200)) said = "its catalog is malformed";
    return Error(ErrorCode::kCorrupt,
                 "the file is damaged, or holds an object that this SQLite cannot parse (" + said +
                     "): repair it with the program that wrote it, or restore a backup");
  }
  if (code == SQLITE_READONLY_ROLLBACK) {
    return Error(ErrorCode::kReadOnly,
                 "a transaction on the file was cut off and is still to be rolled back: open the "
                 "file once with its own program, then check again");
  }
  return SqliteError(code, kDoing);
}

// One pragma or query, row by row.
class Rows {
 public:
  Rows(sqlite3* db, const std::string& sql) : db_(db) {
    code_ = sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr);
    if (code_ != SQLITE_OK) status_ = CannotRead(db, code_);
  }
  ~Rows() { sqlite3_finalize(statement_); }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  bool Next() {
    if (!status_.ok() || statement_ == nullptr) return false;
    code_ = sqlite3_step(statement_);
    if (code_ != SQLITE_ROW && code_ != SQLITE_DONE) status_ = CannotRead(db_, code_);
    return code_ == SQLITE_ROW;
  }
  [[nodiscard]] std::string Text(int column) const {
    const auto* text = sqlite3_column_text(statement_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text), size);
  }
  [[nodiscard]] bool IsNull(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  [[nodiscard]] int Int(int column) const { return sqlite3_column_int(statement_, column); }
  [[nodiscard]] const absl::Status& status() const { return status_; }
  [[nodiscard]] int code() const { return code_; }

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_ = nullptr;
  int code_ = SQLITE_OK;
  absl::Status status_;
};

// Pragmas are run as statements: their table-valued forms can be shadowed by a table of that name.
std::string Pragma(std::string_view pragma, std::string_view argument) {
  return "PRAGMA main." + std::string(pragma) + "(" + QuotedName(argument) + ")";
}

absl::Status ReadColumns(sqlite3* db, CatalogTable* table) {
  Rows info(db, Pragma("table_xinfo", table->name));
  while (info.Next()) {
    const int hidden = info.Int(6);
    table->columns.push_back({info.Text(1), info.Text(2), info.Int(3) != 0, !info.IsNull(4),
                              hidden >= 2, hidden == 1, info.Int(5)});
  }
  return info.status();
}

absl::Status ReadIndexes(sqlite3* db, const std::map<std::string, std::string>& index_sql,
                         CatalogTable* table) {
  {
    Rows list(db, Pragma("index_list", table->name));
    while (list.Next()) {
      CatalogIndex index;
      index.name = list.Text(1);
      index.unique = list.Int(2) != 0;
      index.origin = list.Text(3).starts_with('p')   ? 'p'
                     : list.Text(3).starts_with('u') ? 'u'
                                                     : 'c';
      index.partial = list.Int(4) != 0;
      const auto sql = index_sql.find(index.name);
      if (sql != index_sql.end()) index.sql = sql->second;
      table->indexes.push_back(std::move(index));
    }
    if (!list.status().ok()) return list.status();
  }
  std::sort(table->indexes.begin(), table->indexes.end(),
            [](const CatalogIndex& a, const CatalogIndex& b) { return a.name < b.name; });
  for (CatalogIndex& index : table->indexes) {
    Rows info(db, Pragma("index_xinfo", index.name));
    while (info.Next()) {
      if (info.Int(5) != 0) index.columns.push_back(info.Text(2));
    }
    if (!info.status().ok()) return info.status();
  }
  return absl::OkStatus();
}

absl::Status ReadForeignKeys(sqlite3* db, CatalogTable* table) {
  std::map<int, CatalogForeignKey> keys;
  Rows list(db, Pragma("foreign_key_list", table->name));
  while (list.Next()) {
    CatalogForeignKey& key = keys[list.Int(0)];
    key.parent = list.Text(2);
    key.columns.push_back(list.Text(3));
    if (!list.IsNull(4)) key.parent_columns.push_back(list.Text(4));
    for (const int action : {5, 6}) {
      key.sets_columns = key.sets_columns || list.Text(action).starts_with("SET ");
    }
  }
  // The newest comes first; the order of the declaration reads better.
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    table->foreign_keys.push_back(std::move(key->second));
  }
  return list.status();
}

absl::Status ReadTable(sqlite3* db, const std::map<std::string, std::string>& index_sql,
                       CatalogTable* table) {
  // The columns of a view are what its text makes of tables that may not exist.
  if (table->kind == CatalogTable::Kind::kView) return absl::OkStatus();
  if (table->kind == CatalogTable::Kind::kVirtual) {
    table->module = ModuleOf(table->sql);
    // The module reads its own arguments: what it does not take is no damage of the file.
    absl::Status read = ReadColumns(db, table);
    if (CodeOf(read) == ErrorCode::kOutOfMemory || CodeOf(read) == ErrorCode::kIo) return read;
    table->known_module = read.ok() && !table->columns.empty();
    return absl::OkStatus();
  }
  if (absl::Status read = ReadColumns(db, table); !read.ok()) return read;
  if (absl::Status read = ReadIndexes(db, index_sql, table); !read.ok()) return read;
  if (absl::Status read = ReadForeignKeys(db, table); !read.ok()) return read;
  for (const CatalogColumn& column : table->columns) {
    int autoincrement = 0;
    sqlite3_table_column_metadata(db, "main", table->name.c_str(), column.name.c_str(), nullptr,
                                  nullptr, nullptr, nullptr, &autoincrement);
    table->autoincrement = table->autoincrement || autoincrement != 0;
  }
  return absl::OkStatus();
}

bool IsIgnored(std::string_view table) {
  return BeginsWithSqlName(table, "sqlite_") && !BeginsWithSqlName(table, "sqlite_stat");
}

// --- opening without a trace
// ----------------------------------------------------------------------

struct Glance {
  std::uintmax_t size = 0;
  std::filesystem::file_time_type changed;
  bool exists = false;
  bool operator==(const Glance&) const = default;
};

Glance Look(const std::string& path) {
  std::error_code failed;
  Glance glance;
  glance.size = std::filesystem::file_size(path, failed);
  if (failed) return {};
  glance.changed = std::filesystem::last_write_time(path, failed);
  glance.exists = !failed;
  return glance;
}

// A path as the part of a URI that SQLite decodes to just this path.
std::string UriPath(const std::string& path) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string uri;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '%' || c == '?' || c == '#') {
      uri += '%';
      uri += kHex[byte >> 4];
      uri += kHex[byte & 15];
    } else {
      uri += c;
    }
  }
  return uri;
}

constexpr char kImmutable[] = "&immutable=1";

absl::StatusOr<std::string> Uri(const std::string& path) {
  std::error_code failed;
  const std::string absolute = std::filesystem::absolute(path, failed).string();
  if (failed) return CannotRead();
  std::string uri = "file://" + UriPath(absolute) + "?mode=ro";
  const absl::StatusOr<bool> wal = UsesWriteAheadLog(path);
  if (!wal.ok()) return wal.status();
  if (!*wal) return uri;
  // SQLite would create the log and its index beside a file in WAL mode, even to read. Without a
  // log there is nothing but the file to read; with one, its index must be there to be read.
  if (Look(path + "-wal").size == 0) return uri + kImmutable;
  if (!Look(path + "-shm").exists) {
    return Error(ErrorCode::kCannotOpen,
                 "the file has a write-ahead log (-wal) that was not taken over: open and close "
                 "the file once with its own program, then check again");
  }
  return uri + "&readonly_shm=1";
}

absl::Status ReadOnce(const std::string& uri, const FileReader& act) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(uri.c_str(), &raw,
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                                         SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
                                     nullptr);
  const Database db(raw);
  if ((opened & 0xFF) == SQLITE_CANTOPEN) return CannotRead();
  if (opened != SQLITE_OK) return SqliteError(opened, kDoing);
  for (const auto& [setting, value] :
       {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1}, std::pair{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        std::pair{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1}}) {
    if (sqlite3_db_config(db.get(), setting, value, nullptr) != SQLITE_OK) {
      return Error(ErrorCode::kMissingFeature,
                   "the linked SQLite lacks what reading a stranger's file needs: link 3.40 or "
                   "later");
    }
  }
  sqlite3_busy_timeout(db.get(), 2000);
  // All of it is of one state of the file; closing ends the transaction.
  if (const int code = sqlite3_exec(db.get(), "BEGIN", nullptr, nullptr, nullptr);
      code != SQLITE_OK) {
    return CannotRead(db.get(), code);
  }
  absl::StatusOr<Catalog> catalog = ReadCatalog(db.get());
  if (!catalog.ok()) return catalog.status();
  return act(db.get(), *std::move(catalog));
}

}  // namespace

const CatalogColumn* CatalogTable::Find(std::string_view column) const {
  for (const CatalogColumn& candidate : columns) {
    if (SameSqlName(candidate.name, column)) return &candidate;
  }
  return nullptr;
}

std::vector<std::string> CatalogTable::Key() const {
  std::map<int, std::string> places;
  for (const CatalogColumn& column : columns) {
    if (column.key_place > 0) places[column.key_place] = column.name;
  }
  std::vector<std::string> key;
  key.reserve(places.size());
  for (const auto& [place, column] : places) key.push_back(column);
  return key;
}

const CatalogTable* Catalog::Find(std::string_view table) const {
  for (const CatalogTable& candidate : tables) {
    if (SameSqlName(candidate.name, table)) return &candidate;
  }
  return nullptr;
}

absl::StatusOr<Catalog> ReadCatalog(sqlite3* db) {
  Catalog catalog;
  std::map<std::string, std::string> table_sql;
  std::map<std::string, std::string> index_sql;
  {
    Rows all(db, "SELECT type, name, tbl_name, sql FROM main.sqlite_schema ORDER BY rowid");
    while (all.Next()) {
      if (all.IsNull(3)) continue;
      const std::string type = all.Text(0);
      const std::string sql = all.Text(3);
      // Only a catalog that was edited by hand says one thing and holds another.
      if (!SameSqlName(type, CreatedKind(sql))) {
        return Error(ErrorCode::kCorrupt,
                     "the file's catalog contradicts itself: restore a backup, or copy the rows "
                     "to a new file");
      }
      if (type == "trigger") catalog.triggers.push_back({all.Text(1), all.Text(2), sql});
      (type == "index" ? index_sql : table_sql)[all.Text(1)] = sql;
      if (!BeginsWithSqlName(all.Text(1), "sqlite_")) {
        catalog.statements.push_back({all.Text(1), sql});
      }
    }
    if (!all.status().ok()) return all.status();
  }
  {
    Rows list(db, "PRAGMA main.table_list");
    while (list.Next()) {
      if (list.Text(0) != "main" || IsIgnored(list.Text(1))) continue;
      CatalogTable table;
      table.name = list.Text(1);
      const std::string kind = list.Text(2);
      table.kind = kind == "view"      ? CatalogTable::Kind::kView
                   : kind == "virtual" ? CatalogTable::Kind::kVirtual
                   : kind == "shadow"  ? CatalogTable::Kind::kShadow
                                       : CatalogTable::Kind::kTable;
      table.without_rowid = list.Int(4) != 0;
      table.strict = list.Int(5) != 0;
      table.sql = table_sql[table.name];
      catalog.tables.push_back(std::move(table));
    }
    if (!list.status().ok()) return list.status();
  }
  std::sort(catalog.tables.begin(), catalog.tables.end(),
            [](const CatalogTable& a, const CatalogTable& b) { return a.name < b.name; });
  std::sort(catalog.triggers.begin(), catalog.triggers.end(),
            [](const CatalogTrigger& a, const CatalogTrigger& b) { return a.name < b.name; });
  for (CatalogTable& table : catalog.tables) {
    if (absl::Status read = ReadTable(db, index_sql, &table); !read.ok()) return read;
  }
  return catalog;
}

absl::Status ReadFile(const std::string& path, const FileReader& act) {
  std::error_code failed;
  const bool is_a_path = !path.empty() && path.find('\0') == std::string::npos;
  const std::filesystem::file_status found =
      is_a_path ? std::filesystem::status(path, failed) : std::filesystem::file_status();
  if (!is_a_path || found.type() == std::filesystem::file_type::not_found) {
    return Error(ErrorCode::kCannotOpen, "there is no such file: check the path");
  }
  if (found.type() == std::filesystem::file_type::none) return CannotRead();
  if (!std::filesystem::is_regular_file(found)) {
    return Error(ErrorCode::kCannotOpen, "this is no ordinary file: check the path");
  }
  const Glance before = Look(path);
  if (before.size == 0) {
    return Error(ErrorCode::kNotADatabase,
                 "the file is empty: check the path, nothing was ever stored here");
  }
  const absl::StatusOr<std::string> uri = Uri(path);
  if (!uri.ok()) return uri.status();
  absl::Status read = ReadOnce(*uri, act);
  // What is read as immutable is not locked, and could change under the reading.
  if (uri->ends_with(kImmutable) && !(Look(path) == before)) {
    return SqliteError(SQLITE_BUSY, kDoing);
  }
  return read;
}

absl::StatusOr<bool> UsesWriteAheadLog(const std::string& path) {
  std::array<char, 20> header{};
  std::ifstream file(path, std::ios::binary);
  if (!file) return CannotRead();
  file.read(header.data(), header.size());
  if (file.gcount() < static_cast<std::streamsize>(header.size())) {
    return SqliteError(SQLITE_NOTADB, kDoing);
  }
  return header[18] == 2;
}

absl::StatusOr<Catalog> ReadCatalogOf(const std::string& path) {
  Catalog all;
  absl::Status read = ReadFile(path, [&](sqlite3*, Catalog catalog) {
    all = std::move(catalog);
    return absl::OkStatus();
  });
  if (!read.ok()) return read;
  return all;
}

}  // namespace cordon::internal
