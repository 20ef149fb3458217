// SPDX-License-Identifier: Apache-2.0
//
// Turns the emitter's marks into PostgreSQL's names.
//
// Guarantees: a tenant's table is read through a query that names the tenant, $1; nothing but a
// mark
//   can name one. This is the first lock; the second, row-level security, holds without it.
// Thread safety: thread-safe.
// Errors: kEngineLock for a text that the emitter does not write.
#ifndef CORDON_SRC_DATA_POSTGRES_MARKS_H_
#define CORDON_SRC_DATA_POSTGRES_MARKS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cordon/data/internal/schema_view.h"
#include "data/marked.h"

namespace cordon::internal {

// Where the declared tables are.
inline constexpr std::string_view kPgSchema = "public";

// `permit` comes with its access, and learns what the statement reads and writes.
[[nodiscard]] absl::StatusOr<std::string> PgExpand(const MarkedSql& marked,
                                                   const SchemaView& schema, Permit* permit);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_MARKS_H_
