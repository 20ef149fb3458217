// SPDX-License-Identifier: Apache-2.0
#include "cordon/data/schema_check.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "cordon/store/error.h"
#include "data/catalog.h"
#include "data/declaration.h"
#include "data/rebuild.h"
#include "store/guard.h"
#include "store/text.h"

namespace cordon {
namespace {

using internal::Catalog;
using internal::CatalogColumn;
using internal::CatalogForeignKey;
using internal::CatalogIndex;
using internal::CatalogTable;
using internal::CatalogTrigger;
using internal::ClassifiedCatalog;
using internal::ForeignKeyPlan;
using internal::QuotedName;
using internal::Said;
using internal::Shown;
using Code = SchemaFindingCode;

std::string Said(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    list += (list.empty() ? "" : ", ") + (name.empty() ? "an expression" : Said(name));
  }
  return "(" + list + ")";
}

// --- findings
// -------------------------------------------------------------------------------------

class Findings {
 public:
  explicit Findings(const ClassifiedCatalog& in) : in_(in) {
    for (const CatalogTable& table : in.catalog.tables) Check(table);
    for (const CatalogTrigger& trigger : in.catalog.triggers) {
      Add(Code::kTrigger, SchemaSeverity::kError, trigger.table, trigger.name,
          "the trigger " + Said(trigger.name) +
              " runs beyond the statement that was checked: do its work in the transaction that "
              "writes the row");
    }
    std::stable_sort(
        found_.begin(), found_.end(), [](const SchemaFinding& a, const SchemaFinding& b) {
          return std::tie(a.table, a.code, a.object) < std::tie(b.table, b.code, b.object);
        });
  }

  [[nodiscard]] std::vector<SchemaFinding> Take() { return std::move(found_); }

 private:
  void Add(Code code, SchemaSeverity severity, const std::string& table, const std::string& object,
           std::string message) {
    found_.push_back({code, severity, table, object, std::move(message), std::nullopt});
  }

  void Check(const CatalogTable& table) {
    if (table.kind == CatalogTable::Kind::kView) {
      Add(Code::kView, SchemaSeverity::kError, table.name, "",
          "the view reads tables past the tenant's filter: write its SELECT where it is used");
    } else if (table.kind == CatalogTable::Kind::kVirtual) {
      CheckVirtual(table);
    } else if (internal::BeginsWithSqlName(table.name, "sqlite_stat")) {
      Add(Code::kStatistics, SchemaSeverity::kError, table.name, "",
          "gathered statistics let one tenant's rows choose another tenant's plans, and which rows "
          "a LIMIT keeps: never run ANALYZE on a shared file");
    } else if (in_.IsTenants(table)) {
      CheckTenants(table);
    } else if (in_.IsGlobal(table.name)) {
      CheckGlobal(table);
    }
  }

  void CheckVirtual(const CatalogTable& table) {
    const std::string unknown =
        table.known_module ? ""
                           : "; this SQLite does not have its module, so drop it with the program "
                             "that made it";
    if (internal::BeginsWithSqlName(table.module, "fts")) {
      Add(Code::kFullTextTable, SchemaSeverity::kError, table.name, "",
          "the full-text table indexes and ranks the words of all tenants together: keep its rows "
          "in an ordinary table" +
              unknown);
    } else {
      Add(Code::kVirtualTable, SchemaSeverity::kError, table.name, "",
          "the virtual table keeps or shows rows by its own rules, which no lock sees: keep its "
          "rows in an ordinary table" +
              unknown);
    }
  }

  void CheckShape(const CatalogTable& table) {
    if (!table.strict) {
      Add(Code::kNotStrict, SchemaSeverity::kNote, table.name, "",
          "the table is not STRICT: a column may hold values of another type than it declares");
    }
    if (!table.without_rowid) {
      Add(Code::kHasRowid, SchemaSeverity::kNote, table.name, "",
          "the table is not WITHOUT ROWID: its rows also have numbers that all tenants share");
    }
  }

