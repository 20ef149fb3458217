// SPDX-License-Identifier: Apache-2.0
//
// Where unguessable bytes come from: tenant ids, trace ids, the engine lock's secrets.
//
// Guarantees: SystemEntropy() is the operating system's generator through libsodium; it is safe
//   after fork() and fails rather than return weak bytes.
// Not guaranteed: that a test's own Entropy is unguessable; never open a real platform with one.
// Thread safety: implementations must be thread-safe.
// Ownership and lifetime: a platform shares ownership of its entropy.
// Errors: kInternal when the generator is not to be had.
#ifndef CORDON_STORE_ENTROPY_H_
#define CORDON_STORE_ENTROPY_H_

#include <cstddef>
#include <memory>
#include <span>

#include "absl/status/status.h"

namespace cordon {

class Entropy {
 public:
  virtual ~Entropy() = default;
  // Fills all of `bytes`, or fails and leaves them unspecified: they must then not be used.
  [[nodiscard]] virtual absl::Status Fill(std::span<std::byte> bytes) = 0;
};

[[nodiscard]] std::shared_ptr<Entropy> SystemEntropy();

}  // namespace cordon

#endif  // CORDON_STORE_ENTROPY_H_
