// SPDX-License-Identifier: Apache-2.0
#include "cordon/data/doctor.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "cordon/store/clock.h"
#include "cordon/store/entropy.h"
#include "cordon/store/error.h"
#include "cordon/version.h"
#include "data/catalog.h"
#include "data/create_text.h"
#include "data/ddl.h"
#include "data/declaration.h"
#include "data/engine.h"
#include "data/lock_trial.h"
#include "data/migration_plan.h"
#include "data/rebuild.h"
#include "store/guard.h"
#include "store/text.h"
#include "tenant/directory_check.h"

namespace cordon {
namespace {

using internal::BeginsWithSqlName;
using internal::Catalog;
using internal::CatalogTable;
using internal::Declaration;
using internal::DirectoryCheck;
using internal::LockTrial;
using internal::OwnStatement;
using internal::QuotedName;
using internal::Said;
using internal::Shown;
using internal::SqliteConnection;
using Code = HealthCode;
using Severity = HealthSeverity;

// SQLite takes the log over every 1000 pages, 4 MB as Cordon makes its files.
constexpr std::int64_t kLargeLogBytes = std::int64_t{64} << 20U;
// Fewer are used again soon.
constexpr std::int64_t kFewPages = 256;
constexpr int kStepsPerTelling = 20'000;

std::string Counted(std::int64_t number, std::string_view one, std::string_view many) {
  return std::to_string(number) + " " + std::string(number == 1 ? one : many);
}

// The message of one of Cordon's own statuses, as a part of a finding.
std::string Reason(const absl::Status& status) {
  return std::string(status.message().substr(std::string_view("cordon: ").size()));
}

std::string Lower(std::string text) {
  for (char& c : text) c = internal::Fold(c);
  return text;
}

// Whether other users of the machine can get at the file at all: it may lie in a directory that
// they cannot enter.
bool IsReachable(const std::filesystem::path& file) {
  std::error_code failed;
  std::filesystem::path at = std::filesystem::weakly_canonical(file, failed);
  while (!failed && at.has_relative_path()) {
    at = at.parent_path();
    const auto mode = std::filesystem::status(at, failed).permissions();
    if ((mode & std::filesystem::perms::others_exec) == std::filesystem::perms::none) return false;
  }
  return !failed;
}

class Doctor {
 public:
  explicit Doctor(const HealthOptions& options) : options_(options) {
    report_.cordon_version = std::to_string(CORDON_VERSION_MAJOR) + "." +
                             std::to_string(CORDON_VERSION_MINOR) + "." +
                             std::to_string(CORDON_VERSION_PATCH);
    report_.sqlite_version = sqlite3_libversion();
  }

  absl::StatusOr<HealthReport> Examine() {
    LookBeside();
    absl::Status read = internal::ReadFile(options_.path, [&](sqlite3* db, Catalog catalog) {
      catalog_ = std::move(catalog);
      absl::Status looked = LookInside(db);
      sqlite3_progress_handler(db, 0, nullptr, nullptr);
      connection_.reset();  // before its database
      return looked;
    });
    if (CodeOf(read) == ErrorCode::kNotADatabase) {
      Add(Code::kNotADatabase, Severity::kError, "",
          "the file is no SQLite database, or an encrypted one", "check the path");
    } else if (CodeOf(read) == ErrorCode::kCorrupt) {
      Damaged(read);
    } else if (!read.ok()) {
      return read;
    }
    return std::move(report_);
  }

 private:
  void Add(Code code, Severity severity, const std::string& object, std::string message,
           std::string remedy) {
    report_.findings.push_back({code, severity, object, std::move(message), std::move(remedy)});
  }

  void Damaged(const absl::Status& why) {
    if (std::any_of(report_.findings.begin(), report_.findings.end(),
                    [](const HealthFinding& found) { return found.code == Code::kDamaged; })) {
      return;
    }
    Add(Code::kDamaged, Severity::kError, "", Reason(why),
        "stop the product, keep a copy of the file as it is, and restore a backup");
  }

  // ---- without SQLite ---------------------------------------------------------------------------

