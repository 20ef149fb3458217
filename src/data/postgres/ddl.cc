// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/ddl.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cordon/store/error.h"
#include "data/create_postgres.h"
#include "data/create_text.h"
#include "data/ddl.h"
#include "data/migration_plan.h"
#include "data/postgres/owner.h"

namespace cordon::internal {
namespace {

// Where the declaration's tables are made to be described, and are gone again: each connection's
// own, so that many can do so at once.
constexpr std::string_view kScratch = "pg_temp";

// What belongs to the ordinary tables of a schema ($1), one row each: the table, what it is, its
// name, and what the catalog says of it.
constexpr std::string_view kDescribe = R"(
  WITH n AS (SELECT oid, nspname FROM pg_namespace WHERE nspname = $1 OR
             $1 = 'pg_temp' AND oid = pg_my_temp_schema()),
  t AS (SELECT c.* FROM pg_class c JOIN n ON n.oid = c.relnamespace WHERE c.relkind = 'r')
  SELECT relname::text, what, name::text, said FROM (
    SELECT t.relname, 0 AS place, 0 AS part, 'table' AS what, '' AS name, concat_ws(' and ',
        CASE t.relpersistence WHEN 'u' THEN 'unlogged' END,
        CASE WHEN t.reloftype <> 0 THEN 'of a type' END,
        CASE WHEN EXISTS (SELECT FROM pg_inherits i WHERE t.oid IN (i.inhrelid, i.inhparent))
             THEN 'part of an inheritance' END,
        CASE WHEN pg_get_userbyid(t.relowner) <> current_user
             THEN 'owned by ' || quote_ident(pg_get_userbyid(t.relowner)) END) AS said
    FROM t
    UNION ALL
    SELECT t.relname, 1, a.attnum, 'column', a.attname, format_type(a.atttypid, a.atttypmod) ||
        CASE WHEN a.attcollation <> 0 THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END ||
        CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END ||
        CASE a.attidentity WHEN '' THEN '' ELSE ' GENERATED AS IDENTITY' END ||
        coalesce(CASE a.attgenerated WHEN '' THEN ' DEFAULT ' ELSE ' GENERATED AS ' END ||
                 pg_get_expr(d.adbin, d.adrelid), '') ||
        CASE WHEN starts_with(col_description(t.oid, a.attnum), $2)
             THEN ' (' || substr(col_description(t.oid, a.attnum), length($2) + 1) || ')'
             ELSE '' END
    FROM t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
    UNION ALL
    SELECT t.relname, 2, 0, 'constraint', k.conname,
        CASE k.contype WHEN 'f' THEN replace(pg_get_constraintdef(k.oid),
            'REFERENCES ' || quote_ident(n.nspname) || '.', 'REFERENCES ')
        ELSE pg_get_constraintdef(k.oid) END
    FROM n, t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('p', 'u', 'c', 'f', 'x')
    UNION ALL
    SELECT t.relname, 3, 0, 'index', c.relname,
        CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END ||
        substring(pg_get_indexdef(i.indexrelid) FROM 'USING .*') ||
        CASE WHEN i.indisvalid AND i.indisready THEN '' ELSE ' INVALID' END
    FROM t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint k
                      WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT t.relname, 4, 0, 'trigger', g.tgname,
        CASE WHEN g.tgisinternal THEN 'DISABLED' ELSE 'there' END
    FROM t JOIN pg_trigger g ON g.tgrelid = t.oid
    WHERE NOT g.tgisinternal OR g.tgenabled <> 'O'
    UNION ALL
    SELECT t.relname, 5, 0, 'rule', w.rulename, 'there'
    FROM t JOIN pg_rewrite w ON w.ev_class = t.oid) described
  ORDER BY relname, place, part, name)";

// What lies in a schema ($1) beside what belongs to its tables and to extensions: what it is, and
// its name.
constexpr std::string_view kObjects = R"(
  SELECT what, name FROM (
    SELECT c.oid, 'pg_class'::regclass AS catalog, c.relname::text AS name, CASE c.relkind
        WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
        WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence'
        ELSE 'type' END AS what
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
    UNION ALL
    SELECT p.oid, 'pg_proc'::regclass, format('%s(%s)', p.proname,
        pg_get_function_identity_arguments(p.oid)), 'function'
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1
    UNION ALL
    SELECT y.oid, 'pg_type'::regclass, y.typname, 'type'
    FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace
    WHERE n.nspname = $1 AND y.typtype IN ('d', 'e', 'r')) object
  WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = object.catalog AND
                    d.objid = object.oid AND d.deptype = 'e')
  ORDER BY what, name)";

