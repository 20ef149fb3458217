// SPDX-License-Identifier: Apache-2.0
//
// The platform's own list of tenants: who they are, where they stand in the tree, what state they
// are in, and who is a member of which.
//
// Guarantees: ids are drawn at random and never reused, not even after Remove(); names, slugs and
//   places in the tree may change and identify nobody. The tree is a tree at every instant, whoever
//   else moves something: no cycles, at most kMaxDepth levels, kinds in their order. Standing above
//   somebody grants nothing. Suspend(), Offboard(), Remove() and RemoveMember() end every context
//   that they concern: in this process at once; in others, writing transactions that begin
//   afterwards are refused at once, reading ones within a second. Each call is one durable
//   transaction: after a crash it happened wholly or not at all. Remove() suspends first: a crash
//   or an error behind that leaves the tenant suspended, with all its rows; call it again.
// Not guaranteed: authorisation. Whoever holds the platform holds the directory; give request
//   handlers sessions, never the platform.
// Thread safety: thread-safe; several processes may work on one file.
// Ownership and lifetime: owned by its platform.
// Errors: kInvalidArgument for a name, slug, locale or brand; kNotFound for an id or slug that is
//   not in the directory; kTenantTree where the tree forbids it; kTenantState where the tenant's
//   state does; and the errors of the shared machine (kBusy, kDiskFull, …).
//
//   cordon::TenantDirectory& tenants = platform->tenants();
//   auto brand = tenants.Create({.name = "Northwind OEM", .kind = cordon::TenantKind::kBrand});
//   auto dealer = tenants.Create({.name = "Alder & Sons", .parent = *brand, .slug = "alder"});
#ifndef CORDON_TENANT_DIRECTORY_H_
#define CORDON_TENANT_DIRECTORY_H_

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/store/clock.h"
#include "cordon/store/entropy.h"
#include "cordon/tenant/context.h"
#include "cordon/tenant/envelope.h"
#include "cordon/tenant/principal.h"
#include "cordon/tenant/subtree.h"
#include "cordon/tenant/tenant_id.h"
#include "cordon/tenant/trace.h"

namespace cordon {

namespace internal {
class DirectoryFactory;
}  // namespace internal

// Stored: do not renumber.
enum class TenantState {
  kActive = 1,
  kSuspended = 2,     // nobody enters
  kGone = 3,          // only the id is left, so that it stays spent
  kProvisioning = 4,  // being set up: services and jobs enter, people do not yet
  kOffboarding = 5,   // being taken away: services and jobs enter, people no longer
};

// From the top down; what stands under a tenant is of a later kind. Resellers may also stand under
// resellers. Any kind can be a root, but an operator is nothing else. Stored: do not renumber.
enum class TenantKind { kOperator = 1, kBrand = 2, kReseller = 3, kCustomer = 4 };

struct NewTenant {
  std::string_view name;  // for people, not unique: 1 to 200 bytes of UTF-8, no controls
  TenantKind kind = TenantKind::kCustomer;
  std::optional<TenantId> parent = std::nullopt;  // absent: a root
  // What people type: 1 to 63 of a-z, 0-9 and inner dashes; no two tenants have the same.
  std::string_view slug = {};
  // Which brand's clothes it wears (as a slug is written), and its language and region (BCP 47,
  // "de-AT"). Where a tenant has none, its nearest ancestor's hold: see PresentationOf().
  std::string_view brand = {};
  std::string_view locale = {};
  // kActive or kProvisioning.
  TenantState state = TenantState::kActive;
};

struct TenantInfo {
  TenantId id;
  std::string name;  // for people; not unique, not an identifier
  TenantKind kind;
  TenantState state;
  std::optional<TenantId> parent;
  std::string slug;    // empty: none
  std::string brand;   // its own; empty: none
  std::string locale;  // its own; empty: none
  std::chrono::sys_time<std::chrono::microseconds> created;
};

// What is absent stays as it is; an empty slug, brand or locale takes it away.
struct TenantChange {
  std::optional<std::string_view> name = std::nullopt;
  std::optional<std::string_view> slug = std::nullopt;
  std::optional<std::string_view> brand = std::nullopt;
  std::optional<std::string_view> locale = std::nullopt;
};

struct Presentation {
  std::string brand;
  std::string locale;
};

struct EnterOptions {
  // How long the context can be used; at most 24 hours, at least a millisecond.
  std::chrono::milliseconds lifetime = std::chrono::minutes(15);
  // Where this work was called from; a trace begins here when absent.
  std::optional<TraceParent> trace = std::nullopt;
};

class TenantDirectory {
 public:
  static constexpr int kMaxDepth = 16;  // levels, the root included

