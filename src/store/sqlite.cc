// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "cordon/store/error.h"
#include "store/constraint.h"
#include "store/json.h"

namespace cordon::internal {

absl::Status SqliteError(int code, std::string_view doing) {
  const auto say = [&](ErrorCode error, std::string_view cause) {
    std::string message(cause);
    message += " (while ";
    message += doing;
    message += ")";
    return Error(error, message);
  };
  const auto broken = [&](ErrorCode constraint) {
    return say(constraint, ConstraintText(constraint));
  };
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return broken(ErrorCode::kUniqueViolation);
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return broken(ErrorCode::kForeignKeyViolation);
    case SQLITE_CONSTRAINT_NOTNULL:
      return broken(ErrorCode::kNotNullViolation);
    case SQLITE_CONSTRAINT_CHECK:
    case SQLITE_CONSTRAINT_DATATYPE:
      return broken(ErrorCode::kCheckViolation);
    case SQLITE_CONSTRAINT_COMMITHOOK:
      return say(ErrorCode::kEngineLock, "the transaction was refused and rolled back");
    case SQLITE_IOERR_NOMEM:
      return say(ErrorCode::kOutOfMemory, "there is no memory left: nothing was changed");
    default:
      break;
  }
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return say(ErrorCode::kBusy,
                 "another process holds the file: nothing was changed, try again");
    case SQLITE_FULL:
      return say(ErrorCode::kDiskFull,
                 "the disk is full: nothing was changed, make room and try again");
    case SQLITE_READONLY:
      return say(ErrorCode::kReadOnly, "the file or its directory is read-only");
    case SQLITE_CORRUPT:
      return say(ErrorCode::kCorrupt,
                 "the file is damaged: stop writing to it and restore a backup");
    case SQLITE_NOTADB:
      return say(ErrorCode::kNotADatabase, "the file is not an SQLite database: check the path");
    case SQLITE_CANTOPEN:
      return say(ErrorCode::kCannotOpen,
                 "the file cannot be opened: check that its directory exists and may be written");
    case SQLITE_IOERR:
      return say(ErrorCode::kIo, "the disk reported an error: nothing was changed");
    case SQLITE_NOMEM:
      return say(ErrorCode::kOutOfMemory, "there is no memory left: nothing was changed");
    case SQLITE_INTERRUPT:
      return say(ErrorCode::kInterrupted, "the statement was interrupted");
    case SQLITE_AUTH:
      return say(ErrorCode::kEngineLock,
                 "the engine refused the statement: it reaches outside its tenant's scope");
    case SQLITE_TOOBIG:
      return say(ErrorCode::kInvalidArgument, "a text or blob is larger than the engine accepts");
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
      return say(ErrorCode::kInvalidArgument, "a value has the wrong type or place");
    case SQLITE_CONSTRAINT:
      return say(ErrorCode::kCheckViolation, "a constraint refused the row");
    default:
      return say(ErrorCode::kInternal,
                 "the engine failed with result code " + std::to_string(code));
  }
}

