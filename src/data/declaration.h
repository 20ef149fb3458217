// SPDX-License-Identifier: Apache-2.0
// A schema and its migrations as a file keeps them, for a program that lacks the host's code.
#ifndef CORDON_SRC_DATA_DECLARATION_H_
#define CORDON_SRC_DATA_DECLARATION_H_

#include <deque>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cordon/data/migration.h"
#include "data/catalog.h"
#include "store/sqlite.h"

namespace cordon::internal {

// What the views of a file's declaration point into.
class Declaration {
 public:
  // kTemplate: what WriteTemplate() has written, with its migrations; kInvalidArgument otherwise.
  // kProduct: the file of a product as it is; kSchemaDrift when no platform has made it or its
  // tables are not those of its declaration, kMigrationNeeded while it is being migrated. Either
  // is refused when this Cordon would make other tables of the same declaration. kClaim: what the
  // file of a product says, whether or not its tables are so; kSchemaDrift when it says nothing.
  enum class Source { kTemplate, kProduct, kClaim };
  [[nodiscard]] absl::Status Read(sqlite3* db, const Catalog& catalog, Source source);

  [[nodiscard]] SchemaView schema() const {
    return {tables_.data(), tables_.size(), columns_.data()};
  }
  [[nodiscard]] MigrationsView migrations() const {
    return {oldest_, version_, backfills_.data(), backfills_.size(), drops_.data(), drops_.size()};
  }

 private:
  absl::Status ReadAll(sqlite3* db, const Catalog& catalog, Source source);
  absl::Status ReadTable(sqlite3* db, const std::string& json);
  absl::Status ReadColumns(sqlite3* db, const std::string& json, TableDef* table);
  absl::Status ReadMigrations(sqlite3* db);
  std::string_view Keep(std::string text);

  std::deque<std::string> texts_;
  std::deque<std::vector<std::int64_t>> lists_;
  std::vector<TableDef> tables_;
  std::vector<ColumnDef> columns_;
  std::vector<BackfillDef> backfills_;
  std::vector<DropDef> drops_;
  std::int64_t oldest_ = 1;
  std::int64_t version_ = 1;
};

// Adds to an empty file of a product what makes it a template.
[[nodiscard]] absl::Status NoteMigrations(SqliteConnection& connection,
                                          const MigrationsView& migrations);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_DECLARATION_H_
