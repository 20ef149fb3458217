// SPDX-License-Identifier: Apache-2.0
//
// The platform's side of the product: opening the store, taking on dealers, and letting their
// people in.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_DEALERS_H_
#define CORDON_EXAMPLES_DISTRIBUTION_DEALERS_H_

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "schema.h"

namespace distribution {

struct Dealer {
  std::string name;
  cordon::TenantId id;
  cordon::Principal clerk;  // who works there
};

// Opens or creates the file, and fills in the currencies, which belong to nobody.
absl::StatusOr<std::unique_ptr<ErpPlatform>> OpenBackOffice(const std::filesystem::path& file);

// Creates a tenant and makes one person a member of it.
absl::StatusOr<Dealer> AddDealer(ErpPlatform& platform, std::string_view name);

// Writes down who the dealer is and in which currency it trades. What is there already is
// corrected.
absl::Status OpenBooks(ErpSession& dealer, std::string_view name, std::string_view currency);

// Lets the dealer's clerk in. A real host calls AssertVerified() where it has checked a login,
// nowhere else.
absl::StatusOr<cordon::TenantContext> Enter(const ErpPlatform& platform, const Dealer& dealer);

// Enters the dealer and calls `work(session)`.
template <class Work>
absl::Status AtDealer(ErpPlatform& platform, const Dealer& dealer, Work work) {
  absl::StatusOr<cordon::TenantContext> context = Enter(platform, dealer);
  if (!context.ok()) return context.status();
  return cordon::WithTenant(platform, *context,
                            [&](auto& session) -> absl::Status { return work(session); });
}

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_DEALERS_H_
