// SPDX-License-Identifier: Apache-2.0
//
// Takes over a dealer's data from CSV files in the layout of the Northwind tables, wholly or not at
// all.
//
// Guarantees: everything happens in one write transaction of that dealer's own session. When a
//   single line is wrong, every wrong line is reported and nothing of the import stays; the same
//   holds when the process dies half-way.
// Not guaranteed: that the files are complete. What can be seen is looked at: a line without its
//   end, an order without lines, a reference to nothing.
// Errors: a file that is refused is kInvalidArgument; anything else is what the store said.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_IMPORT_H_
#define CORDON_EXAMPLES_DISTRIBUTION_IMPORT_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "schema.h"

namespace distribution {

struct ImportOptions {
  // Every unit price is multiplied by this, exactly: 110 raises them by ten percent.
  std::int64_t price_percent = 100;
  // How many problems are listed; the rest are counted.
  std::size_t max_listed = 20;
  // Called now and then with the file and how many of its records have been taken.
  std::function<void(std::string_view file, std::int64_t records)> progress;
};

struct ImportProblem {
  std::string file;
  std::int64_t line = 0;  // 0: the file as a whole
  std::string reason;     // repeats nothing of what the file says
};

struct ImportReport {
  absl::Status status;
  std::vector<ImportProblem> problems;
  std::int64_t more_problems = 0;  // beyond those listed

  // What was imported; all zero unless status is OK.
  std::int64_t customers = 0;
  std::int64_t products = 0;
  std::int64_t orders = 0;
  std::int64_t lines = 0;
};

// Imports customers.csv, products.csv, orders.csv and order_details.csv, and contract_prices.csv
// and rebate_tiers.csv where there are such. Stock goes into a warehouse MAIN.
ImportReport ImportDealer(ErpSession& dealer, const std::filesystem::path& directory,
                          const ImportOptions& options = {});

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_IMPORT_H_