  void CheckGlobal(const CatalogTable& table) {
    if (const CatalogColumn* column = table.Find(in_.tenant_column); column != nullptr) {
      Add(Code::kGlobalHasTenant, SchemaSeverity::kError, table.name, column->name,
          "the table is declared global but has the tenant column: take it off the list of global "
          "tables");
    }
    for (const CatalogForeignKey& key : table.foreign_keys) {
      const ForeignKeyPlan plan = PlanForeignKey(in_, table, key);
      if (plan.verdict == ForeignKeyPlan::Verdict::kGlobalToTenant) {
        Add(Code::kGlobalRefersToTenant, SchemaSeverity::kError, table.name, Said(key.columns),
            "the table is declared global but its foreign key " + Said(key.columns) +
                " refers to the tenants' table " + Said(key.parent) +
                ": take it off the list of global tables, or declare the other one global too");
      } else {
        CheckForeignKey(table, key);
      }
    }
    CheckShape(table);
  }

  void CheckTenants(const CatalogTable& table) {
    const CatalogColumn* const tenant = table.Find(in_.tenant_column);
    if (tenant != nullptr) {
      CheckTenantColumn(table, *tenant);
    } else if (const auto tie = in_.ties.find(table.name); tie != in_.ties.end()) {
      Add(Code::kMustBeTenantTable, SchemaSeverity::kError, table.name, "",
          "the table has no column " + Said(in_.tenant_column) +
              " but refers to the tenants' table " + Said(tie->second.parent->name) +
              ": its rows are the tenant's of the row they refer to");
    } else {
      Add(Code::kUnclassifiedTable, SchemaSeverity::kError, table.name, "",
          "the table has no column " + Said(in_.tenant_column) +
              " and is not declared global: make it a tenants' table, or declare it global when "
              "its rows are everybody's");
    }
    if (const std::vector<std::string> key = table.Key();
        key.empty() || !in_.IsTenantColumn(key[0])) {
      Add(Code::kKeyWithoutTenant, SchemaSeverity::kError, table.name, "",
          (key.empty() ? "the table has no primary key"
                       : "the primary key " + Said(key) + " does not begin with the tenant") +
              std::string(": two tenants could not have the same key, or would learn of it"));
    }
    if (table.autoincrement) {
      Add(Code::kAutoincrement, SchemaSeverity::kError, table.name, "",
          "AUTOINCREMENT numbers the rows of all tenants in one sequence, whose gaps tell what the "
          "others do: number them per tenant");
    }
    for (const CatalogIndex& index : table.indexes) CheckIndex(table, index);
    for (const CatalogForeignKey& key : table.foreign_keys) CheckForeignKey(table, key);
    CheckShape(table);
  }

  void CheckTenantColumn(const CatalogTable& table, const CatalogColumn& tenant) {
    if (!tenant.not_null) {
      Add(Code::kTenantNullable, SchemaSeverity::kError, table.name, tenant.name,
          "the tenant column may be NULL: such rows are nobody's");
    }
    if (!in_.HoldsTenantsOnly(table)) {
      Add(Code::kTenantNot16Bytes, SchemaSeverity::kError, table.name, tenant.name,
          "the tenant column takes other values than BLOBs of 16 bytes, which is what a TenantId "
          "is");
    }
    if (tenant.has_default || tenant.generated) {
      Add(Code::kTenantDefault, SchemaSeverity::kError, table.name, tenant.name,
          "the tenant column has a value of its own: a row whose tenant was forgotten would become "
          "that tenant's");
    }
  }

  void CheckIndex(const CatalogTable& table, const CatalogIndex& index) {
    if (index.origin == 'p' || index.columns.empty() || in_.IsTenantColumn(index.columns[0])) {
      return;
    }
    const bool holds_tenant =
        std::any_of(index.columns.begin(), index.columns.end(),
                    [&](const std::string& column) { return in_.IsTenantColumn(column); });
    const std::string what = index.origin == 'u'
                                 ? "the constraint UNIQUE " + Said(index.columns)
                                 : "the index " + Said(index.name) + " on " + Said(index.columns);
    const std::string object = index.origin == 'u' ? Said(index.columns) : index.name;
    if (!index.unique) {
      Add(Code::kIndexWithoutTenant, SchemaSeverity::kWarning, table.name, object,
          what +
              " does not begin with the tenant: it is read across all tenants' rows or not at "
              "all");
    } else if (holds_tenant) {
      Add(Code::kUniqueNotTenantFirst, SchemaSeverity::kWarning, table.name, object,
          what + " does not begin with the tenant: a tenant's rows are found across everybody's");
    } else {
      Add(Code::kUniqueWithoutTenant, SchemaSeverity::kError, table.name, object,
          what + " omits the tenant: one tenant's value is refused because another has it");
    }
  }

