// SPDX-License-Identifier: Apache-2.0
//
// One connection to a PostgreSQL server, in libpq's pipeline mode, and the transaction on it.
//
// Guarantees: a transaction is bound to its tenant in the same round trip as its first statement,
//   by text that is made of the id's bytes alone. A statement that is none of SELECT, INSERT,
//   UPDATE and DELETE closes the connection, and so undoes its transaction, before anything that
//   came behind it is delivered; MERGE is not sent at all. Errors are made of the SQLSTATE: no text
//   of the server's is shown. Nothing waits without a deadline, prints, throws, or lets a signal
//   out.
// Not guaranteed: a limit on the look-up of a host's name; see PostgresOptions.
// Thread safety: confined to its holder; a PgInterrupter is thread-safe.
#ifndef CORDON_SRC_DATA_POSTGRES_CONNECTION_H_
#define CORDON_SRC_DATA_POSTGRES_CONNECTION_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/data/postgres.h"
#include "cordon/tenant/tenant_id.h"

struct pg_conn;
struct pg_result;
struct pg_cancel;

namespace cordon::internal {

// PostgreSQL's own numbers of its types; they never change.
namespace pg_type {
inline constexpr std::uint32_t kBool = 16;
inline constexpr std::uint32_t kBytea = 17;
inline constexpr std::uint32_t kInt8 = 20;
inline constexpr std::uint32_t kInt2 = 21;
inline constexpr std::uint32_t kInt4 = 23;
inline constexpr std::uint32_t kText = 25;
inline constexpr std::uint32_t kFloat8 = 701;
inline constexpr std::uint32_t kUuid = 2950;
}  // namespace pg_type

// What a policy compares the tenant column with. Cordon's, so that no host has it in use.
inline constexpr std::string_view kPgTenantVariable = "cordon.tenant";
// Binds a tenant until the transaction's end; made of the id's bytes alone.
[[nodiscard]] std::string PgBindTenant(const TenantId& tenant);
// Takes the turn of the tenant $1 until the transaction's end: locks its row, whether it was there
// or not, and changes nothing.
inline constexpr std::string_view kPgTakeTurn =
    "INSERT INTO cordon.turns (tenant_id) VALUES ($1) ON CONFLICT (tenant_id) DO UPDATE SET n = 0 "
    "WHERE false";

// The arguments of a statement, in binary. Owns its bytes.
class PgArguments {
 public:
  PgArguments& Integer(std::int64_t value);
  PgArguments& Boolean(bool value);
  PgArguments& Real(double value);
  PgArguments& Text(std::string_view value);
  PgArguments& Bytes(std::span<const std::byte> value);
  PgArguments& Id(const TenantId& value);  // as uuid
  PgArguments& NullInteger();
  PgArguments& NullText();
  PgArguments& NullBoolean();
  PgArguments& NullBytes();

 private:
  friend class PgConnection;
  struct Place {
    std::uint32_t type;
    std::size_t begin;
    int size;  // negative: NULL
  };
  PgArguments& Add(std::uint32_t type, std::string_view bytes);
  PgArguments& Null(std::uint32_t type);
  std::vector<Place> places_;
  std::string bytes_;
};

struct PgResultDeleter {
  void operator()(pg_result* result) const;
};

// What a statement returned, in binary. Owns it.
class PgRows {
 public:
  explicit PgRows(pg_result* result) : result_(result) {}

  [[nodiscard]] int rows() const;
  [[nodiscard]] int columns() const;
  [[nodiscard]] std::int64_t changed() const;  // by INSERT, UPDATE or DELETE
  // REQUIRES: row and column lie inside.
  [[nodiscard]] bool IsNull(int row, int column) const;
  [[nodiscard]] std::string_view Bytes(int row, int column) const;  // text is text
  // The server's number of the column's type.
  [[nodiscard]] std::uint32_t Type(int column) const;
  // An integer or a boolean; kValueOutOfRange for NULL and any other type.
  [[nodiscard]] absl::StatusOr<std::int64_t> Integer(int row, int column) const;

 private:
  std::unique_ptr<pg_result, PgResultDeleter> result_;
};

// Stops what its transaction runs, from another thread. Once the transaction is over it stops
// nothing: it can never hit the next one on the connection.
class PgInterrupter {
 public:
  explicit PgInterrupter(std::shared_ptr<pg_cancel> cancel) : cancel_(std::move(cancel)) {}
  // Waits for the server to take the request.
  void Interrupt();
  [[nodiscard]] bool interrupted() const;

 private:
  friend class PgConnection;
  void Disarm();
  mutable std::mutex mutex_;
  std::shared_ptr<pg_cancel> cancel_;  // null once the transaction is over
  bool interrupted_ = false;
};

enum class PgAccess {
  kRead,
  kWrite,
  // Writes when it is the tenant's turn, which it has until its end: its statements see whatever
  // was committed before, and nobody else changes the tenant's rows. REQUIRES: cordon.turns.
  kTurn,
};
// What follows a statement, in the same round trip where no pooler is between.
enum class PgThen { kNothing, kCommit };

class PgConnection {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // Connects as `role`. kCannotOpen when the server is not reached or refuses; kMissingFeature when
  // it is older than PostgreSQL 15.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<PgConnection>> Open(
      const PostgresOptions& options, const std::string& role, Deadline deadline);
  ~PgConnection();
  PgConnection(const PgConnection&) = delete;
  PgConnection& operator=(const PgConnection&) = delete;

