// SPDX-License-Identifier: Apache-2.0
// The look at a whole directory: nothing wrong with what was written, and each damage found.
#include "tenant/directory_check.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/directories.h"

namespace cordon_test {
namespace {

using cordon::Audience;
using cordon::TenantId;
using cordon::TenantKind;
using cordon::internal::DirectoryCheck;

class DirectoryChecked : public Directories {
 protected:
  DirectoryCheck Check() {
    DirectoryCheck check;
    Must(house->store().Read([&](OwnConnection& connection) -> absl::Status {
      auto found = cordon::internal::CheckDirectory(connection);
      if (found.ok()) check = *found;
      return found.status();
    }));
    return check;
  }
};

TEST_F(DirectoryChecked, FindsNothingWrongWithWhatWasWritten) {
  OpenTwins();
  const TenantId brand =
      Must(tenants().Create({.name = "b", .kind = TenantKind::kBrand, .slug = "b"}));
  Must(tenants().Move(a->id, brand));
  Must(tenants().Remove(c->id));
  for (const Guest* guest : {&*a, &*b, &*a}) {
    Must(tenants().Unseal(Must(tenants().Seal(guest->context, Audience("x"))), Audience("x")));
  }
  const DirectoryCheck check = Check();
  EXPECT_EQ(check.tenants, 3);
  EXPECT_TRUE(check.has_epoch);
  for (const DirectoryCheck::Fault* fault :
       {&check.bad_id, &check.no_parent, &check.in_a_circle, &check.too_deep, &check.wrong_kind,
        &check.bad_slug, &check.miscounted}) {
    EXPECT_EQ(fault->tenants, 0) << fault->first;
  }
}

TEST_F(DirectoryChecked, FindsEachDamage) {
  const TenantId top = Must(tenants().Create({.name = "t", .kind = TenantKind::kReseller}));
  const TenantId below = Must(
      tenants().Create({.name = "b", .kind = TenantKind::kReseller, .parent = top, .slug = "b"}));
  Must(tenants().AddMember(below, User("anna")));
  Must(tenants().Unseal(Must(tenants().Seal(Enter(below), Audience("x"))), Audience("x")));
  const std::string of_below = " WHERE parent IS NOT NULL";

  (void)Raw("UPDATE cordon_tenants SET slug = 'B b'" + of_below);
  EXPECT_EQ(Check().bad_slug.first, below.ToString());
  (void)Raw("UPDATE cordon_tenants SET kind = 1" + of_below);
  EXPECT_EQ(Check().wrong_kind.first, below.ToString());
  (void)Raw("UPDATE cordon_envelope_floors SET remembered = 7");
  EXPECT_EQ(Check().miscounted.first, below.ToString());
  (void)Raw("UPDATE cordon_tenants SET state = 3 WHERE parent IS NULL");
  EXPECT_EQ(Check().no_parent.first, below.ToString());
  (void)Raw(
      "UPDATE cordon_tenants SET state = 1, parent = (SELECT t.id FROM cordon_tenants AS t WHERE "
      "t.parent IS NOT NULL) WHERE parent IS NULL");
  EXPECT_EQ(Check().in_a_circle.tenants, 2);
  // A damaged tree is still read to an end.
  EXPECT_EQ(Must(tenants().Subtree(top)).size(), 2U);
  (void)Raw("DELETE FROM cordon_directory");
  EXPECT_FALSE(Check().has_epoch);
  EXPECT_THAT(house->Enter(Verified("anna"), below, cordon::Purpose("test")),
              HasCode(ErrorCode::kNotPermitted));
}

}  // namespace
}  // namespace cordon_test