constexpr std::string_view kRegistry = R"(
  CREATE TABLE IF NOT EXISTS cordon.schema (name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL, target bigint, declaration text NOT NULL))";

absl::Status Drift(const std::string& what, std::string_view advice =
                                                "change the declaration, or migrate the database "
                                                "before opening it") {
  return Error(ErrorCode::kSchemaDrift, what + ": " + std::string(advice));
}

using Fact = PgFact;
using Facts = PgFacts;

const Fact* Find(const Facts& facts, std::string_view what, std::string_view name) {
  return PgFindFact(facts, what, name);
}

// A schema of the database, inside a transaction of the owner's.
class Opener {
 public:
  Opener(PgConnection& owner, const SchemaView& schema, std::string_view pg_schema)
      : owner_(owner), schema_(schema), pg_schema_(pg_schema) {
    for (std::size_t t = 0; t < schema.table_count; ++t) {
      if (schema.tables[t].kind != TableKind::kResult) tables_.push_back(t);
    }
  }

  absl::Status PrepareSchema() {
    const auto is = owner_.Execute(
        "SELECT pg_encoding_to_char(encoding) = 'UTF8', EXISTS (SELECT FROM pg_namespace WHERE "
        "nspname = $1), coalesce(has_schema_privilege((SELECT oid FROM pg_namespace WHERE nspname "
        "= $1), 'CREATE'), true) AND has_database_privilege(current_database(), 'TEMP') FROM "
        "pg_database WHERE datname = current_database()",
        PgArguments().Text(pg_schema_));
    if (!is.ok()) return is.status();
    const auto yes = [&](int column) { return is->Integer(0, column).value_or(0) != 0; };
    if (!yes(0)) {
      return Error(ErrorCode::kMissingFeature,
                   "the database does not keep its texts in UTF-8: CREATE DATABASE … ENCODING "
                   "'UTF8'");
    }
    if (!yes(2)) {
      return Error(ErrorCode::kCannotOpen, "the owner role may not make tables in the schema \"" +
                                               pg_schema_ +
                                               "\": let it own the database or the schema");
    }
    absl::Status made;
    if (!yes(1)) made = Run("CREATE SCHEMA " + QuotedName(pg_schema_));
    if (made.ok()) made = Run("CREATE SCHEMA IF NOT EXISTS cordon");
    return made.ok() ? Run(kRegistry) : made;
  }

  absl::StatusOr<FileVersion> ReadVersion() {
    FileVersion found;
    const auto tables = owner_.Execute(
        "SELECT FROM (" + std::string(kObjects) + ") object WHERE what LIKE '%table' LIMIT 1",
        PgArguments().Text(pg_schema_));
    if (!tables.ok()) return tables.status();
    const auto row = owner_.Execute("SELECT version, target FROM cordon.schema WHERE name = $1",
                                    PgArguments().Text(pg_schema_));
    if (!row.ok()) return row.status();
    found.fresh = tables->rows() == 0 && row->rows() == 0;
    if (row->rows() == 0) return found;
    const auto version = row->Integer(0, 0);
    if (!version.ok()) return version.status();
    found.version = *version;
    if (row->IsNull(0, 1)) return found;
    const auto target = row->Integer(0, 1);
    if (!target.ok()) return target.status();
    found.target = *target;
    return found;
  }

  absl::Status NoteTarget(std::int64_t version, std::int64_t target) {
    const PgArguments row = PgArguments().Text(pg_schema_).Integer(version).Integer(target);
    return owner_
        .Execute(
            "INSERT INTO cordon.schema (name, version, target, declaration) VALUES "
            "($1, $2, $3, '') ON CONFLICT (name) DO UPDATE SET version = $2, target = $3",
            row)
        .status();
  }

  absl::Status NoteVersion(std::int64_t version) {
    const PgArguments row =
        PgArguments().Text(pg_schema_).Integer(version).Text(DeclarationOf(schema_));
    return owner_
        .Execute(
            "INSERT INTO cordon.schema AS s (name, version, target, declaration) VALUES "
            "($1, $2, NULL, $3) ON CONFLICT (name) DO UPDATE SET version = $2, target = NULL, "
            "declaration = $3 WHERE (s.version, s.target, s.declaration) IS DISTINCT FROM "
            "($2, NULL, $3)",
            row)
        .status();
  }

