// SPDX-License-Identifier: Apache-2.0
#include "data/ddl.h"

#include <map>
#include <utility>

#include "cordon/store/error.h"
#include "store/json.h"

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

// One literal of SQL.
std::string Literal(const SqlValue& value) {
  if (value.storage == SqlValue::kInteger) return std::to_string(value.integer);
  std::string literal = "'";
  for (const char c : value.Bytes()) {
    literal += c;
    if (c == '\'') literal += c;
  }
  return literal + "'";
}

// What the type alone does not say. GLOB and length() end at a NUL, so one is refused first.
std::string RuleSql(const std::string& column, const ColumnRule& rule) {
  switch (rule.kind) {
    case ColumnRule::kListed: {
      std::string sql = " CHECK (" + column + " IN (";
      for (std::size_t i = 0; i < rule.listed_count; ++i) {
        sql += (i == 0 ? "" : ", ") + std::to_string(rule.listed[i]);
      }
      return sql + "))";
    }
    case ColumnRule::kJson:
      return " CHECK (json_valid(" + column + "))";
    case ColumnRule::kZonedTime:
      return " CHECK (instr(" + column + ", char(0)) = 0 AND " + column +
             " GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]."
             "[0-9][0-9][0-9][0-9][0-9][0-9]Z[[]?*]' AND length(" +
             column + ") <= 93 AND substr(" + column + ", 29, length(" + column +
             ") - 29) NOT GLOB '*[^-A-Za-z0-9+_/:]*')";
    case ColumnRule::kNone:
      break;
  }
  return "";
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
  if (column.has_default) sql += " DEFAULT " + Literal(column.default_value);
  sql += RuleSql(Quoted(column.name), column.rule);
  if (column.type.kind == SqlType::kBoolean)
    sql += " CHECK (" + Quoted(column.name) + " IN (0, 1))";
  // STRICT keeps the storage class; the rest is kept here, where people and the comparison of
  // declarations see it.
  if (const std::string note = TypeNote(column.type); !note.empty()) sql += " " + note;
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

// The table as if only its first `column_count` columns were declared.
std::string TableSql(const SchemaView& schema, std::size_t table, std::size_t column_count) {
  const TableDef& definition = schema.tables[table];
  const bool tenant = definition.kind == TableKind::kTenant;
  std::string sql = "CREATE TABLE " + Quoted(definition.name) + " (\n";
  if (tenant) sql += "  \"tenant_id\" BLOB NOT NULL CHECK (length(\"tenant_id\") = 16),\n";
  for (std::size_t c = 0; c < column_count; ++c) {
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
  return sql + "\n) STRICT, WITHOUT ROWID";
}

// ALTER TABLE writes into the stored text with other white space than CREATE TABLE had. Between
// quotes it stays as it is: a default may differ in nothing else.
std::string WithSingleSpaces(std::string_view sql) {
  std::string plain;
  char quote = 0;
  for (const char c : sql) {
    const bool space = quote == 0 && ClassOf(c) == CharClasses::kSpace;
    if (space && plain.ends_with(' ')) continue;
    plain += space ? ' ' : c;
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
  }
  return plain;
}
// Adds the last `count` columns. What the file then holds.
absl::StatusOr<std::string> AddColumns(SqliteConnection& connection, const SchemaView& schema,
                                       std::size_t table, std::size_t count) {
  const TableDef& definition = schema.tables[table];
  for (std::size_t c = definition.column_count - count; c < definition.column_count; ++c) {
    const ColumnDef& column = schema.Column(table, c);
    const std::string sql =
        "ALTER TABLE main." + Quoted(definition.name) + " ADD COLUMN " + ColumnSql(column);
    absl::Status added = connection.Run(sql.c_str());
    if (!added.ok()) return added;
  }
  OwnStatement now(connection, "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1");
  now.Bind(1, definition.name);
  std::string sql = now.Step() ? now.Text(0) : "";
  if (!now.status().ok()) return now.status();
  return sql;
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

// Names are plain (see schema.h); defaults are not.
std::string JsonText(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      json += "\\u00";
      json += kHex[static_cast<unsigned char>(c) >> 4U];
      json += kHex[static_cast<unsigned char>(c) & 15U];
    } else {
      json += c;
    }
  }
  return json + "\"";
}

std::string JsonColumns(const SchemaView& schema, std::size_t table, const ColumnSet& set) {
  std::string json = "[";
  for (std::size_t i = 0; i < set.count; ++i) {
    json += (i == 0 ? "" : ",") + JsonText(schema.Column(table, set.columns[i]).name);
  }
  return json + "]";
}

std::string JsonColumn(const ColumnDef& column) {
  std::string json =
      "{\"name\":" + JsonText(column.name) + ",\"type\":" + JsonText(TypeName(column));
  if (column.type.kind == SqlType::kDecimal) {
    json += ",\"scale\":" + std::to_string(column.type.scale);
  }
  if (column.rule.kind == ColumnRule::kListed) {
    json += ",\"values\":[";
    for (std::size_t i = 0; i < column.rule.listed_count; ++i) {
      json += (i == 0 ? "" : ",") + std::to_string(column.rule.listed[i]);
    }
    json += "]";
  }
  if (column.type.nullable) json += ",\"nullable\":true";
  if (column.has_default) {
    const SqlValue& value = column.default_value;
    json += ",\"default\":" + (value.storage == SqlValue::kInteger ? std::to_string(value.integer)
                                                                   : JsonText(value.Bytes()));
  }
  return json + "}";
}

}  // namespace

bool SameSql(std::string_view a, std::string_view b) {
  return WithSingleSpaces(a) == WithSingleSpaces(b);
}

