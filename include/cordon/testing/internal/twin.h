// SPDX-License-Identifier: Apache-2.0
// What twins.h stands on; compiled once, in src/testing.
#ifndef CORDON_TESTING_INTERNAL_TWIN_H_
#define CORDON_TESTING_INTERNAL_TWIN_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/value.h"
#include "cordon/store/entropy.h"
#include "cordon/tenant/tenant_id.h"
#include "cordon/testing/clock.h"
#include "cordon/testing/entropy.h"
#include "cordon/testing/input.h"

namespace cordon::testing {

struct TwinOptions;
class Report;

namespace internal {

inline constexpr char kCanary[] = "CANARY";

// Two sources, so that what the neighbours draw does not change what is drawn for us.
class SplitEntropy final : public Entropy {
 public:
  explicit SplitEntropy(std::uint64_t seed) : ours_(seed), theirs_(~seed) {}
  [[nodiscard]] absl::Status Fill(std::span<std::byte> bytes) override {
    return others_.load() ? theirs_.Fill(bytes) : ours_.Fill(bytes);
  }
  // While it is held, it is the others who draw.
  class Others {
   public:
    explicit Others(SplitEntropy& entropy) : entropy_(entropy) { entropy_.others_ = true; }
    ~Others() { entropy_.others_ = false; }
    Others(const Others&) = delete;
    Others& operator=(const Others&) = delete;

   private:
    SplitEntropy& entropy_;
  };

 private:
  SeededEntropy ours_;
  SeededEntropy theirs_;
  std::atomic<bool> others_ = false;
};

// One world.
class Twin {
 public:
  virtual ~Twin() = default;
  [[nodiscard]] virtual absl::Status Open(const std::string& path, bool crowded) = 0;
  // Runs the host's request; what its user sees.
  [[nodiscard]] virtual std::string Act(Input& input) = 0;
  // The neighbours do something.
  virtual void Disturb(std::uint64_t seed) = 0;
  [[nodiscard]] virtual const TenantId& ours() const = 0;
  [[nodiscard]] virtual std::vector<TenantId> neighbours() const = 0;
  // Rather than in the file that it was opened with.
  [[nodiscard]] virtual bool on_server() const = 0;
  // What each neighbour has in each of the tables, as Cordon reads it.
  struct Rows {
    std::string table;
    absl::StatusOr<std::vector<std::vector<Value>>> rows;
  };
  [[nodiscard]] virtual std::vector<Rows> NeighboursRows() = 0;
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

// What a comparison was called with, for the test that a report prints.
struct Call {
  std::string_view product;  // as the compiler spells the function that Spelled() is
  bool fill = false;
};

// Holds the compiler's name of the type, somewhere.
template <class Type>
constexpr std::string_view Spelled() {
#if defined(__GNUC__)
  return __PRETTY_FUNCTION__;
#else
  return "";
#endif
}

[[nodiscard]] Report Compare(const TwinOptions& options, const Call& call, const MakeTwin& make);
[[nodiscard]] Report Replay(const TwinOptions& options, const Call& call,
                            const std::vector<Input>& program, const MakeTwin& make);

}  // namespace internal
}  // namespace cordon::testing

#endif  // CORDON_TESTING_INTERNAL_TWIN_H_
