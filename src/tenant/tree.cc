// SPDX-License-Identifier: Apache-2.0
// Where tenants stand, and what state they are in.
#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <utility>

#include "cordon/store/error.h"
#include "cordon/tenant/directory.h"
#include "store/guard.h"
#include "store/text.h"
#include "tenant/directory_impl.h"

namespace cordon {

using internal::Error;
using internal::Number;
using internal::OwnConnection;
using internal::OwnStatement;
using internal::Raw;

namespace {

// ---- what may be written ------------------------------------------------------------------------

absl::Status CheckName(std::string_view name) {
  if (internal::IsName(name, 200)) return absl::OkStatus();
  return Error(ErrorCode::kInvalidArgument,
               "a tenant's name is 1 to 200 bytes of UTF-8 without control characters");
}

constexpr bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

absl::Status CheckSlug(std::string_view slug) {
  if (slug.empty() || internal::IsSlug(slug)) return absl::OkStatus();
  return Error(ErrorCode::kInvalidArgument,
               "a slug is 1 to 63 characters of a-z, 0-9 and dashes, with none at its ends");
}

absl::Status CheckBrand(std::string_view brand) {
  if (brand.empty() || internal::IsSlug(brand)) return absl::OkStatus();
  return Error(ErrorCode::kInvalidArgument,
               "a brand is written as a slug: 1 to 63 characters of a-z, 0-9 and inner dashes");
}

// The shape of RFC 5646: a language of 2 to 8 letters, and subtags of 1 to 8 letters and digits.
absl::Status CheckLocale(std::string_view locale) {
  if (locale.empty()) return absl::OkStatus();
  bool fits = locale.size() <= 35;
  std::size_t length = 0;
  bool first = true;
  for (const char c : locale) {
    if (c == '-') {
      fits = fits && length >= (first ? 2 : 1) && length <= 8;
      length = 0;
      first = false;
    } else {
      const bool letter = IsLower(c) || (c >= 'A' && c <= 'Z');
      fits = fits && (letter || (!first && IsDigit(c)));
      ++length;
    }
  }
  if (fits && length >= (first ? 2 : 1) && length <= 8) return absl::OkStatus();
  return Error(ErrorCode::kInvalidArgument,
               "a locale is a language tag such as \"de\" or \"de-AT\" (BCP 47)");
}

// ---- the tree -----------------------------------------------------------------------------------

absl::Status Tree(std::string_view what) { return Error(ErrorCode::kTenantTree, what); }

absl::StatusOr<std::int64_t> OneInt(OwnConnection& connection, std::string_view sql,
                                    const TenantId& tenant) {
  OwnStatement find(connection, sql);
  find.Bind(1, Raw(tenant));
  const std::int64_t found = find.Step() ? find.Int(0) : 0;
  if (!find.status().ok()) return find.status();
  return found;
}

// Levels from the root down to the tenant. Ends in a damaged file as well.
absl::StatusOr<std::int64_t> DepthOf(OwnConnection& connection, const TenantId& tenant) {
  return OneInt(connection,
                "WITH RECURSIVE up(id, level) AS (SELECT ?1, 1 UNION ALL "
                "SELECT t.parent, up.level + 1 FROM up JOIN cordon_tenants AS t ON t.id = up.id "
                "WHERE t.parent IS NOT NULL AND up.level < 64) SELECT max(level) FROM up",
                tenant);
}

// Levels from the tenant down to the lowest of its subtree.
absl::StatusOr<std::int64_t> HeightOf(OwnConnection& connection, const TenantId& tenant) {
  return OneInt(connection,
                "WITH RECURSIVE down(id, level) AS (SELECT ?1, 1 UNION ALL "
                "SELECT t.id, down.level + 1 FROM down JOIN cordon_tenants AS t "
                "ON t.parent = down.id WHERE down.level < 64) SELECT max(level) FROM down",
                tenant);
}

absl::StatusOr<bool> StandsAbove(OwnConnection& connection, const TenantId& tenant,
                                 const TenantId& other) {
  OwnStatement find(connection,
                    "WITH RECURSIVE up(id, level) AS (SELECT ?2, 1 UNION ALL "
                    "SELECT t.parent, up.level + 1 FROM up JOIN cordon_tenants AS t "
                    "ON t.id = up.id WHERE t.parent IS NOT NULL AND up.level < 64) "
                    "SELECT 1 FROM up WHERE id = ?1");
  find.Bind(1, Raw(tenant));
  find.Bind(2, Raw(other));
  const bool above = find.Step();
  if (!find.status().ok()) return find.status();
  return above;
}

// Whether a tenant of `kind`, with a subtree of `height` levels, may stand under `parent`.
absl::Status MayStandUnder(OwnConnection& connection, const TenantId& parent, TenantKind kind,
                           std::int64_t height) {
  auto state = internal::StateOf(connection, parent);
  if (!state.ok()) {
    return CodeOf(state.status()) == ErrorCode::kNotFound
               ? Error(ErrorCode::kNotFound, "no such parent: check the id, or list the tenants")
               : state.status();
  }
  if (*state == TenantState::kOffboarding) {
    return Error(ErrorCode::kTenantState,
                 "the parent is being offboarded and takes nobody in: choose another");
  }
  auto above = OneInt(connection, "SELECT kind FROM cordon_tenants WHERE id = ?1", parent);
  if (!above.ok()) return above.status();
  if (!internal::KindsFit(static_cast<TenantKind>(*above), kind)) {
    return Tree(
        "the parent's kind must come before the tenant's (operator, brand, reseller, customer; "
        "resellers may stand under resellers): choose another parent or kind");
  }
  auto depth = DepthOf(connection, parent);
  if (!depth.ok()) return depth.status();
  if (*depth + height > TenantDirectory::kMaxDepth) {
    return Tree("the tree would have more than " + std::to_string(TenantDirectory::kMaxDepth) +
                " levels: choose a parent nearer to the root");
  }
  return absl::OkStatus();
}

absl::Status SlugIsFree(OwnConnection& connection, std::string_view slug, const TenantId& except) {
  if (slug.empty()) return absl::OkStatus();
  OwnStatement find(connection, "SELECT 1 FROM cordon_tenants WHERE slug = ?2 AND id <> ?1");
  find.Bind(1, Raw(except));
  find.Bind(2, slug);
  const bool taken = find.Step();
  if (!find.status().ok()) return find.status();
  if (!taken) return absl::OkStatus();
  return Error(ErrorCode::kUniqueViolation, "another tenant has this slug: choose another");
}

absl::Status NoSuchSlug() {
  return Error(ErrorCode::kNotFound,
               "no tenant has such a slug: check its spelling, or list the tenants");
}

constexpr std::string_view kColumns =
    "id, name, kind, state, parent, slug, brand, locale, created_us";

absl::StatusOr<TenantInfo> InfoFrom(const OwnStatement& row) {
  auto id = internal::TenantIdFrom(row.Blob(0));
  if (!id.ok()) return id.status();
  std::optional<TenantId> parent;
  if (!row.Blob(4).empty()) {
    auto above = internal::TenantIdFrom(row.Blob(4));
    if (!above.ok()) return above.status();
    parent = *above;
  }
  return TenantInfo{
      *id,
      row.Text(1),
      static_cast<TenantKind>(row.Int(2)),
      static_cast<TenantState>(row.Int(3)),
      parent,
      row.Text(5),
      row.Text(6),
      row.Text(7),
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(row.Int(8)))};
}

// `sql` selects kColumns.
absl::StatusOr<std::vector<TenantInfo>> AllFrom(OwnStatement& rows) {
  std::vector<TenantInfo> tenants;
  while (rows.Step()) {
    auto info = InfoFrom(rows);
    if (!info.ok()) return info.status();
    tenants.push_back(*std::move(info));
  }
  if (!rows.status().ok()) return rows.status();
  return tenants;
}

std::string Select(std::string_view rest) {
  std::string sql = "SELECT ";
  sql += kColumns;
  sql += rest;
  return sql;
}

template <class Bind>
absl::StatusOr<std::vector<TenantInfo>> Read(internal::Store& store, std::string_view sql,
                                             const Bind& bind) {
  return internal::Guarded([&]() -> absl::StatusOr<std::vector<TenantInfo>> {
    std::vector<TenantInfo> tenants;
    absl::Status read = store.Read([&](OwnConnection& connection) -> absl::Status {
      OwnStatement rows(connection, sql);
      bind(rows);
      auto all = AllFrom(rows);
      if (all.ok()) tenants = *std::move(all);
      return all.status();
    });
    if (!read.ok()) return read;
    return tenants;
  });
}

// What a query about one tenant gives, of which at least that tenant itself must be there.
absl::StatusOr<std::vector<TenantInfo>> ReadAround(internal::Store& store, std::string_view sql,
                                                   const TenantId& tenant) {
  auto found = Read(store, sql, [&](OwnStatement& rows) { rows.Bind(1, Raw(tenant)); });
  if (found.ok() && found->empty()) return internal::NoSuchTenant();
  return found;
}

// The tenant itself, then each of its children with all that stands below that one. Brothers stay
// in the order that they come in.
std::vector<TenantInfo> DepthFirst(std::vector<TenantInfo> tenants, const TenantId& root) {
  std::unordered_map<TenantId, std::vector<std::size_t>> children;
  std::vector<std::size_t> next;  // the last one is next
  for (std::size_t i = tenants.size(); i-- > 0;) {
    if (tenants[i].id == root) {
      next.push_back(i);
    } else if (tenants[i].parent.has_value()) {
      children[*tenants[i].parent].push_back(i);
    }
  }
  std::vector<TenantInfo> ordered;
  ordered.reserve(tenants.size());
  while (!next.empty()) {
    TenantInfo& info = tenants[next.back()];
    next.pop_back();
    if (const auto below = children.find(info.id); below != children.end()) {
      next.insert(next.end(), below->second.begin(), below->second.end());
    }
    ordered.push_back(std::move(info));
  }
  return ordered;
}

}  // namespace

