// SPDX-License-Identifier: Apache-2.0
#include "cordon/tenant/directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "support/directories.h"

namespace cordon_test {
namespace {

using cordon::TenantId;
using cordon::TenantInfo;
using cordon::TenantState;

class Directory : public Directories {
 protected:
  TenantId Unknown() { return Must(TenantId::Draw(*entropy)); }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const TenantInfo& info : Must(tenants().List())) names.push_back(info.name);
    return names;
  }
};

TEST_F(Directory, StartsEmpty) { EXPECT_THAT(Must(tenants().List()), ::testing::IsEmpty()); }

TEST_F(Directory, CreatesActiveTenantsWithoutMembers) {
  const TenantId id = Must(tenants().Create("Northwind"));
  const TenantInfo info = Must(tenants().Find(id));
  EXPECT_EQ(info.id, id);
  EXPECT_EQ(info.name, "Northwind");
  EXPECT_EQ(info.state, TenantState::kActive);
  EXPECT_EQ(info.created, clock->Now());
  EXPECT_THAT(house->Enter(Verified("anna"), id, cordon::Purpose("test")),
              HasCode(ErrorCode::kNotPermitted));
}

TEST_F(Directory, NamesAreForPeopleAndMayRepeat) {
  const TenantId first = Must(tenants().Create("Same"));
  const TenantId second = Must(tenants().Create("Same"));
  EXPECT_NE(first, second);
  Must(tenants().Change(first, {.name = "Other"}));
  EXPECT_EQ(Must(tenants().Find(first)).name, "Other");
  EXPECT_EQ(Must(tenants().Find(second)).name, "Same");
}

TEST_F(Directory, ListsOldestFirst) {
  for (const char* name : {"c", "a", "b"}) {
    Must(tenants().Create(name));
    clock->Advance(1s);
  }
  EXPECT_THAT(Names(), ::testing::ElementsAre("c", "a", "b"));
}

TEST_F(Directory, HostileNamesAreOnlyNames) {
  const std::string names[] = {"'; DROP TABLE cordon_tenants; --",
                               "\"quoted\"",
                               "%s%n",
                               "../../etc",
                               "<script>",
                               "株式会社",
                               "🦆",
                               std::string(200, 'x'),
                               "NULL",
                               " "};
  for (const std::string& name : names) {
    const auto id = tenants().Create(name);
    ASSERT_THAT(id, IsOk()) << name;
    EXPECT_EQ(Must(tenants().Find(*id)).name, name);
  }
  EXPECT_EQ(Names().size(), std::size(names));
  for (const std::string& bad :
       {std::string(), std::string(201, 'x'), std::string("a\0b", 3), std::string("a\nb"),
        std::string("\xFF"), std::string("\xED\xA0\x80")}) {
    EXPECT_THAT(tenants().Create(bad), HasCode(ErrorCode::kInvalidArgument));
    EXPECT_THAT(tenants().Change(Must(tenants().List()).front().id, {.name = bad}),
                HasCode(ErrorCode::kInvalidArgument));
  }
  EXPECT_EQ(Names().size(), std::size(names));
}

TEST_F(Directory, SuspendAndResumeAreIdempotent) {
  const TenantId id = Must(tenants().Create("x"));
  for (int i = 0; i < 2; ++i) EXPECT_THAT(tenants().Suspend(id), IsOk());
  EXPECT_EQ(Must(tenants().Find(id)).state, TenantState::kSuspended);
  EXPECT_EQ(Names().size(), 1U) << "a suspended tenant is listed";
  for (int i = 0; i < 2; ++i) EXPECT_THAT(tenants().Resume(id), IsOk());
  EXPECT_EQ(Must(tenants().Find(id)).state, TenantState::kActive);
}

TEST_F(Directory, MembershipIsIdempotentAndByKind) {
  const TenantId id = Must(tenants().Create("x"));
  for (int i = 0; i < 2; ++i) EXPECT_THAT(tenants().AddMember(id, User("anna")), IsOk());
  EXPECT_THAT(house->Enter(Verified("anna"), id, cordon::Purpose("test")), IsOk());
  const auto service = cordon::AssertVerified(Must(cordon::Principal::Service("anna")));
  EXPECT_THAT(house->Enter(service, id, cordon::Purpose("test")), HasCode(ErrorCode::kNotPermitted))
      << "a service of the same name is somebody else";
  EXPECT_THAT(house->Enter(Verified("Anna"), id, cordon::Purpose("test")),
              HasCode(ErrorCode::kNotPermitted));
  EXPECT_THAT(house->Enter(Verified("anna "), id, cordon::Purpose("test")),
              HasCode(ErrorCode::kNotPermitted));
  for (int i = 0; i < 2; ++i) EXPECT_THAT(tenants().RemoveMember(id, User("anna")), IsOk());
  EXPECT_THAT(house->Enter(Verified("anna"), id, cordon::Purpose("test")),
              HasCode(ErrorCode::kNotPermitted));
  EXPECT_THAT(tenants().RemoveMember(id, User("never was one")), IsOk());
}

