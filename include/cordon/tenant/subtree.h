// SPDX-License-Identifier: Apache-2.0
//
// The proof that a principal may sum up over the tenants of one subtree, for one purpose: what a
// reseller's or a brand's totals are made with.
//
// Guarantees: a SubtreeContext is another type than a TenantContext, and opens no session: no row
//   of a tenant is read, written or entered with it, only aggregates (Platform::OpenSubtree()).
//   Being above somebody, or a member of somebody above, grants none; the directory's holder does,
//   by name (TenantDirectory::AllowSubtree()). Hooks see each statement that runs under it, for
//   each tenant that it runs for.
// Not guaranteed: that an aggregate over one row hides that row.
// Thread safety: as TenantContext's.
// Ownership and lifetime: a handle; must not be moved from while in use.
// Errors: as TenantContext's.
#ifndef CORDON_TENANT_SUBTREE_H_
#define CORDON_TENANT_SUBTREE_H_

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "cordon/tenant/context.h"

namespace cordon {

class SubtreeContext {
 public:
  SubtreeContext(SubtreeContext&&) noexcept = default;
  SubtreeContext& operator=(SubtreeContext&&) noexcept = default;
  SubtreeContext(const SubtreeContext&) = delete;  // cordon: a context is unique: pass a reference
  SubtreeContext& operator=(const SubtreeContext&) = delete;
  ~SubtreeContext() = default;

  // As in TenantContext. Revoke() ends what is being summed up before the next tenant.
  [[nodiscard]] absl::Status Check() const { return context_.Check(); }
  void Revoke() const { context_.Revoke(); }

  [[nodiscard]] const TenantId& root() const { return context_.tenant(); }
  [[nodiscard]] const Principal& principal() const { return context_.principal(); }
  [[nodiscard]] std::string_view purpose() const { return context_.purpose(); }
  [[nodiscard]] const TraceId& trace() const { return context_.trace(); }

 private:
  friend struct internal::ContextAccess;
  explicit SubtreeContext(TenantContext from)  // cordon: a directory gives it out: EnterSubtree
      : context_(std::move(from)) {}
  TenantContext context_;
};

}  // namespace cordon

#endif  // CORDON_TENANT_SUBTREE_H_
