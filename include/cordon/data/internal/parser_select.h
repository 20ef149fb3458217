// SPDX-License-Identifier: Apache-2.0
// The part of Parser (see parser.h, which alone includes this) that reads statements as a whole,
// WITH, compounds, and SELECT with its clauses.
#ifndef CORDON_DATA_INTERNAL_PARSER_SELECT_H_
#define CORDON_DATA_INTERNAL_PARSER_SELECT_H_

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
  if (Is(Word::kWith)) {
    Advance();
    const Text withs = ParseWiths(nullptr);
    withs_ = Cat(withs, ", ");
  }
  if (Failed()) return;
  switch (Here().word) {
    case Word::kSelect:
    case Word::kValues: {
      page_here_ = paging_ != Paging::kNone;
      Query query = ParseQuery(nullptr, Use::kRows);
      statement_ = std::move(query.text);
      FinishTop(query);
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
    default:
      return Fail(Refusal::kStatementKind);
  }
  if (Failed()) return;
  if (AcceptPunct(';') || Here().kind == Token::kEnd) {
    if (Here().kind != Token::kEnd) Fail(Refusal::kNotOneStatement);
    return;
  }
  RefuseHere();
}

// Hands the columns of the statement's rows over.
template <bool kEmit>
constexpr void Parser<kEmit>::FinishTop(const Query& query) {
  for (std::size_t i = 0; i < query.count; ++i) out_->output[i] = outputs_[query.first + i];
  out_->output_count = static_cast<std::uint8_t>(query.count);
  out_->at_most_one = query.at_most_one;
  out_->sums_up = query.sums_up;
  if (paging_ == Paging::kNone || Failed()) return;
  if (page_.size() == 0) return Fail(Refusal::kPage);
  // What PageCondition() makes of them, one inside the other.
  int weight = 0;
  for (std::size_t i = 0; i < page_.size(); ++i) weight = std::max(weight, page_[i].weight);
  if (weight + kOperatorWeight * static_cast<int>(page_.size()) + kSelectWeight > kMaxWeight) {
    return Fail(Refusal::kTooComplex);
  }
  for (std::size_t i = 0; i < page_.size(); ++i) out_->page[i] = page_[i].type;
  out_->page_count = static_cast<std::uint8_t>(page_.size());
}

template <bool kEmit>
constexpr void Parser<kEmit>::Open(Scope* scope, Scope* parent) {
  scope->parent = parent;
  scope->first = items_.size();
  scope->first_merged = merged_.size();
  scope->first_group = groups_.size();
  scope->first_equality = equalities_.size();
}

template <bool kEmit>
constexpr void Parser<kEmit>::Close(const Scope& scope) {
  items_.Shrink(scope.first);
  merged_.Shrink(scope.first_merged);
  groups_.Shrink(scope.first_group);
  equalities_.Shrink(scope.first_equality);
}

// ---- WITH ---------------------------------------------------------------------------------------

// What stands behind the word WITH.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseWiths(Scope* parent) {
  Accept(Word::kRecursive);  // SQLite takes the word for an ornament, too
  Text text;
  bool first = true;
  do {
    if (!first) text = Cat(text, ", ");
    first = false;
    ParseWith(parent, &text);
  } while (!Failed() && AcceptPunct(','));
  return text;
}

