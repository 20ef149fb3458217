// SPDX-License-Identifier: Apache-2.0
// The version of a file, and what stands between it and a release.
#ifndef CORDON_SRC_DATA_MIGRATION_H_
#define CORDON_SRC_DATA_MIGRATION_H_

#include <array>
#include <string>

#include "absl/status/status.h"
#include "cordon/data/migration.h"
#include "cordon/tenant/tenant_id.h"
#include "store/sqlite.h"

namespace cordon::internal {

inline constexpr std::array kSchemaSteps = {
    // One row. `target`: where a migration is to lead that has begun and not ended. `declaration`:
    // what the tables and columns mean, as JSON, for readers that do not have the host's code.
    "CREATE TABLE cordon_schema(one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), "
    "version INTEGER NOT NULL, target INTEGER, declaration TEXT NOT NULL) STRICT",
    // How far each backfill is with each tenant, and where it ends: at the last row there was
    // when it began. `statement` is a hash: another text begins anew.
    "CREATE TABLE cordon_backfills(version INTEGER NOT NULL, place INTEGER NOT NULL, "
    "tenant_id BLOB NOT NULL CHECK (length(tenant_id) = 16), statement INTEGER NOT NULL, "
    "last_key BLOB NOT NULL, end_key BLOB NOT NULL, done INTEGER NOT NULL, PRIMARY KEY(tenant_id, "
    "version, place)) STRICT, WITHOUT ROWID",
};
// Those of them that a server has: it keeps versions elsewhere (postgres/ddl.h).
inline constexpr std::array kBackfillSteps = {kSchemaSteps[1]};

// Both inside a transaction. A file of this release's version gets what is missing, and must then
// be as declared; one of another version is refused.
[[nodiscard]] absl::Status OpenAtVersion(SqliteConnection& connection, const SchemaView& schema,
                                         const MigrationsView& migrations);
// The same for a file of this version. One of an older version gets what can be added, and is on
// its way from here on.
[[nodiscard]] absl::Status BeginMigration(SqliteConnection& connection, const SchemaView& schema,
                                          const MigrationsView& migrations);

// The rows of a table break what the declaration asks of them.
[[nodiscard]] absl::Status BrokenRule(const absl::Status& status, const std::string& table);
// For operators: the one thing about a tenant's failure that its text may not say.
[[nodiscard]] absl::Status Concerning(absl::Status status, const TenantId::Bytes& tenant);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_MIGRATION_H_
