// SPDX-License-Identifier: Apache-2.0
// The part of Parser (see parser.h, which alone includes this) that reads what operators stand
// between: columns, literals, arguments, subqueries and functions.
#ifndef CORDON_DATA_INTERNAL_PARSER_OPERAND_H_
#define CORDON_DATA_INTERNAL_PARSER_OPERAND_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cordon/data/internal/lexer.h"
#include "cordon/data/internal/parser.h"
#include "cordon/data/internal/refusal.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/types.h"

namespace cordon::internal {

template <bool kEmit>
constexpr std::size_t Parser<kEmit>::ColumnCount(const Item& item) const {
  return item.is_with ? with_[item.table].count : schema_.tables[item.table].column_count;
}

template <bool kEmit>
constexpr OutputColumn Parser<kEmit>::ColumnOf(const Item& item, std::size_t column) const {
  OutputColumn found;
  if (item.is_with) {
    found = with_[item.table].columns[column];
  } else {
    const ColumnDef& definition = schema_.Column(item.table, column);
    found = {definition.name, definition.hash, definition.type, false};
  }
  found.type.nullable = found.type.nullable || item.nullable;
  found.aliased = false;
  return found;
}

template <bool kEmit>
constexpr std::size_t Parser<kEmit>::FindIn(const Item& item, std::string_view name,
                                            std::uint32_t hash) const {
  if (!item.is_with) return schema_.FindColumn(item.table, name, hash);
  const With& with = with_[item.table];
  for (std::size_t i = 0; i < with.count; ++i) {
    if (with.columns[i].hash == hash && SameName(with.columns[i].name, name)) return i;
  }
  return SchemaView::kNone;
}

// Grouped itself, or fixed by the key of its table being grouped.
template <bool kEmit>
constexpr bool Parser<kEmit>::IsGrouped(const Scope& scope, std::size_t item,
                                        std::size_t column) const {
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
template <bool kEmit>
constexpr void Parser<kEmit>::NoteAggregated(Scope* innermost, Scope* found) {
  for (Scope* scope = innermost; scope != found; scope = scope->parent) {
    if (scope->in_aggregate) scope->aggregates_outer = true;
  }
  if (found->in_aggregate) found->aggregates_own = true;
}

// SQLite takes a name for an AS name of the innermost SELECT before it looks further out; so a name
// that is found further out must not be an AS name on the way.
template <bool kEmit>
constexpr void Parser<kEmit>::NoteOutward(Scope* innermost, Scope* found, const Token& name,
                                          std::size_t place) {
  for (Scope* scope = innermost; scope != found; scope = scope->parent) {
    if (scope->outward_count == kMaxOutward) return FailAt(Refusal::kTooComplex, place);
    scope->outward[scope->outward_count++] = name;
    for (std::size_t i = 0; scope->output != nullptr && i < *scope->output_count; ++i) {
      if (scope->output[i].aliased && SameName(scope->output[i].name, Spelling(name))) {
        FailAt(Refusal::kAmbiguousColumn, place);
      }
    }
  }
}

template <bool kEmit>
constexpr void Parser<kEmit>::CheckAlias(const Scope& scope, const Token& alias) {
  for (std::size_t i = 0; i < scope.outward_count; ++i) {
    if (SameName(Spelling(scope.outward[i]), Spelling(alias))) Fail(Refusal::kAmbiguousColumn);
  }
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseColumn(Scope* innermost) {
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
    if (!qualified) NoteOutward(innermost, scope, name, first);
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

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParsePrimary(Scope* scope) {
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
template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseNumber() {
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

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParsePlaceholder() {
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

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseScalar(Scope* scope) {
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
  expr.weight = select_weight_;
  return expr;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseExists(Scope* scope) {
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
  expr.weight = select_weight_ + 2;
  return expr;
}

template <bool kEmit>
constexpr bool Parser<kEmit>::NoSubqueries() {
  if (in_returning_) Fail(Refusal::kSubqueryInReturning);
  return Failed();
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseFunction(Scope* scope) {
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
    result.weight = argument.weight + kOperatorWeight;
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

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseCoalesce(Scope* scope, Expr& first,
                                                                    std::size_t name_at) {
  Expr result = first;
  result.item = result.column = kNoColumn;
  result.number_literal = false;
  result.null_literal = false;
  if (!IsPunct(',')) FailAt(Refusal::kSyntax, name_at);
  while (!Failed() && AcceptPunct(',')) {
    Expr next = ParseExpr(scope);
    if (Failed() || !Unify(&result, &next, name_at)) return {};
    if (result.type.kind == SqlType::kNull) result.type = next.type;
    result.type.nullable = result.type.nullable && next.type.nullable;
    result.constant = result.constant && next.constant;
    result.text = Text("coalesce(") + result.text + Text(", ") + next.text + Text(")");
    result.weight = std::max(result.weight, next.weight) + kOperatorWeight;
  }
  return result;
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_PARSER_OPERAND_H_
