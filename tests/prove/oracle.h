// SPDX-License-Identifier: Apache-2.0
//
// The third oracle: the host's own text on plain SQLite, in tables that know no tenant and hold our
// tenant's rows alone. What Cordon answers has to be what this answers, so that scoping neither
// loses nor invents a row.
//
// What is compared: texts that leave nothing open. Where Cordon has an error of its own (64 bits,
// a budget) the statement is undone here and not compared. Where SQLite contradicts itself, once
// with its optimizer and once without, it is no witness, nor where a decimal is stored that a
// double cannot hold.
#ifndef CORDON_TESTS_PROVE_ORACLE_H_
#define CORDON_TESTS_PROVE_ORACLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cordon/store/error.h"
#include "cordon/tenant/tenant_id.h"
#include "sql/harness.h"

namespace cordon_test {

// What Cordon made of a statement.
struct Answer {
  absl::Status status;
  std::vector<std::string> rows;  // each shown as one line, in the order of the answer
  std::int64_t changed = 0;
};

class Oracle {
 public:
  // `path` is a file of Cordon's, read past it.
  Oracle(const SchemaView& schema, const std::string& path, const cordon::TenantId& ours);

  // A request begins: what the file holds is taken over, unless it is known to be the same.
  void Begin();
  // Transactions and their parts.
  void Open();
  void Close(bool commit);
  // From here on until the request ends nothing can be compared: something wrote that this cannot
  // play through.
  void LoseTrack() { lost_ = true; }

  // What differs, or nothing.
  [[nodiscard]] std::string Query(const std::string& sql, const std::vector<Argument>& arguments,
                                  bool ordered, const Answer& answer);
  [[nodiscard]] std::string Change(const std::string& sql, const std::vector<Argument>& arguments,
                                   const Answer& answer);
  // At the end of a request: whether the file holds what this holds.
  [[nodiscard]] std::string End();

  [[nodiscard]] std::int64_t compared() const { return compared_; }
  [[nodiscard]] std::int64_t astray() const { return astray_; }

 private:
  [[nodiscard]] bool IsWronglyLocked(const std::string& sql, const Answer& answer);
  [[nodiscard]] bool IsInexact();
  [[nodiscard]] bool ContradictsItself(const std::string& sql,
                                       const std::vector<Argument>& arguments);
  [[nodiscard]] std::string InFile() const;
  [[nodiscard]] std::string InPlain();
  void TakeOver();
  void Round();

  const SchemaView& schema_;
  const Value ours_;
  mutable PlainSqlite file_;
  PlainSqlite plain_;
  bool fresh_ = false;
  bool lost_ = false;
  bool wrote_ = false;
  int depth_ = 0;
  std::int64_t compared_ = 0;
  std::int64_t astray_ = 0;  // SQLite contradicted itself
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_PROVE_ORACLE_H_
