// SPDX-License-Identifier: Apache-2.0
// Where the worlds of a comparison are, when that is in no file (on_postgres.cc): what
// TwinOptions::configure is to be.
#ifndef CORDON_TESTS_SUPPORT_TWIN_ENGINE_H_
#define CORDON_TESTS_SUPPORT_TWIN_ENGINE_H_

#include <functional>

#include "cordon/data/options.h"

namespace cordon_test {

inline std::function<void(cordon::PlatformOptions&)>& EngineOfTwins() {
  static std::function<void(cordon::PlatformOptions&)> engine;
  return engine;
}

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_TWIN_ENGINE_H_
