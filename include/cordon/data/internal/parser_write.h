// SPDX-License-Identifier: Apache-2.0
// The part of Parser (see parser.h, which alone includes this) that reads INSERT, UPDATE and DELETE
// with ON CONFLICT and RETURNING, and puts the tenant into each.
#ifndef CORDON_DATA_INTERNAL_PARSER_WRITE_H_
#define CORDON_DATA_INTERNAL_PARSER_WRITE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "cordon/data/internal/lexer.h"
#include "cordon/data/internal/parser.h"
#include "cordon/data/internal/refusal.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/types.h"

namespace cordon::internal {

// The table that the statement writes, as the first item of `scope`.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::ParseTarget(Scope* scope) {
  out_->writes = true;
  if (access_ == Access::kRead) {
    Fail(Refusal::kWritesHere);
    return {};
  }
  if (paging_ != Paging::kNone) {
    Fail(Refusal::kPage);
    return {};
  }
  const std::size_t name_at = at_;
  const Token name = ExpectName();
  if (Failed()) return {};
  if (IsPunct('.')) {
    FailAt(Refusal::kSchemaQualified, name_at);
    return {};
  }
  const std::size_t table = schema_.FindTable(Spelling(name), name.hash);
  if (table == SchemaView::kNone) {
    FailAt(Refusal::kUnknownTable, name_at);
    return {};
  }
  const bool global = schema_.tables[table].kind == TableKind::kGlobal;
  if (global != (access_ == Access::kGlobalWrite)) {
    FailAt(global ? Refusal::kGlobalWrite : Refusal::kTenantWrite, name_at);
    return {};
  }
  target_ = table;
  Item item;
  item.table = static_cast<std::uint16_t>(table);
  Token alias = name;
  AcceptAlias(&alias);
  item.name = Spelling(alias);
  item.hash = alias.hash;
  item.number = next_item_++;
  items_.Push(item);
  ++scope->count;
  return Cat(Mark('T', table), " AS t", Number(static_cast<std::size_t>(item.number)));
}

// A column of the target by its bare name.
template <bool kEmit>
constexpr std::size_t Parser<kEmit>::ParseTargetColumn(std::size_t table) {
  const std::size_t name_at = at_;
  const Token name = ExpectName();
  if (Failed()) return 0;
  if (SameName(Spelling(name), kTenantColumn)) {
    FailAt(Refusal::kTenantColumn, name_at);
    return 0;
  }
  const std::size_t column = schema_.FindColumn(table, Spelling(name), name.hash);
  if (column == SchemaView::kNone) {
    FailAt(Refusal::kUnknownColumn, name_at);
    return 0;
  }
  return column;
}

// A value on its way into a column: same kind, not more digits, no NULL where none fits.
template <bool kEmit>
constexpr typename Parser<kEmit>::Text Parser<kEmit>::Assign(SqlType column, Expr& value,
                                                             std::size_t place) {
  RequirePlain(value, place);
  if (Failed()) return {};
  if (value.type.kind == SqlType::kNull) {
    if (!column.nullable) FailAt(Refusal::kNullIntoNotNull, place);
    return Postgres() ? NullOf(value, column.kind) : value.text;
  }
  // Other expressions may be known to the host to have a value; an argument shows it by its type.
  const bool argument = tokens_[place].kind == Token::kPlaceholder && at_ == place + 1;
  if (argument && value.type.nullable && !column.nullable) {
    FailAt(Refusal::kNullIntoNotNull, place);
  }
  if (column.kind == SqlType::kTimestamp && value.text_literal != 0) ToTimestamp(&value);
  // 0 and 1 are what the column stores.
  const bool flag = column.kind == SqlType::kBoolean && value.type.kind == SqlType::kInteger &&
                    value.number_literal && value.zero_or_one;
  if (flag && Postgres()) AsFlag(&value);
  const bool numbers = IsExact(column) && IsExact(value.type) &&
                       (column.kind == SqlType::kBoolean) == (value.type.kind == SqlType::kBoolean);
  if (!Failed() && !numbers && !flag && column.kind != value.type.kind) {
    FailAt(value.type.kind == SqlType::kAny ? Refusal::kAnyType : Refusal::kTypes, place);
    return {};
  }
  if (numbers) {
    if (ScaleOf(value.type) > ScaleOf(column)) {
      FailAt(Refusal::kScale, place);
      return {};
    }
    if (ScaleOf(column) > 0) Rescale(&value, ScaleOf(column));
  }
  return value.text;
}

