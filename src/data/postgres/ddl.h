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

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/migration.h"
#include "data/migration_plan.h"
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

// ---- for migrations; each inside a transaction of the owner's that has begun alone (owner.h) ----

// What the server's catalog says of one thing that belongs to a table.
struct PgFact {
  std::string what;  // "table", "column", "constraint", "index", "trigger" or "rule"
  std::string name;
  std::string said;
};
// Of one table; what comes first is told first.
using PgFacts = std::vector<PgFact>;
using PgDescription = std::map<std::string, PgFacts>;
[[nodiscard]] const PgFact* PgFindFact(const PgFacts& facts, std::string_view what,
                                       std::string_view name);

// What lies in a schema: what it is, and its name.
using PgObjects = std::vector<std::pair<std::string, std::string>>;

struct PgBothDescriptions {
  PgDescription wanted;  // as this server would say it of the declaration's tables
  PgDescription found;
  PgObjects objects;
};
[[nodiscard]] absl::StatusOr<PgBothDescriptions> PgDescribeHere(PgConnection& owner,
                                                                const SchemaView& schema,
                                                                std::string_view pg_schema);
// Makes the schemas where they are missing.
[[nodiscard]] absl::StatusOr<FileVersion> PgReadVersionHere(PgConnection& owner,
                                                            const SchemaView& schema,
                                                            std::string_view pg_schema);
[[nodiscard]] absl::Status PgNoteTargetHere(PgConnection& owner, const SchemaView& schema,
                                            std::string_view pg_schema, std::int64_t version,
                                            std::int64_t target);
[[nodiscard]] absl::Status PgMakeTablesHere(PgConnection& owner, const SchemaView& schema,
                                            std::string_view pg_schema,
                                            const std::vector<std::size_t>& tables);
[[nodiscard]] absl::Status PgInstallWhereMissing(PgConnection& owner,
                                                 const PostgresOptions& options,
                                                 std::span<const PgTable> tables);
// The tables are as declared, locked, and of this version; or an error says what is not.
[[nodiscard]] absl::Status PgAgreeHere(PgConnection& owner, const PostgresOptions& options,
                                       const SchemaView& schema, std::string_view pg_schema,
                                       std::int64_t version);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_DDL_H_
