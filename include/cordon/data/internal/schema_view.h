// SPDX-License-Identifier: Apache-2.0
// A schema without its C++ types: what the checker, the emitter and the engine lock read.
#ifndef CORDON_DATA_INTERNAL_SCHEMA_VIEW_H_
#define CORDON_DATA_INTERNAL_SCHEMA_VIEW_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cordon/data/internal/lexer.h"
#include "cordon/data/types.h"

namespace cordon::internal {

inline constexpr std::size_t kMaxKeyColumns = 8;
inline constexpr std::size_t kMaxConstraints = 8;  // of one kind, of one table
inline constexpr std::size_t kMaxColumns = 64;     // of one table or result
inline constexpr std::string_view kTenantColumn = "tenant_id";

struct ColumnDef {
  std::string_view name;
  std::uint32_t hash = 0;
  SqlType type;
  ColumnRule rule = {};
  bool has_default = false;
  SqlValue default_value = {};  // what rows have that are older than the column
};

// Whether an INSERT has to name it.
constexpr bool MustBeGiven(const ColumnDef& column) {
  return !column.type.nullable && !column.has_default;
}

// Columns of one table, by their place in it.
struct ColumnSet {
  std::array<std::uint8_t, kMaxKeyColumns> columns{};
  std::uint8_t count = 0;
  constexpr bool Contains(std::size_t column) const {
    for (std::size_t i = 0; i < count; ++i) {
      if (columns[i] == column) return true;
    }
    return false;
  }
};

struct ForeignKeyDef {
  ColumnSet columns;
  std::string_view parent;
};

inline constexpr std::uint8_t kNoVersion = 0xFF;  // instead of a column's place

enum class TableKind : std::uint8_t { kTenant, kGlobal, kResult };

struct TableDef {
  TableKind kind = TableKind::kTenant;
  std::string_view name;
  std::uint32_t hash = 0;
  std::uint16_t first_column = 0;  // in SchemaView::columns
  std::uint8_t column_count = 0;
  std::uint8_t version = kNoVersion;  // the column that counts the changes of a row
  ColumnSet key;
  std::array<ColumnSet, kMaxConstraints> uniques{};
  std::uint8_t unique_count = 0;
  std::array<ColumnSet, kMaxConstraints> indexes{};
  std::uint8_t index_count = 0;
  std::array<ForeignKeyDef, kMaxConstraints> foreign_keys{};
  std::uint8_t foreign_key_count = 0;
};

struct SchemaView {
  static constexpr std::size_t kNone = 0xFFFF;

  const TableDef* tables = nullptr;
  std::size_t table_count = 0;
  const ColumnDef* columns = nullptr;

  constexpr std::size_t FindTable(std::string_view name, std::uint32_t hash) const {
    for (std::size_t i = 0; i < table_count; ++i) {
      if (tables[i].hash == hash && tables[i].kind != TableKind::kResult &&
          SameName(tables[i].name, name)) {
        return i;
      }
    }
    return kNone;
  }
  constexpr std::size_t FindTable(std::string_view name) const {
    return FindTable(name, NameHash(name));
  }
  constexpr std::size_t FindColumn(std::size_t table, std::string_view name,
                                   std::uint32_t hash) const {
    const ColumnDef* column = columns + tables[table].first_column;
    for (std::size_t i = 0, n = tables[table].column_count; i < n; ++i) {
      if (column[i].hash == hash && SameName(column[i].name, name)) return i;
    }
    return kNone;
  }
  constexpr const ColumnDef& Column(std::size_t table, std::size_t column) const {
    return columns[tables[table].first_column + column];
  }
};

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_SCHEMA_VIEW_H_
