// SPDX-License-Identifier: Apache-2.0
#include "cordon/data/transfer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::Accept;
using cordon::Agree;
using cordon::Purpose;
using cordon::Release;
using cordon::Transfer;

constexpr Purpose kWhy("intercompany");

class Customs final : public cordon::Hook {
 public:
  absl::Status Transferring(const cordon::TransferEvent& event) override {
    seen.push_back(event.who.principal->name() + (event.outgoing ? " lets go of " : " takes ") +
                   std::string(event.purpose));
    if (event.outgoing ? stop_outgoing : stop_incoming) return absl::PermissionDeniedError("no");
    return absl::OkStatus();
  }
  std::vector<std::string> seen;
  bool stop_outgoing = false;
  bool stop_incoming = false;
};

class Transfers : public World {
 protected:
  void SetUp() override {
    cordon::PlatformOptions options = Options();
    options.hooks = {customs};
    OpenTwins(options);
  }
  auto Granted() {
    return Must(Agree(Release(a->session, c->id, kWhy), Accept(c->session, a->id, kWhy)));
  }
  auto Read(const Twin& twin) { return Must(twin.session.Get(as<Customer>, std::string("K1"))); }
  std::shared_ptr<Customs> customs = std::make_shared<Customs>();
};

TEST_F(Transfers, PassBetweenBrandsWithAGrant) {
  const absl::Status done = cordon::WithTenants(
      *platform, a->context, c->context, [](auto& ours, auto& theirs) -> absl::Status {
        const auto grant =
            Must(Agree(Release(ours, theirs.tenant(), kWhy), Accept(theirs, ours.tenant(), kWhy)));
        auto customer = Must(ours.Get(as<Customer>, std::string("K1")));
        auto moved = Must(Transfer(customer, grant));
        static_assert(!cordon::kMayPass<decltype(customer), std::decay_t<decltype(theirs)>>);
        static_assert(cordon::kMayPass<decltype(moved), std::decay_t<decltype(theirs)>>);
        EXPECT_EQ(moved->name, "a customer 1");
        return theirs.Upsert(moved);
      });
  EXPECT_THAT(done, IsOk());
  EXPECT_EQ(Read(*c)->name, "a customer 1");
  EXPECT_EQ(Read(*a)->name, "a customer 1") << "a copy has passed";
  EXPECT_THAT(customs->seen,
              ::testing::ElementsAre("anna lets go of intercompany", "anna takes intercompany"));
}

TEST_F(Transfers, WithoutAGrantNothingPasses) {
  EXPECT_THAT(c->session.Upsert(Read(*a)), HasCode(ErrorCode::kForeignValue));
  EXPECT_THAT(c->session.Upsert(Must(Transfer(Read(*a), Granted()))), IsOk());
}

TEST_F(Transfers, HalvesFitEachOtherOrNothing) {
  const auto out = Release(a->session, c->id, kWhy);
  EXPECT_THAT(Agree(out, Accept(c->session, b->id, kWhy)), HasCode(ErrorCode::kNotPermitted));
  EXPECT_THAT(Agree(out, Accept(b->session, a->id, kWhy)), HasCode(ErrorCode::kNotPermitted));
  EXPECT_THAT(Agree(out, Accept(c->session, a->id, Purpose("returns"))),
              HasCode(ErrorCode::kNotPermitted));
  EXPECT_THAT(Agree(out, Accept(c->session, a->id, kWhy)), IsOk());
}

TEST_F(Transfers, AGrantIsForItsOwnTwo) {
  EXPECT_THAT(Transfer(Read(*b), Granted()), HasCode(ErrorCode::kForeignValue));
  EXPECT_THAT(Transfer(Read(*c), Granted()), HasCode(ErrorCode::kForeignValue)) << "one way only";
  const auto moved = Must(Transfer(Read(*a), Granted()));
  EXPECT_THAT(b->session.Upsert(moved), HasCode(ErrorCode::kForeignValue));
  EXPECT_THAT(a->session.Upsert(moved), HasCode(ErrorCode::kForeignValue)) << "it is C's now";
  EXPECT_TRUE(customs->seen.size() == 2U);
}

TEST_F(Transfers, EitherSidesHooksStopIt) {
  const auto grant = Granted();
  customs->stop_incoming = true;
  EXPECT_EQ(Transfer(Read(*a), grant).status().message(), "no");
  customs->stop_outgoing = true;
  customs->seen.clear();
  EXPECT_EQ(Transfer(Read(*a), grant).status().message(), "no");
  EXPECT_EQ(customs->seen.size(), 1U) << "the other side is not even asked";
}

TEST_F(Transfers, EndWithEitherContext) {
  const auto grant = Granted();
  const auto value = Read(*a);
  Must(platform->tenants().Suspend(c->id));
  EXPECT_THAT(Transfer(value, grant), HasCode(ErrorCode::kTenantSuspended));
  Must(platform->tenants().Resume(c->id));
  EXPECT_THAT(Transfer(value, grant), HasCode(ErrorCode::kTenantSuspended));
}

TEST_F(Transfers, EndWithTheSenderToo) {
  const auto grant = Granted();
  const auto value = Read(*a);
  a->context.Revoke();
  EXPECT_THAT(Transfer(value, grant), HasCode(ErrorCode::kContextRevoked));
}

}  // namespace
}  // namespace cordon_test
