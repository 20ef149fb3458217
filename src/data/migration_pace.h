// SPDX-License-Identifier: Apache-2.0
// What a migration does alike on each engine: which backfills are due, how many rows a step takes,
// and what the host hears of it.
#ifndef CORDON_SRC_DATA_MIGRATION_PACE_H_
#define CORDON_SRC_DATA_MIGRATION_PACE_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "cordon/data/migration.h"
#include "cordon/store/error.h"
#include "data/backfill.h"

namespace cordon::internal {

// Those that lead on from `version`.
[[nodiscard]] inline std::vector<Backfill> BackfillsAfter(const SchemaView& schema,
                                                          const MigrationsView& migrations,
                                                          std::int64_t version) {
  std::vector<Backfill> due;
  for (std::size_t i = 0; i < migrations.backfill_count; ++i) {
    if (migrations.backfills[i].version > version) {
      due.emplace_back(schema, migrations.backfills[i], i);
    }
  }
  return due;
}

class MigrationPace {
 protected:
  explicit MigrationPace(const MigrateOptions& how) : limit_(how.rows_per_step), how_(how) {}

  [[nodiscard]] absl::Status Tell(const MigrationProgress& progress) const {
    if (how_.progress == nullptr || how_.progress(progress)) return absl::OkStatus();
    return Error(ErrorCode::kInterrupted,
                 "the migration was stopped between two steps: call Migrate to go on");
  }
  // Before the last part.
  [[nodiscard]] absl::Status TellLast() const {
    MigrationProgress last;
    last.rows = rows_;
    return Tell(last);
  }

  // With fewer rows at a time as long as a statement uses more than it may.
  template <class Act>
  absl::Status Halving(const Act& act) {
    for (;;) {
      absl::Status done = act();
      if (CodeOf(done) != ErrorCode::kBudgetExceeded || limit_ == 1) return done;
      limit_ = std::max<std::int64_t>(1, limit_ / 2);
    }
  }

  std::int64_t limit_;     // rows of a step
  std::int64_t rows_ = 0;  // changed

 private:
  const MigrateOptions& how_;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_MIGRATION_PACE_H_
