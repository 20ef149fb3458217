// SPDX-License-Identifier: Apache-2.0
// `cordon sql FILE TENANT --as PRINCIPAL`: an analyst's shell, which sees one tenant.
#ifndef CORDON_SRC_CLI_SQL_COMMAND_H_
#define CORDON_SRC_CLI_SQL_COMMAND_H_

#include <CLI/CLI.hpp>

#include "cli/program.h"

namespace cordon::cli {

// As AddMigrateCommand().
void AddSqlCommand(CLI::App& app, ExitCode* exit_code);

}  // namespace cordon::cli

#endif  // CORDON_SRC_CLI_SQL_COMMAND_H_
