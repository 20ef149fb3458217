// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/engine.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>

#include "cordon/store/error.h"
#include "data/migration.h"
#include "data/migration_plan.h"
#include "data/postgres/ddl.h"
#include "data/postgres/functions.h"
#include "data/postgres/marks.h"
#include "data/postgres/migrate.h"
#include "data/postgres/row_lock.h"
#include "data/postgres/value.h"
#include "store/guard.h"

namespace cordon::internal {
namespace {

constexpr std::size_t kMostStatements = 1024;
constexpr int kOwnerConnections = 2;
// A read that lost its connection, or met a conflict, is repeated so often.
constexpr int kRepeats = 2;

// Who writes global tables: a tenant like any other, except that no directory has it.
TenantId Nobody() {
  constexpr char kName[] = "cordon's globals";
  static_assert(sizeof kName == TenantId::kSize + 1);
  TenantId::Bytes bytes{};
  std::memcpy(bytes.data(), kName, bytes.size());
  return *TenantId::FromBytes(bytes);
}

absl::Status TransactionOver() {
  return Error(ErrorCode::kTransactionOver,
               "the engine rolled the transaction back after an earlier error: start again");
}

// A text of Cordon's own in PostgreSQL's words.
std::string OwnText(std::string_view sql) {
  constexpr std::string_view kPrefix = "cordon_";
  std::string text;
  while (!sql.empty()) {
    const bool table = sql.starts_with(kPrefix);
    if (table) {
      text += "cordon.";
    } else {
      text += sql.front() == '?' ? '$' : sql.front();
    }
    sql.remove_prefix(table ? kPrefix.size() : 1);
  }
  return text;
}

bool IsRepeatable(const absl::Status& status) {
  return CodeOf(status) == ErrorCode::kBusy || CodeOf(status) == ErrorCode::kConnectionLost;
}

}  // namespace

absl::Status PgMakeOwnTables(PgConnection& owner, const PostgresOptions& options) {
  constexpr std::string_view kFind =
      "SELECT 1 WHERE to_regclass('cordon.blob_counters') IS NOT NULL";
  constexpr std::string_view kTables[] = {
      "CREATE SCHEMA IF NOT EXISTS cordon",
      // One row for each tenant that ever wrote; whoever has it locked has the tenant's turn.
      "CREATE TABLE IF NOT EXISTS cordon.turns (tenant_id uuid PRIMARY KEY, n int8)",
      // See number.h.
      "CREATE TABLE IF NOT EXISTS cordon.numbers (tenant_id uuid NOT NULL, kind int8 NOT NULL "
      "CHECK (kind IN (1, 2)), name text COLLATE \"C\" NOT NULL, value int8 NOT NULL, PRIMARY KEY "
      "(tenant_id, kind, name))",
      // See blob.h.
      "CREATE TABLE IF NOT EXISTS cordon.blobs (tenant_id uuid NOT NULL, id int8 NOT NULL CHECK "
      "(id "
      "> 0), size int8 NOT NULL CHECK (size >= 0), chunk int8 NOT NULL CHECK (chunk > 0), PRIMARY "
      "KEY (tenant_id, id))",
      "CREATE TABLE IF NOT EXISTS cordon.blob_chunks (tenant_id uuid NOT NULL, id int8 NOT NULL, "
      "part int8 NOT NULL CHECK (part >= 0), bytes bytea NOT NULL, PRIMARY KEY (tenant_id, id, "
      "part))",
      "CREATE TABLE IF NOT EXISTS cordon.blob_counters (tenant_id uuid PRIMARY KEY, last int8 NOT "
      "NULL)",
  };
  const PgTable tables[] = {{.schema = "cordon", .name = "turns"},
                            {.schema = "cordon", .name = "numbers"},
                            {.schema = "cordon", .name = "blobs"},
                            {.schema = "cordon", .name = "blob_chunks"},
                            {.schema = "cordon", .name = "blob_counters"}};
  auto found = owner.Execute(kFind);
  if (!found.ok() || found->rows() > 0) return found.status();
  absl::Status made;
  for (const std::string_view table : kTables) {
    if (made.ok()) made = owner.Execute(table).status();
  }
  if (made.ok()) made = PgInstall(owner, options, tables);
  if (made.ok()) return made;
  // Another process was faster.
  found = owner.Execute(kFind);
  return found.ok() && found->rows() > 0 ? absl::OkStatus() : made;
}

// ---- transactions -------------------------------------------------------------------------------

class PgTransaction final : public RemoteTransaction {
 public:
  PgTransaction(PgEngine& engine, const RemoteBeginning& beginning)
      : engine_(engine),
        beginning_(beginning),
        tenant_(beginning.session != nullptr ? beginning.session->proof->tenant : Nobody()) {}
  ~PgTransaction() override {
    lease_.reset();
    if (!writer_.has_value()) return;
    const std::lock_guard lock(engine_.mutex_);
    engine_.writing_.erase(*writer_);
  }