template <bool kEmit>
constexpr void Parser<kEmit>::ParseInsert() {
  Advance();
  if (Is(Word::kOr)) return Fail(Refusal::kConflictClause);
  Expect(Word::kInto);
  if (Failed()) return;
  Scope target;
  Open(&target, nullptr);
  statement_ = Cat("INSERT INTO ", ParseTarget(&target));
  if (Failed()) return;
  const Item written = ItemOf(target, 0);
  Close(target);
  const std::size_t table = written.table;
  const std::size_t all = schema_.tables[table].column_count;

  std::array<std::uint8_t, kMaxColumns> columns{};
  std::size_t count = 0;
  const std::size_t list_at = at_;
  if (AcceptPunct('(')) {
    do {
      const std::size_t column_at = at_;
      const std::size_t column = ParseTargetColumn(table);
      if (Failed()) return;
      for (std::size_t i = 0; i < count; ++i) {
        if (columns[i] == column) return FailAt(Refusal::kDuplicateName, column_at);
      }
      columns[count++] = static_cast<std::uint8_t>(column);
    } while (AcceptPunct(','));
    ExpectPunct(')');
    if (Failed()) return;
    for (std::size_t c = 0; c < all; ++c) {
      bool given = !MustBeGiven(schema_.Column(table, c));
      for (std::size_t i = 0; i < count; ++i) given = given || columns[i] == c;
      if (!given) return FailAt(Refusal::kMissingColumn, list_at);
    }
  } else {
    for (; count < all; ++count) columns[count] = static_cast<std::uint8_t>(count);
  }
  if constexpr (kEmit) {
    statement_ += Global() ? " (" : " (\"tenant_id\", ";
    for (std::size_t i = 0; i < count; ++i) {
      statement_ += (i == 0 ? "" : ", ") + ColumnMark('C', table, columns[i]);
    }
    statement_ += ") ";
  }
  if (Is(Word::kValues)) {
    ParseInsertRows(columns, table, count);
  } else if (Is(Word::kSelect) || Is(Word::kWith)) {
    ParseInsertQuery(columns, table, count);
  } else {
    Fail(Is(Word::kDefault) ? Refusal::kMissingColumn : Refusal::kSyntax);
  }
  bool last = false;  // only the last clause may go without its columns
  while (!Failed() && !last && Is(Word::kOn)) {
    last = !IsPunct(Ahead(2), '(');
    ParseConflict(written);
  }
  ParseReturning(written);
}

template <bool kEmit>
constexpr void Parser<kEmit>::ParseInsertRows(const std::array<std::uint8_t, kMaxColumns>& columns,
                                              std::size_t table, std::size_t count) {
  Advance();
  statement_ = Cat(statement_, "VALUES ");
  bool first_row = true;
  do {
    ExpectPunct('(');
    statement_ = Cat(statement_, first_row ? "" : ", ",
                     Global()     ? "("
                     : Postgres() ? "($1, "
                                  : "(?1, ");
    first_row = false;
    std::size_t given = 0;
    Scope none;
    Open(&none, nullptr);
    do {
      if (given == count) return Fail(Refusal::kValueCount);
      const std::size_t value_at = at_;
      Expr value = ParseExpr(&none);
      const Text assigned = Assign(schema_.Column(table, columns[given]).type, value, value_at);
      statement_ = Cat(statement_, given > 0 ? ", " : "", assigned);
      ++given;
    } while (!Failed() && AcceptPunct(','));
    if (!Failed() && given != count) return Fail(Refusal::kValueCount);
    ExpectPunct(')');
    statement_ = Cat(statement_, ")");
  } while (!Failed() && AcceptPunct(','));
}

