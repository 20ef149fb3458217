// SPDX-License-Identifier: Apache-2.0
#include "cordon/tenant/trace.h"

#include <gtest/gtest.h>

#include <string>

#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::TraceParent;

constexpr const char* kHeader = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceParentTest, IsReadAndWrittenAsW3cSays) {
  const TraceParent parent = Must(TraceParent::Parse(kHeader));
  EXPECT_EQ(parent.trace().ToString(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_TRUE(parent.sampled());
  EXPECT_EQ(parent.ToString(), kHeader);
  EXPECT_FALSE(Must(TraceParent::Parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"))
                   .sampled());
}

TEST(TraceParentTest, KeepsNoFlagThatItDoesNotKnow) {
  EXPECT_EQ(Must(TraceParent::Parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff"))
                .ToString(),
            kHeader);
}

TEST(TraceParentTest, ReadsLaterVersionsAsFarAsItKnowsThem) {
  for (const char* tail : {"", "-", "-what-may-come"}) {
    EXPECT_EQ(
        Must(TraceParent::Parse(
                 std::string("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01") + tail))
            .ToString(),
        kHeader);
  }
}

TEST(TraceParentTest, RefusesWhatW3cRefuses) {
  for (const std::string& bad :
       {std::string(), std::string("00"), std::string(kHeader).substr(0, 54),
        std::string(kHeader) + "-more",  // version 00 ends here
        std::string(kHeader) + "x", " " + std::string(kHeader), std::string(kHeader) + " ",
        std::string("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        std::string("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more"),
        std::string("00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
        std::string("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"),
        std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
        std::string("0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        std::string("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        std::string("00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01")}) {
    EXPECT_THAT(TraceParent::Parse(bad), HasCode(ErrorCode::kInvalidArgument)) << bad;
  }
}

TEST(TraceParentTest, BeginsTracesAndSpansOfTheHostsOwn) {
  TestEntropy entropy;
  const TraceParent drawn = Must(TraceParent::Draw(entropy));
  EXPECT_FALSE(drawn.sampled());
  EXPECT_EQ(Must(TraceParent::Parse(drawn.ToString())), drawn);
  EXPECT_EQ(Must(TraceParent::Of(drawn.trace(), "00f067aa0ba902b7", true)).trace(), drawn.trace());
  for (const char* bad : {"", "0000000000000000", "00F067AA0BA902B7", "00f067aa0ba902b"}) {
    EXPECT_THAT(TraceParent::Of(drawn.trace(), bad, false), HasCode(ErrorCode::kInvalidArgument));
  }
  entropy.failing = true;
  EXPECT_THAT(TraceParent::Draw(entropy), HasCode(ErrorCode::kInternal));
}

}  // namespace
}  // namespace cordon_test
