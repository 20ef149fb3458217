// SPDX-License-Identifier: Apache-2.0
// What ends a context ends it, and nothing else does: random acts by two platforms on one file
// against a model, and the same by another process.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/child.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::Audience;
using cordon::Principal;
using cordon::Purpose;
using cordon::TenantId;
using cordon::TenantKind;
using cordon::TenantState;
using cordon::VerifiedIdentity;
using enum cordon::ErrorCode;
using enum cordon::TenantState;

constexpr std::size_t kTenants = 5;
constexpr std::size_t kMostHeld = 24;
constexpr std::size_t kWho = 3;
constexpr std::size_t kService = 2;

Principal Person(std::size_t who) {
  static constexpr const char* kNames[kWho] = {"anna", "bob", "sync"};
  return Must(who == kService ? Principal::Service(kNames[who]) : Principal::User(kNames[who]));
}

class Revocation : public World, public ::testing::WithParamInterface<unsigned> {
 protected:
  struct Tenant {
    TenantId id;
    TenantState state = kActive;
    std::optional<std::size_t> parent = {};
    std::set<std::size_t> members = {};
    std::set<std::size_t> summers = {};
  };
  struct Held {
    std::size_t hand;  // that entered
    std::size_t tenant;
    std::size_t who;
    std::chrono::nanoseconds expires;
    std::optional<cordon::TenantContext> context = {};
    std::optional<Session> session = {};
    std::optional<cordon::SubtreeContext> above = {};
    std::optional<cordon::Subtree<Shop>> below = {};
    // What has ended it, when, and whether its platform must know.
    std::set<ErrorCode> ended = {};
    std::chrono::nanoseconds at = {};
    bool known = false;
  };

  void SetUp() override {
    Open();
    other_ = Must(Platform::Open(Options()));
    for (std::size_t i = 0; i < kTenants; ++i) tenants_.push_back(NewTenant());
  }
  void TearDown() override {
    held_.clear();
    other_.reset();
  }
  Platform& At(std::size_t hand) { return hand == 0 ? *platform : *other_; }
  cordon::TenantDirectory& Directory(std::size_t hand) { return At(hand).tenants(); }
  std::size_t Below(std::size_t n) { return random_() % n; }
  std::chrono::nanoseconds Now() { return clock->Monotonic(); }

  Tenant NewTenant() {
    clock->Advance(1ms);
    return {Must(platform->tenants().Create({.name = "x", .kind = TenantKind::kReseller}))};
  }
  bool IsBelow(std::optional<std::size_t> at, std::size_t top) const {
    for (; at.has_value(); at = tenants_[*at].parent) {
      if (*at == top) return true;
    }
    return false;
  }

  // ---- acts

  void Act() {
    const std::size_t hand = Below(2);
    const std::size_t place = Below(kTenants);
    const std::size_t who = Below(kWho);
    Tenant& tenant = tenants_[place];
    switch (Below(17)) {
      case 0:
        return Change(hand, place, kSuspended, {kActive});
      case 1:
        return Change(hand, place, kOffboarding, {kActive, kSuspended});
      case 2:
      case 3:
        return Change(hand, place, kActive, {kSuspended, kOffboarding});
      case 4:
        return Remove(hand, place);
      case 5:
      case 6:
        ASSERT_THAT(Directory(hand).AddMember(tenant.id, Person(who)), IsOk());
        tenant.members.insert(who);
        return;
      case 7:
        ASSERT_THAT(Directory(hand).RemoveMember(tenant.id, Person(who)), IsOk());
        if (tenant.members.erase(who) > 0) End(hand, place, who, false);
        return;
      case 8:
        ASSERT_THAT(Directory(hand).AllowSubtree(tenant.id, Person(who)), IsOk());
        tenant.summers.insert(who);
        return;
      case 9:
        ASSERT_THAT(Directory(hand).ForbidSubtree(tenant.id, Person(who)), IsOk());
        if (tenant.summers.erase(who) > 0) End(hand, place, who, true);
        return;
      case 10:
        return Move(hand, place, Below(kTenants + 1));
      case 11:
        return Send(hand);
      case 12:
        return EnterAbove(hand, place, who);
      default:
        return Enter(hand, place, who);
    }
  }

