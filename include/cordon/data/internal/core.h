// SPDX-License-Identifier: Apache-2.0
// What the typed shells in session.h and platform.h stand on; compiled once, in src/data.
#ifndef CORDON_DATA_INTERNAL_CORE_H_
#define CORDON_DATA_INTERNAL_CORE_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/sql.h"
#include "cordon/store/clock.h"
#include "cordon/store/entropy.h"
#include "cordon/store/secret.h"
#include "cordon/tenant/context.h"
#include "cordon/tenant/directory.h"

namespace cordon {

// What one statement may use before it is ended with kBudgetExceeded. Steps and rows depend on
// the tenant's own data only; `wall` is the last resort against a machine that stands still.
struct StatementBudget {
  std::int64_t vm_steps = 100'000'000;  // of SQLite's virtual machine; looked at every 1,000
  std::int64_t rows = 1'000'000;        // returned or changed
  std::chrono::milliseconds wall = std::chrono::seconds(30);
};

struct PlatformOptions {
  // The file; created when it is not there. Its directory must exist, on a local disk.
  std::string path;
  // Connections for reading, opened as they are needed. More of them than threads are of no use.
  int readers = 8;
  // How long a call waits for a connection, for its turn to write, or for another process.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
  // The longest turn of one write transaction while others wait; then it is rolled back.
  std::chrono::milliseconds write_cap = std::chrono::seconds(10);
  StatementBudget budget = {};
  // The longest blob that can be written (see blob.h), in bytes. One transaction writes all of it,
  // first to the write-ahead log and then to the file.
  std::int64_t max_blob_bytes = std::int64_t{1} << 30U;
  // Where "cordon.installation" is fetched from. A file that was created with such a secret opens
  // with the same one only, so that a copy from another installation is noticed. Optional.
  std::shared_ptr<SecretSource> secrets = nullptr;
  // For tests; the system's own when null.
  std::shared_ptr<const Clock> clock = nullptr;
  std::shared_ptr<Entropy> entropy = nullptr;
};

namespace internal {

class BlobStream;
class Engine;
class Connection;
struct CachedStatement;

// One open session: whose it is, and how often it was interrupted.
struct SessionState {
  SessionState(Engine& of, std::shared_ptr<Proof> by) : engine(of), proof(std::move(by)) {}
  Engine& engine;
  const std::shared_ptr<Proof> proof;
  std::atomic<std::uint64_t> interrupts = 0;
};

class TransactionCore;

// One execution of one statement. Ends with its transaction at the latest.
class Cursor {
 public:
  Cursor() = default;
  ~Cursor() { Close(); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // True: there is a row, whose columns can be read until EndRow().
  [[nodiscard]] bool Step();
  [[nodiscard]] SqlValue Column(std::size_t column) const;
  void EndRow();
  // Steps to the end. The number of rows changed.
  [[nodiscard]] absl::StatusOr<std::int64_t> Finish();
  void Close();
  // False once its transaction is over, or when it never began.
  [[nodiscard]] bool attached() const { return transaction_ != nullptr; }
  // Why Step() returned false; OK at the end of the rows.
  [[nodiscard]] const absl::Status& status() const { return status_; }

 private:
  friend class TransactionCore;
  friend struct UncheckedDoor;
  void Fail(absl::Status status);

  TransactionCore* transaction_ = nullptr;
  CachedStatement* statement_ = nullptr;
  absl::Status status_;
  std::int64_t changed_ = 0;
  bool done_ = false;  // SQLite would start a finished statement again
  bool locked_ = false;
  Cursor* next_ = nullptr;  // of the same transaction
  Cursor* previous_ = nullptr;
};

class TransactionCore {
 public:
  enum class Kind : std::uint8_t {
    kStatement,    // one read, in SQLite's implicit transaction
    kRead,         // BEGIN: one snapshot
    kWrite,        // BEGIN IMMEDIATE
    kGlobalWrite,  // the same, for global tables and no tenant
  };

  TransactionCore(Engine& engine, const SessionState* session, Kind kind);
  ~TransactionCore();
  TransactionCore(const TransactionCore&) = delete;
  TransactionCore& operator=(const TransactionCore&) = delete;

  // OK while it can be used. Once it is not, nothing of it is committed.
  [[nodiscard]] const absl::Status& status() const { return status_; }
  // The first reason stays.
  void Poison(const absl::Status& status) {
    if (status_.ok()) status_ = status;
  }

  // Starts a statement. `keep`: arguments are copied, since the cursor outlives the call.
  void Start(const Statement& statement, const SqlValue* arguments, bool keep, Cursor* cursor);

  [[nodiscard]] absl::Status Commit();
  [[nodiscard]] absl::Status Savepoint();
  // Ends the innermost savepoint. An error to undo it poisons the transaction.
  [[nodiscard]] absl::Status EndSavepoint(bool keep);

  [[nodiscard]] const SessionState* session() const { return session_; }
  // All zero in a global write.
  [[nodiscard]] const TenantId::Bytes& tenant() const;

 private:
  friend class BlobStream;
  friend class Cursor;
  friend struct UncheckedDoor;  // of the test-only build
  absl::Status Begin();
  void NoteExpiry();
  [[nodiscard]] bool Enter();  // takes the connection for one call; false: status() says why
  void Leave();
  // The same around statements of Cordon's own. LeaveOwn() passes on what became of them.
  [[nodiscard]] bool EnterOwn();
  absl::Status LeaveOwn(absl::Status done);
  [[nodiscard]] bool Usable() const;
  absl::Status WhyUnusable() const;
  // Binds and begins an acquired statement. REQUIRES: entered.
  void Run(CachedStatement* statement, std::span<const SqlValue> arguments, bool keep,
           Cursor* cursor);
  void ForgetCursors();
  void Detach(Cursor* cursor);
  void NoteRollback();

  Engine& engine_;
  const SessionState* session_;
  Kind kind_;
  Connection* connection_ = nullptr;
  void* place_ = nullptr;       // of a reader in the pool
  std::shared_ptr<void> turn_;  // of a writer: a WriteTurn
  std::uint64_t interrupts_seen_ = 0;
  absl::Status status_;
  Cursor* cursors_ = nullptr;
  BlobStream* blobs_ = nullptr;
  std::int64_t last_blob_ = 0;  // the last id given out here, rolled back since or not
  std::uint64_t undone_ = 0;    // savepoints that were rolled back
};

// Opens a file for a schema; both outlive every session.
class PlatformCore {
 public:
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<PlatformCore>> Open(const SchemaView& schema,
                                                                          PlatformOptions options);
  ~PlatformCore();
  [[nodiscard]] TenantDirectory& tenants() const;
  [[nodiscard]] Engine& engine() const;
  [[nodiscard]] absl::StatusOr<std::shared_ptr<SessionState>> OpenSession(
      const TenantContext& context) const;

 private:
  PlatformCore();
  std::unique_ptr<Engine> engine_;
};

[[nodiscard]] absl::Status ForeignValue();
[[nodiscard]] absl::Status NoRowFound();
[[nodiscard]] absl::Status MoreThanOneRow();
[[nodiscard]] absl::Status ValueDoesNotFit();

}  // namespace internal
}  // namespace cordon

#endif  // CORDON_DATA_INTERNAL_CORE_H_
