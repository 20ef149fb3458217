// SPDX-License-Identifier: Apache-2.0
#include "sql/harness.h"

#include <algorithm>
#include <bit>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <deque>
#include <regex>
#include <stdexcept>
#include <utility>

#include "cordon/data/decimal.h"
#include "cordon/data/sql.h"
#include "data/aggregates.h"
#include "data/arithmetic.h"
#include "data/engine.h"
#include "support/status.h"

namespace cordon_test {

using cordon::internal::Access;
using cordon::internal::Cursor;
using cordon::internal::TransactionCore;

namespace {

std::string Number(double value) {
  std::array<char, 40> text{};
  const bool whole = std::fabs(value) < 1e15 && value == std::floor(value);
  std::snprintf(text.data(), text.size(), whole ? "%.0f" : "%.10g", value == 0 ? 0.0 : value);
  return text.data();
}

Value Read(const SqlValue& value) {
  switch (value.storage) {
    case SqlValue::kInteger:
      return Value::Integer(value.integer);
    case SqlValue::kReal:
      return Value::Real(value.real);
    case SqlValue::kText:
      return Value::Text(std::string(value.Bytes()));
    case SqlValue::kBlob:
      return Value::Blob(std::string(value.Bytes()));
    case SqlValue::kNull:
    case SqlValue::kZonedTime:
      break;
  }
  return Value::Null();
}

Value Read(sqlite3_stmt* statement, int column) {
  const auto bytes = [&](const void* data) {
    const int size = sqlite3_column_bytes(statement, column);
    return data == nullptr
               ? std::string()
               : std::string(static_cast<const char*>(data), static_cast<std::size_t>(size));
  };
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return Value::Integer(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return Value::Real(sqlite3_column_double(statement, column));
    case SQLITE_TEXT:
      return Value::Text(bytes(sqlite3_column_text(statement, column)));
    case SQLITE_BLOB:
      return Value::Blob(bytes(sqlite3_column_blob(statement, column)));
    default:
      return Value::Null();
  }
}

SqlValue Borrow(const Value& value) {
  switch (value.storage) {
    case SqlValue::kInteger:
      return SqlValue::Integer(value.integer);
    case SqlValue::kReal:
      return SqlValue::Real(value.real);
    case SqlValue::kText:
      return SqlValue::Text(value.text);
    case SqlValue::kBlob:
      return SqlValue::Blob(value.text.data(), value.text.size());
    case SqlValue::kNull:
    case SqlValue::kZonedTime:
      break;
  }
  return {};
}

void Bind(sqlite3_stmt* statement, int place, const Value& value) {
  switch (value.storage) {
    case SqlValue::kNull:
      sqlite3_bind_null(statement, place);
      break;
    case SqlValue::kInteger:
      sqlite3_bind_int64(statement, place, value.integer);
      break;
    case SqlValue::kReal:
      sqlite3_bind_double(statement, place, value.real);
      break;
    case SqlValue::kText:
      sqlite3_bind_text64(statement, place, value.text.data(), value.text.size(), SQLITE_TRANSIENT,
                          SQLITE_UTF8);
      break;
    case SqlValue::kBlob:
      sqlite3_bind_blob64(statement, place, value.text.data(), value.text.size(), SQLITE_TRANSIENT);
      break;
    case SqlValue::kZonedTime:
      throw std::logic_error("a zoned time is an argument of Cordon's only");
  }
}

// The engine keeps pointers to the types of a statement's arguments, as those of a host are
// constants.
const SqlType* Interned(const std::vector<Argument>& arguments) {
  static std::deque<std::vector<SqlType>> kept;
  std::vector<SqlType> types;
  for (const Argument& argument : arguments) types.push_back(argument.type);
  const auto known = std::find(kept.begin(), kept.end(), types);
  if (known != kept.end()) return known->data();
  kept.push_back(std::move(types));
  return kept.back().data();
}

template <Refusal R>
constexpr std::string_view Spelling() {
  return __PRETTY_FUNCTION__;
}
template <std::size_t... I>
constexpr auto Spellings(std::index_sequence<I...>) {
  return std::array<std::string_view, sizeof...(I)>{Spelling<static_cast<Refusal>(I)>()...};
}

std::string Quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

}  // namespace

// ---- values -------------------------------------------------------------------------------------

std::string ShowTime(std::int64_t microseconds) {
  const std::chrono::sys_time<std::chrono::microseconds> at{
      std::chrono::microseconds(microseconds)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  std::array<char, 80> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  std::string shown = text.data();
  if (time.subseconds().count() != 0) shown += "." + std::to_string(time.subseconds().count());
  return shown;
}

std::string Show(const Value& value) {
  switch (value.storage) {
    case SqlValue::kNull:
      return "NULL";
    case SqlValue::kInteger:
      return std::to_string(value.integer);
    case SqlValue::kReal:
      return Number(value.real);
    case SqlValue::kText:
      return "'" + value.text + "'";
    case SqlValue::kBlob:
    case SqlValue::kZonedTime:
      break;
  }
  std::string hex = "x'";
  for (const char byte : value.text) {
    std::array<char, 4> two{};
    std::snprintf(two.data(), two.size(), "%02x",
                  static_cast<unsigned>(static_cast<unsigned char>(byte)));
    hex += two.data();
  }
  return hex + "'";
}

std::string Show(const Value& value, SqlType type) {
  if (value.storage == SqlValue::kInteger && type.kind == SqlType::kDecimal) {
    return Number(static_cast<double>(value.integer) / std::pow(10.0, type.scale));
  }
  if (value.storage == SqlValue::kInteger && type.kind == SqlType::kTimestamp) {
    return "'" + ShowTime(value.integer) + "'";
  }
  return Show(value);
}

std::string Misfit(const Value& value, SqlType type) {
  const auto found = [&](const char* what) {
    return std::string(what) + " where the checker promised kind " + std::to_string(type.kind) +
           ", scale " + std::to_string(type.scale) + (type.nullable ? ", or NULL" : "");
  };
  if (value.storage == SqlValue::kNull) return type.nullable ? "" : found("NULL");
  switch (type.kind) {
    case SqlType::kText:
      return value.storage == SqlValue::kText ? "" : found("no text");
    case SqlType::kBlob:
      return value.storage == SqlValue::kBlob ? "" : found("no blob");
    case SqlType::kReal:
      return value.storage == SqlValue::kReal ? "" : found("no real number");
    case SqlType::kBoolean:
      return value.storage == SqlValue::kInteger && (value.integer == 0 || value.integer == 1)
                 ? ""
                 : found("neither 0 nor 1");
    case SqlType::kAny:  // only the stored value knows
      return "";
    case SqlType::kNull:
      return found("a value");
    default:
      return value.storage == SqlValue::kInteger ? "" : found("no integer");
  }
}

// ---- schemas ------------------------------------------------------------------------------------

RuntimeSchema::RuntimeSchema(std::vector<Table> tables) : tables_(std::move(tables)) {
  for (const Table& table : tables_) {
    cordon::internal::TableDef definition;
    definition.kind = table.kind;
    definition.name = table.name;
    definition.hash = cordon::internal::NameHash(table.name);
    definition.first_column = static_cast<std::uint16_t>(columns_.size());
    definition.column_count = static_cast<std::uint8_t>(table.columns.size());
    for (const Column& column : table.columns) {
      cordon::internal::ColumnDef one{};
      one.name = column.name;
      one.hash = cordon::internal::NameHash(column.name);
      one.type = column.type;
      columns_.push_back(one);
    }
    definition.key = Places(table, table.key);
    for (const auto& unique : table.uniques) {
      definition.uniques[definition.unique_count++] = Places(table, unique);
    }
    for (const auto& index : table.indexes) {
      definition.indexes[definition.index_count++] = Places(table, index);
    }
    for (const ForeignKey& key : table.foreign_keys) {
      definition.foreign_keys[definition.foreign_key_count++] = {Places(table, key.columns),
                                                                 key.parent};
    }
    definitions_.push_back(definition);
  }
  view_.tables = definitions_.data();
  view_.table_count = definitions_.size();
  view_.columns = columns_.data();
}

cordon::internal::ColumnSet RuntimeSchema::Places(const Table& table,
                                                  const std::vector<std::string>& names) const {
  cordon::internal::ColumnSet set;
  for (const std::string& name : names) {
    const auto at = std::find_if(
        table.columns.begin(), table.columns.end(),
        [&](const Column& column) { return cordon::internal::SameName(column.name, name); });
    if (at == table.columns.end() || set.count == set.columns.size()) {
      throw std::logic_error("no column " + name + " in " + table.name);
    }
    set.columns[set.count++] = static_cast<std::uint8_t>(at - table.columns.begin());
  }
  return set;
}

// ---- verdicts -----------------------------------------------------------------------------------

std::string_view NameOf(Refusal refusal) {
  static constexpr auto kSpellings = Spellings(std::make_index_sequence<128>());
  const std::string_view text = kSpellings[static_cast<std::size_t>(refusal) % kSpellings.size()];
  const std::size_t from = text.find("Refusal::k");
  if (from == text.npos) return "(unknown)";
  const std::string_view name = text.substr(from + 9);
  return name.substr(0, name.find_first_of(";]"));
}

Judgement Judge(const SchemaView& schema, std::string_view text,
                const std::vector<Argument>& arguments) {
  const SqlType* const types = Interned(arguments);
  Judgement judgement;
  cordon::internal::Parser<false> judge(schema, Access::kWrite, text, types, arguments.size());
  judge.Parse(&judgement.parsed);
  Parsed emitted;
  cordon::internal::Parser<true> emitter(schema, Access::kWrite, text, types, arguments.size());
  emitter.Parse(&emitted);
  if (judgement.parsed.refusal != emitted.refusal || judgement.parsed.at != emitted.at) {
    throw std::logic_error("the two checkers disagree on: " + std::string(text));
  }
  judgement.marked = {emitter.withs(), emitter.statement()};
  return judgement;
}

void Tally::Accept(std::string_view) { ++accepted_; }
void Tally::Refuse(const Parsed& parsed, std::string_view text) {
  Count(std::string(NameOf(parsed.refusal)), text);
}
void Tally::Count(const std::string& what, std::string_view text) {
  Entry& entry = others_[what];
  if (entry.count++ == 0) {
    entry.example = text.substr(0, 100);
    std::replace(entry.example.begin(), entry.example.end(), '\n', ' ');
  }
}
int Tally::total() const {
  int sum = accepted_;
  for (const auto& [name, entry] : others_) sum += entry.count;
  return sum;
}
int Tally::share() const { return total() == 0 ? 0 : accepted_ * 1000 / total(); }
void Tally::Print(const std::string& title) const {
  std::printf("%s: %d of %d accepted (%d.%d %%)\n", title.c_str(), accepted_, total(), share() / 10,
              share() % 10);
  for (const auto& [name, entry] : others_) {
    std::printf("  %5d  %-24s %s\n", entry.count, name.c_str(), entry.example.c_str());
  }
  std::fflush(stdout);
}

// ---- plain SQLite -------------------------------------------------------------------------------

PlainSqlite::PlainSqlite(const std::string& path) {
  if (sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr) !=
      SQLITE_OK) {
    sqlite3_close(db_);
    throw std::runtime_error("cannot open " + path);
  }
  sqlite3_busy_timeout(db_, 5000);
}
PlainSqlite::~PlainSqlite() {
  for (const auto& [sql, statement] : inserts_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

void PlainSqlite::Must(const std::string& sql) {
  char* error = nullptr;
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &error);
  const std::string why = error != nullptr ? error : "";
  sqlite3_free(error);
  if (code != SQLITE_OK) throw std::runtime_error(why + " in " + sql);
}

std::string PlainSqlite::WhyNotPrepared(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr);
  sqlite3_finalize(statement);
  return code == SQLITE_OK ? "" : sqlite3_errmsg(db_);
}

Result PlainSqlite::Run(const std::string& sql, const std::vector<Value>& arguments) {
  Result result;
  sqlite3_stmt* statement = nullptr;
  const sqlite3_int64 before = sqlite3_total_changes64(db_);
  int code = sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr);
  if (code == SQLITE_OK &&
      sqlite3_bind_parameter_count(statement) > static_cast<int>(arguments.size())) {
    result.error = "more placeholders than arguments";
  } else if (code == SQLITE_OK) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      Bind(statement, static_cast<int>(i) + 1, arguments[i]);
    }
    const int columns = sqlite3_column_count(statement);
    for (int c = 0; c < columns; ++c) result.names.emplace_back(sqlite3_column_name(statement, c));
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      Row& row = result.rows.emplace_back();
      for (int c = 0; c < columns; ++c) row.push_back(Read(statement, c));
    }
    if (code != SQLITE_DONE) result.error = sqlite3_errmsg(db_);
  } else {
    result.error = sqlite3_errmsg(db_);
  }
  sqlite3_finalize(statement);
  result.changed = sqlite3_total_changes64(db_) - before;
  return result;
}

