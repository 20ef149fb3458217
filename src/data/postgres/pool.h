// SPDX-License-Identifier: Apache-2.0
//
// The connections that tenants' statements run on, and who gets the next one.
//
// Guarantees: no more connections than the options say, nor more of them with one tenant. Between
//   two turns of one waiting tenant every other waiting tenant that may have a connection gets one,
//   however many requests each has queued; a tenant at its limit keeps its place. What a connection
//   must be to be given out, and how a server is asked that is away: supply.h.
// Not guaranteed: turns between processes.
// Thread safety: PgPool is thread-safe; a PgLease is confined to its holder.
// Ownership and lifetime: the pool outlives its leases.
#ifndef CORDON_SRC_DATA_POSTGRES_POOL_H_
#define CORDON_SRC_DATA_POSTGRES_POOL_H_

#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/postgres/connection.h"
#include "data/postgres/supply.h"

namespace cordon::internal {

class PgPool;

// A connection for one tenant. What is still open when it ends is rolled back.
class PgLease {
 public:
  PgLease(PgLease&& other) noexcept;
  PgLease& operator=(PgLease&& other) = delete;
  ~PgLease();

  // As in PgConnection, for the lease's tenant.
  [[nodiscard]] absl::Status Begin(PgAccess access);
  [[nodiscard]] absl::StatusOr<PgRows> Run(std::string_view text, const PgArguments& arguments = {},
                                           PgThen then = PgThen::kNothing);
  [[nodiscard]] absl::Status Commit();
  void Rollback();
  void Savepoint(std::string_view name) { connection_->Savepoint(name); }
  [[nodiscard]] absl::Status RollbackTo(std::string_view name) {
    return connection_->RollbackTo(name);
  }
  void Release(std::string_view name) { connection_->Release(name); }
  [[nodiscard]] bool gave_up() const { return connection_->gave_up(); }
  void Watch(std::function<bool()> watch) { connection_->Watch(std::move(watch)); }
  [[nodiscard]] std::shared_ptr<PgInterrupter> Interrupter();
  [[nodiscard]] std::int64_t round_trips() const { return connection_->round_trips(); }

 private:
  friend class PgPool;
  PgLease(PgPool& pool, const TenantId& tenant, std::unique_ptr<PgConnection> connection);
  PgPool* pool_;  // null: moved from
  TenantId tenant_;
  std::unique_ptr<PgConnection> connection_;
};

class PgPool {
 public:
  // Connections are opened as the runtime role, when they are needed. kInvalidArgument.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<PgPool>> Make(PostgresOptions options);
  PgPool(const PgPool&) = delete;
  PgPool& operator=(const PgPool&) = delete;

  // Waits for a connection and for the server, at most for the options' patience: kPoolExhausted
  // without the one, kCannotOpen without the other.
  [[nodiscard]] absl::StatusOr<PgLease> Take(const TenantId& tenant);

  struct Counts {
    int idle = 0;
    int in_use = 0;  // given out, or being opened
    int waiting = 0;
  };
  [[nodiscard]] Counts counts() const;

 private:
  friend class PgLease;
  struct Waiter {
    std::condition_variable wake;
    bool called = false;
  };
  struct Queue {
    TenantId tenant;
    std::deque<Waiter*> waiters;
  };
  struct Share {
    int in_use = 0;
    int waiting = 0;
  };

  explicit PgPool(PostgresOptions options);
  [[nodiscard]] absl::Status AwaitTurn(const TenantId& tenant, PgConnection::Deadline deadline);
  void Return(const TenantId& tenant, std::unique_ptr<PgConnection> connection);
  // With mutex_ held:
  [[nodiscard]] bool MayHave(const Share& share) const;
  void CallNext();
  void Forget(const TenantId& tenant, Waiter* waiter);

  const PostgresOptions options_;
  PgSupply supply_;
  mutable std::mutex mutex_;
  int in_use_ = 0;
  std::unordered_map<TenantId, Share> shares_;  // of those that have or want a connection
  std::list<Queue> queues_;                     // front: the tenant whose turn is next
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_POOL_H_
