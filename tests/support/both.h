// SPDX-License-Identifier: Apache-2.0
// One expression on both engines: as it is written for SQLite, and for PostgreSQL, where it runs as
// the runtime role with the second lock in place. What differs is said with both texts.
#ifndef CORDON_TESTS_SUPPORT_BOTH_H_
#define CORDON_TESTS_SUPPORT_BOTH_H_

#include <sqlite3.h>

#include <bit>
#include <cstdint>
#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "data/aggregates.h"
#include "data/dialect_postgres.h"
#include "data/postgres/functions.h"
#include "store/json.h"
#include "support/postgres_erp.h"

namespace cordon_test {

using cordon::internal::CallText;
using cordon::internal::FindFunction;
using cordon::internal::Function;
using cordon::internal::NameHash;
using cordon::internal::Operand;
using cordon::internal::Rule;
using cordon::internal::SqlType;

struct Both {
  std::string sqlite;
  std::string postgres;
  SqlType::Kind kind = SqlType::kNull;
};

inline std::string SqlText(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + "'";
}
inline Both Txt(const std::string& text) {
  return {SqlText(text), "(" + SqlText(text) + " COLLATE \"C\")", SqlType::kText};
}
inline Both Int(const std::string& digits) {
  return {"(" + digits + ")", "'" + digits + "'::bigint", SqlType::kInteger};
}
inline Both Real(const std::string& digits) {
  return {"CAST('" + digits + "' AS REAL)", "cordon.to_real('" + digits + "')", SqlType::kReal};
}
inline Both Flag(bool value) {
  return {value ? "1" : "0", value ? "true" : "false", SqlType::kBoolean};
}
inline Both Null() { return {"NULL", "NULL", SqlType::kNull}; }

// A function of SQLite's, called as the parser does for either engine.
struct How {
  bool distinct = false;
  std::string over = {};  // FILTER or OVER, the same on both
  SqlType::Kind result = SqlType::kText;
};
inline Both Call(const std::string& name, const std::vector<Both>& arguments, const How& how = {}) {
  const Function* const function = FindFunction(name, NameHash(name));
  if (function == nullptr) throw std::runtime_error("no function " + name);
  const bool windowed = how.over.find("OVER") != std::string::npos;
  std::vector<Operand> operands;
  std::string list;
  std::string called = name;
  const bool listed = cordon::internal::IsAggregate(function->rule) && !windowed;
  const bool json = function->rule == Rule::kJsonArrayOf || function->rule == Rule::kJsonObjectOf;
  if (listed && name == "group_concat") called = "cordon_group_concat";
  if (listed && name == "json_group_array") called = "cordon_json_array";
  if (listed && name == "json_group_object") called = "cordon_json_object";
  if (name == "sum" && arguments[0].kind != SqlType::kReal) called = "cordon_sum";
  if (arguments.size() == 2 && (name == "avg" || name == "total")) called = "cordon_" + name;
  for (const Both& argument : arguments) {
    operands.push_back({argument.postgres, {argument.kind, 0, true}});
    list += (list.empty() ? "" : ", ") +
            (listed && json ? "json_quote(" + argument.sqlite + ")" : argument.sqlite);
  }
  if (name == "count" && arguments.empty()) list = "*";
  const CallText call =
      cordon::internal::IsAggregate(function->rule)
          ? cordon::internal::PostgresAggregate(*function, operands, {how.result, 0, true},
                                                how.distinct, windowed)
          : cordon::internal::PostgresJson(*function, operands, {how.result, 0, true}, false,
                                           false);
  return {called + (how.distinct ? "(DISTINCT " : "(") + list + ")" + how.over,
          call.head + how.over + call.tail, how.result};
}

class Engines {
 public:
  // Makes the database, with Cordon's functions in it.
  explicit Engines(const std::string& database) : database_(Erp::Copy(database)) {
    const auto owner = Connect(OptionsFor(database_), "erp_owner");
    Must(cordon::internal::PgInstallFunctions(*owner, OptionsFor(database_)));
    app_ = Connect(OptionsFor(database_), "erp_app");
    if (sqlite3_open(":memory:", &sqlite_) != SQLITE_OK ||
        cordon::internal::RegisterAggregates(sqlite_) != SQLITE_OK ||
        cordon::internal::RegisterJson(sqlite_) != SQLITE_OK) {
      throw std::runtime_error("no SQLite");
    }
  }
  ~Engines() {
    sqlite3_close(sqlite_);
    app_ = nullptr;
    Erp::Drop(database_);
  }
  Engines(const Engines&) = delete;
  Engines& operator=(const Engines&) = delete;

