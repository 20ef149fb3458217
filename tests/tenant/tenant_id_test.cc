// SPDX-License-Identifier: Apache-2.0
#include "cordon/tenant/tenant_id.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <unordered_set>

#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::TenantId;

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

std::string Canonical() {
  TestEntropy entropy;
  return Must(TenantId::Draw(entropy)).ToString();
}

TEST(TenantId, TenThousandRoundTrips) {
  const auto entropy = cordon::SystemEntropy();
  std::set<TenantId> seen;
  for (int i = 0; i < 10'000; ++i) {
    const TenantId id = Must(TenantId::Draw(*entropy));
    const std::string text = id.ToString();
    ASSERT_EQ(text.size(), 29U) << text;
    ASSERT_TRUE(text.starts_with("tn_")) << text;
    const auto back = TenantId::Parse(text);
    ASSERT_THAT(back, IsOk()) << text;
    ASSERT_EQ(*back, id);
    ASSERT_EQ(Must(TenantId::FromBytes(id.bytes())), id);
    ASSERT_TRUE(seen.insert(id).second) << "drawn twice: " << text;
  }
}

TEST(TenantId, TextFollowsByteOrder) {
  // A canonical form that sorts as the bytes do: an index on either finds the other's order.
  TestEntropy entropy;
  TenantId last = Must(TenantId::Draw(entropy));
  for (int i = 0; i < 1000; ++i) {
    const TenantId next = Must(TenantId::Draw(entropy));
    EXPECT_EQ(last < next, last.ToString() < next.ToString());
    last = next;
  }
}

TEST(TenantId, ExtremesRoundTrip) {
  TenantId::Bytes bytes{};
  bytes.back() = std::byte{1};
  EXPECT_EQ(Must(TenantId::FromBytes(bytes)).ToString(), "tn_00000000000000000000000001");
  bytes.fill(std::byte{0xFF});
  const TenantId last = Must(TenantId::FromBytes(bytes));
  EXPECT_EQ(last.ToString(), "tn_7zzzzzzzzzzzzzzzzzzzzzzzzz");
  EXPECT_EQ(Must(TenantId::Parse("tn_7zzzzzzzzzzzzzzzzzzzzzzzzz")), last);
}

TEST(TenantId, TheNilIdDoesNotExist) {
  EXPECT_THAT(TenantId::Parse("tn_00000000000000000000000000"),
              HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(TenantId::FromBytes(TenantId::Bytes{}), HasCode(ErrorCode::kInvalidArgument));
}

TEST(TenantId, RefusesEveryOtherForm) {
  const std::string good = Canonical();
  const auto refused = [](const std::string& text) {
    EXPECT_THAT(TenantId::Parse(text), HasCode(ErrorCode::kInvalidArgument)) << '[' << text << ']';
  };
  refused("");
  refused("tn_");
  refused(good.substr(3));
  refused("TN_" + good.substr(3));
  refused("tn-" + good.substr(3));
  refused("tn" + good.substr(3) + "0");
  refused("xx_" + good.substr(3));
  refused("tn_tn_" + good.substr(3));
  for (const char* space : {" ", "\t", "\n", "\r", "\v", "\xC2\xA0"}) {
    refused(space + good);
    refused(good + space);
    std::string inside = good;
    inside.replace(10, 1, space);
    refused(inside);
  }
  refused(good + '\0');
  refused('\0' + good);
  for (std::size_t length = 0; length < good.size(); ++length) refused(good.substr(0, length));
  for (const char digit : kAlphabet) refused(good + digit);
  refused(good + good);
  std::string shouted = good;
  std::transform(shouted.begin() + 3, shouted.end(), shouted.begin() + 3,
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (shouted != good) refused(shouted);
}

TEST(TenantId, RefusesEveryForeignCharacterInEveryPlace) {
  // The prefix counts as a place too, where one character alone is right.
  const std::string good = "tn_7g5abcdefghjkmnpqrstvwxyz0";
  ASSERT_THAT(TenantId::Parse(good), IsOk());
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string text = good;
      text[at] = static_cast<char>(c);
      const bool digit = kAlphabet.find(static_cast<char>(c)) != std::string_view::npos;
      const bool fits =
          at < 3 ? text[at] == good[at] : digit && (at != 3 || (c >= '0' && c <= '7'));
      const auto parsed = TenantId::Parse(text);
      ASSERT_EQ(parsed.ok(), fits) << "place " << at << ", character " << c;
      // What is accepted is what would be written: no two texts name one tenant.
      if (fits) {
        ASSERT_EQ(parsed->ToString(), text);
      }
    }
  }
}

TEST(TenantId, LookalikesAreRefusedNotCorrected) {
  for (const char* look : {"tn_i0000000000000000000000001", "tn_0l000000000000000000000001",
                           "tn_00o00000000000000000000001", "tn_000u0000000000000000000001",
                           "tn_8000000000000000000000000", "tn_80000000000000000000000001",
                           "tn_z0000000000000000000000001"}) {
    EXPECT_THAT(TenantId::Parse(look), HasCode(ErrorCode::kInvalidArgument)) << look;
  }
}

TEST(TenantId, RefusalsDoNotEchoTheText) {
  const auto refused = TenantId::Parse("tn_secret-that-was-pasted-by-mistake");
  EXPECT_THAT(Text(refused), ::testing::Not(::testing::HasSubstr("secret")));
}

TEST(TenantId, FailsClosedWithoutEntropy) {
  TestEntropy entropy;
  entropy.failing = true;
  EXPECT_THAT(TenantId::Draw(entropy), HasCode(ErrorCode::kInternal));
}

TEST(TenantId, AGeneratorThatReturnsZerosMakesNoTenant) {
  class Zeros final : public cordon::Entropy {
   public:
    absl::Status Fill(std::span<std::byte> bytes) override {
      std::fill(bytes.begin(), bytes.end(), std::byte{0});
      return absl::OkStatus();
    }
  } zeros;
  EXPECT_FALSE(TenantId::Draw(zeros).ok());
  EXPECT_FALSE(cordon::TraceId::Draw(zeros).ok()) << "W3C: an all-zero trace id is invalid";
}

TEST(TenantId, HashesAsItCompares) {
  TestEntropy entropy;
  std::unordered_set<TenantId> set;
  const TenantId one = Must(TenantId::Draw(entropy));
  set.insert(one);
  set.insert(Must(TenantId::Draw(entropy)));
  EXPECT_EQ(set.count(Must(TenantId::Parse(one.ToString()))), 1U);
  EXPECT_EQ(set.size(), 2U);
}

}  // namespace
}  // namespace cordon_test
