// SPDX-License-Identifier: Apache-2.0
// With the checker switched off, no statement reads or changes the tenants' numbers, not even
// beside Cordon's own that does.
#include <gtest/gtest.h>

#include <string>

#include "data/unchecked.h"
#include "support/world.h"

namespace cordon_test {
namespace {

using cordon::internal::Cursor;
using cordon::internal::NumberKind;
using cordon::internal::TransactionCore;
using cordon::internal::UncheckedDoor;

class NumbersLock : public World {};

TEST_F(NumbersLock, NoStatementReachesThem) {
  Open();
  const cordon::TenantId id = Must(platform->tenants().Create("A"));
  Must(platform->tenants().AddMember(id, User("anna")));
  const auto context = Enter(id);
  const Session session = Must(platform->OpenSession(context));
  const auto core = Must(cordon::internal::PlatformCore::Open(
      cordon::internal::kViewOf<Shop>, {.path = path(), .clock = clock, .entropy = entropy}));
  const auto own = Must(core->tenants().Enter(Verified("anna"), id, cordon::Purpose("test"), {}));
  const auto state = Must(core->OpenSession(own));
  std::int64_t drawn = 0;
  for (const std::string sql :
       {"SELECT value FROM cordon_numbers", "SELECT value FROM main.cordon_numbers",
        "SELECT COUNT(*) FROM cordon_numbers", "UPDATE cordon_numbers SET value = 100",
        "DELETE FROM cordon_numbers",
        "INSERT INTO cordon_numbers(tenant_id, kind, name, value) VALUES (?1, 1, 'x', 1)",
        "INSERT INTO cordon_numbers VALUES (zeroblob(16), 1, 'x', 1)"}) {
    SCOPED_TRACE(sql);
    TransactionCore transaction(core->engine(), state.get(), TransactionCore::Kind::kWrite);
    Must(transaction.status());
    const cordon::Series series("invoice");
    EXPECT_EQ(Must(transaction.AddToNumber(NumberKind::kSeries, series, 1)), ++drawn);
    {
      Cursor cursor;
      UncheckedDoor::Start(transaction, sql, &cursor);
      EXPECT_FALSE(cursor.Step());
      EXPECT_THAT(cursor.status(), HasCode(ErrorCode::kEngineLock));
    }
    EXPECT_EQ(Must(transaction.AddToNumber(NumberKind::kSeries, series, 1)), ++drawn);
    Must(transaction.Commit());
    ASSERT_EQ(RawValue(path(), "SELECT group_concat(name || value) FROM cordon_numbers"),
              "invoice" + std::to_string(drawn));
  }
}

}  // namespace
}  // namespace cordon_test
