// SPDX-License-Identifier: Apache-2.0
// What a statement could name without a mark: both engines look, before they turn marks into names.
// Thread safety: thread-safe.
#ifndef CORDON_SRC_DATA_NAMES_H_
#define CORDON_SRC_DATA_NAMES_H_

#include <cstddef>
#include <string_view>

#include "cordon/data/internal/schema_view.h"

namespace cordon::internal {

// Whether this is one text or blob, whole: nothing of it can become a part of the statement.
[[nodiscard]] bool IsLiteral(std::string_view text);

// Whether a character goes on with a word that is not quoted.
[[nodiscard]] bool IsWordPart(char c);
// Where a word stands by itself, from `at` on.
[[nodiscard]] std::size_t FindWhole(std::string_view text, std::string_view word,
                                    std::size_t at = 0);

// Whether what stands between the marks spells a tenant table's name, other than as a column that
// is qualified as the emitter does it.
[[nodiscard]] bool NamesTenantTable(const SchemaView& schema, std::string_view text);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_NAMES_H_
