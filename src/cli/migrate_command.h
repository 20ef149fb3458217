// SPDX-License-Identifier: Apache-2.0
// `cordon migrate FILE --like TEMPLATE`: brings a file to the version of a release.
#ifndef CORDON_SRC_CLI_MIGRATE_COMMAND_H_
#define CORDON_SRC_CLI_MIGRATE_COMMAND_H_

#include <CLI/CLI.hpp>

#include "cli/program.h"

namespace cordon::cli {

// Adds the command to `app`. When the user chose it, parsing runs it and sets `*exit_code`, which
// must live as long as `app`.
void AddMigrateCommand(CLI::App& app, ExitCode* exit_code);

}  // namespace cordon::cli

#endif  // CORDON_SRC_CLI_MIGRATE_COMMAND_H_