  void CheckForeignKey(const CatalogTable& table, const CatalogForeignKey& key) {
    const ForeignKeyPlan plan = PlanForeignKey(in_, table, key);
    const std::string what = "the foreign key " + Said(key.columns) + " to " + Said(key.parent);
    const std::string object = Said(key.columns);
    switch (plan.verdict) {
      case ForeignKeyPlan::Verdict::kBroken:
        Add(Code::kForeignKeyBroken, SchemaSeverity::kError, table.name, object,
            what +
                " names no table with such a unique key: with foreign keys on, no row can be "
                "written");
        break;
      case ForeignKeyPlan::Verdict::kWithoutTenant:
        Add(Code::kForeignKeyWithoutTenant, SchemaSeverity::kError, table.name, object,
            what + (plan.columns.empty()
                        ? " takes the tenant for something else than the tenant of the other row"
                        : " does not hold the tenant on both sides: a row could name another "
                          "tenant's, and learn that it exists"));
        break;
      case ForeignKeyPlan::Verdict::kGood:
      case ForeignKeyPlan::Verdict::kGlobalToTenant:
        break;
    }
    if (key.sets_columns && !plan.columns.empty() && in_.IsTenantColumn(plan.columns[0])) {
      Add(Code::kForeignKeySetsTenant, SchemaSeverity::kWarning, table.name, object,
          what +
              " has SET NULL or SET DEFAULT, which would set the tenant as well: clear the "
              "column in the transaction that deletes the parent");
    }
  }

