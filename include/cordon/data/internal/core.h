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
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/hooks.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/number.h"
#include "cordon/data/options.h"
#include "cordon/data/sql.h"
#include "cordon/tenant/context.h"
#include "cordon/tenant/directory.h"

namespace cordon {

class SubtreeContext;

namespace internal {

class BlobStream;
struct MigrationsView;
class Engine;
class Connection;
struct CachedStatement;
struct Permit;
class RemoteRun;
class RemoteTransaction;
enum class Stop : std::uint8_t;

// One open session: whose it is, and how often it was interrupted.
struct SessionState {
  SessionState(Engine& of, std::shared_ptr<Proof> by) : engine(of), proof(std::move(by)) {}
  Engine& engine;
  const std::shared_ptr<Proof> proof;
  std::atomic<std::uint64_t> interrupts = 0;
};

class TransactionCore;
class HookCalls;

// What hooks are told of one execution of a statement.
struct StatementRun {
  StatementEvent event;
  std::vector<TouchedTable> tables;
  std::size_t told = 0;  // how many hooks let it pass
  std::chrono::nanoseconds began{0};
};

// Stored: do not renumber.
enum class NumberKind : std::int64_t { kSeries = 1, kCounter = 2 };

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
  // The same for a column of integers; NULL when it holds anything else.
  [[nodiscard]] SqlValue Integer(std::size_t column) const;
  void EndRow() {
    if (locked_) Unlock();
  }
  // Steps to the end. The number of rows changed.
  [[nodiscard]] absl::StatusOr<std::int64_t> Finish();
  // Ends it early because of `why`.
  void Abandon(absl::Status why);
  // Ends it early. status() is then what a hook made of that.
  void Close() {
    if (transaction_ != nullptr) End();
  }
  // False once it has ended, or its transaction is over, or when it never began.
  [[nodiscard]] bool attached() const { return transaction_ != nullptr; }
  // Why Step() returned false; OK at the end of the rows.
  [[nodiscard]] const absl::Status& status() const { return status_; }

 private:
  friend class TransactionCore;
  friend struct UncheckedDoor;
  void Fail(absl::Status status);
  bool Refused();
  bool Ended(int code);
  absl::Status WhyEnded(int code) const;
  // The same on a server.
  bool StepRemote();
  bool EndedRemote(absl::Status why, bool stopped);
  [[nodiscard]] const Permit& permit() const;
  void Unlock();
  void End();
  void LetGo();
  void NoteRows();  // for hooks

  TransactionCore* transaction_ = nullptr;
  CachedStatement* statement_ = nullptr;
  RemoteRun* remote_ = nullptr;  // instead, on a server; its own
  absl::Status status_;
  std::int64_t changed_ = 0;
  bool locked_ = false;     // the turn's mutex is held: it was just started, or has a row at hand
  Cursor* next_ = nullptr;  // of the same transaction
  Cursor* previous_ = nullptr;
  std::unique_ptr<StatementRun> run_;  // while hooks are owed its end; null without hooks
};

class TransactionCore {
 public:
  enum class Kind : std::uint8_t {
    kStatement,    // one read, in SQLite's implicit transaction
    kRead,         // BEGIN: one snapshot
    kWrite,        // BEGIN IMMEDIATE
    kGlobalWrite,  // the same, for global tables and no tenant
  };

  // `limits`, when given, take the place of the platform's budget.
  TransactionCore(Engine& engine, const SessionState* session, Kind kind,
                  const AnalystOptions* limits = nullptr);
  ~TransactionCore();
  TransactionCore(const TransactionCore&) = delete;
  TransactionCore& operator=(const TransactionCore&) = delete;

  // OK while it can be used. Once it is not, nothing of it is committed.
  [[nodiscard]] const absl::Status& status() const { return status_; }
  // The first reason stays.
  void Poison(const absl::Status& status) {
    if (status_.ok()) status_ = status;
  }

  // Starts a statement. `keep`: arguments are copied, since the cursor outlives the call. Without
  // it Step() follows at once, and the connection is held until then.
  void Start(const Statement& statement, const SqlValue* arguments, bool keep, Cursor* cursor);

  [[nodiscard]] absl::Status Commit();
  [[nodiscard]] absl::Status Savepoint();
  // Ends the innermost savepoint: keeps it when its body was `done`, undoes it otherwise. An error
  // to undo it poisons the transaction.
  [[nodiscard]] absl::Status EndSavepoint(const absl::Status& done);

  // kForeignValue, of which hooks hear.
  [[nodiscard]] absl::Status ForeignValue();

  // Of the tenant's own series and counters (number.cc); one that is not there counts as 0.
  [[nodiscard]] absl::StatusOr<std::int64_t> AddToNumber(NumberKind kind, const NumberName& name,
                                                         std::int64_t by);
  [[nodiscard]] absl::StatusOr<std::int64_t> NumberOf(NumberKind kind, const NumberName& name);
  [[nodiscard]] absl::Status StartSeries(const NumberName& name, std::int64_t first);

  [[nodiscard]] const SessionState* session() const { return session_; }
  [[nodiscard]] Engine& engine() const { return engine_; }
  // All zero in a global write.
  [[nodiscard]] const TenantId::Bytes& tenant() const {
    static constexpr TenantId::Bytes kNobody{};
    return session_ == nullptr ? kNobody : session_->proof->tenant.bytes();
  }

