// SPDX-License-Identifier: Apache-2.0
//
// One SQLite connection, opened the one way Cordon opens them, and the statements that Cordon
// itself runs on it. Everything above (pool, engine lock) builds on this file.
//
// Thread safety: confined to whoever holds the connection; Interrupt() may come from any thread.
#ifndef CORDON_SRC_STORE_SQLITE_H_
#define CORDON_SRC_STORE_SQLITE_H_

#include <sqlite3.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/own.h"

namespace cordon::internal {

// The status for an extended result code. `doing` completes "… while <doing>"; it must come from
// Cordon, never from the engine, whose texts may hold names and values.
[[nodiscard]] absl::Status SqliteError(int code, std::string_view doing);

// What an upper room keeps beside a connection for as long as that lives.
class ConnectionExtension {
 public:
  virtual ~ConnectionExtension() = default;
  // The lease has ended or was taken away: ends every statement and forgets whose it was.
  virtual void Reset() = 0;
};

class SqliteConnection final : public OwnConnection {
 public:
  enum class Role { kReader, kWriter };
  struct Options {
    std::string path;
    std::chrono::milliseconds busy_timeout;
  };

  // Opens and hardens: WAL, foreign keys, defensive, no extensions, no ATTACH, no double-quoted
  // strings, no stored triggers or views; a reader cannot write.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(
      const Options& options, Role role);
  // Hardens a connection that somebody else has opened, in whatever mode, and closes: the file and
  // its journal stay as they are. `db` must outlive what is returned.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<SqliteConnection>> Borrow(sqlite3* db);
  ~SqliteConnection() override;

  [[nodiscard]] sqlite3* handle() const { return handle_; }

  [[nodiscard]] std::unique_ptr<OwnCursor> Prepare(std::string_view sql) override;

  // The fixed statements that run all the time; prepared once.
  enum class Command { kBegin, kBeginImmediate, kCommit, kRollback };
  [[nodiscard]] absl::Status Do(Command command);

  // Ends whatever was begun and resets every statement. False when the state cannot be known to
  // be clean: the connection must then be closed.
  [[nodiscard]] bool Clean();

  // Stops busy waits and makes the running statement fail. From any thread.
  void Interrupt() { sqlite3_interrupt(handle_); }

  void set_extension(std::unique_ptr<ConnectionExtension> extension) {
    extension_ = std::move(extension);
  }
  [[nodiscard]] ConnectionExtension* extension() const { return extension_.get(); }

  // While one of these lives, the connection runs Cordon's own statements: the engine lock lets
  // them pass. Never held while a host's statement is prepared or stepped.
  class Internally {
   public:
    explicit Internally(SqliteConnection& connection) : connection_(connection) {
      ++connection_.internal_depth_;
    }
    ~Internally() { --connection_.internal_depth_; }
    Internally(const Internally&) = delete;
    Internally& operator=(const Internally&) = delete;

   private:
    SqliteConnection& connection_;
  };
  [[nodiscard]] bool internal() const { return internal_depth_ > 0; }

  // A wait for another process's lock ends early when this returns true.
  std::function<bool()> give_up;

 private:
  SqliteConnection() = default;
  absl::Status Harden();
  static int OnBusy(void* self, int tries) noexcept;

  sqlite3* handle_ = nullptr;
  bool borrowed_ = false;
  std::chrono::milliseconds busy_timeout_{0};
  std::chrono::steady_clock::time_point busy_since_;
  int internal_depth_ = 0;
  std::array<sqlite3_stmt*, 4> commands_{};
  std::unique_ptr<ConnectionExtension> extension_;
};

// A statement of Cordon's own: prepared, bound and stepped with the engine lock open.
class SqliteCursor final : public OwnCursor {
 public:
  SqliteCursor(SqliteConnection& connection, std::string_view sql);
  // One run of a statement that is kept prepared; afterwards it holds no values.
  SqliteCursor(SqliteConnection& connection, sqlite3_stmt* kept)
      : connection_(connection), statement_(kept), kept_(true) {}
  ~SqliteCursor() override;

  void Bind(int index, std::int64_t value) override;
  void Bind(int index, std::string_view value) override;
  void Bind(int index, std::span<const std::byte> value) override;
  bool Step() override;
  [[nodiscard]] std::int64_t Int(int column) override;
  [[nodiscard]] std::string Text(int column) override;
  [[nodiscard]] std::span<const std::byte> Blob(int column) override;
  [[nodiscard]] std::int64_t Changed() override;

 private:
  void Note(int code);
  SqliteConnection& connection_;
  sqlite3_stmt* statement_ = nullptr;
  const bool kept_ = false;
};

inline constexpr int kApplicationId = 0x43524456;  // "CRDV": lets file(1) and Open() know ours

// Whether the file is marked as Cordon's; false for one in which nothing is. kSchemaDrift for
// another application's.
[[nodiscard]] absl::StatusOr<bool> IsMarked(SqliteConnection& connection);

}  // namespace cordon::internal

#endif  // CORDON_SRC_STORE_SQLITE_H_
