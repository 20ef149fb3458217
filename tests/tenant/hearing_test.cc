// SPDX-License-Identifier: Apache-2.0
// What one process ends, another hears of: by looking twice a second, and before it lets anybody
// in.
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <random>
#include <set>
#include <string>

#include "support/directories.h"

namespace cordon_test {
namespace {

using cordon::Purpose;
using cordon::TenantContext;
using cordon::TenantId;

class Hearing : public Directories {
 protected:
  void SetUp() override {
    Directories::SetUp();
    if (house == nullptr) return;
    OpenTwins();
    other = Another();
  }
  // As whoever uses the context does.
  absl::Status Use(const Guest& guest) {
    if (absl::Status looked = house->Look(); !looked.ok()) return looked;
    return guest.context.Check();
  }
  std::unique_ptr<House> other;
};

TEST_F(Hearing, WhatAnotherEndsIsHeardWithinASecond) {
  ASSERT_THAT(Use(*a), IsOk());
  Must(other->tenants().Suspend(a->id));
  Must(other->tenants().RemoveMember(b->id, User("anna")));
  EXPECT_THAT(Use(*a), IsOk()) << "looked for a moment ago";
  clock->Advance(1s);
  EXPECT_THAT(Use(*a), HasCode(ErrorCode::kTenantSuspended));
  EXPECT_THAT(Use(*b), HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(Use(*c), IsOk());
}

TEST_F(Hearing, WhoIsLetInHearsAtOnce) {
  Must(other->tenants().Suspend(a->id));
  Must(other->tenants().Resume(a->id));
  EXPECT_THAT(Enter(a->id).Check(), IsOk());
  EXPECT_THAT(a->context.Check(), HasCode(ErrorCode::kTenantSuspended));
  EXPECT_THAT(b->context.Check(), IsOk());
  Must(other->tenants().RemoveMember(b->id, User("anna")));
  EXPECT_THAT(house->Enter(Verified("anna"), b->id, Purpose("test")),
              HasCode(ErrorCode::kNotPermitted));
}

TEST_F(Hearing, WhatWasEndedAndAllowedAgainStaysEnded) {
  Must(other->tenants().RemoveMember(b->id, User("anna")));
  Must(other->tenants().AddMember(b->id, User("anna")));
  Must(other->tenants().Offboard(c->id));
  Must(other->tenants().Resume(c->id));
  clock->Advance(1s);
  EXPECT_THAT(Use(*b), HasCode(ErrorCode::kContextRevoked));
  EXPECT_THAT(Use(*c), HasCode(ErrorCode::kTenantSuspended));
  for (const TenantId& id : {b->id, c->id}) EXPECT_THAT(Enter(id).Check(), IsOk());
}

// As a restored backup would: the epoch of an earlier day.
TEST_F(Hearing, AStoreThatWasPutBackEndsEverything) {
  Must(other->tenants().Suspend(b->id));
  clock->Advance(1s);
  ASSERT_THAT(Use(*a), IsOk());
  (void)Raw("UPDATE cordon_directory SET epoch = 1");
  clock->Advance(1s);
  EXPECT_FALSE(Use(*a).ok());
  EXPECT_THAT(Enter(a->id).Check(), IsOk());
}

// Random acts of two processes; what each knows of its contexts is what a model says.
TEST_F(Hearing, EndsWhatItIsToldToAndNothingElse) {
  struct Held {
    int hand;
    TenantContext context;
    bool ended = false;
    bool known = false;  // to the process that holds it
    std::chrono::nanoseconds at = {};
  };
  struct Tenant {
    TenantId id;
    bool active = true;
    bool member = true;
  };
  std::array<Tenant, 3> tenants_now = {{{a->id}, {b->id}, {c->id}}};
  const std::array<House*, 2> hands = {house.get(), other.get()};
  std::deque<Held> held;
  std::mt19937 random(20261130);
  int refused = 0;
  int went_on = 0;
  for (int step = 0; step < 600; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    const int hand = static_cast<int>(random() % 2);
    cordon::TenantDirectory& directory = hands[static_cast<std::size_t>(hand)]->tenants();
    Tenant& tenant = tenants_now[random() % 3];
    bool ends = false;
    switch (random() % 8) {
      case 0:
        ASSERT_THAT(directory.Suspend(tenant.id), IsOk());
        ends = std::exchange(tenant.active, false);
        break;
      case 1:
        ASSERT_THAT(directory.Resume(tenant.id), IsOk());
        tenant.active = true;
        break;
      case 2:
        ASSERT_THAT(directory.RemoveMember(tenant.id, User("anna")), IsOk());
        ends = std::exchange(tenant.member, false);
        break;
      case 3:
        ASSERT_THAT(directory.AddMember(tenant.id, User("anna")), IsOk());
        tenant.member = true;
        break;
      default: {
        auto context = directory.Enter(Verified("anna"), tenant.id, Purpose("test"));
        ASSERT_EQ(CodeOf(context.status()), !tenant.member   ? ErrorCode::kNotPermitted
                                            : !tenant.active ? ErrorCode::kTenantSuspended
                                                             : ErrorCode::kNone);
        if (!context.ok()) break;
        held.push_back({hand, *std::move(context)});
        if (held.size() > 12) held.pop_front();
        // Whoever is let in has heard of everything.
        for (Held& each : held) each.known = each.known || (each.hand == hand && each.ended);
      }
    }
    for (Held& each : held) {
      if (!ends || each.ended || each.context.tenant() != tenant.id) continue;
      each.ended = true;
      each.known = each.hand == hand;
      each.at = clock->Monotonic();
    }
    if (random() % 3 == 0) clock->Advance(std::chrono::milliseconds(random() % 700));
    for (const House* each : hands) ASSERT_THAT(each->Look(), IsOk());
    for (Held& each : held) {
      const bool open = each.context.Check().ok();
      if (!each.ended) {
        ASSERT_TRUE(open) << "nothing has ended it";
      } else if (each.known || clock->Monotonic() - each.at >= 1s) {
        ASSERT_FALSE(open) << "it has ended";
        ++refused;
      } else {
        went_on += open ? 1 : 0;
      }
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(went_on, 0) << "the second was never made use of";
}

}  // namespace
}  // namespace cordon_test
