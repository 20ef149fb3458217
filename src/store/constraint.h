// SPDX-License-Identifier: Apache-2.0
// What a broken constraint, and a computation that went too far, is called on every engine.
#ifndef CORDON_SRC_STORE_CONSTRAINT_H_
#define CORDON_SRC_STORE_CONSTRAINT_H_

#include <string_view>

#include "cordon/store/error.h"

namespace cordon::internal {

constexpr std::string_view ConstraintText(ErrorCode broken) {
  switch (broken) {
    case ErrorCode::kUniqueViolation:
      return "a row with this key exists already: choose another key or use ON CONFLICT";
    case ErrorCode::kForeignKeyViolation:
      return "the row refers to one that does not exist, or is still referred to: insert the "
             "parent first, delete the children first";
    case ErrorCode::kNotNullViolation:
      return "a column that must have a value has none: give it one";
    default:
      return "a value does not fit its column: pass one of the declared type and range";
  }
}

inline constexpr std::string_view kOutOfRangeText =
    "a computation left the 64-bit range, or a LIKE pattern is too long: use smaller ones";

}  // namespace cordon::internal

#endif  // CORDON_SRC_STORE_CONSTRAINT_H_
