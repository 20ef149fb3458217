// SPDX-License-Identifier: Apache-2.0
// One open file and its schema; hands transactions their connections.
#ifndef CORDON_SRC_DATA_ENGINE_H_
#define CORDON_SRC_DATA_ENGINE_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "cordon/data/internal/core.h"
#include "data/connection.h"
#include "data/hook_calls.h"
#include "data/remote.h"
#include "store/store.h"
#include "tenant/directory_impl.h"

namespace cordon::internal {

// A room's own tables: what SqliteStore::Migrate() makes them of.
struct OwnTables {
  std::string_view room;
  std::span<const char* const> steps;
};
// All rooms, in the order in which their tables are made; the directory's come last.
[[nodiscard]] std::array<OwnTables, 5> AllOwnTables();

class Engine {
 public:
  struct Opening {
    // Lets a file of an older version in, and begins to migrate it.
    bool migrates = false;
    // A tool that works beside the product: it has not the installation's secret, and does without
    // what hangs on it: envelopes, and noticing a copy from another installation.
    bool beside = false;
  };
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Engine>> Open(
      const SchemaView& schema, const MigrationsView& migrations, PlatformOptions options,
      Opening opening);

  // REQUIRES: the engine is a file.
  [[nodiscard]] SqliteStore& store() { return *store_; }
  // Where Cordon's own tables are, on either engine.
  [[nodiscard]] Store& own_store() { return remote_ ? remote_->store() : *store_; }
  [[nodiscard]] TenantDirectory& tenants() { return *tenants_; }
  [[nodiscard]] Gates& gates() { return *gates_; }
  [[nodiscard]] const SchemaView& schema() const { return schema_; }
  // Whether the file still has the version that it was opened with: another process may have
  // migrated it.
  [[nodiscard]] absl::Status CheckStillOfVersion(SqliteConnection& connection) const;
  // The same of a server's database.
  [[nodiscard]] absl::Status CheckStillOfVersion();
  // Seals the tokens of pages: random, of this file, and never shown.
  [[nodiscard]] const std::array<unsigned char, 16>& page_key() const { return page_key_; }
  // Null where the file is the engine.
  [[nodiscard]] RemoteEngine* remote() const { return remote_.get(); }
  [[nodiscard]] const StatementBudget& budget() const { return budget_; }
  // On a server: what other processes did to the directory, and whether one of them has migrated
  // the database; at once, or when it is due.
  [[nodiscard]] bool MustHear(std::chrono::nanoseconds now) const {
    return of_version_in_.load(std::memory_order_relaxed) < 0 || gates_->Due(now);
  }
  [[nodiscard]] absl::Status HearOthers(std::chrono::nanoseconds now, bool at_once);
  // Null when nobody listens.
  [[nodiscard]] HookCalls* hooks() const { return hooks_.get(); }
  [[nodiscard]] std::int64_t max_blob_bytes() const { return max_blob_bytes_; }

  [[nodiscard]] static Connection& Of(SqliteConnection& connection) {
    return static_cast<Connection&>(*connection.extension());
  }

 private:
  Engine(const SchemaView& schema, StatementBudget budget) : schema_(schema), budget_(budget) {}
  // Returns the key of envelopes.
  absl::StatusOr<Secret> CheckInstallation(SecretSource* secrets);
  absl::Status OpenDirectory(std::optional<Secret> envelope_key);
  absl::Status Purge(SqliteConnection& connection, const TenantId& tenant) const;

  const SchemaView schema_;
  const StatementBudget budget_;
  std::optional<std::int64_t> version_;  // of the file; nothing while this one migrates it
  std::array<unsigned char, 16> page_key_{};
  std::int64_t max_blob_bytes_ = 0;
  std::unique_ptr<SqliteStore> store_;  // null on a server
  std::unique_ptr<RemoteEngine> remote_;
  // The directory's epoch in which the database was of this release; less once it is not.
  std::atomic<std::int64_t> of_version_in_{-1};
  std::unique_ptr<TenantDirectory> tenants_;
  Gates* gates_ = nullptr;  // of tenants_
  std::unique_ptr<HookCalls> hooks_;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_ENGINE_H_
