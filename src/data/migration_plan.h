// SPDX-License-Identifier: Apache-2.0
// Which version a file has, and what has to be done to bring it to that of a release.
#ifndef CORDON_SRC_DATA_MIGRATION_PLAN_H_
#define CORDON_SRC_DATA_MIGRATION_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/migration.h"
#include "data/catalog.h"
#include "store/sqlite.h"

namespace cordon::internal {

struct FileVersion {
  bool fresh = false;  // nothing of the host's is in the file
  std::int64_t version = 1;
  std::optional<std::int64_t> target;  // of a migration that has begun and not ended
};

[[nodiscard]] absl::StatusOr<FileVersion> ReadVersion(sqlite3* db);

// Why a release cannot use a file, or a database, as it is; OK when the versions agree.
[[nodiscard]] absl::Status CheckVersion(const FileVersion& file, std::int64_t release,
                                        const std::string& what = "the file");
// Why it cannot migrate it; OK when the versions agree, too.
[[nodiscard]] absl::Status CheckMigratable(const FileVersion& file,
                                           const MigrationsView& migrations,
                                           const std::string& what = "the file");

// The version of the migration, behind `version`, that drops it; 0: none does. An empty column is
// the table.
[[nodiscard]] std::int64_t DroppedBy(const MigrationsView& migrations, std::int64_t version,
                                     std::string_view table, std::string_view column);
// Whether a backfill behind `version` fills the table.
[[nodiscard]] bool IsFilled(const SchemaView& schema, const MigrationsView& migrations,
                            std::int64_t version, std::size_t table);

// What is left to do for a file of `version` that holds `catalog`, in its order. kSchemaDrift when
// a migration cannot do it.
[[nodiscard]] absl::StatusOr<std::vector<MigrationStep>> PlanSteps(const Catalog& catalog,
                                                                   const SchemaView& schema,
                                                                   const MigrationsView& migrations,
                                                                   std::int64_t version);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_MIGRATION_PLAN_H_
