// SPDX-License-Identifier: Apache-2.0
//
// How a value passes from one tenant's scope into another's: an intercompany order, a returned
// part.
//
// Guarantees: it passes only with a grant, and a grant is made of two halves: one that the side
// which
//   lets go of the value gave to the other by name, and one that the other gave back, for one and
//   the same purpose. A grant fits its two scopes and no others, by type where they are branded and
//   by tenant in any case, and only as long as the contexts of both sides can be used. Hooks of
//   both sides are asked before each value (Hook::Transferring()).
// Not guaranteed: that the two halves are given by two people: who may act for both tenants can
//   agree with himself. Hooks see by whom.
// Thread safety: immutable values.
// Ownership and lifetime: must not outlive the platforms of the sessions.
// Errors: kNotPermitted for halves that do not fit together, kForeignValue for a value of somebody
//   else's, those of TenantContext::Check(), and what a hook says.
//
//   cordon::WithTenants(platform, ours, theirs, [](auto& a, auto& b) -> absl::Status {
//     constexpr cordon::Purpose kWhy("intercompany");
//     auto grant = cordon::Agree(cordon::Release(a, b.tenant(), kWhy),
//                                cordon::Accept(b, a.tenant(), kWhy));
//     if (!grant.ok()) return grant.status();
//     auto line = a.One(as<Line>, "SELECT * FROM lines WHERE id = ?"_sql, 1);
//     if (!line.ok()) return line.status();
//     auto moved = cordon::Transfer(*line, *grant);
//     if (!moved.ok()) return moved.status();
//     return b.Insert(*moved);
//   });
#ifndef CORDON_DATA_TRANSFER_H_
#define CORDON_DATA_TRANSFER_H_

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/internal/core.h"
#include "cordon/data/session.h"
#include "cordon/tenant/principal.h"

namespace cordon {

namespace internal {
struct TransferAccess;
}  // namespace internal

// One side's half of a grant; `Brand` is that of its session.
template <class Brand, bool kOutgoing>
class Consent {
 private:
  friend struct internal::TransferAccess;
  Consent(std::shared_ptr<internal::SessionState> side, const TenantId& other,
          std::string_view purpose)
      : side_(std::move(side)), other_(other), purpose_(purpose) {}
  std::shared_ptr<internal::SessionState> side_;
  TenantId other_;
  std::string_view purpose_;  // a constant of the host's code
};

// Lets values pass from From's scope into To's.
template <class From, class To>
class TransferGrant {
 private:
  friend struct internal::TransferAccess;
  TransferGrant(std::shared_ptr<internal::SessionState> from,
                std::shared_ptr<internal::SessionState> to, std::string_view purpose)
      : from_(std::move(from)), to_(std::move(to)), purpose_(purpose) {}
  std::shared_ptr<internal::SessionState> from_;
  std::shared_ptr<internal::SessionState> to_;
  std::string_view purpose_;
};

namespace internal {

struct TransferAccess {
  template <bool kOutgoing, class Product, class Brand>
  static Consent<Brand, kOutgoing> Give(const Session<Product, Brand>& session,
                                        const TenantId& other, Purpose purpose) {
    return Consent<Brand, kOutgoing>(session.state_, other, purpose.text());
  }
  template <class From, class To>
  static absl::StatusOr<TransferGrant<From, To>> Agree(const Consent<From, true>& out,
                                                       const Consent<To, false>& in) {
    const bool fit = out.other_ == in.side_->proof->tenant &&
                     in.other_ == out.side_->proof->tenant && out.purpose_ == in.purpose_;
    if (!fit) {
      return Error(ErrorCode::kNotPermitted,
                   "the two sides do not agree: each names the other, and both the same purpose");
    }
    return TransferGrant<From, To>(out.side_, in.side_, out.purpose_);
  }
  template <class T, class From, class To>
  static absl::StatusOr<Owned<T, To>> Pass(const Owned<T, From>& value,
                                           const TransferGrant<From, To>& grant) {
    if (OwnedAccess::TenantOf(value) != grant.from_->proof->tenant.bytes()) {
      return Error(ErrorCode::kForeignValue,
                   "the value was read in a scope that the grant is not for: it stays there");
    }
    absl::Status let = LetTransfer(*grant.from_, *grant.to_, grant.purpose_);
    if (!let.ok()) return let;
    absl::StatusOr<Owned<T, To>> moved(OwnedAccess::Make<T, To>(grant.to_->proof->tenant.bytes()));
    if (!Fits([&] { OwnedAccess::Value(*moved) = value.Plain(); })) {
      return Error(ErrorCode::kOutOfMemory, "there is no memory left: nothing has passed");
    }
    return moved;
  }
};

}  // namespace internal

// The half of the side that lets go of values, to `to` alone.
template <class Product, class Brand>
[[nodiscard]] Consent<Brand, true> Release(const Session<Product, Brand>& session,
                                           const TenantId& to, Purpose purpose) {
  return internal::TransferAccess::Give<true>(session, to, purpose);
}
// The half of the side that takes them, from `from` alone.
template <class Product, class Brand>
[[nodiscard]] Consent<Brand, false> Accept(const Session<Product, Brand>& session,
                                           const TenantId& from, Purpose purpose) {
  return internal::TransferAccess::Give<false>(session, from, purpose);
}

template <class From, class To>
[[nodiscard]] absl::StatusOr<TransferGrant<From, To>> Agree(const Consent<From, true>& release,
                                                            const Consent<To, false>& acceptance) {
  return internal::TransferAccess::Agree(release, acceptance);
}

// A copy of the value that belongs to the other scope.
template <class T, class Brand, class From, class To>
[[nodiscard]] absl::StatusOr<Owned<T, To>> Transfer(const Owned<T, Brand>& value,
                                                    const TransferGrant<From, To>& grant) {
  static_assert(std::is_same_v<Brand, From>,
                "cordon: the grant lets values of another scope pass: have the scope that this "
                "value was read in release it");
  return internal::TransferAccess::Pass(value, grant);
}

}  // namespace cordon

#endif  // CORDON_DATA_TRANSFER_H_
