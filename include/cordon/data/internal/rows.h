// SPDX-License-Identifier: Apache-2.0
// The calls on whole rows (Insert, Update, Get …): the statements that they stand for, written from
// the schema while the host compiles, and checked like the host's own.
#ifndef CORDON_DATA_INTERNAL_ROWS_H_
#define CORDON_DATA_INTERNAL_ROWS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "cordon/data/internal/core.h"
#include "cordon/data/schema.h"
#include "cordon/data/sql.h"

namespace cordon::internal {

// The first four take a row, the others the values of its key.
enum class RowVerb : std::uint8_t {
  kInsert,
  kUpdate,
  kUpsert,
  kDelete,
  kDeleteByKey,
  kRead,
  kReadVersion,
};

// Whether Row is held by a declared table, and not by a result.
template <class Product, class Row>
constexpr bool IsTableRow() {
  using Holding = typename SchemaOf<Product>::template Holding<Row>;
  if constexpr (Holding::kCount == 0) {
    return false;
  } else {
    return Product::kSchema.view().tables[Holding::kPlace].kind != TableKind::kResult;
  }
}

template <class Product, class Row, RowVerb V>
struct RowText {
  using Shape = RowShape<Product, Row>;
  static constexpr const TableDef& Table() { return Product::kSchema.view().tables[Shape::kPlace]; }
  static constexpr std::size_t kVersion = Product::kSchema.VersionColumn(Shape::kPlace);
  static constexpr bool kVersioned = kVersion != kNoVersion;
  static constexpr bool kChanges = Shape::kCount > Table().key.count;
  // So many placeholders, the first ones, hold the columns of a new row.
  static constexpr std::size_t kStored =
      V == RowVerb::kInsert || V == RowVerb::kUpsert ? Shape::kCount : 0;

  // Calls append(text) for each part, and argue(column) for each placeholder.
  template <class Append, class Argue>
  static constexpr void Write(const Append& append, const Argue& argue) {
    const TableDef& table = Table();
    const auto name = [](std::size_t column) { return Shape::ColumnAt(column).name; };
    const auto key = [&](std::string_view between, const auto& one) {
      for (std::size_t i = 0; i < table.key.count; ++i) {
        if (i > 0) append(between);
        one(table.key.columns[i]);
      }
    };
    const auto where_key = [&] {
      append(" WHERE ");
      key(" AND ", [&](std::size_t column) {
        append(name(column));
        append(" = ");
        argue(column);
      });
    };
    const auto match_version = [&](std::string_view before) {
      if (!kVersioned) return;
      append(before);
      append(name(kVersion));
      append(" = ");
      argue(kVersion);
    };
    const auto set = [&](const auto& value) {
      bool first = true;
      for (std::size_t column = 0; column < Shape::kCount; ++column) {
        if (table.key.Contains(column)) continue;
        append(first ? " SET " : ", ");
        first = false;
        append(name(column));
        append(" = ");
        if (column == kVersion) {
          append(name(column));
          append(" + 1");
        } else {
          value(column);
        }
      }
    };
    switch (V) {
      case RowVerb::kInsert:
      case RowVerb::kUpsert:
        append("INSERT INTO ");
        append(table.name);
        for (std::size_t column = 0; column < Shape::kCount; ++column) {
          append(column == 0 ? " (" : ", ");
          append(name(column));
        }
        for (std::size_t column = 0; column < Shape::kCount; ++column) {
          append(column == 0 ? ") VALUES (" : ", ");
          argue(column);
        }
        append(")");
        if (V == RowVerb::kInsert) return;
        append(" ON CONFLICT (");
        key(", ", [&](std::size_t column) { append(name(column)); });
        append(kChanges ? ") DO UPDATE" : ") DO NOTHING");
        set([&](std::size_t column) {
          append("excluded.");
          append(name(column));
        });
        return match_version(" WHERE ");
      case RowVerb::kUpdate:
        append("UPDATE ");
        append(table.name);
        set(argue);
        where_key();
        return match_version(" AND ");
      case RowVerb::kDelete:
      case RowVerb::kDeleteByKey:
        append("DELETE FROM ");
        append(table.name);
        where_key();
        if (V == RowVerb::kDelete) match_version(" AND ");
        return;
      case RowVerb::kRead:
      case RowVerb::kReadVersion:
        append("SELECT ");
        append(V == RowVerb::kRead ? "*" : name(kVersion));
        append(" FROM ");
        append(table.name);
        return where_key();
    }
  }

  struct Size {
    std::size_t text = 0;
    std::size_t arguments = 0;
  };
  static constexpr Size Measure() {
    Size size;
    Write([&](std::string_view part) { size.text += part.size(); },
          [&](std::size_t) { ++size.text, ++size.arguments; });
    return size;
  }
  static constexpr Size kSize = Measure();