 private:
  friend class BlobStream;
  friend class Cursor;
  friend struct UncheckedDoor;  // of the test-only build
  absl::Status Begin();
  absl::Status BeginRemote(std::chrono::nanoseconds now);
  // On a server; on SQLite the lock knows it.
  [[nodiscard]] const StatementBudget& Budget() const;
  [[nodiscard]] bool writes() const { return kind_ == Kind::kWrite || kind_ == Kind::kGlobalWrite; }
  // What other processes did to the file and its directory.
  absl::Status HearOthers(std::chrono::nanoseconds now);
  void NoteExpiry() {
    if (session_ != nullptr && !session_->proof->Valid()) EndExpired();
  }
  void EndExpired();
  // Takes the connection for one call; false: status() says why.
  [[nodiscard]] bool Enter() {
    const bool plain = turn_ == nullptr && hooks_ == nullptr && status_.ok() && Usable();
    return plain || EnterWithCare();
  }
  [[nodiscard]] bool EnterWithCare();
  void Leave() {
    if (turn_ != nullptr) Unlock();
  }
  void Unlock();
  // The same around statements of Cordon's own. LeaveOwn() passes on what became of them.
  [[nodiscard]] bool EnterOwn();
  absl::Status LeaveOwn(absl::Status done);
  [[nodiscard]] bool Usable() const {
    return session_ == nullptr ||
           (session_->proof->Open() &&
            session_->interrupts.load(std::memory_order_relaxed) == interrupts_seen_);
  }
  absl::Status WhyUnusable() const;
  absl::Status WhyStopped(Stop stop) const;
  // Binds and begins an acquired statement, or gives it back. REQUIRES: entered.
  void Run(CachedStatement* statement, std::span<const SqlValue> arguments, bool keep,
           Cursor* cursor);
  void Attach(Cursor* cursor);
  // No loop that is still running reads what the statement writes.
  absl::Status CheckLoops(const Permit& permit) const;
  void StartRemote(const Statement& statement, const SqlValue* arguments, Cursor* cursor);
  absl::Status Bind(CachedStatement* statement, std::span<const SqlValue> arguments,
                    bool keep) const;
  // Calls act(place), or on a server remote_act(transaction), for one number of the tenant's while
  // the connection is ours.
  template <class Act, class RemoteAct>
  absl::Status OnNumber(NumberKind kind, const NumberName& name, const Act& act,
                        const RemoteAct& remote_act);
  void ForgetCursors();
  void Detach(Cursor* cursor);
  void NoteRollback(const absl::Status& why);
  // For hooks. REQUIRES: there are some, and the turn's mutex is not held.
  [[nodiscard]] Who Actor() const;
  [[nodiscard]] TransactionEvent Event() const;
  [[nodiscard]] bool LetPass(const Permit& permit, std::uint64_t fingerprint,
                             CachedStatement* statement, Cursor* cursor);
  void TellEnd(Cursor* cursor);
  void TellDenial(const absl::Status& status, std::uint64_t fingerprint = 0);

  Engine& engine_;
  const SessionState* session_;
  Kind kind_;
  Connection* connection_ = nullptr;
  std::unique_ptr<RemoteTransaction> remote_;  // instead, on a server
  const AnalystOptions* limits_ = nullptr;     // on a server
  void* place_ = nullptr;                      // of a reader in the pool
  std::shared_ptr<void> turn_;                 // of a writer: a WriteTurn
  std::uint64_t interrupts_seen_ = 0;
  absl::Status status_;
  Cursor* cursors_ = nullptr;
  HookCalls* hooks_ = nullptr;  // null when nobody listens
  std::uint64_t number_ = 0;    // for hooks
  std::chrono::nanoseconds began_{0};
  bool end_owed_ = false;      // AfterCommit or AfterRollback is still to be told
  bool context_told_ = false;  // hooks know that the context has ended
  BlobStream* blobs_ = nullptr;
  std::int64_t last_blob_ = 0;  // the last id given out here, rolled back since or not
  std::uint64_t undone_ = 0;    // savepoints that were rolled back
};

// Opens a file for a schema; both outlive every session.
class PlatformCore {
 public:
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<PlatformCore>> Open(
      const SchemaView& schema, const MigrationsView& migrations, PlatformOptions options);
  // Of a product without migrations.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<PlatformCore>> Open(const SchemaView& schema,
                                                                          PlatformOptions options);
  explicit PlatformCore(std::unique_ptr<Engine> engine);
  ~PlatformCore();
  [[nodiscard]] TenantDirectory& tenants() const;
  [[nodiscard]] Engine& engine() const;
  [[nodiscard]] absl::StatusOr<std::shared_ptr<SessionState>> OpenSession(
      const TenantContext& context) const;
  // One for each active tenant of the subtree.
  [[nodiscard]] absl::StatusOr<std::vector<std::shared_ptr<SessionState>>> OpenSubtree(
      const std::shared_ptr<Proof>& root) const;
  // The proof of a context of this platform that can be used; hooks hear of any other.
  [[nodiscard]] absl::StatusOr<std::shared_ptr<Proof>> Admit(const TenantContext& context) const;
  [[nodiscard]] absl::StatusOr<std::shared_ptr<Proof>> Admit(const SubtreeContext& context) const;

 private:
  std::unique_ptr<Engine> engine_;
};

// Asks the hooks of both sides whether a value may pass between them.
[[nodiscard]] absl::Status LetTransfer(const SessionState& from, const SessionState& to,
                                       std::string_view purpose);

[[nodiscard]] absl::Status NoRowFound();
[[nodiscard]] absl::Status MoreThanOneRow();
[[nodiscard]] absl::Status ValueDoesNotFit();
[[nodiscard]] absl::Status LeftByException();
[[nodiscard]] absl::Status VersionConflict();
[[nodiscard]] absl::Status HeldTooLong();

}  // namespace internal
}  // namespace cordon

#endif  // CORDON_DATA_INTERNAL_CORE_H_
