// SPDX-License-Identifier: Apache-2.0
//
// What the emitter writes, before an engine's lock turns its marks into names (see parser.h).
//
// Thread safety: thread-safe.
#ifndef CORDON_SRC_DATA_MARKED_H_
#define CORDON_SRC_DATA_MARKED_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cordon/data/internal/dialect.h"
#include "cordon/data/internal/parser.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/sql.h"

namespace cordon::internal {

inline constexpr std::size_t kNoTable = SchemaView::kNone;

// SQL with marks, as parser.h describes it.
struct MarkedSql {
  std::string withs;
  std::string body;
};

// What one statement was let in for.
struct Permit {
  std::size_t target = kNoTable;  // the table that it may write
  std::vector<bool> reads;        // by table: what it reads
  Access access = Access::kRead;
};

// The checker again, this time writing. What the compiler has accepted is accepted here. `page`,
// where it is given, gets the types of what is bound behind the arguments of a paged statement.
[[nodiscard]] absl::StatusOr<MarkedSql> Emit(const Statement& statement, Dialect dialect,
                                             std::vector<SqlType>* page = nullptr);

// See StatementEvent.
[[nodiscard]] std::uint64_t FingerprintOf(const MarkedSql& marked, const SchemaView& schema);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_MARKED_H_
