// SPDX-License-Identifier: Apache-2.0
// What the directory's parts share, and how the room above opens a directory on its store.
#ifndef CORDON_SRC_TENANT_DIRECTORY_IMPL_H_
#define CORDON_SRC_TENANT_DIRECTORY_IMPL_H_

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/store/secret.h"
#include "cordon/tenant/directory.h"
#include "store/own.h"
#include "tenant/gates.h"

namespace cordon::internal {

// Deletes all rows of one tenant inside the transaction that removes it.
using RowPurge = std::function<absl::Status(OwnConnection&, const TenantId&)>;

// Hears of everybody who could not enter, and why. What is not known is null: all of it where an
// envelope could not be opened, the trace where the caller brought none.
using EnterRefused = std::function<void(const Principal*, const TenantId*, std::string_view purpose,
                                        const TraceId*, const absl::Status&)>;

// Whether a platform has made the file. Looks without opening it for writing, which would make a
// file where none is.
[[nodiscard]] absl::Status CheckIsAPlatforms(const std::string& path);

// Envelopes of one tenant that are remembered at once.
inline constexpr std::int64_t kMostRemembered = 65'536;

class DirectoryFactory {
 public:
  // What makes the directory's tables, as Store::Migrate() takes it for kRoom.
  static constexpr std::string_view kRoom = "tenant";
  [[nodiscard]] static std::span<const char* const> Steps();
  // `store` must outlive the directory. Without `purge`, nothing is removed. `envelope_key`: 32
  // bytes; without one, envelopes are refused.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<TenantDirectory>> Open(
      Store& store, std::optional<Secret> envelope_key, RowPurge purge, EnterRefused refused);
  [[nodiscard]] static Gates& GatesOf(TenantDirectory& directory);

  // One proof for each active tenant of the context's subtree, in the order of Subtree().
  [[nodiscard]] static absl::StatusOr<std::vector<std::shared_ptr<Proof>>> ProofsBelow(
      const TenantDirectory& directory, const std::shared_ptr<Proof>& root);
};

// ---- what is stored -----------------------------------------------------------------------------

[[nodiscard]] absl::Status NoSuchTenant();
[[nodiscard]] absl::StatusOr<TenantId> TenantIdFrom(std::span<const std::byte> blob);
[[nodiscard]] inline std::span<const std::byte> Raw(const TenantId& tenant) {
  return tenant.bytes();
}
template <class Enum>
requires std::is_enum_v<Enum>
[[nodiscard]] constexpr std::int64_t Number(Enum value) { return static_cast<std::int64_t>(value); }

// What a slug and a brand are written as.
[[nodiscard]] bool IsSlug(std::string_view text);

// Whether the kinds let a tenant stand under another.
[[nodiscard]] constexpr bool KindsFit(TenantKind above, TenantKind below) {
  return above < below || (above == TenantKind::kReseller && below == above);
}

// True where nobody at all gets in.
[[nodiscard]] constexpr bool Shuts(TenantState state) {
  return state == TenantState::kSuspended || state == TenantState::kGone;
}

// The epoch in which the principal was given the right; nothing when it has it not.
[[nodiscard]] absl::StatusOr<std::optional<std::int64_t>> HeldSince(OwnConnection& connection,
                                                                    const TenantId& tenant,
                                                                    Right right,
                                                                    const Principal& principal);

// The state of a tenant that is there; kNotFound for one that is not, or is gone.
[[nodiscard]] absl::StatusOr<TenantState> StateOf(OwnConnection& connection,
                                                  const TenantId& tenant);

[[nodiscard]] absl::StatusOr<std::int64_t> EpochOf(OwnConnection& connection);

// Counts the directory's closing acts: other processes look at it. REQUIRES: a write transaction,
// in which the tenant is marked as well. Returns the new epoch.
[[nodiscard]] absl::StatusOr<std::int64_t> NextEpoch(OwnConnection& connection);

}  // namespace cordon::internal

namespace cordon {

struct TenantDirectory::Impl {
  Impl(internal::Store& s, std::optional<Secret> key, internal::RowPurge p,
       internal::EnterRefused r)
      : store(s), envelope_key(std::move(key)), purge(std::move(p)), refused(std::move(r)) {}

  internal::Store& store;
  const std::optional<Secret> envelope_key;
  const internal::RowPurge purge;
  const internal::EnterRefused refused;
  mutable internal::Gates gates;

  // Whom a context is for; what Enter(), EnterSubtree() and Unseal() have in common.
  struct Entry {
    const Principal& principal;
    const TenantId& tenant;
    std::string_view purpose;
    internal::Right right;
    std::chrono::milliseconds lifetime;
    const std::optional<TraceParent>& trace;
  };
  // Tells hooks when it refuses.
  absl::StatusOr<std::shared_ptr<internal::Proof>> Admit(const Entry& entry) const;
  absl::StatusOr<std::shared_ptr<internal::Proof>> TryToAdmit(const Entry& entry) const;

  absl::Status Give(internal::Right right, const TenantId& tenant, const Principal& principal);
  absl::Status Take(internal::Right right, const TenantId& tenant, const Principal& principal);

  // To `to`, from any of `from`; nothing when it is there already. `closes`: contexts end.
  absl::Status SetState(const TenantId& tenant, TenantState to,
                        std::initializer_list<TenantState> from, bool closes);
};

}  // namespace cordon

#endif  // CORDON_SRC_TENANT_DIRECTORY_IMPL_H_
