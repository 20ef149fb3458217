// SPDX-License-Identifier: Apache-2.0
// Whether what a file holds of its tenants is what the directory would have written.
#ifndef CORDON_SRC_TENANT_DIRECTORY_CHECK_H_
#define CORDON_SRC_TENANT_DIRECTORY_CHECK_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "store/own.h"

namespace cordon::internal {

struct DirectoryCheck {
  // How many tenants something is wrong with, and the id of the first.
  struct Fault {
    std::int64_t tenants = 0;
    std::string first;
  };
  std::int64_t tenants = 0;  // without those that are gone
  bool has_epoch = false;
  Fault bad_id;
  Fault no_parent;  // that is there and not gone
  Fault in_a_circle;
  Fault too_deep;
  Fault wrong_kind;  // for the place
  Fault bad_slug;
  Fault miscounted;  // envelopes: another number than is counted, or more than are remembered
};

// Reads the whole directory. REQUIRES: its tables are those of DirectoryFactory::Steps().
[[nodiscard]] absl::StatusOr<DirectoryCheck> CheckDirectory(OwnConnection& connection);

}  // namespace cordon::internal

#endif  // CORDON_SRC_TENANT_DIRECTORY_CHECK_H_
