// SPDX-License-Identifier: Apache-2.0
#include "data/lock_trial.h"

#include <optional>
#include <string_view>
#include <utility>

#include "cordon/store/error.h"
#include "data/create_text.h"
#include "data/ddl.h"

namespace cordon::internal {
namespace {

using Command = SqliteConnection::Command;

// Two tenants of the tables in memory, and a third that no row is of.
constexpr TenantId::Bytes TenantOf(unsigned char last) {
  TenantId::Bytes bytes{};
  bytes.back() = std::byte{last};
  return bytes;
}
constexpr TenantId::Bytes kOwn = TenantOf(1);
constexpr TenantId::Bytes kOther = TenantOf(2);
constexpr TenantId::Bytes kNobody = TenantOf(3);

std::string Literal(const TenantId::Bytes& tenant) {
  std::string literal = "x'";
  for (const std::byte byte : tenant) literal += "0" + std::to_string(std::to_integer<int>(byte));
  return literal + "'";
}

std::string TableName(const SchemaView& schema, std::size_t table) {
  return QuotedName(schema.tables[table].name);
}

// One column that is no part of the key, if there is one.
std::optional<std::string> OtherColumn(const SchemaView& schema, std::size_t table) {
  for (std::size_t c = 0; c < schema.tables[table].column_count; ++c) {
    if (!schema.tables[table].key.Contains(c)) return QuotedName(schema.Column(table, c).name);
  }
  return std::nullopt;
}

std::string InsertSql(const SchemaView& schema, std::size_t table, const TenantId::Bytes& tenant) {
  std::string columns = QuotedName(kTenantColumn);
  std::string values = Literal(tenant);
  for (std::size_t c = 0; c < schema.tables[table].column_count; ++c) {
    const ColumnDef& column = schema.Column(table, c);
    columns += ", " + QuotedName(column.name);
    values += column.type.kind == SqlType::kText   ? ", ''"
              : column.type.kind == SqlType::kBlob ? ", x''"
                                                   : ", 0";
  }
  return "INSERT INTO main." + TableName(schema, table) + " (" + columns + ") VALUES (" + values +
         ")";
}

bool IsTenants(const SchemaView& schema, std::size_t table) {
  return schema.tables[table].kind == TableKind::kTenant;
}

Permit PermitFor(const SchemaView& schema, std::size_t target, Access access) {
  Permit permit;
  permit.target = target;
  permit.access = access;
  permit.reads.assign(schema.table_count, false);
  return permit;
}

class StatementTrial {
 public:
  StatementTrial(Connection& connection, const SchemaView& schema, LockTrial* trial)
      : connection_(connection), schema_(schema), trial_(trial) {}

  // Prepares, with a permit to write `target`. Nothing is run, so that a dead lock does no harm.
  void Attempt(const std::string& what, const std::string& sql, std::size_t target = kNoTable) {
    const Permit permit = PermitFor(schema_, target, Access::kWrite);
    Usage unused;
    sqlite3_stmt* statement = nullptr;
    connection_.lock().Arm(&permit, &unused);
    const int code = sqlite3_prepare_v2(connection_.sqlite().handle(), sql.data(),
                                        static_cast<int>(sql.size()), &statement, nullptr);
    connection_.lock().Disarm();
    sqlite3_finalize(statement);
    // A function that is not let in is refused in words alone.
    const bool refused = (code & 0xFF) == SQLITE_AUTH ||
                         std::string_view(sqlite3_errmsg(connection_.sqlite().handle()))
                             .starts_with("not authorized");
    if ((code & 0xFF) == SQLITE_NOMEM) {
      status_ = SqliteError(code, "trying the engine lock");
      return;
    }
    ++trial_->attempts;
    if (!refused) trial_->let_through.push_back(what);
  }

  // Whether the tenant's scope of a table is empty, as it is of a tenant without rows.
  void ReadScope(std::size_t table) {
    auto prepared = connection_.Prepare(
        {"", "SELECT 1 FROM \x01R" + std::to_string(table) + "\x02 LIMIT 1"}, Access::kRead);
    if (!prepared.ok()) {
      // The declaration and the table disagree, which is another finding.
      if (CodeOf(prepared.status()) != ErrorCode::kEngineLock) status_ = prepared.status();
      return;
    }
    CachedStatement& scope = **prepared;
    connection_.lock().Arm(&scope.permit, &scope.usage);
    const int code = sqlite3_step(scope.handle);
    sqlite3_reset(scope.handle);
    connection_.lock().Disarm();
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
      status_ = SqliteError(code, "trying the engine lock");
      return;
    }
    ++trial_->attempts;
    if (code == SQLITE_ROW) {
      trial_->let_through.push_back("reads rows of others in its own scope of " +
                                    TableName(schema_, table));
    }
  }

  [[nodiscard]] const absl::Status& status() const { return status_; }

