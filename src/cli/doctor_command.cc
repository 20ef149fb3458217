// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_command.h"

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cordon/data/doctor.h"
#include "cordon/store/error.h"

namespace cordon::cli {
namespace {

struct DoctorArguments {
  HealthOptions options;
  bool json = false;
};

nlohmann::json ToJson(const DoctorArguments& arguments, const HealthReport& report) {
  nlohmann::json own_tables = nlohmann::json::array();
  for (const OwnTablesVersion& own : report.own_tables) {
    own_tables.push_back({{"room", own.room}, {"version", own.version}, {"known", own.known}});
  }
  nlohmann::json findings = nlohmann::json::array();
  for (const HealthFinding& finding : report.findings) {
    findings.push_back({{"code", NameOf(finding.code)},
                        {"severity", NameOf(finding.severity)},
                        {"object", finding.object},
                        {"message", finding.message},
                        {"remedy", finding.remedy}});
  }
  nlohmann::json target = nullptr;
  if (report.schema_target.has_value()) target = *report.schema_target;
  return {{"file", arguments.options.path},
          {"healthy", report.healthy()},
          {"cordon", report.cordon_version},
          {"sqlite", report.sqlite_version},
          {"own_tables", std::move(own_tables)},
          {"schema", {{"version", report.schema_version}, {"target", std::move(target)}}},
          {"pages",
           {{"count", report.pages}, {"bytes", report.page_bytes}, {"free", report.free_pages}}},
          {"log_bytes", report.log_bytes},
          {"tenants", report.tenants},
          {"lock_attempts", report.lock_attempts},
          {"findings", std::move(findings)}};
}

// Says which part is being looked at once the check has turned out to be a long one.
class Progress {
 public:
  bool operator()(std::string_view part) {
    using namespace std::chrono_literals;
    const auto now = std::chrono::steady_clock::now();
    if (now - began_ < 1s || now - told_ < 100ms) return true;
    told_ = now;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - began_);
    std::cerr << "\r\033[K" << part << ", " << seconds.count() << " s" << std::flush;
    return true;
  }

 private:
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point told_;
};

ExitCode Examine(DoctorArguments arguments) {
  const bool watched = isatty(STDERR_FILENO) != 0;
  if (watched) arguments.options.progress = Progress();
  const absl::StatusOr<HealthReport> report = CheckHealth(arguments.options);
  if (watched) std::cerr << "\r\033[K" << std::flush;
  if (!report.ok()) {
    std::cerr << report.status().message() << "\n";
    return ExitCode::kCannotRead;
  }
  if (arguments.json) {
    PrintJson(ToJson(arguments, *report));
  } else {
    std::cout << RenderForPeople(*report);
  }
  return Printed(report->healthy() ? ExitCode::kClean : ExitCode::kFindings);
}

}  // namespace

void AddDoctorCommand(CLI::App& app, ExitCode* exit_code) {
  CLI::App* const doctor = app.add_subcommand(
      "doctor",
      "Say what ails a product's file: its pages, versions, tenants and rows, and whether the\n"
      "engine's lock holds on it. The file is only read; it may be in use.");
  doctor->footer(kExitCodes);
  auto arguments = std::make_shared<DoctorArguments>();
  doctor->add_option("file", arguments->options.path, "The product's file")
      ->required()
      ->option_text("FILE");
  doctor->add_flag("--thorough", arguments->options.thorough,
                   "Compare each index with its table as well, which takes several times as long");
  doctor->add_flag("--json", arguments->json, "Print the report as JSON");
  doctor->callback([arguments, exit_code] { *exit_code = Examine(*arguments); });
}

}  // namespace cordon::cli
