// SPDX-License-Identifier: Apache-2.0
#include "data/backfill.h"

#include <span>
#include <utility>

#include "cordon/data/query.h"
#include "cordon/store/error.h"

namespace cordon::internal {
namespace {

std::string Quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

void AppendNumber(std::string* bytes, std::int64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    *bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> static_cast<unsigned>(shift));
  }
}

// REQUIRES: a lease.
absl::StatusOr<std::int64_t> RunLeased(Connection& connection, const Statement& statement,
                                       const std::vector<SqlValue>& values) {
  auto acquired = connection.Acquire(statement);
  if (!acquired.ok()) return acquired.status();
  CachedStatement& run = **acquired;
  int place = 1;  // the tenant is bound for good
  int code = SQLITE_OK;
  for (const SqlValue& value : values) {
    ++place;
    if (code != SQLITE_OK) break;
    if (value.storage == SqlValue::kInteger) {
      code = sqlite3_bind_int64(run.handle, place, value.integer);
    } else if (value.storage == SqlValue::kText) {
      code = sqlite3_bind_text64(run.handle, place, value.size == 0 ? "" : value.bytes, value.size,
                                 SQLITE_STATIC, SQLITE_UTF8);
    } else {
      code = value.size == 0
                 ? sqlite3_bind_zeroblob(run.handle, place, 0)
                 : sqlite3_bind_blob64(run.handle, place, value.bytes, value.size, SQLITE_STATIC);
    }
  }
  run.holds_copies = true;  // released, it holds nothing of the key
  if (code != SQLITE_OK) {
    connection.Release(&run);
    return SqliteError(code, "running a backfill");
  }
  EngineLock& lock = connection.lock();
  lock.Arm(&run.permit, &run.usage);
  code = sqlite3_step(run.handle);
  lock.Disarm();
  const std::int64_t changed = run.usage.changed;
  connection.Release(&run);
  if (lock.doomed()) {
    return Error(ErrorCode::kEngineLock,
                 "the engine refused a backfill: it would have touched rows outside its tenant's "
                 "scope");
  }
  if (lock.stop() != Stop::kNone) {
    return Error(ErrorCode::kBudgetExceeded,
                 "a backfill uses more than the budget allows for a single row: add an index, or "
                 "migrate with a larger PlatformOptions::budget");
  }
  if (code == SQLITE_DONE) return changed;
  if (code == SQLITE_ERROR) {
    return Error(ErrorCode::kValueOutOfRange,
                 "a computation of a backfill left the 64-bit range: use smaller values");
  }
  return SqliteError(code, "running a backfill");
}

}  // namespace

RowKey RowKey::Of(const OwnStatement& row, const SchemaView& schema, std::size_t table) {
  RowKey key;
  int place = 0;
  for (const SqlType& type : TypesOf(schema, table)) {
    Part part{type.kind, 0, {}};
    if (type.kind == SqlType::kText) {
      part.bytes = row.Text(place++);
    } else if (type.kind == SqlType::kBlob) {
      const auto blob = row.Blob(place++);
      part.bytes.assign(reinterpret_cast<const char*>(blob.data()), blob.size());
    } else {
      part.number = row.Int(place++);
    }
    key.parts_.push_back(std::move(part));
  }
  return key;
}

RowKey RowKey::Of(const std::vector<SqlValue>& values, const SchemaView& schema,
                  std::size_t table) {
  RowKey key;
  std::size_t place = 0;
  for (const SqlType& type : TypesOf(schema, table)) {
    const SqlValue& value = values[place++];
    Part part{type.kind, 0, {}};
    if (part.HasBytes()) {
      part.bytes = value.Bytes();
    } else {
      part.number = value.integer;
    }
    key.parts_.push_back(std::move(part));
  }
  return key;
}

std::vector<SqlType> RowKey::TypesOf(const SchemaView& schema, std::size_t table) {
  std::vector<SqlType> types;
  const ColumnSet& key = schema.tables[table].key;
  for (std::size_t i = 0; i < key.count; ++i) {
    types.push_back(schema.Column(table, key.columns[i]).type);
  }
  return types;
}

std::string RowKey::Serialize() const {
  std::string bytes;
  for (const Part& part : parts_) {
    AppendNumber(&bytes,
                 part.HasBytes() ? static_cast<std::int64_t>(part.bytes.size()) : part.number);
    bytes += part.bytes;
  }
  return bytes;
}