  // Whether this version is noted with just this declaration.
  absl::StatusOr<bool> IsNoted(std::int64_t version) {
    const auto known = owner_.Execute("SELECT WHERE to_regclass('cordon.schema') IS NOT NULL");
    if (!known.ok()) return known.status();
    if (known->rows() == 0) return false;
    const auto noted = owner_.Execute(
        "SELECT FROM cordon.schema WHERE name = $1 AND version = $2 AND target IS NULL AND "
        "declaration = $3",
        PgArguments().Text(pg_schema_).Integer(version).Text(DeclarationOf(schema_)));
    if (!noted.ok()) return noted.status();
    return noted->rows() == 1;
  }

  // Makes what is missing, or only says whether nothing is; what then differs is drift.
  enum class Missing { kMake, kTell };
  absl::StatusOr<bool> Agree(Missing missing_is_to) {
    if (absl::Status known = CheckObjects(); !known.ok()) return known;
    auto wanted = DescribeDeclared();
    if (!wanted.ok()) return wanted.status();
    auto found = Describe(pg_schema_);
    if (!found.ok()) return found.status();
    for (const auto& [name, facts] : *found) {
      absl::Status ordinary = CheckOrdinary(name, facts);
      if (ordinary.ok()) ordinary = CheckNothingElse(name, (*wanted)[name], facts);
      if (!ordinary.ok()) return ordinary;
    }
    const std::vector<std::string> additions = AdditionsTo(*found);
    if (!additions.empty()) {
      if (missing_is_to == Missing::kTell) return false;
      if (absl::Status added = RunAll(additions); !added.ok()) return added;
      found = Describe(pg_schema_);
      if (!found.ok()) return found.status();
    }
    std::vector<std::size_t> missing;
    for (const std::size_t t : tables_) {
      const std::string name(schema_.tables[t].name);
      const auto live = found->find(name);
      if (live == found->end()) {
        missing.push_back(t);
        continue;
      }
      if (absl::Status same = Compare(name, (*wanted)[name], live->second); !same.ok()) return same;
    }
    if (missing.empty()) return true;
    if (missing_is_to == Missing::kTell) return false;
    if (absl::Status made = Make(missing, pg_schema_); !made.ok()) return made;
    return true;
  }

  using Description = PgDescription;

  absl::StatusOr<Description> Describe(std::string_view pg_schema) {
    const auto rows = owner_.Execute(kDescribe, PgArguments().Text(pg_schema).Text(kPgNote));
    if (!rows.ok()) return rows.status();
    Description tables;
    for (int row = 0; row < rows->rows(); ++row) {
      tables[std::string(rows->Bytes(row, 0))].push_back({std::string(rows->Bytes(row, 1)),
                                                          std::string(rows->Bytes(row, 2)),
                                                          std::string(rows->Bytes(row, 3))});
    }
    return tables;
  }

  // What this server says of the declaration's tables, in its own words.
  absl::StatusOr<Description> DescribeDeclared() {
    absl::Status made = Run("SAVEPOINT declared");
    if (made.ok()) made = Make(tables_, kScratch);
    if (!made.ok()) return made;
    auto described = Describe(kScratch);
    absl::Status undone = Run("ROLLBACK TO SAVEPOINT declared");
    if (!undone.ok()) return undone;
    return described;
  }

  absl::Status Make(const std::vector<std::size_t>& tables, std::string_view pg_schema) {
    std::vector<std::string> statements;
    std::vector<std::string> foreign_keys;
    for (const std::size_t t : tables) {
      const PgTableText text = PgTableStatements(schema_, t, pg_schema);
      statements.push_back(text.create);
      statements.insert(statements.end(), text.notes.begin(), text.notes.end());
      for (const PhysicalObject& index : text.indexes) statements.push_back(index.sql);
      for (const PhysicalObject& key : text.foreign_keys) foreign_keys.push_back(key.sql);
    }
    if (absl::Status made = RunAll(statements); !made.ok()) return made;
    return RunAll(foreign_keys);
  }

  absl::StatusOr<PgObjects> Objects() {
    const auto rows = owner_.Execute(kObjects, PgArguments().Text(pg_schema_));
    if (!rows.ok()) return rows.status();
    PgObjects objects;
    for (int row = 0; row < rows->rows(); ++row) {
      objects.emplace_back(rows->Bytes(row, 0), rows->Bytes(row, 1));
    }
    return objects;
  }

 private:
  absl::Status Run(std::string_view sql) { return owner_.Execute(sql).status(); }
  absl::Status RunAll(const std::vector<std::string>& statements) {
    for (const std::string& sql : statements) {
      if (absl::Status done = Run(sql); !done.ok()) return done;
    }
    return absl::OkStatus();
  }

