// SPDX-License-Identifier: Apache-2.0
// What the other parts of Parser (see parser.h, which alone includes this) stand on: refusing with
// the right answer, the marks of the emitted text, and tokens.
#ifndef CORDON_DATA_INTERNAL_PARSER_TEXT_H_
#define CORDON_DATA_INTERNAL_PARSER_TEXT_H_

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
constexpr void Parser<kEmit>::FailAt(Refusal refusal, std::size_t token) {
  if (Failed()) return;
  if (refusal == Refusal::kUnknownColumn && token < token_count_ && tokens_[token].begin > 0 &&
      text_[tokens_[token].begin - 1] == '"') {
    refusal = Refusal::kDoubleQuotes;
  }
  out_->refusal = refusal;
  out_->at = tokens_ != nullptr && token < token_count_ ? tokens_[token].begin
                                                        : static_cast<std::uint32_t>(text_.size());
  at_ = token_count_ > 0 ? token_count_ - 1 : 0;  // the end: every loop stops
}

// The token here fits no rule; some deserve an answer of their own.
template <bool kEmit>
constexpr void Parser<kEmit>::RefuseHere() {
  switch (Here().word) {
    case Word::kOver:
    case Word::kFilter:
    case Word::kWindow:
      return Fail(Refusal::kWindow);
    case Word::kRegexp:
    case Word::kMatch:
      return Fail(Refusal::kOperator);
    case Word::kIndexed:
      return Fail(Refusal::kJoin);
    case Word::kWhen:
    case Word::kThen:
    case Word::kElse:
    case Word::kEnd:
      return Fail(Refusal::kCase);
    default:
      break;
  }
  if (IsPunct(';')) return Fail(Refusal::kNotOneStatement);
  Fail(Refusal::kSyntax);
}

// A clause must end where the next one begins.
template <bool kEmit>
constexpr void Parser<kEmit>::Arrive(std::size_t place) {
  if (!Failed() && at_ != place) RefuseHere();
}

// One level further in; false when that is too deep, or when names stand for too much.
template <bool kEmit>
constexpr bool Parser<kEmit>::Deeper() {
  if (++depth_ > kMaxDepth) Fail(Refusal::kTooComplex);
  return !Failed();
}

template <bool kEmit>
constexpr void Parser<kEmit>::Spend(std::int32_t cost) {
  effort_ = cost > kMaxEffort - effort_ ? kMaxEffort + 1 : effort_ + cost;
  if (effort_ > kMaxEffort) Fail(Refusal::kTooComplex);
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::Number(std::size_t value) {
  if constexpr (kEmit) return std::to_string(value);
  return {};
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::Mark(char kind, std::size_t table) {
  if constexpr (kEmit) return std::string("\x01") + kind + std::to_string(table) + "\x02";
  return {};
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ColumnMark(char kind, std::size_t table,
                                                                 std::size_t column) {
  if constexpr (kEmit) {
    return std::string("\x01") + kind + std::to_string(table) + "." + std::to_string(column) +
           "\x02";
  }
  return {};
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::Literal(const Token& token) const {
  if constexpr (kEmit)
    return "\x01"
           "L" +
           std::string(Spelling(token)) + "\x02";
  return {};
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ColumnText(const Item& item,
                                                                 std::size_t column) const {
  if constexpr (kEmit) {
    // SQLite does not know the target's alias in RETURNING.
    if (item.written && !Postgres()) return ColumnMark('W', item.table, column);
    const std::string prefix = item.number < 0 ? "excluded" : "t" + std::to_string(item.number);
    if (item.is_relation) {
      const Relation& relation = relations_[item.table];
      if (!relation.plain_names) return prefix + ".x" + std::to_string(column);
      const std::string_view name = columns_[relation.first + column].name;
      const std::string text = prefix + ".\"" + std::string(name) + "\"";
      // SQLite 3.40 lends the path that json_each was given, and frees it while MAX, EXCEPT and the
      // like still hold it: a copy is taken at once.
      return name == "path" && !Postgres() ? "(" + text + " || '')" : text;
    }
    return prefix + ".\"" + std::string(schema_.Column(item.table, column).name) + "\"";
  }
  return {};
}

template <bool kEmit>
constexpr void Parser<kEmit>::Tokenize() {
  if (text_.size() > kMaxStatement) return Fail(Refusal::kTooLong);
  // Most tokens have four characters or more, and each one that is made costs, used or not.
  std::size_t capacity = text_.size() / 4 + 16;
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

// A name where one must stand.
template <bool kEmit>
constexpr Token Parser<kEmit>::ExpectName() {
  const Token token = Here();
  if (token.kind != Token::kName) {
    Fail(Refusal::kSyntax);
    return {};
  }
  Advance();
  return token;
}

// The token behind the parenthesis that opens at `open`, or behind what is left of it.
template <bool kEmit>
constexpr std::size_t Parser<kEmit>::BehindParentheses(std::size_t open) const {
  int depth = 0;
  for (std::size_t i = open; i + 1 < token_count_; ++i) {
    if (IsPunct(tokens_[i], '(')) ++depth;
    if (IsPunct(tokens_[i], ')') && --depth == 0) return i + 1;
  }
  return token_count_ - 1;
}

// The next such word outside of parentheses; 0 when this query ends without.
template <bool kEmit>
constexpr std::size_t Parser<kEmit>::FindWordFrom(std::size_t from, Word word) const {
  int depth = 0;
  for (std::size_t i = from; i + 1 < token_count_; ++i) {
    if (IsPunct(tokens_[i], '(')) ++depth;
    if (IsPunct(tokens_[i], ')') && --depth < 0) return 0;
    if (depth == 0 && tokens_[i].word == word) return i;
  }
  return 0;
}

// [AS] name
template <bool kEmit>
constexpr bool Parser<kEmit>::AcceptAlias(Token* alias) {
  const bool as = Accept(Word::kAs);
  if (Here().kind == Token::kName) {
    *alias = Here();
    Advance();
    return true;
  }
  if (as) Fail(Refusal::kSyntax);
  return false;
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_PARSER_TEXT_H_
