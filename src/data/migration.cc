// SPDX-License-Identifier: Apache-2.0
#include "data/migration.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include "absl/strings/cord.h"
#include "cordon/data/query.h"
#include "cordon/store/error.h"
#include "data/catalog.h"
#include "data/ddl.h"
#include "data/declaration.h"
#include "data/engine.h"
#include "store/guard.h"

namespace cordon {

std::string_view NameOf(MigrationAction action) {
  switch (action) {
    case MigrationAction::kCreateTable:
      return "create-table";
    case MigrationAction::kAddColumn:
      return "add-column";
    case MigrationAction::kBackfill:
      return "backfill";
    case MigrationAction::kCreateIndex:
      return "create-index";
    case MigrationAction::kDropIndex:
      return "drop-index";
    case MigrationAction::kRebuildTable:
      return "rebuild-table";
    case MigrationAction::kDropColumn:
      return "drop-column";
    case MigrationAction::kDropTable:
      return "drop-table";
  }
  return "";
}

namespace internal {
namespace {

using Command = SqliteConnection::Command;

constexpr char kScratchTable[] = "cordon_rebuilt";

std::string Quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }
std::string InQuotes(std::string_view name) { return "'" + std::string(name) + "'"; }

// ---- the version of a file ----------------------------------------------------------------------

struct FileVersion {
  bool fresh = false;  // nothing of the host's is in the file
  std::int64_t version = 1;
  std::optional<std::int64_t> target;
};

bool IsOwn(std::string_view name) {
  return name.starts_with("cordon_") || name.starts_with("sqlite_");
}

absl::StatusOr<FileVersion> ReadVersion(sqlite3* db, const Catalog& catalog) {
  FileVersion file;
  file.fresh = std::all_of(catalog.tables.begin(), catalog.tables.end(),
                           [](const CatalogTable& table) { return IsOwn(table.name); });
  if (catalog.Find("cordon_schema") == nullptr) return file;
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(db, "SELECT version, target FROM main.cordon_schema", -1,
                                &statement, nullptr);
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    file.fresh = false;
    file.version = sqlite3_column_int64(statement, 0);
    if (sqlite3_column_type(statement, 1) != SQLITE_NULL) {
      file.target = sqlite3_column_int64(statement, 1);
    }
  }
  sqlite3_finalize(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    return SqliteError(code, "reading the version of the file");
  }
  return file;
}

absl::StatusOr<FileVersion> ReadVersion(SqliteConnection& connection, Catalog* catalog) {
  const SqliteConnection::Internally own(connection);
  auto read = ReadCatalog(connection.handle());
  if (!read.ok()) return read.status();
  *catalog = *std::move(read);
  return ReadVersion(connection.handle(), *catalog);
}

std::string Number(std::int64_t number) { return std::to_string(number); }

// Why a release cannot use a file as it is; OK when the versions agree.
absl::Status CheckVersion(const FileVersion& file, std::int64_t release) {
  if (file.target.has_value()) {
    const std::string cut = "the file is on its way from version " + Number(file.version) + " to " +
                            Number(*file.target);
    if (*file.target <= release) {
      return Error(
          ErrorCode::kMigrationNeeded,
          cut +
              ": run cordon::Migrate or cordon migrate once more, which goes on where it stopped");
    }
    return Error(ErrorCode::kMigrationNeeded, cut + " and this release has " + Number(release) +
                                                  ": finish with the release that has version " +
                                                  Number(*file.target));
  }
  if (file.version > release) {
    return Error(ErrorCode::kNewerFile, "the file has version " + Number(file.version) +
                                            " and this release has " + Number(release) +
                                            ": upgrade the application");
  }
  if (file.version < release) {
    return Error(ErrorCode::kMigrationNeeded,
                 "the file has version " + Number(file.version) + " and this release has " +
                     Number(release) +
                     ": run cordon::Migrate with this release, or cordon migrate");
  }
  return absl::OkStatus();
}

// Whether a release can migrate a file that has another version.
absl::Status CheckMigratable(const FileVersion& file, const MigrationsView& migrations) {
  const std::int64_t release = migrations.version;
  if (file.version > release || file.target.value_or(0) > release) {
    return CheckVersion(file, release);
  }
  if (file.version < migrations.oldest) {
    return Error(ErrorCode::kMigrationNeeded,
                 "the file has version " + Number(file.version) +
                     " and this release migrates files of version " + Number(migrations.oldest) +
                     " and later: migrate it with an earlier release first");
  }
  return absl::OkStatus();
}

// Notes what the file now is; `target` while it is on its way.
absl::Status NoteVersion(SqliteConnection& connection, const SchemaView& schema,
                         std::int64_t version, std::optional<std::int64_t> target) {
  const std::string declaration = DeclarationOf(schema);
  {
    OwnStatement now(connection, "SELECT version, target IS NULL, declaration FROM cordon_schema");
    const bool same = now.Step() && now.Int(0) == version && now.Int(1) != 0 &&
                      !target.has_value() && now.Text(2) == declaration;
    if (!now.status().ok()) return now.status();
    if (same) return absl::OkStatus();
  }
  OwnStatement note(connection,
                    "INSERT INTO cordon_schema(one, version, target, declaration) "
                    "VALUES (1, ?1, ?2, ?3) ON CONFLICT(one) DO UPDATE SET version = ?1, "
                    "target = ?2, declaration = iif(?2 IS NULL, ?3, declaration)");
  note.Bind(1, version);
  if (target.has_value()) note.Bind(2, *target);
  note.Bind(3, target.has_value() ? std::string_view("") : std::string_view(declaration));
  return note.Finish();
}

// ---- reading without a trace --------------------------------------------------------------------

// Runs `act` on a read-only connection. Nothing is created beside the file either: SQLite would
// make the log of a file in WAL mode, even to read.
absl::Status ReadFile(const std::string& path, const std::function<absl::Status(sqlite3*)>& act) {
  // Refuses what cannot be read at all, in words for people.
  if (auto readable = ReadCatalogOf(path); !readable.ok()) return readable.status();
  std::error_code failed;
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(path, failed).string()) {
    uri += c == '%' ? "%25" : c == '?' ? "%3f" : c == '#' ? "%23" : std::string(1, c);
  }
  const auto log = std::filesystem::file_size(path + "-wal", failed);
  uri += failed || log == 0 ? "?mode=ro&immutable=1" : "?mode=ro&readonly_shm=1";
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(uri.c_str(), &raw,
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                                         SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
                                     nullptr);
  const Database db(raw);
  if (opened != SQLITE_OK) return SqliteError(opened, "reading the version of the file");
  for (const auto& [setting, value] :
       {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1}, std::pair{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        std::pair{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1}}) {
    sqlite3_db_config(db.get(), setting, value, nullptr);
  }
  sqlite3_busy_timeout(db.get(), 2000);
  return act(db.get());
}