  ~TenantDirectory();
  TenantDirectory(const TenantDirectory&) = delete;
  TenantDirectory& operator=(const TenantDirectory&) = delete;

  // Creates a tenant with no members. The short form: an active customer, a root.
  [[nodiscard]] absl::StatusOr<TenantId> Create(const NewTenant& tenant);
  [[nodiscard]] absl::StatusOr<TenantId> Create(std::string_view name) {
    return Create(NewTenant{.name = name});
  }
  [[nodiscard]] absl::Status Change(const TenantId& tenant, const TenantChange& change);
  // Puts the tenant, and everything below it, under another parent; absent: makes it a root.
  [[nodiscard]] absl::Status Move(const TenantId& tenant, const std::optional<TenantId>& parent);

  // The life of a tenant; each is idempotent. What is below a tenant goes its own way.
  [[nodiscard]] absl::Status Activate(const TenantId& tenant);  // once it is provisioned
  [[nodiscard]] absl::Status Suspend(const TenantId& tenant);   // while it is active
  [[nodiscard]] absl::Status Resume(const TenantId& tenant);    // from suspended or offboarding
  [[nodiscard]] absl::Status Offboard(const TenantId& tenant);  // from any other state
  // Deletes the tenant's memberships and all its rows, and keeps its id as spent. Final. First
  // what is below it has to be moved or removed.
  [[nodiscard]] absl::Status Remove(const TenantId& tenant);

  // Tenants that are gone are not found.
  [[nodiscard]] absl::StatusOr<TenantInfo> Find(const TenantId& tenant) const;
  [[nodiscard]] absl::StatusOr<TenantInfo> FindBySlug(std::string_view slug) const;
  // All of them, oldest first.
  [[nodiscard]] absl::StatusOr<std::vector<TenantInfo>> List() const;
  // Those directly below it, oldest first.
  [[nodiscard]] absl::StatusOr<std::vector<TenantInfo>> Children(const TenantId& tenant) const;
  // The tenant and all below it; each stands behind its parent, siblings oldest first.
  [[nodiscard]] absl::StatusOr<std::vector<TenantInfo>> Subtree(const TenantId& tenant) const;
  // From the root down to the tenant itself.
  [[nodiscard]] absl::StatusOr<std::vector<TenantInfo>> Path(const TenantId& tenant) const;
  // The tenant's own brand and locale, each from its nearest ancestor where it has none.
  [[nodiscard]] absl::StatusOr<Presentation> PresentationOf(const TenantId& tenant) const;

  // Both are idempotent.
  [[nodiscard]] absl::Status AddMember(const TenantId& tenant, const Principal& principal);
  [[nodiscard]] absl::Status RemoveMember(const TenantId& tenant, const Principal& principal);
  // By kind and name.
  [[nodiscard]] absl::StatusOr<std::vector<Principal>> Members(const TenantId& tenant) const;
  // The tenants that a principal is a member of, oldest first: what to choose from after a login.
  [[nodiscard]] absl::StatusOr<std::vector<TenantInfo>> TenantsOf(const Principal& principal) const;

  // The entry point: a context for `tenant`, if `identity` is a member of it and its state lets
  // such a principal in. kNotPermitted both for an unknown tenant and for a non-member, with the
  // same text.
  [[nodiscard]] absl::StatusOr<TenantContext> Enter(const VerifiedIdentity& identity,
                                                    const TenantId& tenant, Purpose purpose,
                                                    EnterOptions options = {}) const;

  // Lets a principal sum up over the tenants below `root` (and itself): read-only, aggregates
  // only. Nobody may without it, members of `root` included. Both are idempotent.
  [[nodiscard]] absl::Status AllowSubtree(const TenantId& root, const Principal& principal);
  [[nodiscard]] absl::Status ForbidSubtree(const TenantId& root, const Principal& principal);
  // A context for that; Platform::OpenSubtree() is what it is good for. kNotPermitted as in
  // Enter().
  [[nodiscard]] absl::StatusOr<SubtreeContext> EnterSubtree(const VerifiedIdentity& identity,
                                                            const TenantId& root, Purpose purpose,
                                                            EnterOptions options = {}) const;

  // A context crosses to another process in an envelope: see envelope.h.
  [[nodiscard]] absl::StatusOr<std::string> Seal(const TenantContext& context, Audience audience,
                                                 SealOptions options = {}) const;
  [[nodiscard]] absl::StatusOr<TenantContext> Unseal(std::string_view envelope, Audience audience,
                                                     UnsealOptions options = {});

 private:
  friend class internal::DirectoryFactory;
  struct Impl;
  explicit TenantDirectory(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cordon

#endif  // CORDON_TENANT_DIRECTORY_H_
