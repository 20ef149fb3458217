// SPDX-License-Identifier: Apache-2.0
//
// The people's view of the demo. Silent under --json, plain where nobody looks at a terminal.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_SCREEN_H_
#define CORDON_EXAMPLES_DISTRIBUTION_SCREEN_H_

#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace distribution {

inline std::string_view NoColor() {
  const char* const value = std::getenv("NO_COLOR");
  return value == nullptr ? "" : value;
}

class Screen {
 public:
  explicit Screen(bool json)
      : silent_(json),
        colours_(isatty(STDOUT_FILENO) != 0 && NoColor().empty()),
        progress_(isatty(STDERR_FILENO) != 0) {}

  void Section(std::string_view title) const { Print("\n{}\n", Paint(fmt::emphasis::bold, title)); }

  template <class... Args>
  void Print(fmt::format_string<Args...> format, Args&&... args) const {
    if (!silent_) fmt::print(format, std::forward<Args>(args)...);
  }

  std::string Paint(const fmt::text_style& style, std::string_view text) const {
    return colours_ ? fmt::format(style, "{}", text) : std::string(text);
  }
  std::string Good(std::string_view text) const {
    return Paint(fmt::fg(fmt::terminal_color::green), text);
  }
  std::string Bad(std::string_view text) const {
    return Paint(fmt::fg(fmt::terminal_color::red), text);
  }
  std::string Dim(std::string_view text) const { return Paint(fmt::emphasis::faint, text); }

  void Progress(std::string_view dealer, std::string_view file, std::int64_t records) const {
    if (progress_) fmt::print(stderr, "\r\x1B[K  {}  {}  {}", dealer, file, records);
  }
  void EndProgress() const {
    if (progress_) fmt::print(stderr, "\r\x1B[K");
  }

 private:
  bool silent_, colours_, progress_;
};

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_SCREEN_H_
