// SPDX-License-Identifier: Apache-2.0
//
// The file of a product, for programs that do not have the product's declaration: an analyst's
// shell, an operator's tool. The file says itself what its tables are.
//
// Guarantees: opens a file that a platform has made, and no other; it makes none. Whoever asks does
//   so under a context of one tenant, behind the checker and the lock that the product has.
// Not guaranteed: writing, Remove() and envelopes, which are the product's own.
// Thread safety: thread-safe. Not to be used in a child process after fork().
// Ownership and lifetime: must outlive what tables() refers to. Contexts may outlive it, and are
//   then of no use.
// Errors: Open(): kCannotOpen for a file that is not there; kNotADatabase, kSchemaDrift for one
//   that no platform of this version of Cordon has made; kMigrationNeeded while it is being
//   migrated; kNewerFile; and the errors of the shared machine.
//
//   auto file = cordon::ProductFile::Open({.path = "erp.db"});
//   auto context = (*file)->tenants().Enter(cordon::AssertVerified(anna), tenant,
//                                           cordon::Purpose("analysis"));
//   auto table = (*file)->Ask(*context, "SELECT state, COUNT(*) AS n FROM orders GROUP BY state");
#ifndef CORDON_DATA_PRODUCT_FILE_H_
#define CORDON_DATA_PRODUCT_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cordon/data/options.h"
#include "cordon/data/session.h"
#include "cordon/data/value.h"
#include "cordon/tenant/context.h"
#include "cordon/tenant/directory.h"

namespace cordon {

struct DeclaredColumn {
  std::string name;
  // "integer", "text", "blob", "boolean", "timestamp", "decimal(4)", "enum", "json", "zoned-time".
  std::string type;
  bool nullable = false;
};

struct DeclaredReference {
  std::vector<std::string> columns;
  std::string table;  // its key
};

// Without the tenant, which begins the key, the constraints and the indexes of a tenant table.
struct DeclaredTable {
  std::string name;
  bool global = false;  // everybody reads it; otherwise each tenant has rows of its own
  std::vector<DeclaredColumn> columns;
  std::vector<std::string> key;
  std::vector<std::vector<std::string>> uniques;
  std::vector<std::vector<std::string>> indexes;
  std::vector<DeclaredReference> references;
  std::string version_column;  // empty: none
};

struct DeclaredSchema {
  std::int64_t version = 0;
  std::optional<std::int64_t> target;  // of a migration that has begun and not ended
  std::vector<DeclaredTable> tables;
};

// What a file says of its own tables. Reads the file, and writes nothing, neither to it nor beside
// it. kSchemaDrift when it says nothing, or not in words of this version of Cordon; otherwise the
// errors of CheckHealth(), and kNotADatabase and kCorrupt.
[[nodiscard]] absl::StatusOr<DeclaredSchema> ReadDeclaredSchema(const std::string& path);

// Tables on PostgreSQL 15 or newer, or the same distributed by tenant over the nodes of Citus.
enum class PostgresTarget { kPostgres, kCitus };

// The statements, in their order, that make a product's tables, without rows, in the schema
// "public" of a PostgreSQL database; each key, unique constraint, index and foreign key of a
// tenants' table begins with the tenant. Reads the product's file, as ReadDeclaredSchema() does.
// kSchemaDrift and kMigrationNeeded as of ProductFile::Open(); kInvalidArgument for what PostgreSQL
// cannot have.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> PostgresStatements(const std::string& path,
                                                                          PostgresTarget target);

class ProductFile {
 public:
  // Without `secrets`, a file of any installation is opened.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<ProductFile>> Open(PlatformOptions options);
  ~ProductFile();
  ProductFile(const ProductFile&) = delete;
  ProductFile& operator=(const ProductFile&) = delete;

  [[nodiscard]] TenantDirectory& tenants() const;
  // As the file had them when it was opened.
  [[nodiscard]] const std::vector<DeclaredTable>& tables() const;
  [[nodiscard]] std::int64_t version() const;

  // See Session::Ask().
  [[nodiscard]] absl::StatusOr<Owned<Table>> Ask(const TenantContext& context,
                                                 std::string_view text,
                                                 const AnalystOptions& options = {},
                                                 std::span<const Value> values = {}) const;

 private:
  struct Parts;
  explicit ProductFile(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace cordon

#endif  // CORDON_DATA_PRODUCT_FILE_H_
