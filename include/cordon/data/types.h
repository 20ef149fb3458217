// SPDX-License-Identifier: Apache-2.0
//
// The C++ types that a column, an argument or a result can have.
//
//   std::int64_t, std::int32_t   INTEGER       std::string                 TEXT
//   bool                         0 or 1        std::vector<std::byte>      BLOB
//   Timestamp                    microseconds  Decimal<S>                  INTEGER, scaled
//   a scoped enum with its       INTEGER of    Json                        TEXT of JSON
//   EnumValues                   these values  ZonedTime                   TEXT, sorts by time
//   std::optional<T>             T or NULL     BlobId (blob.h)             INTEGER
//                                              double                      results of AVG only
//
// Arguments may also be std::string_view, const char*, std::span<const std::byte> and
// std::nullopt.
//
// Guarantees: a value comes back as it went in; one that does not fit its field is an error
//   (kValueOutOfRange), never a rounded or truncated value. A column of an enum, of Json or of
//   ZonedTime holds nothing else, whoever writes it: its CHECK refuses the row
//   (kCheckViolation).
// Not guaranteed: a range for Timestamp beyond what std::chrono gives it; that the zone of a
//   ZonedTime exists; that two texts of one JSON value are equal.
// Thread safety: thread-safe; values.
// Ownership and lifetime: results own their text and bytes.
// Errors: see above.
#ifndef CORDON_DATA_TYPES_H_
#define CORDON_DATA_TYPES_H_

#include <array>
#include <chrono>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "cordon/data/decimal.h"

namespace cordon {

// A point in time, UTC.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

// The values that a scoped enum may have, listed once, beside the enum and before its first use:
//
//   enum class Status { kOpen = 1, kShipped = 2 };
//   template <>
//   struct cordon::EnumValues<Status> {
//     static constexpr std::array kAll = {Status::kOpen, Status::kShipped};
//   };
//
// The numbers are what is stored: do not renumber. A statement sees them as integers. To list
// another value is another CHECK, which an existing file does not have (kSchemaDrift).
template <class E>
struct EnumValues;

// A text that is to be JSON (RFC 8259, UTF-8, up to 1,000 levels deep). It may hold anything; the
// column refuses what is not JSON, with CHECK (json_valid(…)), which other SQLite tools understand
// as their own json_valid(). It is stored and compared byte by byte: {"a":1} and { "a": 1 } differ.
class Json {
 public:
  Json() = default;  // null
  explicit Json(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& text() const& { return text_; }
  [[nodiscard]] std::string&& text() && { return std::move(text_); }

  friend bool operator==(const Json&, const Json&) = default;

 private:
  std::string text_ = "null";
};

// A point in time and the zone that its reader is to see it in. Stored as one text that sorts by
// time whatever the zones: 2026-03-29T01:30:00.000000Z[Europe/Berlin]. Years 0000 to 9999; the zone
// is 1 to 64 letters, digits and any of "+-_/:", as IANA names and UTC offsets are. To write or
// compare with anything else is kValueOutOfRange before the statement runs. Equal means the same
// time and the same zone; among equal times the order is that of the zones' spelling.
struct ZonedTime {
  Timestamp at;
  std::string zone = "UTC";
  friend bool operator==(const ZonedTime&, const ZonedTime&) = default;
};

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
  // Whether it is never anything but an integer to the engine.
  [[nodiscard]] constexpr bool IsStoredAsInteger() const {
    return !nullable &&
           (kind == kInteger || kind == kBoolean || kind == kTimestamp || kind == kDecimal);
  }
};

// A value on its way to the engine or back, in two registers. What is not a number is borrowed.
struct SqlValue {
  enum Storage : std::uint8_t {
    kNull,
    kInteger,
    kReal,
    kText,
    kBlob,
    kZonedTime,  // an argument only
  };
  union {
    std::int64_t integer = 0;
    double real;
    const char* bytes;  // of a text or blob
    const ZonedTime* zoned;
  };
  std::uint32_t size = 0;  // of a text or blob, in bytes
  Storage storage = kNull;

  static constexpr SqlValue Integer(std::int64_t value) {
    return {.integer = value, .storage = kInteger};
  }
  static constexpr SqlValue Real(double value) { return {.real = value, .storage = kReal}; }
  static constexpr SqlValue Text(std::string_view text) {
    return {.bytes = text.data(), .size = Size(text.size()), .storage = kText};
  }
  static constexpr SqlValue Blob(const char* bytes, std::size_t size) {
    return {.bytes = bytes, .size = Size(size), .storage = kBlob};
  }
  static constexpr SqlValue Zoned(const ZonedTime& time) {
    return {.zoned = &time, .storage = kZonedTime};
  }
  // Of a text or blob.
  [[nodiscard]] constexpr std::string_view Bytes() const { return {bytes, size}; }

