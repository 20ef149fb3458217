// SPDX-License-Identifier: Apache-2.0
//
// Why a call was refused, as a number that stays the same from release to release.
//
// Guarantees: every non-OK absl::Status that Cordon returns carries exactly one ErrorCode; its
//   message starts with "cordon: ", names the cause on the caller's side and the next step, and
//   holds no row value, no key material and no identifier of another tenant.
// Not guaranteed: the wording of messages. Branch on the code, never on the text.
// Thread safety: thread-safe; pure functions.
// Ownership and lifetime: values only.
// Errors: CodeOf() of an OK status is kNone; of a status that is not Cordon's, kUnknown.
//
//   absl::Status added = tenant.Insert(order);
//   if (cordon::CodeOf(added) == cordon::ErrorCode::kUniqueViolation) return UseAnotherNumber();
#ifndef CORDON_STORE_ERROR_H_
#define CORDON_STORE_ERROR_H_

#include <string_view>

#include "absl/status/status.h"

namespace cordon {

// Reported in statuses and logs: do not renumber.
enum class ErrorCode : int {
  kNone = 0,
  kUnknown = 1,

  // The caller's own input.
  kInvalidArgument = 10,  // a value that no call of this kind accepts
  kNotFound = 11,         // nothing of that description inside the caller's own tenant
  kNotOne = 12,           // more than one row where one was asked for
  kValueOutOfRange = 13,  // a stored or computed value does not fit the field that receives it
  kUniqueViolation = 14,  // a row of the caller's own holds this key already
  kForeignKeyViolation = 15,
  kNotNullViolation = 16,
  kCheckViolation = 17,
  kStatementRefused = 18,  // the checker refuses the statement
  kVersionConflict = 19,   // the row was changed since it was read

  // The tenant boundary.
  kNotPermitted = 30,  // no such tenant, or the principal is not a member: one answer for both
  kContextExpired = 31,
  kContextRevoked = 32,
  kTenantSuspended = 33,
  kForeignValue = 34,  // a value read in one tenant's scope was offered to another's
  kEngineLock = 35,    // the engine refused what the checker had not seen
  kTenantTree = 36,    // the tree of tenants does not allow it: a cycle, a depth, a kind, a child
  kTenantState = 37,   // the tenant's state does not allow it
  kEnvelopeInvalid = 38,  // forged, cut, altered, or meant for somebody else
  kEnvelopeExpired = 39,
  kEnvelopeReplayed = 40,  // it was opened before

  // Limits of the caller's own statement or transaction.
  kBudgetExceeded = 50,
  kInterrupted = 51,
  kWriteHeldTooLong = 52,
  kTransactionOver = 53,    // the transaction was rolled back before this call
  kInsideHook = 54,         // a hook used the platform that was calling it
  kInsideTransaction = 55,  // a thread that is writing asked for another write transaction

  // The shared machine: nothing committed is lost.
  kBusy = 70,
  kPoolExhausted = 71,
  kDiskFull = 72,
  kReadOnly = 73,
  kCorrupt = 74,
  kNotADatabase = 75,
  kIo = 76,
  kOutOfMemory = 77,
  kCannotOpen = 78,
  kConnectionLost = 79,  // the database server went away, or does not answer

  // The installation.
  kSchemaDrift = 90,      // the file and the declaration disagree
  kNewerFile = 91,        // the file was written by a newer Cordon, or a newer release of the host
  kMissingFeature = 92,   // the linked SQLite lacks what the locks need
  kMigrationNeeded = 93,  // the file has an older version, or is on its way to another one
  kLockIncomplete = 94,   // the database server lets the second lock be passed
  kInternal = 99,
};

// The code inside `status`: kNone when it is OK, kUnknown when Cordon did not make it.
[[nodiscard]] ErrorCode CodeOf(const absl::Status& status);

namespace internal {
// The only way a Cordon error is made: `message` without the "cordon: " prefix.
[[nodiscard]] absl::Status Error(ErrorCode code, std::string_view message);
}  // namespace internal

}  // namespace cordon

#endif  // CORDON_STORE_ERROR_H_
