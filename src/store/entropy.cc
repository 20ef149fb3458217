// SPDX-License-Identifier: Apache-2.0
#include "cordon/store/entropy.h"

#include <sodium.h>

#include "cordon/store/error.h"

namespace cordon {
namespace {

class OsEntropy final : public Entropy {
 public:
  absl::Status Fill(std::span<std::byte> bytes) override {
    // sodium_init() is idempotent and thread-safe; calling it here spares a static initialiser.
    static const bool ready = sodium_init() >= 0;
    if (!ready) {
      return internal::Error(ErrorCode::kInternal,
                             "the system's random generator cannot be opened: check /dev/urandom "
                             "and the process's seccomp profile");
    }
    randombytes_buf(bytes.data(), bytes.size());
    return absl::OkStatus();
  }
};

}  // namespace

std::shared_ptr<Entropy> SystemEntropy() { return std::make_shared<OsEntropy>(); }

}  // namespace cordon
