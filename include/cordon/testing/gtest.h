// SPDX-License-Identifier: Apache-2.0
//
// twins.h in the words of GoogleTest, for hosts that have it; Cordon does not link it.
//
// Guarantees, thread safety, ownership, errors: those of twins.h.
//
//   TEST(Orders, TellNothingOfOthers) {
//     EXPECT_THAT(CompareTwins<Erp>({}, &ShowOrder), TellsNothingOfOthers());
//   }
#ifndef CORDON_TESTING_GTEST_H_
#define CORDON_TESTING_GTEST_H_

#include <gmock/gmock.h>

#include "cordon/testing/twins.h"

namespace cordon::testing {

MATCHER(TellsNothingOfOthers, "tells nothing of other tenants") {
  *result_listener << (arg.clean() ? "after " + std::to_string(arg.requests()) + " requests"
                                   : "\n" + arg.finding());
  return arg.clean();
}

}  // namespace cordon::testing

#endif  // CORDON_TESTING_GTEST_H_
