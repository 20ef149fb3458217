// SPDX-License-Identifier: Apache-2.0
#include "cli/sql_command.h"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cordon/data/product_file.h"
#include "cordon/store/error.h"

namespace cordon::cli {
namespace {

constexpr char kCodes[] =
    "TENANT is an id (tn_…) or a slug. The shell reads, and never writes. Beside SQL it knows\n"
    ".tables, .help and .quit. Exit codes: 0 answered, 1 a statement is refused or fails, or\n"
    "PRINCIPAL may not enter, 2 wrong usage, 3 the file cannot be read.";

// What nobody types is a mistaken redirection.
constexpr std::size_t kLongestStatement = std::size_t{1} << 20U;

struct SqlArguments {
  std::string path;
  std::string tenant;
  std::string who;
  std::vector<std::string> statements;
  bool json = false;
};

ExitCode Fail(const absl::Status& status) {
  std::cerr << status.message() << "\n";
  switch (CodeOf(status)) {
    case ErrorCode::kInvalidArgument:
      return ExitCode::kUsage;
    case ErrorCode::kBusy:
    case ErrorCode::kPoolExhausted:
    case ErrorCode::kDiskFull:
    case ErrorCode::kReadOnly:
    case ErrorCode::kCorrupt:
    case ErrorCode::kNotADatabase:
    case ErrorCode::kIo:
    case ErrorCode::kOutOfMemory:
    case ErrorCode::kCannotOpen:
    case ErrorCode::kSchemaDrift:
    case ErrorCode::kNewerFile:
    case ErrorCode::kMissingFeature:
    case ErrorCode::kMigrationNeeded:
      return ExitCode::kCannotRead;
    default:
      return ExitCode::kFindings;
  }
}

// ---- values -------------------------------------------------------------------------------------

// 2026-11-30T12:00:00.000000Z. Beyond the years that it has digits for: microseconds.
std::string TextOf(Timestamp at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  const int year = static_cast<int>(date.year());
  if (!date.ok() || year < 0 || year > 9999) {
    return std::to_string(at.time_since_epoch().count()) + " us";
  }
  char text[40];
  std::snprintf(text, sizeof(text), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", year,
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()));
  return text;
}

std::string TextOf(const std::vector<std::byte>& blob) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "x'";
  for (const std::byte byte : blob) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4U];
    text += kDigits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text + "'";
}

// Numbers stay numbers where JSON's readers keep them: a decimal would become a double.
nlohmann::json JsonOf(const Value& value) {
  struct {
    nlohmann::json operator()(std::monostate) const { return nullptr; }
    nlohmann::json operator()(std::int64_t integer) const { return integer; }
    nlohmann::json operator()(bool truth) const { return truth; }
    nlohmann::json operator()(double real) const { return real; }
    nlohmann::json operator()(const std::string& text) const { return text; }
    nlohmann::json operator()(const std::vector<std::byte>& blob) const { return TextOf(blob); }
    nlohmann::json operator()(Timestamp at) const { return TextOf(at); }
    nlohmann::json operator()(const ScaledDecimal& decimal) const { return decimal.ToString(); }
  } json;
  return std::visit(json, value);
}

std::string TextOf(const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) return "NULL";
  const nlohmann::json json = JsonOf(value);
  return ForTerminal(json.is_string() ? json.get<std::string>() : json.dump());
}

const char* TypeName(ValueKind kind) {
  switch (kind) {
    case ValueKind::kInteger:
      return "integer";
    case ValueKind::kBoolean:
      return "boolean";
    case ValueKind::kReal:
      return "real";
    case ValueKind::kText:
      return "text";
    case ValueKind::kBlob:
      return "blob";
    case ValueKind::kTimestamp:
      return "timestamp";
    case ValueKind::kDecimal:
      return "decimal";
    case ValueKind::kNull:
    case ValueKind::kAny:
      break;
  }
  return "any";
}

// ---- results ------------------------------------------------------------------------------------

