// SPDX-License-Identifier: Apache-2.0
#include "cli/schema_command.h"

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cli/program.h"
#include "cordon/data/product_file.h"
#include "cordon/data/schema_check.h"
#include "cordon/store/error.h"

namespace cordon::cli {
namespace {

struct CheckArguments {
  SchemaCheckOptions options;
  bool json = false;
  std::string fix_script;
};

nlohmann::json ToJson(const CheckArguments& arguments, const SchemaReport& report) {
  nlohmann::json tables = nlohmann::json::array();
  for (const SchemaTable& table : report.tables) {
    tables.push_back({{"name", table.name}, {"kind", NameOf(table.kind)}});
  }
  nlohmann::json findings = nlohmann::json::array();
  for (const SchemaFinding& finding : report.findings) {
    nlohmann::json one = {{"code", NameOf(finding.code)}, {"severity", NameOf(finding.severity)},
                          {"table", finding.table},       {"object", finding.object},
                          {"message", finding.message},   {"fix", nullptr}};
    if (finding.fix.has_value()) one["fix"] = *finding.fix;
    findings.push_back(std::move(one));
  }
  nlohmann::json fixes = nlohmann::json::array();
  for (const SchemaFix& fix : report.fixes) {
    fixes.push_back({{"table", fix.table}, {"statements", fix.statements}});
  }
  return {{"file", arguments.options.path},
          {"tenant_column", arguments.options.tenant_column},
          {"clean", report.clean()},
          {"tables", std::move(tables)},
          {"findings", std::move(findings)},
          {"fixes", std::move(fixes)},
          {"migration", MigrationStatements(report)}};
}

// A script for the shell that comes with SQLite, which stops at the first error only when told to.
std::string Script(const SchemaReport& report) {
  std::string script =
      "-- Written by cordon " + Version() +
      ". Run it on a copy of the file, in the sqlite3 shell:\n"
      "--   .parameter set :tenant \"x'<the 32 hexadecimal digits of the tenant's id>'\"\n"
      "--   .read <this file>\n"
      "-- Either all of it happens or nothing.\n"
      ".bail on\n";
  for (const std::string& statement : MigrationStatements(report)) script += statement + ";\n";
  return script;
}

// Never writes over a file: a mistyped name could be that of a database. What went wrong; empty
// when nothing did.
std::string_view WriteNew(const std::string& path, const std::string& content) {
  constexpr std::string_view kNoRoom =
      "check that its directory exists, may be written and has room";
  errno = 0;
  std::FILE* const file = std::fopen(path.c_str(), "wxb");
  if (file == nullptr) {
    return errno == EEXIST ? "a file of this name exists already, and is left as it is" : kNoRoom;
  }
  const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
  const bool closed = std::fclose(file) == 0;
  if (written && closed) return {};
  std::remove(path.c_str());
  return kNoRoom;
}

ExitCode Check(const CheckArguments& arguments) {
  const absl::StatusOr<SchemaReport> report = CheckSchema(arguments.options);
  if (!report.ok()) {
    std::cerr << report.status().message() << "\n";
    return CodeOf(report.status()) == ErrorCode::kInvalidArgument ? ExitCode::kUsage
                                                                  : ExitCode::kCannotRead;
  }
  if (!arguments.fix_script.empty()) {
    const std::string_view problem = WriteNew(arguments.fix_script, Script(*report));
    if (!problem.empty()) {
      std::cerr << "cordon: the script cannot be written: " << problem << "\n";
      return ExitCode::kCannotRead;
    }
  }
  if (arguments.json) {
    PrintJson(ToJson(arguments, *report));
  } else {
    std::cout << RenderForPeople(*report);
    if (!report->fixes.empty() && arguments.fix_script.empty()) {
      std::cout
          << "--fix-script OUT.sql writes the fixes as one script, in the order to run them\n";
    }
  }
  return Printed(report->clean() ? ExitCode::kClean : ExitCode::kFindings);
}

struct ShowArguments {
  std::string path;
  bool json = false;
};

nlohmann::json ToJson(const ShowArguments& arguments, const DeclaredSchema& schema) {
  nlohmann::json tables = nlohmann::json::array();
  for (const DeclaredTable& table : schema.tables) {
    nlohmann::json columns = nlohmann::json::array();
    for (const DeclaredColumn& column : table.columns) {
      columns.push_back(
          {{"name", column.name}, {"type", column.type}, {"nullable", column.nullable}});
    }
    nlohmann::json references = nlohmann::json::array();
    for (const DeclaredReference& reference : table.references) {
      references.push_back({{"columns", reference.columns}, {"table", reference.table}});
    }
    nlohmann::json version = nullptr;
    if (!table.version_column.empty()) version = table.version_column;
    tables.push_back({{"name", table.name},
                      {"kind", table.global ? "global" : "tenant"},
                      {"columns", std::move(columns)},
                      {"key", table.key},
                      {"unique", table.uniques},
                      {"indexes", table.indexes},
                      {"references", std::move(references)},
                      {"version_column", std::move(version)}});
  }
  nlohmann::json target = nullptr;
  if (schema.target.has_value()) target = *schema.target;
  return {{"file", arguments.path},
          {"version", schema.version},
          {"target", std::move(target)},
          {"tables", std::move(tables)}};
}

std::string Listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + ForTerminal(name);
  return "(" + list + ")";
}

void Print(const DeclaredSchema& schema) {
  std::cout << "version " << schema.version;
  if (schema.target.has_value()) std::cout << ", on its way to version " << *schema.target;
  std::cout << "\n";
  for (const DeclaredTable& table : schema.tables) {
    std::cout << "\n"
              << ForTerminal(table.name) << (table.global ? ": everybody's" : ": each tenant's")
              << "\n";
    for (const DeclaredColumn& column : table.columns) {
      std::cout << "  " << ForTerminal(column.name) << " " << column.type
                << (column.nullable ? ", may be absent" : "")
                << (column.name == table.version_column ? ", counts the row's changes" : "")
                << "\n";
    }
    std::cout << "  key " << Listed(table.key) << "\n";
    for (const auto& unique : table.uniques) std::cout << "  unique " << Listed(unique) << "\n";
    for (const auto& index : table.indexes) std::cout << "  index " << Listed(index) << "\n";
    for (const DeclaredReference& reference : table.references) {
      std::cout << "  " << Listed(reference.columns) << " refers to "
                << ForTerminal(reference.table) << "\n";
    }
  }
}

ExitCode Show(const ShowArguments& arguments) {
  const absl::StatusOr<DeclaredSchema> schema = ReadDeclaredSchema(arguments.path);
  if (!schema.ok()) {
    std::cerr << schema.status().message() << "\n";
    return CodeOf(schema.status()) == ErrorCode::kSchemaDrift ? ExitCode::kFindings
                                                              : ExitCode::kCannotRead;
  }
  if (arguments.json) {
    PrintJson(ToJson(arguments, *schema));
  } else {
    Print(*schema);
  }
  return Printed(ExitCode::kClean);
}

struct TargetArguments {
  std::string path;
  std::string target;
};

// What psql takes as it is, and stops at the first error only when told to.
ExitCode PrintFor(const TargetArguments& arguments) {
  const bool citus = arguments.target == "citus";
  const auto statements = PostgresStatements(
      arguments.path, citus ? PostgresTarget::kCitus : PostgresTarget::kPostgres);
  if (!statements.ok()) {
    std::cerr << statements.status().message() << "\n";
    switch (CodeOf(statements.status())) {
      case ErrorCode::kSchemaDrift:
      case ErrorCode::kMigrationNeeded:
      case ErrorCode::kInvalidArgument:
        return ExitCode::kFindings;
      default:
        return ExitCode::kCannotRead;
    }
  }
  std::cout << "-- Written by cordon " << Version()
            << ". Run it in psql, as the role that is to own "
            << "the tables, in a database that\n-- the product has not opened yet"
            << (citus ? ", on the coordinator of Citus" : "") << ".\n\\set ON_ERROR_STOP on\n";
  for (const std::string& statement : *statements) std::cout << statement << ";\n";
  return Printed(ExitCode::kClean);
}

}  // namespace

