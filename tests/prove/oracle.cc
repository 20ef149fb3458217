// SPDX-License-Identifier: Apache-2.0
#include "prove/oracle.h"

#include <algorithm>
#include <set>

#include "sql/erp_data.h"

namespace cordon_test {
namespace {

Value AsBlob(const cordon::TenantId& id) {
  return Value::Blob(
      std::string(reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()));
}

std::string Columns(const SchemaView& schema, std::size_t table) {
  std::string names;
  for (std::size_t c = 0; c < schema.tables[table].column_count; ++c) {
    names += (c == 0 ? "\"" : ", \"") + std::string(schema.Column(table, c).name) + "\"";
  }
  return names;
}

std::vector<Value> AsPlain(const std::vector<Argument>& arguments) {
  std::vector<Value> values;
  for (const Argument& argument : arguments) {
    values.push_back(AsPlain(argument.value, argument.type));
  }
  return values;
}

std::string InLines(std::vector<std::string> lines, bool in_order) {
  if (!in_order) std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += "    " + line + "\n";
  return text;
}

std::string Shown(const Result& result, bool in_order) {
  if (!result.ok()) return "    error: " + result.error + "\n";
  return InLines(Lines(result, nullptr, in_order), in_order);
}

// Leaves the lines that one of them has alone.
void RemoveCommon(std::string* one, std::string* other) {
  const auto lines_of = [](const std::string& text) {
    std::multiset<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at) + 1;
      lines.insert(text.substr(at, end - at));
      at = end;
    }
    return lines;
  };
  const auto first = lines_of(*one);
  const auto second = lines_of(*other);
  const auto without = [](const std::multiset<std::string>& of,
                          const std::multiset<std::string>& others) {
    std::string left;
    for (const std::string& line : of) {
      if (!others.contains(line)) left += line;
    }
    return left;
  };
  *one = without(first, second);
  *other = without(second, first);
}

bool IsConstraint(const absl::Status& status) {
  switch (cordon::CodeOf(status)) {
    case cordon::ErrorCode::kUniqueViolation:
    case cordon::ErrorCode::kForeignKeyViolation:
    case cordon::ErrorCode::kCheckViolation:
      return true;
    default:
      return false;
  }
}

// What SQLite gets to see of a query, with names in place of the lock's secrets.
std::string Readable(const SchemaView& schema, const cordon::internal::MarkedSql& marked) {
  std::set<std::size_t> read;
  const auto expand = [&](const std::string& text) {
    std::string sql;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\x01') {
        sql += text[i];
        continue;
      }
      const char kind = text[i + 1];
      const std::size_t end = text.find('\x02', i);
      const std::string body = text.substr(i + 2, end - i - 2);
      i = end;
      if (kind == 'L') {
        sql += body;
        continue;
      }
      const std::size_t table = std::stoul(body);
      if (kind == 'R') {
        read.insert(table);
        sql += "scoped_" + body;
      } else {
        sql += "main." + std::string(schema.tables[table].name);
      }
    }
    return sql;
  };
  std::string withs = expand(marked.withs);
  const std::string body = expand(marked.body);
  std::string scoped;
  for (const std::size_t table : read) {
    scoped += "scoped_" + std::to_string(table) + " AS NOT MATERIALIZED (SELECT " +
              Columns(schema, table) + " FROM main." + std::string(schema.tables[table].name) +
              " WHERE tenant_id = ?1), ";
  }
  scoped += withs;
  if (scoped.empty()) return body;
  return "WITH " + scoped.substr(0, scoped.size() - 2) + " " + body;
}

constexpr char kWronglyLocked[] = "  the engine lock refuses what the checker accepts\n";

}  // namespace

// What the checker accepts, the lock lets in, unless SQLite itself takes the text for malformed.
bool Oracle::IsWronglyLocked(const std::string& sql, const Answer& answer) {
  return cordon::CodeOf(answer.status) == cordon::ErrorCode::kEngineLock &&
         plain_.WhyNotPrepared(sql).empty();
}

Oracle::Oracle(const SchemaView& schema, const std::string& path, const cordon::TenantId& ours)
    : schema_(schema), ours_(AsBlob(ours)), file_(path) {
  plain_.Must("PRAGMA foreign_keys = ON");
  // As store/sqlite.cc has it; SUBSTR reckons with it.
  sqlite3_limit(plain_.handle(), SQLITE_LIMIT_LENGTH, 64 << 20);
  for (const std::string& create : PlainTables(schema)) plain_.Must(create);
}

void Oracle::Begin() {
  lost_ = wrote_ = false;
  if (!fresh_) TakeOver();
}