  void LookBeside() {
    namespace fs = std::filesystem;
    std::error_code failed;
    const bool reachable = IsReachable(options_.path);
    for (const char* suffix : {"", "-wal", "-shm"}) {
      const fs::path file = options_.path + suffix;
      const fs::file_status found = fs::status(file, failed);
      if (failed || !fs::is_regular_file(found) || !reachable) continue;
      const bool reads = (found.permissions() & fs::perms::others_read) != fs::perms::none;
      const bool writes = (found.permissions() & fs::perms::others_write) != fs::perms::none;
      if (!reads && !writes) continue;
      const std::string name = file.filename().string();
      Add(Code::kOpenToOthers, writes ? Severity::kError : Severity::kWarning, name,
          "every user of this machine can " + std::string(writes ? "change " : "read ") +
              Said(name) + ", past all of Cordon's locks",
          "chmod o-rw " + Said(name) + ", or move it to a directory that only the product enters");
    }
    const auto log = fs::file_size(options_.path + "-wal", failed);
    if (!failed) report_.log_bytes = static_cast<std::int64_t>(log);
    if (report_.log_bytes > kLargeLogBytes) {
      Add(Code::kLargeLog, Severity::kWarning, "",
          "the write-ahead log has grown to " + std::to_string(report_.log_bytes >> 20U) +
              " MiB: a transaction that reads for long keeps it from being taken over",
          "end long reads; the log is taken over when nobody reads what is before it");
    }
    // SQLite removes the -shm before the -wal, never the other way round.
    if (failed && fs::exists(options_.path + "-shm", failed)) {
      Add(Code::kLogMissing, Severity::kError, "",
          "the write-ahead log (-wal) is missing beside its index (-shm): what was committed last "
          "is not in the file",
          "copy the -wal as well, or copy the file while no product has it open");
    }
    // Now, as closing the file once more would end the locks of a connection that reads it.
    const absl::StatusOr<bool> write_ahead = internal::UsesWriteAheadLog(options_.path);
    writes_ahead_ = !write_ahead.ok() || *write_ahead;
  }

  // ---- with SQLite ------------------------------------------------------------------------------

  absl::Status LookInside(sqlite3* db) {
    auto connection = SqliteConnection::Borrow(db);
    if (CodeOf(connection.status()) == ErrorCode::kMissingFeature) {
      Add(Code::kMissingFeature, Severity::kError, "", Reason(connection.status()),
          "the product does not open with this SQLite: link another");
      return absl::OkStatus();
    }
    if (!connection.ok()) return connection.status();
    connection_ = *std::move(connection);
    if (options_.progress != nullptr) {
      sqlite3_progress_handler(
          db, kStepsPerTelling,
          [](void* self) noexcept { return static_cast<Doctor*>(self)->Tell() ? 0 : 1; }, this);
    }
    absl::Status done;
    const auto part = [&](std::string_view name, absl::Status (Doctor::*look)()) {
      if (!done.ok()) return;
      part_ = name;
      done = Tell() ? (this->*look)()
                    : internal::Error(ErrorCode::kInterrupted, "the check was stopped");
      if (CodeOf(done) == ErrorCode::kCorrupt) {
        Damaged(done);
      } else if (CodeOf(done) == ErrorCode::kInternal) {
        Add(Code::kOwnTables, Severity::kError, "",
            "the " + std::string(name) +
                " cannot be looked at: Cordon's own tables are not as Cordon makes them",
            "somebody else has changed the file: restore a backup");
      } else {
        return;
      }
      done = absl::OkStatus();
    };
    part("pages", &Doctor::CheckPages);
    part("versions", &Doctor::CheckVersions);
    if (is_a_products_) {
      part("directory", &Doctor::CheckTenants);
      part("declaration", &Doctor::CheckDeclaration);
      part("references", &Doctor::CheckReferences);
      part("rows of tenants", &Doctor::CheckOrphans);
      part("locks", &Doctor::TryLocks);
    }
    return done;
  }

  // Called by SQLite as well, through which no exception may pass.
  bool Tell() const noexcept {
    try {
      return options_.progress == nullptr || options_.progress(part_);
    } catch (...) {
      return false;
    }
  }

  absl::StatusOr<std::int64_t> Number(std::string_view sql) {
    OwnStatement find(*connection_, sql);
    const std::int64_t number = find.Step() ? find.Int(0) : 0;
    if (!find.status().ok()) return find.status();
    return number;
  }

