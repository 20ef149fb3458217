// SPDX-License-Identifier: Apache-2.0
#include "tenant/gates.h"

#include "tenant/directory_impl.h"

namespace cordon::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr nanoseconds kLookEvery = milliseconds(500);
constexpr nanoseconds kTooOld = milliseconds(900);

void Shut(const std::shared_ptr<Gate>& gate) {
  gate->closed.store(true, std::memory_order_release);
}

}  // namespace

Gates::OfTenant& Gates::Entry(const TenantId& tenant, std::int64_t epoch) {
  const auto found = tenants_.find(tenant);
  if (found != tenants_.end()) return found->second;
  return tenants_.emplace(tenant, OfTenant{{std::make_shared<Gate>(), epoch}, {}}).first->second;
}

Gates::Pair Gates::Find(const TenantId& tenant, Right right, const Principal& principal) {
  const std::lock_guard lock(mutex_);
  const auto found = tenants_.find(tenant);
  if (found == tenants_.end()) return {};
  const auto holder = found->second.holders.find({right, principal});
  return {found->second.tenant.gate,
          holder == found->second.holders.end() ? nullptr : holder->second.gate};
}

Gates::Pair Gates::Make(const TenantId& tenant, Right right, const Principal& principal,
                        std::int64_t epoch) {
  const std::lock_guard lock(mutex_);
  OfTenant& entry = Entry(tenant, epoch);
  const auto [holder, made] = entry.holders.try_emplace({right, principal});
  if (made) holder->second = {std::make_shared<Gate>(), epoch};
  return {entry.tenant.gate, holder->second.gate};
}

std::shared_ptr<Gate> Gates::MakeOfTenant(const TenantId& tenant, std::int64_t epoch) {
  const std::lock_guard lock(mutex_);
  return Entry(tenant, epoch).tenant.gate;
}

void Gates::Close(Map::iterator tenant) {
  Shut(tenant->second.tenant.gate);
  tenants_.erase(tenant);
}

void Gates::CloseAll() {
  for (const auto& [tenant, entry] : tenants_) Shut(entry.tenant.gate);
  tenants_.clear();
}

void Gates::CloseTenant(const TenantId& tenant) {
  const std::lock_guard lock(mutex_);
  if (const auto found = tenants_.find(tenant); found != tenants_.end()) Close(found);
}

void Gates::CloseHolder(const TenantId& tenant, Right right, const Principal& principal) {
  const std::lock_guard lock(mutex_);
  const auto found = tenants_.find(tenant);
  if (found == tenants_.end()) return;
  const auto holder = found->second.holders.find({right, principal});
  if (holder == found->second.holders.end()) return;
  Shut(holder->second.gate);
  found->second.holders.erase(holder);
}

absl::Status Gates::Look(OwnConnection& connection, nanoseconds now) {
  std::unique_lock looking(looking_, std::try_to_lock);
  if (!looking.owns_lock()) {
    if (now.count() < too_old_.load(std::memory_order_relaxed)) return absl::OkStatus();
    looking.lock();
  }
  if (!Due(now)) return absl::OkStatus();
  return LookNow(connection, now);
}

absl::Status Gates::LookNow(OwnConnection& connection, nanoseconds now) {
  // Read one after the other, so that a lower one than before is the file's and no other thread's.
  const std::lock_guard lock(mutex_);
  const auto epoch = EpochOf(connection);
  if (!epoch.ok()) return epoch.status();
  if (*epoch < seen_) {
    // The file was put back to an earlier state: nothing is known of what was closed since.
    CloseAll();
  } else if (*epoch > seen_) {
    OwnStatement changed(connection,
                         "SELECT id, state, closed FROM cordon_tenants WHERE changed > ?1");
    changed.Bind(1, seen_);
    while (changed.Step()) {
      auto tenant = TenantIdFrom(changed.Blob(0));
      if (!tenant.ok()) return tenant.status();
      absl::Status compared = Compare(connection, *tenant, changed.Int(1), changed.Int(2));
      if (!compared.ok()) return compared;
    }
    if (!changed.status().ok()) return changed.status();
  }
  seen_ = *epoch;
  due_.store((now + kLookEvery).count(), std::memory_order_relaxed);
  too_old_.store((now + kTooOld).count(), std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::StatusOr<bool> Gates::CatchUp(OwnConnection& connection, std::int64_t epoch,
                                    nanoseconds now) {
  {
    const std::lock_guard lock(mutex_);
    if (epoch == seen_) return false;
  }
  if (absl::Status looked = LookNow(connection, now); !looked.ok()) return looked;
  return true;
}

absl::Status Gates::Compare(OwnConnection& connection, const TenantId& tenant, std::int64_t state,
                            std::int64_t closed) {
  const auto found = tenants_.find(tenant);
  if (found == tenants_.end()) return absl::OkStatus();
  OfTenant& entry = found->second;
  if (Shuts(static_cast<TenantState>(state)) || closed > entry.tenant.epoch) {
    Close(found);
    return absl::OkStatus();
  }
  for (auto holder = entry.holders.begin(); holder != entry.holders.end();) {
    auto since = HeldSince(connection, tenant, holder->first.first, holder->first.second);
    if (!since.ok()) return since.status();
    if (!since->has_value() || **since > holder->second.epoch) {
      Shut(holder->second.gate);
      holder = entry.holders.erase(holder);
    } else {
      ++holder;
    }
  }
  return absl::OkStatus();
}

}  // namespace cordon::internal
