// SPDX-License-Identifier: Apache-2.0
// Whether a text is JSON, decided here and not by the linked SQLite, whose releases differ.
#ifndef CORDON_SRC_STORE_JSON_H_
#define CORDON_SRC_STORE_JSON_H_

#include <sqlite3.h>

#include <cstddef>
#include <string_view>

namespace cordon::internal {

inline constexpr std::size_t kMaxJsonDepth = 1000;

// RFC 8259, in UTF-8, at most kMaxJsonDepth arrays and objects inside each other.
[[nodiscard]] bool IsJson(std::string_view text);

// Puts IsJson() in the place of SQLite's json_valid(), which a CHECK may not use: releases up to
// 3.40 at least do not vouch that it is harmless, and the schema of a file is not trusted. Other
// tools find a function of this name in their own SQLite. An SQLite result code.
[[nodiscard]] int RegisterJson(sqlite3* db);

}  // namespace cordon::internal

#endif  // CORDON_SRC_STORE_JSON_H_
