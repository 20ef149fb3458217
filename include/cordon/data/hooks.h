// SPDX-License-Identifier: Apache-2.0
//
// How the rooms above listen to what happens to a platform's rows: a Hook is told of statements,
// commits, rollbacks and denials, and may refuse what has not happened yet.
//
// Guarantees: a hook sees who acts, which tables a statement touches and how many rows, never a
//   value of a row or an argument. Each statement that BeforeStatement() let pass is reported to
//   AfterStatement() exactly once, also when it failed or did not run after all. Each transaction
//   that writes (Transaction, WriteGlobals, and a session's own writing calls) ends with exactly
//   one of AfterCommit() and AfterRollback(). What a hook refuses, and what it throws, fails the
//   act and goes no further: a statement does not run, a transaction is rolled back.
// Not guaranteed: that AfterCommit() is called when the process dies in between; what must not be
//   lost belongs into the transaction. Nothing can be undone there any more, so AfterCommit(),
//   AfterRollback() and Denied() return nothing, and what they throw is dropped.
// Thread safety: a hook must be thread-safe; it is called on the thread that acts, from many at
//   once, while no lock of Cordon's is held. A writing transaction keeps its turn meanwhile, and
//   its cap runs, except in AfterCommit() and AfterRollback().
// Ownership and lifetime: shared with the platform. What an event points to lives as long as the
//   call.
// Errors: a hook's status is given to the caller as it is, so it must name nobody else's data. An
//   exception becomes kInternal. A hook that uses the platform which calls it gets kInsideHook at
//   once, and the transaction it reached for is poisoned; if it waits for another thread that wants
//   to write there, that thread gets kBusy after PlatformOptions::patience.
//
//   class Meter final : public cordon::Hook {
//     absl::Status AfterStatement(const cordon::StatementEvent& event) override {
//       Count(*event.who.tenant, event.rows_returned + event.rows_changed);
//       return absl::OkStatus();
//     }
//   };
//   Platform<Erp>::Open({.path = "erp.db", .hooks = {std::make_shared<Meter>()}});
#ifndef CORDON_DATA_HOOKS_H_
#define CORDON_DATA_HOOKS_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "cordon/store/error.h"
#include "cordon/tenant/principal.h"
#include "cordon/tenant/tenant_id.h"
#include "cordon/tenant/trace.h"

namespace cordon {

// Who acts, for whom and why. In WriteGlobals there is no tenant, and all of it is empty.
struct Who {
  const TenantId* tenant = nullptr;
  const Principal* principal = nullptr;
  std::string_view purpose;
  // Null where a tenant could not be entered and the caller brought no trace.
  const TraceId* trace = nullptr;
  // The root of the subtree that is being summed up, of which `tenant` is one (OpenSubtree); null
  // in all other work.
  const TenantId* subtree = nullptr;
};

struct TouchedTable {
  std::string_view name;  // as the schema has it
  bool written = false;
};

struct StatementEvent {
  Who who;
  // Tells the statements of one transaction from those of others in this platform object.
  std::uint64_t transaction = 0;
  // Of what the checker made of the text: the same for statements that differ in white space,
  // comments, the case of words, aliases and the values of literals; in every process, and until
  // Cordon writes such a statement in another way. Arguments of other types may change it.
  std::uint64_t fingerprint = 0;
  std::span<const TouchedTable> tables;
  // What AfterStatement() is told in addition. A statement whose turn was taken away reports no
  // rows.
  std::int64_t rows_returned = 0;
  std::int64_t rows_changed = 0;
  // For hooks that want it: from the start to the end, a loop's body over Rows() included.
  std::optional<std::chrono::nanoseconds> duration;
  absl::Status outcome;
};

struct TransactionEvent {
  Who who;
  std::uint64_t transaction = 0;
  // A Nested() part alone was rolled back; its transaction goes on.
  bool nested = false;
  std::optional<std::chrono::nanoseconds> duration;  // as above; none for a part
  // Why it was rolled back; OK otherwise.
  absl::Status outcome;
};

// Somebody was refused at the tenant boundary or at a limit: kNotPermitted, kTenantSuspended,
// kTenantState, kContextExpired and kContextRevoked (at Enter, at OpenSession, or in use),
// kEnvelopeInvalid (of which nobody is known), kEnvelopeExpired, kEnvelopeReplayed, kForeignValue,
// kEngineLock, kBudgetExceeded, and kStatementRefused of a text given to Ask(). Told once, where
// it happens; the errors that follow from it in the same transaction are not told again.
struct DenialEvent {
  // At Enter: the tenant that was asked for, which need not exist.
  Who who;
  absl::Status status;
  std::uint64_t fingerprint = 0;  // of the statement; 0 where there is none
};

// A value is about to pass from one tenant's scope into another's (transfer.h). Told twice: of the
// side that lets go of it, and of the one that takes it.
struct TransferEvent {
  Who who;
  const TenantId* other = nullptr;  // the other side
  bool outgoing = false;            // `who` lets go of it
  std::string_view purpose;         // that both agreed on
};

class Hook {
 public:
  virtual ~Hook() = default;

  // Asked once, when the platform is opened. No clock is looked at when no hook wants it.
  [[nodiscard]] virtual bool WantsDuration() const { return false; }

  // Not OK: the statement does not run, and no hook behind this one hears of it.
  [[nodiscard]] virtual absl::Status BeforeStatement(const StatementEvent&) {
    return absl::OkStatus();
  }
  // Not OK: the call fails, and a transaction is poisoned. Every hook that let the statement pass
  // hears of it first.
  [[nodiscard]] virtual absl::Status AfterStatement(const StatementEvent&) {
    return absl::OkStatus();
  }
  // Not OK: the transaction is rolled back. OK does not mean that it will commit.
  [[nodiscard]] virtual absl::Status BeforeCommit(const TransactionEvent&) {
    return absl::OkStatus();
  }
  // Not OK: the value stays where it is.
  [[nodiscard]] virtual absl::Status Transferring(const TransferEvent&) { return absl::OkStatus(); }
  virtual void AfterCommit(const TransactionEvent&) {}
  virtual void AfterRollback(const TransactionEvent&) {}
  virtual void Denied(const DenialEvent&) {}
};

}  // namespace cordon

#endif  // CORDON_DATA_HOOKS_H_