template <bool kEmit>
constexpr void Parser<kEmit>::ParseWith(Scope* parent, Text* text) {
  const std::size_t name_at = at_;
  Draft draft;
  draft.name = ExpectName();
  if (Failed()) return;
  bool taken = schema_.FindTable(Spelling(draft.name), draft.name.hash) != SchemaView::kNone;
  for (std::size_t i = 0; i < relations_.size(); ++i) {
    taken = taken || (relations_[i].visible && relations_[i].hash == draft.name.hash &&
                      SameName(relations_[i].name, Spelling(draft.name)));
  }
  if (taken) return FailAt(Refusal::kWithName, name_at);
  if (AcceptPunct('(')) {
    draft.names = at_;
    do {
      ExpectName();
      ++draft.count;
    } while (!Failed() && AcceptPunct(','));
    ExpectPunct(')');
  }
  Expect(Word::kAs);
  if (Accept(Word::kNot)) {
    Expect(Word::kMaterialized);  // what the emitted text says anyway
  } else {
    Accept(Word::kMaterialized);
  }
  ExpectPunct('(');
  if (Failed() || !Deeper()) return;
  if (!Is(Word::kSelect) && !Is(Word::kValues) && !Is(Word::kWith)) return Fail(Refusal::kSyntax);
  const int outer_peak = peak_;
  Query query = ParseQuery(parent, Use::kRows, &draft);
  peak_ = std::max(outer_peak, query.weight + 6);
  --depth_;
  ExpectPunct(')');
  if (Failed()) return;
  if (draft.count != 0 && draft.count != query.count) {
    return FailAt(Refusal::kValueCount, name_at);
  }
  // One that goes on from its own rows has been entered by ParseArms.
  std::size_t relation = draft.relation;
  if (relation == SchemaView::kNone) {
    relation = AddRelation(query, &draft);
  } else {
    relations_[relation].has_unique = query.has_unique;
    relations_[relation].unique = query.unique;
    for (std::size_t i = 0; i < query.count; ++i) {
      columns_[relations_[relation].first + i].type = outputs_[query.first + i].type;
    }
  }
  relations_[relation].visible = true;
  if constexpr (kEmit) {
    std::string columns;
    for (std::size_t i = 0; i < query.count; ++i) {
      columns += (i == 0 ? "x" : ", x") + std::to_string(i);
    }
    *text += "c" + std::to_string(relation) + "(" + columns + ") AS (" + query.text + ")";
  }
  Drop(query);
}

// Keeps the columns of a query under names of its own or those of the draft.
template <bool kEmit>
constexpr std::size_t Parser<kEmit>::AddRelation(const Query& query, const Draft* draft) {
  if (relations_.size() == kMaxRelations) {
    Fail(Refusal::kTooComplex);
    return 0;
  }
  Relation relation;
  relation.first = static_cast<std::uint32_t>(columns_.size());
  relation.count = static_cast<std::uint8_t>(query.count);
  relation.has_unique = query.has_unique;
  relation.unique = query.unique;
  relation.cost = query.cost;
  if (draft != nullptr) {
    relation.name = Spelling(draft->name);
    relation.hash = draft->name.hash;
  }
  for (std::size_t i = 0; i < query.count; ++i) {
    OutputColumn column = outputs_[query.first + i];
    if (draft != nullptr && i < draft->count) {
      const Token& name = tokens_[draft->names + 2 * i];
      column.name = Spelling(name);
      column.hash = name.hash;
    }
    columns_.Push(column);
  }
  relations_.Push(relation);
  return relations_.size() - 1;
}

// ---- queries ------------------------------------------------------------------------------------

// [WITH …] SELECT or VALUES, those behind UNION and the like, ORDER BY, LIMIT.
template <bool kEmit>
constexpr typename Parser<kEmit>::Query Parser<kEmit>::ParseQuery(Scope* parent, Use use,
                                                                  Draft* draft) {
  Query query;
  query.first = outputs_.size();
  if (!Deeper()) return query;
  const int outer_peak = peak_;
  peak_ = 0;
  const std::size_t relations = relations_.size();
  const std::int32_t spent = effort_;
  Text with;
  const bool has_with = Accept(Word::kWith);
  if (has_with) with = Cat(Postgres() ? "WITH RECURSIVE " : "WITH ", ParseWiths(parent), " ");
  const int with_peak = peak_;
  if (!Failed()) ParseArms(parent, use, draft, &query);
  if (Postgres() && !Failed()) TypeNulls(query, &query.text);
  if (has_with) {
    query.text = Cat(with, query.text);
    query.weight = std::max(query.weight, with_peak) + 1;
    // The names end with the query.
    for (std::size_t i = relations; i < relations_.size(); ++i) relations_[i].visible = false;
  }
  query.count = outputs_.size() - query.first;
  query.cost = effort_ - spent + 1;
  peak_ = outer_peak;
  --depth_;
  return query;
}

