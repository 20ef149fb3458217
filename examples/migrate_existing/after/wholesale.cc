// SPDX-License-Identifier: Apache-2.0
#include "wholesale.h"

namespace wholesale {

using cordon::as;

absl::StatusOr<std::optional<cordon::TenantId>> FindTenant(const Platform& platform,
                                                           std::string_view name) {
  auto tenants = platform.tenants().List();
  if (!tenants.ok()) return tenants.status();
  std::optional<cordon::TenantId> found;
  for (const cordon::TenantInfo& tenant : *tenants) {
    if (tenant.name != name) continue;
    if (found.has_value()) {
      return absl::FailedPreconditionError("two tenants have this name: rename one");
    }
    found = tenant.id;
  }
  return found;
}

absl::StatusOr<cordon::Principal> ClerkOf(std::string_view tenant) {
  return cordon::Principal::User("clerk@" + std::string(tenant));
}

absl::Status AddTaxRates(Platform& platform, const std::vector<TaxRate>& rates) {
  return platform.WriteGlobals(cordon::GlobalWriteAccess::Get(), [&](auto& tx) -> absl::Status {
    for (const TaxRate& rate : rates) {
      auto there = tx.Find(as<TaxRate>, rate.code);
      if (!there.ok()) return there.status();
      if (!there->has_value()) {
        if (auto added = tx.Insert(rate); !added.ok()) return added;
      } else if ((**there)->percent != rate.percent) {
        return absl::FailedPreconditionError("tax rate " + rate.code +
                                             ": others have another one: give this one a new code");
      }
    }
    return absl::OkStatus();
  });
}

}  // namespace wholesale