  absl::Status CheckPages() {
    if (!writes_ahead_) {
      Add(Code::kNotWriteAhead, Severity::kWarning, "",
          "the file does not use write-ahead logging: somebody has switched it off",
          "the product switches it on when it opens the file next; keep others from changing it");
    }
    for (const auto& [sql, number] :
         {std::pair{"PRAGMA main.page_count", &report_.pages},
          std::pair{"PRAGMA main.page_size", &report_.page_bytes},
          std::pair{"PRAGMA main.freelist_count", &report_.free_pages}}) {
      const auto read = Number(sql);
      if (!read.ok()) return read.status();
      *number = *read;
    }
    if (report_.pages >= kFewPages && report_.free_pages * 2 > report_.pages) {
      Add(Code::kFreePages, Severity::kNote, "",
          std::to_string(report_.free_pages) + " of " + std::to_string(report_.pages) +
              " pages are free",
          "new rows use them; to give them back, VACUUM the file while the product is stopped");
    }
    for (const CatalogTable& table : catalog_.tables) {
      if (!BeginsWithSqlName(table.name, "sqlite_stat")) continue;
      Add(Code::kStatistics, Severity::kError, table.name,
          "the file holds gathered planner statistics (" + table.name +
              "), through which one tenant's rows steer another's plans: the product refuses it",
          "DROP TABLE " + table.name + ", and never run ANALYZE on the file");
    }
    if (sqlite3_compileoption_used("SECURE_DELETE") == 0) {
      Add(Code::kSecureDelete, Severity::kNote, "",
          "this SQLite leaves what is deleted in the file unless it is told otherwise; Cordon "
          "tells it, other programs may not",
          "let other programs run PRAGMA secure_delete=ON before they delete");
    }
    std::string first;
    std::int64_t problems = 0;
    OwnStatement check(*connection_, options_.thorough ? "PRAGMA main.integrity_check(100)"
                                                       : "PRAGMA main.quick_check(100)");
    while (check.Step()) {
      if (check.Text(0) == "ok") continue;
      if (++problems == 1) first = Shown(check.Text(0).substr(0, 200), false);
    }
    if (problems > 0) {
      Damaged(internal::Error(ErrorCode::kCorrupt,
                              "SQLite finds " + Counted(problems, "fault", "faults") +
                                  " in the file's pages, the first: " + first));
    }
    return check.status();
  }

  // ---- versions ---------------------------------------------------------------------------------

  absl::Status CheckVersions() {
    is_a_products_ =
        catalog_.Find("cordon_versions") != nullptr && catalog_.Find("cordon_tenants") != nullptr;
    if (!is_a_products_) {
      Add(Code::kNotAProducts, Severity::kError, "",
          "the file holds no directory of tenants: no product of Cordon's has made it, or it was "
          "copied without its write-ahead log (-wal)",
          "check the path, and copy the -wal as well");
      return absl::OkStatus();
    }
    std::map<std::string, std::int64_t> found;
    {
      OwnStatement all(*connection_, "SELECT room, version FROM cordon_versions");
      while (all.Step()) found[all.Text(0)] = all.Int(1);
      if (!all.status().ok()) return all.status();
    }
    own_tables_known_ = true;
    for (const internal::OwnTables& own : internal::AllOwnTables()) {
      const std::string room(own.room);
      const auto known = static_cast<std::int64_t>(own.steps.size());
      const std::int64_t version = found[room];
      found.erase(room);
      report_.own_tables.push_back({room, version, known});
      own_tables_known_ = own_tables_known_ && version == known;
      if (version > known) {
        Newer(room);
      } else if (version < known) {
        Add(Code::kOlderFile, Severity::kNote, room,
            "Cordon's own tables for " + Said(room) + " have version " + std::to_string(version) +
                " of " + std::to_string(known),
            "the product brings them up to date when it opens the file next");
      }
    }
    for (const auto& [room, version] : found) {
      own_tables_known_ = false;
      Newer(room);
    }
    return own_tables_known_ ? CompareOwnTables() : absl::OkStatus();
  }

  void Newer(const std::string& room) {
    Add(Code::kNewerFile, Severity::kError, room,
        "a newer Cordon has written the file: its own tables for " + Said(room) +
            " are newer than what this version knows",
        "upgrade the product, and this program");
  }