bool internal::IsSlug(std::string_view text) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsLower(c) || IsDigit(c) || c == '-'; });
}

absl::StatusOr<TenantId> TenantDirectory::Create(const NewTenant& tenant) {
  for (const absl::Status& fit : {CheckName(tenant.name), CheckSlug(tenant.slug),
                                  CheckBrand(tenant.brand), CheckLocale(tenant.locale)}) {
    if (!fit.ok()) return fit;
  }
  if (tenant.state != TenantState::kActive && tenant.state != TenantState::kProvisioning) {
    return Error(ErrorCode::kInvalidArgument,
                 "a new tenant is active or provisioning: change its state afterwards");
  }
  if (tenant.kind < TenantKind::kOperator || tenant.kind > TenantKind::kCustomer) {
    return Error(ErrorCode::kInvalidArgument, "there is no such kind of tenant");
  }
  auto id = TenantId::Draw(*impl_->store.entropy());
  if (!id.ok()) return id;
  absl::Status created = impl_->store.Transact([&](OwnConnection& connection) -> absl::Status {
    if (tenant.parent.has_value()) {
      absl::Status may = MayStandUnder(connection, *tenant.parent, tenant.kind, 1);
      if (!may.ok()) return may;
    }
    if (absl::Status free = SlugIsFree(connection, tenant.slug, *id); !free.ok()) return free;
    OwnStatement insert(connection,
                        "INSERT INTO cordon_tenants(id, name, state, created_us, kind, parent, "
                        "slug, brand, locale, closed, changed) "
                        "SELECT ?1, ?2, ?3, ?4, ?5, ?6, nullif(?7, ''), ?8, ?9, epoch, epoch "
                        "FROM cordon_directory");
    insert.Bind(1, Raw(*id));
    insert.Bind(2, tenant.name);
    insert.Bind(3, Number(tenant.state));
    insert.Bind(4, impl_->store.clock()->Now().time_since_epoch().count());
    insert.Bind(5, Number(tenant.kind));
    if (tenant.parent.has_value()) insert.Bind(6, Raw(*tenant.parent));
    insert.Bind(7, tenant.slug);
    insert.Bind(8, tenant.brand);
    insert.Bind(9, tenant.locale);
    return insert.Finish();
  });
  if (!created.ok()) return created;
  return id;
}

