// SPDX-License-Identifier: Apache-2.0
//
// The engine of a platform whose rows are on a PostgreSQL server.
//
// Guarantees: it runs only behind a second lock that was proved when it was opened (row_lock.h).
//   Statements of tenants run as the runtime role with the tenant bound; those that write global
//   tables run as the owner role with nobody bound, for whom the policies hold as well. A tenant's
//   write transactions take turns, and see all that was committed before: no reading of one is out
//   of date when it writes. Those of other tenants go on meanwhile.
// Not guaranteed: one snapshot of global tables in a write transaction.
// Thread safety: see remote.h.
#ifndef CORDON_SRC_DATA_POSTGRES_ENGINE_H_
#define CORDON_SRC_DATA_POSTGRES_ENGINE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "cordon/data/postgres.h"
#include "data/postgres/own_store.h"
#include "data/postgres/pool.h"
#include "data/remote.h"

namespace cordon::internal {

// Cordon's own tables of tenants, in the schema cordon: made, and put under the lock, where they
// are not there. REQUIRES: `owner` is the owner role's, without a transaction.
[[nodiscard]] absl::Status PgMakeOwnTables(PgConnection& owner, const PostgresOptions& options);

class PgStatement final : public RemoteStatement {
 public:
  std::string text;
  std::vector<SqlType> types;  // of what is bound behind the tenant
};

class PgEngine final : public RemoteEngine {
 public:
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<RemoteEngine>> Open(
      const PostgresOptions& options, const SchemaView& schema, const MigrationsView& migrations,
      const PlatformOptions& platform);

  [[nodiscard]] absl::StatusOr<std::unique_ptr<RemoteTransaction>> Begin(
      const RemoteBeginning& beginning) override;
  [[nodiscard]] absl::Status CheckStillOfVersion(OwnConnection& connection) const override;
  [[nodiscard]] absl::Status Purge(const TenantId& tenant) override;
  [[nodiscard]] Store& store() override { return *store_; }

 private:
  friend class PgTransaction;
  struct Kept {
    std::string source;
    std::vector<SqlType> arguments;
    Paging paging;
    std::shared_ptr<const PgStatement> statement;
    std::uint64_t used;
  };

  PgEngine(const SchemaView& schema, std::int64_t version, std::shared_ptr<const Clock> clock,
           std::chrono::milliseconds patience)
      : schema_(schema), version_(version), clock_(std::move(clock)), patience_(patience) {}
  // What the statement is on the server; made when it is first asked for.
  [[nodiscard]] absl::StatusOr<std::shared_ptr<const PgStatement>> Prepare(
      const Statement& statement);
  [[nodiscard]] absl::StatusOr<std::shared_ptr<const PgStatement>> Make(
      const Statement& statement) const;

  const SchemaView schema_;
  const std::int64_t version_;
  const std::shared_ptr<const Clock> clock_;
  const std::chrono::milliseconds patience_;
  std::unique_ptr<PgPool> pool_;
  std::unique_ptr<PgPool> owners_;  // the owner role's
  std::unique_ptr<PgStore> store_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Kept> statements_;
  std::uint64_t uses_ = 0;
  std::unordered_set<std::thread::id> writing_;  // who has a write transaction
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_ENGINE_H_
