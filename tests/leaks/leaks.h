// SPDX-License-Identifier: Apache-2.0
//
// The world of the leak catalogue: A acts by a shape that leaked in another product, beside B and C
// whose rows have the same keys, and again in a file where A is alone.
//
// Every test ends with a look at the file past Cordon: not a byte of B's and C's rows may differ.
// Shapes that the checker refuses are driven past it as well, through the door of the test-only
// library, so that the engine lock has to hold alone.
#ifndef CORDON_TESTS_LEAKS_LEAKS_H_
#define CORDON_TESTS_LEAKS_LEAKS_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cordon/data/query.h"
#include "support/value_text.h"
#include "support/world.h"
#ifdef CORDON_TEST_UNCHECKED
#include "data/unchecked.h"
#endif

namespace cordon_test {

using cordon::CheckAtRunTime;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// ---- the file, past Cordon -------------------------------------------------------------------

// All rows of a statement on the file, each value with its storage class, by plain SQLite.
inline std::vector<std::string> RawRows(const std::string& path, const std::string& sql) {
  sqlite3* db = nullptr;
  if (sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) {
    sqlite3_close(db);
    throw std::runtime_error("cannot open " + path);
  }
  sqlite3_busy_timeout(db, 5000);
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    const std::string why = sqlite3_errmsg(db);
    sqlite3_close(db);
    throw std::runtime_error("raw SQL: " + why + " in " + sql);
  }
  std::vector<std::string> rows;
  int code = SQLITE_OK;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    std::string& row = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      row += std::to_string(sqlite3_column_type(statement, i)) + ':';
      const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement, i));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, i));
      if (bytes != nullptr) row.append(bytes, size);
      row += '|';
    }
  }
  const std::string why = sqlite3_errmsg(db);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  if (code != SQLITE_DONE) throw std::runtime_error("raw SQL: " + why + " in " + sql);
  return rows;
}

// A tenant's id as SQL writes it.
inline std::string Hex(const cordon::TenantId& id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "x'";
  for (const std::byte byte : id.bytes()) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4U];
    text += kDigits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text + "'";
}

// Every row of one tenant's in every table that has a tenant, found in the catalog and not in a
// list; the tenant column itself is left out, so that two files can be compared.
inline std::string RowsOf(const std::string& path, const cordon::TenantId& id) {
  std::string all;
  for (const std::string& table :
       RawSql(path,
              "SELECT m.name FROM sqlite_schema AS m WHERE m.type = 'table' AND m.name <> "
              "'cordon_tenants' AND m.name <> 'cordon_members' AND EXISTS (SELECT 1 FROM "
              "pragma_table_info(m.name) AS c WHERE c.name = 'tenant_id') ORDER BY m.name")) {
    const std::string columns =
        RawValue(path, "SELECT group_concat('\"' || name || '\"') FROM pragma_table_info('" +
                           table + "') WHERE name <> 'tenant_id'");
    all += table + ":\n";
    for (const std::string& row :
         RawRows(path, "SELECT " + columns + " FROM \"" + table +
                           "\" WHERE tenant_id = " + Hex(id) + " ORDER BY " + columns)) {
      all += "  " + row + "\n";
    }
  }
  return all;
}

// ---- what a caller is shown ------------------------------------------------------------------

inline std::string Said(const absl::Status& status) {
  return status.ok() ? "OK" : "refused: " + Describe(status);
}
inline std::string Said(std::int64_t value) { return std::to_string(value); }
inline std::string Said(bool value) { return value ? "true" : "false"; }
inline std::string Said(const std::string& value) { return value; }
inline std::string Said(const cordon::Value& value) { return ValueText(value); }
inline std::string Said(const cordon::Table& table) {
  std::string text;
  for (const auto& row : table.rows) {
    for (const cordon::Value& value : row) text += Said(value) + "|";
    text += "\n";
  }
  return text;
}
inline std::string Said(const Customer& row) {
  return row.id + "|" + row.name + "|" + row.region.value_or("NULL");
}
inline std::string Said(const Order& row) {
  return std::to_string(row.id) + "|" + row.customer_id + "|" + row.number + "|" +
         row.amount.ToString();
}
inline std::string Said(const Counter& row) {
  return std::to_string(row.id) + "|" + std::to_string(row.n);
}
template <class T>
std::string Said(const std::optional<T>& value) {
  return value.has_value() ? Said(*value) : "nothing";
}
template <class T, class Brand>
std::string Said(const cordon::Owned<T, Brand>& value) {
  return Said(value.Plain());
}
template <class T>
std::string Said(const std::vector<T>& rows) {
  std::string text;
  for (const T& row : rows) text += Said(row) + "\n";
  return text;
}
template <class T>
std::string Said(const absl::StatusOr<T>& result) {
  return result.ok() ? Said(*result) : Said(result.status());
}

