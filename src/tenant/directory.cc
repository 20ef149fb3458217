// SPDX-License-Identifier: Apache-2.0
#include "cordon/tenant/directory.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "cordon/store/error.h"
#include "store/guard.h"
#include "store/text.h"
#include "tenant/directory_impl.h"

namespace cordon {
namespace {

using internal::Error;
using internal::OwnStatement;
using internal::SqliteConnection;

constexpr const char* kSteps[] = {
    "CREATE TABLE cordon_tenants("
    "id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), name TEXT NOT NULL, "
    "state INTEGER NOT NULL CHECK(state IN (1, 2, 3)), created_us INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID",
    "CREATE TABLE cordon_members("
    "tenant_id BLOB NOT NULL REFERENCES cordon_tenants(id), kind INTEGER NOT NULL, "
    "name TEXT NOT NULL, PRIMARY KEY(tenant_id, kind, name)"
    ") STRICT, WITHOUT ROWID",
};

absl::Status NoSuchTenant() {
  return Error(ErrorCode::kNotFound, "no such tenant: check the id, or list the tenants");
}

absl::Status CheckTenantName(std::string_view name) {
  if (internal::IsName(name, 200)) return absl::OkStatus();
  return Error(ErrorCode::kInvalidArgument,
               "a tenant's name is 1 to 200 bytes of UTF-8 without control characters");
}

std::span<const std::byte> Raw(const TenantId& tenant) { return tenant.bytes(); }

absl::StatusOr<TenantId> IdFrom(std::span<const std::byte> blob) {
  TenantId::Bytes bytes{};
  if (blob.size() != bytes.size()) {
    return Error(ErrorCode::kCorrupt, "a tenant's id in the directory is damaged");
  }
  std::copy(blob.begin(), blob.end(), bytes.begin());
  return TenantId::FromBytes(bytes);
}

// Zero when there is no such tenant.
absl::StatusOr<std::int64_t> StateOf(SqliteConnection& connection, const TenantId& tenant) {
  OwnStatement find(connection, "SELECT state FROM cordon_tenants WHERE id = ?1");
  find.Bind(1, Raw(tenant));
  const std::int64_t state = find.Step() ? find.Int(0) : 0;
  if (!find.status().ok()) return find.status();
  return state;
}

constexpr auto Number(TenantState state) { return static_cast<std::int64_t>(state); }
constexpr auto Number(Principal::Kind kind) { return static_cast<std::int64_t>(kind); }

}  // namespace

struct TenantDirectory::Impl {
  // The gates that contexts of one tenant look at. Closed and dropped together with what they
  // stand for; the next context gets a new one.
  struct Gates {
    std::shared_ptr<internal::Gate> tenant = std::make_shared<internal::Gate>();
    std::map<Principal, std::shared_ptr<internal::Gate>> members;
  };

  internal::SqliteStore& store;
  internal::RowPurge purge;
  internal::EnterRefused refused;
  std::mutex mutex;
  std::unordered_map<TenantId, Gates> gates;  // guarded by mutex

  Impl(internal::SqliteStore& s, internal::RowPurge p, internal::EnterRefused r)
      : store(s), purge(std::move(p)), refused(std::move(r)) {}

  absl::Status SetState(const TenantId& tenant, TenantState to) {
    return store.Transact([&](SqliteConnection& connection) -> absl::Status {
      auto state = StateOf(connection, tenant);
      if (!state.ok()) return state.status();
      if (*state == 0 || *state == Number(TenantState::kRemoved)) return NoSuchTenant();
      OwnStatement set(connection, "UPDATE cordon_tenants SET state = ?2 WHERE id = ?1");
      set.Bind(1, Raw(tenant));
      set.Bind(2, Number(to));
      return set.Finish();
    });
  }