  absl::Status CheckObjects() {
    const auto objects = Objects();
    if (!objects.ok()) return objects.status();
    std::set<std::string_view> declared;
    for (const std::size_t t : tables_) declared.insert(schema_.tables[t].name);
    for (const auto& [what, name] : *objects) {
      if (what == "table" && declared.contains(name)) continue;
      return Drift(what + " '" + name + "' is in the database and not in the declaration",
                   "declare what it is for, and drop it, or move it to another schema");
    }
    return absl::OkStatus();
  }

  std::vector<std::string> AdditionsTo(const Description& found) {
    std::vector<std::string> statements;
    for (const std::size_t t : tables_) {
      const auto live = found.find(std::string(schema_.tables[t].name));
      if (live == found.end()) continue;
      const auto columns = AddableColumns(t, live->second);
      if (!columns.has_value()) continue;
      for (const std::size_t c : *columns) {
        const std::vector<std::string> column = PgAddColumn(schema_, t, c, pg_schema_);
        statements.insert(statements.end(), column.begin(), column.end());
      }
      for (const PhysicalObject& index : PgTableStatements(schema_, t, pg_schema_).indexes) {
        if (Find(live->second, "index", index.name) == nullptr) statements.push_back(index.sql);
      }
    }
    return statements;
  }

  // Those that are missing: the last ones of the declaration, each of which can be added. Nothing
  // when others are missing.
  std::optional<std::vector<std::size_t>> AddableColumns(std::size_t t, const Facts& live) {
    std::vector<std::size_t> columns;
    for (std::size_t c = 0; c < schema_.tables[t].column_count; ++c) {
      const ColumnDef& column = schema_.Column(t, c);
      const bool missing = Find(live, "column", column.name) == nullptr;
      if (missing ? MustBeGiven(column) : !columns.empty()) return std::nullopt;
      if (missing) columns.push_back(c);
    }
    return columns;
  }

  static absl::Status CheckOrdinary(const std::string& table, const Facts& found) {
    const Fact* const fact = Find(found, "table", "");
    if (fact == nullptr || fact->said.empty()) return absl::OkStatus();
    return Drift("table '" + table + "': it is " + fact->said,
                 "make it an ordinary, logged table of the owner role's");
  }

  static absl::Status Compare(const std::string& table, const Facts& wanted, const Facts& found) {
    const std::string where = "table '" + table + "': ";
    for (const Fact& want : wanted) {
      const Fact* const have = Find(found, want.what, want.name);
      const std::string named = want.what + " '" + want.name + "'";
      if (have == nullptr) {
        return Drift(where + named + " is not in the database; the declaration has [" + want.said +
                     "]");
      }
      if (have->said != want.said) {
        return Drift(where + named + " is [" + have->said + "] in the database and [" + want.said +
                     "] in the declaration");
      }
    }
    for (const Fact& have : found) {
      if (have.what != "column" || Find(wanted, have.what, have.name) != nullptr) continue;
      return Drift(where + "column '" + have.name +
                   "' is in the database and not in the declaration");
    }
    return absl::OkStatus();
  }

  // But for columns, what nobody declared: it could be in the way of what is added.
  static absl::Status CheckNothingElse(const std::string& table, const Facts& wanted,
                                       const Facts& found) {
    for (const Fact& have : found) {
      if (have.what == "column" || Find(wanted, have.what, have.name) != nullptr) continue;
      const std::string named = "table '" + table + "': " + have.what + " '" + have.name + "' is ";
      if (have.said == "DISABLED") {
        return Drift(named + "one that keeps a foreign key, and is disabled",
                     "ALTER TABLE … ENABLE TRIGGER ALL, and look for rows that refer to none");
      }
      if (have.what == "trigger" || have.what == "rule") {
        return Drift(named + "in the database, and no declaration has one", "drop it");
      }
      return Drift(named + "in the database and not in the declaration");
    }
    return absl::OkStatus();
  }

  PgConnection& owner_;
  const SchemaView& schema_;
  const std::string pg_schema_;
  std::vector<std::size_t> tables_;
};

}  // namespace

const PgFact* PgFindFact(const PgFacts& facts, std::string_view what, std::string_view name) {
  for (const PgFact& fact : facts) {
    if (fact.what == what && fact.name == name) return &fact;
  }
  return nullptr;
}

absl::StatusOr<FileVersion> PgReadVersionHere(PgConnection& owner, const SchemaView& schema,
                                              std::string_view pg_schema) {
  Opener opener(owner, schema, pg_schema);
  if (absl::Status ready = opener.PrepareSchema(); !ready.ok()) return ready;
  return opener.ReadVersion();
}

