// SPDX-License-Identifier: Apache-2.0
// Envelopes between platforms: whose they open, and what is opened with what was in one.
#include <gtest/gtest.h>

#include <string>

#include "cordon/tenant/envelope.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::Audience;
using cordon::Purpose;
using cordon::Secret;

class OneSecret final : public cordon::SecretSource {
 public:
  explicit OneSecret(std::string text) : text_(std::move(text)) {}
  absl::StatusOr<Secret> Fetch(std::string_view) override {
    return Secret::CopyFrom(std::as_bytes(std::span(text_)));
  }

 private:
  std::string text_;
};

class EnvelopeOfPlatforms : public World {
 protected:
  void SetUp() override { OpenTwins(); }
};

TEST_F(EnvelopeOfPlatforms, OpensASessionOfItsTenant) {
  const std::string text = Must(platform->tenants().Seal(b->context, Audience("reports")));
  const auto other = Must(Platform::Open(Options()));
  const Session session =
      Must(other->OpenSession(Must(other->tenants().Unseal(text, Audience("reports")))));
  EXPECT_EQ(Must(session.One(as<Customer>, "SELECT * FROM customers WHERE id = 'K1'"_sql))->name,
            std::string(kCanary) + " customer 1");
}

TEST_F(EnvelopeOfPlatforms, BelongsToItsInstallation) {
  ScratchDirectory elsewhere;
  const auto open = [&](const char* name, const char* secret) {
    cordon::PlatformOptions options = Options();
    options.path = elsewhere.File(name);
    options.secrets = secret == nullptr ? nullptr : std::make_shared<OneSecret>(secret);
    return Must(Platform::Open(options));
  };
  const auto first = open("first.db", "one and the same secret");
  const auto stranger = open("stranger.db", "quite another secret");
  const auto bare = open("bare.db", nullptr);
  const auto second = open("second.db", "one and the same secret");
  const auto id = Must(first->tenants().Create("x"));
  Must(first->tenants().AddMember(id, User("anna")));
  const auto context = Must(first->Enter(Verified("anna"), id, Purpose("test")));
  const std::string text = Must(first->tenants().Seal(context, Audience("reports")));
  for (const auto& other : {&*stranger, &*bare, &*platform}) {
    EXPECT_THAT(other->tenants().Unseal(text, Audience("reports")),
                HasCode(ErrorCode::kEnvelopeInvalid));
  }
  EXPECT_THAT(second->tenants().Unseal(text, Audience("reports")),
              HasCode(ErrorCode::kNotPermitted))
      << "of the same installation, but the tenant is not in its directory";
}

}  // namespace
}  // namespace cordon_test