  void Close(const TenantId& tenant) {
    const std::lock_guard lock(mutex);
    const auto found = gates.find(tenant);
    if (found == gates.end()) return;
    found->second.tenant->closed.store(true, std::memory_order_release);
    gates.erase(found);
  }
};

TenantDirectory::TenantDirectory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TenantDirectory::~TenantDirectory() = default;

absl::StatusOr<std::unique_ptr<TenantDirectory>> internal::DirectoryFactory::Open(
    SqliteStore& store, RowPurge purge, EnterRefused refused) {
  if (absl::Status ready = store.Migrate("tenant", kSteps); !ready.ok()) return ready;
  return std::unique_ptr<TenantDirectory>(new TenantDirectory(
      std::make_unique<TenantDirectory::Impl>(store, std::move(purge), std::move(refused))));
}

absl::StatusOr<TenantId> TenantDirectory::Create(std::string_view name) {
  if (absl::Status fit = CheckTenantName(name); !fit.ok()) return fit;
  auto id = TenantId::Draw(*impl_->store.options().entropy);
  if (!id.ok()) return id;
  absl::Status created = impl_->store.Transact([&](SqliteConnection& connection) -> absl::Status {
    OwnStatement insert(connection,
                        "INSERT INTO cordon_tenants(id, name, state, created_us) "
                        "VALUES (?1, ?2, ?3, ?4)");
    insert.Bind(1, Raw(*id));
    insert.Bind(2, name);
    insert.Bind(3, Number(TenantState::kActive));
    insert.Bind(4, impl_->store.options().clock->Now().time_since_epoch().count());
    return insert.Finish();
  });
  if (!created.ok()) return created;
  return id;
}

absl::Status TenantDirectory::Rename(const TenantId& tenant, std::string_view name) {
  if (absl::Status fit = CheckTenantName(name); !fit.ok()) return fit;
  return impl_->store.Transact([&](SqliteConnection& connection) -> absl::Status {
    auto state = StateOf(connection, tenant);
    if (!state.ok()) return state.status();
    if (*state == 0 || *state == Number(TenantState::kRemoved)) return NoSuchTenant();
    OwnStatement set(connection, "UPDATE cordon_tenants SET name = ?2 WHERE id = ?1");
    set.Bind(1, Raw(tenant));
    set.Bind(2, name);
    return set.Finish();
  });
}

absl::Status TenantDirectory::Suspend(const TenantId& tenant) {
  absl::Status done = impl_->SetState(tenant, TenantState::kSuspended);
  // Only after the commit: a context issued in between read the old state and holds this gate.
  if (done.ok()) impl_->Close(tenant);
  return done;
}

absl::Status TenantDirectory::Resume(const TenantId& tenant) {
  return impl_->SetState(tenant, TenantState::kActive);
}

absl::Status TenantDirectory::Remove(const TenantId& tenant) {
  // Suspended first, so that no transaction writes rows behind the purge.
  if (absl::Status stopped = Suspend(tenant); !stopped.ok()) return stopped;
  return impl_->store.Transact([&](SqliteConnection& connection) -> absl::Status {
    if (absl::Status purged = impl_->purge(connection, tenant); !purged.ok()) return purged;
    OwnStatement members(connection, "DELETE FROM cordon_members WHERE tenant_id = ?1");
    members.Bind(1, Raw(tenant));
    if (absl::Status gone = members.Finish(); !gone.ok()) return gone;
    // The row stays as the record that this id is spent; the name is personal data and goes.
    OwnStatement spend(connection, "UPDATE cordon_tenants SET state = ?2, name = '' WHERE id = ?1");
    spend.Bind(1, Raw(tenant));
    spend.Bind(2, Number(TenantState::kRemoved));
    return spend.Finish();
  });
}

namespace {

absl::StatusOr<TenantInfo> InfoFrom(const OwnStatement& row) {
  auto id = IdFrom(row.Blob(0));
  if (!id.ok()) return id.status();
  return TenantInfo{
      *id, row.Text(1), static_cast<TenantState>(row.Int(2)),
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(row.Int(3)))};
}

}  // namespace

absl::StatusOr<TenantInfo> TenantDirectory::Find(const TenantId& tenant) const {
  return internal::Guarded([&]() -> absl::StatusOr<TenantInfo> {
    internal::ReaderLease reader(impl_->store);
    if (!reader.status().ok()) return reader.status();
    OwnStatement find(*reader,
                      "SELECT id, name, state, created_us FROM cordon_tenants "
                      "WHERE id = ?1 AND state <> 3");
    find.Bind(1, Raw(tenant));
    if (find.Step()) return InfoFrom(find);
    return find.status().ok() ? NoSuchTenant() : find.status();
  });
}

absl::StatusOr<std::vector<TenantInfo>> TenantDirectory::List() const {
  return internal::Guarded([&]() -> absl::StatusOr<std::vector<TenantInfo>> {
    internal::ReaderLease reader(impl_->store);
    if (!reader.status().ok()) return reader.status();
    std::vector<TenantInfo> tenants;
    OwnStatement all(*reader,
                     "SELECT id, name, state, created_us FROM cordon_tenants WHERE state <> 3 "
                     "ORDER BY created_us, id");
    while (all.Step()) {
      auto info = InfoFrom(all);
      if (!info.ok()) return info.status();
      tenants.push_back(*std::move(info));
    }
    if (!all.status().ok()) return all.status();
    return tenants;
  });
}

absl::Status TenantDirectory::AddMember(const TenantId& tenant, const Principal& principal) {
  return impl_->store.Transact([&](SqliteConnection& connection) -> absl::Status {
    auto state = StateOf(connection, tenant);
    if (!state.ok()) return state.status();
    if (*state == 0 || *state == Number(TenantState::kRemoved)) return NoSuchTenant();
    OwnStatement add(connection,
                     "INSERT INTO cordon_members(tenant_id, kind, name) VALUES (?1, ?2, ?3) "
                     "ON CONFLICT DO NOTHING");
    add.Bind(1, Raw(tenant));
    add.Bind(2, Number(principal.kind()));
    add.Bind(3, principal.name());
    return add.Finish();
  });
}

