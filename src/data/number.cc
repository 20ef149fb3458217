// SPDX-License-Identifier: Apache-2.0
#include "data/number.h"

#include <optional>

#include "cordon/data/internal/core.h"
#include "cordon/data/number.h"
#include "cordon/store/error.h"
#include "data/engine.h"
#include "store/guard.h"

namespace cordon::internal {
namespace {

constexpr const char* kSteps[] = {
    // value: the number drawn last, or what the counter counts.
    "CREATE TABLE cordon_numbers("
    "tenant_id BLOB NOT NULL CHECK(length(tenant_id) = 16), "
    "kind INTEGER NOT NULL CHECK(kind IN (1, 2)), name TEXT NOT NULL, value INTEGER NOT NULL, "
    "PRIMARY KEY(tenant_id, kind, name)"
    ") STRICT, WITHOUT ROWID",
};

// One row, or none where the sum would leave the 64-bit range.
constexpr char kAdd[] =
    "INSERT INTO cordon_numbers(tenant_id, kind, name, value) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT(tenant_id, kind, name) DO UPDATE SET value = value + ?4 "
    "WHERE CASE WHEN ?4 > 0 THEN value <= 9223372036854775807 - ?4 "
    "ELSE value >= -9223372036854775808 - ?4 END "
    "RETURNING value";
constexpr char kRead[] =
    "SELECT value FROM cordon_numbers WHERE tenant_id = ?1 AND kind = ?2 AND name = ?3";
// One row, or none when the series is there.
constexpr char kStart[] =
    "INSERT INTO cordon_numbers(tenant_id, kind, name, value) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT(tenant_id, kind, name) DO NOTHING RETURNING value";

// The statement's only value; it is carried through, so that an error at its end counts.
std::optional<std::int64_t> OnlyValue(OwnStatement& statement) {
  std::optional<std::int64_t> value;
  if (statement.Step()) value = statement.Int(0);
  if (value.has_value() && !statement.Finish().ok()) value.reset();
  return value;
}

}  // namespace

absl::Status MigrateNumbers(SqliteStore& store) { return store.Migrate("numbers", kSteps); }

absl::Status PurgeNumbers(SqliteConnection& connection, const TenantId& tenant) {
  OwnStatement purge(connection, "DELETE FROM cordon_numbers WHERE tenant_id = ?1");
  purge.Bind(1, std::span<const std::byte>(tenant.bytes()));
  return purge.Finish();
}

template <class Use>
absl::Status TransactionCore::OnNumbers(const char* sql, NumberKind kind, const NumberName& name,
                                        const Use& use) {
  if (session_ == nullptr) {
    return Error(ErrorCode::kNotPermitted,
                 "numbers and counters belong to a tenant: use them in a tenant's scope");
  }
  if (name.text().empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 "a series or counter is named by 1 to 64 ASCII letters, digits and -_./: and this "
                 "name is not: choose such a name");
  }
  if (kind_ != Kind::kStatement) NoteExpiry();
  if (!Enter()) return status_;
  struct Entered {
    TransactionCore& core;
    ~Entered() { core.Leave(); }
  } const entered{*this};
  absl::Status done = Guarded([&]() -> absl::Status {
    const auto kept = connection_->Own(sql);
    if (!kept.ok()) return kept.status();
    OwnStatement statement(connection_->sqlite(), *kept);
    statement.Bind(1, std::span<const std::byte>(tenant()));
    statement.Bind(2, static_cast<std::int64_t>(kind));
    statement.Bind(3, name.text());
    use(statement);
    return statement.status();
  });
  if (!done.ok()) {
    if (CodeOf(done) == ErrorCode::kInterrupted && turn_ != nullptr) {
      // The turn is being taken away, as in Cursor::Step.
      done = HeldTooLong();
      Poison(done);
    }
    NoteRollback();
  }
  return done;
}

absl::StatusOr<std::int64_t> TransactionCore::AddToNumber(NumberKind kind, const NumberName& name,
                                                          std::int64_t by) {
  std::optional<std::int64_t> value;
  absl::Status done = OnNumbers(kAdd, kind, name, [&](OwnStatement& statement) {
    statement.Bind(4, by);
    value = OnlyValue(statement);
  });
  if (!done.ok()) return done;
  if (!value.has_value()) {
    return Error(ErrorCode::kValueOutOfRange,
                 kind == NumberKind::kSeries
                     ? "the series has no number left: draw from another one"
                     : "the counter would leave the 64-bit range: it keeps its value");
  }
  return *value;
}

absl::StatusOr<std::int64_t> TransactionCore::NumberOf(NumberKind kind, const NumberName& name) {
  std::optional<std::int64_t> value;
  absl::Status done =
      OnNumbers(kRead, kind, name, [&](OwnStatement& statement) { value = OnlyValue(statement); });
  if (!done.ok()) return done;
  return value.value_or(0);
}

absl::Status TransactionCore::StartSeries(const NumberName& name, std::int64_t first) {
  if (first < 1) {
    return Error(ErrorCode::kInvalidArgument, "a series starts with 1 or a higher number");
  }
  bool started = false;
  absl::Status done = OnNumbers(kStart, NumberKind::kSeries, name, [&](OwnStatement& statement) {
    statement.Bind(4, first - 1);
    started = OnlyValue(statement).has_value();
  });
  if (!done.ok() || started) return done;
  return Error(ErrorCode::kUniqueViolation,
               "the series has begun already: go on with NextNumber, or start another one");
}

}  // namespace cordon::internal
