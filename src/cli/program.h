// SPDX-License-Identifier: Apache-2.0
// What the tool's commands have in common.
#ifndef CORDON_SRC_CLI_PROGRAM_H_
#define CORDON_SRC_CLI_PROGRAM_H_

#include <string>

#include "cordon/version.h"

namespace cordon::cli {

inline std::string Version() {
  return std::to_string(CORDON_VERSION_MAJOR) + "." + std::to_string(CORDON_VERSION_MINOR) + "." +
         std::to_string(CORDON_VERSION_PATCH);
}

// Names and statements are of a file; a terminal obeys control characters.
inline std::string Shown(const std::string& text) {
  std::string shown;
  for (const char c : text) {
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return shown;
}

// How a command ends. Scripts rely on these: do not renumber.
enum class ExitCode : int {
  kClean = 0,
  kFindings = 1,
  kUsage = 2,
  kCannotRead = 3,  // or cannot write what was asked for
};

inline constexpr char kExitCodes[] =
    "Exit codes: 0 clean (notes do not count), 1 findings, 2 wrong usage, 3 the file cannot be "
    "read "
    "or the output cannot be written.";

}  // namespace cordon::cli

#endif  // CORDON_SRC_CLI_PROGRAM_H_