  void Change(std::size_t hand, std::size_t place, TenantState to,
              const std::set<TenantState>& from) {
    Tenant& tenant = tenants_[place];
    const absl::Status done = to == kSuspended     ? Directory(hand).Suspend(tenant.id)
                              : to == kOffboarding ? Directory(hand).Offboard(tenant.id)
                                                   : Directory(hand).Resume(tenant.id);
    if (tenant.state == to) {
      ASSERT_THAT(done, IsOk());
    } else if (!from.contains(tenant.state)) {
      ASSERT_THAT(done, HasCode(kTenantState));
    } else {
      ASSERT_THAT(done, IsOk());
      tenant.state = to;
      if (to != kActive) End(hand, place);
    }
  }
  // Another one takes its place.
  void Remove(std::size_t hand, std::size_t place) {
    const bool alone = std::none_of(tenants_.begin(), tenants_.end(),
                                    [&](const Tenant& each) { return each.parent == place; });
    const absl::Status done = Directory(hand).Remove(tenants_[place].id);
    if (!alone) {
      ASSERT_THAT(done, HasCode(kTenantTree));
      return;
    }
    ASSERT_THAT(done, IsOk());
    End(hand, place);
    // What was held of it stays a thing of the past.
    for (Held& held : held_) {
      if (held.tenant == place) held.tenant = kTenants;
    }
    tenants_[place] = NewTenant();
  }
  void Move(std::size_t hand, std::size_t place, std::size_t under) {
    const std::optional<std::size_t> parent =
        under < kTenants ? std::optional(under) : std::nullopt;
    const absl::Status done = Directory(hand).Move(
        tenants_[place].id,
        parent.has_value() ? std::optional(tenants_[*parent].id) : std::nullopt);
    if (IsBelow(parent, place)) {
      ASSERT_THAT(done, HasCode(kTenantTree));
    } else if (parent.has_value() && tenants_[*parent].state == kOffboarding) {
      ASSERT_THAT(done, HasCode(kTenantState));
    } else {
      ASSERT_THAT(done, IsOk());
      tenants_[place].parent = parent;
    }
  }
  // Ends the contexts of a tenant, or those that one of its rights stands behind.
  void End(std::size_t hand, std::size_t place, std::optional<std::size_t> who = std::nullopt,
           bool subtree = false) {
    for (Held& held : held_) {
      if (held.tenant != place) continue;
      if (who.has_value() && (held.who != *who || held.above.has_value() != subtree)) continue;
      if (held.ended.empty()) held.at = Now();
      held.ended.insert(who.has_value() ? kContextRevoked : kTenantSuspended);
      held.known = held.known || held.hand == hand;
    }
  }

  [[nodiscard]] ErrorCode LetsIn(std::size_t place, std::size_t who, bool subtree) const {
    const Tenant& tenant = tenants_[place];
    if (!(subtree ? tenant.summers : tenant.members).contains(who)) return kNotPermitted;
    if (tenant.state == kSuspended) return kTenantSuspended;
    return tenant.state == kActive || who == kService ? kNone : kTenantState;
  }
  std::chrono::milliseconds Lifetime() {
    return Below(4) == 0 ? std::chrono::milliseconds(100 + Below(3000)) : 1h;
  }
  void Keep(Held held) {
    held_.push_back(std::move(held));
    if (held_.size() > kMostHeld) held_.pop_front();
  }
  void Enter(std::size_t hand, std::size_t place, std::size_t who) {
    const auto lifetime = Lifetime();
    auto context = At(hand).Enter(cordon::AssertVerified(Person(who)), tenants_[place].id,
                                  Purpose("test"), {.lifetime = lifetime});
    ASSERT_EQ(CodeOf(context.status()), LetsIn(place, who, false));
    if (!context.ok()) return;
    Session session = Must(At(hand).OpenSession(*context));
    Keep({hand, place, who, Now() + lifetime, *std::move(context), std::move(session)});
  }
  void EnterAbove(std::size_t hand, std::size_t place, std::size_t who) {
    const auto lifetime = Lifetime();
    auto context =
        Directory(hand).EnterSubtree(cordon::AssertVerified(Person(who)), tenants_[place].id,
                                     Purpose("test"), {.lifetime = lifetime});
    ASSERT_EQ(CodeOf(context.status()), LetsIn(place, who, true));
    if (!context.ok()) return;
    auto below = Must(At(hand).OpenSubtree(*context));
    Held held{hand, place, who, Now() + lifetime};
    held.above.emplace(*std::move(context));
    held.below.emplace(std::move(below));
    Keep(std::move(held));
  }
  // A context that lives goes to the other platform.
  void Send(std::size_t hand) {
    for (const Held& held : held_) {
      if (held.hand != hand || !held.context.has_value() || !held.ended.empty()) continue;
      if (Now() >= held.expires) continue;
      const std::string text = Must(Directory(hand).Seal(*held.context, Audience("other")));
      auto context = Directory(1 - hand).Unseal(text, Audience("other"));
      ASSERT_THAT(context, IsOk());
      Session session = Must(At(1 - hand).OpenSession(*context));
      return Keep({1 - hand, held.tenant, held.who, Now() + 15min, *std::move(context),
                   std::move(session)});
    }
  }

  // ---- what is seen of them

