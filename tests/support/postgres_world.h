// SPDX-License-Identifier: Apache-2.0
//
// A schema's tables in a database of their own, with the second lock on them, and rows of three
// tenants; "our" one runs what the parser writes for PostgreSQL. The counterpart of Neighbourhood
// (sql/harness.h), whose rows, arguments and results these are.
#ifndef CORDON_TESTS_SUPPORT_POSTGRES_WORLD_H_
#define CORDON_TESTS_SUPPORT_POSTGRES_WORLD_H_

#include <libpq-fe.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cordon/data/internal/parser.h"
#include "data/postgres/functions.h"
#include "data/postgres/functions_json.h"
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
    server.Sql(cordon_test::Must(cordon::internal::PgHardenStatements(OptionsFor(database))), database);
    const auto owner = Connect(OptionsFor(database), "erp_owner");
    cordon_test::Must(owner->Execute("CREATE SCHEMA IF NOT EXISTS cordon").status());
    server.Sql(cordon::internal::PgFunctionStatements() +
                   cordon::internal::PgJsonFunctionStatements(),
               database, "erp_owner");
    std::vector<PgTable> tables;
    for (std::size_t t = 0; t < schema.table_count; ++t) {
      if (schema.tables[t].kind == TableKind::kResult) continue;
      server.Sql(CreateText(t), database, "erp_owner");
      tables.push_back({.schema = "public",
                        .name = std::string(schema.tables[t].name),
                        .of_tenants = schema.tables[t].kind == TableKind::kTenant});
    }
    cordon_test::Must(cordon::internal::PgInstall(*owner, OptionsFor(database), tables));
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

  struct Emitted {
    std::string text;  // with its marks
    bool accepted = false;
    bool writes = false;
  };
  // The text with every mark in its place.
  [[nodiscard]] std::string Emit(std::string_view text, const std::vector<Argument>& arguments) const {
    std::vector<SqlType> types;
    for (const Argument& argument : arguments) types.push_back(argument.type);
    Parsed parsed;
    cordon::internal::Parser<true> emitter(schema_, cordon::internal::Access::kWrite, text, types.data(),
                                           types.size(), cordon::internal::Paging::kNone,
                                           cordon::internal::Dialect::kPostgres);
    emitter.Parse(&parsed);
    if (parsed.refusal != Refusal::kNone) throw std::logic_error("refused: " + std::string(text));
    std::string withs = Expanded(emitter.withs());
    if (!withs.empty()) {
      withs.resize(withs.size() - 2);
      withs = "WITH RECURSIVE " + withs + " ";
    }
    return withs + Expanded(emitter.statement());
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
  static std::string TypeOf(SqlType::Kind kind) {
    switch (kind) {
      case SqlType::kText:
        return "text COLLATE \"C\"";
      case SqlType::kBlob:
        return "bytea";
      case SqlType::kBoolean:
        return "boolean";
      default:
        return "bigint";
    }
  }
  std::string CreateText(std::size_t table) const {
    const auto& definition = schema_.tables[table];
    const bool of_tenants = definition.kind == TableKind::kTenant;
    std::string sql = "CREATE TABLE " + Quoted(definition.name) + " (";
    if (of_tenants) sql += "tenant_id uuid NOT NULL, ";
    for (std::size_t c = 0; c < definition.column_count; ++c) {
      const auto& column = schema_.Column(table, c);
      sql += Quoted(column.name) + " " + TypeOf(column.type.kind) +
             (column.type.nullable ? ", " : " NOT NULL, ");
    }
    const auto list = [&](const cordon::internal::ColumnSet& columns) {
      std::string names = of_tenants ? "tenant_id" : "";
      for (std::size_t i = 0; i < columns.count; ++i) {
        names += (names.empty() ? "" : ", ") + Quoted(schema_.Column(table, columns.columns[i]).name);
      }
      return "(" + names + ")";
    };
    for (std::size_t u = 0; u < definition.unique_count; ++u) {
      sql += "UNIQUE " + list(definition.uniques[u]) + ", ";
    }
    sql += "PRIMARY KEY " + list(definition.key) + ");";
    for (std::size_t i = 0; i < definition.index_count; ++i) {
      sql += "CREATE INDEX ON " + Quoted(definition.name) + list(definition.indexes[i]) + ";";
    }
    return sql;
  }
  std::string Expanded(std::string_view marked) const {
    std::string text;
    while (!marked.empty()) {
      const std::size_t mark = marked.find('\x01');
      text += marked.substr(0, mark);
      if (mark == std::string_view::npos) break;
      const std::size_t end = marked.find('\x02', mark);
      const char kind = marked[mark + 1];
      const std::string body(marked.substr(mark + 2, end - mark - 2));
      marked.remove_prefix(end + 1);
      if (kind == 'L') {
        text += body[0] == '\'' ? "(" + body + " COLLATE \"C\")"
                                : "'\\x" + body.substr(2, body.size() - 3) + "'::bytea";
        continue;
      }
      const std::size_t table = std::stoul(body);
      const std::string name = "public." + Quoted(schema_.tables[table].name);
      if (kind == 'C') {
        text += Quoted(schema_.Column(table, std::stoul(body.substr(body.find('.') + 1))).name);
      } else if (kind == 'R') {
        text += "(SELECT ";
        for (std::size_t c = 0; c < schema_.tables[table].column_count; ++c) {
          text += (c == 0 ? "" : ", ") + Quoted(schema_.Column(table, c).name);
        }
        text += " FROM " + name + " WHERE tenant_id = $1)";
      } else {
        text += name;
      }
    }
    return text;
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
      result.error = (state == nullptr ? "?" : std::string(state)) + " " + PQresultErrorMessage(answer);
    }
    PQclear(answer);
    if (alone) Rollback();
    return result;
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
