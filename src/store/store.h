// SPDX-License-Identifier: Apache-2.0
//
// One file, open: a pool of readers and one writer.
//
// Guarantees: a connection comes back clean or is closed; waiting is bounded.
// Thread safety: thread-safe; a lease is confined to one thread at a time.
// Ownership and lifetime: leases must end before the store does.
#ifndef CORDON_SRC_STORE_STORE_H_
#define CORDON_SRC_STORE_STORE_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/store/clock.h"
#include "cordon/store/entropy.h"
#include "store/own.h"
#include "store/sqlite.h"
#include "store/writer_gate.h"

namespace cordon::internal {

class SqliteStore final : public Store {
 public:
  struct Options {
    std::string path;
    int readers;
    std::chrono::milliseconds patience;   // for a connection, a turn, or another process
    std::chrono::milliseconds write_cap;  // the longest turn of one writer
    std::shared_ptr<const Clock> clock;
    std::shared_ptr<Entropy> entropy;
  };
  // Called for each new connection before its first use.
  using Setup = std::function<absl::Status(SqliteConnection&)>;

  [[nodiscard]] static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(Options options);
  ~SqliteStore() override;

  // For connections opened from now on; the writer is opened anew with it.
  [[nodiscard]] absl::Status SetUp(Setup setup);

  // A reader for the calling thread alone. A place is taken and given back by one atomic exchange,
  // which is what a point read can afford; the mutex is for those who have to wait.
  struct Place {
    std::atomic<bool> taken = false;
    std::unique_ptr<SqliteConnection> connection;  // of whoever has taken the place
  };
  [[nodiscard]] absl::StatusOr<Place*> AcquireReader();
  void ReleaseReader(Place* reader, bool clean);

  // The writer, begun (BEGIN IMMEDIATE), for as long as the turn is not over.
  struct Write {
    SqliteConnection* connection;
    std::shared_ptr<WriteTurn> turn;
  };
  // Whether another process may have written since SawOthers() was called last. REQUIRES: the turn.
  [[nodiscard]] bool OthersWrote() const { return others_wrote_; }
  void SawOthers() { others_wrote_ = false; }
  enum class Cap { kTurn, kNone };  // kNone: this turn is not taken away
  [[nodiscard]] absl::StatusOr<Write> AcquireWriter(const WriterGate::Party& party,
                                                    const std::function<bool()>& give_up,
                                                    Cap cap = Cap::kTurn);
  // Ends the turn; rolls back what was not committed. Safe when it was taken away.
  void ReleaseWriter(const std::shared_ptr<WriteTurn>& turn);

  // Such a transaction is not cut short: the purge of a large tenant must come to its end, and
  // waiters get kBusy meanwhile.
  [[nodiscard]] absl::Status Transact(const Act& act) override;
  [[nodiscard]] absl::Status Read(const Act& act) override;
  // Transact() for what knows that it is on SQLite.
  [[nodiscard]] absl::Status Transact(const std::function<absl::Status(SqliteConnection&)>& act);

  [[nodiscard]] const Options& options() const { return options_; }

 private:
  explicit SqliteStore(Options options);
  absl::StatusOr<std::unique_ptr<SqliteConnection>> Connect(SqliteConnection::Role role);
  void CleanWriter();  // REQUIRES: the turn's `use`
  // REQUIRES: the turn. The state of the file as the writer last saw it.
  unsigned DataVersion();
  void Evict(WriteTurn& turn);

  const Options options_;
  Setup setup_;
  WriterGate gate_;
  // Used by the holder of the turn only; whoever evicts it interrupts it from another thread, which
  // is why it comes and goes under a mutex.
  std::unique_ptr<SqliteConnection> writer_;
  std::mutex writer_mutex_;
  unsigned data_version_ = 0;  // at the end of the last turn
  bool others_wrote_ = true;

  Place* TakePlace();

  std::vector<Place> places_;
  std::atomic<int> waiting_ = 0;
  std::mutex mutex_;
  std::condition_variable returned_;
};

// A reader for as long as this lives, for statements of Cordon's own.
class ReaderLease {
 public:
  explicit ReaderLease(SqliteStore& store) : store_(store) {
    auto reader = store.AcquireReader();
    if (reader.ok()) {
      reader_ = *reader;
    } else {
      status_ = reader.status();
    }
  }
  ~ReaderLease() {
    if (reader_ != nullptr) store_.ReleaseReader(reader_, true);
  }
  ReaderLease(const ReaderLease&) = delete;
  ReaderLease& operator=(const ReaderLease&) = delete;
  [[nodiscard]] const absl::Status& status() const { return status_; }
  [[nodiscard]] SqliteConnection& operator*() const { return *reader_->connection; }

 private:
  SqliteStore& store_;
  SqliteStore::Place* reader_ = nullptr;
  absl::Status status_;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_STORE_STORE_H_
