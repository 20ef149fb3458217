// SPDX-License-Identifier: Apache-2.0
//
// What the instrumented copy of the library (see instrument.py) tells and asks: which rules of the
// grammar and which branches of the lock were taken, and which mutant is switched on.
//
// Guarantees: a rule counts only when a statement that took it was kept; the checker takes rules of
//   texts that it refuses in the end.
// Not guaranteed: that a rule which counts had an influence on what was seen.
// Thread safety: thread-safe. Pending rules are their thread's own.
#ifndef CORDON_TESTS_PROVE_PROBE_H_
#define CORDON_TESTS_PROVE_PROBE_H_

#include <atomic>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace cordon::proof {

void NoteRule(int rule);
void NoteBranch(int branch, bool way);
inline constinit std::atomic<int> chosen_mutant{-1};

// ---- for the instrumented library; the compiler's own runs leave no trace -----------------------

constexpr bool Took(int rule, bool taken) {
  if (taken && !std::is_constant_evaluated()) NoteRule(rule);
  return taken;
}
constexpr bool Branch(int branch, bool way) {
  if (!std::is_constant_evaluated()) NoteBranch(branch, way);
  return way;
}
constexpr bool IsMutant(int number) {
  return !std::is_constant_evaluated() && chosen_mutant.load(std::memory_order_relaxed) == number;
}

// ---- for the tester -----------------------------------------------------------------------------

// Of the whole process; -1: none.
inline void ChooseMutant(int number) { chosen_mutant.store(number, std::memory_order_relaxed); }

// Forgets what this thread's statement has taken so far.
void BeginStatement();
// It was accepted: what it has taken counts.
void KeepRules();

[[nodiscard]] std::span<const char* const> RuleNames();
[[nodiscard]] std::span<const char* const> BranchNames();
[[nodiscard]] std::span<const char* const> MutantNames();
// What each of them breaks.
[[nodiscard]] std::span<const char* const> MutantTexts();

struct Coverage {
  int rules_covered = 0;
  int rules_total = 0;
  int lock_branches_covered = 0;  // both ways of a condition count
  int lock_branches_total = 0;
};
[[nodiscard]] Coverage Covered();
[[nodiscard]] std::vector<std::string> UncoveredRules();
[[nodiscard]] std::vector<std::string> UncoveredBranches();

}  // namespace cordon::proof

#endif  // CORDON_TESTS_PROVE_PROBE_H_