// What several calls said, in their order: braces are evaluated from the left, operands of + are
// not.
inline std::string InOrder(std::initializer_list<std::string> said) {
  std::string all;
  for (const std::string& part : said) all += part + "\n";
  return all;
}

// ---- statements whose text is made at run time -----------------------------------------------

// A statement that writes and returns no rows. The scope is a Session or a transaction.
template <class Scope>
std::string Write(Scope& scope, const std::string& sql) {
  const auto checked = CheckAtRunTime<Shop, void>(sql);
  return checked.ok() ? Said(scope.Execute(*checked)) : Said(checked.status());
}
// One that returns a column of texts.
template <class Scope>
std::string WriteReturning(Scope& scope, const std::string& sql) {
  using Column = std::optional<std::string>;
  const auto checked = CheckAtRunTime<Shop, Column>(sql);
  return checked.ok() ? Said(scope.All(as<Column>, *checked)) : Said(checked.status());
}
// A write that is undone again. What it did is in the answer: how many rows, and which it left.
inline std::string Undone(const Session& session, const std::string& sql) {
  std::string said;
  const absl::Status ended = session.Transaction([&](auto& tx) -> absl::Status {
    said = sql.find(" RETURNING ") != std::string::npos ? WriteReturning(tx, sql) : Write(tx, sql);
    said += "\n" + Said(tx.All(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql)) +
            Said(tx.All(as<Order>, "SELECT * FROM orders ORDER BY id"_sql)) +
            Said(tx.All(as<Counter>, "SELECT * FROM counters ORDER BY id"_sql));
    return absl::CancelledError("undone");
  });
  return said + "\n" + ended.ToString();
}

// Marks that the emitter writes, by the place of a table in Shop and of a column in its table.
inline std::string TargetMark(int table) { return "\x01T" + std::to_string(table) + "\x02"; }
inline std::string ReadMark(int table) { return "\x01R" + std::to_string(table) + "\x02"; }
inline std::string ColumnMark(int table, int column) {
  return std::string("\x01") + "C" + std::to_string(table) + "." + std::to_string(column) + "\x02";
}
inline constexpr int kCustomers = 0;
inline constexpr int kOrders = 1;
inline constexpr int kCounters = 2;
inline constexpr int kCurrencies = 4;

// ---- the fixture -----------------------------------------------------------------------------

