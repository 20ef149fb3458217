// SPDX-License-Identifier: Apache-2.0
//
// SQL from anywhere against a schema known only now: a Cordon file in which "our" tenant lies
// between two neighbours, and plain SQLite beside it to say what a text means.
#ifndef CORDON_TESTS_SQL_HARNESS_H_
#define CORDON_TESTS_SQL_HARNESS_H_

#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "cordon/data/internal/core.h"
#include "cordon/data/internal/parser.h"
#include "cordon/data/internal/schema_view.h"
#include "data/lock.h"
#include "support/scratch.h"

namespace cordon_test {

using cordon::internal::Parsed;
using cordon::internal::Refusal;
using cordon::internal::SchemaView;
using cordon::internal::SqlType;
using cordon::internal::SqlValue;
using cordon::internal::TableKind;

// ---- values -------------------------------------------------------------------------------------

struct Value {
  SqlValue::Storage storage = SqlValue::kNull;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;  // of a text or blob

  static Value Null() { return {}; }
  static Value Integer(std::int64_t value) { return {SqlValue::kInteger, value, 0, {}}; }
  static Value Real(double value) { return {SqlValue::kReal, 0, value, {}}; }
  static Value Text(std::string value) { return {SqlValue::kText, 0, 0, std::move(value)}; }
  static Value Blob(std::string value) { return {SqlValue::kBlob, 0, 0, std::move(value)}; }
  friend bool operator==(const Value&, const Value&) = default;
};
using Row = std::vector<Value>;

// A value and what the checker is told of it.
struct Argument {
  SqlType type;
  Value value;
};

// As a person would write it, the same for a scaled integer and the fraction that it stands for:
// numbers with ten digits, texts and times in quotes.
[[nodiscard]] std::string Show(const Value& value, SqlType type);
[[nodiscard]] std::string Show(const Value& value);
[[nodiscard]] std::string ShowTime(std::int64_t microseconds);

// Empty when a result value is one that its declared type promises; else what is wrong.
[[nodiscard]] std::string Misfit(const Value& value, SqlType type);

// ---- schemas ------------------------------------------------------------------------------------

class RuntimeSchema {
 public:
  struct Column {
    std::string name;
    SqlType type;
  };
  struct ForeignKey {
    std::vector<std::string> columns;
    std::string parent;
  };
  struct Table {
    std::string name;
    TableKind kind = TableKind::kTenant;
    std::vector<Column> columns;
    std::vector<std::string> key;
    std::vector<std::vector<std::string>> uniques;
    std::vector<std::vector<std::string>> indexes;
    std::vector<ForeignKey> foreign_keys;
  };

  explicit RuntimeSchema(std::vector<Table> tables);
  RuntimeSchema(const RuntimeSchema&) = delete;
  RuntimeSchema& operator=(const RuntimeSchema&) = delete;
  [[nodiscard]] const SchemaView& view() const { return view_; }
  [[nodiscard]] const std::vector<Table>& tables() const { return tables_; }

 private:
  cordon::internal::ColumnSet Places(const Table& table,
                                     const std::vector<std::string>& names) const;
  const std::vector<Table> tables_;
  std::vector<cordon::internal::TableDef> definitions_;
  std::vector<cordon::internal::ColumnDef> columns_;
  SchemaView view_;
};

// The first `count` tables of a host's schema, without their constraints.
[[nodiscard]] std::vector<RuntimeSchema::Table> TablesOf(const SchemaView& view, std::size_t count);

// ---- verdicts -----------------------------------------------------------------------------------

[[nodiscard]] std::string_view NameOf(Refusal refusal);

struct Judgement {
  Parsed parsed;
  cordon::internal::MarkedSql marked;
  [[nodiscard]] bool accepted() const { return parsed.refusal == Refusal::kNone; }
};

// The checker as the compiler runs it and as the program runs it; throws when they disagree.
[[nodiscard]] Judgement Judge(const SchemaView& schema, std::string_view text,
                              const std::vector<Argument>& arguments);

// How many statements of a corpus had which verdict, with an example of each.
class Tally {
 public:
  void Accept(std::string_view text);
  void Refuse(const Parsed& parsed, std::string_view text);
  // For what is no verdict of the checker's: "double-quoted string", "engine error".
  void Count(const std::string& what, std::string_view text);
  [[nodiscard]] int accepted() const { return accepted_; }
  [[nodiscard]] int total() const;
  // In 1/1000 of all.
  [[nodiscard]] int share() const;
  void Print(const std::string& title) const;