  void Probe(Held* held) {
    const bool writes = held->session.has_value() && Below(8) == 0;
    absl::Status done;
    std::vector<TenantId> summed;
    if (held->below.has_value()) {
      const auto sums = held->below->SumUp(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql);
      done = sums.status();
      if (sums.ok()) {
        for (const auto& of : *sums) summed.push_back(of.tenant);
      }
    } else if (writes) {
      done = held->session->Upsert(Counter{1, 1});
    } else {
      done = held->session->One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql).status();
    }
    const bool expired = Now() >= held->expires;
    const bool late = held->known || writes || Now() - held->at >= 1s;
    if (held->ended.empty()) {
      ASSERT_EQ(CodeOf(done), expired ? kContextExpired : kNone) << "nothing has ended it";
    } else if (late || expired || !done.ok()) {
      // Where time has ended it as well, its platform need not have looked for more.
      ASSERT_TRUE(held->ended.contains(CodeOf(done)) ||
                  (expired && CodeOf(done) == kContextExpired))
          << "it has ended, and is told " << Describe(done);
      ++refused_;
    } else {
      ++went_on_;
    }
    // A platform that has looked knows of everything that was before.
    const bool looked = done.ok() ? writes : !held->ended.empty() && !held->known && !expired;
    for (Held& each : held_) {
      if (looked && each.hand == held->hand && !each.ended.empty()) each.known = true;
    }
    if (done.ok() && held->ended.empty() && held->below.has_value()) {
      std::vector<TenantId> expected;
      for (std::size_t i = 0; i < kTenants; ++i) {
        if (tenants_[i].state == kActive && IsBelow(i, held->tenant)) {
          expected.push_back(tenants_[i].id);
        }
      }
      ASSERT_THAT(summed, ::testing::UnorderedElementsAreArray(expected));
    }
  }

  std::mt19937 random_{GetParam()};
  std::unique_ptr<Platform> other_;  // as another process sees the file
  std::vector<Tenant> tenants_;
  std::deque<Held> held_;
  int refused_ = 0;
  int went_on_ = 0;  // reads of another platform's, within their second
};

TEST_P(Revocation, EndsWhatItIsToldToAndNothingElse) {
  for (int step = 0; step < 1000; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    Act();
    if (Below(4) == 0) clock->Advance(std::chrono::milliseconds(Below(700)));
    for (Held& held : held_) {
      if (HasFatalFailure()) return;
      if (Below(2) == 0) Probe(&held);
    }
  }
  EXPECT_GT(refused_, 100);
  EXPECT_GT(went_on_, 0) << "the second was never made use of";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Revocation, ::testing::Values(1U, 2U, 3U, 4U));

// ---- another process ----------------------------------------------------------------------------

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// Enters, says so, and waits until the tenant has been suspended; what becomes of a read a second
// later, or of a write at once.
int Follow(const std::string& path, const std::string& id, bool writes) {
  const auto platform = Must(Platform::Open({.path = path, .patience = 30s}));
  const auto context =
      Must(platform->Enter(Verified("anna"), Must(TenantId::Parse(id)), Purpose("test")));
  const Session session = Must(platform->OpenSession(context));
  const auto count = [&] {
    return session.One(as<std::int64_t>, "SELECT COUNT(*) FROM counters"_sql).status();
  };
  Say(Describe(count()));
  while (!Exists(path + ".ended")) std::this_thread::sleep_for(1ms);
  if (!writes) std::this_thread::sleep_for(1s);
  Say(Describe(writes ? session.Upsert(Counter{1, 7}) : count()));
  return 0;
}

class RevocationByAProcess : public World {
 protected:
  void SetUp() override { OpenTwins(); }
  // What another process is told, before and after.
  std::vector<std::string> Watch(const char* how, const std::function<void()>& end) {
    Child child({"--follow", path(), a->id.ToString(), how});
    std::vector<std::string> told(2);
    EXPECT_TRUE(child.Line(&told[0]));
    end();
    std::ofstream(path() + ".ended") << "yes";
    EXPECT_TRUE(child.Line(&told[1]));
    EXPECT_EQ(child.Wait(), 0);
    std::filesystem::remove(path() + ".ended");
    return told;
  }
};

TEST_F(RevocationByAProcess, EndsAnothersWritesAtOnceAndItsReadsWithinASecond) {
  for (const char* how : {"read", "write"}) {
    const auto suspended = Watch(how, [&] { Must(platform->tenants().Suspend(a->id)); });
    EXPECT_EQ(suspended[0], Describe(absl::OkStatus()));
    EXPECT_THAT(suspended[1], ::testing::HasSubstr("was suspended or removed")) << how;
    Must(platform->tenants().Resume(a->id));
    const auto left =
        Watch(how, [&] { Must(platform->tenants().RemoveMember(a->id, User("anna"))); });
    EXPECT_EQ(left[0], Describe(absl::OkStatus()));
    EXPECT_THAT(left[1], ::testing::HasSubstr("was revoked")) << how;
    Must(platform->tenants().AddMember(a->id, User("anna")));
  }
}

}  // namespace
}  // namespace cordon_test

int main(int argc, char** argv) {
  if (argc > 4 && std::string(argv[1]) == "--follow") {
    return cordon_test::Follow(argv[2], argv[3], std::string(argv[4]) == "write");
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
