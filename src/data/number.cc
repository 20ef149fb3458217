// SPDX-License-Identifier: Apache-2.0
#include "data/number.h"

#include <array>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "cordon/data/internal/core.h"
#include "cordon/data/number.h"
#include "cordon/store/error.h"
#include "data/engine.h"
#include "data/remote.h"
#include "store/guard.h"

namespace cordon::internal {
namespace {

constexpr char kRead[] =
    "SELECT value FROM cordon_numbers WHERE tenant_id = ?1 AND kind = ?2 AND name = ?3";
// Reading and then writing costs half of an upsert with RETURNING; nobody comes between the two,
// as there is one writer.
constexpr char kWrite[] =
    "INSERT INTO cordon_numbers(tenant_id, kind, name, value) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT(tenant_id, kind, name) DO UPDATE SET value = ?4";
// On a server each is one round trip.
constexpr char kAdd[] =
    "INSERT INTO cordon_numbers AS n (tenant_id, kind, name, value) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT(tenant_id, kind, name) DO UPDATE SET value = n.value + ?4 RETURNING value";
constexpr char kMake[] =
    "INSERT INTO cordon_numbers(tenant_id, kind, name, value) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT(tenant_id, kind, name) DO NOTHING";

std::array<SqlValue, 3> ValuesOf(NumberKind kind, const NumberName& name, std::int64_t value) {
  return {SqlValue::Integer(static_cast<std::int64_t>(kind)), SqlValue::Text(name.text()),
          SqlValue::Integer(value)};
}

// One number, on a connection that is ours.
struct Place {
  Connection& connection;
  const TenantId::Bytes& tenant;
  NumberKind kind;
  std::string_view name;

  void Bind(OwnCursor* statement) const {
    statement->Bind(1, std::span<const std::byte>(tenant));
    statement->Bind(2, static_cast<std::int64_t>(kind));
    statement->Bind(3, name);
  }
  // Nothing when it is not there.
  [[nodiscard]] absl::StatusOr<std::optional<std::int64_t>> Read() const {
    const auto kept = connection.Own(kRead);
    if (!kept.ok()) return kept.status();
    SqliteCursor read(connection.sqlite(), *kept);
    Bind(&read);
    std::optional<std::int64_t> value;
    if (read.Step()) value = read.Int(0);
    if (!read.status().ok()) return read.status();
    return value;
  }
  [[nodiscard]] absl::Status Write(std::int64_t value) const {
    const auto kept = connection.Own(kWrite);
    if (!kept.ok()) return kept.status();
    SqliteCursor write(connection.sqlite(), *kept);
    Bind(&write);
    write.Bind(4, value);
    return write.Finish();
  }
};

}  // namespace

absl::Status PurgeNumbers(SqliteConnection& connection, const TenantId& tenant) {
  OwnStatement purge(connection, "DELETE FROM cordon_numbers WHERE tenant_id = ?1");
  purge.Bind(1, std::span<const std::byte>(tenant.bytes()));
  return purge.Finish();
}

template <class Act, class RemoteAct>
absl::Status TransactionCore::OnNumber(NumberKind kind, const NumberName& name, const Act& act,
                                       const RemoteAct& remote_act) {
  if (session_ == nullptr) {
    return Error(ErrorCode::kNotPermitted,
                 "numbers and counters belong to a tenant: use them in a tenant's scope");
  }
  if (name.text().empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 "a series or counter is named by 1 to 64 ASCII letters, digits and -_./: and this "
                 "name is not: choose such a name");
  }
  if (!EnterOwn()) return status_;
  return LeaveOwn(Guarded([&] {
    return remote_ != nullptr ? remote_act(*remote_)
                              : act(Place{*connection_, tenant(), kind, name.text()});
  }));
}

namespace {

absl::Status NoNumberLeft(NumberKind kind) {
  return Error(ErrorCode::kValueOutOfRange,
               kind == NumberKind::kSeries
                   ? "the series has no number left: draw from another one"
                   : "the counter would leave the 64-bit range: it keeps its value");
}

absl::Status BegunAlready() {
  return Error(ErrorCode::kUniqueViolation,
               "the series has begun already: go on with NextNumber, or start another one");
}

}  // namespace

absl::StatusOr<std::int64_t> TransactionCore::AddToNumber(NumberKind kind, const NumberName& name,
                                                          std::int64_t by) {
  using Limits = std::numeric_limits<std::int64_t>;
  std::int64_t sum = 0;
  absl::Status done = OnNumber(
      kind, name,
      [&](const Place& place) -> absl::Status {
        const auto value = place.Read();
        if (!value.ok()) return value.status();
        const std::int64_t before = value->value_or(0);
        if (by > 0 ? before > Limits::max() - by : before < Limits::min() - by) {
          return NoNumberLeft(kind);
        }
        sum = before + by;
        return place.Write(sum);
      },
      [&](RemoteTransaction& remote) -> absl::Status {
        const auto added = remote.RunOwn(kAdd, ValuesOf(kind, name, by));
        if (added.ok() && (*added)->Next()) sum = (*added)->Column(0).integer;
        return CodeOf(added.status()) == ErrorCode::kValueOutOfRange ? NoNumberLeft(kind)
                                                                     : added.status();
      });
  if (!done.ok()) return done;
  return sum;
}

absl::StatusOr<std::int64_t> TransactionCore::NumberOf(NumberKind kind, const NumberName& name) {
  std::int64_t number = 0;
  absl::Status done = OnNumber(
      kind, name,
      [&](const Place& place) -> absl::Status {
        const auto value = place.Read();
        if (value.ok()) number = value->value_or(0);
        return value.status();
      },
      [&](RemoteTransaction& remote) -> absl::Status {
        const auto values = ValuesOf(kind, name, 0);
        const auto read = remote.RunOwn(kRead, std::span(values).first(2));
        if (read.ok() && (*read)->Next()) number = (*read)->Column(0).integer;
        return read.status();
      });
  if (!done.ok()) return done;
  return number;
}

absl::Status TransactionCore::StartSeries(const NumberName& name, std::int64_t first) {
  if (first < 1) {
    return Error(ErrorCode::kInvalidArgument, "a series starts with 1 or a higher number");
  }
  return OnNumber(
      NumberKind::kSeries, name,
      [&](const Place& place) -> absl::Status {
        const auto value = place.Read();
        if (!value.ok()) return value.status();
        return value->has_value() ? BegunAlready() : place.Write(first - 1);
      },
      [&](RemoteTransaction& remote) -> absl::Status {
        const auto made = remote.RunOwn(kMake, ValuesOf(NumberKind::kSeries, name, first - 1));
        if (!made.ok()) return made.status();
        return (*made)->changed() > 0 ? absl::OkStatus() : BegunAlready();
      });
}

}  // namespace cordon::internal