void Oracle::TakeOver() {
  plain_.Must("PRAGMA foreign_keys = OFF");
  plain_.Must("BEGIN");
  for (std::size_t t = 0; t < schema_.table_count; ++t) {
    const std::string name(schema_.tables[t].name);
    plain_.Must("DELETE FROM " + name);
    const bool own = schema_.tables[t].kind == TableKind::kTenant;
    const Result rows = file_.Run(
        "SELECT " + Columns(schema_, t) + " FROM " + name + (own ? " WHERE tenant_id = ?" : ""),
        own ? std::vector<Value>{ours_} : std::vector<Value>{});
    for (Row row : rows.rows) {
      for (std::size_t c = 0; c < row.size(); ++c) {
        row[c] = cordon_test::AsPlain(row[c], schema_.Column(t, c).type);
      }
      plain_.Insert(name, row);
    }
  }
  plain_.Must("COMMIT");
  plain_.Must("PRAGMA foreign_keys = ON");
  fresh_ = true;
}

void Oracle::Open() { plain_.Must("SAVEPOINT part" + std::to_string(depth_++)); }

void Oracle::Close(bool commit) {
  const std::string part = "part" + std::to_string(--depth_);
  if (!commit) plain_.Must("ROLLBACK TO " + part);
  plain_.Must("RELEASE " + part);
}

std::string Oracle::Query(const std::string& sql, const std::vector<Argument>& arguments,
                          bool ordered, const Answer& answer) {
  if (IsWronglyLocked(sql, answer)) return kWronglyLocked;
  if (lost_ || !answer.status.ok()) return "";
  const std::vector<Value> values = AsPlain(arguments);
  const std::string shown = InLines(answer.rows, ordered);
  const Result result = plain_.Run(sql, values);
  if (!result.ok()) return "";  // Cordon takes some texts that SQLite does not
  ++compared_;
  const std::string expected = Shown(result, ordered);
  if (expected == shown) return "";
  plain_.Optimize(false);
  const std::string simply = Shown(plain_.Run(sql, values), ordered);
  plain_.Optimize(true);
  if (simply != expected || IsNoWitness(sql) || IsInexact() || ContradictsItself(sql, arguments)) {
    return ++astray_, "";
  }
  return "  plain SQLite, with our rows alone, answers:\n" + expected + "  and Cordon:\n" + shown;
}

// Whether a decimal is stored that a double cannot hold: plain SQLite then compares and adds what
// is a little off.
bool Oracle::IsInexact() {
  for (std::size_t t = 0; t < schema_.table_count; ++t) {
    for (std::size_t c = 0; c < schema_.tables[t].column_count; ++c) {
      const auto& column = schema_.Column(t, c);
      if (column.type.kind != SqlType::kDecimal) continue;
      const std::string name(column.name);
      if (!plain_
               .Run("SELECT 1 FROM " + std::string(schema_.tables[t].name) + " WHERE " + name +
                    " * 16 <> round(" + name + " * 16) OR abs(" + name + ") > 1e9")
               .rows.empty()) {
        return true;
      }
    }
  }
  return false;
}

// Whether SQLite answers what Cordon has written in one way with its optimizer and in another one
// without.
bool Oracle::ContradictsItself(const std::string& sql, const std::vector<Argument>& arguments) {
  const Judgement judgement = Judge(schema_, sql, arguments);
  std::vector<Value> bound = {ours_};
  for (const Argument& argument : arguments) bound.push_back(argument.value);
  const std::string readable = Readable(schema_, judgement.marked);
  const auto lines = [&] { return Lines(file_.Run(readable, bound), &judgement.parsed, false); };
  const auto usually = lines();
  file_.Optimize(false);
  const auto simply = lines();
  file_.Optimize(true);
  return usually != simply;
}

namespace {

// SQLite 3.40 compares every column in RETURNING as if it were the table's first one: with an
// INTEGER there, '2037' <= '' is true. Before Cordon's columns stands the tenant, a BLOB, and texts
// are compared as texts.
bool ComparesInReturning(std::string sql) {
  std::transform(sql.begin(), sql.end(), sql.begin(), cordon::internal::Fold);
  const std::size_t at = sql.find("returning");
  if (at == std::string::npos) return false;
  const std::string told = sql.substr(at);
  return told.find_first_of("<>=") != std::string::npos || told.find(" in ") != std::string::npos ||
         told.find("between") != std::string::npos || told.find("case") != std::string::npos;
}

}  // namespace

