// SPDX-License-Identifier: Apache-2.0
//
// The file of one old installation becomes one tenant.
//
// Guarantees: either the tenant has every row of the old file, and its counts and sums are those of
//   the old file, or nobody can work in it yet. An import that was killed goes on where it was when
//   it is started again, and ends as if nothing had happened. One that is complete is left alone.
//   The old file is only read.
// Not guaranteed: anything about what the old program writes after the import: stop it first.
// Thread safety: thread-safe for different tenants.
// Ownership and lifetime: values only.
// Errors: kFailedPrecondition, with a sentence for the operator, when the old file holds what
// cannot
//   be carried over, when it is not the file that the import began with, and when the sums differ.
//   Otherwise those of Cordon.
//
//   auto books = wholesale::ImportTenant(*platform, "north.db", "north");
#ifndef CORDON_EXAMPLES_MIGRATE_EXISTING_AFTER_IMPORT_H_
#define CORDON_EXAMPLES_MIGRATE_EXISTING_AFTER_IMPORT_H_

#include <cstdint>
#include <functional>
#include <string>

#include "wholesale.h"

namespace wholesale {

struct ImportOptions {
  std::int64_t batch = 1000;               // rows of one transaction, so that others get their turn
  std::function<void()> progress = [] {};  // called before each row is written
};

// What the tenant holds now.
[[nodiscard]] absl::StatusOr<Books> ImportTenant(Platform& platform, const std::string& old_path,
                                                 const std::string& tenant,
                                                 const ImportOptions& options = {});

}  // namespace wholesale

#endif  // CORDON_EXAMPLES_MIGRATE_EXISTING_AFTER_IMPORT_H_