namespace {

struct Limit {
  int id;
  int value;
};
// Far above what the host's statements need, far below what hurts a neighbour.
constexpr std::array<Limit, 9> kLimits = {{{SQLITE_LIMIT_ATTACHED, 0},
                                           {SQLITE_LIMIT_LENGTH, 64 << 20},
                                           {SQLITE_LIMIT_SQL_LENGTH, 1 << 20},
                                           {SQLITE_LIMIT_EXPR_DEPTH, 500},
                                           {SQLITE_LIMIT_FUNCTION_ARG, 40},
                                           {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
                                           {SQLITE_LIMIT_TRIGGER_DEPTH, 4},
                                           {SQLITE_LIMIT_VDBE_OP, 1 << 18},
                                           {SQLITE_LIMIT_WORKER_THREADS, 0}}};

struct Setting {
  int id;
  int value;
  const char* name;
};
constexpr std::array<Setting, 7> kSettings = {
    {{SQLITE_DBCONFIG_DEFENSIVE, 1, "defensive mode"},
     {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, "switching extensions off"},
     {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, "distrusting the schema"},
     {SQLITE_DBCONFIG_ENABLE_FKEY, 1, "foreign keys"},
     {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, "switching triggers off"},
     {SQLITE_DBCONFIG_ENABLE_VIEW, 0, "switching views off"},
     {SQLITE_DBCONFIG_DQS_DML, 0, "refusing double-quoted strings"}}};

absl::Status Missing(std::string_view what) {
  return Error(ErrorCode::kMissingFeature,
               "the linked SQLite lacks what the engine lock needs: " + std::string(what) +
                   " (link 3.40 or later, built with SQLITE_ENABLE_PREUPDATE_HOOK and "
                   "thread safety)");
}

absl::Status CheckLibrary() {
  // What the checker accepts needs 3.39 (all joins, IS DISTINCT FROM); it is tested from 3.40 on,
  // which is also what the build asks for.
  if (sqlite3_libversion_number() < 3040000) return Missing("version 3.40");
  if (sqlite3_threadsafe() == 0) return Missing("thread safety");
  if (sqlite3_compileoption_used("ENABLE_PREUPDATE_HOOK") == 0) return Missing("pre-update hook");
  if (sqlite3_compileoption_used("OMIT_AUTHORIZATION") != 0) return Missing("authorizer");
  return absl::OkStatus();
}

absl::Status CheckPath(const std::string& path) {
  // Debian's build reads "file:" as a URI whose parameters could switch locking or WAL off.
  if (path.empty() || path.find('\0') != std::string::npos || path.starts_with("file:") ||
      path.starts_with(":")) {
    return Error(ErrorCode::kInvalidArgument,
                 "the path must name an ordinary file: no URI, no in-memory database");
  }
  return absl::OkStatus();
}

}  // namespace

int SqliteConnection::OnBusy(void* self, int tries) noexcept {
  auto& connection = *static_cast<SqliteConnection*>(self);
  const auto now = std::chrono::steady_clock::now();
  if (tries == 0) connection.busy_since_ = now;
  if (now - connection.busy_since_ >= connection.busy_timeout_) return 0;
  if (connection.give_up && connection.give_up()) return 0;
  // 0.25 ms, 0.5 ms, … 16 ms: the holder is another process, whose turn ends when it ends.
  std::this_thread::sleep_for(std::chrono::microseconds(250) * (1 << std::min(tries, 6)));
  return 1;
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const Options& options,
                                                                         Role role) {
  if (absl::Status fit = CheckLibrary(); !fit.ok()) return fit;
  if (absl::Status fit = CheckPath(options.path); !fit.ok()) return fit;
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection);
  connection->busy_timeout_ = options.busy_timeout;
  const int opened =
      sqlite3_open_v2(options.path.c_str(), &connection->handle_,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                          SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
                      nullptr);
  if (opened != SQLITE_OK) return SqliteError(opened, "opening the store");
  sqlite3* const db = connection->handle_;
  sqlite3_busy_handler(db, &OnBusy, connection.get());
  if (absl::Status hard = connection->Harden(); !hard.ok()) return hard;
  // What comes next stays in the file.
  if (const auto ours = IsMarked(*connection); !ours.ok()) return ours.status();
  std::string mode;
  // Two processes that create a file together: SQLite answers "busy" here without asking the busy
  // handler.
  for (int tries = 0;; ++tries) {
    OwnStatement wal(*connection, "PRAGMA journal_mode=WAL");
    if (wal.Step()) mode = wal.Text(0);
    if (wal.status().ok()) break;
    if (CodeOf(wal.status()) != ErrorCode::kBusy || OnBusy(connection.get(), tries) == 0) {
      return wal.status();
    }
  }
  if (mode != "wal") {
    return Error(ErrorCode::kCannotOpen,
                 "the file cannot use write-ahead logging: keep it on a local disk");
  }
  // SQLite falls back to reading without a word, and would say so at the first write only.
  if (sqlite3_db_readonly(db, "main") != 0) {
    return SqliteError(SQLITE_READONLY, "opening the store");
  }
  // FULL: what was acknowledged survives a power cut, not only a crash of the process.
  for (const char* pragma :
       {"PRAGMA synchronous=FULL", "PRAGMA temp_store=MEMORY", "PRAGMA mmap_size=0",
        "PRAGMA cell_size_check=ON", "PRAGMA recursive_triggers=OFF",
        // What a removed tenant leaves in free pages must not depend on how SQLite was built.
        "PRAGMA secure_delete=ON"}) {
    if (absl::Status set = connection->Run(pragma); !set.ok()) return set;
  }
  if (role == Role::kReader) {
    if (absl::Status set = connection->Run("PRAGMA query_only=ON"); !set.ok()) return set;
  }
  return connection;
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Borrow(sqlite3* db) {
  if (absl::Status fit = CheckLibrary(); !fit.ok()) return fit;
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection);
  connection->handle_ = db;
  connection->borrowed_ = true;
  if (absl::Status hard = connection->Harden(); !hard.ok()) return hard;
  return connection;
}

absl::Status SqliteConnection::Harden() {
  for (const Limit& limit : kLimits) sqlite3_limit(handle_, limit.id, limit.value);
  for (const Setting& setting : kSettings) {
    int now = -1;
    if (sqlite3_db_config(handle_, setting.id, setting.value, &now) != SQLITE_OK ||
        now != setting.value) {
      return Missing(setting.name);
    }
  }
  const int code = RegisterJson(handle_);
  return code == SQLITE_OK ? absl::OkStatus() : SqliteError(code, "opening the store");
}