  // With what the steps make of an empty file.
  absl::Status CompareOwnTables() {
    const internal::Database scratch = internal::OpenScratch();
    for (const internal::OwnTables& own : internal::AllOwnTables()) {
      for (const char* step : own.steps) (void)internal::TryStatement(scratch.get(), step);
    }
    const auto wanted = internal::ReadCatalog(scratch.get());
    if (!wanted.ok()) return wanted.status();
    for (const Catalog::Statement& statement : wanted->statements) {
      own_names_.insert(statement.name);
    }
    own_names_.insert("cordon_versions");
    own_names_.insert("cordon_template");
    for (const CatalogTable& table : wanted->tables) {
      const CatalogTable* const live = catalog_.Find(table.name);
      if (live != nullptr && SameShape(table, *live)) continue;
      own_tables_known_ = false;
      Add(Code::kOwnTables, Severity::kError, table.name,
          "Cordon's own table " + Said(table.name) +
              (live == nullptr ? " is not in the file" : " has other columns than Cordon gives it"),
          "somebody else has changed the file: restore a backup");
    }
    return absl::OkStatus();
  }

  static bool SameShape(const CatalogTable& a, const CatalogTable& b) {
    const auto same = [](const internal::CatalogColumn& one, const internal::CatalogColumn& other) {
      return one.name == other.name && one.type == other.type && one.not_null == other.not_null &&
             one.key_place == other.key_place;
    };
    return a.kind == b.kind && a.strict == b.strict && a.without_rowid == b.without_rowid &&
           std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(),
                      same) &&
           std::all_of(a.indexes.begin(), a.indexes.end(), [&](const auto& index) {
             return std::any_of(b.indexes.begin(), b.indexes.end(), [&](const auto& other) {
               return other.name == index.name && other.columns == index.columns &&
                      other.unique == index.unique;
             });
           });
  }

  // ---- the declaration --------------------------------------------------------------------------

  absl::Status CheckDeclaration() {
    absl::Status read =
        declaration_.Read(connection_->handle(), catalog_, Declaration::Source::kClaim);
    if (CodeOf(read) == ErrorCode::kSchemaDrift) {
      Add(Code::kNoDeclaration, Severity::kError, "",
          "the file does not say what the product's tables are, or not in words of this version",
          "open it once with the product, built with this version of Cordon");
      return absl::OkStatus();
    }
    if (!read.ok()) return read;
    declared_ = true;
    const auto version = internal::ReadVersion(connection_->handle());
    if (!version.ok()) return version.status();
    report_.schema_version = version->version;
    report_.schema_target = version->target;
    if (version->target.has_value()) {
      if (absl::Status told = TellMigration(*version); !told.ok()) return told;
    }
    std::set<std::string> declared;
    const internal::SchemaView schema = declaration_.schema();
    for (std::size_t t = 0; t < schema.table_count; ++t) {
      for (const internal::PhysicalObject& object : internal::PhysicalObjects(schema, t)) {
        declared.insert(object.name);
        // On its way to other tables, no table need be as it was.
        if (!version->target.has_value()) Compare(std::string(schema.tables[t].name), object);
      }
    }
    for (const Catalog::Statement& statement : catalog_.statements) {
      const std::string kind = Lower(internal::CreatedKind(statement.sql));
      const bool holds_rows = kind == "table" || kind == "index";
      if (declared.contains(statement.name) || (holds_rows && version->target.has_value())) {
        continue;
      }
      const bool named_own = holds_rows && IsNamedOwn(statement.name);
      if (named_own && (!own_tables_known_ || own_names_.contains(statement.name))) continue;
      Add(Code::kForeignObject, named_own ? Severity::kWarning : Severity::kError, statement.name,
          "the " + (kind.empty() ? "object" : kind) + " " + Said(statement.name) +
              (named_own ? " has a name as Cordon's own, and is none of them"
                         : " is in the file and not in the product's declaration: the product "
                           "refuses the file"),
          "drop it with the program that made it; keep what is not the product's in another file");
    }
    return absl::OkStatus();
  }

