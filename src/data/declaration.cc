// SPDX-License-Identifier: Apache-2.0
#include "data/declaration.h"

#include <functional>
#include <limits>
#include <utility>

#include "cordon/store/error.h"
#include "data/ddl.h"
#include "data/migration_plan.h"

namespace cordon::internal {
namespace {

absl::Status NoDeclaration() {
  return Error(ErrorCode::kSchemaDrift,
               "the file does not say what its tables are, or says it of others: open it with its "
               "product, built with this version of Cordon, or check the path");
}

// Runs one query of ours, with `argument` in ?1; stops when `row` returns false.
absl::Status Query(sqlite3* db, const char* sql, const std::string& argument,
                   const std::function<bool(sqlite3_stmt*)>& row) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(db, sql, -1, &statement, nullptr);
  if (code == SQLITE_OK && sqlite3_bind_parameter_count(statement) > 0) {
    code = sqlite3_bind_text64(statement, 1, argument.c_str(), argument.size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  bool fits = true;
  if (code == SQLITE_OK) {
    while (fits && (code = sqlite3_step(statement)) == SQLITE_ROW) fits = row(statement);
  }
  sqlite3_finalize(statement);
  if (fits && code == SQLITE_DONE) return absl::OkStatus();
  // What the JSON functions and the catalog mind is the file's own doing; the rest is not.
  return fits && (code & 0xFF) != SQLITE_ERROR ? SqliteError(code, "reading the declaration")
                                               : NoDeclaration();
}

std::string TextOf(sqlite3_stmt* row, int column) {
  const auto* text = sqlite3_column_text(row, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(row, column));
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text), size);
}

bool KindOf(std::string_view type, ColumnDef* column) {
  struct Named {
    std::string_view name;
    SqlType::Kind kind;
    ColumnRule::Kind rule;
  };
  for (const Named& named : {Named{"integer", SqlType::kInteger, ColumnRule::kNone},
                             Named{"text", SqlType::kText, ColumnRule::kNone},
                             Named{"blob", SqlType::kBlob, ColumnRule::kNone},
                             Named{"boolean", SqlType::kBoolean, ColumnRule::kNone},
                             Named{"timestamp", SqlType::kTimestamp, ColumnRule::kNone},
                             Named{"decimal", SqlType::kDecimal, ColumnRule::kNone},
                             Named{"enum", SqlType::kInteger, ColumnRule::kListed},
                             Named{"json", SqlType::kText, ColumnRule::kJson},
                             Named{"zoned-time", SqlType::kText, ColumnRule::kZonedTime}}) {
    if (named.name != type) continue;
    column->type.kind = named.kind;
    column->rule.kind = named.rule;
    return true;
  }
  return false;
}

constexpr char kCreate[] =
    "CREATE TABLE cordon_template(place INTEGER NOT NULL PRIMARY KEY, version INTEGER NOT NULL, "
    "what TEXT NOT NULL CHECK (what IN ('oldest', 'backfill', 'drop')), "
    "name TEXT NOT NULL, object TEXT NOT NULL) STRICT";

}  // namespace

std::string_view Declaration::Keep(std::string text) {
  return texts_.emplace_back(std::move(text));
}

absl::Status Declaration::Read(sqlite3* db, const Catalog& catalog, Source source) {
  absl::Status read = ReadAll(db, catalog, source);
  if (source == Source::kTemplate && CodeOf(read) == ErrorCode::kSchemaDrift) {
    return Error(ErrorCode::kInvalidArgument,
                 "the template was not written by cordon::WriteTemplate of this version of Cordon: "
                 "let the new release write one");
  }
  return read;
}

