// SPDX-License-Identifier: Apache-2.0
// A value of a result as a test compares it.
#ifndef CORDON_TESTS_SUPPORT_VALUE_TEXT_H_
#define CORDON_TESTS_SUPPORT_VALUE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "cordon/data/value.h"

namespace cordon_test {

inline std::string ValueText(const cordon::Value& value) {
  struct Show {
    std::string operator()(std::monostate) const { return "NULL"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(double number) const { return std::to_string(number); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const std::vector<std::byte>& bytes) const {
      return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    std::string operator()(cordon::Timestamp at) const {
      return std::to_string(at.time_since_epoch().count());
    }
    std::string operator()(const cordon::ScaledDecimal& number) const { return number.ToString(); }
  };
  return std::visit(Show{}, value);
}

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_VALUE_TEXT_H_