  const ClassifiedCatalog& in_;
  std::vector<SchemaFinding> found_;
};

// --- fixes
// ----------------------------------------------------------------------------------------

// What is dropped stays readable in the script.
std::string AsComment(std::string_view sql) {
  std::string comment = "-- ";
  for (const char c : Shown(sql, true)) {
    comment += c;
    if (c == '\n') comment += "-- ";
  }
  return comment + "\n";
}

// Findings that a new table takes away, and that a new index alone does not.
bool NeedsRebuild(const SchemaFinding& finding, const CatalogTable& table) {
  switch (finding.code) {
    case Code::kUnclassifiedTable:
    case Code::kMustBeTenantTable:
    case Code::kKeyWithoutTenant:
    case Code::kForeignKeyWithoutTenant:
    case Code::kForeignKeyBroken:
    case Code::kForeignKeySetsTenant:
    case Code::kTenantNullable:
    case Code::kTenantNot16Bytes:
    case Code::kTenantDefault:
    case Code::kAutoincrement:
      return true;
    case Code::kUniqueWithoutTenant:
    case Code::kUniqueNotTenantFirst:
      return std::none_of(table.indexes.begin(), table.indexes.end(), [&](const auto& index) {
        return index.origin == 'c' && index.name == finding.object;
      });
    default:
      return false;
  }
}

struct TriedFix {
  SchemaFix fix;
  std::vector<std::size_t> findings;
  bool works = true;
};

// One fix for each trigger, view, table or index that needs one, in the order to run them in:
// nothing may be left that refers to a table while it is away.
std::vector<TriedFix> PlanFixes(const ClassifiedCatalog& in,
                                const std::vector<SchemaFinding>& findings) {
  std::map<std::tuple<int, int, std::string>, TriedFix> fixes;
  const auto add = [&](int step, const std::string& key, std::size_t finding,
                       const auto& statements) {
    // A row that takes its tenant from its parent comes after it.
    const auto tie = in.ties.find(key);
    TriedFix& fix = fixes[{step, tie == in.ties.end() ? 0 : tie->second.distance, key}];
    if (fix.findings.empty()) fix.fix = {findings[finding].table, statements()};
    fix.findings.push_back(finding);
  };
  std::set<std::string> rebuilt;
  for (const SchemaFinding& finding : findings) {
    const CatalogTable* const table = in.catalog.Find(finding.table);
    if (table != nullptr && in.IsTenants(*table) && NeedsRebuild(finding, *table)) {
      rebuilt.insert(table->name);
    }
  }
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const SchemaFinding& finding = findings[i];
    const CatalogTable* const table = in.catalog.Find(finding.table);
    if (finding.code == Code::kTrigger) {
      for (const CatalogTrigger& trigger : in.catalog.triggers) {
        if (trigger.name != finding.object) continue;
        add(0, trigger.name, i, [&]() -> std::vector<std::string> {
          return {AsComment(trigger.sql) + "DROP TRIGGER " + QuotedName(trigger.name)};
        });
      }
    } else if (table == nullptr || finding.severity == SchemaSeverity::kNote) {
      continue;
    } else if (finding.code == Code::kView) {
      add(1, table->name, i, [&]() -> std::vector<std::string> {
        return {AsComment(table->sql) + "DROP VIEW " + QuotedName(table->name)};
      });
    } else if (table->kind == CatalogTable::Kind::kVirtual) {
      add(2, table->name, i, [&] { return ReplaceVirtualTable(in, *table); });
    } else if (finding.code == Code::kStatistics) {
      add(5, table->name, i, [&]() -> std::vector<std::string> {
        return {"DROP TABLE IF EXISTS " + QuotedName(table->name)};
      });
    } else if (rebuilt.contains(table->name)) {
      add(3, table->name, i, [&] { return RebuildTable(in, *table); });
    } else if (in.IsTenants(*table)) {
      for (const CatalogIndex& index : table->indexes) {
        if (index.origin != 'c' || index.name != finding.object) continue;
        add(4, index.name, i, [&] { return RebuildIndex(in, *table, index); });
      }
    }
  }
  const bool gives = std::any_of(
      in.catalog.tables.begin(), in.catalog.tables.end(), [&](const CatalogTable& table) {
        const CatalogColumn* const tenant = table.Find(in.tenant_column);
        return rebuilt.contains(table.name) && (tenant == nullptr || !tenant->not_null);
      });
  if (gives && in.has_tenants) fixes[{6, 0, ""}].fix = {"", GuardTenants(in)};
  std::vector<TriedFix> list;
  for (auto& [place, fix] : fixes) {
    fix.works = !fix.fix.statements.empty();
    list.push_back(std::move(fix));
  }
  return list;
}

// An unknown module's own tables look like ordinary ones; they go with it, never before.
void LeaveShadows(const Catalog& catalog, std::vector<TriedFix>* fixes) {
  for (const CatalogTable& table : catalog.tables) {
    if (table.kind != CatalogTable::Kind::kVirtual || table.known_module) continue;
    for (TriedFix& fix : *fixes) {
      if (internal::BeginsWithSqlName(fix.fix.table, table.name + "_")) fix.works = false;
    }
  }
}

bool KeepsColumns(const CatalogTable& before, const CatalogTable& after,
                  const ClassifiedCatalog& in) {
  return std::all_of(before.columns.begin(), before.columns.end(), [&](const CatalogColumn& was) {
    if (was.hidden || in.IsTenantColumn(was.name)) return true;
    const CatalogColumn* const now = after.Find(was.name);
    if (now == nullptr) return false;
    if (before.kind == CatalogTable::Kind::kVirtual) return true;
    return now->type == was.type && (now->not_null == was.not_null || was.key_place > 0) &&
           now->has_default == was.has_default && now->generated == was.generated;
  });
}

