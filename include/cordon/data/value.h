// SPDX-License-Identifier: Apache-2.0
//
// Values and results whose types are known at run time only: for report builders and analysts.
//
// Guarantees: a value keeps its type: an exact decimal its scale, a bool is no integer, a point in
//   time no number. Nothing exact passes through a double.
// Not guaranteed: a value's use as an argument. What a statement makes of it is checked when the
//   statement is; a double is a result of AVG and never an argument.
// Thread safety: thread-compatible; values.
// Ownership and lifetime: values own their text and bytes.
// Errors: ScaledDecimal::FromUnits: kInvalidArgument.
//
//   for (const auto& row : table->rows) {
//     if (const auto* name = std::get_if<std::string>(&row[0])) Show(*name);
//   }
#ifndef CORDON_DATA_VALUE_H_
#define CORDON_DATA_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "cordon/data/decimal.h"
#include "cordon/data/types.h"

namespace cordon {

// An exact decimal number that carries its scale with it.
class ScaledDecimal {
 public:
  ScaledDecimal() = default;  // zero
  template <int S>
  ScaledDecimal(Decimal<S> value)  // NOLINT(google-explicit-constructor): nothing is lost
      : units_(value.units()), scale_(S) {}
  // `units` counts 10^-scale; the scale is 0 to 18.
  [[nodiscard]] static absl::StatusOr<ScaledDecimal> FromUnits(std::int64_t units, int scale);

  [[nodiscard]] std::int64_t units() const { return units_; }
  [[nodiscard]] int scale() const { return scale_; }
  // With exactly scale() digits behind the point.
  [[nodiscard]] std::string ToString() const { return internal::DecimalText(units_, scale_); }

  friend bool operator==(const ScaledDecimal&, const ScaledDecimal&) = default;

 private:
  std::int64_t units_ = 0;
  int scale_ = 0;
};

// NULL is std::monostate.
using Value = std::variant<std::monostate, std::int64_t, bool, double, std::string,
                           std::vector<std::byte>, Timestamp, ScaledDecimal>;

// The alternatives of Value, in their order.
enum class ValueKind {
  kNull,
  kInteger,
  kBoolean,
  kReal,
  kText,
  kBlob,
  kTimestamp,
  kDecimal,
  kAny,  // of a column only: each of its values tells its own
};

[[nodiscard]] constexpr ValueKind KindOf(const Value& value) {
  return static_cast<ValueKind>(value.index());
}

// The rows of a statement. Every value of a column is of the column's kind (kAny: as stored in
// JSON), or NULL where the column is nullable.
struct Table {
  struct Column {
    std::string name;  // empty for a computed column without AS
    ValueKind kind = ValueKind::kNull;
    int scale = 0;  // of decimals
    bool nullable = false;
    friend bool operator==(const Column&, const Column&) = default;
  };
  std::vector<Column> columns;
  std::vector<std::vector<Value>> rows;
};

namespace internal {

[[nodiscard]] SqlType TypeOf(const Value& value);
// On its way to the engine, borrowing from `value`.
[[nodiscard]] SqlValue ToEngine(const Value& value);
// False when the engine's value is not of the type.
[[nodiscard]] bool FromEngine(const SqlValue& value, SqlType type, Value* to);
[[nodiscard]] ValueKind KindOfType(SqlType type);

}  // namespace internal
}  // namespace cordon

#endif  // CORDON_DATA_VALUE_H_
