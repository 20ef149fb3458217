// SPDX-License-Identifier: Apache-2.0
#include "data/hook_calls.h"

#include <utility>

#include "cordon/store/error.h"
#include "store/guard.h"

namespace cordon::internal {
namespace {

// The hooks that run on this thread, from the innermost outwards: a hook may use another platform,
// whose hooks may not come back to this one.
struct Frame {
  explicit Frame(const HookCalls* calls);
  ~Frame();
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  const HookCalls* const of;
  Frame* const outer;
};
constinit thread_local Frame* innermost = nullptr;
Frame::Frame(const HookCalls* calls) : of(calls), outer(innermost) { innermost = this; }
Frame::~Frame() { innermost = outer; }

bool IsDenial(const absl::Status& status) {
  switch (CodeOf(status)) {
    case ErrorCode::kNotPermitted:
    case ErrorCode::kTenantSuspended:
    case ErrorCode::kTenantState:
    case ErrorCode::kContextExpired:
    case ErrorCode::kContextRevoked:
    case ErrorCode::kEnvelopeInvalid:
    case ErrorCode::kEnvelopeExpired:
    case ErrorCode::kEnvelopeReplayed:
    case ErrorCode::kForeignValue:
    case ErrorCode::kEngineLock:
    case ErrorCode::kBudgetExceeded:
      return true;
    default:
      return false;
  }
}

}  // namespace

Who WhoOf(const Proof& proof) {
  return {&proof.tenant, &proof.principal, proof.purpose, &proof.trace.trace(),
          proof.subtree.has_value() ? &*proof.subtree : nullptr};
}

HookCalls::HookCalls(std::vector<std::shared_ptr<Hook>> hooks, const Clock& clock) : clock_(clock) {
  for (std::shared_ptr<Hook>& hook : hooks) {
    bool wants = false;
    (void)Caught([&] {
      wants = hook->WantsDuration();
      return absl::OkStatus();
    });
    timed_ = timed_ || wants;
    listeners_.push_back({std::move(hook), wants});
  }
}

bool HookCalls::Inside() const {
  for (const Frame* frame = innermost; frame != nullptr; frame = frame->outer) {
    if (frame->of == this) return true;
  }
  return false;
}

absl::Status HookCalls::InsideHook() {
  return Error(ErrorCode::kInsideHook,
               "a hook used the platform that was calling it: let it return, then act");
}

std::chrono::nanoseconds HookCalls::Now() const {
  return timed_ ? clock_.Monotonic() : std::chrono::nanoseconds(0);
}

template <class Call>
absl::Status HookCalls::Caught(const Call& call) const {
  return Guarded([&]() -> absl::Status {
    const Frame frame(this);
    try {
      return call();
    } catch (const std::bad_alloc&) {
      throw;
    } catch (...) {
      return Error(ErrorCode::kInternal,
                   "a hook threw an exception: let it return a status instead");
    }
  });
}

template <class Event>
void HookCalls::SetDuration(Event* event, const Listener& listener, std::chrono::nanoseconds began,
                            std::chrono::nanoseconds now) const {
  event->duration.reset();
  if (listener.wants_duration) event->duration = now - began;
}

absl::Status HookCalls::BeforeStatement(StatementRun* run) {
  run->began = Now();
  for (; run->told < listeners_.size(); ++run->told) {
    absl::Status let =
        Caught([&] { return listeners_[run->told].hook->BeforeStatement(run->event); });
    if (!let.ok()) return let;
  }
  return absl::OkStatus();
}

absl::Status HookCalls::AfterStatement(StatementRun* run) {
  const std::chrono::nanoseconds now = Now();
  absl::Status first;
  for (std::size_t i = 0; i < run->told; ++i) {
    SetDuration(&run->event, listeners_[i], run->began, now);
    absl::Status done = Caught([&] { return listeners_[i].hook->AfterStatement(run->event); });
    if (first.ok()) first = std::move(done);
  }
  return first;
}

absl::Status HookCalls::BeforeCommit(TransactionEvent event, std::chrono::nanoseconds began) {
  const std::chrono::nanoseconds now = Now();
  for (const Listener& listener : listeners_) {
    SetDuration(&event, listener, began, now);
    absl::Status let = Caught([&] { return listener.hook->BeforeCommit(event); });
    if (!let.ok()) return let;
  }
  return absl::OkStatus();
}

absl::Status HookCalls::Transferring(const TransferEvent& event) {
  if (Inside()) return InsideHook();
  for (const Listener& listener : listeners_) {
    absl::Status let = Caught([&] { return listener.hook->Transferring(event); });
    if (!let.ok()) return let;
  }
  return absl::OkStatus();
}

void HookCalls::TellAll(TransactionEvent* event, std::chrono::nanoseconds began,
                        void (Hook::*tell)(const TransactionEvent&)) {
  const std::chrono::nanoseconds now = Now();
  for (const Listener& listener : listeners_) {
    if (!event->nested) SetDuration(event, listener, began, now);
    (void)Caught([&] {
      (*listener.hook.*tell)(*event);
      return absl::OkStatus();
    });
  }
}

void HookCalls::AfterCommit(TransactionEvent event, std::chrono::nanoseconds began) {
  TellAll(&event, began, &Hook::AfterCommit);
}

void HookCalls::AfterRollback(TransactionEvent event, std::chrono::nanoseconds began) {
  TellAll(&event, began, &Hook::AfterRollback);
}

void HookCalls::Denied(const Who& who, const absl::Status& status, std::uint64_t fingerprint,
                       bool in_any_case) {
  if (status.ok() || (!in_any_case && !IsDenial(status))) return;
  for (const Listener& listener : listeners_) {
    (void)Caught([&] {
      listener.hook->Denied({who, status, fingerprint});
      return absl::OkStatus();
    });
  }
}

}  // namespace cordon::internal
