// SPDX-License-Identifier: Apache-2.0
//
// Sums over the tenants below one: what a reseller or a brand may be told of its customers.
//
// Guarantees: only aggregates are read, one row for each active tenant of the subtree; a statement
//   that could return a row of a tenant's does not compile. Each tenant's row comes from a
//   statement that runs as that tenant, behind both locks: no statement ever sees two tenants.
//   Hooks see each of them, with Who::subtree. A tenant that is suspended, or moved away, is left
//   out from the next call on.
// Not guaranteed: one snapshot of all tenants. That an aggregate over a single row (MIN,
// GROUP_CONCAT)
//   hides it: what may be summed up is for whoever calls AllowSubtree() to decide.
// Thread safety: thread-safe.
// Ownership and lifetime: must not outlive its platform; may outlive its context.
// Errors: those of TenantContext::Check(), and of the statement; the first ends the call.
//
//   auto below = platform->OpenSubtree(*context);
//   auto sales = below->SumUp(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql);
//   for (const auto& [tenant, orders] : *sales) …
#ifndef CORDON_DATA_SUBTREE_H_
#define CORDON_DATA_SUBTREE_H_

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/internal/core.h"
#include "cordon/data/session.h"
#include "cordon/data/sql.h"
#include "cordon/tenant/subtree.h"

namespace cordon {

template <class Product>
class Platform;

// What one tenant's rows came to.
template <class Row>
struct OfTenant {
  TenantId tenant;
  Row row;
};

template <class Product>
class Subtree {
  template <class Row, class... Args>
  using Sql = std::type_identity_t<CheckedSum<Product, Row, internal::ArgumentType<Args>...>>;

 public:
  // In the order of TenantDirectory::Subtree().
  template <class Row, class... Args>
  [[nodiscard]] absl::StatusOr<std::vector<OfTenant<Row>>> SumUp(As<Row>, Sql<Row, Args...> sql,
                                                                 const Args&... args) const {
    if (absl::Status valid = root_->Check(); !valid.ok()) return valid;
    auto states = core_->OpenSubtree(root_);
    if (!states.ok()) return states.status();
    std::vector<OfTenant<Row>> sums;
    for (auto& state : *states) {
      if (absl::Status valid = root_->Check(); !valid.ok()) return valid;
      const Session<Product> session(state);
      auto row = session.One(as<Row>, sql.checked(), args...);
      // Suspended since the list was made.
      if (!row.ok() && CodeOf(row.status()) == ErrorCode::kTenantSuspended) continue;
      if (!row.ok()) return row.status();
      const bool fits = internal::Fits([&] {
        sums.push_back({state->proof->tenant, std::move(*row).Plain()});
      });
      if (!fits) return internal::Error(ErrorCode::kOutOfMemory, "there is no memory left");
    }
    return sums;
  }

 private:
  friend class Platform<Product>;
  Subtree(const internal::PlatformCore& core, std::shared_ptr<internal::Proof> root)
      : core_(&core), root_(std::move(root)) {}
  const internal::PlatformCore* core_;
  std::shared_ptr<internal::Proof> root_;
};

}  // namespace cordon

#endif  // CORDON_DATA_SUBTREE_H_