template <bool kEmit>
constexpr void Parser<kEmit>::ParseArms(Scope* parent, Use use, Draft* draft, Query* query) {
  ParseArm(parent, use, false, 0, query);
  if (Failed() || !AtCompound()) return;
  query->count = outputs_.size() - query->first;
  const std::size_t begin = at_;
  const Text head = query->text;
  std::size_t relation = SchemaView::kNone;
  if (draft != nullptr) {
    if (draft->count != 0 && draft->count != query->count) return Fail(Refusal::kValueCount);
    relation = AddRelation(*query, draft);
    if (Failed()) return;
    relations_[relation].has_unique = false;  // of all rows nothing is known yet
  }
  bool distinct = true;
  bool rows_alone = true;  // UNION ALL throughout
  // Once more while a column of its own rows turns out to be NULL at times.
  for (int pass = 0; !Failed(); ++pass) {
    bool again = false;
    at_ = begin;
    query->text = head;
    std::size_t arms = 1;
    while (!Failed() && AtCompound()) {
      const Word op = Here().word;
      Advance();
      const bool all = op == Word::kUnion && Accept(Word::kAll);
      if (op != Word::kUnion && Is(Word::kAll)) Fail(Refusal::kSyntax);
      if (++arms > kMaxArms) Fail(Refusal::kTooComplex);
      distinct = !all;
      rows_alone = rows_alone && all;
      for (std::size_t i = 0; i < query->count; ++i) {
        if (outputs_[query->first + i].type.kind == SqlType::kAny) Fail(Refusal::kAnyType);
      }
      // To PostgreSQL an INTERSECT comes first, wherever it stands.
      if (Postgres() && arms > 2) query->text = Cat("(", query->text, ")");
      query->text = Cat(query->text, op == Word::kIntersect ? " INTERSECT "
                                     : op == Word::kExcept  ? " EXCEPT "
                                     : all                  ? " UNION ALL "
                                                            : " UNION ");
      if (relation != SchemaView::kNone && op == Word::kUnion) {
        relations_[relation].visible = true;
        relations_[relation].recursive = selects_ + 1;
        relations_[relation].uses = 0;
      }
      Query arm;
      arm.first = outputs_.size();
      const std::size_t arm_at = at_;
      if (!Failed()) ParseArm(parent, use, true, query->first + 1, &arm);
      if (Failed()) return;
      arm.count = outputs_.size() - arm.first;
      if (arm.count != query->count) return FailAt(Refusal::kCompound, arm_at);
      const bool recursive = relation != SchemaView::kNone && relations_[relation].uses > 0;
      if (relation != SchemaView::kNone) {
        if (recursive) draft->relation = relation;
        relations_[relation].visible = false;
        relations_[relation].uses = 0;
      }
      for (std::size_t i = 0; i < arm.count; ++i) {
        SqlType& type = outputs_[query->first + i].type;
        const SqlType next = outputs_[arm.first + i].type;
        if (type.kind == SqlType::kNull) {
          // The column of the first SELECT is NULL; it has no scale to bring others to.
          type = {next.kind, next.scale, true};
          again = again || recursive;
        }
        outputs_[query->first + i].cost += outputs_[arm.first + i].cost;
        again = again || (recursive && next.nullable && !type.nullable);
        type.nullable = type.nullable || next.nullable;
        if (relation != SchemaView::kNone) {
          columns_[relations_[relation].first + i].type = type;
        }
      }
      outputs_.Shrink(arm.first);
      query->text = Cat(query->text, arm.text);
      query->weight = std::max(query->weight, arm.weight);
    }
    if (!again) break;
    Spend(kMaxEffort / 64);
  }
  if (relation != SchemaView::kNone) relations_[relation].recursive = 0;
  query->weight += 3;
  query->at_most_one = query->exactly_one = query->sums_up = false;
  query->has_unique = distinct;
  query->unique = query->count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << query->count) - 1;
  const bool recursive = draft != nullptr && draft->relation != SchemaView::kNone;
  if (!Failed()) FinishCompound(use, rows_alone || recursive, query);
}

