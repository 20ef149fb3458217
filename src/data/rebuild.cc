// SPDX-License-Identifier: Apache-2.0
#include "data/rebuild.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <new>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"

namespace cordon::internal {
namespace {

std::string Join(const std::vector<std::string>& parts) {
  std::string list;
  for (const std::string& part : parts) {
    if (!list.empty()) list += ", ";
    list += part;
  }
  return list;
}

std::string NameList(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  quoted.reserve(names.size());
  for (const std::string& name : names) quoted.push_back(QuotedName(name));
  return Join(quoted);
}

// The tenant, and behind it what else is in a key or an index.
std::string TenantFirst(const ClassifiedCatalog& in, const std::vector<KeyItemText>& items) {
  std::vector<std::string> list = {QuotedName(in.tenant_column)};
  for (const KeyItemText& item : items) {
    if (!in.IsTenantColumn(item.column)) list.push_back(item.text);
  }
  return Join(list);
}

// `wish`, or with the first number behind it that makes it a name which is not taken.
template <class Taken>
std::string FreeName(const std::string& wish, const Taken& taken) {
  std::string name = wish;
  for (int number = 1; taken(name); ++number) name = wish + "_" + std::to_string(number);
  return name;
}

std::string ScratchName(const ClassifiedCatalog& in) {
  return FreeName("cordon_rebuild", [&](const std::string& name) {
    return std::any_of(
        in.catalog.statements.begin(), in.catalog.statements.end(),
        [&](const Catalog::Statement& statement) { return SameSqlName(statement.name, name); });
  });
}

std::string RowColumn(const ClassifiedCatalog& in, const std::vector<std::string>& columns) {
  return FreeName("id", [&](const std::string& name) {
    return in.IsTenantColumn(name) ||
           std::any_of(columns.begin(), columns.end(),
                       [&](const std::string& column) { return SameSqlName(column, name); });
  });
}

std::vector<std::string> ColumnNames(const CatalogTable& table) {
  std::vector<std::string> names;
  for (const CatalogColumn& column : table.columns) names.push_back(column.name);
  return names;
}

// What numbers the rows of a table that has no key of its own.
std::string RowNumber(const std::vector<std::string>& columns) {
  for (const char* alias : {"rowid", "_rowid_", "oid"}) {
    if (std::none_of(columns.begin(), columns.end(),
                     [&](const std::string& column) { return SameSqlName(column, alias); })) {
      return std::string("old.") + alias;
    }
  }
  return "row_number() OVER ()";
}

std::string TenantColumnSql(const ClassifiedCatalog& in, bool strict) {
  const std::string name = QuotedName(in.tenant_column);
  // Only STRICT keeps a text of 16 characters out of a BLOB column.
  const std::string blob = strict ? "" : "typeof(" + name + ") = 'blob' AND ";
  return name + " BLOB NOT NULL CHECK (" + blob + "length(" + name + ") = 16)";
}

// Statements that make a temporary table of the tenants that the file names in its own way. One
// such name becomes :tenant; a second one stops on the UNIQUE, because nobody said which is which.
void MapTenants(const ClassifiedCatalog& in, const std::string& table,
                std::vector<std::string>* statements) {
  const std::string name = QuotedName(in.tenant_column);
  statements->push_back(
      "CREATE TEMP TABLE IF NOT EXISTS \"cordon_tenant_map\" (\"found\" PRIMARY KEY, \"tenant\" "
      "BLOB NOT NULL UNIQUE CHECK (length(\"tenant\") = 16))");
  statements->push_back(
      "INSERT INTO temp.\"cordon_tenant_map\" (\"found\", \"tenant\")\nSELECT DISTINCT " + name +
      ", :tenant FROM main." + QuotedName(table) + "\nWHERE " + name +
      " IS NOT NULL AND NOT (typeof(" + name + ") = 'blob' AND length(" + name + ") = 16)\nAND " +
      name + " NOT IN (SELECT \"found\" FROM temp.\"cordon_tenant_map\")");
}

const Tie* TellingTie(const ClassifiedCatalog& in, const CatalogTable& table) {
  const auto tie = in.ties.find(table.name);
  return tie == in.ties.end() || tie->second.columns.empty() ? nullptr : &tie->second;
}

// The rows as `old`, with the ones that tell their tenants as `parent`. A join, because SQLite
// indexes the parents for it by itself.
std::string OldRows(const ClassifiedCatalog& in, const CatalogTable& table) {
  std::string from = "FROM main." + QuotedName(table.name) + " AS old";
  const Tie* const tie = TellingTie(in, table);
  if (tie == nullptr) return from;
  from += " LEFT JOIN main." + QuotedName(tie->parent->name) + " AS parent ON ";
  for (std::size_t i = 0; i < tie->columns.size(); ++i) {
    from += std::string(i == 0 ? "" : " AND ") + "parent." + QuotedName(tie->parent_columns[i]) +
            " = old." + QuotedName(tie->columns[i]);
  }
  return from;
}

// What the file says of a row's tenant; empty when it says nothing.
std::string KnownTenant(const ClassifiedCatalog& in, const CatalogTable& table) {
  if (table.Find(in.tenant_column) != nullptr) return "old." + QuotedName(in.tenant_column);
  return TellingTie(in, table) == nullptr ? "" : "parent." + QuotedName(in.tenant_column);
}

// Remembers that rows of `table` became :tenant's because nothing else was known of them.
void NoteGiven(const ClassifiedCatalog& in, const CatalogTable& table,
               std::vector<std::string>* statements) {
  const CatalogColumn* const tenant = table.Find(in.tenant_column);
  if (!in.has_tenants || (tenant != nullptr && tenant->not_null)) return;
  const std::string known = KnownTenant(in, table);
  statements->push_back("CREATE TEMP TABLE IF NOT EXISTS \"cordon_given\" (\"found\" INTEGER)");
  statements->push_back("INSERT INTO temp.\"cordon_given\" SELECT 1\n" + OldRows(in, table) +
                        (known.empty() ? "" : "\nWHERE " + known + " IS NULL") + " LIMIT 1");
}

std::string TenantValue(const ClassifiedCatalog& in, const CatalogTable& table, bool mapped) {
  const std::string known = KnownTenant(in, table);
  if (known.empty()) return ":tenant";
  if (!mapped) return "coalesce(" + known + ", :tenant)";
  return "CASE WHEN " + known + " IS NULL THEN :tenant WHEN typeof(" + known +
         ") = 'blob' AND length(" + known + ") = 16 THEN " + known +
         " ELSE (SELECT \"tenant\" FROM temp.\"cordon_tenant_map\" WHERE \"found\" = " + known +
         ") END";
}

std::string CreateIndex(const ClassifiedCatalog& in, const CatalogTable& table,
                        const CatalogIndex& index, const IndexText& text) {
  return std::string("CREATE ") + (index.unique ? "UNIQUE " : "") + "INDEX " +
         QuotedName(index.name) + " ON " + QuotedName(table.name) + " (" +
         TenantFirst(in, text.items) + ")" + text.where;
}

void PutInPlace(const std::string& scratch, const std::string& table,
                std::vector<std::string>* statements) {
  statements->push_back("DROP TABLE " + QuotedName(table));
  statements->push_back("ALTER TABLE " + QuotedName(scratch) + " RENAME TO " + QuotedName(table));
}

std::set<std::string> Folded(const std::vector<std::string>& columns) {
  std::set<std::string> set;
  for (const std::string& column : columns) set.insert(absl::AsciiStrToLower(column));
  return set;
}

// Column sets that are unique in the table: as it is, or with the tenant in front.
std::vector<std::set<std::string>> UniqueSets(const CatalogTable& table,
                                              const std::string* tenant_column) {
  std::vector<std::set<std::string>> sets;
  const auto add = [&](const std::vector<std::string>& columns) {
    sets.push_back(Folded(columns));
    if (tenant_column != nullptr) sets.back().insert(absl::AsciiStrToLower(*tenant_column));
  };
  if (const std::vector<std::string> key = table.Key(); !key.empty()) add(key);
  for (const CatalogIndex& index : table.indexes) {
    const bool columns_only =
        std::none_of(index.columns.begin(), index.columns.end(),
                     [](const std::string& column) { return column.empty(); });
    if (index.unique && !index.partial && columns_only) add(index.columns);
  }
  return sets;
}

bool IsUnique(const CatalogTable& table, const std::vector<std::string>& columns,
              const std::string* tenant_column) {
  const std::vector<std::set<std::string>> sets = UniqueSets(table, tenant_column);
  return std::find(sets.begin(), sets.end(), Folded(columns)) != sets.end();
}

Tie TieThrough(const ClassifiedCatalog& in, const CatalogTable& table,
               const CatalogForeignKey& key) {
  Tie tie;
  const CatalogTable* const parent = in.catalog.Find(key.parent);
  if (parent == nullptr || !in.IsTenants(*parent)) return tie;
  if (parent->Find(in.tenant_column) == nullptr) {
    const auto through = in.ties.find(parent->name);
    if (through == in.ties.end()) return tie;
    tie.distance = through->second.distance;
  }
  ++tie.distance;
  tie.parent = parent;
  const ForeignKeyPlan plan = PlanForeignKey(in, table, key);
  if (plan.columns.empty()) return tie;
  const std::vector<std::string> to(plan.parent_columns.begin() + 1, plan.parent_columns.end());
  if (!IsUnique(*parent, to, nullptr)) return tie;
  tie.columns.assign(plan.columns.begin() + 1, plan.columns.end());
  tie.parent_columns = to;
  return tie;
}

}  // namespace

ClassifiedCatalog::ClassifiedCatalog(const Catalog& catalog_read, const std::string& column,
                                     const std::vector<std::string>& globals)
    : catalog(catalog_read), tenant_column(column), global_tables(globals) {
  for (const CatalogTable& table : catalog.tables) {
    has_tenants = has_tenants || (IsTenants(table) && table.Find(tenant_column) != nullptr);
  }
  for (bool more = has_tenants; more;) {
    more = false;
    for (const CatalogTable& table : catalog.tables) {
      if (!IsTenants(table) || table.Find(tenant_column) != nullptr || ties.contains(table.name)) {
        continue;
      }
      Tie best;
      for (const CatalogForeignKey& key : table.foreign_keys) {
        Tie tie = TieThrough(*this, table, key);
        if (best.parent == nullptr || (best.columns.empty() && !tie.columns.empty())) {
          best = std::move(tie);
        }
      }
      if (best.parent == nullptr) continue;
      ties[table.name] = std::move(best);
      more = true;
    }
  }
}

bool ClassifiedCatalog::IsGlobal(std::string_view table) const {
  return std::any_of(global_tables.begin(), global_tables.end(),
                     [&](const std::string& global) { return SameSqlName(global, table); });
}

bool ClassifiedCatalog::IsTenants(const CatalogTable& table) const {
  return table.kind == CatalogTable::Kind::kTable && !IsGlobal(table.name) &&
         !BeginsWithSqlName(table.name, "cordon_") && !BeginsWithSqlName(table.name, "sqlite_");
}

bool ClassifiedCatalog::HoldsTenantsOnly(const CatalogTable& table) const {
  const CatalogColumn* const column = table.Find(tenant_column);
  if (column == nullptr || !SameSqlName(column->type, "BLOB")) return false;
  const std::optional<TableText> text = ParseCreateTable(table.sql);
  if (!text.has_value()) return false;
  const auto found =
      std::find_if(text->columns.begin(), text->columns.end(),
                   [&](const ColumnText& candidate) { return IsTenantColumn(candidate.name); });
  if (found == text->columns.end()) return false;
  // No pragma tells what a CHECK demands; a table with nothing but this column does.
  std::vector<std::string> checks = {""};
  for (const std::string& check : text->checks) checks.push_back(", " + check);
  std::set<std::string> wrong = {"zeroblob(15)", "zeroblob(17)", "'sixteen letters.'"};
  for (const std::string& check : checks) {
    const Database db = OpenScratch();
    // A CHECK that speaks of other columns cannot be made here, and says nothing here: not even
    // when SQLite would take their quoted names for texts.
    sqlite3_db_config(db.get(), SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    if (!TryStatement(db.get(), "CREATE TABLE probe (" + QuotedName(column->name) + " BLOB " +
                                    found->constraints + check + ")" +
                                    (table.strict ? " STRICT" : ""))) {
      continue;
    }
    if (!TryStatement(db.get(), "INSERT INTO probe VALUES (randomblob(16))")) return false;
    std::erase_if(wrong, [&](const std::string& value) {
      return !TryStatement(db.get(), "INSERT INTO probe VALUES (" + value + ")");
    });
  }
  return wrong.empty();
}

ForeignKeyPlan PlanForeignKey(const ClassifiedCatalog& in, const CatalogTable& child,
                              const CatalogForeignKey& key) {
  using Verdict = ForeignKeyPlan::Verdict;
  const CatalogTable* const parent = in.catalog.Find(key.parent);
  if (parent == nullptr || parent->kind != CatalogTable::Kind::kTable) {
    return {Verdict::kBroken, {}, {}};
  }
  const bool to_tenant = in.IsTenants(*parent);
  if (to_tenant && !in.IsTenants(child)) {
    return {Verdict::kGlobalToTenant, key.columns, key.parent_columns};
  }
  std::vector<std::string> to = key.parent_columns;
  if (to.empty()) {
    to = parent->Key();
    if (to_tenant && to.size() == key.columns.size() + 1) {
      std::erase_if(to, [&](const std::string& column) { return in.IsTenantColumn(column); });
    }
  }
  if (to.size() != key.columns.size()) return {Verdict::kBroken, {}, {}};

  ForeignKeyPlan plan;
  bool paired = false;  // the tenant with the tenant
  bool mixed = false;   // the tenant with something else
  for (std::size_t i = 0; i < to.size(); ++i) {
    const bool from_column = in.IsTenantColumn(key.columns[i]);
    const bool to_column = to_tenant && in.IsTenantColumn(to[i]);
    paired = paired || (from_column && to_column);
    mixed = mixed || from_column != to_column;
    if (from_column || to_column) continue;
    plan.columns.push_back(key.columns[i]);
    plan.parent_columns.push_back(to[i]);
  }
  if (!in.IsTenants(child)) {
    plan = {Verdict::kGood, key.columns, to};
  } else if (!to_tenant) {
    if (mixed) return {Verdict::kWithoutTenant, {}, {}};
  } else {
    if (!paired || mixed) plan.verdict = Verdict::kWithoutTenant;
    if (plan.columns.empty()) return {Verdict::kWithoutTenant, {}, {}};
    plan.columns.insert(plan.columns.begin(), in.tenant_column);
    plan.parent_columns.insert(plan.parent_columns.begin(), in.tenant_column);
  }
  if (!IsUnique(*parent, plan.parent_columns, to_tenant ? &in.tenant_column : nullptr)) {
    return {Verdict::kBroken, {}, {}};
  }
  return plan;
}

std::vector<std::string> GuardTenants(const ClassifiedCatalog& in) {
  if (!in.has_tenants) return {};
  std::vector<std::string> statements = {
      "CREATE TEMP TABLE IF NOT EXISTS \"cordon_given\" (\"found\" INTEGER)",
      "CREATE TEMP TABLE \"cordon_strangers\" (\"found\" INTEGER CONSTRAINT \"the file holds rows "
      "of "
      "other tenants, and rows of which it does not say whose they are\" CHECK (\"found\" = 0))"};
  for (const CatalogTable& table : in.catalog.tables) {
    if (!in.IsTenants(table) || table.Find(in.tenant_column) == nullptr) continue;
    statements.push_back("INSERT INTO temp.\"cordon_strangers\" SELECT 1 FROM main." +
                         QuotedName(table.name) + "\nWHERE " + QuotedName(in.tenant_column) +
                         " <> :tenant AND EXISTS (SELECT 1 FROM temp.\"cordon_given\") LIMIT 1");
  }
  statements.emplace_back("DROP TABLE temp.\"cordon_strangers\"");
  statements.emplace_back("DROP TABLE temp.\"cordon_given\"");
  return statements;
}

std::vector<std::string> RebuildTable(const ClassifiedCatalog& in, const CatalogTable& table) {
  const std::optional<TableText> text = ParseCreateTable(table.sql);
  if (!text.has_value() || text->columns.size() != table.columns.size() ||
      text->key.has_value() == table.Key().empty()) {
    return {};
  }
  const std::vector<std::string> names = ColumnNames(table);
  std::vector<std::string> body = {TenantColumnSql(in, table.strict)};
  const bool mapped = table.Find(in.tenant_column) != nullptr && !in.HoldsTenantsOnly(table);
  std::vector<std::string> into = {QuotedName(in.tenant_column)};
  std::vector<std::string> from = {TenantValue(in, table, mapped)};

  std::vector<KeyItemText> key;
  if (text->key.has_value()) {
    key = text->key->items;
  } else {
    const std::string id = RowColumn(in, names);
    key = {{id, QuotedName(id)}};
    body.push_back(QuotedName(id) + " INTEGER NOT NULL");
    into.push_back(QuotedName(id));
    from.push_back(RowNumber(names));
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ColumnText& column = text->columns[i];
    if (!SameSqlName(column.name, names[i])) return {};
    if (in.IsTenantColumn(column.name)) continue;
    const bool in_key = table.columns[i].key_place > 0;
    body.push_back(QuotedName(column.name) + (column.type.empty() ? "" : " ") + column.type +
                   column.constraints + (in_key && !column.not_null ? " NOT NULL" : ""));
    if (table.columns[i].generated) continue;
    into.push_back(QuotedName(column.name));
    from.push_back("old." + QuotedName(column.name));
  }
  const std::string key_prefix = text->key.has_value() ? text->key->prefix : "";
  const std::string key_suffix = text->key.has_value() ? text->key->suffix : "";
  body.push_back(key_prefix + "PRIMARY KEY (" + TenantFirst(in, key) + ")" + key_suffix);
  for (const KeyText& unique : text->uniques) {
    body.push_back(unique.prefix + "UNIQUE (" + TenantFirst(in, unique.items) + ")" +
                   unique.suffix);
  }
  for (const ForeignKeyText& reference : text->foreign_keys) {
    const ForeignKeyPlan plan = PlanForeignKey(
        in, table, {reference.columns, reference.parent, reference.parent_columns, false});
    if (plan.columns.empty()) continue;
    body.push_back(reference.prefix + "FOREIGN KEY (" + NameList(plan.columns) + ") REFERENCES " +
                   QuotedName(reference.parent) + " (" + NameList(plan.parent_columns) + ")" +
                   reference.suffix);
  }
  body.insert(body.end(), text->checks.begin(), text->checks.end());

  std::vector<std::string> statements;
  NoteGiven(in, table, &statements);
  if (mapped) MapTenants(in, table.name, &statements);
  const std::string scratch = ScratchName(in);
  std::string create = "CREATE TABLE " + QuotedName(scratch) + " (";
  for (std::size_t i = 0; i < body.size(); ++i) create += (i == 0 ? "\n  " : ",\n  ") + body[i];
  statements.push_back(create + "\n) " + (table.strict ? "STRICT, " : "") + "WITHOUT ROWID");
  statements.push_back("INSERT INTO " + QuotedName(scratch) + " (" + Join(into) + ")\nSELECT " +
                       Join(from) + "\n" + OldRows(in, table));
  PutInPlace(scratch, table.name, &statements);
  for (const CatalogIndex& index : table.indexes) {
    if (index.origin != 'c') continue;
    const std::optional<IndexText> parsed = ParseCreateIndex(index.sql);
    if (!parsed.has_value()) return {};
    statements.push_back(CreateIndex(in, table, index, *parsed));
  }
  return statements;
}

std::vector<std::string> RebuildIndex(const ClassifiedCatalog& in, const CatalogTable& table,
                                      const CatalogIndex& index) {
  const std::optional<IndexText> text = ParseCreateIndex(index.sql);
  if (!text.has_value()) return {};
  return {"DROP INDEX " + QuotedName(index.name), CreateIndex(in, table, index, *text)};
}

std::vector<std::string> ReplaceVirtualTable(const ClassifiedCatalog& in,
                                             const CatalogTable& table) {
  if (!table.known_module) return {};
  const bool full_text = BeginsWithSqlName(table.module, "fts");
  const std::string shadow = table.name + (full_text ? "_content" : "_");
  const bool keeps_rows = std::any_of(in.catalog.tables.begin(), in.catalog.tables.end(),
                                      [&](const CatalogTable& other) {
                                        return other.kind == CatalogTable::Kind::kShadow &&
                                               (full_text ? SameSqlName(other.name, shadow)
                                                          : BeginsWithSqlName(other.name, shadow));
                                      });
  if (!keeps_rows) return {"DROP TABLE " + QuotedName(table.name)};

  std::vector<std::string> names;
  for (const CatalogColumn& column : table.columns) {
    if (!column.hidden) names.push_back(column.name);
  }
  const std::string id = RowColumn(in, names);
  std::string create =
      "  " + TenantColumnSql(in, false) + ",\n  " + QuotedName(id) + " INTEGER NOT NULL";
  std::vector<std::string> into = {QuotedName(in.tenant_column), QuotedName(id)};
  const bool mapped = table.Find(in.tenant_column) != nullptr;
  std::vector<std::string> from = {TenantValue(in, table, mapped), RowNumber(names)};
  std::vector<std::string> statements;
  NoteGiven(in, table, &statements);
  if (mapped) MapTenants(in, table.name, &statements);
  for (const std::string& name : names) {
    if (in.IsTenantColumn(name)) continue;
    create += ",\n  " + QuotedName(name);
    into.push_back(QuotedName(name));
    from.push_back("old." + QuotedName(name));
  }
  const std::string scratch = ScratchName(in);
  statements.push_back("CREATE TABLE " + QuotedName(scratch) + " (\n" + create +
                       ",\n  PRIMARY KEY (" + QuotedName(in.tenant_column) + ", " + QuotedName(id) +
                       ")\n) WITHOUT ROWID");
  statements.push_back("INSERT INTO " + QuotedName(scratch) + " (" + Join(into) + ")\nSELECT " +
                       Join(from) + "\n" + OldRows(in, table));
  PutInPlace(scratch, table.name, &statements);
  return statements;
}

bool TryStatement(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code == SQLITE_OK && statement != nullptr) {
    const int tenant = sqlite3_bind_parameter_index(statement, ":tenant");
    if (tenant > 0) sqlite3_bind_zeroblob(statement, tenant, 16);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    }
  }
  sqlite3_finalize(statement);
  if ((code & 0xFF) == SQLITE_NOMEM) throw std::bad_alloc();
  return code == SQLITE_DONE;
}

Database OpenScratch() {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(
      ":memory:", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX, nullptr);
  Database db(raw);
  if (code != SQLITE_OK) throw std::bad_alloc();  // there is nothing else to run out of
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_FKEY, 0, nullptr);
  sqlite3_limit(raw, SQLITE_LIMIT_ATTACHED, 0);
  return db;
}

}  // namespace cordon::internal
