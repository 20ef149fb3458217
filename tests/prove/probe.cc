// SPDX-License-Identifier: Apache-2.0
#include "prove/probe.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace cordon::proof {
namespace {

// kRuleNames, kBranchNames, kBranchHasTwoWays, kMutantNames and kMutantTexts, by instrument.py.
#include "probe_table.inc"

using Word = std::uint64_t;
constexpr std::size_t kBits = 64;
constexpr std::size_t kWords = (kRuleNames.size() + kBits - 1) / kBits;

thread_local constinit std::array<Word, kWords> pending{};
constinit std::array<std::atomic<Word>, kWords> kept{};
constinit std::array<std::atomic<bool>, 2 * kBranchNames.size()> ways{};

bool IsKept(std::size_t rule) {
  return (kept[rule / kBits].load(std::memory_order_relaxed) >> (rule % kBits) & 1U) != 0;
}

bool WasGone(std::size_t branch, bool way) {
  return ways[2 * branch + (way ? 1 : 0)].load(std::memory_order_relaxed);
}

}  // namespace

void NoteRule(int rule) {
  const auto place = static_cast<std::size_t>(rule);
  pending[place / kBits] |= Word{1} << (place % kBits);
}

void NoteBranch(int branch, bool way) {
  std::atomic<bool>& gone = ways[2 * static_cast<std::size_t>(branch) + (way ? 1 : 0)];
  // Most have been gone before; their cache line then stays shared.
  if (!gone.load(std::memory_order_relaxed)) gone.store(true, std::memory_order_relaxed);
}

void BeginStatement() { pending.fill(0); }

void KeepRules() {
  for (std::size_t i = 0; i < kWords; ++i) {
    if (pending[i] != 0) kept[i].fetch_or(pending[i], std::memory_order_relaxed);
  }
}

std::span<const char* const> RuleNames() { return kRuleNames; }
std::span<const char* const> BranchNames() { return kBranchNames; }
std::span<const char* const> MutantNames() { return kMutantNames; }
std::span<const char* const> MutantTexts() { return kMutantTexts; }

Coverage Covered() {
  Coverage coverage;
  coverage.rules_total = static_cast<int>(kRuleNames.size());
  coverage.rules_covered = coverage.rules_total - static_cast<int>(UncoveredRules().size());
  for (const bool two : kBranchHasTwoWays) coverage.lock_branches_total += two ? 2 : 1;
  coverage.lock_branches_covered =
      coverage.lock_branches_total - static_cast<int>(UncoveredBranches().size());
  return coverage;
}

std::vector<std::string> UncoveredRules() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kRuleNames.size(); ++i) {
    if (!IsKept(i)) names.emplace_back(kRuleNames[i]);
  }
  return names;
}

std::vector<std::string> UncoveredBranches() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kBranchNames.size(); ++i) {
    const std::string name = kBranchNames[i];
    if (!WasGone(i, true)) names.push_back(name + (kBranchHasTwoWays[i] ? " is true" : ""));
    if (kBranchHasTwoWays[i] && !WasGone(i, false)) names.push_back(name + " is false");
  }
  return names;
}

}  // namespace cordon::proof
