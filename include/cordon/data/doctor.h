// SPDX-License-Identifier: Apache-2.0
//
// What ails a product's file, and whether the engine's lock holds on it.
//
// Guarantees: the file is opened for reading and not a byte of it, or beside it, changes, while a
//   product works on it as well. Findings come in a fixed order. The engine's lock is installed on
//   a connection to this very file, and what a broken checker might hand to the engine is tried
//   behind it as a tenant that nobody is; what would have to write is tried on tables in memory,
//   made from the file's declaration. No message holds a value of a row or a key.
// Not guaranteed: that a file without findings is the newest one: a copy that was made without its
//   write-ahead log (-wal) looks whole unless its -shm was copied. That the product is linked with
//   the SQLite that this program is linked with. That the product's log stays small meanwhile: a
//   check reads one state of the file, and what is committed after it began is kept in the log.
// Thread safety: thread-safe; the result is a value. Not to be called in a process that has the
//   file open itself: POSIX ends a process's locks on a file when it closes that file once.
// Ownership and lifetime: values only.
// Errors: kCannotOpen (no such file; a -wal without its -shm), kReadOnly (a transaction was cut off
//   in a file without write-ahead log), kBusy (the file was written meanwhile: try again),
//   kInterrupted (progress() said so), and the errors of the shared machine. A file that is no
//   database, or a damaged one, is a finding.
//
//   auto report = cordon::CheckHealth({.path = "erp.db"});
//   if (!report.ok()) return report.status();
//   std::cout << cordon::RenderForPeople(*report);
#ifndef CORDON_DATA_DOCTOR_H_
#define CORDON_DATA_DOCTOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace cordon {

enum class HealthSeverity {
  kNote,     // worth knowing; nothing has to be done
  kWarning,  // it works, and somebody should look at it
  kError,    // rows are lost or in danger, or the product refuses the file
};

// Reported and stored by tools: do not renumber, do not rename.
enum class HealthCode : int {
  // The file.
  kNotADatabase = 1,
  kDamaged = 2,  // pages that SQLite cannot make sense of
  kNotAProducts = 3,
  kNotWriteAhead = 4,
  kLargeLog = 5,
  kLogMissing = 6,
  kFreePages = 7,
  kOpenToOthers = 8,  // to other users of the machine
  kForeignKeyBroken = 9,
  kOrphanRows = 10,  // of a tenant that is not there, or is gone
  kStatistics = 11,  // gathered: one tenant's rows choose another's plans

  // Versions and declarations.
  kMissingFeature = 20,  // of the linked SQLite
  kSecureDelete = 21,
  kNewerFile = 22,
  kOlderFile = 23,
  kOwnTables = 24,  // Cordon's own are not as this version makes them
  kMigrationUnderWay = 25,
  kNoDeclaration = 26,
  kSchemaDrift = 27,    // a table is not as declared
  kForeignObject = 28,  // a table, index, view or trigger that is not declared

  // The directory.
  kTenantTree = 40,
  kTenantSlug = 41,
  kEnvelopes = 42,

  // The engine's lock.
  kLockDead = 60,
  kLockUntried = 61,
};
// "not-a-database" and the like.
[[nodiscard]] std::string_view NameOf(HealthCode code);
[[nodiscard]] std::string_view NameOf(HealthSeverity severity);

struct HealthFinding {
  HealthCode code;
  HealthSeverity severity;
  std::string object;   // a table, a file beside it, or the id of the first tenant; may be empty
  std::string message;  // one sentence
  std::string remedy;   // what to do; empty where nothing has to be done
};

// The tables that one part of Cordon keeps in the file.
struct OwnTablesVersion {
  std::string room;
  std::int64_t version = 0;  // of the file
  std::int64_t known = 0;    // of this Cordon
};

// What could not be read is zero or empty.
struct HealthReport {
  std::string cordon_version;
  std::string sqlite_version;
  std::vector<OwnTablesVersion> own_tables;
  std::int64_t schema_version = 0;
  std::optional<std::int64_t> schema_target;  // of a migration under way
  std::int64_t pages = 0;
  std::int64_t page_bytes = 0;
  std::int64_t free_pages = 0;
  std::int64_t log_bytes = 0;     // of the -wal
  std::int64_t tenants = 0;       // that are not gone
  std::size_t lock_attempts = 0;  // 0: the lock was not tried
  std::vector<HealthFinding> findings;

  // Nothing above kNote.
  [[nodiscard]] bool healthy() const;
  [[nodiscard]] std::size_t Count(HealthSeverity severity) const;
};

struct HealthOptions {
  std::string path = {};
  // Compare each index with its table as well (integrity_check in place of quick_check). Several
  // times as long: for a file that was damaged or copied back.
  bool thorough = false;
  // Told what is looked at, now and then, on the calling thread. False stops (kInterrupted), and so
  // does an exception.
  std::function<bool(std::string_view part)> progress = nullptr;
};

[[nodiscard]] absl::StatusOr<HealthReport> CheckHealth(const HealthOptions& options);

// For a terminal: what was found and what to do about it, and a count at the end. Control
// characters of a file's names are replaced.
[[nodiscard]] std::string RenderForPeople(const HealthReport& report);

}  // namespace cordon

#endif  // CORDON_DATA_DOCTOR_H_
