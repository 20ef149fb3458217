// SPDX-License-Identifier: Apache-2.0
//
// How dealers get onto the platform: an operator, its brands, their resellers, and under these,
// from one file, the dealers.
//
// Guarantees: a line gives a dealer with everything it needs to open (books, warehouses, a price
//   list, stock, a clerk), or nothing. Until then people cannot enter it. A bad line is reported
//   with its number and stops no other. Whoever brings the file again changes nothing, and a run
//   that died half-way is finished by the next.
// Not guaranteed: that a dealer that is there is brought up to date with its line.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_ONBOARDING_H_
#define CORDON_EXAMPLES_DISTRIBUTION_ONBOARDING_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dealers.h"
#include "schema.h"

namespace distribution {

// A tenant between the operator and the dealers.
struct Stem {
  std::string_view name;
  std::string_view slug;
  cordon::TenantKind kind;
  std::string_view parent;  // a slug; empty for the operator
};

// Who stands above the dealers of data/onboarding.csv.
inline constexpr Stem kStems[] = {
    {"Meridian Trade Systems", "meridian", cordon::TenantKind::kOperator, ""},
    {"Northgate", "northgate", cordon::TenantKind::kBrand, "meridian"},
    {"Harbourline", "harbourline", cordon::TenantKind::kBrand, "meridian"},
    {"Nordhandel", "nordhandel", cordon::TenantKind::kReseller, "northgate"},
    {"Skandia", "skandia", cordon::TenantKind::kReseller, "northgate"},
    {"Albion", "albion", cordon::TenantKind::kReseller, "harbourline"},
    {"Maple", "maple", cordon::TenantKind::kReseller, "harbourline"},
};

// Creates those that are not there yet. Parents come first.
absl::Status PlantTree(ErpPlatform& platform, std::span<const Stem> stems);

struct OnboardingProblem {
  std::int64_t line = 0;  // 0: the file as a whole
  std::string reason;     // repeats nothing of what the file says
};

struct OnboardingReport {
  std::vector<Dealer> opened;
  std::int64_t unchanged = 0;  // were there already
  std::vector<OnboardingProblem> problems;
};

// Takes on the dealers of `file`: slug, name, brand, reseller, locale, currency, price_factor and
// warehouses (one or more names, separated by semicolons). `catalogue` is what all of them sell;
// each has its prices times its own factor. An error means that nothing could be done at all.
absl::StatusOr<OnboardingReport> OnboardDealers(ErpPlatform& platform,
                                                const std::filesystem::path& file,
                                                const std::filesystem::path& catalogue,
                                                cordon::Timestamp now);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_ONBOARDING_H_
