// SPDX-License-Identifier: Apache-2.0
//
// Cordon's own tables on a PostgreSQL server: in the schema "cordon" of the product's database,
// read and written as the owner role, on a few connections of their own.
//
// Guarantees: those of Store. One transaction at a time in all processes, by an advisory lock that
//   each of them takes first. What an act did is kept when OK comes back, and undone when anything
//   else does, except where kConnectionLost says that nobody knows. A transaction that the server
//   gave up for another's sake is repeated within the patience. The runtime role has no right to
//   these tables, and the proof of the second lock looks that it has none.
// Not guaranteed: a limit on an act as a whole; each of its statements has statement_timeout.
// Thread safety: thread-safe.
// Errors: kBusy when the turn does not come within the patience, kPoolExhausted when no connection
//   to read on does, kCannotOpen while the server is away, kConnectionLost when it went away.
#ifndef CORDON_SRC_DATA_POSTGRES_OWN_STORE_H_
#define CORDON_SRC_DATA_POSTGRES_OWN_STORE_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "data/postgres/supply.h"
#include "store/own.h"
#include "store/writer_gate.h"

namespace cordon::internal {

// A text of Cordon's own, as PostgreSQL takes it: names of tables with their schema, types of
// columns that mean the same, no STRICT and no WITHOUT ROWID. `bound`, in rising order: the
// parameters that have a value and become $1, $2, …; the others become NULL.
[[nodiscard]] std::string PgOwnText(std::string_view sql, std::span<const int> bound);

class PgStore final : public Store {
 public:
  // Connections beside those that tenants get: one that writes, and so many that read.
  static constexpr int kReaders = 3;

  // Makes schema and versions where they are missing. A null clock or entropy is the system's.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<PgStore>> Open(PostgresOptions options);

  [[nodiscard]] absl::Status Transact(const Act& act) override;
  [[nodiscard]] absl::Status Read(const Act& act) override;

 private:
  explicit PgStore(PostgresOptions options);
  [[nodiscard]] absl::Status TryToTransact(const Act& act, PgConnection::Deadline deadline);
  // Waits until no other process is in a transaction.
  [[nodiscard]] absl::Status AwaitTurn(PgConnection& connection, PgConnection::Deadline deadline);

  const PostgresOptions options_;
  PgSupply supply_;
  WriterGate
      gate_;  // inside this process, so that nobody waits for the server's lock on two of them
  std::mutex mutex_;
  int reading_ = 0;  // guarded by mutex_
  std::condition_variable read_;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_OWN_STORE_H_
