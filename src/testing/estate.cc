// SPDX-License-Identifier: Apache-2.0
#include "cordon/testing/internal/estate.h"

#include <chrono>
#include <utility>

#include "cordon/testing/internal/twin.h"

namespace cordon::testing::internal {
namespace {

constexpr std::size_t kMostCustomers = 4;

// Slugs are everybody's, so these are the neighbours' own.
std::string Slug(RowMaker& maker) { return "neighbour-" + std::to_string(maker.Below(6)); }
const char* Brand(RowMaker& maker) {
  static constexpr const char* kBrands[] = {"", "canary", "neighbour"};
  return kBrands[maker.Below(3)];
}
const char* Locale(RowMaker& maker) {
  static constexpr const char* kLocales[] = {"", "fr", "pt-BR"};
  return kLocales[maker.Below(3)];
}
absl::StatusOr<Principal> Somebody(RowMaker& maker) {
  static constexpr const char* kNames[] = {"twin", "visitor", "anna", "rita"};
  return Principal::User(kNames[maker.Below(4)]);
}

// The operator that ours is below.
std::optional<TenantId> Above(const TenantDirectory& tenants, const TenantId& ours) {
  const auto path = tenants.Path(ours);
  if (!path.ok() || path->front().kind != TenantKind::kOperator || path->front().id == ours) {
    return std::nullopt;
  }
  return path->front().id;
}

}  // namespace

const TenantId& Estate::Any(RowMaker& maker) const {
  const std::uint64_t which = maker.Below(customers_.size() + 1);
  return which < customers_.size() ? customers_[which] : *reseller_;
}

void Estate::Act(TenantDirectory& tenants, const TenantContext& context, const TenantId& ours,
                 RowMaker& maker) {
  if (!reseller_.has_value()) return Build(tenants, ours, maker);
  switch (maker.Below(8)) {
    case 0:
      return Move(tenants, ours, maker);
    case 1:
      return Rename(tenants, maker);
    case 2:
      return ChangeState(tenants, maker);
    case 3:
      return ChangeMembers(tenants, maker);
    case 4:
      return SumUp(tenants, maker);
    case 5:
      return Correspond(tenants, context, maker);
    case 6:
      return Remove(tenants, maker);
    default:
      return Build(tenants, ours, maker);
  }
}

void Estate::Build(TenantDirectory& tenants, const TenantId& ours, RowMaker& maker) {
  const std::string slug = Slug(maker);
  NewTenant tenant = {.name = kCanary,
                      .slug = maker.Below(2) == 0 ? slug : std::string_view(),
                      .brand = Brand(maker),
                      .locale = Locale(maker)};
  if (!reseller_.has_value()) {
    tenant.kind = TenantKind::kReseller;
    if (maker.Below(2) == 0) tenant.parent = Above(tenants, ours);
    auto made = tenants.Create(tenant);
    if (!made.ok()) return;
    reseller_ = *made;
    (void)tenants.Move(self_, reseller_);
  } else if (customers_.size() < kMostCustomers) {
    tenant.parent = reseller_;
    if (auto made = tenants.Create(tenant); made.ok()) customers_.push_back(*made);
  }
}

void Estate::Move(TenantDirectory& tenants, const TenantId& ours, RowMaker& maker) {
  if (maker.Below(2) == 0) {
    (void)tenants.Move(*reseller_, maker.Below(2) == 0 ? Above(tenants, ours) : std::nullopt);
    return;
  }
  const TenantId moved = Any(maker);
  (void)tenants.Move(moved, Any(maker));  // a cycle, often
  (void)tenants.Move(maker.Below(2) == 0 ? self_ : moved, reseller_);
}

void Estate::Rename(TenantDirectory& tenants, RowMaker& maker) const {
  const std::string slug = Slug(maker);
  TenantChange change;
  switch (maker.Below(4)) {
    case 0:
      change.name = kCanary;
      break;
    case 1:
      change.slug = slug;
      break;
    case 2:
      change.brand = Brand(maker);
      break;
    default:
      change.locale = Locale(maker);
  }
  (void)tenants.Change(maker.Below(3) == 0 ? self_ : Any(maker), change);
}

void Estate::ChangeState(TenantDirectory& tenants, RowMaker& maker) const {
  const TenantId one = Any(maker);
  switch (maker.Below(5)) {
    case 0:
      (void)tenants.Suspend(one);
      break;
    case 1:
      (void)tenants.Offboard(one);
      break;
    case 2:
      (void)tenants.Activate(one);
      break;
    default:
      (void)tenants.Resume(one);
  }
}

void Estate::ChangeMembers(TenantDirectory& tenants, RowMaker& maker) const {
  const auto who = Somebody(maker);
  if (!who.ok()) return;
  const TenantId one = Any(maker);
  if (maker.Below(3) == 0) {
    (void)tenants.RemoveMember(one, *who);
  } else {
    (void)tenants.AddMember(one, *who);
  }
}

void Estate::SumUp(TenantDirectory& tenants, RowMaker& maker) const {
  const auto who = Somebody(maker);
  if (!who.ok()) return;
  const TenantId root = Any(maker);
  (void)tenants.AllowSubtree(root, *who);
  const auto context = tenants.EnterSubtree(AssertVerified(*who), root, Purpose("comparison"));
  if (context.ok() && maker.Below(2) == 0) context->Revoke();
  if (maker.Below(2) == 0) (void)tenants.ForbidSubtree(root, *who);
}

// The last envelope is opened, cut, and opened once more; the next one waits for its turn.
void Estate::Correspond(TenantDirectory& tenants, const TenantContext& context, RowMaker& maker) {
  constexpr Audience kAudience("neighbours");
  (void)tenants.Unseal(envelope_.substr(0, envelope_.size() / 2), kAudience);
  (void)tenants.Unseal(envelope_, kAudience);
  (void)tenants.Unseal(envelope_, kAudience);
  auto sealed =
      tenants.Seal(context, kAudience, {.lifetime = std::chrono::seconds(1 + maker.Below(60))});
  envelope_ = sealed.ok() ? *std::move(sealed) : std::string();
}

void Estate::Remove(TenantDirectory& tenants, RowMaker& maker) {
  if (customers_.empty()) return;
  const auto which =
      customers_.begin() + static_cast<std::ptrdiff_t>(maker.Below(customers_.size()));
  if (tenants.Remove(*which).ok()) customers_.erase(which);
}

}  // namespace cordon::testing::internal
