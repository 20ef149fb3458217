// SPDX-License-Identifier: Apache-2.0
//
// The tables of a product, declared once beside the structs that hold their rows.
//
// Guarantees: the declaration is the only source of truth. It creates the physical tables, gives
//   each tenant table a tenant column in front of its key, of every unique constraint, index and
//   foreign key, and is what statements are checked against while the host compiles. A name that
//   is missing, doubled, reserved or misspelt does not compile.
// Not guaranteed: that an existing file agrees; Platform::Open() adds columns that are new at the
//   end of a table's declaration, compares the rest and says what differs.
// Thread safety: constants.
// Ownership and lifetime: a product's struct holds its schema as the constant kSchema; the struct
//   is what Platform, Session and the transactions take as their parameter.
// Errors: compile errors that hold one sentence beginning with "cordon:".
//
//   struct Price { std::string sku; std::int64_t cents; };
//   struct Erp {
//     static constexpr auto kSchema = cordon::Schema{
//         cordon::TenantTable<Price>("prices").Key<&Price::sku>("sku").Column<&Price::cents>("cents")};
//   };
#ifndef CORDON_DATA_SCHEMA_H_
#define CORDON_DATA_SCHEMA_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "cordon/data/internal/functions.h"
#include "cordon/data/internal/schema_view.h"
#include "cordon/data/types.h"

namespace cordon {
namespace internal {

// Never defined: to call it at compile time is the error, and its arguments are the message.
void cordon_refuses(const char* message, const char* at);
constexpr void Refuse(const char* message, const char* at) {
  if (message != nullptr) cordon_refuses(message, at);
}

// What rows have that are older than a column; see Default().
template <class V>
struct DefaultValue {
  V value;
};
template <class T>
struct WithoutOptional {
  using Type = T;
};
template <class T>
struct WithoutOptional<std::optional<T>> {
  using Type = T;
};

// Whether `value` can be the default of a column whose member is a Value. An enum is itself, not
// its number; a text for a ZonedTime could be none.
template <class Value, class V>
constexpr bool FitsAsDefault(const V& value) {
  using Bare = typename WithoutOptional<Value>::Type;
  if constexpr (std::is_same_v<V, std::nullopt_t>) {
    return Field<Value>::kType.nullable;
  } else if constexpr (!Field<V>::kSupported || !Field<Bare>::kSupported) {
    return false;
  } else if constexpr (ScopedEnum<V> || ScopedEnum<Bare>) {
    Bare back{};
    if constexpr (std::is_same_v<V, Bare>) return Field<Bare>::From(Field<V>::To(value), &back);
    return false;
  } else if constexpr (Field<V>::kType != Field<Bare>::kType) {
    return false;
  } else if constexpr (Field<V>::kType.kind == SqlType::kInteger) {
    Bare back{};
    return Field<Bare>::From(Field<V>::To(value), &back);
  } else if constexpr (Field<V>::kType.kind == SqlType::kText) {
    return std::is_same_v<V, const char*> && value != nullptr && !std::is_same_v<Bare, ZonedTime>;
  } else {
    return Field<V>::kType.kind != SqlType::kBlob;
  }
}

template <class T>
struct MemberOf;
template <class T, class V>
struct MemberOf<V T::*> {
  using Struct = T;
  using Value = V;
};

constexpr bool IsPlainName(std::string_view name) {
  if (name.empty() || name.size() > 60 || ClassOf(name[0]) != CharClasses::kLetter) return false;
  for (const char c : name) {
    if (ClassOf(c) < CharClasses::kLetter) return false;
  }
  return true;
}
constexpr void RefuseBadName(std::string_view name) {
  if (!IsPlainName(name)) {
    Refuse(
        "cordon: a table or column name is a letter and up to 59 letters, digits and underscores: "
        "choose "
        "such a name",
        name.data());
  }
  if (FindWord(name, NameHash(name)) != Word::kNone) {
    Refuse("cordon: this name is a word of SQL: choose another one", name.data());
  }
  if (SameName(name, kTenantColumn) || SameName(name, "excluded") ||
      SameName(name.substr(0, 7), "cordon_") || SameName(name.substr(0, 7), "sqlite_")) {
    Refuse("cordon: this name is reserved for Cordon or SQLite: choose another one", name.data());
  }
}

// What emitted statements consist of cannot be a table's name: t0, c0, x0 and the functions.
constexpr void RefuseBadTableName(std::string_view name) {
  RefuseBadName(name);
  bool numbered =
      name.size() > 1 && (Fold(name[0]) == 't' || Fold(name[0]) == 'c' || Fold(name[0]) == 'x');
  for (std::size_t i = 1; i < name.size(); ++i) {
    numbered = numbered && ClassOf(name[i]) == CharClasses::kDigit;
  }
  const Function* const function = FindFunction(name, NameHash(name));
  bool taken = numbered || (function != nullptr && IsPure(*function));
  for (const std::string_view word :
       {"main",    "temp",    "json_each", "json_tree", "rows",      "range",
        "groups",  "row",     "current",   "unbounded", "preceding", "following",
        "exclude", "ties",    "first",     "last",      "nocase",    "rtrim",
        "binary",  "integer", "text",      "real",      "blob",      "unixepoch"}) {
    taken = taken || SameName(name, word);
  }
  if (taken) {
    Refuse("cordon: this name is used in the statements that Cordon writes: choose another one",
           name.data());
  }
}

template <TableKind Kind, class T, auto... Members>
class Table {
 public:
  using Row = T;
  static constexpr TableKind kKind = Kind;
  static constexpr std::size_t kColumnCount = sizeof...(Members);