// In characters, as far as UTF-8 tells.
std::size_t WidthOf(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool IsNumber(ValueKind kind) {
  return kind == ValueKind::kInteger || kind == ValueKind::kReal || kind == ValueKind::kDecimal;
}

void PrintText(const Table& table) {
  std::vector<std::vector<std::string>> lines(1);
  for (const Table::Column& column : table.columns) lines[0].push_back(ForTerminal(column.name));
  for (const auto& row : table.rows) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const Value& value : row) line.push_back(TextOf(value));
  }
  std::vector<std::size_t> widths(table.columns.size());
  for (const auto& line : lines) {
    for (std::size_t c = 0; c < line.size(); ++c) {
      widths[c] = std::max(widths[c], WidthOf(line[c]));
    }
  }
  for (std::size_t l = 0; l < lines.size(); ++l) {
    std::string text;
    for (std::size_t c = 0; c < widths.size(); ++c) {
      const std::string padding(widths[c] - WidthOf(lines[l][c]), ' ');
      if (c > 0) text += "  ";
      text += IsNumber(table.columns[c].kind) ? padding + lines[l][c] : lines[l][c] + padding;
    }
    text.resize(text.find_last_not_of(' ') + 1);
    std::cout << text << "\n";
    if (l > 0) continue;
    for (std::size_t c = 0; c < widths.size(); ++c) {
      std::cout << (c > 0 ? "  " : "") << std::string(widths[c], '-');
    }
    std::cout << "\n";
  }
  std::cout << "(" << table.rows.size() << (table.rows.size() == 1 ? " row" : " rows") << ")\n";
}

nlohmann::json JsonOf(const Table& table) {
  nlohmann::json columns = nlohmann::json::array();
  for (const Table::Column& column : table.columns) {
    columns.push_back({{"name", column.name}, {"type", TypeName(column.kind)}});
    if (column.kind == ValueKind::kDecimal) columns.back()["scale"] = column.scale;
  }
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& row : table.rows) {
    nlohmann::json& values = rows.emplace_back(nlohmann::json::array());
    for (const Value& value : row) values.push_back(JsonOf(value));
  }
  return {{"columns", std::move(columns)}, {"rows", std::move(rows)}};
}

// ---- the shell ----------------------------------------------------------------------------------

class Shell {
 public:
  Shell(const ProductFile& file, const SqlArguments& arguments, TenantInfo tenant, Principal who)
      : file_(file), arguments_(arguments), tenant_(std::move(tenant)), who_(std::move(who)) {}

  // Enters anew each time, so that who was shut out meanwhile stays out.
  ExitCode Ask(const std::string& text) {
    const auto context = Enter();
    if (!context.ok()) return Fail(context.status());
    const auto table = file_.Ask(*context, text);
    if (!table.ok()) return Fail(table.status());
    if (arguments_.json) {
      // One result on one line: a reader takes several apart by lines.
      PrintJson(JsonOf(table->Plain()), -1);
    } else {
      PrintText(table->Plain());
    }
    return Printed(ExitCode::kClean);
  }

  // Statements from standard input, each up to its semicolon. A person goes on after an error; a
  // script does not.
  ExitCode Read() {
    if (const auto context = Enter(); !context.ok()) return Fail(context.status());
    const bool person = isatty(STDIN_FILENO) != 0;
    if (person) {
      std::cerr << "You see " << ForTerminal(tenant_.name) << " as " << NameOf(who_)
                << ", and change nothing. A statement ends with ;\n";
    }
    std::string statement;
    for (std::string line; Prompt(person, statement), std::getline(std::cin, line);) {
      if (statement.empty() && line.starts_with(".")) {
        if (line == ".quit") return ExitCode::kClean;
        Command(line);
        continue;
      }
      statement += line + "\n";
      if (IsBlank(statement)) statement.clear();
      if (statement.size() > kLongestStatement) return Endless();
      if (sqlite3_complete(statement.c_str()) == 0) continue;
      const ExitCode ended = Ask(statement);
      statement.clear();
      if (ended != ExitCode::kClean && (!person || ended != ExitCode::kFindings)) return ended;
    }
    if (person) std::cerr << "\n";
    return statement.empty() || person ? ExitCode::kClean : Ask(statement);
  }

