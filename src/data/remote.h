// SPDX-License-Identifier: Apache-2.0
//
// What TransactionCore, Cursor and Engine ask of a database server, where the engine is one.
// Everything that is the same on both engines (hooks, budgets of rows, contexts, poisoning) stays
// with them; a server's part runs statements, and undoes one that failed.
//
// Guarantees: an error undoes its statement alone, as SQLite does it, unless lost() says otherwise.
//   Rows and errors are SQLite's where the server's would be others.
// Not guaranteed: a count of steps; a server has none. `wall` ends a long statement there.
// Thread safety: Server and RemoteEngine are thread-safe; the rest is confined to the thread of its
//   transaction.
// Ownership and lifetime: an engine outlives its transactions, and they their runs. What a column
//   points to lives until the next row.
#ifndef CORDON_SRC_DATA_REMOTE_H_
#define CORDON_SRC_DATA_REMOTE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/internal/core.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/migration.h"
#include "cordon/data/options.h"
#include "cordon/data/sql.h"
#include "data/marked.h"
#include "store/own.h"

namespace cordon {
namespace internal {

// Why a statement was stopped from this side.
enum class Stop : std::uint8_t {
  kNone,
  kSteps,
  kRows,
  kWall,
  kMemory,
  kRevoked,
  kInterrupted,
  kTurnOver
};

// A statement as the server takes it: the same for all tenants, and kept for the next time.
class RemoteStatement {
 public:
  virtual ~RemoteStatement() = default;
  Permit permit;
  std::uint64_t fingerprint = 0;  // see StatementEvent
};

// One execution of a statement, with its arguments.
class RemoteRun {
 public:
  explicit RemoteRun(std::shared_ptr<const RemoteStatement> of) : statement_(std::move(of)) {}
  virtual ~RemoteRun() = default;
  RemoteRun(const RemoteRun&) = delete;
  RemoteRun& operator=(const RemoteRun&) = delete;

  // Runs it, the first time that it is called.
  [[nodiscard]] virtual absl::Status Execute() = 0;
  // True: there is a row, whose columns can be read. REQUIRES: it was executed.
  [[nodiscard]] virtual bool Next() = 0;
  [[nodiscard]] virtual SqlValue Column(std::size_t column) const = 0;
  // In bytes, of the row at hand.
  [[nodiscard]] virtual std::int64_t LongestColumn() const = 0;
  [[nodiscard]] virtual std::int64_t changed() const = 0;

  // REQUIRES: it is a statement of the host's.
  [[nodiscard]] const Permit& permit() const { return statement_->permit; }
  std::int64_t returned = 0;   // rows, so far
  Stop stopped = Stop::kNone;  // why Execute() was cut short, if it was

 protected:
  const std::shared_ptr<const RemoteStatement> statement_;  // null: one of Cordon's own
};

// One transaction, or one read without one (kStatement). What was not committed is undone when it
// ends.
class RemoteTransaction {
 public:
  virtual ~RemoteTransaction() = default;

  [[nodiscard]] virtual absl::StatusOr<std::shared_ptr<const RemoteStatement>> Prepare(
      const Statement& statement) = 0;
  // Copies the arguments. kInvalidArgument for a value that the server has no room for.
  [[nodiscard]] virtual absl::StatusOr<std::unique_ptr<RemoteRun>> Bind(
      std::shared_ptr<const RemoteStatement> statement, std::span<const SqlValue> arguments) = 0;

  [[nodiscard]] virtual absl::Status Commit() = 0;
  [[nodiscard]] virtual absl::Status Savepoint() = 0;
  // Of the innermost one.
  [[nodiscard]] virtual absl::Status EndSavepoint(bool keep) = 0;

  // A statement of Cordon's own, run: its text is SQLite's, with the tenant as ?1 and `values` as
  // ?2 and so on.
  [[nodiscard]] virtual absl::StatusOr<std::unique_ptr<RemoteRun>> RunOwn(
      std::string_view sql, std::span<const SqlValue> values) = 0;

  // Why the last RunOwn() was stopped from this side, if it was; asked once.
  [[nodiscard]] virtual Stop TakeStop() = 0;
  // True once an error has ended all of it.
  [[nodiscard]] virtual bool lost() const = 0;
};

// What a transaction is begun with.
struct RemoteBeginning {
  TransactionCore::Kind kind;
  const SessionState* session;  // null in a global write
  std::uint64_t interrupts_seen;
  StatementBudget budget;
};

class RemoteEngine {
 public:
  virtual ~RemoteEngine() = default;
  // Waits for a connection, and in a write for the tenant's turn.
  [[nodiscard]] virtual absl::StatusOr<std::unique_ptr<RemoteTransaction>> Begin(
      const RemoteBeginning& beginning) = 0;
  // Whether the database still has the version that it was opened with: another process may have
  // migrated it. `connection` is one of store().
  [[nodiscard]] virtual absl::Status CheckStillOfVersion(OwnConnection& connection) const = 0;
  // Deletes all rows of a tenant.
  [[nodiscard]] virtual absl::Status Purge(const TenantId& tenant) = 0;
  // Where the directory is.
  [[nodiscard]] virtual Store& store() = 0;
};

}  // namespace internal

// What OnPostgres() returns.
class Server {
 public:
  virtual ~Server() = default;
  // The platform's budget and clock are those of `options`.
  [[nodiscard]] virtual absl::StatusOr<std::unique_ptr<internal::RemoteEngine>> Open(
      const internal::SchemaView& schema, const internal::MigrationsView& migrations,
      const PlatformOptions& options) const = 0;
  // See cordon/data/migration.h. The backfills are such as Check() takes.
  [[nodiscard]] virtual absl::Status Migrate(const internal::SchemaView& schema,
                                             const internal::MigrationsView& migrations,
                                             const MigrateOptions& how) const = 0;
};

}  // namespace cordon

#endif  // CORDON_SRC_DATA_REMOTE_H_
