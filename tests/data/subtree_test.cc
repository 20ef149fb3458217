// SPDX-License-Identifier: Apache-2.0
#include "cordon/data/subtree.h"

#include <gtest/gtest.h>

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::Purpose;
using cordon::TenantId;
using cordon::TenantKind;

// Notes down for whom statements run, and in whose subtree.
class Listener final : public cordon::Hook {
 public:
  absl::Status BeforeStatement(const cordon::StatementEvent& event) override {
    const std::lock_guard lock(mutex_);
    if (event.who.subtree != nullptr) seen_.emplace_back(*event.who.tenant, *event.who.subtree);
    return veto ? absl::PermissionDeniedError("no") : absl::OkStatus();
  }
  std::vector<std::pair<TenantId, TenantId>> Seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  bool veto = false;

 private:
  std::mutex mutex_;
  std::vector<std::pair<TenantId, TenantId>> seen_;
};

// A reseller over A and B; C stands elsewhere. Anna is a member of each, Rita may sum up.
class Sums : public World {
 protected:
  void SetUp() override {
    cordon::PlatformOptions options = Options();
    options.hooks = {listener};
    OpenTwins(options);
    reseller.emplace(Must(tenants().Create({.name = "Reseller", .kind = TenantKind::kReseller})));
    Must(tenants().Move(a->id, *reseller));
    Must(tenants().Move(b->id, *reseller));
    Must(tenants().AllowSubtree(*reseller, User("rita")));
  }
  cordon::TenantDirectory& tenants() { return platform->tenants(); }
  cordon::SubtreeContext Above(cordon::EnterOptions options = {}) {
    return Must(tenants().EnterSubtree(Verified("rita"), *reseller, Purpose("totals"), options));
  }
  static absl::StatusOr<std::vector<cordon::OfTenant<std::int64_t>>> Orders(
      const cordon::Subtree<Shop>& below) {
    return below.SumUp(as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql);
  }
  std::shared_ptr<Listener> listener = std::make_shared<Listener>();
  std::optional<TenantId> reseller;
};

TEST_F(Sums, AreOneRowForEachTenantBelow) {
  const auto context = Above();
  const auto below = Must(platform->OpenSubtree(context));
  const auto counted = Must(Orders(below));
  ASSERT_EQ(counted.size(), 3U);
  EXPECT_EQ(counted[0].tenant, *reseller);
  EXPECT_EQ(counted[0].row, 0);
  EXPECT_EQ(counted[1].row, 3);
  EXPECT_EQ(counted[2].row, 3);
  for (const auto& of : counted) EXPECT_NE(of.tenant, c->id);
  const auto sums = Must(below.SumUp(as<std::tuple<std::int64_t, std::optional<std::int64_t>>>,
                                     "SELECT COUNT(*), MAX(n) FROM counters WHERE id > ?"_sql, 1));
  EXPECT_EQ(std::get<0>(sums[1].row), 2);
  EXPECT_EQ(std::get<1>(sums[0].row), std::nullopt);
}

TEST_F(Sums, HooksSeeWhoseTheyAre) {
  const auto context = Above();
  ASSERT_THAT(Orders(Must(platform->OpenSubtree(context))), IsOk());
  std::vector<TenantId> of;
  for (const auto& [tenant, subtree] : listener->Seen()) {
    EXPECT_EQ(subtree, *reseller);
    of.push_back(tenant);
  }
  EXPECT_THAT(of, ::testing::UnorderedElementsAre(*reseller, a->id, b->id));
  listener->veto = true;
  EXPECT_EQ(Orders(Must(platform->OpenSubtree(context))).status().message(), "no");
}

TEST_F(Sums, NeedARightOfTheirOwn) {
  Must(tenants().AddMember(*reseller, User("bob")));
  for (const char* name : {"anna", "bob", "nobody"}) {
    EXPECT_THAT(tenants().EnterSubtree(Verified(name), *reseller, Purpose("totals")),
                HasCode(ErrorCode::kNotPermitted));
  }
  EXPECT_THAT(tenants().EnterSubtree(Verified("rita"), a->id, Purpose("totals")),
              HasCode(ErrorCode::kNotPermitted))
      << "not even of a part";
  EXPECT_THAT(platform->Enter(Verified("rita"), *reseller, Purpose("totals")),
              HasCode(ErrorCode::kNotPermitted));
}

TEST_F(Sums, EndWithTheRightTheContextAndTheClock) {
  const auto context = Above();
  const auto below = Must(platform->OpenSubtree(context));
  Must(tenants().ForbidSubtree(*reseller, User("rita")));
  EXPECT_THAT(Orders(below), HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(platform->OpenSubtree(context), HasCode(ErrorCode::kContextRevoked));
  Must(tenants().AllowSubtree(*reseller, User("rita")));
  const auto short_lived = Above({.lifetime = 1min});
  const auto again = Must(platform->OpenSubtree(short_lived));
  clock->Advance(2min);
  EXPECT_THAT(Orders(again), HasCode(ErrorCode::kContextExpired));
  const auto third = Above();
  const auto last = Must(platform->OpenSubtree(third));
  third.Revoke();
  EXPECT_THAT(Orders(last), HasCode(ErrorCode::kContextRevoked));
}

TEST_F(Sums, LeaveOutWhoIsSuspendedOrMovedAway) {
  const auto context = Above();
  const auto below = Must(platform->OpenSubtree(context));
  Must(tenants().Suspend(a->id));
  EXPECT_EQ(Must(Orders(below)).size(), 2U);
  Must(tenants().Resume(a->id));
  EXPECT_EQ(Must(Orders(below)).size(), 3U);
  Must(tenants().Move(b->id, std::nullopt));
  EXPECT_EQ(Must(Orders(below)).size(), 2U);
  const auto elsewhere = Must(Platform::Open(Options()));
  EXPECT_THAT(elsewhere->OpenSubtree(context), HasCode(ErrorCode::kNotPermitted));
}

TEST_F(Sums, TakeNoValueOfAnybodys) {
  const auto context = Above();
  const auto below = Must(platform->OpenSubtree(context));
  const auto theirs =
      Must(c->session.One(as<std::int64_t>, "SELECT n FROM counters WHERE id = 1"_sql));
  EXPECT_THAT(
      below.SumUp(as<std::int64_t>, "SELECT COUNT(*) FROM counters WHERE n = ?"_sql, theirs),
      HasCode(ErrorCode::kForeignValue));
}

}  // namespace
}  // namespace cordon_test