void PlainSqlite::Optimize(bool on) {
  sqlite3_test_control(SQLITE_TESTCTRL_OPTIMIZATIONS, db_, on ? 0U : 0xFFFFFFFFU);
}

std::string PlainSqlite::Plan(const std::string& sql) {
  static const std::regex kNamed(
      "\\b(SCAN|SEARCH|MATERIALIZE|CO-ROUTINE|BLOOM FILTER ON) ([A-Za-z_0-9.]+|[(][^)]*[)])");
  static const std::regex kSubquery("SUBQUERY [0-9]+");
  static const std::regex kAlias(
      "(?:FROM|JOIN|,|UPDATE|INTO) +(?:main[.])?\"?(\\w+)\"? +(?:AS +)?\"?(\\w+)\"?");
  std::map<std::string, std::string> names;
  for (const Row& row : Run("SELECT name FROM sqlite_schema WHERE type = 'table'").rows) {
    names[row[0].text] = row[0].text;
    names["main." + row[0].text] = row[0].text;
  }
  for (auto at = std::sregex_iterator(sql.begin(), sql.end(), kAlias); at != std::sregex_iterator();
       ++at) {
    const auto table = names.find((*at)[1].str());
    if (table != names.end()) names.emplace((*at)[2].str(), table->second);
  }
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db_, ("EXPLAIN QUERY PLAN " + sql).c_str(), -1, &statement, nullptr) !=
      SQLITE_OK) {
    throw std::runtime_error(std::string(sqlite3_errmsg(db_)) + " in " + sql);
  }
  std::map<int, int> depths;
  std::string plan;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    const int depth = depths[sqlite3_column_int(statement, 1)];
    depths[sqlite3_column_int(statement, 0)] = depth + 1;
    std::string step = Read(statement, 3).text;
    std::smatch match;
    if (std::regex_search(step, match, kNamed) && match[2] != "CONSTANT") {
      const auto known = names.find(match[2].str());
      step = match.prefix().str() + match[1].str() + " " +
             (known == names.end() ? "(query)" : known->second) + match.suffix().str();
    }
    step = std::regex_replace(step, kSubquery, "SUBQUERY");
    plan += std::string(static_cast<std::size_t>(depth) * 2, ' ') + step + "\n";
  }
  sqlite3_finalize(statement);
  return plan;
}

