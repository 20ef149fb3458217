// SPDX-License-Identifier: Apache-2.0
// The two parts of PostgresCall() (dialect.h) that have a file of their own.
#ifndef CORDON_SRC_DATA_DIALECT_POSTGRES_H_
#define CORDON_SRC_DATA_DIALECT_POSTGRES_H_

#include <span>

#include "cordon/data/internal/dialect.h"

namespace cordon::internal {

// kCount, kSum, kTotal, kAvg, kMinMax, kConcat, kJsonArrayOf, kJsonObjectOf.
[[nodiscard]] CallText PostgresAggregate(const Function& function,
                                         std::span<const Operand> arguments, const SqlType& result,
                                         bool distinct, bool windowed);

// The other kJson rules.
[[nodiscard]] CallText PostgresJson(const Function& function, std::span<const Operand> arguments,
                                    const SqlType& result, bool distinct, bool windowed);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_DIALECT_POSTGRES_H_
