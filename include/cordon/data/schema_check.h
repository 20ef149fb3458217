// SPDX-License-Identifier: Apache-2.0
//
// What keeps the tables of an existing SQLite file from being tenants' tables, and the statements
// that repair it.
//
// Guarantees: the file is opened for reading and not a byte of it, or beside it, changes. Findings
//   come in a fixed order and are complete for what SchemaFindingCode lists. A fix is offered only
//   after it was tried, together with all others, on an empty copy of the schema, where nothing
//   above kNote was found afterwards; of more than 1000 fixes none is tried or offered. Fixes keep
//   every row, or stop: they never decide whose a row is when the file does not say so.
// Not guaranteed: that the rows obey the schema; a row that breaks a constraint or a foreign key
//   stops MigrationStatements(), which then has changed nothing. That the program which wrote the
//   file understands the repaired one. That a -shm stays as it is which the calling process itself
//   has open: SQLite notes its readers there.
// Thread safety: thread-safe; the result is a value.
// Ownership and lifetime: values only.
// Errors: kNotADatabase (also encrypted and empty files), kCorrupt (also a catalog that this SQLite
//   cannot parse), kCannotOpen, kReadOnly (a transaction was cut off), kBusy (the file was written
//   meanwhile: try again), kInvalidArgument (a global table that is not in the file).
//
//   auto report = cordon::CheckSchema({.path = "erp.db", .global_tables = {"currencies"}});
//   if (!report.ok()) return report.status();
//   std::cout << cordon::RenderForPeople(*report);
#ifndef CORDON_DATA_SCHEMA_CHECK_H_
#define CORDON_DATA_SCHEMA_CHECK_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace cordon {

enum class SchemaSeverity {
  kNote,     // worth knowing; the tables are tenants' tables all the same
  kWarning,  // isolated, but slow or surprising
  kError,    // the tables cannot be isolated
};

// Reported and stored by tools: do not renumber, do not rename.
enum class SchemaFindingCode : int {
  kUnclassifiedTable = 1,     // neither a tenant's nor declared global
  kMustBeTenantTable = 2,     // no tenant column, but tied to a tenant's table
  kKeyWithoutTenant = 3,      // the primary key does not begin with the tenant
  kUniqueWithoutTenant = 4,   // a constraint or index that one tenant could feel of another
  kUniqueNotTenantFirst = 5,  // holds the tenant, but does not begin with it
  kForeignKeyWithoutTenant = 6,
  kForeignKeyBroken = 7,      // names a table or a unique key that is not there
  kForeignKeySetsTenant = 8,  // SET NULL or SET DEFAULT would reach the tenant column
  kTenantNullable = 9,
  kTenantNot16Bytes = 10,
  kTenantDefault = 11,  // a forgotten tenant becomes a certain one
  kAutoincrement = 12,  // one sequence for all tenants
  kView = 13,
  kTrigger = 14,
  kFullTextTable = 15,
  kVirtualTable = 16,
  kStatistics = 17,  // gathered: one tenant's rows choose another's plans
  kGlobalRefersToTenant = 18,
  kGlobalHasTenant = 19,
  kIndexWithoutTenant = 20,
  kNotStrict = 21,
  kHasRowid = 22,
};
// "unclassified-table" and the like.
[[nodiscard]] std::string_view NameOf(SchemaFindingCode code);
[[nodiscard]] std::string_view NameOf(SchemaSeverity severity);

struct SchemaFinding {
  SchemaFindingCode code;
  SchemaSeverity severity;
  std::string table;    // or the view
  std::string object;   // the column, index, constraint or trigger; empty: the table itself
  std::string message;  // one sentence
  // Which of SchemaReport::fixes repairs it, together with other findings of the table. Without
  // one the message says what to do.
  std::optional<std::size_t> fix;
};

// Statements that belong together. They stand inside a transaction with foreign keys off; where
// they need one, the parameter :tenant is the tenant whose the existing rows are, a BLOB of 16
// bytes. Run them in the order of the report. The last may belong to no table: it stops the
// migration when nobody said whose some rows are.
struct SchemaFix {
  std::string table;
  std::vector<std::string> statements;
};

enum class SchemaTableKind { kTenant, kGlobal, kUnclassified, kView, kVirtual, kShadow, kCordon };
[[nodiscard]] std::string_view NameOf(SchemaTableKind kind);

struct SchemaTable {
  std::string name;
  SchemaTableKind kind;
};

struct SchemaReport {
  std::vector<SchemaTable> tables;  // by name
  std::vector<SchemaFinding> findings;
  std::vector<SchemaFix> fixes;

  // Nothing above kNote.
  [[nodiscard]] bool clean() const;
  [[nodiscard]] std::size_t Count(SchemaSeverity severity) const;
};

struct SchemaCheckOptions {
  std::string path = {};
  // How the file calls, or is to call, the column that holds the tenant. Cordon's own tables call
  // it "tenant_id".
  std::string tenant_column = "tenant_id";
  // The tables whose rows are everybody's, by name, besides those that a product's own file
  // declares so.
  std::vector<std::string> global_tables = {};
};

[[nodiscard]] absl::StatusOr<SchemaReport> CheckSchema(const SchemaCheckOptions& options);

// All fixes as one transaction: foreign keys off, everything or nothing, foreign keys checked.
// Stop at the first statement that fails, and roll back. Empty without fixes.
[[nodiscard]] std::vector<std::string> MigrationStatements(const SchemaReport& report);

// For a terminal: grouped by table, with fixes, and a count at the end. Control characters are
// replaced, so statements in it are for reading; run those of the report.
[[nodiscard]] std::string RenderForPeople(const SchemaReport& report);

}  // namespace cordon

#endif  // CORDON_DATA_SCHEMA_CHECK_H_