SqliteConnection::~SqliteConnection() {
  if (handle_ == nullptr) return;
  // The extension owns prepared statements; they must go first.
  extension_.reset();
  for (sqlite3_stmt* command : commands_) sqlite3_finalize(command);
  if (!borrowed_) sqlite3_close_v2(handle_);
}

std::unique_ptr<OwnCursor> SqliteConnection::Prepare(std::string_view sql) {
  return std::make_unique<SqliteCursor>(*this, sql);
}

absl::Status SqliteConnection::Do(Command command) {
  static constexpr std::array<const char*, 4> kSql = {"BEGIN", "BEGIN IMMEDIATE", "COMMIT",
                                                      "ROLLBACK"};
  const auto which = static_cast<std::size_t>(command);
  const Internally own(*this);
  sqlite3_stmt*& statement = commands_[which];
  int code = SQLITE_OK;
  if (statement == nullptr) {
    code = sqlite3_prepare_v3(handle_, kSql[which], -1, SQLITE_PREPARE_PERSISTENT, &statement,
                              nullptr);
  }
  if (code == SQLITE_OK) {
    code = sqlite3_step(statement);
    sqlite3_reset(statement);
  }
  return code == SQLITE_DONE ? absl::OkStatus() : SqliteError(code, kSql[which]);
}

bool SqliteConnection::Clean() {
  if (extension_ != nullptr) extension_->Reset();
  if (sqlite3_get_autocommit(handle_) != 0) return true;
  for (sqlite3_stmt* s = sqlite3_next_stmt(handle_, nullptr); s != nullptr;
       s = sqlite3_next_stmt(handle_, s)) {
    if (sqlite3_stmt_busy(s) != 0) sqlite3_reset(s);
  }
  (void)Do(Command::kRollback);
  return sqlite3_get_autocommit(handle_) != 0;
}

SqliteCursor::SqliteCursor(SqliteConnection& connection, std::string_view sql)
    : connection_(connection) {
  const SqliteConnection::Internally own(connection_);
  Note(sqlite3_prepare_v2(connection_.handle(), sql.data(), static_cast<int>(sql.size()),
                          &statement_, nullptr));
}

SqliteCursor::~SqliteCursor() {
  if (!kept_) {
    sqlite3_finalize(statement_);
    return;
  }
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void SqliteCursor::Note(int code) {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE && status_.ok()) {
    status_ = SqliteError(code, "keeping Cordon's own tables");
  }
}

void SqliteCursor::Bind(int index, std::int64_t value) {
  if (status_.ok()) Note(sqlite3_bind_int64(statement_, index, value));
}

void SqliteCursor::Bind(int index, std::string_view value) {
  if (status_.ok()) {
    // A null pointer would bind NULL, where an empty text is meant.
    Note(sqlite3_bind_text64(statement_, index, value.empty() ? "" : value.data(), value.size(),
                             SQLITE_TRANSIENT, SQLITE_UTF8));
  }
}

void SqliteCursor::Bind(int index, std::span<const std::byte> value) {
  if (status_.ok()) {
    Note(sqlite3_bind_blob64(statement_, index, value.data(), value.size(), SQLITE_TRANSIENT));
  }
}

bool SqliteCursor::Step() {
  if (!status_.ok()) return false;
  const SqliteConnection::Internally own(connection_);
  const int code = sqlite3_step(statement_);
  Note(code);
  return code == SQLITE_ROW;
}

std::int64_t SqliteCursor::Int(int column) { return sqlite3_column_int64(statement_, column); }

std::string SqliteCursor::Text(int column) {
  const auto* text = sqlite3_column_text(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text), size);
}

std::span<const std::byte> SqliteCursor::Blob(int column) {
  const auto* blob = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  return {blob, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t SqliteCursor::Changed() { return sqlite3_changes64(connection_.handle()); }

absl::StatusOr<bool> IsMarked(SqliteConnection& connection) {
  OwnStatement mark(connection, "PRAGMA application_id");
  const std::int64_t id = mark.Step() ? mark.Int(0) : 0;
  if (!mark.status().ok()) return mark.status();
  if (id == kApplicationId) return true;
  OwnStatement count(connection, "SELECT count(*) FROM sqlite_schema");
  const std::int64_t objects = count.Step() ? count.Int(0) : 0;
  if (!count.status().ok()) return count.status();
  if (id == 0 && objects == 0) return false;
  return Error(ErrorCode::kSchemaDrift,
               "the file belongs to another application: give Cordon a file of its own");
}

}  // namespace cordon::internal
