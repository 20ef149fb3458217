// SPDX-License-Identifier: Apache-2.0
#include "store/writer_gate.h"

#include <algorithm>
#include <utility>

#include "cordon/store/error.h"

namespace cordon::internal {

void WriterGate::CallNext() {
  // While a turn is being taken away, nobody else may begin: the interruption could hit them.
  if (turn_ != nullptr || reserved_ || evicting_ || queues_.empty()) return;
  Queue& front = queues_.front();
  Waiter* const next = front.waiters.front();
  front.waiters.pop_front();
  if (front.waiters.empty()) {
    queues_.pop_front();
  } else {
    queues_.splice(queues_.end(), queues_, queues_.begin());  // to the back of the round
  }
  reserved_ = true;
  next->called = true;
  next->wake.notify_one();
}

void WriterGate::Forget(const Party& party, Waiter* waiter) {
  for (auto queue = queues_.begin(); queue != queues_.end(); ++queue) {
    if (queue->party != party) continue;
    std::erase(queue->waiters, waiter);
    if (queue->waiters.empty()) queues_.erase(queue);
    return;
  }
}

absl::StatusOr<std::shared_ptr<WriteTurn>> WriterGate::Enter(const Party& party,
                                                             std::chrono::milliseconds patience,
                                                             const std::function<bool()>& give_up) {
  using std::chrono::steady_clock;
  const auto deadline = steady_clock::now() + patience;
  Waiter self;
  // Before anything is promised to anybody: memory may be short.
  auto turn = std::make_shared<WriteTurn>();
  std::unique_lock lock(mutex_);
  // A turn that is being taken away is no transaction any more: its thread may have heard already.
  if (turn_ != nullptr && turn_->holder == turn->holder && !evicting_) {
    return Error(ErrorCode::kInsideTransaction,
                 "this thread's own transaction is still open: inside it, call the transaction and "
                 "not the session or the platform");
  }
  if (turn_ == nullptr && !reserved_ && !evicting_ && queues_.empty()) {
    reserved_ = true;
    self.called = true;
  } else {
    const auto mine = std::find_if(queues_.begin(), queues_.end(),
                                   [&](const Queue& queue) { return queue.party == party; });
    if (mine != queues_.end()) {
      mine->waiters.push_back(&self);
    } else {
      queues_.push_back({party, {&self}});
    }
  }
  while (!self.called) {
    const auto now = steady_clock::now();
    if (now >= deadline || (give_up && give_up())) {
      Forget(party, &self);
      return Error(ErrorCode::kBusy,
                   "another transaction is writing: nothing was changed, try again");
    }
    if (turn_ != nullptr && now >= turn_->ends && !evicting_) {
      const std::shared_ptr<WriteTurn> stale = turn_;
      evicting_ = true;
      lock.unlock();
      evict_(*stale);
      lock.lock();
      evicting_ = false;
      if (turn_ == stale) turn_ = nullptr;
      CallNext();
      continue;
    }
    // Woken often enough to see a revoked context and a turn that has come to its end.
    const auto look_again = now + std::chrono::milliseconds(20);
    const auto turn_ends = turn_ != nullptr && !evicting_ ? turn_->ends : look_again;
    self.wake.wait_until(lock, std::min({deadline, look_again, turn_ends}));
  }
  reserved_ = false;
  turn_ = std::move(turn);
  return turn_;
}

void WriterGate::Start(const std::shared_ptr<WriteTurn>& turn) {
  const std::lock_guard lock(mutex_);
  turn->ends = std::chrono::steady_clock::now() + cap_;
}

void WriterGate::Leave(const std::shared_ptr<WriteTurn>& turn) {
  const std::lock_guard lock(mutex_);
  if (turn_ != turn) return;
  turn_ = nullptr;
  CallNext();
}

}  // namespace cordon::internal
