// SPDX-License-Identifier: Apache-2.0
#include "data/arithmetic.h"

#include <cstdint>
#include <initializer_list>

namespace cordon::internal {
namespace {

enum class Result { kValue, kNull, kOverflow };
using Operation = Result (*)(std::int64_t, std::int64_t, std::int64_t*);

Result Unless(bool overflow) { return overflow ? Result::kOverflow : Result::kValue; }

Result Add(std::int64_t a, std::int64_t b, std::int64_t* c) {
  return Unless(__builtin_add_overflow(a, b, c));
}
Result Sub(std::int64_t a, std::int64_t b, std::int64_t* c) {
  return Unless(__builtin_sub_overflow(a, b, c));
}
Result Mul(std::int64_t a, std::int64_t b, std::int64_t* c) {
  return Unless(__builtin_mul_overflow(a, b, c));
}
Result Div(std::int64_t a, std::int64_t b, std::int64_t* c) {
  if (b == 0) return Result::kNull;
  if (b == -1) return Sub(0, a, c);  // the one quotient that may not fit
  *c = a / b;
  return Result::kValue;
}
Result Mod(std::int64_t a, std::int64_t b, std::int64_t* c) {
  if (b == 0) return Result::kNull;
  *c = b == -1 ? 0 : a % b;
  return Result::kValue;
}

template <Operation kOperation>
void Exactly(sqlite3_context* context, int, sqlite3_value** arguments) noexcept {
  for (int i = 0; i < 2; ++i) {
    const int type = sqlite3_value_type(arguments[i]);
    if (type == SQLITE_NULL) return sqlite3_result_null(context);
    if (type != SQLITE_INTEGER) return sqlite3_result_error(context, "inexact", -1);
  }
  std::int64_t result = 0;
  switch (
      kOperation(sqlite3_value_int64(arguments[0]), sqlite3_value_int64(arguments[1]), &result)) {
    case Result::kValue:
      return sqlite3_result_int64(context, result);
    case Result::kNull:
      return sqlite3_result_null(context);
    case Result::kOverflow:
      return sqlite3_result_error(context, "overflow", -1);
  }
}

// cordon_round(units, from, to): the decimal with `to` digits behind the point instead of `from`,
// half away from zero.
void Round(sqlite3_context* context, int, sqlite3_value** arguments) noexcept {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return sqlite3_result_null(context);
  if (sqlite3_value_type(arguments[0]) != SQLITE_INTEGER) {
    return sqlite3_result_error(context, "inexact", -1);
  }
  const std::int64_t units = sqlite3_value_int64(arguments[0]);
  const int digits = sqlite3_value_int(arguments[1]) - sqlite3_value_int(arguments[2]);
  std::int64_t unit = 1;
  for (int i = 0; i < digits && i < 18; ++i) unit *= 10;
  const std::int64_t rest = units % unit;
  const bool up = rest >= unit - rest || -rest >= unit + rest;
  sqlite3_result_int64(context, units / unit + (up && unit > 1 ? (units < 0 ? -1 : 1) : 0));
}

// cordon_unix(microseconds): seconds since 1970 for SQLite's functions of time, to the millisecond,
// never rounded up into the next day.
void Unix(sqlite3_context* context, int, sqlite3_value** arguments) noexcept {
  if (sqlite3_value_type(arguments[0]) != SQLITE_INTEGER) return sqlite3_result_null(context);
  const std::int64_t at = sqlite3_value_int64(arguments[0]);
  const std::int64_t milliseconds = at / 1000 - (at % 1000 < 0 ? 1 : 0);
  sqlite3_result_double(context, static_cast<double>(milliseconds) / 1000.0);
}

// cordon_moment(value): the value, or NULL for a text that SQLite's functions of time take for the
// machine's clock ('subsec' since 3.42), as they read it: up to a NUL, in whatever case.
void Moment(sqlite3_context* context, int, sqlite3_value** arguments) noexcept {
  if (sqlite3_value_type(arguments[0]) == SQLITE_TEXT) {
    const auto* const text = reinterpret_cast<const char*>(sqlite3_value_text(arguments[0]));
    if (text == nullptr) return sqlite3_result_error_nomem(context);
    for (const char* const clock : {"now", "subsec", "subsecond"}) {
      if (sqlite3_stricmp(text, clock) == 0) return sqlite3_result_null(context);
    }
  }
  sqlite3_result_value(context, arguments[0]);
}

}  // namespace

int RegisterArithmetic(sqlite3* db) {
  using Function = void (*)(sqlite3_context*, int, sqlite3_value**);
  struct Named {
    const char* name;
    int arguments;
    Function function;
  };
  for (const auto& [name, arguments, function] :
       {Named{"cordon_add", 2, &Exactly<&Add>}, Named{"cordon_sub", 2, &Exactly<&Sub>},
        Named{"cordon_mul", 2, &Exactly<&Mul>}, Named{"cordon_div", 2, &Exactly<&Div>},
        Named{"cordon_mod", 2, &Exactly<&Mod>}, Named{"cordon_round", 3, &Round},
        Named{"cordon_unix", 1, &Unix}, Named{"cordon_moment", 1, &Moment}}) {
    const int code = sqlite3_create_function_v2(
        db, name, arguments, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, nullptr,
        function, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

}  // namespace cordon::internal