absl::Status TenantDirectory::RemoveMember(const TenantId& tenant, const Principal& principal) {
  absl::Status removed = impl_->store.Transact([&](SqliteConnection& connection) -> absl::Status {
    auto state = StateOf(connection, tenant);
    if (!state.ok()) return state.status();
    if (*state == 0 || *state == Number(TenantState::kRemoved)) return NoSuchTenant();
    OwnStatement remove(connection,
                        "DELETE FROM cordon_members WHERE tenant_id = ?1 AND kind = ?2 AND "
                        "name = ?3");
    remove.Bind(1, Raw(tenant));
    remove.Bind(2, Number(principal.kind()));
    remove.Bind(3, principal.name());
    return remove.Finish();
  });
  if (!removed.ok()) return removed;
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->gates.find(tenant);
  if (found == impl_->gates.end()) return removed;
  const auto member = found->second.members.find(principal);
  if (member == found->second.members.end()) return removed;
  member->second->closed.store(true, std::memory_order_release);
  found->second.members.erase(member);
  return removed;
}

absl::StatusOr<TenantContext> TenantDirectory::Enter(const VerifiedIdentity& identity,
                                                     const TenantId& tenant, Purpose purpose,
                                                     EnterOptions options) const {
  auto entered = internal::Guarded([&]() -> absl::StatusOr<TenantContext> {
    if (options.lifetime < std::chrono::milliseconds(1) ||
        options.lifetime > std::chrono::hours(24)) {
      return Error(ErrorCode::kInvalidArgument,
                   "a context lives between a millisecond and 24 hours: enter again when it ends");
    }
    // One answer and one statement for "no such tenant" and "not a member of it".
    std::int64_t state = 0;
    std::shared_ptr<internal::Gate> tenant_gate;
    std::shared_ptr<internal::Gate> member_gate;
    {
      // Taken before the directory is read: whoever closes a gate does so after its commit, so a
      // context that was decided on the old state finds its gate closed.
      const std::lock_guard lock(impl_->mutex);
      const auto found = impl_->gates.find(tenant);
      if (found != impl_->gates.end()) {
        tenant_gate = found->second.tenant;
        const auto member = found->second.members.find(identity.principal());
        if (member != found->second.members.end()) member_gate = member->second;
      }
    }
    for (int pass = 0; pass < 2; ++pass) {
      {
        internal::ReaderLease reader(impl_->store);
        if (!reader.status().ok()) return reader.status();
        OwnStatement find(*reader,
                          "SELECT t.state FROM cordon_members AS m "
                          "JOIN cordon_tenants AS t ON t.id = m.tenant_id "
                          "WHERE m.tenant_id = ?1 AND m.kind = ?2 AND m.name = ?3");
        find.Bind(1, Raw(tenant));
        find.Bind(2, Number(identity.principal().kind()));
        find.Bind(3, identity.principal().name());
        state = find.Step() ? find.Int(0) : 0;
        if (!find.status().ok()) return find.status();
      }
      if (state == 0 || state == Number(TenantState::kRemoved)) {
        return Error(ErrorCode::kNotPermitted,
                     "the principal is not a member of such a tenant: have it added, or check the "
                     "tenant id");
      }
      if (state == Number(TenantState::kSuspended)) {
        return Error(ErrorCode::kTenantSuspended, "the tenant is suspended: have it resumed first");
      }
      if (tenant_gate != nullptr && member_gate != nullptr) break;
      // Only members get gates, so that guessing ids does not fill the table. The gates exist from
      // here on; what was read before they did is read once more.
      const std::lock_guard lock(impl_->mutex);
      Impl::Gates& gates = impl_->gates[tenant];
      auto& member = gates.members[identity.principal()];
      if (member == nullptr) member = std::make_shared<internal::Gate>();
      tenant_gate = gates.tenant;
      member_gate = member;
    }
    const internal::SqliteStore::Options& environment = impl_->store.options();
    absl::StatusOr<TraceId> trace =
        options.trace.has_value() ? *options.trace : TraceId::Draw(*environment.entropy);
    if (!trace.ok()) return trace.status();
    return internal::ContextAccess::Make(std::make_shared<internal::Proof>(
        tenant, identity.principal(), std::string(purpose.text()), *trace,
        environment.clock->Monotonic() + options.lifetime, environment.clock,
        std::move(tenant_gate), std::move(member_gate), impl_->store.identity()));
  });
  if (!entered.ok()) {
    impl_->refused(identity.principal(), tenant, purpose.text(),
                   options.trace.has_value() ? &*options.trace : nullptr, entered.status());
  }
  return entered;
}

}  // namespace cordon