std::size_t AddableColumns(const SchemaView& schema, std::size_t table,
                           const std::string& found_sql) {
  const std::size_t declared = schema.tables[table].column_count;
  for (std::size_t count = declared; count > 1; --count) {
    const ColumnDef& last = schema.Column(table, count - 1);
    if (!last.type.nullable && !last.has_default) return 0;
    if (SameSql(found_sql, TableSql(schema, table, count - 1))) return declared - count + 1;
  }
  return 0;
}

std::string FillableColumnSql(const ColumnDef& column) {
  ColumnDef fillable = column;
  fillable.type.nullable = !column.has_default || column.type.nullable;
  return ColumnSql(fillable);
}

std::string UnitOf(const SqlType& type) {
  if (type.kind == SqlType::kDecimal) return "decimal, scale " + std::to_string(type.scale);
  return type.kind == SqlType::kTimestamp ? "microseconds since 1970, UTC" : "";
}

std::string TypeNote(const SqlType& type) {
  const std::string unit = UnitOf(type);
  return unit.empty() ? "" : "/* " + unit + " */";
}

absl::Status CheckDefaults(const SchemaView& schema) {
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    for (std::size_t c = 0; c < schema.tables[t].column_count; ++c) {
      const ColumnDef& column = schema.Column(t, c);
      const SqlValue& value = column.default_value;
      if (!column.has_default || column.rule.kind != ColumnRule::kJson) continue;
      if (IsJson(value.Bytes())) continue;
      return Error(ErrorCode::kInvalidArgument, "the default of column '" +
                                                    std::string(column.name) +
                                                    "' is not JSON: correct the declaration");
    }
  }
  return absl::OkStatus();
}

std::string_view TypeName(const ColumnDef& column) {
  switch (column.rule.kind) {
    case ColumnRule::kListed:
      return "enum";
    case ColumnRule::kJson:
      return "json";
    case ColumnRule::kZonedTime:
      return "zoned-time";
    case ColumnRule::kNone:
      break;
  }
  switch (column.type.kind) {
    case SqlType::kText:
      return "text";
    case SqlType::kBlob:
      return "blob";
    case SqlType::kBoolean:
      return "boolean";
    case SqlType::kTimestamp:
      return "timestamp";
    case SqlType::kDecimal:
      return "decimal";
    default:
      return "integer";
  }
}

std::vector<PhysicalObject> PhysicalObjects(const SchemaView& schema, std::size_t table) {
  const TableDef& definition = schema.tables[table];
  const bool tenant = definition.kind == TableKind::kTenant;
  std::vector<PhysicalObject> objects = {
      {std::string(definition.name), TableSql(schema, table, definition.column_count)}};
  for (std::size_t i = 0; i < definition.index_count; ++i) {
    const std::string name = IndexName(schema, table, i);
    objects.push_back({name, "CREATE INDEX " + Quoted(name) + " ON " + Quoted(definition.name) +
                                 " (" + ColumnList(schema, table, definition.indexes[i], tenant) +
                                 ")"});
  }
  return objects;
}

std::string DeclarationOf(const SchemaView& schema) {
  std::string json = "{\"tables\":[";
  bool first = true;
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    const TableDef& table = schema.tables[t];
    if (table.kind == TableKind::kResult) continue;
    json += std::string(first ? "" : ",") + "{\"name\":" + JsonText(table.name) +
            ",\"kind\":" + (table.kind == TableKind::kTenant ? "\"tenant\"" : "\"global\"") +
            ",\"columns\":[";
    first = false;
    for (std::size_t c = 0; c < table.column_count; ++c) {
      json += (c == 0 ? "" : ",") + JsonColumn(schema.Column(t, c));
    }
    json += "],\"key\":" + JsonColumns(schema, t, table.key);
    if (table.version != kNoVersion) {
      json += ",\"version\":" + JsonText(schema.Column(t, table.version).name);
    }
    const auto sets = [&](std::string_view name, const auto& all, std::size_t count) {
      if (count == 0) return;
      json += "," + JsonText(name) + ":[";
      for (std::size_t i = 0; i < count; ++i) {
        json += (i == 0 ? "" : ",") + JsonColumns(schema, t, all[i]);
      }
      json += "]";
    };
    sets("unique", table.uniques, table.unique_count);
    sets("indexes", table.indexes, table.index_count);
    if (table.foreign_key_count > 0) json += ",\"references\":[";
    for (std::size_t i = 0; i < table.foreign_key_count; ++i) {
      const ForeignKeyDef& key = table.foreign_keys[i];
      json += std::string(i == 0 ? "" : ",") +
              "{\"columns\":" + JsonColumns(schema, t, key.columns) +
              ",\"table\":" + JsonText(schema.tables[schema.FindTable(key.parent)].name) + "}";
    }
    json += table.foreign_key_count > 0 ? "]}" : "}";
  }
  return json + "]}";
}

absl::Status CreateOrCompare(SqliteConnection& connection, const SchemaView& schema) {
  if (absl::Status fit = CheckDefaults(schema); !fit.ok()) return fit;
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
      std::string& sql = found->second.sql;
      if (const std::size_t missing =
              found->second.type == "table" ? AddableColumns(schema, t, sql) : 0;
          missing > 0) {
        auto extended = AddColumns(connection, schema, t, missing);
        if (!extended.ok()) return extended.status();
        sql = *std::move(extended);
      }
      if (!SameSql(sql, wanted.sql)) return ExplainDrift(connection, schema, t, sql, wanted.sql);
      live.erase(found);
    }
  }
  for (const auto& [name, object] : live) {
    // An index with such a name on a table of the host's is none of ours, and no trigger is.
    const bool own_index = object.type == "index" && object.table.starts_with("cordon_");
    if ((object.type == "table" || own_index) && name.starts_with("cordon_")) continue;
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
