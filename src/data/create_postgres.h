// SPDX-License-Identifier: Apache-2.0
//
// The tables that a declaration stands for, in PostgreSQL's words.
//
// Guarantees: the tenant, a uuid, begins each key, unique constraint, index and foreign key of a
//   tenants' table. What is refused or accepted of a row is what SQLite's tables (ddl.h) refuse or
//   accept. Names of constraints and indexes are the same in each release and none that a declared
//   table can have. The statements run in any search_path.
// Not guaranteed: that cordon.json_valid(text) is there, which tables with a Json column need, but
//   for PgScript().
// Thread safety: pure functions.
#ifndef CORDON_SRC_DATA_CREATE_POSTGRES_H_
#define CORDON_SRC_DATA_CREATE_POSTGRES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/product_file.h"
#include "data/ddl.h"

namespace cordon::internal {

// kInvalidArgument for a declaration that SQLite can have and PostgreSQL cannot.
[[nodiscard]] absl::Status CheckFitsPostgres(const SchemaView& schema);

// Makes cordon.json_valid(text), or makes it again, in a database that has the schema cordon.
[[nodiscard]] std::string PgJsonValidFunction();

// How a column's comment begins that is Cordon's: the scale of a decimal, the unit of a time.
inline constexpr std::string_view kPgNote = "cordon: ";

// "schema"."name"
[[nodiscard]] std::string PgName(std::string_view pg_schema, std::string_view name);

// What makes one table, in the order to run it, but for foreign keys: their parents come first.
struct PgTableText {
  std::string create;  // with its key, its unique constraints and its checks
  std::vector<std::string> notes;
  std::vector<PhysicalObject> indexes;
  std::vector<PhysicalObject> foreign_keys;
};
[[nodiscard]] PgTableText PgTableStatements(const SchemaView& schema, std::size_t table,
                                            std::string_view pg_schema);

// Adds a column, with its note. `fillable`: it may be NULL where it must be filled.
[[nodiscard]] std::vector<std::string> PgAddColumn(const SchemaView& schema, std::size_t table,
                                                   std::size_t column, std::string_view pg_schema,
                                                   bool fillable = false);

// All tables, in one transaction.
[[nodiscard]] std::vector<std::string> PgScript(const SchemaView& schema,
                                                std::string_view pg_schema, PostgresTarget target);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_CREATE_POSTGRES_H_
