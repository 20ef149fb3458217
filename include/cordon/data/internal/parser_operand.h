// SPDX-License-Identifier: Apache-2.0
// The part of Parser (see parser.h, which alone includes this) that reads what operators stand
// between: columns, literals, arguments, subqueries, CASE and CAST.
#ifndef CORDON_DATA_INTERNAL_PARSER_OPERAND_H_
#define CORDON_DATA_INTERNAL_PARSER_OPERAND_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "cordon/data/internal/lexer.h"
#include "cordon/data/internal/parser.h"
#include "cordon/data/internal/refusal.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/types.h"

namespace cordon::internal {

template <bool kEmit>
constexpr std::size_t Parser<kEmit>::ColumnCount(const Item& item) const {
  return item.is_relation ? relations_[item.table].count : schema_.tables[item.table].column_count;
}

template <bool kEmit>
constexpr OutputColumn Parser<kEmit>::ColumnOf(const Item& item, std::size_t column) const {
  OutputColumn found;
  if (item.is_relation) {
    found = columns_[relations_[item.table].first + column];
  } else {
    const ColumnDef& definition = schema_.Column(item.table, column);
    found.name = definition.name;
    found.hash = definition.hash;
    found.type = definition.type;
  }
  found.type.nullable = found.type.nullable || item.nullable;
  found.aliased = false;
  found.item = found.column = kNoColumn;
  return found;
}

template <bool kEmit>
constexpr std::size_t Parser<kEmit>::FindIn(const Item& item, std::string_view name,
                                            std::uint32_t hash) const {
  if (!item.is_relation) return schema_.FindColumn(item.table, name, hash);
  const Relation& relation = relations_[item.table];
  for (std::size_t i = 0; i < relation.count; ++i) {
    const OutputColumn& column = columns_[relation.first + i];
    if (column.hash == hash && SameName(column.name, name)) return i;
  }
  return SchemaView::kNone;
}

// Grouped itself, or fixed by the key of its table being grouped.
template <bool kEmit>
constexpr bool Parser<kEmit>::IsGrouped(const Scope& scope, std::size_t item,
                                        std::size_t column) const {
  const auto listed = [&](std::size_t c) {
    for (std::size_t g = 0; g < scope.group_count; ++g) {
      const Group& group = groups_[scope.first_group + g];
      if (group.item == item && group.column == c) return true;
    }
    return false;
  };
  if (listed(column)) return true;
  const Item& of = ItemOf(scope, item);
  if (of.is_relation || scope.group_count == 0) return false;
  const ColumnSet& key = schema_.tables[of.table].key;
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

// The column of an item in `scope`, referred to from `innermost`.
template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ColumnExpr(Scope* innermost, Scope* scope,
                                                                 std::size_t item,
                                                                 std::size_t column,
                                                                 std::size_t first) {
  NoteAggregated(innermost, scope);
  const Item& of = ItemOf(*scope, item);
  if (of.is_relation) Spend(columns_[relations_[of.table].first + column].cost);
  Expr expr;
  expr.sure = true;
  expr.type = ColumnOf(of, column).type;
  expr.text = ColumnText(of, column);
  expr.affine = true;
  expr.constant = false;
  const std::uint32_t bit = 1U << item;
  if (scope == innermost) {
    expr.item = static_cast<std::uint16_t>(item);
    expr.column = static_cast<std::uint16_t>(column);
    expr.refs = bit;
  } else {
    scope->touched |= bit;
  }
  if (scope->output_phase && !scope->in_aggregate && scope->bare_column == 0 &&
      !IsGrouped(*scope, item, column)) {
    scope->bare_column = static_cast<std::uint32_t>(first) + 1;
  }
  if constexpr (kEmit) {
    // Fixed by the grouped keys, which PostgreSQL cannot see: the tenant is not among them.
    const bool implied = Postgres() && scope->output_phase && !scope->in_aggregate &&
                         scope->group_count > 0 && IsGrouped(*scope, item, column);
    bool listed = false;
    for (std::size_t g = 0; g < scope->group_count && implied; ++g) {
      listed = listed || groups_[scope->first_group + g].text == expr.text;
    }
    const std::string added = ", " + expr.text;
    const std::size_t found = (scope->implied + ",").find(added + ",");
    if (implied && !listed && found == std::string::npos) {
      scope->implied += added;
    }
  }
  return expr;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::MergedExpr(Scope* innermost, Scope* scope,
                                                                 std::size_t merged,
                                                                 std::size_t first) {
  const Merged& column = merged_[scope->first_merged + merged];
  Expr expr = ColumnExpr(innermost, scope, column.item, column.column, first);
  if (column.plain) return expr;
  expr.type = column.type;
  expr.text = column.text;
  expr.item = expr.column = kNoColumn;
  expr.weight = kOperatorWeight;
  if (scope == innermost) {
    expr.refs = column.refs;
  } else {
    scope->touched |= column.refs;
  }
  return expr;
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
  for (Scope* scope = innermost; scope != nullptr; scope = scope->parent) {
    if (!qualified) {
      for (std::size_t i = scope->first_merged_seen; i < scope->merged_count; ++i) {
        const Merged& merged = merged_[scope->first_merged + i];
        if (merged.hash == name.hash && SameName(merged.name, spelled)) {
          return MergedExpr(innermost, scope, i, first);
        }
      }
    }
    std::size_t found_item = kMaxItems;
    std::size_t found_column = 0;
    for (std::size_t i = scope->first_seen; i < scope->count; ++i) {
      const Item& item = ItemOf(*scope, i);
      if (qualified ? !(item.hash == qualifier.hash && SameName(item.name, Spelling(qualifier)))
                    : item.qualified_only) {
        continue;
      }
      const std::size_t column = FindIn(item, spelled, name.hash);
      if (column == SchemaView::kNone || (!qualified && (item.hidden >> column & 1U) != 0)) {
        continue;
      }
      if (found_item != kMaxItems) {
        FailAt(Refusal::kAmbiguousColumn, first);
        return {};
      }
      found_item = i;
      found_column = column;
    }
    if (found_item != kMaxItems) {
      return ColumnExpr(innermost, scope, found_item, found_column, first);
    }
    // SQLite looks at the AS names of a SELECT before it looks further out.
    if (qualified || !scope->aliases_visible || scope->enclosed) continue;
    if (const std::size_t place = FindAliased(*scope, name); place != 0) {
      if (scope != innermost) {
        // What it stands for belongs to the scope further out; none but plain names are taken.
        FailAt(Refusal::kAmbiguousColumn, first);
        return {};
      }
      return Expand(scope, place);
    }
  }
  if (SameName(spelled, kTenantColumn)) {
    FailAt(Refusal::kTenantColumn, at_ - 1);
  } else if (!qualified &&
             (SameName(spelled, "current_timestamp") || SameName(spelled, "current_date") ||
              SameName(spelled, "current_time"))) {
    FailAt(Refusal::kImpureFunction, first);
  } else {
    FailAt(Refusal::kUnknownColumn, first);
  }
  return {};
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParsePrimary(Scope* scope) {
  Spend(1);
  if (Failed()) return {};
  const Token token = Here();
  Expr expr;
  expr.sure = true;  // of a literal
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
      if (token.kind == Token::kString) expr.text_literal = static_cast<std::uint32_t>(at_) + 1;
      Advance();
      return expr;
    case Token::kName:
      if (IsPunct(Ahead(1), '(')) return ParseFunction(scope);
      return ParseColumn(scope);
    case Token::kPunct:
      if (token.punct == '(') return ParseParenthesis(scope);
      break;
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
          expr.text = Text(Postgres() ? (token.word == Word::kTrue ? "true" : "false")
                                      : (token.word == Word::kTrue ? "1" : "0"));
          expr.never = token.word == Word::kFalse;
          Advance();
          return expr;
        case Word::kExists:
          return ParseExists(scope);
        case Word::kCase:
          return ParseCase(scope);
        case Word::kCast:
          return ParseCast(scope);
        case Word::kReplace:
        case Word::kGlob:
        case Word::kLike:
        case Word::kRegexp:
        case Word::kMatch:
          if (IsPunct(Ahead(1), '(')) return ParseFunction(scope);
          break;
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

// An expression, a row value or a subquery.
template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseParenthesis(Scope* scope) {
  Advance();
  if (Is(Word::kSelect) || Is(Word::kWith) || Is(Word::kValues)) return ParseScalar(scope);
  ++scope->nesting;
  Expr expr = ParseExpr(scope);
  if (IsPunct(',')) {
    Pool<Expr> row;  // exprs_ may be used by the elements themselves
    RequirePlain(expr, at_);
    row.Push(std::move(expr));
    while (!Failed() && AcceptPunct(',')) {
      Expr element = ParseExpr(scope);
      RequirePlain(element, at_);
      row.Push(std::move(element));
      if (row.size() > kMaxKeyColumns) Fail(Refusal::kTooComplex);
    }
    Expr value;
    value.row = static_cast<std::uint32_t>(exprs_.size());
    value.row_count = static_cast<std::uint8_t>(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      value.constant = value.constant && row[i].constant;
      value.refs |= row[i].refs;
      value.type.nullable = value.type.nullable || row[i].type.nullable;
      value.weight = std::max(value.weight, row[i].weight + 3);
      exprs_.Push(std::move(row[i]));
    }
    expr = std::move(value);
  } else {
    expr.item = expr.column = kNoColumn;
  }
  --scope->nesting;
  ExpectPunct(')');
  return expr;
}

// Digits without their point: 10.50 is 1050 at scale 2.
template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseNumber() {
  const Token token = Here();
  const std::string_view spelled = Spelling(token);
  Expr expr;
  expr.number_literal = expr.sure = true;
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
  expr.zero_or_one = value <= 1;
  expr.loose = token.kind == Token::kDecimal;
  if constexpr (kEmit) expr.text = std::to_string(value) + (Postgres() ? "::bigint" : "");
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
  expr.sure = true;
  expr.type = arguments_[ordinal];
  expr.text = Bound(ordinal + 2);  // the first is the tenant
  if (Postgres() && expr.type.kind == SqlType::kNull) expr.text = Text("NULL");
  if (Postgres() && expr.type.kind == SqlType::kText)
    expr.text = Cat("(", expr.text, " COLLATE \"C\")");
  Advance();
  return expr;
}

// The query behind "(", up to and with ")". `refs`: the items of `scope` that it refers to.
template <bool kEmit>
constexpr typename Parser<kEmit>::Query Parser<kEmit>::ParseSubquery(Scope* scope, Use use,
                                                                     std::uint32_t* refs) {
  const std::uint32_t touched = scope->touched;
  scope->touched = 0;
  Query query = ParseQuery(scope, use);
  ExpectPunct(')');
  *refs = scope->touched;
  scope->touched |= touched;
  return query;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseScalar(Scope* scope) {
  Expr expr;
  Query query = ParseSubquery(scope, Use::kValue, &expr.refs);
  if (Failed()) return {};
  if (scope->output_phase && !scope->in_aggregate && !query.sums_up) scope->bare_value = true;
  expr.constant = false;
  expr.text = Cat("(", query.text, ")");
  expr.weight = query.weight;
  if (query.count == 1) {
    expr.type = outputs_[query.first].type;
    expr.type.nullable = expr.type.nullable || !query.exactly_one;
  } else {
    if (query.count > kMaxKeyColumns) Fail(Refusal::kSubqueryColumns);
    expr.query = true;
    expr.row = static_cast<std::uint32_t>(exprs_.size());
    expr.row_count = static_cast<std::uint8_t>(query.count);
    for (std::size_t i = 0; i < query.count; ++i) {
      Expr column;
      column.type = outputs_[query.first + i].type;
      column.type.nullable = column.type.nullable || !query.exactly_one;
      column.constant = false;
      expr.type.nullable = expr.type.nullable || column.type.nullable;
      exprs_.Push(std::move(column));
    }
  }
  Drop(query);
  return expr;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseExists(Scope* scope) {
  Advance();
  ExpectPunct('(');
  Expr expr;
  Query query = ParseSubquery(scope, Use::kRows, &expr.refs);
  Drop(query);
  expr.type.kind = SqlType::kBoolean;
  expr.constant = false;
  expr.text = Cat("(EXISTS (", query.text, "))");
  expr.weight = query.weight + 2;
  return expr;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseCase(Scope* scope) {
  const std::size_t place = at_;
  Advance();
  if (!Deeper()) return {};
  ++scope->nesting;
  const bool simple = !Is(Word::kWhen);
  // Values that are compared, then values that come out; each kind of one type.
  Pool<Expr> when;
  Pool<Expr> then;
  Expr whole;
  const auto note = [&](const Expr& part) {
    whole.constant = whole.constant && part.constant;
    whole.refs |= part.refs;
    whole.weight = std::max(whole.weight, part.weight);
  };
  if (simple) when.Push(ParseExpr(scope));
  while (!Failed() && Accept(Word::kWhen)) {
    const std::size_t when_at = at_;
    Expr condition = simple ? ParseExpr(scope) : ParseCondition(scope);
    if (simple && condition.null_literal) FailAt(Refusal::kCompareNull, when_at);
    note(condition);
    when.Push(std::move(condition));
    if (!Accept(Word::kThen)) Fail(Refusal::kCase);
    then.Push(ParseExpr(scope));
  }
  const std::size_t branches = then.size();
  if (branches == 0) Fail(Refusal::kCase);
  const bool otherwise = Accept(Word::kElse);
  if (otherwise) then.Push(ParseExpr(scope));
  if (!Accept(Word::kEnd)) Fail(Refusal::kCase);
  --scope->nesting;
  --depth_;
  const auto unify = [&](Pool<Expr>& of, bool chosen) {
    const std::size_t first = exprs_.size();
    for (std::size_t i = 0; i < of.size(); ++i) exprs_.Push(std::move(of[i]));
    UnifyAll(first, place, chosen);
    for (std::size_t i = 0; i < of.size(); ++i) of[i] = std::move(exprs_[first + i]);
    exprs_.Shrink(first);
  };
  if (Failed()) return {};
  if (simple) unify(when, false);
  for (std::size_t i = 0; i < then.size(); ++i) RequirePlain(then[i], place);
  unify(then, true);
  if (Failed()) return {};
  whole.type = then[0].type;
  whole.type.nullable = !otherwise;
  Text text("(CASE");
  bool searched = !simple;  // each comparison is written out
  for (std::size_t i = 0; i < when.size() && simple && Postgres(); ++i) {
    searched = searched || when[i].type.kind == SqlType::kAny || when[i].collation != 0;
  }
  if (simple) {
    note(when[0]);
    if (!searched) text = Cat(text, " ", when[0].text);
  }
  for (std::size_t i = 0; i < then.size(); ++i) {
    note(then[i]);
    whole.type.nullable = whole.type.nullable || then[i].type.nullable;
    if (i < branches) {
      const Expr& value = when[i + (simple ? 1 : 0)];
      const Text condition =
          simple && searched ? ComparePostgres(when[0], value, " = ") : value.text;
      text = Cat(text, " WHEN ", condition, " THEN ", then[i].text);
    } else {
      text = Cat(text, " ELSE ", then[i].text);
    }
  }
  whole.text = Cat(text, " END)");
  whole.weight += 8;
  return whole;
}

// CAST(expression AS type)
template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseCast(Scope* scope) {
  const std::size_t place = at_;
  Advance();
  ExpectPunct('(');
  ++scope->nesting;
  Expr expr = ParseExpr(scope);
  --scope->nesting;
  Expect(Word::kAs);
  RequirePlain(expr, place);
  if (Failed()) return {};
  struct Name {
    std::string_view spelled;
    SqlType::Kind kind;
  };
  constexpr Name kNames[] = {{"integer", SqlType::kInteger}, {"int", SqlType::kInteger},
                             {"bigint", SqlType::kInteger},  {"text", SqlType::kText},
                             {"varchar", SqlType::kText},    {"char", SqlType::kText},
                             {"real", SqlType::kReal},       {"double", SqlType::kReal},
                             {"float", SqlType::kReal},      {"blob", SqlType::kBlob},
                             {"decimal", SqlType::kDecimal}, {"numeric", SqlType::kDecimal}};
  SqlType::Kind kind = SqlType::kNull;
  for (const Name& name : kNames) {
    if (Spells(Here(), name.spelled)) kind = name.kind;
  }
  if (kind == SqlType::kNull) {
    Fail(Refusal::kCast);
    return {};
  }
  Advance();
  std::uint8_t scale = 0;
  const bool sized = AcceptPunct('(');
  if (sized) {
    for (bool second = false;; second = true) {
      if (Here().kind != Token::kInteger) Fail(Refusal::kCast);
      const std::string_view spelled = Spelling(Here());
      if (second) {
        if (spelled.size() > 2) Fail(Refusal::kScale);
        for (const char c : spelled) scale = static_cast<std::uint8_t>(scale * 10 + (c - '0'));
      }
      Advance();
      if (Failed() || second || !AcceptPunct(',')) break;
    }
    ExpectPunct(')');
  }
  ExpectPunct(')');
  // Of a NUMERIC alone nobody could say how many digits it keeps.
  if (kind == SqlType::kDecimal && !sized) FailAt(Refusal::kCast, place);
  if (scale > 18) FailAt(Refusal::kScale, place);
  if (!Failed()) CastTo(&expr, kind, scale, place);
  return expr;
}

template <bool kEmit>
constexpr void Parser<kEmit>::CastTo(Expr* expr, SqlType::Kind kind, std::uint8_t scale,
                                     std::size_t place) {
  const SqlType from = expr->type;
  const auto plain = [&](const char* name) {
    if (Postgres()) {
      CastPostgres(expr, kind, 0);
    } else {
      expr->text = Cat("CAST(", expr->text, " AS ", name, ")");
    }
    expr->type = {kind, 0, from.nullable};
  };
  const bool loose = from.kind == SqlType::kInteger || from.kind == SqlType::kReal ||
                     from.kind == SqlType::kText || from.kind == SqlType::kBoolean ||
                     from.kind == SqlType::kAny || from.kind == SqlType::kNull;
  switch (kind) {
    case SqlType::kInteger:
      if (from.kind == SqlType::kDecimal) {
        // Towards zero, as a CAST of any number does it.
        expr->sure = false;
        if constexpr (kEmit) {
          expr->text = (Postgres() ? "cordon.div(" : "cordon_div(") + expr->text + ", 1" +
                       std::string(std::size_t{from.scale}, '0') + ")";
        }
        expr->type = {SqlType::kInteger, 0, from.nullable};
      } else if (loose || from.kind == SqlType::kTimestamp) {
        plain("INTEGER");
      } else {
        FailAt(Refusal::kCast, place);
      }
      break;
    case SqlType::kReal:
      if (from.kind == SqlType::kDecimal) {
        if (!Postgres()) expr->text = Cat("CAST(", expr->text, " AS REAL)");
        ToReal(expr);
      } else if (loose) {
        plain("REAL");
      } else {
        FailAt(Refusal::kCast, place);
      }
      break;
    case SqlType::kText:
      if (!loose && from.kind != SqlType::kBlob) return FailAt(Refusal::kCast, place);
      plain("TEXT");
      break;
    case SqlType::kBlob:
      if (from.kind != SqlType::kText && from.kind != SqlType::kBlob &&
          from.kind != SqlType::kAny) {
        return FailAt(Refusal::kCast, place);
      }
      plain("BLOB");
      break;
    default:
      if (!IsExact(from)) return FailAt(Refusal::kCast, place);
      if (scale >= ScaleOf(from)) {
        if (Postgres()) expr->text = AsNumber(*expr);
        if (from.kind == SqlType::kBoolean) expr->type.kind = SqlType::kInteger;
        Rescale(expr, scale);
      } else {
        expr->sure = false;
        expr->text = Cat(Postgres() ? "cordon.round(" : "cordon_round(", expr->text, ", ",
                         Number(ScaleOf(from)), ", ", Number(scale), ")");
      }
      expr->type = {SqlType::kDecimal, scale, from.nullable};
      break;
  }
  expr->item = expr->column = kNoColumn;
  expr->number_literal = expr->null_literal = expr->as_flag = false;
  expr->affine = true;
  expr->collation = 0;
  expr->text_literal = 0;
  expr->weight += kOperatorWeight;
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_PARSER_OPERAND_H_
