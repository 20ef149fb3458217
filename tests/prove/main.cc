// SPDX-License-Identifier: Apache-2.0
//
// prove: looks for a program by which a tenant can tell anything of another. `./dev prove` runs it.
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "prove/probe.h"
#include "prove/prover.h"

namespace cordon_test {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

struct Options {
  double seconds = 0;
  std::int64_t statements = 0;
  std::uint64_t seed = 0;
  int jobs = 2;
  bool json = false;
  bool mutants = false;
  std::string only;
  bool uncovered = false;
  bool shorten = true;
};

double Since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Everything that the threads have found and counted.
struct Outcome {
  std::vector<std::string> findings;
  Counts tally;
  std::int64_t witnessed = 0;
  std::int64_t astray = 0;
  std::int64_t at_the_edge = 0;
  std::int64_t programs = 0;
  double seconds = 0;
};

Outcome Search(const Options& options) {
  Outcome outcome;
  std::mutex mutex;
  std::atomic<std::uint64_t> next = 0;
  std::atomic<std::int64_t> done = 0;
  std::atomic<bool> stop = false;
  const auto start = Clock::now();
  const auto over = [&] {
    return stop || (options.seconds > 0 && Since(start) >= options.seconds) ||
           (options.statements > 0 && done >= options.statements);
  };
  const auto work = [&] {
    Prover prover;
    std::int64_t counted = 0;
    std::int64_t programs = 0;
    std::vector<std::string> findings;
    while (!over()) {
      const std::string finding = prover.Run(options.seed + next++, options.shorten);
      ++programs;
      done += prover.tally().statements - std::exchange(counted, prover.tally().statements);
      if (finding.empty()) continue;
      findings.push_back(finding);
      stop = true;
    }
    const std::lock_guard hold(mutex);
    outcome.findings.insert(outcome.findings.end(), findings.begin(), findings.end());
    outcome.programs += programs;
    outcome.witnessed += prover.witnessed();
    outcome.astray += prover.astray();
    outcome.at_the_edge += prover.at_the_edge();
    const Counts& tally = prover.tally();
    outcome.tally.statements += tally.statements;
    outcome.tally.with_rows += tally.with_rows;
    outcome.tally.changed_rows += tally.changed_rows;
    outcome.tally.refused += tally.refused;
    outcome.tally.denied += tally.denied;
    outcome.tally.failed += tally.failed;
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < options.jobs; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  outcome.seconds = Since(start);
  return outcome;
}

int Prove(const Options& options) {
  std::fprintf(stderr, "prove: seed %llu\n", static_cast<unsigned long long>(options.seed));
  const Outcome outcome = Search(options);
  const cordon::proof::Coverage covered = cordon::proof::Covered();
  for (const std::string& finding : outcome.findings) {
    std::fprintf(stderr, "prove: FOUND: %s\n", finding.c_str());
  }
  if (options.uncovered) {
    for (const std::string& rule : cordon::proof::UncoveredRules()) {
      std::fprintf(stderr, "not covered: %s\n", rule.c_str());
    }
    for (const std::string& branch : cordon::proof::UncoveredBranches()) {
      std::fprintf(stderr, "not covered: %s\n", branch.c_str());
    }
  }
  const Counts& tally = outcome.tally;
  const auto per_second =
      static_cast<std::int64_t>(static_cast<double>(tally.statements) / outcome.seconds);
  if (options.json) {
    const Json json = {{"statements", tally.statements},
                       {"differences", outcome.findings.size()},
                       {"rules_covered", covered.rules_covered},
                       {"rules_total", covered.rules_total},
                       {"lock_branches_covered", covered.lock_branches_covered},
                       {"lock_branches_total", covered.lock_branches_total},
                       {"seed", options.seed},
                       {"programs", outcome.programs},
                       {"statements_per_second", per_second},
                       {"with_rows", tally.with_rows},
                       {"rows_changed", tally.changed_rows},
                       {"refused_by_checker", tally.refused},
                       {"refused_by_lock", tally.denied},
                       {"failed", tally.failed},
                       {"agreed_by_plain_sqlite", outcome.witnessed},
                       {"sqlite_contradicts_itself", outcome.astray},
                       {"programs_ended_at_the_edge_of_a_budget", outcome.at_the_edge}};
    std::printf("%s\n", json.dump().c_str());
  } else {
    std::printf(
        "%lld statements in two worlds (%lld a second), %zu differences; %lld with rows, %lld "
        "refused by the checker, %lld by the lock, %lld failed; plain SQLite was asked %lld times; "
        "rules %d of %d, branches of the lock %d of %d; seed %llu\n",
        static_cast<long long>(tally.statements), static_cast<long long>(per_second),
        outcome.findings.size(), static_cast<long long>(tally.with_rows),
        static_cast<long long>(tally.refused), static_cast<long long>(tally.denied),
        static_cast<long long>(tally.failed), static_cast<long long>(outcome.witnessed),
        covered.rules_covered, covered.rules_total, covered.lock_branches_covered,
        covered.lock_branches_total, static_cast<unsigned long long>(options.seed));
  }
  return outcome.findings.empty() ? 0 : 1;
}

// ---- the test of the tester ---------------------------------------------------------------------

constexpr double kPatience = 60;  // seconds for one mutant

struct Hunt {
  int mutant = 0;
  bool found = false;
  double seconds = 0;
};

// In a process of its own: a mutant may crash, which is a find as well.
Hunt HuntOne(int mutant, std::uint64_t seed) {
  const auto start = Clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    cordon::proof::ChooseMutant(mutant);
    Options options;
    options.seconds = kPatience;
    options.seed = seed;
    options.jobs = 1;
    options.shorten = false;
    const Outcome outcome = Search(options);
    if (!outcome.findings.empty()) {
      // The end says what differs.
      const std::string& finding = outcome.findings.front();
      constexpr std::size_t kMost = 3000;
      const std::string end = finding.substr(finding.size() - std::min(finding.size(), kMost));
      std::fprintf(stderr, "--- %s: %s\n%s\n",
                   cordon::proof::MutantNames()[static_cast<std::size_t>(mutant)],
                   cordon::proof::MutantTexts()[static_cast<std::size_t>(mutant)], end.c_str());
    }
    std::fflush(stderr);
    ::_exit(outcome.findings.empty() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  const bool found = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
  return {mutant, child > 0 && found, Since(start)};
}

int Mutants(const Options& options) {
  const auto names = cordon::proof::MutantNames();
  std::vector<int> chosen;
  for (int i = 0; i < static_cast<int>(names.size()); ++i) {
    if (options.only.empty() || options.only == names[static_cast<std::size_t>(i)]) {
      chosen.push_back(i);
    }
  }
  if (chosen.empty()) {
    std::fprintf(stderr, "prove: no mutant is called %s: see tests/prove/mutants.txt\n",
                 options.only.c_str());
    return 1;
  }
  // A finding without any mutant would be taken for that of a mutant.
  Options clean = options;
  clean.seconds = options.only.empty() ? 5 : 1;
  clean.statements = 0;
  if (!Search(clean).findings.empty()) {
    std::fprintf(stderr, "prove: there is a difference without any mutant; run prove first\n");
    return 1;
  }
  std::vector<Hunt> hunts(chosen.size());
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < options.jobs; ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < chosen.size(); at = next++) {
        hunts[at] = HuntOne(chosen[at], options.seed);
        std::fprintf(stderr, "%-9s %6.1f s  %s\n", hunts[at].found ? "found" : "SURVIVED",
                     hunts[at].seconds, names[static_cast<std::size_t>(chosen[at])]);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  int found = 0;
  double slowest = 0;
  Json survivors = Json::array();
  for (const Hunt& hunt : hunts) {
    if (hunt.found) {
      ++found;
      slowest = std::max(slowest, hunt.seconds);
    } else {
      survivors.push_back(names[static_cast<std::size_t>(hunt.mutant)]);
    }
  }
  if (options.json) {
    const Json json = {{"mutants", hunts.size()},
                       {"found", found},
                       {"slowest_seconds", std::round(slowest * 10) / 10},
                       {"survivors", survivors}};
    std::printf("%s\n", json.dump().c_str());
  } else {
    std::printf("%d of %zu mutants found, the slowest in %.1f s\n", found, hunts.size(), slowest);
  }
  return survivors.empty() && !hunts.empty() ? 0 : 1;
}

// What the time is depends on nobody: SQLite is told that it stands still.
void StopTheClock() {
  sqlite3_vfs* const system = sqlite3_vfs_find(nullptr);
  system->xCurrentTimeInt64 = [](sqlite3_vfs*, sqlite3_int64* now) {
    *now = 212'647'248'000'000;  // milliseconds of the Julian period: some day in 2026
    return SQLITE_OK;
  };
}

int Main(int argc, char** argv) {
  StopTheClock();
  Options options;
  const char* const asked = std::getenv("CORDON_SEED");
  options.seed = asked != nullptr ? std::strtoull(asked, nullptr, 10) : std::random_device()();
  CLI::App app{"Looks for a program by which a tenant can tell anything of another."};
  auto* const seconds =
      app.add_option("--seconds", options.seconds, "how long to look (default: 60)")
          ->check(CLI::Range(0.1, 1e7));
  auto* const statements =
      app.add_option("--statements", options.statements, "how many statements to compare")
          ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 50))
          ->excludes(seconds);
  // CLI11 would take -1 and what is too large for the largest one.
  app.add_option("--seed", options.seed, "repeats a run (default: CORDON_SEED, or a new one)")
      ->check(CLI::Validator(
          [](const std::string& text) {
            std::uint64_t seed = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
            return error == std::errc() && end == text.data() + text.size()
                       ? ""
                       : "a seed is a number from 0 to 18446744073709551615";
          },
          "NUMBER"));
  app.add_option("--jobs", options.jobs, "threads (default: 2)")->check(CLI::Range(1, 64));
  app.add_flag("--json", options.json, "one line of JSON on stdout");
  app.add_flag("--mutants", options.mutants, "looks for each mutant of the library instead")
      ->excludes(seconds)
      ->excludes(statements);
  app.add_option("--only", options.only, "the one mutant to look for")->needs("--mutants");
  app.add_flag("--uncovered", options.uncovered, "lists what was not covered");
  CLI11_PARSE(app, argc, argv);
  if (!(options.seconds > 0) && options.statements <= 0) options.seconds = 60;  // NaN, too
  return options.mutants ? Mutants(options) : Prove(options);
}

}  // namespace
}  // namespace cordon_test

int main(int argc, char** argv) { return cordon_test::Main(argc, argv); }
