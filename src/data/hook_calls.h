// SPDX-License-Identifier: Apache-2.0
//
// Calls the host's hooks, and lets nothing of theirs through but a status.
//
// Thread safety: thread-safe. Nothing is locked while a hook runs.
#ifndef CORDON_SRC_DATA_HOOK_CALLS_H_
#define CORDON_SRC_DATA_HOOK_CALLS_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "cordon/data/hooks.h"
#include "cordon/data/internal/core.h"
#include "cordon/store/clock.h"

namespace cordon::internal {

[[nodiscard]] Who WhoOf(const Proof& proof);

class HookCalls {
 public:
  HookCalls(std::vector<std::shared_ptr<Hook>> hooks, const Clock& clock);

  // True on a thread that one of these hooks runs on.
  [[nodiscard]] bool Inside() const;
  [[nodiscard]] static absl::Status InsideHook();

  [[nodiscard]] std::uint64_t NextTransaction() { return ++transactions_; }
  // Zero when nobody wants it.
  [[nodiscard]] std::chrono::nanoseconds Now() const;

  [[nodiscard]] absl::Status BeforeStatement(StatementRun* run);
  [[nodiscard]] absl::Status AfterStatement(StatementRun* run);
  [[nodiscard]] absl::Status BeforeCommit(TransactionEvent event, std::chrono::nanoseconds began);
  [[nodiscard]] absl::Status Transferring(const TransferEvent& event);
  void AfterCommit(TransactionEvent event, std::chrono::nanoseconds began);
  void AfterRollback(TransactionEvent event, std::chrono::nanoseconds began);
  // Tells of `status` when it is one of the denials that hooks.h lists, or `in_any_case`.
  void Denied(const Who& who, const absl::Status& status, std::uint64_t fingerprint = 0,
              bool in_any_case = false);

 private:
  struct Listener {
    std::shared_ptr<Hook> hook;
    bool wants_duration;
  };
  template <class Call>
  [[nodiscard]] absl::Status Caught(const Call& call) const;
  void TellAll(TransactionEvent* event, std::chrono::nanoseconds began,
               void (Hook::*tell)(const TransactionEvent&));
  template <class Event>
  void SetDuration(Event* event, const Listener& listener, std::chrono::nanoseconds began,
                   std::chrono::nanoseconds now) const;

  std::vector<Listener> listeners_;
  bool timed_ = false;
  const Clock& clock_;
  std::atomic<std::uint64_t> transactions_ = 0;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_HOOK_CALLS_H_
