// SPDX-License-Identifier: Apache-2.0
//
// The checker: a parser of the SQL that a tenant's scope may run. One source serves twice.
// Parser<false> runs while the host compiles and only judges. Parser<true> runs when a statement
// is first used and writes, from its own parse, the SQL that the engine gets to see: every name
// in it comes from the schema or is made up here, every operator is parenthesised, and tables
// appear as marks that only the engine lock can turn into names.
//
// What the emitted text holds, so that the lock can tell the host's words from the emitter's:
//   \x01R<table>\x02           read a tenant table (as "t<n>" in the statement)
//   \x01G<table>\x02           read a global table
//   \x01T<table>\x02           the table that the statement writes
//   \x01C<table>.<column>\x02  a column's bare name
//   \x01L<literal>\x02         a literal of the host's
//
// Clauses are parsed in the order of their meaning (FROM before the select list), so types and
// names are known when they are needed and no tree has to be kept.
#ifndef CORDON_DATA_INTERNAL_PARSER_H_
#define CORDON_DATA_INTERNAL_PARSER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "cordon/data/internal/lexer.h"
#include "cordon/data/internal/refusal.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/types.h"

namespace cordon::internal {

// What kind of scope a statement is checked for.
enum class Access : std::uint8_t { kRead, kWrite, kGlobalWrite };

struct OutputColumn {
  std::string_view name;  // empty when the statement gives it none
  std::uint32_t hash = 0;
  SqlType type;
  bool aliased = false;  // the name was given with AS
};

// The verdict on one statement.
struct Parsed {
  Refusal refusal = Refusal::kNone;
  std::uint32_t at = 0;  // where in the text
  bool writes = false;
  bool at_most_one = false;  // the whole key is fixed by equality
  std::uint8_t output_count = 0;
  std::array<OutputColumn, kMaxColumns> output{};
};

// Stands for the emitted text while the compiler checks.
struct NoText {
  constexpr NoText() = default;
  constexpr NoText(const char*) {}
  friend constexpr NoText operator+(NoText, NoText) { return {}; }
  constexpr NoText& operator+=(NoText) { return *this; }
};

template <bool kEmit>
class Parser {
 public:
  using Text = std::conditional_t<kEmit, std::string, NoText>;

  constexpr Parser(const SchemaView& schema, Access access, std::string_view text,
                   const SqlType* arguments, std::size_t argument_count)
      : schema_(schema),
        access_(access),
        text_(text),
        arguments_(arguments),
        argument_count_(argument_count) {}
  constexpr ~Parser() { delete[] tokens_; }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // Judges the statement; with kEmit, the SQL to run is then in statement().
  constexpr void Parse(Parsed* parsed);
  // "WITH"-parts (without the word, each followed by a comma) and the statement behind them.
  constexpr const Text& withs() const { return withs_; }
  constexpr const Text& statement() const { return statement_; }

 private:
  static constexpr std::size_t kMaxItems = 16;
  static constexpr std::size_t kMaxWiths = 8;
  static constexpr std::size_t kMaxWithColumns = 32;
  static constexpr std::size_t kMaxGroups = 16;
  static constexpr std::size_t kMaxOutward = 16;
  static constexpr int kMaxDepth = 40;
  // SQLite's parser has a stack of 100 entries; what is emitted must fit with room to spare.
  static constexpr int kMaxWeight = 85;
  static constexpr int kOperatorWeight = 5;
  static constexpr int kSelectWeight = 14;
  static constexpr std::uint16_t kNoColumn = 0xFFFF;

  struct With {
    std::string_view name;
    std::uint32_t hash = 0;
    std::uint8_t count = 0;
    std::array<OutputColumn, kMaxWithColumns> columns{};
  };

  // One entry of a FROM clause, or the table that a statement writes.
  struct Item {
    std::string_view name;
    std::uint32_t hash = 0;
    std::uint16_t table = 0;  // in the schema, or in withs_ when is_with
    bool is_with = false;
    bool nullable = false;        // right side of a LEFT JOIN
    bool qualified_only = false;  // "excluded"
    int number = 0;               // it is t<number> in the emitted text; -1: excluded
  };

  struct Group {
    std::uint16_t item = kNoColumn;  // a plain column …
    std::uint16_t column = kNoColumn;
    std::uint32_t first = 0;  // … or the tokens of an expression
    std::uint32_t last = 0;
  };

