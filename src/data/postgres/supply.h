// SPDX-License-Identifier: Apache-2.0
//
// Connections of one role: those that lie idle, and the way to a server that may be away.
//
// Guarantees: a connection that is not known to be clean is closed, and one on which the server has
//   spoken, or that lay idle long, is not given out. A server that is away is asked again ever more
//   rarely, by one caller at a time, and from there on as if nothing had been.
// Not guaranteed: how many there are; whoever takes them counts them.
// Thread safety: thread-safe.
#ifndef CORDON_SRC_DATA_POSTGRES_SUPPLY_H_
#define CORDON_SRC_DATA_POSTGRES_SUPPLY_H_

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "data/postgres/connection.h"

namespace cordon::internal {

class PgSupply {
 public:
  // `most`: how many of them are taken at once.
  PgSupply(PostgresOptions options, std::string role, int most);
  PgSupply(const PgSupply&) = delete;
  PgSupply& operator=(const PgSupply&) = delete;

  // Waits for a server that is away: kCannotOpen.
  [[nodiscard]] absl::StatusOr<std::unique_ptr<PgConnection>> Take(PgConnection::Deadline deadline);
  // Takes no memory.
  void Return(std::unique_ptr<PgConnection> connection);
  [[nodiscard]] int idle() const;

 private:
  struct Idle {
    std::unique_ptr<PgConnection> connection;
    std::chrono::nanoseconds since;
  };
  [[nodiscard]] std::unique_ptr<PgConnection> TakeIdle();
  void BackOff();  // REQUIRES: mutex_

  const PostgresOptions options_;
  const std::string role_;
  const std::shared_ptr<const Clock> clock_;
  const std::shared_ptr<Entropy> entropy_;
  mutable std::mutex mutex_;
  std::vector<Idle> idle_;  // the last one was used last
  // The server is away: who finds the time come tries, and the others wait for that.
  int failures_ = 0;
  bool trying_ = false;
  std::chrono::nanoseconds next_try_{0};
  absl::Status last_failure_;
  std::condition_variable tried_;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_SUPPLY_H_