// ---- the plan -----------------------------------------------------------------------------------

absl::Status Refused(const std::string& what) { return Error(ErrorCode::kSchemaDrift, what); }

std::string_view StorageOf(const SqlType& type) {
  switch (type.kind) {
    case SqlType::kText:
      return "TEXT";
    case SqlType::kBlob:
      return "BLOB";
    default:
      return "INTEGER";
  }
}

// What TypeNote() has written behind a column of an INTEGER.
std::string_view NoteIn(std::string_view table_sql, std::string_view column) {
  const std::size_t begin = table_sql.find(Quoted(column) + " INTEGER");
  if (begin == std::string_view::npos) return "";
  std::string_view text = table_sql.substr(begin);
  text = text.substr(0, std::min(text.find(",\n"), text.find(", \"")));
  const std::size_t note = text.find("/*");
  const std::size_t end = text.find("*/");
  if (note == std::string_view::npos || end == std::string_view::npos) return "";
  return text.substr(note, end + 2 - note);
}

class Planner {
 public:
  Planner(const Catalog& catalog, const SchemaView& schema, const MigrationsView& migrations,
          std::int64_t version)
      : catalog_(catalog), schema_(schema), migrations_(migrations), version_(version) {}

  absl::StatusOr<std::vector<MigrationStep>> Plan() {
    for (std::size_t t = 0; t < schema_.table_count; ++t) {
      if (schema_.tables[t].kind == TableKind::kResult) continue;
      if (absl::Status planned = PlanTable(t); !planned.ok()) return planned;
    }
    if (absl::Status planned = PlanRest(); !planned.ok()) return planned;
    for (std::size_t i = 0; i < migrations_.backfill_count; ++i) {
      const BackfillDef& backfill = migrations_.backfills[i];
      if (backfill.version <= version_) continue;
      backfills_.push_back({MigrationAction::kBackfill, backfill.version,
                            std::string(schema_.tables[ShapeOf(schema_, backfill.sql).table].name),
                            std::string(backfill.sql)});
    }
    std::vector<MigrationStep> steps = std::move(tables_);
    for (auto* part : {&columns_, &backfills_, &indexes_, &rebuilds_, &drops_}) {
      steps.insert(steps.end(), part->begin(), part->end());
    }
    return steps;
  }

 private:
  // The version of the migration that drops it; 0: none does.
  [[nodiscard]] std::int64_t Dropped(std::string_view table, std::string_view column) const {
    for (std::size_t i = 0; i < migrations_.drop_count; ++i) {
      const DropDef& drop = migrations_.drops[i];
      if (drop.version > version_ && SameName(drop.table, table) && SameName(drop.column, column)) {
        return drop.version;
      }
    }
    return 0;
  }
  [[nodiscard]] bool Filled(std::size_t table) const {
    for (std::size_t i = 0; i < migrations_.backfill_count; ++i) {
      const BackfillDef& backfill = migrations_.backfills[i];
      if (backfill.version > version_ && ShapeOf(schema_, backfill.sql).table == table) return true;
    }
    return false;
  }

  absl::Status PlanTable(std::size_t t) {
    const TableDef& definition = schema_.tables[t];
    const std::string name(definition.name);
    const CatalogTable* const live = catalog_.Find(name);
    if (live == nullptr) {
      tables_.push_back({MigrationAction::kCreateTable, 0, name, ""});
      return absl::OkStatus();
    }
    if (live->kind != CatalogTable::Kind::kTable) {
      return Refused(InQuotes(name) + " is a view or a virtual table in the file: drop it first");
    }
    std::vector<std::string> key;
    if (definition.kind == TableKind::kTenant) key.emplace_back(kTenantColumn);
    for (std::size_t i = 0; i < definition.key.count; ++i) {
      key.emplace_back(schema_.Column(t, definition.key.columns[i]).name);
    }
    if (live->Key() != key) {
      return Refused("table " + InQuotes(name) +
                     " has another key in the file, and a migration cannot change a key: declare "
                     "another table, and move the rows with the release in between");
    }
    bool rebuild = false;
    if (absl::Status planned = PlanColumns(t, *live, &rebuild); !planned.ok()) return planned;
    const std::vector<PhysicalObject> objects = PhysicalObjects(schema_, t);
    rebuild = rebuild ||
              (!SameSql(live->sql, objects[0].sql) && AddableColumns(schema_, t, live->sql) == 0);
    if (rebuild) {
      rebuilds_.push_back({MigrationAction::kRebuildTable, 0, name, ""});
      return absl::OkStatus();  // with all of its indexes
    }
    PlanIndexes(*live, {objects.begin() + 1, objects.end()});
    return absl::OkStatus();
  }

  absl::Status PlanColumns(std::size_t t, const CatalogTable& live, bool* rebuild) {
    const std::string where = "table " + InQuotes(live.name) + ": column ";
    for (std::size_t c = 0; c < schema_.tables[t].column_count; ++c) {
      const ColumnDef& column = schema_.Column(t, c);
      const std::string name(column.name);
      const CatalogColumn* const found = live.Find(name);
      if (found == nullptr) {
        if (!column.type.nullable && !column.has_default && !Filled(t)) {
          return Refused(where + InQuotes(name) +
                         " is new and must have a value, and nothing fills it: give it a Default" +
                         (schema_.tables[t].kind == TableKind::kTenant
                              ? ", make it std::optional, or write a Backfill"
                              : " or make it std::optional"));
        }
        columns_.push_back({MigrationAction::kAddColumn, 0, live.name, name});
        continue;
      }
      if (found->generated || found->type != StorageOf(column.type)) {
        return Refused(where + InQuotes(name) + " is " +
                       (found->generated ? "generated" : found->type) + " in the file and " +
                       std::string(StorageOf(column.type)) +
                       " in the declaration: declare a column of another name, fill it, and drop "
                       "this one");
      }
      if (NoteIn(live.sql, name) != TypeNote(column.type)) {
        return Refused(where + InQuotes(name) +
                       " holds numbers of another unit or scale in the file: declare a column of "
                       "another name, fill it, and drop this one");
      }
    }
    for (const CatalogColumn& column : live.columns) {
      if (schema_.FindColumn(t, column.name, NameHash(column.name)) != SchemaView::kNone ||
          (schema_.tables[t].kind == TableKind::kTenant && column.name == kTenantColumn)) {
        continue;
      }
      const std::int64_t version = Dropped(live.name, column.name);
      if (version == 0) {
        return Refused(where + InQuotes(column.name) +
                       " is not in the declaration: declare it, or drop it with Drop(\"" +
                       live.name + "\", \"" + column.name + "\") in a migration");
      }
      rebuilds_.push_back({MigrationAction::kDropColumn, version, live.name, column.name});
      *rebuild = true;
    }
    return absl::OkStatus();
  }

