// SPDX-License-Identifier: Apache-2.0
// The part of Parser (see parser.h, which alone includes this) that knows how PostgreSQL says what
// SQLite says: types that do not turn into each other by themselves, values without a type,
// collations, the order of NULLs. See dialect.h for what each expression is to the server.
#ifndef CORDON_DATA_INTERNAL_PARSER_POSTGRES_H_
#define CORDON_DATA_INTERNAL_PARSER_POSTGRES_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "cordon/data/internal/parser.h"
#include "cordon/data/types.h"

namespace cordon::internal {

// The value that is bound at this place, from 1: the tenant's.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::Bound(std::size_t place) const {
  return Cat(Postgres() ? "$" : "?", Number(place));
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::TypeText(SqlType::Kind kind) {
  switch (kind) {
    case SqlType::kBoolean:
      return Text("boolean");
    case SqlType::kReal:
      return Text("double precision");
    case SqlType::kBlob:
      return Text("bytea");
    case SqlType::kAny:
      return Text("cordon.value");
    case SqlType::kText:
    case SqlType::kNull:
      return Text("text");
    default:
      return Text("bigint");
  }
}

// A NULL of that type. It may be made of an aggregate, so that its text cannot go.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::NullOf(const Expr& null, SqlType::Kind kind) {
  return Cat("((", null.text, ")::", TypeText(kind), ")");
}

// As an operand of arithmetic: a flag is 0 or 1.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::AsNumber(const Expr& expr) {
  if (expr.type.kind == SqlType::kNull) return NullOf(expr, SqlType::kInteger);
  if (expr.type.kind == SqlType::kBoolean || expr.as_flag) {
    return Cat("((", expr.text, ")::integer::bigint)");
  }
  return expr.text;
}

// Written out, as SQLite does it where a text is wanted.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::AsText(const Expr& expr) {
  switch (expr.type.kind) {
    case SqlType::kText:
      return expr.text;
    case SqlType::kNull:
      return NullOf(expr, SqlType::kText);
    case SqlType::kAny:
      return Cat("cordon.value_to_text(", expr.text, ")");
    case SqlType::kBlob:
      return Cat("cordon.bytes_to_text(", expr.text, ")");
    default:
      return Cat("cordon.to_text(", AsNumber(expr), ")");
  }
}

// As a value without a type, to be compared with `beside`. SQLite lends it the type of a column or
// a CAST beside it.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::AsValue(const Expr& expr,
                                                              const Expr& beside) {
  if (expr.type.kind == SqlType::kNull) return NullOf(expr, SqlType::kAny);
  if (expr.type.kind != SqlType::kAny) return Cat("cordon.value_of(", expr.text, ")");
  const bool text = beside.type.kind == SqlType::kText;
  if (!beside.affine || beside.type.kind == SqlType::kAny || (text && expr.affine))
    return expr.text;
  return Cat(text ? "cordon.value_as_text(" : "cordon.value_as_number(", expr.text, ")");
}

// A literal 0 or 1 beside a flag.
template <bool kEmit>
constexpr void Parser<kEmit>::AsFlag(Expr* number) {
  if (number->as_flag) return;
  if constexpr (kEmit) number->text = number->text[0] == '0' ? "false" : "true";
  number->as_flag = true;
}

// What compares byte by byte as the text itself does by its collation. lower() under the collation
// "C", which every text has, knows ASCII only, like NOCASE.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::Folded(const Expr& expr, char collation) {
  if (expr.type.kind == SqlType::kAny) return Cat("cordon.value_key(", expr.text, ")");
  if constexpr (kEmit) {
    if (expr.text == "NULL") return "(SELECT NULL::text)";  // nothing goes by a constant there
  }
  if (expr.type.kind != SqlType::kText) return expr.text;
  if (collation == 'N') return Cat("lower(", expr.text, ")");
  if (collation == 'R') return Cat("rtrim(", expr.text, ", ' ')");
  return expr.text;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ComparePostgres(const Expr& left,
                                                                      const Expr& right,
                                                                      const char* symbol) const {
  if (left.type.kind == SqlType::kAny || right.type.kind == SqlType::kAny) {
    return Cat("(cordon.value_compare(", AsValue(left, right), ", ", AsValue(right, left), ")",
               symbol, "0)");
  }
  const char collation = left.collation != 0 ? left.collation : right.collation;
  const bool null = left.type.kind == SqlType::kNull;
  const Text a = null ? NullOf(left, right.type.kind) : Folded(left, collation);
  const Text b =
      right.type.kind == SqlType::kNull ? NullOf(right, left.type.kind) : Folded(right, collation);
  return Cat("(", a, symbol, b, ")");
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::IsSamePostgres(const Expr& left,
                                                                     const Expr& right,
                                                                     bool negated) const {
  if (left.type.kind == SqlType::kAny || right.type.kind == SqlType::kAny) {
    const Text a = AsValue(left, right);
    const Text b = AsValue(right, left);
    return Cat(negated ? "(NOT " : "(", "COALESCE(cordon.value_compare(", a, ", ", b, ") = 0, ", a,
               " IS NULL AND ", b, " IS NULL))");
  }
  return ComparePostgres(left, right, negated ? " IS DISTINCT FROM " : " IS NOT DISTINCT FROM ");
}

// The query that `own` is looked for in, where its column is not compared as it is.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::InPostgres(const Expr& left, Expr column,
                                                                 const Text& query, Text* own) {
  column.text = Text("v.x0");
  column.affine = true;  // SQLite takes a subquery's column for one
  Text compared;
  if (left.type.kind == SqlType::kAny || column.type.kind == SqlType::kAny) {
    *own = Cat("cordon.value_key(", AsValue(left, column), ")");
    compared = Cat("cordon.value_key(", AsValue(column, left), ")");
  } else if (left.collation == 'N' || left.collation == 'R') {
    *own = Folded(left, left.collation);
    compared = Folded(column, left.collation);
  } else if (column.type.kind == SqlType::kNull || left.type.kind == SqlType::kNull) {
    if (left.type.kind == SqlType::kNull) *own = NullOf(left, column.type.kind);
    compared = column.type.kind == SqlType::kNull ? NullOf(column, left.type.kind) : column.text;
  } else {
    return query;
  }
  return Cat("SELECT ", compared, " FROM (", query, ") AS v(x0)");
}

