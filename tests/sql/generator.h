// SPDX-License-Identifier: Apache-2.0
//
// Random SQL over three tables: the checker's whole grammar, with types that mostly fit, so that
// most of it is accepted. Every choice comes from one function, so that a seed or a tester decides
// them all; 0 is the plainest choice of each.
//
// Not made: what the checker refuses by design, statements of a global scope, and pages.
#ifndef CORDON_TESTS_SQL_GENERATOR_H_
#define CORDON_TESTS_SQL_GENERATOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sql/erp_data.h"

namespace cordon_test {

struct Statement {
  std::string sql;
  std::vector<Argument> arguments;
  bool ordered = false;  // by all its columns, so that the sequence is fixed, too
  std::string meant;     // what plain SQLite has to be asked instead; empty: the same
};

class Generator {
 public:
  // below(n) is one of 0 to n - 1, and the only choice there is. Tables: the first is read most.
  // `open`: also what SQL leaves open, such as a LIMIT without a total order, and what means
  // another thing to SQLite alone, such as arithmetic on times.
  explicit Generator(std::function<std::uint64_t(std::uint64_t)> below,
                     std::vector<RuntimeSchema::Table> tables, bool open = false);

  Statement Next();
  // A statement that writes to one of the first two tables. It has no arguments. `returning`: and
  // returns one integer of each row, which is not NULL.
  Statement Change(bool* returning);

 private:
  enum class Want { kInteger, kWord, kDecimal, kBoolean, kTime, kReal, kAny };
  struct Column {
    std::string name;
    Want type = Want::kInteger;
    int scale = 0;  // of a decimal
    bool certain = false;
  };
  struct Source {
    std::string alias;  // empty: its columns go by their names alone
    std::vector<Column> columns;
    std::vector<std::string> key;  // no two rows agree in these
  };
  using Scope = std::vector<Source>;
  // What is wished of a column of a query, and what it has become. scale: -1 is any.
  struct Wish {
    Want type = Want::kInteger;
    bool certain = false;
    int scale = -1;
    std::string name;
  };
  using Wishes = std::vector<Wish>;
  struct Made {
    std::string text;
    bool ordered = false;  // has an ORDER BY of its own, which is total
    bool compound = false;
    bool values = false;  // ends in VALUES
  };

  std::size_t Upto(std::size_t n) { return static_cast<std::size_t>(below_(n)); }
  // 0, all that an input chooses once it has ended, is the plainer of two ways.
  bool Chance(std::size_t percent) { return Upto(100) >= 100 - percent; }
  template <std::size_t N>
  std::string Pick(const char* const (&of)[N]) {
    return of[Upto(N)];
  }
  std::string NewName(const char* letter) { return letter + std::to_string(++alias_); }
  static Want WantOf(SqlType type);
  static Source SourceOf(const RuntimeSchema::Table& table, const std::string& alias);

  void Begin();
  void Finish(std::string sql, Statement* statement);
  std::string Written(const std::string& sql);

  // Writes.
  std::string Assigned(const RuntimeSchema::Table& table, int depth);
  std::string Stored(const Column& column, int depth);
  std::string Inserted(const RuntimeSchema::Table& table, const std::string& alias);
  std::string Conflict(const RuntimeSchema::Table& table, const std::string& alias);
  std::string Updated(const RuntimeSchema::Table& table, const std::string& alias);
  std::string Returned(const RuntimeSchema::Table& table, const std::string& alias);

  // Queries.
  std::string Withs(int depth);
  std::string With(int depth);
  std::string Recursion();
  std::string Tree();
  Made Query(int depth, Wishes* got, const Wishes* like, bool named, bool top = false);
  std::string Sub(int depth, Wishes* got, const Wishes* like, bool named);
  std::string AllColumns(const Wishes& columns);
  std::string Values(const Wishes& columns, std::size_t rows);
  Source From(std::string* text, int depth, const Scope& beside, bool alone);
  Source TableFunction(std::string* text);
  std::string Joined(Scope* scope, int depth, bool enclosed);
  static bool MayJoinNaturally(const Scope& scope);
  static std::string SharedColumn(const Scope& scope, const std::string& but);
  Made Select(int depth, Wishes* got, const Wishes* like, bool named, bool compound, bool top);
  std::string Listed(const Wish& wish, int depth, const Scope& scope, bool grouped, bool compound);
  std::string Limit();

  // Operands.
  Want AnyType();
  std::string ColumnOf(Want type, bool innermost, int scale = 18);
  std::string AnyColumn();
  std::string Literal(Want type);
  std::string Placeholder(Want type);
  std::string Leaf(Want type, int scale = 18);
  std::string Condition(int depth);
  std::string Expression(Want type, int depth);
  std::string Integer(int depth);
  std::string Fraction(int depth);
  std::string Real(int depth);
  std::string Word(int depth);
  std::string TimeText(int depth);
  std::string JsonText(int depth);
  std::string AnyValue(int depth);
  std::string Truth(int depth);
  std::string Compared(int depth);
  std::string Listing(int depth);
  std::string Rows(int depth);
  std::string Scalar(Want type, int depth);
  std::string Huge();

  // Aggregates and windows.
  std::string Filter();
  std::string Aggregate(Want type);
  std::string OverAggregates(Want type);
  std::string OfInnermost(Want type);
  std::string Ungrouped(Want type);
  std::string Window(Want type, const Scope& scope);
  std::string Over(const std::string& definition);
  std::string Frame(bool total);

  const std::function<std::uint64_t(std::uint64_t)> below_;
  const std::vector<RuntimeSchema::Table> tables_;
  const bool open_;
  bool plain_ = false;      // without arguments
  bool qualified_ = false;  // no column by its name alone
  bool flat_ = false;       // without subqueries
  int alias_ = 0;
  std::vector<Source> withs_;
  std::vector<const Scope*> scopes_;
  std::vector<Argument> arguments_;
  std::vector<std::string>* windows_ = nullptr;  // of the SELECT at hand
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_SQL_GENERATOR_H_
