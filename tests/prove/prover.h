// SPDX-License-Identifier: Apache-2.0
//
// Drives random programs in two worlds, with plain SQLite as the third, until it finds a difference
// or is told to stop. One prover for each thread.
#ifndef CORDON_TESTS_PROVE_PROVER_H_
#define CORDON_TESTS_PROVE_PROVER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "prove/oracle.h"
#include "prove/script.h"
#include "prove/trade.h"

namespace cordon_test {

class Overhearing;

// A request, and the moment that decides what the neighbours do before it and inside of it.
struct Step {
  std::uint64_t moment = 0;
  Script script;
};
using Program = std::vector<Step>;

class Prover {
 public:
  Prover();
  ~Prover();
  Prover(const Prover&) = delete;
  Prover& operator=(const Prover&) = delete;

  // One random program, in worlds of its own. Nothing, or what differs. With `shorten`: by the
  // shortest program that was found to show it, and as a test for found_test.cc.
  [[nodiscard]] std::string Run(std::uint64_t seed, bool shorten = true);
  // The same for a program that is written out.
  [[nodiscard]] std::string Replay(std::uint64_t seed, const Program& program);

  // Of the world in which our tenant is alone.
  [[nodiscard]] const Counts& tally() const { return tally_; }
  [[nodiscard]] std::int64_t witnessed() const { return witnessed_; }
  [[nodiscard]] std::int64_t astray() const { return astray_; }
  // Programs that ended at the one exception that a tenant can meet here: a scan takes a step more
  // where a neighbour's row lies behind, so that the very edge of a step budget is blurred.
  [[nodiscard]] std::int64_t at_the_edge() const { return at_the_edge_; }

 private:
  cordon::testing::TwinOptions Options(std::uint64_t seed);
  void Shorten(std::uint64_t seed, Program* program, std::string* finding);
  std::string Act(const TradeWorld& world, const Script& script);
  void ForgetOracle();
  std::string Finding(const cordon::testing::Report& report);
  [[nodiscard]] static bool IsNearTheEdge(const TradeWorld& world, const Script& script);

  std::unique_ptr<Oracle> oracle_;
  std::string oracle_of_;
  std::vector<std::shared_ptr<Overhearing>> overhearing_;  // of the worlds, in the order of opening
  Counts tally_;
  std::int64_t witnessed_ = 0;
  std::int64_t astray_ = 0;
  std::vector<std::string> alone_;  // what each request showed when our tenant was alone
  std::size_t beside_ = 0;          // how many of them have been made beside neighbours
  bool ended_ = false;              // by an exception, which leaves the worlds apart
  std::int64_t at_the_edge_ = 0;
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_PROVE_PROVER_H_