  // A table or an index that the product takes for Cordon's own.
  [[nodiscard]] bool IsNamedOwn(const std::string& name) const {
    return BeginsWithSqlName(name, "cordon_") &&
           std::none_of(catalog_.tables.begin(), catalog_.tables.end(), [&](const auto& table) {
             return !BeginsWithSqlName(table.name, "cordon_") &&
                    std::any_of(table.indexes.begin(), table.indexes.end(),
                                [&](const auto& index) { return index.name == name; });
           });
  }

  void Compare(const std::string& table, const internal::PhysicalObject& object) {
    for (const Catalog::Statement& statement : catalog_.statements) {
      if (statement.name == object.name && internal::SameSql(statement.sql, object.sql)) return;
    }
    const bool there = std::any_of(
        catalog_.statements.begin(), catalog_.statements.end(),
        [&](const Catalog::Statement& statement) { return statement.name == object.name; });
    const std::string what =
        (object.name == table ? "the table " : "the index ") + Said(object.name);
    Add(Code::kSchemaDrift, Severity::kError, object.name,
        what + (there ? " is not as the file's declaration says" : " is declared and not there") +
            ": the product refuses the file",
        "somebody else has changed the file: restore a backup");
  }

  absl::Status TellMigration(const internal::FileVersion& version) {
    std::string how_far = "no backfill has begun";
    if (own_tables_known_) {
      OwnStatement last(*connection_,
                        "SELECT version, place, sum(done) FROM cordon_backfills GROUP BY version, "
                        "place ORDER BY version DESC, place DESC LIMIT 1");
      if (last.Step()) {
        how_far = "backfill " + std::to_string(last.Int(1) + 1) + ", of version " +
                  std::to_string(last.Int(0)) + ", is done with " + std::to_string(last.Int(2)) +
                  " of " + Counted(report_.tenants, "tenant", "tenants");
      }
      if (!last.status().ok()) return last.status();
    }
    const std::string target = std::to_string(*version.target);
    Add(Code::kMigrationUnderWay, Severity::kWarning, "",
        "a migration from version " + std::to_string(version.version) + " to " + target +
            " has begun and not ended (" + how_far + "): no release opens the file",
        "cordon migrate FILE --like TEMPLATE goes on, with the template of the release of "
        "version " +
            target);
    return absl::OkStatus();
  }

  // ---- rows -------------------------------------------------------------------------------------

  absl::Status CheckReferences() {
    std::map<std::pair<std::string, std::string>, std::int64_t> broken;
    OwnStatement check(*connection_, "PRAGMA main.foreign_key_check");
    while (check.Step()) {
      // Cordon's own refer to the directory, which CheckOrphans() and CheckTenants() look at.
      if (BeginsWithSqlName(check.Text(0), "cordon_")) continue;
      ++broken[{check.Text(0), check.Text(2)}];
    }
    if (!check.status().ok()) return check.status();
    for (const auto& [tables, rows] : broken) {
      Add(Code::kForeignKeyBroken, Severity::kError, tables.first,
          Counted(rows, "row of ", "rows of ") + Said(tables.first) +
              (rows == 1 ? " refers" : " refer") + " to rows of " + Said(tables.second) +
              " that are not there",
          "PRAGMA foreign_key_check lists them: restore what they refer to, or delete them");
    }
    return absl::OkStatus();
  }

  absl::Status CheckOrphans() {
    if (!own_tables_known_) return absl::OkStatus();
    for (const CatalogTable& table : catalog_.tables) {
      if (table.kind != CatalogTable::Kind::kTable || table.Find("tenant_id") == nullptr) continue;
      const std::string where =
          "FROM " + QuotedName(table.name) +
          " WHERE tenant_id NOT IN (SELECT id FROM cordon_tenants WHERE state <> 3)";
      const auto rows = Number("SELECT count(*) " + where);
      if (!rows.ok()) return rows.status();
      if (*rows == 0) continue;
      Add(Code::kOrphanRows, Severity::kError, table.name,
          Counted(*rows, "row of ", "rows of ") + Said(table.name) + (*rows == 1 ? " is" : " are") +
              " of tenants that are not in the directory, or are gone",
          "restore the directory from a backup, or, while the product is stopped: DELETE " + where);
    }
    return absl::OkStatus();
  }

  // ---- the directory ----------------------------------------------------------------------------