// Runs all fixes that still work on an empty copy of the schema and gives up those that fail or
// leave something to find. False when one more was given up, so that the rest has to be tried
// again.
absl::StatusOr<bool> TryFixes(const ClassifiedCatalog& in, std::vector<TriedFix>* fixes) {
  const internal::Database db = internal::OpenScratch();
  for (const Catalog::Statement& statement : in.catalog.statements) {
    const CatalogTable* const table = in.catalog.Find(statement.name);
    if (table != nullptr && table->kind == CatalogTable::Kind::kShadow) continue;
    // What cannot be made here cannot be repaired here either, which then shows.
    (void)internal::TryStatement(db.get(), statement.sql);
  }
  bool all = true;
  const auto give_up = [&](TriedFix& fix) {
    fix.works = false;
    all = false;
  };
  for (TriedFix& fix : *fixes) {
    if (!fix.works) continue;
    const bool begun = internal::TryStatement(db.get(), "SAVEPOINT fix");
    const bool done = begun && std::all_of(fix.fix.statements.begin(), fix.fix.statements.end(),
                                           [&](const std::string& statement) {
                                             return internal::TryStatement(db.get(), statement);
                                           });
    if (!done) {
      give_up(fix);
      (void)internal::TryStatement(db.get(), "ROLLBACK TO fix");
    }
    (void)internal::TryStatement(db.get(), "RELEASE fix");
  }
  absl::StatusOr<Catalog> after = internal::ReadCatalog(db.get());
  if (!after.ok()) return after.status();
  const ClassifiedCatalog then(*after, in.tenant_column, in.global_tables);
  std::set<std::string> unclean;
  for (const SchemaFinding& finding : Findings(then).Take()) {
    if (finding.severity != SchemaSeverity::kNote) unclean.insert(finding.table);
  }
  for (TriedFix& fix : *fixes) {
    if (!fix.works) continue;
    const CatalogTable* const was = in.catalog.Find(fix.fix.table);
    const CatalogTable* const now = after->Find(fix.fix.table);
    bool lost = false;
    if (was != nullptr && now != nullptr) {
      // With no rows, this fails only where a parent has no such unique key.
      lost = !KeepsColumns(*was, *now, in) ||
             !internal::TryStatement(db.get(),
                                     "PRAGMA foreign_key_check(" + QuotedName(now->name) + ")");
    }
    if (unclean.contains(fix.fix.table) || lost) give_up(fix);
  }
  return all;
}

SchemaTableKind KindOf(const ClassifiedCatalog& in, const CatalogTable& table) {
  switch (table.kind) {
    case CatalogTable::Kind::kView:
      return SchemaTableKind::kView;
    case CatalogTable::Kind::kVirtual:
      return SchemaTableKind::kVirtual;
    case CatalogTable::Kind::kShadow:
      return SchemaTableKind::kShadow;
    case CatalogTable::Kind::kTable:
      break;
  }
  if (in.IsGlobal(table.name)) return SchemaTableKind::kGlobal;
  if (!in.IsTenants(table)) return SchemaTableKind::kCordon;
  return table.Find(in.tenant_column) != nullptr ? SchemaTableKind::kTenant
                                                 : SchemaTableKind::kUnclassified;
}

// What a product's own file says of its tables need not be asked of an operator.
absl::Status AddDeclaredGlobals(sqlite3* db, const Catalog& catalog,
                                std::vector<std::string>* global_tables) {
  internal::Declaration claim;
  absl::Status read = claim.Read(db, catalog, internal::Declaration::Source::kClaim);
  if (CodeOf(read) == ErrorCode::kSchemaDrift) return absl::OkStatus();
  if (!read.ok()) return read;
  const internal::SchemaView schema = claim.schema();
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    if (schema.tables[t].kind != internal::TableKind::kGlobal) continue;
    global_tables->emplace_back(schema.tables[t].name);
  }
  return absl::OkStatus();
}

