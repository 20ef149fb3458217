// SPDX-License-Identifier: Apache-2.0
#include "data/migration.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include "absl/strings/cord.h"
#include "cordon/store/error.h"
#include "data/backfill.h"
#include "data/catalog.h"
#include "data/ddl.h"
#include "data/declaration.h"
#include "data/engine.h"
#include "data/migration_pace.h"
#include "data/migration_plan.h"
#include "store/guard.h"

namespace cordon {
namespace internal {
namespace {

using Command = SqliteConnection::Command;
using Tenant = TenantId::Bytes;

constexpr char kScratchTable[] = "cordon_rebuilt";

std::string Quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }
std::string InQuotes(std::string_view name) { return "'" + std::string(name) + "'"; }

absl::StatusOr<FileVersion> VersionOf(SqliteConnection& connection) {
  const SqliteConnection::Internally own(connection);
  return ReadVersion(connection.handle());
}

absl::StatusOr<std::vector<MigrationStep>> PlanHere(SqliteConnection& connection,
                                                    const SchemaView& schema,
                                                    const MigrationsView& migrations,
                                                    std::int64_t version) {
  const SqliteConnection::Internally own(connection);
  const auto catalog = ReadCatalog(connection.handle());
  if (!catalog.ok()) return catalog.status();
  return PlanSteps(*catalog, schema, migrations, version);
}

// Notes what the file now is; `target` while it is on its way.
absl::Status NoteVersion(SqliteConnection& connection, const SchemaView& schema,
                         std::int64_t version, std::optional<std::int64_t> target) {
  const std::string declaration = DeclarationOf(schema);
  {
    OwnStatement now(connection, "SELECT version, target IS NULL, declaration FROM cordon_schema");
    const bool same = now.Step() && now.Int(0) == version && now.Int(1) != 0 &&
                      !target.has_value() && now.Text(2) == declaration;
    if (!now.status().ok()) return now.status();
    if (same) return absl::OkStatus();
  }
  OwnStatement note(connection,
                    "INSERT INTO cordon_schema(one, version, target, declaration) "
                    "VALUES (1, ?1, ?2, ?3) ON CONFLICT(one) DO UPDATE SET version = ?1, "
                    "target = ?2, declaration = iif(?2 IS NULL, ?3, declaration)");
  note.Bind(1, version);
  if (target.has_value()) note.Bind(2, *target);
  note.Bind(3, target.has_value() ? std::string_view("") : std::string_view(declaration));
  return note.Finish();
}

// ---- statements of the expanding and the contracting part ---------------------------------------

absl::Status CreateTable(SqliteConnection& connection, const SchemaView& schema,
                         std::size_t table) {
  for (const PhysicalObject& object : PhysicalObjects(schema, table)) {
    if (absl::Status made = connection.Run(object.sql.c_str()); !made.ok()) return made;
  }
  return absl::OkStatus();
}

absl::Status AddColumn(SqliteConnection& connection, const SchemaView& schema,
                       const MigrationStep& step) {
  const std::size_t table = schema.FindTable(step.table);
  const std::size_t column = schema.FindColumn(table, step.object, NameHash(step.object));
  const std::string sql = "ALTER TABLE main." + Quoted(step.table) + " ADD COLUMN " +
                          FillableColumnSql(schema.Column(table, column));
  return connection.Run(sql.c_str());
}

absl::Status ChangeIndex(SqliteConnection& connection, const SchemaView& schema,
                         const MigrationStep& step) {
  if (step.action == MigrationAction::kDropIndex) {
    return connection.Run(("DROP INDEX main." + Quoted(step.object)).c_str());
  }
  for (const PhysicalObject& object : PhysicalObjects(schema, schema.FindTable(step.table))) {
    if (object.name == step.object) return connection.Run(object.sql.c_str());
  }
  return absl::OkStatus();
}

// SQLite cannot alter constraints: a table is made anew, filled, and put in the old one's place.
// REQUIRES: foreign keys are off.
absl::Status RebuildTable(SqliteConnection& connection, const SchemaView& schema,
                          std::size_t table) {
  const TableDef& definition = schema.tables[table];
  const std::vector<PhysicalObject> objects = PhysicalObjects(schema, table);
  const std::string name = Quoted(definition.name);
  std::string columns = definition.kind == TableKind::kTenant ? Quoted(kTenantColumn) : "";
  for (std::size_t c = 0; c < definition.column_count; ++c) {
    columns += (columns.empty() ? "" : ", ") + Quoted(schema.Column(table, c).name);
  }
  const std::string create = "CREATE TABLE " + name;
  std::vector<std::string> statements = {
      "CREATE TABLE main." + Quoted(kScratchTable) + objects[0].sql.substr(create.size()),
      "INSERT INTO main." + Quoted(kScratchTable) + " (" + columns + ") SELECT " + columns +
          " FROM main." + name,
      "DROP TABLE main." + name,
      "ALTER TABLE main." + Quoted(kScratchTable) + " RENAME TO " + name};
  for (std::size_t i = 1; i < objects.size(); ++i) statements.push_back(objects[i].sql);
  for (const std::string& sql : statements) {
    if (absl::Status done = connection.Run(sql.c_str()); !done.ok()) {
      return BrokenRule(done, std::string(definition.name));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckForeignKeys(SqliteConnection& connection, const std::string& table) {
  OwnStatement broken(connection, "PRAGMA main.foreign_key_check(" + Quoted(table) + ")");
  if (broken.Step()) {
    return Error(ErrorCode::kForeignKeyViolation,
                 "table " + InQuotes(table) +
                     " holds rows that refer to none: let a backfill mend them, or take the "
                     "reference back");
  }
  return broken.status();
}

std::string_view TextOf(std::span<const std::byte> blob) {
  return {reinterpret_cast<const char*>(blob.data()), blob.size()};
}

// ---- a migration --------------------------------------------------------------------------------

class Migrator : private MigrationPace {
 public:
  Migrator(Engine& engine, const SchemaView& schema, const MigrationsView& migrations,
           const MigrateOptions& how)
      : MigrationPace(how), engine_(engine), schema_(schema), migrations_(migrations) {}

  absl::Status Run() {
    std::int64_t version = 0;
    absl::Status known = Transact([&](SqliteConnection& connection) -> absl::Status {
      auto file = VersionOf(connection);
      if (!file.ok()) return file.status();
      over_ = !file->target.has_value();
      version = file->version;
      return absl::OkStatus();
    });
    if (!known.ok() || over_) return known;
    const std::vector<Backfill> backfills = BackfillsAfter(schema_, migrations_, version);
    for (const Backfill& backfill : backfills) {
      if (absl::Status filled = FillAll(backfill); !filled.ok() || over_) return filled;
    }
    if (absl::Status indexed = ChangeIndexes(version); !indexed.ok() || over_) return indexed;
    if (absl::Status told = TellLast(); !told.ok()) return told;
    return Halving([&] { return Contract(backfills, version); });
  }

 private:
  absl::Status Transact(const std::function<absl::Status(SqliteConnection&)>& act) {
    return engine_.store().Transact(act);
  }

  // Another process may have ended the migration, or a newer release has taken it over.
  absl::Status NoteOver(SqliteConnection& connection) {
    FileVersion file;
    OwnStatement now(connection, "SELECT version, target FROM cordon_schema WHERE target NOT NULL");
    over_ = !now.Step();
    if (!now.status().ok() || over_) return now.status();
    file.version = now.Int(0);
    file.target = now.Int(1);
    return CheckMigratable(file, migrations_);
  }

  // The first tenant from `from` on that the backfill is not done with.
  absl::StatusOr<std::optional<Tenant>> NextTenant(SqliteConnection& connection,
                                                   const Backfill& backfill, const Tenant& from) {
    OwnStatement next(connection,
                      "SELECT id FROM cordon_tenants AS t WHERE state <> 3 AND id >= ?4 AND NOT "
                      "EXISTS (SELECT 1 FROM cordon_backfills WHERE version = ?1 AND place = ?2 "
                      "AND tenant_id = t.id AND done = 1 AND statement = ?3) ORDER BY id LIMIT 1");
    next.Bind(1, backfill.version());
    next.Bind(2, backfill.place());
    next.Bind(3, backfill.hash());
    next.Bind(4, std::span<const std::byte>(from));
    std::optional<Tenant> tenant;
    if (next.Step()) {
      const auto id = next.Blob(0);
      Tenant found{};
      if (id.size() != found.size()) {
        return Error(ErrorCode::kCorrupt, "a tenant's id in the directory is damaged");
      }
      std::copy(id.begin(), id.end(), found.begin());
      tenant = found;
    }
    if (!next.status().ok()) return next.status();
    return tenant;
  }

  absl::StatusOr<std::int64_t> CountTenants() {
    std::int64_t tenants = 0;
    absl::Status counted = Transact([&](SqliteConnection& connection) -> absl::Status {
      OwnStatement count(connection, "SELECT count(*) FROM cordon_tenants WHERE state <> 3");
      if (count.Step()) tenants = count.Int(0);
      return count.status();
    });
    if (!counted.ok()) return counted;
    return tenants;
  }

  // All tenants, a bounded number of rows in each transaction.
  absl::Status FillAll(const Backfill& backfill) {
    const auto tenants = CountTenants();
    if (!tenants.ok()) return tenants.status();
    Tenant from{};
    MigrationProgress progress{backfill.version(), backfill.table(), 1,
                               static_cast<std::size_t>(*tenants), 0};
    for (bool done = false; !done && !over_;) {
      progress.rows = rows_;
      if (absl::Status told = Tell(progress); !told.ok()) return told;
      auto began = std::chrono::steady_clock::now();
      std::size_t finished = 0;
      Tenant next = from;
      std::int64_t changed = 0;
      absl::Status filled = Halving([&] {
        finished = 0;
        changed = 0;
        next = from;
        return Transact([&](SqliteConnection& connection) {
          began = std::chrono::steady_clock::now();
          return FillSome(connection, backfill, &next, &finished, &changed, &done);
        });
      });
      if (!filled.ok()) return filled;
      from = next;
      rows_ += changed;
      progress.tenant = std::min(progress.tenant + finished, progress.tenants);
      // SQLite does not queue writers: whoever waits in another process looks now and then.
      std::this_thread::sleep_for(std::max<std::chrono::steady_clock::duration>(
          std::chrono::steady_clock::now() - began, std::chrono::milliseconds(2)));
    }
    return absl::OkStatus();
  }

  absl::Status FillSome(SqliteConnection& connection, const Backfill& backfill, Tenant* from,
                        std::size_t* finished, std::int64_t* changed, bool* done) {
    if (absl::Status noted = NoteOver(connection); !noted.ok() || over_) return noted;
    // A tenant without rows costs something too.
    for (std::int64_t left = limit_; left > 0;) {
      auto tenant = NextTenant(connection, backfill, *from);
      if (!tenant.ok()) return tenant.status();
      *done = !tenant->has_value();
      if (*done) return absl::OkStatus();
      *from = **tenant;
      auto rows = FillTenant(connection, backfill, **tenant, left, changed);
      if (!rows.ok()) return Concerning(rows.status(), **tenant);
      left -= rows->count + 1;
      if (!rows->upper.has_value()) ++*finished;
    }
    return absl::OkStatus();
  }

  // One range of one tenant's rows, and how far it has got.
  absl::StatusOr<Backfill::Rows> FillTenant(SqliteConnection& connection, const Backfill& backfill,
                                            const Tenant& tenant, std::int64_t limit,
                                            std::int64_t* changed) {
    std::optional<RowKey> last;
    std::optional<RowKey> end;
    {
      OwnStatement find(connection,
                        "SELECT last_key, end_key FROM cordon_backfills WHERE version = ?1 AND "
                        "place = ?2 AND tenant_id = ?3 AND statement = ?4 AND done = 0");
      find.Bind(1, backfill.version());
      find.Bind(2, backfill.place());
      find.Bind(3, std::span<const std::byte>(tenant));
      find.Bind(4, backfill.hash());
      // One that cannot be read is of a table with another key: from the beginning.
      if (find.Step()) {
        last = backfill.ParseKey(TextOf(find.Blob(0)));
        end = backfill.ParseKey(TextOf(find.Blob(1)));
      }
      if (!find.status().ok()) return find.status();
    }
    if (!end.has_value()) {
      auto newest = backfill.Last(connection, tenant);
      if (!newest.ok()) return newest.status();
      end = *std::move(newest);
    }
    auto rows = backfill.Next(connection, tenant, last, limit);
    if (!rows.ok()) return rows;
    if (rows->count > 0) {
      auto filled = backfill.Fill(Engine::Of(connection), tenant, last, rows->upper);
      if (!filled.ok()) return filled.status();
      *changed += *filled;
    }
    // Whoever adds rows faster than this could keep it from ever coming to an end.
    const bool done = !rows->upper.has_value() || !rows->upper->IsBefore(*end);
    OwnStatement note(
        connection,
        "INSERT INTO cordon_backfills(version, place, tenant_id, statement, last_key, "
        "end_key, done) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET "
        "statement = ?4, last_key = ?5, end_key = ?6, done = ?7");
    note.Bind(1, backfill.version());
    note.Bind(2, backfill.place());
    note.Bind(3, std::span<const std::byte>(tenant));
    note.Bind(4, backfill.hash());
    const std::string last_key = done ? "" : rows->upper->Serialize();
    const std::string end_key = done ? "" : end->Serialize();
    note.Bind(5, std::as_bytes(std::span(last_key.c_str(), last_key.size())));
    note.Bind(6, std::as_bytes(std::span(end_key.c_str(), end_key.size())));
    note.Bind(7, std::int64_t{done ? 1 : 0});
    if (absl::Status noted = note.Finish(); !noted.ok()) return noted;
    if (done) rows->upper.reset();
    return rows;
  }

  absl::StatusOr<std::vector<MigrationStep>> PlanNow(SqliteConnection& connection,
                                                     std::int64_t version) {
    return PlanHere(connection, schema_, migrations_, version);
  }

  // Each in a transaction of its own, as each reads its whole table.
  absl::Status ChangeIndexes(std::int64_t version) {
    for (bool changed = true; changed && !over_;) {
      changed = false;
      absl::Status done = Transact([&](SqliteConnection& connection) -> absl::Status {
        if (absl::Status noted = NoteOver(connection); !noted.ok() || over_) return noted;
        auto steps = PlanNow(connection, version);
        if (!steps.ok()) return steps.status();
        for (const MigrationStep& step : *steps) {
          if (step.action != MigrationAction::kCreateIndex &&
              step.action != MigrationAction::kDropIndex) {
            continue;
          }
          changed = true;
          return ChangeIndex(connection, schema_, step);
        }
        return absl::OkStatus();
      });
      if (!done.ok()) return done;
    }
    return absl::OkStatus();
  }

  // Rows that were written since a backfill passed by.
  absl::Status FillLate(SqliteConnection& connection, const Backfill& backfill) {
    std::vector<Tenant> tenants;
    {
      OwnStatement list(connection, "SELECT id FROM cordon_tenants WHERE state <> 3");
      while (list.Step()) {
        const auto id = list.Blob(0);
        Tenant tenant{};
        if (id.size() == tenant.size()) std::copy(id.begin(), id.end(), tenant.begin());
        tenants.push_back(tenant);
      }
      if (!list.status().ok()) return list.status();
    }
    for (const Tenant& tenant : tenants) {
      std::optional<RowKey> last;
      for (bool more = true; more;) {
        auto rows = backfill.Next(connection, tenant, last, limit_);
        if (!rows.ok()) return rows.status();
        if (rows->count > 0) {
          auto filled = backfill.Fill(Engine::Of(connection), tenant, last, rows->upper);
          if (!filled.ok()) return Concerning(filled.status(), tenant);
        }
        more = rows->upper.has_value();
        last = std::move(rows->upper);
      }
    }
    return absl::OkStatus();
  }

  absl::Status Contract(const std::vector<Backfill>& backfills, std::int64_t version) {
    return Transact([&](SqliteConnection& connection) -> absl::Status {
      // A table cannot be put in another's place while references to it are watched, and they can
      // be switched off between transactions only. This engine's connections do nothing else.
      absl::Status begun = connection.Do(Command::kCommit);
      if (begun.ok()) begun = connection.Run("PRAGMA foreign_keys=OFF");
      if (begun.ok()) begun = connection.Do(Command::kBeginImmediate);
      if (!begun.ok()) return begun;
      if (absl::Status noted = NoteOver(connection); !noted.ok() || over_) return noted;
      std::vector<std::string> touched;
      for (const Backfill& backfill : backfills) {
        if (absl::Status late = FillLate(connection, backfill); !late.ok()) return late;
        touched.emplace_back(backfill.table());
      }
      auto steps = PlanNow(connection, version);
      if (!steps.ok()) return steps.status();
      for (const MigrationStep& step : *steps) {
        if (absl::Status done = Apply(connection, step, &touched); !done.ok()) return done;
      }
      std::sort(touched.begin(), touched.end());
      touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
      for (const std::string& table : touched) {
        if (absl::Status whole = CheckForeignKeys(connection, table); !whole.ok()) return whole;
      }
      if (absl::Status same = CreateOrCompare(connection, schema_); !same.ok()) return same;
      if (absl::Status noted = connection.Run("DELETE FROM cordon_backfills"); !noted.ok()) {
        return noted;
      }
      return NoteVersion(connection, schema_, migrations_.version, std::nullopt);
    });
  }

  absl::Status Apply(SqliteConnection& connection, const MigrationStep& step,
                     std::vector<std::string>* touched) {
    switch (step.action) {
      case MigrationAction::kRebuildTable:
        touched->push_back(step.table);
        return RebuildTable(connection, schema_, schema_.FindTable(step.table));
      case MigrationAction::kDropTable:
        return connection.Run(("DROP TABLE main." + Quoted(step.table)).c_str());
      case MigrationAction::kCreateIndex:
      case MigrationAction::kDropIndex:
        return ChangeIndex(connection, schema_, step);
      case MigrationAction::kCreateTable:
      case MigrationAction::kAddColumn:
      case MigrationAction::kBackfill:
      case MigrationAction::kDropColumn:
        break;  // done before, or with the table
    }
    return absl::OkStatus();
  }

  Engine& engine_;
  const SchemaView& schema_;
  const MigrationsView& migrations_;
  bool over_ = false;  // nothing is left to do
};

}  // namespace

absl::Status BrokenRule(const absl::Status& status, const std::string& table) {
  std::string_view rule;
  switch (CodeOf(status)) {
    case ErrorCode::kNotNullViolation:
      rule = "NULL where a value must be";
      break;
    case ErrorCode::kUniqueViolation:
      rule = "two rows of a tenant where Unique allows one";
      break;
    case ErrorCode::kCheckViolation:
      rule = "a value that its type does not list";
      break;
    case ErrorCode::kForeignKeyViolation:
      rule = "rows that refer to none";
      break;
    default:
      return status;
  }
  return Error(CodeOf(status), "table " + InQuotes(table) + " holds " + std::string(rule) +
                                   ": let a backfill mend such rows, or take the rule back");
}

absl::Status Concerning(absl::Status status, const Tenant& tenant) {
  if (status.ok()) return status;
  if (const auto id = TenantId::FromBytes(tenant); id.ok()) {
    status.SetPayload("cordon/tenant", absl::Cord(id->ToString()));
  }
  return status;
}

absl::Status OpenAtVersion(SqliteConnection& connection, const SchemaView& schema,
                           const MigrationsView& migrations) {
  const auto file = VersionOf(connection);
  if (!file.ok()) return file.status();
  if (!file->fresh) {
    if (absl::Status same = CheckVersion(*file, migrations.version); !same.ok()) return same;
  }
  if (absl::Status agreed = CreateOrCompare(connection, schema); !agreed.ok()) return agreed;
  return NoteVersion(connection, schema, migrations.version, std::nullopt);
}

absl::Status BeginMigration(SqliteConnection& connection, const SchemaView& schema,
                            const MigrationsView& migrations) {
  const auto file = VersionOf(connection);
  if (!file.ok()) return file.status();
  if (file->fresh || CheckVersion(*file, migrations.version).ok()) {
    return OpenAtVersion(connection, schema, migrations);
  }
  if (absl::Status fit = CheckMigratable(*file, migrations); !fit.ok()) return fit;
  auto steps = PlanHere(connection, schema, migrations, file->version);
  if (!steps.ok()) return steps.status();
  for (const MigrationStep& step : *steps) {
    absl::Status done;
    if (step.action == MigrationAction::kCreateTable) {
      done = CreateTable(connection, schema, schema.FindTable(step.table));
    } else if (step.action == MigrationAction::kAddColumn) {
      done = AddColumn(connection, schema, step);
    }
    if (!done.ok()) return done;
  }
  return NoteVersion(connection, schema, file->version, migrations.version);
}

namespace {

absl::Status RunOpened(Engine::Opening opening, const SchemaView& schema,
                       const MigrationsView& migrations, PlatformOptions options,
                       const MigrateOptions& how) {
  if (how.rows_per_step < 1) {
    return Error(ErrorCode::kInvalidArgument, "rows_per_step must be positive");
  }
  return Guarded([&]() -> absl::Status {
    for (std::size_t i = 0; i < migrations.backfill_count; ++i) {
      absl::Status fit = Backfill(schema, migrations.backfills[i], i).Check();
      if (!fit.ok()) return fit;
    }
    if (options.server != nullptr && options.path.empty()) {
      return options.server->Migrate(schema, migrations, how);
    }
    std::error_code failed;
    if (!std::filesystem::exists(options.path, failed)) {
      return Error(ErrorCode::kCannotOpen, "there is no such file to migrate: check the path");
    }
    options.hooks.clear();
    auto engine = Engine::Open(schema, migrations, std::move(options), opening);
    if (!engine.ok()) return engine.status();
    return Migrator(**engine, schema, migrations, how).Run();
  });
}

}  // namespace

absl::Status RunMigration(const SchemaView& schema, const MigrationsView& migrations,
                          PlatformOptions options, const MigrateOptions& how) {
  return RunOpened({.migrates = true}, schema, migrations, std::move(options), how);
}

absl::Status MakeTemplate(const SchemaView& schema, const MigrationsView& migrations,
                          const std::string& path) {
  return Guarded([&]() -> absl::Status {
    std::error_code failed;
    if (std::filesystem::exists(path, failed)) {
      return Error(ErrorCode::kInvalidArgument,
                   "a file of the template's name exists already, and is left as it is: choose "
                   "another name");
    }
    PlatformOptions options;
    options.path = path;
    auto engine = Engine::Open(schema, migrations, std::move(options), {});
    absl::Status written = engine.status();
    if (written.ok()) {
      written = (*engine)->store().Transact(
          [&](SqliteConnection& connection) { return NoteMigrations(connection, migrations); });
      engine->reset();
    }
    if (!written.ok()) std::filesystem::remove(path, failed);
    return written;
  });
}

namespace {

absl::Status ReadTemplate(const std::string& path, Declaration* declaration) {
  return ReadFile(path, [&](sqlite3* db, const Catalog& catalog) {
    return declaration->Read(db, catalog, Declaration::Source::kTemplate);
  });
}

}  // namespace
}  // namespace internal

absl::Status MigrateLike(const std::string& template_path, PlatformOptions options,
                         const MigrateOptions& how) {
  return internal::Guarded([&]() -> absl::Status {
    internal::Declaration release;
    absl::Status read = internal::ReadTemplate(template_path, &release);
    if (!read.ok()) return read;
    const internal::Engine::Opening opening = {.migrates = true,
                                               .beside = options.secrets == nullptr};
    return internal::RunOpened(opening, release.schema(), release.migrations(), std::move(options),
                               how);
  });
}

absl::StatusOr<MigrationPlan> PlanMigrationLike(const std::string& template_path,
                                                const std::string& path) {
  return internal::Guarded([&]() -> absl::StatusOr<MigrationPlan> {
    internal::Declaration release;
    absl::Status read = internal::ReadTemplate(template_path, &release);
    if (!read.ok()) return read;
    return internal::PlanOf(release.schema(), release.migrations(), path);
  });
}

}  // namespace cordon
