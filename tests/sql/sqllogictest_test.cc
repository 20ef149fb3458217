// SPDX-License-Identifier: Apache-2.0
//
// Files of SQLite's public test corpus. Their tables become tenant tables between neighbours' rows;
// what the checker accepts must give the expected values. A mirror in plain SQLite follows each
// file, so that a refused write leaves both sides alike.
//
// Two things are rewritten, and nothing else. Tables named t1… get another prefix, since Cordon's
// emitter uses such names itself. A table without a primary key gets the key column "rid", which
// is SQLite's own rowid in the mirror: an INSERT names it, and a `*` lists the other columns.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <sstream>

#include "sql/harness.h"

namespace cordon_test {
namespace {

constexpr const char* kRid = "rid";
constexpr int kShare = 940;  // of 1000 that are accepted

struct Record {
  enum Kind { kStatement, kError, kQuery };
  Kind kind = kStatement;
  std::string types;  // of a query: I, T, R
  std::string sort;   // nosort, rowsort, valuesort
  std::string sql;
  std::vector<std::string> expected;
  int line = 0;
};

std::vector<Record> ReadRecords(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(line);
  }
  std::vector<Record> records;
  bool skip = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::istringstream words(lines[i].substr(0, lines[i].find('#')));
    std::string word;
    std::string of;
    if (!(words >> word)) continue;
    words >> of;
    if (word == "onlyif" || word == "skipif") {
      skip = skip || (of == "sqlite") != (word == "onlyif");
      continue;
    }
    if (word == "halt" && !skip) break;
    if (word == "statement" || word == "query") {
      Record record;
      record.line = static_cast<int>(i) + 1;
      if (word == "query") {
        record.kind = Record::kQuery;
        record.types = of;
        words >> record.sort;
      } else if (of == "error") {
        record.kind = Record::kError;
      }
      for (++i; i < lines.size() && !lines[i].empty() && lines[i] != "----"; ++i) {
        record.sql += (record.sql.empty() ? "" : "\n") + lines[i];
      }
      if (i < lines.size() && lines[i] == "----") {
        for (++i; i < lines.size() && !lines[i].empty(); ++i) record.expected.push_back(lines[i]);
      }
      if (!skip) records.push_back(std::move(record));
    }
    skip = false;
  }
  return records;
}

// As the corpus's own runner prints a value.
std::string Rendered(const Value& value, SqlType type, char as) {
  if (value.storage == SqlValue::kNull) return "NULL";
  double number = value.storage == SqlValue::kInteger ? static_cast<double>(value.integer)
                  : value.storage == SqlValue::kReal  ? value.real
                                                      : std::atof(value.text.c_str());
  const bool scaled = value.storage == SqlValue::kInteger && type.kind == SqlType::kDecimal;
  for (int i = 0; scaled && i < type.scale; ++i) number /= 10;
  if (as == 'R') {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.3f", number);
    return text.data();
  }
  if (as == 'I') {
    if (value.storage == SqlValue::kInteger && !scaled) return std::to_string(value.integer);
    return std::to_string(static_cast<std::int64_t>(number));
  }
  std::string text = value.text;
  if (value.storage == SqlValue::kInteger || value.storage == SqlValue::kReal) {
    text = Show(value, type);
  }
  if (text.empty()) return "(empty)";
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '@';
  }
  return text;
}

// The result in the form of the corpus: the values, or a hash of them when the corpus has one.
std::vector<std::string> Rendered(const Result& result, const Parsed* parsed,
                                  const Record& record) {
  std::vector<std::vector<std::string>> rows;
  for (const Row& row : result.rows) {
    std::vector<std::string>& values = rows.emplace_back();
    for (std::size_t c = 0; c < row.size(); ++c) {
      const char as = c < record.types.size() ? record.types[c] : 'T';
      values.push_back(
          Rendered(row[c], parsed == nullptr ? SqlType{} : parsed->output[c].type, as));
    }
  }
  if (record.sort == "rowsort") std::sort(rows.begin(), rows.end());
  std::vector<std::string> values;
  for (const auto& row : rows) values.insert(values.end(), row.begin(), row.end());
  if (record.sort == "valuesort") std::sort(values.begin(), values.end());
  if (record.expected.size() != 1 || record.expected[0].find(" hashing to ") == std::string::npos) {
    return values;
  }
  std::string joined;
  for (const std::string& value : values) joined += value + "\n";
  return {std::to_string(values.size()) + " values hashing to " + Md5(joined)};
}

