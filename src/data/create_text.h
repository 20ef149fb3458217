// SPDX-License-Identifier: Apache-2.0
// A CREATE TABLE or CREATE INDEX statement of somebody else's file, taken into the parts that no
// pragma tells: constraints with their expressions, conflict clauses, deferral. Any text may come
// in; what is not understood gives nothing, never a guess.
#ifndef CORDON_SRC_DATA_CREATE_TEXT_H_
#define CORDON_SRC_DATA_CREATE_TEXT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::internal {

// `name` as an SQL identifier, whatever it holds.
[[nodiscard]] std::string QuotedName(std::string_view name);

// As SQLite compares names: ASCII letters without case.
[[nodiscard]] bool SameSqlName(std::string_view a, std::string_view b);
[[nodiscard]] bool BeginsWithSqlName(std::string_view name, std::string_view beginning);

// TABLE, INDEX, VIEW or TRIGGER: what a CREATE statement makes; empty when it is none.
[[nodiscard]] std::string CreatedKind(std::string_view sql);

// The module of a CREATE VIRTUAL TABLE; empty when it is none.
[[nodiscard]] std::string ModuleOf(std::string_view sql);

// One column or expression of a key or an index.
struct KeyItemText {
  std::string column;  // empty for an expression
  std::string text;    // with its COLLATE and ASC or DESC
};

struct KeyText {
  std::string prefix;  // "CONSTRAINT name ", or empty
  std::vector<KeyItemText> items;
  std::string suffix;  // " ON CONFLICT …", or empty
};

struct ForeignKeyText {
  std::string prefix;
  std::vector<std::string> columns;
  std::string parent;
  std::vector<std::string> parent_columns;  // empty: the parent's key
  std::string suffix;                       // actions but SET NULL and SET DEFAULT, MATCH, deferral
};

struct ColumnText {
  std::string name;
  std::string type;
  std::string
      constraints;  // NOT NULL, DEFAULT, COLLATE, CHECK, generated: what is the column's own
  bool not_null = false;
};

struct TableText {
  std::vector<ColumnText> columns;
  std::optional<KeyText> key;
  std::vector<KeyText> uniques;
  std::vector<ForeignKeyText> foreign_keys;
  std::vector<std::string> checks;  // of the table, whole
};
[[nodiscard]] std::optional<TableText> ParseCreateTable(std::string_view sql);

struct IndexText {
  std::vector<KeyItemText> items;
  std::string where;  // " WHERE …", or empty
};
[[nodiscard]] std::optional<IndexText> ParseCreateIndex(std::string_view sql);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_CREATE_TEXT_H_
