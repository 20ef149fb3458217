// SPDX-License-Identifier: Apache-2.0
#include "store/json.h"

#include <bitset>

#include "store/text.h"

namespace cordon::internal {
namespace {

// Each Skip…() moves behind what it is named after, or returns false, somewhere inside of it.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  void SkipSpace() {
    const std::size_t at = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
  }
  bool Skip(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  [[nodiscard]] bool AtString() const { return rest_.starts_with('"'); }
  bool SkipString() {
    if (!Skip("\"")) return false;
    while (!rest_.empty()) {
      if (Skip("\"")) return true;
      if (static_cast<unsigned char>(rest_[0]) < 0x20) return false;
      if (Skip("\\")) {
        const bool hex = rest_.starts_with('u');
        if (rest_.find_first_of("\"\\/bfnrtu") != 0) return false;
        rest_.remove_prefix(1);
        for (int i = 0; hex && i < 4; ++i) {
          if (rest_.find_first_of("0123456789abcdefABCDEF") != 0) return false;
          rest_.remove_prefix(1);
        }
      } else {
        rest_.remove_prefix(1);
      }
    }
    return false;
  }
  bool SkipNumber() {
    (void)Skip("-");
    if (!Skip("0") && !SkipDigits()) return false;
    if (Skip(".") && !SkipDigits()) return false;
    if (Skip("e") || Skip("E")) {
      if (!Skip("+")) (void)Skip("-");
      return SkipDigits();
    }
    return true;
  }
  [[nodiscard]] bool AtEnd() const { return rest_.empty(); }

 private:
  bool SkipDigits() {
    const std::size_t end = rest_.find_first_not_of("0123456789");
    if (end == 0 || rest_.empty()) return false;
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
    return true;
  }
  std::string_view rest_;
};

}  // namespace

bool IsJson(std::string_view text) {
  if (!IsUtf8(text)) return false;
  Scanner scanner(text);
  std::bitset<kMaxJsonDepth> is_object;  // by depth; no recursion, so that no text ends the stack
  std::size_t depth = 0;
  bool fresh = false;  // behind an opening bracket: it may close at once
  for (;;) {
    scanner.SkipSpace();
    bool closed = false;
    if (fresh) closed = scanner.Skip(is_object[depth - 1] ? "}" : "]");
    if (!closed) {
      if (depth > 0 && is_object[depth - 1]) {
        if (!scanner.SkipString()) return false;
        scanner.SkipSpace();
        if (!scanner.Skip(":")) return false;
        scanner.SkipSpace();
      }
      const bool object = scanner.Skip("{");
      fresh = object || scanner.Skip("[");
      if (fresh) {
        if (depth == kMaxJsonDepth) return false;
        is_object[depth++] = object;
        continue;
      }
      const bool value = scanner.AtString() ? scanner.SkipString()
                                            : scanner.Skip("true") || scanner.Skip("false") ||
                                                  scanner.Skip("null") || scanner.SkipNumber();
      if (!value) return false;
    } else {
      --depth;
      fresh = false;
    }
    // Behind a value: everything that it closes, and then a comma or the end.
    for (scanner.SkipSpace(); depth > 0 && scanner.Skip(is_object[depth - 1] ? "}" : "]");
         scanner.SkipSpace()) {
      --depth;
    }
    if (depth == 0) return scanner.AtEnd();
    if (!scanner.Skip(",")) return false;
  }
}

int RegisterJson(sqlite3* db) {
  return sqlite3_create_function_v2(
      db, "json_valid", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nullptr,
      [](sqlite3_context* context, int, sqlite3_value** values) noexcept {
        if (sqlite3_value_type(values[0]) == SQLITE_NULL) return;  // the result is NULL
        const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
        const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
        if (text == nullptr) return sqlite3_result_error_nomem(context);
        sqlite3_result_int(context, IsJson({text, size}) ? 1 : 0);
      },
      nullptr, nullptr, nullptr);
}

}  // namespace cordon::internal
