// SPDX-License-Identifier: Apache-2.0
//
// Several pieces of code in an order that a seed decides: a race, made to happen again.
//
// Guarantees: one task runs at a time; the turn goes to another one only where a task calls Pass()
//   or ends. The same seed and tasks that do the same give the same order, on every machine. What a
//   task wrote before it passed is seen by the one that runs next. Every task is run to its end; an
//   exception of one is thrown again, the first of them, when all have ended.
// Not guaranteed: every order; more seeds see more. A task that waits for what a task between two
//   of its turns holds waits in vain: beside an open write transaction another tenant's write
//   waits for PlatformOptions::patience and is then kBusy, so make that short.
// Thread safety: Interleave() may be called in several threads. A Turn is its task's own.
// Ownership and lifetime: each task runs in a thread of its own, which has ended when Interleave()
//   returns. A task must not keep its Turn.
// Errors: none of its own; std::system_error, before any task is run, when there are no threads.
//
//   cordon::testing::Interleave(seed, {
//       [&](Turn& turn) { Reserve(ours, "A1"); turn.Pass(); Ship(ours, "A1"); },
//       [&](Turn& turn) { Reserve(theirs, "A1"); turn.Pass(); Cancel(theirs, "A1"); }});
#ifndef CORDON_TESTING_INTERLEAVE_H_
#define CORDON_TESTING_INTERLEAVE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace cordon::testing {

namespace internal {
class Baton;
}  // namespace internal

// A task's place in the order.
class Turn {
 public:
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  // Lets the seed choose who goes on: another task, or this one. Returns when it is this one's turn
  // again.
  void Pass();

 private:
  friend class internal::Baton;
  Turn(internal::Baton& baton, std::size_t task) : baton_(baton), task_(task) {}
  internal::Baton& baton_;
  std::size_t task_;
};

using Task = std::function<void(Turn&)>;

// Runs the tasks until all have ended.
void Interleave(std::uint64_t seed, const std::vector<Task>& tasks);

}  // namespace cordon::testing

#endif  // CORDON_TESTING_INTERLEAVE_H_
