// SPDX-License-Identifier: Apache-2.0
// Identities and contexts: what cannot be made, copied or converted.
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "compile_fail/shop.h"

namespace {

using cordon::GlobalWriteAccess;
using cordon::Principal;
using cordon::Purpose;
using cordon::TenantContext;
using cordon::TenantDirectory;
using cordon::TenantId;
using cordon::TraceId;
using cordon::VerifiedIdentity;

// There is no value that nobody gave.
template <class... T>
concept NoneHasADefault = (!std::is_default_constructible_v<T> && ...);
static_assert(NoneHasADefault<TenantId, TenantContext, Principal, VerifiedIdentity, Purpose,
                              TraceId, TenantDirectory, GlobalWriteAccess, cordon::TenantInfo>);
template <class T>
concept Braced = requires {
  T{};
};
static_assert(!Braced<TenantId> && !Braced<TenantContext> && !Braced<GlobalWriteAccess>);

// A tenant's id comes from Parse, Draw or FromBytes.
static_assert(!std::is_constructible_v<TenantId, std::string>);
static_assert(!std::is_constructible_v<TenantId, const char*>);
static_assert(!std::is_constructible_v<TenantId, std::string_view>);
static_assert(!std::is_constructible_v<TenantId, int>);
static_assert(!std::is_constructible_v<TenantId, std::uint64_t>);
static_assert(!std::is_constructible_v<TenantId, TenantId::Bytes>);
static_assert(!std::is_constructible_v<TenantId, TraceId>);
static_assert(!std::is_convertible_v<TenantId, std::string>);
static_assert(!std::is_convertible_v<TenantId, bool>);
static_assert(!std::is_constructible_v<std::uint64_t, TenantId>);
static_assert(!std::equality_comparable_with<TenantId, std::string>);
static_assert(!std::equality_comparable_with<TenantId, TraceId>);
static_assert(std::totally_ordered<TenantId> && std::copyable<TenantId>);
static_assert(sizeof(TenantId) == 16);

// A context comes from a platform, and there is one of it.
static_assert(!std::copyable<TenantContext> && !std::is_copy_constructible_v<TenantContext> &&
              !std::is_copy_assignable_v<TenantContext>);
static_assert(std::is_nothrow_move_constructible_v<TenantContext> &&
              std::is_nothrow_move_assignable_v<TenantContext>);
static_assert(!std::is_constructible_v<TenantContext, TenantId>);
static_assert(!std::is_constructible_v<TenantContext, std::string>);
static_assert(!std::is_constructible_v<TenantContext, const char*>);
static_assert(!std::is_constructible_v<TenantContext, VerifiedIdentity>);
static_assert(!std::is_constructible_v<TenantContext, std::shared_ptr<cordon::internal::Proof>>);
static_assert(!std::is_constructible_v<TenantContext, std::nullptr_t>);

// An identity is vouched for.
static_assert(!std::is_constructible_v<VerifiedIdentity, Principal>);
static_assert(!std::is_constructible_v<VerifiedIdentity, std::string>);
static_assert(!std::is_constructible_v<Principal, Principal::Kind, std::string>);
static_assert(!std::is_constructible_v<Principal, std::string>);
static_assert(!std::is_convertible_v<VerifiedIdentity, Principal>);

// A purpose is a constant.
static_assert(!std::is_constructible_v<Purpose, std::string>);
static_assert(!std::is_constructible_v<Purpose, std::string_view>);
static_assert(!std::is_constructible_v<Purpose, const char*>);
static_assert(!std::is_convertible_v<const char (&)[6], Purpose>);
[[maybe_unused]] constexpr Purpose kPurpose("order-entry_2.0");

static_assert(!std::is_constructible_v<GlobalWriteAccess, int>);

// The way in takes exactly these.
template <class Platform, class Identity, class Tenant, class Why>
concept Enters = requires(const Platform& platform, Identity identity, Tenant tenant, Why purpose) {
  platform.Enter(identity, tenant, purpose);
};
static_assert(Enters<shop::Platform, VerifiedIdentity, TenantId, Purpose>);
static_assert(!Enters<shop::Platform, Principal, TenantId, Purpose>);
static_assert(!Enters<shop::Platform, std::string, TenantId, Purpose>);
static_assert(!Enters<shop::Platform, VerifiedIdentity, std::string, Purpose>);
static_assert(!Enters<shop::Platform, VerifiedIdentity, std::uint64_t, Purpose>);
static_assert(!Enters<shop::Platform, VerifiedIdentity, TenantId, const char*>);

template <class Proof>
concept Opens = requires(const shop::Platform& platform, const Proof& proof) {
  platform.OpenSession(proof);
};
static_assert(Opens<TenantContext>);
static_assert(!Opens<TenantId>);
static_assert(!Opens<VerifiedIdentity>);
static_assert(!Opens<std::string>);
static_assert(!Opens<absl::StatusOr<TenantContext>>);

// The platform stays where it is.
static_assert(!std::is_copy_constructible_v<shop::Platform> &&
              !std::is_move_constructible_v<shop::Platform> &&
              !std::is_default_constructible_v<shop::Platform>);
static_assert(!std::is_copy_constructible_v<TenantDirectory> &&
              !std::is_move_constructible_v<TenantDirectory>);

}  // namespace