// ORDER BY and LIMIT behind a compound. `direct`: SQLite itself can order it by any collation.
template <bool kEmit>
constexpr void Parser<kEmit>::FinishCompound(Use use, bool direct, Query* query) {
  if (page_here_ && selects_ == 0) Fail(Refusal::kPage);
  // They belong to the whole, whose columns keep no place of their own.
  for (std::size_t i = 0; i < query->count; ++i) {
    OutputColumn& output = outputs_[query->first + i];
    output.item = output.column = kNoColumn;
  }
  if (Is(Word::kLimit)) query->exactly_one = false;
  Text order;
  bool total = false;
  const std::size_t order_at = at_;
  if (Accept(Word::kOrder)) order = ParseOrderBy(nullptr, *query, false, &total);
  for (std::size_t i = order_at; i < at_ && (!direct || Postgres()) && !Failed(); ++i) {
    if (tokens_[i].word != Word::kCollate) continue;
    if (Postgres()) {
      query->text = Renamed(*query, query->text);
      break;
    }
    // SQLite makes a subquery of what is in front, and takes the GROUP BY and HAVING of the last
    // SELECT out of it by mistake.
    query->text = Cat("SELECT * FROM (", query->text, ")");
    query->weight += 6;
    break;
  }
  const bool limited = Is(Word::kLimit);
  if (limited || use == Use::kValue) order = OrderByColumns(*query, std::move(order));
  Text limit;
  if (Accept(Word::kLimit)) {
    limit = ParseLimit();
  } else if (use == Use::kValue) {
    limit = Text(" LIMIT 1");
  }
  if constexpr (kEmit) {
    if (!order.empty()) query->text += " ORDER BY " + order;
    query->text += limit;
  }
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
        // IS [NOT] DISTINCT FROM is an operator.
        if (tokens_[i - 1].word == Word::kDistinct &&
            (tokens_[i - 2].word == Word::kIs || tokens_[i - 2].word == Word::kNot)) {
          break;
        }
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
      case Word::kWindow:
        clause = &clauses.window;
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
        clauses.compound = true;
        break;
      case Word::kReturning:
        clauses.compound = false;
        break;
      default:
        break;
    }
    if (clause != nullptr && *clause == 0) *clause = i;
    const bool conflict = token.word == Word::kOn && tokens_[i + 1].word == Word::kConflict;
    if (clauses.compound || token.word == Word::kReturning || conflict) break;
  }
  clauses.end = i;
  // In this order or not at all.
  std::size_t last = at_;
  for (const std::size_t clause : {clauses.from, clauses.where, clauses.group, clauses.having,
                                   clauses.window, clauses.order, clauses.limit}) {
    if (clause == 0) continue;
    if (clause < last) FailAt(Refusal::kSyntax, clause);
    last = clause;
  }
  return clauses;
}

// One SELECT or VALUES. `more`: it stands behind UNION or the like; `like`: the place of the first
// SELECT's columns + 1.
template <bool kEmit>
constexpr void Parser<kEmit>::ParseArm(Scope* parent, Use use, bool more, std::size_t like,
                                       Query* query) {
  if (!Deeper()) return;
  ++selects_;
  const int outer_peak = peak_;
  peak_ = 0;
  if (Is(Word::kSelect)) {
    ParseSelect(parent, use, more, like, query);
  } else if (Is(Word::kValues)) {
    ParseValues(parent, use, more, like, query);
  } else {
    Fail(Refusal::kSyntax);
  }
  query->weight = peak_ + kSelectWeight;
  peak_ = outer_peak;
  --selects_;
  --depth_;
}

