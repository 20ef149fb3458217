// SPDX-License-Identifier: Apache-2.0
//
// A clock that a test moves: nothing expires while nobody looks.
//
// Guarantees: it begins at the same instant in every run, and stands still between two calls that
//   move it.
// Not guaranteed: anything about code that reads another clock; give the platform this one
//   (PlatformOptions::clock), and the host's own code Now() of it.
// Thread safety: thread-safe.
// Ownership and lifetime: shared with the platforms that were opened with it.
// Errors: none.
//
//   auto clock = std::make_shared<cordon::testing::ManualClock>();
//   auto platform = cordon::Platform<Erp>::Open({.path = path, .clock = clock});
//   clock->Advance(std::chrono::minutes(16));  // a context of fifteen minutes has expired
#ifndef CORDON_TESTING_CLOCK_H_
#define CORDON_TESTING_CLOCK_H_

#include <atomic>
#include <chrono>
#include <cstdint>

#include "cordon/store/clock.h"

namespace cordon::testing {

class ManualClock final : public Clock {
 public:
  [[nodiscard]] std::chrono::nanoseconds Monotonic() const override {
    looks_.fetch_add(1, std::memory_order_relaxed);
    return std::chrono::nanoseconds(monotonic_.load(std::memory_order_relaxed));
  }
  [[nodiscard]] std::chrono::sys_time<std::chrono::microseconds> Now() const override {
    return std::chrono::sys_time<std::chrono::microseconds>(
        std::chrono::microseconds(wall_.load(std::memory_order_relaxed)));
  }

  // Time passes: both clocks move.
  void Advance(std::chrono::nanoseconds by) {
    monotonic_ += by.count();
    wall_ += std::chrono::duration_cast<std::chrono::microseconds>(by).count();
  }
  // Somebody sets the wall clock, forward or back.
  void JumpWall(std::chrono::microseconds by) { wall_ += by.count(); }
  // How often Monotonic() was read. A statement reads it every thousand steps, so another thread
  // can see that one is under way.
  [[nodiscard]] std::int64_t looks() const { return looks_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> monotonic_{std::chrono::nanoseconds(std::chrono::hours(1)).count()};
  std::atomic<std::int64_t> wall_{1'700'000'000'000'000};  // in November 2023
  mutable std::atomic<std::int64_t> looks_{0};
};

}  // namespace cordon::testing

#endif  // CORDON_TESTING_CLOCK_H_
