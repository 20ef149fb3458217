// SPDX-License-Identifier: Apache-2.0
// The part of Parser (see parser.h, which alone includes this) that reads conditions and operators:
// what binds how tightly, which types go together, and which comparisons fix a key.
#ifndef CORDON_DATA_INTERNAL_PARSER_EXPRESSION_H_
#define CORDON_DATA_INTERNAL_PARSER_EXPRESSION_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "cordon/data/internal/iso_time.h"
#include "cordon/data/internal/lexer.h"
#include "cordon/data/internal/parser.h"
#include "cordon/data/internal/refusal.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/types.h"

namespace cordon::internal {

// The same number counted in smaller units.
template <bool kEmit>
constexpr void Parser<kEmit>::Rescale(Expr* expr, std::uint8_t scale) {
  const std::uint8_t from = ScaleOf(expr->type);
  if (expr->type.kind == SqlType::kNull || from == scale) return;
  if (!expr->number_literal) expr->sure = false;
  if constexpr (kEmit) {
    const std::string zeros(static_cast<std::size_t>(scale - from), '0');
    const std::size_t digits = Postgres() ? expr->text.find(':') : expr->text.size();
    // A literal that leaves 64 bits fails when it runs, as any other number does.
    if (expr->number_literal && digits + zeros.size() <= 18) {
      expr->text.insert(digits, zeros);
    } else if (Postgres()) {
      expr->text = "(" + AsNumber(*expr) + " * 1" + zeros + "::bigint)";
      expr->as_flag = false;
    } else {
      expr->text = "cordon_mul(" + expr->text + ", 1" + zeros + ")";
    }
  }
  if (!expr->number_literal) expr->weight += kOperatorWeight;
  expr->type.kind = SqlType::kDecimal;
  expr->type.scale = scale;
  expr->item = expr->column = kNoColumn;
}

// A binary fraction, where the host has asked for one.
template <bool kEmit>
constexpr void Parser<kEmit>::ToReal(Expr* expr) {
  if (expr->type.kind == SqlType::kDecimal) {
    if constexpr (kEmit) {
      const std::string scale = "1" + std::string(std::size_t{expr->type.scale}, '0') + ".0";
      expr->text = Postgres() ? "(" + expr->text + "::double precision / " + scale + "::float8)"
                              : "(" + expr->text + " / " + scale + ")";
    }
    expr->weight += kOperatorWeight;
    expr->number_literal = false;
    expr->item = expr->column = kNoColumn;
  }
  if (expr->type.kind == SqlType::kDecimal) expr->type = {SqlType::kReal, 0, expr->type.nullable};
}

// To SQLite, a COLLATE anywhere in an expression is the collation of the whole of it, even when it
// stands in a condition. Which of the texts that it holds for equal is kept by a GROUP BY,
// DISTINCT, UNION, MIN or LIMIT would then be the choice of a plan. (COLLATE of the expression
// itself is `collated`, and refused or counted there.)
template <bool kEmit>
constexpr void Parser<kEmit>::KeepBinary(Expr* expr) {
  if constexpr (kEmit) {
    const bool text = expr->type.kind == SqlType::kText || expr->type.kind == SqlType::kAny;
    if (text && !Postgres() && !expr->collated &&
        expr->text.find(" COLLATE ") != std::string::npos) {
      expr->text += " COLLATE BINARY";
    }
  }
}

// A text of the statement that stands where a time is wanted.
template <bool kEmit>
constexpr void Parser<kEmit>::ToTimestamp(Expr* expr) {
  const Token& token = tokens_[expr->text_literal - 1];
  std::int64_t microseconds = 0;
  if (!ParseIsoTime(text_.substr(token.begin + 1, token.end - token.begin - 2), &microseconds)) {
    return FailAt(Refusal::kTime, expr->text_literal - 1);
  }
  if constexpr (kEmit) expr->text = std::to_string(microseconds) + (Postgres() ? "::bigint" : "");
  expr->type.kind = SqlType::kTimestamp;
}

// Makes two operands comparable, or refuses.
template <bool kEmit>
constexpr bool Parser<kEmit>::Unify(Expr* a, Expr* b, std::size_t place) {
  RequireOne(*a, place);
  RequireOne(*b, place);
  if (Failed()) return false;
  const SqlType::Kind one = a->type.kind;
  const SqlType::Kind other = b->type.kind;
  if (one == SqlType::kNull || other == SqlType::kNull) return true;
  if ((one == SqlType::kBoolean) != (other == SqlType::kBoolean)) {
    // Only the literals 0 and 1 stand for a flag.
    Expr& number = one == SqlType::kBoolean ? *b : *a;
    if (number.number_literal && number.zero_or_one && number.type.kind == SqlType::kInteger) {
      if (Postgres()) AsFlag(&number);
      return true;
    }
    FailAt(Refusal::kTypes, place);
    return false;
  }
  if (IsNumber(a->type) && IsNumber(b->type)) {
    if (one == SqlType::kReal || other == SqlType::kReal) {
      ToReal(a);
      ToReal(b);
      return true;
    }
    const std::uint8_t scale = std::max(ScaleOf(a->type), ScaleOf(b->type));
    if (scale > 0) {
      Rescale(a, scale);
      Rescale(b, scale);
    }
    return true;
  }
  if (one == SqlType::kAny || other == SqlType::kAny) {
    // What is stored in JSON has no scale.
    if (one == SqlType::kDecimal && a->number_literal) ToReal(a);
    if (other == SqlType::kDecimal && b->number_literal) ToReal(b);
    if (a->type.kind != SqlType::kDecimal && b->type.kind != SqlType::kDecimal) return true;
    FailAt(Refusal::kAnyType, place);
    return false;
  }
  if (one == SqlType::kTimestamp && b->text_literal != 0) ToTimestamp(b);
  if (other == SqlType::kTimestamp && a->text_literal != 0) ToTimestamp(a);
  if (!Failed() && a->type.kind != b->type.kind) FailAt(Refusal::kTypes, place);
  return !Failed();
}

// Makes everything in exprs_ behind `first` of one type, that of the first of them.
template <bool kEmit>
constexpr bool Parser<kEmit>::UnifyAll(std::size_t first, std::size_t place, bool chosen) {
  // Twice: the largest scale may come last.
  for (int pass = 0; pass < 2; ++pass) {
    std::size_t typed = first;
    while (typed < exprs_.size() && exprs_[typed].type.kind == SqlType::kNull) ++typed;
    for (std::size_t i = typed + 1; i < exprs_.size(); ++i) {
      if (!Unify(&exprs_[typed], &exprs_[i], place)) return false;
    }
    if (typed > first && typed < exprs_.size()) {
      if (Postgres()) exprs_[first].text = NullOf(exprs_[first], exprs_[typed].type.kind);
      exprs_[first].type = exprs_[typed].type;
      exprs_[first].type.nullable = true;
    }
  }
  // What is chosen among them is a binary fraction as soon as one of them is; of JSON, nobody
  // knows.
  bool real = false;
  bool any = false;
  bool known = false;
  for (std::size_t i = first; i < exprs_.size(); ++i) {
    const SqlType::Kind kind = exprs_[i].type.kind;
    real = real || kind == SqlType::kReal;
    any = any || kind == SqlType::kAny;
    known = known || (kind != SqlType::kAny && kind != SqlType::kNull);
  }
  if (chosen && any && known) {
    FailAt(Refusal::kAnyType, place);
    return false;
  }
  for (std::size_t i = first; real && i < exprs_.size(); ++i) {
    Expr& expr = exprs_[i];
    ToReal(&expr);  // a decimal without digits, which needs no common scale with an integer
    if (expr.type.kind != SqlType::kInteger) continue;
    expr.text = Postgres() ? Cat("(", expr.text, "::double precision)")
                           : Cat("CAST(", expr.text, " AS REAL)");
    expr.type.kind = SqlType::kReal;
    expr.weight += kOperatorWeight;
    expr.number_literal = false;
    expr.item = expr.column = kNoColumn;
  }
  if (Postgres() && first < exprs_.size()) LikeFirst(first);
  return true;
}

// What is made of two operands.
template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::Join(const Expr& a, const Expr& b,
                                                           SqlType::Kind kind, Text text) {
  Expr result;
  result.type = {kind, 0, a.type.nullable || b.type.nullable};
  result.constant = a.constant && b.constant;
  result.refs = a.refs | b.refs;
  result.text = std::move(text);
  result.weight = std::max(a.weight, b.weight) + kOperatorWeight;
  return result;
}

template <bool kEmit>
constexpr void Parser<kEmit>::RequireBoolean(const Expr& expr, std::size_t place) {
  RequireOne(expr, place);
  if (!Failed() && expr.type.kind != SqlType::kBoolean && expr.type.kind != SqlType::kNull) {
    FailAt(Refusal::kNotBoolean, place);
  }
}

template <bool kEmit>
constexpr void Parser<kEmit>::RequireText(const Expr& expr, std::size_t place) {
  RequirePlain(expr, place);
  if (!Failed() && expr.type.kind != SqlType::kText && expr.type.kind != SqlType::kNull &&
      expr.type.kind != SqlType::kAny) {
    FailAt(Refusal::kNotText, place);
  }
}

// No row value.
template <bool kEmit>
constexpr void Parser<kEmit>::RequireOne(const Expr& expr, std::size_t place) {
  if (!Failed() && expr.row_count != 0) {
    FailAt(expr.query ? Refusal::kSubqueryColumns : Refusal::kRowValue, place);
  }
}

// No row value, and no text whose spelling another could stand for.
template <bool kEmit>
constexpr void Parser<kEmit>::RequirePlain(const Expr& expr, std::size_t place) {
  RequireOne(expr, place);
  if (!Failed() && expr.collated) FailAt(Refusal::kCollate, place);
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseCondition(Scope* scope) {
  const std::size_t first = at_;
  Expr condition = ParseExpr(scope);
  RequireBoolean(condition, first);
  return condition;
}

// How tight the operator here binds (SQLite's table); 0: none.
template <bool kEmit>
constexpr int Parser<kEmit>::Binding() const {
  const Token& token = Here();
  switch (token.word) {
    case Word::kOr:
      return 1;
    case Word::kAnd:
      return 2;
    case Word::kIs:
    case Word::kIn:
    case Word::kLike:
    case Word::kGlob:
    case Word::kBetween:
    case Word::kIsNull:
    case Word::kNotNull:
    case Word::kRegexp:
    case Word::kMatch:
    case Word::kNot:  // NOT IN, NOT LIKE, NOT BETWEEN, NOT NULL
      return 4;
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
    case '&':
    case '|':
    case Token::kShiftLeft:
    case Token::kShiftRight:
      return 6;
    case '+':
    case '-':
      return 7;
    case '*':
    case '/':
    case '%':
      return 8;
    case Token::kConcat:
    case Token::kArrow:
    case Token::kLongArrow:
      return 9;
    default:
      return 0;
  }
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseBinary(Scope* scope, int least) {
  if (!Deeper()) return {};
  const std::size_t first = at_;
  Expr left;
  if (Is(Word::kNot) && least <= 3) {
    Advance();
    const std::size_t operand_at = at_;
    ++scope->nesting;
    Expr operand = ParseBinary(scope, 3);
    --scope->nesting;
    RequireBoolean(operand, operand_at);
    left = Join(operand, operand, SqlType::kBoolean, Cat("(NOT ", operand.text, ")"));
  } else {
    left = ParseUnary(scope);
  }
  // "a AND b AND c" stays flat, since each pair of parentheses takes room in SQLite's parser.
  enum Chain { kNone, kAnd, kOr, kConcat };
  Chain chain = kNone;
  int links = 0;
  const auto close = [&] {
    if (chain == kNone) return;
    left.text = Cat("(", left.text, ")");
    left.weight += 1;
    chain = kNone;
  };
  while (!Failed()) {
    const int binding = Binding();
    if (binding == 0 || binding < least) break;
    const Chain next = Is(Word::kAnd)            ? kAnd
                       : Is(Word::kOr)           ? kOr
                       : IsPunct(Token::kConcat) ? kConcat
                                                 : kNone;
    if (next != chain) close();
    if (++links > kMaxLinks) Fail(Refusal::kTooComplex);
    left = ParseOperator(scope, left, first, binding);
    chain = next;
  }
  close();
  --depth_;
  return left;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseExpr(Scope* scope) {
  const std::size_t first = at_;
  Expr expr = ParseBinary(scope, 1);
  peak_ = std::max(peak_, expr.weight);
  if (expr.weight > kMaxWeight) FailAt(Refusal::kTooComplex, first);
  return expr;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseOperator(Scope* scope, Expr& left,
                                                                    std::size_t first,
                                                                    int binding) {
  const Token op = Here();
  const std::size_t op_at = at_;
  if (op.word == Word::kIs) return ParseIs(scope, left);
  if (binding == 4 && op.word != Word::kNone) return ParsePredicate(scope, left, first);
  Advance();
  if (op.word == Word::kAnd || op.word == Word::kOr) {
    RequireBoolean(left, first);
    const std::size_t right_at = at_;
    if (op.word == Word::kOr && scope->nesting == 0 && scope->tracking) {
      scope->tracking = false;
      scope->equality_count = scope->condition;
      equalities_.Shrink(scope->first_equality + scope->equality_count);
    }
    Expr right = ParseBinary(scope, binding + 1);
    RequireBoolean(right, right_at);
    // ParseBinary closes it.
    Expr both = Join(left, right, SqlType::kBoolean,
                     Cat(left.text, op.word == Word::kAnd ? " AND " : " OR ", right.text));
    both.weight = std::max(left.weight, right.weight + 2);
    both.detached = op.word == Word::kAnd &&
                    (left.refs == 0 || right.refs == 0 || left.detached || right.detached);
    both.never = op.word == Word::kAnd && (left.never || right.never);
    if (both.never) both.refs = 0;
    return both;
  }
  Expr right = ParseBinary(scope, binding + 1);
  if (Failed()) return {};
  if (binding == 4 || binding == 5) return Compare(scope, left, right, op, op_at);
  if (binding == 6) return ComputeBits(left, right, op, op_at);
  if (binding != 9) return Compute(left, right, op, op_at);
  if (op.punct == Token::kConcat) {
    // Integers are written out.
    if (left.type.kind != SqlType::kInteger) RequireText(left, op_at);
    if (right.type.kind != SqlType::kInteger) RequireText(right, op_at);
    RequirePlain(left, op_at);
    RequirePlain(right, op_at);
    // ParseBinary closes it.
    Expr both = Join(
        left, right, SqlType::kText,
        Postgres() ? Cat(AsText(left), " || ", AsText(right)) : Cat(left.text, " || ", right.text));
    both.weight = std::max(left.weight, right.weight + 2);
    return both;
  }
  RequireText(left, op_at);
  RequirePlain(right, op_at);
  if (!Failed() && right.type.kind != SqlType::kText && right.type.kind != SqlType::kInteger) {
    FailAt(Refusal::kNotText, op_at);
  }
  const bool json = op.punct == Token::kArrow;
  Expr part = Join(left, right, json ? SqlType::kText : SqlType::kAny,
                   Postgres() ? Cat(json ? "cordon.json_arrow(" : "cordon.json_arrow_text(",
                                    AsText(left), ", ", right.text, ")")
                              : Cat("(", left.text, json ? " -> " : " ->> ", right.text, ")"));
  part.type.nullable = true;
  return part;
}

template <bool kEmit>
constexpr const char* Parser<kEmit>::Symbol(const Token& op) {
  switch (op.punct) {
    case '=':
      return " = ";
    case Token::kNotEqual:
      return " <> ";
    case Token::kLessEqual:
      return " <= ";
    case Token::kGreaterEqual:
      return " >= ";
    case '<':
      return " < ";
    default:
      return " > ";
  }
}

// SQLite works out the end of a range once it has found a row at its beginning or behind, which may
// be a neighbour's. So whether an end that can fail, or takes its time, is worked out at all would
// tell of him. Behind a unary plus the column is compared row by row, with our rows alone; a plus
// takes its affinity away, which matters beside a value of any type.
template <bool kEmit>
constexpr void Parser<kEmit>::KeepFromIndex(Expr* column, const Expr& bound) {
  if (Postgres() || bound.sure || !column->sure || column->constant) return;
  if (bound.type.kind != SqlType::kAny) {
    column->text = Cat("+", column->text);
  } else if (column->type.kind == SqlType::kText) {
    column->text = Cat("CAST(", column->text, " AS TEXT)");
  } else if (column->type.kind != SqlType::kBlob) {
    column->text = Cat("CAST(", column->text, " AS NUMERIC)");
  } else {
    column->text = Cat("+", column->text);
  }
  column->weight += kOperatorWeight;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::Compare(Scope* scope, Expr& left, Expr& right,
                                                              const Token& op, std::size_t op_at) {
  if (left.null_literal || right.null_literal) {
    FailAt(Refusal::kCompareNull, op_at);
    return {};
  }
  const char* const symbol = Symbol(op);
  if (left.row_count != 0 && right.row_count != 0) {
    return CompareRows(left, right, symbol, op_at);
  }
  if (!Unify(&left, &right, op_at)) return {};
  if (op.punct == '=') NoteEquality(scope, left, right);
  if (op.punct != '=' && op.punct != Token::kNotEqual) {
    KeepFromIndex(&left, right);
    KeepFromIndex(&right, left);
  }
  return Join(left, right, SqlType::kBoolean,
              Postgres() ? ComparePostgres(left, right, symbol)
                         : Cat("(", left.text, symbol, right.text, ")"));
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::RowText(const Expr& row) const {
  if constexpr (kEmit) {
    if (row.query) return row.text;
    std::string text = "(";
    for (std::size_t i = 0; i < row.row_count; ++i) {
      text += (i == 0 ? "" : ", ") + exprs_[row.row + i].text;
    }
    return text + ")";
  }
  return {};
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::CompareRows(Expr& left, Expr& right,
                                                                  const char* symbol,
                                                                  std::size_t op_at) {
  if (left.row_count != right.row_count) {
    FailAt(left.query || right.query ? Refusal::kSubqueryColumns : Refusal::kRowValue, op_at);
    return {};
  }
  bool detached = false;
  bool sure = !left.query && !right.query;
  for (std::size_t i = 0; i < left.row_count; ++i) {
    Expr& a = exprs_[left.row + i];
    Expr& b = exprs_[right.row + i];
    const std::uint8_t own = ScaleOf(a.type);
    const std::uint8_t other = ScaleOf(b.type);
    if (!Unify(&a, &b, op_at)) return {};
    // A column of a subquery cannot be rescaled from outside.
    if ((left.query && ScaleOf(a.type) != own) || (right.query && ScaleOf(b.type) != other)) {
      FailAt(Refusal::kScale, op_at);
      return {};
    }
    left.weight = std::max(left.weight, a.weight + 3);
    right.weight = std::max(right.weight, b.weight + 3);
    detached = detached || (a.refs | b.refs) == 0;
    sure = sure && a.sure && b.sure;
    if (Postgres()) {
      const char collation = a.collation != 0 ? a.collation : b.collation;
      if (a.type.kind == SqlType::kAny || b.type.kind == SqlType::kAny) {
        const Text text = Cat("cordon.value_key(", AsValue(a, b), ")");
        b.text = Cat("cordon.value_key(", AsValue(b, a), ")");
        a.text = text;
      } else {
        a.text = Folded(a, collation);
        b.text = Folded(b, collation);
      }
    }
  }
  if (!sure && symbol[1] != '=' && symbol[2] != '>') {
    // An index is of use from the first column on, or not at all.
    Expr bound;
    if (!left.query) KeepFromIndex(&exprs_[left.row], bound);
    if (!right.query) KeepFromIndex(&exprs_[right.row], bound);
  }
  Expr result = Join(left, right, SqlType::kBoolean,
                     Postgres() ? CompareRowsPostgres(left, right, symbol)
                                : Cat("(", RowText(left), symbol, RowText(right), ")"));
  // SQLite takes "(a, b) = (c, d)" apart.
  result.detached = detached && symbol[1] == '=';
  return result;
}

// Notes "column = value" as a conjunct of a condition, when nothing around it could undo it.
template <bool kEmit>
constexpr void Parser<kEmit>::NoteEquality(Scope* scope, const Expr& left, const Expr& right) {
  if (!scope->tracking || scope->nesting != 0) return;
  if (Here().word != Word::kAnd && Binding() != 0 && Here().word != Word::kOr) return;
  NoteEqualityOf(scope, left, right);
  NoteEqualityOf(scope, right, left);
}

template <bool kEmit>
constexpr void Parser<kEmit>::NoteEqualityOf(Scope* scope, const Expr& column, const Expr& value) {
  if (column.column == kNoColumn || column.collated || value.collated) return;
  if (scope->tracked != kNoColumn && scope->tracked != column.item) return;
  equalities_.Push({column.item, column.column, value.refs});
  ++scope->equality_count;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::Compute(Expr& left, Expr& right,
                                                              const Token& op, std::size_t op_at) {
  RequirePlain(left, op_at);
  RequirePlain(right, op_at);
  if (Failed()) return {};
  const bool additive = op.punct == '+' || op.punct == '-';
  // A time and a number of microseconds, or two times.
  if (additive && left.type.kind == SqlType::kTimestamp) {
    const bool two = op.punct == '-' && right.type.kind == SqlType::kTimestamp;
    if (!two && right.type.kind != SqlType::kInteger) {
      FailAt(Refusal::kNotNumber, op_at);
      return {};
    }
    return Join(left, right, two ? SqlType::kInteger : SqlType::kTimestamp,
                Postgres() ? ComputePostgres(left, right, op.punct)
                           : Cat(op.punct == '+' ? "cordon_add(" : "cordon_sub(", left.text, ", ",
                                 right.text, ")"));
  }
  if (!IsNumber(left.type) || !IsNumber(right.type)) {
    FailAt(left.type.kind == SqlType::kAny || right.type.kind == SqlType::kAny
               ? Refusal::kAnyType
               : Refusal::kNotNumber,
           op_at);
    return {};
  }
  if (left.type.kind == SqlType::kReal || right.type.kind == SqlType::kReal) {
    ToReal(&left);
    ToReal(&right);
    const char* symbol = op.punct == '+'   ? " + "
                         : op.punct == '-' ? " - "
                         : op.punct == '*' ? " * "
                         : op.punct == '/' ? " / "
                                           : " % ";
    Expr result = Join(left, right, SqlType::kReal,
                       Postgres() ? ComputePostgres(left, right, op.punct)
                                  : Cat("(", left.text, symbol, right.text, ")"));
    // A result that is no number is NULL in SQLite.
    result.type.nullable = result.type.nullable || !additive;
    return result;
  }
  const bool exact = left.type.kind == SqlType::kDecimal || right.type.kind == SqlType::kDecimal;
  std::uint8_t scale = 0;
  // SQLite's operators turn into binary fractions where 64 bits are not enough; these functions
  // (see arithmetic.cc) fail instead.
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
      if (exact && op.punct == '/' && IsLoose(left) && IsLoose(right)) {
        // No exact number is in it; the literal asks for a binary fraction.
        ToReal(&left);
        ToReal(&right);
        return Compute(left, right, op, op_at);
      }
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
  Expr result = Join(left, right, exact ? SqlType::kDecimal : SqlType::kInteger,
                     Postgres() ? ComputePostgres(left, right, op.punct)
                                : Cat(function, left.text, ", ", right.text, ")"));
  result.type.scale = scale;
  result.loose = exact && IsLoose(left) && IsLoose(right);
  // "f(" in front of the left one, "f(a," in front of the right one.
  result.weight = std::max(left.weight + 3, right.weight + kOperatorWeight);
  // A division by zero is NULL in SQLite.
  result.type.nullable = result.type.nullable || op.punct == '/' || op.punct == '%';
  return result;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ComputeBits(Expr& left, Expr& right,
                                                                  const Token& op,
                                                                  std::size_t op_at) {
  for (const Expr* side : {&left, &right}) {
    RequirePlain(*side, op_at);
    if (!Failed() && side->type.kind != SqlType::kInteger && side->type.kind != SqlType::kNull &&
        side->type.kind != SqlType::kBoolean) {
      FailAt(Refusal::kNotNumber, op_at);
    }
  }
  const char* symbol = op.punct == '&'                 ? " & "
                       : op.punct == '|'               ? " | "
                       : op.punct == Token::kShiftLeft ? " << "
                                                       : " >> ";
  if (Postgres()) {
    const bool shift = op.punct == Token::kShiftLeft || op.punct == Token::kShiftRight;
    const Text a = AsNumber(left);
    const Text b = AsNumber(right);
    return Join(
        left, right, SqlType::kInteger,
        shift ? Cat(op.punct == Token::kShiftLeft ? "cordon.shift_left(" : "cordon.shift_right(", a,
                    ", ", b, ")")
              : Cat("(", a, symbol, b, ")"));
  }
  return Join(left, right, SqlType::kInteger, Cat("(", left.text, symbol, right.text, ")"));
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::NullTest(const Expr& left, bool negated) {
  RequireOne(left, at_);
  Expr result = Join(left, left, SqlType::kBoolean,
                     Postgres() && negated
                         // A composite with one NULL in it is neither to PostgreSQL.
                         ? Cat("(NOT (", left.text, " IS NULL))")
                         : Cat("(", left.text, negated ? " IS NOT NULL)" : " IS NULL)"));
  result.type.nullable = false;
  return result;
}

// IS [NOT] NULL, IS [NOT] value, IS [NOT] DISTINCT FROM value
template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseIs(Scope* scope, Expr& left) {
  const std::size_t op_at = at_;
  Advance();
  bool negated = Accept(Word::kNot);
  if (Is(Word::kDistinct) && Ahead(1).word == Word::kFrom) {
    Advance();
    Advance();
    negated = !negated;
  }
  if (Accept(Word::kNull)) return NullTest(left, negated);
  ++scope->nesting;
  Expr right = ParseBinary(scope, 5);
  --scope->nesting;
  if (Failed() || !Unify(&left, &right, op_at)) return {};
  Expr result =
      Join(left, right, SqlType::kBoolean,
           Postgres() ? IsSamePostgres(left, right, negated)
                      : Cat("(", left.text, negated ? " IS NOT " : " IS ", right.text, ")"));
  result.type.nullable = false;
  return result;
}

// [NOT] IN, [NOT] LIKE, [NOT] GLOB, [NOT] BETWEEN, ISNULL, NOTNULL, NOT NULL
template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParsePredicate(Scope* scope, Expr& left,
                                                                     std::size_t first) {
  if (Accept(Word::kIsNull)) return NullTest(left, false);
  if (Accept(Word::kNotNull)) return NullTest(left, true);
  const bool negated = Accept(Word::kNot);
  if (negated && Accept(Word::kNull)) return NullTest(left, true);
  const Text open(negated ? "(NOT (" : "(");
  const Text close(negated ? "))" : ")");
  const std::size_t op_at = at_;
  ++scope->nesting;
  Expr result;
  if (Accept(Word::kBetween)) {
    result = ParseBetween(scope, left, op_at, open, close);
  } else if (Accept(Word::kLike)) {
    result = ParseLike(scope, left, first, " LIKE ", open, close);
  } else if (Accept(Word::kGlob)) {
    result = ParseLike(scope, left, first, " GLOB ", open, close);
  } else if (Accept(Word::kIn)) {
    result = ParseIn(scope, left, op_at, open, close);
    result.never = result.never && !negated;
  } else {
    RefuseHere();
  }
  --scope->nesting;
  return result;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseBetween(Scope* scope, Expr& left,
                                                                   std::size_t op_at,
                                                                   const Text& open,
                                                                   const Text& close) {
  Expr low = ParseBinary(scope, 5);
  Expect(Word::kAnd);
  Expr high = ParseBinary(scope, 5);
  // `high` may raise the scale of `left`, and `left` that of `low`.
  if (Failed() || !Unify(&left, &low, op_at) || !Unify(&left, &high, op_at) ||
      !Unify(&left, &low, op_at)) {
    return {};
  }
  KeepFromIndex(&left, low);
  KeepFromIndex(&left, high);
  KeepFromIndex(&low, left);
  KeepFromIndex(&high, left);
  Expr result =
      Join(left, low, SqlType::kBoolean,
           Postgres() ? Cat(open, ComparePostgres(left, low, " >= "), " AND ",
                            ComparePostgres(left, high, " <= "), close)
                      : Cat(open, left.text, " BETWEEN ", low.text, " AND ", high.text, close));
  result.type.nullable = result.type.nullable || high.type.nullable;
  result.constant = result.constant && high.constant;
  result.refs |= high.refs;
  result.weight = std::max(result.weight, high.weight + kOperatorWeight);
  return result;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseLike(Scope* scope, Expr& left,
                                                                std::size_t first, const char* op,
                                                                const Text& open,
                                                                const Text& close) {
  const std::size_t right_at = at_;
  Expr pattern = ParseBinary(scope, 5);
  RequireText(left, first);
  RequireText(pattern, right_at);
  Text text = Postgres() ? Cat(op[1] == 'L' ? "cordon.like(" : "cordon.glob(", AsText(left), ", ",
                               AsText(pattern))
                         : Cat(left.text, op, pattern.text);
  Text escape(op[1] == 'L' ? ", ''" : "");
  if (Accept(Word::kEscape)) {
    const Token token = Here();
    if (token.kind != Token::kString || token.end - token.begin != 3) Fail(Refusal::kSyntax);
    escape = Cat(Postgres() ? ", " : " ESCAPE ", Literal(token));
    if (!Postgres()) text = Cat(text, escape);
    Advance();
  }
  if (Postgres()) text = Cat(text, escape, ")");
  return Join(left, pattern, SqlType::kBoolean, Cat(open, text, close));
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseIn(Scope* scope, Expr& left,
                                                              std::size_t op_at, const Text& open,
                                                              const Text& close) {
  if (!IsPunct('(')) {
    Fail(Refusal::kTableFunction);  // x IN table
    return {};
  }
  Advance();
  if (Is(Word::kSelect) || Is(Word::kWith) || Is(Word::kValues)) {
    return ParseInQuery(scope, left, op_at, open, close);
  }
  if (AcceptPunct(')')) {  // nothing is in it, not even NULL
    RequireOne(left, op_at);
    Expr none =
        Join(left, left, SqlType::kBoolean,
             Postgres() ? Cat(open, "false", close) : Cat(open, left.text, " IN ()", close));
    none.type.nullable = false;
    none.never = true;
    none.refs = 0;
    return none;
  }
  if (left.row_count != 0) {
    // SQLite knows no list of row values; one by one they mean the same.
    Expr any;
    bool begun = false;
    do {
      Expr element = ParseBinary(scope, 5);
      if (Failed()) return {};
      if (element.row_count == 0) {
        Fail(Refusal::kRowValue);
        return {};
      }
      Expr one = CompareRows(left, element, " = ", op_at);
      any = begun ? Join(any, one, SqlType::kBoolean, Cat(any.text, " OR ", one.text)) : one;
      begun = true;
      any.weight = std::max(any.weight, one.weight + 2);
    } while (!Failed() && AcceptPunct(','));
    ExpectPunct(')');
    any.text = Cat(open, any.text, close);
    any.weight += 3;
    return any;
  }
  Pool<Expr> elements;  // exprs_ may be used by the elements themselves
  do {
    Expr element = ParseExpr(scope);
    if (element.null_literal) Fail(Refusal::kCompareNull);
    if (Failed()) return {};
    elements.Push(std::move(element));
  } while (AcceptPunct(','));
  ExpectPunct(')');
  // They are brought to the largest scale among them.
  const std::size_t mark = exprs_.size();
  exprs_.Push(left);
  for (std::size_t i = 0; i < elements.size(); ++i) exprs_.Push(std::move(elements[i]));
  if (Failed() || !UnifyAll(mark, op_at, false)) return {};
  Expr result = exprs_[mark];
  result.collated = false;
  Text list;
  bool any = left.type.kind == SqlType::kAny;
  for (std::size_t i = mark + 1; i < exprs_.size(); ++i) {
    any = any || exprs_[i].type.kind == SqlType::kAny;
  }
  for (std::size_t i = mark + 1; i < exprs_.size(); ++i) {
    const Expr& element = exprs_[i];
    if constexpr (kEmit) {
      const bool first_of_list = i == mark + 1;
      if (Postgres() && any) {
        list += (first_of_list ? "" : " OR ") + ComparePostgres(exprs_[mark], element, " = ");
      } else if (Postgres()) {
        list += (first_of_list ? "" : ", ") + Folded(element, exprs_[mark].collation);
      } else {
        list += (first_of_list ? "" : ", ") + element.text;
      }
    }
    result.type.nullable = result.type.nullable || element.type.nullable;
    result.constant = result.constant && element.constant;
    result.refs |= element.refs;
    result.weight = std::max(result.weight, element.weight);
  }
  result = Join(result, result, SqlType::kBoolean,
                Postgres() && any ? Cat(open, list, close)
                : Postgres()      ? Cat(open, Folded(exprs_[mark], exprs_[mark].collation), " IN (",
                                        list, ")", close)
                                  : Cat(open, exprs_[mark].text, " IN (", list, ")", close));
  exprs_.Shrink(mark);
  return result;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseInQuery(Scope* scope, Expr& left,
                                                                   std::size_t op_at,
                                                                   const Text& open,
                                                                   const Text& close) {
  std::uint32_t refs = 0;
  Query query = ParseSubquery(scope, Use::kRows, &refs);
  if (Failed()) return {};
  const std::size_t columns = left.row_count == 0 ? 1 : left.row_count;
  if (query.count != columns) {
    FailAt(Refusal::kSubqueryColumns, op_at);
    return {};
  }
  Expr result;
  result.type.nullable = left.type.nullable;
  Expr column;
  for (std::size_t i = 0; i < columns; ++i) {
    column.type = outputs_[query.first + i].type;
    const std::uint8_t scale = ScaleOf(column.type);
    Expr& own = left.row_count == 0 ? left : exprs_[left.row + i];
    if (!Unify(&own, &column, op_at)) return {};
    if (ScaleOf(column.type) != scale) {
      FailAt(Refusal::kScale, op_at);  // the subquery's own column cannot be rescaled from here
      return {};
    }
    result.type.nullable = result.type.nullable || column.type.nullable || own.type.nullable;
  }
  Drop(query);
  Text own = left.row_count == 0 ? left.text : RowText(left);
  if (Postgres() && left.row_count == 0) query.text = InPostgres(left, column, query.text, &own);
  result.type.kind = SqlType::kBoolean;
  result.constant = false;
  result.refs = left.refs | refs;
  result.weight = std::max(left.weight, query.weight) + kOperatorWeight;
  result.text = Cat(open, own, " IN (", query.text, ")", close);
  return result;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseUnary(Scope* scope) {
  if (!IsPunct('-') && !IsPunct('+') && !IsPunct('~')) return ParsePostfix(scope);
  const char sign = Here().punct;
  const std::size_t place = at_;
  Advance();
  if (!Deeper()) return {};
  Expr operand = ParseUnary(scope);
  --depth_;
  RequirePlain(operand, place);
  if (!Failed() &&
      (sign == '~' ? operand.type.kind != SqlType::kInteger : !IsNumber(operand.type))) {
    FailAt(Refusal::kNotNumber, place);
  }
  operand.item = operand.column = kNoColumn;
  if (sign == '+') return operand;
  const bool native = operand.number_literal || operand.type.kind == SqlType::kReal || sign == '~';
  operand.text = Postgres() ? Cat(sign == '~' ? "(~ " : "(- ", AsNumber(operand), ")")
                 : native   ? Cat(sign == '~' ? "(~ " : "(- ", operand.text, ")")
                            : Cat("cordon_sub(0, ", operand.text, ")");
  operand.as_flag = operand.affine = false;
  operand.sure = operand.sure && native;
  operand.weight += kOperatorWeight;
  operand.number_literal = false;
  if (operand.type.kind == SqlType::kBoolean) operand.type.kind = SqlType::kInteger;
  return operand;
}

// An operand and the COLLATE behind it.
template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParsePostfix(Scope* scope) {
  const std::size_t first = at_;
  Expr expr = ParsePrimary(scope);
  while (!Failed() && Accept(Word::kCollate)) {
    RequireOne(expr, first);
    if (expr.type.kind != SqlType::kText && expr.type.kind != SqlType::kNull) {
      FailAt(Refusal::kNotText, first);
    }
    const char* collation = AcceptSpelt("nocase")   ? " COLLATE NOCASE)"
                            : AcceptSpelt("rtrim")  ? " COLLATE RTRIM)"
                            : AcceptSpelt("binary") ? " COLLATE BINARY)"
                                                    : nullptr;
    if (collation == nullptr) {
      Fail(Refusal::kCollate);
      return {};
    }
    expr.collation = collation[sizeof " COLLATE " - 1];
    expr.collated = expr.collation != 'B';
    if (!Postgres()) expr.text = Cat("(", expr.text, collation);
    expr.weight += 2;
    expr.item = expr.column = kNoColumn;
  }
  return expr;
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_PARSER_EXPRESSION_H_