 private:
  absl::StatusOr<TenantContext> Enter() {
    return file_.tenants().Enter(AssertVerified(who_), tenant_.id, Purpose("cordon-sql"));
  }

  void Prompt(bool person, const std::string& statement) const {
    if (!person) return;
    const std::string name = tenant_.slug.empty() ? "tenant" : tenant_.slug;
    std::cerr << (statement.empty() ? name : std::string(name.size(), ' ')) << "> " << std::flush;
  }

  void Command(const std::string& line) const {
    if (line != ".tables") {
      std::cerr << "cordon: the shell knows .tables, .help and .quit\n";
      return;
    }
    for (const DeclaredTable& table : file_.tables()) {
      std::cout << table.name << (table.global ? " (everybody's)" : "") << ":";
      for (const DeclaredColumn& column : table.columns) {
        std::cout << (&column == &table.columns[0] ? " " : ", ") << column.name << " "
                  << column.type << (column.nullable ? "?" : "");
      }
      std::cout << "\n";
    }
    std::cout.flush();
  }

  // Nothing but spaces, semicolons and comments that have ended.
  static bool IsBlank(const std::string& text) {
    std::size_t at = 0;
    while ((at = text.find_first_not_of(" \t\r\n;", at)) != std::string::npos) {
      const bool line = text.compare(at, 2, "--") == 0;
      if (!line && text.compare(at, 2, "/*") != 0) return false;
      const std::size_t end = line ? text.find('\n', at) : text.find("*/", at + 2);
      if (end == std::string::npos) return false;
      at = end + (line ? 1 : 2);
    }
    return true;
  }

  static ExitCode Endless() {
    std::cerr << "cordon: a statement of a megabyte has no end: put a ; behind each\n";
    return ExitCode::kUsage;
  }

  const ProductFile& file_;
  const SqlArguments& arguments_;
  const TenantInfo tenant_;
  const Principal who_;
};

ExitCode Run(const SqlArguments& arguments) {
  const auto who = PrincipalFrom(arguments.who);
  if (!who.ok()) return Fail(who.status());
  const auto file = ProductFile::Open({.path = arguments.path, .readers = 1});
  if (!file.ok()) return Fail(file.status());
  auto tenant = TenantNamed((*file)->tenants(), arguments.tenant);
  if (!tenant.ok()) return Fail(tenant.status());
  Shell shell(**file, arguments, *std::move(tenant), *who);
  if (arguments.statements.empty()) return shell.Read();
  for (const std::string& statement : arguments.statements) {
    if (const ExitCode ended = shell.Ask(statement); ended != ExitCode::kClean) return ended;
  }
  return ExitCode::kClean;
}

}  // namespace

void AddSqlCommand(CLI::App& app, ExitCode* exit_code) {
  CLI::App* const sql = app.add_subcommand(
      "sql", "Ask a product's file as one tenant: statements given here, or typed one by one");
  sql->footer(kCodes);
  auto arguments = std::make_shared<SqlArguments>();
  sql->add_option("file", arguments->path, "The product's file")->required()->option_text("FILE");
  sql->add_option("tenant", arguments->tenant, "Whose rows there are")
      ->required()
      ->option_text("TENANT");
  sql->add_option("statements", arguments->statements,
                  "What to ask, one SELECT each; from standard input without")
      ->option_text("[SQL…]");
  sql->add_option("--as", arguments->who,
                  "Who asks, a member of the tenant: user:NAME, service:NAME, support:NAME or "
                  "job:NAME")
      ->required()
      ->option_text("PRINCIPAL");
  sql->add_flag("--json", arguments->json, "Print each result as one line of JSON");
  sql->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace cordon::cli
