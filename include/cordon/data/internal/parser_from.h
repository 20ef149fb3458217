// SPDX-License-Identifier: Apache-2.0
// The part of Parser (see parser.h, which alone includes this) that reads FROM: tables, WITH names,
// subqueries and table-valued functions, how they are joined, and which of their rows are unique.
#ifndef CORDON_DATA_INTERNAL_PARSER_FROM_H_
#define CORDON_DATA_INTERNAL_PARSER_FROM_H_

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

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseFrom(Scope* scope) {
  bool several = false;
  return Cat(" FROM ", ParseJoined(scope, &several));
}

// Items and what joins them; whether there are `several`.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseJoined(Scope* scope, bool* several) {
  const std::size_t begin = scope->count;
  Text text = ParseOneItem(scope);
  while (!Failed()) {
    bool left = false;
    bool right = false;
    const char* word = " JOIN ";
    const bool comma = AcceptPunct(',');
    const bool natural = !comma && Accept(Word::kNatural);
    if (!comma) {
      if (Accept(Word::kLeft)) {
        Accept(Word::kOuter);
        left = true;
        word = " LEFT JOIN ";
      } else if (Accept(Word::kRight)) {
        Accept(Word::kOuter);
        right = true;
        word = " RIGHT JOIN ";
      } else if (Accept(Word::kFull)) {
        Accept(Word::kOuter);
        left = right = true;
        word = " FULL JOIN ";
      } else if (Accept(Word::kCross)) {
        word = " CROSS JOIN ";
      } else if (!Accept(Word::kInner) && !natural && !Is(Word::kJoin)) {
        break;
      }
      Expect(Word::kJoin);
    }
    // SQLite looks at such a condition before it looks at any row, and then at none.
    if (right && scope->detached) Fail(Refusal::kJoinCondition);
    *several = true;
    const std::size_t behind = scope->count;
    const Text item = ParseOneItem(scope);
    if (Failed()) break;
    Text condition = ParseJoinCondition(scope, begin, behind, natural, left, right);
    if constexpr (kEmit) {
      // Every JOIN has a condition there, and a CROSS JOIN none.
      if (Postgres() && !left && !right) word = condition.empty() ? " CROSS JOIN " : " JOIN ";
      if (Postgres() && (left || right) && condition.empty()) condition = " ON true";
    }
    text = Cat(text, word, item, condition);
    for (std::size_t i = begin; i < scope->count && !Failed(); ++i) {
      if (i < behind ? right : left) ItemOf(*scope, i).nullable = true;
      if (left && right) ItemOf(*scope, i).apart = true;
    }
    for (std::size_t m = 0; m < scope->merged_count && !Failed(); ++m) {
      Merged& merged = merged_[scope->first_merged + m];
      if (merged.item >= begin && !merged.fresh && (merged.item < behind ? right : left)) {
        merged.type.nullable = true;
      }
      merged.fresh = false;
    }
    // What an outer join makes of its rows is no condition of all of them.
    if (right) {
      equalities_.Shrink(scope->first_equality);
      scope->equality_count = 0;
      scope->condition = 0;
    }
  }
  if (Is(Word::kIndexed)) Fail(Refusal::kJoin);
  return text;
}

// A condition whose equalities count, when `tracking`. False: a part of it that has to be true on
// its own refers to no item of the scope.
template <bool kEmit>
constexpr bool Parser<kEmit>::ParseConditionOf(Scope* scope, bool tracking, std::uint16_t tracked,
                                               Text* text) {
  scope->tracking = tracking;
  scope->tracked = tracked;
  scope->condition = scope->equality_count;
  scope->aliases_visible = true;
  Expr condition = ParseCondition(scope);
  scope->aliases_visible = false;
  scope->tracking = false;
  scope->tracked = kNoColumn;
  *text = std::move(condition.text);
  return condition.refs != 0 && !condition.detached;
}