  [[nodiscard]] const std::string& database() const { return database_; }

  // The rows of a query, their columns joined with '|', or "error".
  std::string Sqlite(const std::string& query) const {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(sqlite_, query.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      throw std::runtime_error(std::string(sqlite3_errmsg(sqlite_)) + " in " + query);
    }
    std::string rows;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        rows += i > 0 ? "|" : "";
        if (sqlite3_column_type(statement, i) == SQLITE_FLOAT) {
          rows += Bits(sqlite3_column_double(statement, i));
          continue;
        }
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
        rows += text == nullptr ? "NULL" : text;
      }
      rows += "\n";
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? rows : "error\n";
  }
  std::string Postgres(const std::string& query) const {
    const auto answer = app_->Execute(query);
    if (!answer.ok()) {
      const ErrorCode code = CodeOf(answer.status());
      if (code == ErrorCode::kInvalidArgument || code == ErrorCode::kValueOutOfRange) {
        return "error\n";
      }
      return Describe(answer.status());
    }
    std::string rows;
    for (int row = 0; row < answer->rows(); ++row) {
      for (int i = 0; i < answer->columns(); ++i) {
        rows += (i > 0 ? "|" : "") +
                (answer->IsNull(row, i) ? "NULL" : std::string(answer->Bytes(row, i)));
      }
      rows += "\n";
    }
    return rows;
  }

  // Both give the same value of the same type. Said at the latest by Finish(): what does not fail
  // goes to PostgreSQL many at a time.
  void Same(const Both& each) {
    Pending pending{Shown(each, false), Shown(each, true), ""};
    pending.expected = Sqlite("SELECT " + pending.sqlite);
    if (pending.expected == "error\n") {
      SameRows("SELECT " + pending.sqlite, "SELECT " + pending.postgres);
    } else {
      pending_.push_back(std::move(pending));
      if (pending_.size() == 40) Finish();
    }
  }
  void Finish() {
    std::string all;
    std::string expected;
    for (const Pending& each : pending_) {
      all += (all.empty() ? "SELECT " : ", ") + each.postgres;
      expected += (expected.empty() ? "" : "|") + each.expected.substr(0, each.expected.size() - 1);
    }
    if (!all.empty() && Postgres(all) != expected + "\n") {
      for (const Pending& each : pending_) {
        SameRows("SELECT " + each.sqlite, "SELECT " + each.postgres);
      }
    }
    pending_.clear();
  }
  void SameRows(const std::string& sqlite, const std::string& postgres) const {
    const std::string expected = Sqlite(sqlite);
    const std::string got = Postgres(postgres);
    if (expected != got) {
      ADD_FAILURE() << "SQLite:     " << sqlite << "\ngives       " << expected
                    << "PostgreSQL: " << postgres << "\ngives       " << got;
    }
  }

  // As a text, which says the type of a value that has none.
  static std::string Shown(const Both& each, bool postgres) {
    const std::string& text = postgres ? each.postgres : each.sqlite;
    switch (each.kind) {
      case SqlType::kAny:
        return postgres ? "cordon.value_type(" + text + "), COALESCE(" + Bits("(" + text + ").r") +
                              ", cordon.value_to_text(" + text + "))"
                        : "typeof(" + text + "), " + text;
      case SqlType::kReal:
        return postgres ? Bits(text) : text;
      case SqlType::kBlob:
        return postgres ? "upper(encode(" + text + ", 'hex'))"
                        : "CASE WHEN (" + text + ") IS NOT NULL THEN hex(" + text + ") END";
      case SqlType::kBoolean:
        return postgres ? text + "::integer::text" : text;
      default:
        return postgres ? text + "::text" : text;
    }
  }

 private:
  // Of a double: as a text it would lose some.
  static std::string Bits(double value) {
    std::ostringstream digits;
    digits << std::hex << std::setw(16) << std::setfill('0') << std::bit_cast<std::uint64_t>(value);
    return digits.str();
  }
  static std::string Bits(const std::string& expression) {
    return "encode(float8send(" + expression + "), 'hex')";
  }

  struct Pending {
    std::string sqlite;
    std::string postgres;
    std::string expected;
  };

  std::string database_;
  std::vector<Pending> pending_;
  std::unique_ptr<PgConnection> app_;
  sqlite3* sqlite_ = nullptr;
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_BOTH_H_