  absl::Status Begin() {
    if (Writes()) {
      const std::thread::id self = std::this_thread::get_id();
      const std::lock_guard lock(engine_.mutex_);
      if (!engine_.writing_.insert(self).second) {
        return Error(ErrorCode::kInsideTransaction,
                     "this thread's own transaction is still open: inside it, call the transaction "
                     "and not the session or the platform");
      }
      writer_ = self;
    }
    return Lease();
  }

  absl::StatusOr<std::shared_ptr<const RemoteStatement>> Prepare(
      const Statement& statement) override {
    return engine_.Prepare(statement);
  }
  absl::StatusOr<std::unique_ptr<RemoteRun>> Bind(std::shared_ptr<const RemoteStatement> statement,
                                                  std::span<const SqlValue> arguments) override;

  // A statement with its arguments; one that failed has changed nothing.
  absl::StatusOr<PgRows> Run(std::string_view text, const PgArguments& arguments, bool writes) {
    stop_ = Stop::kNone;
    if (lost_) return TransactionOver();
    running_since_ = engine_.clock_->Monotonic();
    if (IsOneRead()) return RunAlone(text, arguments);
    KeepWhatIsThere();
    auto rows = lease_->Run(text, arguments);
    if (!rows.ok()) {
      Undo();
    } else {
      ran_ = true;
      clean_ = clean_ && !writes;
      // The request to stop came too late for this statement, and may come to the next one.
      lost_ = stop_ != Stop::kNone;
    }
    return rows;
  }

  absl::Status Commit() override { return lost_ ? TransactionOver() : lease_->Commit(); }

