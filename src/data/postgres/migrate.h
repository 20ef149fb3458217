// SPDX-License-Identifier: Apache-2.0
//
// cordon::Migrate() for a PostgreSQL database.
//
// Guarantees: three parts, as on a file. One transaction adds what is new and notes where the
//   database is going; each backfill runs in transactions of one tenant and so many rows, as the
//   owner role with the tenant bound, so that the second lock holds for it too, in the tenant's
//   turn, and with its progress; one last transaction, for which no tenant writes, fills what was
//   written meanwhile, changes constraints, drops, compares with the declaration, locks, and notes
//   the version. A new index has a transaction of its own before it. Killed at any moment, another
//   call goes on. At its end the second lock is proved.
//   No change of a table queues behind others for longer than a moment: whoever comes behind it
//   would wait as well. It lets go, and tries again, for PostgresOptions::patience.
// Not guaranteed: that tenants read the changed tables while the last transaction runs: it reads
//   each of them whole where a constraint is new.
// Thread safety: thread-safe; several processes may run it at once.
// Errors: see cordon/data/migration.h; kBusy when the tables were in use all the time.
#ifndef CORDON_SRC_DATA_POSTGRES_MIGRATE_H_
#define CORDON_SRC_DATA_POSTGRES_MIGRATE_H_

#include "absl/status/status.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/migration.h"
#include "cordon/data/postgres.h"

namespace cordon::internal {

[[nodiscard]] absl::Status PgMigrate(const PostgresOptions& options, const SchemaView& schema,
                                     const MigrationsView& migrations, const MigrateOptions& how);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_MIGRATE_H_
