// SPDX-License-Identifier: Apache-2.0
#include "data/create_postgres.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>

#include "cordon/store/error.h"
#include "data/create_text.h"

namespace cordon::internal {
namespace {

constexpr std::string_view kJsonValid = R"sql(
-- RFC 8259, up to 1000 levels: what is whole becomes a token, and what holds nothing else becomes
-- one in turn. PostgreSQL 15 can only say it by failing.
CREATE OR REPLACE FUNCTION cordon.json_valid(x text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  before text;
BEGIN
  x := regexp_replace(
      x, '"(?:[^"\\\x01-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"', '""', 'g');
  x := regexp_replace(x, '-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null',
                      '0', 'g');
  -- So that no two halves of one that is broken become a whole.
  IF x ~ '"[ \t\n\r]+"' THEN RETURN false; END IF;
  x := regexp_replace(x, '[ \t\n\r]+', '', 'g');
  FOR depth IN 0..1000 LOOP
    IF x IN ('0', '""') THEN RETURN true; END IF;
    before := x;
    x := regexp_replace(x,
        '\[(?:(?:0|"")(?:,(?:0|""))*)?\]|\{(?:"":(?:0|"")(?:,"":(?:0|""))*)?\}', '0', 'g');
    IF x = before THEN RETURN false; END IF;
  END LOOP;
  RETURN false;
END $f$)sql";

constexpr std::size_t kMaxName = 63;  // bytes; the server cuts what is longer

// Of names that are too long: with their beginning, which says whose they are.
std::string Shortened(std::string name) {
  if (name.size() <= kMaxName) return name;
  constexpr std::size_t kDigits = 16;
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a: in the names of existing tables
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  name.resize(kMaxName - kDigits);
  name.back() = '$';
  for (std::size_t i = 0; i < kDigits; ++i) name += "0123456789abcdef"[hash >> (4 * i) & 15U];
  return name;
}

// A dollar sign is in no declared name.
std::string NameOf(const SchemaView& schema, std::size_t table, std::string_view what,
                   const ColumnSet& set = {}, std::string_view parent = {}) {
  std::string name = std::string(schema.tables[table].name) + "$" + std::string(what);
  for (std::size_t i = 0; i < set.count; ++i) {
    name += "$" + std::string(schema.Column(table, set.columns[i]).name);
  }
  if (!parent.empty()) name += "$" + std::string(parent);
  return Shortened(std::move(name));
}

std::string Literal(std::string_view text) {
  // With E, a backslash is the same whatever standard_conforming_strings says.
  std::string literal = text.find('\\') == std::string_view::npos ? "'" : "E'";
  for (const char c : text) literal.append(c == '\'' || c == '\\' ? 2 : 1, c);
  return literal + "'";
}
std::string Literal(std::int64_t number) {
  // Without its sign, the least one is none.
  return number == std::numeric_limits<std::int64_t>::min() ? "'-9223372036854775808'::bigint"
                                                            : std::to_string(number);
}

std::string DefaultOf(const ColumnDef& column) {
  const SqlValue& value = column.default_value;
  if (value.storage != SqlValue::kInteger) return Literal(value.Bytes());
  if (column.type.kind == SqlType::kBoolean) return value.integer != 0 ? "true" : "false";
  return Literal(value.integer);
}

std::string_view TypeOf(const SqlType& type) {
  switch (type.kind) {
    case SqlType::kText:
      return "text COLLATE \"C\"";
    case SqlType::kBlob:
      return "bytea";
    case SqlType::kBoolean:
      return "boolean";
    default:
      return "bigint";
  }
}

// Empty: the type says all.
std::string RuleOf(const std::string& column, const ColumnRule& rule) {
  switch (rule.kind) {
    case ColumnRule::kListed: {
      std::string list;
      for (std::size_t i = 0; i < rule.listed_count; ++i) {
        list += (i == 0 ? "" : ", ") + Literal(rule.listed[i]);
      }
      return column + " IN (" + list + ")";
    }
    case ColumnRule::kJson:
      return "cordon.json_valid(" + column + ")";
    case ColumnRule::kZonedTime:
      return column +
             " ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{6}Z"
             "[[][-A-Za-z0-9+_/:]{1,64}[]]$'";
    case ColumnRule::kNone:
      break;
  }
  return "";
}

std::string ColumnSql(const SchemaView& schema, std::size_t table, std::size_t c,
                      bool fillable = false) {
  const ColumnDef& column = schema.Column(table, c);
  std::string sql = QuotedName(column.name) + " " + std::string(TypeOf(column.type));
  if (!column.type.nullable && !(fillable && MustBeGiven(column))) sql += " NOT NULL";
  if (column.has_default) sql += " DEFAULT " + DefaultOf(column);
  if (const std::string rule = RuleOf(QuotedName(column.name), column.rule); !rule.empty()) {
    const ColumnSet just{{static_cast<std::uint8_t>(c)}, 1};
    sql +=
        " CONSTRAINT " + QuotedName(NameOf(schema, table, "check", just)) + " CHECK (" + rule + ")";
  }
  return sql;
}

std::string Columns(const SchemaView& schema, std::size_t table, const ColumnSet& set,
                    bool with_tenant, bool ordered = false) {
  std::string list = with_tenant ? QuotedName(kTenantColumn) : "";
  for (std::size_t i = 0; i < set.count; ++i) {
    const ColumnDef& column = schema.Column(table, set.columns[i]);
    list += (list.empty() ? "" : ", ") + QuotedName(column.name);
    // In SQLite's order nothing is smaller than NULL.
    if (ordered && column.type.nullable) list += " NULLS FIRST";
  }
  return list;
}

std::string NoteText(const SchemaView& schema, std::size_t table, std::size_t c,
                     std::string_view pg_schema) {
  const ColumnDef& column = schema.Column(table, c);
  const std::string unit = UnitOf(column.type);
  if (unit.empty()) return "";
  return "COMMENT ON COLUMN " + PgName(pg_schema, schema.tables[table].name) + "." +
         QuotedName(column.name) + " IS " + Literal(std::string(kPgNote) + unit);
}

// The same constraint may be declared twice.
void AddOnce(PhysicalObject object, std::vector<PhysicalObject>* objects) {
  for (const PhysicalObject& known : *objects) {
    if (known.name == object.name) return;
  }
  objects->push_back(std::move(object));
}

bool IsTenants(const SchemaView& schema, std::size_t table) {
  return schema.tables[table].kind == TableKind::kTenant;
}

bool HasJson(const SchemaView& schema, std::size_t table) {
  if (schema.tables[table].kind == TableKind::kResult) return false;
  for (std::size_t c = 0; c < schema.tables[table].column_count; ++c) {
    if (schema.Column(table, c).rule.kind == ColumnRule::kJson) return true;
  }
  return false;
}

}  // namespace

absl::Status CheckFitsPostgres(const SchemaView& schema) {
  if (absl::Status fit = CheckDefaults(schema); !fit.ok()) return fit;
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    if (schema.tables[t].kind == TableKind::kResult) continue;
    for (std::size_t c = 0; c < schema.tables[t].column_count; ++c) {
      const ColumnDef& column = schema.Column(t, c);
      for (const std::string_view own : {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"}) {
        if (column.name != own) continue;
        return Error(ErrorCode::kInvalidArgument, "table '" + std::string(schema.tables[t].name) +
                                                      "': each table of PostgreSQL "
                                                      "has a column '" +
                                                      std::string(own) +
                                                      "' of its own: choose another name");
      }
      if (column.has_default && column.default_value.storage == SqlValue::kText &&
          column.default_value.Bytes().find('\0') != std::string_view::npos) {
        return Error(ErrorCode::kInvalidArgument,
                     "the default of column '" + std::string(column.name) +
                         "' holds a NUL, which no text of PostgreSQL's does: correct the "
                         "declaration");
      }
    }
  }
  return absl::OkStatus();
}

std::string PgJsonValidFunction() { return std::string(kJsonValid.substr(1)); }

std::string PgName(std::string_view pg_schema, std::string_view name) {
  return QuotedName(pg_schema) + "." + QuotedName(name);
}

PgTableText PgTableStatements(const SchemaView& schema, std::size_t table,
                              std::string_view pg_schema) {
  const TableDef& definition = schema.tables[table];
  const std::string name = PgName(pg_schema, definition.name);
  const bool tenant = IsTenants(schema, table);
  PgTableText text;
  text.create = "CREATE TABLE " + name + " (\n";
  if (tenant) text.create += "  " + QuotedName(kTenantColumn) + " uuid NOT NULL,\n";
  for (std::size_t c = 0; c < definition.column_count; ++c) {
    text.create += "  " + ColumnSql(schema, table, c) + ",\n";
    if (std::string note = NoteText(schema, table, c, pg_schema); !note.empty()) {
      text.notes.push_back(std::move(note));
    }
  }
  text.create += "  CONSTRAINT " + QuotedName(NameOf(schema, table, "key")) + " PRIMARY KEY (" +
                 Columns(schema, table, definition.key, tenant) + ")";
  std::vector<PhysicalObject> uniques;
  for (std::size_t i = 0; i < definition.unique_count; ++i) {
    const ColumnSet& set = definition.uniques[i];
    AddOnce({NameOf(schema, table, "unique", set),
             "UNIQUE (" + Columns(schema, table, set, tenant) + ")"},
            &uniques);
  }
  for (const PhysicalObject& unique : uniques) {
    text.create += ",\n  CONSTRAINT " + QuotedName(unique.name) + " " + unique.sql;
  }
  text.create += "\n)";
  for (std::size_t i = 0; i < definition.index_count; ++i) {
    const ColumnSet& set = definition.indexes[i];
    const std::string index = NameOf(schema, table, "by", set);
    AddOnce({index, "CREATE INDEX " + QuotedName(index) + " ON " + name + " (" +
                        Columns(schema, table, set, tenant, true) + ")"},
            &text.indexes);
  }
  for (std::size_t i = 0; i < definition.foreign_key_count; ++i) {
    const ForeignKeyDef& key = definition.foreign_keys[i];
    const std::size_t parent = schema.FindTable(key.parent);
    const std::string_view parent_name = schema.tables[parent].name;
    const bool both = tenant && IsTenants(schema, parent);
    const std::string constraint = NameOf(schema, table, "refers", key.columns, parent_name);
    AddOnce({constraint, "ALTER TABLE " + name + " ADD CONSTRAINT " + QuotedName(constraint) +
                             " FOREIGN KEY (" + Columns(schema, table, key.columns, both) +
                             ") REFERENCES " + PgName(pg_schema, parent_name) + " (" +
                             Columns(schema, parent, schema.tables[parent].key, both) + ")"},
            &text.foreign_keys);
  }
  return text;
}

std::vector<std::string> PgAddColumn(const SchemaView& schema, std::size_t table,
                                     std::size_t column, std::string_view pg_schema,
                                     bool fillable) {
  std::vector<std::string> statements = {
      "ALTER TABLE " + PgName(pg_schema, schema.tables[table].name) + " ADD COLUMN " +
      ColumnSql(schema, table, column, fillable)};
  if (std::string note = NoteText(schema, table, column, pg_schema); !note.empty()) {
    statements.push_back(std::move(note));
  }
  return statements;
}

std::vector<std::string> PgScript(const SchemaView& schema, std::string_view pg_schema,
                                  PostgresTarget target) {
  std::vector<std::string> statements = {"BEGIN"};
  std::vector<std::string> foreign_keys;
  const bool citus = target == PostgresTarget::kCitus;
  // A foreign key to everybody's table makes Citus refuse, in this transaction, what it would
  // otherwise do on several connections at once.
  if (citus) statements.emplace_back("SET LOCAL citus.multi_shard_modify_mode TO 'sequential'");
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    if (!HasJson(schema, t)) continue;
    statements.emplace_back("CREATE SCHEMA IF NOT EXISTS cordon");
    statements.push_back(PgJsonValidFunction());
    break;
  }
  std::string first;  // of the tables that are distributed together
  // Everybody's before those that refer to them.
  for (const TableKind kind : {TableKind::kGlobal, TableKind::kTenant}) {
    for (std::size_t t = 0; t < schema.table_count; ++t) {
      if (schema.tables[t].kind != kind) continue;
      PgTableText text = PgTableStatements(schema, t, pg_schema);
      statements.push_back(std::move(text.create));
      std::move(text.notes.begin(), text.notes.end(), std::back_inserter(statements));
      for (PhysicalObject& index : text.indexes) statements.push_back(std::move(index.sql));
      for (PhysicalObject& key : text.foreign_keys) foreign_keys.push_back(std::move(key.sql));
      if (!citus) continue;
      const std::string name = Literal(PgName(pg_schema, schema.tables[t].name));
      if (kind == TableKind::kGlobal) {
        statements.push_back("SELECT create_reference_table(" + name + ")");
      } else {
        statements.push_back("SELECT create_distributed_table(" + name + ", '" +
                             std::string(kTenantColumn) + "', colocate_with => " +
                             (first.empty() ? "'none'" : first) + ")");
        if (first.empty()) first = name;
      }
    }
  }
  // Any table may refer to any other, itself among them.
  std::move(foreign_keys.begin(), foreign_keys.end(), std::back_inserter(statements));
  statements.emplace_back("COMMIT");
  return statements;
}

}  // namespace cordon::internal