absl::Status TenantDirectory::Change(const TenantId& tenant, const TenantChange& change) {
  for (const absl::Status& fit :
       {change.name ? CheckName(*change.name) : absl::OkStatus(),
        CheckSlug(change.slug.value_or("")), CheckBrand(change.brand.value_or("")),
        CheckLocale(change.locale.value_or(""))}) {
    if (!fit.ok()) return fit;
  }
  return impl_->store.Transact([&](OwnConnection& connection) -> absl::Status {
    if (auto state = internal::StateOf(connection, tenant); !state.ok()) return state.status();
    absl::Status free = SlugIsFree(connection, change.slug.value_or(""), tenant);
    if (!free.ok()) return free;
    OwnStatement set(connection,
                     "UPDATE cordon_tenants SET name = coalesce(?2, name), "
                     "slug = nullif(coalesce(?3, slug), ''), brand = coalesce(?4, brand), "
                     "locale = coalesce(?5, locale) WHERE id = ?1");
    set.Bind(1, Raw(tenant));
    if (change.name) set.Bind(2, *change.name);
    if (change.slug) set.Bind(3, *change.slug);
    if (change.brand) set.Bind(4, *change.brand);
    if (change.locale) set.Bind(5, *change.locale);
    return set.Finish();
  });
}

absl::Status TenantDirectory::Move(const TenantId& tenant, const std::optional<TenantId>& parent) {
  return impl_->store.Transact([&](OwnConnection& connection) -> absl::Status {
    if (auto state = internal::StateOf(connection, tenant); !state.ok()) return state.status();
    if (parent.has_value()) {
      auto above = StandsAbove(connection, tenant, *parent);
      if (!above.ok()) return above.status();
      if (*above) {
        return Tree(
            "a tenant cannot stand under itself or under what is below it: move that first");
      }
      auto kind = OneInt(connection, "SELECT kind FROM cordon_tenants WHERE id = ?1", tenant);
      if (!kind.ok()) return kind.status();
      auto height = HeightOf(connection, tenant);
      if (!height.ok()) return height.status();
      absl::Status may =
          MayStandUnder(connection, *parent, static_cast<TenantKind>(*kind), *height);
      if (!may.ok()) return may;
    }
    OwnStatement set(connection, "UPDATE cordon_tenants SET parent = ?2 WHERE id = ?1");
    set.Bind(1, Raw(tenant));
    if (parent.has_value()) set.Bind(2, Raw(*parent));
    return set.Finish();
  });
}

