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
  Item item;
  item.table = static_cast<std::uint16_t>(table);
  Token alias = name;
  AcceptAlias(&alias);
  item.name = Spelling(alias);
  item.hash = alias.hash;
  item.number = next_item_++;
  scope->items[scope->count++] = item;
  if constexpr (kEmit) return Mark('T', table) + " AS t" + std::to_string(item.number);
  return {};
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
  if (Failed()) return {};
  if (value.type.kind == SqlType::kNull) {
    if (!column.nullable) FailAt(Refusal::kNullIntoNotNull, place);
    return value.text;
  }
  const bool numbers = IsNumber(column) && IsNumber(value.type);
  if (!numbers && column.kind != value.type.kind) {
    FailAt(Refusal::kTypes, place);
    return {};
  }
  if (numbers) {
    if (ScaleOf(value.type) > ScaleOf(column)) {
      FailAt(Refusal::kScale, place);
      return {};
    }
    Rescale(&value, ScaleOf(column));
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
  statement_ += Text("INSERT INTO ") + ParseTarget(&target);
  if (Failed()) return;
  const std::size_t table = target.items[0].table;
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
      bool given = schema_.Column(table, c).type.nullable;
      for (std::size_t i = 0; i < count; ++i) given = given || columns[i] == c;
      if (!given) return FailAt(Refusal::kMissingColumn, list_at);
    }
  } else {
    for (; count < all; ++count) columns[count] = static_cast<std::uint8_t>(count);
  }
  if constexpr (kEmit) {
    statement_ += Global() ? " (" : " (\"tenant_id\", ";
    for (std::size_t i = 0; i < count; ++i) {
      statement_ += (i == 0 ? "" : ", ") + BareColumn(table, columns[i]);
    }
    statement_ += ") VALUES ";
  }
  if (Is(Word::kSelect) || Is(Word::kWith)) return Fail(Refusal::kInsertSelect);
  if (Is(Word::kDefault)) return Fail(Refusal::kMissingColumn);
  Expect(Word::kValues);
  bool first_row = true;
  do {
    ExpectPunct('(');
    if (!first_row) statement_ += Text(", ");
    first_row = false;
    statement_ += Text(Global() ? "(" : "(?1, ");
    std::size_t given = 0;
    Scope none;
    do {
      if (given == count) return Fail(Refusal::kValueCount);
      const std::size_t value_at = at_;
      Expr value = ParseExpr(&none);
      if (given > 0) statement_ += Text(", ");
      statement_ += Assign(schema_.Column(table, columns[given]).type, value, value_at);
      ++given;
    } while (!Failed() && AcceptPunct(','));
    if (!Failed() && given != count) return Fail(Refusal::kValueCount);
    ExpectPunct(')');
    statement_ += Text(")");
  } while (!Failed() && AcceptPunct(','));
  bool last = false;  // only the last clause may go without its columns
  while (!Failed() && !last && Is(Word::kOn)) {
    last = !(Ahead(2).kind == Token::kPunct && Ahead(2).punct == '(');
    ParseConflict(&target, table);
  }
  ParseReturning(&target);
}

template <bool kEmit>
constexpr void Parser<kEmit>::ParseConflict(Scope* target, std::size_t table) {
  Advance();
  Expect(Word::kConflict);
  statement_ += Text(" ON CONFLICT");
  const std::size_t list_at = at_;
  const bool listed = AcceptPunct('(');
  if (listed) {
    ColumnSet named;
    statement_ += Text(Global() ? " (" : " (\"tenant_id\", ");
    do {
      if (named.count == kMaxKeyColumns) return FailAt(Refusal::kConflictTarget, list_at);
      if (named.count > 0) statement_ += Text(", ");
      const std::size_t column = ParseTargetColumn(table);
      if (Failed()) return;
      statement_ += BareColumn(table, column);
      named.columns[named.count++] = static_cast<std::uint8_t>(column);
    } while (AcceptPunct(','));
    ExpectPunct(')');
    statement_ += Text(")");
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
    statement_ += Text(" DO NOTHING");
    return;
  }
  Expect(Word::kUpdate);
  Expect(Word::kSet);
  if (!Failed() && !listed) return FailAt(Refusal::kConflictTarget, list_at);
  Scope scope;
  scope.items[0] = target->items[0];
  Item excluded = target->items[0];
  excluded.name = "excluded";
  excluded.hash = NameHash(excluded.name);
  excluded.qualified_only = true;
  excluded.number = -1;
  scope.items[1] = excluded;
  scope.count = 2;
  statement_ += Text(" DO UPDATE SET ");
  ParseAssignments(&scope, table);
  if (Failed()) return;
  Text where;
  if (Accept(Word::kWhere)) {
    Expr condition = ParseCondition(&scope);
    where = condition.text;
  }
  if constexpr (kEmit) {
    // The conflict target holds the tenant already; the filter is a second line.
    const std::string own =
        Global() ? "" : "(t" + std::to_string(scope.items[0].number) + ".\"tenant_id\" = ?1)";
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

template <bool kEmit>
constexpr void Parser<kEmit>::ParseAssignments(Scope* scope, std::size_t table) {
  bool first = true;
  do {
    if (IsPunct('(')) return Fail(Refusal::kSyntax);
    const std::size_t column = ParseTargetColumn(table);
    ExpectPunct('=');
    if (Failed()) return;
    const std::size_t value_at = at_;
    Expr value = ParseExpr(scope);
    if (!first) statement_ += Text(", ");
    first = false;
    statement_ += BareColumn(table, column) + Text(" = ");
    statement_ += Assign(schema_.Column(table, column).type, value, value_at);
  } while (!Failed() && AcceptPunct(','));
}

// WHERE of UPDATE and DELETE: the tenant, and whatever the host adds.
template <bool kEmit>
constexpr void Parser<kEmit>::ParseTargetWhere(Scope* scope) {
  Text where;
  if (Accept(Word::kWhere)) {
    Expr condition = ParseCondition(scope);
    where = condition.text;
  }
  if constexpr (kEmit) {
    const std::string own =
        Global() ? "" : "t" + std::to_string(scope->items[0].number) + ".\"tenant_id\" = ?1";
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
  statement_ += Text("UPDATE ") + ParseTarget(&scope);
  if (Failed()) return;
  Expect(Word::kSet);
  statement_ += Text(" SET ");
  ParseAssignments(&scope, scope.items[0].table);
  if (Is(Word::kFrom)) return Fail(Refusal::kUpdateFrom);
  ParseTargetWhere(&scope);
  if (Is(Word::kOrder) || Is(Word::kLimit)) return Fail(Refusal::kSyntax);
  ParseReturning(&scope);
}

template <bool kEmit>
constexpr void Parser<kEmit>::ParseDelete() {
  Advance();
  Expect(Word::kFrom);
  if (Failed()) return;
  Scope scope;
  statement_ += Text("DELETE FROM ") + ParseTarget(&scope);
  if (Failed()) return;
  ParseTargetWhere(&scope);
  if (Is(Word::kOrder) || Is(Word::kLimit)) return Fail(Refusal::kSyntax);
  ParseReturning(&scope);
}

template <bool kEmit>
constexpr void Parser<kEmit>::ParseReturning(Scope* scope) {
  if (Failed() || !Accept(Word::kReturning)) return;
  in_returning_ = true;
  Text list = ParseSelectList(scope, out_->output.data(), kMaxColumns, &out_->output_count);
  in_returning_ = false;
  statement_ += Text(" RETURNING ") + list;
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_PARSER_WRITE_H_