// ON, USING, the common columns of NATURAL, or nothing.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseJoinCondition(Scope* scope,
                                                                         std::size_t left_begin,
                                                                         std::size_t right_begin,
                                                                         bool natural, bool left,
                                                                         bool right) {
  Text condition;
  bool some = false;
  if (natural) {
    const std::size_t end = scope->count;
    for (std::size_t i = right_begin; i < end && !Failed(); ++i) {
      const Item item = ItemOf(*scope, i);
      for (std::size_t c = 0; c < ColumnCount(item) && !Failed(); ++c) {
        if ((item.hidden >> c & 1U) != 0) continue;
        const OutputColumn column = ColumnOf(item, c);
        if (MergeColumn(scope, left_begin, right_begin, column.name, column.hash, left, right,
                        false, &condition)) {
          some = true;
        }
      }
    }
  } else if (Accept(Word::kUsing)) {
    ExpectPunct('(');
    do {
      const Token name = ExpectName();
      if (Failed()) break;
      MergeColumn(scope, left_begin, right_begin, Spelling(name), name.hash, left, right, true,
                  &condition);
      some = true;
    } while (!Failed() && AcceptPunct(','));
    ExpectPunct(')');
  } else if (Is(Word::kOn) && Ahead(1).word != Word::kConflict) {
    Advance();
    const bool one = scope->count == right_begin + 1;
    const std::size_t first = at_;
    const bool attached =
        ParseConditionOf(scope, !right && (!left || one),
                         left ? static_cast<std::uint16_t>(right_begin) : kNoColumn, &condition);
    const bool always = tokens_[first].word == Word::kTrue && at_ == first + 1;
    scope->detached = scope->detached || (!left && !right && !attached && !always);
    some = true;
  }
  return some ? Cat(" ON ", condition) : Text();
}

// Merges the column of this name on both sides into one.
template <bool kEmit>
constexpr bool Parser<kEmit>::MergeColumn(Scope* scope, std::size_t left_begin,
                                          std::size_t right_begin, std::string_view name,
                                          std::uint32_t hash, bool left, bool right, bool required,
                                          Text* condition) {
  const std::size_t place = at_ - 1;
  struct Found {
    std::size_t item = kMaxItems;
    std::size_t column = 0;
    int times = 0;
  };
  const auto find = [&](std::size_t begin, std::size_t end) {
    Found found;
    for (std::size_t i = begin; i < end; ++i) {
      const Item& item = ItemOf(*scope, i);
      const std::size_t column = FindIn(item, name, hash);
      if (column == SchemaView::kNone || (item.hidden >> column & 1U) != 0) continue;
      if (found.times++ == 0) {
        found.item = i;
        found.column = column;
      }
    }
    return found;
  };
  const Found from = find(left_begin, right_begin);
  const Found to = find(right_begin, scope->count);
  if (from.times == 0 || to.times == 0) {
    if (required) FailAt(Refusal::kUnknownColumn, place);
    return false;
  }
  if (from.times > 1 || to.times > 1) {
    FailAt(Refusal::kAmbiguousColumn, place);
    return false;
  }
  std::size_t merged = scope->merged_count;
  for (std::size_t m = 0; m < scope->merged_count; ++m) {
    const Merged& one = merged_[scope->first_merged + m];
    if (one.item == from.item && one.column == from.column) merged = m;
  }
  Expr own = merged < scope->merged_count ? MergedExpr(scope, scope, merged, place)
                                          : ColumnExpr(scope, scope, from.item, from.column, place);
  Expr other = ColumnExpr(scope, scope, to.item, to.column, place);
  const Expr plain_own = own;
  const Expr plain_other = other;
  if (!Unify(&own, &other, place)) return false;
  if (ScaleOf(plain_own.type) != ScaleOf(own.type) ||
      ScaleOf(plain_other.type) != ScaleOf(own.type)) {
    FailAt(Refusal::kScale, place);
    return false;
  }
  if constexpr (kEmit) {
    const std::string same =
        Postgres() ? ComparePostgres(own, other, " = ") : "(" + own.text + " = " + other.text + ")";
    *condition += (condition->empty() ? "" : " AND ") + same;
  }
  if (!left && !right) {
    scope->tracking = true;
    NoteEqualityOf(scope, plain_own, plain_other);
    NoteEqualityOf(scope, plain_other, plain_own);
    scope->tracking = false;
  } else if (left && !right) {
    NoteEqualityOf(scope, plain_other, plain_own);
  }
  Merged column;
  column.name = name;
  column.hash = hash;
  column.item = static_cast<std::uint16_t>(from.item);
  column.column = static_cast<std::uint16_t>(from.column);
  column.type = own.type;
  column.refs = own.refs | other.refs;
  column.plain = plain_own.column != kNoColumn && !right;
  // Where one side is missing, the other one is what comes out.
  column.type.nullable = left && right ? own.type.nullable || other.type.nullable
                         : right       ? other.type.nullable
                         : left        ? own.type.nullable
                                       : own.type.nullable && other.type.nullable;
  if (column.plain) {
    column.type = plain_own.type;
  } else {
    column.text = right ? Cat("coalesce(", own.text, ", ", other.text, ")") : own.text;
  }
  ItemOf(*scope, to.item).hidden |= std::uint64_t{1} << to.column;
  if (merged < scope->merged_count) {
    merged_[scope->first_merged + merged] = std::move(column);
  } else {
    merged_.Push(std::move(column));
    ++scope->merged_count;
  }
  return true;
}