  constexpr explicit Table(std::string_view name) {
    if (Kind != TableKind::kResult) RefuseBadTableName(name);
    definition_.kind = Kind;
    definition_.name = name;
    definition_.hash = NameHash(name);
  }
  constexpr Table(const TableDef& definition, const std::array<ColumnDef, kColumnCount>& columns)
      : definition_(definition), columns_(columns) {}

  // A column of the key. The key is the tenant and these columns, in this order.
  template <auto Member>
  [[nodiscard]] constexpr auto Key(std::string_view name) const {
    static_assert(Kind != TableKind::kResult, "cordon: a result row has no key: use Column");
    auto longer = With<Member>(name);
    using Value = typename MemberOf<decltype(Member)>::Value;
    static_assert(!Field<Value>::kType.nullable,
                  "cordon: a key column cannot be std::optional: give every row a key");
    Append(&longer.definition_.key, kColumnCount);
    return longer;
  }

  template <auto Member>
  [[nodiscard]] constexpr auto Column(std::string_view name) const {
    return With<Member>(name);
  }

  // A column that counts the changes of its row, so that nobody overwrites a change unseen: Update,
  // Upsert and Delete of a row match it, else kVersionConflict. Insert stores 1 where a row has 0,
  // and each Update raises it by one; an UPDATE of your own that does not set it is refused.
  template <auto Member>
  [[nodiscard]] constexpr auto Version(std::string_view name) const {
    static_assert(Kind != TableKind::kResult, "cordon: a result row has no version: use Column");
    static_assert(std::is_same_v<typename MemberOf<decltype(Member)>::Value, std::int64_t>,
                  "cordon: a version is a std::int64_t: change the member's type");
    if (definition_.version != kNoVersion) {
      Refuse("cordon: the table has a version already: one column counts its changes", name.data());
    }
    auto longer = With<Member>(name);
    longer.definition_.version = static_cast<std::uint8_t>(kColumnCount);
    return longer;
  }
  // A column that was added to the end of the declaration when files without it existed already:
  // Platform::Open() adds it to them, and the rows that are there have `value`, as has one that is
  // inserted without naming the column. A std::optional member needs no default: it is NULL. What
  // was declared once, here or there, stays as it is.
  template <auto Member, class V>
  [[nodiscard]] constexpr auto Column(std::string_view name,
                                      internal::DefaultValue<V> value) const {
    static_assert(Kind != TableKind::kResult,
                  "cordon: a result row has no defaults: it takes what its statement gives it");
    auto longer = With<Member>(name);
    if (!FitsAsDefault<typename MemberOf<decltype(Member)>::Value>(value.value)) {
      Refuse(
          "cordon: a default is an integer, text, bool, Timestamp, Decimal or enum value of its "
          "column's own type, or std::nullopt for a std::optional one: change it",
          name.data());
    }
    if constexpr (Field<V>::kSupported && !std::is_same_v<V, std::nullopt_t>) {
      longer.columns_[kColumnCount].has_default = true;
      longer.columns_[kColumnCount].default_value = Field<V>::To(value.value);
    }
    return longer;
  }

  // No two rows of one tenant agree in all of these columns. NULLs differ from each other.
  template <auto... Of>
  [[nodiscard]] constexpr Table Unique() const {
    Table table = *this;
    if (definition_.unique_count == kMaxConstraints) RefuseMany();
    table.definition_.uniques[table.definition_.unique_count++] = Places<Of...>();
    return table;
  }

