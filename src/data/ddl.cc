// SPDX-License-Identifier: Apache-2.0
#include "data/ddl.h"

#include <map>
#include <utility>

#include "cordon/store/error.h"

namespace cordon::internal {
namespace {

std::string Quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

std::string ColumnList(const SchemaView& schema, std::size_t table, const ColumnSet& set,
                       bool with_tenant) {
  std::string list = with_tenant ? Quoted(kTenantColumn) : "";
  for (std::size_t i = 0; i < set.count; ++i) {
    if (!list.empty()) list += ", ";
    list += Quoted(schema.Column(table, set.columns[i]).name);
  }
  return list;
}

std::string ColumnSql(const ColumnDef& column) {
  std::string sql = Quoted(column.name);
  switch (column.type.kind) {
    case SqlType::kText:
      sql += " TEXT";
      break;
    case SqlType::kBlob:
      sql += " BLOB";
      break;
    default:
      sql += " INTEGER";
      break;
  }
  if (!column.type.nullable) sql += " NOT NULL";
  if (column.type.kind == SqlType::kBoolean)
    sql += " CHECK (" + Quoted(column.name) + " IN (0, 1))";
  // STRICT keeps the storage class; the scale is kept here, where people and the comparison of
  // declarations see it.
  if (column.type.kind == SqlType::kDecimal) {
    sql += " /* decimal, scale " + std::to_string(column.type.scale) + " */";
  }
  if (column.type.kind == SqlType::kTimestamp) sql += " /* microseconds since 1970, UTC */";
  return sql;
}

std::string IndexName(const SchemaView& schema, std::size_t table, std::size_t index) {
  std::string name = std::string(schema.tables[table].name) + "_by";
  const ColumnSet& set = schema.tables[table].indexes[index];
  for (std::size_t i = 0; i < set.count; ++i) {
    name += "_" + std::string(schema.Column(table, set.columns[i]).name);
  }
  return name;
}

absl::Status Drift(const std::string& what) {
  return Error(ErrorCode::kSchemaDrift,
               what + ": change the declaration, or migrate the file before opening it");
}

struct LiveColumn {
  std::string type;
  bool not_null;
  std::int64_t key;  // 1-based place in the primary key; 0: not in it
};

absl::StatusOr<std::map<std::string, LiveColumn>> LiveColumns(SqliteConnection& connection,
                                                              const std::string& table) {
  std::map<std::string, LiveColumn> columns;
  OwnStatement info(connection, "SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?1)");
  info.Bind(1, std::string_view(table));
  while (info.Step()) {
    columns[info.Text(0)] = {info.Text(1), info.Int(2) != 0, info.Int(3)};
  }
  if (!info.status().ok()) return info.status();
  return columns;
}

// Says what differs in the first column that does.
absl::Status ExplainDrift(SqliteConnection& connection, const SchemaView& schema, std::size_t table,
                          const std::string& found_sql, const std::string& wanted_sql) {
  const TableDef& definition = schema.tables[table];
  const std::string where = "table '" + std::string(definition.name) + "': ";
  auto live = LiveColumns(connection, std::string(definition.name));
  if (!live.ok()) return live.status();
  const bool tenant = definition.kind == TableKind::kTenant;
  const auto key_place = [&](std::size_t column) -> std::int64_t {
    for (std::size_t i = 0; i < definition.key.count; ++i) {
      if (definition.key.columns[i] == column) {
        return static_cast<std::int64_t>(i) + (tenant ? 2 : 1);
      }
    }
    return 0;
  };
  if (tenant) {
    const auto found = live->find(std::string(kTenantColumn));
    if (found == live->end() || found->second.key != 1) {
      return Drift(where + "its key does not begin with the tenant column \"tenant_id\"");
    }
    live->erase(found);
  }
  for (std::size_t c = 0; c < definition.column_count; ++c) {
    const ColumnDef& column = schema.Column(table, c);
    const std::string name(column.name);
    const auto found = live->find(name);
    if (found == live->end()) return Drift(where + "column '" + name + "' is not in the file");
    const std::string type = column.type.kind == SqlType::kText   ? "TEXT"
                             : column.type.kind == SqlType::kBlob ? "BLOB"
                                                                  : "INTEGER";
    if (found->second.type != type) {
      return Drift(where + "column '" + name + "' is " + found->second.type + " in the file and " +
                   type + " in the declaration");
    }
    if (found->second.not_null == column.type.nullable) {
      return Drift(where + "column '" + name + "' may " +
                   (column.type.nullable ? "not be NULL in the file but may in"
                                         : "be NULL in the file but not in") +
                   " the declaration");
    }
    if (found->second.key != key_place(c)) {
      return Drift(where + "column '" + name + "' has another place in the key");
    }
    live->erase(found);
  }
  if (!live->empty()) {
    return Drift(where + "column '" + live->begin()->first + "' is not in the declaration");
  }
  return Drift(where + "its constraints differ; the file has [" + found_sql +
               "], the declaration [" + wanted_sql + "]");
}

}  // namespace

std::vector<PhysicalObject> PhysicalObjects(const SchemaView& schema, std::size_t table) {
  const TableDef& definition = schema.tables[table];
  const bool tenant = definition.kind == TableKind::kTenant;
  std::string sql = "CREATE TABLE " + Quoted(definition.name) + " (\n";
  if (tenant) sql += "  \"tenant_id\" BLOB NOT NULL CHECK (length(\"tenant_id\") = 16),\n";
  for (std::size_t c = 0; c < definition.column_count; ++c) {
    sql += "  " + ColumnSql(schema.Column(table, c)) + ",\n";
  }
  sql += "  PRIMARY KEY (" + ColumnList(schema, table, definition.key, tenant) + ")";
  for (std::size_t i = 0; i < definition.unique_count; ++i) {
    sql += ",\n  UNIQUE (" + ColumnList(schema, table, definition.uniques[i], tenant) + ")";
  }
  for (std::size_t i = 0; i < definition.foreign_key_count; ++i) {
    const ForeignKeyDef& key = definition.foreign_keys[i];
    const std::size_t parent = schema.FindTable(key.parent);
    const bool both = tenant && schema.tables[parent].kind == TableKind::kTenant;
    sql += ",\n  FOREIGN KEY (" + ColumnList(schema, table, key.columns, both) + ") REFERENCES " +
           Quoted(schema.tables[parent].name) + " (" +
           ColumnList(schema, parent, schema.tables[parent].key, both) + ")";
  }
  sql += "\n) STRICT, WITHOUT ROWID";
  std::vector<PhysicalObject> objects = {{std::string(definition.name), std::move(sql)}};
  for (std::size_t i = 0; i < definition.index_count; ++i) {
    const std::string name = IndexName(schema, table, i);
    objects.push_back({name, "CREATE INDEX " + Quoted(name) + " ON " + Quoted(definition.name) +
                                 " (" + ColumnList(schema, table, definition.indexes[i], tenant) +
                                 ")"});
  }
  return objects;
}

absl::Status CreateOrCompare(SqliteConnection& connection, const SchemaView& schema) {
  struct Live {
    std::string type;
    std::string table;
    std::string sql;
  };
  std::map<std::string, Live> live;
  {
    OwnStatement all(connection,
                     "SELECT name, type, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL");
    while (all.Step()) live[all.Text(0)] = {all.Text(1), all.Text(2), all.Text(3)};
    if (!all.status().ok()) return all.status();
  }
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    if (schema.tables[t].kind == TableKind::kResult) continue;
    for (const PhysicalObject& wanted : PhysicalObjects(schema, t)) {
      const auto found = live.find(wanted.name);
      if (found == live.end()) {
        if (absl::Status made = connection.Run(wanted.sql.c_str()); !made.ok()) return made;
        continue;
      }
      if (found->second.sql != wanted.sql) {
        return ExplainDrift(connection, schema, t, found->second.sql, wanted.sql);
      }
      live.erase(found);
    }
  }
  for (const auto& [name, object] : live) {
    if (object.type == "table" && name.starts_with("cordon_")) continue;
    if (name.starts_with("sqlite_stat")) {
      return Drift("the file holds planner statistics (" + name +
                   "), through which one tenant's rows would steer another's plans: DROP TABLE " +
                   name);
    }
    if (name.starts_with("sqlite_")) continue;
    return Drift(object.type + " '" + name + "' is in the file and not in the declaration");
  }
  return absl::OkStatus();
}

}  // namespace cordon::internal
