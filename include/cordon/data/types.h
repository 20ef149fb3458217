// SPDX-License-Identifier: Apache-2.0
//
// The C++ types that a column, an argument or a result can have.
//
//   std::int64_t, std::int32_t   INTEGER       std::string                 TEXT
//   bool                         0 or 1        std::vector<std::byte>      BLOB
//   Timestamp                    microseconds  Decimal<S>                  INTEGER, scaled
//   std::optional<T>             T or NULL     double                      results of AVG only
//
// Arguments may also be std::string_view, const char*, std::span<const std::byte> and
// std::nullopt.
//
// Guarantees: a value comes back as it went in; one that does not fit its field is an error
//   (kValueOutOfRange), never a rounded or truncated value.
// Not guaranteed: a range for Timestamp beyond what std::chrono gives it.
// Thread safety: thread-safe; values.
// Ownership and lifetime: results own their text and bytes.
// Errors: see above.
#ifndef CORDON_DATA_TYPES_H_
#define CORDON_DATA_TYPES_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cordon/data/decimal.h"

namespace cordon {

// A point in time, UTC.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

namespace internal {

// What the checker knows of a value.
struct SqlType {
  enum Kind : std::uint8_t {
    kNull,
    kInteger,
    kText,
    kBlob,
    kBoolean,
    kTimestamp,
    kDecimal,
    kReal,
    kAny,  // only the stored value knows, as in json_extract(); never of a column or an argument
  };
  Kind kind = kNull;
  std::uint8_t scale = 0;
  bool nullable = false;
  friend constexpr bool operator==(const SqlType&, const SqlType&) = default;
};

// A value on its way to the engine or back; text and blobs are borrowed.
struct SqlValue {
  enum Storage : std::uint8_t { kNull, kInteger, kReal, kText, kBlob };
  Storage storage = kNull;
  std::int64_t integer = 0;
  double real = 0;
  const char* bytes = nullptr;
  std::size_t size = 0;
};

// kSupported; kType; To(value) for arguments; From(value, &field) for results.
template <class T>
struct Field {
  static constexpr bool kSupported = false;
};

template <class T, SqlType::Kind K>
struct IntegerField {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType{K, 0, false};
  static constexpr SqlValue To(T value) {
    return {SqlValue::kInteger, static_cast<std::int64_t>(value)};
  }
  static constexpr bool From(const SqlValue& value, T* field) {
    if (value.storage != SqlValue::kInteger ||
        value.integer < static_cast<std::int64_t>(std::numeric_limits<T>::min()) ||
        value.integer > static_cast<std::int64_t>(std::numeric_limits<T>::max())) {
      return false;
    }
    *field = static_cast<T>(value.integer);
    return true;
  }
};
template <>
struct Field<std::int64_t> : IntegerField<std::int64_t, SqlType::kInteger> {};
template <>
struct Field<long long> : IntegerField<long long, SqlType::kInteger> {
};  // NOLINT(google-runtime-int)
template <>
struct Field<std::int32_t> : IntegerField<std::int32_t, SqlType::kInteger> {};
template <>
struct Field<bool> : IntegerField<bool, SqlType::kBoolean> {};

template <>
struct Field<double> {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType{SqlType::kReal, 0, false};
  static constexpr bool From(const SqlValue& value, double* field) {
    if (value.storage != SqlValue::kReal) return false;
    *field = value.real;
    return true;
  }
};

template <>
struct Field<Timestamp> {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType{SqlType::kTimestamp, 0, false};
  static constexpr SqlValue To(Timestamp value) {
    return {SqlValue::kInteger, value.time_since_epoch().count()};
  }
  static constexpr bool From(const SqlValue& value, Timestamp* field) {
    if (value.storage != SqlValue::kInteger) return false;
    *field = Timestamp(std::chrono::microseconds(value.integer));
    return true;
  }
};

template <int S>
struct Field<Decimal<S>> {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType{SqlType::kDecimal, S, false};
  static constexpr SqlValue To(Decimal<S> value) { return {SqlValue::kInteger, value.units()}; }
  static constexpr bool From(const SqlValue& value, Decimal<S>* field) {
    if (value.storage != SqlValue::kInteger) return false;
    *field = Decimal<S>::FromUnits(value.integer);
    return true;
  }
};

struct TextArgument {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType{SqlType::kText, 0, false};
  static constexpr SqlValue To(std::string_view value) {
    return {SqlValue::kText, 0, 0, value.data(), value.size()};
  }
};
template <>
struct Field<std::string_view> : TextArgument {};
template <>
struct Field<const char*> {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType = TextArgument::kType;
  // A null pointer is NULL, which a column or comparison then refuses; it is never dereferenced.
  static constexpr SqlValue To(const char* value) {
    return value == nullptr ? SqlValue{} : TextArgument::To(value);
  }
};
template <>
struct Field<char*> : Field<const char*> {};
template <>
struct Field<std::string> : TextArgument {
  static bool From(const SqlValue& value, std::string* field) {
    if (value.storage != SqlValue::kText) return false;
    field->assign(value.bytes, value.size);
    return true;
  }
};

struct BlobArgument {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType{SqlType::kBlob, 0, false};
  static SqlValue To(std::span<const std::byte> value) {
    return {SqlValue::kBlob, 0, 0, reinterpret_cast<const char*>(value.data()), value.size()};
  }
};
template <>
struct Field<std::span<const std::byte>> : BlobArgument {};
template <>
struct Field<std::vector<std::byte>> : BlobArgument {
  static bool From(const SqlValue& value, std::vector<std::byte>* field) {
    if (value.storage != SqlValue::kBlob) return false;
    const auto* bytes = reinterpret_cast<const std::byte*>(value.bytes);
    field->assign(bytes, bytes + value.size);
    return true;
  }
};

template <>
struct Field<std::nullopt_t> {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType{SqlType::kNull, 0, true};
  static constexpr SqlValue To(std::nullopt_t) { return {}; }
};
template <class T>
requires(Field<T>::kSupported && !Field<T>::kType.nullable) struct Field<std::optional<T>> {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType{Field<T>::kType.kind, Field<T>::kType.scale, true};
  static constexpr SqlValue To(const std::optional<T>& value) {
    return value.has_value() ? Field<T>::To(*value) : SqlValue{};
  }
  static constexpr bool From(const SqlValue& value, std::optional<T>* field) {
    if (value.storage == SqlValue::kNull) {
      field->reset();
      return true;
    }
    if (!field->has_value()) field->emplace();
    return Field<T>::From(value, &**field);
  }
};

// A type that a column can have: everything that can be stored and read back.
template <class T>
concept ColumnType = Field<T>::kSupported && Field<T>::kType.kind !=
                     SqlType::kReal&& requires(const SqlValue& value, T* field) {
  { Field<T>::From(value, field) } -> std::same_as<bool>;
};

}  // namespace internal
}  // namespace cordon

#endif  // CORDON_DATA_TYPES_H_
