// SPDX-License-Identifier: Apache-2.0
// The part of Parser (see parser.h, which alone includes this) that reads the select list, groups,
// order and limits, completes the order that makes a LIMIT's choice a fixed one, and cuts pages.
#ifndef CORDON_DATA_INTERNAL_PARSER_LIST_H_
#define CORDON_DATA_INTERNAL_PARSER_LIST_H_

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

namespace cordon::internal {

// Gives a column the type of its like in the first SELECT of a compound: outputs_[like].
template <bool kEmit>
constexpr void Parser<kEmit>::MakeLike(Expr* term, std::size_t like, std::size_t place) {
  const SqlType wanted = outputs_[like].type;
  const SqlType given = term->type;
  if (wanted.kind == SqlType::kAny || given.kind == SqlType::kAny) {
    return FailAt(Refusal::kAnyType, place);
  }
  if (Postgres() && given.kind == SqlType::kNull) term->text = NullOf(*term, wanted.kind);
  if (wanted.kind == SqlType::kNull || given.kind == SqlType::kNull) return;
  if (Postgres() && wanted.kind != SqlType::kBoolean) {
    term->text = AsNumber(*term);
  } else if (Postgres() && given.kind == SqlType::kInteger) {
    term->text = Cat("(", term->text, " <> 0)");
  }
  if (wanted.kind == SqlType::kReal && IsNumber(given)) {
    ToReal(term);
    if (given.kind != SqlType::kReal && given.kind != SqlType::kDecimal) {
      term->text = Cat("CAST(", term->text, Postgres() ? " AS double precision)" : " AS REAL)");
      term->type.kind = SqlType::kReal;
    }
  } else if (IsExact(wanted) && IsExact(given)) {
    if (ScaleOf(given) > ScaleOf(wanted)) return FailAt(Refusal::kCompound, place);
    if (ScaleOf(wanted) > 0) Rescale(term, wanted.scale);
  } else if (wanted.kind != given.kind) {
    FailAt(Refusal::kCompound, place);
  }
}

// Enters one column of a select list. `like`: where those of a compound's first SELECT are, + 1.
template <bool kEmit>
constexpr void Parser<kEmit>::AddOutput(const OutputColumn& column, Expr term, std::size_t like,
                                        Use use, const Query& query, std::size_t place,
                                        Text* text) {
  const std::size_t count = outputs_.size() - query.first;
  if (count == kMaxColumns) return FailAt(Refusal::kTooComplex, place);
  OutputColumn added = column;
  if (like != 0) {
    if (like - 1 + count >= query.first) return FailAt(Refusal::kCompound, place);
    MakeLike(&term, like - 1 + count, place);
    added.type = term.type;
  }
  if constexpr (kEmit) {
    if (count > 0) *text += ", ";
    KeepBinary(&term);
    if (Postgres() && term.type.kind == SqlType::kNull) {
      term.text = "(" + term.text + ")::\x03" + std::to_string(count) + "\x03";  // see TypeNulls()
    }
    *text += term.text;
    if (use == Use::kColumns) *text += " AS x" + std::to_string(count);
  }
  outputs_.Push(added);
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseSelectList(Scope* scope, Use use,
                                                                      std::size_t like,
                                                                      const Query& query) {
  Text text;
  const auto add_column = [&](std::size_t i, std::size_t c, std::size_t place) {
    const Item& item = ItemOf(*scope, i);
    Expr term = ColumnExpr(scope, scope, i, c, place);
    OutputColumn column = ColumnOf(item, c);
    for (std::size_t m = 0; m < scope->merged_count; ++m) {
      const Merged& merged = merged_[scope->first_merged + m];
      if (merged.item != i || merged.column != c || merged.plain) continue;
      term = MergedExpr(scope, scope, m, place);
      column.type = term.type;
    }
    column.item = term.item;
    column.column = term.column;
    AddOutput(column, std::move(term), like, use, query, place, &text);
  };
  const auto add_all = [&](std::size_t i, bool qualified) {
    const Item item = ItemOf(*scope, i);
    for (std::size_t c = 0; c < ColumnCount(item) && !Failed(); ++c) {
      if (!qualified && (item.hidden >> c & 1U) != 0) continue;
      add_column(i, c, at_);
    }
  };
  do {
    if (IsPunct('*')) {
      if (scope->count == 0) Fail(Refusal::kSyntax);
      for (std::size_t i = 0; i < scope->count; ++i) add_all(i, false);
      Advance();
      continue;
    }
    if (Here().kind == Token::kName && IsPunct(Ahead(1), '.') && IsPunct(Ahead(2), '*')) {
      bool found = false;
      for (std::size_t i = 0; i < scope->count && !found; ++i) {
        found = SameName(ItemOf(*scope, i).name, Spelling(Here()));
        if (found) add_all(i, true);
      }
      if (!found) Fail(Refusal::kUnknownTable);
      Advance();
      Advance();
      Advance();
      continue;
    }
    OutputColumn column;
    const std::size_t first = at_;
    const std::int32_t spent = effort_;
    column.first = static_cast<std::uint32_t>(first);
    Expr term = ParseOutputTerm(scope);
    column.cost = effort_ - spent + 1;
    RequirePlain(term, first);
    if (Failed()) return text;
    column.type = term.type;
    column.item = term.item;
    column.column = term.column;
    Token alias;
    if (AcceptAlias(&alias)) {
      column.name = Spelling(alias);
      column.hash = alias.hash;
      column.aliased = true;
    } else if (term.column != kNoColumn) {
      const OutputColumn source = ColumnOf(ItemOf(*scope, term.item), term.column);
      column.name = source.name;
      column.hash = source.hash;
    }
    if (scope->distinct && term.type.kind == SqlType::kAny) FailAt(Refusal::kAnyType, first);
    AddOutput(column, std::move(term), like, use, query, first, &text);
  } while (!Failed() && AcceptPunct(','));
  return text;
}

// ---- names of the select list -------------------------------------------------------------------

// The token at which the expression behind such an AS name begins; 0: there is none.
template <bool kEmit>
constexpr std::size_t Parser<kEmit>::FindAliased(const Scope& scope, const Token& name) const {
  int depth = 0;
  std::size_t begin = scope.list;
  for (std::size_t i = scope.list; i <= scope.list_end && scope.list != 0; ++i) {
    const Token& token = tokens_[i];
    const bool ends = i == scope.list_end || (depth == 0 && IsPunct(token, ','));
    if (ends) {
      const std::size_t last = i - 1;
      if (last > begin && tokens_[last].kind == Token::kName && tokens_[last].hash == name.hash &&
          SameName(Spelling(tokens_[last]), Spelling(name)) && !IsPunct(tokens_[last - 1], '.')) {
        return begin;
      }
      begin = i + 1;
      continue;
    }
    if (IsPunct(token, '(')) ++depth;
    if (IsPunct(token, ')')) --depth;
  }
  return 0;
}

// The token at which the column of this number (from 1) begins; 0: it cannot be told.
template <bool kEmit>
constexpr std::size_t Parser<kEmit>::FindListed(const Scope& scope, std::size_t ordinal) const {
  if (ordinal == 0) return 0;
  int depth = 0;
  std::size_t begin = scope.list;
  for (std::size_t i = scope.list; i < scope.list_end; ++i) {
    const Token& token = tokens_[i];
    if (IsPunct(token, '(')) ++depth;
    if (IsPunct(token, ')')) --depth;
    if (depth != 0) continue;
    if (IsPunct(token, '*') && (i == begin || IsPunct(tokens_[i - 1], '.'))) return 0;
    if (!IsPunct(token, ',')) continue;
    if (--ordinal == 0) return begin;
    begin = i + 1;
  }
  return ordinal == 1 ? begin : 0;
}

// Whether a column of FROM has this name.
template <bool kEmit>
constexpr bool Parser<kEmit>::HasColumn(const Scope& scope, const Token& name) const {
  for (std::size_t i = 0; i < scope.count; ++i) {
    const Item& item = ItemOf(scope, i);
    if (FindIn(item, Spelling(name), name.hash) != SchemaView::kNone) return true;
  }
  return false;
}

// What a name or number of the select list stands for.
template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::Expand(Scope* scope, std::size_t place) {
  const std::size_t back = at_;
  at_ = place;
  const bool visible = scope->aliases_visible;
  scope->aliases_visible = false;
  Expr expr = ParseExpr(scope);
  scope->aliases_visible = visible;
  if (!Failed()) at_ = back;
  return expr;
}

// ---- GROUP BY -----------------------------------------------------------------------------------

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseGroupBy(Scope* scope) {
  Expect(Word::kBy);
  Text text;
  do {
    Group group;
    // A number, and an AS name that no column has, stand for what they name.
    std::size_t place = 0;
    if (EndsTerm(Ahead(1))) {
      if (Here().kind == Token::kInteger) {
        place = FindListed(*scope, NumberOf(Here()));
        if (place == 0) {
          Fail(Refusal::kOrderByNumber);
          return text;
        }
      } else if (Here().kind == Token::kName && !HasColumn(*scope, Here())) {
        place = FindAliased(*scope, Here());
      }
    }
    const std::size_t back = at_ + 1;
    if (place != 0) at_ = place;
    const std::size_t first = at_;
    scope->aliases_visible = place == 0;
    Expr term = ParseExpr(scope);
    scope->aliases_visible = false;
    const std::size_t last = at_;
    if (place != 0 && !Failed()) at_ = back;
    RequireOne(term, first);
    if (Failed()) return text;
    if (term.constant) {
      FailAt(Refusal::kOrderByNumber, first);
      return text;
    }
    if (term.type.kind == SqlType::kAny) FailAt(Refusal::kAnyType, first);
    group.first = static_cast<std::uint32_t>(first);
    group.last = static_cast<std::uint32_t>(last);
    group.item = term.item;
    group.column = term.column;
    group.collated = term.collated;
    group.type = term.type;
    KeepBinary(&term);
    if (Postgres()) term.text = Folded(term, term.collation);
    group.text = term.text;
    if (scope->group_count > 0) text = Cat(text, ", ");
    text = Cat(text, term.text);
    groups_.Push(std::move(group));
    if (++scope->group_count > kMaxTerms) Fail(Refusal::kTooComplex);
  } while (AcceptPunct(','));
  return text;
}

template <bool kEmit>
constexpr bool Parser<kEmit>::SameTokens(std::size_t first, std::size_t last,
                                         std::size_t other) const {
  if (other + (last - first) >= token_count_) return false;
  for (std::size_t i = 0; i < last - first; ++i) {
    const Token& a = tokens_[first + i];
    const Token& b = tokens_[other + i];
    if (a.kind != b.kind || a.kind == Token::kPlaceholder) return false;
    const bool folded = a.kind == Token::kName || a.kind == Token::kWord;
    if (folded ? !SameName(Spelling(a), Spelling(b)) : Spelling(a) != Spelling(b)) return false;
  }
  return true;
}

// The term of GROUP BY that the term here is written exactly like; null without one.
template <bool kEmit>
constexpr const typename Parser<kEmit>::Group* Parser<kEmit>::FindGroupedTerm(
    const Scope& scope) const {
  for (std::size_t g = 0; g < scope.group_count; ++g) {
    const Group& group = groups_[scope.first_group + g];
    if (group.item == kNoColumn &&
        (group.first == at_ || SameTokens(group.first, group.last, at_))) {
      return &group;
    }
  }
  return nullptr;
}

// A term of the output: a grouped expression may repeat columns that are not grouped alone.
template <bool kEmit>
constexpr typename Parser<kEmit>::Expr Parser<kEmit>::ParseOutputTerm(Scope* scope) {
  const std::uint32_t bare = scope->bare_column;
  const Group* const grouped = FindGroupedTerm(*scope);
  const std::size_t behind = grouped == nullptr ? 0 : at_ + (grouped->last - grouped->first);
  const bool collated = grouped != nullptr && grouped->collated;
  Expr term = ParseExpr(scope);
  if (grouped != nullptr && !Failed() && at_ == behind && !collated) scope->bare_column = bare;
  return term;
}

// ---- ORDER BY and LIMIT -------------------------------------------------------------------------

template <bool kEmit>
constexpr bool Parser<kEmit>::EndsTerm(const Token& token) const {
  switch (token.word) {
    case Word::kAsc:
    case Word::kDesc:
    case Word::kNulls:
    case Word::kCollate:
    case Word::kLimit:
    case Word::kHaving:
    case Word::kWindow:
    case Word::kOrder:
    case Word::kUnion:
    case Word::kIntersect:
    case Word::kExcept:
    case Word::kReturning:
    case Word::kOn:
      return true;
    default:
      return token.kind == Token::kEnd || IsPunct(token, ',') || IsPunct(token, ')') ||
             IsPunct(token, ';');
  }
}

// The output that the term here names by number, or by an AS name (without a scope: by any name),
// from 1; then the term has been read. 0: none. *collate: the name of the collation that counts.
template <bool kEmit>
constexpr std::size_t Parser<kEmit>::FindOrdered(const Scope* scope, const Query& query,
                                                 Token* collate) {
  // Parentheses around a lone name or number, and COLLATE within, are nothing to SQLite.
  std::size_t open = 0;
  while (IsPunct(Ahead(open), '(')) ++open;
  const Token token = Ahead(open);
  std::size_t behind = open + 1;
  std::size_t collated = 0;
  bool known = true;
  for (std::size_t closed = 0; closed < open || Ahead(behind).word == Word::kCollate;) {
    if (Ahead(behind).word == Word::kCollate) {
      collated = behind + 1;  // the last one
      known = known && (Spells(Ahead(collated), "nocase") || Spells(Ahead(collated), "binary"));
      behind += 2;
    } else if (IsPunct(Ahead(behind++), ')')) {
      ++closed;
    } else {
      return 0;
    }
  }
  if (!EndsTerm(Ahead(behind))) return 0;
  std::size_t found = 0;
  if (token.kind == Token::kInteger) {
    found = NumberOf(token);
    if (found == 0 || found > query.count) Fail(Refusal::kOrderByNumber);
  } else if (token.kind == Token::kName) {
    // AS names go first.
    for (const bool aliased : {true, false}) {
      for (std::size_t i = 0; i < query.count && found == 0; ++i) {
        const OutputColumn& output = outputs_[query.first + i];
        if (output.aliased == aliased && (aliased || scope == nullptr) &&
            output.hash == token.hash && SameName(output.name, Spelling(token))) {
          found = i + 1;
        }
      }
    }
  }
  if (found == 0 || Failed()) return found;
  if (collated != 0) {
    *collate = Ahead(collated);
    if (!known || outputs_[query.first + found - 1].type.kind != SqlType::kText) {
      FailAt(Refusal::kCollate, at_ + collated);
    }
  }
  if (!Failed()) at_ += behind;
  return found;
}

// [ASC|DESC] [NULLS FIRST|LAST]
template <bool kEmit>
constexpr void Parser<kEmit>::ParseDirection(const SqlType& type, Text* text, bool* descending) {
  if (Accept(Word::kDesc)) {
    *descending = true;
    *text = Cat(*text, " DESC");
  } else {
    Accept(Word::kAsc);
  }
  if (!Accept(Word::kNulls)) {
    *text = Cat(*text, NullOrder(type, *descending));
    return;
  }
  if (AcceptSpelt("first")) {
    *text = Cat(*text, " NULLS FIRST");
  } else {
    ExpectSpelt("last");
    *text = Cat(*text, " NULLS LAST");
  }
  if (page_here_ && selects_ == 1) Fail(Refusal::kPage);
}

// `scope`: null behind a compound, whose terms are its columns. *total: no two rows are equal.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseOrderBy(Scope* scope, const Query& query,
                                                                   bool paged, bool* total) {
  Expect(Word::kBy);
  Text text;
  bool first = true;
  std::size_t terms = 0;
  Pool<Equality> listed;
  do {
    if (++terms > kMaxTerms) Fail(Refusal::kTooComplex);
    if (!first) text = Cat(text, ", ");
    first = false;
    const std::size_t term_at = at_;
    Token collate;
    std::size_t ordinal = FindOrdered(scope, query, &collate);
    if (Failed()) return text;
    Expr term;
    SqlType type;
    if (ordinal != 0) {
      const OutputColumn output = outputs_[query.first + ordinal - 1];
      type = output.type;
      if (Spells(collate, "nocase")) {
        text = Cat(text, Postgres() ? OrderedFolded(scope, output, ordinal)
                                    : Cat(Number(ordinal), " COLLATE NOCASE"));
        if (paged) Fail(Refusal::kPage);
      } else {
        text = Cat(text, Number(ordinal));
        if (output.column != kNoColumn) listed.Push({output.item, output.column, 0});
        if (paged) {
          if (output.column != kNoColumn) {
            term = ColumnExpr(scope, scope, output.item, output.column, term_at);
          } else {
            term = Expand(scope, output.first);
          }
        }
      }
    } else {
      if (scope == nullptr) {
        Fail(Refusal::kCompoundOrder);
        return text;
      }
      scope->aliases_visible = true;
      term = ParseOutputTerm(scope);
      scope->aliases_visible = false;
      RequireOne(term, term_at);
      if (Failed()) return text;
      type = term.type;
      if (term.constant) FailAt(Refusal::kOrderByNumber, term_at);
      if (scope->distinct) {
        for (std::size_t i = 0; i < query.count && ordinal == 0; ++i) {
          const OutputColumn& output = outputs_[query.first + i];
          const bool same = term.column != kNoColumn
                                ? output.item == term.item && output.column == term.column
                                : output.column == kNoColumn && output.first != 0 &&
                                      SameTokens(term_at, at_, output.first);
          if (same) ordinal = i + 1;
        }
        if (ordinal == 0) FailAt(Refusal::kDistinct, term_at);
        text = Cat(text, Number(ordinal));
      } else {
        KeepBinary(&term);
        text = Cat(text, Postgres() ? Folded(term, term.collation) : term.text);
      }
      if (term.column != kNoColumn) listed.Push({term.item, term.column, 0});
      if (paged && term.collated) FailAt(Refusal::kPage, term_at);
    }
    bool descending = false;
    ParseDirection(type, &text, &descending);
    if (paged && !Failed()) AddPageTerm(term, descending, term_at);
  } while (!Failed() && AcceptPunct(','));
  if (!Failed() && scope != nullptr && !scope->distinct) *total = NamesKeys(*scope, listed);
  return text;
}

// The column of the output without regard to case.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::OrderedFolded(Scope* scope,
                                                                    const OutputColumn& output,
                                                                    std::size_t ordinal) {
  Expr term;
  term.type.kind = SqlType::kText;
  if (scope == nullptr || scope->distinct) {
    term.text = Cat("v.x", Number(ordinal - 1));  // see Renamed()
  } else if (output.column != kNoColumn) {
    term.text = ColumnText(ItemOf(*scope, output.item), output.column);
  } else {
    const std::uint32_t bare = scope->bare_column;  // the list has been judged
    term = Expand(scope, output.first);
    scope->bare_column = bare;
  }
  return Folded(term, 'N');
}

