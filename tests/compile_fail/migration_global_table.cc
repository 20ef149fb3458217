// SPDX-License-Identifier: Apache-2.0
// A backfill runs for one tenant at a time, and a global table is nobody's.
// EXPECT: cordon: a backfill is one UPDATE of a tenant table of this schema
#include "shop.h"

inline constexpr auto kRight = cordon::Migrations{
    shop::Shop::kSchema,
    cordon::Migration(2).Backfill("UPDATE customers SET region = 'EU' WHERE region IS NULL"_sql),
    cordon::Migration(3).Drop("customers", "fax").DropTable("faxes")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong = cordon::Migrations{
    shop::Shop::kSchema,
    cordon::Migration(2).Backfill("UPDATE currencies SET name = code WHERE name IS NULL"_sql)};
#endif
