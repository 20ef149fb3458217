// SPDX-License-Identifier: Apache-2.0
// Values on their way to the server and back. dialect.h says which of the server's types each has.
// Thread safety: thread-safe.
#ifndef CORDON_SRC_DATA_POSTGRES_VALUE_H_
#define CORDON_SRC_DATA_POSTGRES_VALUE_H_

#include "absl/status/status.h"
#include "cordon/data/types.h"
#include "data/postgres/connection.h"

namespace cordon::internal {

// Copies it. kInvalidArgument for what the server has no room for: a text with a NUL in it or that
// is not UTF-8, and what is longer than SQLite takes it.
[[nodiscard]] absl::Status AddArgument(const SqlValue& value, const SqlType& type,
                                       PgArguments* arguments);

// Borrows texts and bytes from `rows`. A value of a type that Cordon does not ask for is NULL.
[[nodiscard]] SqlValue ValueAt(const PgRows& rows, int row, int column);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_VALUE_H_
