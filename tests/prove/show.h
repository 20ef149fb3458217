// SPDX-License-Identifier: Apache-2.0
// What is compared of an error and of a value.
#ifndef CORDON_TESTS_PROVE_SHOW_H_
#define CORDON_TESTS_PROVE_SHOW_H_

#include <string>

#include "absl/status/status.h"
#include "cordon/data/value.h"

namespace cordon_test {

// Its code and its text, as a line.
[[nodiscard]] std::string Shown(const absl::Status& status);
// As plain SQLite's answers are shown.
[[nodiscard]] std::string Shown(const cordon::Value& value);

}  // namespace cordon_test

#endif  // CORDON_TESTS_PROVE_SHOW_H_