// ---- states -------------------------------------------------------------------------------------

absl::Status TenantDirectory::Impl::SetState(const TenantId& tenant, TenantState to,
                                             std::initializer_list<TenantState> from, bool closes) {
  bool changes = false;
  absl::Status done = store.Transact([&](OwnConnection& connection) -> absl::Status {
    auto state = internal::StateOf(connection, tenant);
    if (!state.ok()) return state.status();
    changes = *state != to;
    if (!changes) {
      // Whoever brought it there may not have closed the gates yet; those who came in since stay.
      return closes ? gates.LookNow(connection, store.clock()->Monotonic()) : absl::OkStatus();
    }
    if (std::find(from.begin(), from.end(), *state) == from.end()) {
      return Error(ErrorCode::kTenantState,
                   "the tenant's state does not allow this: look at it with Find(), and take the "
                   "steps in their order");
    }
    OwnStatement set(connection, "UPDATE cordon_tenants SET state = ?2 WHERE id = ?1");
    set.Bind(1, Raw(tenant));
    set.Bind(2, Number(to));
    if (absl::Status changed = set.Finish(); !changed.ok() || !closes) return changed;
    auto epoch = internal::NextEpoch(connection);
    if (!epoch.ok()) return epoch.status();
    OwnStatement mark(connection,
                      "UPDATE cordon_tenants SET closed = ?2, changed = ?2 WHERE id = ?1");
    mark.Bind(1, Raw(tenant));
    mark.Bind(2, *epoch);
    return mark.Finish();
  });
  // Only after the commit: a context issued in between read the old state and holds this gate.
  if (done.ok() && changes && closes) gates.CloseTenant(tenant);
  return done;
}

