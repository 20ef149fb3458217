// SPDX-License-Identifier: Apache-2.0
// Version 1 is what files have that know no versions.
// EXPECT: cordon: a file begins with version 1: give the first migration version 2 or later
#include "shop.h"

inline constexpr auto kRight = cordon::Migrations{
    shop::Shop::kSchema,
    cordon::Migration(2).Backfill("UPDATE customers SET region = 'EU' WHERE region IS NULL"_sql),
    cordon::Migration(3).Drop("customers", "fax").DropTable("faxes")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong = cordon::Migrations{shop::Shop::kSchema, cordon::Migration(1)};
#endif