  absl::Status CheckTenants() {
    if (!own_tables_known_) return absl::OkStatus();
    const auto check = internal::CheckDirectory(*connection_);
    if (!check.ok()) return check.status();
    report_.tenants = check->tenants;
    const std::string tell = "cordon tenants list FILE shows the ids";
    const std::string move = "cordon tenants move FILE TENANT --under TENANT puts them elsewhere";
    if (!check->has_epoch) {
      Add(Code::kOwnTables, Severity::kError, "cordon_directory",
          "the directory has lost its epoch: no process hears of a suspension",
          "somebody else has changed the file: restore a backup");
    }
    Fault(check->bad_id, Code::kTenantTree, "no id of a tenant",
          "somebody else has changed the file: restore a backup");
    Fault(check->no_parent, Code::kTenantTree, "a parent that is not in the directory, or is gone",
          move);
    Fault(check->in_a_circle, Code::kTenantTree, "a place that leads back to itself, not to a root",
          "cordon tenants move FILE TENANT --root for one of them opens the circle");
    Fault(check->too_deep, Code::kTenantTree,
          "a place below more than " + std::to_string(TenantDirectory::kMaxDepth) + " levels",
          move);
    Fault(check->wrong_kind, Code::kTenantTree,
          "a parent whose kind does not come before the tenant's", move);
    Fault(check->bad_slug, Code::kTenantSlug,
          "a slug that is not 1 to 63 of a-z, 0-9 and inner dashes",
          "change it with the product: TenantDirectory::Change()");
    Fault(check->miscounted, Code::kEnvelopes,
          "another number of opened envelopes than is counted, or more than are to be remembered",
          "while the product is stopped: UPDATE cordon_envelope_floors SET remembered = (SELECT "
          "count(*) FROM cordon_envelopes AS e WHERE e.tenant_id = "
          "cordon_envelope_floors.tenant_id)");
    return absl::OkStatus();
  }

  void Fault(const DirectoryCheck::Fault& fault, Code code, const std::string& what,
             const std::string& remedy) {
    if (fault.tenants == 0) return;
    Add(code, code == Code::kEnvelopes ? Severity::kWarning : Severity::kError, fault.first,
        Counted(fault.tenants, "tenant has ", "tenants have ") + what, remedy);
  }

  // ---- the lock ---------------------------------------------------------------------------------

  absl::Status TryLocks() {
    if (!declared_) return NotTried();
    const std::shared_ptr<const Clock> clock = SystemClock();
    const std::shared_ptr<Entropy> entropy = SystemEntropy();
    const internal::SchemaView schema = declaration_.schema();
    LockTrial trial;
    {
      const auto here = internal::LockForTrial(*connection_, schema, *clock, *entropy);
      if (!here.ok()) return here.status();
      absl::Status tried = internal::TryStatements(**here, schema, catalog_, &trial);
      if (!tried.ok()) return tried;
    }
    const internal::Database scratch = internal::OpenScratch();
    const auto memory = SqliteConnection::Borrow(scratch.get());
    if (!memory.ok()) return memory.status();
    if (absl::Status made = internal::MakeTrialTables(**memory, schema); !made.ok()) {
      // A declaration that no product would write makes no tables.
      return CodeOf(made) == ErrorCode::kInternal ? NotTried() : made;
    }
    const auto there = internal::LockForTrial(**memory, schema, *clock, *entropy);
    if (!there.ok()) return there.status();
    absl::Status tried = internal::TryRows(**there, schema, &trial);
    if (!tried.ok()) return tried;
    report_.lock_attempts = trial.attempts;
    if (!trial.let_through.empty()) {
      Add(Code::kLockDead, Severity::kError, "",
          "the engine let through " + std::to_string(trial.let_through.size()) + " of " +
              std::to_string(trial.attempts) + " attempts that the lock must refuse; the first " +
              trial.let_through.front(),
          "stop the product, and look which SQLite it is linked with");
    }
    return absl::OkStatus();
  }

  absl::Status NotTried() {
    Add(Code::kLockUntried, Severity::kWarning, "",
        "the lock was not tried: the file does not say which tables it is to keep, or says what "
        "no product says",
        "open the file once with the product, built with this version of Cordon");
    return absl::OkStatus();
  }

