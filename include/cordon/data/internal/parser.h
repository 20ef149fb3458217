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
//   \x01W<table>.<column>\x02  a column qualified by the written table's name, in RETURNING
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

#include "cordon/data/internal/dialect.h"
#include "cordon/data/internal/functions.h"
#include "cordon/data/internal/lexer.h"
#include "cordon/data/internal/pool.h"
#include "cordon/data/internal/refusal.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/types.h"

namespace cordon::internal {

// What kind of scope a statement is checked for.
enum class Access : std::uint8_t { kRead, kWrite, kGlobalWrite };

// Whether a SELECT is read page by page: its first page, or one that goes on behind a row whose
// values of the order are bound behind the host's arguments.
enum class Paging : std::uint8_t { kNone, kFirst, kNext };

inline constexpr std::size_t kMaxPageTerms = 12;  // of the order of a paged SELECT

struct OutputColumn {
  std::string_view name;  // empty when the statement gives it none
  std::uint32_t hash = 0;
  SqlType type;
  bool aliased = false;  // the name was given with AS
  // Where it comes from: a plain column of its SELECT, and the token its expression begins with.
  std::uint16_t item = 0xFFFF;
  std::uint16_t column = 0xFFFF;
  std::uint32_t first = 0;
  // How much SQLite writes for each reference to it, once it has put subqueries into each other.
  std::int32_t cost = 1;
};

// The verdict on one statement.
struct Parsed {
  Refusal refusal = Refusal::kNone;
  std::uint32_t at = 0;  // where in the text
  bool writes = false;
  bool at_most_one = false;  // keys are fixed by equality
  bool sums_up = false;      // one row of aggregates, whatever the tables hold
  std::uint8_t output_count = 0;
  std::array<OutputColumn, kMaxColumns> output{};
  // Of a paged SELECT: the terms of its order, which come as further columns behind the output.
  std::uint8_t page_count = 0;
  std::array<SqlType, kMaxPageTerms> page{};
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
                   const SqlType* arguments, std::size_t argument_count,
                   Paging paging = Paging::kNone, Dialect dialect = Dialect::kSqlite)
      : schema_(schema),
        access_(access),
        text_(text),
        arguments_(arguments),
        argument_count_(argument_count),
        paging_(paging),
        dialect_(dialect) {}
  constexpr ~Parser() { delete[] tokens_; }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // Judges the statement; with kEmit, the SQL to run is then in statement().
  constexpr void Parse(Parsed* parsed);
  // "WITH"-parts (without the word, each followed by a comma) and the statement behind them.
  constexpr const Text& withs() const { return withs_; }
  constexpr const Text& statement() const { return statement_; }

 private:
  static constexpr std::size_t kMaxItems = 32;      // of one FROM
  static constexpr int kMaxNumber = 60;             // of one statement: SQLite joins at most 64
  static constexpr std::size_t kMaxRelations = 32;  // WITHs and subqueries in FROM
  static constexpr std::size_t kMaxArms = 100;      // of one compound
  static constexpr int kMaxDepth = 40;
  // Names can stand for expressions that hold names, and SQLite writes a WITH out for each use;
  // this ends what would grow without end.
  static constexpr std::int32_t kMaxEffort = 20000;
  // SQLite's parser has a stack of 100 entries; what is emitted must fit with room to spare.
  static constexpr int kMaxWeight = 85;
  static constexpr int kMaxLinks = 300;          // of one chain: SQLite's depth is 500
  static constexpr std::size_t kMaxTerms = 200;  // of one GROUP BY, ORDER BY or PARTITION BY
  static constexpr int kOperatorWeight = 5;
  static constexpr int kSelectWeight = 14;
  static constexpr std::uint16_t kNoColumn = 0xFFFF;

  // The columns of a WITH, a subquery in FROM, or a table-valued function.
  struct Relation {
    std::string_view name;  // of a WITH
    std::uint32_t hash = 0;
    std::uint32_t first = 0;  // of its columns in columns_
    std::uint8_t count = 0;
    bool visible = false;
    bool plain_names = false;  // its columns keep their names in the emitted text
    bool has_unique = false;
    std::uint64_t unique = 0;  // no two rows agree in these columns
    int recursive = 0;         // the depth of the SELECTs that go on from it, while they are read
    int uses = 0;
    std::int32_t cost = 1;  // of each use in a FROM; see OutputColumn
  };