  absl::Status Savepoint() override {
    if (lost_) return TransactionOver();
    if (inner_) lease_->Release(kInner);
    inner_ = false;
    clean_ = true;
    lease_->Savepoint(PartName(++depth_));
    return absl::OkStatus();
  }
  absl::Status EndSavepoint(bool keep) override {
    if (lost_) return TransactionOver();
    const std::string name = PartName(depth_--);
    inner_ = clean_ = false;
    if (!keep) {
      if (absl::Status undone = lease_->RollbackTo(name); !undone.ok()) return undone;
    }
    lease_->Release(name);
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<RemoteRun>> RunOwn(std::string_view sql,
                                                    std::span<const SqlValue> values) override;

  Stop TakeStop() override { return std::exchange(stop_, Stop::kNone); }
  bool lost() const override { return lost_; }

 private:
  static constexpr std::string_view kInner = "cordon_s";
  static std::string PartName(int depth) { return "cordon_p" + std::to_string(depth); }

  bool IsOneRead() const { return beginning_.kind == TransactionCore::Kind::kStatement; }
  bool Writes() const { return !IsOneRead() && beginning_.kind != TransactionCore::Kind::kRead; }

  // A connection, with the transaction begun.
  absl::Status Lease() {
    lease_.reset();
    PgPool& pool = beginning_.session != nullptr ? *engine_.pool_ : *engine_.owners_;
    auto lease = pool.Take(tenant_);
    if (!lease.ok()) return lease.status();
    lease_.emplace(*std::move(lease));
    return BeginAgain();
  }
  absl::Status BeginAgain() {
    if (absl::Status begun = lease_->Begin(Writes() ? PgAccess::kTurn : PgAccess::kRead);
        !begun.ok()) {
      return begun;
    }
    lease_->Watch([this] {
      stop_ = WhyStop();
      return stop_ != Stop::kNone;
    });
    return absl::OkStatus();
  }
  Stop WhyStop() const {
    const std::chrono::nanoseconds now = engine_.clock_->Monotonic();
    if (const SessionState* const session = beginning_.session; session != nullptr) {
      if (now >= session->proof->expires || !session->proof->Open()) return Stop::kRevoked;
      if (session->interrupts.load(std::memory_order_relaxed) != beginning_.interrupts_seen) {
        return Stop::kInterrupted;
      }
    }
    return now - running_since_ > beginning_.budget.wall ? Stop::kWall : Stop::kNone;
  }

  // A read that nobody has seen anything of yet may be repeated.
  absl::StatusOr<PgRows> RunAlone(std::string_view text, const PgArguments& arguments) {
    const auto give_up = std::chrono::steady_clock::now() + engine_.patience_;
    for (int repeats = 0;; ++repeats) {
      absl::Status begun = ran_ ? Lease() : absl::OkStatus();
      if (!begun.ok()) return begun;
      ran_ = true;
      auto rows = lease_->Run(text, arguments, PgThen::kCommit);
      if (rows.ok() || stop_ != Stop::kNone || !IsRepeatable(rows.status()) ||
          repeats == kRepeats || std::chrono::steady_clock::now() > give_up) {
        return rows;
      }
    }
  }

  // So that the statement at hand can be undone alone. Nothing is needed for the first one, with
  // which all of the transaction is begun anew, nor where nothing was written since.
  void KeepWhatIsThere() {
    if (clean_ || (!ran_ && depth_ == 0)) return;
    if (inner_) lease_->Release(kInner);
    lease_->Savepoint(kInner);
    inner_ = clean_ = true;
  }
  void Undo() {
    lost_ = lease_->gave_up();
    if (lost_) return;
    absl::Status undone;
    if (clean_) {
      undone = lease_->RollbackTo(inner_ ? std::string(kInner) : PartName(depth_));
    } else {
      lease_->Rollback();
      undone = BeginAgain();
    }
    lost_ = !undone.ok();
  }

  PgEngine& engine_;
  const RemoteBeginning beginning_;
  const TenantId tenant_;
  std::optional<std::thread::id> writer_;
  std::optional<PgLease> lease_;
  std::chrono::nanoseconds running_since_{0};
  Stop stop_ = Stop::kNone;
  bool lost_ = false;
  bool ran_ = false;    // a statement came to its end
  int depth_ = 0;       // of Savepoint()
  bool inner_ = false;  // there is kInner behind the innermost of these
  bool clean_ = false;  // nothing was written behind the last savepoint, whichever it is
};

class PgRun final : public RemoteRun {
 public:
  PgRun(PgTransaction& transaction, std::shared_ptr<const RemoteStatement> statement,
        PgArguments arguments)
      : RemoteRun(std::move(statement)),
        transaction_(transaction),
        arguments_(std::move(arguments)) {}

  // Of a statement that was run already.
  PgRun(PgTransaction& transaction, PgRows rows)
      : RemoteRun(nullptr), transaction_(transaction), executed_(true), rows_(std::move(rows)) {
    changed_ = rows_->changed();
  }

  absl::Status Execute() override {
    if (executed_) return absl::OkStatus();
    executed_ = true;
    auto rows = transaction_.Run(static_cast<const PgStatement&>(*statement_).text, arguments_,
                                 permit().target != kNoTable);
    stopped = transaction_.TakeStop();
    if (!rows.ok()) return rows.status();
    rows_.emplace(*std::move(rows));
    if (permit().target != kNoTable) changed_ = rows_->changed();
    return absl::OkStatus();
  }
  bool Next() override { return rows_.has_value() && ++row_ < rows_->rows(); }
  SqlValue Column(std::size_t column) const override {
    return ValueAt(*rows_, row_, static_cast<int>(column));
  }
  std::int64_t LongestColumn() const override {
    std::size_t longest = 0;
    for (int column = 0; column < rows_->columns(); ++column) {
      longest = std::max(longest, rows_->Bytes(row_, column).size());
    }
    return static_cast<std::int64_t>(longest);
  }
  std::int64_t changed() const override { return changed_; }

