// SPDX-License-Identifier: Apache-2.0
//
// The gates that contexts look at: one for each tenant and each of its members that has a context
// in this process. What ends a context closes its gate, for good; the next context gets a new one.
//
// Guarantees: a context that was decided on a state of the directory before a closing act finds its
//   gate closed afterwards. Here: as soon as Close…() returns. For acts of other processes: as soon
//   as Look() returns, which is to be called when Due().
// Thread safety: thread-safe.
#ifndef CORDON_SRC_TENANT_GATES_H_
#define CORDON_SRC_TENANT_GATES_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/tenant/context.h"
#include "cordon/tenant/principal.h"
#include "cordon/tenant/tenant_id.h"
#include "store/own.h"

namespace cordon::internal {

// What lets a principal in.
enum class Right { kMember, kSubtree };

class Gates {
 public:
  struct Pair {
    std::shared_ptr<Gate> tenant;
    std::shared_ptr<Gate> holder;
    [[nodiscard]] bool complete() const { return tenant != nullptr && holder != nullptr; }
  };
  // What is there; null where nothing is.
  [[nodiscard]] Pair Find(const TenantId& tenant, Right right, const Principal& principal);
  // Makes what is not there. `epoch`: the directory's when what they stand for was read.
  [[nodiscard]] Pair Make(const TenantId& tenant, Right right, const Principal& principal,
                          std::int64_t epoch);
  [[nodiscard]] std::shared_ptr<Gate> MakeOfTenant(const TenantId& tenant, std::int64_t epoch);

  void CloseTenant(const TenantId& tenant);
  void CloseHolder(const TenantId& tenant, Right right, const Principal& principal);

  // True twice a second: somebody should see what other processes did.
  [[nodiscard]] bool Due(std::chrono::nanoseconds now) const {
    return now.count() >= due_.load(std::memory_order_relaxed);
  }
  // Closes what others closed. Where several threads find it due, one looks and the rest go on,
  // unless what they would go on with is older than kTooOld.
  [[nodiscard]] absl::Status Look(OwnConnection& connection, std::chrono::nanoseconds now);
  // The same without regard to the time.
  [[nodiscard]] absl::Status LookNow(OwnConnection& connection, std::chrono::nanoseconds now);
  // The same for whoever has read the directory in `epoch`, and is about to use gates: those that
  // others have ended since are replaced. False when there was nothing to see.
  [[nodiscard]] absl::StatusOr<bool> CatchUp(OwnConnection& connection, std::int64_t epoch,
                                             std::chrono::nanoseconds now);
  // The epoch up to which other processes were heard.
  [[nodiscard]] std::int64_t Seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  struct Held {
    std::shared_ptr<Gate> gate;
    std::int64_t epoch;
  };
  using Holder = std::pair<Right, Principal>;
  struct OfTenant {
    Held tenant;
    std::map<Holder, Held> holders;
  };
  using Map = std::unordered_map<TenantId, OfTenant>;

  // REQUIRES: mutex_.
  OfTenant& Entry(const TenantId& tenant, std::int64_t epoch);
  void Close(Map::iterator tenant);
  void CloseAll();
  absl::Status Compare(OwnConnection& connection, const TenantId& tenant, std::int64_t state,
                       std::int64_t closed);

  std::mutex mutex_;
  Map tenants_;            // guarded by mutex_
  std::int64_t seen_ = 0;  // guarded by mutex_: the epoch up to which other processes were heard
  std::mutex looking_;
  std::atomic<std::int64_t> due_ = 0;      // ns on the monotonic clock
  std::atomic<std::int64_t> too_old_ = 0;  // the same
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_TENANT_GATES_H_