  struct Scope {
    Scope* parent = nullptr;
    std::array<Item, kMaxItems> items{};
    std::size_t count = 0;
    std::array<Group, kMaxGroups> groups{};
    std::size_t group_count = 0;
    bool grouped = false;
    bool aggregates_allowed = false;
    bool in_aggregate = false;
    bool aggregates_own = false;    // the aggregate at hand refers to columns of this scope
    bool aggregates_outer = false;  // … to columns of one around it
    bool has_aggregate = false;
    bool output_phase = false;             // select list, HAVING, ORDER BY
    const OutputColumn* output = nullptr;  // what its SELECT has defined so far
    const std::uint8_t* output_count = nullptr;
    // Unqualified names that were found in a scope around this one.
    std::array<Token, kMaxOutward> outward{};
    std::size_t outward_count = 0;
    std::uint32_t bare_column = 0;  // token + 1 of a column that is neither grouped nor aggregated
    // Which key columns the WHERE clause fixes; only for a single table.
    bool pinning = false;
    std::uint32_t pinned = 0;
    int nesting = 0;
  };

  struct Expr {
    SqlType type;
    Text text{};
    bool constant = true;  // refers to no column
    bool number_literal = false;
    bool null_literal = false;
    std::uint16_t item = kNoColumn;  // a plain column of the innermost scope
    std::uint16_t column = kNoColumn;
    int weight = 1;  // entries of SQLite's parser stack that the emitted text takes, at most
  };

  // Where the clauses of a SELECT begin; 0: absent.
  struct Clauses {
    std::size_t from = 0, where = 0, group = 0, having = 0, order = 0, limit = 0, end = 0;
  };

  // Failing: the first refusal stays, and behind it every loop ends (parser_text.h).
  constexpr bool Failed() const { return out_->refusal != Refusal::kNone; }
  constexpr void Fail(Refusal refusal) { FailAt(refusal, at_); }
  constexpr void FailAt(Refusal refusal, std::size_t token);
  constexpr void RefuseHere();
  constexpr void RefuseWindow();
  constexpr void Arrive(std::size_t place);

  // Emitted text; empty when only judging (parser_text.h).
  static constexpr Text Number(std::size_t value);
  static constexpr Text Mark(char kind, std::size_t table);
  static constexpr Text BareColumn(std::size_t table, std::size_t column);
  constexpr Text Literal(const Token& token) const;
  constexpr Text ColumnText(const Item& item, std::size_t column) const;

  // Tokens (parser_text.h).
  constexpr void Tokenize();
  constexpr const Token& Here() const { return tokens_[at_]; }
  constexpr const Token& Ahead(std::size_t n) const {
    return tokens_[at_ + n < token_count_ ? at_ + n : token_count_ - 1];
  }
  constexpr std::string_view Spelling(const Token& token) const {
    return text_.substr(token.begin, token.end - token.begin);
  }
  constexpr bool Is(Word word) const { return Here().word == word; }
  constexpr bool IsPunct(char punct) const {
    return Here().kind == Token::kPunct && Here().punct == punct;
  }
  constexpr void Advance() {
    if (at_ + 1 < token_count_) ++at_;
  }
  constexpr bool Accept(Word word) {
    if (!Is(word)) return false;
    Advance();
    return true;
  }
  constexpr bool AcceptPunct(char punct) {
    if (!IsPunct(punct)) return false;
    Advance();
    return true;
  }
  constexpr void Expect(Word word) {
    if (!Accept(word)) Fail(Refusal::kSyntax);
  }
  constexpr void ExpectPunct(char punct) {
    if (!AcceptPunct(punct)) Fail(Refusal::kSyntax);
  }
  constexpr Token ExpectName();
  constexpr bool AcceptAlias(Token* alias);

  // Statements, WITH and SELECT (parser_select.h).
  constexpr void ParseStatement();
  constexpr void ParseWiths();
  constexpr Clauses FindClauses();
  template <std::size_t N>
  static constexpr std::size_t FirstOf(const std::size_t (&places)[N]) {
    for (const std::size_t place : places) {
      if (place != 0) return place;
    }
    return 0;
  }
  constexpr Text ParseSelect(Scope* parent, OutputColumn* output, std::size_t capacity,
                             std::uint8_t* output_count, bool* at_most_one, bool scalar);
  constexpr bool AllPinned(const Scope& scope) const;
  constexpr Text ParseFrom(Scope* scope);
  constexpr Text ParseItem(Scope* scope, bool nullable);
  constexpr Text AddItem(Scope* scope, Item item, std::size_t name_at);
  constexpr Text ParseGroupBy(Scope* scope);
  constexpr bool SkipGroupedTerm(const Scope& scope, std::size_t* behind) const;
  constexpr Expr ParseOutputTerm(Scope* scope);
  constexpr Text ParseSelectList(Scope* scope, OutputColumn* output, std::size_t capacity,
                                 std::uint8_t* count);
  constexpr Text ParseOrderBy(Scope* scope, const OutputColumn* output, std::size_t count);
  constexpr Text CompleteOrder(const Scope& scope, const Text& group, Text order) const;
  constexpr Text ParseLimit();
  constexpr Text ParseCount();

