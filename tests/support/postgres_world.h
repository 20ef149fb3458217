// SPDX-License-Identifier: Apache-2.0
//
// A schema's tables in a database of their own, with the second lock on them, and rows of three
// tenants; "our" one runs what the parser writes for PostgreSQL. The counterpart of Neighbourhood
// (sql/harness.h), whose rows, arguments and results these are.
#ifndef CORDON_TESTS_SUPPORT_POSTGRES_WORLD_H_
#define CORDON_TESTS_SUPPORT_POSTGRES_WORLD_H_

#include <libpq-fe.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "cordon/data/internal/parser.h"
#include "data/postgres/ddl.h"
#include "data/postgres/functions.h"
#include "data/postgres/marks.h"
#include "data/postgres/row_lock.h"
#include "sql/harness.h"
#include "support/postgres.h"

namespace cordon_test {

class PostgresWorld {
 public:
  static constexpr char kBelow = 'A', kOurs = 'B', kAbove = 'C';

  explicit PostgresWorld(const SchemaView& schema, const std::string& database)
      : schema_(schema), database_(database) {
    auto& server = PostgresServer::Get();
    static const bool roles = [&] {
      server.Sql("CREATE ROLE erp_owner LOGIN");
      server.Sql("CREATE ROLE erp_app LOGIN");
      return true;
    }();
    (void)roles;
    server.Sql("CREATE DATABASE " + database + " OWNER erp_owner");
    server.Sql("ALTER SCHEMA public OWNER TO erp_owner", database);
    server.Sql(cordon_test::Must(cordon::internal::PgHardenStatements(OptionsFor(database))),
               database);
    const auto owner = Connect(OptionsFor(database), "erp_owner");
    cordon_test::Must(cordon::internal::PgInstallFunctions(*owner, OptionsFor(database)));
    cordon_test::Must(cordon::internal::PgCreateOrCompare(*owner, OptionsFor(database), schema,
                                                          cordon::internal::kPgSchema));
    connection_ = PQconnectdb((server.Conninfo(database) + " user=erp_app").c_str());
    PQsetNoticeReceiver(
        connection_, [](void*, const PGresult*) {}, nullptr);
    owner_ = PQconnectdb((server.Conninfo(database) + " user=postgres").c_str());
    if (PQstatus(connection_) != CONNECTION_OK || PQstatus(owner_) != CONNECTION_OK) {
      throw std::runtime_error("cannot connect");
    }
  }
  ~PostgresWorld() {
    PQfinish(connection_);
    PQfinish(owner_);
  }
  PostgresWorld(const PostgresWorld&) = delete;
  PostgresWorld& operator=(const PostgresWorld&) = delete;

  void Load(std::size_t table, char tenant, const std::vector<Row>& rows) {
    const auto& definition = schema_.tables[table];
    for (const Row& row : rows) {
      std::string sql = "INSERT INTO " + Quoted(definition.name) + " VALUES (";
      std::vector<Argument> arguments;
      for (std::size_t c = 0; c < row.size(); ++c) {
        arguments.push_back({schema_.Column(table, c).type, row[c]});
      }
      if (definition.kind == TableKind::kTenant) sql += "'" + DigitsOf(tenant) + "', ";
      for (std::size_t c = 0; c < row.size(); ++c) {
        sql += (c == 0 ? "$" : ", $") + std::to_string(c + 1);
      }
      const Result result = Execute(owner_, sql + ")", arguments, "");
      if (!result.ok()) throw std::runtime_error(result.error + " in " + sql);
    }
  }

  // The text with every mark in its place.
  [[nodiscard]] std::string Emit(std::string_view text,
                                 const std::vector<Argument>& arguments) const {
    std::vector<SqlType> types;
    for (const Argument& argument : arguments) types.push_back(argument.type);
    Parsed parsed;
    cordon::internal::Parser<true> emitter(
        schema_, cordon::internal::Access::kWrite, text, types.data(), types.size(),
        cordon::internal::Paging::kNone, cordon::internal::Dialect::kPostgres);
    emitter.Parse(&parsed);
    if (parsed.refusal != Refusal::kNone) throw std::logic_error("refused: " + std::string(text));
    cordon::internal::Permit permit;
    permit.access = cordon::internal::Access::kWrite;
    return cordon_test::Must(
        cordon::internal::PgExpand({emitter.withs(), emitter.statement()}, schema_, &permit));
  }

  // Runs an accepted text as our tenant. `undo`: and takes back what it changed.
  [[nodiscard]] Result Run(const std::string& text, const std::vector<Argument>& arguments) {
    Argument tenant;
    std::vector<Argument> all = {tenant};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return Execute(connection_, Emit(text, arguments), all, DigitsOf(kOurs));
  }
  void Begin() {
    Plain("BEGIN; SET LOCAL cordon.tenant = '" + DigitsOf(kOurs) + "'");
    inside_ = true;
  }
  void Rollback() {
    Plain("ROLLBACK");
    inside_ = false;
  }
  // Every row of ours, a table after the other, as Neighbourhood::Rows() has them.
  [[nodiscard]] std::vector<Row> Rows(std::size_t table) {
    std::string columns;
    for (std::size_t c = 0; c < schema_.tables[table].column_count; ++c) {
      columns += (c == 0 ? "" : ", ") + Quoted(schema_.Column(table, c).name);
    }
    return Execute(connection_, "SELECT " + columns + " FROM " + Quoted(schema_.tables[table].name),
                   {}, inside_ ? "" : DigitsOf(kOurs))
        .rows;
  }

