// SPDX-License-Identifier: Apache-2.0
#include "cordon/tenant/trace.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include "cordon/store/error.h"

namespace cordon {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

// False unless `text` is exactly these bytes in lower case. Upper case is refused, as W3C does.
bool FromHex(std::string_view text, std::span<unsigned char> bytes) {
  if (text.size() != 2 * bytes.size()) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t high = kHex.find(text[2 * i]);
    const std::size_t low = kHex.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    bytes[i] = static_cast<unsigned char>((high << 4U) | low);
  }
  return true;
}

void ToHex(std::span<const unsigned char> bytes, std::string* text) {
  for (const unsigned char byte : bytes) {
    *text += kHex[byte >> 4U];
    *text += kHex[byte & 15U];
  }
}

bool AllZero(std::span<const unsigned char> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](unsigned char b) { return b == 0; });
}

absl::Status DrawInto(Entropy& entropy, std::span<unsigned char> bytes) {
  if (absl::Status filled = entropy.Fill(std::as_writable_bytes(bytes)); !filled.ok()) {
    return filled;
  }
  if (!AllZero(bytes)) return absl::OkStatus();
  return internal::Error(ErrorCode::kInternal, "the random generator returned zeros");
}

absl::Status NotATraceParent() {
  return internal::Error(
      ErrorCode::kInvalidArgument,
      "this is not a traceparent (W3C Trace Context: version, 32 digits of trace, 16 of span and "
      "2 of flags, in lower-case hexadecimal): leave it out, and a trace begins here");
}

}  // namespace

absl::StatusOr<TraceId> TraceId::Parse(std::string_view text) {
  Bytes bytes{};
  if (FromHex(text, bytes) && !AllZero(bytes)) return TraceId(bytes);
  return internal::Error(ErrorCode::kInvalidArgument,
                         "a trace id is 32 lower-case hexadecimal digits, not all zero (W3C "
                         "Trace Context): pass the trace-id field of traceparent");
}

absl::StatusOr<TraceId> TraceId::Draw(Entropy& entropy) {
  Bytes bytes{};
  if (absl::Status drawn = DrawInto(entropy, bytes); !drawn.ok()) return drawn;
  return TraceId(bytes);
}

std::string TraceId::ToString() const {
  std::string text;
  ToHex(bytes_, &text);
  return text;
}

absl::StatusOr<TraceParent> TraceParent::Parse(std::string_view header) {
  // 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
  static constexpr std::size_t kSize = 55;
  unsigned char version = 0;
  TraceId::Bytes trace{};
  Span span{};
  unsigned char flags = 0;
  const bool well_formed =
      header.size() >= kSize && header[2] == '-' && header[35] == '-' && header[52] == '-' &&
      FromHex(header.substr(0, 2), {&version, 1}) && FromHex(header.substr(3, 32), trace) &&
      FromHex(header.substr(36, 16), span) && FromHex(header.substr(53, 2), {&flags, 1}) &&
      version != 0xFF && !AllZero(trace) && !AllZero(span);
  if (!well_formed) return NotATraceParent();
  // A later version may have more to say, behind another dash.
  const bool ends = header.size() == kSize || (version > 0 && header[kSize] == '-');
  if (!ends) return NotATraceParent();
  return TraceParent(TraceId(trace), span, (flags & 1U) != 0);
}

absl::StatusOr<TraceParent> TraceParent::Draw(Entropy& entropy) {
  TraceId::Bytes trace{};
  Span span{};
  if (absl::Status drawn = DrawInto(entropy, trace); !drawn.ok()) return drawn;
  if (absl::Status drawn = DrawInto(entropy, span); !drawn.ok()) return drawn;
  return TraceParent(TraceId(trace), span, false);
}

absl::StatusOr<TraceParent> TraceParent::Of(const TraceId& trace, std::string_view span,
                                            bool sampled) {
  Span bytes{};
  if (!FromHex(span, bytes) || AllZero(bytes)) {
    return internal::Error(ErrorCode::kInvalidArgument,
                           "a span id is 16 lower-case hexadecimal digits, not all zero (W3C Trace "
                           "Context): pass the parent-id field of traceparent");
  }
  return TraceParent(trace, bytes, sampled);
}

std::string TraceParent::ToString() const {
  std::string text = "00-";
  ToHex(trace_.bytes_, &text);
  text += '-';
  ToHex(span_, &text);
  text += sampled_ ? "-01" : "-00";
  return text;
}

}  // namespace cordon
