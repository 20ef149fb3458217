// SPDX-License-Identifier: Apache-2.0
//
// The second lock on a PostgreSQL server: forced row-level security under a role that can do
// nothing else, put in place, and proved from the catalog each time that an engine starts.
//
// Guarantees: under the proved lock, a statement that the runtime role runs with a tenant bound
//   sees and changes rows of that tenant only, whatever its text is; without a tenant bound, or
//   with something in its place that is no id, it sees none. Functions that do more than compute
//   from their arguments, the catalog, statistics, system columns, and what others run are closed
//   to it.
// Not guaranteed: anything against who may change the catalog: superusers, the owner role.
// Thread safety: as the connections that are given.
// Errors: kLockIncomplete with everything that is open, each with what closes it. These name
//   tables, functions and roles of the installation, never a row.
#ifndef CORDON_SRC_DATA_POSTGRES_ROW_LOCK_H_
#define CORDON_SRC_DATA_POSTGRES_ROW_LOCK_H_

#include <span>
#include <string>
#include <vector>

#include "data/postgres/connection.h"

namespace cordon::internal {

inline constexpr std::string_view kPgTenantColumn = "tenant_id";  // uuid NOT NULL

struct PgTable {
  std::string schema;
  std::string name;
  bool of_tenants = true;  // else everybody's, which tenants only read
};

// What a superuser runs once in the product's database, and again after what was created since:
// takes from PUBLIC, for the owner role, what the runtime role must not have. Both roles exist.
// kInvalidArgument for a role's name with a quote, a dollar sign or a control character.
[[nodiscard]] absl::StatusOr<std::string> PgHardenStatements(const PostgresOptions& options);

// As the owner role: policies and grants of the tables, and the canary; all of it, or nothing.
// Again after each change of a table. REQUIRES: no transaction is open on `owner`.
[[nodiscard]] absl::Status PgInstall(PgConnection& owner, const PostgresOptions& options,
                                     std::span<const PgTable> tables);

// Both inside a transaction of the owner's that has begun alone (owner.h). Whether the tables and
// the canary's are as PgInstall() leaves them, so that it need not take them from those who work.
[[nodiscard]] absl::Status PgInstallHere(PgConnection& owner, const PostgresOptions& options,
                                         std::span<const PgTable> tables);
[[nodiscard]] absl::StatusOr<bool> PgInstalledHere(PgConnection& owner,
                                                   const PostgresOptions& options,
                                                   std::span<const PgTable> tables);

// Everything that is open, in sentences; empty when the lock is complete. `owner` reads the
// catalog, `runtime` tries what it must not be able to.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> PgFindGaps(PgConnection& owner,
                                                                  PgConnection& runtime,
                                                                  const PostgresOptions& options);
[[nodiscard]] absl::Status PgProve(PgConnection& owner, PgConnection& runtime,
                                   const PostgresOptions& options);

// What a server of this version lets through, or nothing.
[[nodiscard]] std::string PgVersionGap(int server_version);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_ROW_LOCK_H_