 private:
  PgTransaction& transaction_;
  const PgArguments arguments_;
  bool executed_ = false;
  std::optional<PgRows> rows_;
  int row_ = -1;
  std::int64_t changed_ = 0;
};

absl::StatusOr<std::unique_ptr<RemoteRun>> PgTransaction::Bind(
    std::shared_ptr<const RemoteStatement> statement, std::span<const SqlValue> values) {
  const auto& types = static_cast<const PgStatement&>(*statement).types;
  PgArguments arguments;
  arguments.Id(tenant_);
  for (std::size_t i = 0; i < std::min(values.size(), types.size()); ++i) {
    absl::Status added = AddArgument(values[i], types[i], &arguments);
    if (!added.ok()) return added;
  }
  return std::make_unique<PgRun>(*this, std::move(statement), std::move(arguments));
}

absl::StatusOr<std::unique_ptr<RemoteRun>> PgTransaction::RunOwn(std::string_view sql,
                                                                 std::span<const SqlValue> values) {
  PgArguments arguments;
  arguments.Id(tenant_);
  for (const SqlValue& value : values) {
    const SqlType::Kind kind = value.storage == SqlValue::kText   ? SqlType::kText
                               : value.storage == SqlValue::kBlob ? SqlType::kBlob
                                                                  : SqlType::kInteger;
    if (absl::Status added = AddArgument(value, {kind, 0, false}, &arguments); !added.ok()) {
      return added;
    }
  }
  auto rows = Run(OwnText(sql), arguments, !sql.starts_with("SELECT"));
  if (!rows.ok()) return rows.status();
  return std::make_unique<PgRun>(*this, *std::move(rows));
}

// ---- the engine ---------------------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<RemoteEngine>> PgEngine::Open(const PostgresOptions& options,
                                                             const SchemaView& schema,
                                                             const MigrationsView& migrations,
                                                             const PlatformOptions& platform) {
  std::unique_ptr<PgEngine> engine(
      new PgEngine(schema, migrations.version, platform.clock, options.patience));
  auto pool = PgPool::Make(options);
  if (!pool.ok()) return pool.status();
  engine->pool_ = *std::move(pool);
  PostgresOptions owners = options;
  owners.runtime_role = options.owner_role;
  owners.owner_role = "";
  owners.connections = owners.connections_per_tenant = kOwnerConnections;
  pool = PgPool::Make(std::move(owners));
  if (!pool.ok()) return pool.status();
  engine->owners_ = *std::move(pool);

  const auto deadline = std::chrono::steady_clock::now() + options.patience;
  auto owner = PgConnection::Open(options, options.owner_role, deadline);
  if (!owner.ok()) return owner.status();
  auto runtime = PgConnection::Open(options, options.runtime_role, deadline);
  if (!runtime.ok()) return runtime.status();
  if (absl::Status made = PgInstallFunctions(**owner, options); !made.ok()) return made;
  if (absl::Status made = PgMakeOwnTables(**owner, options); !made.ok()) return made;
  absl::Status agreed = PgCreateOrCompare(**owner, options, schema, kPgSchema, migrations);
  if (!agreed.ok()) return agreed;
  PostgresOptions own = options;
  own.clock = platform.clock;
  own.entropy = platform.entropy;
  auto store = PgStore::Open(std::move(own));
  if (!store.ok()) return store.status();
  engine->store_ = *std::move(store);
  absl::Status ready = engine->store_->Migrate("backfills", kBackfillSteps);
  if (!ready.ok()) return ready;
  if (absl::Status proved = PgProve(**owner, **runtime, options); !proved.ok()) return proved;
  return engine;
}

absl::StatusOr<std::unique_ptr<RemoteTransaction>> PgEngine::Begin(
    const RemoteBeginning& beginning) {
  auto transaction = std::make_unique<PgTransaction>(*this, beginning);
  if (absl::Status begun = transaction->Begin(); !begun.ok()) return begun;
  return transaction;
}

absl::StatusOr<std::shared_ptr<const PgStatement>> PgEngine::Make(
    const Statement& statement) const {
  auto made = std::make_shared<PgStatement>();
  // The print is that of the same statement on SQLite.
  auto marked = Emit(statement, Dialect::kSqlite);
  if (!marked.ok()) return marked.status();
  made->fingerprint = FingerprintOf(*marked, *statement.schema);
  std::vector<SqlType> page;
  marked = Emit(statement, Dialect::kPostgres, &page);
  if (!marked.ok()) return marked.status();
  made->permit.access = statement.access;
  auto text = PgExpand(*marked, schema_, &made->permit);
  if (!text.ok()) return text.status();
  made->text = *std::move(text);
  made->types.assign(statement.arguments, statement.arguments + statement.argument_count);
  made->types.insert(made->types.end(), page.begin(), page.end());
  if (statement.paging != Paging::kNone) made->types.push_back({SqlType::kInteger, 0, false});
  return made;
}

absl::StatusOr<std::shared_ptr<const PgStatement>> PgEngine::Prepare(const Statement& statement) {
  if (!statement.cached) return Make(statement);
  const auto is = [&](const Kept& kept) {
    return kept.statement->permit.access == statement.access && kept.paging == statement.paging &&
           kept.source == statement.text &&
           std::equal(kept.arguments.begin(), kept.arguments.end(), statement.arguments,
                      statement.arguments + statement.argument_count);
  };
  {
    const std::lock_guard lock(mutex_);
    const auto found = statements_.find(statement.hash);
    if (found != statements_.end() && is(found->second)) {
      found->second.used = ++uses_;
      return found->second.statement;
    }
  }
  auto made = Make(statement);
  if (!made.ok()) return made;
  const std::lock_guard lock(mutex_);
  if (statements_.size() >= kMostStatements && !statements_.contains(statement.hash)) {
    statements_.erase(std::min_element(
        statements_.begin(), statements_.end(),
        [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
  }
  statements_.insert_or_assign(
      statement.hash, Kept{std::string(statement.text),
                           {statement.arguments, statement.arguments + statement.argument_count},
                           statement.paging,
                           *made,
                           ++uses_});
  return made;
}

absl::Status PgEngine::CheckStillOfVersion(OwnConnection& connection) const {
  OwnStatement find(connection, "SELECT version FROM cordon.schema WHERE name = ?1");
  find.Bind(1, kPgSchema);
  FileVersion found;
  if (find.Step()) found.version = find.Int(0);
  return find.status().ok() ? CheckVersion(found, version_, "the database") : find.status();
}

absl::Status PgEngine::Purge(const TenantId& tenant) {
  auto lease = owners_->Take(tenant);
  if (!lease.ok()) return lease.status();
  if (absl::Status begun = lease->Begin(PgAccess::kTurn); !begun.ok()) return begun;
  // The server knows all tables under the lock; this release may be older than some, and newer than
  // others. Those of the directory are not among them.
  const auto tables = lease->Run(
      "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = "
      "c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND "
      "NOT a.attisdropped WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND "
      "c.relrowsecurity ORDER BY 1");
  if (!tables.ok()) return tables.status();
  // In one statement, at whose end every reference among the rows is gone.
  std::string purge;
  for (int row = 0; row < tables->rows(); ++row) {
    purge += (row == 0 ? "WITH d" : ", d") + std::to_string(row) + " AS (DELETE FROM " +
             std::string(tables->Bytes(row, 0)) + " WHERE tenant_id = $1)";
  }
  auto gone = lease->Run(purge + " SELECT 1", PgArguments().Id(tenant));
  if (gone.ok()) {
    gone = lease->Run("DELETE FROM cordon.cordon_backfills WHERE tenant_id = $1",
                      PgArguments().Bytes(tenant.bytes()));
  }
  return gone.ok() ? lease->Commit() : gone.status();
}

}  // namespace cordon::internal

namespace cordon {
namespace {

class PostgresServer final : public Server {
 public:
  explicit PostgresServer(PostgresOptions options) : options_(std::move(options)) {}
  absl::StatusOr<std::unique_ptr<internal::RemoteEngine>> Open(
      const internal::SchemaView& schema, const internal::MigrationsView& migrations,
      const PlatformOptions& options) const override {
    return internal::Guarded(
        [&] { return internal::PgEngine::Open(options_, schema, migrations, options); });
  }

  absl::Status Migrate(const internal::SchemaView& schema,
                       const internal::MigrationsView& migrations,
                       const MigrateOptions& how) const override {
    return internal::Guarded(
        [&] { return internal::PgMigrate(options_, schema, migrations, how); });
  }

 private:
  const PostgresOptions options_;
};

}  // namespace

absl::StatusOr<std::string> PostgresHardening(const PostgresOptions& options) {
  return internal::Guarded([&] { return internal::PgHardenStatements(options); });
}

std::shared_ptr<const Server> OnPostgres(PostgresOptions options) {
  return std::make_shared<PostgresServer>(std::move(options));
}

}  // namespace cordon
