// SPDX-License-Identifier: Apache-2.0
// What a name may be made of, and how a stranger's is shown, decided once.
#ifndef CORDON_SRC_STORE_TEXT_H_
#define CORDON_SRC_STORE_TEXT_H_

#include <string>
#include <string_view>

namespace cordon::internal {

// Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
[[nodiscard]] bool IsUtf8(std::string_view text);

// Something a person may be shown: 1 to `max_bytes` bytes of UTF-8 without control characters.
[[nodiscard]] bool IsName(std::string_view text, std::size_t max_bytes);

// A stranger's text, safe on a terminal: one line (or, with line ends, several), no control
// characters, UTF-8.
[[nodiscard]] std::string Shown(std::string_view text, bool keep_lines);

// A name inside a sentence: in quotes, and not too long.
[[nodiscard]] std::string Said(std::string_view name);

}  // namespace cordon::internal

#endif  // CORDON_SRC_STORE_TEXT_H_