std::optional<RowKey> RowKey::Parse(std::string_view bytes, const SchemaView& schema,
                                    std::size_t table) {
  RowKey key;
  for (const SqlType& type : TypesOf(schema, table)) {
    if (bytes.size() < 8) return std::nullopt;
    Part part{type.kind, 0, {}};
    for (int i = 0; i < 8; ++i) {
      part.number = static_cast<std::int64_t>(static_cast<std::uint64_t>(part.number) << 8U |
                                              static_cast<unsigned char>(bytes[0]));
      bytes.remove_prefix(1);
    }
    if (part.HasBytes()) {
      const auto size = static_cast<std::uint64_t>(part.number);
      if (size > bytes.size()) return std::nullopt;
      part.bytes = bytes.substr(0, static_cast<std::size_t>(size));
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    key.parts_.push_back(std::move(part));
  }
  if (!bytes.empty()) return std::nullopt;
  return key;
}

bool RowKey::IsBefore(const RowKey& other) const {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& a = parts_[i];
    const Part& b = other.parts_[i];
    // As SQLite's BINARY does, by bytes without a sign.
    const int order = a.HasBytes() ? a.bytes.compare(b.bytes) : 0;
    if (a.HasBytes() ? order != 0 : a.number != b.number) {
      return a.HasBytes() ? order < 0 : a.number < b.number;
    }
  }
  return false;
}

void RowKey::Bind(OwnStatement* statement, int first) const {
  for (const Part& part : parts_) {
    if (part.kind == SqlType::kText) {
      statement->Bind(first++, std::string_view(part.bytes));
    } else if (part.kind == SqlType::kBlob) {
      statement->Bind(first++, std::as_bytes(std::span(part.bytes.c_str(), part.bytes.size())));
    } else {
      statement->Bind(first++, part.number);
    }
  }
}

void RowKey::AppendTo(std::vector<SqlValue>* values) const {
  for (const Part& part : parts_) {
    values->push_back(part.kind == SqlType::kText ? SqlValue::Text(part.bytes)
                      : part.kind == SqlType::kBlob
                          ? SqlValue::Blob(part.bytes.data(), part.bytes.size())
                          : SqlValue::Integer(part.number));
  }
}

Backfill::Backfill(const SchemaView& schema, const BackfillDef& definition, std::size_t place)
    : schema_(schema),
      definition_(definition),
      place_(static_cast<std::int64_t>(place)),
      shape_(ShapeOf(schema, definition.sql)) {
  const std::vector<SqlType> key = RowKey::TypesOf(schema, shape_.table);
  std::string names;
  std::string backwards;
  std::string marks;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const std::string name =
        Quoted(schema.Column(shape_.table, schema.tables[shape_.table].key.columns[i]).name);
    names += (i == 0 ? "" : ", ") + name;
    backwards += (i == 0 ? "" : ", ") + name + " DESC";
    marks += i == 0 ? "?" : ", ?";
  }
  if (key.size() > 1) marks = "(" + marks + ")";
  const std::string row = key.size() > 1 ? "(" + names + ")" : names;
  const std::string head(definition.sql.substr(0, shape_.condition));
  const std::string condition(
      definition.sql.substr(shape_.condition, shape_.condition_end - shape_.condition));
  for (const bool lower : {false, true}) {
    for (const bool upper : {false, true}) {
      Range& range = ranges_[Index(lower, upper)];
      range.text = head + " (" + condition + "\n)";
      if (lower) range.text += " AND " + row + " > " + marks;
      if (upper) range.text += " AND " + row + " <= " + marks;
      for (int i = 0; i < (lower ? 1 : 0) + (upper ? 1 : 0); ++i) {
        range.types.insert(range.types.end(), key.begin(), key.end());
      }
    }
  }
  // Cordon's own: from the rows of the tenant in ?1, behind the key in ?2 and the following.
  std::string numbered;
  for (std::size_t i = 0; i < key.size(); ++i) {
    numbered += (i == 0 ? "?" : ", ?") + std::to_string(i + 2);
  }
  const std::string from = " FROM main." + Quoted(table()) + " WHERE \"tenant_id\" = ?1";
  last_ = "SELECT " + names + from + " ORDER BY " + backwards + " LIMIT 1";
  const std::string behind = " AND (" + names + ") > (" + numbered + ")";
  for (const bool lower : {false, true}) {
    const std::string rows = from + (lower ? behind : "");
    nth_[lower ? 1 : 0] = "SELECT " + names + rows + " ORDER BY " + names + " LIMIT 1 OFFSET ?" +
                          std::to_string(key.size() + 2);
    count_[lower ? 1 : 0] = "SELECT count(*)" + rows;
  }
}

