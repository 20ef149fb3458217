// SPDX-License-Identifier: Apache-2.0
// The part of Parser (see parser.h, which alone includes this) that reads calls of functions,
// aggregates among them, and the windows that they look through.
#ifndef CORDON_DATA_INTERNAL_PARSER_FUNCTION_H_
#define CORDON_DATA_INTERNAL_PARSER_FUNCTION_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cordon/data/internal/dialect.h"
#include "cordon/data/internal/functions.h"
#include "cordon/data/internal/lexer.h"
#include "cordon/data/internal/parser.h"
#include "cordon/data/internal/refusal.h"
#include "cordon/data/types.h"

namespace cordon::internal {

// What follows the name at hand, without reading it.
template <bool kEmit>
constexpr typename Parser<kEmit>::Shape Parser<kEmit>::ShapeOfCall() const {
  Shape shape;
  const std::size_t behind = BehindParentheses(at_ + 1);
  int depth = 0;
  for (std::size_t i = at_ + 1; i < behind; ++i) {
    if (IsPunct(tokens_[i], '(')) ++depth;
    if (IsPunct(tokens_[i], ')')) --depth;
    if (depth == 1 && IsPunct(tokens_[i], ',')) ++shape.arguments;
  }
  if (behind > at_ + 3) ++shape.arguments;
  std::size_t next = behind;
  if (tokens_[next].word == Word::kFilter) next = BehindParentheses(next + 1);
  shape.windowed = tokens_[next].word == Word::kOver;
  return shape;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseFunction(Scope* scope) {
  const std::size_t name_at = at_;
  const Function* const function = FindFunction(Spelling(Here()), Here().hash);
  if (function == nullptr || !IsPure(*function)) {
    Fail(function != nullptr && function->rule == Rule::kImpure ? Refusal::kImpureFunction
                                                                : Refusal::kFunction);
    return {};
  }
  const Rule rule = function->rule;
  bool aggregate = false;
  bool windowed = false;
  if (IsAggregate(rule) || IsWindow(rule)) {
    const Shape shape = ShapeOfCall();
    windowed = shape.windowed;
    aggregate = IsAggregate(rule) && !windowed && (rule != Rule::kMinMax || shape.arguments == 1);
    if (aggregate && (!scope->aggregates_allowed || scope->in_aggregate)) {
      Fail(Refusal::kAggregateHere);
    } else if (windowed ? !scope->windows_allowed || scope->in_aggregate : IsWindow(rule)) {
      Fail(Refusal::kWindow);
    }
  }
  if (Failed() || !Deeper()) return {};
  Advance();
  Advance();  // the name and '('
  if (aggregate) {
    scope->has_aggregate = true;
    if (scope->windows_allowed) scope->aggregates_rows = true;
    scope->in_aggregate = true;
    scope->aggregates_own = scope->aggregates_outer = false;
  }
  const bool windows_allowed = scope->windows_allowed;
  if (windowed) scope->windows_allowed = false;
  ++scope->nesting;
  const std::size_t first = exprs_.size();
  Pool<Expr> arguments;  // exprs_ may be used by the arguments themselves
  const bool all = rule == Rule::kCount && AcceptPunct('*');
  const bool distinct = !all && IsAggregate(rule) && Accept(Word::kDistinct);
  if (!all && !IsPunct(')')) {
    do {
      const std::size_t argument_at = at_;
      arguments.Push(ParseExpr(scope));
      RequirePlain(arguments[arguments.size() - 1], argument_at);
    } while (!Failed() && AcceptPunct(','));
  }
  ExpectPunct(')');
  const std::size_t count = arguments.size();
  if (!Failed() && (count < function->least || count > function->most || (distinct && count != 1) ||
                    (rule == Rule::kCount && count == 0 && !all))) {
    FailAt(Refusal::kFunctionArguments, name_at);
  }
  exprs_.Shrink(first);  // what row values inside the arguments have left
  for (std::size_t i = 0; i < count; ++i) exprs_.Push(std::move(arguments[i]));
  call_tail_ = Text();
  Expr call = Failed() ? Expr{} : Call(*function, first, name_at, distinct, windowed);
  const Text tail = call_tail_;
  exprs_.Shrink(first);
  --scope->nesting;
  --depth_;
  const bool filtered = Is(Word::kFilter);
  if (aggregate || windowed) {
    call.constant = false;
    ParseFilter(scope, &call);
  }
  if (aggregate) {
    if (scope->aggregates_outer && !scope->aggregates_own) {
      FailAt(Refusal::kAggregateHere, name_at);
    }
    scope->in_aggregate = false;
  }
  if (windowed) {
    scope->has_window = true;
    if (!Failed()) ParseOver(scope, *function, filtered, &call);
    scope->windows_allowed = windows_allowed;
  } else if (Is(Word::kOver) || Is(Word::kFilter)) {
    Fail(Refusal::kWindow);
  }
  call.text = Cat(call.text, tail);
  return call;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::Arguments(std::size_t first) const {
  Text list;
  if constexpr (kEmit) {
    for (std::size_t i = first; i < exprs_.size(); ++i) {
      list += (i == first ? "" : ", ") + exprs_[i].text;
    }
  }
  return list;
}

// The call of a function whose arguments are in exprs_ behind `first`.
template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::Call(const Function& function,
                                                           std::size_t first, std::size_t place,
                                                           bool distinct, bool windowed) {
  const std::size_t count = exprs_.size() - first;
  Expr call;
  bool any_nullable = false;
  bool all_nullable = count > 0;
  for (std::size_t i = first; i < exprs_.size(); ++i) {
    const Expr& argument = exprs_[i];
    call.constant = call.constant && argument.constant;
    call.refs |= argument.refs;
    call.weight = std::max(call.weight, argument.weight);
    any_nullable = any_nullable || argument.type.nullable;
    all_nullable = all_nullable && argument.type.nullable;
  }
  call.weight += kOperatorWeight;
  const auto type = [&](SqlType::Kind kind, bool nullable) { call.type = {kind, 0, nullable}; };
  const auto kind_of = [&](std::size_t i) { return exprs_[first + i].type.kind; };
  const auto wrong = [&] { FailAt(Refusal::kFunctionArguments, place); };
  const auto text = [&](std::size_t i) {
    if (i < count) RequireText(exprs_[first + i], place);
  };
  const auto integer = [&](std::size_t i) {
    if (i < count && kind_of(i) != SqlType::kInteger && kind_of(i) != SqlType::kNull) wrong();
  };
  const auto number = [&](std::size_t i) {
    if (!Failed() && !IsNumber(exprs_[first + i].type)) {
      FailAt(kind_of(i) == SqlType::kAny ? Refusal::kAnyType : Refusal::kNotNumber, place);
    }
  };
  // Scaled integers must not be shown as what they are not.
  const auto unscaled = [&](bool blobs) {
    for (std::size_t i = 0; i < count; ++i) {
      if (kind_of(i) == SqlType::kDecimal && exprs_[first + i].number_literal) {
        ToReal(&exprs_[first + i]);
      }
      if (kind_of(i) == SqlType::kDecimal || (!blobs && kind_of(i) == SqlType::kBlob)) wrong();
    }
  };
  std::string_view name = function.name;
  Text prefix;
  Text unit;  // what an exact sum is counted in
  for (std::size_t i = first; (distinct || function.rule == Rule::kMinMax) && i < exprs_.size();
       ++i) {
    KeepBinary(&exprs_[i]);
  }
  switch (function.rule) {
    case Rule::kCount:
      type(SqlType::kInteger, false);
      if (count == 0) prefix = Text("*");
      break;
    case Rule::kSum:
    case Rule::kTotal:
    case Rule::kAvg: {
      number(0);
      call.type = exprs_[first].type;
      if (function.rule == Rule::kSum) {
        // SQLite's own fails when a sum leaves 64 bits on the way, which is a matter of the order.
        if (call.type.kind != SqlType::kReal) name = "cordon_sum";
        if (call.type.kind != SqlType::kDecimal && call.type.kind != SqlType::kReal) {
          call.type.kind = SqlType::kInteger;
        }
      } else {
        if (call.type.kind == SqlType::kDecimal && distinct) {
          ToReal(&exprs_[first]);
        } else if (call.type.kind == SqlType::kDecimal) {
          // The sum is kept exactly; only the quotient is a binary fraction.
          if constexpr (kEmit) {
            unit = "1" + std::string(std::size_t{call.type.scale}, '0');
            if (!Postgres()) exprs_[first].text += ", " + unit;
          }
          name = function.rule == Rule::kAvg ? "cordon_avg" : "cordon_total";
        }
        call.type.kind = SqlType::kReal;
        call.type.scale = 0;
      }
      call.type.nullable = function.rule != Rule::kTotal;
      break;
    }
    case Rule::kMinMax:
      if (!UnifyAll(first, place)) return {};
      call.type = exprs_[first].type;
      call.type.nullable = count == 1 || any_nullable;
      if (call.type.kind == SqlType::kAny) FailAt(Refusal::kAnyType, place);
      break;
    case Rule::kConcat:
      unscaled(false);
      text(1);
      type(SqlType::kText, true);
      // The texts in their order, as there is none that SQL fixes.
      if (!windowed) name = "cordon_group_concat";
      break;
    case Rule::kJsonArrayOf:
    case Rule::kJsonObjectOf:
      unscaled(false);
      if (function.rule == Rule::kJsonObjectOf) text(0);
      type(SqlType::kText, false);
      if (!windowed && !Postgres()) {
        name = count == 1 ? "cordon_json_array" : "cordon_json_object";
        for (std::size_t i = first; i < exprs_.size(); ++i) {
          exprs_[i].text = Cat("json_quote(", exprs_[i].text, ")");
        }
        call.weight += kOperatorWeight;
      }
      break;
    case Rule::kRank:
    case Rule::kNumber:
      type(SqlType::kInteger, false);
      break;
    case Rule::kTile:
      integer(0);
      type(SqlType::kInteger, false);
      break;
    case Rule::kRatio:
      type(SqlType::kReal, false);
      break;
    case Rule::kOffset: {
      integer(1);
      Expr value = exprs_[first];
      if (count == 3) {
        Expr& otherwise = exprs_[first + 2];
        if (!Unify(&value, &otherwise, place)) return {};
        const bool nothing =
            value.type.kind == SqlType::kNull || otherwise.type.kind == SqlType::kNull;
        if (!nothing && value.type.kind != otherwise.type.kind) wrong();
      }
      exprs_[first] = value;
      call.type = value.type;
      call.type.nullable = value.type.nullable || count < 3 || exprs_[first + 2].type.nullable;
      break;
    }
    case Rule::kNthValue:
      integer(1);
      [[fallthrough]];
    case Rule::kValue:
      call.type = exprs_[first].type;
      call.type.nullable = true;
      break;
    case Rule::kCoalesce:
      if (!UnifyAll(first, place)) return {};
      call.type = exprs_[first].type;
      call.type.nullable = all_nullable;
      break;
    case Rule::kNullIf: {
      const std::uint8_t scale = ScaleOf(exprs_[first].type);
      if (!UnifyAll(first, place)) return {};
      if (ScaleOf(exprs_[first].type) < scale) wrong();
      call.type = exprs_[first].type;
      call.type.nullable = true;
      break;
    }
    case Rule::kIif: {
      RequireBoolean(exprs_[first], place);
      Expr condition = std::move(exprs_[first]);
      exprs_[first] = exprs_[first + 1];
      if (!UnifyAll(first, place)) return {};
      call.type = exprs_[first].type;
      call.type.nullable = exprs_[first + 1].type.nullable || exprs_[first + 2].type.nullable;
      exprs_[first] = std::move(condition);
      break;
    }
    case Rule::kLength:
      if (kind_of(0) != SqlType::kBlob) text(0);
      type(SqlType::kInteger, any_nullable);
      break;
    case Rule::kUnicode:
      text(0);
      type(SqlType::kInteger, true);
      break;
    case Rule::kTrim:
      // For each character SQLite tries each of those to take away; a constant has few.
      if (count == 2 && exprs_[first + 1].text_literal == 0) wrong();
      [[fallthrough]];
    case Rule::kText:
    case Rule::kReplace:
      for (std::size_t i = 0; i < count; ++i) text(i);
      type(SqlType::kText, any_nullable);
      // With nothing to look for, replace() gives back what it was given.
      if (function.rule == Rule::kReplace && !Failed() && kind_of(0) == SqlType::kAny) {
        const std::uint32_t literal = exprs_[first + 1].text_literal;
        if (literal == 0 || Spelling(tokens_[literal - 1]) == "''") call.type.kind = SqlType::kAny;
      }
      break;
    case Rule::kSubstr:
      if (kind_of(0) != SqlType::kBlob) text(0);
      integer(1);
      integer(2);
      type(kind_of(0) == SqlType::kBlob ? SqlType::kBlob : SqlType::kText, any_nullable);
      break;
    case Rule::kInstr:
      text(0);
      text(1);
      type(SqlType::kInteger, any_nullable);
      break;
    case Rule::kHex:
    case Rule::kQuote:
    case Rule::kTypeOf:
    case Rule::kJsonQuote:
      unscaled(function.rule != Rule::kJsonQuote);
      type(SqlType::kText, false);
      break;
    case Rule::kChar:
      for (std::size_t i = 0; i < count; ++i) integer(i);
      type(SqlType::kText, false);
      break;
    case Rule::kFormat:
      unscaled(false);
      type(SqlType::kText, false);
      if (exprs_[first].text_literal == 0) {
        wrong();
      } else {
        CheckFormat(exprs_[first].text_literal - 1);
      }
      break;
    case Rule::kAbs:
      number(0);
      call.type = exprs_[first].type;
      if (call.type.kind == SqlType::kBoolean) call.type.kind = SqlType::kInteger;
      break;
    case Rule::kSign:
      number(0);
      type(SqlType::kInteger, any_nullable);
      break;
    case Rule::kRound:
      number(0);
      integer(1);
      if (!Failed() && kind_of(0) == SqlType::kDecimal) {
        // Exactly, half away from zero; the digits that stay are part of the type.
        const Token& literal = tokens_[at_ - 2];  // in front of ')'
        if (count == 2 && (!exprs_[first + 1].number_literal || literal.kind != Token::kInteger)) {
          wrong();
          return {};
        }
        const std::uint8_t from = exprs_[first].type.scale;
        const std::size_t digits = count == 2 ? NumberOf(literal) : 0;
        const auto scale = static_cast<std::uint8_t>(std::min<std::size_t>(digits, from));
        call.type = {SqlType::kDecimal, scale, any_nullable};
        call.text = Cat(Postgres() ? "cordon.round(" : "cordon_round(", exprs_[first].text, ", ",
                        Number(from), ", ", Number(scale), ")");
        return call;
      }
      type(SqlType::kReal, any_nullable);
      break;
    case Rule::kCeil:
      number(0);
      if (kind_of(0) == SqlType::kDecimal) wrong();
      call.type = exprs_[first].type;
      break;
    case Rule::kReal:
    case Rule::kReal2:
      for (std::size_t i = 0; i < count && !Failed(); ++i) {
        number(i);
        ToReal(&exprs_[first + i]);
      }
      type(SqlType::kReal, true);
      break;
    case Rule::kPi:
      type(SqlType::kReal, false);
      break;
    case Rule::kDateText:
    case Rule::kJulian:
    case Rule::kUnix:
    case Rule::kStrftime: {
      const std::size_t time = function.rule == Rule::kStrftime ? 1 : 0;
      if (time == 1) text(0);
      CheckTimeModifiers(place);
      if (!ToTime(first + time, place)) return {};
      call.sure = exprs_[first + time].sure;
      type(function.rule == Rule::kJulian ? SqlType::kReal
           : function.rule == Rule::kUnix ? SqlType::kInteger
                                          : SqlType::kText,
           true);
      break;
    }
    case Rule::kJson:
      text(0);
      type(SqlType::kText, any_nullable);
      break;
    case Rule::kJsonValid:
      text(0);
      type(SqlType::kBoolean, any_nullable);
      break;
    case Rule::kJsonExtract:
      for (std::size_t i = 0; i < count; ++i) text(i);
      type(count == 2 ? SqlType::kAny : SqlType::kText, true);
      break;
    case Rule::kJsonType:
    case Rule::kJsonLength:
      text(0);
      text(1);
      type(function.rule == Rule::kJsonType ? SqlType::kText : SqlType::kInteger, true);
      break;
    case Rule::kJsonArray:
      unscaled(false);
      type(SqlType::kText, false);
      break;
    case Rule::kJsonObject:
      unscaled(false);
      if (count % 2 != 0) wrong();
      for (std::size_t i = 0; i < count; i += 2) text(i);
      type(SqlType::kText, false);
      break;
    case Rule::kJsonSet:
      unscaled(false);
      if (count % 2 != 1) wrong();
      text(0);
      for (std::size_t i = 1; i < count; i += 2) text(i);
      // In the place of the root, a value comes out as it is.
      type(PathsLeadDown(place) ? SqlType::kText : SqlType::kAny, true);
      break;
    case Rule::kJsonPatch:
    case Rule::kJsonRemove:
      for (std::size_t i = 0; i < count; ++i) text(i);
      type(SqlType::kText, true);
      break;
    case Rule::kImpure:
    case Rule::kUnwanted:
      break;
  }
  call.text = Postgres() ? CallPostgres(function, first, call.type, distinct, windowed, unit)
                         : Cat(name, distinct ? "(DISTINCT " : "(", prefix, Arguments(first), ")");
  return call;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::CallPostgres(const Function& function,
                                                                   std::size_t first,
                                                                   const SqlType& result,
                                                                   bool distinct, bool windowed,
                                                                   const Text& unit) {
  if constexpr (kEmit) {
    std::vector<Operand> operands;
    for (std::size_t i = first; i < exprs_.size(); ++i) {
      Expr& argument = exprs_[i];
      if (argument.as_flag && result.kind == SqlType::kBoolean) {
        argument.type.kind = SqlType::kBoolean;
      } else if (argument.as_flag) {
        argument.text = AsNumber(argument);
      }
      operands.push_back({argument.text, argument.type});
      if (argument.text_literal != 0) {
        operands.back().literal = Spelling(tokens_[argument.text_literal - 1]);
      }
    }
    if (!unit.empty()) operands.push_back({unit, {SqlType::kInteger}});
    CallText call = PostgresCall(function, operands, result, distinct, windowed);
    call_tail_ = std::move(call.tail);
    return std::move(call.head);
  }
  return {};
}

// Whether no path of json_set() and the like can be '$' alone: each begins with a text that leads
// further.
template <bool kEmit>
constexpr bool Parser<kEmit>::PathsLeadDown(std::size_t place) const {
  const std::size_t behind = BehindParentheses(place + 1);
  int depth = 0;
  std::size_t argument = 0;
  for (std::size_t i = place + 1; i < behind; ++i) {
    if (IsPunct(tokens_[i], '(')) ++depth;
    if (IsPunct(tokens_[i], ')')) --depth;
    if (depth != 1 || !IsPunct(tokens_[i], ',') || ++argument % 2 == 0) continue;
    const Token& path = tokens_[i + 1];
    const Token& next = tokens_[i + 2];
    if (path.kind != Token::kString || path.end - path.begin < 4) return false;
    const std::string_view spelled = Spelling(path).substr(1, 2);
    if (spelled != "$." && spelled != "$[") return false;
    if (!IsPunct(next, ',') && !IsPunct(next, ')') && !IsPunct(next, Token::kConcat)) return false;
  }
  return true;
}

// A format is a constant of bounded width: no '*', no number of three digits.
template <bool kEmit>
constexpr void Parser<kEmit>::CheckFormat(std::size_t literal) {
  if (Spelling(tokens_[literal]) == "''") FailAt(Refusal::kFunctionArguments, literal);  // NULL
  bool directive = false;
  int digits = 0;
  for (const char c : Spelling(tokens_[literal])) {
    if (c == '%') {
      directive = !directive;
      digits = 0;
    } else if (directive && ClassOf(c) == CharClasses::kDigit) {
      if (++digits == 3) FailAt(Refusal::kFunctionArguments, literal);
    } else if (directive && c == '*') {
      FailAt(Refusal::kFunctionArguments, literal);
    } else if (directive && ClassOf(c) == CharClasses::kLetter) {
      directive = false;
    } else {
      digits = 0;
    }
  }
}

// Modifiers of a time are constants, so that none of them asks the machine.
template <bool kEmit>
constexpr void Parser<kEmit>::CheckTimeModifiers(std::size_t place) {
  const std::size_t behind = BehindParentheses(place + 1);
  for (std::size_t i = place; i < behind; ++i) {
    if (tokens_[i].kind != Token::kString) continue;
    const std::string_view spelled =
        text_.substr(tokens_[i].begin + 1, tokens_[i].end - tokens_[i].begin - 2);
    for (const std::string_view word : {"now", "localtime", "utc"}) {
      if (SameName(spelled, word)) FailAt(Refusal::kTime, i);
    }
  }
}

// Makes the argument a time as SQLite's functions want it, and checks the modifiers behind it.
template <bool kEmit>
constexpr bool Parser<kEmit>::ToTime(std::size_t argument, std::size_t place) {
  Expr& time = exprs_[argument];
  switch (time.type.kind) {
    case SqlType::kTimestamp:
      if (!Postgres()) time.text = Cat("cordon_unix(", time.text, "), 'unixepoch'");
      break;
    case SqlType::kText:
    case SqlType::kAny:
      // It could still spell the machine's clock.
      if (!Postgres()) time.text = Cat("cordon_moment(", time.text, ")");
      break;
    case SqlType::kInteger:
    case SqlType::kReal:
    case SqlType::kNull:
      break;
    default:
      FailAt(Refusal::kTime, place);
      return false;
  }
  for (std::size_t i = argument + 1; i < exprs_.size(); ++i) {
    if (exprs_[i].text_literal == 0) FailAt(Refusal::kTime, place);
  }
  return !Failed();
}

// FILTER (WHERE condition)
template <bool kEmit>
constexpr void Parser<kEmit>::ParseFilter(Scope* scope, Expr* call) {
  if (Failed() || !Accept(Word::kFilter)) return;
  ExpectPunct('(');
  Expect(Word::kWhere);
  ++scope->nesting;
  Expr condition = ParseCondition(scope);
  --scope->nesting;
  ExpectPunct(')');
  call->text = Cat(call->text, " FILTER (WHERE ", condition.text, ")");
  call->refs |= condition.refs;
  call->weight = std::max(call->weight, condition.weight + 8);
}

// ---- windows ------------------------------------------------------------------------------------

template <bool kEmit>
constexpr void Parser<kEmit>::ParseOver(Scope* scope, const Function& function, bool filtered,
                                        Expr* call) {
  const std::size_t over_at = at_;
  Advance();
  Window window;
  if (Here().kind == Token::kName) {
    ParseNamedWindow(scope, &window, 0);
  } else {
    ExpectPunct('(');
    if (!Failed()) ParseWindow(scope, &window, 0);
    ExpectPunct(')');
  }
  if (Failed()) return;
  const Rule rule = function.rule;
  const bool ranks = rule == Rule::kRank || rule == Rule::kRatio;
  const bool counts = rule == Rule::kNumber || rule == Rule::kTile || rule == Rule::kOffset;
  const bool picks = rule == Rule::kValue || rule == Rule::kNthValue || rule == Rule::kConcat ||
                     rule == Rule::kJsonArrayOf || rule == Rule::kJsonObjectOf;
  // Frames are nothing to these.
  if (ranks || counts) window.frame = Text();
  if constexpr (kEmit) {
    // SQLite's shorter way to a MIN or MAX of a moving frame forgets the FILTER.
    if (filtered && rule == Rule::kMinMax && !Postgres() && !window.frame.empty() &&
        window.frame.find(" EXCLUDE ") == std::string::npos) {
      window.frame += " EXCLUDE NO OTHERS";
    }
  }
  const bool rows = window.rows && !ranks;
  if ((counts || rows || picks) && !ranks && !window.total) {
    if ((picks && !rows) || (rows && window.excludes_peers)) {
      return FailAt(Refusal::kWindowOrder, over_at);
    }
    if constexpr (kEmit) {
      const std::string keys = AllKeys(*scope);
      if (!keys.empty()) window.order += (window.order.empty() ? "" : ", ") + keys;
    }
  }
  if constexpr (kEmit) {
    std::string over;
    const auto add = [&](const char* word, const std::string& part) {
      if (!part.empty()) over += (over.empty() ? "" : " ") + std::string(word) + part;
    };
    add("PARTITION BY ", window.partition);
    add("ORDER BY ", window.order);
    add("", window.frame);
    call->text += " OVER (" + over + ")";
  }
  call->refs |= window.refs;
  call->weight = std::max(call->weight, window.weight + 10);
}

// name AS (window), …
template <bool kEmit>
constexpr void Parser<kEmit>::ParseWindowClause(Scope* scope) {
  do {
    if (Here().kind != Token::kName) return Fail(Refusal::kSyntax);
    Advance();
    Expect(Word::kAs);
    ExpectPunct('(');
    if (Failed()) return;
    Window window;
    ParseWindow(scope, &window, 0);
    ExpectPunct(')');
  } while (!Failed() && AcceptPunct(','));
}

// The WINDOW clause's definition of the name at hand.
template <bool kEmit>
constexpr void Parser<kEmit>::ParseNamedWindow(Scope* scope, Window* window, int depth) {
  const Token name = Here();
  const std::size_t name_at = at_;
  Advance();
  const std::size_t back = at_;
  if (scope->windows == 0 || depth > 8) return FailAt(Refusal::kWindow, name_at);
  for (std::size_t at = scope->windows + 1; at + 2 < token_count_;) {
    if (tokens_[at].kind != Token::kName || tokens_[at + 1].word != Word::kAs ||
        !IsPunct(tokens_[at + 2], '(')) {
      break;
    }
    if (SameName(Spelling(tokens_[at]), Spelling(name))) {
      at_ = at + 3;
      ParseWindow(scope, window, depth + 1);
      ExpectPunct(')');
      if (!Failed()) at_ = back;
      return;
    }
    at = BehindParentheses(at + 2);
    if (!IsPunct(tokens_[at], ',')) break;
    ++at;
  }
  FailAt(Refusal::kWindow, name_at);
}

// [name] [PARTITION BY …] [ORDER BY …] [frame]
template <bool kEmit>
constexpr void Parser<kEmit>::ParseWindow(Scope* scope, Window* window, int depth) {
  const auto spells_frame = [&] {
    return Spells(Here(), "rows") || Spells(Here(), "range") || Spells(Here(), "groups");
  };
  if (Here().kind == Token::kName && !spells_frame()) ParseNamedWindow(scope, window, depth);
  const auto list = [&](Text* text, Expr& term) {
    KeepBinary(&term);
    if (Postgres()) term.text = Folded(term, term.collation);
    if constexpr (kEmit) *text += (text->empty() ? "" : ", ") + term.text;
    if (term.column != kNoColumn) window->listed.Push({term.item, term.column, 0});
    if (++window->listed_terms > kMaxTerms) Fail(Refusal::kTooComplex);
    window->refs |= term.refs;
    window->weight = std::max(window->weight, term.weight);
  };
  ++scope->nesting;
  if (!Failed() && Accept(Word::kPartition)) {
    Expect(Word::kBy);
    do {
      Expr term = ParseOutputTerm(scope);
      RequireOne(term, at_);
      list(&window->partition, term);
    } while (!Failed() && AcceptPunct(','));
  }
  if (!Failed() && Accept(Word::kOrder)) {
    Expect(Word::kBy);
    do {
      Expr term = ParseOutputTerm(scope);
      RequireOne(term, at_);
      list(&window->order, term);
      ++window->terms;
      bool descending = false;
      ParseDirection(term.type, &window->order, &descending);
      window->term = std::move(term);
    } while (!Failed() && AcceptPunct(','));
  }
  --scope->nesting;
  if (!Failed()) window->total = NamesKeys(*scope, window->listed);
  if (!Failed() && spells_frame()) ParseFrame(scope, window);
}

// ROWS, RANGE or GROUPS, two bounds, and what is left out.
template <bool kEmit>
constexpr void Parser<kEmit>::ParseFrame(Scope* scope, Window* window) {
  const std::size_t frame_at = at_;
  const bool range = Spells(Here(), "range");
  window->rows = Spells(Here(), "rows");
  window->frame = Text(window->rows ? "ROWS " : range ? "RANGE " : "GROUPS ");
  if (Spells(Here(), "groups") && window->terms == 0) return Fail(Refusal::kFrame);
  Advance();
  if (Accept(Word::kBetween)) {
    window->frame = Cat(window->frame, "BETWEEN ");
    const int from = ParseBound(scope, window, range);
    Expect(Word::kAnd);
    window->frame = Cat(window->frame, " AND ");
    const int to = ParseBound(scope, window, range);
    if (from == 4 || to == 0 || from > to) FailAt(Refusal::kFrame, frame_at);
  } else if (ParseBound(scope, window, range) > 2) {
    FailAt(Refusal::kFrame, frame_at);
  }
  if (Failed() || !AcceptSpelt("exclude")) return;
  if (AcceptSpelt("no")) {
    ExpectSpelt("others");
  } else if (AcceptSpelt("current")) {
    ExpectSpelt("row");
    window->frame = Cat(window->frame, " EXCLUDE CURRENT ROW");
    // Of rows that are equal, the one left out is told by its place.
    if (!window->rows && !window->total) FailAt(Refusal::kWindowOrder, frame_at);
  } else if (Accept(Word::kGroup)) {
    window->frame = Cat(window->frame, " EXCLUDE GROUP");
    window->excludes_peers = true;
  } else {
    ExpectSpelt("ties");
    window->frame = Cat(window->frame, " EXCLUDE TIES");
    window->excludes_peers = true;
  }
}

// 0 UNBOUNDED PRECEDING, 1 n PRECEDING, 2 CURRENT ROW, 3 n FOLLOWING, 4 UNBOUNDED FOLLOWING
template <bool kEmit>
constexpr int Parser<kEmit>::ParseBound(Scope* scope, Window* window, bool range) {
  if (AcceptSpelt("current")) {
    ExpectSpelt("row");
    window->frame = Cat(window->frame, "CURRENT ROW");
    return 2;
  }
  const std::size_t bound_at = at_;
  const bool unbounded = AcceptSpelt("unbounded");
  if (unbounded) {
    window->frame = Cat(window->frame, "UNBOUNDED");
  } else {
    Expr offset = ParsePrimary(scope);
    if (Failed()) return 2;
    if (!offset.constant || offset.row_count != 0) FailAt(Refusal::kFrame, bound_at);
    if (range) {
      // Counted in what the rows are ordered by.
      if (window->terms != 1) FailAt(Refusal::kFrame, bound_at);
      const SqlType by = window->term.type;
      if (by.kind == SqlType::kReal) {
        ToReal(&offset);
      } else if (by.kind == SqlType::kDecimal && IsExact(offset.type)) {
        if (ScaleOf(offset.type) > by.scale) {
          FailAt(Refusal::kScale, bound_at);
          return 2;
        }
        Rescale(&offset, by.scale);
      } else if (offset.type.kind != SqlType::kInteger ||
                 (by.kind != SqlType::kInteger && by.kind != SqlType::kTimestamp)) {
        FailAt(Refusal::kFrame, bound_at);
      }
    } else if (offset.type.kind != SqlType::kInteger) {
      FailAt(Refusal::kFrame, bound_at);
    }
    window->frame =
        Postgres() ? Cat(window->frame, "(", offset.text, ")") : Cat(window->frame, offset.text);
  }
  if (AcceptSpelt("preceding")) {
    window->frame = Cat(window->frame, " PRECEDING");
    return unbounded ? 0 : 1;
  }
  ExpectSpelt("following");
  window->frame = Cat(window->frame, " FOLLOWING");
  return unbounded ? 4 : 3;
}

// Whether no two rows of the scope agree in all that is listed.
template <bool kEmit>
constexpr bool Parser<kEmit>::NamesKeys(const Scope& scope, const Pool<Equality>& listed) const {
  const auto has = [&](std::size_t item, std::size_t column) {
    for (std::size_t i = 0; i < listed.size(); ++i) {
      if (listed[i].item == item && listed[i].column == column) return true;
    }
    return false;
  };
  if (scope.grouped || scope.has_aggregate) {
    for (std::size_t g = 0; g < scope.group_count; ++g) {
      const Group& group = groups_[scope.first_group + g];
      if (group.column == kNoColumn || !has(group.item, group.column)) return false;
    }
    return true;
  }
  std::uint32_t known = 0;
  for (std::size_t i = 0; i < scope.count; ++i) {
    bool has_unique = false;
    const std::uint64_t unique = UniqueOf(ItemOf(scope, i), &has_unique);
    bool all = has_unique;
    for (std::size_t c = 0; all && c < kMaxColumns; ++c) {
      if ((unique >> c & 1U) != 0) all = has(i, c);
    }
    if (all) known |= 1U << i;
  }
  return Determined(scope, known);
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_PARSER_FUNCTION_H_
