// SPDX-License-Identifier: Apache-2.0
// What a neighbour does in the directory of tenants, for twins.h.
#ifndef CORDON_TESTING_INTERNAL_ESTATE_H_
#define CORDON_TESTING_INTERNAL_ESTATE_H_

#include <optional>
#include <string>
#include <vector>

#include "cordon/tenant/directory.h"
#include "cordon/testing/internal/random_row.h"

namespace cordon::testing::internal {

// A reseller above the neighbour and customers beside it, once they are built. They stand at the
// root or below the operator that our tenant is below too, and never in our own subtree.
class Estate {
 public:
  explicit Estate(const TenantId& self) : self_(self) {}

  // What fails, fails. `context`: of the neighbour; `ours`: our tenant.
  void Act(TenantDirectory& tenants, const TenantContext& context, const TenantId& ours,
           RowMaker& maker);

  [[nodiscard]] const std::vector<TenantId>& customers() const { return customers_; }

 private:
  void Build(TenantDirectory& tenants, const TenantId& ours, RowMaker& maker);
  void Move(TenantDirectory& tenants, const TenantId& ours, RowMaker& maker);
  void Rename(TenantDirectory& tenants, RowMaker& maker) const;
  void ChangeState(TenantDirectory& tenants, RowMaker& maker) const;
  void ChangeMembers(TenantDirectory& tenants, RowMaker& maker) const;
  void SumUp(TenantDirectory& tenants, RowMaker& maker) const;
  void Correspond(TenantDirectory& tenants, const TenantContext& context, RowMaker& maker);
  void Remove(TenantDirectory& tenants, RowMaker& maker);
  // One of its tenants but the neighbour itself.
  [[nodiscard]] const TenantId& Any(RowMaker& maker) const;

  TenantId self_;
  std::optional<TenantId> reseller_;
  std::vector<TenantId> customers_;
  std::string envelope_;
};

}  // namespace cordon::testing::internal

#endif  // CORDON_TESTING_INTERNAL_ESTATE_H_
