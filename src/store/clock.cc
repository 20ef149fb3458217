// SPDX-License-Identifier: Apache-2.0
#include "cordon/store/clock.h"

#include <ctime>

namespace cordon {
namespace {

class OsClock final : public Clock {
 public:
  std::chrono::nanoseconds Monotonic() const override {
    timespec now{};
#ifdef CLOCK_MONOTONIC_COARSE
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
#else
    (void)now;
    return std::chrono::steady_clock::now().time_since_epoch();
#endif
  }
  std::chrono::sys_time<std::chrono::microseconds> Now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace

std::shared_ptr<const Clock> SystemClock() { return std::make_shared<OsClock>(); }

}  // namespace cordon