void PlainSqlite::Insert(const std::string& table, const Row& row) {
  sqlite3_stmt*& insert = inserts_[table];
  if (insert == nullptr) {
    std::string sql = "INSERT INTO " + Quoted(table) + " VALUES (?";
    for (std::size_t i = 1; i < row.size(); ++i) sql += ", ?";
    if (sqlite3_prepare_v2(db_, (sql + ")").c_str(), -1, &insert, nullptr) != SQLITE_OK) {
      throw std::runtime_error(std::string(sqlite3_errmsg(db_)) + " in " + sql);
    }
  }
  for (std::size_t i = 0; i < row.size(); ++i) Bind(insert, static_cast<int>(i) + 1, row[i]);
  const int code = sqlite3_step(insert);
  const std::string why = sqlite3_errmsg(db_);
  sqlite3_reset(insert);
  if (code != SQLITE_DONE) throw std::runtime_error(why + " inserting into " + table);
}

// ---- the neighbourhood --------------------------------------------------------------------------

Neighbourhood::Neighbourhood(const SchemaView& schema, cordon::StatementBudget budget)
    : schema_(schema) {
  const std::string path = directory_.File("shared.db");
  cordon::PlatformOptions options;
  options.path = path;
  options.budget = budget;
  core_ = cordon_test::Must(cordon::internal::PlatformCore::Open(schema, std::move(options)));
  const cordon::Principal user = cordon_test::Must(cordon::Principal::User("clerk"));
  std::vector<cordon::TenantId> tenants;
  for (int i = 0; i < 3; ++i) {
    tenants.push_back(cordon_test::Must(core_->tenants().Create("tenant")));
  }
  std::sort(tenants.begin(), tenants.end(),
            [](const auto& a, const auto& b) { return a.bytes() < b.bytes(); });
  for (std::size_t i = 0; i < 3; ++i) {
    ids_[i].assign(reinterpret_cast<const char*>(tenants[i].bytes().data()),
                   tenants[i].bytes().size());
  }
  cordon_test::Must(core_->tenants().AddMember(tenants[kOurs], user));
  const auto context = cordon_test::Must(
      core_->tenants().Enter(cordon::AssertVerified(user), tenants[kOurs], cordon::Purpose("test"),
                             {.lifetime = std::chrono::hours(24)}));
  ours_ = cordon_test::Must(core_->OpenSession(context));
  raw_ = std::make_unique<PlainSqlite>(path);
  raw_->Must("PRAGMA synchronous = OFF");
  // What emitted SQL calls, so that its plans can be asked for here.
  if (cordon::internal::RegisterArithmetic(raw_->handle()) != SQLITE_OK ||
      cordon::internal::RegisterAggregates(raw_->handle()) != SQLITE_OK) {
    throw std::runtime_error("Cordon's functions cannot be registered");
  }
}
Neighbourhood::~Neighbourhood() {
  raw_.reset();
  ours_.reset();
  core_.reset();
}