// INSERT … SELECT: the query's columns, each made fit for its place, and the tenant in front.
template <bool kEmit>
constexpr void Parser<kEmit>::ParseInsertQuery(const std::array<std::uint8_t, kMaxColumns>& columns,
                                               std::size_t table, std::size_t count) {
  const std::size_t query_at = at_;
  std::size_t conflict = FindWordFrom(at_, Word::kOn);
  while (conflict != 0 && tokens_[conflict + 1].word != Word::kConflict) {
    conflict = FindWordFrom(conflict + 1, Word::kOn);
  }
  insert_order_ = conflict != 0;
  Query query = ParseQuery(nullptr, Use::kColumns);
  insert_order_ = false;
  if (Failed()) return;
  if (query.weight + 6 > kMaxWeight) return FailAt(Refusal::kTooComplex, query_at);
  if (query.count != count) return FailAt(Refusal::kValueCount, query_at);
  const std::size_t number = static_cast<std::size_t>(next_item_++);
  Text list;
  Text order;
  for (std::size_t i = 0; i < count && !Failed(); ++i) {
    Expr value;
    value.type = outputs_[query.first + i].type;
    value.text = Cat("t", Number(number), ".x", Number(i));
    order = Cat(order, i == 0 ? "" : ", ", value.text, NullOrder(value.type, false));
    const SqlType column = schema_.Column(table, columns[i]).type;
    if (value.type.nullable && !column.nullable && value.type.kind != SqlType::kNull) {
      return FailAt(Refusal::kNullIntoNotNull, query_at);
    }
    const Text assigned = Assign(column, value, query_at);
    list = Cat(list, i == 0 && Global() ? "" : ", ", assigned);
  }
  Drop(query);
  // WHERE, so that SQLite does not take ON CONFLICT for a join's ON.
  statement_ = Cat(statement_, "SELECT ", Global() ? Text() : Bound(1), list, " FROM (", query.text,
                   ") AS t", Number(number), Postgres() ? "" : " WHERE 1");
  if (conflict == 0 || query.ordered) return;
  // Rows that meet one key do so in a fixed order: the host's, or that of their values.
  statement_ = Cat(statement_, " ORDER BY ", order);
}

template <bool kEmit>
constexpr void Parser<kEmit>::ParseConflict(const Item& target) {
  const std::size_t table = target.table;
  Advance();
  Expect(Word::kConflict);
  statement_ = Cat(statement_, " ON CONFLICT");
  const std::size_t list_at = at_;
  const bool listed = AcceptPunct('(');
  if (listed) {
    ColumnSet named;
    statement_ = Cat(statement_, Global() ? " (" : " (\"tenant_id\", ");
    do {
      if (named.count == kMaxKeyColumns) return FailAt(Refusal::kConflictTarget, list_at);
      const std::size_t column = ParseTargetColumn(table);
      if (Failed()) return;
      statement_ = Cat(statement_, named.count > 0 ? ", " : "", ColumnMark('C', table, column));
      named.columns[named.count++] = static_cast<std::uint8_t>(column);
    } while (AcceptPunct(','));
    ExpectPunct(')');
    statement_ = Cat(statement_, ")");
    const TableDef& definition = schema_.tables[table];
    bool known = SameColumns(definition.key, named);
    for (std::size_t i = 0; i < definition.unique_count; ++i) {
      known = known || SameColumns(definition.uniques[i], named);
    }
    if (!Failed() && !known) return FailAt(Refusal::kConflictTarget, list_at);
    if (Is(Word::kWhere)) return Fail(Refusal::kConflictTarget);
  }
  Expect(Word::kDo);
  if (Accept(Word::kNothing)) {
    statement_ = Cat(statement_, " DO NOTHING");
    return;
  }
  Expect(Word::kUpdate);
  Expect(Word::kSet);
  if (!Failed() && !listed) return FailAt(Refusal::kConflictTarget, list_at);
  Scope scope;
  Open(&scope, nullptr);
  Item excluded = target;
  excluded.name = "excluded";
  excluded.hash = NameHash(excluded.name);
  excluded.qualified_only = true;
  excluded.number = -1;
  items_.Push(target);
  items_.Push(excluded);
  scope.count = 2;
  statement_ = Cat(statement_, " DO UPDATE SET ");
  ParseAssignments(&scope, table);
  if (Failed()) return;
  Text where;
  if (Accept(Word::kWhere)) {
    Expr condition = ParseCondition(&scope);
    where = condition.text;
  }
  Close(scope);
  if constexpr (kEmit) {
    // The conflict target holds the tenant already; the filter is a second line.
    const std::string own =
        Global() ? "" : "(t" + std::to_string(target.number) + ".\"tenant_id\" = " + Bound(1) + ")";
    if (!own.empty() || !where.empty()) {
      statement_ += " WHERE " + own + (own.empty() || where.empty() ? "" : " AND ") + where;
    }
  }
}

