// SPDX-License-Identifier: Apache-2.0
// A grant is for the scope that releases, not for the other one.
// EXPECT: cordon: the grant lets values of another scope pass: have the scope that this value was
// read in release it
#include "shop.h"

using namespace cordon::literals;

template <class A, class B>
absl::Status Pass(A& a, B& b, bool) {
  constexpr cordon::Purpose kWhy("intercompany");
  auto grant =
      cordon::Agree(cordon::Release(a, b.tenant(), kWhy), cordon::Accept(b, a.tenant(), kWhy));
  if (!grant.ok()) return grant.status();
  auto customer = a.Get(cordon::as<shop::Customer>, std::string("K1"));
  if (!customer.ok()) return customer.status();
  auto moved = cordon::Transfer(*customer, *grant);
  if (!moved.ok()) return moved.status();
#ifdef CORDON_EXPECT_ERROR
  auto theirs = b.Get(cordon::as<shop::Customer>, std::string("K1"));
  return cordon::Transfer(*theirs, *grant).status();
#else
  return b.Insert(*moved);
#endif
}

absl::Status Both(const shop::Platform& platform, const cordon::TenantContext& ours,
                  const cordon::TenantContext& others) {
  return cordon::WithTenants(platform, ours, others,
                             [](auto& a, auto& b) -> absl::Status { return Pass(a, b, true); });
}