class Leak : public World {
 protected:
  void SetUp() override {
    cordon::PlatformOptions options = Options();
    options.readers = 1;  // A, B and A again meet on the same connection
    options.patience = 60s;
    Start(std::move(options));
  }
  void Start(cordon::PlatformOptions options) {
    alone_options_ = options;
    OpenTwins(std::move(options));
    FillGlobals(*platform);
    // What B has and A has not: "there, but not yours" against "nowhere".
    Must(b->session.Insert(Customer{"ONLY-B", "CANARY-B only", "CANARY-B only"}));
    Must(b->session.Insert(Order{77, "ONLY-B", "CANARY-B-77", {}}));
    Must(b->session.Insert(Counter{77, 977}));

    alone_options_.path = alone_path();
    alone_options_.entropy = std::make_shared<TestEntropy>();
    alone_platform = Must(Platform::Open(alone_options_));
    FillGlobals(*alone_platform);
    const cordon::TenantId id = Must(alone_platform->tenants().Create("A"));
    Must(alone_platform->tenants().AddMember(id, User("anna")));
    cordon::TenantContext context =
        Must(alone_platform->Enter(Verified("anna"), id, cordon::Purpose("test")));
    Session session = Must(alone_platform->OpenSession(context));
    alone.emplace(Twin{id, std::move(context), std::move(session)});
    Furnish(alone->session, "a");

    a_id = a->id;
    b_id = b->id;
    c_id = c->id;
    NoteNeighbours();
  }
  void TearDown() override {
    if (b_id.has_value()) ExpectNeighboursUntouched();
  }
  // The same file and tenants, with other options.
  void Reopen(cordon::PlatformOptions options) {
    Open(std::move(options));
    a.emplace(Join(*a_id));
    b.emplace(Join(*b_id));
    c.emplace(Join(*c_id));
  }
  static void FillGlobals(Platform& of) {
    Must(of.WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
      Must(tx.Insert(Currency{"EUR", "Euro"}));
      return tx.Insert(Currency{"SEK", "Krona"});
    }));
  }

  // Every byte of the world's file and of those that SQLite keeps beside it.
  [[nodiscard]] std::string FileBytes() const {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
      if (!entry.path().filename().string().starts_with("world.db")) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
  }
  [[nodiscard]] std::string alone_path() const { return scratch.File("alone.db"); }
  // For a test in which B or C itself does something.
  void NoteNeighbours() {
    b_before_ = RowsOf(path(), *b_id);
    if (c_id.has_value()) c_before_ = RowsOf(path(), *c_id);
    ASSERT_THAT(b_before_, HasSubstr(std::string(kCanary)));
  }
  void ExpectNeighboursUntouched() {
    EXPECT_EQ(RowsOf(path(), *b_id), b_before_);
    if (c_id.has_value()) {
      EXPECT_EQ(RowsOf(path(), *c_id), c_before_);
    }
  }

  // Acts as A beside the neighbours and as A alone. Both must be shown the same, hold the same rows
  // afterwards, and meet no canary. What was shown.
  template <class Act>
  std::string Same(const Act& act) {
    const std::string here = act(a->session);
    EXPECT_EQ(here, act(alone->session));
    EXPECT_THAT(here, Not(HasSubstr("CANARY")));
    EXPECT_EQ(RowsOf(path(), *a_id), RowsOf(alone_path(), alone->id));
    return here;
  }
  // A query whose text is made at run time.
  std::string SameRead(const std::string& sql) {
    SCOPED_TRACE(sql);
    return Same([&](const Session& session) { return Said(session.Ask(sql)); });
  }
  std::string SameWrite(const std::string& sql) {
    SCOPED_TRACE(sql);
    return Same([&](const Session& session) { return Undone(session, sql); });
  }
  // The same for a query that the checker has to let through.
  std::string Reads(const std::string& sql) {
    std::string shown = SameRead(sql);
    EXPECT_THAT(shown, Not(StartsWith("refused"))) << sql;
    return shown;
  }
  std::string Writes(const std::string& sql) {
    std::string shown = SameWrite(sql);
    EXPECT_THAT(shown, Not(StartsWith("refused"))) << sql;
    return shown;
  }
  // And for one that it has to refuse.
  void ExpectRefused(const std::string& sql) {
    EXPECT_THAT(SameRead(sql), StartsWith("refused: code 18,")) << sql;
    EXPECT_THAT(SameWrite(sql), StartsWith("refused: code 18,")) << sql;
  }

  // ---- that a test can fail: the same text without Cordon leaks ------------------------------

  // A query by plain SQLite shows the canary.
  void ExpectNaiveReadLeaks(const std::string& sql) {
    std::string shown;
    for (const std::string& row : RawRows(path(), sql)) shown += row;
    EXPECT_THAT(shown, HasSubstr("CANARY")) << "without Cordon it should leak: " << sql;
  }
  // A write by plain SQLite changes B's rows, on a copy of the file.
  void ExpectNaiveWriteHurts(const std::string& sql) {
    const std::string copy = scratch.File("copy.db");
    std::filesystem::remove(copy);
    RawSql(path(), "VACUUM INTO '" + copy + "'");
    RawSql(copy, sql);
    EXPECT_NE(RowsOf(copy, *b_id), RowsOf(path(), *b_id))
        << "without Cordon it should do harm: " << sql;
  }

