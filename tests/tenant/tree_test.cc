// SPDX-License-Identifier: Apache-2.0
// The tree of tenants and their states, also against a model and with two hands on one store.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cordon/tenant/directory.h"
#include "support/directories.h"

namespace cordon_test {
namespace {

using cordon::NewTenant;
using cordon::Principal;
using cordon::Purpose;
using cordon::TenantDirectory;
using cordon::TenantId;
using cordon::TenantInfo;
using cordon::TenantKind;
using cordon::TenantState;

class Tree : public Directories {
 protected:
  TenantId Make(TenantKind kind, std::optional<TenantId> parent, std::string_view slug = {}) {
    clock->Advance(1ms);
    return Must(tenants().Create(
        {.name = slug.empty() ? "x" : slug, .kind = kind, .parent = parent, .slug = slug}));
  }
  std::vector<std::string> Slugs(const absl::StatusOr<std::vector<TenantInfo>>& found) {
    std::vector<std::string> slugs;
    for (const TenantInfo& info : Must(found)) slugs.push_back(info.slug);
    return slugs;
  }
};

TEST_F(Tree, HoldsAnOperatorItsBrandsResellersAndCustomers) {
  const TenantId top = Make(TenantKind::kOperator, std::nullopt, "top");
  const TenantId blue = Make(TenantKind::kBrand, top, "blue");
  const TenantId red = Make(TenantKind::kBrand, top, "red");
  const TenantId east = Make(TenantKind::kReseller, blue, "east");
  const TenantId inner = Make(TenantKind::kReseller, east, "inner");
  const TenantId alder = Make(TenantKind::kCustomer, inner, "alder");
  const TenantId birch = Make(TenantKind::kCustomer, red, "birch");
  EXPECT_THAT(Slugs(tenants().Children(top)), ::testing::ElementsAre("blue", "red"));
  EXPECT_THAT(Slugs(tenants().Subtree(top)),
              ::testing::ElementsAre("top", "blue", "east", "inner", "alder", "red", "birch"));
  EXPECT_THAT(Slugs(tenants().Path(alder)),
              ::testing::ElementsAre("top", "blue", "east", "inner", "alder"));
  EXPECT_THAT(Slugs(tenants().Subtree(birch)), ::testing::ElementsAre("birch"));
  EXPECT_EQ(Must(tenants().Find(east)).parent, blue);
  EXPECT_EQ(Must(tenants().Find(east)).kind, TenantKind::kReseller);
  EXPECT_EQ(Must(tenants().FindBySlug("alder")).id, alder);
  EXPECT_THAT(tenants().FindBySlug("nobody"), HasCode(ErrorCode::kNotFound));
  for (const std::string_view no_slug : {std::string_view(), std::string_view("a\0b", 3),
                                         std::string_view("\xFF"), std::string_view("Alder")}) {
    EXPECT_THAT(tenants().FindBySlug(no_slug), HasCode(ErrorCode::kNotFound));
  }
}

TEST_F(Tree, AncestryGrantsNothing) {
  const TenantId top = Make(TenantKind::kOperator, std::nullopt);
  const TenantId dealer = Make(TenantKind::kCustomer, top);
  Must(tenants().AddMember(top, User("anna")));
  EXPECT_THAT(house->Enter(Verified("anna"), dealer, Purpose("test")),
              HasCode(ErrorCode::kNotPermitted));
  EXPECT_THAT(tenants().EnterSubtree(Verified("anna"), top, Purpose("test")),
              HasCode(ErrorCode::kNotPermitted));
}

TEST_F(Tree, BrandAndLocaleComeFromTheNearestThatHasOne) {
  const TenantId top =
      Must(tenants().Create({.name = "t", .kind = TenantKind::kOperator, .locale = "en"}));
  const TenantId blue = Must(
      tenants().Create({.name = "b", .kind = TenantKind::kBrand, .parent = top, .brand = "blue"}));
  const TenantId dealer = Must(tenants().Create({.name = "d", .parent = blue, .locale = "de-AT"}));
  const auto own = Must(tenants().PresentationOf(dealer));
  EXPECT_EQ(own.brand, "blue");
  EXPECT_EQ(own.locale, "de-AT");
  Must(tenants().Change(dealer, {.locale = ""}));
  EXPECT_EQ(Must(tenants().PresentationOf(dealer)).locale, "en");
  EXPECT_EQ(Must(tenants().Find(dealer)).locale, "");
  Must(tenants().Move(dealer, std::nullopt));
  EXPECT_EQ(Must(tenants().PresentationOf(dealer)).brand, "");
}

TEST_F(Tree, RefusesWhatIsNotASlugABrandOrALocale) {
  for (const std::string& bad : {std::string("A"), std::string("-a"), std::string("a-"),
                                 std::string("a b"), std::string("a_b"), std::string("\xC3\xA4"),
                                 std::string(64, 'a'), std::string("a\0b", 3), std::string("..")}) {
    EXPECT_THAT(tenants().Create({.name = "x", .slug = bad}), HasCode(ErrorCode::kInvalidArgument));
    EXPECT_THAT(tenants().Create({.name = "x", .brand = bad}),
                HasCode(ErrorCode::kInvalidArgument));
  }
  for (const char* bad : {"a", "-", "de-", "-de", "de--AT", "de_AT", "d3", "123", "toolongword",
                          "de-123456789", "de AT", "<b>"}) {
    EXPECT_THAT(tenants().Create({.name = "x", .locale = bad}),
                HasCode(ErrorCode::kInvalidArgument))
        << bad;
  }
  for (const char* good : {"de", "de-AT", "zh-Hant-TW", "es-419", "sl-rozaj-biske", "x-y"}) {
    const bool fits = std::string(good) != "x-y";
    EXPECT_EQ(tenants().Create({.name = "x", .locale = good}).ok(), fits) << good;
  }
  EXPECT_THAT(tenants().Create({.name = "x", .state = TenantState::kGone}),
              HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(tenants().Create({.name = "x", .kind = static_cast<TenantKind>(9)}),
              HasCode(ErrorCode::kInvalidArgument));
}

TEST_F(Tree, ASlugNamesOneTenantAndMayGoToAnother) {
  const TenantId first = Make(TenantKind::kCustomer, std::nullopt, "alder");
  EXPECT_THAT(tenants().Create({.name = "y", .slug = "alder"}),
              HasCode(ErrorCode::kUniqueViolation));
  const TenantId second = Make(TenantKind::kCustomer, std::nullopt);
  EXPECT_THAT(tenants().Change(second, {.slug = "alder"}), HasCode(ErrorCode::kUniqueViolation));
  EXPECT_THAT(tenants().Change(first, {.slug = "alder"}), IsOk()) << "its own";
  Must(tenants().Change(first, {.slug = "elder"}));
  Must(tenants().Change(second, {.slug = "alder"}));
  Must(tenants().Remove(second));
  Must(tenants().Change(first, {.slug = "alder"}));
  EXPECT_EQ(Must(tenants().FindBySlug("alder")).id, first);
}

TEST_F(Tree, KeepsKindsInTheirOrder) {
  const TenantKind kinds[] = {TenantKind::kOperator, TenantKind::kBrand, TenantKind::kReseller,
                              TenantKind::kCustomer};
  for (const TenantKind above : kinds) {
    const TenantId parent = Make(above, std::nullopt);
    for (const TenantKind below : kinds) {
      const bool fits = above < below || (above == below && above == TenantKind::kReseller);
      const auto made = tenants().Create({.name = "x", .kind = below, .parent = parent});
      EXPECT_EQ(CodeOf(made.status()), fits ? ErrorCode::kNone : ErrorCode::kTenantTree);
      const TenantId alone = Make(below, std::nullopt);
      EXPECT_EQ(tenants().Move(alone, parent).ok(), fits);
    }
  }
}

TEST_F(Tree, HasNoCyclesAndSixteenLevels) {
  std::vector<TenantId> chain = {Make(TenantKind::kReseller, std::nullopt)};
  for (int level = 2; level <= TenantDirectory::kMaxDepth; ++level) {
    chain.push_back(Make(TenantKind::kReseller, chain.back()));
  }
  EXPECT_THAT(tenants().Create({.name = "x", .parent = chain.back()}),
              HasCode(ErrorCode::kTenantTree));
  EXPECT_THAT(tenants().Move(chain.front(), chain.back()), HasCode(ErrorCode::kTenantTree));
  EXPECT_THAT(tenants().Move(chain.front(), chain.front()), HasCode(ErrorCode::kTenantTree));
  EXPECT_THAT(tenants().Move(chain[3], chain[7]), HasCode(ErrorCode::kTenantTree));
  // Two levels under two, on top of fourteen: one too many.
  const TenantId other = Make(TenantKind::kReseller, std::nullopt);
  EXPECT_THAT(tenants().Move(chain[0], other), HasCode(ErrorCode::kTenantTree));
  EXPECT_THAT(tenants().Move(chain[1], other), IsOk());
  EXPECT_EQ(Must(tenants().Path(chain.back())).size(), 16U);
  EXPECT_EQ(Must(tenants().Subtree(chain.front())).size(), 1U);
}

TEST_F(Tree, UnknownAndGoneTenantsHaveNoPlaceInIt) {
  const TenantId gone = Make(TenantKind::kReseller, std::nullopt);
  Must(tenants().Remove(gone));
  const TenantId here = Make(TenantKind::kCustomer, std::nullopt);
  for (const TenantId& id : {gone, Must(TenantId::Draw(*entropy))}) {
    EXPECT_THAT(tenants().Create({.name = "x", .parent = id}), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tenants().Move(here, id), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tenants().Move(id, here), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tenants().Children(id), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tenants().Subtree(id), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tenants().Path(id), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tenants().PresentationOf(id), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tenants().Members(id), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tenants().AllowSubtree(id, User("anna")), HasCode(ErrorCode::kNotFound));
  }
}

TEST_F(Tree, WhoHasTenantsBelowStays) {
  const TenantId parent = Make(TenantKind::kReseller, std::nullopt);
  const TenantId child = Make(TenantKind::kCustomer, parent);
  Must(tenants().AddMember(parent, User("anna")));
  const auto context = Must(house->Enter(Verified("anna"), parent, Purpose("test")));
  EXPECT_THAT(tenants().Remove(parent), HasCode(ErrorCode::kTenantTree));
  EXPECT_THAT(context.Check(), IsOk()) << "a refused removal ends nothing";
  Must(tenants().Remove(child));
  Must(tenants().Remove(parent));
  EXPECT_THAT(context.Check(), HasCode(ErrorCode::kTenantSuspended));
}

TEST_F(Tree, MembershipsAreListedFromBothEnds) {
  const TenantId first = Make(TenantKind::kCustomer, std::nullopt, "first");
  const TenantId second = Make(TenantKind::kCustomer, std::nullopt, "second");
  for (const TenantId& id : {second, first}) Must(tenants().AddMember(id, User("anna")));
  Must(tenants().AddMember(first, Must(Principal::Job("nightly"))));
  EXPECT_THAT(Must(tenants().Members(first)),
              ::testing::ElementsAre(User("anna"), Must(Principal::Job("nightly"))));
  EXPECT_THAT(Slugs(tenants().TenantsOf(User("anna"))), ::testing::ElementsAre("first", "second"));
  EXPECT_THAT(Slugs(tenants().TenantsOf(User("bob"))), ::testing::IsEmpty());
  Must(tenants().Remove(second));
  EXPECT_THAT(Slugs(tenants().TenantsOf(User("anna"))), ::testing::ElementsAre("first"));
}

TEST_F(Tree, OfASubtreeTheActiveAreEntered) {
  const TenantId top = Make(TenantKind::kReseller, std::nullopt);
  const TenantId east = Make(TenantKind::kReseller, top);
  const TenantId west = Make(TenantKind::kCustomer, top);
  const TenantId alder = Make(TenantKind::kCustomer, east);
  const TenantId birch = Make(TenantKind::kCustomer, east);
  (void)Make(TenantKind::kCustomer, std::nullopt);
  Must(tenants().Suspend(alder));
  Must(tenants().AllowSubtree(top, User("rita")));
  const auto context = Must(tenants().EnterSubtree(Verified("rita"), top, Purpose("totals")));
  const auto below = [&] {
    std::vector<TenantId> ids;
    for (const auto& proof : Must(cordon::internal::DirectoryFactory::ProofsBelow(
             tenants(), cordon::internal::ContextAccess::ProofOf(context)))) {
      ids.push_back(proof->tenant);
    }
    return ids;
  };
  EXPECT_THAT(below(), ::testing::ElementsAre(top, east, birch, west));
  Must(Another()->tenants().Suspend(birch));
  EXPECT_THAT(below(), ::testing::ElementsAre(top, east, west));
}

// ---- states -------------------------------------------------------------------------------------

TEST_F(Tree, AStateLetsInWhomItSays) {
  const TenantId id = Must(tenants().Create({.name = "x", .state = TenantState::kProvisioning}));
  const Principal job = Must(Principal::Job("seed"));
  const Principal service = Must(Principal::Service("seed"));
  const Principal support = Must(Principal::Support("sue"));
  for (const Principal& who : {User("anna"), job, service, support}) {
    Must(tenants().AddMember(id, who));
  }
  const auto code = [&](const Principal& who) {
    return CodeOf(house->Enter(cordon::AssertVerified(who), id, Purpose("test")).status());
  };
  const auto expect = [&](ErrorCode people, ErrorCode machines) {
    EXPECT_EQ(code(User("anna")), people);
    EXPECT_EQ(code(support), people);
    EXPECT_EQ(code(job), machines);
    EXPECT_EQ(code(service), machines);
    EXPECT_EQ(code(User("bob")), ErrorCode::kNotPermitted) << "a stranger learns no state";
  };
  expect(ErrorCode::kTenantState, ErrorCode::kNone);
  Must(tenants().Activate(id));
  expect(ErrorCode::kNone, ErrorCode::kNone);
  Must(tenants().Suspend(id));
  expect(ErrorCode::kTenantSuspended, ErrorCode::kTenantSuspended);
  Must(tenants().Offboard(id));
  expect(ErrorCode::kTenantState, ErrorCode::kNone);
  Must(tenants().Resume(id));
  expect(ErrorCode::kNone, ErrorCode::kNone);
  Must(tenants().Remove(id));
  expect(ErrorCode::kNotPermitted, ErrorCode::kNotPermitted);
}

TEST_F(Tree, StatesFollowTheirOrder) {
  using enum TenantState;
  struct Step {
    absl::Status (TenantDirectory::*act)(const TenantId&);
    TenantState to;
    std::vector<TenantState> from;  // without `to` itself, from which it does nothing
  };
  const Step steps[] = {
      {&TenantDirectory::Activate, kActive, {kProvisioning}},
      {&TenantDirectory::Suspend, kSuspended, {kActive}},
      {&TenantDirectory::Resume, kActive, {kSuspended, kOffboarding}},
      {&TenantDirectory::Offboard, kOffboarding, {kActive, kSuspended, kProvisioning}}};
  const auto make = [&](TenantState state) {
    const TenantId id = Must(
        tenants().Create({.name = "x", .state = state == kProvisioning ? kProvisioning : kActive}));
    if (state == kSuspended) Must(tenants().Suspend(id));
    if (state == kOffboarding) Must(tenants().Offboard(id));
    return id;
  };
  for (const Step& step : steps) {
    for (const TenantState from : {kActive, kSuspended, kProvisioning, kOffboarding}) {
      const TenantId id = make(from);
      const bool fits = from == step.to || std::count(step.from.begin(), step.from.end(), from) > 0;
      const absl::Status done = (tenants().*step.act)(id);
      EXPECT_EQ(CodeOf(done), fits ? ErrorCode::kNone : ErrorCode::kTenantState);
      EXPECT_EQ(Must(tenants().Find(id)).state, fits ? step.to : from);
    }
  }
}

TEST_F(Tree, OffboardingEndsContextsAndTakesNobodyIn) {
  const TenantId id = Make(TenantKind::kReseller, std::nullopt);
  Must(tenants().AddMember(id, User("anna")));
  const auto context = Must(house->Enter(Verified("anna"), id, Purpose("test")));
  Must(tenants().Offboard(id));
  EXPECT_FALSE(context.Check().ok());
  EXPECT_THAT(tenants().Create({.name = "x", .parent = id}), HasCode(ErrorCode::kTenantState));
}

TEST_F(Tree, OffboardingOnceMoreEndsNobody) {
  const TenantId id = Make(TenantKind::kCustomer, std::nullopt);
  const Principal sync = Must(Principal::Service("sync"));
  Must(tenants().AddMember(id, sync));
  Must(tenants().Offboard(id));
  const auto context = Must(house->Enter(cordon::AssertVerified(sync), id, Purpose("test")));
  Must(tenants().Offboard(id));
  EXPECT_THAT(context.Check(), IsOk());
  Must(tenants().Suspend(Make(TenantKind::kCustomer, std::nullopt)));
  EXPECT_THAT(context.Check(), IsOk());
}

// ---- against a model ------------------------------------------------------------------------

// Random acts, two directories on one store in turns; after each, what can be read is what a map of
// parents says.
TEST_F(Tree, BehavesAsItsModel) {
  const auto other = Another();
  struct Node {
    std::optional<TenantId> parent;
    TenantKind kind;
  };
  std::map<TenantId, Node> model;
  const auto depth = [&](std::optional<TenantId> id) {
    int levels = 0;
    for (; id.has_value(); id = model.at(*id).parent) ++levels;
    return levels;
  };
  const auto below = [&](const TenantId& id, std::optional<TenantId> maybe) {
    for (; maybe.has_value(); maybe = model.at(*maybe).parent) {
      if (*maybe == id) return true;
    }
    return false;
  };
  const auto height = [&](const TenantId& id) {
    int most = 1;
    for (const auto& [each, node] : model) {
      if (below(id, each)) most = std::max(most, depth(each) - depth(id) + 1);
    }
    return most;
  };
  std::mt19937 random(20261124);
  const auto pick = [&]() -> std::optional<TenantId> {
    if (model.empty() || random() % 8 == 0) return std::nullopt;
    return std::next(model.begin(), static_cast<std::ptrdiff_t>(random() % model.size()))->first;
  };
  const auto fits = [&](const std::optional<TenantId>& parent, TenantKind kind, int levels) {
    if (!parent.has_value()) return true;
    const TenantKind above = model.at(*parent).kind;
    return (above < kind || (above == kind && kind == TenantKind::kReseller)) &&
           depth(parent) + levels <= TenantDirectory::kMaxDepth;
  };
  for (int step = 0; step < 600; ++step) {
    TenantDirectory& hand = random() % 2 == 0 ? tenants() : other->tenants();
    clock->Advance(1ms);
    const std::optional<TenantId> parent = pick();
    const std::optional<TenantId> subject = pick();
    const unsigned act = random() % 8;
    if (act < 4 || !subject.has_value()) {
      const auto kind = static_cast<TenantKind>(random() % 16 == 0 ? 1 + random() % 4 : 3);
      const auto made = hand.Create({.name = "x", .kind = kind, .parent = parent});
      ASSERT_EQ(made.ok(), fits(parent, kind, 1));
      if (made.ok()) model.emplace(*made, Node{parent, kind});
    } else if (act < 7) {
      const bool may =
          fits(parent, model.at(*subject).kind, height(*subject)) && !below(*subject, parent);
      ASSERT_EQ(hand.Move(*subject, parent).ok(), may);
      if (may) model.at(*subject).parent = parent;
    } else {
      const bool alone = std::none_of(model.begin(), model.end(), [&](const auto& node) {
        return node.second.parent == *subject;
      });
      ASSERT_EQ(hand.Remove(*subject).ok(), alone);
      if (alone) model.erase(*subject);
    }
    const std::vector<TenantInfo> all = Must(tenants().List());
    ASSERT_EQ(all.size(), model.size());
    for (const TenantInfo& info : all) ASSERT_EQ(info.parent, model.at(info.id).parent);
    if (const auto root = pick(); root.has_value()) {
      const auto expected = std::count_if(
          model.begin(), model.end(), [&](const auto& node) { return below(*root, node.first); });
      ASSERT_EQ(static_cast<std::ptrdiff_t>(Must(tenants().Subtree(*root)).size()), expected);
      ASSERT_EQ(static_cast<int>(Must(tenants().Path(*root)).size()), depth(root));
    }
  }
}

TEST_F(Tree, TwoHandsAtOnceMakeNoCycle) {
  const auto other = Another();
  for (int round = 0; round < 50; ++round) {
    const TenantId x = Make(TenantKind::kReseller, std::nullopt);
    const TenantId y = Make(TenantKind::kReseller, std::nullopt);
    absl::Status first;
    absl::Status second;
    std::thread one([&] { first = tenants().Move(x, y); });
    std::thread two([&] { second = other->tenants().Move(y, x); });
    one.join();
    two.join();
    EXPECT_NE(first.ok(), second.ok()) << "exactly one of them may";
    EXPECT_EQ(Must(tenants().Path(first.ok() ? x : y)).size(), 2U);
  }
}

}  // namespace
}  // namespace cordon_test