TEST_F(Directory, UnknownAndRemovedTenantsAnswerAlike) {
  const TenantId removed = Must(tenants().Create("x"));
  Must(tenants().Remove(removed));
  for (const TenantId& id : {Unknown(), removed}) {
    EXPECT_THAT(tenants().Change(id, {.name = "y"}), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tenants().Suspend(id), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tenants().Resume(id), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tenants().Remove(id), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tenants().Find(id), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tenants().AddMember(id, User("anna")), HasCode(ErrorCode::kNotFound));
    EXPECT_THAT(tenants().RemoveMember(id, User("anna")), HasCode(ErrorCode::kNotFound));
  }
  EXPECT_EQ(Text(tenants().Find(removed)), Text(tenants().Find(Unknown())));
}

TEST_F(Directory, EverythingSurvivesReopening) {
  const TenantId id = Must(tenants().Create("x"));
  Must(tenants().AddMember(id, User("anna")));
  const TenantId suspended = Must(tenants().Create("y"));
  Must(tenants().Suspend(suspended));
  const TenantId removed = Must(tenants().Create("z"));
  Must(tenants().Remove(removed));
  Open();
  EXPECT_THAT(Names(), ::testing::UnorderedElementsAre("x", "y"));
  EXPECT_THAT(house->Enter(Verified("anna"), id, cordon::Purpose("test")), IsOk());
  EXPECT_EQ(Must(tenants().Find(suspended)).state, TenantState::kSuspended);
  EXPECT_THAT(tenants().Find(removed), HasCode(ErrorCode::kNotFound));
}

TEST_F(Directory, RemoveLeavesTheSpentIdAlone) {
  OpenTwins();
  Must(tenants().AllowSubtree(b->id, User("rita")));
  ASSERT_THAT(tenants().Remove(b->id), IsOk());
  EXPECT_EQ(Raw("SELECT count(*) FROM cordon_members"), "2");
  EXPECT_EQ(Raw("SELECT count(*) FROM cordon_subtrees"), "0");
  // The id is spent, the name (personal data) is gone.
  EXPECT_EQ(Raw("SELECT count(*) FROM cordon_tenants WHERE state = 3 AND name = ''"), "1");
}

TEST_F(Directory, SpentIdsAreNotGivenOutAgain) {
  // A generator that repeats itself: the second Create draws the id of a removed tenant.
  class Repeats final : public cordon::Entropy {
   public:
    absl::Status Fill(std::span<std::byte> bytes) override {
      std::fill(bytes.begin(), bytes.end(), std::byte{7});
      return absl::OkStatus();
    }
  };
  house = Another(10s, std::make_shared<Repeats>());
  const TenantId id = Must(tenants().Create("first"));
  EXPECT_THAT(tenants().Create("second"), HasCode(ErrorCode::kUniqueViolation));
  EXPECT_EQ(Must(tenants().Find(id)).name, "first");
  Must(tenants().Remove(id));
  EXPECT_THAT(tenants().Create("third"), HasCode(ErrorCode::kUniqueViolation));
  EXPECT_THAT(tenants().Find(id), HasCode(ErrorCode::kNotFound));
}

TEST_F(Directory, FailsClosedWithoutEntropy) {
  const TenantId id = Must(tenants().Create("x"));
  Must(tenants().AddMember(id, User("anna")));
  entropy->failing = true;
  EXPECT_THAT(tenants().Create("y"), HasCode(ErrorCode::kInternal));
  EXPECT_THAT(house->Enter(Verified("anna"), id, cordon::Purpose("test")),
              HasCode(ErrorCode::kInternal))
      << "no trace id, no context";
  entropy->failing = false;
  EXPECT_EQ(Names().size(), 1U);
  EXPECT_THAT(house->Enter(Verified("anna"), id, cordon::Purpose("test")), IsOk());
}

}  // namespace
}  // namespace cordon_test