using enum TenantState;

absl::Status TenantDirectory::Activate(const TenantId& tenant) {
  return impl_->SetState(tenant, kActive, {kProvisioning}, false);
}
absl::Status TenantDirectory::Suspend(const TenantId& tenant) {
  return impl_->SetState(tenant, kSuspended, {kActive}, true);
}
absl::Status TenantDirectory::Resume(const TenantId& tenant) {
  return impl_->SetState(tenant, kActive, {kSuspended, kOffboarding}, false);
}
absl::Status TenantDirectory::Offboard(const TenantId& tenant) {
  return impl_->SetState(tenant, kOffboarding, {kActive, kSuspended, kProvisioning}, true);
}

absl::Status TenantDirectory::Remove(const TenantId& tenant) {
  if (impl_->purge == nullptr) {
    return Error(ErrorCode::kInvalidArgument,
                 "only the product knows the rows of its tenants: remove it there");
  }
  const auto alone = [&](OwnConnection& connection) -> absl::Status {
    auto children = OneInt(
        connection, "SELECT EXISTS (SELECT 1 FROM cordon_tenants WHERE parent = ?1)", tenant);
    if (!children.ok()) return children.status();
    if (*children == 0) return absl::OkStatus();
    return Tree("there are tenants below this one: move or remove them first");
  };
  // Before anything ends: who may not be removed stays as he is.
  if (absl::Status may = impl_->store.Transact(alone); !may.ok()) return may;
  // Nobody comes in from here on, so that no transaction writes rows behind the purge.
  absl::Status stopped =
      impl_->SetState(tenant, kSuspended, {kActive, kProvisioning, kOffboarding}, true);
  if (!stopped.ok()) return stopped;
  return impl_->store.Transact([&](OwnConnection& connection) -> absl::Status {
    auto state = internal::StateOf(connection, tenant);
    if (!state.ok()) return state.status();
    // Whoever has entered since would write rows that nobody deletes any more.
    if (*state != kSuspended) {
      return Error(ErrorCode::kTenantState,
                   "the tenant was resumed or offboarded while it was being removed, and stays: "
                   "remove it again");
    }
    if (absl::Status may = alone(connection); !may.ok()) return may;
    if (absl::Status purged = impl_->purge(connection, tenant); !purged.ok()) return purged;
    for (const char* sql : {"DELETE FROM cordon_members WHERE tenant_id = ?1",
                            "DELETE FROM cordon_subtrees WHERE tenant_id = ?1",
                            "DELETE FROM cordon_envelopes WHERE tenant_id = ?1",
                            "DELETE FROM cordon_envelope_floors WHERE tenant_id = ?1",
                            // The row stays as the record that this id is spent; the rest may be
                            // personal data, and goes.
                            "UPDATE cordon_tenants SET state = 3, name = '', slug = NULL, "
                            "brand = '', locale = '', parent = NULL WHERE id = ?1"}) {
      OwnStatement step(connection, sql);
      step.Bind(1, Raw(tenant));
      if (absl::Status gone = step.Finish(); !gone.ok()) return gone;
    }
    return absl::OkStatus();
  });
}