  void PlanIndexes(const CatalogTable& live, const std::vector<PhysicalObject>& wanted) {
    std::vector<MigrationStep> made;
    for (const PhysicalObject& index : wanted) {
      const auto found =
          std::find_if(live.indexes.begin(), live.indexes.end(),
                       [&](const CatalogIndex& one) { return one.name == index.name; });
      const bool there = found != live.indexes.end();
      if (there && SameSql(found->sql, index.sql)) continue;
      if (there) indexes_.push_back({MigrationAction::kDropIndex, 0, live.name, index.name});
      made.push_back({MigrationAction::kCreateIndex, 0, live.name, index.name});
    }
    for (const CatalogIndex& index : live.indexes) {
      const bool declared =
          std::any_of(wanted.begin(), wanted.end(),
                      [&](const PhysicalObject& one) { return one.name == index.name; });
      if (index.origin == 'c' && !declared) {
        indexes_.push_back({MigrationAction::kDropIndex, 0, live.name, index.name});
      }
    }
    indexes_.insert(indexes_.end(), made.begin(), made.end());
  }

  // What is in the file and not in the declaration.
  absl::Status PlanRest() {
    for (const CatalogTable& table : catalog_.tables) {
      if (table.name.starts_with("cordon_") || schema_.FindTable(table.name) != SchemaView::kNone) {
        continue;
      }
      const std::int64_t version = Dropped(table.name, "");
      if (version == 0 || table.kind != CatalogTable::Kind::kTable) {
        return Refused("table " + InQuotes(table.name) +
                       " is in the file and not in the declaration: declare it, or drop it with "
                       "DropTable in a migration");
      }
      drops_.push_back({MigrationAction::kDropTable, version, table.name, ""});
    }
    if (!catalog_.triggers.empty()) {
      return Refused("trigger " + InQuotes(catalog_.triggers.front().name) +
                     " is in the file and not in the declaration: drop it first");
    }
    return absl::OkStatus();
  }

  const Catalog& catalog_;
  const SchemaView& schema_;
  const MigrationsView& migrations_;
  const std::int64_t version_;
  std::vector<MigrationStep> tables_, columns_, backfills_, indexes_, rebuilds_, drops_;
};

// ---- statements of the expanding and the contracting part ---------------------------------------

absl::Status CreateTable(SqliteConnection& connection, const SchemaView& schema,
                         std::size_t table) {
  for (const PhysicalObject& object : PhysicalObjects(schema, table)) {
    if (absl::Status made = connection.Run(object.sql.c_str()); !made.ok()) return made;
  }
  return absl::OkStatus();
}

absl::Status AddColumn(SqliteConnection& connection, const SchemaView& schema,
                       const MigrationStep& step) {
  const std::size_t table = schema.FindTable(step.table);
  const std::size_t column = schema.FindColumn(table, step.object, NameHash(step.object));
  const std::string sql = "ALTER TABLE main." + Quoted(step.table) + " ADD COLUMN " +
                          FillableColumnSql(schema.Column(table, column));
  return connection.Run(sql.c_str());
}

absl::Status ChangeIndex(SqliteConnection& connection, const SchemaView& schema,
                         const MigrationStep& step) {
  if (step.action == MigrationAction::kDropIndex) {
    return connection.Run(("DROP INDEX main." + Quoted(step.object)).c_str());
  }
  for (const PhysicalObject& object : PhysicalObjects(schema, schema.FindTable(step.table))) {
    if (object.name == step.object) return connection.Run(object.sql.c_str());
  }
  return absl::OkStatus();
}

// The rows of a table break what the declaration asks of them.
absl::Status BrokenRule(const absl::Status& status, const std::string& table) {
  std::string_view rule;
  switch (CodeOf(status)) {
    case ErrorCode::kNotNullViolation:
      rule = "NULL where a value must be";
      break;
    case ErrorCode::kUniqueViolation:
      rule = "two rows of a tenant where Unique allows one";
      break;
    case ErrorCode::kCheckViolation:
      rule = "a value that its type does not list";
      break;
    default:
      return status;
  }
  return Error(CodeOf(status), "table " + InQuotes(table) + " holds " + std::string(rule) +
                                   ": let a backfill mend such rows, or take the rule back");
}

