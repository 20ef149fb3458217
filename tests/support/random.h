// SPDX-License-Identifier: Apache-2.0
// What random tests have in common: CORDON_SEED repeats a run, CORDON_SECONDS searches longer.
#ifndef CORDON_TESTS_SUPPORT_RANDOM_H_
#define CORDON_TESTS_SUPPORT_RANDOM_H_

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace cordon_test {

// A new one where none is asked for. ./dev test asks for the same each time, so that what a change
// is refused for is its own.
inline std::uint64_t Seed() {
  const char* const asked = std::getenv("CORDON_SEED");
  const std::uint64_t seed =
      asked != nullptr ? std::strtoull(asked, nullptr, 10) : std::random_device()();
  std::printf("CORDON_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

// Goes round a number of times, which is the same on each machine, or for CORDON_SECONDS.
class Rounds {
 public:
  explicit Rounds(std::int64_t rounds) : left_(rounds) {
    if (const char* const seconds = std::getenv("CORDON_SECONDS"); seconds != nullptr) {
      end_ = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoll(seconds));
    }
  }
  [[nodiscard]] bool Next() {
    if (end_ == std::chrono::steady_clock::time_point()) return left_-- > 0;
    return std::chrono::steady_clock::now() < end_;
  }

 private:
  std::int64_t left_;
  std::chrono::steady_clock::time_point end_;
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_RANDOM_H_
