// SPDX-License-Identifier: Apache-2.0
#include "cordon/tenant/principal.h"

#include <algorithm>
#include <utility>

#include "cordon/store/error.h"
#include "store/text.h"

namespace cordon {

absl::StatusOr<Principal> Principal::Make(Kind kind, std::string_view name) {
  if (!internal::IsName(name, 200)) {
    return internal::Error(ErrorCode::kInvalidArgument,
                           "a principal's name is 1 to 200 bytes of UTF-8 without control "
                           "characters: pass the identity provider's stable subject");
  }
  return Principal(kind, std::string(name));
}

absl::StatusOr<Principal> Principal::User(std::string_view name) { return Make(Kind::kUser, name); }
absl::StatusOr<Principal> Principal::Service(std::string_view name) {
  return Make(Kind::kService, name);
}
absl::StatusOr<Principal> Principal::Support(std::string_view name) {
  return Make(Kind::kSupport, name);
}
absl::StatusOr<Principal> Principal::Job(std::string_view name) { return Make(Kind::kJob, name); }

VerifiedIdentity AssertVerified(Principal principal) {
  return VerifiedIdentity(std::move(principal));
}

namespace {
constexpr std::string_view kHex = "0123456789abcdef";
}  // namespace

absl::StatusOr<TraceId> TraceId::Parse(std::string_view text) {
  Bytes bytes{};
  bool valid = text.size() == 2 * bytes.size();
  for (std::size_t i = 0; valid && i < bytes.size(); ++i) {
    const std::size_t high = kHex.find(text[2 * i]);
    const std::size_t low = kHex.find(text[2 * i + 1]);
    valid = high != std::string_view::npos && low != std::string_view::npos;
    bytes[i] = static_cast<unsigned char>((high << 4U) | low);
  }
  if (!valid || std::all_of(bytes.begin(), bytes.end(), [](unsigned char b) { return b == 0; })) {
    return internal::Error(ErrorCode::kInvalidArgument,
                           "a trace id is 32 lower-case hexadecimal digits, not all zero (W3C "
                           "Trace Context): pass the trace-id field of traceparent");
  }
  return TraceId(bytes);
}

absl::StatusOr<TraceId> TraceId::Draw(Entropy& entropy) {
  Bytes bytes{};
  if (absl::Status filled = entropy.Fill(std::as_writable_bytes(std::span(bytes))); !filled.ok()) {
    return filled;
  }
  if (std::all_of(bytes.begin(), bytes.end(), [](unsigned char b) { return b == 0; })) {
    return internal::Error(ErrorCode::kInternal, "the random generator returned zeros");
  }
  return TraceId(bytes);
}

std::string TraceId::ToString() const {
  std::string text;
  for (const unsigned char byte : bytes_) {
    text += kHex[byte >> 4U];
    text += kHex[byte & 15U];
  }
  return text;
}

}  // namespace cordon
