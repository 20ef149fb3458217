// SPDX-License-Identifier: Apache-2.0
// The part of Parser (see parser.h, which alone includes this) that reads statements as a whole,
// WITH, and SELECT with its clauses, up to the order that makes a LIMIT's choice a fixed one.
#ifndef CORDON_DATA_INTERNAL_PARSER_SELECT_H_
#define CORDON_DATA_INTERNAL_PARSER_SELECT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cordon/data/internal/lexer.h"
#include "cordon/data/internal/parser.h"
#include "cordon/data/internal/refusal.h"
#include "cordon/data/internal/schema_view.h"

namespace cordon::internal {

template <bool kEmit>
constexpr void Parser<kEmit>::Parse(Parsed* parsed) {
  out_ = parsed;
  Tokenize();
  if (!Failed()) ParseStatement();
  if (!Failed() && placeholders_ != argument_count_) {
    at_ = 0;
    Fail(placeholders_ > argument_count_ ? Refusal::kTooFewArguments : Refusal::kTooManyArguments);
  }
}

template <bool kEmit>
constexpr void Parser<kEmit>::ParseStatement() {
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

template <bool kEmit>
constexpr void Parser<kEmit>::ParseWiths() {
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

// Where the clauses of the SELECT at the current token begin; 0: absent.
template <bool kEmit>
constexpr typename Parser<kEmit>::Clauses Parser<kEmit>::FindClauses() {
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
  for (const std::size_t clause :
       {clauses.from, clauses.where, clauses.group, clauses.having, clauses.order, clauses.limit}) {
    if (clause == 0) continue;
    if (clause < last) FailAt(Refusal::kSyntax, clause);
    last = clause;
  }
  return clauses;
}

// Parses the SELECT at the current token up to its end. `scalar`: used as a value, so that one
// row is chosen, in a fixed order.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseSelect(Scope* parent,
                                                                  OutputColumn* output,
                                                                  std::size_t capacity,
                                                                  std::uint8_t* output_count,
                                                                  bool* at_most_one, bool scalar) {
  Text text;
  if (++depth_ > kMaxDepth) {
    Fail(Refusal::kTooComplex);
    return text;
  }
  const int outer_peak = peak_;
  peak_ = 0;
  Scope scope;
  scope.parent = parent;
  const Clauses clauses = FindClauses();
  if (Failed()) return text;
  const std::size_t list = at_ + 1;

  Text from;
  if (clauses.from != 0) {
    at_ = clauses.from + 1;
    from = ParseFrom(&scope);
    Arrive(FirstOf(
        {clauses.where, clauses.group, clauses.having, clauses.order, clauses.limit, clauses.end}));
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
    scope.parent = nullptr;  // SQLite does not look further out here
    group = ParseGroupBy(&scope);
    scope.parent = parent;
    Arrive(FirstOf({clauses.having, clauses.order, clauses.limit, clauses.end}));
  }
  scope.output_phase = true;
  scope.aggregates_allowed = true;
  scope.output = output;
  scope.output_count = output_count;
  if (!Failed()) {
    at_ = list;
    text = Text("SELECT ") + ParseSelectList(&scope, output, capacity, output_count);
    Arrive(FirstOf({clauses.from, clauses.where, clauses.group, clauses.having, clauses.order,
                    clauses.limit, clauses.end}));
  }
  // Only GROUP BY or the select list make a query one of aggregates.
  scope.aggregates_allowed = clauses.group != 0 || scope.has_aggregate;
  if (clauses.having != 0 && !scope.aggregates_allowed) {
    FailAt(Refusal::kAggregateHere, clauses.having);
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
    scope.parent = nullptr;  // nor here
    order = ParseOrderBy(&scope, output, *output_count);
    scope.parent = parent;
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
  select_weight_ = peak_ + kSelectWeight;
  peak_ = outer_peak;
  --depth_;
  return text;
}

template <bool kEmit>
constexpr bool Parser<kEmit>::AllPinned(const Scope& scope) const {
  const TableDef& table = schema_.tables[scope.items[0].table];
  for (std::size_t i = 0; i < table.key.count; ++i) {
    if ((scope.pinned >> i & 1U) == 0) return false;
  }
  return table.key.count > 0;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseFrom(Scope* scope) {
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

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseItem(Scope* scope, bool nullable) {
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
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::AddItem(Scope* scope, Item item,
                                                              std::size_t name_at) {
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
    if (table.kind == TableKind::kGlobal) return Mark('G', item.table) + as;
    return Mark('R', item.table) + as;
  }
  return {};
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseGroupBy(Scope* scope) {
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
template <bool kEmit>
constexpr bool Parser<kEmit>::SkipGroupedTerm(const Scope& scope, std::size_t* behind) const {
  for (std::size_t g = 0; g < scope.group_count; ++g) {
    const Group& group = scope.groups[g];
    if (group.item != kNoColumn) continue;
    const std::size_t length = group.last - group.first;
    bool same = at_ + length < token_count_;
    for (std::size_t i = 0; same && i < length; ++i) {
      const Token& a = tokens_[group.first + i];
      const Token& b = tokens_[at_ + i];
      const bool folded = a.kind == Token::kName || a.kind == Token::kWord;
      same = a.kind == b.kind && a.kind != Token::kPlaceholder &&
             (folded ? SameName(Spelling(a), Spelling(b)) : Spelling(a) == Spelling(b));
    }
    if (same) {
      *behind = at_ + length;
      return true;
    }
  }
  return false;
}

// A term of the output: a grouped expression may repeat columns that are not grouped alone.
template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseOutputTerm(Scope* scope) {
  std::size_t behind = 0;
  const std::uint32_t bare = scope->bare_column;
  const bool grouped = SkipGroupedTerm(*scope, &behind);
  Expr term = ParseExpr(scope);
  if (grouped && !Failed() && at_ == behind) scope->bare_column = bare;
  return term;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseSelectList(Scope* scope,
                                                                      OutputColumn* output,
                                                                      std::size_t capacity,
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
      column.aliased = true;
      CheckAlias(*scope, alias);
    } else if (term.column != kNoColumn && term.item != kNoColumn) {
      const OutputColumn source = ColumnOf(scope->items[term.item], term.column);
      column.name = source.name;
      column.hash = source.hash;
    }
    add(column, term.text);
  } while (!Failed() && AcceptPunct(','));
  return text;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseOrderBy(Scope* scope,
                                                                   const OutputColumn* output,
                                                                   std::size_t count) {
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
        if (output[i].aliased && output[i].hash == Here().hash &&
            SameName(output[i].name, Spelling(Here()))) {
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
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::CompleteOrder(const Scope& scope,
                                                                    const Text& group,
                                                                    Text order) const {
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

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseLimit() {
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

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseCount() {
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

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_PARSER_SELECT_H_