  // Makes look-ups by these columns quick.
  template <auto... Of>
  [[nodiscard]] constexpr Table Index() const {
    Table table = *this;
    if (definition_.index_count == kMaxConstraints) RefuseMany();
    table.definition_.indexes[table.definition_.index_count++] = Places<Of...>();
    return table;
  }

  // These columns name a row of `parent` by its key: of the same tenant, or a global one.
  template <auto... Of>
  [[nodiscard]] constexpr Table References(std::string_view parent) const {
    Table table = *this;
    if (definition_.foreign_key_count == kMaxConstraints) RefuseMany();
    table.definition_.foreign_keys[table.definition_.foreign_key_count++] = {Places<Of...>(),
                                                                             parent};
    return table;
  }

  constexpr const TableDef& definition() const { return definition_; }
  constexpr const std::array<ColumnDef, kColumnCount>& columns() const { return columns_; }

  // Calls visit(std::integral_constant<std::size_t, place>, row.*member) for each column.
  template <class R, class Visit>
  static constexpr void ForEach(R& row, Visit&& visit) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (visit(std::integral_constant<std::size_t, I>{}, row.*Members), ...);
    }
    (std::index_sequence_for<MemberTag<Members>...>{});
  }
  // Calls use(row.*member…) with all columns.
  template <class Use>
  static constexpr auto Apply(const T& row, Use&& use) {
    return use(row.*Members...);
  }

 private:
  template <TableKind, class, auto...>
  friend class Table;
  template <auto>
  struct MemberTag {};

  static constexpr void RefuseMany() {
    Refuse("cordon: a table has at most 8 constraints of a kind and 8 columns in each: remove some",
           "");
  }
  static constexpr void Append(ColumnSet* set, std::size_t column) {
    if (set->count == kMaxKeyColumns) RefuseMany();
    set->columns[set->count++] = static_cast<std::uint8_t>(column);
  }

  template <auto Member>
  constexpr auto With(std::string_view name) const {
    using Traits = MemberOf<decltype(Member)>;
    static_assert(
        std::is_same_v<typename Traits::Struct, T>,
        "cordon: a column is a member of the table's own struct: name one of its members");
    static_assert(ColumnType<typename Traits::Value> || Kind == TableKind::kResult,
                  "cordon: a column is an integer, text, blob, bool, enum, Timestamp, ZonedTime, "
                  "Decimal, Json or BlobId, or a std::optional of these: change the member's type");
    static_assert(
        Field<typename Traits::Value>::kSupported,
        "cordon: a result is an integer, text, blob, bool, enum, Timestamp, ZonedTime, "
        "Decimal, Json, BlobId or double, or a std::optional of these: change the member's "
        "type");
    RefuseBadName(name);
    if (kColumnCount == kMaxColumns) {
      Refuse("cordon: a table has at most 64 columns: split it", name.data());
    }
    std::array<ColumnDef, kColumnCount + 1> columns{};
    for (std::size_t i = 0; i < kColumnCount; ++i) {
      columns[i] = columns_[i];
      if (SameName(columns[i].name, name)) {
        Refuse("cordon: the table has a column of this name already: choose another one",
               name.data());
      }
    }
    columns[kColumnCount] = {name, NameHash(name), Field<typename Traits::Value>::kType,
                             kRuleOf<typename Traits::Value>};
    Table<Kind, T, Members..., Member> longer(definition_, columns);
    longer.definition_.column_count = static_cast<std::uint8_t>(kColumnCount + 1);
    return longer;
  }

  template <auto Wanted, auto Candidate>
  static constexpr bool SameMember() {
    if constexpr (std::is_same_v<decltype(Wanted), decltype(Candidate)>) {
      return Wanted == Candidate;
    } else {
      return false;
    }
  }
  template <auto... Of>
  static constexpr ColumnSet Places() {
    static_assert(sizeof...(Of) > 0, "cordon: a constraint names at least one column: list them");
    ColumnSet set;
    const auto place = [&]<auto Wanted>() {
      std::size_t found = kColumnCount;
      std::size_t i = 0;
      ((SameMember<Wanted, Members>() ? void(found = i) : void(), ++i), ...);
      if (found == kColumnCount) {
        Refuse("cordon: a constraint names columns declared above it: declare the column first",
               "");
      }
      Append(&set, found);
    };
    (place.template operator()<Of>(), ...);
    return set;
  }

  TableDef definition_{};
  std::array<ColumnDef, kColumnCount> columns_{};
};

}  // namespace internal

// A table whose rows belong to one tenant each.
template <class T>
[[nodiscard]] constexpr auto TenantTable(std::string_view name) {
  return internal::Table<internal::TableKind::kTenant, T>(name);
}