  // One entry of a FROM clause, or the table that a statement writes.
  struct Item {
    std::string_view name;
    std::uint32_t hash = 0;
    std::uint16_t table = 0;  // in the schema, or in relations_
    bool is_relation = false;
    bool nullable = false;        // on the side of an outer join that may be missing
    bool apart = false;           // in a FULL JOIN, which may bring each side in a row of its own
    bool qualified_only = false;  // "excluded"
    bool written = false;         // the target, in RETURNING
    int number = 0;               // it is t<number> in the emitted text; -1: excluded
    std::uint64_t hidden = 0;     // columns that USING has merged into those of an earlier item
  };

  // A column that USING has merged.
  struct Merged {
    std::string_view name;
    std::uint32_t hash = 0;
    SqlType type;
    Text text{};
    std::uint16_t item = kNoColumn;
    std::uint16_t column = kNoColumn;
    bool plain = true;  // it is that column itself; otherwise the first that is not NULL
    bool fresh = true;  // its type knows already of the join at hand
    std::uint32_t refs = 0;
  };

  struct Group {
    std::uint16_t item = kNoColumn;  // a plain column …
    std::uint16_t column = kNoColumn;
    std::uint32_t first = 0;  // … or the tokens of an expression
    std::uint32_t last = 0;
    bool collated = false;
    SqlType type;
    Text text{};
  };

  // "item.column = something made of the items in refs", as a condition that every row fulfils.
  struct Equality {
    std::uint16_t item = 0;
    std::uint16_t column = 0;
    std::uint32_t refs = 0;
  };

  struct Scope {
    Scope* parent = nullptr;
    std::size_t first = 0;  // in items_, merged_, groups_, equalities_
    std::size_t count = 0;
    std::size_t first_merged = 0;
    std::size_t merged_count = 0;
    // While a join in parentheses is read, which to SQLite is a subquery: what is in front of it is
    // out of sight.
    bool enclosed = false;
    std::size_t first_seen = 0;         // of its items
    std::size_t first_merged_seen = 0;  // of its merged columns
    bool detached = false;              // ON of an inner join has a condition on none of its items
    std::size_t first_group = 0;
    std::size_t group_count = 0;
    std::size_t first_equality = 0;
    std::size_t equality_count = 0;
    std::size_t list = 0;  // tokens of its select list; 0: none
    std::size_t list_end = 0;
    std::size_t windows = 0;  // of its WINDOW clause; 0: none
    bool grouped = false;
    bool distinct = false;
    bool aliases_visible = false;  // AS names of its list, where no column fits
    bool aggregates_allowed = false;
    bool windows_allowed = false;
    bool in_aggregate = false;
    bool aggregates_own = false;    // the aggregate at hand refers to columns of this scope
    bool aggregates_outer = false;  // … to columns of one around it
    bool has_aggregate = false;
    bool aggregates_rows = false;  // … outside of what belongs to a window
    bool has_window = false;
    bool output_phase = false;      // select list, HAVING, ORDER BY
    std::uint32_t bare_column = 0;  // token + 1 of a column that is neither grouped nor aggregated
    bool bare_value = false;  // a subquery that can give a row's value, outside of an aggregate
    // Equalities are noted while a condition is read, outside of anything that could undo them.
    bool tracking = false;
    std::uint16_t tracked = kNoColumn;  // ON of a LEFT JOIN speaks of its own item only
    std::size_t condition = 0;          // where those of this condition begin
    int nesting = 0;
    std::uint32_t touched = 0;  // items that subqueries have referred to
    Text implied{};             // columns of the output that the grouped keys fix (PostgreSQL)
  };

  struct Expr {
    SqlType type;
    Text text{};
    bool constant = true;   // refers to no column
    bool detached = false;  // a part of what AND joins in it refers to no item of its scope
    bool never = false;     // SQLite reads it as FALSE, whatever stands in it
    bool number_literal = false;
    bool zero_or_one = false;  // a number_literal that can stand for a flag
    bool loose = false;        // a decimal made of integers and literals only, as in 1.0 * COUNT(*)
    bool null_literal = false;
    bool collated = false;  // compares otherwise than byte by byte
    bool query = false;     // a row value made by a subquery
    // Worked out in no time and without an error; see KeepFromIndex().
    bool sure = false;
    bool as_flag = false;  // a 0 or 1 that is written as a boolean (PostgreSQL)
    bool affine = false;   // a column or a CAST, which lends its type to a value without one
    char collation = 0;    // 'N'OCASE, 'R'TRIM or 'B'INARY, where COLLATE gives it one
    std::uint8_t row_count = 0;
    std::uint32_t row = 0;           // a row value: its elements in exprs_
    std::uint32_t text_literal = 0;  // token + 1
    std::uint32_t refs = 0;          // items of the innermost scope
    std::uint16_t item = kNoColumn;  // a plain column of the innermost scope
    std::uint16_t column = kNoColumn;
    int weight = 1;  // entries of SQLite's parser stack that the emitted text takes, at most
  };

