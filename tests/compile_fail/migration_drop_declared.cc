// SPDX-License-Identifier: Apache-2.0
// What is declared stays.
// EXPECT: cordon: a migration drops what is declared no longer: take it out of kSchema
#include "shop.h"

inline constexpr auto kRight = cordon::Migrations{
    shop::Shop::kSchema,
    cordon::Migration(2).Backfill("UPDATE customers SET region = 'EU' WHERE region IS NULL"_sql),
    cordon::Migration(3).Drop("customers", "fax").DropTable("faxes")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong =
    cordon::Migrations{shop::Shop::kSchema, cordon::Migration(2).Drop("customers", "region")};
#endif