// A subquery of several columns stands on the right only there; a pair of them is taken apart.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::CompareRowsPostgres(
    const Expr& left, const Expr& right, const char* symbol) const {
  const Text own = RowText(left);
  const Text other = RowText(right);
  if (!left.query) return Cat("(", own, symbol, other, ")");
  if (!right.query) {
    const char* const mirrored = symbol[1] == '<' && symbol[2] == ' '   ? " > "
                                 : symbol[1] == '>' && symbol[2] == ' ' ? " < "
                                 : symbol[1] == '<' && symbol[2] == '=' ? " >= "
                                 : symbol[1] == '>'                     ? " <= "
                                                                        : symbol;
    return Cat("(", other, mirrored, own, ")");
  }
  Text columns;
  Text row;
  for (std::size_t i = 0; i < left.row_count; ++i) {
    columns = Cat(columns, i == 0 ? "x" : ", x", Number(i));
    row = Cat(row, i == 0 ? "v.x" : ", v.x", Number(i));
  }
  return Cat("(SELECT (", row, ")", symbol, other, " FROM (SELECT 1) AS one LEFT JOIN ", own,
             " AS v(", columns, ") ON true)");
}

// PostgreSQL's operators fail where 64 bits are not enough, as cordon_add() and the like do.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ComputePostgres(const Expr& left,
                                                                      const Expr& right,
                                                                      char op) const {
  const bool real = left.type.kind == SqlType::kReal || right.type.kind == SqlType::kReal;
  const Text a = AsNumber(left);
  const Text b = AsNumber(right);
  if (op == '/') return Cat(real ? "cordon.real_div(" : "cordon.div(", a, ", ", b, ")");
  if (op == '%') return Cat(real ? "cordon.real_mod(" : "cordon.mod(", a, ", ", b, ")");
  return Cat("(", a, op == '+' ? " + " : op == '-' ? " - " : " * ", b, ")");
}

// See CastTo() for what can be cast, and what it comes to.
template <bool kEmit>
constexpr void Parser<kEmit>::CastPostgres(Expr* expr, SqlType::Kind kind, std::uint8_t scale) {
  const SqlType::Kind from = expr->type.kind;
  switch (kind) {
    case SqlType::kInteger:
      if (from == SqlType::kAny) {
        expr->text = Cat("cordon.value_to_integer(", expr->text, ")");
      } else if (from == SqlType::kText || from == SqlType::kReal) {
        expr->text = Cat("cordon.to_integer(", expr->text, ")");
      } else {
        expr->text = AsNumber(*expr);
      }
      break;
    case SqlType::kReal:
      if (from == SqlType::kAny) {
        expr->text = Cat("cordon.value_to_real(", expr->text, ")");
      } else if (from == SqlType::kText) {
        expr->text = Cat("cordon.to_real(", expr->text, ")");
      } else {
        expr->text = Cat("(", AsNumber(*expr), ")::double precision");
        expr->text = Cat("(", expr->text, ")");
      }
      break;
    case SqlType::kText:
      expr->text = AsText(*expr);
      break;
    case SqlType::kBlob:
      if (from == SqlType::kAny) {
        expr->text = Cat("cordon.value_blob(", expr->text, ")");
      } else if (from != SqlType::kBlob) {
        expr->text = Cat("cordon.to_bytes(", AsText(*expr), ")");
      }
      break;
    default:
      break;
  }
  expr->type.scale = scale;
  expr->as_flag = false;
}

// Values of which one is chosen: written alike, flags and numbers among them.
template <bool kEmit>
constexpr void Parser<kEmit>::LikeFirst(std::size_t first) {
  const SqlType::Kind kind = exprs_[first].type.kind;
  for (std::size_t i = first; i < exprs_.size(); ++i) {
    Expr& expr = exprs_[i];
    if (expr.type.kind == SqlType::kNull) {
      expr.text = NullOf(expr, kind);
    } else if (kind != SqlType::kBoolean && (expr.as_flag || expr.type.kind == SqlType::kBoolean)) {
      expr.text = AsNumber(expr);
      expr.as_flag = false;
    }
  }
}

// SQLite takes NULL for the smallest value.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::NullOrder(const SqlType& type,
                                                                bool descending) const {
  if (!Postgres() || !type.nullable) return {};
  return Text(descending ? " NULLS LAST" : " NULLS FIRST");
}

// A NULL in a select list has the type of its column, which the SELECTs behind it may know.
template <bool kEmit>
constexpr void Parser<kEmit>::TypeNulls(const Query& query, Text* text) const {
  if constexpr (kEmit) {
    for (std::size_t begin = text->find('\x03'); begin != std::string::npos;
         begin = text->find('\x03', begin)) {
      const std::size_t end = text->find('\x03', begin + 1);
      const std::size_t column = std::stoul(text->substr(begin + 1, end - begin - 1));
      const std::string type = TypeText(outputs_[query.first + column].type.kind);
      text->replace(begin, end + 1 - begin, type);
    }
  }
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_PARSER_POSTGRES_H_
