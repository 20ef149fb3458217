// SPDX-License-Identifier: Apache-2.0
// Keeps exceptions of the standard library inside: the host's boundary knows statuses only.
#ifndef CORDON_SRC_STORE_GUARD_H_
#define CORDON_SRC_STORE_GUARD_H_

#include <new>
#include <utility>

#include "absl/status/status.h"
#include "cordon/store/error.h"

namespace cordon::internal {

[[nodiscard]] inline absl::Status OutOfMemory() {
  try {
    return Error(ErrorCode::kOutOfMemory, "there is no memory left: nothing was changed");
  } catch (const std::bad_alloc&) {
    return absl::Status(absl::StatusCode::kResourceExhausted, "");  // takes no memory at all
  }
}

// What act() returns, an absl::Status or StatusOr; kOutOfMemory when it throws std::bad_alloc.
template <class Act>
[[nodiscard]] auto Guarded(Act&& act) -> decltype(act()) {
  try {
    return act();
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  }
}

}  // namespace cordon::internal

#endif  // CORDON_SRC_STORE_GUARD_H_
