// SPDX-License-Identifier: Apache-2.0
//
// twins.h in the words of GoogleTest, for hosts that have it; Cordon does not link it.
//
// Guarantees, thread safety, ownership, errors: those of twins.h.
//
//   std::string ShowOrder(const World<Erp>& world, Input& input);
//
//   using Orders = cordon::testing::TwinTest<Erp>;
//   TEST_F(Orders, TellNothingOfOthers) { ExpectTellsNothing(&ShowOrder); }
//
// Each run drives the same requests; --gtest_random_seed=7 drives others.
#ifndef CORDON_TESTING_GTEST_H_
#define CORDON_TESTING_GTEST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>

#include "cordon/testing/twins.h"

namespace cordon::testing {

// What GoogleTest prints of a report; its bytes would tell nobody anything.
inline void PrintTo(const Report& report, std::ostream* out) {
  *out << (report.clean() ? "a clean report" : "a report with a finding");
}

MATCHER(TellsNothingOfOthers, "tells nothing of other tenants") {
  *result_listener << (arg.clean() ? "after " + std::to_string(arg.requests()) + " requests"
                                   : "\n" + arg.finding());
  return arg.clean();
}

template <class Product>
class TwinTest : public ::testing::Test {
 protected:
  // The test fails with the report when what the request shows depends on others.
  void ExpectTellsNothing(const Request<Product>& request, const Fill<Product>& fill = nullptr) {
    EXPECT_THAT(CompareTwins<Product>(options, request, fill), TellsNothingOfOthers())
        << "again with --gtest_random_seed=" << GTEST_FLAG_GET(random_seed);
  }

  // For a test, or the host's own fixture that derives from this one, to change.
  TwinOptions options = {.seed = GTEST_FLAG_GET(random_seed) > 0
                                     ? static_cast<std::uint64_t>(GTEST_FLAG_GET(random_seed))
                                     : TwinOptions().seed};
};

}  // namespace cordon::testing

#endif  // CORDON_TESTING_GTEST_H_