absl::Status PgNoteTargetHere(PgConnection& owner, const SchemaView& schema,
                              std::string_view pg_schema, std::int64_t version,
                              std::int64_t target) {
  return Opener(owner, schema, pg_schema).NoteTarget(version, target);
}

absl::StatusOr<PgBothDescriptions> PgDescribeHere(PgConnection& owner, const SchemaView& schema,
                                                  std::string_view pg_schema) {
  Opener opener(owner, schema, pg_schema);
  auto wanted = opener.DescribeDeclared();
  if (!wanted.ok()) return wanted.status();
  auto found = opener.Describe(pg_schema);
  if (!found.ok()) return found.status();
  auto objects = opener.Objects();
  if (!objects.ok()) return objects.status();
  return PgBothDescriptions{*std::move(wanted), *std::move(found), *std::move(objects)};
}

absl::Status PgMakeTablesHere(PgConnection& owner, const SchemaView& schema,
                              std::string_view pg_schema, const std::vector<std::size_t>& tables) {
  return Opener(owner, schema, pg_schema).Make(tables, pg_schema);
}

absl::Status PgInstallWhereMissing(PgConnection& owner, const PostgresOptions& options,
                                   std::span<const PgTable> tables) {
  const auto installed = PgInstalledHere(owner, options, tables);
  if (!installed.ok()) return installed.status();
  return *installed ? absl::OkStatus() : PgInstallHere(owner, options, tables);
}

absl::Status PgAgreeHere(PgConnection& owner, const PostgresOptions& options,
                         const SchemaView& schema, std::string_view pg_schema,
                         std::int64_t version) {
  Opener opener(owner, schema, pg_schema);
  const auto agreed = opener.Agree(Opener::Missing::kMake);
  if (!agreed.ok()) return agreed.status();
  if (absl::Status noted = opener.NoteVersion(version); !noted.ok()) return noted;
  return PgInstallWhereMissing(owner, options, PgTablesOf(schema, pg_schema));
}

std::vector<PgTable> PgTablesOf(const SchemaView& schema, std::string_view pg_schema) {
  std::vector<PgTable> tables;
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    if (schema.tables[t].kind == TableKind::kResult) continue;
    tables.push_back({std::string(pg_schema), std::string(schema.tables[t].name),
                      schema.tables[t].kind == TableKind::kTenant});
  }
  return tables;
}

absl::Status PgCreateOrCompare(PgConnection& owner, const PostgresOptions& options,
                               const SchemaView& schema, std::string_view pg_schema,
                               const MigrationsView& migrations) {
  if (absl::Status fit = CheckFitsPostgres(schema); !fit.ok()) return fit;
  if (pg_schema.empty() || pg_schema.size() > 63 || pg_schema.starts_with("pg_") ||
      pg_schema == "cordon" || pg_schema == "information_schema" ||
      pg_schema.find('\0') != std::string_view::npos) {
    return Error(ErrorCode::kInvalidArgument,
                 "the name of the tables' schema is empty, longer than 63 bytes, or that of "
                 "another's: choose another one");
  }
  const std::vector<PgTable> tables = PgTablesOf(schema, pg_schema);
  Opener opener(owner, schema, pg_schema);
  // Most find nothing to do, and need not wait for each other to find that.
  const auto done = [&]() -> absl::StatusOr<bool> {
    PgOwnersTransaction look(owner);
    absl::Status begun = look.Begin("ISOLATION LEVEL REPEATABLE READ READ WRITE");
    if (!begun.ok()) return begun;
    auto all = opener.IsNoted(migrations.version);
    if (all.ok() && *all) all = opener.Agree(Opener::Missing::kTell);
    if (all.ok() && *all) all = PgInstalledHere(owner, options, tables);
    return all;
  }();
  // What is wrong is said by who is alone: this may have been somebody's work in between.
  if (done.ok() && *done) return absl::OkStatus();

  PgOwnersTransaction transaction(owner);
  if (absl::Status begun = transaction.BeginAlone(options); !begun.ok()) return begun;
  if (absl::Status ready = opener.PrepareSchema(); !ready.ok()) return ready;
  const auto version = opener.ReadVersion();
  if (!version.ok()) return version.status();
  if (!version->fresh) {
    absl::Status same = CheckVersion(*version, migrations.version, "the database");
    if (!same.ok()) return same;
  }
  absl::Status agreed = PgAgreeHere(owner, options, schema, pg_schema, migrations.version);
  if (!agreed.ok()) return agreed;
  return transaction.Commit();
}

}  // namespace cordon::internal
