// SPDX-License-Identifier: Apache-2.0
//
// A directory for a run's own files, gone when the run is over.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_SCRATCH_H_
#define CORDON_EXAMPLES_DISTRIBUTION_SCRATCH_H_

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace distribution {

class Scratch {
 public:
  // Empty path() when no directory could be made.
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "distribution-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_SCRATCH_H_