std::string Oracle::Change(const std::string& sql, const std::vector<Argument>& arguments,
                           const Answer& answer) {
  wrote_ = true;
  if (IsWronglyLocked(sql, answer)) return kWronglyLocked;
  if (IsNoWitness(sql)) LoseTrack();
  if (lost_) return "";
  // A statement that failed left nothing, here as there.
  if (!answer.status.ok() && !IsConstraint(answer.status)) return "";
  const std::string shown =
      answer.status.ok() ? std::to_string(answer.changed) + "\n" + InLines(answer.rows, false)
                         : "a constraint is not met\n";
  const auto run = [&] {
    const Result result = plain_.Run(sql, AsPlain(arguments));
    if (result.ok()) return std::to_string(result.changed) + "\n" + Shown(result, false);
    return result.error.find("constraint") != std::string::npos ? "a constraint is not met\n"
                                                                : result.error;
  };
  Open();
  std::string expected = run();
  if (expected.find("\n") == std::string::npos) {  // not a text of SQLite's
    Close(false);
    LoseTrack();
    return "";
  }
  if (expected != shown) {
    Close(false);
    Open();
    plain_.Optimize(false);
    const std::string simply = run();
    plain_.Optimize(true);
    if (simply != expected) {
      ++astray_;
      expected = simply;
    }
  }
  ++compared_;
  Close(true);
  Round();
  if (expected == shown) return "";
  // As many rows were changed, and only what is told of them differs.
  const auto changed = [](const std::string& text) { return text.substr(0, text.find('\n') + 1); };
  if (changed(expected) == changed(shown) && ComparesInReturning(sql)) return ++astray_, "";
  LoseTrack();
  if (IsInexact()) return ++astray_, "";
  return "  plain SQLite, with our rows alone, answers:\n    " + expected + "  and Cordon:\n    " +
         shown;
}

// Cordon's decimals have their scale when they are stored, and times are points in time.
void Oracle::Round() {
  for (std::size_t t = 0; t < schema_.table_count; ++t) {
    std::string assigned;
    std::string which;
    for (std::size_t c = 0; c < schema_.tables[t].column_count; ++c) {
      const auto& column = schema_.Column(t, c);
      const bool decimal = column.type.kind == SqlType::kDecimal;
      if (!decimal && column.type.kind != SqlType::kTimestamp) continue;
      const std::string name(column.name);
      const std::string rounded =
          decimal
              ? "round(" + name + ", " + std::to_string(static_cast<int>(column.type.scale)) + ")"
              : "iif(length(" + name + ") = 10, " + name + " || ' 00:00:00', " + name + ")";
      assigned += (assigned.empty() ? "" : ", ") + name + " = " + rounded;
      which += (which.empty() ? "" : " OR ") + name + " <> " + rounded;
    }
    if (assigned.empty()) continue;
    plain_.Must("UPDATE " + std::string(schema_.tables[t].name) + " SET " + assigned + " WHERE " +
                which);
  }
}

std::string Oracle::InFile() const {
  std::string all;
  for (std::size_t t = 0; t < schema_.table_count; ++t) {
    if (schema_.tables[t].kind != TableKind::kTenant) continue;
    const std::string name(schema_.tables[t].name);
    std::vector<std::string> lines;
    for (const Row& row :
         file_
             .Run("SELECT " + Columns(schema_, t) + " FROM " + name + " WHERE tenant_id = ?",
                  {ours_})
             .rows) {
      std::string& line = lines.emplace_back(name + ": ");
      for (std::size_t c = 0; c < row.size(); ++c) {
        line += Show(row[c], schema_.Column(t, c).type) + "|";
      }
    }
    all += InLines(std::move(lines), false);
  }
  return all;
}

std::string Oracle::InPlain() {
  std::string all;
  for (std::size_t t = 0; t < schema_.table_count; ++t) {
    if (schema_.tables[t].kind != TableKind::kTenant) continue;
    const std::string name(schema_.tables[t].name);
    std::vector<std::string> lines;
    for (const Row& row : plain_.Run("SELECT " + Columns(schema_, t) + " FROM " + name).rows) {
      std::string& line = lines.emplace_back(name + ": ");
      for (const Value& value : row) line += Show(value) + "|";
    }
    all += InLines(std::move(lines), false);
  }
  return all;
}

std::string Oracle::End() {
  while (depth_ > 0) Close(false);
  if (lost_) fresh_ = false;
  if (lost_ || !wrote_) return "";
  std::string held = InFile();
  std::string expected = InPlain();
  if (held == expected) return "";
  fresh_ = false;
  if (IsInexact()) return ++astray_, "";
  RemoveCommon(&held, &expected);
  return "  plain SQLite, with our rows alone, then holds:\n" + expected + "  and Cordon:\n" + held;
}

}  // namespace cordon_test