Result Neighbourhood::Run(const std::string& text, const std::vector<Argument>& arguments,
                          const Judgement& judgement) {
  Result result;
  std::vector<SqlValue> values;
  for (const Argument& argument : arguments) {
    values.push_back(Borrow(argument.value));
  }
  const SqlType* const types = Interned(arguments);
  std::uint64_t hash = cordon::internal::TextHash(text);
  for (const Argument& argument : arguments) {
    hash = (hash ^ (static_cast<std::uint64_t>(argument.type.kind) * 32 + argument.type.scale)) *
           1099511628211ULL;
  }
  using Kind = TransactionCore::Kind;
  TransactionCore transaction(core_->engine(), ours_.get(),
                              judgement.parsed.writes ? Kind::kWrite : Kind::kStatement);
  cordon_test::Must(transaction.status());
  {
    Cursor cursor;
    transaction.Start({text, hash, Access::kWrite, &schema_, types, arguments.size()},
                      values.data(), false, &cursor);
    while (cursor.Step()) {
      Row& row = result.rows.emplace_back();
      for (std::size_t c = 0; c < judgement.parsed.output_count; ++c) {
        row.push_back(Read(cursor.Column(c)));
      }
      cursor.EndRow();
    }
    const absl::Status status = cursor.status();
    if (!status.ok()) result.error = std::string(status.message());
    if (status.ok()) {
      const auto changed = cursor.Finish();
      if (changed.ok()) result.changed = *changed;
    }
  }
  for (std::size_t c = 0; c < judgement.parsed.output_count; ++c) {
    result.names.emplace_back(judgement.parsed.output[c].name);
  }
  if (judgement.parsed.writes && result.ok()) {
    const absl::Status committed = transaction.Commit();
    if (!committed.ok()) result.error = std::string(committed.message());
  }
  return result;
}

