// SPDX-License-Identifier: Apache-2.0
#include "data/engine.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cordon/store/error.h"
#include "data/blob.h"
#include "data/create_text.h"
#include "data/migration.h"
#include "data/migration_plan.h"
#include "data/number.h"
#include "store/guard.h"

namespace cordon::internal {
namespace {

constexpr const char* kSteps[] = {
    // One row: a number of this file's own, and its seal under the installation's secret.
    "CREATE TABLE cordon_installation(one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), "
    "file BLOB NOT NULL, seal BLOB) STRICT",
};

absl::Status CheckBudget(const StatementBudget& budget) {
  if (budget.vm_steps < 1 || budget.rows < 1 || budget.wall.count() < 1) {
    return Error(ErrorCode::kInvalidArgument, "a statement's budget must be positive");
  }
  return absl::OkStatus();
}

}  // namespace

std::array<OwnTables, 5> AllOwnTables() {
  return {{{"data", kSteps},
           {"numbers", kNumberSteps},
           {"blobs", kBlobSteps},
           {"schema", kSchemaSteps},
           {DirectoryFactory::kRoom, DirectoryFactory::Steps()}}};
}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Open(const SchemaView& schema,
                                                     const MigrationsView& migrations,
                                                     PlatformOptions options, Opening opening) {
  if (absl::Status fit = CheckBudget(options.budget); !fit.ok()) return fit;
  if (options.max_blob_bytes < 0) {
    return Error(ErrorCode::kInvalidArgument, "max_blob_bytes must not be negative");
  }
  if (options.clock == nullptr) options.clock = SystemClock();
  if (options.entropy == nullptr) options.entropy = SystemEntropy();
  if (std::find(options.hooks.begin(), options.hooks.end(), nullptr) != options.hooks.end()) {
    return Error(ErrorCode::kInvalidArgument, "a hook must not be null");
  }
  if (options.path.empty() == (options.server == nullptr)) {
    return Error(ErrorCode::kInvalidArgument,
                 "a platform is on a file or on a server: set path or server");
  }
  std::unique_ptr<Engine> engine(new Engine(schema, options.budget));
  engine->max_blob_bytes_ = options.max_blob_bytes;
  if (!options.hooks.empty()) {
    engine->hooks_ = std::make_unique<HookCalls>(options.hooks, *options.clock);
  }
  if (options.server != nullptr) {
    auto remote = options.server->Open(engine->schema_, migrations, options);
    if (!remote.ok()) return remote.status();
    engine->remote_ = *std::move(remote);
    absl::Status ready = engine->own_store().Migrate("data", kSteps);
    if (!ready.ok()) return ready;
    auto key = engine->CheckInstallation(options.secrets.get());
    if (!key.ok()) return key.status();
    ready = engine->OpenDirectory(*std::move(key));
    if (!ready.ok()) return ready;
    return engine;
  }
  auto store = SqliteStore::Open({options.path, options.readers, options.patience,
                                  options.write_cap, options.clock, options.entropy});
  if (!store.ok()) return store.status();
  engine->store_ = *std::move(store);
  for (const OwnTables& own : AllOwnTables()) {
    if (own.room == DirectoryFactory::kRoom) continue;  // it makes its tables itself
    absl::Status ready = engine->store_->Migrate(own.room, own.steps);
    if (!ready.ok()) return ready;
  }
  std::optional<Secret> envelope_key;
  if (!opening.beside) {
    auto key = engine->CheckInstallation(options.secrets.get());
    if (!key.ok()) return key.status();
    envelope_key = *std::move(key);
  }
  Engine* const self = engine.get();
  if (absl::Status open = engine->OpenDirectory(std::move(envelope_key)); !open.ok()) return open;
  absl::Status agreed = engine->store_->Transact([&](SqliteConnection& connection) {
    return opening.migrates ? BeginMigration(connection, schema, migrations)
                            : OpenAtVersion(connection, schema, migrations);
  });
  if (!agreed.ok()) return agreed;
  if (!opening.migrates) engine->version_ = migrations.version;
  // Only now, so that the tables which the lock knows by name exist.
  absl::Status locked = engine->store_->SetUp([self](SqliteConnection& connection) -> absl::Status {
    auto lock =
        EngineLock::Install(connection, self->schema_, self->budget_,
                            *self->store_->options().clock, *self->store_->options().entropy);
    if (!lock.ok()) return lock.status();
    connection.set_extension(std::make_unique<Connection>(connection, *std::move(lock)));
    return absl::OkStatus();
  });
  if (!locked.ok()) return locked;
  return engine;
}

absl::Status Engine::OpenDirectory(std::optional<Secret> envelope_key) {
  auto tenants = DirectoryFactory::Open(
      own_store(), std::move(envelope_key),
      [this](OwnConnection& connection, const TenantId& tenant) {
        if (remote_ != nullptr) return remote_->Purge(tenant);
        return Purge(static_cast<SqliteConnection&>(connection), tenant);
      },
      [this](const Principal* principal, const TenantId* tenant, std::string_view purpose,
             const TraceId* trace, const absl::Status& why) {
        if (hooks_ == nullptr) return;
        hooks_->Denied({tenant, principal, purpose, trace}, why);
      });
  if (!tenants.ok()) return tenants.status();
  tenants_ = *std::move(tenants);
  gates_ = &DirectoryFactory::GatesOf(*tenants_);
  return absl::OkStatus();
}

absl::Status Engine::CheckStillOfVersion(SqliteConnection& connection) const {
  if (!version_.has_value()) return absl::OkStatus();
  OwnStatement find(connection, "SELECT version FROM cordon_schema");
  FileVersion file;
  if (find.Step()) file.version = find.Int(0);
  return find.status().ok() ? CheckVersion(file, *version_) : find.status();
}

absl::Status Engine::CheckStillOfVersion() {
  return own_store().Read(
      [&](OwnConnection& connection) { return remote_->CheckStillOfVersion(connection); });
}

absl::Status Engine::HearOthers(std::chrono::nanoseconds now, bool at_once) {
  return own_store().Read([&](OwnConnection& connection) {
    absl::Status heard = at_once ? gates_->LookNow(connection, now) : gates_->Look(connection, now);
    // A migration counts as an act: as long as there is none, nothing is asked of the database.
    const std::int64_t epoch = gates_->Seen();
    if (!heard.ok() || epoch == of_version_in_.load(std::memory_order_relaxed)) return heard;
    heard = remote_->CheckStillOfVersion(connection);
    // Whoever comes next looks again: a database that was migrated stays refused.
    of_version_in_.store(heard.ok() ? epoch : -1, std::memory_order_relaxed);
    return heard;
  });
}

absl::StatusOr<Secret> Engine::CheckInstallation(SecretSource* secrets) {
  std::optional<Secret> secret;
  if (secrets != nullptr) {
    auto fetched = secrets->Fetch("cordon.installation");
    if (!fetched.ok()) return fetched.status();
    secret.emplace(*std::move(fetched));
    if (secret->Reveal().size() < 16 || secret->Reveal().size() > 64) {
      return Error(ErrorCode::kInvalidArgument, "an installation secret is 16 to 64 bytes");
    }
  }
  std::array<std::byte, 16> file{};
  absl::Status known = own_store().Transact([&](OwnConnection& connection) -> absl::Status {
    std::array<std::byte, 32> seal{};
    const auto compute = [&] {
      const auto key = secret->Reveal();
      crypto_generichash(reinterpret_cast<unsigned char*>(seal.data()), seal.size(),
                         reinterpret_cast<const unsigned char*>(file.data()), file.size(),
                         reinterpret_cast<const unsigned char*>(key.data()), key.size());
    };
    OwnStatement find(connection, "SELECT file, seal FROM cordon_installation");
    if (find.Step()) {
      const auto number = find.Blob(0);
      if (number.size() != file.size()) {
        return Error(ErrorCode::kCorrupt, "the file's installation record is damaged");
      }
      std::copy(number.begin(), number.end(), file.begin());
      const auto sealed = find.Blob(1);
      if (sealed.empty() != !secret.has_value()) {
        return Error(ErrorCode::kCannotOpen,
                     sealed.empty()
                         ? "the file was created without an installation secret: open it without"
                         : "the file was created with an installation secret: open it with one");
      }
      if (!secret.has_value()) return absl::OkStatus();
      compute();
      if (sealed.size() != seal.size() ||
          sodium_memcmp(sealed.data(), seal.data(), seal.size()) != 0) {
        return Error(ErrorCode::kCannotOpen,
                     "the file belongs to another installation: check the path");
      }
      return absl::OkStatus();
    }
    if (!find.status().ok()) return find.status();
    if (absl::Status drawn = own_store().entropy()->Fill(file); !drawn.ok()) return drawn;
    OwnStatement insert(connection,
                        "INSERT INTO cordon_installation(one, file, seal) VALUES (1, ?1, ?2)");
    insert.Bind(1, std::span<const std::byte>(file));
    if (secret.has_value()) {
      compute();
      insert.Bind(2, std::span<const std::byte>(seal));
    }
    return insert.Finish();
  });
  if (!known.ok()) return known;
  const auto derive = [](std::string_view purpose, std::span<const std::byte> from,
                         std::span<unsigned char> key) {
    crypto_generichash(key.data(), key.size(),
                       reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(),
                       reinterpret_cast<const unsigned char*>(from.data()), from.size());
  };
  derive("cordon.page", file, page_key_);
  std::array<unsigned char, 32> envelope_key{};
  derive("cordon.envelope",
         secret.has_value() ? secret->Reveal() : std::span<const std::byte>(file), envelope_key);
  auto kept = Secret::CopyFrom(std::as_bytes(std::span(envelope_key)));
  sodium_memzero(envelope_key.data(), envelope_key.size());
  return kept;
}

absl::Status Engine::Purge(SqliteConnection& connection, const TenantId& tenant) const {
  if (remote_ != nullptr) {
    if (absl::Status gone = remote_->Purge(tenant); !gone.ok()) return gone;
  }
  // All of a tenant's rows go, so every reference among them is gone at the end.
  if (absl::Status set = connection.Run("PRAGMA defer_foreign_keys=ON"); !set.ok()) return set;
  // The file knows all its tables; this release may be older than some, and newer than others.
  std::vector<std::string> tables;
  {
    OwnStatement find(connection,
                      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB "
                      "'cordon_*' AND name NOT GLOB 'sqlite_*'");
    while (find.Step()) tables.push_back(find.Text(0));
    if (!find.status().ok()) return find.status();
  }
  for (const std::string& table : tables) {
    bool of_tenants = false;
    // Not pragma_table_xinfo(), which stays with the connection once it was used.
    OwnStatement column(connection, "PRAGMA main.table_xinfo(" + QuotedName(table) + ")");
    while (column.Step()) of_tenants = of_tenants || column.Text(1) == kTenantColumn;
    if (!column.status().ok()) return column.status();
    if (!of_tenants) continue;
    OwnStatement purge(connection,
                       "DELETE FROM main." + QuotedName(table) + " WHERE \"tenant_id\" = ?1");
    purge.Bind(1, std::span<const std::byte>(tenant.bytes()));
    if (absl::Status gone = purge.Finish(); !gone.ok()) return gone;
  }
  OwnStatement purge(connection, "DELETE FROM cordon_backfills WHERE tenant_id = ?1");
  purge.Bind(1, std::span<const std::byte>(tenant.bytes()));
  if (absl::Status gone = purge.Finish(); !gone.ok()) return gone;
  if (absl::Status gone = PurgeNumbers(connection, tenant); !gone.ok()) return gone;
  return PurgeBlobs(connection, tenant);
}

PlatformCore::PlatformCore(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
PlatformCore::~PlatformCore() = default;

absl::StatusOr<std::unique_ptr<PlatformCore>> PlatformCore::Open(const SchemaView& schema,
                                                                 const MigrationsView& migrations,
                                                                 PlatformOptions options) {
  return Guarded([&]() -> absl::StatusOr<std::unique_ptr<PlatformCore>> {
    auto engine = Engine::Open(schema, migrations, std::move(options), {});
    if (!engine.ok()) return engine.status();
    return std::make_unique<PlatformCore>(*std::move(engine));
  });
}

absl::StatusOr<std::unique_ptr<PlatformCore>> PlatformCore::Open(const SchemaView& schema,
                                                                 PlatformOptions options) {
  return Open(schema, MigrationsView{}, std::move(options));
}

TenantDirectory& PlatformCore::tenants() const { return engine_->tenants(); }
Engine& PlatformCore::engine() const { return *engine_; }

namespace {

// `check`: of the context itself, which knows whether it was moved from.
absl::StatusOr<std::shared_ptr<Proof>> AdmitProof(Engine& engine, std::shared_ptr<Proof> proof,
                                                  absl::Status check, const Who& who) {
  if (check.ok() && proof->issuer != engine.own_store().identity()) {
    check = Error(ErrorCode::kNotPermitted,
                  "the context was issued by another platform: enter the tenant on this one");
  }
  if (check.ok()) return proof;
  if (engine.hooks() != nullptr) engine.hooks()->Denied(who, check);
  return check;
}

}  // namespace

absl::StatusOr<std::shared_ptr<Proof>> PlatformCore::Admit(const TenantContext& context) const {
  return AdmitProof(*engine_, ContextAccess::ProofOf(context), context.Check(),
                    {&context.tenant(), &context.principal(), context.purpose(), &context.trace()});
}

absl::StatusOr<std::shared_ptr<Proof>> PlatformCore::Admit(const SubtreeContext& context) const {
  return AdmitProof(*engine_, ContextAccess::ProofOf(context), context.Check(),
                    {&context.root(), &context.principal(), context.purpose(), &context.trace(),
                     &context.root()});
}

absl::StatusOr<std::shared_ptr<SessionState>> PlatformCore::OpenSession(
    const TenantContext& context) const {
  auto proof = Admit(context);
  if (!proof.ok()) return proof.status();
  return Guarded([&]() -> absl::StatusOr<std::shared_ptr<SessionState>> {
    return std::make_shared<SessionState>(*engine_, *std::move(proof));
  });
}

absl::StatusOr<std::vector<std::shared_ptr<SessionState>>> PlatformCore::OpenSubtree(
    const std::shared_ptr<Proof>& root) const {
  using States = std::vector<std::shared_ptr<SessionState>>;
  return Guarded([&]() -> absl::StatusOr<States> {
    auto proofs = DirectoryFactory::ProofsBelow(engine_->tenants(), root);
    if (!proofs.ok()) return proofs.status();
    States states;
    for (auto& proof : *proofs) {
      states.push_back(std::make_shared<SessionState>(*engine_, std::move(proof)));
    }
    return states;
  });
}

absl::Status LetTransfer(const SessionState& from, const SessionState& to,
                         std::string_view purpose) {
  for (const SessionState* side : {&from, &to}) {
    if (absl::Status valid = side->proof->Check(); !valid.ok()) return valid;
  }
  // Two platforms may take part, each with hooks of its own.
  for (const bool outgoing : {true, false}) {
    const SessionState& side = outgoing ? from : to;
    const SessionState& other = outgoing ? to : from;
    if (side.engine.hooks() == nullptr) continue;
    absl::Status let = side.engine.hooks()->Transferring(
        {WhoOf(*side.proof), &other.proof->tenant, outgoing, purpose});
    if (!let.ok()) return let;
  }
  return absl::OkStatus();
}

}  // namespace cordon::internal
