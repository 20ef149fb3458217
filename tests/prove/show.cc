// SPDX-License-Identifier: Apache-2.0
#include "prove/show.h"

#include <variant>
#include <vector>

#include "cordon/store/error.h"
#include "sql/harness.h"

namespace cordon_test {

std::string Shown(const absl::Status& status) {
  return std::to_string(static_cast<int>(cordon::CodeOf(status))) + " " +
         std::string(status.message()) + "\n";
}

std::string Shown(const cordon::Value& value) {
  struct Kind {
    std::string operator()(std::monostate) const { return Show(Value::Null()); }
    std::string operator()(std::int64_t number) const { return Show(Value::Integer(number)); }
    std::string operator()(bool flag) const { return Show(Value::Integer(flag ? 1 : 0)); }
    std::string operator()(double number) const { return Show(Value::Real(number)); }
    std::string operator()(const std::string& text) const { return Show(Value::Text(text)); }
    std::string operator()(const std::vector<std::byte>& bytes) const {
      return Show(
          Value::Blob(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())));
    }
    std::string operator()(cordon::Timestamp at) const {
      return Show(Value::Integer(at.time_since_epoch().count()), {SqlType::kTimestamp, 0, false});
    }
    std::string operator()(const cordon::ScaledDecimal& number) const {
      return Show(Value::Integer(number.units()),
                  {SqlType::kDecimal, static_cast<std::uint8_t>(number.scale()), false});
    }
  };
  return std::visit(Kind{}, value);
}

}  // namespace cordon_test