 private:
  Connection& connection_;
  const SchemaView& schema_;
  LockTrial* const trial_;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> LockForTrial(SqliteConnection& connection,
                                                         const SchemaView& schema,
                                                         const Clock& clock, Entropy& entropy) {
  auto lock = EngineLock::Install(connection, schema, StatementBudget{}, clock, entropy);
  if (!lock.ok()) return lock.status();
  return std::make_unique<Connection>(connection, *std::move(lock));
}

absl::Status TryStatements(Connection& connection, const SchemaView& schema, const Catalog& catalog,
                           LockTrial* trial) {
  StatementTrial attempts(connection, schema, trial);
  const auto attempt = [&](const std::string& what, const std::string& sql) {
    attempts.Attempt(what, sql);
  };
  connection.lock().BeginLease(&kNobody, nullptr, 0);
  const std::string tenant = QuotedName(kTenantColumn);
  std::string some_table;
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    const CatalogTable* const live = catalog.Find(schema.tables[t].name);
    if (live == nullptr || live->kind != CatalogTable::Kind::kTable) continue;
    const std::string name = TableName(schema, t);
    const std::string table = "main." + name;
    some_table = table;
    if (!IsTenants(schema, t)) {
      attempt("writes the global table " + name, "DELETE FROM " + table);
      continue;
    }
    if (live->Find(kTenantColumn) == nullptr) continue;
    const std::string read = "reads the tenants' table " + name;
    attempt(read, "SELECT * FROM " + table);
    attempt(read, "SELECT count(*) FROM " + table);
    attempt(read, "SELECT 1 FROM " + table + " WHERE " + tenant + " = " + Literal(kNobody));
    attempt(read, "WITH s AS NOT MATERIALIZED (SELECT * FROM " + table + ") SELECT * FROM s");
    attempts.ReadScope(t);
    const std::string write = "writes the tenants' table " + name;
    attempt(write, "INSERT INTO " + table + " DEFAULT VALUES");
    attempt(write, "DELETE FROM " + table);
    attempts.Attempt("gives a row of " + name + " to another tenant",
                     "UPDATE " + table + " SET " + tenant + " = " + Literal(kNobody), t);
  }
  for (const CatalogTable& own : catalog.tables) {
    if (!BeginsWithSqlName(own.name, "cordon_") || own.kind != CatalogTable::Kind::kTable) continue;
    attempt("reads Cordon's own table " + own.name, "SELECT * FROM main." + QuotedName(own.name));
    attempt("writes Cordon's own table " + own.name, "DELETE FROM main." + QuotedName(own.name));
  }
  attempt("reads the catalog", "SELECT sql FROM main.sqlite_schema");
  attempt("attaches another file", "ATTACH ':memory:' AS other");
  // Some pragmas act when they are prepared; this one does nothing in defensive mode.
  attempt("uses a pragma", "PRAGMA main.user_version");
  attempt("uses a pragma", "PRAGMA writable_schema = 1");
  attempt("makes a table", "CREATE TABLE main.cordon_trial(x)");
  attempt("makes a table", "CREATE TEMP TABLE cordon_trial(x)");
  attempt("makes a view", "CREATE VIEW main.cordon_trial AS SELECT 1");
  if (!some_table.empty()) {
    const std::string bare = some_table.substr(std::string_view("main.").size());
    attempt("makes a trigger",
            "CREATE TRIGGER main.cordon_trial AFTER INSERT ON " + bare + " BEGIN SELECT 1; END");
    attempt("drops a table", "DROP TABLE " + some_table);
    attempt("changes a table", "ALTER TABLE " + some_table + " ADD COLUMN cordon_trial");
  }
  attempt("gathers statistics", "ANALYZE");
  attempt("ends a transaction", "COMMIT");
  attempt("sets a savepoint", "SAVEPOINT cordon_trial");
  attempt("calls what is not let in", "SELECT randomblob(1)");
  connection.lock().EndLease();
  return attempts.status();
}

absl::Status MakeTrialTables(SqliteConnection& memory, const SchemaView& schema) {
  // A row of zeros and empty texts need not be one that a product would write.
  for (const char* pragma : {"PRAGMA foreign_keys=OFF", "PRAGMA ignore_check_constraints=ON"}) {
    if (absl::Status set = memory.Run(pragma); !set.ok()) return set;
  }
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    if (!IsTenants(schema, t)) continue;
    for (const std::string& sql : {PhysicalObjects(schema, t).front().sql,
                                   InsertSql(schema, t, kOwn), InsertSql(schema, t, kOther)}) {
      if (absl::Status made = memory.Run(sql.c_str()); !made.ok()) return made;
    }
  }
  return absl::OkStatus();
}

absl::Status TryRows(Connection& connection, const SchemaView& schema, LockTrial* trial) {
  for (std::size_t t = 0; t < schema.table_count; ++t) {
    if (!IsTenants(schema, t)) continue;
    const std::string table = "main." + TableName(schema, t);
    std::vector<std::pair<std::string, std::string>> attempts;
    attempts.emplace_back("inserts", InsertSql(schema, t, kNobody));
    if (const auto column = OtherColumn(schema, t); column.has_value()) {
      attempts.emplace_back("changes", "UPDATE " + table + " SET " + *column + " = " + *column);
    }
    attempts.emplace_back("deletes", "DELETE FROM " + table);
    const Permit permit = PermitFor(schema, t, Access::kWrite);
    for (const auto& [what, sql] : attempts) {
      if (absl::Status begun = connection.sqlite().Do(Command::kBeginImmediate); !begun.ok()) {
        return begun;
      }
      connection.lock().BeginLease(&kOwn, nullptr, 0);
      Usage usage;
      connection.lock().Arm(&permit, &usage);
      const int code =
          sqlite3_exec(connection.sqlite().handle(), sql.c_str(), nullptr, nullptr, nullptr);
      connection.lock().Disarm();
      if ((code & 0xFF) == SQLITE_NOMEM) return SqliteError(code, "trying the engine lock");
      const bool kept = code == SQLITE_OK && connection.sqlite().Do(Command::kCommit).ok();
      connection.lock().EndLease();
      if (!connection.sqlite().Clean()) return SqliteError(SQLITE_NOMEM, "trying the engine lock");
      ++trial->attempts;
      if (kept) {
        trial->let_through.push_back(what + " rows of another tenant in " + TableName(schema, t));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace cordon::internal