std::string Neighbourhood::Readable(const Judgement& judgement) const {
  auto& store = core_->engine().store();
  auto* const reader = cordon_test::Must(store.AcquireReader());
  cordon::internal::Permit permit;
  permit.access = Access::kWrite;
  auto& lock = cordon::internal::Engine::Of(*reader->connection).lock();
  const auto expanded = lock.Expand(judgement.marked, &permit);
  store.ReleaseReader(reader, reader->connection->Clean());
  if (!expanded.ok()) throw std::logic_error(std::string(expanded.status().message()));
  static const std::regex kSecret("\"s[0-9a-f]{32}_");
  return std::regex_replace(*expanded, kSecret, "\"scoped_");
}

void Neighbourhood::Load(std::size_t table, int tenant, const std::vector<Row>& rows) {
  raw_->Must("BEGIN");
  const bool own = schema_.tables[table].kind == TableKind::kTenant;
  for (const Row& row : rows) {
    Row physical;
    if (own) physical.push_back(Value::Blob(this->tenant(tenant)));
    physical.insert(physical.end(), row.begin(), row.end());
    raw_->Insert(std::string(schema_.tables[table].name), physical);
  }
  raw_->Must("COMMIT");
}

std::vector<Row> Neighbourhood::Rows(std::size_t table, int tenant) {
  std::string columns;
  for (std::size_t c = 0; c < schema_.tables[table].column_count; ++c) {
    columns += (c == 0 ? "" : ", ") + Quoted(schema_.Column(table, c).name);
  }
  const std::string name = Quoted(schema_.tables[table].name);
  if (schema_.tables[table].kind != TableKind::kTenant) {
    return raw_->Run("SELECT " + columns + " FROM " + name).rows;
  }
  return raw_
      ->Run("SELECT " + columns + " FROM " + name + " WHERE tenant_id = ?",
            {Value::Blob(this->tenant(tenant))})
      .rows;
}