// By every column of the output.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::OrderByColumns(const Query& query,
                                                                     Text order) const {
  if constexpr (kEmit) {
    for (std::size_t i = 0; i < query.count; ++i) {
      if (!order.empty()) order += ", ";
      order += std::to_string(i + 1) + NullOrder(outputs_[query.first + i].type, false);
    }
  }
  return order;
}

// Ties that ORDER BY leaves open are decided by the keys of all tables, so that the same rows come
// out whatever plan the engine chose.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::CompleteOrder(const Scope& scope,
                                                                    const Query& query,
                                                                    Text order) const {
  if (scope.distinct) return OrderByColumns(query, std::move(order));
  if constexpr (kEmit) {
    const std::string keys = AllKeys(scope);
    if (!keys.empty()) order += (order.empty() ? "" : ", ") + keys;
  }
  return order;
}

// What tells the rows of the scope apart: its groups, or the keys of its tables and all columns of
// what has no key.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::AllKeys(const Scope& scope) const {
  Text keys;
  if constexpr (kEmit) {
    const auto append = [&](const std::string& term) { keys += (keys.empty() ? "" : ", ") + term; };
    if (scope.grouped || scope.has_aggregate) {
      for (std::size_t g = 0; g < scope.group_count; ++g) {
        const Group& group = groups_[scope.first_group + g];
        append(group.text + NullOrder(group.type, false));
      }
      return keys;
    }
    for (std::size_t i = 0; i < scope.count; ++i) {
      const Item& item = ItemOf(scope, i);
      if (item.is_relation) {
        bool has_unique = false;
        const std::uint64_t unique = UniqueOf(item, &has_unique);
        for (std::size_t c = 0; c < ColumnCount(item); ++c) {
          if (has_unique && (unique >> c & 1U) == 0) continue;
          append(ColumnText(item, c) + NullOrder(ColumnOf(item, c).type, false));
        }
      } else {
        const ColumnSet& key = schema_.tables[item.table].key;
        for (std::size_t c = 0; c < key.count; ++c) {
          append(ColumnText(item, key.columns[c]) +
                 NullOrder(ColumnOf(item, key.columns[c]).type, false));
        }
      }
    }
  }
  return keys;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseLimit() {
  Text count = ParseCount();
  Text offset;
  if (Accept(Word::kOffset)) {
    offset = ParseCount();
  } else if (AcceptPunct(',')) {
    // LIMIT offset, count
    offset = count;
    count = ParseCount();
  }
  if constexpr (kEmit) {
    // Below zero the one is no limit, and the other none at all.
    if (Postgres()) count = "(CASE WHEN " + count + " >= 0 THEN " + count + " END)";
    if (Postgres() && !offset.empty()) offset = "greatest(" + offset + ", 0)";
    if (!offset.empty()) offset = " OFFSET " + offset;
  }
  return Cat(" LIMIT ", count, offset);
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseCount() {
  const bool negative = AcceptPunct('-');
  const Token token = Here();
  if (token.kind == Token::kInteger) {
    Expr number = ParseNumber();
    return negative ? Cat("-", number.text) : number.text;
  }
  if (token.kind == Token::kPlaceholder && !negative) {
    Expr argument = ParsePlaceholder();
    if (!Failed() && argument.type.kind != SqlType::kInteger) FailAt(Refusal::kLimit, at_ - 1);
    return argument.text;
  }
  Fail(Refusal::kLimit);
  return {};
}

// ---- pages --------------------------------------------------------------------------------------

template <bool kEmit>
constexpr void Parser<kEmit>::AddPageTerm(const Expr& term, bool descending, std::size_t place) {
  if (term.constant) return;  // the same for all rows, and a number would be a column's to SQLite
  if (page_.size() == kMaxPageTerms) return FailAt(Refusal::kTooComplex, place);
  if (term.type.kind == SqlType::kAny || term.type.kind == SqlType::kReal) {
    return FailAt(Refusal::kPage, place);
  }
  PageTerm added;
  added.text = Postgres() ? AsNumber(term) : term.text;
  added.type = term.type;
  added.descending = descending;
  added.weight = term.weight;
  added.item = term.item;
  added.column = term.column;
  page_.Push(std::move(added));
}

// The keys of all tables behind the host's order, so that it is total.
template <bool kEmit>
constexpr void Parser<kEmit>::CompletePage(const Scope& scope) {
  for (std::size_t i = 0; i < scope.count && !Failed(); ++i) {
    const Item& item = ItemOf(scope, i);
    bool has_unique = false;
    const std::uint64_t unique = UniqueOf(item, &has_unique);
    // Rows that are equal in everything could not be told apart by a token.
    if (!has_unique) return Fail(Refusal::kPage);
    for (std::size_t c = 0; c < ColumnCount(item) && !Failed(); ++c) {
      bool listed = has_unique && (unique >> c & 1U) == 0;
      for (std::size_t t = 0; t < page_.size(); ++t) {
        listed = listed || (page_[t].item == i && page_[t].column == c);
      }
      if (listed) continue;
      Expr term;
      term.constant = false;
      term.type = ColumnOf(item, c).type;
      term.text = ColumnText(item, c);
      AddPageTerm(term, page_.size() > 0 && page_[page_.size() - 1].descending, at_);
    }
  }
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::PageColumns() const {
  Text text;
  if constexpr (kEmit) {
    for (std::size_t i = 0; i < page_.size(); ++i) text += ", " + page_[i].text;
  }
  return text;
}

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::PageOrder() const {
  Text text;
  if constexpr (kEmit) {
    for (std::size_t i = 0; i < page_.size(); ++i) {
      text += (i == 0 ? "" : ", ") + page_[i].text + (page_[i].descending ? " DESC" : "") +
              NullOrder(page_[i].type, page_[i].descending);
    }
  }
  return text;
}

// The rows behind the one whose terms are bound: as one comparison of row values where all terms go
// one way and none is NULL, which SQLite turns into one range of an index.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::PageCondition() const {
  if constexpr (kEmit) {
    const std::size_t count = page_.size();
    const auto bound = [&](std::size_t i) { return Bound(argument_count_ + 2 + i); };
    bool plain = true;
    for (std::size_t i = 0; i < count; ++i) {
      plain = plain && !page_[i].type.nullable && page_[i].descending == page_[0].descending;
    }
    if (plain) {
      std::string terms;
      std::string values;
      for (std::size_t i = 0; i < count; ++i) {
        terms += (i == 0 ? "" : ", ") + page_[i].text;
        values += (i == 0 ? "" : ", ") + bound(i);
      }
      return "((" + terms + ")" + (page_[0].descending ? " < " : " > ") + "(" + values + "))";
    }
    // From the last term to the first: behind in this one, or equal in it and behind in the rest.
    std::string rest;
    for (std::size_t i = count; i-- > 0;) {
      const PageTerm& term = page_[i];
      const std::string value = bound(i);
      // NULLs come first, and last where the order descends.
      std::string behind = Cat(term.text, term.descending ? " < " : " > ", value);
      if (term.type.nullable) {
        behind = Cat("(", behind, " OR (", value,
                     term.descending ? " IS NOT NULL AND " : " IS NULL AND ", term.text,
                     term.descending ? " IS NULL))" : " IS NOT NULL))");
      }
      if (rest.empty()) {
        rest = Cat("(", behind, ")");
        continue;
      }
      const char* const same = !term.type.nullable ? " = "
                               : Postgres()        ? " IS NOT DISTINCT FROM "
                                                   : " IS ";
      rest = Cat("(", behind, " OR (", term.text, same, value, " AND ", rest, "))");
      // Said once more, so that an index on the first term is of use.
      if (i == 0 && !term.type.nullable) {
        rest = Cat("(", term.text, term.descending ? " <= " : " >= ", value, " AND ", rest, ")");
      }
    }
    return rest;
  }
  return {};
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_PARSER_LIST_H_
