// SPDX-License-Identifier: Apache-2.0
//
// SQLite's functions, and Cordon's exact arithmetic, in the schema "cordon" of a PostgreSQL
// database: what PostgresCall() (dialect.h) and the parser write into a statement.
//
// Guarantees: an immutable function of its arguments alone, which runs with the rights of the
//   runtime role, for each name; the results are those of SQLite 3.40, NULL where SQLite has NULL.
// Not guaranteed: what doubles are beyond their range. Where SQLite goes on with infinity or with
//   zero, the server's operators end the statement (SQLSTATE 22003, kValueOutOfRange). Doubles that
//   are written, read or rounded to more than 15 digits, or lie in the middle between two decimals:
//   SQLite uses an inexact arithmetic of its own there. The last bits of exp() and pow(). A text
//   cannot hold U+0000: char(0), and bytes that are no UTF-8, are errors of class 22; a directive
//   of format() that would write U+0000, or half of a character, leaves it out.
// Thread safety: thread-safe.
#ifndef CORDON_SRC_DATA_POSTGRES_FUNCTIONS_H_
#define CORDON_SRC_DATA_POSTGRES_FUNCTIONS_H_

#include <string>

#include "absl/status/status.h"
#include "cordon/data/postgres.h"
#include "data/postgres/connection.h"

namespace cordon::internal {

// One statement, for the owner role, again after an upgrade. Whoever runs it lets the runtime role
// EXECUTE the functions of the schema.
[[nodiscard]] std::string PgFunctionStatements();

// The same for functions of values without a type: to be run once the type cordon.value is there,
// with its functions.
[[nodiscard]] std::string PgValueFunctionStatements();

// As the owner role: makes them all, and lets the runtime role call them; nothing where this
// release's are there. REQUIRES: no transaction is open on `owner`.
[[nodiscard]] absl::Status PgInstallFunctions(PgConnection& owner, const PostgresOptions& options);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_FUNCTIONS_H_
