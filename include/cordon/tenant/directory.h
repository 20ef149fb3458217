// SPDX-License-Identifier: Apache-2.0
//
// The platform's own list of tenants and of who is a member of which.
//
// Guarantees: ids are drawn at random and never reused, not even after Remove(). Suspend(),
//   Remove() and RemoveMember() end every context that they concern, in this process at once.
//   Each call is one durable transaction: after a crash it happened wholly or not at all.
// Not guaranteed: authorisation. Whoever holds the platform holds the directory; give request
//   handlers sessions, never the platform.
// Thread safety: thread-safe; several processes may work on one file.
// Ownership and lifetime: owned by its platform.
// Errors: kInvalidArgument for a name, kNotFound for an id that is not in the directory, and the
//   errors of the shared machine (kBusy, kDiskFull, …).
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
#include "cordon/tenant/principal.h"
#include "cordon/tenant/tenant_id.h"

namespace cordon {

namespace internal {
class DirectoryFactory;
}  // namespace internal

// Stored: do not renumber.
enum class TenantState { kActive = 1, kSuspended = 2, kRemoved = 3 };

struct TenantInfo {
  TenantId id;
  std::string name;  // for people; not unique, not an identifier
  TenantState state;
  std::chrono::sys_time<std::chrono::microseconds> created;
};

struct EnterOptions {
  // How long the context can be used; at most 24 hours, at least a millisecond.
  std::chrono::milliseconds lifetime = std::chrono::minutes(15);
  // The trace that this work belongs to; a fresh one when absent.
  std::optional<TraceId> trace = std::nullopt;
};

class TenantDirectory {
 public:
  ~TenantDirectory();
  TenantDirectory(const TenantDirectory&) = delete;
  TenantDirectory& operator=(const TenantDirectory&) = delete;

  // Creates an active tenant with no members. `name`: 1 to 200 bytes of UTF-8, no controls.
  [[nodiscard]] absl::StatusOr<TenantId> Create(std::string_view name);
  [[nodiscard]] absl::Status Rename(const TenantId& tenant, std::string_view name);
  // Both are idempotent; neither works on a removed tenant (kNotFound).
  [[nodiscard]] absl::Status Suspend(const TenantId& tenant);
  [[nodiscard]] absl::Status Resume(const TenantId& tenant);
  // Deletes the tenant's memberships and all its rows, and keeps its id as spent. Final.
  [[nodiscard]] absl::Status Remove(const TenantId& tenant);
  // Removed tenants are not found.
  [[nodiscard]] absl::StatusOr<TenantInfo> Find(const TenantId& tenant) const;
  // All but the removed ones, oldest first.
  [[nodiscard]] absl::StatusOr<std::vector<TenantInfo>> List() const;

  // Both are idempotent.
  [[nodiscard]] absl::Status AddMember(const TenantId& tenant, const Principal& principal);
  [[nodiscard]] absl::Status RemoveMember(const TenantId& tenant, const Principal& principal);

  // The entry point: a context for `tenant`, if `identity` is a member of it and it is active.
  // kNotPermitted both for an unknown tenant and for a non-member, with the same text.
  [[nodiscard]] absl::StatusOr<TenantContext> Enter(const VerifiedIdentity& identity,
                                                    const TenantId& tenant, Purpose purpose,
                                                    EnterOptions options = {}) const;

 private:
  friend class internal::DirectoryFactory;
  struct Impl;
  explicit TenantDirectory(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cordon

#endif  // CORDON_TENANT_DIRECTORY_H_