std::vector<std::string> SortedParts(const std::vector<std::string>& joined) {
  std::vector<std::string> parts;
  for (const std::string& one : joined) {
    std::istringstream text(one);
    for (std::string part; std::getline(text, part, ',');) parts.push_back(part);
  }
  std::sort(parts.begin(), parts.end());
  return parts;
}

std::string Renamed(const std::string& sql) {
  static const std::regex kTable(R"('[^']*'|\bt([0-9]+n?)\b)");
  std::string renamed;
  std::size_t from = 0;
  for (auto at = std::sregex_iterator(sql.begin(), sql.end(), kTable); at != std::sregex_iterator();
       ++at) {
    const auto begin = static_cast<std::size_t>(at->position());
    renamed += sql.substr(from, begin - from);
    renamed += (*at)[1].matched ? "tab" + (*at)[1].str() : at->str();
    from = begin + static_cast<std::size_t>(at->length());
  }
  return renamed + sql.substr(from);
}

class File {
 public:
  File(const std::filesystem::path& path, Tally* tally) : tally_(tally), path_(path) {
    records_ = ReadRecords(path);
    std::vector<RuntimeSchema::Table> tables;
    for (const Record& record : records_) {
      if (record.kind == Record::kStatement) Declare(Renamed(record.sql), &tables);
    }
    schema_.emplace(std::move(tables));
    shared_.emplace(schema_->view());
    for (std::size_t t = 0; t < schema_->tables().size(); ++t) {
      for (const int neighbour : {Neighbourhood::kBelow, Neighbourhood::kAbove}) {
        shared_->Load(t, neighbour, Canaries(schema_->tables()[t]));
      }
    }
    others_ = shared_->OfOthers();
  }

  void Run() {
    for (const Record& record : records_) {
      SCOPED_TRACE(path_.filename().string() + ":" + std::to_string(record.line));
      const std::string sql = Renamed(record.sql);
      switch (record.kind) {
        case Record::kQuery:
          Query(record, sql);
          break;
        case Record::kError:
          Erroneous(sql);
          break;
        case Record::kStatement:
          Statement(sql);
          break;
      }
    }
    EXPECT_EQ(shared_->OfOthers(), others_) << "a neighbour's rows have changed";
  }

 private:
  static void Declare(const std::string& sql, std::vector<RuntimeSchema::Table>* tables) {
    static const std::regex kCreate(R"(\s*CREATE TABLE (\w+)\s*\(([^;]*)\)\s*)", std::regex::icase);
    static const std::regex kIndex(R"(\s*CREATE INDEX \w+ ON (\w+)\s*\((\w+)\)\s*)",
                                   std::regex::icase);
    static const std::regex kColumn(R"(\s*(\w+)\s+(INTEGER|TEXT|VARCHAR\(\d+\))\s*(.*))",
                                    std::regex::icase);
    std::smatch match;
    if (std::regex_match(sql, match, kIndex)) {
      for (auto& table : *tables) {
        if (table.name == match[1].str()) table.indexes.push_back({match[2].str()});
      }
      return;
    }
    if (!std::regex_match(sql, match, kCreate)) return;
    RuntimeSchema::Table table;
    table.name = match[1].str();
    std::istringstream columns(match[2].str());
    for (std::string column; std::getline(columns, column, ',');) {
      std::smatch parts;
      if (!std::regex_match(column, parts, kColumn)) {
        throw std::runtime_error("a column in a form the harness does not know: " + column);
      }
      const bool text = parts[2].str()[0] == 'T' || parts[2].str()[0] == 'V';
      const bool key = parts[3].str().find("PRIMARY KEY") != std::string::npos;
      if (key) table.key = {parts[1].str()};
      if (parts[3].str().find("UNIQUE") != std::string::npos)
        table.uniques.push_back({parts[1].str()});
      table.columns.push_back(
          {parts[1].str(), {text ? SqlType::kText : SqlType::kInteger, 0, !key}});
    }
    if (table.key.empty()) {
      table.columns.push_back({kRid, {SqlType::kInteger, 0, false}});
      table.key = {kRid};
    }
    tables->push_back(std::move(table));
  }

