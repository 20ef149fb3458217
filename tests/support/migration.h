// SPDX-License-Identifier: Apache-2.0
// A file of a product that never heard of Cordon, its report, and its migration as a host runs it.
#ifndef CORDON_TESTS_SUPPORT_MIGRATION_H_
#define CORDON_TESTS_SUPPORT_MIGRATION_H_

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cordon/data/schema_check.h"
#include "support/scratch.h"
#include "support/status.h"

namespace cordon_test {

inline constexpr char kTenantBytes[] = "0123456789abcdef";  // 16 of them
inline constexpr char kTenantSql[] = "x'30313233343536373839616263646566'";

inline std::string Quoted(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

// Runs the statements one by one with :tenant bound; the engine's words when one fails, after which
// nothing else is run. Empty when all went well.
inline std::string RunStatements(const std::string& path,
                                 const std::vector<std::string>& statements) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> db(raw, &sqlite3_close);
  if (opened != SQLITE_OK) return "cannot open";
  for (const std::string& sql : statements) {
    const char* rest = sql.c_str();
    while (*rest != '\0') {
      sqlite3_stmt* statement = nullptr;
      int code = sqlite3_prepare_v2(raw, rest, -1, &statement, &rest);
      if (code == SQLITE_OK && statement != nullptr) {
        const int tenant = sqlite3_bind_parameter_index(statement, ":tenant");
        if (tenant > 0) sqlite3_bind_blob(statement, tenant, kTenantBytes, 16, SQLITE_STATIC);
        while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        }
      } else if (code == SQLITE_OK) {
        code = SQLITE_DONE;  // a comment
      }
      sqlite3_finalize(statement);
      if (code != SQLITE_DONE) return std::string(sqlite3_errmsg(raw)) + " in " + sql;
    }
  }
  return "";
}

// Every row of `table`, as text that keeps the types, in an order that does not depend on the key.
inline std::vector<std::string> RowsOf(const std::string& path, const std::string& table,
                                       const std::vector<std::string>& columns) {
  std::string list;
  for (const std::string& column : columns) {
    list += (list.empty() ? "" : " || ', ' || ") + ("quote(" + Quoted(column) + ")");
  }
  std::vector<std::string> rows = RawSql(path, "SELECT " + list + " FROM " + Quoted(table));
  std::sort(rows.begin(), rows.end());
  return rows;
}

inline std::vector<std::string> ColumnsOf(const std::string& path, const std::string& table) {
  std::string name = table;
  for (std::size_t at = 0; (at = name.find('\'', at)) != std::string::npos; at += 2) {
    name.insert(at, 1, '\'');
  }
  return RawSql(path, "SELECT name FROM pragma_table_xinfo('" + name + "') WHERE hidden <> 1");
}

// Rows of all tables that may hold some, by table.
inline std::map<std::string, std::vector<std::string>> AllRows(
    const std::string& path, const std::map<std::string, std::vector<std::string>>& columns) {
  std::map<std::string, std::vector<std::string>> rows;
  for (const auto& [table, names] : columns) rows[table] = RowsOf(path, table, names);
  return rows;
}

inline std::map<std::string, std::vector<std::string>> AllColumns(
    const std::string& path, const cordon::SchemaReport& report) {
  std::map<std::string, std::vector<std::string>> columns;
  for (const cordon::SchemaTable& table : report.tables) {
    if (table.kind == cordon::SchemaTableKind::kView ||
        table.kind == cordon::SchemaTableKind::kShadow) {
      continue;
    }
    columns[table.name] = ColumnsOf(path, table.name);
    // What a tenant was called before is not kept.
    std::erase(columns[table.name], "tenant_id");
    if (columns[table.name].empty()) columns.erase(table.name);
  }
  return columns;
}

inline std::string Describe(const cordon::SchemaReport& report) {
  return cordon::RenderForPeople(report);
}

// "table: code" of everything above a note.
inline std::vector<std::string> Above(const cordon::SchemaReport& report) {
  std::vector<std::string> found;
  for (const cordon::SchemaFinding& finding : report.findings) {
    if (finding.severity == cordon::SchemaSeverity::kNote) continue;
    found.push_back(finding.table + ": " + std::string(cordon::NameOf(finding.code)));
  }
  return found;
}

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_MIGRATION_H_
