// SPDX-License-Identifier: Apache-2.0
//
// A declaration's tables in a schema of a PostgreSQL database: made where they are missing,
// compared where they are there.
//
// Guarantees: either everything that is missing is made and locked, or nothing is. What is there is
//   compared by what the server's catalog says of it, with what the same server says of tables made
//   from the declaration, and never with texts of an earlier release. Openers of several processes
//   that have something to do take turns; those that have nothing to do lock nothing.
// Not guaranteed: the order of columns, storage parameters and tablespaces, which are the
//   operator's; objects of extensions, which the proof judges (row_lock.h).
// Thread safety: as the connection that is given.
// Errors: kSchemaDrift names the table and the column, constraint or object that differs, and what
//   to do; kNewerFile and kMigrationNeeded as of an SQLite file; kInvalidArgument for a declaration
//   or a schema's name that PostgreSQL cannot have; kMissingFeature for a database that is not in
//   UTF-8; kBusy when others held what was needed longer than PostgresOptions::patience.
#ifndef CORDON_SRC_DATA_POSTGRES_DDL_H_
#define CORDON_SRC_DATA_POSTGRES_DDL_H_

#include <string_view>

#include "absl/status/status.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/migration.h"
#include "data/postgres/row_lock.h"

namespace cordon::internal {

// As the owner role: tables, constraints, indexes, the second lock on them, and the row of
// cordon.schema that says which version they have. Columns at the end of a declaration that are
// optional or have a default are added, and so are new tables and indexes; what else differs is
// left for a migration. REQUIRES: no transaction is open on `owner`; cordon.json_valid(text) is
// there if a column is Json.
[[nodiscard]] absl::Status PgCreateOrCompare(PgConnection& owner, const PostgresOptions& options,
                                             const SchemaView& schema, std::string_view pg_schema,
                                             const MigrationsView& migrations = {});

// The same tables for PgInstall().
[[nodiscard]] std::vector<PgTable> PgTablesOf(const SchemaView& schema, std::string_view pg_schema);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_DDL_H_
