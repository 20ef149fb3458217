// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/sqlstate.h"

#include <string>

#include "cordon/store/error.h"
#include "store/constraint.h"

namespace cordon::internal {

absl::Status StatusOfSqlState(std::string_view state) {
  const auto in = [&](std::string_view of) { return state.starts_with(of); };
  if (state.empty() || in("08") || in("57P") || state == "25P03") {
    return Error(ErrorCode::kConnectionLost,
                 "the connection to the database server was lost: nothing was changed, try again");
  }
  if (in("23")) {
    const ErrorCode broken = state == "23505" || state == "23P01" ? ErrorCode::kUniqueViolation
                             : state == "23503" || state == "23001"
                                 ? ErrorCode::kForeignKeyViolation
                             : state == "23502" ? ErrorCode::kNotNullViolation
                                                : ErrorCode::kCheckViolation;
    return Error(broken, std::string(ConstraintText(broken)) + " (while running a statement)");
  }
  if (state == "21000") {
    return Error(ErrorCode::kUniqueViolation,
                 "two rows of one INSERT meet the same row by ON CONFLICT: give each key once, or "
                 "insert them one by one");
  }
  if (in("0A")) {
    return Error(
        ErrorCode::kMissingFeature,
        "PostgreSQL cannot do what the statement asks for: equate columns of both sides in "
        "a FULL JOIN, and leave LIMIT out of a WITH that goes on from its own rows");
  }
  // Conflicts that name nobody: a serialization failure, a deadlock, a lock that was not to be had.
  if (state == "40001" || state == "40P01" || state == "55P03") {
    return Error(ErrorCode::kBusy,
                 "another transaction was in the way: nothing was changed, try again");
  }
  if (state == "57014") {
    return Error(ErrorCode::kBudgetExceeded,
                 "the statement ran longer than it may: try again, or narrow it down");
  }
  if (state == "42501") {
    return Error(ErrorCode::kEngineLock,
                 "the engine refused the statement: it would have used what no tenant has, or "
                 "written a row of none");
  }
  if (state == "25006") {
    return Error(ErrorCode::kReadOnly, "the transaction only reads: write in a write transaction");
  }
  if (in("25") || state == "40002") {
    return Error(ErrorCode::kTransactionOver,
                 "the engine gave the transaction up after an earlier error: start again");
  }
  if (state == "22021" || state == "22P05" || state == "22P02" || state == "22P03") {
    return Error(ErrorCode::kInvalidArgument,
                 "a text or a value has a form that its type does not have");
  }
  if (state == "22003") return Error(ErrorCode::kValueOutOfRange, kOutOfRangeText);
  if (in("22")) {
    return Error(ErrorCode::kValueOutOfRange,
                 "a value cannot be computed, or does not fit its type: check divisors and ranges");
  }
  if (state == "53300") {
    return Error(ErrorCode::kPoolExhausted,
                 "the database server has no connection left: try again, or allow it more of them");
  }
  if (state == "53100") {
    return Error(ErrorCode::kDiskFull, "the database server's disk is full: nothing was changed");
  }
  if (in("53")) {
    return Error(ErrorCode::kOutOfMemory,
                 "the database server has no memory left: nothing was changed");
  }
  if (in("54")) {
    return Error(ErrorCode::kBudgetExceeded,
                 "the statement is larger than the database server takes: narrow it down");
  }
  if (in("42") || in("0L") || in("0P") || in("2B") || in("3D") || in("3F") || in("34") ||
      in("26") || in("28")) {
    return Error(ErrorCode::kStatementRefused, "the database server does not take the statement");
  }
  if (in("XX00") && state != "XX000") {
    return Error(ErrorCode::kCorrupt,
                 "the database server found its own data damaged: restore a backup");
  }
  if (in("58")) {
    return Error(ErrorCode::kIo, "the database server cannot read or write its files");
  }
  return Error(ErrorCode::kInternal,
               "the database server ended the statement with SQLSTATE " + std::string(state));
}

}  // namespace cordon::internal
