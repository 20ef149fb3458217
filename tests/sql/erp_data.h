// SPDX-License-Identifier: Apache-2.0
//
// Rows for erp_schema.h, the same for the same seed.
//
// Every decimal is a whole number of 1/4, 1/8 or 1/16, and every time a whole second. So a file
// that keeps money as REAL and times as TEXT, as one without Cordon would, holds exactly the same
// values, its sums and products are exact, and the host's own text means there what it says.
#ifndef CORDON_TESTS_SQL_ERP_DATA_H_
#define CORDON_TESTS_SQL_ERP_DATA_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cordon/data/value.h"
#include "sql/harness.h"

namespace cordon_test {

// By table, in the order of the schema. `mark` begins every text that is no key or code.
[[nodiscard]] std::vector<std::vector<Row>> ErpRows(std::uint64_t seed, const std::string& mark);

// A value as the file without Cordon keeps it.
[[nodiscard]] Value AsPlain(const Value& value, SqlType type);

// The same tables without a tenant, in that file's types.
[[nodiscard]] std::vector<std::string> PlainTables(const SchemaView& schema);

// "text:C001", "integer:5", "decimal2:9.5", "timestamp:2026-03-01", "boolean:1"; a '?' before the
// colon makes it optional, and "NULL" is its NULL.
[[nodiscard]] Argument ParseArgument(const std::string& word);

// The same as a host hands it over.
[[nodiscard]] cordon::Value Given(const Argument& argument);

// One entry of erp_statements.sql, whose first lines say what the parts are.
struct ErpStatement {
  std::string name;
  std::vector<Argument> arguments;
  bool ordered = false;
  std::string text;
  std::string plain;
  std::string instead;
  std::string otherwise;
  std::string by_hand;
};
[[nodiscard]] std::vector<ErpStatement> ReadErpStatements(const std::string& path);

// Our tenant's rows in a Cordon file, between neighbours whose rows have the same keys and whose
// texts begin with kMark; and alone in a plain file.
class ErpWorld {
 public:
  static constexpr const char* kMark = "CANARY ";
  ErpWorld();
  [[nodiscard]] Neighbourhood& shared() { return shared_; }
  [[nodiscard]] PlainSqlite& plain() { return plain_; }
  // Every table of ours, as both files hold it.
  [[nodiscard]] std::string OursInShared();
  [[nodiscard]] std::string OursInPlain();

 private:
  Neighbourhood shared_;
  PlainSqlite plain_;
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_SQL_ERP_DATA_H_