#ifdef CORDON_TEST_UNCHECKED
  // ---- past the checker ----------------------------------------------------------------------

  using Kind = cordon::internal::TransactionCore::Kind;

  struct Outcome {
    absl::Status status;
    std::string rows;
    std::int64_t changed = 0;
  };
  void OpenDoor() {
    if (door_ != nullptr) return;
    cordon::PlatformOptions options = Options();
    options.readers = 1;
    door_ = Must(cordon::internal::PlatformCore::Open(cordon::internal::kViewOf<Shop>, options));
    door_context_.emplace(
        Must(door_->tenants().Enter(Verified("anna"), *a_id, cordon::Purpose("test"))));
    door_session_ = Must(door_->OpenSession(*door_context_));
  }
  // Hands `sql` to the engine as A: as it is, or with marks as a faulty emitter might write them.
  Outcome Past(const std::string& sql, Kind kind, bool marked) {
    return PastAs(kind == Kind::kGlobalWrite ? nullptr : DoorSession(), sql, kind, marked);
  }
  // The session of the door's own platform; a null one is nobody's lease.
  cordon::internal::SessionState* DoorSession() {
    OpenDoor();
    return door_session_.get();
  }
  Outcome PastAs(const cordon::internal::SessionState* who, const std::string& sql, Kind kind,
                 bool marked) {
    using cordon::internal::Access;
    using cordon::internal::UncheckedDoor;
    OpenDoor();
    Outcome outcome;
    cordon::internal::TransactionCore core(door_->engine(), who, kind);
    Must(core.status());
    {
      cordon::internal::Cursor cursor;
      if (marked) {
        UncheckedDoor::StartMarked(
            core, sql, kind == Kind::kGlobalWrite ? Access::kGlobalWrite : Access::kWrite, &cursor);
      } else {
        UncheckedDoor::Start(core, sql, &cursor);
      }
      while (cursor.Step()) {
        const auto value = cursor.Column(0);
        outcome.rows += value.storage == cordon::internal::SqlValue::kText
                            ? std::string(value.Bytes())
                            : std::to_string(value.integer);
        outcome.rows += '\n';
        cursor.EndRow();
      }
      outcome.status = cursor.status();
      if (outcome.status.ok()) outcome.changed = cursor.Finish().value_or(-1);
    }
    (void)core.Commit();  // a host that swallows the error
    return outcome;
  }
  // The lock alone refuses it, shows nothing and leaves every row as it was.
  void ExpectLock(const std::string& sql, bool marked = false) {
    SCOPED_TRACE(sql);
    const std::string before = RowsOf(path(), *a_id);
    for (const Kind kind : {Kind::kStatement, Kind::kWrite}) {
      if (marked && kind != Kind::kWrite) continue;
      const Outcome outcome = Past(sql, kind, marked);
      EXPECT_THAT(outcome.status, HasCode(ErrorCode::kEngineLock));
      EXPECT_THAT(Text(outcome.status), Not(HasSubstr("CANARY")));
      EXPECT_EQ(outcome.rows, "");
    }
    EXPECT_EQ(RowsOf(path(), *a_id), before);
    ExpectNeighboursUntouched();
  }
  void ExpectLockOnMarked(const std::string& sql) { ExpectLock(sql, true); }
#endif

  std::unique_ptr<Platform> alone_platform;
  std::optional<Twin> alone;
  std::optional<cordon::TenantId> a_id;
  std::optional<cordon::TenantId> b_id;
  std::optional<cordon::TenantId> c_id;

 private:
  cordon::PlatformOptions alone_options_;
  std::string b_before_;
  std::string c_before_;
#ifdef CORDON_TEST_UNCHECKED
  std::unique_ptr<cordon::internal::PlatformCore> door_;
  std::optional<cordon::TenantContext> door_context_;
  std::shared_ptr<cordon::internal::SessionState> door_session_;
#endif
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_LEAKS_LEAKS_H_
