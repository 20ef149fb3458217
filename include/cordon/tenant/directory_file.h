// SPDX-License-Identifier: Apache-2.0
//
// The directory of a product's file, for programs that do not have the product's declaration: the
// operator's tool, and tools like it.
//
// Guarantees: opens a file that a platform has made, and no other; it makes none. What is done
//   through it acts on the product's processes as what they do themselves.
// Not guaranteed: Remove() and envelopes. Only the product knows a tenant's rows, and the
//   installation's secret: both are refused here.
// Thread safety: thread-safe.
// Ownership and lifetime: owns its directory.
// Errors: kCannotOpen for a file that is not there; kNotADatabase, kSchemaDrift for one that no
//   platform has made; kNewerFile; and the errors of the shared machine.
//
//   auto file = cordon::DirectoryFile::Open("erp.db");
//   auto all = (*file)->tenants().List();
#ifndef CORDON_TENANT_DIRECTORY_FILE_H_
#define CORDON_TENANT_DIRECTORY_FILE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "cordon/tenant/directory.h"

namespace cordon {

class DirectoryFile {
 public:
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<DirectoryFile>> Open(const std::string& path);
  ~DirectoryFile();
  DirectoryFile(const DirectoryFile&) = delete;
  DirectoryFile& operator=(const DirectoryFile&) = delete;

  [[nodiscard]] TenantDirectory& tenants() const;

 private:
  struct Parts;
  explicit DirectoryFile(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace cordon

#endif  // CORDON_TENANT_DIRECTORY_FILE_H_
