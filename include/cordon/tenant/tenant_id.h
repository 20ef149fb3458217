// SPDX-License-Identifier: Apache-2.0
//
// The name of one tenant: 128 random bits that mean nothing.
//
// Guarantees: a TenantId comes from a platform that drew it, or from the canonical text of one;
//   there is no default, no sentinel, no "all tenants" and no conversion from a number or a bare
//   string. Ids are never reused and cannot be guessed from one another.
// Not guaranteed: that the tenant exists or that anybody may act for it; a TenantContext is the
//   proof of that. An id is not a secret.
// Thread safety: thread-safe; an immutable value.
// Ownership and lifetime: a value of 16 bytes.
// Errors: Parse() returns kInvalidArgument for everything but the canonical form, which is "tn_"
//   and 26 characters of Crockford's base 32 in lower case (no i, l, o, u); never the nil id.
//
//   absl::StatusOr<cordon::TenantId> id = cordon::TenantId::Parse(request.header("x-tenant"));
#ifndef CORDON_TENANT_TENANT_ID_H_
#define CORDON_TENANT_TENANT_ID_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cordon/store/entropy.h"

namespace cordon {

class TenantId {
 public:
  static constexpr std::size_t kSize = 16;
  using Bytes = std::array<std::byte, kSize>;

  [[nodiscard]] static absl::StatusOr<TenantId> Parse(std::string_view text);
  // A fresh id, which no tenant has: TenantDirectory::Create() draws its own.
  [[nodiscard]] static absl::StatusOr<TenantId> Draw(Entropy& entropy);
  // As stored. kInvalidArgument for the nil id.
  [[nodiscard]] static absl::StatusOr<TenantId> FromBytes(const Bytes& bytes);

  [[nodiscard]] std::string ToString() const;
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

  friend bool operator==(const TenantId& a, const TenantId& b) {
    return std::memcmp(a.bytes_.data(), b.bytes_.data(), kSize) == 0;
  }
  friend std::strong_ordering operator<=>(const TenantId& a, const TenantId& b) {
    return std::memcmp(a.bytes_.data(), b.bytes_.data(), kSize) <=> 0;
  }

 private:
  explicit TenantId(const Bytes& bytes)  // cordon: an id is never made up: use TenantId::Parse
      : bytes_(bytes) {}
  Bytes bytes_;
};

}  // namespace cordon

template <>
struct std::hash<cordon::TenantId> {
  std::size_t operator()(const cordon::TenantId& id) const noexcept {
    std::size_t value;  // the bytes are random already
    std::memcpy(&value, id.bytes().data(), sizeof value);
    return value;
  }
};

#endif  // CORDON_TENANT_TENANT_ID_H_
