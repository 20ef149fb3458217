// SPDX-License-Identifier: Apache-2.0
//
// What PostgreSQL has to be taught for values without a type, for JSON and for aggregates: the type
// cordon.value and functions of the schema cordon.
//
// Guarantees: SQLite 3.40's results, as texts and as types: the first of several equal keys, keys
//   compared as they are spelled, numbers as they are spelled, its numbering of json_tree(). Each
//   function computes from its arguments alone (IMMUTABLE, PARALLEL SAFE, SECURITY INVOKER).
//   Malformed JSON and a malformed path end the statement with SQLSTATE 22P02.
// Not guaranteed: a text that PostgreSQL cannot hold (a lone surrogate behind \u), which is 22P02
// as
//   well; an end at SQLite's 2,000 levels of nesting; a patch of more than some 300 levels, which
//   is 54001; the last bit of a number of more than 15 digits, which SQLite 3.40 does not always
//   round well; where SQLite 3.40 puts a value by an index into an array that an earlier path of
//   the same call has made longer, which is the wrong element; sums of doubles beyond their range,
//   which are 22003.
#ifndef CORDON_SRC_DATA_POSTGRES_FUNCTIONS_JSON_H_
#define CORDON_SRC_DATA_POSTGRES_FUNCTIONS_JSON_H_

#include <string>

namespace cordon::internal {

// For the owner role, in a database that has the schema cordon and the functions of
// PgFunctionStatements(); again, where it was run before.
[[nodiscard]] std::string PgJsonFunctionStatements();

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_FUNCTIONS_JSON_H_