std::string Neighbourhood::OfOthers() {
  std::string all;
  for (std::size_t t = 0; t < schema_.table_count; ++t) {
    const std::string name(schema_.tables[t].name);
    const bool own = schema_.tables[t].kind == TableKind::kTenant;
    const Result rows = own ? raw_->Run("SELECT * FROM " + Quoted(name) + " WHERE tenant_id <> ?",
                                        {Value::Blob(tenant(kOurs))})
                            : raw_->Run("SELECT * FROM " + Quoted(name));
    if (!rows.ok()) throw std::runtime_error(rows.error);
    all += name + "\n";
    for (const Row& row : rows.rows) {
      for (const Value& value : row) all += Show(value) + "|";
      all += "\n";
    }
  }
  return all;
}

void Neighbourhood::Keep() {
  raw_->Must("PRAGMA foreign_keys = OFF");
  for (std::size_t t = 0; t < schema_.table_count; ++t) {
    const std::string name(schema_.tables[t].name);
    raw_->Must("CREATE TEMP TABLE " + Quoted("kept_" + name) + " AS SELECT * FROM main." +
               Quoted(name));
  }
}
void Neighbourhood::Restore() {
  raw_->Must("BEGIN IMMEDIATE");
  for (std::size_t t = 0; t < schema_.table_count; ++t) {
    const std::string name(schema_.tables[t].name);
    raw_->Must("DELETE FROM main." + Quoted(name) + "; INSERT INTO main." + Quoted(name) +
               " SELECT * FROM temp." + Quoted("kept_" + name));
  }
  raw_->Must("COMMIT");
}

// ---- comparing ----------------------------------------------------------------------------------

