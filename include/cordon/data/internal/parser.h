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
//   \x01T<table>\x02           the table that the statement writes
//   \x01C<table>.<column>\x02  a column's bare name
//   \x01L<literal>\x02         a literal of the host's
//
// Clauses are parsed in the order of their meaning (FROM before the select list), so types and
// names are known when they are needed and no tree has to be kept.
#ifndef CORDON_DATA_INTERNAL_PARSER_H_
#define CORDON_DATA_INTERNAL_PARSER_H_

#include <algorithm>
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
  constexpr void Parse(Parsed* parsed) {
    out_ = parsed;
    Tokenize();
    if (!Failed()) ParseStatement();
    if (!Failed() && placeholders_ != argument_count_) {
      at_ = 0;
      Fail(placeholders_ > argument_count_ ? Refusal::kTooFewArguments
                                           : Refusal::kTooManyArguments);
    }
  }
  // "WITH"-parts (without the word, each followed by a comma) and the statement behind them.
  constexpr const Text& withs() const { return withs_; }
  constexpr const Text& statement() const { return statement_; }

 private:
  static constexpr std::size_t kMaxItems = 16;
  static constexpr std::size_t kMaxWiths = 8;
  static constexpr std::size_t kMaxWithColumns = 32;
  static constexpr std::size_t kMaxGroups = 16;
  static constexpr int kMaxDepth = 40;
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
    bool output_phase = false;      // select list, HAVING, ORDER BY
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
  };

  // ---- failing -------------------------------------------------------------------------------
  constexpr bool Failed() const { return out_->refusal != Refusal::kNone; }
  constexpr void Fail(Refusal refusal) { FailAt(refusal, at_); }
  constexpr void FailAt(Refusal refusal, std::size_t token) {
    if (Failed()) return;
    out_->refusal = refusal;
    out_->at = tokens_ != nullptr && token < token_count_
                   ? tokens_[token].begin
                   : static_cast<std::uint32_t>(text_.size());
    at_ = token_count_ > 0 ? token_count_ - 1 : 0;  // the end: every loop stops
  }

  // ---- text ----------------------------------------------------------------------------------
  static constexpr Text Number(std::size_t value) {
    if constexpr (kEmit) return std::to_string(value);
    return {};
  }
  static constexpr Text Copy(std::string_view text) {
    if constexpr (kEmit) return std::string(text);
    return {};
  }
  static constexpr Text Mark(char kind, std::size_t table) {
    if constexpr (kEmit) return std::string("\x01") + kind + std::to_string(table) + "\x02";
    return {};
  }
  static constexpr Text BareColumn(std::size_t table, std::size_t column) {
    if constexpr (kEmit) {
      return "\x01"
             "C" +
             std::to_string(table) + "." + std::to_string(column) + "\x02";
    }
    return {};
  }
  constexpr Text Literal(const Token& token) const {
    if constexpr (kEmit)
      return "\x01"
             "L" +
             std::string(Spelling(token)) + "\x02";
    return {};
  }
  constexpr Text ColumnText(const Item& item, std::size_t column) const {
    if constexpr (kEmit) {
      // SQLite does not know the target's alias in RETURNING.
      if (in_returning_) return BareColumn(item.table, column);
      if (item.is_with) return "t" + std::to_string(item.number) + ".x" + std::to_string(column);
      const std::string_view name = schema_.Column(item.table, column).name;
      const std::string prefix = item.number < 0 ? "excluded" : "t" + std::to_string(item.number);
      return prefix + ".\"" + std::string(name) + "\"";
    }
    return {};
  }

  // ---- tokens --------------------------------------------------------------------------------
  constexpr void Tokenize() {
    if (text_.size() > kMaxStatement) return Fail(Refusal::kTooLong);
    // A token has at least one character; most have four or more.
    std::size_t capacity = text_.size() / 2 + 16;
    tokens_ = new Token[capacity];
    std::size_t at = 0;
    for (;;) {
      if (token_count_ + 1 >= capacity) {
        const std::size_t larger = capacity * 2;
        auto* moved = new Token[larger];
        for (std::size_t i = 0; i < token_count_; ++i) moved[i] = tokens_[i];
        delete[] tokens_;
        tokens_ = moved;
        capacity = larger;
      }
      Token& token = tokens_[token_count_];
      if (const Refusal refusal = NextToken(text_, &at, &token); refusal != Refusal::kNone) {
        out_->refusal = refusal;
        out_->at = static_cast<std::uint32_t>(at);
        token = Token{};
        ++token_count_;
        return;
      }
      ++token_count_;
      if (token.kind == Token::kPlaceholder) token.hash = placeholders_++;
      if (token.kind == Token::kEnd) return;
    }
  }

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
  // A name where one must stand.
  constexpr Token ExpectName() {
    const Token token = Here();
    if (token.kind != Token::kName) {
      Fail(Refusal::kSyntax);
      return {};
    }
    Advance();
    return token;
  }
  // [AS] name
  constexpr bool AcceptAlias(Token* alias) {
    const bool as = Accept(Word::kAs);
    if (Here().kind == Token::kName) {
      *alias = Here();
      Advance();
      return true;
    }
    if (as) Fail(Refusal::kSyntax);
    return false;
  }

  // ---- statements ----------------------------------------------------------------------------
  constexpr void ParseStatement() {
    if (Here().kind == Token::kEnd) return Fail(Refusal::kEmpty);
    if (Accept(Word::kWith)) ParseWiths();
    if (Failed()) return;
    switch (Here().word) {
      case Word::kSelect: {
        Text body = ParseSelect(nullptr, out_->output.data(), kMaxColumns, &out_->output_count,
                                &out_->at_most_one, false);
        statement_ += body;
        break;
      }
      case Word::kInsert:
        ParseInsert();
        break;
      case Word::kUpdate:
        ParseUpdate();
        break;
      case Word::kDelete:
        ParseDelete();
        break;
      case Word::kReplace:
        return Fail(Refusal::kConflictClause);
      case Word::kValues:
        return Fail(Refusal::kSetOperation);
      default:
        return Fail(Refusal::kStatementKind);
    }
    if (Failed()) return;
    if (AcceptPunct(';') || Here().kind == Token::kEnd) {
      if (Here().kind != Token::kEnd) Fail(Refusal::kNotOneStatement);
      return;
    }
    Fail(Refusal::kSyntax);
  }

  constexpr void ParseWiths() {
    if (Is(Word::kRecursive)) return Fail(Refusal::kRecursive);
    do {
      const std::size_t name_at = at_;
      const Token name = ExpectName();
      if (Failed()) return;
      const std::string_view spelled = Spelling(name);
      bool taken = schema_.FindTable(spelled, name.hash) != SchemaView::kNone;
      for (std::size_t i = 0; i < with_count_; ++i) {
        taken = taken || SameName(with_[i].name, spelled);
      }
      if (taken) return FailAt(Refusal::kWithName, name_at);
      if (with_count_ == kMaxWiths) return FailAt(Refusal::kTooComplex, name_at);
      With with;
      with.name = spelled;
      with.hash = name.hash;
      std::array<Token, kMaxWithColumns> renamed{};
      std::size_t renamed_count = 0;
      if (AcceptPunct('(')) {
        do {
          if (renamed_count == kMaxWithColumns) return Fail(Refusal::kTooComplex);
          renamed[renamed_count++] = ExpectName();
        } while (!Failed() && AcceptPunct(','));
        ExpectPunct(')');
      }
      Expect(Word::kAs);
      ExpectPunct('(');
      if (Failed()) return;
      if (!Is(Word::kSelect)) return Fail(Refusal::kSyntax);
      bool one = false;
      Text body =
          ParseSelect(nullptr, with.columns.data(), kMaxWithColumns, &with.count, &one, false);
      ExpectPunct(')');
      if (Failed()) return;
      if (renamed_count != 0 && renamed_count != with.count) {
        return FailAt(Refusal::kValueCount, name_at);
      }
      for (std::size_t i = 0; i < renamed_count; ++i) {
        with.columns[i].name = Spelling(renamed[i]);
        with.columns[i].hash = renamed[i].hash;
      }
      if constexpr (kEmit) {
        std::string columns;
        for (std::size_t i = 0; i < with.count; ++i) {
          columns += (i == 0 ? "x" : ", x") + std::to_string(i);
        }
        withs_ += "c" + std::to_string(with_count_) + "(" + columns + ") AS (" + body + "), ";
      }
      with_[with_count_++] = with;
    } while (!Failed() && AcceptPunct(','));
  }

  // ---- SELECT --------------------------------------------------------------------------------
  struct Clauses {
    std::size_t from = 0, where = 0, group = 0, having = 0, order = 0, limit = 0, end = 0;
  };

  // Where the clauses of the SELECT at the current token begin; 0: absent.
  constexpr Clauses FindClauses() {
    Clauses clauses;
    int depth = 0;
    std::size_t i = at_ + 1;
    for (; i + 1 < token_count_; ++i) {
      const Token& token = tokens_[i];
      if (token.kind == Token::kPunct) {
        if (token.punct == '(') ++depth;
        if (token.punct == ')' && --depth < 0) break;
        if (token.punct == ';' && depth == 0) break;
        continue;
      }
      if (depth != 0 || token.word == Word::kNone) continue;
      std::size_t* clause = nullptr;
      switch (token.word) {
        case Word::kFrom:
          clause = &clauses.from;
          break;
        case Word::kWhere:
          clause = &clauses.where;
          break;
        case Word::kGroup:
          clause = &clauses.group;
          break;
        case Word::kHaving:
          clause = &clauses.having;
          break;
        case Word::kOrder:
          clause = &clauses.order;
          break;
        case Word::kLimit:
          clause = &clauses.limit;
          break;
        case Word::kUnion:
        case Word::kIntersect:
        case Word::kExcept:
          FailAt(Refusal::kSetOperation, i);
          return clauses;
        case Word::kWindow:
          FailAt(Refusal::kWindow, i);
          return clauses;
        default:
          break;
      }
      if (clause != nullptr && *clause == 0) *clause = i;
    }
    clauses.end = i;
    // In this order or not at all.
    std::size_t last = at_;
    for (const std::size_t clause : {clauses.from, clauses.where, clauses.group, clauses.having,
                                     clauses.order, clauses.limit}) {
      if (clause == 0) continue;
      if (clause < last) FailAt(Refusal::kSyntax, clause);
      last = clause;
    }
    return clauses;
  }

  // Parses the SELECT at the current token up to its end. `scalar`: used as a value, so that one
  // row is chosen, in a fixed order.
  constexpr Text ParseSelect(Scope* parent, OutputColumn* output, std::size_t capacity,
                             std::uint8_t* output_count, bool* at_most_one, bool scalar) {
    Text text;
    if (++depth_ > kMaxDepth) {
      Fail(Refusal::kTooComplex);
      return text;
    }
    Scope scope;
    scope.parent = parent;
    const Clauses clauses = FindClauses();
    if (Failed()) return text;
    const std::size_t list = at_ + 1;

    Text from;
    if (clauses.from != 0) {
      at_ = clauses.from + 1;
      from = ParseFrom(&scope);
      Arrive(FirstOf({clauses.where, clauses.group, clauses.having, clauses.order, clauses.limit,
                      clauses.end}));
    }
    Text where;
    if (clauses.where != 0 && !Failed()) {
      at_ = clauses.where + 1;
      scope.pinning = scope.count == 1 && !scope.items[0].is_with;
      Expr condition = ParseCondition(&scope);
      scope.pinning = false;
      where = Text(" WHERE ") + condition.text;
      Arrive(FirstOf({clauses.group, clauses.having, clauses.order, clauses.limit, clauses.end}));
    } else {
      scope.pinned = 0;
    }
    Text group;
    if (clauses.group != 0 && !Failed()) {
      at_ = clauses.group + 1;
      group = ParseGroupBy(&scope);
      Arrive(FirstOf({clauses.having, clauses.order, clauses.limit, clauses.end}));
    }
    scope.output_phase = true;
    scope.aggregates_allowed = true;
    if (!Failed()) {
      at_ = list;
      text = Text("SELECT ") + ParseSelectList(&scope, output, capacity, output_count);
      Arrive(FirstOf({clauses.from, clauses.where, clauses.group, clauses.having, clauses.order,
                      clauses.limit, clauses.end}));
    }
    Text having;
    if (clauses.having != 0 && !Failed()) {
      at_ = clauses.having + 1;
      if (clauses.group == 0) scope.grouped = true;
      Expr condition = ParseCondition(&scope);
      having = Text(" HAVING ") + condition.text;
      Arrive(FirstOf({clauses.order, clauses.limit, clauses.end}));
    }
    Text order;
    if (clauses.order != 0 && !Failed()) {
      at_ = clauses.order + 1;
      order = ParseOrderBy(&scope, output, *output_count);
      Arrive(FirstOf({clauses.limit, clauses.end}));
    }
    if (!Failed() && scope.bare_column != 0 && (scope.grouped || scope.has_aggregate)) {
      FailAt(Refusal::kBareColumn, scope.bare_column - 1);
    }
    const bool single_row = scope.has_aggregate && clauses.group == 0;
    const bool pinned = clauses.group == 0 && scope.count == 1 && !scope.items[0].is_with &&
                        clauses.from != 0 && AllPinned(scope);
    Text limit;
    if (!Failed() && (clauses.limit != 0 || scalar)) {
      // Which rows a LIMIT keeps must not be the plan's choice: the order is completed.
      if (!single_row && !pinned) order = CompleteOrder(scope, group, order);
      if (clauses.limit != 0) {
        at_ = clauses.limit + 1;
        limit = ParseLimit();
        Arrive(clauses.end);
      } else if (!single_row && !pinned) {
        limit = Text(" LIMIT 1");
      }
    }
    if (!Failed()) at_ = clauses.end;
    *at_most_one = single_row || pinned;
    exactly_one_ = single_row && clauses.having == 0 && clauses.limit == 0;
    if constexpr (kEmit) {
      text += from + where;
      if (!group.empty()) text += " GROUP BY " + group;
      text += having;
      if (!order.empty()) text += " ORDER BY " + order;
      text += limit;
    }
    --depth_;
    return text;
  }

  template <std::size_t N>
  static constexpr std::size_t FirstOf(const std::size_t (&places)[N]) {
    for (const std::size_t place : places) {
      if (place != 0) return place;
    }
    return 0;
  }
  // A clause must end where the next one begins.
  constexpr void Arrive(std::size_t place) {
    if (!Failed() && at_ != place) RefuseHere();
  }
  // The token here fits no rule; some deserve an answer of their own.
  constexpr void RefuseHere() {
    switch (Here().word) {
      case Word::kOver:
      case Word::kFilter:
      case Word::kWindow:
        return Fail(Refusal::kWindow);
      case Word::kCase:
      case Word::kCast:
      case Word::kCollate:
        return Fail(Refusal::kExpression);
      case Word::kGlob:
      case Word::kRegexp:
      case Word::kMatch:
      case Word::kIsNull:
      case Word::kNotNull:
        return Fail(Refusal::kOperator);
      case Word::kRight:
      case Word::kFull:
      case Word::kCross:
      case Word::kNatural:
      case Word::kUsing:
      case Word::kIndexed:
        return Fail(Refusal::kJoin);
      case Word::kUnion:
      case Word::kIntersect:
      case Word::kExcept:
        return Fail(Refusal::kSetOperation);
      default:
        break;
    }
    if (IsPunct(';')) return Fail(Refusal::kNotOneStatement);
    Fail(Refusal::kSyntax);
  }

  constexpr bool AllPinned(const Scope& scope) const {
    const TableDef& table = schema_.tables[scope.items[0].table];
    for (std::size_t i = 0; i < table.key.count; ++i) {
      if ((scope.pinned >> i & 1U) == 0) return false;
    }
    return table.key.count > 0;
  }

  constexpr Text ParseFrom(Scope* scope) {
    Text text = Text(" FROM ") + ParseItem(scope, false);
    while (!Failed()) {
      if (AcceptPunct(',')) {
        text += Text(" JOIN ") + ParseItem(scope, false);
        continue;
      }
      bool left = false;
      if (Accept(Word::kLeft)) {
        Accept(Word::kOuter);
        left = true;
        Expect(Word::kJoin);
      } else if (Accept(Word::kInner)) {
        Expect(Word::kJoin);
      } else if (!Accept(Word::kJoin)) {
        break;
      }
      text += Text(left ? " LEFT JOIN " : " JOIN ") + ParseItem(scope, left);
      if (Failed()) break;
      if (!Is(Word::kOn)) {
        Fail(Refusal::kJoin);
        break;
      }
      Advance();
      Expr condition = ParseCondition(scope);
      text += Text(" ON ") + condition.text;
    }
    return text;
  }

  constexpr Text ParseItem(Scope* scope, bool nullable) {
    if (IsPunct('(')) {
      Fail(Refusal::kSubqueryInFrom);
      return {};
    }
    const std::size_t name_at = at_;
    const Token name = ExpectName();
    if (Failed()) {
      return {};
    }
    if (IsPunct('.')) {
      FailAt(Refusal::kSchemaQualified, name_at);
      return {};
    }
    if (IsPunct('(')) {
      FailAt(Refusal::kTableFunction, name_at);
      return {};
    }
    Item item;
    item.nullable = nullable;
    bool found = false;
    for (std::size_t i = 0; i < with_count_ && !found; ++i) {
      if (with_[i].hash == name.hash && SameName(with_[i].name, Spelling(name))) {
        item.table = static_cast<std::uint16_t>(i);
        item.is_with = true;
        found = true;
      }
    }
    if (!found) {
      const std::size_t table = schema_.FindTable(Spelling(name), name.hash);
      if (table == SchemaView::kNone) {
        FailAt(Refusal::kUnknownTable, name_at);
        return {};
      }
      if (access_ == Access::kGlobalWrite && schema_.tables[table].kind != TableKind::kGlobal) {
        FailAt(Refusal::kTenantWrite, name_at);
        return {};
      }
      item.table = static_cast<std::uint16_t>(table);
    }
    Token alias = name;
    AcceptAlias(&alias);
    item.name = Spelling(alias);
    item.hash = alias.hash;
    return AddItem(scope, item, name_at);
  }

  // Enters the item and gives the text that stands for it.
  constexpr Text AddItem(Scope* scope, Item item, std::size_t name_at) {
    for (std::size_t i = 0; i < scope->count; ++i) {
      if (scope->items[i].hash == item.hash && SameName(scope->items[i].name, item.name)) {
        FailAt(Refusal::kDuplicateName, name_at);
        return {};
      }
    }
    if (scope->count == kMaxItems) {
      FailAt(Refusal::kTooComplex, name_at);
      return {};
    }
    if (!item.qualified_only) item.number = next_item_++;
    scope->items[scope->count++] = item;
    if constexpr (kEmit) {
      const std::string as = " AS t" + std::to_string(item.number);
      if (item.is_with) return "c" + std::to_string(item.table) + as;
      const TableDef& table = schema_.tables[item.table];
      if (table.kind == TableKind::kGlobal) return "main.\"" + std::string(table.name) + "\"" + as;
      return Mark('R', item.table) + as;
    }
    return {};
  }

  constexpr Text ParseGroupBy(Scope* scope) {
    Expect(Word::kBy);
    scope->grouped = true;
    Text text;
    do {
      if (scope->group_count == kMaxGroups) {
        Fail(Refusal::kTooComplex);
        return text;
      }
      Group group;
      group.first = static_cast<std::uint32_t>(at_);
      const std::size_t first = at_;
      Expr term = ParseExpr(scope);
      if (Failed()) return text;
      if (term.constant) {
        FailAt(Refusal::kOrderByNumber, first);
        return text;
      }
      group.last = static_cast<std::uint32_t>(at_);
      group.item = term.item;
      group.column = term.column;
      if (scope->group_count > 0) text += Text(", ");
      text += term.text;
      scope->groups[scope->group_count++] = group;
    } while (AcceptPunct(','));
    return text;
  }

  // True when the term that begins here is written exactly like one of GROUP BY.
  constexpr bool SkipGroupedTerm(const Scope& scope, std::size_t* behind) const {
    for (std::size_t g = 0; g < scope.group_count; ++g) {
      const Group& group = scope.groups[g];
      if (group.item != kNoColumn) continue;
      const std::size_t length = group.last - group.first;
      bool same = at_ + length < token_count_;
      for (std::size_t i = 0; same && i < length; ++i) {
        const Token& a = tokens_[group.first + i];
        const Token& b = tokens_[at_ + i];
        same =
            a.kind == b.kind && a.kind != Token::kPlaceholder && SameName(Spelling(a), Spelling(b));
      }
      if (same) {
        *behind = at_ + length;
        return true;
      }
    }
    return false;
  }

  // A term of the output: a grouped expression may repeat columns that are not grouped alone.
  constexpr Expr ParseOutputTerm(Scope* scope) {
    std::size_t behind = 0;
    const std::uint32_t bare = scope->bare_column;
    const bool grouped = SkipGroupedTerm(*scope, &behind);
    Expr term = ParseExpr(scope);
    if (grouped && !Failed() && at_ == behind) scope->bare_column = bare;
    return term;
  }

  constexpr Text ParseSelectList(Scope* scope, OutputColumn* output, std::size_t capacity,
                                 std::uint8_t* count) {
    Text text;
    if (Is(Word::kDistinct) || Is(Word::kAll)) {
      Fail(Refusal::kDistinct);
      return text;
    }
    const auto add = [&](const OutputColumn& column, const Text& expression) {
      if (*count == capacity) {
        Fail(capacity == 1 ? Refusal::kSubqueryColumns : Refusal::kTooComplex);
        return;
      }
      if (*count > 0) text += Text(", ");
      text += expression;
      output[(*count)++] = column;
    };
    const auto add_all = [&](std::size_t i) {
      const Item& item = scope->items[i];
      for (std::size_t c = 0; c < ColumnCount(item) && !Failed(); ++c) {
        if (scope->bare_column == 0 && !IsGrouped(*scope, i, c)) {
          scope->bare_column = static_cast<std::uint32_t>(at_) + 1;
        }
        add(ColumnOf(item, c), ColumnText(item, c));
      }
    };
    do {
      if (IsPunct('*')) {
        if (scope->count == 0) {
          Fail(Refusal::kSyntax);
          return text;
        }
        for (std::size_t i = 0; i < scope->count; ++i) add_all(i);
        Advance();
        continue;
      }
      if (Here().kind == Token::kName && Ahead(1).kind == Token::kPunct && Ahead(1).punct == '.' &&
          Ahead(2).kind == Token::kPunct && Ahead(2).punct == '*') {
        bool found = false;
        for (std::size_t i = 0; i < scope->count && !found; ++i) {
          found = SameName(scope->items[i].name, Spelling(Here()));
          if (found) add_all(i);
        }
        if (!found) Fail(Refusal::kUnknownTable);
        Advance();
        Advance();
        Advance();
        continue;
      }
      Expr term = ParseOutputTerm(scope);
      if (Failed()) return text;
      OutputColumn column;
      column.type = term.type;
      Token alias;
      if (AcceptAlias(&alias)) {
        column.name = Spelling(alias);
        column.hash = alias.hash;
      } else if (term.column != kNoColumn && term.item != kNoColumn) {
        const OutputColumn source = ColumnOf(scope->items[term.item], term.column);
        column.name = source.name;
        column.hash = source.hash;
      }
      add(column, term.text);
    } while (!Failed() && AcceptPunct(','));
    return text;
  }

  constexpr Text ParseOrderBy(Scope* scope, const OutputColumn* output, std::size_t count) {
    Expect(Word::kBy);
    Text text;
    bool first = true;
    do {
      if (!first) text += Text(", ");
      first = false;
      if (Here().kind == Token::kInteger) {
        Fail(Refusal::kOrderByNumber);
        return text;
      }
      std::size_t by_name = count;
      if (Here().kind == Token::kName &&
          !(Ahead(1).kind == Token::kPunct && (Ahead(1).punct == '.' || Ahead(1).punct == '('))) {
        // An AS name goes before a column, as in SQLite.
        for (std::size_t i = 0; i < count && by_name == count; ++i) {
          if (output[i].hash == Here().hash && SameName(output[i].name, Spelling(Here()))) {
            by_name = i;
          }
        }
      }
      const Token& behind = Ahead(1);
      const bool whole = behind.kind == Token::kEnd || behind.word == Word::kAsc ||
                         behind.word == Word::kDesc || behind.word == Word::kLimit ||
                         (behind.kind == Token::kPunct &&
                          (behind.punct == ',' || behind.punct == ')' || behind.punct == ';'));
      if (by_name < count && whole) {
        text += Number(by_name + 1);
        Advance();
      } else {
        const std::size_t term_at = at_;
        Expr term = ParseOutputTerm(scope);
        if (term.constant) FailAt(Refusal::kOrderByNumber, term_at);
        text += term.text;
      }
      if (Accept(Word::kDesc)) {
        text += Text(" DESC");
      } else {
        Accept(Word::kAsc);
      }
      if (Is(Word::kNulls)) Fail(Refusal::kSyntax);
    } while (!Failed() && AcceptPunct(','));
    return text;
  }

  // Ties that ORDER BY leaves open are decided by the keys of all tables (or by all columns of a
  // WITH), so that the same rows come out whatever plan the engine chose.
  constexpr Text CompleteOrder(const Scope& scope, const Text& group, Text order) const {
    if constexpr (kEmit) {
      const auto append = [&](const std::string& term) {
        if (!order.empty()) order += ", ";
        order += term;
      };
      if (scope.grouped) {
        if (!group.empty()) append(group);
        return order;
      }
      for (std::size_t i = 0; i < scope.count; ++i) {
        const Item& item = scope.items[i];
        if (item.is_with) {
          for (std::size_t c = 0; c < with_[item.table].count; ++c) append(ColumnText(item, c));
        } else {
          const ColumnSet& key = schema_.tables[item.table].key;
          for (std::size_t c = 0; c < key.count; ++c) append(ColumnText(item, key.columns[c]));
        }
      }
    }
    return order;
  }

  constexpr Text ParseLimit() {
    Text text(" LIMIT ");
    text += ParseCount();
    if (Accept(Word::kOffset)) {
      text += Text(" OFFSET ");
      text += ParseCount();
    } else if (IsPunct(',')) {
      Fail(Refusal::kLimit);
    }
    return text;
  }
  constexpr Text ParseCount() {
    const Token token = Here();
    if (token.kind == Token::kInteger) {
      Expr number = ParseNumber();
      return number.text;
    }
    if (token.kind == Token::kPlaceholder) {
      Expr argument = ParsePlaceholder();
      if (!Failed() && argument.type.kind != SqlType::kInteger) FailAt(Refusal::kLimit, at_ - 1);
      return argument.text;
    }
    Fail(Refusal::kLimit);
    return {};
  }

  // ---- columns -------------------------------------------------------------------------------
  constexpr std::size_t ColumnCount(const Item& item) const {
    return item.is_with ? with_[item.table].count : schema_.tables[item.table].column_count;
  }
  constexpr OutputColumn ColumnOf(const Item& item, std::size_t column) const {
    OutputColumn found;
    if (item.is_with) {
      found = with_[item.table].columns[column];
    } else {
      const ColumnDef& definition = schema_.Column(item.table, column);
      found = {definition.name, definition.hash, definition.type};
    }
    found.type.nullable = found.type.nullable || item.nullable;
    return found;
  }
  constexpr std::size_t FindIn(const Item& item, std::string_view name, std::uint32_t hash) const {
    if (!item.is_with) return schema_.FindColumn(item.table, name, hash);
    const With& with = with_[item.table];
    for (std::size_t i = 0; i < with.count; ++i) {
      if (with.columns[i].hash == hash && SameName(with.columns[i].name, name)) return i;
    }
    return SchemaView::kNone;
  }

  // Grouped itself, or fixed by the key of its table being grouped.
  constexpr bool IsGrouped(const Scope& scope, std::size_t item, std::size_t column) const {
    const auto listed = [&](std::size_t c) {
      for (std::size_t g = 0; g < scope.group_count; ++g) {
        if (scope.groups[g].item == item && scope.groups[g].column == c) return true;
      }
      return false;
    };
    if (listed(column)) return true;
    if (scope.items[item].is_with || scope.group_count == 0) return false;
    const ColumnSet& key = schema_.tables[scope.items[item].table].key;
    for (std::size_t i = 0; i < key.count; ++i) {
      if (!listed(key.columns[i])) return false;
    }
    return key.count > 0;
  }

  // SQL gives an aggregate over nothing but outer columns to the outer query; so it must be known
  // what an aggregate refers to.
  static constexpr void NoteAggregated(Scope* innermost, Scope* found) {
    for (Scope* scope = innermost; scope != found; scope = scope->parent) {
      if (scope->in_aggregate) scope->aggregates_outer = true;
    }
    if (found->in_aggregate) found->aggregates_own = true;
  }

  constexpr Expr ParseColumn(Scope* innermost) {
    const std::size_t first = at_;
    Token qualifier;
    Token name = ExpectName();
    const bool qualified = IsPunct('.');
    if (qualified) {
      Advance();
      qualifier = name;
      name = ExpectName();
      if (IsPunct('.')) FailAt(Refusal::kSchemaQualified, first);
    }
    if (Failed()) return {};
    const std::string_view spelled = Spelling(name);
    if (SameName(spelled, kTenantColumn)) {
      FailAt(Refusal::kTenantColumn, at_ - 1);
      return {};
    }
    for (Scope* scope = innermost; scope != nullptr; scope = scope->parent) {
      std::size_t found_item = kMaxItems;
      std::size_t found_column = 0;
      for (std::size_t i = 0; i < scope->count; ++i) {
        const Item& item = scope->items[i];
        if (qualified ? !(item.hash == qualifier.hash && SameName(item.name, Spelling(qualifier)))
                      : item.qualified_only) {
          continue;
        }
        const std::size_t column = FindIn(item, spelled, name.hash);
        if (column == SchemaView::kNone) continue;
        if (found_item != kMaxItems) {
          FailAt(Refusal::kAmbiguousColumn, first);
          return {};
        }
        found_item = i;
        found_column = column;
      }
      if (found_item == kMaxItems) continue;
      NoteAggregated(innermost, scope);
      const Item& item = scope->items[found_item];
      Expr expr;
      expr.type = ColumnOf(item, found_column).type;
      expr.text = ColumnText(item, found_column);
      expr.constant = false;
      if (scope == innermost) {
        expr.item = static_cast<std::uint16_t>(found_item);
        expr.column = static_cast<std::uint16_t>(found_column);
      }
      if (scope->output_phase && !scope->in_aggregate && scope->bare_column == 0 &&
          !IsGrouped(*scope, found_item, found_column)) {
        scope->bare_column = static_cast<std::uint32_t>(first) + 1;
      }
      return expr;
    }
    FailAt(Refusal::kUnknownColumn, first);
    return {};
  }

  // ---- expressions ---------------------------------------------------------------------------
  static constexpr bool IsNumber(SqlType type) {
    return type.kind == SqlType::kInteger || type.kind == SqlType::kDecimal ||
           type.kind == SqlType::kNull;
  }
  static constexpr std::uint8_t ScaleOf(SqlType type) {
    return type.kind == SqlType::kDecimal ? type.scale : std::uint8_t{0};
  }

  // The same number counted in smaller units.
  static constexpr void Rescale(Expr* expr, std::uint8_t scale) {
    const std::uint8_t from = ScaleOf(expr->type);
    if (expr->type.kind == SqlType::kNull || from == scale) return;
    if constexpr (kEmit) {
      const std::string zeros(static_cast<std::size_t>(scale - from), '0');
      if (expr->number_literal) {
        expr->text += zeros;
      } else {
        expr->text = "cordon_mul(" + expr->text + ", 1" + zeros + ")";
      }
    }
    expr->type.kind = SqlType::kDecimal;
    expr->type.scale = scale;
  }

  // Makes two operands comparable, or refuses.
  constexpr bool Unify(Expr* a, Expr* b, std::size_t place) {
    if (a->type.kind == SqlType::kNull || b->type.kind == SqlType::kNull) return true;
    if (IsNumber(a->type) && IsNumber(b->type)) {
      const std::uint8_t scale = std::max(ScaleOf(a->type), ScaleOf(b->type));
      Rescale(a, scale);
      Rescale(b, scale);
      return true;
    }
    if (a->type.kind != b->type.kind) {
      FailAt(Refusal::kTypes, place);
      return false;
    }
    return true;
  }

  static constexpr Expr Boolean(const Expr& a, const Expr& b, const Text& text) {
    Expr result;
    result.type = {SqlType::kBoolean, 0, a.type.nullable || b.type.nullable};
    result.constant = a.constant && b.constant;
    result.text = text;
    return result;
  }

  constexpr Expr ParseCondition(Scope* scope) {
    const std::size_t first = at_;
    Expr condition = ParseExpr(scope);
    RequireBoolean(condition, first);
    return condition;
  }
  constexpr void RequireBoolean(const Expr& expr, std::size_t place) {
    if (!Failed() && expr.type.kind != SqlType::kBoolean && expr.type.kind != SqlType::kNull) {
      FailAt(Refusal::kNotBoolean, place);
    }
  }

  constexpr Expr ParseExpr(Scope* scope) { return ParseBinary(scope, 1); }

  // How tight the operator here binds (SQLite's table); 0: none.
  constexpr int Binding() const {
    const Token& token = Here();
    switch (token.word) {
      case Word::kOr:
        return 1;
      case Word::kAnd:
        return 2;
      case Word::kIs:
      case Word::kIn:
      case Word::kLike:
      case Word::kBetween:
        return 4;
      case Word::kNot:
        return 4;  // NOT IN, NOT LIKE, NOT BETWEEN
      case Word::kNone:
        break;
      default:
        return 0;
    }
    if (token.kind != Token::kPunct) return 0;
    switch (token.punct) {
      case '=':
      case Token::kNotEqual:
        return 4;
      case '<':
      case '>':
      case Token::kLessEqual:
      case Token::kGreaterEqual:
        return 5;
      case '+':
      case '-':
        return 6;
      case '*':
      case '/':
      case '%':
        return 7;
      case Token::kConcat:
        return 8;
      default:
        return 0;
    }
  }

  constexpr Expr ParseBinary(Scope* scope, int least) {
    if (++depth_ > kMaxDepth) {
      Fail(Refusal::kTooComplex);
      return {};
    }
    const std::size_t first = at_;
    Expr left;
    if (Is(Word::kNot) && least <= 3) {
      Advance();
      const std::size_t operand_at = at_;
      ++scope->nesting;
      Expr operand = ParseBinary(scope, 3);
      --scope->nesting;
      RequireBoolean(operand, operand_at);
      left = Boolean(operand, operand, Text("(NOT ") + operand.text + Text(")"));
    } else {
      left = ParseUnary(scope);
    }
    while (!Failed()) {
      const int binding = Binding();
      if (binding == 0 || binding < least) break;
      left = ParseOperator(scope, left, first, binding);
    }
    --depth_;
    return left;
  }

  constexpr Expr ParseOperator(Scope* scope, Expr& left, std::size_t first, int binding) {
    const Token op = Here();
    const std::size_t op_at = at_;
    if (op.word == Word::kIs) return ParseIs(scope, left);
    if (binding == 4 && op.word != Word::kNone) return ParsePredicate(scope, left, first);
    Advance();
    if (op.word == Word::kAnd || op.word == Word::kOr) {
      RequireBoolean(left, first);
      const std::size_t right_at = at_;
      if (op.word == Word::kOr) scope->pinning = false, scope->pinned = 0;
      Expr right = ParseBinary(scope, binding + 1);
      RequireBoolean(right, right_at);
      const Text word(op.word == Word::kAnd ? " AND " : " OR ");
      return Boolean(left, right, Text("(") + left.text + word + right.text + Text(")"));
    }
    Expr right = ParseBinary(scope, binding + 1);
    if (Failed()) return {};
    if (binding == 4 || binding == 5) return Compare(scope, left, right, op, op_at);
    if (binding == 8) {
      for (const Expr* side : {&left, &right}) {
        if (side->type.kind != SqlType::kText && side->type.kind != SqlType::kNull) {
          FailAt(Refusal::kNotText, op_at);
        }
      }
      Expr result =
          Boolean(left, right, Text("(") + left.text + Text(" || ") + right.text + Text(")"));
      result.type.kind = SqlType::kText;
      return result;
    }
    return Compute(left, right, op, op_at);
  }

  constexpr Expr Compare(Scope* scope, Expr& left, Expr& right, const Token& op,
                         std::size_t op_at) {
    if (left.null_literal || right.null_literal) {
      FailAt(Refusal::kCompareNull, op_at);
      return {};
    }
    if (!Unify(&left, &right, op_at)) return {};
    if (op.punct == '=') Pin(scope, left, right);
    const char* symbol = "";
    switch (op.punct) {
      case '=':
        symbol = " = ";
        break;
      case Token::kNotEqual:
        symbol = " <> ";
        break;
      case Token::kLessEqual:
        symbol = " <= ";
        break;
      case Token::kGreaterEqual:
        symbol = " >= ";
        break;
      case '<':
        symbol = " < ";
        break;
      default:
        symbol = " > ";
        break;
    }
    return Boolean(left, right, Text("(") + left.text + Text(symbol) + right.text + Text(")"));
  }

  // Notes "key column = constant" as a conjunct of WHERE, when nothing around it could undo it.
  constexpr void Pin(Scope* scope, const Expr& left, const Expr& right) {
    if (!scope->pinning || scope->nesting != 0) return;
    const bool ends = Here().word == Word::kAnd || Binding() == 0;
    const Expr& column = left.column != kNoColumn ? left : right;
    const Expr& value = left.column != kNoColumn ? right : left;
    if (!ends || column.column == kNoColumn || column.item != 0 || !value.constant) return;
    const ColumnSet& key = schema_.tables[scope->items[0].table].key;
    for (std::size_t i = 0; i < key.count; ++i) {
      if (key.columns[i] == column.column) scope->pinned |= 1U << i;
    }
  }

  constexpr Expr Compute(Expr& left, Expr& right, const Token& op, std::size_t op_at) {
    if (!IsNumber(left.type) || !IsNumber(right.type)) {
      FailAt(Refusal::kNotNumber, op_at);
      return {};
    }
    const bool exact = left.type.kind == SqlType::kDecimal || right.type.kind == SqlType::kDecimal;
    std::uint8_t scale = 0;
    // SQLite's operators turn into binary fractions where 64 bits are not enough; these functions
    // (see lock.cc) fail instead.
    const char* function = "";
    switch (op.punct) {
      case '+':
      case '-':
        Unify(&left, &right, op_at);
        scale = std::max(ScaleOf(left.type), ScaleOf(right.type));
        function = op.punct == '+' ? "cordon_add(" : "cordon_sub(";
        break;
      case '*':
        scale = static_cast<std::uint8_t>(ScaleOf(left.type) + ScaleOf(right.type));
        function = "cordon_mul(";
        break;
      default:
        if (exact) {
          FailAt(Refusal::kDivision, op_at);
          return {};
        }
        function = op.punct == '/' ? "cordon_div(" : "cordon_mod(";
        break;
    }
    if (scale > 18) {
      FailAt(Refusal::kScale, op_at);
      return {};
    }
    Expr result =
        Boolean(left, right, Text(function) + left.text + Text(", ") + right.text + Text(")"));
    result.type.kind = exact ? SqlType::kDecimal : SqlType::kInteger;
    result.type.scale = scale;
    // A division by zero is NULL in SQLite.
    result.type.nullable = result.type.nullable || op.punct == '/' || op.punct == '%';
    return result;
  }

  constexpr Expr ParseIs(Scope*, const Expr& left) {
    Advance();
    const bool negated = Accept(Word::kNot);
    if (!Accept(Word::kNull)) {
      Fail(Refusal::kOperator);
      return {};
    }
    Expr result =
        Boolean(left, left, Text("(") + left.text + Text(negated ? " IS NOT NULL)" : " IS NULL)"));
    result.type.nullable = false;
    return result;
  }

  // [NOT] IN, [NOT] LIKE, [NOT] BETWEEN
  constexpr Expr ParsePredicate(Scope* scope, Expr& left, std::size_t first) {
    const bool negated = Accept(Word::kNot);
    const Text open(negated ? "(NOT (" : "(");
    const Text close(negated ? "))" : ")");
    const std::size_t op_at = at_;
    ++scope->nesting;
    Expr result;
    if (Accept(Word::kBetween)) {
      Expr low = ParseBinary(scope, 5);
      Expect(Word::kAnd);
      Expr high = ParseBinary(scope, 5);
      if (!Failed() && Unify(&left, &low, op_at) && Unify(&left, &high, op_at)) {
        Unify(&left, &low, op_at);  // `high` may have raised the scale
      }
      result = Boolean(
          left, low,
          open + left.text + Text(" BETWEEN ") + low.text + Text(" AND ") + high.text + close);
      result.type.nullable = result.type.nullable || high.type.nullable;
      result.constant = result.constant && high.constant;
    } else if (Accept(Word::kLike)) {
      const std::size_t right_at = at_;
      Expr pattern = ParseBinary(scope, 5);
      RequireText(left, first);
      RequireText(pattern, right_at);
      Text text = left.text + Text(" LIKE ") + pattern.text;
      if (Accept(Word::kEscape)) {
        const Token token = Here();
        if (token.kind != Token::kString || token.end - token.begin != 3) Fail(Refusal::kSyntax);
        text += Text(" ESCAPE ") + Literal(token);
        Advance();
      }
      result = Boolean(left, pattern, open + text + close);
    } else if (Accept(Word::kIn)) {
      result = ParseIn(scope, left, op_at, open, close);
    } else {
      RefuseHere();
    }
    --scope->nesting;
    return result;
  }

  constexpr void RequireText(const Expr& expr, std::size_t place) {
    if (!Failed() && expr.type.kind != SqlType::kText && expr.type.kind != SqlType::kNull) {
      FailAt(Refusal::kNotText, place);
    }
  }

  constexpr Expr ParseIn(Scope* scope, Expr& left, std::size_t op_at, const Text& open,
                         const Text& close) {
    if (!IsPunct('(')) {
      Fail(Refusal::kTableFunction);  // x IN table
      return {};
    }
    Advance();
    if (Is(Word::kSelect)) {
      if (NoSubqueries()) return {};
      OutputColumn one;
      std::uint8_t count = 0;
      bool single = false;
      Text query = ParseSelect(scope, &one, 1, &count, &single, false);
      ExpectPunct(')');
      if (Failed()) return {};
      Expr column;
      column.type = one.type;
      const std::uint8_t scale = ScaleOf(column.type);
      if (!Unify(&left, &column, op_at)) return {};
      if (ScaleOf(column.type) != scale) {
        FailAt(Refusal::kScale, op_at);  // the subquery's own column cannot be rescaled from here
        return {};
      }
      column.constant = false;
      return Boolean(left, column, open + left.text + Text(" IN (") + query + Text(")") + close);
    }
    // Elements are brought to the largest scale among them.
    Text list;
    bool nullable = left.type.nullable;
    bool constant = left.constant;
    const std::size_t begin = at_;
    for (int pass = 0; pass < 2 && !Failed(); ++pass) {
      at_ = begin;
      list = Text();
      bool more = true;
      while (more && !Failed()) {
        Expr element = ParseExpr(scope);
        if (element.null_literal) Fail(Refusal::kCompareNull);
        if (Failed() || !Unify(&left, &element, op_at)) return {};
        nullable = nullable || element.type.nullable;
        constant = constant && element.constant;
        if constexpr (kEmit) list += (list.empty() ? "" : ", ") + element.text;
        more = AcceptPunct(',');
      }
      if constexpr (!kEmit) break;
    }
    ExpectPunct(')');
    Expr result = Boolean(left, left, open + left.text + Text(" IN (") + list + Text(")") + close);
    result.type.nullable = nullable;
    result.constant = constant;
    return result;
  }

  constexpr Expr ParseUnary(Scope* scope) {
    if (IsPunct('-') || IsPunct('+')) {
      const bool minus = IsPunct('-');
      const std::size_t place = at_;
      Advance();
      if (++depth_ > kMaxDepth) {
        Fail(Refusal::kTooComplex);
        return {};
      }
      Expr operand = ParseUnary(scope);
      --depth_;
      if (!Failed() && !IsNumber(operand.type)) FailAt(Refusal::kNotNumber, place);
      operand.item = operand.column = kNoColumn;
      if (minus) {
        operand.text = operand.number_literal ? Text("(- ") + operand.text + Text(")")
                                              : Text("cordon_sub(0, ") + operand.text + Text(")");
        operand.number_literal = false;
      }
      return operand;
    }
    return ParsePrimary(scope);
  }

  constexpr Expr ParsePrimary(Scope* scope) {
    const Token token = Here();
    Expr expr;
    switch (token.kind) {
      case Token::kInteger:
      case Token::kDecimal:
        return ParseNumber();
      case Token::kPlaceholder:
        return ParsePlaceholder();
      case Token::kString:
      case Token::kBlob:
        expr.type.kind = token.kind == Token::kString ? SqlType::kText : SqlType::kBlob;
        expr.text = Literal(token);
        Advance();
        return expr;
      case Token::kName:
        if (Ahead(1).kind == Token::kPunct && Ahead(1).punct == '(') return ParseFunction(scope);
        return ParseColumn(scope);
      case Token::kPunct:
        if (token.punct != '(') break;
        Advance();
        if (Is(Word::kSelect)) return ParseScalar(scope);
        if (Is(Word::kWith)) {
          Fail(Refusal::kNestedWith);
          return {};
        }
        ++scope->nesting;
        expr = ParseExpr(scope);
        --scope->nesting;
        if (IsPunct(',')) Fail(Refusal::kSyntax);  // row values
        ExpectPunct(')');
        expr.item = expr.column = kNoColumn;
        return expr;
      case Token::kWord:
        switch (token.word) {
          case Word::kNull:
            expr.type = {SqlType::kNull, 0, true};
            expr.text = Text("NULL");
            expr.null_literal = true;
            Advance();
            return expr;
          case Word::kTrue:
          case Word::kFalse:
            expr.type.kind = SqlType::kBoolean;
            expr.text = Text(token.word == Word::kTrue ? "1" : "0");
            Advance();
            return expr;
          case Word::kExists:
            return ParseExists(scope);
          case Word::kReplace:
          case Word::kGlob:
          case Word::kLike:
            Fail(Refusal::kFunction);
            return {};
          case Word::kSelect:
            Fail(Refusal::kSyntax);
            return {};
          default:
            break;
        }
        break;
      case Token::kEnd:
        break;
    }
    RefuseHere();
    return {};
  }

  // Digits without their point: 10.50 is 1050 at scale 2.
  constexpr Expr ParseNumber() {
    const Token token = Here();
    const std::string_view spelled = Spelling(token);
    Expr expr;
    expr.number_literal = true;
    std::uint64_t value = 0;
    std::uint8_t scale = 0;
    bool behind_point = false;
    for (const char c : spelled) {
      if (c == '.') {
        behind_point = true;
        continue;
      }
      if (value > 99999999999999999ULL) {  // one more digit might not fit
        Fail(Refusal::kNumber);
        return {};
      }
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
      if (behind_point) ++scale;
    }
    expr.type.kind = token.kind == Token::kDecimal ? SqlType::kDecimal : SqlType::kInteger;
    expr.type.scale = scale;
    if constexpr (kEmit) expr.text = std::to_string(value);
    Advance();
    return expr;
  }

  constexpr Expr ParsePlaceholder() {
    const std::size_t ordinal = Here().hash;
    if (ordinal >= argument_count_) {
      Fail(Refusal::kTooFewArguments);
      return {};
    }
    Expr expr;
    expr.type = arguments_[ordinal];
    expr.text = Text("?") + Number(ordinal + 2);  // ?1 is the tenant
    Advance();
    return expr;
  }

  constexpr Expr ParseScalar(Scope* scope) {
    if (NoSubqueries()) return {};
    OutputColumn one;
    std::uint8_t count = 0;
    bool single = false;
    Text query = ParseSelect(scope, &one, 1, &count, &single, true);
    ExpectPunct(')');
    Expr expr;
    expr.type = one.type;
    expr.type.nullable = expr.type.nullable || !exactly_one_;
    expr.constant = false;
    expr.text = Text("(") + query + Text(")");
    return expr;
  }

  constexpr Expr ParseExists(Scope* scope) {
    Advance();
    ExpectPunct('(');
    if (NoSubqueries()) return {};
    if (!Failed() && !Is(Word::kSelect)) Fail(Refusal::kSyntax);
    std::array<OutputColumn, kMaxColumns> ignored{};
    std::uint8_t count = 0;
    bool single = false;
    Text query;
    if (!Failed()) query = ParseSelect(scope, ignored.data(), kMaxColumns, &count, &single, false);
    ExpectPunct(')');
    Expr expr;
    expr.type.kind = SqlType::kBoolean;
    expr.constant = false;
    expr.text = Text("(EXISTS (") + query + Text("))");
    return expr;
  }

  constexpr bool NoSubqueries() {
    if (in_returning_) Fail(Refusal::kSubqueryInReturning);
    return Failed();
  }

  constexpr Expr ParseFunction(Scope* scope) {
    const std::size_t name_at = at_;
    const std::string_view name = Spelling(Here());
    enum Function { kCount, kSum, kMin, kMax, kAvg, kCoalesce, kLength, kLower, kUpper, kAbs, kNo };
    Function function = kNo;
    constexpr std::array<std::string_view, kNo> kNames = {
        "count", "sum", "min", "max", "avg", "coalesce", "length", "lower", "upper", "abs"};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (SameName(kNames[i], name)) function = static_cast<Function>(i);
    }
    if (function == kNo) {
      Fail(Refusal::kFunction);
      return {};
    }
    Advance();
    Advance();  // the name and '('
    const bool aggregate = function <= kAvg;
    bool was_in_aggregate = false;
    Text open;
    if constexpr (kEmit) open = std::string(kNames[function]) + "(";
    if (aggregate) {
      if (!scope->aggregates_allowed || scope->in_aggregate) {
        FailAt(Refusal::kAggregateHere, name_at);
        return {};
      }
      scope->has_aggregate = true;
      was_in_aggregate = scope->in_aggregate;
      scope->in_aggregate = true;
      scope->aggregates_own = scope->aggregates_outer = false;
      if (function == kCount && AcceptPunct('*')) {
        ExpectPunct(')');
        scope->in_aggregate = was_in_aggregate;
        Expr expr;
        expr.type.kind = SqlType::kInteger;
        expr.text = Text("count(*)");
        expr.constant = false;
        RefuseWindow();
        return expr;
      }
      if (Accept(Word::kDistinct)) open += Text("DISTINCT ");
    }
    ++scope->nesting;
    const std::size_t first = at_;
    Expr argument = ParseExpr(scope);
    Expr result = argument;
    result.item = result.column = kNoColumn;
    result.number_literal = false;
    result.null_literal = false;
    if (function == kCoalesce) {
      result = ParseCoalesce(scope, argument, name_at);
    } else {
      result.text = open + argument.text + Text(")");
    }
    --scope->nesting;
    if (aggregate) {
      if (scope->aggregates_outer && !scope->aggregates_own) {
        FailAt(Refusal::kAggregateHere, name_at);
      }
      scope->in_aggregate = was_in_aggregate;
      result.constant = false;
      result.type.nullable = true;
    }
    switch (function) {
      case kCount:
        result.type = {SqlType::kInteger, 0, false};
        break;
      case kSum:
      case kAbs:
        if (!Failed() && !IsNumber(argument.type)) FailAt(Refusal::kNotNumber, first);
        break;
      case kAvg:
        if (!Failed() && argument.type.kind != SqlType::kInteger) {
          FailAt(argument.type.kind == SqlType::kDecimal ? Refusal::kDivision : Refusal::kNotNumber,
                 first);
        }
        result.type.kind = SqlType::kReal;
        break;
      case kLength:
        if (argument.type.kind != SqlType::kBlob) RequireText(argument, first);
        result.type.kind = SqlType::kInteger;
        break;
      case kLower:
      case kUpper:
        RequireText(argument, first);
        break;
      default:
        break;
    }
    ExpectPunct(')');
    RefuseWindow();
    return result;
  }

  constexpr void RefuseWindow() {
    if (Is(Word::kOver) || Is(Word::kFilter)) Fail(Refusal::kWindow);
  }

  constexpr Expr ParseCoalesce(Scope* scope, Expr& first, std::size_t name_at) {
    Expr result = first;
    result.item = result.column = kNoColumn;
    result.number_literal = false;
    if (!IsPunct(',')) FailAt(Refusal::kSyntax, name_at);
    while (!Failed() && AcceptPunct(',')) {
      Expr next = ParseExpr(scope);
      if (Failed() || !Unify(&result, &next, name_at)) return {};
      if (result.type.kind == SqlType::kNull) result.type = next.type;
      result.type.nullable = result.type.nullable && next.type.nullable;
      result.constant = result.constant && next.constant;
      result.text = Text("coalesce(") + result.text + Text(", ") + next.text + Text(")");
    }
    return result;
  }

  // ---- writes --------------------------------------------------------------------------------
  // The table that the statement writes, as the first item of `scope`.
  constexpr Text ParseTarget(Scope* scope) {
    out_->writes = true;
    if (access_ == Access::kRead) {
      Fail(Refusal::kWritesHere);
      return {};
    }
    const std::size_t name_at = at_;
    const Token name = ExpectName();
    if (Failed()) return {};
    if (IsPunct('.')) {
      FailAt(Refusal::kSchemaQualified, name_at);
      return {};
    }
    const std::size_t table = schema_.FindTable(Spelling(name), name.hash);
    if (table == SchemaView::kNone) {
      FailAt(Refusal::kUnknownTable, name_at);
      return {};
    }
    const bool global = schema_.tables[table].kind == TableKind::kGlobal;
    if (global != (access_ == Access::kGlobalWrite)) {
      FailAt(global ? Refusal::kGlobalWrite : Refusal::kTenantWrite, name_at);
      return {};
    }
    Item item;
    item.table = static_cast<std::uint16_t>(table);
    Token alias = name;
    AcceptAlias(&alias);
    item.name = Spelling(alias);
    item.hash = alias.hash;
    item.number = next_item_++;
    scope->items[scope->count++] = item;
    if constexpr (kEmit) return Mark('T', table) + " AS t" + std::to_string(item.number);
    return {};
  }

  constexpr bool Global() const { return access_ == Access::kGlobalWrite; }

  // A column of the target by its bare name.
  constexpr std::size_t ParseTargetColumn(std::size_t table) {
    const std::size_t name_at = at_;
    const Token name = ExpectName();
    if (Failed()) return 0;
    if (SameName(Spelling(name), kTenantColumn)) {
      FailAt(Refusal::kTenantColumn, name_at);
      return 0;
    }
    const std::size_t column = schema_.FindColumn(table, Spelling(name), name.hash);
    if (column == SchemaView::kNone) {
      FailAt(Refusal::kUnknownColumn, name_at);
      return 0;
    }
    return column;
  }

  // A value on its way into a column: same kind, not more digits, no NULL where none fits.
  constexpr Text Assign(SqlType column, Expr& value, std::size_t place) {
    if (Failed()) return {};
    if (value.type.kind == SqlType::kNull) {
      if (!column.nullable) FailAt(Refusal::kNullIntoNotNull, place);
      return value.text;
    }
    const bool numbers = IsNumber(column) && IsNumber(value.type);
    if (!numbers && column.kind != value.type.kind) {
      FailAt(Refusal::kTypes, place);
      return {};
    }
    if (numbers) {
      if (ScaleOf(value.type) > ScaleOf(column)) {
        FailAt(Refusal::kScale, place);
        return {};
      }
      Rescale(&value, ScaleOf(column));
    }
    return value.text;
  }

  constexpr void ParseInsert() {
    Advance();
    if (Is(Word::kOr)) return Fail(Refusal::kConflictClause);
    Expect(Word::kInto);
    if (Failed()) return;
    Scope target;
    statement_ += Text("INSERT INTO ") + ParseTarget(&target);
    if (Failed()) return;
    const std::size_t table = target.items[0].table;
    const std::size_t all = schema_.tables[table].column_count;

    std::array<std::uint8_t, kMaxColumns> columns{};
    std::size_t count = 0;
    const std::size_t list_at = at_;
    if (AcceptPunct('(')) {
      do {
        const std::size_t column_at = at_;
        const std::size_t column = ParseTargetColumn(table);
        if (Failed()) return;
        for (std::size_t i = 0; i < count; ++i) {
          if (columns[i] == column) return FailAt(Refusal::kDuplicateName, column_at);
        }
        columns[count++] = static_cast<std::uint8_t>(column);
      } while (AcceptPunct(','));
      ExpectPunct(')');
      if (Failed()) return;
      for (std::size_t c = 0; c < all; ++c) {
        bool given = schema_.Column(table, c).type.nullable;
        for (std::size_t i = 0; i < count; ++i) given = given || columns[i] == c;
        if (!given) return FailAt(Refusal::kMissingColumn, list_at);
      }
    } else {
      for (; count < all; ++count) columns[count] = static_cast<std::uint8_t>(count);
    }
    if constexpr (kEmit) {
      statement_ += Global() ? " (" : " (\"tenant_id\", ";
      for (std::size_t i = 0; i < count; ++i) {
        statement_ += (i == 0 ? "" : ", ") + BareColumn(table, columns[i]);
      }
      statement_ += ") VALUES ";
    }
    if (Is(Word::kSelect) || Is(Word::kWith)) return Fail(Refusal::kInsertSelect);
    if (Is(Word::kDefault)) return Fail(Refusal::kMissingColumn);
    Expect(Word::kValues);
    bool first_row = true;
    do {
      ExpectPunct('(');
      if (!first_row) statement_ += Text(", ");
      first_row = false;
      statement_ += Text(Global() ? "(" : "(?1, ");
      std::size_t given = 0;
      Scope none;
      do {
        if (given == count) return Fail(Refusal::kValueCount);
        const std::size_t value_at = at_;
        Expr value = ParseExpr(&none);
        if (given > 0) statement_ += Text(", ");
        statement_ += Assign(schema_.Column(table, columns[given]).type, value, value_at);
        ++given;
      } while (!Failed() && AcceptPunct(','));
      if (!Failed() && given != count) return Fail(Refusal::kValueCount);
      ExpectPunct(')');
      statement_ += Text(")");
    } while (!Failed() && AcceptPunct(','));
    while (!Failed() && Is(Word::kOn)) ParseConflict(&target, table);
    ParseReturning(&target);
  }

  constexpr void ParseConflict(Scope* target, std::size_t table) {
    Advance();
    Expect(Word::kConflict);
    statement_ += Text(" ON CONFLICT");
    const std::size_t list_at = at_;
    const bool listed = AcceptPunct('(');
    if (listed) {
      ColumnSet named;
      statement_ += Text(Global() ? " (" : " (\"tenant_id\", ");
      do {
        if (named.count == kMaxKeyColumns) return FailAt(Refusal::kConflictTarget, list_at);
        if (named.count > 0) statement_ += Text(", ");
        const std::size_t column = ParseTargetColumn(table);
        if (Failed()) return;
        statement_ += BareColumn(table, column);
        named.columns[named.count++] = static_cast<std::uint8_t>(column);
      } while (AcceptPunct(','));
      ExpectPunct(')');
      statement_ += Text(")");
      const TableDef& definition = schema_.tables[table];
      bool known = SameColumns(definition.key, named);
      for (std::size_t i = 0; i < definition.unique_count; ++i) {
        known = known || SameColumns(definition.uniques[i], named);
      }
      if (!Failed() && !known) return FailAt(Refusal::kConflictTarget, list_at);
      if (Is(Word::kWhere)) return Fail(Refusal::kConflictTarget);
    }
    Expect(Word::kDo);
    if (Accept(Word::kNothing)) {
      statement_ += Text(" DO NOTHING");
      return;
    }
    Expect(Word::kUpdate);
    Expect(Word::kSet);
    if (!Failed() && !listed) return FailAt(Refusal::kConflictTarget, list_at);
    Scope scope;
    scope.items[0] = target->items[0];
    Item excluded = target->items[0];
    excluded.name = "excluded";
    excluded.hash = NameHash(excluded.name);
    excluded.qualified_only = true;
    excluded.number = -1;
    scope.items[1] = excluded;
    scope.count = 2;
    statement_ += Text(" DO UPDATE SET ");
    ParseAssignments(&scope, table);
    if (Failed()) return;
    Text where;
    if (Accept(Word::kWhere)) {
      Expr condition = ParseCondition(&scope);
      where = condition.text;
    }
    if constexpr (kEmit) {
      // The conflict target holds the tenant already; the filter is a second line.
      const std::string own =
          Global() ? "" : "(t" + std::to_string(scope.items[0].number) + ".\"tenant_id\" = ?1)";
      if (!own.empty() || !where.empty()) {
        statement_ += " WHERE " + own + (own.empty() || where.empty() ? "" : " AND ") + where;
      }
    }
  }

  static constexpr bool SameColumns(const ColumnSet& a, const ColumnSet& b) {
    if (a.count != b.count) return false;
    for (std::size_t i = 0; i < a.count; ++i) {
      if (!b.Contains(a.columns[i])) return false;
    }
    return true;
  }

  constexpr void ParseAssignments(Scope* scope, std::size_t table) {
    bool first = true;
    do {
      if (IsPunct('(')) return Fail(Refusal::kSyntax);
      const std::size_t column = ParseTargetColumn(table);
      ExpectPunct('=');
      if (Failed()) return;
      const std::size_t value_at = at_;
      Expr value = ParseExpr(scope);
      if (!first) statement_ += Text(", ");
      first = false;
      statement_ += BareColumn(table, column) + Text(" = ");
      statement_ += Assign(schema_.Column(table, column).type, value, value_at);
    } while (!Failed() && AcceptPunct(','));
  }

  // WHERE of UPDATE and DELETE: the tenant, and whatever the host adds.
  constexpr void ParseTargetWhere(Scope* scope) {
    Text where;
    if (Accept(Word::kWhere)) {
      Expr condition = ParseCondition(scope);
      where = condition.text;
    }
    if constexpr (kEmit) {
      const std::string own =
          Global() ? "" : "t" + std::to_string(scope->items[0].number) + ".\"tenant_id\" = ?1";
      if (!own.empty() || !where.empty()) {
        statement_ += " WHERE " + own + (own.empty() || where.empty() ? "" : " AND ") + where;
      }
    }
  }

  constexpr void ParseUpdate() {
    Advance();
    if (Is(Word::kOr)) return Fail(Refusal::kConflictClause);
    Scope scope;
    statement_ += Text("UPDATE ") + ParseTarget(&scope);
    if (Failed()) return;
    Expect(Word::kSet);
    statement_ += Text(" SET ");
    ParseAssignments(&scope, scope.items[0].table);
    if (Is(Word::kFrom)) return Fail(Refusal::kUpdateFrom);
    ParseTargetWhere(&scope);
    if (Is(Word::kOrder) || Is(Word::kLimit)) return Fail(Refusal::kSyntax);
    ParseReturning(&scope);
  }

  constexpr void ParseDelete() {
    Advance();
    Expect(Word::kFrom);
    if (Failed()) return;
    Scope scope;
    statement_ += Text("DELETE FROM ") + ParseTarget(&scope);
    if (Failed()) return;
    ParseTargetWhere(&scope);
    if (Is(Word::kOrder) || Is(Word::kLimit)) return Fail(Refusal::kSyntax);
    ParseReturning(&scope);
  }

  constexpr void ParseReturning(Scope* scope) {
    if (Failed() || !Accept(Word::kReturning)) return;
    in_returning_ = true;
    Text list = ParseSelectList(scope, out_->output.data(), kMaxColumns, &out_->output_count);
    in_returning_ = false;
    statement_ += Text(" RETURNING ") + list;
  }

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
  bool exactly_one_ = false;  // the SELECT parsed last always has one row
  std::array<With, kMaxWiths> with_{};
  std::size_t with_count_ = 0;
  Text withs_{};
  Text statement_{};
};

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_PARSER_H_
