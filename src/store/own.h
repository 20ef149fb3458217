// SPDX-License-Identifier: Apache-2.0
//
// Where Cordon keeps its own tables, whichever engine that is, and the statements that it runs on
// them.
//
// Guarantees: one text means the same on each engine, as long as it keeps to what all of them know:
//   parameters ?1, ?2, …; INTEGER, TEXT and BLOB; tables and indexes whose names begin with
//   "cordon_"; a name for each subquery, ON CONFLICT with its target, CASE where SQLite has max(a,
//   b). A column or a parameter without a value is NULL; NULL is read as 0, as "" and as no bytes.
// Not guaranteed: the order of rows without ORDER BY.
// Thread safety: a Store is thread-safe; a connection and its statements are confined to the act
//   that they were given to.
// Ownership and lifetime: statements end before their connection does; acts end before the store.
// Errors: those of the engine, by its own code. After one, the transaction can only be given up.
#ifndef CORDON_SRC_STORE_OWN_H_
#define CORDON_SRC_STORE_OWN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "cordon/store/clock.h"
#include "cordon/store/entropy.h"

namespace cordon::internal {

// One run of a statement, as an engine carries it out.
class OwnCursor {
 public:
  OwnCursor() = default;
  virtual ~OwnCursor() = default;
  OwnCursor(const OwnCursor&) = delete;
  OwnCursor& operator=(const OwnCursor&) = delete;

  virtual void Bind(int index, std::int64_t value) = 0;
  virtual void Bind(int index, std::string_view value) = 0;
  virtual void Bind(int index, std::span<const std::byte> value) = 0;
  virtual bool Step() = 0;              // true: there is a row
  [[nodiscard]] absl::Status Finish();  // steps to the end
  // REQUIRES: an integer, a boolean or NULL. Where an engine is strict, all else is an error of the
  // statement's.
  [[nodiscard]] virtual std::int64_t Int(int column) = 0;
  [[nodiscard]] virtual std::string Text(int column) = 0;
  // Until the next step.
  [[nodiscard]] virtual std::span<const std::byte> Blob(int column) = 0;
  // How many rows it inserted, updated or deleted. REQUIRES: it has come to its end.
  [[nodiscard]] virtual std::int64_t Changed() = 0;
  [[nodiscard]] const absl::Status& status() const { return status_; }

 protected:
  absl::Status status_;
};

class OwnConnection {
 public:
  OwnConnection() = default;
  virtual ~OwnConnection() = default;
  OwnConnection(const OwnConnection&) = delete;
  OwnConnection& operator=(const OwnConnection&) = delete;

  // Never null: what is wrong with the text is the cursor's status.
  [[nodiscard]] virtual std::unique_ptr<OwnCursor> Prepare(std::string_view sql) = 0;
  // Runs one fixed statement, without parameters or rows.
  [[nodiscard]] absl::Status Run(std::string_view sql);
};

// A statement of Cordon's own.
//
//   OwnStatement find(connection, "SELECT name FROM cordon_tenants WHERE id = ?1");
//   find.Bind(1, id.bytes());
//   if (find.Step()) name = find.Text(0);
//   if (!find.status().ok()) return find.status();
class OwnStatement {
 public:
  OwnStatement(OwnConnection& connection, std::string_view sql)
      : cursor_(connection.Prepare(sql)) {}

  void Bind(int index, std::int64_t value) { cursor_->Bind(index, value); }
  void Bind(int index, std::string_view value) { cursor_->Bind(index, value); }
  void Bind(int index, std::span<const std::byte> value) { cursor_->Bind(index, value); }
  bool Step() { return cursor_->Step(); }
  [[nodiscard]] absl::Status Finish() { return cursor_->Finish(); }
  [[nodiscard]] std::int64_t Int(int column) const { return cursor_->Int(column); }
  [[nodiscard]] std::string Text(int column) const { return cursor_->Text(column); }
  [[nodiscard]] std::span<const std::byte> Blob(int column) const { return cursor_->Blob(column); }
  [[nodiscard]] std::int64_t Changed() const { return cursor_->Changed(); }
  [[nodiscard]] const absl::Status& status() const { return cursor_->status(); }

 private:
  const std::unique_ptr<OwnCursor> cursor_;
};

class Store {
 public:
  using Act = std::function<absl::Status(OwnConnection&)>;

  virtual ~Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Runs `act` in one write transaction of Cordon's own: nobody else, in any process, is in another
  // one meanwhile, and each of its statements sees what the one before it left. Waits for its turn
  // within bounds: kBusy after that. All of it is kept, or nothing. `act` may run again, from the
  // beginning, when the engine gave it up for another's sake.
  [[nodiscard]] virtual absl::Status Transact(const Act& act) = 0;
  // Runs `act` on a connection that only reads. Each of its statements sees what was committed
  // last.
  [[nodiscard]] virtual absl::Status Read(const Act& act) = 0;

  // Brings the tables of one room to the newest version, or refuses a store that is ahead of it.
  // Each step is one statement.
  [[nodiscard]] absl::Status Migrate(std::string_view room, std::span<const char* const> steps);

  [[nodiscard]] const std::shared_ptr<const Clock>& clock() const { return clock_; }
  [[nodiscard]] const std::shared_ptr<Entropy>& entropy() const { return entropy_; }
  // Different from that of any other store as long as somebody holds it.
  [[nodiscard]] const std::shared_ptr<const void>& identity() const { return identity_; }

 protected:
  Store(std::shared_ptr<const Clock> clock, std::shared_ptr<Entropy> entropy)
      : clock_(std::move(clock)), entropy_(std::move(entropy)) {}

  // What Migrate() counts in; made by whoever opens a store in which it is missing.
  static constexpr const char* kVersions =
      "CREATE TABLE cordon_versions(room TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL) "
      "STRICT, WITHOUT ROWID";

 private:
  const std::shared_ptr<const Clock> clock_;
  const std::shared_ptr<Entropy> entropy_;
  const std::shared_ptr<const void> identity_ = std::make_shared<char>();
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_STORE_OWN_H_