// ---- items --------------------------------------------------------------------------------------

template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseOneItem(Scope* scope) {
  if (IsPunct('(')) {
    const Word next = Ahead(1).word;
    if (next == Word::kSelect || next == Word::kValues || next == Word::kWith) {
      return ParseDerived(scope);
    }
    // A join in parentheses.
    if (!Deeper()) return {};
    Advance();
    const bool enclosed = scope->enclosed;
    const std::size_t first_seen = scope->first_seen;
    const std::size_t first_merged_seen = scope->first_merged_seen;
    const bool detached = std::exchange(scope->detached, false);
    scope->enclosed = true;
    scope->first_seen = scope->count;
    scope->first_merged_seen = scope->merged_count;
    bool several = false;
    Text text = ParseJoined(scope, &several);
    // Of a lone item in parentheses SQLite forgets the name.
    if (several) text = Cat("(", text, ")");
    scope->enclosed = enclosed;
    scope->detached = scope->detached || detached;
    scope->first_seen = first_seen;
    scope->first_merged_seen = first_merged_seen;
    ExpectPunct(')');
    --depth_;
    peak_ = std::max(peak_, kSelectWeight);
    return text;
  }
  const std::size_t name_at = at_;
  const Token name = ExpectName();
  if (Failed()) return {};
  if (IsPunct('.')) {
    FailAt(Refusal::kSchemaQualified, name_at);
    return {};
  }
  Item item;
  if (IsPunct('(')) return ParseTableFunction(scope, name_at);
  bool found = false;
  for (std::size_t i = relations_.size(); i-- > 0 && !found;) {
    Relation& relation = relations_[i];
    if (!relation.visible || relation.hash != name.hash ||
        !SameName(relation.name, Spelling(name))) {
      continue;
    }
    if (relation.recursive != 0) {
      ++relation.uses;
      if (relation.recursive != selects_ || relation.uses > 1) Fail(Refusal::kRecursive);
    }
    Spend(relation.cost);
    item.table = static_cast<std::uint16_t>(i);
    item.is_relation = true;
    found = true;
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
    if (table == target_) reads_target_ = true;
  }
  if (item.is_relation && target_ != SchemaView::kNone) reads_target_ = true;
  Token alias = name;
  AcceptAlias(&alias);
  item.name = Spelling(alias);
  item.hash = alias.hash;
  return AddItem(scope, item, name_at);
}

// A subquery in FROM: it does not see its neighbours, only what is around the whole query.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseDerived(Scope* scope) {
  const std::size_t place = at_;
  if (!Deeper()) return {};
  Advance();
  const int outer_peak = peak_;
  Query query = ParseQuery(scope->parent, Use::kColumns);
  peak_ = std::max(outer_peak, query.weight + 6);
  --depth_;
  ExpectPunct(')');
  if (Failed()) return {};
  Item item;
  item.is_relation = true;
  item.table = static_cast<std::uint16_t>(AddRelation(query, nullptr));
  Drop(query);
  Token alias;
  if (AcceptAlias(&alias)) {
    item.name = Spelling(alias);
    item.hash = alias.hash;
  }
  const Text entered = AddItem(scope, item, place);  // " AS t<n>"
  return Cat("(", query.text, ")", entered);
}