template <bool kEmit>
constexpr void Parser<kEmit>::ParseSelect(Scope* parent, Use use, bool more, std::size_t like,
                                          Query* query) {
  Scope scope;
  Open(&scope, parent);
  const Clauses clauses = FindClauses();
  if (Failed()) return;
  const bool compound = more || clauses.compound;
  if (clauses.compound && (clauses.order != 0 || clauses.limit != 0)) {
    return FailAt(Refusal::kSyntax, FirstOf({clauses.order, clauses.limit}));
  }
  Advance();
  scope.distinct = Accept(Word::kDistinct);
  if (!scope.distinct) Accept(Word::kAll);
  const std::size_t list = at_;
  // The end of what belongs to this SELECT alone.
  const std::size_t end =
      compound ? FirstOf({clauses.order, clauses.limit, clauses.end}) : clauses.end;
  const std::size_t tail = FirstOf({clauses.order, clauses.limit, clauses.end});
  scope.list = list;
  scope.list_end =
      FirstOf({clauses.from, clauses.where, clauses.group, clauses.having, clauses.window, tail});
  scope.windows = clauses.window;

  Text text;
  if (clauses.from != 0) {
    at_ = clauses.from + 1;
    text = ParseFrom(&scope);
    Arrive(FirstOf({clauses.where, clauses.group, clauses.having, clauses.window, tail}));
  }
  Text where;
  if (clauses.where != 0 && !Failed()) {
    at_ = clauses.where + 1;
    ParseConditionOf(&scope, true, kNoColumn, &where);
    Arrive(FirstOf({clauses.group, clauses.having, clauses.window, tail}));
  }
  Text group;
  if (clauses.group != 0 && !Failed()) {
    at_ = clauses.group + 1;
    scope.parent = nullptr;  // SQLite does not look further out here
    group = ParseGroupBy(&scope);
    scope.parent = parent;
    scope.grouped = true;
    Arrive(FirstOf({clauses.having, clauses.window, tail}));
  }
  scope.output_phase = true;
  scope.aggregates_allowed = true;
  scope.windows_allowed = true;
  Text columns;
  if (!Failed()) {
    at_ = list;
    columns = ParseSelectList(&scope, use, like, *query);
    Arrive(scope.list_end);
  }
  query->count = outputs_.size() - query->first;
  // Only GROUP BY or the select list make a query one of aggregates; for HAVING, SQLite wants one
  // that stands in no window.
  scope.aggregates_allowed = clauses.group != 0 || scope.has_aggregate;
  scope.windows_allowed = false;
  if (clauses.having != 0 && clauses.group == 0 && !scope.aggregates_rows) {
    FailAt(Refusal::kAggregateHere, clauses.having);
  }
  Text having;
  if (clauses.having != 0 && !Failed()) {
    at_ = clauses.having + 1;
    if (clauses.group == 0) scope.grouped = true;
    scope.aliases_visible = true;
    having = ParseCondition(&scope).text;
    scope.aliases_visible = false;
    Arrive(FirstOf({clauses.window, tail}));
  }
  // Also what no window function names.
  if (clauses.window != 0 && !Failed()) {
    at_ = clauses.window + 1;
    ParseWindowClause(&scope);
    Arrive(tail);
  }
  const bool single_row = scope.has_aggregate && clauses.group == 0;
  const bool paged = page_here_ && parent == nullptr && selects_ == 1 && use == Use::kRows && !more;
  if (paged && (scope.has_aggregate || scope.grouped || scope.distinct || clauses.limit != 0 ||
                clauses.order == 0 || clauses.compound || clauses.from == 0)) {
    FailAt(Refusal::kPage, list);
  }
  Text order;
  bool total = false;
  if (clauses.order != 0 && !Failed() && !compound) {
    at_ = clauses.order + 1;
    scope.parent = nullptr;  // nor here
    scope.windows_allowed = true;
    order = ParseOrderBy(&scope, *query, paged, &total);
    scope.parent = parent;
    Arrive(FirstOf({clauses.limit, clauses.end}));
  }
  if (!Failed() && scope.bare_column != 0 && (scope.grouped || scope.has_aggregate)) {
    FailAt(Refusal::kBareColumn, scope.bare_column - 1);
  }
  // A query that goes on from rows of its own takes neither.
  for (std::size_t i = 0; i < relations_.size() && more; ++i) {
    if (relations_[i].recursive == selects_ && relations_[i].uses > 0 &&
        (scope.has_aggregate || scope.has_window || scope.grouped || scope.distinct)) {
      FailAt(Refusal::kRecursive, list);
    }
  }
  if (Failed()) return;
  const bool one = single_row || (clauses.group == 0 && Determined(scope, 0));
  Text limit;
  if (paged) {
    if (scope.has_window) FailAt(Refusal::kPage, list);
    CompletePage(scope);
    if constexpr (kEmit) {
      columns += PageColumns();
      order = PageOrder();
      if (paging_ == Paging::kNext) {
        where = (where.empty() ? "" : where + " AND ") + PageCondition();
      }
      limit = " LIMIT " + Bound(argument_count_ + 2 + page_.size());
    }
  } else if (!compound && insert_order_ && selects_ == 1 && clauses.order != 0 &&
             clauses.limit == 0) {
    if (!one && !total) order = CompleteOrder(scope, *query, std::move(order));
  } else if (!compound && (clauses.limit != 0 || use == Use::kValue)) {
    // Which rows a LIMIT keeps must not be the plan's choice: the order is completed.
    if (!one && !total) order = CompleteOrder(scope, *query, std::move(order));
    if (clauses.limit != 0) {
      at_ = clauses.limit + 1;
      limit = ParseLimit();
      Arrive(clauses.end);
    } else if (!one) {
      limit = Text(" LIMIT 1");
    }
  }
  if (Failed()) return;
  at_ = end;
  query->at_most_one = one;
  query->ordered = clauses.order != 0 && !compound;
  query->exactly_one = (single_row || clauses.from == 0) && clauses.having == 0 &&
                       clauses.limit == 0 && (single_row || clauses.where == 0);
  query->sums_up = single_row && query->exactly_one && !scope.bare_value;
  FindUnique(scope, query);
  if constexpr (kEmit) {
    query->text = (scope.distinct ? "SELECT DISTINCT " : "SELECT ") + columns + text;
    if (!where.empty()) query->text += " WHERE " + where;
    if (!group.empty()) query->text += " GROUP BY " + group + scope.implied;
    if (!having.empty()) query->text += " HAVING " + having;
    // PostgreSQL orders a DISTINCT by its columns only, as they are.
    if (Postgres() && scope.distinct && order.find("(v.x") != std::string::npos) {
      query->text = Renamed(*query, query->text);
    }
    if (!order.empty()) query->text += " ORDER BY " + order;
    query->text += limit;
  }
  Close(scope);
}