template <bool kEmit>
constexpr bool Parser<kEmit>::SameColumns(const ColumnSet& a, const ColumnSet& b) {
  if (a.count != b.count) return false;
  for (std::size_t i = 0; i < a.count; ++i) {
    if (!b.Contains(a.columns[i])) return false;
  }
  return true;
}

// column = value, or (column, …) = (value, …) or a subquery.
template <bool kEmit>
constexpr void Parser<kEmit>::ParseAssignments(Scope* scope, std::size_t table) {
  const std::size_t list_at = at_;
  Text list;
  bool first = true;
  std::uint64_t assigned = 0;
  do {
    std::array<std::size_t, kMaxKeyColumns> columns{};
    std::size_t count = 0;
    const std::size_t columns_at = at_;
    const bool several = AcceptPunct('(');
    do {
      if (count == kMaxKeyColumns) return Fail(Refusal::kTooComplex);
      const std::size_t column_at = at_;
      columns[count] = ParseTargetColumn(table);
      if (Failed()) return;
      if ((assigned >> columns[count] & 1U) != 0) return FailAt(Refusal::kDuplicateName, column_at);
      assigned |= std::uint64_t{1} << columns[count];
      ++count;
    } while (several && AcceptPunct(','));
    if (several) ExpectPunct(')');
    ExpectPunct('=');
    if (Failed()) return;
    const std::size_t value_at = at_;
    Expr value = ParseExpr(scope);
    if (Failed()) return;
    const bool row = value.row_count != 0;
    if ((row ? value.row_count : 1U) != count) {
      return FailAt(row && !value.query ? Refusal::kValueCount : Refusal::kSubqueryColumns,
                    row ? value_at : columns_at);
    }
    if (row && value.query) {
      Text names;
      for (std::size_t i = 0; i < count; ++i) {
        Expr part = exprs_[value.row + i];
        const SqlType column = schema_.Column(table, columns[i]).type;
        const std::uint8_t scale = ScaleOf(part.type);
        if (part.type.nullable && !column.nullable) {
          return FailAt(Refusal::kNullIntoNotNull, value_at);
        }
        (void)Assign(column, part, value_at);
        // A column of a subquery cannot be rescaled from outside.
        if (!Failed() && ScaleOf(part.type) != scale) return FailAt(Refusal::kScale, value_at);
        names = Cat(names, i == 0 ? "" : ", ", ColumnMark('C', table, columns[i]));
      }
      list = Cat(list, first ? "" : ", ", "(", names, ") = ", value.text);
      first = false;
      continue;
    }
    for (std::size_t i = 0; i < count && !Failed(); ++i) {
      Expr& part = row ? exprs_[value.row + i] : value;
      const SqlType column = schema_.Column(table, columns[i]).type;
      const Text text = Assign(column, part, value_at);
      list = Cat(list, first ? "" : ", ", ColumnMark('C', table, columns[i]), " = ", text);
      first = false;
    }
  } while (!Failed() && AcceptPunct(','));
  const std::uint8_t version = schema_.tables[table].version;
  if (version != kNoVersion && (assigned >> version & 1U) == 0) {
    FailAt(Refusal::kVersionNotSet, list_at);
  }
  statement_ = Cat(statement_, list);
}