 private:
  struct Entry {
    int count = 0;
    std::string example;
  };
  int accepted_ = 0;
  std::map<std::string, Entry> others_;
};

// ---- engines ------------------------------------------------------------------------------------

struct Result {
  std::string error;  // empty: it ran
  std::vector<Row> rows;
  std::vector<std::string> names;
  std::int64_t changed = 0;
  [[nodiscard]] bool ok() const { return error.empty(); }
};

// SQLite with no lock on it.
class PlainSqlite {
 public:
  explicit PlainSqlite(const std::string& path = ":memory:");
  ~PlainSqlite();
  PlainSqlite(const PlainSqlite&) = delete;
  PlainSqlite& operator=(const PlainSqlite&) = delete;

  // Throws when SQLite refuses; for what a test merely needs.
  void Must(const std::string& sql);
  [[nodiscard]] Result Run(const std::string& sql, const std::vector<Value>& arguments = {});
  // Empty when it prepares; else SQLite's words.
  [[nodiscard]] std::string WhyNotPrepared(const std::string& sql);
  // Off: statements run as they are written, which shows whose a wrong answer is.
  void Optimize(bool on);
  // EXPLAIN QUERY PLAN, one step in a line, with tables for their aliases and without the names of
  // queries.
  [[nodiscard]] std::string Plan(const std::string& sql);
  void Insert(const std::string& table, const Row& row);
  [[nodiscard]] sqlite3* handle() const { return db_; }

 private:
  sqlite3* db_ = nullptr;
  std::map<std::string, sqlite3_stmt*> inserts_;
};

// A Cordon file with three tenants, and our session on the one whose id lies between the others'.
class Neighbourhood {
 public:
  explicit Neighbourhood(const SchemaView& schema, cordon::StatementBudget budget = {});
  ~Neighbourhood();

  // Runs an accepted text as our tenant; a write in a transaction of its own.
  [[nodiscard]] Result Run(const std::string& text, const std::vector<Argument>& arguments,
                           const Judgement& judgement);
  // The SQL that an accepted text becomes, with readable names where the lock has secrets.
  [[nodiscard]] std::string Readable(const Judgement& judgement) const;

  // The same file past all locks. Rows without the tenant, in the order of the declared columns.
  [[nodiscard]] PlainSqlite& raw() { return *raw_; }
  void Load(std::size_t table, int tenant, const std::vector<Row>& rows);
  [[nodiscard]] std::vector<Row> Rows(std::size_t table, int tenant);
  // Everything that is not ours, byte for byte.
  [[nodiscard]] std::string OfOthers();
  void Keep();  // what Restore() goes back to
  void Restore();

  static constexpr int kBelow = 0, kOurs = 1, kAbove = 2;
  [[nodiscard]] const std::string& tenant(int which) const {
    return ids_[static_cast<std::size_t>(which)];
  }
  [[nodiscard]] const SchemaView& schema() const { return schema_; }

 private:
  const SchemaView& schema_;
  ScratchDirectory directory_;
  std::unique_ptr<cordon::internal::PlatformCore> core_;
  std::array<std::string, 3> ids_;
  std::shared_ptr<cordon::internal::SessionState> ours_;
  std::unique_ptr<PlainSqlite> raw_;
};

// Whether plain SQLite's answer to a text is no witness against ours: docs/sql.md and
// docs/refused.md say where Cordon means something else (-0.0, json_valid of NULL), and where
// SQLite itself is wrong (a RIGHT or FULL JOIN, or a COLLATE in ORDER BY, of a compound).
// To SQLite, the arguments of json_each and json_tree also name what stands behind them.
[[nodiscard]] bool IsNoWitness(std::string_view text);

// ---- comparing ----------------------------------------------------------------------------------

// Each row in one line; sorted unless `in_order`.
[[nodiscard]] std::vector<std::string> Lines(const Result& result, const Parsed* parsed,
                                             bool in_order);

// Empty when a result keeps what the checker promised of it (types, NULLs, names, one row).
[[nodiscard]] std::string BrokenPromise(const Result& result, const Parsed& parsed);

[[nodiscard]] std::string Md5(std::string_view bytes);

}  // namespace cordon_test

#endif  // CORDON_TESTS_SQL_HARNESS_H_