// json_each(json [, path]) and json_tree: rows made of a value, nothing else.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseTableFunction(Scope* scope,
                                                                         std::size_t name_at) {
  const Token name = tokens_[name_at];
  const bool tree = SameName(Spelling(name), "json_tree");
  if (!tree && !SameName(Spelling(name), "json_each")) {
    FailAt(Refusal::kTableFunction, name_at);
    return {};
  }
  Advance();
  Text text = Cat(Postgres() ? "cordon." : "", tree ? "json_tree(" : "json_each(");
  bool once = true;  // the same rows for every row in front
  for (int i = 0; i < 2; ++i) {
    const std::size_t argument_at = at_;
    Expr argument = ParseExpr(scope);
    RequireText(argument, argument_at);
    once = once && argument.constant;
    text = Cat(text, i == 0 ? "" : ", ", Postgres() ? AsText(argument) : argument.text);
    if (Failed() || !AcceptPunct(',')) break;
  }
  ExpectPunct(')');
  if (Failed()) return {};
  struct Named {
    std::string_view name;
    SqlType::Kind kind;
    bool nullable;
  };
  constexpr Named kColumns[] = {
      {"key", SqlType::kAny, true},       {"value", SqlType::kAny, true},
      {"type", SqlType::kText, false},    {"atom", SqlType::kAny, true},
      {"id", SqlType::kInteger, false},   {"parent", SqlType::kInteger, true},
      {"fullkey", SqlType::kText, false}, {"path", SqlType::kText, false}};
  Relation relation;
  relation.first = static_cast<std::uint32_t>(columns_.size());
  relation.plain_names = true;
  relation.has_unique = once;
  relation.unique = 1U << 4U;  // id
  for (const Named& named : kColumns) {
    OutputColumn column;
    column.name = named.name;
    column.hash = NameHash(named.name);
    column.type = {named.kind, 0, named.nullable};
    columns_.Push(column);
    ++relation.count;
  }
  Item item;
  item.is_relation = true;
  item.table = static_cast<std::uint16_t>(relations_.size());
  relations_.Push(relation);
  Token alias = name;
  AcceptAlias(&alias);
  item.name = Spelling(alias);
  item.hash = alias.hash;
  return Cat(text, ")", AddItem(scope, item, name_at));
}

// Enters the item and gives the text that stands for it; of a subquery or function, " AS t<n>".
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::AddItem(Scope* scope, Item item,
                                                              std::size_t name_at) {
  for (std::size_t i = 0; i < scope->count; ++i) {
    const Item& other = ItemOf(*scope, i);
    if (!item.name.empty() && other.hash == item.hash && SameName(other.name, item.name)) {
      FailAt(Refusal::kDuplicateName, name_at);
      return {};
    }
  }
  if (scope->count == kMaxItems || next_item_ == kMaxNumber) {
    FailAt(Refusal::kTooComplex, name_at);
    return {};
  }
  item.number = next_item_++;
  items_.Push(item);
  ++scope->count;
  if constexpr (kEmit) {
    const std::string as = " AS t" + std::to_string(item.number);
    if (item.is_relation) {
      const bool with = !relations_[item.table].name.empty();
      return (with ? "c" + std::to_string(item.table) : "") + as;
    }
    const TableDef& table = schema_.tables[item.table];
    if (table.kind == TableKind::kGlobal) return Mark('G', item.table) + as;
    return Mark('R', item.table) + as;
  }
  return {};
}

// ---- which rows there are at most once ----------------------------------------------------------

// The columns in which no two rows of the item agree.
template <bool kEmit>
constexpr std::uint64_t Parser<kEmit>::UniqueOf(const Item& item, bool* has_unique) const {
  if (item.is_relation) {
    const Relation& relation = relations_[item.table];
    *has_unique = relation.has_unique && !(item.apart && relation.unique == 0);
    return relation.unique;
  }
  *has_unique = true;
  std::uint64_t columns = 0;
  const ColumnSet& key = schema_.tables[item.table].key;
  for (std::size_t i = 0; i < key.count; ++i) columns |= std::uint64_t{1} << key.columns[i];
  return columns;
}

// Whether each item has at most one row for the rows of the `known` ones: its key is equal to
// constants or to something made of items that are known themselves.
template <bool kEmit>
constexpr bool Parser<kEmit>::Determined(const Scope& scope, std::uint32_t known) const {
  for (bool more = true; more;) {
    more = false;
    bool all = true;
    for (std::size_t i = 0; i < scope.count; ++i) {
      if ((known >> i & 1U) != 0) continue;
      bool has_unique = false;
      std::uint64_t open = UniqueOf(ItemOf(scope, i), &has_unique);
      for (std::size_t e = 0; e < scope.equality_count && has_unique; ++e) {
        const Equality& equality = equalities_[scope.first_equality + e];
        if (equality.item == i && (equality.refs & ~known) == 0) {
          open &= ~(std::uint64_t{1} << equality.column);
        }
      }
      if (has_unique && open == 0) {
        known |= 1U << i;
        more = true;
      } else {
        all = false;
      }
    }
    if (all) return true;
  }
  return false;
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_PARSER_FROM_H_