  // Where the clauses of a SELECT begin; 0: absent.
  struct Clauses {
    std::size_t from = 0, where = 0, group = 0, having = 0, window = 0, order = 0, limit = 0,
                end = 0;
    bool compound = false;  // UNION or the like stands at the end
  };

  // What a query is read for.
  enum class Use : std::uint8_t {
    kRows,     // its rows as they are
    kValue,    // one row, chosen by a fixed order
    kColumns,  // its columns are referred to as x0, x1, …
  };

  // A query that has been read. Its columns are the last ones of outputs_ until Drop().
  struct Query {
    Text text{};
    std::size_t first = 0;
    std::size_t count = 0;
    bool at_most_one = false;
    bool exactly_one = false;
    bool sums_up = false;
    bool has_unique = false;
    std::uint64_t unique = 0;
    std::int32_t cost = 1;
    bool ordered = false;  // by the host
    int weight = 0;
  };

  // A WITH that is being read: the names that its columns get.
  struct Draft {
    Token name;
    std::size_t names = 0;  // token of the first; 0: none are given
    std::size_t count = 0;
    std::size_t relation = SchemaView::kNone;  // once it goes on from its own rows
  };

  // Failing: the first refusal stays, and behind it every loop ends (parser_text.h).
  constexpr bool Failed() const { return out_->refusal != Refusal::kNone; }
  constexpr void Fail(Refusal refusal) { FailAt(refusal, at_); }
  constexpr void FailAt(Refusal refusal, std::size_t token);
  constexpr void RefuseHere();
  constexpr void Arrive(std::size_t place);
  constexpr bool Deeper();
  constexpr void Spend(std::int32_t cost);

  // Emitted text; empty when only judging (parser_text.h).
  static constexpr Text Number(std::size_t value);
  static constexpr Text Mark(char kind, std::size_t table);
  static constexpr Text ColumnMark(char kind, std::size_t table, std::size_t column);
  constexpr Text Literal(const Token& token) const;
  constexpr Text ColumnText(const Item& item, std::size_t column) const;
  // a + b + …, without looking at the parts when only judging.
  template <class... Parts>
  static constexpr Text Cat(const Parts&... parts) {
    if constexpr (kEmit) {
      std::string all;
      ((all += parts), ...);
      return all;
    } else {
      return {};
    }
  }

