// SPDX-License-Identifier: Apache-2.0
// What twins.h stands on; compiled once, in src/testing.
#ifndef CORDON_TESTING_INTERNAL_TWIN_H_
#define CORDON_TESTING_INTERNAL_TWIN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "cordon/store/clock.h"
#include "cordon/store/entropy.h"
#include "cordon/tenant/tenant_id.h"
#include "cordon/testing/input.h"

namespace cordon::testing {

struct TwinOptions;
class Report;

namespace internal {

inline constexpr char kCanary[] = "CANARY";

// The same bytes from the same seed, on every machine. Not for anything but tests.
[[nodiscard]] std::shared_ptr<Entropy> SeededEntropy(std::uint64_t seed);

// Stands still unless it is moved.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] std::chrono::nanoseconds Monotonic() const override { return now_; }
  [[nodiscard]] std::chrono::sys_time<std::chrono::microseconds> Now() const override {
    return std::chrono::sys_time<std::chrono::microseconds>(
        std::chrono::duration_cast<std::chrono::microseconds>(now_));
  }
  void Advance(std::chrono::nanoseconds by) { now_ += by; }

 private:
  std::chrono::nanoseconds now_ = std::chrono::hours(24 * 365 * 56);
};

// One world.
class Twin {
 public:
  virtual ~Twin() = default;
  [[nodiscard]] virtual absl::Status Open(const std::string& path, bool crowded) = 0;
  // Runs the host's request; what its user sees.
  [[nodiscard]] virtual std::string Act(Input& input) = 0;
  // A neighbour does something.
  [[nodiscard]] virtual absl::Status Disturb(std::uint64_t seed) = 0;
  [[nodiscard]] virtual const TenantId& ours() const = 0;
  [[nodiscard]] virtual std::vector<TenantId> neighbours() const = 0;
  // Tells a world who the neighbours of the crowded one are.
  virtual void Name(const std::vector<TenantId>& neighbours) = 0;
  [[nodiscard]] const std::shared_ptr<ManualClock>& clock() const { return clock_; }
  // What happens when a request lets others act.
  void OnOthersAct(std::function<void()> act) { meanwhile_ = std::move(act); }

 protected:
  [[nodiscard]] const std::function<void()>& meanwhile() const { return meanwhile_; }

 private:
  std::function<void()> meanwhile_;
  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
};

using MakeTwin = std::function<std::unique_ptr<Twin>()>;

[[nodiscard]] Report Drive(const TwinOptions& options, const MakeTwin& make);

}  // namespace internal
}  // namespace cordon::testing

#endif  // CORDON_TESTING_INTERNAL_TWIN_H_
