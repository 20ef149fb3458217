// SPDX-License-Identifier: Apache-2.0
//
// The engine lock: what SQLite itself refuses, whoever wrote the statement.
//
// Reads. A tenant table can be read in one place only: inside a WITH whose name is a random secret
// of this connection and whose body, written here, filters by the leased tenant. The authorizer
// learns from SQLite in which WITH a column is read. A statement cannot choose a name that it
// cannot know, so no text that did not come from the emitter reads a single value of such a table.
//
// Writes. Only the table that the emitter marked as the target can be written, never its tenant
// column, and only by a text that keeps to the leased tenant, so that no constraint is tried on a
// row of another one. The pre-update hook looks at every row that is changed, deleted or inserted
// all the same: one row of another tenant dooms the transaction, which then cannot commit.
//
// No part of a statement may spell a tenant table's name except the marks that are expanded here;
// so a second reference to the target cannot hide among the target's own reads.
//
// Thread safety: confined to the holder of the connection.
#ifndef CORDON_SRC_DATA_LOCK_H_
#define CORDON_SRC_DATA_LOCK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/internal/core.h"
#include "cordon/data/internal/schema_view.h"
#include "data/marked.h"
#include "data/remote.h"
#include "store/sqlite.h"

namespace cordon::internal {

// What one run of a statement has used of its budget.
struct Usage {
  std::int64_t steps = 0;
  std::int64_t returned = 0;
  std::int64_t changed = 0;
  std::chrono::nanoseconds started{0};
};

class EngineLock {
 public:
  // Installs the lock on a connection for good.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<EngineLock>> Install(
      SqliteConnection& connection, const SchemaView& schema, const StatementBudget& budget,
      const Clock& clock, Entropy& entropy);
  ~EngineLock();
  EngineLock(const EngineLock&) = delete;
  EngineLock& operator=(const EngineLock&) = delete;

  // Turns marks into names. kEngineLock when the text names a tenant table by itself, or writes one
  // in other words than "tenant_id" = ?1 (see docs/locks.md).
  [[nodiscard]] absl::StatusOr<std::string> Expand(const MarkedSql& sql, Permit* permit) const;

  // ---- one lease -----------------------------------------------------------------------------
  void BeginLease(const TenantId::Bytes* tenant, const SessionState* session,
                  std::uint64_t interrupts_seen);
  // Until the lease ends, these limits take the place of the platform's.
  void Limit(const AnalystOptions& limits);
  void EndLease();
  [[nodiscard]] const TenantId::Bytes& tenant() const { return tenant_; }

  // ---- one statement -------------------------------------------------------------------------
  // Prepares and steps happen between Arm() and Disarm(); outside of them nothing is let in but
  // what the connection marks as Cordon's own.
  void Arm(const Permit* permit, Usage* usage) {
    permit_ = permit;
    usage_ = usage;
    stop_ = Stop::kNone;
  }
  void Disarm() {
    permit_ = nullptr;
    usage_ = nullptr;
  }

  // True once a row of another tenant was touched: the transaction can only be rolled back.
  [[nodiscard]] bool doomed() const { return doomed_; }
  // It could not look at a row, and refused it.
  [[nodiscard]] bool short_of_memory() const { return short_of_memory_; }
  [[nodiscard]] Stop stop() const { return stop_; }
  // What the lease's statements may use.
  [[nodiscard]] const StatementBudget& budget() const { return limits_.budget; }
  // Null unless Limit() was called.
  [[nodiscard]] const AnalystOptions* limits() const { return limited_ ? &limits_ : nullptr; }

 private:
  EngineLock(SqliteConnection& connection, const SchemaView& schema, const StatementBudget& budget,
             const Clock& clock, std::string prefix);
  int Authorize(int action, const char* a, const char* b, const char* database,
                const char* context) const;
  int AuthorizeRead(std::string_view table, std::string_view column, const char* context) const;
  int AuthorizeWrite(int action, std::string_view table, const char* column) const;
  bool ReadsNothing(const char* table, const char* column, const char* database) const;
  bool IsSecretOf(std::size_t table, const char* context) const;
  bool Related(std::size_t table) const;
  void CheckRow(int action, std::string_view table);
  void SetStepsPerLook(int steps);
  int OnProgress();
  std::string SecretName(std::size_t table) const;
  void AppendExpanded(std::string_view marked, std::string* sql, Permit* permit,
                      absl::Status* status) const;

  SqliteConnection& connection_;
  const SchemaView schema_;
  const StatementBudget budget_;  // the platform's
  const Clock& clock_;
  const std::string prefix_;  // of the secret names; it lasts as long as the connection

  TenantId::Bytes tenant_{};
  bool leased_ = false;
  const SessionState* session_ = nullptr;
  std::uint64_t interrupts_seen_ = 0;
  AnalystOptions limits_;
  bool limited_ = false;
  int steps_per_look_ = 0;
  int usual_length_ = 0;            // SQLite's limit while the lease is not limited
  std::int64_t memory_before_ = 0;  // in use when the lease was limited

  const Permit* permit_ = nullptr;
  bool doomed_ = false;
  bool short_of_memory_ = false;
  Stop stop_ = Stop::kNone;
  Usage* usage_ = nullptr;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_LOCK_H_