  const HealthOptions& options_;
  HealthReport report_;
  Catalog catalog_;
  std::unique_ptr<SqliteConnection> connection_;
  std::string_view part_;
  bool writes_ahead_ = true;
  bool is_a_products_ = false;
  bool own_tables_known_ = false;    // they are those of this version
  std::set<std::string> own_names_;  // of tables and indexes
  Declaration declaration_;
  bool declared_ = false;
};

}  // namespace

std::string_view NameOf(HealthCode code) {
  switch (code) {
    case Code::kNotADatabase:
      return "not-a-database";
    case Code::kDamaged:
      return "damaged";
    case Code::kNotAProducts:
      return "not-a-products";
    case Code::kNotWriteAhead:
      return "not-write-ahead";
    case Code::kLargeLog:
      return "large-log";
    case Code::kLogMissing:
      return "log-missing";
    case Code::kFreePages:
      return "free-pages";
    case Code::kOpenToOthers:
      return "open-to-others";
    case Code::kForeignKeyBroken:
      return "foreign-key-broken";
    case Code::kOrphanRows:
      return "orphan-rows";
    case Code::kStatistics:
      return "statistics";
    case Code::kMissingFeature:
      return "missing-feature";
    case Code::kSecureDelete:
      return "secure-delete";
    case Code::kNewerFile:
      return "newer-file";
    case Code::kOlderFile:
      return "older-file";
    case Code::kOwnTables:
      return "own-tables";
    case Code::kMigrationUnderWay:
      return "migration-under-way";
    case Code::kNoDeclaration:
      return "no-declaration";
    case Code::kSchemaDrift:
      return "schema-drift";
    case Code::kForeignObject:
      return "foreign-object";
    case Code::kTenantTree:
      return "tenant-tree";
    case Code::kTenantSlug:
      return "tenant-slug";
    case Code::kEnvelopes:
      return "envelopes";
    case Code::kLockDead:
      return "lock-dead";
    case Code::kLockUntried:
      return "lock-untried";
  }
  return "unknown";
}

std::string_view NameOf(HealthSeverity severity) {
  switch (severity) {
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "unknown";
}

bool HealthReport::healthy() const {
  return Count(Severity::kWarning) == 0 && Count(Severity::kError) == 0;
}

std::size_t HealthReport::Count(HealthSeverity severity) const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [&](const HealthFinding& finding) { return finding.severity == severity; }));
}

absl::StatusOr<HealthReport> CheckHealth(const HealthOptions& options) {
  return internal::Guarded([&] { return Doctor(options).Examine(); });
}

std::string RenderForPeople(const HealthReport& report) {
  std::string text = "cordon " + report.cordon_version + ", SQLite " + report.sqlite_version + "\n";
  if (report.pages > 0) {
    text += Counted(report.tenants, "tenant", "tenants") + ", " +
            Counted(report.pages, "page", "pages") + " of " + std::to_string(report.page_bytes) +
            " bytes, " + std::to_string(report.free_pages) + " of them free";
    if (report.schema_version > 0) {
      text += "; version " + std::to_string(report.schema_version) + " of the product's tables";
    }
    text += "\n";
  }
  for (const HealthFinding& finding : report.findings) {
    std::string label = "  " + std::string(NameOf(finding.severity));
    label.resize(11, ' ');
    text += label + std::string(NameOf(finding.code)) + ": " + Shown(finding.message, false) + "\n";
    if (!finding.remedy.empty()) text += "           " + Shown(finding.remedy, false) + "\n";
  }
  const bool dead =
      std::any_of(report.findings.begin(), report.findings.end(),
                  [](const HealthFinding& finding) { return finding.code == Code::kLockDead; });
  if (report.lock_attempts == 0) {
    text += "the lock was not tried\n";
  } else if (!dead) {
    text += "the lock is alive: it refused " +
            Counted(static_cast<std::int64_t>(report.lock_attempts), "attempt", "attempts") +
            " to get past it\n";
  }
  const auto count = [&](HealthSeverity severity, std::string_view one, std::string_view many) {
    return Counted(static_cast<std::int64_t>(report.Count(severity)), one, many);
  };
  return text + count(Severity::kError, "error", "errors") + ", " +
         count(Severity::kWarning, "warning", "warnings") + ", " +
         count(Severity::kNote, "note", "notes") + "\n";
}

}  // namespace cordon
