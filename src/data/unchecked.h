// SPDX-License-Identifier: Apache-2.0
//
// A door past the checker, to test the engine lock behind it. It exists in a library of its own
// (CORDON_TEST_UNCHECKED), for tests, and is never installed.
#ifndef CORDON_SRC_DATA_UNCHECKED_H_
#define CORDON_SRC_DATA_UNCHECKED_H_

#ifdef CORDON_TEST_UNCHECKED

#include <string_view>

#include "cordon/data/internal/core.h"

namespace cordon::internal {

struct UncheckedDoor {
  // Hands `sql` to the engine as it is.
  static void Start(TransactionCore& transaction, std::string_view sql, Cursor* cursor);
  // Hands over what a faulty emitter might have written, marks included (see parser.h).
  static void StartMarked(TransactionCore& transaction, std::string_view sql, Access access,
                          Cursor* cursor);
};

}  // namespace cordon::internal

#endif  // CORDON_TEST_UNCHECKED

#endif  // CORDON_SRC_DATA_UNCHECKED_H_
