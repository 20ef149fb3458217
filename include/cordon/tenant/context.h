// SPDX-License-Identifier: Apache-2.0
//
// The proof that a principal may act for exactly one tenant, now, for one purpose.
//
// Guarantees: a TenantContext is given out by a platform only. It cannot be constructed,
//   defaulted, copied or parsed. After expiry, Revoke(), removal of the membership, suspension or
//   removal of the tenant, and after having been moved from, every use of it and of every session
//   opened from it is an error, in this process at once: statements already running are
//   interrupted.
//   In other processes on the same file, transactions that begin afterwards are refused: writing
//   ones at once, reading ones within a second.
// Not guaranteed: that a transaction of another process which had begun before is cut short.
// Thread safety: thread-safe, except that moving it must not race with its use.
// Ownership and lifetime: a handle; sessions share what they need and may outlive it. Destroying
//   a context does not revoke it.
// Errors: kContextExpired, kContextRevoked, kTenantSuspended; kContextRevoked too when moved from.
#ifndef CORDON_TENANT_CONTEXT_H_
#define CORDON_TENANT_CONTEXT_H_

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "cordon/store/clock.h"
#include "cordon/tenant/principal.h"
#include "cordon/tenant/tenant_id.h"
#include "cordon/tenant/trace.h"

namespace cordon {

class TenantContext;
class SubtreeContext;

namespace internal {

// Shared by every context of one tenant (or one membership): closed once, for good.
struct Gate {
  std::atomic<bool> closed{false};
};

// What a context proves. Immutable but for the gates.
struct Proof {
  Proof(const TenantId& tenant_id, Principal who, std::string why, const TraceParent& from,
        std::chrono::nanoseconds end, std::shared_ptr<const Clock> time,
        std::shared_ptr<Gate> of_tenant, std::shared_ptr<Gate> of_member,
        std::shared_ptr<const void> by)
      : tenant(tenant_id),
        principal(std::move(who)),
        purpose(std::move(why)),
        trace(from),
        expires(end),
        clock(std::move(time)),
        tenant_gate(std::move(of_tenant)),
        member_gate(std::move(of_member)),
        issuer(std::move(by)) {}

  TenantId tenant;
  Principal principal;
  std::string purpose;
  TraceParent trace;
  std::chrono::nanoseconds expires;  // on Clock::Monotonic()
  std::shared_ptr<const Clock> clock;
  std::shared_ptr<Gate> tenant_gate;
  std::shared_ptr<Gate> member_gate;
  // Which platform issued it: compared, never looked into, and kept alive so that no later platform
  // can be taken for it.
  std::shared_ptr<const void> issuer;
  // Whose subtree is being summed up; nothing in all other work.
  std::optional<TenantId> subtree = std::nullopt;
  std::atomic<bool> revoked = false;

  // True when nothing but time could end it.
  [[nodiscard]] bool Open() const {
    return !revoked.load(std::memory_order_acquire) &&
           !tenant_gate->closed.load(std::memory_order_acquire) &&
           !member_gate->closed.load(std::memory_order_acquire);
  }
  [[nodiscard]] bool Valid() const { return ValidAt(clock->Monotonic()); }
  [[nodiscard]] bool ValidAt(std::chrono::nanoseconds now) const { return Open() && now < expires; }
  // Why Valid() is false; OK when it is true.
  [[nodiscard]] absl::Status Check() const;
};

// Opens a TenantContext for the rooms that build on it.
struct ContextAccess {
  static TenantContext Make(std::shared_ptr<Proof> proof);
  static SubtreeContext MakeSubtree(std::shared_ptr<Proof> proof);
  // Null when the context was moved from.
  static std::shared_ptr<Proof> ProofOf(const TenantContext& context);
  static std::shared_ptr<Proof> ProofOf(const SubtreeContext& context);
};

}  // namespace internal

class TenantContext {
 public:
  TenantContext(TenantContext&& other) noexcept
      // Kept on both sides, so that the accessors still answer for the one moved from.
      : proof_(other.proof_),  // NOLINT(performance-move-constructor-init)
        live_(std::exchange(other.live_, false)) {}
  TenantContext& operator=(TenantContext&& other) noexcept {
    proof_ = other.proof_;
    live_ = std::exchange(other.live_, false);
    return *this;
  }
  TenantContext(const TenantContext&) = delete;  // cordon: a context is unique: pass a reference
  TenantContext& operator=(const TenantContext&) = delete;
  ~TenantContext() = default;

  // OK while the context can be used; otherwise the reason why not.
  [[nodiscard]] absl::Status Check() const;

  // Ends it, and everything opened from it, at once and for good. No effect when moved from.
  void Revoke() const;

  // What it proves; unlike Check(), these answer after its end too.
  [[nodiscard]] const TenantId& tenant() const { return proof_->tenant; }
  [[nodiscard]] const Principal& principal() const { return proof_->principal; }
  [[nodiscard]] std::string_view purpose() const { return proof_->purpose; }
  [[nodiscard]] const TraceId& trace() const { return proof_->trace.trace(); }
  // For the calls that this work makes: TraceParent::ToString() is the header's value.
  [[nodiscard]] const TraceParent& trace_parent() const { return proof_->trace; }

 private:
  friend struct internal::ContextAccess;
  using Proven = std::shared_ptr<internal::Proof>;
  explicit TenantContext(Proven proof)  // cordon: a platform gives contexts out: call Enter
      : proof_(std::move(proof)) {}
  std::shared_ptr<internal::Proof> proof_;  // never null; kept after a move for the accessors
  bool live_ = true;                        // false once moved from
};

}  // namespace cordon

#endif  // CORDON_TENANT_CONTEXT_H_
