// SPDX-License-Identifier: Apache-2.0
// What the checker says, as conditions for static_assert. The template arguments are the types of
// the statement's arguments.
#ifndef CORDON_TESTS_STATIC_VERDICT_H_
#define CORDON_TESTS_STATIC_VERDICT_H_

#include <cstddef>
#include <string_view>

#include "compile_fail/shop.h"

template <class... Args>
consteval bool Accepts(std::string_view sql) {
  return cordon::CheckSql<shop::Shop, Args...>(sql).ok();
}

// Refused with a message that goes on like this behind "cordon: ".
template <class... Args>
consteval bool Refuses(std::string_view sql, std::string_view message) {
  const cordon::Verdict verdict = cordon::CheckSql<shop::Shop, Args...>(sql);
  const std::string_view said = verdict.message();
  return !verdict.ok() && !message.empty() && said.starts_with("cordon: ") &&
         said.substr(8).starts_with(message);
}

// Refused because of what stands at the first occurrence of `place`.
template <class... Args>
consteval bool RefusesAt(std::string_view sql, std::string_view place) {
  const cordon::Verdict verdict = cordon::CheckSql<shop::Shop, Args...>(sql);
  return !verdict.ok() && verdict.position() == sql.find(place);
}

// The statement as a transaction that writes would hold it, read into Row.
template <class Row, class... Args>
using Held = cordon::Checked<shop::Shop, cordon::internal::Access::kWrite, Row, Args...>;

#endif  // CORDON_TESTS_STATIC_VERDICT_H_