// ---- reading ------------------------------------------------------------------------------------

absl::StatusOr<TenantInfo> TenantDirectory::Find(const TenantId& tenant) const {
  auto found =
      ReadAround(impl_->store, Select(" FROM cordon_tenants WHERE id = ?1 AND state <> 3"), tenant);
  if (!found.ok()) return found.status();
  return std::move(found->front());
}

absl::StatusOr<TenantInfo> TenantDirectory::FindBySlug(std::string_view slug) const {
  // An engine might not even take it for a text.
  if (!internal::IsSlug(slug)) return NoSuchSlug();
  auto found = Read(impl_->store, Select(" FROM cordon_tenants WHERE slug = ?1"),
                    [&](OwnStatement& rows) { rows.Bind(1, slug); });
  if (!found.ok()) return found.status();
  if (found->empty()) return NoSuchSlug();
  return std::move(found->front());
}

absl::StatusOr<std::vector<TenantInfo>> TenantDirectory::List() const {
  return Read(impl_->store, Select(" FROM cordon_tenants WHERE state <> 3 ORDER BY created_us, id"),
              [](OwnStatement&) {});
}

absl::StatusOr<std::vector<TenantInfo>> TenantDirectory::Children(const TenantId& tenant) const {
  if (auto self = Find(tenant); !self.ok()) return self.status();
  return Read(impl_->store,
              Select(" FROM cordon_tenants WHERE parent = ?1 ORDER BY created_us, id"),
              [&](OwnStatement& rows) { rows.Bind(1, Raw(tenant)); });
}

absl::StatusOr<std::vector<TenantInfo>> TenantDirectory::Subtree(const TenantId& tenant) const {
  auto found = ReadAround(
      impl_->store,
      Select(" FROM cordon_tenants WHERE id IN (WITH RECURSIVE down(id, level) AS (SELECT id, 1 "
             "FROM cordon_tenants WHERE id = ?1 AND state <> 3 UNION ALL "
             "SELECT t.id, down.level + 1 FROM down JOIN cordon_tenants AS t ON t.parent = down.id "
             "WHERE down.level < 64) SELECT id FROM down) ORDER BY created_us, id"),
      tenant);
  if (!found.ok()) return found;
  return internal::Guarded([&]() -> absl::StatusOr<std::vector<TenantInfo>> {
    return DepthFirst(*std::move(found), tenant);
  });
}

absl::StatusOr<std::vector<TenantInfo>> TenantDirectory::Path(const TenantId& tenant) const {
  return ReadAround(
      impl_->store,
      Select(" FROM (WITH RECURSIVE up AS (SELECT *, 1 AS level FROM cordon_tenants "
             "WHERE id = ?1 AND state <> 3 UNION ALL "
             "SELECT t.*, up.level + 1 FROM up JOIN cordon_tenants AS t ON t.id = up.parent "
             "WHERE up.level < 64) SELECT * FROM up) AS path ORDER BY level DESC"),
      tenant);
}

absl::StatusOr<Presentation> TenantDirectory::PresentationOf(const TenantId& tenant) const {
  auto path = Path(tenant);
  if (!path.ok()) return path.status();
  Presentation presentation;
  for (TenantInfo& info : *path) {
    if (!info.brand.empty()) presentation.brand = std::move(info.brand);
    if (!info.locale.empty()) presentation.locale = std::move(info.locale);
  }
  return presentation;
}

absl::StatusOr<std::vector<TenantInfo>> TenantDirectory::TenantsOf(
    const Principal& principal) const {
  return Read(impl_->store,
              Select(" FROM cordon_tenants WHERE id IN (SELECT tenant_id FROM cordon_members "
                     "WHERE kind = ?1 AND name = ?2) ORDER BY created_us, id"),
              [&](OwnStatement& rows) {
                rows.Bind(1, Number(principal.kind()));
                rows.Bind(2, principal.name());
              });
}

}  // namespace cordon
