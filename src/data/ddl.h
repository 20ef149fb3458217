// SPDX-License-Identifier: Apache-2.0
// The physical tables that a declaration stands for, and whether a file has just these.
#ifndef CORDON_SRC_DATA_DDL_H_
#define CORDON_SRC_DATA_DDL_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "cordon/data/internal/schema_view.h"
#include "store/sqlite.h"

namespace cordon::internal {

// One named object of the file and the statement that makes it.
struct PhysicalObject {
  std::string name;
  std::string sql;
};

// The table first, then its indexes. The tenant is column 0 of a tenant table and begins its key,
// unique constraints, indexes and foreign keys.
[[nodiscard]] std::vector<PhysicalObject> PhysicalObjects(const SchemaView& schema,
                                                          std::size_t table);

// Whether two statements that make a table or index are the same, white space aside.
[[nodiscard]] bool SameSql(std::string_view a, std::string_view b);

// How many columns at the end of the declaration the file's table lacks, when it lacks nothing
// else and each of them can be added: 0 when that is not what differs.
[[nodiscard]] std::size_t AddableColumns(const SchemaView& schema, std::size_t table,
                                         const std::string& found_sql);

// A column as it can be added to a table that has rows: it may be NULL where it must be filled.
[[nodiscard]] std::string FillableColumnSql(const ColumnDef& column);

// "integer", "decimal" and the like; what kinds of text and integer there are, too.
[[nodiscard]] std::string_view TypeName(const ColumnDef& column);

// The scale of a decimal, the unit of a time: what no engine's type says. Empty of the others.
[[nodiscard]] std::string UnitOf(const SqlType& type);
// The same as people see it in the file.
[[nodiscard]] std::string TypeNote(const SqlType& type);

// The one kind of default that the compiler cannot judge: kInvalidArgument when it is no JSON.
[[nodiscard]] absl::Status CheckDefaults(const SchemaView& schema);

// What the tables and columns mean, as JSON: for readers of the file that lack the host's code.
[[nodiscard]] std::string DeclarationOf(const SchemaView& schema);

// Creates what is missing, columns at the end of a table included that are optional or have a
// default. kSchemaDrift when the file holds something else under a declared name,
// or tables, views, triggers or gathered statistics that nobody declared.
[[nodiscard]] absl::Status CreateOrCompare(SqliteConnection& connection, const SchemaView& schema);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_DDL_H_