 private:
  static std::string Quoted(std::string_view name) { return '"' + std::string(name) + '"'; }
  void Plain(const std::string& sql) {
    PGresult* const result = PQexec(connection_, sql.c_str());
    const bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    if (!ok) throw std::runtime_error(PQerrorMessage(connection_));
  }
  static Oid OidOf(SqlType::Kind kind) {
    switch (kind) {
      case SqlType::kText:
      case SqlType::kNull:
        return 25;
      case SqlType::kBlob:
        return 17;
      case SqlType::kBoolean:
        return 16;
      case SqlType::kReal:
        return 701;
      default:
        return 20;
    }
  }
  static std::string Printed(const Value& value) {
    char digits[40];
    switch (value.storage) {
      case SqlValue::kInteger:
        return std::to_string(value.integer);
      case SqlValue::kReal:
        snprintf(digits, sizeof digits, "%.17g", value.real);
        return digits;
      default:
        return value.text;
    }
  }
  // `tenant`: digits of whom to bind; empty in a transaction that has one, or past the lock.
  Result Execute(PGconn* connection, const std::string& sql, const std::vector<Argument>& arguments,
                 const std::string& tenant) {
    const bool alone = !tenant.empty() && !inside_;
    if (alone) Begin();
    std::vector<Oid> types;
    std::vector<std::string> texts;
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const bool of_tenant = i == 0 && !tenant.empty();
      types.push_back(of_tenant ? 2950 : OidOf(arguments[i].type.kind));
      texts.push_back(of_tenant ? tenant : Printed(arguments[i].value));
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const bool null = arguments[i].value.storage == SqlValue::kNull && types[i] != 2950;
      values.push_back(null ? nullptr : texts[i].c_str());
      lengths.push_back(static_cast<int>(texts[i].size()));
      formats.push_back(types[i] == 17 ? 1 : 0);
    }
    PGresult* const answer =
        PQexecParams(connection, sql.c_str(), static_cast<int>(types.size()), types.data(),
                     values.data(), lengths.data(), formats.data(), 0);
    Result result;
    const ExecStatusType status = PQresultStatus(answer);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
      for (int r = 0; r < PQntuples(answer); ++r) {
        Row& row = result.rows.emplace_back();
        for (int c = 0; c < PQnfields(answer); ++c) row.push_back(Read(answer, r, c));
      }
      const std::string command = PQcmdStatus(answer);
      if (!command.starts_with("SELECT")) result.changed = std::atoll(PQcmdTuples(answer));
    } else {
      const char* const state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
      result.error =
          (state == nullptr ? "?" : std::string(state)) + " " + PQresultErrorMessage(answer);
    }
    PQclear(answer);
    if (alone) Rollback();
    return result;
  }
  // A cordon.value as a text: "(1,,,)", "(,,"a ""b""",)".
  static Value Composite(const std::string& text) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    bool was_text = false;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
      const char c = text[i];
      if (quoted && (c == '\\' || (c == '"' && text[i + 1] == '"'))) {
        fields.back() += text[++i];
      } else if (c == '"') {
        quoted = !quoted;
        was_text = was_text || fields.size() == 3;
      } else if (c == ',' && !quoted) {
        fields.emplace_back();
      } else {
        fields.back() += c;
      }
    }
    if (!fields[0].empty()) return Value::Integer(std::atoll(fields[0].c_str()));
    if (!fields[1].empty()) return Value::Real(std::strtod(fields[1].c_str(), nullptr));
    return was_text || !fields[2].empty() ? Value::Text(fields[2]) : Value::Null();
  }
  static Value Read(const PGresult* answer, int r, int c) {
    if (PQgetisnull(answer, r, c) != 0) return Value::Null();
    const std::string text(PQgetvalue(answer, r, c),
                           static_cast<std::size_t>(PQgetlength(answer, r, c)));
    switch (PQftype(answer, c)) {
      case 20:
        return Value::Integer(std::atoll(text.c_str()));
      case 16:
        return Value::Integer(text == "t" ? 1 : 0);
      case 701:
        return Value::Real(std::strtod(text.c_str(), nullptr));
      case 25:
        return Value::Text(text);
      case 17: {
        std::string bytes;
        for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
          bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
        }
        return Value::Blob(bytes);
      }
      default:
        if (text.front() == '(') return Composite(text);
        return Value::Text("of type " + std::to_string(PQftype(answer, c)) + ": " + text);
    }
  }

  const SchemaView& schema_;
  const std::string database_;
  PGconn* connection_ = nullptr;
  PGconn* owner_ = nullptr;
  bool inside_ = false;
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_POSTGRES_WORLD_H_
