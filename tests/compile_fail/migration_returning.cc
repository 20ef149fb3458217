// SPDX-License-Identifier: Apache-2.0
// Nobody reads what it returns.
// EXPECT: cordon: a backfill has neither FROM nor RETURNING: read other rows in a subquery
#include "shop.h"

inline constexpr auto kRight = cordon::Migrations{
    shop::Shop::kSchema,
    cordon::Migration(2).Backfill("UPDATE customers SET region = 'EU' WHERE region IS NULL"_sql),
    cordon::Migration(3).Drop("customers", "fax").DropTable("faxes")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong = cordon::Migrations{
    shop::Shop::kSchema,
    cordon::Migration(2).Backfill(
        "UPDATE customers SET region = '' WHERE region IS NULL RETURNING id"_sql)};
#endif
