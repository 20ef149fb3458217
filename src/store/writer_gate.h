// SPDX-License-Identifier: Apache-2.0
//
// Who writes next. SQLite has one writer per file; inside a process the turns go round the
// parties that wait (each party is a tenant), however many requests one of them has queued, and a
// turn that lasts longer than its cap is taken away.
//
// Guarantees: between two turns of one party every other waiting party gets one. A holder past
//   its cap is evicted by the next in line: its connection is interrupted and rolled back under
//   the holder's own mutex, so it can never touch the next holder's transaction.
// Not guaranteed: turns between processes, which compete for the file's lock.
// Thread safety: thread-safe.
#ifndef CORDON_SRC_STORE_WRITER_GATE_H_
#define CORDON_SRC_STORE_WRITER_GATE_H_

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cordon::internal {

// One turn. The holder locks `use` around every use of the connection and looks at `over` first.
struct WriteTurn {
  std::mutex use;
  bool over = false;  // guarded by `use`: ended by its holder or taken away
  const std::thread::id holder = std::this_thread::get_id();
  // Guarded by the gate; never, until Start().
  std::chrono::steady_clock::time_point ends = std::chrono::steady_clock::time_point::max();
};

class WriterGate {
 public:
  using Party = std::array<std::byte, 16>;

  // `evict` stops and rolls back whatever the turn's holder began; called with `use` unlocked.
  WriterGate(std::chrono::milliseconds cap, std::function<void(WriteTurn&)> evict)
      : cap_(cap), evict_(std::move(evict)) {}

  // Waits for a turn, at most for `patience`; kBusy after that, or when `give_up` says so. A thread
  // that has the turn would wait for itself: kInsideTransaction.
  [[nodiscard]] absl::StatusOr<std::shared_ptr<WriteTurn>> Enter(
      const Party& party, std::chrono::milliseconds patience, const std::function<bool()>& give_up);

  // Starts the cap's clock: the holder has what it waited for.
  void Start(const std::shared_ptr<WriteTurn>& turn);

  // The holder's end of a turn; nothing happens when it was taken away already.
  void Leave(const std::shared_ptr<WriteTurn>& turn);

 private:
  struct Waiter {
    std::condition_variable wake;
    bool called = false;
  };
  struct Queue {
    Party party;
    std::deque<Waiter*> waiters;
  };
  void CallNext();                     // REQUIRES: mutex_ held, no turn running
  void Forget(const Party&, Waiter*);  // REQUIRES: mutex_ held

  const std::chrono::milliseconds cap_;
  const std::function<void(WriteTurn&)> evict_;
  std::mutex mutex_;
  std::list<Queue> queues_;          // front: the party whose turn is next
  std::shared_ptr<WriteTurn> turn_;  // running, or null
  bool reserved_ = false;            // a waiter was called and has not taken its turn yet
  bool evicting_ = false;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_STORE_WRITER_GATE_H_