 private:
  // More than the engine takes is refused by it.
  static constexpr std::uint32_t Size(std::size_t size) {
    constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(size < kMost ? size : kMost);
  }
};
static_assert(sizeof(SqlValue) == 16 && std::is_trivially_copyable_v<SqlValue>);

// What the CHECK of a column asks beyond its type.
struct ColumnRule {
  enum Kind : std::uint8_t { kNone, kListed, kJson, kZonedTime };
  Kind kind = kNone;
  const std::int64_t* listed = nullptr;  // of an enum; static storage
  std::size_t listed_count = 0;
};

// kSupported; kType; To(value) for arguments; From(value, &field) for results; kRule, if any.
template <class T>
struct Field {
  static constexpr bool kSupported = false;
};
template <class T>
inline constexpr ColumnRule kRuleOf = {};
template <class T>
requires requires { Field<T>::kRule; }
inline constexpr ColumnRule kRuleOf<T> = Field<T>::kRule;
template <class T>
inline constexpr ColumnRule kRuleOf<std::optional<T>> = kRuleOf<T>;

template <class T, SqlType::Kind K>
struct IntegerField {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType{K, 0, false};
  static constexpr SqlValue To(T value) {
    return SqlValue::Integer(static_cast<std::int64_t>(value));
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

template <class E>
concept ScopedEnum = std::is_enum_v<E> && !std::is_convertible_v<E, std::underlying_type_t<E>>;
template <class E>
concept ListedEnum = requires {
  requires std::size(EnumValues<E>::kAll)
  > 0;
  requires std::same_as<std::remove_cvref_t<decltype(EnumValues<E>::kAll[0])>, E>;
};
template <class E>
constexpr auto NumbersOf() {
  if constexpr (ListedEnum<E>) {
    std::array<std::int64_t, std::size(EnumValues<E>::kAll)> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = static_cast<std::int64_t>(EnumValues<E>::kAll[i]);
    }
    return numbers;
  } else {
    return std::array<std::int64_t, 1>{};
  }
}
// False where an unsigned number has become a negative one.
template <class E>
constexpr bool FitsInteger() {
  if constexpr (ListedEnum<E>) {
    for (const E value : EnumValues<E>::kAll) {
      if ((value > E{}) != (static_cast<std::int64_t>(value) > 0)) return false;
    }
  }
  return true;
}

template <ScopedEnum E>
struct Field<E> {
  static_assert(ListedEnum<E>,
                "cordon: an enum lists the values that it may have: specialize cordon::EnumValues "
                "for it, beside it");
  static_assert(FitsInteger<E>(),
                "cordon: the values of an enum fit into 64 signed bits: choose "
                "smaller ones");
  static constexpr bool kSupported = true;
  static constexpr SqlType kType{SqlType::kInteger, 0, false};
  static constexpr auto kNumbers = NumbersOf<E>();
  static constexpr ColumnRule kRule{ColumnRule::kListed, kNumbers.data(), kNumbers.size()};
  static constexpr SqlValue To(E value) {
    return SqlValue::Integer(static_cast<std::int64_t>(value));
  }
  static constexpr bool From(const SqlValue& value, E* field) {
    if (value.storage != SqlValue::kInteger) return false;
    for (const std::int64_t number : kNumbers) {
      if (number != value.integer) continue;
      *field = static_cast<E>(number);
      return true;
    }
    return false;
  }
};

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
    return SqlValue::Integer(value.time_since_epoch().count());
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
  static constexpr SqlValue To(Decimal<S> value) { return SqlValue::Integer(value.units()); }
  static constexpr bool From(const SqlValue& value, Decimal<S>* field) {
    if (value.storage != SqlValue::kInteger) return false;
    *field = Decimal<S>::FromUnits(value.integer);
    return true;
  }
};

struct TextArgument {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType{SqlType::kText, 0, false};
  static constexpr SqlValue To(std::string_view value) { return SqlValue::Text(value); }
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
    field->assign(value.Bytes());
    return true;
  }
};

template <>
struct Field<Json> {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType = TextArgument::kType;
  static constexpr ColumnRule kRule{ColumnRule::kJson, nullptr, 0};
  static SqlValue To(const Json& value) { return TextArgument::To(value.text()); }
  static bool From(const SqlValue& value, Json* field) {
    if (value.storage != SqlValue::kText) return false;
    *field = Json(std::string(value.Bytes()));
    return true;
  }
};

[[nodiscard]] bool ParseZonedTime(std::string_view text, ZonedTime* time);
template <>
struct Field<ZonedTime> {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType = TextArgument::kType;
  static constexpr ColumnRule kRule{ColumnRule::kZonedTime, nullptr, 0};
  static SqlValue To(const ZonedTime& value) { return SqlValue::Zoned(value); }
  static bool From(const SqlValue& value, ZonedTime* field) {
    return value.storage == SqlValue::kText && ParseZonedTime(value.Bytes(), field);
  }
};

struct BlobArgument {
  static constexpr bool kSupported = true;
  static constexpr SqlType kType{SqlType::kBlob, 0, false};
  static SqlValue To(std::span<const std::byte> value) {
    return SqlValue::Blob(reinterpret_cast<const char*>(value.data()), value.size());
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
    if constexpr (std::is_same_v<T, std::string>) {
      if (!field->has_value() && value.storage == SqlValue::kText) {
        field->emplace(value.Bytes());  // a third of what it takes to assign to an empty one
        return true;
      }
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
