// SPDX-License-Identifier: Apache-2.0
#include "data/connection.h"

#include <algorithm>
#include <utility>

#include "cordon/store/error.h"

namespace cordon::internal {
namespace {

bool SameStatement(const CachedStatement& cached, const Statement& statement) {
  if (cached.hash != statement.hash || cached.permit.access != statement.access ||
      cached.paging != statement.paging || cached.text.size() != statement.text.size() ||
      cached.arguments.size() != statement.argument_count) {
    return false;
  }
  if (statement.constant && cached.text_address == statement.text.data() &&
      cached.arguments_address == statement.arguments) {
    return true;
  }
  return cached.text == statement.text &&
         std::equal(cached.arguments.begin(), cached.arguments.end(), statement.arguments);
}

}  // namespace

absl::StatusOr<std::unique_ptr<CachedStatement>> Connection::Prepare(const MarkedSql& marked,
                                                                     Access access) {
  Permit permit;
  permit.access = access;
  auto sql = lock_->Expand(marked, &permit);
  if (!sql.ok()) return sql.status();
  sqlite3_stmt* handle = nullptr;
  const char* tail = nullptr;
  Usage unused;
  lock_->Arm(&permit, &unused);
  const int code = sqlite3_prepare_v3(sqlite_.handle(), sql->data(), static_cast<int>(sql->size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, &tail);
  lock_->Disarm();
  std::unique_ptr<sqlite3_stmt, Finalize> owned(handle);
  auto prepared = std::make_unique<CachedStatement>(handle);
  (void)owned.release();
  if (code == SQLITE_ERROR) {
    // A text that is no statement here: the engine's own words could quote other people's names.
    return Error(ErrorCode::kEngineLock,
                 "the engine refused the statement: it is not well-formed inside the scope");
  }
  if (code != SQLITE_OK) return SqliteError(code, "preparing a statement");
  const bool whole =
      std::all_of(tail, static_cast<const char*>(sql->data() + sql->size()),
                  [](char c) { return ClassOf(c) == CharClasses::kSpace || c == ';'; });
  const bool writes = handle != nullptr && sqlite3_stmt_readonly(handle) == 0;
  if (handle == nullptr || !whole || sqlite3_stmt_isexplain(handle) != 0 ||
      writes != (permit.target != kNoTable)) {
    return Error(ErrorCode::kEngineLock,
                 "the engine refused the statement: it is not one plain SELECT, INSERT, UPDATE or "
                 "DELETE");
  }
  prepared->permit = permit;
  prepared->parameters = sqlite3_bind_parameter_count(handle);
  if (prepared->parameters > 0) {
    // Read where it is when the statement runs; all zero, and nobody's, between leases.
    const TenantId::Bytes& tenant = lock_->tenant();
    const int bound =
        sqlite3_bind_blob(handle, 1, tenant.data(), static_cast<int>(tenant.size()), SQLITE_STATIC);
    if (bound != SQLITE_OK) return SqliteError(bound, "preparing a statement");
  }
  return prepared;
}

absl::StatusOr<std::unique_ptr<CachedStatement>> Connection::Emitted(const Statement& statement) {
  auto marked = Emit(statement, Dialect::kSqlite);
  if (!marked.ok()) return marked.status();
  auto prepared = Prepare(*marked, statement.access);
  if (prepared.ok()) (*prepared)->fingerprint = FingerprintOf(*marked, *statement.schema);
  return prepared;
}

absl::StatusOr<CachedStatement*> Connection::Fresh(const Statement& statement) {
  auto prepared = Emitted(statement);
  if (!prepared.ok()) return prepared.status();
  return Adopt(*std::move(prepared));
}

CachedStatement* Connection::AcquireAtHand(const Statement& statement) {
  CachedStatement* const recent = recent_[statement.hash % recent_.size()];
  const bool hit = recent != nullptr && !recent->running && statement.cached &&
                   SameStatement(*recent, statement);
  return hit ? Run(recent) : nullptr;
}

absl::StatusOr<CachedStatement*> Connection::Acquire(const Statement& statement) {
  if (!statement.cached) return Fresh(statement);
  CachedStatement*& recent = recent_[statement.hash % recent_.size()];
  const auto found = cache_.find(statement.hash);
  const bool hit = found != cache_.end() && SameStatement(*found->second, statement);
  if (hit && !found->second->running) {
    return Run(recent = found->second.get());
  }
  auto prepared = Emitted(statement);
  if (!prepared.ok()) return prepared.status();
  CachedStatement& fresh = **prepared;
  fresh.hash = statement.hash;
  fresh.text = statement.text;
  fresh.paging = statement.paging;
  fresh.arguments.assign(statement.arguments, statement.arguments + statement.argument_count);
  if (statement.constant) {
    fresh.text_address = statement.text.data();
    fresh.arguments_address = statement.arguments;
  }
  // While a statement runs, a second run of it gets a copy that lives as long as that run.
  if (found != cache_.end()) return Adopt(*std::move(prepared));
  MakeRoom();
  fresh.cached = true;
  return Run(cache_.emplace(statement.hash, *std::move(prepared)).first->second.get());
}

CachedStatement* Connection::Adopt(std::unique_ptr<CachedStatement> statement) {
  return Run(statement.release());  // Release() deletes it
}

CachedStatement* Connection::Run(CachedStatement* statement) {
  statement->older = running_;
  statement->newer = nullptr;
  if (running_ != nullptr) running_->newer = statement;
  running_ = statement;
  statement->running = true;
  statement->used = ++now_;
  statement->usage = Usage{};
  // SQLite's count of steps outlives a run; it would let one tenant's runs shift the moments at
  // which another's budget is looked at.
  sqlite3_stmt_status(statement->handle, SQLITE_STMTSTATUS_VM_STEP, 1);
  return statement;
}

void Connection::Release(CachedStatement* statement) {
  sqlite3_reset(statement->handle);
  // Arguments that were borrowed are not looked at again: a start binds all of them anew.
  if (statement->holds_copies) {
    for (int place = 2; place <= statement->parameters; ++place) {
      sqlite3_bind_null(statement->handle, place);
    }
    statement->holds_copies = false;
  }
  statement->running = false;
  (statement->newer != nullptr ? statement->newer->older : running_) = statement->older;
  if (statement->older != nullptr) statement->older->newer = statement->newer;
  if (!statement->cached) delete statement;
}

absl::StatusOr<sqlite3_stmt*> Connection::Own(const char* sql) {
  for (const auto& [text, statement] : own_) {
    if (text == sql) return statement.get();
  }
  const SqliteConnection::Internally own(sqlite_);
  sqlite3_stmt* handle = nullptr;
  const int code =
      sqlite3_prepare_v3(sqlite_.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  std::unique_ptr<sqlite3_stmt, Finalize> statement(handle);
  if (code != SQLITE_OK) return SqliteError(code, "keeping Cordon's own tables");
  own_.emplace_back(sql, std::move(statement));
  return handle;
}

void Connection::Reset() {
  while (running_ != nullptr) Release(running_);
  lock_->EndLease();
}

void Connection::MakeRoom() {
  if (cache_.size() < kCapacity) return;
  auto oldest = cache_.end();
  for (auto entry = cache_.begin(); entry != cache_.end(); ++entry) {
    if (entry->second->running) continue;
    if (oldest == cache_.end() || entry->second->used < oldest->second->used) oldest = entry;
  }
  if (oldest == cache_.end()) return;
  recent_.fill(nullptr);
  cache_.erase(oldest);
}

}  // namespace cordon::internal
