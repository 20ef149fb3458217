// SPDX-License-Identifier: Apache-2.0
#include "data/arithmetic.h"

#include <array>
#include <cstdint>
#include <utility>

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

}  // namespace

int RegisterArithmetic(sqlite3* db) {
  using Function = void (*)(sqlite3_context*, int, sqlite3_value**);
  constexpr std::array<std::pair<const char*, Function>, 5> kFunctions = {
      {{"cordon_add", &Exactly<&Add>},
       {"cordon_sub", &Exactly<&Sub>},
       {"cordon_mul", &Exactly<&Mul>},
       {"cordon_div", &Exactly<&Div>},
       {"cordon_mod", &Exactly<&Mod>}}};
  for (const auto& [name, function] : kFunctions) {
    const int code = sqlite3_create_function_v2(
        db, name, 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, nullptr, function,
        nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

}  // namespace cordon::internal
