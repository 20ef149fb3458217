// SPDX-License-Identifier: Apache-2.0
//
// What a careless colleague (who writes our code) and a curious dealer (who sends us ids and files)
// try against another dealer, and what stops them. Every attempt is made, here and now: a statement
// is run, a file is imported, or the compiler is asked for its verdict.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_ATTEMPTS_H_
#define CORDON_EXAMPLES_DISTRIBUTION_ATTEMPTS_H_

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dealers.h"
#include "schema.h"

namespace distribution {

struct AttemptReport {
  std::string who;
  std::string name;
  std::string stopped_by;  // "type", "engine", "context" or "import"
  bool stopped = false;    // and not one row of the other dealer has changed
  std::string message;     // what the one who tried got to see
};

// Makes every attempt as `ours` against `theirs`. `sample` holds the CSV files of a well-formed
// dealer, of which spoilt copies are made. An error means that the attempts could not be made at
// all.
absl::StatusOr<std::vector<AttemptReport>> RunAttempts(ErpPlatform& platform, const Dealer& ours,
                                                       const Dealer& theirs,
                                                       const std::filesystem::path& sample);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_ATTEMPTS_H_
