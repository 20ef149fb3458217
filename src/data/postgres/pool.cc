// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/pool.h"

#include <algorithm>
#include <utility>

#include "cordon/store/error.h"
#include "store/guard.h"

namespace cordon::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

}  // namespace

// ---- the lease ----

PgLease::PgLease(PgPool& pool, const TenantId& tenant, std::unique_ptr<PgConnection> connection)
    : pool_(&pool), tenant_(tenant), connection_(std::move(connection)) {}

PgLease::PgLease(PgLease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      tenant_(other.tenant_),
      connection_(std::move(other.connection_)) {}

PgLease::~PgLease() {
  if (pool_ == nullptr) return;
  connection_->Rollback();
  pool_->Return(tenant_, std::move(connection_));
}

absl::Status PgLease::Begin(PgAccess access) { return connection_->Begin(tenant_, access); }
absl::StatusOr<PgRows> PgLease::Run(std::string_view text, const PgArguments& arguments,
                                    PgThen then) {
  return Guarded([&] { return connection_->Run(text, arguments, then); });
}
absl::Status PgLease::Commit() {
  return Guarded([&] { return connection_->Commit(); });
}
void PgLease::Rollback() { connection_->Rollback(); }
std::shared_ptr<PgInterrupter> PgLease::Interrupter() { return connection_->Interrupter(); }

// ---- the pool ----

absl::StatusOr<std::unique_ptr<PgPool>> PgPool::Make(PostgresOptions options) {
  if (options.connections < 1 || options.connections_per_tenant < 1 ||
      options.patience < milliseconds(0)) {
    return Error(ErrorCode::kInvalidArgument,
                 "PostgresOptions: there has to be a connection, one for each tenant, and a "
                 "patience that is not negative");
  }
  if (options.runtime_role.empty() || options.runtime_role == options.owner_role) {
    return Error(ErrorCode::kInvalidArgument,
                 "PostgresOptions::runtime_role has to name a role that is not the owner's");
  }
  return std::unique_ptr<PgPool>(new PgPool(std::move(options)));
}

PgPool::PgPool(PostgresOptions options)
    : options_(std::move(options)),
      supply_(options_, options_.runtime_role, options_.connections) {}

PgPool::Counts PgPool::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts{.idle = supply_.idle(), .in_use = in_use_};
  for (const Queue& queue : queues_) counts.waiting += static_cast<int>(queue.waiters.size());
  return counts;
}

absl::StatusOr<PgLease> PgPool::Take(const TenantId& tenant) {
  return Guarded([&]() -> absl::StatusOr<PgLease> {
    const auto deadline = steady_clock::now() + options_.patience;
    if (absl::Status turn = AwaitTurn(tenant, deadline); !turn.ok()) return turn;
    auto connection = Guarded([&] { return supply_.Take(deadline); });
    if (!connection.ok()) {
      Return(tenant, nullptr);
      return connection.status();
    }
    return PgLease(*this, tenant, *std::move(connection));
  });
}

// ---- turns ----

bool PgPool::MayHave(const Share& share) const {
  return in_use_ < options_.connections && share.in_use < options_.connections_per_tenant;
}

// Takes no memory: it runs where a lease ends.
void PgPool::CallNext() {
  // A tenant at its limit keeps its place, and the one behind it is next.
  for (auto queue = queues_.begin(); queue != queues_.end() && in_use_ < options_.connections;) {
    const auto here = queue++;
    Share& share = shares_.find(here->tenant)->second;
    if (!MayHave(share)) continue;
    ++share.in_use;
    --share.waiting;
    ++in_use_;
    Waiter* const next = here->waiters.front();
    here->waiters.pop_front();
    if (here->waiters.empty()) {
      queues_.erase(here);
    } else {
      queues_.splice(queues_.end(), queues_, here);  // to the back of the round
    }
    next->called = true;
    next->wake.notify_one();
  }
}

void PgPool::Forget(const TenantId& tenant, Waiter* waiter) {
  const auto queue = std::find_if(queues_.begin(), queues_.end(),
                                  [&](const Queue& each) { return each.tenant == tenant; });
  std::erase(queue->waiters, waiter);
  if (queue->waiters.empty()) queues_.erase(queue);
  const auto share = shares_.find(tenant);
  if (--share->second.waiting == 0 && share->second.in_use == 0) shares_.erase(share);
}

absl::Status PgPool::AwaitTurn(const TenantId& tenant, PgConnection::Deadline deadline) {
  Waiter self;
  std::unique_lock lock(mutex_);
  Share& share = shares_[tenant];
  // Whoever else waits, waits because of a limit of their own.
  if (share.waiting == 0 && MayHave(share)) {
    ++share.in_use;
    ++in_use_;
    return absl::OkStatus();
  }
  const auto mine = std::find_if(queues_.begin(), queues_.end(),
                                 [&](const Queue& queue) { return queue.tenant == tenant; });
  if (mine != queues_.end()) {
    mine->waiters.push_back(&self);
  } else {
    queues_.push_back({tenant, {&self}});
  }
  ++share.waiting;
  while (!self.called) {
    if (self.wake.wait_until(lock, deadline) == std::cv_status::timeout && !self.called) {
      Forget(tenant, &self);
      return Error(ErrorCode::kPoolExhausted,
                   "every connection to the database server is in use: nothing was changed, try "
                   "again");
    }
  }
  return absl::OkStatus();
}

void PgPool::Return(const TenantId& tenant, std::unique_ptr<PgConnection> connection) {
  if (connection != nullptr) supply_.Return(std::move(connection));
  const std::lock_guard lock(mutex_);
  --in_use_;
  const auto share = shares_.find(tenant);
  if (--share->second.in_use == 0 && share->second.waiting == 0) shares_.erase(share);
  CallNext();
}

}  // namespace cordon::internal
