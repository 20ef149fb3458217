// SPDX-License-Identifier: Apache-2.0
// Scopes are types: which of them are the same, and what passes from one to another.
#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>

#include "compile_fail/shop.h"

namespace {

using cordon::Owned;
using cordon::Unbranded;
using shop::Order;
using shop::Shop;

struct Billing;
struct Shipping;
template <class Brand>
using SessionOf = cordon::Session<Shop, Brand>;
template <class Brand>
using ReadOf = cordon::ReadTransaction<Shop, Brand>;
template <class Brand>
using WriteOf = cordon::WriteTransaction<Shop, Brand>;

// Two calls are two brands, and so are the two scopes of one WithTenants.
struct Scope {  // keeps the type of the session that a body was given
  template <class Session>
  absl::StatusOr<std::type_identity<Session>> operator()(Session&) const {
    return std::type_identity<Session>();
  }
};
struct Pair {
  template <class A, class B>
  absl::StatusOr<std::pair<std::type_identity<A>, std::type_identity<B>>> operator()(A&, B&) const {
    return std::pair<std::type_identity<A>, std::type_identity<B>>();
  }
};
[[maybe_unused]] void TwoCalls(const shop::Platform& platform,
                               const cordon::TenantContext& context) {
  using First = decltype(cordon::WithTenant(platform, context, Scope{}));
  using Second = decltype(cordon::WithTenant(platform, context, Scope{}));
  static_assert(!std::is_same_v<First, Second>);
  using Named = decltype(cordon::WithTenant<Billing>(platform, context, Scope{}));
  using Again = decltype(cordon::WithTenant<Billing>(platform, context, Scope{}));
  using Other = decltype(cordon::WithTenant<Shipping>(platform, context, Scope{}));
  static_assert(std::is_same_v<Named, Again>);
  static_assert(!std::is_same_v<Named, Other>);
  using Both = decltype(cordon::WithTenants(platform, context, context, Pair{}))::value_type;
  static_assert(!std::is_same_v<typename Both::first_type, typename Both::second_type>);
  using NamedBoth =
      decltype(cordon::WithTenants<Billing>(platform, context, context, Pair{}))::value_type;
  static_assert(!std::is_same_v<typename NamedBoth::first_type, typename NamedBoth::second_type>);
  static_assert(!std::is_same_v<typename Named::value_type, typename NamedBoth::first_type>);
}

// A branded scope passes where an unbranded one is wanted, and not the other way round.
static_assert(std::is_convertible_v<SessionOf<Billing>&, SessionOf<Unbranded>&>);
static_assert(std::is_convertible_v<const SessionOf<Billing>&, const SessionOf<Unbranded>&>);
static_assert(!std::is_convertible_v<SessionOf<Unbranded>&, SessionOf<Billing>&>);
static_assert(!std::is_convertible_v<SessionOf<Billing>&, SessionOf<Shipping>&>);
static_assert(!std::is_constructible_v<SessionOf<Billing>, SessionOf<Unbranded>>);
static_assert(!std::is_constructible_v<SessionOf<Billing>, SessionOf<Shipping>>);
static_assert(!std::is_default_constructible_v<SessionOf<Unbranded>>);
static_assert(!std::is_default_constructible_v<SessionOf<Billing>>);

// A transaction that writes passes where one that reads is wanted; it is neither copied nor moved.
static_assert(std::is_convertible_v<WriteOf<Billing>&, WriteOf<Unbranded>&>);
static_assert(std::is_convertible_v<WriteOf<Billing>&, ReadOf<Unbranded>&>);
static_assert(std::is_convertible_v<WriteOf<Unbranded>&, ReadOf<Unbranded>&>);
static_assert(!std::is_convertible_v<ReadOf<Unbranded>&, WriteOf<Unbranded>&>);
static_assert(!std::is_convertible_v<ReadOf<Billing>&, WriteOf<Billing>&>);
static_assert(!std::is_convertible_v<WriteOf<Unbranded>&, WriteOf<Billing>&>);
static_assert(!std::is_convertible_v<WriteOf<Billing>&, WriteOf<Shipping>&>);
static_assert(!std::is_convertible_v<WriteOf<Unbranded>&, cordon::GlobalTransaction<Shop>&>);
static_assert(!std::is_convertible_v<cordon::GlobalTransaction<Shop>&, ReadOf<Unbranded>&>);
static_assert(!std::is_convertible_v<cordon::GlobalTransaction<Shop>&, WriteOf<Unbranded>&>);
static_assert(!std::is_copy_constructible_v<WriteOf<Billing>>);
static_assert(!std::is_move_constructible_v<WriteOf<Billing>>);
static_assert(!std::is_copy_constructible_v<ReadOf<Unbranded>>);
static_assert(!std::is_move_constructible_v<ReadOf<Unbranded>>);
static_assert(!std::is_default_constructible_v<WriteOf<Unbranded>>);

// So do values; and none of them turns into a plain value by itself.
static_assert(std::is_convertible_v<Owned<Order, Billing>, Owned<Order, Unbranded>>);
static_assert(!std::is_constructible_v<Owned<Order, Billing>, Owned<Order, Unbranded>>);
static_assert(!std::is_constructible_v<Owned<Order, Billing>, Owned<Order, Shipping>>);
static_assert(!std::is_assignable_v<Owned<Order, Billing>&, Owned<Order, Shipping>>);
static_assert(!std::is_assignable_v<Owned<Order, Billing>&, Owned<Order, Unbranded>>);
static_assert(!std::is_constructible_v<Owned<Order, Billing>, Order>);
static_assert(!std::is_constructible_v<Owned<std::int64_t, Unbranded>, std::int64_t>);
static_assert(!std::is_convertible_v<Owned<std::int64_t, Unbranded>, std::int64_t>);
static_assert(!std::is_convertible_v<Owned<Order, Billing>, Order>);
static_assert(!std::is_default_constructible_v<Owned<Order, Billing>>);
static_assert(!std::is_default_constructible_v<Owned<Order, Unbranded>>);
static_assert(std::copyable<Owned<Order, Billing>>);
template <class A, class B>
concept Comparable = requires(const A& a, const B& b) {
  a == b;
};
static_assert(!Comparable<Owned<std::int64_t, Billing>, Owned<std::int64_t, Shipping>>);

// What a statement of a scope takes as an argument.
static_assert(cordon::kMayPass<std::int64_t, SessionOf<Billing>>);
static_assert(cordon::kMayPass<Owned<std::int64_t, Billing>, SessionOf<Billing>>);
static_assert(cordon::kMayPass<Owned<std::int64_t, Billing>, WriteOf<Billing>>);
static_assert(!cordon::kMayPass<Owned<std::int64_t, Billing>, SessionOf<Shipping>>);
static_assert(!cordon::kMayPass<Owned<std::int64_t, Billing>, WriteOf<Shipping>>);
// Decided at run time:
static_assert(cordon::kMayPass<Owned<std::int64_t, Unbranded>, SessionOf<Billing>>);
static_assert(cordon::kMayPass<Owned<std::int64_t, Billing>, SessionOf<Unbranded>>);

}  // namespace
