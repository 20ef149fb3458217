// SPDX-License-Identifier: Apache-2.0
// It walks along the key, and would meet the row again or never.
// EXPECT: cordon: a backfill cannot change the key of a row: fill other columns
#include "shop.h"

inline constexpr auto kRight = cordon::Migrations{
    shop::Shop::kSchema,
    cordon::Migration(2).Backfill("UPDATE customers SET region = 'EU' WHERE region IS NULL"_sql),
    cordon::Migration(3).Drop("customers", "fax").DropTable("faxes")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong =
    cordon::Migrations{shop::Shop::kSchema,
                       cordon::Migration(2).Backfill(
                           "UPDATE customers SET region = '', id = 'x' WHERE region IS NULL"_sql)};
#endif
