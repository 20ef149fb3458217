// SPDX-License-Identifier: Apache-2.0
#include "cordon/tenant/tenant_id.h"

#include <algorithm>
#include <cstdint>

#include "cordon/store/error.h"

namespace cordon {
namespace {

constexpr std::string_view kPrefix = "tn_";
constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kDigits = 26;  // 26 * 5 = 130 bits: the first digit holds three

absl::Status NotAnId() {
  return internal::Error(
      ErrorCode::kInvalidArgument,
      "this is not a tenant id: expected \"tn_\" and 26 characters of "
      "0-9 and a-z without i, l, o, u, exactly as TenantId::ToString() wrote it");
}

}  // namespace

absl::StatusOr<TenantId> TenantId::FromBytes(const Bytes& bytes) {
  if (std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; })) {
    return NotAnId();
  }
  return TenantId(bytes);
}

absl::StatusOr<TenantId> TenantId::Draw(Entropy& entropy) {
  Bytes bytes{};
  if (absl::Status filled = entropy.Fill(bytes); !filled.ok()) return filled;
  if (absl::StatusOr<TenantId> id = FromBytes(bytes); id.ok()) return id;
  return internal::Error(ErrorCode::kInternal, "the random generator returned zeros");
}

absl::StatusOr<TenantId> TenantId::Parse(std::string_view text) {
  if (text.size() != kPrefix.size() + kDigits || !text.starts_with(kPrefix)) return NotAnId();
  Bytes bytes{};
  std::uint32_t pending = 0;
  int bits = -2;  // the two bits that 26 digits have too many must be zero
  std::size_t next = 0;
  for (const char digit : text.substr(kPrefix.size())) {
    const std::size_t value = kAlphabet.find(digit);
    if (value == std::string_view::npos) return NotAnId();
    pending = (pending << 5U) | static_cast<std::uint32_t>(value);
    bits += 5;
    if (bits == 3 && next == 0 && pending > 7) return NotAnId();
    if (bits >= 8) {
      bits -= 8;
      bytes[next++] = static_cast<std::byte>((pending >> static_cast<unsigned>(bits)) & 0xFFU);
    }
  }
  return FromBytes(bytes);
}

std::string TenantId::ToString() const {
  std::string text(kPrefix);
  std::uint32_t pending = 0;
  int bits = 2;
  for (const std::byte byte : bytes_) {
    pending = (pending << 8U) | std::to_integer<std::uint32_t>(byte);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += kAlphabet[(pending >> static_cast<unsigned>(bits)) & 31U];
    }
  }
  return text;
}

}  // namespace cordon
