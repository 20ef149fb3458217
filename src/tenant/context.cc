// SPDX-License-Identifier: Apache-2.0
#include "cordon/tenant/context.h"

#include <utility>

#include "cordon/store/error.h"
#include "cordon/tenant/subtree.h"

namespace cordon {
namespace internal {

absl::Status Proof::Check() const {
  if (tenant_gate->closed.load(std::memory_order_acquire)) {
    return Error(ErrorCode::kTenantSuspended,
                 "the tenant was suspended or removed after this context was issued: enter it "
                 "again once it is active");
  }
  if (!Open()) {
    return Error(ErrorCode::kContextRevoked, "the context was revoked: enter the tenant again");
  }
  if (clock->Monotonic() >= expires) {
    return Error(ErrorCode::kContextExpired, "the context has expired: enter the tenant again");
  }
  return absl::OkStatus();
}

TenantContext ContextAccess::Make(std::shared_ptr<Proof> proof) {
  return TenantContext(std::move(proof));
}

SubtreeContext ContextAccess::MakeSubtree(std::shared_ptr<Proof> proof) {
  return SubtreeContext(Make(std::move(proof)));
}

std::shared_ptr<Proof> ContextAccess::ProofOf(const TenantContext& context) {
  return context.live_ ? context.proof_ : nullptr;
}
std::shared_ptr<Proof> ContextAccess::ProofOf(const SubtreeContext& context) {
  return ProofOf(context.context_);
}

}  // namespace internal

absl::Status TenantContext::Check() const {
  if (!live_) {
    return internal::Error(ErrorCode::kContextRevoked,
                           "the context was moved from: use the object it was moved to");
  }
  return proof_->Check();
}

void TenantContext::Revoke() const {
  if (live_) proof_->revoked.store(true, std::memory_order_release);
}

}  // namespace cordon
