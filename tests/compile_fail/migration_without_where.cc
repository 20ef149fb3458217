// SPDX-License-Identifier: Apache-2.0
// It may meet a row again, and must know it.
// EXPECT: cordon: a backfill says which rows it has not filled yet: end it with a WHERE
#include "shop.h"

inline constexpr auto kRight = cordon::Migrations{
    shop::Shop::kSchema,
    cordon::Migration(2).Backfill("UPDATE customers SET region = 'EU' WHERE region IS NULL"_sql),
    cordon::Migration(3).Drop("customers", "fax").DropTable("faxes")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong = cordon::Migrations{
    shop::Shop::kSchema, cordon::Migration(2).Backfill("UPDATE customers SET region = 'EU'"_sql)};
#endif
