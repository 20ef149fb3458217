// SPDX-License-Identifier: Apache-2.0
//
// A fingerprint of all rows that a dealer has, to see whether anything about them has changed.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_CHECKSUM_H_
#define CORDON_EXAMPLES_DISTRIBUTION_CHECKSUM_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "schema.h"

namespace distribution {

// Equal for equal rows in every tenant table, and different otherwise but for chance.
absl::StatusOr<std::uint64_t> Checksum(ErpSession& dealer);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_CHECKSUM_H_
