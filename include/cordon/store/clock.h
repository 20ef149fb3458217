// SPDX-License-Identifier: Apache-2.0
//
// The two clocks that Cordon reads, behind one interface so that a test can move them.
//
// Guarantees: expiry and deadlines use Monotonic() only, so a wall clock that jumps back a day
//   neither prolongs a context nor ends one early.
// Not guaranteed: precision. Monotonic() is coarse (about 4 ms on Linux); that is what makes it
//   cheap enough to be read once per transaction.
// Thread safety: implementations must be thread-safe.
// Ownership and lifetime: a platform shares ownership of the clock that it was opened with.
// Errors: none; a clock cannot fail.
#ifndef CORDON_STORE_CLOCK_H_
#define CORDON_STORE_CLOCK_H_

#include <chrono>
#include <memory>

namespace cordon {

class Clock {
 public:
  virtual ~Clock() = default;
  // Time since an arbitrary origin; never goes back.
  [[nodiscard]] virtual std::chrono::nanoseconds Monotonic() const = 0;
  // Calendar time, for what people read. May jump.
  [[nodiscard]] virtual std::chrono::sys_time<std::chrono::microseconds> Now() const = 0;
};

// The operating system's clocks.
[[nodiscard]] std::shared_ptr<const Clock> SystemClock();

}  // namespace cordon

#endif  // CORDON_STORE_CLOCK_H_
