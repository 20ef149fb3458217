// SPDX-License-Identifier: Apache-2.0
#include <mutex>
#include <utility>

#include "cordon/data/internal/core.h"
#include "cordon/store/error.h"
#include "data/blob.h"
#include "data/engine.h"
#include "data/remote.h"
#include "data/zoned_time.h"
#include "store/constraint.h"
#include "store/guard.h"

namespace cordon::internal {
namespace {

using Command = SqliteConnection::Command;

WriteTurn* TurnOf(const std::shared_ptr<void>& turn) { return static_cast<WriteTurn*>(turn.get()); }

absl::Status Interrupted() {
  return Error(ErrorCode::kInterrupted, "the session was interrupted: the call had no effect");
}

absl::Status Doomed(const EngineLock& lock) {
  if (lock.short_of_memory()) return OutOfMemory();
  return Error(ErrorCode::kEngineLock,
               "the engine refused the statement: it would have touched rows outside its tenant's "
               "scope; the transaction was rolled back");
}

absl::Status BecauseOf(Stop stop, const StatementBudget& budget, const SessionState* session) {
  switch (stop) {
    case Stop::kSteps:
      return Error(ErrorCode::kBudgetExceeded, "the statement used more than its " +
                                                   std::to_string(budget.vm_steps) +
                                                   " steps: add an index, or narrow it down");
    case Stop::kRows:
      return Error(ErrorCode::kBudgetExceeded, "the statement returned or changed more than its " +
                                                   std::to_string(budget.rows) +
                                                   " rows: page through them");
    case Stop::kWall:
      return Error(ErrorCode::kBudgetExceeded, "the statement ran longer than " +
                                                   std::to_string(budget.wall.count()) +
                                                   " ms: try again, or narrow it down");
    case Stop::kMemory:
      return Error(ErrorCode::kBudgetExceeded,
                   "the statement needed more than the memory set aside for it: sort and group "
                   "fewer rows, or try again");
    case Stop::kRevoked:
      if (session != nullptr) {
        if (absl::Status why = session->proof->Check(); !why.ok()) return why;
      }
      return Error(ErrorCode::kContextRevoked, "the context was revoked: enter the tenant again");
    case Stop::kTurnOver:
      return HeldTooLong();
    case Stop::kInterrupted:
    case Stop::kNone:
      break;
  }
  return Interrupted();
}

absl::Status RolledBack() {
  return Error(ErrorCode::kTransactionOver,
               "the engine rolled the transaction back after an earlier error: start again");
}

absl::Status ValueTooLarge(const AnalystOptions& limits) {
  return Error(ErrorCode::kBudgetExceeded, "a text, blob or row is larger than the " +
                                               std::to_string(limits.value_bytes) +
                                               " bytes that one may have: leave it out, or build "
                                               "a smaller one");
}

}  // namespace

absl::Status NoRowFound() {
  return Error(ErrorCode::kNotFound, "no row fits: check the key or the condition");
}
absl::Status MoreThanOneRow() {
  return Error(ErrorCode::kNotOne,
               "more than one row fits where one was asked for: narrow it down, or use All");
}
absl::Status ValueDoesNotFit() {
  return Error(ErrorCode::kValueOutOfRange,
               "a stored or computed value does not fit the field that receives it: use a wider "
               "type, or look for an overflow");
}

absl::Status LeftByException() {
  return Error(ErrorCode::kTransactionOver,
               "the body threw an exception or was left without a result: what it did is undone");
}

absl::Status VersionConflict() {
  return Error(ErrorCode::kVersionConflict,
               "the row was changed since it was read: read it again, and repeat the change");
}
absl::Status HeldTooLong() {
  return Error(ErrorCode::kWriteHeldTooLong,
               "the transaction held the writer beyond its cap while others waited and was rolled "
               "back: do less in one transaction, and nothing that waits for the outside");
}

TransactionCore::TransactionCore(Engine& engine, const SessionState* session, Kind kind,
                                 const AnalystOptions* limits)
    : engine_(engine), session_(session), kind_(kind), limits_(limits), hooks_(engine.hooks()) {
  // status_ stays what Begin() says; a failure leaves nothing leased.
  status_ = Guarded([&] { return Begin(); });
  if (limits != nullptr && connection_ != nullptr && status_.ok()) {
    connection_->lock().Limit(*limits);
  }
  if (hooks_ == nullptr) return;
  if (!status_.ok()) {
    TellDenial(status_);
    return;
  }
  number_ = hooks_->NextTransaction();
  began_ = hooks_->Now();
  end_owed_ = writes();
}

absl::Status TransactionCore::Begin() {
  if (hooks_ != nullptr && hooks_->Inside()) return HookCalls::InsideHook();
  const TenantId::Bytes* tenant = nullptr;
  std::chrono::nanoseconds now{0};
  if (session_ != nullptr) {
    tenant = &session_->proof->tenant.bytes();
    interrupts_seen_ = session_->interrupts.load(std::memory_order_relaxed);
    now = session_->proof->clock->Monotonic();
    if (!session_->proof->ValidAt(now)) return session_->proof->Check();
  }
  if (engine_.remote() != nullptr) return BeginRemote(now);
  if (kind_ == Kind::kStatement || kind_ == Kind::kRead) {
    auto reader = engine_.store().AcquireReader();
    if (!reader.ok()) return reader.status();
    place_ = *reader;
    connection_ = &Engine::Of(*(*reader)->connection);
    if (session_ != nullptr && engine_.gates().Due(now)) {
      if (absl::Status heard = HearOthers(now); !heard.ok()) return heard;
    }
    connection_->lock().BeginLease(tenant, session_, interrupts_seen_);
    return kind_ == Kind::kRead ? connection_->sqlite().Do(Command::kBegin) : absl::OkStatus();
  }
  std::function<bool()> give_up;
  if (session_ != nullptr) give_up = [this] { return !Usable(); };
  auto write =
      engine_.store().AcquireWriter(tenant != nullptr ? *tenant : WriterGate::Party{}, give_up);
  if (!write.ok()) return Usable() ? write.status() : WhyUnusable();
  const std::lock_guard use(write->turn->use);
  if (write->turn->over) return HeldTooLong();
  connection_ = &Engine::Of(*write->connection);
  turn_ = write->turn;
  if (engine_.store().OthersWrote()) {
    // Nobody else writes while this turn lasts: what is seen now holds until its end.
    if (absl::Status heard = HearOthers(now); !heard.ok()) return heard;
    if (session_ != nullptr) engine_.store().SawOthers();
  }
  connection_->lock().BeginLease(tenant, session_, interrupts_seen_);
  return absl::OkStatus();
}

absl::Status TransactionCore::BeginRemote(std::chrono::nanoseconds now) {
  if (writes() || engine_.MustHear(now)) {
    absl::Status heard = engine_.HearOthers(now, writes());
    if (heard.ok() && session_ != nullptr && !session_->proof->Open()) {
      heard = session_->proof->Check();
    }
    if (!heard.ok()) return heard;
  }
  auto begun = engine_.remote()->Begin({kind_, session_, interrupts_seen_, Budget()});
  if (!begun.ok()) return Usable() ? begun.status() : WhyUnusable();
  remote_ = *std::move(begun);
  return absl::OkStatus();
}

const StatementBudget& TransactionCore::Budget() const {
  return limits_ != nullptr ? limits_->budget : engine_.budget();
}

absl::Status TransactionCore::WhyStopped(Stop stop) const {
  return Guarded([&] { return BecauseOf(stop, Budget(), session_); });
}

absl::Status TransactionCore::HearOthers(std::chrono::nanoseconds now) {
  // First, so that whoever comes next looks again: a file that was migrated stays refused.
  absl::Status heard = engine_.CheckStillOfVersion(connection_->sqlite());
  if (!heard.ok() || session_ == nullptr) return heard;
  heard = turn_ != nullptr ? engine_.gates().LookNow(connection_->sqlite(), now)
                           : engine_.gates().Look(connection_->sqlite(), now);
  if (heard.ok() && !session_->proof->Open()) return session_->proof->Check();
  return heard;
}

TransactionCore::~TransactionCore() {
  BlobStream::ForgetAll(*this);
  if (connection_ == nullptr && remote_ == nullptr) return;
  if (hooks_ != nullptr) {
    while (cursors_ != nullptr) cursors_->Close();
  }
  if (remote_ != nullptr) {
    ForgetCursors();
    remote_ = nullptr;
  } else if (turn_ == nullptr) {
    ForgetCursors();
    engine_.store().ReleaseReader(static_cast<SqliteStore::Place*>(place_),
                                  connection_->sqlite().Clean());
    return;
  } else {
    const auto turn = std::static_pointer_cast<WriteTurn>(turn_);
    {
      const std::lock_guard use(turn->use);
      ForgetCursors();
    }
    engine_.store().ReleaseWriter(turn);
  }
  if (end_owed_) {
    (void)Guarded([&] {
      Poison(LeftByException());
      hooks_->AfterRollback(Event(), began_);
      return absl::OkStatus();
    });
  }
}

void TransactionCore::EndExpired() {
  if (!status_.ok()) return;
  Poison(session_->proof->Check());
  if (hooks_ != nullptr) TellDenial(status_);
}

absl::Status TransactionCore::WhyUnusable() const {
  return session_->proof->Open() ? Interrupted() : session_->proof->Check();
}

bool TransactionCore::EnterWithCare() {
  if (!status_.ok()) return false;
  if (hooks_ != nullptr && hooks_->Inside()) {
    Poison(HookCalls::InsideHook());
    return false;
  }
  if (turn_ != nullptr) {
    WriteTurn& turn = *TurnOf(turn_);
    turn.use.lock();
    if (turn.over) {
      turn.use.unlock();
      Poison(HeldTooLong());
      return false;
    }
  }
  if (!Usable()) {
    Poison(WhyUnusable());
    Leave();
    if (hooks_ != nullptr) TellDenial(status_);
    return false;
  }
  return true;
}

void TransactionCore::Unlock() { TurnOf(turn_)->use.unlock(); }

bool TransactionCore::EnterOwn() {
  if (kind_ != Kind::kStatement) NoteExpiry();
  return Enter();
}

absl::Status TransactionCore::LeaveOwn(absl::Status done) {
  if (!done.ok()) {
    // Guarded, since the turn has to be given back and the destructor of a stream comes here too.
    bool noted = false;
    done = Guarded([&]() -> absl::Status {
      const Stop stop = remote_ != nullptr ? remote_->TakeStop() : Stop::kNone;
      if (stop != Stop::kNone) {
        done = WhyStopped(stop);
        if (writes()) Poison(done);
      }
      // Only who takes the turn away interrupts a statement of Cordon's own.
      if (CodeOf(done) == ErrorCode::kInterrupted && turn_ != nullptr) {
        done = HeldTooLong();
        Poison(done);
      }
      NoteRollback(done);
      noted = true;
      return done;
    });
    if (!noted) Poison(done);
  }
  Leave();
  return done;
}

// The statements themselves end when the connection is cleaned, by us or by whoever took the turn
// away; from here on the cursors must not touch them.
void TransactionCore::ForgetCursors() {
  while (cursors_ != nullptr) {
    Detach(cursors_);
  }
}

void TransactionCore::Detach(Cursor* cursor) {
  (cursor->previous_ != nullptr ? cursor->previous_->next_ : cursors_) = cursor->next_;
  if (cursor->next_ != nullptr) cursor->next_->previous_ = cursor->previous_;
  cursor->statement_ = nullptr;
  cursor->transaction_ = nullptr;
  delete std::exchange(cursor->remote_, nullptr);
}

// After an error: the engine may have rolled the whole transaction back by itself.
void TransactionCore::NoteRollback(const absl::Status& why) {
  if (kind_ == Kind::kStatement) return;
  if (remote_ != nullptr) {
    if (remote_->lost()) Poison(why);
    return;
  }
  Poison(Guarded([&]() -> absl::Status {
    if (connection_->lock().doomed()) return Doomed(connection_->lock());
    if (sqlite3_get_autocommit(connection_->sqlite().handle()) == 0) return absl::OkStatus();
    return RolledBack();
  }));
}

void TransactionCore::Start(const Statement& statement, const SqlValue* arguments, bool keep,
                            Cursor* cursor) {
  // A statement of its own has just been looked at; a transaction may have outlived its context.
  if (kind_ != Kind::kStatement) NoteExpiry();
  if (!Enter()) {
    cursor->status_ = status_;
    return;
  }
  if (connection_ == nullptr) return StartRemote(statement, arguments, cursor);
  CachedStatement* acquired = connection_->AcquireAtHand(statement);
  if (acquired == nullptr) {
    auto found = Guarded([&] { return connection_->Acquire(statement); });
    if (!found.ok()) {
      cursor->status_ = found.status();
      Leave();
      if (hooks_ != nullptr) TellDenial(cursor->status_);
      return;
    }
    acquired = *found;
  }
  if (hooks_ != nullptr && !LetPass(acquired->permit, acquired->fingerprint, acquired, cursor)) {
    return;
  }
  Run(acquired, {arguments, statement.argument_count + statement.page_values}, keep, cursor);
  if (!keep && turn_ != nullptr && cursor->status_.ok()) {
    cursor->locked_ = true;
  } else {
    Leave();
  }
  // Refused by Run(): a hook that let it pass hears of it.
  if (cursor->run_ != nullptr && !cursor->status_.ok()) TellEnd(cursor);
}

absl::Status TransactionCore::ForeignValue() {
  absl::Status foreign = Error(ErrorCode::kForeignValue,
                               "this value was read in another tenant's scope: it stays there");
  if (hooks_ != nullptr) TellDenial(foreign);
  return foreign;
}

// ---- hooks --------------------------------------------------------------------------------------

Who TransactionCore::Actor() const { return session_ == nullptr ? Who{} : WhoOf(*session_->proof); }

TransactionEvent TransactionCore::Event() const {
  TransactionEvent event;
  event.who = Actor();
  event.transaction = number_;
  event.outcome = status_;
  return event;
}

void TransactionCore::TellDenial(const absl::Status& status, std::uint64_t fingerprint) {
  const ErrorCode code = CodeOf(status);
  const bool ended = code == ErrorCode::kContextExpired || code == ErrorCode::kContextRevoked ||
                     code == ErrorCode::kTenantSuspended;
  if (ended && std::exchange(context_told_, true)) return;
  hooks_->Denied(Actor(), status, fingerprint);
}

// Whether the hooks let an acquired statement run. Entered before, and after when true; otherwise
// left, and the cursor says why.
bool TransactionCore::LetPass(const Permit& permit, std::uint64_t fingerprint,
                              CachedStatement* statement, Cursor* cursor) {
  absl::Status let = Guarded([&] {
    auto run = std::make_unique<StatementRun>();
    const SchemaView& schema = engine_.schema();
    for (std::size_t t = 0; t < schema.table_count; ++t) {
      const bool written = t == permit.target;
      if (written || permit.reads[t]) {
        run->tables.push_back({schema.tables[t].name, written});
      }
    }
    run->event.who = Actor();
    run->event.transaction = number_;
    run->event.fingerprint = fingerprint;
    run->event.tables = run->tables;
    cursor->run_ = std::move(run);
    return absl::OkStatus();
  });
  Leave();
  if (let.ok()) let = hooks_->BeforeStatement(cursor->run_.get());
  // The turn may have been taken away meanwhile, and the statement with it.
  const bool entered = Enter();
  if (entered && let.ok()) return true;
  if (entered) {
    if (statement != nullptr) connection_->Release(statement);
    Leave();
  }
  cursor->status_ = let.ok() ? status_ : std::move(let);
  if (cursor->run_ != nullptr) TellEnd(cursor);
  return false;
}

// Tells, once, how a statement has ended.
void TransactionCore::TellEnd(Cursor* cursor) {
  const std::unique_ptr<StatementRun> run = std::move(cursor->run_);
  TellDenial(cursor->status_, run == nullptr ? 0 : run->event.fingerprint);
  if (run == nullptr) return;
  run->event.outcome = cursor->status_;
  if (absl::Status after = hooks_->AfterStatement(run.get()); !after.ok()) {
    Poison(after);
    if (cursor->status_.ok()) cursor->status_ = std::move(after);
  }
}

// ---- statements ---------------------------------------------------------------------------------

void TransactionCore::Run(CachedStatement* statement, std::span<const SqlValue> arguments,
                          bool keep, Cursor* cursor) {
  cursor->status_ = Guarded([&] { return Bind(statement, arguments, keep); });
  if (!cursor->status_.ok()) {
    connection_->Release(statement);
    return;
  }
  cursor->statement_ = statement;
  Attach(cursor);
}

void TransactionCore::Attach(Cursor* cursor) {
  cursor->transaction_ = this;
  cursor->changed_ = 0;
  cursor->next_ = cursors_;
  cursor->previous_ = nullptr;
  if (cursors_ != nullptr) cursors_->previous_ = cursor;
  cursors_ = cursor;
}

absl::Status TransactionCore::CheckLoops(const Permit& permit) const {
  if (permit.target == kNoTable) return absl::OkStatus();
  // A loop over rows that its own body changes may meet a row twice, or never end.
  for (const Cursor* open = cursors_; open != nullptr; open = open->next_) {
    if (!open->permit().reads[permit.target]) continue;
    return Error(ErrorCode::kStatementRefused,
                 "the table is being read by a loop that is still running: read it with All, then "
                 "write");
  }
  return absl::OkStatus();
}

// Entered before, and left after.
void TransactionCore::StartRemote(const Statement& statement, const SqlValue* arguments,
                                  Cursor* cursor) {
  std::shared_ptr<const RemoteStatement> prepared;
  cursor->status_ = Guarded([&]() -> absl::Status {
    auto found = remote_->Prepare(statement);
    if (found.ok()) prepared = *std::move(found);
    return found.status();
  });
  if (prepared == nullptr) {
    Leave();
    if (hooks_ != nullptr) TellDenial(cursor->status_);
    return;
  }
  if (hooks_ != nullptr && !LetPass(prepared->permit, prepared->fingerprint, nullptr, cursor)) {
    return;
  }
  cursor->status_ = Guarded([&]() -> absl::Status {
    if (absl::Status free = CheckLoops(prepared->permit); !free.ok()) return free;
    auto run = remote_->Bind(std::move(prepared),
                             {arguments, statement.argument_count + statement.page_values});
    if (run.ok()) cursor->remote_ = run->release();
    return run.status();
  });
  if (cursor->status_.ok()) Attach(cursor);
  Leave();
  if (cursor->run_ != nullptr && !cursor->status_.ok()) TellEnd(cursor);
}

absl::Status TransactionCore::Bind(CachedStatement* statement, std::span<const SqlValue> arguments,
                                   bool keep) const {
  if (absl::Status free = CheckLoops(statement->permit); !free.ok()) return free;
  sqlite3_stmt* const handle = statement->handle;
  const auto life = keep ? SQLITE_TRANSIENT : SQLITE_STATIC;
  statement->holds_copies = keep;
  int code = SQLITE_OK;
  int place = 1;  // the tenant is bound for good
  for (const SqlValue& value : arguments) {
    // A window that no function names is not written out, and its placeholders are not there.
    if (++place > statement->parameters) break;
    switch (value.storage) {
      case SqlValue::kNull:
        code = sqlite3_bind_null(handle, place);
        break;
      case SqlValue::kInteger:
        code = sqlite3_bind_int64(handle, place, value.integer);
        break;
      case SqlValue::kReal:
        code = sqlite3_bind_double(handle, place, value.real);
        break;
      case SqlValue::kText:
        code = sqlite3_bind_text64(handle, place, value.size == 0 ? "" : value.bytes, value.size,
                                   life, SQLITE_UTF8);
        break;
      case SqlValue::kBlob:
        // A null pointer would bind NULL, where an empty blob is meant.
        code = value.size == 0 ? sqlite3_bind_zeroblob(handle, place, 0)
                               : sqlite3_bind_blob64(handle, place, value.bytes, value.size, life);
        break;
      case SqlValue::kZonedTime: {
        ZonedText text;
        const absl::Status printed = PrintZonedTime(*value.zoned, &text);
        if (!printed.ok()) return printed;
        statement->holds_copies = true;
        code = sqlite3_bind_text64(handle, place, text.bytes.data(), text.size, SQLITE_TRANSIENT,
                                   SQLITE_UTF8);
        break;
      }
    }
    if (code != SQLITE_OK) return SqliteError(code, "binding an argument");
  }
  // Nothing is left of an earlier run.
  while (++place <= statement->parameters) sqlite3_bind_null(handle, place);
  return absl::OkStatus();
}

absl::Status TransactionCore::Commit() {
  if (kind_ == Kind::kStatement) return status_;
  NoteExpiry();
  if (hooks_ != nullptr && status_.ok()) {
    while (cursors_ != nullptr) cursors_->Close();
    // A hook may have refused while it was told of the last statements.
    if (end_owed_ && status_.ok()) Poison(hooks_->BeforeCommit(Event(), began_));
  }
  if (!Enter()) return status_;
  while (cursors_ != nullptr) {
    if (cursors_->statement_ != nullptr) connection_->Release(cursors_->statement_);
    Detach(cursors_);
  }
  absl::Status done;
  if (connection_ != nullptr && connection_->lock().doomed()) {
    done = Doomed(connection_->lock());
  } else if (BlobStream::AnyUnfinished(*this)) {
    done = Error(ErrorCode::kInvalidArgument,
                 "a blob was begun and not finished: call Finish(), or let go of its writer before "
                 "the transaction ends");
  } else if (remote_ != nullptr) {
    // A migration may have ended while this waited for its turn. None ends while it has it.
    if (writes()) done = engine_.CheckStillOfVersion();
    if (done.ok()) done = Guarded([&] { return remote_->Commit(); });
  } else {
    done = connection_->sqlite().Do(Command::kCommit);
  }
  Leave();
  if (done.ok() && end_owed_) {
    end_owed_ = false;
    // Others may write while the hooks take their time.
    if (remote_ == nullptr) {
      engine_.store().ReleaseWriter(std::static_pointer_cast<WriteTurn>(turn_));
    }
    hooks_->AfterCommit(Event(), began_);
  }
  // Committed or not, it is over.
  Poison(done.ok()
             ? Error(ErrorCode::kTransactionOver, "the transaction is committed: start another")
             : done);
  return done;
}

absl::Status TransactionCore::Savepoint() {
  if (!Enter()) return status_;
  absl::Status done = remote_ != nullptr ? Guarded([&] { return remote_->Savepoint(); })
                                         : connection_->sqlite().Run("SAVEPOINT cordon");
  Leave();
  return done;
}

absl::Status TransactionCore::EndSavepoint(const absl::Status& done) {
  if (!Enter()) return status_;
  absl::Status ended;
  if (!done.ok()) ++undone_;
  if (remote_ != nullptr) {
    ended = Guarded([&] { return remote_->EndSavepoint(done.ok()); });
  } else {
    if (!done.ok()) ended = connection_->sqlite().Run("ROLLBACK TO cordon");
    if (ended.ok()) ended = connection_->sqlite().Run("RELEASE cordon");
  }
  Leave();
  if (!ended.ok()) Poison(ended);
  if (hooks_ != nullptr && ended.ok() && !done.ok()) {
    TransactionEvent event = Event();
    event.nested = true;
    event.outcome = done;
    hooks_->AfterRollback(std::move(event), began_);
  }
  return ended;
}

// ---- Cursor -------------------------------------------------------------------------------------

void Cursor::Fail(absl::Status status) { status_ = std::move(status); }

bool Cursor::Step() {
  if (!status_.ok()) return false;
  if (statement_ == nullptr) return remote_ != nullptr && StepRemote();
  TransactionCore& transaction = *transaction_;
  if (!locked_) {
    if (!transaction.Enter()) return Refused();
    locked_ = transaction.turn_ != nullptr;
  }
  EngineLock& lock = transaction.connection_->lock();
  Usage& usage = statement_->usage;
  lock.Arm(&statement_->permit, &usage);
  const int code = sqlite3_step(statement_->handle);
  lock.Disarm();
  const bool row = code == SQLITE_ROW && !lock.doomed() && ++usage.returned <= lock.budget().rows;
  return row || Ended(code);
}

// The rare ends of Step(), which would burden each row with their registers.
bool Cursor::Refused() {
  Fail(transaction_->status_);
  if (run_ != nullptr) transaction_->TellEnd(this);
  return false;
}

bool Cursor::Ended(int code) {
  TransactionCore& transaction = *transaction_;
  const bool writes = statement_->permit.target != kNoTable;
  if (absl::Status why = Guarded([&] { return WhyEnded(code); }); !why.ok()) Fail(std::move(why));
  // A write that is cut short while it returns its rows has changed all of them already; and of a
  // turn that is being taken away nothing may be committed in the moment that is left.
  const bool evicted = code == SQLITE_INTERRUPT && transaction.turn_ != nullptr;
  if (!status_.ok() && ((code == SQLITE_ROW && writes) || evicted)) transaction.Poison(status_);
  changed_ = statement_->usage.changed;
  if (!status_.ok()) transaction.NoteRollback(status_);
  LetGo();
  if (transaction.hooks_ != nullptr) transaction.TellEnd(this);
  return false;
}

const Permit& Cursor::permit() const {
  return statement_ != nullptr ? statement_->permit : remote_->permit();
}

bool Cursor::StepRemote() {
  TransactionCore& transaction = *transaction_;
  if (!transaction.Enter()) return Refused();
  const StatementBudget& budget = transaction.Budget();
  absl::Status ran = Guarded([&] { return remote_->Execute(); });
  Stop stop = remote_->stopped;
  if (ran.ok() && remote_->changed() > budget.rows) stop = Stop::kRows;
  if (ran.ok() && stop == Stop::kNone && remote_->Next()) {
    if (++remote_->returned > budget.rows) {
      stop = Stop::kRows;
    } else if (transaction.limits_ == nullptr ||
               remote_->LongestColumn() <= transaction.limits_->value_bytes) {
      return true;
    } else {
      ran = ValueTooLarge(*transaction.limits_);
    }
  }
  if (stop != Stop::kNone) ran = transaction.WhyStopped(stop);
  const bool stopped = stop != Stop::kNone && (stop != Stop::kRows || permit().target != kNoTable);
  return EndedRemote(std::move(ran), stopped);
}

bool Cursor::EndedRemote(absl::Status why, bool stopped) {
  TransactionCore& transaction = *transaction_;
  changed_ = remote_->changed();
  if (!why.ok()) {
    Fail(std::move(why));
    if (stopped && transaction.writes()) transaction.Poison(status_);
    transaction.NoteRollback(status_);
  }
  LetGo();
  if (transaction.hooks_ != nullptr) transaction.TellEnd(this);
  return false;
}

absl::Status Cursor::WhyEnded(int code) const {
  const EngineLock& lock = transaction_->connection_->lock();
  if (lock.doomed()) return Doomed(lock);
  if (code == SQLITE_ROW) return BecauseOf(Stop::kRows, lock.budget(), nullptr);
  if (lock.stop() != Stop::kNone)
    return BecauseOf(lock.stop(), lock.budget(), transaction_->session_);
  if (code == SQLITE_DONE) return absl::OkStatus();
  if (code == SQLITE_ERROR) {
    return Error(ErrorCode::kValueOutOfRange, kOutOfRangeText);
  }
  if (code == SQLITE_INTERRUPT && transaction_->turn_ != nullptr) return HeldTooLong();
  if (code == SQLITE_TOOBIG && lock.limits() != nullptr) {
    return ValueTooLarge(*lock.limits());
  }
  return SqliteError(code, "running a statement");
}

void Cursor::NoteRows() {
  const bool here = statement_ != nullptr;
  run_->event.rows_returned = here ? statement_->usage.returned : remote_->returned;
  run_->event.rows_changed = here ? statement_->usage.changed : remote_->changed();
}

SqlValue Cursor::Integer(std::size_t column) const {
  if (statement_ == nullptr) {
    const SqlValue value = remote_->Column(column);
    return value.storage == SqlValue::kInteger ? value : SqlValue{};
  }
  sqlite3_value* const at = sqlite3_column_value(statement_->handle, static_cast<int>(column));
  if (sqlite3_value_type(at) != SQLITE_INTEGER) return {};
  return SqlValue::Integer(sqlite3_value_int64(at));
}

SqlValue Cursor::Column(std::size_t column) const {
  if (statement_ == nullptr) return remote_->Column(column);
  // One look-up of the column; the value_ calls are safe, as the connection is ours alone.
  sqlite3_value* const at = sqlite3_column_value(statement_->handle, static_cast<int>(column));
  switch (sqlite3_value_type(at)) {
    case SQLITE_INTEGER:
      return SqlValue::Integer(sqlite3_value_int64(at));
    case SQLITE_FLOAT:
      return SqlValue::Real(sqlite3_value_double(at));
    case SQLITE_TEXT: {
      const auto* const text = reinterpret_cast<const char*>(sqlite3_value_text(at));
      return SqlValue::Text({text, static_cast<std::size_t>(sqlite3_value_bytes(at))});
    }
    case SQLITE_BLOB: {
      const auto* const bytes = static_cast<const char*>(sqlite3_value_blob(at));
      return SqlValue::Blob(bytes, static_cast<std::size_t>(sqlite3_value_bytes(at)));
    }
    default:
      return {};
  }
}

void Cursor::Unlock() {
  locked_ = false;
  transaction_->Unlock();
}

absl::StatusOr<std::int64_t> Cursor::Finish() {
  while (Step()) EndRow();
  if (!status_.ok()) return status_;
  return changed_;
}

void Cursor::Abandon(absl::Status why) {
  Fail(std::move(why));
  Close();
}

void Cursor::End() {
  TransactionCore& transaction = *transaction_;
  WriteTurn* const turn = TurnOf(transaction.turn_);
  if (turn != nullptr && !locked_) {
    turn->use.lock();
    locked_ = true;
  }
  if (turn == nullptr || !turn->over) {
    LetGo();
  } else {
    transaction.Detach(this);
    locked_ = false;
    turn->use.unlock();
  }
  if (run_ != nullptr) transaction.TellEnd(this);
}

// REQUIRES: the connection is ours, and locked where it needs to be.
void Cursor::LetGo() {
  TransactionCore& transaction = *transaction_;
  if (run_ != nullptr) NoteRows();
  if (statement_ != nullptr) transaction.connection_->Release(statement_);
  transaction.Detach(this);
  if (std::exchange(locked_, false)) transaction.Unlock();
}

}  // namespace cordon::internal
