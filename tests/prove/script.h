// SPDX-License-Identifier: Apache-2.0
//
// A request of a random program, as a script that a person can read, cut down and paste.
//
//   QUERY sql             a read, checked at run time; ORDERED sql: whose order is fixed
//   CHANGE sql            a write; RETURNS sql: which returns one integer of each row
//   OPEN …                in front of these: SQL leaves its answer open, plain SQLite is no witness
//   BEGIN … COMMIT        a transaction that writes, or ROLLBACK; SNAPSHOT … COMMIT, one that reads
//   SAVEPOINT … RELEASE   a part of it, or UNDO
//   OTHERS                a neighbour acts, where there is one
//   SECOND …              in front of any line: by a second session of the same tenant
//   ASK sql               an analyst's
//   RAW text, MARKED text past the checker, straight to the engine lock (\1 and \2 are its marks)
//   ADD table n …         typed helpers; n is a seed of the row: ADD, PUT, SET, DROP, GET, LIST,
//                         BULK, NUMBER, COUNT, VALUE, BLOB, READBLOB
//   ENTER n               our user tries to enter the n-th neighbour, and nobody
//   SCHEMA                what the schema checker says of the file
//
// These act on the tree that our tenant stands in (house.h). t and p are tenants of it, w one of
// six people, c a context and e an envelope, 0 the newest; s a number of seconds, 0 many.
//
//   BUILD kind p n        a tenant below p; n is a seed of its names
//   MOVE t p, LIFT t      below p; to the top.  RENAME t n
//   ACTIVATE t …          and SUSPEND, RESUME, OFFBOARD, REMOVE
//   JOIN t w, LEAVE t w   memberships.  ALLOW t w, FORBID t w: the right to sum up
//   TREE t                its place and all around it, its members.  SLUG n: who has it.
//                         OF w: whose member somebody is
//   COME t w s            enters, and ABOVE t w s: to sum up.  END kind c revokes
//   USE c n               reads rows, writes one or both.  SUM c n: the n-th kind of sum
//   SEAL c a s            for the audience a.  UNSEAL e a way n: as it is, cut, altered, mixed,
//                         another's, too long
//   PASS c d way f        a row of c's is transferred to d, past one of the rules if there is a
//   way;
//                         f is a third
//
// Arguments stand behind a query: " ;; integer:2", as ParseArgument() takes them.
#ifndef CORDON_TESTS_PROVE_SCRIPT_H_
#define CORDON_TESTS_PROVE_SCRIPT_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "prove/house.h"
#include "prove/oracle.h"
#include "prove/trade.h"

namespace cordon_test {

using Script = std::vector<std::string>;

// What most of a program's requests are: of all kinds, hostile texts, acts on the house.
enum class Mood { kCalm, kHostile, kHouse };

// Makes one up. `neighbours`: whose ids a hostile text may name.
[[nodiscard]] Script Compose(cordon::testing::Input& input,
                             const std::vector<cordon::TenantId>& neighbours, Mood mood);

// What a run did.
struct Counts {
  std::int64_t statements = 0;
  std::int64_t with_rows = 0;
  std::int64_t changed_rows = 0;
  std::int64_t refused = 0;  // by the checker
  std::int64_t denied = 0;   // by the engine lock
  std::int64_t failed = 0;   // otherwise
  std::int64_t others = 0;   // calls that are no statements
};

// Plays a script as our tenant. What our tenant sees; and, where an oracle is given that does not
// agree, what it says. `house` is made when it is first acted on. `overheard` is told by a hook
// what the platform reports of us, and is emptied into the answer.
[[nodiscard]] std::string Play(const TradeWorld& world, const Script& script, Oracle* oracle,
                               std::optional<House>* house, std::string* overheard, Counts* tally);

// Whether a script that is one query runs out of steps in this session.
[[nodiscard]] bool RunsOutOfSteps(const TradeSession& session, const Script& script);

}  // namespace cordon_test

#endif  // CORDON_TESTS_PROVE_SCRIPT_H_
