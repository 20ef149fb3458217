// SPDX-License-Identifier: Apache-2.0
//
// What a host chooses when it opens a platform: the file, its connections, and what statements may
// use.
//
// Guarantees: each option has a default that suits a service on one machine; only the path has to
//   be given. What reaches a limit ends with an error, never with a shorter result.
// Not guaranteed: that a statement which ends at a wall-clock or memory limit ends there again;
//   these measure the machine and whoever else uses it.
// Thread safety: thread-compatible; values.
// Ownership and lifetime: values; secrets, hooks, clock and entropy are shared with the platform.
// Errors: Platform::Open() and Session::Ask() return kInvalidArgument for a limit that is none.
//
//   auto platform = cordon::Platform<Erp>::Open(
//       {.path = "erp.db", .readers = 4, .budget = {.wall = std::chrono::seconds(10)}});
//   auto table = tenant.Ask(text, {.budget = {.rows = 500}});
#ifndef CORDON_DATA_OPTIONS_H_
#define CORDON_DATA_OPTIONS_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cordon/data/hooks.h"
#include "cordon/store/clock.h"
#include "cordon/store/entropy.h"
#include "cordon/store/secret.h"

namespace cordon {

class Server;  // a database server; see postgres.h

// What one statement may use before it is ended with kBudgetExceeded. Steps and rows depend on
// the tenant's own data only; `wall` is the last resort against a machine that stands still.
struct StatementBudget {
  std::int64_t vm_steps = 100'000'000;  // of SQLite's virtual machine; looked at every 1,000
  std::int64_t rows = 1'000'000;        // returned or changed
  std::chrono::milliseconds wall = std::chrono::seconds(30);
};

struct PlatformOptions {
  // The file; created when it is not there. Its directory must exist, on a local disk.
  std::string path = {};
  // The server, in the place of a file: OnPostgres() of postgres.h.
  std::shared_ptr<const Server> server = nullptr;
  // Connections for reading, opened as they are needed. More of them than threads are of no use.
  int readers = 8;
  // How long a call waits for a connection, for its turn to write, or for another process.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
  // The longest turn of one write transaction while others wait; then it is rolled back.
  std::chrono::milliseconds write_cap = std::chrono::seconds(10);
  StatementBudget budget = {};
  // The longest blob that can be written (see blob.h), in bytes. One transaction writes all of it,
  // first to the write-ahead log and then to the file.
  std::int64_t max_blob_bytes = std::int64_t{1} << 30U;
  // Where "cordon.installation" is fetched from. A file that was created with such a secret opens
  // with the same one only, so that a copy from another installation is noticed. Optional.
  std::shared_ptr<SecretSource> secrets = nullptr;
  // Who listens to what happens, in this order; see hooks.h. Without any, nothing is spent on them.
  std::vector<std::shared_ptr<Hook>> hooks = {};
  // For tests; the system's own when null.
  std::shared_ptr<const Clock> clock = nullptr;
  std::shared_ptr<Entropy> entropy = nullptr;
};

// What SQL that a tenant's analyst wrote may use. `value_bytes` bounds what it can build on the way
// (with ||, REPLACE and the like) as well as what it returns. Beyond a limit: kBudgetExceeded.
struct AnalystOptions {
  StatementBudget budget = {
      .vm_steps = 20'000'000, .rows = 10'000, .wall = std::chrono::seconds(5)};
  std::int64_t result_bytes = 16 << 20;  // of the whole result, as a Table holds it
  std::int64_t value_bytes = 256 << 10;  // of one text or blob, or one row; at least 16 KB
  // What SQLite may take while it runs, for sorting and grouping. A last resort like `wall`: it is
  // measured for the whole process, so that others' statements count as well, looked at every
  // 1,000 steps, and no limit where SQLite was told not to count (SQLITE_CONFIG_MEMSTATUS).
  std::int64_t memory_bytes = 256 << 20;
};

}  // namespace cordon

#endif  // CORDON_DATA_OPTIONS_H_
