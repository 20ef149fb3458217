// SPDX-License-Identifier: Apache-2.0
// No migrations are no constant at all.
// EXPECT: cordon: Migrations lists at least one migration: leave kMigrations out
#include "shop.h"

inline constexpr auto kRight = cordon::Migrations{
    shop::Shop::kSchema,
    cordon::Migration(2).Backfill("UPDATE customers SET region = 'EU' WHERE region IS NULL"_sql),
    cordon::Migration(3).Drop("customers", "fax").DropTable("faxes")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong = cordon::Migrations{shop::Shop::kSchema};
#endif
