// SPDX-License-Identifier: Apache-2.0
// Who may enter. The tree and its tenants' states are in tree.cc, envelopes in envelope.cc.
#include "cordon/tenant/directory.h"

#include <algorithm>
#include <utility>

#include "cordon/store/error.h"
#include "store/guard.h"
#include "tenant/directory_impl.h"

namespace cordon {

using internal::Error;
using internal::Number;
using internal::OwnConnection;
using internal::OwnStatement;
using internal::Raw;
using internal::Right;

namespace {

// Each is one statement. The first two are those of the first release.
constexpr const char* kSteps[] = {
    "CREATE TABLE cordon_tenants("
    "id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), name TEXT NOT NULL, "
    "state INTEGER NOT NULL CHECK(state IN (1, 2, 3)), created_us INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID",
    "CREATE TABLE cordon_members("
    "tenant_id BLOB NOT NULL REFERENCES cordon_tenants(id), kind INTEGER NOT NULL, "
    "name TEXT NOT NULL, PRIMARY KEY(tenant_id, kind, name)"
    ") STRICT, WITHOUT ROWID",

    // The epoch counts acts that end contexts. A tenant is `closed` in the epoch that ended all of
    // its contexts last, and `changed` in the one that ended any; a right is held `since` one.
    "CREATE TABLE cordon_directory(one INTEGER NOT NULL PRIMARY KEY CHECK(one = 1), "
    "epoch INTEGER NOT NULL) STRICT",
    "INSERT INTO cordon_directory VALUES (1, 1)",
    "CREATE TABLE cordon_tenants_new("
    "id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), name TEXT NOT NULL, "
    "state INTEGER NOT NULL CHECK(state BETWEEN 1 AND 5), created_us INTEGER NOT NULL, "
    "kind INTEGER NOT NULL CHECK(kind BETWEEN 1 AND 4), "
    "parent BLOB REFERENCES cordon_tenants_new(id) CHECK(parent <> id), "
    "slug TEXT, brand TEXT NOT NULL, locale TEXT NOT NULL, "
    "closed INTEGER NOT NULL, changed INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "INSERT INTO cordon_tenants_new SELECT id, name, state, created_us, 4, NULL, NULL, '', '', 1, "
    "1 "
    "FROM cordon_tenants",
    "CREATE TABLE cordon_members_new("
    "tenant_id BLOB NOT NULL REFERENCES cordon_tenants_new(id), kind INTEGER NOT NULL, "
    "name TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY(tenant_id, kind, name)"
    ") STRICT, WITHOUT ROWID",
    "INSERT INTO cordon_members_new SELECT tenant_id, kind, name, 1 FROM cordon_members",
    "DROP TABLE cordon_members",
    "DROP TABLE cordon_tenants",
    "ALTER TABLE cordon_tenants_new RENAME TO cordon_tenants",
    "ALTER TABLE cordon_members_new RENAME TO cordon_members",
    "CREATE INDEX cordon_tenants_parent ON cordon_tenants(parent)",
    "CREATE UNIQUE INDEX cordon_tenants_slug ON cordon_tenants(slug)",
    "CREATE INDEX cordon_tenants_changed ON cordon_tenants(changed)",
    "CREATE INDEX cordon_members_principal ON cordon_members(kind, name)",
    "CREATE TABLE cordon_subtrees("
    "tenant_id BLOB NOT NULL REFERENCES cordon_tenants(id), kind INTEGER NOT NULL, "
    "name TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY(tenant_id, kind, name)"
    ") STRICT, WITHOUT ROWID",

    // Envelopes that were opened, until they have ended. What ended before the floor is forgotten,
    // and refused.
    "CREATE TABLE cordon_envelopes("
    "tenant_id BLOB NOT NULL REFERENCES cordon_tenants(id), expires_us INTEGER NOT NULL, "
    "id BLOB NOT NULL, PRIMARY KEY(tenant_id, expires_us, id)) STRICT, WITHOUT ROWID",
    "CREATE TABLE cordon_envelope_floors("
    "tenant_id BLOB NOT NULL PRIMARY KEY REFERENCES cordon_tenants(id), "
    "floor_us INTEGER NOT NULL, remembered INTEGER NOT NULL) STRICT, WITHOUT ROWID",
};

// The tables of rights have the same columns.
std::string_view TableOf(Right right) {
  return right == Right::kMember ? "cordon_members" : "cordon_subtrees";
}

std::string OnTable(std::string_view before, Right right, std::string_view after) {
  std::string sql(before);
  sql += TableOf(right);
  sql += after;
  return sql;
}

void BindHolder(OwnStatement* statement, const TenantId& tenant, const Principal& principal) {
  statement->Bind(1, Raw(tenant));
  statement->Bind(2, Number(principal.kind()));
  statement->Bind(3, principal.name());
}

absl::Status NotPermitted(Right right) {
  return Error(ErrorCode::kNotPermitted,
               right == Right::kMember
                   ? "the principal is not a member of such a tenant: have it added, or check the "
                     "tenant id"
                   : "the principal may not sum up over such a subtree: have it allowed, or check "
                     "the tenant id");
}

// How often the directory is read again because something ended meanwhile.
constexpr int kPasses = 5;
absl::Status Restless() {
  return Error(ErrorCode::kBusy, "contexts are being ended all the time: try again");
}

absl::Status LetsIn(TenantState state, Principal::Kind kind) {
  switch (state) {
    case TenantState::kActive:
      return absl::OkStatus();
    case TenantState::kProvisioning:
    case TenantState::kOffboarding:
      if (kind == Principal::Kind::kService || kind == Principal::Kind::kJob) {
        return absl::OkStatus();
      }
      return Error(ErrorCode::kTenantState,
                   state == TenantState::kProvisioning
                       ? "the tenant is being set up: only services and jobs enter it until it is "
                         "activated"
                       : "the tenant is being offboarded: only services and jobs enter it now");
    case TenantState::kSuspended:
      return Error(ErrorCode::kTenantSuspended, "the tenant is suspended: have it resumed first");
    case TenantState::kGone:
      break;
  }
  return NotPermitted(Right::kMember);
}

}  // namespace

// ---- what is stored -----------------------------------------------------------------------------

absl::Status internal::NoSuchTenant() {
  return Error(ErrorCode::kNotFound, "no such tenant: check the id, or list the tenants");
}

absl::StatusOr<TenantId> internal::TenantIdFrom(std::span<const std::byte> blob) {
  TenantId::Bytes bytes{};
  if (blob.size() != bytes.size()) {
    return Error(ErrorCode::kCorrupt, "a tenant's id in the directory is damaged");
  }
  std::copy(blob.begin(), blob.end(), bytes.begin());
  return TenantId::FromBytes(bytes);
}

absl::StatusOr<TenantState> internal::StateOf(OwnConnection& connection, const TenantId& tenant) {
  OwnStatement find(connection, "SELECT state FROM cordon_tenants WHERE id = ?1 AND state <> 3");
  find.Bind(1, Raw(tenant));
  if (find.Step()) return static_cast<TenantState>(find.Int(0));
  if (!find.status().ok()) return find.status();
  return NoSuchTenant();
}

absl::StatusOr<std::optional<std::int64_t>> internal::HeldSince(OwnConnection& connection,
                                                                const TenantId& tenant, Right right,
                                                                const Principal& principal) {
  OwnStatement find(connection, OnTable("SELECT since FROM ", right,
                                        " WHERE tenant_id = ?1 AND kind = ?2 AND name = ?3"));
  BindHolder(&find, tenant, principal);
  std::optional<std::int64_t> since;
  if (find.Step()) since = find.Int(0);
  if (!find.status().ok()) return find.status();
  return since;
}

absl::StatusOr<std::int64_t> internal::EpochOf(OwnConnection& connection) {
  OwnStatement find(connection, "SELECT epoch FROM cordon_directory");
  if (find.Step()) return find.Int(0);
  if (!find.status().ok()) return find.status();
  return Error(ErrorCode::kCorrupt, "the directory has lost its epoch");
}

absl::StatusOr<std::int64_t> internal::NextEpoch(OwnConnection& connection) {
  if (absl::Status counted = connection.Run("UPDATE cordon_directory SET epoch = epoch + 1");
      !counted.ok()) {
    return counted;
  }
  return EpochOf(connection);
}

// ---- opening ------------------------------------------------------------------------------------

TenantDirectory::TenantDirectory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TenantDirectory::~TenantDirectory() = default;

std::span<const char* const> internal::DirectoryFactory::Steps() { return kSteps; }

absl::StatusOr<std::unique_ptr<TenantDirectory>> internal::DirectoryFactory::Open(
    Store& store, std::optional<Secret> envelope_key, RowPurge purge, EnterRefused refused) {
  if (absl::Status ready = store.Migrate(kRoom, kSteps); !ready.ok()) return ready;
  return std::unique_ptr<TenantDirectory>(
      new TenantDirectory(std::make_unique<TenantDirectory::Impl>(
          store, std::move(envelope_key), std::move(purge), std::move(refused))));
}

internal::Gates& internal::DirectoryFactory::GatesOf(TenantDirectory& directory) {
  return directory.impl_->gates;
}

// ---- rights -------------------------------------------------------------------------------------

absl::Status TenantDirectory::Impl::Give(Right right, const TenantId& tenant,
                                         const Principal& principal) {
  return store.Transact([&](OwnConnection& connection) -> absl::Status {
    if (auto state = internal::StateOf(connection, tenant); !state.ok()) return state.status();
    OwnStatement add(connection,
                     OnTable("INSERT INTO ", right,
                             " SELECT ?1, ?2, ?3, epoch FROM cordon_directory WHERE true "
                             "ON CONFLICT DO NOTHING"));
    BindHolder(&add, tenant, principal);
    return add.Finish();
  });
}

absl::Status TenantDirectory::Impl::Take(Right right, const TenantId& tenant,
                                         const Principal& principal) {
  absl::Status taken = store.Transact([&](OwnConnection& connection) -> absl::Status {
    if (auto state = internal::StateOf(connection, tenant); !state.ok()) return state.status();
    auto held = internal::HeldSince(connection, tenant, right, principal);
    if (!held.ok()) return held.status();
    if (!held->has_value()) return absl::OkStatus();
    OwnStatement remove(connection, OnTable("DELETE FROM ", right,
                                            " WHERE tenant_id = ?1 AND kind = ?2 AND name = ?3"));
    BindHolder(&remove, tenant, principal);
    if (absl::Status removed = remove.Finish(); !removed.ok()) return removed;
    auto epoch = internal::NextEpoch(connection);
    if (!epoch.ok()) return epoch.status();
    OwnStatement mark(connection, "UPDATE cordon_tenants SET changed = ?2 WHERE id = ?1");
    mark.Bind(1, Raw(tenant));
    mark.Bind(2, *epoch);
    return mark.Finish();
  });
  // Only after the commit: a context issued in between read the old state and holds this gate.
  if (taken.ok()) gates.CloseHolder(tenant, right, principal);
  return taken;
}

absl::Status TenantDirectory::AddMember(const TenantId& tenant, const Principal& principal) {
  return impl_->Give(Right::kMember, tenant, principal);
}
absl::Status TenantDirectory::RemoveMember(const TenantId& tenant, const Principal& principal) {
  return impl_->Take(Right::kMember, tenant, principal);
}
absl::Status TenantDirectory::AllowSubtree(const TenantId& root, const Principal& principal) {
  return impl_->Give(Right::kSubtree, root, principal);
}
absl::Status TenantDirectory::ForbidSubtree(const TenantId& root, const Principal& principal) {
  return impl_->Take(Right::kSubtree, root, principal);
}

absl::StatusOr<std::vector<Principal>> TenantDirectory::Members(const TenantId& tenant) const {
  return internal::Guarded([&]() -> absl::StatusOr<std::vector<Principal>> {
    std::vector<Principal> members;
    absl::Status read = impl_->store.Read([&](OwnConnection& connection) -> absl::Status {
      if (auto state = internal::StateOf(connection, tenant); !state.ok()) return state.status();
      OwnStatement all(connection,
                       "SELECT kind, name FROM cordon_members WHERE tenant_id = ?1 "
                       "ORDER BY kind, name");
      all.Bind(1, Raw(tenant));
      while (all.Step()) {
        auto member = Principal::Of(static_cast<Principal::Kind>(all.Int(0)), all.Text(1));
        if (!member.ok()) {
          return Error(ErrorCode::kCorrupt, "a member's name in the directory is damaged");
        }
        members.push_back(*std::move(member));
      }
      return all.status();
    });
    if (!read.ok()) return read;
    return members;
  });
}

// ---- entering -----------------------------------------------------------------------------------

absl::StatusOr<std::shared_ptr<internal::Proof>> TenantDirectory::Impl::TryToAdmit(
    const Entry& entry) const {
  if (entry.lifetime < std::chrono::milliseconds(1) || entry.lifetime > std::chrono::hours(24)) {
    return Error(ErrorCode::kInvalidArgument,
                 "a context lives between a millisecond and 24 hours: enter again when it ends");
  }
  // Taken before the directory is read: whoever closes a gate does so after its commit, so a
  // context that was decided on the old state finds its gate closed.
  internal::Gates::Pair pair = gates.Find(entry.tenant, entry.right, entry.principal);
  bool settled = false;
  const auto decide = [&](OwnConnection& connection) -> absl::Status {
    TenantState state{};
    std::int64_t epoch = 0;
    {
      // One answer and one statement for "no such tenant" and "not a member of it".
      static constexpr const char* kWhose =
          "WHERE m.tenant_id = ?1 AND m.kind = ?2 AND m.name = ?3";
      OwnStatement find(connection, OnTable("SELECT t.state, d.epoch FROM ", entry.right,
                                            " AS m JOIN cordon_tenants AS t ON t.id = m.tenant_id "
                                            "CROSS JOIN cordon_directory AS d ") +
                                        kWhose);
      BindHolder(&find, entry.tenant, entry.principal);
      const bool held = find.Step();
      if (held) {
        state = static_cast<TenantState>(find.Int(0));
        epoch = find.Int(1);
      }
      if (!find.status().ok()) return find.status();
      if (!held || state == TenantState::kGone) return NotPermitted(entry.right);
    }
    if (absl::Status in = LetsIn(state, entry.principal.kind()); !in.ok()) return in;
    // Another process may have ended what these gates stand for, and allowed it again.
    auto looked = gates.CatchUp(connection, epoch, store.clock()->Monotonic());
    if (!looked.ok()) return looked.status();
    settled = !*looked && pair.complete();
    if (*looked) {
      pair = gates.Find(entry.tenant, entry.right, entry.principal);
    } else if (!settled) {
      // Only who may enter gets gates, so that guessing ids does not fill the table. The gates
      // exist from here on; what was read before they did is read once more.
      pair = gates.Make(entry.tenant, entry.right, entry.principal, epoch);
    }
    return absl::OkStatus();
  };
  for (int pass = 0; pass < kPasses && !settled; ++pass) {
    if (absl::Status read = store.Read(decide); !read.ok()) return read;
  }
  if (!settled) return Restless();
  absl::StatusOr<TraceParent> trace =
      entry.trace.has_value() ? *entry.trace : TraceParent::Draw(*store.entropy());
  if (!trace.ok()) return trace.status();
  return std::make_shared<internal::Proof>(
      entry.tenant, entry.principal, std::string(entry.purpose), *trace,
      store.clock()->Monotonic() + entry.lifetime, store.clock(), std::move(pair.tenant),
      std::move(pair.holder), store.identity());
}

absl::StatusOr<std::shared_ptr<internal::Proof>> TenantDirectory::Impl::Admit(
    const Entry& entry) const {
  auto admitted = internal::Guarded([&] { return TryToAdmit(entry); });
  if (!admitted.ok()) {
    refused(&entry.principal, &entry.tenant, entry.purpose,
            entry.trace.has_value() ? &entry.trace->trace() : nullptr, admitted.status());
  }
  return admitted;
}

absl::StatusOr<TenantContext> TenantDirectory::Enter(const VerifiedIdentity& identity,
                                                     const TenantId& tenant, Purpose purpose,
                                                     EnterOptions options) const {
  auto proof = impl_->Admit({identity.principal(), tenant, purpose.text(), Right::kMember,
                             options.lifetime, options.trace});
  if (!proof.ok()) return proof.status();
  return internal::ContextAccess::Make(*std::move(proof));
}

absl::StatusOr<SubtreeContext> TenantDirectory::EnterSubtree(const VerifiedIdentity& identity,
                                                             const TenantId& root, Purpose purpose,
                                                             EnterOptions options) const {
  auto proof = impl_->Admit({identity.principal(), root, purpose.text(), Right::kSubtree,
                             options.lifetime, options.trace});
  if (!proof.ok()) return proof.status();
  return internal::ContextAccess::MakeSubtree(*std::move(proof));
}

absl::StatusOr<std::vector<std::shared_ptr<internal::Proof>>>
internal::DirectoryFactory::ProofsBelow(const TenantDirectory& directory,
                                        const std::shared_ptr<Proof>& root) {
  using Proofs = std::vector<std::shared_ptr<Proof>>;
  Store& store = directory.impl_->store;
  const auto epoch_now = [&]() -> absl::StatusOr<std::int64_t> {
    std::int64_t now = 0;
    absl::Status read = store.Read([&](OwnConnection& connection) -> absl::Status {
      auto epoch = EpochOf(connection);
      if (!epoch.ok()) return epoch.status();
      now = *epoch;
      // What others have ended is ended here too, before gates are asked for.
      return directory.impl_->gates.CatchUp(connection, now, root->clock->Monotonic()).status();
    });
    if (!read.ok()) return read;
    return now;
  };
  return Guarded([&]() -> absl::StatusOr<Proofs> {
    auto epoch = epoch_now();
    for (int pass = 0; pass < kPasses && epoch.ok(); ++pass) {
      if (!root->Open()) return root->Check();
      auto tenants = directory.Subtree(root->tenant);
      if (!tenants.ok()) return tenants.status();
      Proofs proofs;
      for (const TenantInfo& info : *tenants) {
        if (info.state != TenantState::kActive) continue;
        proofs.push_back(std::make_shared<Proof>(
            info.id, root->principal, root->purpose, root->trace, root->expires, root->clock,
            directory.impl_->gates.MakeOfTenant(info.id, *epoch), root->member_gate, root->issuer));
        proofs.back()->subtree = root->tenant;
      }
      // Whoever was suspended before his gate was made is seen by his count.
      const auto before = epoch;
      epoch = epoch_now();
      if (epoch.ok() && *epoch == *before) return proofs;
    }
    if (!epoch.ok()) return epoch.status();
    return Restless();
  });
}

}  // namespace cordon
