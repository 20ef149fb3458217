// SPDX-License-Identifier: Apache-2.0
// The arithmetic that emitted statements use: 64-bit integers, exact or failing.
#ifndef CORDON_SRC_DATA_ARITHMETIC_H_
#define CORDON_SRC_DATA_ARITHMETIC_H_

#include <sqlite3.h>

namespace cordon::internal {

// Adds cordon_add, cordon_sub, cordon_mul, cordon_div and cordon_mod to a connection. SQLite's own
// operators go on in binary fractions where 64 bits are not enough; these end the statement. NULL
// in, NULL out; a division by zero is NULL, as in SQLite. Returns an SQLite result code.
[[nodiscard]] int RegisterArithmetic(sqlite3* db);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_ARITHMETIC_H_