// WHERE of UPDATE and DELETE: the tenant, and whatever the host adds.
template <bool kEmit>
constexpr void Parser<kEmit>::ParseTargetWhere(Scope* scope) {
  Text where;
  if (Accept(Word::kWhere)) ParseConditionOf(scope, true, kNoColumn, &where);
  if constexpr (kEmit) {
    const std::string own =
        Global() ? ""
                 : "t" + std::to_string(ItemOf(*scope, 0).number) + ".\"tenant_id\" = " + Bound(1);
    if (!own.empty() || !where.empty()) {
      statement_ += " WHERE " + own + (own.empty() || where.empty() ? "" : " AND ") + where;
    }
  }
}

template <bool kEmit>
constexpr void Parser<kEmit>::ParseUpdate() {
  Advance();
  if (Is(Word::kOr)) return Fail(Refusal::kConflictClause);
  Scope scope;
  Open(&scope, nullptr);
  statement_ = Cat("UPDATE ", ParseTarget(&scope));
  if (Failed()) return;
  const Item written = ItemOf(scope, 0);
  Expect(Word::kSet);
  // FROM comes first: the values may refer to it.
  const std::size_t set = at_;
  std::size_t from = FindWordFrom(at_, Word::kFrom);
  while (from != 0 && tokens_[from - 1].word == Word::kDistinct) {
    from = FindWordFrom(from + 1, Word::kFrom);
  }
  Text text;
  std::size_t behind = 0;
  if (from != 0 && !Failed()) {
    at_ = from + 1;
    text = ParseFrom(&scope);
    behind = at_;
  }
  if (!Failed()) at_ = set;
  statement_ = Cat(statement_, " SET ");
  reads_target_ = false;
  if (!Failed()) ParseAssignments(&scope, written.table);
  const bool reads_itself = reads_target_;
  if (from != 0 && !Failed()) {
    Arrive(from);
    at_ = behind;
    statement_ = Cat(statement_, text);
  }
  ParseTargetWhere(&scope);
  // With a subquery in WHERE, SQLite finds all rows before it changes the first; without, a value
  // that is read from the table itself would depend on the order of the changes.
  if (reads_itself && !Global() && !Postgres()) statement_ = Cat(statement_, " AND (SELECT 1)");
  if (from != 0 && !Failed() && !Determined(scope, 1)) FailAt(Refusal::kUpdateFrom, from);
  Close(scope);
  if (Is(Word::kOrder) || Is(Word::kLimit)) return Fail(Refusal::kSyntax);
  ParseReturning(written);
}

template <bool kEmit>
constexpr void Parser<kEmit>::ParseDelete() {
  Advance();
  Expect(Word::kFrom);
  if (Failed()) return;
  Scope scope;
  Open(&scope, nullptr);
  statement_ = Cat("DELETE FROM ", ParseTarget(&scope));
  if (Failed()) return;
  const Item written = ItemOf(scope, 0);
  ParseTargetWhere(&scope);
  Close(scope);
  if (Is(Word::kOrder) || Is(Word::kLimit)) return Fail(Refusal::kSyntax);
  ParseReturning(written);
}

template <bool kEmit>
constexpr void Parser<kEmit>::ParseReturning(Item target) {
  if (Failed() || !Accept(Word::kReturning)) return;
  Scope scope;
  Open(&scope, nullptr);
  target.written = true;
  items_.Push(target);
  scope.count = 1;
  Query query;
  query.first = outputs_.size();
  Text list = ParseSelectList(&scope, Use::kRows, 0, query);
  query.count = outputs_.size() - query.first;
  if (Failed()) return;
  if (Postgres()) TypeNulls(query, &list);
  statement_ = Cat(statement_, " RETURNING ", list);
  FinishTop(query);
  Close(scope);
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_PARSER_WRITE_H_
