// SPDX-License-Identifier: Apache-2.0
#include "cordon/tenant/principal.h"

#include <gtest/gtest.h>

#include <string>

#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::Principal;
using cordon::TraceId;

TEST(Principal, KeepsItsKindAndName) {
  EXPECT_EQ(Must(Principal::User("anna")).kind(), Principal::Kind::kUser);
  EXPECT_EQ(Must(Principal::Service("billing")).kind(), Principal::Kind::kService);
  EXPECT_EQ(Must(Principal::Support("sue")).kind(), Principal::Kind::kSupport);
  EXPECT_EQ(Must(Principal::Job("nightly")).kind(), Principal::Kind::kJob);
  EXPECT_EQ(Must(Principal::User("anna@example.com")).name(), "anna@example.com");
  EXPECT_NE(Must(Principal::User("x")), Must(Principal::Service("x")));
}

TEST(Principal, AcceptsNamesOfAllLanguages) {
  for (const char* name : {"a", " ", "Ångström", "株式会社", "🦆", "O'Brien; DROP TABLE --",
                           "\xF4\x8F\xBF\xBF" /* U+10FFFF */, "a\xCC\x81"}) {
    EXPECT_THAT(Principal::User(name), IsOk()) << name;
  }
  EXPECT_THAT(Principal::User(std::string(200, 'x')), IsOk());
}

TEST(Principal, RefusesWhatCannotStandInALog) {
  const std::string bad[] = {"",
                             std::string(201, 'x'),
                             std::string("a\0b", 3),
                             "a\nb",
                             "a\rb",
                             "a\tb",
                             "\x1B[31m",
                             "\x7F",
                             "\xC2\x80" /* C1 control */,
                             "\xC2\x9F",
                             "\xFF",
                             "\xC0\xAF" /* overlong '/' */,
                             "\xC1\xBF",
                             "\xE0\x80\xAF",
                             "\xF0\x80\x80\xAF",
                             "\xED\xA0\x80" /* surrogate */,
                             "\xED\xBF\xBF",
                             "\xF4\x90\x80\x80" /* above U+10FFFF */,
                             "\xF8\x88\x80\x80\x80",
                             "\xE2\x82",
                             "a\x80",
                             "\xC3",
                             "\xE2\x28\xA1",
                             std::string(199, 'x') + "é"};
  for (const std::string& name : bad) {
    for (const auto make :
         {&Principal::User, &Principal::Service, &Principal::Support, &Principal::Job}) {
      EXPECT_THAT(make(name), HasCode(ErrorCode::kInvalidArgument))
          << ::testing::PrintToString(name);
    }
  }
}

TEST(Purpose, HoldsItsText) {
  EXPECT_EQ(cordon::Purpose("order-entry").text(), "order-entry");
  EXPECT_EQ(cordon::Purpose("a.b_c-0").text().size(), 7U);
  EXPECT_EQ(cordon::Purpose("0123456789012345678901234567890123456789012345678901234567890123")
                .text()
                .size(),
            64U);
}

TEST(TraceId, RoundTrips) {
  const auto entropy = cordon::SystemEntropy();
  for (int i = 0; i < 1000; ++i) {
    const TraceId trace = Must(TraceId::Draw(*entropy));
    ASSERT_EQ(trace.ToString().size(), 32U);
    ASSERT_EQ(Must(TraceId::Parse(trace.ToString())), trace);
  }
  EXPECT_EQ(Must(TraceId::Parse("4bf92f3577b34da6a3ce929d0e0e4736")).ToString(),
            "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST(TraceId, RefusesWhatW3cRefuses) {
  const std::string good = "4bf92f3577b34da6a3ce929d0e0e4736";
  for (const std::string& bad :
       {std::string(), std::string(32, '0'), good.substr(1), good + "0",
        std::string("4BF92F3577B34DA6A3CE929D0E0E4736"), "00-" + good + "-00f067aa0ba902b7-01",
        " " + good.substr(1), good.substr(0, 31) + "g", good.substr(0, 31) + '\0',
        "0x" + good.substr(2)}) {
    EXPECT_THAT(TraceId::Parse(bad), HasCode(ErrorCode::kInvalidArgument)) << bad;
  }
}

TEST(TraceId, FailsClosedWithoutEntropy) {
  TestEntropy entropy;
  entropy.failing = true;
  EXPECT_THAT(TraceId::Draw(entropy), HasCode(ErrorCode::kInternal));
}

}  // namespace
}  // namespace cordon_test
