// SPDX-License-Identifier: Apache-2.0
#include "cordon/data/value.h"

#include <utility>

#include "cordon/store/error.h"

namespace cordon {

absl::StatusOr<ScaledDecimal> ScaledDecimal::FromUnits(std::int64_t units, int scale) {
  if (scale < 0 || scale > 18) {
    return internal::Error(ErrorCode::kInvalidArgument,
                           "a decimal has 0 to 18 digits behind the point");
  }
  ScaledDecimal value;
  value.units_ = units;
  value.scale_ = scale;
  return value;
}

namespace internal {
namespace {

template <class... Visitors>
struct Each : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Each(Visitors...) -> Each<Visitors...>;

}  // namespace

ValueKind KindOfType(SqlType type) {
  switch (type.kind) {
    case SqlType::kNull:
      return ValueKind::kNull;
    case SqlType::kInteger:
      return ValueKind::kInteger;
    case SqlType::kText:
      return ValueKind::kText;
    case SqlType::kBlob:
      return ValueKind::kBlob;
    case SqlType::kBoolean:
      return ValueKind::kBoolean;
    case SqlType::kTimestamp:
      return ValueKind::kTimestamp;
    case SqlType::kDecimal:
      return ValueKind::kDecimal;
    case SqlType::kReal:
      return ValueKind::kReal;
    case SqlType::kAny:
      return ValueKind::kAny;
  }
  return ValueKind::kNull;
}

SqlType TypeOf(const Value& value) {
  return std::visit(
      Each{[](std::monostate) {
             return SqlType{SqlType::kNull, 0, true};
           },
           [](const ScaledDecimal& decimal) {
             return SqlType{SqlType::kDecimal, static_cast<std::uint8_t>(decimal.scale()), false};
           },
           [](const auto& other) { return Field<std::decay_t<decltype(other)>>::kType; }},
      value);
}

SqlValue ToEngine(const Value& value) {
  return std::visit(
      Each{[](std::monostate) { return SqlValue{}; },
           [](double real) { return SqlValue::Real(real); },
           [](const ScaledDecimal& decimal) { return SqlValue::Integer(decimal.units()); },
           [](const auto& other) { return Field<std::decay_t<decltype(other)>>::To(other); }},
      value);
}

bool FromEngine(const SqlValue& value, SqlType type, Value* to) {
  if (value.storage == SqlValue::kNull) {
    to->emplace<std::monostate>();
    return type.nullable || type.kind == SqlType::kNull;
  }
  const auto as = [&]<class T>(std::type_identity<T>) {
    return Field<T>::From(value, &to->emplace<T>());
  };
  switch (type.kind) {
    case SqlType::kInteger:
      return as(std::type_identity<std::int64_t>());
    case SqlType::kBoolean:
      return as(std::type_identity<bool>());
    case SqlType::kReal:
      return as(std::type_identity<double>());
    case SqlType::kText:
      return as(std::type_identity<std::string>());
    case SqlType::kBlob:
      return as(std::type_identity<std::vector<std::byte>>());
    case SqlType::kTimestamp:
      return as(std::type_identity<Timestamp>());
    case SqlType::kDecimal: {
      if (value.storage != SqlValue::kInteger) return false;
      const auto decimal = ScaledDecimal::FromUnits(value.integer, type.scale);
      if (!decimal.ok()) return false;
      *to = *decimal;
      return true;
    }
    case SqlType::kAny:
      switch (value.storage) {
        case SqlValue::kInteger:
          return as(std::type_identity<std::int64_t>());
        case SqlValue::kReal:
          return as(std::type_identity<double>());
        case SqlValue::kText:
          return as(std::type_identity<std::string>());
        default:
          return false;
      }
    case SqlType::kNull:
      break;
  }
  return false;
}

}  // namespace internal
}  // namespace cordon