  // Rows that would show in any count, sum, extreme or list.
  static std::vector<Row> Canaries(const RuntimeSchema::Table& table) {
    std::vector<Row> rows;
    for (int i = 0; i < 40; ++i) {
      Row& row = rows.emplace_back();
      for (const auto& column : table.columns) {
        row.push_back(column.type.kind == SqlType::kText ? Value::Text("CANARY" + std::to_string(i))
                                                         : Value::Integer(i < 20 ? i : 80 + i * 7));
      }
    }
    return rows;
  }

  const RuntimeSchema::Table* TableOf(const std::string& name) const {
    for (const auto& table : schema_->tables()) {
      if (cordon::internal::SameName(table.name, name)) return &table;
    }
    return nullptr;
  }
  static bool Synthetic(const RuntimeSchema::Table& table) {
    return table.columns.back().name == kRid;
  }
  static std::string OwnColumns(const RuntimeSchema::Table& table) {
    std::string list;
    for (const auto& column : table.columns) {
      if (column.name != kRid) list += (list.empty() ? "" : ", ") + column.name;
    }
    return list;
  }

  // What a host would write for tables that have "rid".
  std::string ForCordon(std::string sql) {
    static const std::regex kInsert(
        R"((\s*INSERT\s+INTO\s+(\w+))\s*(\([^()]*\))?\s*VALUES\s*\(([^()]*)\)\s*)",
        std::regex::icase);
    static const std::regex kStar(R"(SELECT\s+\*\s+FROM\s+(\w+))", std::regex::icase);
    std::smatch match;
    if (std::regex_match(sql, match, kInsert)) {
      const auto* const table = TableOf(match[2].str());
      if (table == nullptr || !Synthetic(*table)) return sql;
      const Result next = mirror_.Run("SELECT COALESCE(MAX(rowid), 0) + 1 FROM " + table->name);
      std::string columns = match[3].matched ? match[3].str() : "(" + OwnColumns(*table) + ")";
      columns.pop_back();
      return match[1].str() + columns + ", rid) VALUES(" + match[4].str() + ", " +
             Show(next.rows[0][0]) + ")";
    }
    if (std::regex_search(sql, match, kStar)) {
      const auto* const table = TableOf(match[1].str());
      if (table != nullptr && Synthetic(*table)) {
        sql = match.prefix().str() + "SELECT " + OwnColumns(*table) + " FROM " + table->name +
              match.suffix().str();
      }
    }
    return sql;
  }

  void Query(const Record& record, const std::string& sql) {
    const std::string text = ForCordon(sql);
    const Judgement judgement = Judge(schema_->view(), text, {});
    if (!judgement.accepted()) {
      tally_->Refuse(judgement.parsed, text);
      return;
    }
    tally_->Accept(text);
    const Result result = shared_->Run(text, {}, judgement);
    if (!result.ok()) {  // an overflow ends the statement in SQLite, too
      EXPECT_FALSE(mirror_.Run(sql).ok()) << text << "\n" << result.error;
      return;
    }
    EXPECT_EQ(BrokenPromise(result, judgement.parsed), "") << text;
    const auto found = Rendered(result, &judgement.parsed, record);
    if (found == record.expected) return;
    // Without an order SQLite joins the texts as a plan brings them, Cordon in their own order.
    if (text.find("group_concat") != std::string::npos &&
        SortedParts(found) == SortedParts(record.expected)) {
      return;
    }
    // The expectations are those of several engines; SQLite's own answer counts.
    const Result plain = mirror_.Run(sql);
    // SQLite's SUM fails when it leaves 64 bits on its way; Cordon's when it ends beyond them.
    if (plain.error.find("integer overflow") != std::string::npos) return;
    const auto mirrored = Rendered(plain, nullptr, record);
    EXPECT_EQ(found, mirrored) << text << "\n" << shared_->Readable(judgement);
    EXPECT_NE(mirrored, record.expected) << text;
  }

