// SPDX-License-Identifier: Apache-2.0
//
// Where PostgreSQL needs other words than SQLite for the same meaning. The parser writes operators
// and clauses itself; calls of functions are written here, since their meaning is a matter of
// their arguments alone.
//
// In a text for PostgreSQL an expression has, by its SqlType, this type of the server's:
//   kInteger, kDecimal, kTimestamp   bigint         kText   text COLLATE "C"
//   kBoolean                         boolean        kBlob   bytea
//   kReal                            double precision
//   kAny                             cordon.value, a composite of which one field is not NULL;
//                                    NULL itself is a NULL of that type
//   kNull                            the word NULL
// Each is a whole of its own: a name, a call, or in parentheses.
#ifndef CORDON_DATA_INTERNAL_DIALECT_H_
#define CORDON_DATA_INTERNAL_DIALECT_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cordon/data/internal/functions.h"
#include "cordon/data/types.h"

namespace cordon::internal {

enum class Dialect : std::uint8_t { kSqlite, kPostgres };

struct Operand {
  std::string_view text;
  SqlType type;
  std::string_view literal = {};  // of a text of the statement: as it is spelled, with its quotes
};

struct CallText {
  std::string head;
  std::string tail;  // behind FILTER and OVER
};

// `windowed`: with an OVER of its own.
[[nodiscard]] CallText PostgresCall(const Function& function, std::span<const Operand> arguments,
                                    const SqlType& result, bool distinct, bool windowed);

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_DIALECT_H_