// A table that every tenant can read and none can write (see Platform::WriteGlobals).
template <class T>
[[nodiscard]] constexpr auto GlobalTable(std::string_view name) {
  return internal::Table<internal::TableKind::kGlobal, T>(name);
}

// The default of a column that was added later: .Column<&T::x>("x", cordon::Default(0)).
template <class V>
[[nodiscard]] constexpr internal::DefaultValue<V> Default(V value) {
  return {value};
}

// A struct that receives the rows of a statement and is no table: only Column() applies.
template <class T>
[[nodiscard]] constexpr auto ResultRow() {
  return internal::Table<internal::TableKind::kResult, T>("");
}

template <class... Tables>
class Schema {
 public:
  static constexpr std::size_t kTableCount = sizeof...(Tables);
  static constexpr std::size_t kColumnCount = (Tables::kColumnCount + ... + 0);

  consteval Schema(const Tables&... tables) {
    std::size_t table = 0;
    std::size_t column = 0;
    const auto add = [&](const auto& one) {
      tables_[table] = one.definition();
      tables_[table].first_column = static_cast<std::uint16_t>(column);
      for (const auto& definition : one.columns()) columns_[column++] = definition;
      ++table;
    };
    (add(tables), ...);
    Check();
  }

  [[nodiscard]] constexpr internal::SchemaView view() const {
    return {tables_.data(), kTableCount, columns_.data()};
  }
  [[nodiscard]] constexpr const internal::ColumnDef& Column(std::size_t table,
                                                            std::size_t column) const {
    return columns_[tables_[table].first_column + column];
  }
  // The place of the column that Version() declared, or internal::kNoVersion.
  [[nodiscard]] constexpr std::size_t VersionColumn(std::size_t table) const {
    return tables_[table].version;
  }

  // The one table or result row that holds T; void when there is none.
  template <class T>
  struct Holding {
    static constexpr std::size_t kCount =
        (std::size_t{std::is_same_v<typename Tables::Row, T>} + ... + 0);
    static constexpr std::size_t Place() {
      constexpr std::array<bool, kTableCount> holds = {std::is_same_v<typename Tables::Row, T>...};
      std::size_t i = 0;
      while (i < kTableCount && !holds[i]) ++i;
      return i;
    }
    static constexpr std::size_t kPlace = Place();
  };
  template <std::size_t I>
  using TableAt = std::tuple_element_t<I, std::tuple<Tables...>>;

 private:
  constexpr void Check() const {
    const internal::SchemaView schema = view();
    for (std::size_t i = 0; i < kTableCount; ++i) {
      const internal::TableDef& table = tables_[i];
      if (table.kind == internal::TableKind::kResult) continue;
      if (schema.FindTable(table.name, table.hash) != i) {
        internal::Refuse("cordon: two tables have the same name: rename one of them",
                         table.name.data());
      }
      if (table.key.count == 0) {
        internal::Refuse("cordon: a table needs a key: declare its columns with Key",
                         table.name.data());
      }
      for (std::size_t k = 0; k < table.foreign_key_count; ++k)
        CheckForeignKey(table, table.foreign_keys[k]);
    }
  }
  constexpr void CheckForeignKey(const internal::TableDef& table,
                                 const internal::ForeignKeyDef& key) const {
    const internal::SchemaView schema = view();
    const std::size_t place = schema.FindTable(key.parent);
    if (place == internal::SchemaView::kNone) {
      internal::Refuse("cordon: a foreign key refers to a table of this schema: declare it",
                       key.parent.data());
    }
    const internal::TableDef& parent = tables_[place];
    if (table.kind == internal::TableKind::kGlobal && parent.kind == internal::TableKind::kTenant) {
      internal::Refuse(
          "cordon: a global table cannot refer to rows of a tenant: turn the reference round",
          key.parent.data());
    }
    bool fits = parent.key.count == key.columns.count;
    for (std::size_t i = 0; fits && i < key.columns.count; ++i) {
      const internal::SqlType child = columns_[table.first_column + key.columns.columns[i]].type;
      const internal::SqlType own = columns_[parent.first_column + parent.key.columns[i]].type;
      fits = child.kind == own.kind && child.scale == own.scale;
    }
    if (!fits) {
      internal::Refuse(
          "cordon: a foreign key lists as many columns as the key of its parent, of the same types "
          "and "
          "in its order: make them agree",
          key.parent.data());
    }
  }

  std::array<internal::TableDef, kTableCount> tables_{};
  std::array<internal::ColumnDef, kColumnCount> columns_{};
};

}  // namespace cordon

#endif  // CORDON_DATA_SCHEMA_H_
