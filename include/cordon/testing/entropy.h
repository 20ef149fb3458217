// SPDX-License-Identifier: Apache-2.0
//
// Where a test's ids come from: the same bytes from the same seed, on every machine.
//
// Guarantees: calls that are made in the same order get the same bytes, and so a platform that is
//   opened with it draws the same tenant ids and trace ids in every run.
// Not guaranteed: that anything is unguessable; never open a real platform with it. Threads that
//   draw at the same time get the bytes in the order in which they come.
// Thread safety: thread-safe.
// Ownership and lifetime: shared with the platforms that were opened with it.
// Errors: kInternal while it is told to fail.
//
//   auto platform = cordon::Platform<Erp>::Open(
//       {.path = path, .entropy = std::make_shared<cordon::testing::SeededEntropy>(7)});
#ifndef CORDON_TESTING_ENTROPY_H_
#define CORDON_TESTING_ENTROPY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <span>

#include "absl/status/status.h"
#include "cordon/store/entropy.h"
#include "cordon/store/error.h"

namespace cordon::testing {

class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(std::uint64_t seed = 1) : random_(seed) {}

  [[nodiscard]] absl::Status Fill(std::span<std::byte> bytes) override {
    if (failing.load()) {
      return cordon::internal::Error(ErrorCode::kInternal, "the test's generator is switched off");
    }
    const std::lock_guard lock(mutex_);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random_() & 0xFFU);
    return absl::OkStatus();
  }

  // While it is true, Fill() fails: what does the host do without a generator?
  std::atomic<bool> failing = false;

 private:
  std::mutex mutex_;
  std::mt19937_64 random_;
};

}  // namespace cordon::testing

#endif  // CORDON_TESTING_ENTROPY_H_
