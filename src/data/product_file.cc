// SPDX-License-Identifier: Apache-2.0
#include "cordon/data/product_file.h"

#include <utility>

#include "cordon/store/error.h"
#include "data/catalog.h"
#include "data/create_postgres.h"
#include "data/ddl.h"
#include "data/declaration.h"
#include "data/engine.h"
#include "data/migration_plan.h"
#include "store/guard.h"
#include "tenant/directory_impl.h"

namespace cordon {
namespace internal {
namespace {

std::vector<std::string> NamesOf(const SchemaView& schema, std::size_t table,
                                 const ColumnSet& set) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < set.count; ++i) {
    names.emplace_back(schema.Column(table, set.columns[i]).name);
  }
  return names;
}

DeclaredTable TableOf(const SchemaView& schema, std::size_t t) {
  const TableDef& definition = schema.tables[t];
  DeclaredTable table;
  table.name = definition.name;
  table.global = definition.kind == TableKind::kGlobal;
  for (std::size_t c = 0; c < definition.column_count; ++c) {
    const ColumnDef& column = schema.Column(t, c);
    std::string type(TypeName(column));
    if (column.type.kind == SqlType::kDecimal) {
      type += "(" + std::to_string(column.type.scale) + ")";
    }
    table.columns.push_back({std::string(column.name), std::move(type), column.type.nullable});
  }
  table.key = NamesOf(schema, t, definition.key);
  for (std::size_t i = 0; i < definition.unique_count; ++i) {
    table.uniques.push_back(NamesOf(schema, t, definition.uniques[i]));
  }
  for (std::size_t i = 0; i < definition.index_count; ++i) {
    table.indexes.push_back(NamesOf(schema, t, definition.indexes[i]));
  }
  for (std::size_t i = 0; i < definition.foreign_key_count; ++i) {
    const ForeignKeyDef& key = definition.foreign_keys[i];
    table.references.push_back({NamesOf(schema, t, key.columns), std::string(key.parent)});
  }
  if (definition.version != kNoVersion) {
    table.version_column = schema.Column(t, definition.version).name;
  }
  return table;
}

std::vector<DeclaredTable> TablesOf(const SchemaView& schema) {
  std::vector<DeclaredTable> tables;
  for (std::size_t t = 0; t < schema.table_count; ++t) tables.push_back(TableOf(schema, t));
  return tables;
}

// By a store of its own, which ends before the platform's begins: the lock is installed with the
// declaration at hand.
absl::Status ReadDeclaration(const PlatformOptions& options, Declaration* declaration) {
  if (absl::Status ours = CheckIsAPlatforms(options.path); !ours.ok()) return ours;
  auto store = SqliteStore::Open({options.path, 1, options.patience, options.write_cap,
                                  options.clock == nullptr ? SystemClock() : options.clock,
                                  options.entropy == nullptr ? SystemEntropy() : options.entropy});
  if (!store.ok()) return store.status();
  const ReaderLease reader(**store);
  if (!reader.status().ok()) return reader.status();
  const SqliteConnection::Internally own(*reader);
  const auto catalog = ReadCatalog((*reader).handle());
  if (!catalog.ok()) return catalog.status();
  return declaration->Read((*reader).handle(), *catalog, Declaration::Source::kProduct);
}

}  // namespace
}  // namespace internal

absl::StatusOr<DeclaredSchema> ReadDeclaredSchema(const std::string& path) {
  return internal::Guarded([&]() -> absl::StatusOr<DeclaredSchema> {
    DeclaredSchema schema;
    absl::Status read =
        internal::ReadFile(path, [&](sqlite3* db, const internal::Catalog& catalog) {
          internal::Declaration claim;
          absl::Status said = claim.Read(db, catalog, internal::Declaration::Source::kClaim);
          if (!said.ok()) return said;
          const auto version = internal::ReadVersion(db);
          if (!version.ok()) return version.status();
          schema = {version->version, version->target, internal::TablesOf(claim.schema())};
          return absl::OkStatus();
        });
    if (!read.ok()) return read;
    return schema;
  });
}

absl::StatusOr<std::vector<std::string>> PostgresStatements(const std::string& path,
                                                            PostgresTarget target) {
  return internal::Guarded([&]() -> absl::StatusOr<std::vector<std::string>> {
    std::vector<std::string> statements;
    absl::Status read =
        internal::ReadFile(path, [&](sqlite3* db, const internal::Catalog& catalog) {
          internal::Declaration declaration;
          absl::Status said =
              declaration.Read(db, catalog, internal::Declaration::Source::kProduct);
          if (said.ok()) said = internal::CheckFitsPostgres(declaration.schema());
          if (!said.ok()) return said;
          statements = internal::PgScript(declaration.schema(), "public", target);
          return absl::OkStatus();
        });
    if (!read.ok()) return read;
    return statements;
  });
}

struct ProductFile::Parts {
  internal::Declaration declaration;
  std::vector<DeclaredTable> tables;
  internal::SchemaView schema{};
  std::unique_ptr<internal::PlatformCore> core;
};

ProductFile::ProductFile(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ProductFile::~ProductFile() = default;

absl::StatusOr<std::unique_ptr<ProductFile>> ProductFile::Open(PlatformOptions options) {
  return internal::Guarded([&]() -> absl::StatusOr<std::unique_ptr<ProductFile>> {
    auto parts = std::make_unique<Parts>();
    absl::Status read = internal::ReadDeclaration(options, &parts->declaration);
    if (!read.ok()) return read;
    parts->schema = parts->declaration.schema();
    parts->tables = internal::TablesOf(parts->schema);
    const internal::Engine::Opening opening = {.beside = options.secrets == nullptr};
    auto engine = internal::Engine::Open(parts->schema, parts->declaration.migrations(),
                                         std::move(options), opening);
    if (!engine.ok()) return engine.status();
    parts->core = std::make_unique<internal::PlatformCore>(*std::move(engine));
    return std::unique_ptr<ProductFile>(new ProductFile(std::move(parts)));
  });
}

TenantDirectory& ProductFile::tenants() const { return parts_->core->tenants(); }
const std::vector<DeclaredTable>& ProductFile::tables() const { return parts_->tables; }
std::int64_t ProductFile::version() const { return parts_->declaration.migrations().version; }

absl::StatusOr<Owned<Table>> ProductFile::Ask(const TenantContext& context, std::string_view text,
                                              const AnalystOptions& options,
                                              std::span<const Value> values) const {
  auto session = parts_->core->OpenSession(context);
  if (!session.ok()) return session.status();
  return internal::Guarded([&]() -> absl::StatusOr<Owned<Table>> {
    auto table = internal::OwnedAccess::Make<Table, Unbranded>(context.tenant().bytes());
    absl::Status asked = internal::Ask(**session, parts_->schema, text, options, values,
                                       &internal::OwnedAccess::Value(table));
    if (!asked.ok()) return asked;
    return table;
  });
}

}  // namespace cordon
