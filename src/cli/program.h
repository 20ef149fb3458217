// SPDX-License-Identifier: Apache-2.0
// What the tool's commands have in common.
#ifndef CORDON_SRC_CLI_PROGRAM_H_
#define CORDON_SRC_CLI_PROGRAM_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "cordon/tenant/directory.h"
#include "cordon/tenant/principal.h"
#include "cordon/version.h"

namespace cordon::cli {

inline std::string Version() {
  return std::to_string(CORDON_VERSION_MAJOR) + "." + std::to_string(CORDON_VERSION_MINOR) + "." +
         std::to_string(CORDON_VERSION_PATCH);
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

// The name that a table of names has for a value.
template <class Names, class Value>
const char* NameIn(const Names& names, Value value) {
  for (const auto& [name, each] : names) {
    if (each == value) return name;
  }
  return "unknown";
}

// By id or by slug.
[[nodiscard]] absl::StatusOr<TenantInfo> TenantNamed(TenantDirectory& tenants,
                                                     const std::string& text);

// "user:anna", and "anna" for the same.
[[nodiscard]] absl::StatusOr<Principal> PrincipalFrom(const std::string& text);
[[nodiscard]] std::string NameOf(const Principal& principal);
[[nodiscard]] std::string NameOf(Principal::Kind kind);

// With line breaks and spaces where `indent` is positive. Names in a stranger's file need not be
// UTF-8.
void PrintJson(const nlohmann::json& json, int indent = 2);
// What a command ends with that has printed all it had: `code`, where that has arrived.
[[nodiscard]] ExitCode Printed(ExitCode code);

// What is of a file, for a terminal, which obeys control characters.
[[nodiscard]] std::string ForTerminal(const std::string& text);

}  // namespace cordon::cli

#endif  // CORDON_SRC_CLI_PROGRAM_H_
