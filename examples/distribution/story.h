// SPDX-License-Identifier: Apache-2.0
//
// The chapters of the demo: what an operator and its dealers do in a quarter. Each is written as a
// host would write it, and says in a few lines what came of it.
//
// Errors: a chapter that does not come out as it should is an error, so that the demo is a test.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_STORY_H_
#define CORDON_EXAMPLES_DISTRIBUTION_STORY_H_

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "absl/status/status.h"
#include "dealers.h"
#include "schema.h"
#include "screen.h"

namespace distribution {

struct Story {
  ErpPlatform& platform;
  const Screen& screen;
  nlohmann::ordered_json& json;
};

// An operator, two brands, five resellers, and forty dealers from one file, which comes twice.
// Adds the new dealers to `*dealers`.
absl::Status TellOnboarding(const Story& story, std::vector<Dealer>* dealers);

// What customers of `dealer` order in files, and what becomes of it, to the end of the quarter.
// `other` gets a file that is not meant for it.
absl::Status TellTrade(const Story& story, const Dealer& dealer, const Dealer& other);

struct ReportingPlace {
  std::filesystem::path program;    // distribution_report
  std::filesystem::path database;   // what it opens
  std::filesystem::path directory;  // where the pages go
};

// A report for each dealer, by a process that is given an envelope and knows no dealer by itself.
absl::Status TellReports(const Story& story, const std::vector<Dealer>& dealers,
                         const ReportingPlace& place);

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_STORY_H_