// The query as a subquery "v" whose columns are x0, x1, …
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::Renamed(const Query& query,
                                                              const Text& text) const {
  Text columns;
  for (std::size_t i = 0; i < query.count && kEmit; ++i) {
    columns = Cat(columns, i == 0 ? "x" : ", x", Number(i));
  }
  return Cat("SELECT * FROM (", text, ") AS v(", columns, ")");
}

// In which columns of the output no two rows agree.
template <bool kEmit>
constexpr void Parser<kEmit>::FindUnique(const Scope& scope, Query* query) const {
  if (query->at_most_one) {
    query->has_unique = true;
    query->unique = 0;
    return;
  }
  const auto position = [&](std::size_t item, std::size_t column) {
    std::size_t i = 0;
    while (i < query->count && (outputs_[query->first + i].item != item ||
                                outputs_[query->first + i].column != column)) {
      ++i;
    }
    return i;
  };
  query->has_unique = false;
  query->unique = 0;
  if (scope.grouped) {
    query->has_unique = scope.group_count > 0;
    for (std::size_t g = 0; g < scope.group_count && query->has_unique; ++g) {
      const Group& group = groups_[scope.first_group + g];
      std::size_t i = query->count;
      if (group.column != kNoColumn) {
        i = position(group.item, group.column);
      } else if (!group.collated) {
        for (i = 0; i < query->count; ++i) {
          const std::size_t first = outputs_[query->first + i].first;
          if (first != 0 && (first == group.first || SameTokens(group.first, group.last, first))) {
            break;
          }
        }
      }
      if (i == query->count) {
        query->has_unique = false;
      } else {
        query->unique |= std::uint64_t{1} << i;
      }
    }
    return;
  }
  if (scope.count == 1) {
    bool has_unique = false;
    const std::uint64_t unique = UniqueOf(ItemOf(scope, 0), &has_unique);
    query->has_unique = has_unique;
    for (std::size_t c = 0; c < kMaxColumns && query->has_unique; ++c) {
      if ((unique >> c & 1U) == 0) continue;
      const std::size_t i = position(0, c);
      query->has_unique = i < query->count;
      if (query->has_unique) query->unique |= std::uint64_t{1} << i;
    }
  }
  if (!query->has_unique && scope.distinct) {
    query->has_unique = true;
    query->unique = query->count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << query->count) - 1;
  }
}

