// SPDX-License-Identifier: Apache-2.0
// The part of Parser (see parser.h, which alone includes this) that reads conditions and operators:
// what binds how tightly, which types go together, and which comparisons fix a key.
#ifndef CORDON_DATA_INTERNAL_PARSER_EXPRESSION_H_
#define CORDON_DATA_INTERNAL_PARSER_EXPRESSION_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "cordon/data/internal/lexer.h"
#include "cordon/data/internal/parser.h"
#include "cordon/data/internal/refusal.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/types.h"

namespace cordon::internal {

template <bool kEmit>
constexpr bool Parser<kEmit>::IsNumber(SqlType type) {
  return type.kind == SqlType::kInteger || type.kind == SqlType::kDecimal ||
         type.kind == SqlType::kNull;
}

template <bool kEmit>
constexpr std::uint8_t Parser<kEmit>::ScaleOf(SqlType type) {
  return type.kind == SqlType::kDecimal ? type.scale : std::uint8_t{0};
}

// The same number counted in smaller units.
template <bool kEmit>
constexpr void Parser<kEmit>::Rescale(Expr* expr, std::uint8_t scale) {
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
  if (!expr->number_literal) expr->weight += kOperatorWeight;
  expr->type.kind = SqlType::kDecimal;
  expr->type.scale = scale;
}

// Makes two operands comparable, or refuses.
template <bool kEmit>
constexpr bool Parser<kEmit>::Unify(Expr* a, Expr* b, std::size_t place) {
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

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::Boolean(const Expr& a, const Expr& b,
                                                              const Text& text) {
  Expr result;
  result.type = {SqlType::kBoolean, 0, a.type.nullable || b.type.nullable};
  result.constant = a.constant && b.constant;
  result.text = text;
  result.weight = std::max(a.weight, b.weight) + kOperatorWeight;
  return result;
}

template <bool kEmit>
constexpr void Parser<kEmit>::RequireBoolean(const Expr& expr, std::size_t place) {
  if (!Failed() && expr.type.kind != SqlType::kBoolean && expr.type.kind != SqlType::kNull) {
    FailAt(Refusal::kNotBoolean, place);
  }
}

template <bool kEmit>
constexpr void Parser<kEmit>::RequireText(const Expr& expr, std::size_t place) {
  if (!Failed() && expr.type.kind != SqlType::kText && expr.type.kind != SqlType::kNull) {
    FailAt(Refusal::kNotText, place);
  }
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

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseBinary(Scope* scope, int least) {
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
  // "a AND b AND c" stays flat, since each pair of parentheses takes room in SQLite's parser.
  Word chain = Word::kNone;
  const auto close = [&] {
    if (chain == Word::kNone) return;
    left.text = Text("(") + left.text + Text(")");
    left.weight += 1;
    chain = Word::kNone;
  };
  while (!Failed()) {
    const int binding = Binding();
    if (binding == 0 || binding < least) break;
    const Word word = Here().word;
    if (word != chain) close();
    left = ParseOperator(scope, left, first, binding);
    if (word == Word::kAnd || word == Word::kOr) chain = word;
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
    if (op.word == Word::kOr) scope->pinning = false, scope->pinned = 0;
    Expr right = ParseBinary(scope, binding + 1);
    RequireBoolean(right, right_at);
    const Text word(op.word == Word::kAnd ? " AND " : " OR ");
    Expr both = Boolean(left, right, left.text + word + right.text);  // ParseBinary closes it
    both.weight = std::max(left.weight, right.weight + 2);
    return both;
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

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::Compare(Scope* scope, Expr& left, Expr& right,
                                                              const Token& op, std::size_t op_at) {
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
template <bool kEmit>
constexpr void Parser<kEmit>::Pin(Scope* scope, const Expr& left, const Expr& right) {
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

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::Compute(Expr& left, Expr& right,
                                                              const Token& op, std::size_t op_at) {
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

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseIs(Scope*, const Expr& left) {
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
template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParsePredicate(Scope* scope, Expr& left,
                                                                     std::size_t first) {
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
    result.weight = std::max(result.weight, high.weight + kOperatorWeight);
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

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseIn(Scope* scope, Expr& left,
                                                              std::size_t op_at, const Text& open,
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
    column.weight = select_weight_;
    return Boolean(left, column, open + left.text + Text(" IN (") + query + Text(")") + close);
  }
  // Elements are brought to the largest scale among them.
  Text list;
  bool nullable = left.type.nullable;
  bool constant = left.constant;
  int weight = left.weight + kOperatorWeight;
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
      weight = std::max(weight, element.weight + kOperatorWeight);
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
  result.weight = weight;
  return result;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseUnary(Scope* scope) {
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
      operand.weight += kOperatorWeight;
      operand.number_literal = false;
    }
    return operand;
  }
  return ParsePrimary(scope);
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_PARSER_EXPRESSION_H_
