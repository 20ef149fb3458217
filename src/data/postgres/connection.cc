// SPDX-License-Identifier: Apache-2.0
#include "data/postgres/connection.h"

#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "cordon/store/error.h"
#include "data/postgres/sqlstate.h"

namespace cordon::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using namespace pg_type;

constexpr int kOldestServer = 150000;
constexpr std::size_t kMostPrepared = 256;
// What the way there and back may take, beyond what the server may.
constexpr milliseconds kGrace = std::chrono::seconds(2);
// How often a statement that takes its time is looked after.
constexpr milliseconds kLook = milliseconds(10);

std::string Hex(std::span<const std::byte> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4U];
    text += kDigits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text;
}

std::string BigEndian(std::uint64_t value) {
  std::string bytes(8, '\0');
  for (int i = 7; i >= 0; --i, value >>= 8U) {
    bytes[static_cast<std::size_t>(i)] = static_cast<char>(value & 0xFFU);
  }
  return bytes;
}

absl::Status Unreached(PGconn* conn, bool answered) {
  if (PQconnectionNeedsPassword(conn) != 0) {
    return Error(ErrorCode::kCannotOpen,
                 "the database server asks for a password: put one for the role into libpq's "
                 "password file");
  }
  return answered
             ? Error(ErrorCode::kCannotOpen,
                     "the database server refused the connection: check the role, the database, "
                     "TLS settings and pg_hba.conf; the server's log says why")
             : Error(ErrorCode::kCannotOpen,
                     "the database server is not reached: check host, port and TLS settings of "
                     "the conninfo, and that it runs");
}

// Does the text, wherever it is, say MERGE INTO? That visits rows before any policy when it does
// not read them, and fails at others', so that it must not begin. In quotes alone it is a name.
bool Merges(std::string_view statement) {
  constexpr std::string_view kWord = "merge";
  std::string text(statement);
  for (char& c : text) c = absl::ascii_tolower(static_cast<unsigned char>(c));
  const auto is_word = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  for (std::size_t at = 0; (at = text.find(kWord, at)) != std::string::npos; ++at) {
    const std::size_t behind = at + kWord.size();
    if (at > 0 && is_word(text[at - 1])) continue;
    std::size_t next = behind;
    while (next < text.size() && absl::ascii_isspace(static_cast<unsigned char>(text[next]))) {
      ++next;
    }
    // INTO, or a comment before it.
    const std::string_view rest = std::string_view(text).substr(next);
    if (next > behind && rest.starts_with("into")) return true;
    if (rest.starts_with("--") || rest.starts_with("/*")) return true;
  }
  return false;
}

// Is it one of the statements that tenants run, to its end? A SELECT without rows made a table.
bool IsTenants(const PGresult* result) {
  const std::string_view tag = PQcmdStatus(const_cast<PGresult*>(result));
  const std::string_view verb = tag.substr(0, tag.find(' '));
  switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
      return verb == "SELECT" || verb == "INSERT" || verb == "UPDATE" || verb == "DELETE";
    case PGRES_COMMAND_OK:
      return verb == "INSERT" || verb == "UPDATE" || verb == "DELETE";
    default:
      return false;
  }
}

}  // namespace

// ---- arguments and rows ----

PgArguments& PgArguments::Add(std::uint32_t type, std::string_view bytes) {
  places_.push_back({type, bytes_.size(), static_cast<int>(bytes.size())});
  bytes_ += bytes;
  return *this;
}
PgArguments& PgArguments::Integer(std::int64_t value) {
  return Add(kInt8, BigEndian(static_cast<std::uint64_t>(value)));
}
PgArguments& PgArguments::Boolean(bool value) {
  return Add(kBool, std::string_view(value ? "\1" : "\0", 1));
}
PgArguments& PgArguments::Real(double value) {
  return Add(kFloat8, BigEndian(std::bit_cast<std::uint64_t>(value)));
}
PgArguments& PgArguments::Text(std::string_view value) { return Add(kText, value); }
PgArguments& PgArguments::Bytes(std::span<const std::byte> value) {
  return Add(kBytea, std::string_view(reinterpret_cast<const char*>(value.data()), value.size()));
}
PgArguments& PgArguments::Id(const TenantId& value) {
  return Add(kUuid, std::string_view(reinterpret_cast<const char*>(value.bytes().data()),
                                     value.bytes().size()));
}
PgArguments& PgArguments::Null(std::uint32_t type) {
  places_.push_back({type, 0, -1});
  return *this;
}
PgArguments& PgArguments::NullInteger() { return Null(kInt8); }
PgArguments& PgArguments::NullText() { return Null(kText); }
PgArguments& PgArguments::NullBoolean() { return Null(kBool); }
PgArguments& PgArguments::NullBytes() { return Null(kBytea); }

