// SPDX-License-Identifier: Apache-2.0
// Matchers and shortcuts for statuses: EXPECT_THAT(done, IsOk()), EXPECT_THAT(done, HasCode(…)),
// Must(call) for what a test merely needs.
#ifndef CORDON_TESTS_SUPPORT_STATUS_H_
#define CORDON_TESTS_SUPPORT_STATUS_H_

#include <gmock/gmock.h>

#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cordon/store/error.h"

namespace cordon_test {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <class T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

inline std::string Describe(const absl::Status& status) {
  return "code " + std::to_string(static_cast<int>(cordon::CodeOf(status))) + ", " +
         status.ToString();
}

MATCHER(IsOk, "is OK") {
  *result_listener << Describe(StatusOf(arg));
  return StatusOf(arg).ok();
}

// Every refusal is checked to be one of Cordon's: a stable code and a message that begins so.
MATCHER_P(HasCode, code, "has Cordon's error code " + std::to_string(static_cast<int>(code))) {
  const absl::Status& status = StatusOf(arg);
  *result_listener << Describe(status);
  return !status.ok() && cordon::CodeOf(status) == code &&
         std::string(status.message()).starts_with("cordon: ");
}

// For what a test needs but is not about: an error ends the test.
inline void Must(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(Describe(status));
}
template <class T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) throw std::runtime_error(Describe(result.status()));
  return *std::move(result);
}

inline std::string Text(const absl::Status& status) { return std::string(status.message()); }
template <class T>
std::string Text(const absl::StatusOr<T>& result) {
  return Text(result.status());
}

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_STATUS_H_