absl::StatusOr<SchemaReport> Check(const SchemaCheckOptions& options) {
  if (!internal::IsName(options.tenant_column, 128)) {
    return internal::Error(ErrorCode::kInvalidArgument,
                           "the tenant column's name is 1 to 128 bytes of text without control "
                           "characters: correct tenant_column");
  }
  Catalog catalog;
  std::vector<std::string> global_tables = options.global_tables;
  absl::Status read = internal::ReadFile(options.path, [&](sqlite3* db, Catalog all) {
    catalog = std::move(all);
    return AddDeclaredGlobals(db, catalog, &global_tables);
  });
  if (!read.ok()) return read;
  for (const std::string& global : options.global_tables) {
    const CatalogTable* const table = catalog.Find(global);
    if (table == nullptr || table->kind != CatalogTable::Kind::kTable) {
      return internal::Error(
          ErrorCode::kInvalidArgument,
          "the file has no table " + Said(global) + ": correct the list of global tables");
    }
  }
  const ClassifiedCatalog in(catalog, options.tenant_column, global_tables);
  SchemaReport report;
  for (const CatalogTable& table : catalog.tables) {
    if (internal::BeginsWithSqlName(table.name, "sqlite_")) continue;
    report.tables.push_back({table.name, KindOf(in, table)});
  }
  report.findings = Findings(in).Take();
  std::vector<TriedFix> fixes = PlanFixes(in, report.findings);
  LeaveShadows(catalog, &fixes);
  // SQLite reads the whole schema again for each table that is put in place, so that trying takes
  // time with the square of their number: about half a minute here, and not more in any file.
  constexpr std::size_t kMostFixes = 1000;
  for (TriedFix& fix : fixes) fix.works = fix.works && fixes.size() <= kMostFixes;
  // Each pass but the last gives up at least one fix; a stranger's file does not get many.
  constexpr int kMostPasses = 16;
  for (int pass = 0; pass < kMostPasses; ++pass) {
    const absl::StatusOr<bool> all = TryFixes(in, &fixes);
    if (!all.ok()) return all.status();
    if (*all) break;
    if (pass + 1 == kMostPasses) {
      for (TriedFix& fix : fixes) fix.works = false;
    }
  }
  // The guard of the tenants is nothing by itself.
  if (std::none_of(fixes.begin(), fixes.end(),
                   [](const TriedFix& fix) { return fix.works && !fix.findings.empty(); })) {
    fixes.clear();
  }
  for (TriedFix& fix : fixes) {
    if (!fix.works) continue;
    for (const std::size_t finding : fix.findings) {
      report.findings[finding].fix = report.fixes.size();
    }
    report.fixes.push_back(std::move(fix.fix));
  }
  return report;
}

}  // namespace

std::string_view NameOf(SchemaFindingCode code) {
  switch (code) {
    case Code::kUnclassifiedTable:
      return "unclassified-table";
    case Code::kMustBeTenantTable:
      return "must-be-tenant-table";
    case Code::kKeyWithoutTenant:
      return "key-without-tenant";
    case Code::kUniqueWithoutTenant:
      return "unique-without-tenant";
    case Code::kUniqueNotTenantFirst:
      return "unique-not-tenant-first";
    case Code::kForeignKeyWithoutTenant:
      return "foreign-key-without-tenant";
    case Code::kForeignKeyBroken:
      return "foreign-key-broken";
    case Code::kForeignKeySetsTenant:
      return "foreign-key-sets-tenant";
    case Code::kTenantNullable:
      return "tenant-nullable";
    case Code::kTenantNot16Bytes:
      return "tenant-not-16-bytes";
    case Code::kTenantDefault:
      return "tenant-default";
    case Code::kAutoincrement:
      return "autoincrement";
    case Code::kView:
      return "view";
    case Code::kTrigger:
      return "trigger";
    case Code::kFullTextTable:
      return "full-text-table";
    case Code::kVirtualTable:
      return "virtual-table";
    case Code::kStatistics:
      return "statistics";
    case Code::kGlobalRefersToTenant:
      return "global-refers-to-tenant";
    case Code::kGlobalHasTenant:
      return "global-has-tenant";
    case Code::kIndexWithoutTenant:
      return "index-without-tenant";
    case Code::kNotStrict:
      return "not-strict";
    case Code::kHasRowid:
      return "has-rowid";
  }
  return "unknown";
}

std::string_view NameOf(SchemaSeverity severity) {
  switch (severity) {
    case SchemaSeverity::kNote:
      return "note";
    case SchemaSeverity::kWarning:
      return "warning";
    case SchemaSeverity::kError:
      return "error";
  }
  return "unknown";
}

