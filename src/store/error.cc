// SPDX-License-Identifier: Apache-2.0
#include "cordon/store/error.h"

#include <charconv>
#include <string>

#include "absl/strings/cord.h"

namespace cordon {
namespace {

constexpr char kPayload[] = "cordon/error-code";

absl::StatusCode Canonical(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNone:
      return absl::StatusCode::kOk;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotNullViolation:
    case ErrorCode::kCheckViolation:
    case ErrorCode::kStatementRefused:
      return absl::StatusCode::kInvalidArgument;
    case ErrorCode::kNotFound:
      return absl::StatusCode::kNotFound;
    case ErrorCode::kNotOne:
    case ErrorCode::kForeignKeyViolation:
    case ErrorCode::kTenantSuspended:
    case ErrorCode::kTenantTree:
    case ErrorCode::kTenantState:
    case ErrorCode::kTransactionOver:
    case ErrorCode::kInsideHook:
    case ErrorCode::kInsideTransaction:
    case ErrorCode::kReadOnly:
    case ErrorCode::kSchemaDrift:
    case ErrorCode::kNewerFile:
    case ErrorCode::kMissingFeature:
    case ErrorCode::kMigrationNeeded:
    case ErrorCode::kCannotOpen:
    case ErrorCode::kNotADatabase:
    case ErrorCode::kLockIncomplete:
      return absl::StatusCode::kFailedPrecondition;
    case ErrorCode::kValueOutOfRange:
      return absl::StatusCode::kOutOfRange;
    case ErrorCode::kUniqueViolation:
      return absl::StatusCode::kAlreadyExists;
    case ErrorCode::kVersionConflict:
      return absl::StatusCode::kAborted;
    case ErrorCode::kNotPermitted:
    case ErrorCode::kForeignValue:
    case ErrorCode::kEngineLock:
      return absl::StatusCode::kPermissionDenied;
    case ErrorCode::kContextExpired:
    case ErrorCode::kContextRevoked:
    case ErrorCode::kEnvelopeInvalid:
    case ErrorCode::kEnvelopeExpired:
    case ErrorCode::kEnvelopeReplayed:
      return absl::StatusCode::kUnauthenticated;
    case ErrorCode::kBudgetExceeded:
    case ErrorCode::kPoolExhausted:
    case ErrorCode::kDiskFull:
    case ErrorCode::kOutOfMemory:
      return absl::StatusCode::kResourceExhausted;
    case ErrorCode::kInterrupted:
      return absl::StatusCode::kCancelled;
    case ErrorCode::kWriteHeldTooLong:
      return absl::StatusCode::kDeadlineExceeded;
    case ErrorCode::kBusy:
    case ErrorCode::kIo:
    case ErrorCode::kConnectionLost:
      return absl::StatusCode::kUnavailable;
    case ErrorCode::kCorrupt:
      return absl::StatusCode::kDataLoss;
    case ErrorCode::kUnknown:
    case ErrorCode::kInternal:
      break;
  }
  return absl::StatusCode::kInternal;
}

}  // namespace

ErrorCode CodeOf(const absl::Status& status) {
  if (status.ok()) return ErrorCode::kNone;
  const auto payload = status.GetPayload(kPayload);
  if (!payload.has_value()) return ErrorCode::kUnknown;
  const std::string text(*payload);
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return static_cast<ErrorCode>(number);
}

namespace internal {

absl::Status Error(ErrorCode code, std::string_view message) {
  const std::string text = "cordon: " + std::string(message);
  absl::Status status(Canonical(code), text);
  status.SetPayload(kPayload, absl::Cord(std::to_string(static_cast<int>(code))));
  return status;
}

}  // namespace internal
}  // namespace cordon
