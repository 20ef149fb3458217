// SPDX-License-Identifier: Apache-2.0
//
// Whether the engine lock holds: what a broken checker might hand to the engine is tried, as a
// tenant that nobody is.
//
// Guarantees: nothing that a trial does is left in the file, even where the lock lets everything
//   through: statements that write are prepared and not run, and what has to run to be seen runs on
//   tables in memory.
#ifndef CORDON_SRC_DATA_LOCK_TRIAL_H_
#define CORDON_SRC_DATA_LOCK_TRIAL_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "data/catalog.h"
#include "data/connection.h"

namespace cordon::internal {

struct LockTrial {
  std::size_t attempts = 0;
  std::vector<std::string> let_through;  // what each did: "reads the tenants' table …"
};

// Puts the engine lock on a connection, as the product has it; all arguments must outlive it.
[[nodiscard]] absl::StatusOr<std::unique_ptr<Connection>> LockForTrial(SqliteConnection& connection,
                                                                       const SchemaView& schema,
                                                                       const Clock& clock,
                                                                       Entropy& entropy);

// What the authorizer has to refuse, on the file itself: tenants' tables and Cordon's own, read and
// written by name, a tenant changed, ATTACH, PRAGMA, DDL and the like; and what the scope of a
// tenant without rows shows. `catalog` is the file's; declared tables that are not in it are left
// out.
[[nodiscard]] absl::Status TryStatements(Connection& connection, const SchemaView& schema,
                                         const Catalog& catalog, LockTrial* trial);

// What the row hook has to stop when nothing before it did: rows of another tenant deleted, changed
// and inserted. `connection` is on tables in memory that MakeTrialTables() has made.
[[nodiscard]] absl::Status TryRows(Connection& connection, const SchemaView& schema,
                                   LockTrial* trial);
[[nodiscard]] absl::Status MakeTrialTables(SqliteConnection& memory, const SchemaView& schema);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_LOCK_TRIAL_H_
