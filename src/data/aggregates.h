// SPDX-License-Identifier: Apache-2.0
// Aggregates whose result is decided by the values alone: SQLite's own take them in the order of a
// plan, which SQL leaves open.
#ifndef CORDON_SRC_DATA_AGGREGATES_H_
#define CORDON_SRC_DATA_AGGREGATES_H_

#include <sqlite3.h>

namespace cordon::internal {

// cordon_group_concat(value [, separator])  the texts of the values, in the order of the values
// cordon_json_array(json)                   a JSON array of JSON texts, in their order
// cordon_json_object(json, json)            a JSON object, in the order of its names
// cordon_sum(units)                         their sum, when it fits 64 bits in the end
// cordon_avg(units, 10^scale)               the mean of decimals; their sum is kept exactly
// cordon_total(units, 10^scale)             their sum as a double
[[nodiscard]] int RegisterAggregates(sqlite3* db);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_AGGREGATES_H_
