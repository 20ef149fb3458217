// SPDX-License-Identifier: Apache-2.0
#include "data/migration_plan.h"

#include <algorithm>
#include <utility>

#include "cordon/store/error.h"
#include "data/create_text.h"
#include "data/ddl.h"
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

std::string InQuotes(std::string_view name) { return "'" + std::string(name) + "'"; }
std::string Number(std::int64_t number) { return std::to_string(number); }

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
  const std::size_t begin = table_sql.find(QuotedName(column) + " INTEGER");
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
  [[nodiscard]] std::int64_t Dropped(std::string_view table, std::string_view column) const {
    return DroppedBy(migrations_, version_, table, column);
  }
  [[nodiscard]] bool Filled(std::size_t table) const {
    return IsFilled(schema_, migrations_, version_, table);
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
      const bool own =
          table.kind == CatalogTable::Kind::kTable && table.name.starts_with("cordon_");
      if (own || schema_.FindTable(table.name) != SchemaView::kNone) continue;
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

}  // namespace

std::int64_t DroppedBy(const MigrationsView& migrations, std::int64_t version,
                       std::string_view table, std::string_view column) {
  for (std::size_t i = 0; i < migrations.drop_count; ++i) {
    const DropDef& drop = migrations.drops[i];
    if (drop.version > version && SameName(drop.table, table) && SameName(drop.column, column)) {
      return drop.version;
    }
  }
  return 0;
}

bool IsFilled(const SchemaView& schema, const MigrationsView& migrations, std::int64_t version,
              std::size_t table) {
  for (std::size_t i = 0; i < migrations.backfill_count; ++i) {
    const BackfillDef& backfill = migrations.backfills[i];
    if (backfill.version > version && ShapeOf(schema, backfill.sql).table == table) return true;
  }
  return false;
}

absl::StatusOr<FileVersion> ReadVersion(sqlite3* db) {
  FileVersion file;
  bool known = false;
  // The row of `sql`, if there is one.
  const auto read = [&](const char* sql, const auto& row) -> absl::Status {
    sqlite3_stmt* statement = nullptr;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, nullptr);
    if (code == SQLITE_OK) code = sqlite3_step(statement);
    if (code == SQLITE_ROW) row(statement);
    sqlite3_finalize(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE
               ? absl::OkStatus()
               : SqliteError(code, "reading the version of the file");
  };
  absl::Status done = read(
      "SELECT count(*) FILTER (WHERE name NOT GLOB 'cordon_*' AND name NOT GLOB 'sqlite_*'), "
      "count(*) FILTER (WHERE name = 'cordon_schema') FROM main.sqlite_schema "
      "WHERE type = 'table'",
      [&](sqlite3_stmt* row) {
        file.fresh = sqlite3_column_int64(row, 0) == 0;
        known = sqlite3_column_int64(row, 1) != 0;
      });
  if (done.ok() && known) {
    done = read("SELECT version, target FROM main.cordon_schema", [&](sqlite3_stmt* row) {
      file.fresh = false;
      file.version = sqlite3_column_int64(row, 0);
      if (sqlite3_column_type(row, 1) != SQLITE_NULL) file.target = sqlite3_column_int64(row, 1);
    });
  }
  if (!done.ok()) return done;
  return file;
}

absl::Status CheckVersion(const FileVersion& file, std::int64_t release, const std::string& what) {
  if (file.target.has_value()) {
    const std::string cut = what + " is on its way from version " + Number(file.version) + " to " +
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
    return Error(ErrorCode::kNewerFile, what + " has version " + Number(file.version) +
                                            " and this release has " + Number(release) +
                                            ": upgrade the application");
  }
  if (file.version < release) {
    return Error(ErrorCode::kMigrationNeeded,
                 what + " has version " + Number(file.version) + " and this release has " +
                     Number(release) +
                     ": run cordon::Migrate with this release, or cordon migrate");
  }
  return absl::OkStatus();
}

absl::Status CheckMigratable(const FileVersion& file, const MigrationsView& migrations,
                             const std::string& what) {
  const std::int64_t release = migrations.version;
  if (file.version > release || file.target.value_or(0) > release) {
    return CheckVersion(file, release, what);
  }
  if (file.version < migrations.oldest) {
    return Error(ErrorCode::kMigrationNeeded,
                 what + " has version " + Number(file.version) +
                     " and this release migrates those of version " + Number(migrations.oldest) +
                     " and later: migrate it with an earlier release first");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<MigrationStep>> PlanSteps(const Catalog& catalog,
                                                     const SchemaView& schema,
                                                     const MigrationsView& migrations,
                                                     std::int64_t version) {
  return Planner(catalog, schema, migrations, version).Plan();
}

absl::StatusOr<MigrationPlan> PlanOf(const SchemaView& schema, const MigrationsView& migrations,
                                     const std::string& path) {
  return Guarded([&]() -> absl::StatusOr<MigrationPlan> {
    MigrationPlan plan;
    plan.to = migrations.version;
    absl::Status planned = ReadFile(path, [&](sqlite3* db, const Catalog& catalog) -> absl::Status {
      auto file = ReadVersion(db);
      if (!file.ok()) return file.status();
      plan.from = file->fresh ? plan.to : file->version;
      plan.begun = file->target.has_value();
      if (file->fresh || (!plan.begun && plan.from == plan.to)) return absl::OkStatus();
      if (absl::Status fit = CheckMigratable(*file, migrations); !fit.ok()) return fit;
      auto steps = PlanSteps(catalog, schema, migrations, plan.from);
      if (!steps.ok()) return steps.status();
      plan.steps = *std::move(steps);
      return absl::OkStatus();
    });
    if (!planned.ok()) return planned;
    return plan;
  });
}

}  // namespace internal
}  // namespace cordon