// VALUES (…), (…)
template <bool kEmit>
constexpr void Parser<kEmit>::ParseValues(Scope* parent, Use use, bool more, std::size_t like,
                                          Query* query) {
  const std::size_t values_at = at_;
  if (page_here_ && selects_ == 1 && parent == nullptr && use == Use::kRows) {
    return Fail(Refusal::kPage);
  }
  Advance();
  Scope scope;
  Open(&scope, parent);
  // Row by row: those behind the first are like it, or the first is made like them.
  Pool<Expr> values;
  std::size_t count = 0;
  std::size_t rows = 0;
  do {
    ExpectPunct('(');
    std::size_t given = 0;
    do {
      const std::size_t value_at = at_;
      Expr value = ParseExpr(&scope);
      RequirePlain(value, value_at);
      values.Push(std::move(value));
      ++given;
    } while (!Failed() && AcceptPunct(','));
    ExpectPunct(')');
    if (rows++ == 0) count = given;
    if (!Failed() && given != count) Fail(Refusal::kValueCount);
    if (count > kMaxColumns) Fail(Refusal::kTooComplex);
  } while (!Failed() && AcceptPunct(','));
  if (Failed()) return;
  for (std::size_t c = 0; c < count && !Failed(); ++c) {
    const std::size_t mark = exprs_.size();
    for (std::size_t r = 0; r < rows; ++r) exprs_.Push(std::move(values[r * count + c]));
    UnifyAll(mark, values_at);
    OutputColumn column;
    column.type = exprs_[mark].type;
    for (std::size_t r = 0; r < rows; ++r) {
      column.type.nullable = column.type.nullable || exprs_[mark + r].type.nullable;
    }
    for (std::size_t r = 0; r < rows && !Failed(); ++r) {
      Expr value = std::move(exprs_[mark + r]);
      if (like != 0) {
        if (like - 1 + c >= query->first) return FailAt(Refusal::kCompound, values_at);
        MakeLike(&value, like - 1 + c, values_at);
        if (value.type.kind != SqlType::kNull) {
          column.type = {value.type.kind, value.type.scale, column.type.nullable};
        }
      }
      values[r * count + c] = std::move(value);
    }
    exprs_.Shrink(mark);
    outputs_.Push(column);
  }
  query->count = count;
  query->at_most_one = query->exactly_one = rows == 1;
  peak_ += 6;
  if constexpr (kEmit) {
    std::string list;
    for (std::size_t r = 0; r < rows; ++r) {
      list += r == 0 ? "(" : ", (";
      for (std::size_t c = 0; c < count; ++c) {
        // A plain column of the query around would give its name to the column; "+" is in the way.
        const Expr& value = values[r * count + c];
        const bool plus = r == 0 && !value.constant && !Postgres();
        list += (c == 0 ? "" : ", ") + (plus ? "+" + value.text : value.text);
        if (Postgres() && value.type.kind == SqlType::kNull) {
          list += "::\x03" + std::to_string(c) + "\x03";  // see TypeNulls()
        }
      }
      list += ")";
    }
    // As a subquery, so that an order or another SELECT may follow, and columns have their names.
    std::string columns;
    for (std::size_t c = 0; c < count; ++c) {
      columns +=
          (c == 0 ? "column" : ", column") + std::to_string(c + 1) + " AS x" + std::to_string(c);
    }
    query->text = "SELECT " + columns + " FROM (VALUES " + list + ")" + (Postgres() ? " AS v" : "");
  }
  Close(scope);
  if (more || AtCompound() || Failed()) return;
  FinishCompound(use, true, query);
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_PARSER_SELECT_H_