absl::Status Declaration::ReadAll(sqlite3* db, const Catalog& catalog, Source source) {
  if (catalog.Find("cordon_schema") == nullptr) return NoDeclaration();
  const auto version = ReadVersion(db);
  if (!version.ok()) return version.status();
  const bool claim = source == Source::kClaim;
  if (version->target.has_value() && !claim) return CheckVersion(*version, version->version);
  version_ = version->version;
  std::vector<std::string> tables;
  absl::Status read =
      Query(db, "SELECT t.value FROM main.cordon_schema, json_each(declaration, '$.tables') AS t",
            "", [&](sqlite3_stmt* row) {
              tables.push_back(TextOf(row, 0));
              return true;
            });
  for (const std::string& table : tables) {
    if (read.ok()) read = ReadTable(db, table);
  }
  if (read.ok() && source == Source::kTemplate) read = ReadMigrations(db);
  if (!read.ok()) return read;
  for (const BackfillDef& backfill : backfills_) {
    if (ShapeOf(schema(), backfill.sql).problem != BackfillProblem::kNone) return NoDeclaration();
  }
  // The last word is that of the tables themselves: what is read here must stand for just these.
  const SchemaView view = schema();
  for (std::size_t t = 0; t < view.table_count; ++t) {
    for (std::size_t i = 0; i < view.tables[t].foreign_key_count; ++i) {
      if (view.FindTable(view.tables[t].foreign_keys[i].parent) == SchemaView::kNone) {
        return NoDeclaration();
      }
    }
    if (claim) continue;
    for (const PhysicalObject& object : PhysicalObjects(view, t)) {
      bool found = false;
      for (const Catalog::Statement& statement : catalog.statements) {
        found = found || (statement.name == object.name && SameSql(statement.sql, object.sql));
      }
      if (!found) return NoDeclaration();
    }
  }
  return absl::OkStatus();
}

absl::Status Declaration::ReadTable(sqlite3* db, const std::string& json) {
  TableDef table;
  std::string version;
  absl::Status read =
      Query(db,
            "SELECT json_extract(?1, '$.name'), json_extract(?1, '$.kind'), "
            "json_extract(?1, '$.version')",
            json, [&](sqlite3_stmt* row) {
              table.name = Keep(TextOf(row, 0));
              table.hash = NameHash(table.name);
              table.kind = TextOf(row, 1) == "tenant" ? TableKind::kTenant : TableKind::kGlobal;
              version = TextOf(row, 2);
              return !table.name.empty();
            });
  if (read.ok()) read = ReadColumns(db, json, &table);
  if (!read.ok()) return read;
  const auto place = [&](std::string_view name) {
    for (std::size_t c = 0; c < table.column_count; ++c) {
      if (columns_[table.first_column + c].name == name) return c;
    }
    return SchemaView::kNone;
  };
  const auto set_of = [&](const std::string& array, ColumnSet* set) {
    return Query(db, "SELECT value FROM json_each(?1)", array, [&](sqlite3_stmt* row) {
      const std::size_t column = place(TextOf(row, 0));
      if (column == SchemaView::kNone || set->count == kMaxKeyColumns) return false;
      set->columns[set->count++] = static_cast<std::uint8_t>(column);
      return true;
    });
  };
  const auto arrays = [&](const char* sql, std::vector<std::pair<std::string, std::string>>* all) {
    return Query(db, sql, json, [&](sqlite3_stmt* row) {
      all->emplace_back(TextOf(row, 0), TextOf(row, 1));
      return all->size() <= kMaxConstraints;
    });
  };
  std::vector<std::pair<std::string, std::string>> keys, uniques, indexes, references;
  read = arrays("SELECT json_extract(?1, '$.key'), ''", &keys);
  if (read.ok()) read = arrays("SELECT value, '' FROM json_each(?1, '$.unique')", &uniques);
  if (read.ok()) read = arrays("SELECT value, '' FROM json_each(?1, '$.indexes')", &indexes);
  if (read.ok()) {
    read = arrays(
        "SELECT json_extract(value, '$.columns'), json_extract(value, '$.table') "
        "FROM json_each(?1, '$.references')",
        &references);
  }
  for (const auto& [array, none] : keys) {
    if (read.ok()) read = set_of(array, &table.key);
  }
  for (const auto& [array, none] : uniques) {
    if (read.ok()) read = set_of(array, &table.uniques[table.unique_count++]);
  }
  for (const auto& [array, none] : indexes) {
    if (read.ok()) read = set_of(array, &table.indexes[table.index_count++]);
  }
  for (const auto& [array, parent] : references) {
    ForeignKeyDef& key = table.foreign_keys[table.foreign_key_count++];
    key.parent = Keep(parent);
    if (read.ok()) read = set_of(array, &key.columns);
  }
  if (!read.ok()) return read;
  if (!version.empty()) table.version = static_cast<std::uint8_t>(place(version));
  tables_.push_back(table);
  return absl::OkStatus();
}

