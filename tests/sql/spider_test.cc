// SPDX-License-Identifier: Apache-2.0
//
// Gold queries over the four small schemas of Spider: what SQLite prepares, the checker accepts or
// refuses with a reason; what it accepts prepares under the lock. Spider's rows are not here, so
// made-up ones are, and what is accepted has to find in them what plain SQLite finds.
//
// Three columns are declared decimals, since what they hold has digits behind the point: the
// surface of a country, a life expectancy, a share. Everything else of type "number" is an integer.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>

#include "sql/erp_data.h"

namespace cordon_test {
namespace {

constexpr int kShare = 479;        // of 1000 whose texts are used as they are
constexpr int kQuotedShare = 987;  // … with "…" strings turned into '…'

struct Database {
  std::unique_ptr<RuntimeSchema> schema;
  std::unique_ptr<Neighbourhood> shared;
  std::unique_ptr<PlainSqlite> plain = std::make_unique<PlainSqlite>();
  std::set<std::string> names;  // folded: tables and columns
};

std::string Folded(std::string text) {
  for (char& c : text) c = cordon::internal::Fold(c);
  return text;
}

// Few different values, and such as the queries ask for, so that many rows meet.
void Fill(Database* database) {
  static constexpr const char* kTexts[] = {"USA",     "APG",      "ASY",   "Aberdeen", "cat",
                                           "dog",     "Europe",   "Asia",  "Africa",   "English",
                                           "Spanish", "Republic", "T",     "F",        "Italy",
                                           "CVO",     "AHD",      "Dutch", "ABW",      "Sky Radio"};
  std::mt19937_64 random(7);
  const auto upto = [&](std::size_t n) { return random() % n; };
  const auto& tables = database->schema->tables();
  for (const int tenant : {Neighbourhood::kOurs, Neighbourhood::kBelow, Neighbourhood::kAbove}) {
    for (std::size_t t = 0; t < tables.size(); ++t) {
      std::set<std::string> keys;
      std::vector<Row> rows;
      for (int i = 0; i < 40; ++i) {
        Row row;
        std::string key;
        for (const auto& column : tables[t].columns) {
          Value value;
          if (column.type.kind == SqlType::kText) {
            value = Value::Text(kTexts[upto(20)]);
          } else if (column.type.kind == SqlType::kDecimal) {
            value = Value::Integer(static_cast<std::int64_t>(upto(90)) *
                                   (column.type.scale == 1 ? 5 : 25));
          } else {
            value = Value::Integer(static_cast<std::int64_t>(upto(12)));
          }
          if (column.type.nullable && upto(9) == 0) value = Value::Null();
          const auto& of = tables[t].key;
          if (std::find(of.begin(), of.end(), column.name) != of.end()) key += Show(value) + "|";
          row.push_back(std::move(value));
        }
        if (!keys.insert(key).second) continue;
        if (tenant == Neighbourhood::kOurs) {
          Row plain = row;
          for (std::size_t c = 0; c < row.size(); ++c) {
            plain[c] = AsPlain(row[c], tables[t].columns[c].type);
          }
          database->plain->Insert(tables[t].name, plain);
        }
        rows.push_back(std::move(row));
      }
      database->shared->Load(t, tenant, rows);
    }
  }
}

Database Declare(const nlohmann::json& described) {
  static const std::map<std::string, std::uint8_t> kDecimals = {
      {"surfacearea", 2}, {"lifeexpectancy", 1}, {"gnp", 2},   {"gnpold", 2},
      {"percentage", 1},  {"share", 1},          {"weight", 1}};
  Database database;
  std::vector<RuntimeSchema::Table> tables;
  for (const auto& name : described["tables"]) {
    RuntimeSchema::Table table;
    table.name = name.get<std::string>();
    tables.push_back(std::move(table));
  }
  const auto& columns = described["columns"];
  const auto is_key = [&](std::size_t column) {
    const auto& keys = described["primary_keys"];
    return std::find(keys.begin(), keys.end(), column) != keys.end();
  };
  for (std::size_t c = 1; c < columns.size(); ++c) {
    auto& table = tables[columns[c][0].get<std::size_t>()];
    const auto name = columns[c][1].get<std::string>();
    SqlType type{SqlType::kText, 0, !is_key(c)};
    if (described["types"][c] == "number") {
      type.kind = SqlType::kInteger;
      if (const auto scale = kDecimals.find(Folded(name)); scale != kDecimals.end()) {
        type.kind = SqlType::kDecimal;
        type.scale = scale->second;
      }
    }
    table.columns.push_back({name, type});
    if (is_key(c)) table.key.push_back(name);
    database.names.insert(Folded(name));
  }
  std::erase_if(tables, [](const auto& table) { return table.name == "sqlite_sequence"; });
  for (auto& table : tables) {
    database.names.insert(Folded(table.name));
    if (table.key.empty()) {  // a relation: all of it is the key
      for (auto& column : table.columns) {
        column.type.nullable = false;
        table.key.push_back(column.name);
      }
      if (table.key.size() > cordon::internal::kMaxKeyColumns) {
        table.key.resize(cordon::internal::kMaxKeyColumns);
      }
    }
    std::string create = "CREATE TABLE \"" + table.name + "\" (";
    for (const auto& column : table.columns) {
      create += (&column == &table.columns.front() ? "\"" : ", \"") + column.name +
                (column.type.kind == SqlType::kText ? "\" TEXT" : "\" NUMERIC");
    }
    database.plain->Must(create + ")");
  }
  database.schema = std::make_unique<RuntimeSchema>(std::move(tables));
  database.shared = std::make_unique<Neighbourhood>(database.schema->view());
  Fill(&database);
  return database;
}

// SQLite takes "…" for a string where no column has such a name. True when there was one.
bool QuoteStrings(const Database& database, std::string* sql) {
  bool found = false;
  std::string quoted;
  for (std::size_t i = 0; i < sql->size(); ++i) {
    const char c = (*sql)[i];
    if (c != '"' && c != '\'') {
      quoted += c;
      continue;
    }
    const std::size_t end = std::min(sql->find(c, i + 1), sql->size());
    std::string body = sql->substr(i + 1, end - i - 1);
    if (c == '"' && !database.names.contains(Folded(body))) {
      found = true;
      for (std::size_t at = 0; (at = body.find('\'', at)) != std::string::npos; at += 2) {
        body.insert(at, 1, '\'');
      }
      quoted += "'" + body + "'";
    } else {
      quoted += c + body + c;
    }
    i = end;
  }
  *sql = quoted;
  return found;
}

TEST(Spider, WhatIsAcceptedPrepares) {
  const std::filesystem::path directory = std::string(CORDON_SHARED_DIR) + "/data/sql/spider";
  std::ifstream schemas(directory / "schemas.json");
  std::ifstream queries(directory / "queries.tsv");
  if (!schemas || !queries) {
    GTEST_SKIP() << "configure with -DCORDON_SHARED_DIR to run Spider's queries";
  }
  std::map<std::string, Database> databases;
  for (const auto& described : nlohmann::json::parse(schemas)) {
    databases.emplace(described["db_id"].get<std::string>(), Declare(described));
  }
  Tally as_written;
  Tally quoted;
  Tally refused_by_sqlite;
  int with_rows = 0;
  for (std::string line; std::getline(queries, line);) {
    const std::size_t tab = line.find('\t');
    const auto found = databases.find(line.substr(0, tab));
    if (tab == std::string::npos || found == databases.end()) continue;
    Database& database = found->second;
    std::string sql = line.substr(tab + 1);
    SCOPED_TRACE(sql);
    const std::string why = database.plain->WhyNotPrepared(sql);
    const std::string written = sql;
    const bool strings = QuoteStrings(database, &sql);
    const auto run = [&](const std::string& text, Tally* tally) {
      const Judgement judgement = Judge(database.schema->view(), text, {});
      if (!why.empty()) {
        // Ours is not to accept what SQLite itself does not.
        EXPECT_FALSE(judgement.accepted()) << why;
        return;
      }
      if (!judgement.accepted()) {
        tally->Refuse(judgement.parsed, text);
        return;
      }
      tally->Accept(text);
      const Result result = database.shared->Run(text, {}, judgement);
      EXPECT_TRUE(result.ok()) << result.error << "\n" << database.shared->Readable(judgement);
      EXPECT_EQ(BrokenPromise(result, judgement.parsed), "");
      // Of equal rows a LIMIT may keep any; all of them are the same ones.
      const std::size_t limit = text.find(" LIMIT ");
      if (limit != std::string::npos && text.find(')', limit) != std::string::npos) return;
      const std::string all = text.substr(0, limit);
      const Judgement whole = Judge(database.schema->view(), all, {});
      const Result rows = database.shared->Run(all, {}, whole);
      EXPECT_EQ(Lines(rows, &whole.parsed, false), Lines(database.plain->Run(all), nullptr, false))
          << database.shared->Readable(whole);
      if (!rows.rows.empty()) ++with_rows;
    };
    if (!why.empty()) {
      refused_by_sqlite.Count(why, written);
    }
    if (strings && why.empty()) {
      EXPECT_FALSE(Judge(database.schema->view(), written, {}).accepted())
          << "a name in double quotes is taken for a string";
      as_written.Count("(double-quoted string)", written);
    } else {
      run(sql, &as_written);
    }
    run(sql, &quoted);
  }
  as_written.Print("spider, as written");
  quoted.Print("spider, with '…' for double-quoted strings");
  refused_by_sqlite.Print("spider, refused by SQLite itself");
  std::printf("spider: %d results with rows compared\n", with_rows);
  EXPECT_GT(quoted.total(), 300);
  EXPECT_GT(with_rows, 200);
  EXPECT_GE(as_written.share(), kShare);
  EXPECT_GE(quoted.share(), kQuotedShare);
}

}  // namespace
}  // namespace cordon_test
