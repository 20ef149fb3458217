// SPDX-License-Identifier: Apache-2.0
//
// A connection with the engine lock on it and the statements that were prepared under that lock.
//
// Guarantees: a cached statement holds no tenant: its first parameter is bound to where the lock
//   keeps the tenant of the lease, so that it can only ever be that one. The cache is bounded.
// Thread safety: confined to the holder of the connection.
#ifndef CORDON_SRC_DATA_CONNECTION_H_
#define CORDON_SRC_DATA_CONNECTION_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "data/lock.h"

namespace cordon::internal {

struct CachedStatement {
  explicit CachedStatement(sqlite3_stmt* prepared) : handle(prepared) {}
  ~CachedStatement() { sqlite3_finalize(handle); }
  CachedStatement(const CachedStatement&) = delete;
  CachedStatement& operator=(const CachedStatement&) = delete;

  sqlite3_stmt* handle;
  Permit permit;
  Usage usage;
  int parameters = 0;
  std::uint64_t hash = 0;
  std::uint64_t fingerprint = 0;  // see StatementEvent
  std::string text;               // the host's, to compare
  std::vector<SqlType> arguments;
  Paging paging = Paging::kNone;
  // Of the host's text and argument types where these are constants.
  const void* text_address = nullptr;
  const void* arguments_address = nullptr;
  std::uint64_t used = 0;  // when last, in statements of this connection
  bool running = false;
  bool cached = false;
  bool holds_copies = false;         // of arguments
  CachedStatement* older = nullptr;  // of those that are running
  CachedStatement* newer = nullptr;
};

class Connection final : public ConnectionExtension {
 public:
  static constexpr std::size_t kCapacity = 256;

  Connection(SqliteConnection& sqlite, std::unique_ptr<EngineLock> lock)
      : sqlite_(sqlite), lock_(std::move(lock)) {}

  // The prepared statement; prepares it on first use. Give it back with Release().
  [[nodiscard]] absl::StatusOr<CachedStatement*> Acquire(const Statement& statement);
  // The same, or null when it takes more than a look.
  [[nodiscard]] CachedStatement* AcquireAtHand(const Statement& statement);
  void Release(CachedStatement* statement);

  // Prepares what `marked` expands to. The only way from text to a statement of a tenant's.
  [[nodiscard]] absl::StatusOr<std::unique_ptr<CachedStatement>> Prepare(const MarkedSql& marked,
                                                                         Access access);
  // Takes a statement that Prepare() made and the cache does not know; Release() ends it.
  [[nodiscard]] CachedStatement* Adopt(std::unique_ptr<CachedStatement> statement);

  // A statement of Cordon's own that hosts run often, for a SqliteCursor: prepared once. `sql` is
  // known by its address.
  [[nodiscard]] absl::StatusOr<sqlite3_stmt*> Own(const char* sql);

  void Reset() override;

  [[nodiscard]] SqliteConnection& sqlite() const { return sqlite_; }
  [[nodiscard]] EngineLock& lock() const { return *lock_; }

 private:
  // Emits and prepares a statement anew.
  absl::StatusOr<std::unique_ptr<CachedStatement>> Emitted(const Statement& statement);
  // The same for one run only.
  absl::StatusOr<CachedStatement*> Fresh(const Statement& statement);
  CachedStatement* Run(CachedStatement* statement);
  void MakeRoom();

  SqliteConnection& sqlite_;
  std::unique_ptr<EngineLock> lock_;
  std::unordered_map<std::uint64_t, std::unique_ptr<CachedStatement>> cache_;
  // In front of cache_: where a hash was found last.
  std::array<CachedStatement*, 64> recent_{};
  CachedStatement* running_ = nullptr;  // the newest
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::vector<std::pair<const char*, std::unique_ptr<sqlite3_stmt, Finalize>>> own_;
  std::uint64_t now_ = 0;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_CONNECTION_H_
