// SPDX-License-Identifier: Apache-2.0
// Backfills run in the order of their versions.
// EXPECT: cordon: each migration leads one version further than the one above it
#include "shop.h"

inline constexpr auto kRight = cordon::Migrations{
    shop::Shop::kSchema,
    cordon::Migration(2).Backfill("UPDATE customers SET region = 'EU' WHERE region IS NULL"_sql),
    cordon::Migration(3).Drop("customers", "fax").DropTable("faxes")};

#ifdef CORDON_EXPECT_ERROR
inline constexpr auto kWrong =
    cordon::Migrations{shop::Shop::kSchema, cordon::Migration(3), cordon::Migration(2)};
#endif