std::string_view NameOf(SchemaTableKind kind) {
  switch (kind) {
    case SchemaTableKind::kTenant:
      return "tenant";
    case SchemaTableKind::kGlobal:
      return "global";
    case SchemaTableKind::kUnclassified:
      return "unclassified";
    case SchemaTableKind::kView:
      return "view";
    case SchemaTableKind::kVirtual:
      return "virtual";
    case SchemaTableKind::kShadow:
      return "shadow";
    case SchemaTableKind::kCordon:
      return "cordon";
  }
  return "unknown";
}

bool SchemaReport::clean() const {
  return Count(SchemaSeverity::kWarning) == 0 && Count(SchemaSeverity::kError) == 0;
}

std::size_t SchemaReport::Count(SchemaSeverity severity) const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [&](const SchemaFinding& finding) { return finding.severity == severity; }));
}

absl::StatusOr<SchemaReport> CheckSchema(const SchemaCheckOptions& options) {
  return internal::Guarded([&] { return Check(options); });
}

std::vector<std::string> MigrationStatements(const SchemaReport& report) {
  std::vector<std::string> all;
  if (report.fixes.empty()) return all;
  // Inside a transaction this pragma would do nothing.
  all.emplace_back("PRAGMA foreign_keys = OFF");
  all.emplace_back("BEGIN IMMEDIATE");
  for (const SchemaFix& fix : report.fixes) {
    all.insert(all.end(), fix.statements.begin(), fix.statements.end());
  }
  // A violation is a failing statement, not a row that somebody has to look at. In temp no table
  // of the file can be taken for the pragma.
  all.emplace_back(
      "CREATE TEMP TABLE \"cordon_foreign_keys\" (\"violations\" INTEGER CONSTRAINT \"every "
      "foreign "
      "key names a row of the same tenant\" CHECK (\"violations\" = 0))");
  all.emplace_back(
      "INSERT INTO temp.\"cordon_foreign_keys\" SELECT count(*) FROM "
      "temp.pragma_foreign_key_check");
  all.emplace_back("DROP TABLE temp.\"cordon_foreign_keys\"");
  all.emplace_back("DROP TABLE IF EXISTS temp.\"cordon_tenant_map\"");
  all.emplace_back("COMMIT");
  all.emplace_back("PRAGMA foreign_keys = ON");
  return all;
}

std::string RenderForPeople(const SchemaReport& report) {
  std::string text;
  const auto indented = [&](std::string_view statement) {
    text += "      ";
    for (const char c : Shown(statement, true)) {
      text += c;
      if (c == '\n') text += "      ";
    }
    text += ";\n";
  };
  for (std::size_t i = 0; i < report.findings.size();) {
    const std::string& table = report.findings[i].table;
    text += Shown(table, false) + "\n";
    std::vector<std::size_t> fixes;
    for (; i < report.findings.size() && report.findings[i].table == table; ++i) {
      const SchemaFinding& finding = report.findings[i];
      std::string label = "  " + std::string(NameOf(finding.severity));
      label.resize(11, ' ');
      text += label + std::string(NameOf(finding.code)) + ": " + finding.message + "\n";
      if (finding.fix.has_value()) {
        if (std::find(fixes.begin(), fixes.end(), *finding.fix) == fixes.end()) {
          fixes.push_back(*finding.fix);
        }
      } else if (finding.severity != SchemaSeverity::kNote) {
        text += "           no statement repairs this: change it by hand\n";
      }
    }
    std::sort(fixes.begin(), fixes.end());
    for (const std::size_t fix : fixes) {
      text += "    fix " + std::to_string(fix + 1) + " of " + std::to_string(report.fixes.size()) +
              ":\n";
      for (const std::string& statement : report.fixes[fix].statements) indented(statement);
    }
    text += "\n";
  }
  const auto count = [&](SchemaSeverity severity, const char* one, const char* many) {
    const std::size_t n = report.Count(severity);
    return std::to_string(n) + " " + (n == 1 ? one : many);
  };
  return text + std::to_string(report.tables.size()) +
         (report.tables.size() == 1 ? " table: " : " tables: ") +
         count(SchemaSeverity::kError, "error", "errors") + ", " +
         count(SchemaSeverity::kWarning, "warning", "warnings") + ", " +
         count(SchemaSeverity::kNote, "note", "notes") + "\n";
}

}  // namespace cordon
