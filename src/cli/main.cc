// SPDX-License-Identifier: Apache-2.0
// The operator's tool. Each command is one file that adds itself below.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "cli/doctor_command.h"
#include "cli/migrate_command.h"
#include "cli/program.h"
#include "cli/schema_command.h"
#include "cli/sql_command.h"
#include "cli/tenants_command.h"

int main(int argc, char** argv) {
  using cordon::cli::ExitCode;
  ExitCode exit_code = ExitCode::kClean;
  try {
    CLI::App app("The operator's tool of Cordon, tenant isolation for C++ products", "cordon");
    app.set_version_flag("--version", cordon::cli::Version());
    app.require_subcommand(1);
    app.footer(cordon::cli::kExitCodes);
    cordon::cli::AddDoctorCommand(app, &exit_code);
    cordon::cli::AddMigrateCommand(app, &exit_code);
    cordon::cli::AddSchemaCommand(app, &exit_code);
    cordon::cli::AddTenantsCommand(app, &exit_code);
    cordon::cli::AddMembersCommand(app, &exit_code);
    cordon::cli::AddSqlCommand(app, &exit_code);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
      // Help and version come this way as well, and are no mistakes.
      return static_cast<int>(app.exit(problem) == 0 ? ExitCode::kClean : ExitCode::kUsage);
    }
  } catch (const std::exception&) {
    std::cerr << "cordon: there is no memory left, or the terminal is gone\n";
    return static_cast<int>(ExitCode::kCannotRead);
  }
  return static_cast<int>(exit_code);
}
