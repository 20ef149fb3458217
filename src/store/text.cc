// SPDX-License-Identifier: Apache-2.0
#include "store/text.h"

#include <cstddef>
#include <cstdint>

namespace cordon::internal {
namespace {

// The code point that starts at text[*at], which is moved behind it; -1 when it is malformed.
std::int32_t Next(std::string_view text, std::size_t* at) {
  const auto lead = static_cast<unsigned char>(text[*at]);
  ++*at;
  if (lead < 0x80) return lead;
  int more = 0;
  std::int32_t point = 0;
  std::int32_t least = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    more = 1, point = lead & 0x1F, least = 0x80;
  } else if ((lead & 0xF0) == 0xE0) {
    more = 2, point = lead & 0x0F, least = 0x800;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    more = 3, point = lead & 0x07, least = 0x10000;
  } else {
    return -1;
  }
  for (; more > 0; --more) {
    if (*at >= text.size()) return -1;
    const auto next = static_cast<unsigned char>(text[*at]);
    if ((next & 0xC0) != 0x80) return -1;
    point = (point << 6) | (next & 0x3F);
    ++*at;
  }
  if (point < least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return -1;
  return point;
}

}  // namespace

bool IsUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (Next(text, &at) < 0) return false;
  }
  return true;
}

bool IsName(std::string_view text, std::size_t max_bytes) {
  if (text.empty() || text.size() > max_bytes) return false;
  for (std::size_t at = 0; at < text.size();) {
    const std::int32_t point = Next(text, &at);
    if (point < 0x20 || (point >= 0x7F && point <= 0x9F)) return false;
  }
  return true;
}

std::string Shown(std::string_view text, bool keep_lines) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 1;
    while (length <= 4 && at + length <= text.size() && !IsName(text.substr(at, length), 4)) {
      ++length;
    }
    if (keep_lines && text[at] == '\n') {
      shown += text[at++];
    } else if (length > 4 || at + length > text.size()) {
      shown += '?';
      ++at;
    } else {
      shown += text.substr(at, length);
      at += length;
    }
  }
  return shown;
}

std::string Said(std::string_view name) {
  constexpr std::size_t kMost = 60;
  std::string said = Shown(name.substr(0, kMost), false);
  if (name.size() > kMost) said += "…";
  return "\"" + said + "\"";
}

}  // namespace cordon::internal