absl::Status Declaration::ReadColumns(sqlite3* db, const std::string& json, TableDef* table) {
  table->first_column = static_cast<std::uint16_t>(columns_.size());
  std::vector<std::string> values;
  absl::Status read =
      Query(db,
            "SELECT json_extract(value, '$.name'), json_extract(value, '$.type'), "
            "json_extract(value, '$.scale'), json_extract(value, '$.nullable'), "
            "json_extract(value, '$.default'), json_extract(value, '$.values') "
            "FROM json_each(?1, '$.columns')",
            json, [&](sqlite3_stmt* row) {
              ColumnDef column;
              column.name = Keep(TextOf(row, 0));
              column.hash = NameHash(column.name);
              column.type.scale = static_cast<std::uint8_t>(sqlite3_column_int(row, 2));
              column.type.nullable = sqlite3_column_int(row, 3) != 0;
              const int type = sqlite3_column_type(row, 4);
              column.has_default = type != SQLITE_NULL;
              if (type == SQLITE_INTEGER) {
                column.default_value = SqlValue::Integer(sqlite3_column_int64(row, 4));
              } else if (column.has_default) {
                column.default_value = SqlValue::Text(Keep(TextOf(row, 4)));
              }
              if (!KindOf(TextOf(row, 1), &column) || table->column_count == kMaxColumns)
                return false;
              ++table->column_count;
              columns_.push_back(column);
              values.push_back(TextOf(row, 5));
              return true;
            });
  for (std::size_t c = 0; c < values.size() && read.ok(); ++c) {
    ColumnRule& rule = columns_[table->first_column + c].rule;
    if (rule.kind != ColumnRule::kListed) continue;
    std::vector<std::int64_t>& list = lists_.emplace_back();
    read = Query(db, "SELECT value FROM json_each(?1)", values[c], [&](sqlite3_stmt* row) {
      list.push_back(sqlite3_column_int64(row, 0));
      return true;
    });
    rule.listed = list.data();
    rule.listed_count = list.size();
  }
  return read;
}

absl::Status Declaration::ReadMigrations(sqlite3* db) {
  return Query(db, "SELECT version, what, name, object FROM main.cordon_template ORDER BY place",
               "", [&](sqlite3_stmt* row) {
                 const std::int64_t version = sqlite3_column_int64(row, 0);
                 const std::string what = TextOf(row, 1);
                 if (what == "oldest") {
                   oldest_ = version;
                 } else if (what == "backfill") {
                   backfills_.push_back({version, Keep(TextOf(row, 3))});
                 } else {
                   const std::string_view name = Keep(TextOf(row, 2));
                   drops_.push_back({version, name, Keep(TextOf(row, 3))});
                 }
                 return version >= 1 && version <= version_;
               });
}

absl::Status NoteMigrations(SqliteConnection& connection, const MigrationsView& migrations) {
  if (absl::Status made = connection.Run(kCreate); !made.ok()) return made;
  const auto add = [&](std::int64_t version, std::string_view what, std::string_view name,
                       std::string_view object) {
    OwnStatement insert(connection,
                        "INSERT INTO cordon_template(version, what, name, object) "
                        "VALUES (?1, ?2, ?3, ?4)");
    insert.Bind(1, version);
    insert.Bind(2, what);
    insert.Bind(3, name);
    insert.Bind(4, object);
    return insert.Finish();
  };
  absl::Status noted = add(migrations.oldest, "oldest", "", "");
  for (std::size_t i = 0; i < migrations.backfill_count && noted.ok(); ++i) {
    noted = add(migrations.backfills[i].version, "backfill", "", migrations.backfills[i].sql);
  }
  for (std::size_t i = 0; i < migrations.drop_count && noted.ok(); ++i) {
    const DropDef& drop = migrations.drops[i];
    noted = add(drop.version, "drop", drop.table, drop.column.empty() ? "" : drop.column);
  }
  return noted;
}

}  // namespace cordon::internal