  void Erroneous(const std::string& sql) {
    ASSERT_FALSE(mirror_.Run(sql).ok()) << sql;
    const std::string text = ForCordon(sql);
    const Judgement judgement = Judge(schema_->view(), text, {});
    if (!judgement.accepted()) {
      tally_->Count("(an error in SQLite too)", text);
      return;
    }
    EXPECT_FALSE(shared_->Run(text, {}, judgement).ok()) << "SQLite refuses: " << text;
  }

  void Statement(const std::string& sql) {
    static const std::regex kWrite(R"(\s*(INSERT|UPDATE|DELETE|REPLACE)\b[^]*)", std::regex::icase);
    const std::string text = ForCordon(sql);
    const Result mirrored = mirror_.Run(sql);
    ASSERT_TRUE(mirrored.ok()) << sql << ": " << mirrored.error;
    if (!std::regex_match(sql, kWrite)) return;  // the schema has it already
    const Judgement judgement = Judge(schema_->view(), text, {});
    if (!judgement.accepted()) {
      if (judgement.parsed.refusal == Refusal::kValueCount) {
        tally_->Count("(no value for rid)", text);  // INSERT … SELECT, which is not rewritten
      } else {
        tally_->Refuse(judgement.parsed, text);
      }
      Follow();
      return;
    }
    tally_->Accept(text);
    const Result result = shared_->Run(text, {}, judgement);
    EXPECT_TRUE(result.ok()) << text << "\n" << result.error;
    EXPECT_EQ(result.changed, mirrored.changed) << text;
    for (std::size_t t = 0; t < schema_->tables().size(); ++t) {
      if (!Exists(t)) continue;
      Result ours;
      ours.rows = shared_->Rows(t, Neighbourhood::kOurs);
      EXPECT_EQ(Lines(ours, nullptr, false), Lines(Mirrored(t), nullptr, false)) << text;
    }
    if (testing::Test::HasFailure()) Follow();
  }

  bool Exists(std::size_t table) {
    return mirror_.WhyNotPrepared("SELECT 1 FROM " + schema_->tables()[table].name).empty();
  }
  Result Mirrored(std::size_t table) {
    const auto& definition = schema_->tables()[table];
    return mirror_.Run("SELECT " + OwnColumns(definition) +
                       (Synthetic(definition) ? ", rowid FROM " : " FROM ") + definition.name);
  }
  // Makes our tenant's rows the mirror's.
  void Follow() {
    for (std::size_t t = 0; t < schema_->tables().size(); ++t) {
      if (!Exists(t)) continue;
      const Result gone =
          shared_->raw().Run("DELETE FROM " + schema_->tables()[t].name + " WHERE tenant_id = ?",
                             {Value::Blob(shared_->tenant(Neighbourhood::kOurs))});
      ASSERT_TRUE(gone.ok()) << gone.error;
      shared_->Load(t, Neighbourhood::kOurs, Mirrored(t).rows);
    }
  }

  Tally* const tally_;
  const std::filesystem::path path_;
  std::vector<Record> records_;
  std::optional<RuntimeSchema> schema_;
  std::optional<Neighbourhood> shared_;
  PlainSqlite mirror_;
  std::string others_;
};

TEST(Md5Of, KnownTexts) {
  EXPECT_EQ(Md5(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(Md5("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(Sqllogictest, AcceptedStatementsGiveTheExpectedValues) {
  const std::filesystem::path directory = std::string(CORDON_SHARED_DIR) + "/data/sql/sqllogictest";
  if (!std::filesystem::is_directory(directory)) {
    GTEST_SKIP() << "configure with -DCORDON_SHARED_DIR to run SQLite's corpus";
  }
  Tally all;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".test") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  ASSERT_FALSE(paths.empty());
  for (const auto& path : paths) {
    File file(path, &all);
    file.Run();
  }
  all.Print("sqllogictest");
  EXPECT_GT(all.total(), 2400);
  EXPECT_GE(all.share(), kShare) << "the checker takes less of it than it did";
}

}  // namespace
}  // namespace cordon_test