  // Begins a transaction of the tenant: one snapshot, without a word to the server yet.
  // REQUIRES: none is open.
  [[nodiscard]] absl::Status Begin(const TenantId& tenant, PgAccess access);
  // One statement of the transaction. kCommit is for PgAccess::kRead only: what a write transaction
  // did is not committed before its statements were looked at. After an error the transaction can
  // only be rolled back.
  [[nodiscard]] absl::StatusOr<PgRows> Run(std::string_view text, const PgArguments& arguments = {},
                                           PgThen then = PgThen::kNothing);
  [[nodiscard]] absl::Status Commit();
  // Always ends the transaction, if need be by closing the connection.
  void Rollback();
  // A savepoint, what undoes all behind it (an error as well) and leaves it in place, and what
  // forgets it. They go with the next statement, in its round trip. `name` is Cordon's own.
  void Savepoint(std::string_view name);
  [[nodiscard]] absl::Status RollbackTo(std::string_view name);
  void Release(std::string_view name);
  // Whether a statement of Cordon's own failed: the transaction never began, or had no turn.
  [[nodiscard]] bool gave_up() const { return given_up_; }
  // Looked at while a statement of the transaction lets itself be waited for: true stops it.
  void Watch(std::function<bool()> watch) { watch_ = std::move(watch); }
  // Of the open transaction; null when there is none.
  [[nodiscard]] std::shared_ptr<PgInterrupter> Interrupter();

  // Of nobody's: for the owner role, and for the proof that the runtime role sees nothing. Any kind
  // of statement, committed at once unless it is inside BEGIN and COMMIT of the caller's. "COMMIT"
  // fails as Commit() does, also where there is nothing left to commit.
  [[nodiscard]] absl::StatusOr<PgRows> Execute(std::string_view text,
                                               const PgArguments& arguments = {});

  // Is there no transaction, nothing unread, and no doubt? Only then may another lease have it.
  [[nodiscard]] bool Clean() const;
  // Has the server said nothing since? A server that went away has; costs no round trip.
  [[nodiscard]] bool Quiet() const;
  // As PQserverVersion() has it: 150018 is 15.18.
  [[nodiscard]] int server_version() const;
  // How often this side waited for an answer.
  [[nodiscard]] std::int64_t round_trips() const { return round_trips_; }

 private:
  enum class State { kIdle, kPromised, kOpen, kFailed };
  enum class Part { kOwn, kPrepare, kHost, kAny, kCommit };
  struct Sent {
    Part part;
    std::string key;  // of what is being prepared
    std::string name;
  };
  struct Prepared {
    std::string name;
    std::uint64_t used = 0;
  };

  explicit PgConnection(const PostgresOptions& options);
  [[nodiscard]] absl::Status Connect(const PostgresOptions& options, const std::string& role,
                                     Deadline deadline);
  [[nodiscard]] absl::Status SetUp(const PostgresOptions& options);
  [[nodiscard]] std::vector<std::string> Limits(std::string_view set) const;
  // Puts a statement into the pipeline; `text` is the name of a prepared one where that is told.
  [[nodiscard]] absl::Status Queue(Part part, const std::string& text,
                                   const PgArguments& arguments = {}, bool prepared = false);
  // The same for one that is prepared first, where no pooler is between.
  [[nodiscard]] absl::Status QueuePrepared(Part part, std::string_view text,
                                           const PgArguments& arguments);
  [[nodiscard]] absl::Status QueueBegin();
  [[nodiscard]] absl::Status QueueAhead();
  // Sends the pipeline and reads its answers. The rows are those of the host's statement.
  [[nodiscard]] absl::StatusOr<PgRows> Exchange();
  [[nodiscard]] absl::Status ReadAnswer(const Sent& sent, Deadline deadline, PgRows* rows,
                                        absl::Status* first_error);
  [[nodiscard]] absl::StatusOr<std::unique_ptr<pg_result, PgResultDeleter>> Next(Deadline deadline);
  [[nodiscard]] absl::Status Flush(Deadline deadline);
  [[nodiscard]] absl::Status Wait(short events, Deadline deadline);
  [[nodiscard]] absl::Status Lost();
  [[nodiscard]] absl::Status ErrorOf(const pg_result* result);
  void EndTransaction();
  void Break();

  pg_conn* conn_ = nullptr;
  const std::chrono::milliseconds statement_timeout_;
  const std::chrono::milliseconds patience_;
  const bool prepares_;
  std::shared_ptr<pg_cancel> cancel_;
  std::shared_ptr<PgInterrupter> interrupter_;
  State state_ = State::kIdle;
  PgAccess access_ = PgAccess::kRead;
  bool doubtful_ = false;  // closed when the transaction ends
  bool committing_ = false;
  bool given_up_ = false;           // a statement of Cordon's own failed
  std::string bind_;                // the statement that binds the tenant
  PgArguments id_;                  // the tenant's
  std::vector<std::string> ahead_;  // what goes with the next statement: savepoints
  std::function<bool()> watch_;
  bool stopped_ = false;      // by watch_, while this exchange lasts
  std::vector<Sent> queued_;  // what answers are still to come, in their order
  // By argument types and text. Names begin with a secret of the connection, so that no statement
  // can run, or ask for, what an earlier lease prepared.
  std::unordered_map<std::string, Prepared> prepared_;
  std::string secret_;
  std::uint64_t uses_ = 0;
  std::int64_t round_trips_ = 0;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_CONNECTION_H_
