// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/owner.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

namespace cordon::internal {
namespace {

// "cordon". The runtime role cannot ask for it.
constexpr std::int64_t kAlone = 109330311704430;

}  // namespace

PgOwnersTransaction::~PgOwnersTransaction() {
  if (!over_) (void)owner_.Execute("ROLLBACK");
}

absl::Status PgOwnersTransaction::Begin(std::string_view how) {
  absl::Status done = owner_.Execute("BEGIN " + std::string(how)).status();
  return done.ok() ? owner_.Execute("SET LOCAL search_path = pg_catalog, pg_temp").status() : done;
}

absl::Status PgOwnersTransaction::BeginAlone(const PostgresOptions& options) {
  // A snapshot for each statement, so that the first one after the wait sees what was waited for.
  absl::Status done = Begin("ISOLATION LEVEL READ COMMITTED READ WRITE");
  const auto run = [&](const std::string& sql) {
    if (done.ok()) done = owner_.Execute(sql).status();
  };
  // Nought would be for ever.
  const auto patience = std::max<std::chrono::milliseconds::rep>(options.patience.count(), 1);
  run("SET LOCAL lock_timeout = " + std::to_string(patience));
  run("SELECT pg_advisory_xact_lock(" + std::to_string(kAlone) + ")");
  return done;
}

absl::Status PgOwnersTransaction::Commit() {
  over_ = true;
  return owner_.Execute("COMMIT").status();
}

}  // namespace cordon::internal
