// SPDX-License-Identifier: Apache-2.0
//
// Reads what a dealer's report says.
//
// Guarantees: all figures are of one moment, and of one dealer.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_REPORT_DATA_H_
#define CORDON_EXAMPLES_DISTRIBUTION_REPORT_DATA_H_

#include "absl/status/statusor.h"
#include "report.h"
#include "schema.h"

namespace distribution {

// Counts and adds up what one dealer has.
absl::StatusOr<Figures> ReadFigures(ErpSession& dealer);

// kNotFound for a dealer whose books have not been opened (dealers.h).
absl::StatusOr<DealerReport> ReadReport(ErpSession& dealer);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_REPORT_DATA_H_