void AddSchemaCommand(CLI::App& app, ExitCode* exit_code) {
  CLI::App* const schema = app.add_subcommand(
      "schema",
      "The tables of an SQLite file. With --target, print the statements that make the tables of "
      "a\n"
      "product's file, without rows, in a PostgreSQL database. The file is only read.");
  schema->require_subcommand(0, 1);
  schema->footer(
      "Exit codes: 0 printed, 1 the file does not say what its tables are, or PostgreSQL cannot "
      "have "
      "them, 2 wrong usage, 3 the file cannot be read or the output cannot be written.");
  auto targeted = std::make_shared<TargetArguments>();
  CLI::Option* const file =
      schema->add_option("file", targeted->path, "The product's file")->option_text("FILE");
  CLI::Option* const target =
      schema
          ->add_option("--target", targeted->target,
                       "postgres: PostgreSQL 15 or newer; citus: the same, distributed by tenant")
          ->check(CLI::IsMember({"postgres", "citus"}))
          ->option_text("postgres|citus");
  schema->callback([schema, targeted, exit_code] {
    if (!schema->get_subcommands().empty()) return;
    if (targeted->path.empty() || targeted->target.empty()) {
      throw CLI::RequiredError("check, show, or FILE with --target");
    }
    *exit_code = PrintFor(*targeted);
  });
  CLI::App* const check = schema->add_subcommand(
      "check",
      "Say what keeps the tables of an existing SQLite file from being tenants' tables, and the\n"
      "statements that repair it. The file is only read.");
  check->footer(kExitCodes)->excludes(file)->excludes(target);
  auto arguments = std::make_shared<CheckArguments>();
  check->add_option("file", arguments->options.path, "The SQLite file")
      ->required()
      ->option_text("FILE");
  check
      ->add_option("--tenant-column", arguments->options.tenant_column,
                   "The column that holds the tenant, or is to")
      ->option_text("NAME (tenant_id)");
  check
      ->add_option("--global", arguments->options.global_tables,
                   "A table whose rows are everybody's; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->option_text("TABLE");
  check->add_flag("--json", arguments->json, "Print the report as JSON");
  check
      ->add_option("--fix-script", arguments->fix_script,
                   "Also write the fixes as a script for the sqlite3 shell, to a new file")
      ->option_text("OUT.sql");
  check->callback([arguments, exit_code] { *exit_code = Check(*arguments); });

  CLI::App* const show = schema->add_subcommand(
      "show", "Print what a product's file says of its own tables. The file is only read.");
  show->footer(
      "Exit codes: 0 printed, 1 the file does not say what its tables are, 2 wrong usage, 3 the "
      "file cannot be read or the output cannot be written.");
  show->excludes(file)->excludes(target);
  auto shown = std::make_shared<ShowArguments>();
  show->add_option("file", shown->path, "The product's file")->required()->option_text("FILE");
  show->add_flag("--json", shown->json, "Print the tables as JSON");
  show->callback([shown, exit_code] { *exit_code = Show(*shown); });
}

}  // namespace cordon::cli
