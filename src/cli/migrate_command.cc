// SPDX-License-Identifier: Apache-2.0
#include "cli/migrate_command.h"

#include <unistd.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cordon/data/migration.h"
#include "cordon/store/error.h"

namespace cordon::cli {
namespace {

constexpr char kCodes[] =
    "Exit codes: 0 the file has the version of the template, 1 it has not: there are steps left to "
    "do, or the file cannot be migrated as it is, 2 wrong usage, 3 a file cannot be read or "
    "written, or is in use.";

struct MigrateArguments {
  std::string path;
  std::string like;
  std::int64_t rows = MigrateOptions().rows_per_step;
  bool dry_run = false;
  bool json = false;
};

// Whether trying again, or another path, is of no use.
ExitCode CodeFor(const absl::Status& status) {
  switch (CodeOf(status)) {
    case ErrorCode::kMigrationNeeded:
    case ErrorCode::kNewerFile:
    case ErrorCode::kSchemaDrift:
    case ErrorCode::kUniqueViolation:
    case ErrorCode::kForeignKeyViolation:
    case ErrorCode::kNotNullViolation:
    case ErrorCode::kCheckViolation:
    case ErrorCode::kValueOutOfRange:
    case ErrorCode::kStatementRefused:
    case ErrorCode::kBudgetExceeded:
      return ExitCode::kFindings;
    case ErrorCode::kInvalidArgument:
      return ExitCode::kUsage;
    default:
      return ExitCode::kCannotRead;
  }
}

ExitCode Fail(const absl::Status& status) {
  std::cerr << status.message() << "\n";
  if (const auto tenant = status.GetPayload("cordon/tenant"); tenant.has_value()) {
    std::cerr << "cordon: it happened with the rows of tenant " << std::string(*tenant) << "\n";
  }
  return CodeFor(status);
}

nlohmann::json ToJson(const MigrateArguments& arguments, const MigrationPlan& plan) {
  nlohmann::json steps = nlohmann::json::array();
  for (const MigrationStep& step : plan.steps) {
    nlohmann::json one = {{"action", NameOf(step.action)},
                          {"table", step.table},
                          {"object", step.object},
                          {"version", nullptr}};
    if (step.version != 0) one["version"] = step.version;
    steps.push_back(std::move(one));
  }
  return {{"file", arguments.path},
          {"from", plan.from},
          {"to", plan.to},
          {"begun", plan.begun},
          {"done", !arguments.dry_run || plan.from == plan.to},
          {"steps", std::move(steps)}};
}

void Print(const MigrateArguments& arguments, const MigrationPlan& plan) {
  if (plan.from == plan.to && !plan.begun) {
    std::cout << "the file has version " << plan.to << ": nothing is left to do\n";
    return;
  }
  std::cout << "version " << plan.from << " to " << plan.to
            << (plan.begun ? ", which was begun before" : "") << ":\n";
  for (const MigrationStep& step : plan.steps) {
    std::cout << "  " << NameOf(step.action) << " " << ForTerminal(step.table);
    if (step.action == MigrationAction::kBackfill) {
      std::cout << ": " << ForTerminal(step.object);
    } else if (!step.object.empty()) {
      std::cout << "." << ForTerminal(step.object);
    }
    if (step.version != 0) std::cout << " (version " << step.version << ")";
    std::cout << "\n";
  }
  std::cout << (arguments.dry_run ? "nothing was changed\n" : "done\n");
}

ExitCode Migrate(const MigrateArguments& arguments) {
  auto plan = PlanMigrationLike(arguments.like, arguments.path);
  // A log whose writer was killed, copied without its index, is read by taking it over.
  const bool unread = CodeOf(plan.status()) == ErrorCode::kCannotOpen;
  if (!plan.ok() && (arguments.dry_run || !unread)) return Fail(plan.status());
  const bool needed = !plan.ok() || plan->from != plan->to || plan->begun;
  if (needed && !arguments.dry_run) {
    PlatformOptions options;
    options.path = arguments.path;
    MigrateOptions how;
    how.rows_per_step = arguments.rows;
    if (isatty(STDERR_FILENO) != 0) {
      how.progress = [](const MigrationProgress& progress) {
        std::cerr << "\r\033[K";
        if (progress.table.empty()) {
          std::cerr << "constraints and drops";
        } else {
          std::cerr << "version " << progress.version << ", " << progress.table << ": tenant "
                    << progress.tenant << " of " << progress.tenants;
        }
        std::cerr << ", " << progress.rows << " rows changed" << std::flush;
        return true;
      };
    }
    const absl::Status migrated = MigrateLike(arguments.like, std::move(options), how);
    if (how.progress != nullptr) std::cerr << "\r\033[K" << std::flush;
    if (!migrated.ok()) return Fail(migrated);
    if (!plan.ok()) plan = PlanMigrationLike(arguments.like, arguments.path);
    if (!plan.ok()) return Fail(plan.status());
  }
  if (arguments.json) {
    PrintJson(ToJson(arguments, *plan));
  } else {
    Print(arguments, *plan);
  }
  return Printed(needed && arguments.dry_run ? ExitCode::kFindings : ExitCode::kClean);
}

}  // namespace

void AddMigrateCommand(CLI::App& app, ExitCode* exit_code) {
  CLI::App* const migrate =
      app.add_subcommand("migrate",
                         "Bring a file to the version of a release, which wrote the template. It "
                         "may be in use, and it\n"
                         "may be killed: run it again, and it goes on where it was.");
  migrate->footer(kCodes);
  auto arguments = std::make_shared<MigrateArguments>();
  migrate->add_option("file", arguments->path, "The file to migrate")
      ->required()
      ->option_text("FILE");
  migrate
      ->add_option("--like", arguments->like,
                   "The template, written by the new release with cordon::WriteTemplate")
      ->required()
      ->option_text("TEMPLATE");
  migrate
      ->add_option("--rows", arguments->rows,
                   "How many rows one transaction looks at; the more, the longer others wait")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
      ->option_text("N (500)");
  migrate->add_flag("--dry-run", arguments->dry_run, "Say what would be done, and write nothing");
  migrate->add_flag("--json", arguments->json, "Print the steps as JSON");
  migrate->callback([arguments, exit_code] { *exit_code = Migrate(*arguments); });
}

}  // namespace cordon::cli
