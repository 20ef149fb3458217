// SPDX-License-Identifier: Apache-2.0
// The types of columns, arguments and results.
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

#include "compile_fail/shop.h"

namespace {

using cordon::Decimal;
using cordon::Timestamp;
using cordon::internal::ColumnType;
using cordon::internal::Field;
using cordon::internal::SqlType;
using cordon::internal::SqlValue;

// Decimals of different scales are different, and nothing turns into one by itself.
static_assert(sizeof(Decimal<4>) == 8 && std::is_trivially_copyable_v<Decimal<4>>);
static_assert(!std::is_convertible_v<Decimal<2>, Decimal<4>>);
static_assert(!std::is_constructible_v<Decimal<4>, Decimal<2>>);
static_assert(!std::is_constructible_v<Decimal<4>, int>);
static_assert(!std::is_constructible_v<Decimal<4>, double>);
static_assert(!std::is_constructible_v<Decimal<4>, const char*>);
static_assert(!std::is_constructible_v<double, Decimal<4>>);
static_assert(!std::is_constructible_v<std::int64_t, Decimal<4>>);
template <class A, class B>
concept Comparable = requires(const A& a, const B& b) {
  a == b;
};
static_assert(!Comparable<Decimal<2>, Decimal<4>>);
static_assert(!Comparable<Decimal<2>, int>);
static_assert(Decimal<2>::FromUnits(1999).units() == 1999);
static_assert(Decimal<2>::FromUnits(-1) < Decimal<2>());
static_assert(Decimal<18>::kScale == 18 && Decimal<0>::kScale == 0);

// Columns.
template <class... T>
concept Columns = (ColumnType<T> && ...);
template <class... T>
concept NoColumns = (!ColumnType<T> && ...);
static_assert(Columns<std::int64_t, long long, std::int32_t, bool, std::string,
                      std::vector<std::byte>, Timestamp, Decimal<0>, Decimal<18>>);
static_assert(Columns<std::optional<std::int64_t>, std::optional<std::string>,
                      std::optional<Decimal<4>>, std::optional<Timestamp>>);
static_assert(NoColumns<double, float, std::optional<float>, std::uint64_t, std::uint32_t,
                        std::int16_t, std::uint8_t, char, std::string_view, const char*,
                        std::span<const std::byte>, std::nullopt_t, std::vector<char>,
                        std::chrono::system_clock::duration, cordon::TenantId, void*>);
static_assert(NoColumns<std::optional<double>>);
static_assert(NoColumns<std::optional<std::optional<std::int64_t>>>);

// What the checker takes them for.
static_assert(Field<std::int32_t>::kType == SqlType{SqlType::kInteger, 0, false});
static_assert(Field<bool>::kType == SqlType{SqlType::kBoolean, 0, false});
static_assert(Field<Decimal<4>>::kType == SqlType{SqlType::kDecimal, 4, false});
static_assert(Field<std::optional<Decimal<4>>>::kType == SqlType{SqlType::kDecimal, 4, true});
static_assert(Field<std::string_view>::kType == Field<std::string>::kType);
static_assert(Field<const char*>::kType == Field<std::string>::kType);
static_assert(Field<std::nullopt_t>::kType == SqlType{SqlType::kNull, 0, true});

// A value that does not fit its field is refused, never cut.
constexpr SqlValue Integer(std::int64_t value) { return SqlValue::Integer(value); }
template <class T>
constexpr bool Fits(const SqlValue& value) {
  T field{};
  return Field<T>::From(value, &field);
}
static_assert(Fits<std::int64_t>(Integer(std::numeric_limits<std::int64_t>::min())));
static_assert(Fits<std::int32_t>(Integer(2147483647)) && !Fits<std::int32_t>(Integer(2147483648)));
static_assert(Fits<std::int32_t>(Integer(-2147483648)) &&
              !Fits<std::int32_t>(Integer(-2147483649)));
static_assert(Fits<bool>(Integer(0)) && Fits<bool>(Integer(1)));
static_assert(!Fits<bool>(Integer(2)) && !Fits<bool>(Integer(-1)));
static_assert(!Fits<std::int64_t>(SqlValue{}) && !Fits<Decimal<4>>(SqlValue{}));
static_assert(!Fits<double>(Integer(1)) && !Fits<std::int64_t>(SqlValue::Real(0)));
static_assert(Fits<std::optional<std::int64_t>>(SqlValue{}));
static_assert(!Fits<std::optional<std::int32_t>>(Integer(2147483648)));

// A null pointer is NULL, not a crash.
static_assert(Field<const char*>::To(nullptr).storage == SqlValue::kNull);
static_assert(Field<Decimal<2>>::To(Decimal<2>::FromUnits(5)).integer == 5);

// Arguments.
template <class T>
concept Argues = requires(const T& value) {
  Field<T>::To(value);
};
static_assert(Argues<std::int64_t> && Argues<std::string_view> && Argues<std::nullopt_t>);
static_assert(!Argues<double> && !Argues<float> && !Argues<std::uint64_t>);

}  // namespace
