// SPDX-License-Identifier: Apache-2.0
//
// Bytes that must not be printed, copied or left in freed memory, and the interface that hands
// them out.
//
// Guarantees: the bytes of a Secret live in guarded pages that are excluded from core dumps where
//   the system allows it, are wiped before the pages are freed, and are compared in constant time.
//   There is no copy, no stream operator and no conversion to text.
// Not guaranteed: that the bytes never reach swap (locking pages needs a limit that the host
//   sets), nor that callers of Reveal() keep them to themselves.
// Thread safety: thread-compatible; SecretSource implementations must be thread-safe.
// Ownership and lifetime: a Secret owns its bytes; Reveal() is valid as long as the Secret.
// Errors: kOutOfMemory when no guarded page is to be had; a SecretSource's own errors pass through.
#ifndef CORDON_STORE_SECRET_H_
#define CORDON_STORE_SECRET_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cordon/store/entropy.h"

namespace cordon {

class Secret {
 public:
  // Copies `bytes` into guarded memory; the caller wipes its own copy.
  [[nodiscard]] static absl::StatusOr<Secret> CopyFrom(std::span<const std::byte> bytes);
  // `size` fresh random bytes.
  [[nodiscard]] static absl::StatusOr<Secret> Draw(Entropy& entropy, std::size_t size);

  Secret(Secret&& other) noexcept = default;
  Secret& operator=(Secret&& other) noexcept = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() = default;

  // The bytes themselves; empty after a move.
  [[nodiscard]] std::span<const std::byte> Reveal() const;
  // Constant-time in the content; not in the length.
  [[nodiscard]] bool Equals(const Secret& other) const;

 private:
  struct Wipe {
    void operator()(std::byte* bytes) const noexcept;
  };
  explicit Secret(std::unique_ptr<std::byte, Wipe> bytes, std::size_t size);
  static absl::StatusOr<Secret> Allocate(std::size_t size);

  std::unique_ptr<std::byte, Wipe> bytes_;
  std::size_t size_;
};

// The host's vault, environment file or HSM front: gives a secret by name. The platform asks it
// for "cordon.installation" when a file is opened (see PlatformOptions::secrets).
class SecretSource {
 public:
  virtual ~SecretSource() = default;
  // kNotFound when there is no secret of that name.
  [[nodiscard]] virtual absl::StatusOr<Secret> Fetch(std::string_view name) = 0;
};

}  // namespace cordon

#endif  // CORDON_STORE_SECRET_H_