  struct Parts {
    std::array<char, kSize.text> text{};
    std::array<std::uint8_t, kSize.arguments> columns{};  // that the placeholders stand for
  };
  static constexpr Parts Build() {
    Parts parts;
    Size at;
    Write(
        [&](std::string_view part) {
          for (const char c : part) parts.text[at.text++] = c;
        },
        [&](std::size_t column) {
          parts.text[at.text++] = '?';
          parts.columns[at.arguments++] = static_cast<std::uint8_t>(column);
        });
    return parts;
  }
  static constexpr Parts kParts = Build();

  // The argument of placeholder I, from the fields of a row.
  template <std::size_t I, class Fields>
  static constexpr decltype(auto) Argue(const Fields& fields) {
    const auto& field = std::get<kParts.columns[I]>(fields);
    if constexpr (I < kStored && kParts.columns[I] == kVersion) {
      return field == 0 ? std::int64_t{1} : field;  // a row that was never stored
    } else {
      return (field);
    }
  }
};

// The checked statement. Result: the row type that receives its rows, or NoRow.
template <class Product, Access A, class Row, RowVerb V, class Result, class... Args>
inline constexpr Checked<Product, A, Result, Args...> kRowSql{
    SqlText{RowText<Product, Row, V>::kParts.text.data(), RowText<Product, Row, V>::kSize.text}};

// Whether arguments of these types are the key of a Row.
template <class Product, class Row, class... Args>
constexpr bool IsKeyOf() {
  const TableDef& table = RowText<Product, Row, RowVerb::kRead>::Table();
  if (sizeof...(Args) != table.key.count) return false;
  if constexpr (sizeof...(Args) > 0 && (Field<Args>::kSupported && ...)) {
    const std::array<SqlType, sizeof...(Args)> given = {Field<Args>::kType...};
    for (std::size_t i = 0; i < given.size(); ++i) {
      const SqlType column = RowShape<Product, Row>::ColumnAt(table.key.columns[i]).type;
      if (given[i].nullable || FitsField(column, given[i]) != Refusal::kNone) return false;
    }
    return true;
  }
  return false;
}

// Says why a call cannot take this row; true when it can.
template <class Product, class Row, RowVerb V>
constexpr bool TakesRow() {
  constexpr bool kTable = IsTableRow<Product, Row>();
  static_assert(kTable || V != RowVerb::kInsert,
                "cordon: Insert takes a struct of the schema: declare it with TenantTable");
  static_assert(kTable || V == RowVerb::kInsert,
                "cordon: this call takes a struct of the schema: declare it with TenantTable");
  if constexpr (kTable && V == RowVerb::kUpdate) {
    constexpr bool kChanges = RowText<Product, Row, V>::kChanges;
    static_assert(kChanges,
                  "cordon: Update changes the columns behind the key, and this table has none: use "
                  "Insert and Delete");
    return kChanges;
  }
  return kTable;
}
// The same for the values of a row's key.
template <class Product, class Row, RowVerb V, class... Args>
constexpr bool TakesKey() {
  if constexpr (TakesRow<Product, Row, V>()) {
    constexpr bool kKey = IsKeyOf<Product, Row, Args...>();
    static_assert(kKey,
                  "cordon: a row is named by its key: pass a value for each Key column of its "
                  "table, in their order and of their types");
    return kKey;
  }
  return false;
}

// Calls use(statement, argument…) with what the verb needs of a row.
template <class Product, Access A, RowVerb V, class Result, class Row, class Use>
auto WithStatement(const Row& row, const Use& use) {
  using Text = RowText<Product, Row, V>;
  const auto fields =
      Text::Shape::TableType::Apply(row, [](const auto&... field) { return std::tie(field...); });
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return use(kRowSql<Product, A, Row, V, Result,
                       std::remove_cvref_t<decltype(Text::template Argue<I>(fields))>...>,
               Text::template Argue<I>(fields)...);
  }
  (std::make_index_sequence<Text::kSize.arguments>{});
}

// Runs the statement of a verb that takes a row in a transaction.
template <class Product, Access A, RowVerb V, class Tx, class Row>
absl::Status ChangeRow(Tx& tx, const Row& row) {
  constexpr bool kVersioned = RowText<Product, Row, V>::kVersioned;
  const absl::StatusOr<std::int64_t> changed = WithStatement<Product, A, V, NoRow>(
      row, [&](const auto& sql, const auto&... args) { return tx.Execute(sql, args...); });
  if (!changed.ok()) return changed.status();
  if (*changed > 0) return absl::OkStatus();
  // An upsert finds its row; without a version, one that is all key has nothing to change.
  if constexpr (V == RowVerb::kUpsert) return kVersioned ? VersionConflict() : absl::OkStatus();
  if constexpr (kVersioned && V != RowVerb::kInsert) {
    const auto there = WithStatement<Product, A, RowVerb::kReadVersion, std::int64_t>(
        row, [&](const auto& sql, const auto&... key) {
          return tx.Optional(as<std::int64_t>, sql, key...);
        });
    if (!there.ok()) return there.status();
    if (there->has_value()) return VersionConflict();
  }
  return NoRowFound();
}

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_ROWS_H_
