// SPDX-License-Identifier: Apache-2.0
// `cordon tenants …` and `cordon members …`: the directory of a product's file.
#ifndef CORDON_SRC_CLI_TENANTS_COMMAND_H_
#define CORDON_SRC_CLI_TENANTS_COMMAND_H_

#include <CLI/CLI.hpp>

#include "cli/program.h"

namespace cordon::cli {

// As AddMigrateCommand().
void AddTenantsCommand(CLI::App& app, ExitCode* exit_code);
void AddMembersCommand(CLI::App& app, ExitCode* exit_code);

}  // namespace cordon::cli

#endif  // CORDON_SRC_CLI_TENANTS_COMMAND_H_