std::vector<RuntimeSchema::Table> TablesOf(const SchemaView& view, std::size_t count) {
  std::vector<RuntimeSchema::Table> tables;
  for (std::size_t t = 0; t < count; ++t) {
    const cordon::internal::TableDef& definition = view.tables[t];
    RuntimeSchema::Table table;
    table.name = definition.name;
    table.kind = definition.kind;
    for (std::size_t c = 0; c < definition.column_count; ++c) {
      table.columns.push_back({std::string(view.Column(t, c).name), view.Column(t, c).type});
    }
    const auto names = [&](const cordon::internal::ColumnSet& set) {
      std::vector<std::string> columns;
      for (std::size_t i = 0; i < set.count; ++i) {
        columns.push_back(table.columns[set.columns[i]].name);
      }
      return columns;
    };
    table.key = names(definition.key);
    for (std::size_t i = 0; i < definition.index_count; ++i) {
      table.indexes.push_back(names(definition.indexes[i]));
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

bool IsNoWitness(std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), cordon::internal::Fold);
  const auto has = [&](const char* word) { return folded.find(word) != std::string::npos; };
  const bool compound = has("union") || has("intersect") || has("except");
  // A moving frame of NULLs alone is '' to SQLite's group_concat.
  return (has("group_concat") && has("over")) || has("json_valid") || has("json_each") ||
         has("json_tree") || has("pow") || has("atan2") ||
         (compound && (has("collate") || has("right") || has("full")));
}

std::vector<std::string> Lines(const Result& result, const Parsed* parsed, bool in_order) {
  std::vector<std::string> lines;
  for (const Row& row : result.rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      line += (c == 0 ? "" : "|") +
              (parsed == nullptr ? Show(row[c]) : Show(row[c], parsed->output[c].type));
    }
    lines.push_back(std::move(line));
  }
  if (!in_order) std::sort(lines.begin(), lines.end());
  return lines;
}

std::string BrokenPromise(const Result& result, const Parsed& parsed) {
  if (parsed.at_most_one && result.rows.size() > 1) return "several rows where one was promised";
  for (const Row& row : result.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string misfit = Misfit(row[c], parsed.output[c].type);
      if (!misfit.empty()) return "column " + std::to_string(c + 1) + ": " + misfit;
    }
  }
  return "";
}

// RFC 1321.
std::string Md5(std::string_view bytes) {
  static constexpr std::array<int, 16> kShifts = {7, 12, 17, 22, 5, 9,  14, 20,
                                                  4, 11, 16, 23, 6, 10, 15, 21};
  std::string padded(bytes);
  padded += '\x80';
  while (padded.size() % 64 != 56) padded += '\0';
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (int i = 0; i < 8; ++i) padded += static_cast<char>((bits >> (8 * i)) & 0xFF);
  std::array<std::uint32_t, 4> state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  for (std::size_t block = 0; block < padded.size(); block += 64) {
    std::array<std::uint32_t, 16> words{};
    for (std::size_t i = 0; i < 64; ++i) {
      words[i / 4] |= static_cast<std::uint32_t>(static_cast<unsigned char>(padded[block + i]))
                      << (8 * (i % 4));
    }
    auto [a, b, c, d] = state;
    for (std::uint32_t i = 0; i < 64; ++i) {
      std::uint32_t f = 0;
      std::uint32_t word = 0;
      if (i < 16) {
        f = (b & c) | (~b & d);
        word = i;
      } else if (i < 32) {
        f = (d & b) | (~d & c);
        word = (5 * i + 1) % 16;
      } else if (i < 48) {
        f = b ^ c ^ d;
        word = (3 * i + 5) % 16;
      } else {
        f = c ^ (b | ~d);
        word = (7 * i) % 16;
      }
      const auto constant =
          static_cast<std::uint32_t>(std::floor(std::fabs(std::sin(double(i) + 1)) * 4294967296.0));
      const std::uint32_t sum = a + f + constant + words[word];
      a = d;
      d = c;
      c = b;
      b += std::rotl(sum, kShifts[(i / 16) * 4 + i % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
  }
  std::string hex;
  for (const std::uint32_t word : state) {
    for (int i = 0; i < 4; ++i) {
      std::array<char, 4> two{};
      std::snprintf(two.data(), two.size(), "%02x", (word >> (8 * i)) & 0xFFU);
      hex += two.data();
    }
  }
  return hex;
}

}  // namespace cordon_test