  // Tokens (parser_text.h).
  constexpr void Tokenize();
  constexpr const Token& Here() const { return tokens_[at_]; }
  constexpr const Token& Ahead(std::size_t n) const {
    return tokens_[at_ + n < token_count_ ? at_ + n : token_count_ - 1];
  }
  constexpr std::string_view Spelling(const Token& token) const {
    return {text_.data() + token.begin, token.end - token.begin};
  }
  // What an integer says; whatever is beyond a thousand is one of them.
  constexpr std::size_t NumberOf(const Token& token) const {
    std::size_t number = 0;
    for (const char c : Spelling(token)) {
      if (number < 1000) number = number * 10 + static_cast<std::size_t>(c - '0');
    }
    return number;
  }
  constexpr bool Is(Word word) const { return Here().word == word; }
  constexpr bool IsPunct(char punct) const { return IsPunct(Here(), punct); }
  static constexpr bool IsPunct(const Token& token, char punct) {
    return token.kind == Token::kPunct && token.punct == punct;
  }
  // Words that are names elsewhere.
  constexpr bool Spells(const Token& token, std::string_view word) const {
    return token.kind == Token::kName && SameName(Spelling(token), word);
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
  constexpr bool AcceptSpelt(std::string_view word) {
    if (!Spells(Here(), word)) return false;
    Advance();
    return true;
  }
  constexpr void Expect(Word word) {
    if (!Accept(word)) Fail(Refusal::kSyntax);
  }
  constexpr void ExpectPunct(char punct) {
    if (!AcceptPunct(punct)) Fail(Refusal::kSyntax);
  }
  constexpr void ExpectSpelt(std::string_view word) {
    if (!AcceptSpelt(word)) Fail(Refusal::kSyntax);
  }
  constexpr Token ExpectName();
  constexpr bool AcceptAlias(Token* alias);
  constexpr std::size_t BehindParentheses(std::size_t open) const;
  constexpr std::size_t FindWordFrom(std::size_t from, Word word) const;

  // Scopes (parser_select.h).
  constexpr void Open(Scope* scope, Scope* parent);
  constexpr void Close(const Scope& scope);
  constexpr Item& ItemOf(const Scope& scope, std::size_t i) { return items_[scope.first + i]; }
  constexpr const Item& ItemOf(const Scope& scope, std::size_t i) const {
    return items_[scope.first + i];
  }
  constexpr void Drop(const Query& query) { outputs_.Shrink(query.first); }

  // Statements, WITH and queries (parser_select.h).
  constexpr void ParseStatement();
  constexpr void FinishTop(const Query& query);
  constexpr Text ParseWiths(Scope* parent);
  constexpr void ParseWith(Scope* parent, Text* text);
  constexpr std::size_t AddRelation(const Query& query, const Draft* draft);
  constexpr Query ParseQuery(Scope* parent, Use use, Draft* draft = nullptr);
  constexpr void ParseArms(Scope* parent, Use use, Draft* draft, Query* query);
  constexpr bool AtCompound() const {
    return Is(Word::kUnion) || Is(Word::kIntersect) || Is(Word::kExcept);
  }
  constexpr void FinishCompound(Use use, bool direct, Query* query);
  constexpr Clauses FindClauses();
  template <std::size_t N>
  static constexpr std::size_t FirstOf(const std::size_t (&places)[N]) {
    for (const std::size_t place : places) {
      if (place != 0) return place;
    }
    return 0;
  }
  constexpr void ParseArm(Scope* parent, Use use, bool more, std::size_t like, Query* query);
  constexpr void ParseSelect(Scope* parent, Use use, bool more, std::size_t like, Query* query);
  constexpr void ParseValues(Scope* parent, Use use, bool more, std::size_t like, Query* query);
  constexpr void MakeLike(Expr* term, std::size_t like, std::size_t place);
  constexpr void AddOutput(const OutputColumn& column, Expr term, std::size_t like, Use use,
                           const Query& query, std::size_t place, Text* text);
  constexpr Text Renamed(const Query& query, const Text& text) const;
  constexpr void FindUnique(const Scope& scope, Query* query) const;

  // The select list, groups and order (parser_list.h).
  constexpr Text ParseSelectList(Scope* scope, Use use, std::size_t like, const Query& query);
  constexpr std::size_t FindAliased(const Scope& scope, const Token& name) const;
  constexpr std::size_t FindListed(const Scope& scope, std::size_t ordinal) const;
  constexpr bool HasColumn(const Scope& scope, const Token& name) const;
  constexpr Expr Expand(Scope* scope, std::size_t place);
  constexpr Text ParseGroupBy(Scope* scope);
  constexpr bool SameTokens(std::size_t first, std::size_t last, std::size_t other) const;
  constexpr const Group* FindGroupedTerm(const Scope& scope) const;
  constexpr Expr ParseOutputTerm(Scope* scope);
  constexpr bool EndsTerm(const Token& token) const;
  constexpr std::size_t FindOrdered(const Scope* scope, const Query& query, Token* collate);
  constexpr void ParseDirection(const SqlType& type, Text* text, bool* descending);
  constexpr Text ParseOrderBy(Scope* scope, const Query& query, bool paged, bool* total);
  constexpr Text OrderedFolded(Scope* scope, const OutputColumn& output, std::size_t ordinal);
  constexpr Text OrderByColumns(const Query& query, Text order) const;
  constexpr Text CompleteOrder(const Scope& scope, const Query& query, Text order) const;
  constexpr Text AllKeys(const Scope& scope) const;
  constexpr Text ParseLimit();
  constexpr Text ParseCount();

  // Pages (parser_list.h).
  struct PageTerm {
    Text text{};
    SqlType type;
    bool descending = false;
    int weight = 0;
    std::uint16_t item = kNoColumn;
    std::uint16_t column = kNoColumn;
  };
  constexpr void AddPageTerm(const Expr& term, bool descending, std::size_t place);
  constexpr void CompletePage(const Scope& scope);
  constexpr Text PageColumns() const;
  constexpr Text PageCondition() const;
  constexpr Text PageOrder() const;

  // FROM (parser_from.h).
  constexpr Text ParseFrom(Scope* scope);
  constexpr Text ParseJoined(Scope* scope, bool* several);
  constexpr Text ParseOneItem(Scope* scope);
  constexpr Text ParseDerived(Scope* scope);
  constexpr Text ParseTableFunction(Scope* scope, std::size_t name_at);
  constexpr Text AddItem(Scope* scope, Item item, std::size_t name_at);
  constexpr Text ParseJoinCondition(Scope* scope, std::size_t left_begin, std::size_t right_begin,
                                    bool natural, bool left, bool right);
  constexpr bool MergeColumn(Scope* scope, std::size_t left_begin, std::size_t right_begin,
                             std::string_view name, std::uint32_t hash, bool left, bool right,
                             bool required, Text* condition);
  constexpr bool ParseConditionOf(Scope* scope, bool tracking, std::uint16_t tracked, Text* text);
  constexpr bool Determined(const Scope& scope, std::uint32_t known) const;
  constexpr std::uint64_t UniqueOf(const Item& item, bool* has_unique) const;

  // Types of operands (parser_expression.h).
  static constexpr bool IsExact(SqlType type) {
    return type.kind == SqlType::kInteger || type.kind == SqlType::kDecimal ||
           type.kind == SqlType::kNull || type.kind == SqlType::kBoolean;
  }
  static constexpr bool IsNumber(SqlType type) {
    return IsExact(type) || type.kind == SqlType::kReal;
  }
  static constexpr std::uint8_t ScaleOf(SqlType type) {
    return type.kind == SqlType::kDecimal ? type.scale : std::uint8_t{0};
  }
  static constexpr bool IsLoose(const Expr& expr) {
    return expr.loose || expr.type.kind == SqlType::kInteger || expr.type.kind == SqlType::kBoolean;
  }
  constexpr void Rescale(Expr* expr, std::uint8_t scale);
  constexpr void ToReal(Expr* expr);
  constexpr void KeepBinary(Expr* expr);
  constexpr void ToTimestamp(Expr* expr);
  constexpr bool Unify(Expr* a, Expr* b, std::size_t place);
  constexpr bool UnifyAll(std::size_t first, std::size_t place, bool chosen = true);
  static constexpr Expr Join(const Expr& a, const Expr& b, SqlType::Kind kind, Text text);
  constexpr void RequireBoolean(const Expr& expr, std::size_t place);
  constexpr void RequireText(const Expr& expr, std::size_t place);
  constexpr void RequireOne(const Expr& expr, std::size_t place);
  constexpr void RequirePlain(const Expr& expr, std::size_t place);

  // Conditions and operators (parser_expression.h).
  constexpr Expr ParseCondition(Scope* scope);
  constexpr Expr ParseExpr(Scope* scope);
  constexpr int Binding() const;
  constexpr Expr ParseBinary(Scope* scope, int least);
  constexpr Expr ParseOperator(Scope* scope, Expr& left, std::size_t first, int binding);
  constexpr void KeepFromIndex(Expr* column, const Expr& bound);
  constexpr Expr Compare(Scope* scope, Expr& left, Expr& right, const Token& op, std::size_t op_at);
  constexpr Expr CompareRows(Expr& left, Expr& right, const char* symbol, std::size_t op_at);
  constexpr Text RowText(const Expr& row) const;
  static constexpr const char* Symbol(const Token& op);
  constexpr void NoteEquality(Scope* scope, const Expr& left, const Expr& right);
  constexpr void NoteEqualityOf(Scope* scope, const Expr& column, const Expr& value);
  constexpr Expr Compute(Expr& left, Expr& right, const Token& op, std::size_t op_at);
  constexpr Expr ComputeBits(Expr& left, Expr& right, const Token& op, std::size_t op_at);
  constexpr Expr ParseIs(Scope* scope, Expr& left);
  constexpr Expr NullTest(const Expr& left, bool negated);
  constexpr Expr ParsePredicate(Scope* scope, Expr& left, std::size_t first);
  constexpr Expr ParseBetween(Scope* scope, Expr& left, std::size_t op_at, const Text& open,
                              const Text& close);
  constexpr Expr ParseLike(Scope* scope, Expr& left, std::size_t first, const char* op,
                           const Text& open, const Text& close);
  constexpr Expr ParseIn(Scope* scope, Expr& left, std::size_t op_at, const Text& open,
                         const Text& close);
  constexpr Expr ParseInQuery(Scope* scope, Expr& left, std::size_t op_at, const Text& open,
                              const Text& close);
  constexpr Expr ParseUnary(Scope* scope);
  constexpr Expr ParsePostfix(Scope* scope);

  // Columns (parser_operand.h).
  constexpr std::size_t ColumnCount(const Item& item) const;
  constexpr OutputColumn ColumnOf(const Item& item, std::size_t column) const;
  constexpr std::size_t FindIn(const Item& item, std::string_view name, std::uint32_t hash) const;
  constexpr bool IsGrouped(const Scope& scope, std::size_t item, std::size_t column) const;
  static constexpr void NoteAggregated(Scope* innermost, Scope* found);
  constexpr Expr ColumnExpr(Scope* innermost, Scope* scope, std::size_t item, std::size_t column,
                            std::size_t first);
  constexpr Expr MergedExpr(Scope* innermost, Scope* scope, std::size_t merged, std::size_t first);
  constexpr Expr ParseColumn(Scope* innermost);

  // Literals, arguments, subqueries, CASE and CAST (parser_operand.h).
  constexpr Expr ParsePrimary(Scope* scope);
  constexpr Expr ParseParenthesis(Scope* scope);
  constexpr Expr ParseNumber();
  constexpr Expr ParsePlaceholder();
  constexpr Query ParseSubquery(Scope* scope, Use use, std::uint32_t* refs);
  constexpr Expr ParseScalar(Scope* scope);
  constexpr Expr ParseExists(Scope* scope);
  constexpr Expr ParseCase(Scope* scope);
  constexpr Expr ParseCast(Scope* scope);
  constexpr void CastTo(Expr* expr, SqlType::Kind kind, std::uint8_t scale, std::size_t place);

  // The words of PostgreSQL (parser_postgres.h).
  constexpr bool Postgres() const {
    if constexpr (kEmit) return dialect_ == Dialect::kPostgres;
    return false;
  }
  constexpr Text Bound(std::size_t place) const;
  static constexpr Text TypeText(SqlType::Kind kind);
  static constexpr Text NullOf(const Expr& null, SqlType::Kind kind);
  static constexpr Text AsNumber(const Expr& expr);
  static constexpr Text AsText(const Expr& expr);
  static constexpr Text AsValue(const Expr& expr, const Expr& beside);
  static constexpr void AsFlag(Expr* number);
  static constexpr Text Folded(const Expr& expr, char collation);
  constexpr Text ComparePostgres(const Expr& left, const Expr& right, const char* symbol) const;
  constexpr Text IsSamePostgres(const Expr& left, const Expr& right, bool negated) const;
  constexpr Text CompareRowsPostgres(const Expr& left, const Expr& right, const char* symbol) const;
  static constexpr Text InPostgres(const Expr& left, Expr column, const Text& query, Text* own);
  constexpr Text ComputePostgres(const Expr& left, const Expr& right, char op) const;
  constexpr void CastPostgres(Expr* expr, SqlType::Kind kind, std::uint8_t scale);
  constexpr void LikeFirst(std::size_t first);
  constexpr Text NullOrder(const SqlType& type, bool descending) const;
  constexpr void TypeNulls(const Query& query, Text* text) const;

  // Functions and windows (parser_function.h).
  struct Shape {
    std::size_t arguments = 0;
    bool windowed = false;
  };
  constexpr Shape ShapeOfCall() const;
  constexpr Expr ParseFunction(Scope* scope);
  constexpr Expr Call(const Function& function, std::size_t first, std::size_t place, bool distinct,
                      bool windowed);
  constexpr Text Arguments(std::size_t first) const;
  constexpr Text CallPostgres(const Function& function, std::size_t first, const SqlType& result,
                              bool distinct, bool windowed, const Text& unit);
  constexpr bool PathsLeadDown(std::size_t place) const;
  constexpr void CheckFormat(std::size_t literal);
  constexpr void CheckTimeModifiers(std::size_t place);
  constexpr bool ToTime(std::size_t argument, std::size_t place);
  constexpr void ParseFilter(Scope* scope, Expr* call);
  constexpr void ParseOver(Scope* scope, const Function& function, bool filtered, Expr* call);
  struct Window {
    Text partition{};
    Text order{};
    Text frame{};
    std::size_t terms = 0;         // of the order
    std::size_t listed_terms = 0;  // … and of the partition
    Expr term;                     // of the order, the last
    Pool<Equality> listed;         // plain columns in either
    bool total = false;            // … among them whole keys
    bool rows = false;             // a frame of ROWS
    bool excludes_peers = false;
    int weight = 0;
    std::uint32_t refs = 0;
  };
  constexpr void ParseWindowClause(Scope* scope);
  constexpr void ParseNamedWindow(Scope* scope, Window* window, int depth);
  constexpr void ParseWindow(Scope* scope, Window* window, int depth);
  constexpr void ParseFrame(Scope* scope, Window* window);
  constexpr int ParseBound(Scope* scope, Window* window, bool range);
  constexpr bool NamesKeys(const Scope& scope, const Pool<Equality>& listed) const;

  // Writes (parser_write.h).
  constexpr bool Global() const { return access_ == Access::kGlobalWrite; }
  constexpr Text ParseTarget(Scope* scope);
  constexpr std::size_t ParseTargetColumn(std::size_t table);
  constexpr Text Assign(SqlType column, Expr& value, std::size_t place);
  constexpr void ParseInsert();
  constexpr void ParseInsertRows(const std::array<std::uint8_t, kMaxColumns>& columns,
                                 std::size_t table, std::size_t count);
  constexpr void ParseInsertQuery(const std::array<std::uint8_t, kMaxColumns>& columns,
                                  std::size_t table, std::size_t count);
  constexpr void ParseConflict(const Item& target);
  static constexpr bool SameColumns(const ColumnSet& a, const ColumnSet& b);
  constexpr void ParseAssignments(Scope* scope, std::size_t table);
  constexpr void ParseTargetWhere(Scope* scope);
  constexpr void ParseUpdate();
  constexpr void ParseDelete();
  constexpr void ParseReturning(Item target);

  const SchemaView& schema_;
  const Access access_;
  const std::string_view text_;
  const SqlType* const arguments_;
  const std::size_t argument_count_;
  const Paging paging_;
  const Dialect dialect_;  // of the emitted text
  Parsed* out_ = nullptr;

  Token* tokens_ = nullptr;
  std::size_t token_count_ = 0;
  std::size_t at_ = 0;
  std::uint32_t placeholders_ = 0;
  int depth_ = 0;
  int selects_ = 0;  // how many SELECTs are being read, one inside the other
  std::int32_t effort_ = 0;
  std::size_t target_ = SchemaView::kNone;  // the table that the statement writes
  bool reads_target_ = false;               // a FROM names it, or a WITH or subquery that could
  bool insert_order_ = false;  // the rows of INSERT … SELECT meet an ON CONFLICT one by one
  bool page_here_ = false;     // the statement's own SELECT is being read, in pages
  int next_item_ = 0;
  int peak_ = 0;  // the largest weight in the SELECT at hand

  Pool<Item> items_;
  Pool<Merged> merged_;
  Pool<Group> groups_;
  Pool<Equality> equalities_;
  Pool<OutputColumn> outputs_;
  Pool<OutputColumn> columns_;
  Pool<Relation> relations_;
  Pool<Expr> exprs_;
  Pool<PageTerm> page_;
  Text call_tail_{};  // of the call at hand, behind its FILTER and OVER
  Text withs_{};
  Text statement_{};
};

}  // namespace cordon::internal

// The definitions; each part includes this header first, so that it may be read alone.
#include "cordon/data/internal/parser_expression.h"
#include "cordon/data/internal/parser_from.h"
#include "cordon/data/internal/parser_function.h"
#include "cordon/data/internal/parser_list.h"
#include "cordon/data/internal/parser_operand.h"
#include "cordon/data/internal/parser_postgres.h"
#include "cordon/data/internal/parser_select.h"
#include "cordon/data/internal/parser_text.h"
#include "cordon/data/internal/parser_write.h"

#endif  // CORDON_DATA_INTERNAL_PARSER_H_
