// SPDX-License-Identifier: Apache-2.0
// The statements that turn somebody else's tables into tenants' tables. SQLite cannot alter a key,
// so a table is made anew, filled, and put in the old one's place, as SQLite's documentation of
// ALTER TABLE describes.
#ifndef CORDON_SRC_DATA_REBUILD_H_
#define CORDON_SRC_DATA_REBUILD_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/catalog.h"
#include "data/create_text.h"

namespace cordon::internal {

// The foreign key through which a table without tenant column leads to one that has it, or that
// gets it in the same way.
struct Tie {
  const CatalogTable* parent = nullptr;
  int distance = 0;  // from a table with the column
  // How a row finds its parent, and with it its tenant. Empty when more than one could answer.
  std::vector<std::string> columns;
  std::vector<std::string> parent_columns;
};

// A catalog, and which of its tables are everybody's. Refers to what it was made of.
struct ClassifiedCatalog {
  ClassifiedCatalog(const Catalog& catalog_read, const std::string& column,
                    const std::vector<std::string>& globals);

  const Catalog& catalog;
  const std::string& tenant_column;
  const std::vector<std::string>& global_tables;
  // Some table has the tenant column already: the file may hold rows of several tenants.
  bool has_tenants = false;
  std::map<std::string, Tie> ties;  // by table

  [[nodiscard]] bool IsGlobal(std::string_view table) const;
  // An ordinary table that is, or is to become, a tenant's.
  [[nodiscard]] bool IsTenants(const CatalogTable& table) const;
  [[nodiscard]] bool IsTenantColumn(std::string_view column) const {
    return SameSqlName(column, tenant_column);
  }
  // The tenant column accepts BLOBs of 16 bytes and nothing else, NULL aside.
  [[nodiscard]] bool HoldsTenantsOnly(const CatalogTable& table) const;
};

// What has to happen to a foreign key.
struct ForeignKeyPlan {
  enum class Verdict { kGood, kWithoutTenant, kBroken, kGlobalToTenant };
  Verdict verdict = Verdict::kGood;
  // As it is to be; both empty when it has to go.
  std::vector<std::string> columns;
  std::vector<std::string> parent_columns;
};
[[nodiscard]] ForeignKeyPlan PlanForeignKey(const ClassifiedCatalog& in, const CatalogTable& child,
                                            const CatalogForeignKey& key);

// Stops the migration, at its end, when the file holds rows of several tenants and some table did
// not say whose its rows are. Empty when that cannot be.
[[nodiscard]] std::vector<std::string> GuardTenants(const ClassifiedCatalog& in);

// Each is empty when the table's definition was not understood.
[[nodiscard]] std::vector<std::string> RebuildTable(const ClassifiedCatalog& in,
                                                    const CatalogTable& table);
[[nodiscard]] std::vector<std::string> RebuildIndex(const ClassifiedCatalog& in,
                                                    const CatalogTable& table,
                                                    const CatalogIndex& index);
// An ordinary table in place of a virtual one that keeps rows; nothing in place of one that only
// indexes those of others.
[[nodiscard]] std::vector<std::string> ReplaceVirtualTable(const ClassifiedCatalog& in,
                                                           const CatalogTable& table);

// Runs the one statement in `sql` with :tenant bound to 16 bytes; false when it fails.
[[nodiscard]] bool TryStatement(sqlite3* db, const std::string& sql);
[[nodiscard]] Database OpenScratch();

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_REBUILD_H_
