// SPDX-License-Identifier: Apache-2.0
// The physical tables that a declaration stands for, and whether a file has just these.
#ifndef CORDON_SRC_DATA_DDL_H_
#define CORDON_SRC_DATA_DDL_H_

#include <string>
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

// Creates what is missing, columns at the end of a table included that are optional or have a
// default. kSchemaDrift when the file holds something else under a declared name,
// or tables, views, triggers or gathered statistics that nobody declared.
[[nodiscard]] absl::Status CreateOrCompare(SqliteConnection& connection, const SchemaView& schema);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_DDL_H_
