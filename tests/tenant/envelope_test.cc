// SPDX-License-Identifier: Apache-2.0
#include "cordon/tenant/envelope.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/directories.h"

namespace cordon_test {
namespace {

using cordon::Audience;
using cordon::SealOptions;
using cordon::TenantContext;

class Envelope : public Directories {
 protected:
  void SetUp() override {
    Directories::SetUp();
    if (house != nullptr) OpenTwins();
  }
  std::string Seal(const Guest& twin, SealOptions options = {}) {
    return Must(tenants().Seal(twin.context, Audience("reports"), options));
  }
  absl::StatusOr<TenantContext> Unseal(std::string_view envelope) {
    return tenants().Unseal(envelope, Audience("reports"));
  }
};

TEST_F(Envelope, CarriesAContextToAnotherProcess) {
  const auto trace =
      Must(cordon::TraceParent::Parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  const TenantContext sent = Enter(a->id, {.trace = trace});
  const std::string text = Must(tenants().Seal(sent, Audience("reports")));
  const auto other = Another();
  const TenantContext context = Must(other->tenants().Unseal(text, Audience("reports")));
  EXPECT_EQ(context.tenant(), a->id);
  EXPECT_EQ(context.principal(), sent.principal());
  EXPECT_EQ(context.purpose(), sent.purpose());
  EXPECT_EQ(context.trace_parent(), trace);
}

TEST_F(Envelope, TellsNothingOnTheWay) {
  const std::string one = Seal(*b);
  EXPECT_EQ(one.find("anna"), std::string::npos);
  EXPECT_EQ(one.find(b->id.ToString()), std::string::npos);
  EXPECT_NE(one, Seal(*b));
  EXPECT_EQ(
      one.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."),
      std::string::npos)
      << "it fits into a header or a URL as it is";
}

TEST_F(Envelope, OpensOnce) {
  const std::string text = Seal(*a);
  ASSERT_THAT(Unseal(text), IsOk());
  EXPECT_THAT(Unseal(text), HasCode(ErrorCode::kEnvelopeReplayed));
  const auto other = Another();
  EXPECT_THAT(other->tenants().Unseal(text, Audience("reports")),
              HasCode(ErrorCode::kEnvelopeReplayed));
  Open();
  EXPECT_THAT(Unseal(text), HasCode(ErrorCode::kEnvelopeReplayed)) << "after a restart";
}

TEST_F(Envelope, OpensOnceForManyAtOnce) {
  const auto other = Another();
  for (int round = 0; round < 10; ++round) {
    const std::string text = Seal(*a);
    std::atomic<int> opened = 0;
    std::vector<std::thread> hands;
    for (int i = 0; i < 6; ++i) {
      hands.emplace_back([&, i] {
        const House& at = i % 2 == 0 ? *house : *other;
        const auto context = at.tenants().Unseal(text, Audience("reports"));
        if (context.ok())
          ++opened;
        else
          EXPECT_THAT(context, HasCode(ErrorCode::kEnvelopeReplayed));
      });
    }
    for (std::thread& hand : hands) hand.join();
    EXPECT_EQ(opened, 1);
  }
}

TEST_F(Envelope, OpensForItsAudienceOnly) {
  const std::string text = Seal(*a);
  EXPECT_THAT(tenants().Unseal(text, Audience("report")), HasCode(ErrorCode::kEnvelopeInvalid));
  EXPECT_THAT(tenants().Unseal(text, Audience("reports.")), HasCode(ErrorCode::kEnvelopeInvalid));
  EXPECT_THAT(Unseal(text), IsOk()) << "a wrong address uses nothing up";
}

TEST_F(Envelope, EveryCutAndEveryChangedCharacterIsRefusedAlike) {
  const std::string text = Seal(*a);
  const std::string why = Text(Unseal("cev1.").status());
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_EQ(Text(Unseal(text.substr(0, i)).status()), why) << i;
    for (const char put : {'A', '_', '\xC1', '\0', ' '}) {
      std::string changed = text;
      if (changed[i] == put) continue;
      changed[i] = put;
      EXPECT_EQ(Text(Unseal(changed).status()), why) << i;
    }
  }
  for (const std::string& bad :
       {text + "A", text + "=", text + "\n", " " + text, text + text, std::string(),
        std::string(1'000'000, 'A'), "cev1." + std::string(1000, 'A'), "cev2." + text.substr(5)}) {
    EXPECT_EQ(Text(Unseal(bad).status()), why);
  }
  EXPECT_THAT(Unseal(text), IsOk());
}

TEST_F(Envelope, PartsOfTwoMakeNone) {
  const std::string one = Seal(*a);
  const std::string two = Seal(*b);
  ASSERT_EQ(one.size(), two.size());
  for (std::size_t i = 6; i < one.size(); i += 7) {
    EXPECT_THAT(Unseal(one.substr(0, i) + two.substr(i)), HasCode(ErrorCode::kEnvelopeInvalid));
  }
}

TEST_F(Envelope, Ends) {
  const std::string text = Seal(*a, {.lifetime = 10s});
  clock->Advance(10s);
  EXPECT_THAT(Unseal(text), HasCode(ErrorCode::kEnvelopeExpired));
  for (const auto wrong : {std::chrono::milliseconds(0), std::chrono::milliseconds(-1),
                           std::chrono::milliseconds(24h) + 1ms}) {
    EXPECT_THAT(tenants().Seal(a->context, Audience("reports"), {.lifetime = wrong}),
                HasCode(ErrorCode::kInvalidArgument));
    EXPECT_THAT(tenants().Unseal(Seal(*a), Audience("reports"), {.lifetime = wrong}),
                HasCode(ErrorCode::kInvalidArgument));
  }
}

// Whatever the wall clock says, none opens twice, also when its memory was given up meanwhile.
TEST_F(Envelope, NoClockOpensItAgain) {
  const std::string text = Seal(*a, {.lifetime = 60s});
  ASSERT_THAT(Unseal(text), IsOk());
  clock->JumpWall(24h);
  for (int i = 0; i < 3; ++i) (void)Unseal(Seal(*a));  // forgets what has ended
  EXPECT_EQ(Raw("SELECT count(*) FROM cordon_envelopes"), "3");
  clock->JumpWall(-24h);
  EXPECT_THAT(Unseal(text), HasCode(ErrorCode::kEnvelopeExpired));
  clock->JumpWall(-24h);
  EXPECT_FALSE(Unseal(text).ok());
  clock->JumpWall(24h);
  EXPECT_THAT(Unseal(Seal(*b)), IsOk()) << "another tenant's envelopes know nothing of it";
  EXPECT_THAT(Unseal(Seal(*a, {.lifetime = 2min})), IsOk());
}

TEST_F(Envelope, FromASenderWhoseClockIsDaysAheadIsRefused) {
  clock->JumpWall(72h);
  const std::string text = Seal(*a);
  clock->JumpWall(-72h);
  EXPECT_THAT(Unseal(text), HasCode(ErrorCode::kEnvelopeExpired));
}

TEST_F(Envelope, WhoMayNoLongerEnterDoesNot) {
  const std::string text = Seal(*a);
  const std::string again = Seal(*a);
  Must(tenants().RemoveMember(a->id, User("anna")));
  EXPECT_THAT(Unseal(text), HasCode(ErrorCode::kNotPermitted));
  Must(tenants().AddMember(a->id, User("anna")));
  Must(tenants().Suspend(a->id));
  EXPECT_THAT(Unseal(text), HasCode(ErrorCode::kTenantSuspended));
  Must(tenants().Resume(a->id));
  EXPECT_THAT(Unseal(text), IsOk()) << "only what is entered is used up";
  Must(tenants().Remove(a->id));
  EXPECT_THAT(Unseal(again), HasCode(ErrorCode::kNotPermitted));
}

TEST_F(Envelope, IsSealedByTheLivingOnly) {
  a->context.Revoke();
  EXPECT_THAT(tenants().Seal(a->context, Audience("reports")), HasCode(ErrorCode::kContextRevoked));
  const auto other = Another();
  EXPECT_THAT(other->tenants().Seal(b->context, Audience("reports")),
              HasCode(ErrorCode::kNotPermitted));
  entropy->failing = true;
  EXPECT_THAT(tenants().Seal(b->context, Audience("reports")), HasCode(ErrorCode::kInternal));
}

TEST_F(Envelope, ItsMemoryIsBoundedForEachTenantByItself) {
  ASSERT_THAT(Unseal(Seal(*a)), IsOk());
  ASSERT_THAT(Unseal(Seal(*b)), IsOk());
  (void)Raw(
      "UPDATE cordon_envelope_floors SET remembered = 65536 WHERE tenant_id = "
      "(SELECT tenant_id FROM cordon_members ORDER BY tenant_id LIMIT 1)");
  int full = 0;
  for (const Guest* twin : {&*a, &*b, &*c}) {
    const auto opened = Unseal(Seal(*twin));
    if (!opened.ok()) {
      EXPECT_THAT(opened, HasCode(ErrorCode::kBudgetExceeded));
      ++full;
    }
  }
  EXPECT_LE(full, 1);
  for (int i = 0; i < 200; ++i) ASSERT_THAT(Unseal(Seal(*c, {.lifetime = 1s})), IsOk());
  clock->Advance(2s);
  for (int i = 0; i < 5; ++i) ASSERT_THAT(Unseal(Seal(*c, {.lifetime = 1s})), IsOk());
  EXPECT_LT(std::stoi(Raw("SELECT count(*) FROM cordon_envelopes WHERE expires_us IN "
                          "(SELECT max(expires_us) FROM cordon_envelopes)")),
            20);
  EXPECT_EQ(Raw("SELECT sum(remembered) % 65536 FROM cordon_envelope_floors"),
            Raw("SELECT count(*) - (SELECT count(*) FROM cordon_envelopes AS e JOIN "
                "cordon_envelope_floors AS f ON f.tenant_id = e.tenant_id WHERE "
                "f.remembered >= 65536) FROM cordon_envelopes"));
}

TEST_F(Envelope, ABusyStoreUsesNothingUp) {
  const std::string text = Seal(*a);
  const auto impatient = Another(200ms);
  EXPECT_THAT(house->store().Transact([&](OwnConnection&) {
    EXPECT_THAT(impatient->tenants().Unseal(text, Audience("reports")), HasCode(ErrorCode::kBusy));
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(Unseal(text), IsOk());
}

}  // namespace
}  // namespace cordon_test