absl::Status Backfill::Check() const {
  if (shape_.problem != BackfillProblem::kNone) {
    return Error(ErrorCode::kStatementRefused,
                 std::string_view(Explain(shape_.problem)).substr(sizeof "cordon: " - 1));
  }
  for (const Range& range : ranges_) {
    Parsed parsed;
    absl::Status fit = CheckText(schema_, Access::kWrite, range.text, range.types, Paging::kNone,
                                 &parsed, nullptr);
    if (!fit.ok()) return fit;
  }
  return absl::OkStatus();
}

absl::StatusOr<Backfill::Rows> Backfill::Next(SqliteConnection& connection, const Tenant& tenant,
                                              const std::optional<RowKey>& last,
                                              std::int64_t limit) const {
  Rows rows;
  const std::size_t lower = last.has_value() ? 1 : 0;
  const int keys = static_cast<int>(schema_.tables[shape_.table].key.count);
  {
    OwnStatement nth(connection, nth_[lower]);
    nth.Bind(1, std::span<const std::byte>(tenant));
    if (last.has_value()) last->Bind(&nth, 2);
    nth.Bind(keys + 2, limit - 1);
    if (nth.Step()) {
      rows.count = limit;
      rows.upper = RowKey::Of(nth, schema_, shape_.table);
    }
    if (!nth.status().ok()) return nth.status();
  }
  if (rows.upper.has_value()) return rows;
  OwnStatement count(connection, count_[lower]);
  count.Bind(1, std::span<const std::byte>(tenant));
  if (last.has_value()) last->Bind(&count, 2);
  if (count.Step()) rows.count = count.Int(0);
  if (!count.status().ok()) return count.status();
  return rows;
}

absl::StatusOr<std::optional<RowKey>> Backfill::Last(SqliteConnection& connection,
                                                     const Tenant& tenant) const {
  OwnStatement last(connection, last_);
  last.Bind(1, std::span<const std::byte>(tenant));
  std::optional<RowKey> key;
  if (last.Step()) key = RowKey::Of(last, schema_, shape_.table);
  if (!last.status().ok()) return last.status();
  return key;
}

absl::StatusOr<std::int64_t> Backfill::Fill(Connection& connection, const Tenant& tenant,
                                            const std::optional<RowKey>& lower,
                                            const std::optional<RowKey>& upper) const {
  auto changed = Run(connection, tenant, lower, upper);
  if (!changed.ok() || *changed == 0) return changed;
  // What it has filled it must leave alone: it may meet a row again.
  auto again = Run(connection, tenant, lower, upper);
  if (!again.ok()) return again;
  if (*again != 0) return NeverDone();
  return changed;
}

absl::Status Backfill::NeverDone() const {
  return Error(ErrorCode::kInvalidArgument,
               "a backfill of version " + std::to_string(version()) + " on table " + "'" +
                   std::string(table()) + "'" +
                   " changes rows that it has filled already: let its WHERE be false for them");
}

Statement Backfill::StatementOver(const std::optional<RowKey>& lower,
                                  const std::optional<RowKey>& upper,
                                  std::vector<SqlValue>* values) const {
  const Range& range = ranges_[Index(lower.has_value(), upper.has_value())];
  if (lower.has_value()) lower->AppendTo(values);
  if (upper.has_value()) upper->AppendTo(values);
  return {.text = range.text,
          .hash = ForAccess(StatementHash(range.text, range.types.data(), range.types.size()),
                            Access::kWrite),
          .access = Access::kWrite,
          .schema = &schema_,
          .arguments = range.types.data(),
          .argument_count = range.types.size()};
}

absl::StatusOr<std::int64_t> Backfill::Run(Connection& connection, const Tenant& tenant,
                                           const std::optional<RowKey>& lower,
                                           const std::optional<RowKey>& upper) const {
  std::vector<SqlValue> values;
  const Statement statement = StatementOver(lower, upper, &values);
  connection.lock().BeginLease(&tenant, nullptr, 0);
  auto changed = RunLeased(connection, statement, values);
  connection.lock().EndLease();
  return changed;
}

}  // namespace cordon::internal
