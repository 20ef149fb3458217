// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/pool.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "cordon/store/error.h"
#include "store/guard.h"

namespace cordon::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Firewalls and NAT forget connections that say nothing, and tell neither side.
constexpr auto kLongIdle = std::chrono::minutes(4);
constexpr milliseconds kFirstBackOff = milliseconds(100);
constexpr milliseconds kLongestBackOff = std::chrono::seconds(10);
// How long a caller sleeps before it looks at the clock again, which a test may move.
constexpr milliseconds kLookAgain = milliseconds(20);

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
      clock_(options_.clock != nullptr ? options_.clock : SystemClock()),
      entropy_(options_.entropy != nullptr ? options_.entropy : SystemEntropy()) {
  idle_.reserve(static_cast<std::size_t>(options_.connections));
}

PgPool::Counts PgPool::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts{.idle = static_cast<int>(idle_.size()), .in_use = in_use_};
  for (const Queue& queue : queues_) counts.waiting += static_cast<int>(queue.waiters.size());
  return counts;
}

absl::StatusOr<PgLease> PgPool::Take(const TenantId& tenant) {
  return Guarded([&]() -> absl::StatusOr<PgLease> {
    const auto deadline = steady_clock::now() + options_.patience;
    if (absl::Status turn = AwaitTurn(tenant, deadline); !turn.ok()) return turn;
    auto connection = Guarded([&] { return Obtain(deadline); });
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
  if (connection != nullptr && !connection->Clean()) connection = nullptr;
  const std::lock_guard lock(mutex_);
  // There is room: it was reserved for all of them.
  if (connection != nullptr) idle_.push_back({std::move(connection), clock_->Monotonic()});
  --in_use_;
  const auto share = shares_.find(tenant);
  if (--share->second.in_use == 0 && share->second.waiting == 0) shares_.erase(share);
  CallNext();
}

// ---- connections ----

std::unique_ptr<PgConnection> PgPool::TakeIdle() {
  for (;;) {
    Idle last;
    {
      const std::lock_guard lock(mutex_);
      if (idle_.empty()) return nullptr;
      last = std::move(idle_.back());
      idle_.pop_back();
    }
    // Of what the server says unasked, nearly all is that it goes away.
    if (clock_->Monotonic() - last.since < kLongIdle && last.connection->Quiet()) {
      return std::move(last.connection);
    }
  }
}

void PgPool::BackOff() {
  const int doubled = std::min(failures_++, 10);
  const milliseconds longest = std::min(kFirstBackOff * (1 << doubled), kLongestBackOff);
  // Between a half and all of it, so that the processes of a host do not come back all at once.
  std::array<std::byte, 4> random{};
  const bool drawn = entropy_->Fill(random).ok();
  const std::int64_t share = drawn ? std::bit_cast<std::uint32_t>(random) % 1000 : 1000;
  next_try_ = clock_->Monotonic() + longest / 2 + longest * share / 2000;
}

absl::StatusOr<std::unique_ptr<PgConnection>> PgPool::Obtain(PgConnection::Deadline deadline) {
  for (;;) {
    if (auto idle = TakeIdle(); idle != nullptr) return idle;
    bool probes = false;
    {
      std::unique_lock lock(mutex_);
      if (failures_ > 0 && (trying_ || clock_->Monotonic() < next_try_)) {
        const auto now = steady_clock::now();
        if (now >= deadline) return last_failure_;
        tried_.wait_until(lock, std::min(deadline, now + kLookAgain));
        continue;
      }
      probes = trying_ = failures_ > 0;
    }
    auto opened =
        Guarded([&] { return PgConnection::Open(options_, options_.runtime_role, deadline); });
    const std::lock_guard lock(mutex_);
    if (probes) trying_ = false;
    tried_.notify_all();
    if (opened.ok()) {
      failures_ = 0;
      return opened;
    }
    if (CodeOf(opened.status()) != ErrorCode::kCannotOpen &&
        CodeOf(opened.status()) != ErrorCode::kConnectionLost) {
      return opened;  // the server is not what fails
    }
    last_failure_ = opened.status();
    // Those that began to try before the first failure tell nothing new.
    if (probes || failures_ == 0) BackOff();
    if (steady_clock::now() >= deadline) return opened;
  }
}

}  // namespace cordon::internal
