// SPDX-License-Identifier: Apache-2.0
// `cordon schema …`: the tables of a file.
#ifndef CORDON_SRC_CLI_SCHEMA_COMMAND_H_
#define CORDON_SRC_CLI_SCHEMA_COMMAND_H_

#include <CLI/CLI.hpp>

#include "cli/program.h"

namespace cordon::cli {

// Adds the command to `app`. When the user chose it, parsing runs it and sets `*exit_code`, which
// must live as long as `app`.
void AddSchemaCommand(CLI::App& app, ExitCode* exit_code);

}  // namespace cordon::cli

#endif  // CORDON_SRC_CLI_SCHEMA_COMMAND_H_