void PgResultDeleter::operator()(pg_result* result) const { PQclear(result); }

int PgRows::rows() const { return PQntuples(result_.get()); }
int PgRows::columns() const { return PQnfields(result_.get()); }
std::int64_t PgRows::changed() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}
bool PgRows::IsNull(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}
std::string_view PgRows::Bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}
std::uint32_t PgRows::Type(int column) const { return PQftype(result_.get(), column); }
absl::StatusOr<std::int64_t> PgRows::Integer(int row, int column) const {
  const std::uint32_t type = Type(column);
  if (IsNull(row, column) || (type != kInt8 && type != kInt4 && type != kInt2 && type != kBool)) {
    return Error(ErrorCode::kValueOutOfRange, "a value of the result is no integer");
  }
  const std::string_view bytes = Bytes(row, column);
  // The sign is in the first byte.
  std::uint64_t value = (static_cast<unsigned char>(bytes[0]) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
  for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

// ---- interruption ----

namespace {

// Asks the server to end what runs there, and waits for it to take the request.
void Cancel(PGcancel* cancel) {
  // Elsewhere libpq keeps SIGPIPE away; here it sends as any program does.
  sigset_t pipe_only;
  sigset_t before;
  sigset_t pending;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  sigpending(&pending);
  const bool was_pending = sigismember(&pending, SIGPIPE) == 1;
  if (pthread_sigmask(SIG_BLOCK, &pipe_only, &before) != 0) return;
  std::array<char, 256> ignored{};
  (void)PQcancel(cancel, ignored.data(), static_cast<int>(ignored.size()));
  const timespec at_once{};
  if (!was_pending) (void)sigtimedwait(&pipe_only, nullptr, &at_once);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

void PgInterrupter::Interrupt() {
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
  if (cancel_ != nullptr) Cancel(cancel_.get());
}

bool PgInterrupter::interrupted() const {
  const std::lock_guard lock(mutex_);
  return interrupted_;
}

void PgInterrupter::Disarm() {
  const std::lock_guard lock(mutex_);
  cancel_ = nullptr;
}

// ---- opening and closing ----

PgConnection::PgConnection(const PostgresOptions& options)
    : statement_timeout_(options.statement_timeout),
      patience_(std::max(options.patience, milliseconds(1))),
      prepares_(!options.pgbouncer) {}

PgConnection::~PgConnection() {
  EndTransaction();
  Break();
}

absl::StatusOr<std::unique_ptr<PgConnection>> PgConnection::Open(const PostgresOptions& options,
                                                                 const std::string& role,
                                                                 Deadline deadline) {
  if (options.statement_timeout < milliseconds(1)) {
    return Error(ErrorCode::kInvalidArgument,
                 "PostgresOptions::statement_timeout has to be a millisecond or more");
  }
  std::unique_ptr<PgConnection> connection(new PgConnection(options));
  if (absl::Status done = connection->Connect(options, role, deadline); !done.ok()) return done;
  if (absl::Status done = connection->SetUp(options); !done.ok()) return done;
  return connection;
}

absl::Status PgConnection::Connect(const PostgresOptions& options, const std::string& role,
                                   Deadline deadline) {
  if (options.conninfo.find('=') != std::string::npos) {
    // What libpq says of it quotes it, passwords included.
    PQconninfoOption* const parsed = PQconninfoParse(options.conninfo.c_str(), nullptr);
    if (parsed == nullptr) {
      return Error(ErrorCode::kInvalidArgument,
                   "libpq does not read PostgresOptions::conninfo: write keyword=value pairs");
    }
    PQconninfoFree(parsed);
  }
  // What stands before the host's own words is only a default; what stands behind them holds.
  const std::string unanswered = std::to_string((statement_timeout_ + kGrace).count());
  const char* const keywords[] = {"tcp_user_timeout", "fallback_application_name",
                                  "dbname",           "user",
                                  "client_encoding",  nullptr};
  const char* const values[] = {unanswered.c_str(), "cordon", options.conninfo.c_str(),
                                role.c_str(),       "UTF8",   nullptr};
  conn_ = PQconnectStartParams(keywords, values, 1);
  if (conn_ == nullptr) return Error(ErrorCode::kOutOfMemory, "there is no memory left");
  // Nobody is shown what the server remarks.
  PQsetNoticeReceiver(
      conn_, [](void*, const PGresult*) {}, nullptr);
  bool answered = false;
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (PQstatus(conn_) != CONNECTION_BAD && next != PGRES_POLLING_OK) {
    answered = answered || PQstatus(conn_) == CONNECTION_AWAITING_RESPONSE ||
               PQstatus(conn_) == CONNECTION_AUTH_OK || PQstatus(conn_) == CONNECTION_SETENV;
    if (absl::Status ready = Wait(next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline);
        !ready.ok()) {
      return Error(ErrorCode::kCannotOpen,
                   "the database server does not answer: check host and port of the conninfo");
    }
    next = PQconnectPoll(conn_);
  }
  if (PQstatus(conn_) != CONNECTION_OK) {
    absl::Status why = Unreached(conn_, answered);
    Break();
    return why;
  }
  cancel_.reset(PQgetCancel(conn_), PQfreeCancel);
  if (PQsetnonblocking(conn_, 1) != 0 || PQenterPipelineMode(conn_) != 1 || cancel_ == nullptr) {
    return Lost();
  }
  return absl::OkStatus();
}

absl::Status PgConnection::SetUp(const PostgresOptions& options) {
  if (server_version() < kOldestServer) {
    return Error(ErrorCode::kMissingFeature,
                 "the database server is older than PostgreSQL 15: upgrade it");
  }
  // Elsewhere a backslash in a text could end it early.
  const char* const plain = PQparameterStatus(conn_, "standard_conforming_strings");
  if (plain == nullptr || std::string_view(plain) != "on") {
    return Error(ErrorCode::kCannotOpen,
                 "the database server reads backslashes in texts as its own: set "
                 "standard_conforming_strings to on");
  }
  if (!prepares_) return absl::OkStatus();
  std::array<std::byte, 16> secret{};
  const std::shared_ptr<Entropy> entropy =
      options.entropy != nullptr ? options.entropy : SystemEntropy();
  if (absl::Status drawn = entropy->Fill(secret); !drawn.ok()) return drawn;
  secret_ = "s" + Hex(secret) + "_";
  for (const std::string& limit : Limits("SET ")) {
    if (absl::Status done = Execute(limit).status(); !done.ok()) return done;
  }
  return absl::OkStatus();
}

std::vector<std::string> PgConnection::Limits(std::string_view set) const {
  return {std::string(set) + "statement_timeout = " + std::to_string(statement_timeout_.count()),
          std::string(set) + "lock_timeout = " + std::to_string(patience_.count())};
}

void PgConnection::Break() {
  PQfinish(conn_);
  conn_ = nullptr;
  queued_.clear();
}

absl::Status PgConnection::Lost() {
  Break();
  return committing_ ? Error(ErrorCode::kConnectionLost,
                             "the connection to the database server was lost during the commit: "
                             "look whether it took place before you try again")
                     : StatusOfSqlState("");
}

int PgConnection::server_version() const { return PQserverVersion(conn_); }

// ---- the wire ----

absl::Status PgConnection::Wait(short events, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0) return Lost();
    pollfd socket{PQsocket(conn_), events, 0};
    const milliseconds longest = watch_ != nullptr && !stopped_ ? kLook : milliseconds(60'000);
    const int ready =
        poll(&socket, 1, static_cast<int>(std::min<std::int64_t>(left, longest.count())));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return Lost();
    if (ready == 0 && watch_ != nullptr && !stopped_ && watch_()) {
      // The request may come when the statement is over already.
      stopped_ = doubtful_ = true;
      Cancel(cancel_.get());
    }
  }
}

absl::Status PgConnection::Flush(Deadline deadline) {
  for (;;) {
    const int left = PQflush(conn_);
    if (left == 0) return absl::OkStatus();
    if (left < 0) return Lost();
    // A server that cannot send what it has to say does not read either.
    if (absl::Status ready = Wait(POLLIN | POLLOUT, deadline); !ready.ok()) return ready;
    if (PQconsumeInput(conn_) != 1) return Lost();
  }
}

absl::StatusOr<std::unique_ptr<pg_result, PgResultDeleter>> PgConnection::Next(Deadline deadline) {
  while (PQisBusy(conn_) != 0) {
    if (absl::Status ready = Wait(POLLIN, deadline); !ready.ok()) return ready;
    if (PQconsumeInput(conn_) != 1 && PQisBusy(conn_) != 0) return Lost();
  }
  return std::unique_ptr<pg_result, PgResultDeleter>(PQgetResult(conn_));
}

absl::Status PgConnection::Queue(Part part, const std::string& text, const PgArguments& arguments,
                                 bool prepared) {
  std::vector<std::uint32_t> types;
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const PgArguments::Place& place : arguments.places_) {
    types.push_back(place.type);
    values.push_back(place.size < 0 ? nullptr : arguments.bytes_.data() + place.begin);
    lengths.push_back(std::max(place.size, 0));
  }
  const std::vector<int> binary(types.size(), 1);
  const int count = static_cast<int>(types.size());
  const int sent = prepared ? PQsendQueryPrepared(conn_, text.c_str(), count, values.data(),
                                                  lengths.data(), binary.data(), 1)
                            : PQsendQueryParams(conn_, text.c_str(), count, types.data(),
                                                values.data(), lengths.data(), binary.data(), 1);
  if (sent != 1) return Lost();
  queued_.push_back({part, {}, {}});
  return absl::OkStatus();
}

absl::Status PgConnection::QueuePrepared(Part part, std::string_view text,
                                         const PgArguments& arguments) {
  if (!prepares_) return Queue(part, std::string(text), arguments);
  std::string key;
  std::vector<std::uint32_t> types;
  for (const PgArguments::Place& place : arguments.places_) {
    types.push_back(place.type);
    key += std::to_string(place.type) + ",";
  }
  key += text;
  ++uses_;
  if (const auto found = prepared_.find(key); found != prepared_.end()) {
    found->second.used = uses_;
    return Queue(part, found->second.name, arguments, true);
  }
  if (prepared_.size() >= kMostPrepared) {
    const auto oldest = std::min_element(
        prepared_.begin(), prepared_.end(),
        [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
    const std::string name = oldest->second.name;
    prepared_.erase(oldest);
    if (absl::Status done = Queue(Part::kOwn, "DEALLOCATE " + name); !done.ok()) return done;
  }
  const std::string name = secret_ + std::to_string(uses_);
  if (PQsendPrepare(conn_, name.c_str(), std::string(text).c_str(), static_cast<int>(types.size()),
                    types.data()) != 1) {
    return Lost();
  }
  queued_.push_back({Part::kPrepare, std::move(key), name});
  return Queue(part, name, arguments, true);
}

absl::Status PgConnection::QueueBegin() {
  // With its turn a transaction sees what was committed while it waited.
  absl::Status queued = Queue(Part::kOwn, access_ == PgAccess::kRead
                                              ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                                          : access_ == PgAccess::kWrite
                                              ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE"
                                              : "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
  if (queued.ok()) queued = Queue(Part::kOwn, bind_);
  // Behind a pooler no setting outlives a transaction.
  if (!prepares_) {
    for (const std::string& limit : Limits("SET LOCAL ")) {
      if (queued.ok()) queued = Queue(Part::kOwn, limit);
    }
  }
  if (queued.ok() && access_ == PgAccess::kTurn) {
    queued = QueuePrepared(Part::kOwn, kPgTakeTurn, id_);
  }
  return queued;
}

absl::Status PgConnection::QueueAhead() {
  absl::Status queued;
  for (const std::string& own : ahead_) {
    if (queued.ok()) queued = Queue(Part::kOwn, own);
  }
  ahead_.clear();
  return queued;
}

absl::Status PgConnection::ErrorOf(const pg_result* result) {
  const char* const field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view state = field != nullptr ? field : "";
  if (state == "57014" && interrupter_ != nullptr && interrupter_->interrupted()) {
    return Error(ErrorCode::kInterrupted, "the session was interrupted: the call had no effect");
  }
  absl::Status status = StatusOfSqlState(state);
  if (CodeOf(status) == ErrorCode::kConnectionLost) return Lost();
  // A prepared statement may be one of tables that were changed since: prepare anew, elsewhere.
  if (state.starts_with("0A") || state.starts_with("26")) doubtful_ = true;
  return status;
}

absl::Status PgConnection::ReadAnswer(const Sent& sent, Deadline deadline, PgRows* rows,
                                      absl::Status* first_error) {
  const Part part = sent.part;
  auto answer = Next(deadline);
  if (!answer.ok()) return answer.status();
  if (*answer == nullptr) return Lost();
  const ExecStatusType status = PQresultStatus(answer->get());
  if (status == PGRES_PIPELINE_ABORTED) {
    // Behind the first error.
  } else if (status == PGRES_FATAL_ERROR) {
    absl::Status error = ErrorOf(answer->get());
    if (conn_ == nullptr) return error;
    given_up_ = given_up_ || part == Part::kOwn;
    first_error->Update(error);
  } else if (part == Part::kHost && !IsTenants(answer->get())) {
    // It may have changed whom the transaction belongs to: nothing that comes behind it is read.
    Break();
    return Error(ErrorCode::kEngineLock,
                 "the engine refused the statement: it is not one plain SELECT, INSERT, UPDATE or "
                 "DELETE; the transaction was rolled back");
  } else if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
    Break();
    return Error(ErrorCode::kStatementRefused, "COPY is not for this connection");
  } else {
    if (part == Part::kPrepare) prepared_[sent.key] = {sent.name, uses_};
    if (part == Part::kCommit && std::string_view(PQcmdStatus(answer->get())) != "COMMIT") {
      first_error->Update(StatusOfSqlState("25P02"));
    }
    if (part == Part::kHost || part == Part::kAny) *rows = PgRows(answer->release());
  }
  auto end = Next(deadline);
  if (!end.ok()) return end.status();
  return *end == nullptr ? absl::OkStatus() : Lost();
}

absl::StatusOr<PgRows> PgConnection::Exchange() {
  const Deadline deadline = steady_clock::now() + statement_timeout_ + kGrace;
  if (PQpipelineSync(conn_) != 1) return Lost();
  ++round_trips_;
  if (absl::Status sent = Flush(deadline); !sent.ok()) return sent;
  PgRows rows(nullptr);
  absl::Status error;
  stopped_ = false;
  const std::vector<Sent> parts = queued_;
  for (const Sent& part : parts) {
    if (absl::Status read = ReadAnswer(part, deadline, &rows, &error); !read.ok()) return read;
  }
  auto sync = Next(deadline);
  if (!sync.ok()) return sync.status();
  if (PQresultStatus(sync->get()) != PGRES_PIPELINE_SYNC) return Lost();
  queued_.clear();
  if (!error.ok()) return error;
  return rows;
}

// ---- the transaction ----

std::string PgBindTenant(const TenantId& tenant) {
  return "SET LOCAL " + std::string(kPgTenantVariable) + " = '" + Hex(tenant.bytes()) + "'";
}

absl::Status PgConnection::Begin(const TenantId& tenant, PgAccess access) {
  if (conn_ == nullptr || state_ != State::kIdle) {
    return Error(ErrorCode::kInternal, "a transaction was begun on a connection that is not free");
  }
  id_ = PgArguments().Id(tenant);
  bind_ = PgBindTenant(tenant);
  access_ = access;
  given_up_ = false;
  state_ = State::kPromised;
  return absl::OkStatus();
}

absl::StatusOr<PgRows> PgConnection::Run(std::string_view text, const PgArguments& arguments,
                                         PgThen then) {
  if (conn_ == nullptr || state_ == State::kIdle || state_ == State::kFailed) {
    return Error(ErrorCode::kTransactionOver,
                 "the transaction was given up after an earlier error: start again");
  }
  const bool promised = state_ == State::kPromised;
  state_ = State::kFailed;  // until all of it has come back
  if (then == PgThen::kCommit && access_ != PgAccess::kRead) {
    return Error(ErrorCode::kInternal, "a write is committed before it was looked at");
  }
  if (text.find('\0') != std::string_view::npos) {
    return Error(ErrorCode::kStatementRefused, "the statement holds a NUL");
  }
  if (Merges(text)) {
    return Error(ErrorCode::kEngineLock, "the engine refused the statement: MERGE is for nobody");
  }
  if (interrupter_ != nullptr && interrupter_->interrupted()) {
    return Error(ErrorCode::kInterrupted, "the session was interrupted: the call had no effect");
  }
  absl::Status queued = promised ? QueueBegin() : absl::OkStatus();
  if (queued.ok()) queued = QueueAhead();
  if (queued.ok()) queued = QueuePrepared(Part::kHost, text, arguments);
  // A pooler gives the server's session to others once the transaction is over, and with it what a
  // SET left there; so that the statement is looked at first, at the price of a round trip.
  const bool commits = then == PgThen::kCommit && prepares_;
  if (queued.ok() && commits) queued = Queue(Part::kCommit, "COMMIT");
  if (!queued.ok()) return queued;
  auto rows = Exchange();
  if (!rows.ok()) return rows;
  if (commits) {
    EndTransaction();
    return rows;
  }
  state_ = State::kOpen;
  if (then == PgThen::kCommit) {
    if (absl::Status done = Commit(); !done.ok()) return done;
  }
  return rows;
}

absl::Status PgConnection::Commit() {
  if (conn_ == nullptr || state_ == State::kIdle || state_ == State::kFailed) {
    return Error(ErrorCode::kTransactionOver,
                 "the transaction was given up after an earlier error: start again");
  }
  if (state_ == State::kPromised) {
    EndTransaction();
    return absl::OkStatus();
  }
  state_ = State::kFailed;
  absl::Status done = QueueAhead();
  if (done.ok()) done = Queue(Part::kCommit, "COMMIT");
  if (done.ok()) {
    committing_ = true;
    done = Exchange().status();
    committing_ = false;
  }
  if (done.ok()) EndTransaction();
  return done;
}

void PgConnection::Rollback() {
  if (conn_ != nullptr && state_ != State::kIdle && state_ != State::kPromised) {
    const bool known = queued_.empty();  // an exchange that was left half-way cannot be taken up
    if (!known || (PQtransactionStatus(conn_) != PQTRANS_IDLE &&
                   !(Queue(Part::kOwn, "ROLLBACK").ok() && Exchange().ok()))) {
      Break();
    }
  }
  EndTransaction();
}

void PgConnection::EndTransaction() {
  if (interrupter_ != nullptr) {
    interrupter_->Disarm();
    // The request may still be on its way.
    doubtful_ = doubtful_ || interrupter_->interrupted();
    interrupter_ = nullptr;
  }
  bind_.clear();
  ahead_.clear();
  watch_ = nullptr;
  state_ = State::kIdle;
}

void PgConnection::Savepoint(std::string_view name) {
  ahead_.push_back("SAVEPOINT " + std::string(name));
}

void PgConnection::Release(std::string_view name) {
  ahead_.push_back("RELEASE SAVEPOINT " + std::string(name));
}

absl::Status PgConnection::RollbackTo(std::string_view name) {
  const bool open = state_ == State::kOpen || state_ == State::kPromised ||
                    (state_ == State::kFailed && conn_ != nullptr && !given_up_ &&
                     queued_.empty() && PQtransactionStatus(conn_) == PQTRANS_INERROR);
  if (!open) {
    return Error(ErrorCode::kTransactionOver,
                 "the transaction was given up after an earlier error: start again");
  }
  ahead_.push_back("ROLLBACK TO SAVEPOINT " + std::string(name));
  if (state_ == State::kFailed) state_ = State::kOpen;
  return absl::OkStatus();
}

std::shared_ptr<PgInterrupter> PgConnection::Interrupter() {
  if (interrupter_ == nullptr && conn_ != nullptr && state_ != State::kIdle) {
    interrupter_ = std::make_shared<PgInterrupter>(cancel_);
  }
  return interrupter_;
}

absl::StatusOr<PgRows> PgConnection::Execute(std::string_view text, const PgArguments& arguments) {
  if (conn_ == nullptr) return StatusOfSqlState("");
  if (state_ != State::kIdle) {
    return Error(ErrorCode::kInternal, "a statement of nobody's was given to a transaction");
  }
  const bool commits = text == "COMMIT";
  absl::Status done = Queue(commits ? Part::kCommit : Part::kAny, std::string(text), arguments);
  if (!done.ok()) return done;
  committing_ = commits;
  auto rows = Exchange();
  committing_ = false;
  return rows;
}

bool PgConnection::Clean() const {
  return conn_ != nullptr && state_ == State::kIdle && !doubtful_ && queued_.empty() &&
         PQstatus(conn_) == CONNECTION_OK && PQpipelineStatus(conn_) == PQ_PIPELINE_ON &&
         PQtransactionStatus(conn_) == PQTRANS_IDLE;
}

bool PgConnection::Quiet() const {
  pollfd socket{PQsocket(conn_), POLLIN, 0};
  return poll(&socket, 1, 0) == 0;
}

}  // namespace cordon::internal