// SQLite cannot alter constraints: a table is made anew, filled, and put in the old one's place.
// REQUIRES: foreign keys are off.
absl::Status RebuildTable(SqliteConnection& connection, const SchemaView& schema,
                          std::size_t table) {
  const TableDef& definition = schema.tables[table];
  const std::vector<PhysicalObject> objects = PhysicalObjects(schema, table);
  const std::string name = Quoted(definition.name);
  std::string columns = definition.kind == TableKind::kTenant ? Quoted(kTenantColumn) : "";
  for (std::size_t c = 0; c < definition.column_count; ++c) {
    columns += (columns.empty() ? "" : ", ") + Quoted(schema.Column(table, c).name);
  }
  const std::string create = "CREATE TABLE " + name;
  std::vector<std::string> statements = {
      "CREATE TABLE main." + Quoted(kScratchTable) + objects[0].sql.substr(create.size()),
      "INSERT INTO main." + Quoted(kScratchTable) + " (" + columns + ") SELECT " + columns +
          " FROM main." + name,
      "DROP TABLE main." + name,
      "ALTER TABLE main." + Quoted(kScratchTable) + " RENAME TO " + name};
  for (std::size_t i = 1; i < objects.size(); ++i) statements.push_back(objects[i].sql);
  for (const std::string& sql : statements) {
    if (absl::Status done = connection.Run(sql.c_str()); !done.ok()) {
      return BrokenRule(done, std::string(definition.name));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckForeignKeys(SqliteConnection& connection, const std::string& table) {
  OwnStatement broken(connection, "PRAGMA main.foreign_key_check(" + Quoted(table) + ")");
  if (broken.Step()) {
    return Error(ErrorCode::kForeignKeyViolation,
                 "table " + InQuotes(table) +
                     " holds rows that refer to none: let a backfill mend them, or take the "
                     "reference back");
  }
  return broken.status();
}

// ---- keys ---------------------------------------------------------------------------------------

// The key of one row, as it is kept between two steps.
class RowKey {
 public:
  // Reads the key columns, which begin with column `first` of the row.
  static RowKey Of(const OwnStatement& row, int first, const SchemaView& schema,
                   std::size_t table) {
    RowKey key;
    for (const SqlType& type : TypesOf(schema, table)) {
      Part part{type.kind, 0, {}};
      if (type.kind == SqlType::kText) {
        part.bytes = row.Text(first++);
      } else if (type.kind == SqlType::kBlob) {
        const auto blob = row.Blob(first++);
        part.bytes.assign(reinterpret_cast<const char*>(blob.data()), blob.size());
      } else {
        part.number = row.Int(first++);
      }
      key.parts_.push_back(std::move(part));
    }
    return key;
  }
  static std::vector<SqlType> TypesOf(const SchemaView& schema, std::size_t table) {
    std::vector<SqlType> types;
    const ColumnSet& key = schema.tables[table].key;
    for (std::size_t i = 0; i < key.count; ++i) {
      types.push_back(schema.Column(table, key.columns[i]).type);
    }
    return types;
  }

  [[nodiscard]] std::string Serialize() const {
    std::string bytes;
    for (const Part& part : parts_) {
      AppendNumber(&bytes,
                   part.HasBytes() ? static_cast<std::int64_t>(part.bytes.size()) : part.number);
      bytes += part.bytes;
    }
    return bytes;
  }
  static std::optional<RowKey> Parse(std::string_view bytes, const SchemaView& schema,
                                     std::size_t table) {
    RowKey key;
    for (const SqlType& type : TypesOf(schema, table)) {
      if (bytes.size() < 8) return std::nullopt;
      Part part{type.kind, 0, {}};
      for (int i = 0; i < 8; ++i) {
        part.number = static_cast<std::int64_t>(static_cast<std::uint64_t>(part.number) << 8U |
                                                static_cast<unsigned char>(bytes[0]));
        bytes.remove_prefix(1);
      }
      if (part.HasBytes()) {
        const auto size = static_cast<std::uint64_t>(part.number);
        if (size > bytes.size()) return std::nullopt;
        part.bytes = bytes.substr(0, static_cast<std::size_t>(size));
        bytes.remove_prefix(static_cast<std::size_t>(size));
      }
      key.parts_.push_back(std::move(part));
    }
    if (!bytes.empty()) return std::nullopt;
    return key;
  }

  void Bind(OwnStatement* statement, int first) const {
    for (const Part& part : parts_) {
      if (part.kind == SqlType::kText) {
        statement->Bind(first++, std::string_view(part.bytes));
      } else if (part.kind == SqlType::kBlob) {
        statement->Bind(first++, std::as_bytes(std::span(part.bytes.c_str(), part.bytes.size())));
      } else {
        statement->Bind(first++, part.number);
      }
    }
  }
  void AppendTo(std::vector<SqlValue>* values) const {
    for (const Part& part : parts_) {
      values->push_back(part.kind == SqlType::kText ? SqlValue::Text(part.bytes)
                        : part.kind == SqlType::kBlob
                            ? SqlValue::Blob(part.bytes.data(), part.bytes.size())
                            : SqlValue::Integer(part.number));
    }
  }
  [[nodiscard]] int size() const { return static_cast<int>(parts_.size()); }

 private:
  struct Part {
    SqlType::Kind kind;
    std::int64_t number;
    std::string bytes;
    [[nodiscard]] bool HasBytes() const { return kind == SqlType::kText || kind == SqlType::kBlob; }
  };
  static void AppendNumber(std::string* bytes, std::int64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      *bytes +=
          static_cast<char>(static_cast<std::uint64_t>(number) >> static_cast<unsigned>(shift));
    }
  }
  std::vector<Part> parts_;
};

// ---- one backfill -------------------------------------------------------------------------------

using Tenant = TenantId::Bytes;

// A backfill, and what is asked about its table. The host's statement is run behind the locks; the
// ranges of keys are looked up by Cordon's own.
class Backfill {
 public:
  Backfill(const SchemaView& schema, const BackfillDef& definition, std::size_t place)
      : schema_(schema),
        definition_(definition),
        place_(static_cast<std::int64_t>(place)),
        shape_(ShapeOf(schema, definition.sql)) {
    const std::vector<SqlType> key = RowKey::TypesOf(schema, shape_.table);
    std::string marks;
    for (std::size_t i = 0; i < key.size(); ++i) {
      const std::string name =
          Quoted(schema.Column(shape_.table, schema.tables[shape_.table].key.columns[i]).name);
      names_ += (i == 0 ? "" : ", ") + name;
      marks += i == 0 ? "?" : ", ?";
    }
    if (key.size() > 1) marks = "(" + marks + ")";
    const std::string row = key.size() > 1 ? "(" + names_ + ")" : names_;
    const std::string head(definition.sql.substr(0, shape_.condition));
    const std::string condition(
        definition.sql.substr(shape_.condition, shape_.condition_end - shape_.condition));
    for (const bool lower : {false, true}) {
      for (const bool upper : {false, true}) {
        Range& range = ranges_[Index(lower, upper)];
        range.text = head + " (" + condition + "\n)";
        if (lower) range.text += " AND " + row + " > " + marks;
        if (upper) range.text += " AND " + row + " <= " + marks;
        for (int i = 0; i < (lower ? 1 : 0) + (upper ? 1 : 0); ++i) {
          range.types.insert(range.types.end(), key.begin(), key.end());
        }
      }
    }
    // Cordon's own: from the rows of the tenant in ?1, behind the key in ?2 and the following.
    std::string numbered;
    for (std::size_t i = 0; i < key.size(); ++i) {
      numbered += (i == 0 ? "?" : ", ?") + std::to_string(i + 2);
    }
    const std::string from = " FROM main." + Quoted(table()) + " WHERE \"tenant_id\" = ?1";
    const std::string behind = " AND (" + names_ + ") > (" + numbered + ")";
    for (const bool lower : {false, true}) {
      const std::string rows = from + (lower ? behind : "");
      nth_[lower ? 1 : 0] = "SELECT " + names_ + rows + " ORDER BY " + names_ +
                            " LIMIT 1 OFFSET ?" + std::to_string(key.size() + 2);
      count_[lower ? 1 : 0] = "SELECT count(*)" + rows;
    }
  }

  // Whether the checker takes it with the ranges that it gets.
  [[nodiscard]] absl::Status Check() const {
    if (shape_.problem != BackfillProblem::kNone) {
      return Error(ErrorCode::kStatementRefused,
                   std::string_view(Explain(shape_.problem)).substr(sizeof "cordon: " - 1));
    }
    for (const Range& range : ranges_) {
      Parsed parsed;
      absl::Status fit = CheckText(schema_, Access::kWrite, range.text, range.types, Paging::kNone,
                                   &parsed, nullptr);
      if (!fit.ok()) return fit;
    }
    return absl::OkStatus();
  }

  [[nodiscard]] std::int64_t version() const { return definition_.version; }
  [[nodiscard]] std::int64_t place() const { return place_; }
  [[nodiscard]] std::string_view table() const { return schema_.tables[shape_.table].name; }
  [[nodiscard]] std::int64_t hash() const {
    return static_cast<std::int64_t>(TextHash(definition_.sql));
  }
  [[nodiscard]] std::optional<RowKey> ParseKey(std::string_view bytes) const {
    return RowKey::Parse(bytes, schema_, shape_.table);
  }

  // The rows behind `last` of one tenant: how many, at most `limit`, and the last of them when
  // there may be more.
  struct Rows {
    std::int64_t count = 0;
    std::optional<RowKey> upper;
  };
  [[nodiscard]] absl::StatusOr<Rows> Next(SqliteConnection& connection, const Tenant& tenant,
                                          const std::optional<RowKey>& last,
                                          std::int64_t limit) const {
    Rows rows;
    const std::size_t lower = last.has_value() ? 1 : 0;
    const int keys = static_cast<int>(schema_.tables[shape_.table].key.count);
    {
      OwnStatement nth(connection, nth_[lower]);
      nth.Bind(1, std::span<const std::byte>(tenant));
      if (last.has_value()) last->Bind(&nth, 2);
      nth.Bind(keys + 2, limit - 1);
      if (nth.Step()) {
        rows.count = limit;
        rows.upper = RowKey::Of(nth, 0, schema_, shape_.table);
      }
      if (!nth.status().ok()) return nth.status();
    }
    if (rows.upper.has_value()) return rows;
    OwnStatement count(connection, count_[lower]);
    count.Bind(1, std::span<const std::byte>(tenant));
    if (last.has_value()) last->Bind(&count, 2);
    if (count.Step()) rows.count = count.Int(0);
    if (!count.status().ok()) return count.status();
    return rows;
  }

  // Fills the rows behind `lower` up to `upper`. The number of rows changed.
  [[nodiscard]] absl::StatusOr<std::int64_t> Fill(Connection& connection, const Tenant& tenant,
                                                  const std::optional<RowKey>& lower,
                                                  const std::optional<RowKey>& upper) const {
    auto changed = Run(connection, tenant, lower, upper);
    if (!changed.ok() || *changed == 0) return changed;
    // What it has filled it must leave alone: it may meet a row again.
    auto again = Run(connection, tenant, lower, upper);
    if (!again.ok()) return again;
    if (*again != 0) {
      return Error(ErrorCode::kInvalidArgument,
                   "a backfill of version " + Number(version()) + " on table " + InQuotes(table()) +
                       " changes rows that it has filled already: let its WHERE be false for them");
    }
    return changed;
  }

 private:
  struct Range {
    std::string text;
    std::vector<SqlType> types;
  };
  static std::size_t Index(bool lower, bool upper) { return (lower ? 2U : 0U) + (upper ? 1U : 0U); }

  absl::StatusOr<std::int64_t> Run(Connection& connection, const Tenant& tenant,
                                   const std::optional<RowKey>& lower,
                                   const std::optional<RowKey>& upper) const {
    const Range& range = ranges_[Index(lower.has_value(), upper.has_value())];
    const Statement statement = {
        .text = range.text,
        .hash = ForAccess(StatementHash(range.text, range.types.data(), range.types.size()),
                          Access::kWrite),
        .access = Access::kWrite,
        .schema = &schema_,
        .arguments = range.types.data(),
        .argument_count = range.types.size()};
    std::vector<SqlValue> values;
    if (lower.has_value()) lower->AppendTo(&values);
    if (upper.has_value()) upper->AppendTo(&values);
    connection.lock().BeginLease(&tenant, nullptr, 0);
    auto changed = RunLeased(connection, statement, values);
    connection.lock().EndLease();
    return changed;
  }

  static absl::StatusOr<std::int64_t> RunLeased(Connection& connection, const Statement& statement,
                                                const std::vector<SqlValue>& values) {
    auto acquired = connection.Acquire(statement);
    if (!acquired.ok()) return acquired.status();
    CachedStatement& run = **acquired;
    int place = 1;  // the tenant is bound for good
    int code = SQLITE_OK;
    for (const SqlValue& value : values) {
      ++place;
      if (code != SQLITE_OK) break;
      if (value.storage == SqlValue::kInteger) {
        code = sqlite3_bind_int64(run.handle, place, value.integer);
      } else if (value.storage == SqlValue::kText) {
        code = sqlite3_bind_text64(run.handle, place, value.size == 0 ? "" : value.bytes,
                                   value.size, SQLITE_STATIC, SQLITE_UTF8);
      } else {
        code = value.size == 0
                   ? sqlite3_bind_zeroblob(run.handle, place, 0)
                   : sqlite3_bind_blob64(run.handle, place, value.bytes, value.size, SQLITE_STATIC);
      }
    }
    run.holds_copies = true;  // released, it holds nothing of the key
    EngineLock& lock = connection.lock();
    if (code == SQLITE_OK) {
      lock.Arm(&run.permit, &run.usage);
      code = sqlite3_step(run.handle);
      lock.Disarm();
    }
    const std::int64_t changed = run.usage.changed;
    connection.Release(&run);
    if (lock.doomed()) {
      return Error(ErrorCode::kEngineLock,
                   "the engine refused a backfill: it would have touched rows outside its tenant's "
                   "scope");
    }
    if (lock.stop() != Stop::kNone) {
      return Error(ErrorCode::kBudgetExceeded,
                   "a backfill uses more than the budget allows for a single row: add an index, or "
                   "migrate with a larger PlatformOptions::budget");
    }
    if (code == SQLITE_DONE) return changed;
    if (code == SQLITE_ERROR) {
      return Error(ErrorCode::kValueOutOfRange,
                   "a computation of a backfill left the 64-bit range: use smaller values");
    }
    return SqliteError(code, "running a backfill");
  }

  const SchemaView& schema_;
  const BackfillDef& definition_;
  const std::int64_t place_;
  const BackfillShape shape_;
  std::string names_;
  std::array<Range, 4> ranges_;
  std::array<std::string, 2> nth_;
  std::array<std::string, 2> count_;
};

// For operators: the one thing about the failure that its text may not say.
absl::Status Concerning(absl::Status status, const Tenant& tenant) {
  if (status.ok()) return status;
  if (const auto id = TenantId::FromBytes(tenant); id.ok()) {
    status.SetPayload("cordon/tenant", absl::Cord(id->ToString()));
  }
  return status;
}

// ---- a migration --------------------------------------------------------------------------------

class Migrator {
 public:
  Migrator(Engine& engine, const SchemaView& schema, const MigrationsView& migrations,
           const MigrateOptions& how)
      : engine_(engine), schema_(schema), migrations_(migrations), how_(how) {}

  absl::Status Run() {
    limit_ = how_.rows_per_step;
    Catalog catalog;
    std::int64_t version = 0;
    absl::Status known = Transact([&](SqliteConnection& connection) -> absl::Status {
      auto file = ReadVersion(connection, &catalog);
      if (!file.ok()) return file.status();
      over_ = !file->target.has_value();
      version = file->version;
      return absl::OkStatus();
    });
    if (!known.ok() || over_) return known;
    std::vector<Backfill> backfills;
    for (std::size_t i = 0; i < migrations_.backfill_count; ++i) {
      if (migrations_.backfills[i].version > version) {
        backfills.emplace_back(schema_, migrations_.backfills[i], i);
      }
    }
    for (const Backfill& backfill : backfills) {
      if (absl::Status filled = FillAll(backfill); !filled.ok() || over_) return filled;
    }
    if (absl::Status indexed = ChangeIndexes(version); !indexed.ok() || over_) return indexed;
    MigrationProgress last;
    last.rows = rows_;
    if (absl::Status told = Tell(last); !told.ok()) return told;
    return Halving([&] { return Contract(backfills, version); });
  }

 private:
  absl::Status Transact(const std::function<absl::Status(SqliteConnection&)>& act) {
    return engine_.store().Transact(act);
  }

  [[nodiscard]] absl::Status Tell(const MigrationProgress& progress) const {
    if (how_.progress == nullptr || how_.progress(progress)) return absl::OkStatus();
    return Error(ErrorCode::kInterrupted,
                 "the migration was stopped between two steps: call Migrate to go on");
  }

  // With fewer rows at a time as long as a statement uses more than it may.
  template <class Act>
  absl::Status Halving(const Act& act) {
    for (;;) {
      absl::Status done = act();
      if (CodeOf(done) != ErrorCode::kBudgetExceeded || limit_ == 1) return done;
      limit_ = std::max<std::int64_t>(1, limit_ / 2);
    }
  }

  // Another process may have ended the migration, or a newer release has taken it over.
  absl::Status NoteOver(SqliteConnection& connection) {
    FileVersion file;
    OwnStatement now(connection, "SELECT version, target FROM cordon_schema WHERE target NOT NULL");
    over_ = !now.Step();
    if (!now.status().ok() || over_) return now.status();
    file.version = now.Int(0);
    file.target = now.Int(1);
    return CheckMigratable(file, migrations_);
  }

  // The first tenant from `from` on that the backfill is not done with.
  absl::StatusOr<std::optional<Tenant>> NextTenant(SqliteConnection& connection,
                                                   const Backfill& backfill, const Tenant& from) {
    OwnStatement next(connection,
                      "SELECT id FROM cordon_tenants AS t WHERE state <> 3 AND id >= ?4 AND NOT "
                      "EXISTS (SELECT 1 FROM cordon_backfills WHERE version = ?1 AND place = ?2 "
                      "AND tenant_id = t.id AND done = 1 AND statement = ?3) ORDER BY id LIMIT 1");
    next.Bind(1, backfill.version());
    next.Bind(2, backfill.place());
    next.Bind(3, backfill.hash());
    next.Bind(4, std::span<const std::byte>(from));
    std::optional<Tenant> tenant;
    if (next.Step()) {
      const auto id = next.Blob(0);
      Tenant found{};
      if (id.size() != found.size()) {
        return Error(ErrorCode::kCorrupt, "a tenant's id in the directory is damaged");
      }
      std::copy(id.begin(), id.end(), found.begin());
      tenant = found;
    }
    if (!next.status().ok()) return next.status();
    return tenant;
  }

  absl::StatusOr<std::int64_t> CountTenants() {
    std::int64_t tenants = 0;
    absl::Status counted = Transact([&](SqliteConnection& connection) -> absl::Status {
      OwnStatement count(connection, "SELECT count(*) FROM cordon_tenants WHERE state <> 3");
      if (count.Step()) tenants = count.Int(0);
      return count.status();
    });
    if (!counted.ok()) return counted;
    return tenants;
  }

  // All tenants, a bounded number of rows in each transaction.
  absl::Status FillAll(const Backfill& backfill) {
    const auto tenants = CountTenants();
    if (!tenants.ok()) return tenants.status();
    Tenant from{};
    MigrationProgress progress{backfill.version(), backfill.table(), 1,
                               static_cast<std::size_t>(*tenants), 0};
    for (bool done = false; !done && !over_;) {
      progress.rows = rows_;
      if (absl::Status told = Tell(progress); !told.ok()) return told;
      const auto began = std::chrono::steady_clock::now();
      std::size_t finished = 0;
      Tenant next = from;
      std::int64_t changed = 0;
      absl::Status filled = Halving([&] {
        finished = 0;
        changed = 0;
        next = from;
        return Transact([&](SqliteConnection& connection) {
          return FillSome(connection, backfill, &next, &finished, &changed, &done);
        });
      });
      if (!filled.ok()) return filled;
      from = next;
      rows_ += changed;
      progress.tenant = std::min(progress.tenant + finished, progress.tenants);
      // SQLite does not queue writers: whoever waits in another process looks now and then.
      std::this_thread::sleep_for(std::max<std::chrono::steady_clock::duration>(
          std::chrono::steady_clock::now() - began, std::chrono::milliseconds(2)));
    }
    return absl::OkStatus();
  }

  absl::Status FillSome(SqliteConnection& connection, const Backfill& backfill, Tenant* from,
                        std::size_t* finished, std::int64_t* changed, bool* done) {
    if (absl::Status noted = NoteOver(connection); !noted.ok() || over_) return noted;
    // A tenant without rows costs something too.
    for (std::int64_t left = limit_; left > 0;) {
      auto tenant = NextTenant(connection, backfill, *from);
      if (!tenant.ok()) return tenant.status();
      *done = !tenant->has_value();
      if (*done) return absl::OkStatus();
      *from = **tenant;
      auto rows = FillTenant(connection, backfill, **tenant, left, changed);
      if (!rows.ok()) return Concerning(rows.status(), **tenant);
      left -= rows->count + 1;
      if (!rows->upper.has_value()) ++*finished;
    }
    return absl::OkStatus();
  }

  // One range of one tenant's rows, and how far it has got.
  absl::StatusOr<Backfill::Rows> FillTenant(SqliteConnection& connection, const Backfill& backfill,
                                            const Tenant& tenant, std::int64_t limit,
                                            std::int64_t* changed) {
    std::optional<RowKey> last;
    {
      OwnStatement find(connection,
                        "SELECT last_key FROM cordon_backfills WHERE version = ?1 AND place = ?2 "
                        "AND tenant_id = ?3 AND statement = ?4 AND done = 0");
      find.Bind(1, backfill.version());
      find.Bind(2, backfill.place());
      find.Bind(3, std::span<const std::byte>(tenant));
      find.Bind(4, backfill.hash());
      // One that cannot be read is of a table with another key: from the beginning.
      if (find.Step()) {
        const auto bytes = find.Blob(0);
        last = backfill.ParseKey({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      }
      if (!find.status().ok()) return find.status();
    }
    auto rows = backfill.Next(connection, tenant, last, limit);
    if (!rows.ok()) return rows;
    if (rows->count > 0) {
      auto filled = backfill.Fill(Engine::Of(connection), tenant, last, rows->upper);
      if (!filled.ok()) return filled.status();
      *changed += *filled;
    }
    const std::string key = rows->upper.has_value() ? rows->upper->Serialize() : "";
    OwnStatement note(
        connection,
        "INSERT INTO cordon_backfills(version, place, tenant_id, statement, last_key, "
        "done) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET "
        "statement = ?4, last_key = ?5, done = ?6");
    note.Bind(1, backfill.version());
    note.Bind(2, backfill.place());
    note.Bind(3, std::span<const std::byte>(tenant));
    note.Bind(4, backfill.hash());
    note.Bind(5, std::as_bytes(std::span(key.c_str(), key.size())));
    note.Bind(6, std::int64_t{rows->upper.has_value() ? 0 : 1});
    if (absl::Status noted = note.Finish(); !noted.ok()) return noted;
    return rows;
  }

  absl::StatusOr<std::vector<MigrationStep>> PlanNow(SqliteConnection& connection,
                                                     std::int64_t version) {
    Catalog catalog;
    const auto file = ReadVersion(connection, &catalog);
    if (!file.ok()) return file.status();
    return Planner(catalog, schema_, migrations_, version).Plan();
  }

  // Each in a transaction of its own, as each reads its whole table.
  absl::Status ChangeIndexes(std::int64_t version) {
    for (bool changed = true; changed && !over_;) {
      changed = false;
      absl::Status done = Transact([&](SqliteConnection& connection) -> absl::Status {
        if (absl::Status noted = NoteOver(connection); !noted.ok() || over_) return noted;
        auto steps = PlanNow(connection, version);
        if (!steps.ok()) return steps.status();
        for (const MigrationStep& step : *steps) {
          if (step.action != MigrationAction::kCreateIndex &&
              step.action != MigrationAction::kDropIndex) {
            continue;
          }
          changed = true;
          return ChangeIndex(connection, schema_, step);
        }
        return absl::OkStatus();
      });
      if (!done.ok()) return done;
    }
    return absl::OkStatus();
  }

  // Rows that were written since a backfill passed by.
  absl::Status FillLate(SqliteConnection& connection, const Backfill& backfill) {
    std::vector<Tenant> tenants;
    {
      OwnStatement list(connection, "SELECT id FROM cordon_tenants WHERE state <> 3");
      while (list.Step()) {
        const auto id = list.Blob(0);
        Tenant tenant{};
        if (id.size() == tenant.size()) std::copy(id.begin(), id.end(), tenant.begin());
        tenants.push_back(tenant);
      }
      if (!list.status().ok()) return list.status();
    }
    for (const Tenant& tenant : tenants) {
      std::optional<RowKey> last;
      for (bool more = true; more;) {
        auto rows = backfill.Next(connection, tenant, last, limit_);
        if (!rows.ok()) return rows.status();
        if (rows->count > 0) {
          auto filled = backfill.Fill(Engine::Of(connection), tenant, last, rows->upper);
          if (!filled.ok()) return Concerning(filled.status(), tenant);
          rows_ += *filled;
        }
        more = rows->upper.has_value();
        last = std::move(rows->upper);
      }
    }
    return absl::OkStatus();
  }

  absl::Status Contract(const std::vector<Backfill>& backfills, std::int64_t version) {
    return Transact([&](SqliteConnection& connection) -> absl::Status {
      // A table cannot be put in another's place while references to it are watched, and they can
      // be switched off between transactions only. This engine's connections do nothing else.
      absl::Status begun = connection.Do(Command::kCommit);
      if (begun.ok()) begun = connection.Run("PRAGMA foreign_keys=OFF");
      if (begun.ok()) begun = connection.Do(Command::kBeginImmediate);
      if (!begun.ok()) return begun;
      if (absl::Status noted = NoteOver(connection); !noted.ok() || over_) return noted;
      std::vector<std::string> touched;
      for (const Backfill& backfill : backfills) {
        if (absl::Status late = FillLate(connection, backfill); !late.ok()) return late;
        touched.emplace_back(backfill.table());
      }
      auto steps = PlanNow(connection, version);
      if (!steps.ok()) return steps.status();
      for (const MigrationStep& step : *steps) {
        if (absl::Status done = Apply(connection, step, &touched); !done.ok()) return done;
      }
      std::sort(touched.begin(), touched.end());
      touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
      for (const std::string& table : touched) {
        if (absl::Status whole = CheckForeignKeys(connection, table); !whole.ok()) return whole;
      }
      if (absl::Status same = CreateOrCompare(connection, schema_); !same.ok()) return same;
      if (absl::Status noted = connection.Run("DELETE FROM cordon_backfills"); !noted.ok()) {
        return noted;
      }
      return NoteVersion(connection, schema_, migrations_.version, std::nullopt);
    });
  }

  absl::Status Apply(SqliteConnection& connection, const MigrationStep& step,
                     std::vector<std::string>* touched) {
    switch (step.action) {
      case MigrationAction::kRebuildTable:
        touched->push_back(step.table);
        return RebuildTable(connection, schema_, schema_.FindTable(step.table));
      case MigrationAction::kDropTable:
        return connection.Run(("DROP TABLE main." + Quoted(step.table)).c_str());
      case MigrationAction::kCreateIndex:
      case MigrationAction::kDropIndex:
        return ChangeIndex(connection, schema_, step);
      case MigrationAction::kCreateTable:
      case MigrationAction::kAddColumn:
      case MigrationAction::kBackfill:
      case MigrationAction::kDropColumn:
        break;  // done before, or with the table
    }
    return absl::OkStatus();
  }

  Engine& engine_;
  const SchemaView& schema_;
  const MigrationsView& migrations_;
  const MigrateOptions& how_;
  std::int64_t limit_ = 0;
  std::int64_t rows_ = 0;  // changed
  bool over_ = false;      // nothing is left to do
};

}  // namespace

absl::Status OpenAtVersion(SqliteConnection& connection, const SchemaView& schema,
                           const MigrationsView& migrations) {
  Catalog catalog;
  const auto file = ReadVersion(connection, &catalog);
  if (!file.ok()) return file.status();
  if (!file->fresh) {
    if (absl::Status same = CheckVersion(*file, migrations.version); !same.ok()) return same;
  }
  if (absl::Status agreed = CreateOrCompare(connection, schema); !agreed.ok()) return agreed;
  return NoteVersion(connection, schema, migrations.version, std::nullopt);
}

absl::Status BeginMigration(SqliteConnection& connection, const SchemaView& schema,
                            const MigrationsView& migrations) {
  Catalog catalog;
  const auto file = ReadVersion(connection, &catalog);
  if (!file.ok()) return file.status();
  if (file->fresh || CheckVersion(*file, migrations.version).ok()) {
    return OpenAtVersion(connection, schema, migrations);
  }
  if (absl::Status fit = CheckMigratable(*file, migrations); !fit.ok()) return fit;
  auto steps = Planner(catalog, schema, migrations, file->version).Plan();
  if (!steps.ok()) return steps.status();
  for (const MigrationStep& step : *steps) {
    absl::Status done;
    if (step.action == MigrationAction::kCreateTable) {
      done = CreateTable(connection, schema, schema.FindTable(step.table));
    } else if (step.action == MigrationAction::kAddColumn) {
      done = AddColumn(connection, schema, step);
    }
    if (!done.ok()) return done;
  }
  return NoteVersion(connection, schema, file->version, migrations.version);
}

absl::Status RunMigration(const SchemaView& schema, const MigrationsView& migrations,
                          PlatformOptions options, const MigrateOptions& how) {
  if (how.rows_per_step < 1) {
    return Error(ErrorCode::kInvalidArgument, "rows_per_step must be positive");
  }
  return Guarded([&]() -> absl::Status {
    for (std::size_t i = 0; i < migrations.backfill_count; ++i) {
      absl::Status fit = Backfill(schema, migrations.backfills[i], i).Check();
      if (!fit.ok()) return fit;
    }
    std::error_code failed;
    if (!std::filesystem::exists(options.path, failed)) {
      return Error(ErrorCode::kCannotOpen, "there is no such file to migrate: check the path");
    }
    options.hooks.clear();
    auto engine = Engine::Open(schema, migrations, std::move(options), Engine::Opening::kMigrate);
    if (!engine.ok()) return engine.status();
    return Migrator(**engine, schema, migrations, how).Run();
  });
}

absl::StatusOr<MigrationPlan> PlanOf(const SchemaView& schema, const MigrationsView& migrations,
                                     const std::string& path) {
  return Guarded([&]() -> absl::StatusOr<MigrationPlan> {
    MigrationPlan plan;
    plan.to = migrations.version;
    absl::Status planned = ReadFile(path, [&](sqlite3* db) -> absl::Status {
      auto catalog = ReadCatalog(db);
      if (!catalog.ok()) return catalog.status();
      auto file = ReadVersion(db, *catalog);
      if (!file.ok()) return file.status();
      plan.from = file->fresh ? plan.to : file->version;
      plan.begun = file->target.has_value();
      if (file->fresh || (!plan.begun && plan.from == plan.to)) return absl::OkStatus();
      if (absl::Status fit = CheckMigratable(*file, migrations); !fit.ok()) return fit;
      auto steps = Planner(*catalog, schema, migrations, plan.from).Plan();
      if (!steps.ok()) return steps.status();
      plan.steps = *std::move(steps);
      return absl::OkStatus();
    });
    if (!planned.ok()) return planned;
    return plan;
  });
}

absl::Status MakeTemplate(const SchemaView& schema, const MigrationsView& migrations,
                          const std::string& path) {
  return Guarded([&]() -> absl::Status {
    std::error_code failed;
    if (std::filesystem::exists(path, failed)) {
      return Error(ErrorCode::kInvalidArgument,
                   "a file of the template's name exists already, and is left as it is: choose "
                   "another name");
    }
    PlatformOptions options;
    options.path = path;
    auto engine = Engine::Open(schema, migrations, std::move(options), Engine::Opening::kUse);
    absl::Status written = engine.status();
    if (written.ok()) {
      written = (*engine)->store().Transact(
          [&](SqliteConnection& connection) { return NoteMigrations(connection, migrations); });
      engine->reset();
    }
    if (!written.ok()) std::filesystem::remove(path, failed);
    return written;
  });
}

namespace {

absl::Status ReadTemplate(const std::string& path, Declaration* declaration) {
  return ReadFile(path, [&](sqlite3* db) -> absl::Status {
    auto catalog = ReadCatalog(db);
    if (!catalog.ok()) return catalog.status();
    return declaration->Read(db, *catalog);
  });
}

}  // namespace
}  // namespace internal

absl::Status MigrateLike(const std::string& template_path, PlatformOptions options,
                         const MigrateOptions& how) {
  return internal::Guarded([&]() -> absl::Status {
    internal::Declaration release;
    absl::Status read = internal::ReadTemplate(template_path, &release);
    if (!read.ok()) return read;
    return internal::RunMigration(release.schema(), release.migrations(), std::move(options), how);
  });
}

absl::StatusOr<MigrationPlan> PlanMigrationLike(const std::string& template_path,
                                                const std::string& path) {
  return internal::Guarded([&]() -> absl::StatusOr<MigrationPlan> {
    internal::Declaration release;
    absl::Status read = internal::ReadTemplate(template_path, &release);
    if (!read.ok()) return read;
    return internal::PlanOf(release.schema(), release.migrations(), path);
  });
}

}  // namespace cordon