  // Types of operands (parser_expression.h).
  static constexpr bool IsNumber(SqlType type);
  static constexpr std::uint8_t ScaleOf(SqlType type);
  static constexpr void Rescale(Expr* expr, std::uint8_t scale);
  constexpr bool Unify(Expr* a, Expr* b, std::size_t place);
  static constexpr Expr Boolean(const Expr& a, const Expr& b, const Text& text);
  constexpr void RequireBoolean(const Expr& expr, std::size_t place);
  constexpr void RequireText(const Expr& expr, std::size_t place);

  // Conditions and operators (parser_expression.h).
  constexpr Expr ParseCondition(Scope* scope);
  constexpr Expr ParseExpr(Scope* scope);
  constexpr int Binding() const;
  constexpr Expr ParseBinary(Scope* scope, int least);
  constexpr Expr ParseOperator(Scope* scope, Expr& left, std::size_t first, int binding);
  constexpr Expr Compare(Scope* scope, Expr& left, Expr& right, const Token& op, std::size_t op_at);
  constexpr void Pin(Scope* scope, const Expr& left, const Expr& right);
  constexpr Expr Compute(Expr& left, Expr& right, const Token& op, std::size_t op_at);
  constexpr Expr ParseIs(Scope*, const Expr& left);
  constexpr Expr ParsePredicate(Scope* scope, Expr& left, std::size_t first);
  constexpr Expr ParseIn(Scope* scope, Expr& left, std::size_t op_at, const Text& open,
                         const Text& close);
  constexpr Expr ParseUnary(Scope* scope);

  // Columns (parser_operand.h).
  constexpr std::size_t ColumnCount(const Item& item) const;
  constexpr OutputColumn ColumnOf(const Item& item, std::size_t column) const;
  constexpr std::size_t FindIn(const Item& item, std::string_view name, std::uint32_t hash) const;
  constexpr bool IsGrouped(const Scope& scope, std::size_t item, std::size_t column) const;
  static constexpr void NoteAggregated(Scope* innermost, Scope* found);
  constexpr void NoteOutward(Scope* innermost, Scope* found, const Token& name, std::size_t place);
  constexpr void CheckAlias(const Scope& scope, const Token& alias);
  constexpr Expr ParseColumn(Scope* innermost);

  // Literals, arguments, subqueries and functions (parser_operand.h).
  constexpr Expr ParsePrimary(Scope* scope);
  constexpr Expr ParseNumber();
  constexpr Expr ParsePlaceholder();
  constexpr Expr ParseScalar(Scope* scope);
  constexpr Expr ParseExists(Scope* scope);
  constexpr bool NoSubqueries();
  constexpr Expr ParseFunction(Scope* scope);
  constexpr Expr ParseCoalesce(Scope* scope, Expr& first, std::size_t name_at);

  // Writes (parser_write.h).
  constexpr bool Global() const { return access_ == Access::kGlobalWrite; }
  constexpr Text ParseTarget(Scope* scope);
  constexpr std::size_t ParseTargetColumn(std::size_t table);
  constexpr Text Assign(SqlType column, Expr& value, std::size_t place);
  constexpr void ParseInsert();
  constexpr void ParseConflict(Scope* target, std::size_t table);
  static constexpr bool SameColumns(const ColumnSet& a, const ColumnSet& b);
  constexpr void ParseAssignments(Scope* scope, std::size_t table);
  constexpr void ParseTargetWhere(Scope* scope);
  constexpr void ParseUpdate();
  constexpr void ParseDelete();
  constexpr void ParseReturning(Scope* scope);

  const SchemaView& schema_;
  const Access access_;
  const std::string_view text_;
  const SqlType* const arguments_;
  const std::size_t argument_count_;
  Parsed* out_ = nullptr;

  Token* tokens_ = nullptr;
  std::size_t token_count_ = 0;
  std::size_t at_ = 0;
  std::uint32_t placeholders_ = 0;
  int depth_ = 0;
  int next_item_ = 0;
  bool in_returning_ = false;
  int peak_ = 0;              // the largest weight in the SELECT at hand
  int select_weight_ = 0;     // of the SELECT parsed last
  bool exactly_one_ = false;  // the SELECT parsed last always has one row
  std::array<With, kMaxWiths> with_{};
  std::size_t with_count_ = 0;
  Text withs_{};
  Text statement_{};
};

}  // namespace cordon::internal

// The definitions; each part includes this header first, so that it may be read alone.
#include "cordon/data/internal/parser_expression.h"
#include "cordon/data/internal/parser_operand.h"
#include "cordon/data/internal/parser_select.h"
#include "cordon/data/internal/parser_text.h"
#include "cordon/data/internal/parser_write.h"

#endif  // CORDON_DATA_INTERNAL_PARSER_H_
