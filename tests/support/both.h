// SPDX-License-Identifier: Apache-2.0
// One expression on both engines: as it is written for SQLite, and for PostgreSQL, where it runs as
// the runtime role with the second lock in place. What differs is said with both texts.
#ifndef CORDON_TESTS_SUPPORT_BOTH_H_
#define CORDON_TESTS_SUPPORT_BOTH_H_

#include <sqlite3.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "data/aggregates.h"
#include "data/dialect_postgres.h"
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
  std::string over;  // FILTER or OVER, the same on both
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
  // Makes the database, with what `statements` create as the owner role.
  Engines(const std::string& database, const std::vector<std::string>& statements)
      : database_(Erp::Copy(database)) {
    for (const std::string& text : statements) {
      PostgresServer::Get().Sql(text, database_, "erp_owner");
    }
    PostgresServer::Get().Sql("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA cordon TO erp_app",
                              database_, "erp_owner");
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
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
        rows += (i > 0 ? "|" : "") + std::string(text == nullptr ? "NULL" : text);
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

  // Both give the same value of the same type; `from` follows the expression.
  void Same(const Both& each, const std::string& from = "") const {
    SameRows("SELECT " + Shown(each, false) + from, "SELECT " + Shown(each, true) + from);
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
        return postgres ? "cordon.value_type(" + text + "), cordon.value_to_text(" + text + ")"
                        : "typeof(" + text + "), " + text;
      case SqlType::kReal:
        return postgres ? "cordon.to_text(" + text + ")" : text;
      case SqlType::kBlob:
        return postgres ? "upper(encode(" + text + ", 'hex'))" : "hex(" + text + ")";
      case SqlType::kBoolean:
        return postgres ? text + "::integer::text" : text;
      default:
        return postgres ? text + "::text" : text;
    }
  }

 private:
  std::string database_;
  std::unique_ptr<PgConnection> app_;
  sqlite3* sqlite_ = nullptr;
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_BOTH_H_
