// SPDX-License-Identifier: Apache-2.0
// `cordon doctor FILE`: what ails a product's file, and whether its lock holds.
#ifndef CORDON_SRC_CLI_DOCTOR_COMMAND_H_
#define CORDON_SRC_CLI_DOCTOR_COMMAND_H_

#include <CLI/CLI.hpp>

#include "cli/program.h"

namespace cordon::cli {

// As AddMigrateCommand().
void AddDoctorCommand(CLI::App& app, ExitCode* exit_code);

}  // namespace cordon::cli

#endif  // CORDON_SRC_CLI_DOCTOR_COMMAND_H_
