// SPDX-License-Identifier: Apache-2.0
// Rows of a declared schema, made up from a seed: small values that tenants share, so that keys and
// foreign keys meet, and a mark in every other text.
#ifndef CORDON_TESTING_INTERNAL_RANDOM_ROW_H_
#define CORDON_TESTING_INTERNAL_RANDOM_ROW_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cordon/data/platform.h"
#include "cordon/data/session.h"
#include "cordon/testing/input.h"

namespace cordon::testing::internal {

class RowMaker {
 public:
  // `mark` goes into texts that are no keys; ids are 0 to `ids` - 1.
  RowMaker(std::uint64_t seed, std::string mark, int ids)
      : random_(seed), mark_(std::move(mark)), ids_(static_cast<std::uint64_t>(ids)) {}

  std::uint64_t Below(std::uint64_t n) { return n == 0 ? 0 : random_() % n; }
  std::vector<std::uint32_t> Choices() {
    std::vector<std::uint32_t> choices(64);
    for (std::uint32_t& choice : choices) choice = static_cast<std::uint32_t>(random_());
    return choices;
  }

  // Rows of every tenant's table.
  template <class Product, class Session>
  absl::Status InsertAll(const Session& session) {
    return session.Transaction([&](auto& tx) { return InsertRounds<Product, kTenant>(tx); });
  }
  // Rows of every global table.
  template <class Product>
  absl::Status InsertGlobals(Platform<Product>& platform) {
    return platform.WriteGlobals(GlobalWriteAccess::Get(),
                                 [&](auto& tx) { return InsertRounds<Product, kGlobal>(tx); });
  }
  // Calls act(row) with a new row of one of the tenants' tables, which the schema may refuse.
  template <class Product, class Act>
  void WithRow(const Act& act) {
    const std::size_t table = Below(kTables<Product>);
    EachTable<Product, kTenant>([&]<class Row>(std::size_t place, std::type_identity<Row>) {
      if (place == table) act(Make<Product, Row>(place));
    });
  }
  // The name of one of the tables.
  template <class Product>
  std::string Table() {
    return std::string(Product::kSchema.view().tables[Below(kTables<Product>)].name);
  }

 private:
  static constexpr auto kTenant = cordon::internal::TableKind::kTenant;
  static constexpr auto kGlobal = cordon::internal::TableKind::kGlobal;
  template <class Product>
  using SchemaType = std::remove_cvref_t<decltype(Product::kSchema)>;
  template <class Product>
  static constexpr std::size_t kTables = SchemaType<Product>::kTableCount;

  // In rounds, since what is referred to may be declared later. Rows that break a rule of the
  // schema are left out.
  template <class Product, cordon::internal::TableKind K, class Scope>
  absl::Status InsertRounds(Scope& scope) {
    for (std::uint64_t i = 0; i < ids_ * 2; ++i) {
      if (absl::Status inserted = InsertRound<Product, K>(scope); !inserted.ok()) return inserted;
    }
    return absl::OkStatus();
  }
  template <class Product, cordon::internal::TableKind K, class Scope>
  absl::Status InsertRound(Scope& scope) {
    absl::Status failed;
    EachTable<Product, K>([&]<class Row>(std::size_t place, std::type_identity<Row>) {
      if (!failed.ok()) return;
      const absl::Status inserted = scope.Insert(Make<Product, Row>(place));
      switch (CodeOf(inserted)) {
        case ErrorCode::kNone:
        case ErrorCode::kUniqueViolation:
        case ErrorCode::kForeignKeyViolation:
        case ErrorCode::kCheckViolation:
          return;
        default:
          failed = inserted;
      }
    });
    return failed;
  }

  // Calls visit(place, std::type_identity<Row>) with each table of the kind.
  template <class Product, cordon::internal::TableKind K, class Visit>
  static void EachTable(const Visit& visit) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto one = [&]<std::size_t At>(std::integral_constant<std::size_t, At>) {
        constexpr auto kKind = Product::kSchema.view().tables[At].kind;
        if constexpr (kKind == K) {
          using Row = typename SchemaType<Product>::template TableAt<At>::Row;
          visit(At, std::type_identity<Row>());
        }
      };
      (one(std::integral_constant<std::size_t, I>()), ...);
    }
    (std::make_index_sequence<kTables<Product>>());
  }

  template <class Product, class Row>
  Row Make(std::size_t place) {
    using Shape = cordon::internal::RowShape<Product, Row>;
    const cordon::internal::TableDef& table = Product::kSchema.view().tables[place];
    Row row{};
    Shape::ForEach(row, [&](auto column, auto& field) {
      const bool shared = IsShared(table, column);
      if (table.version != column) Fill(&field, shared);
    });
    return row;
  }
  // Whether a column is one by which rows are found or tied together.
  static bool IsShared(const cordon::internal::TableDef& table, std::size_t column) {
    bool shared = table.key.Contains(column);
    for (std::size_t i = 0; i < table.unique_count; ++i) {
      shared = shared || table.uniques[i].Contains(column);
    }
    for (std::size_t i = 0; i < table.foreign_key_count; ++i) {
      shared = shared || table.foreign_keys[i].columns.Contains(column);
    }
    return shared;
  }

  std::string Text(bool shared) {
    if (shared) return "K" + std::to_string(Below(ids_));
    return mark_ + kWords[Below(kWords.size())];
  }
  template <class T>
  void Fill(T* field, bool shared) {
    if constexpr (std::is_same_v<T, bool>) {
      *field = Below(2) == 1;
    } else if constexpr (std::is_integral_v<T>) {
      *field = static_cast<T>(Below(ids_));
    } else if constexpr (std::is_same_v<T, std::string>) {
      *field = Text(shared);
    } else if constexpr (std::is_same_v<T, Timestamp>) {
      *field = Timestamp(std::chrono::hours(Below(ids_) * 24));
    } else if constexpr (std::is_same_v<T, std::vector<std::byte>>) {
      for (const char c : Text(shared)) field->push_back(static_cast<std::byte>(c));
    } else if constexpr (std::is_same_v<T, Json>) {
      *field = Json("\"" + Text(shared) + "\"");
    } else if constexpr (std::is_same_v<T, ZonedTime>) {
      field->at = Timestamp(std::chrono::hours(Below(ids_) * 24));
      field->zone = mark_.empty() ? "UTC" : mark_;
    } else if constexpr (std::is_enum_v<T>) {
      *field = EnumValues<T>::kAll[Below(std::size(EnumValues<T>::kAll))];
    } else if constexpr (requires { field->units(); }) {
      *field = T::FromUnits(static_cast<std::int64_t>(Below(2000)) - 500);
    } else if constexpr (requires { field->emplace(); }) {
      if (Below(4) != 0) FillOptional(field, shared);
    }  // a blob's id names a blob: it stays what it is
  }
  template <class T>
  void FillOptional(std::optional<T>* field, bool shared) {
    if constexpr (!std::is_same_v<T, BlobId>) Fill(&field->emplace(), shared);
  }

  std::mt19937_64 random_;
  std::string mark_;
  std::uint64_t ids_;
};

}  // namespace cordon::testing::internal

#endif  // CORDON_TESTING_INTERNAL_RANDOM_ROW_H_
