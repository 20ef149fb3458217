// SPDX-License-Identifier: Apache-2.0
#include "cordon/store/secret.h"

#include <sodium.h>

#include <cstring>
#include <utility>

#include "cordon/store/error.h"

namespace cordon {

void Secret::Wipe::operator()(std::byte* bytes) const noexcept { sodium_free(bytes); }

Secret::Secret(std::unique_ptr<std::byte, Wipe> bytes, std::size_t size)
    : bytes_(std::move(bytes)), size_(size) {}

absl::StatusOr<Secret> Secret::Allocate(std::size_t size) {
  if (sodium_init() < 0) {
    return internal::Error(ErrorCode::kInternal, "libsodium cannot be initialised");
  }
  auto* bytes = static_cast<std::byte*>(sodium_malloc(size));
  if (bytes == nullptr) {
    return internal::Error(ErrorCode::kOutOfMemory,
                           "no guarded memory for a secret: raise the process's memory limits");
  }
  return Secret(std::unique_ptr<std::byte, Wipe>(bytes), size);
}

absl::StatusOr<Secret> Secret::CopyFrom(std::span<const std::byte> bytes) {
  absl::StatusOr<Secret> secret = Allocate(bytes.size());
  if (secret.ok() && !bytes.empty()) {
    std::memcpy(secret->bytes_.get(), bytes.data(), bytes.size());
  }
  return secret;
}

absl::StatusOr<Secret> Secret::Draw(Entropy& entropy, std::size_t size) {
  absl::StatusOr<Secret> secret = Allocate(size);
  if (!secret.ok()) return secret;
  if (absl::Status filled = entropy.Fill({secret->bytes_.get(), size}); !filled.ok()) {
    return filled;
  }
  return secret;
}

std::span<const std::byte> Secret::Reveal() const {
  return bytes_ == nullptr ? std::span<const std::byte>()
                           : std::span<const std::byte>(bytes_.get(), size_);
}

bool Secret::Equals(const Secret& other) const {
  const auto mine = Reveal();
  const auto theirs = other.Reveal();
  return mine.size() == theirs.size() &&
         (mine.empty() || sodium_memcmp(mine.data(), theirs.data(), mine.size()) == 0);
}

}  // namespace cordon
