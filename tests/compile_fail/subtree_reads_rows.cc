// SPDX-License-Identifier: Apache-2.0
// Over a subtree only aggregates are read.
// EXPECT: cordon: over a subtree only aggregates are read: write one SELECT of COUNT, SUM and the
// like
#include "shop.h"

using namespace cordon::literals;

absl::Status Right(const cordon::Subtree<shop::Shop>& below) {
  return below.SumUp(cordon::as<std::int64_t>, "SELECT COUNT(*) FROM orders"_sql).status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const cordon::Subtree<shop::Shop>& below) {
  return below.SumUp(cordon::as<std::int64_t>, "SELECT id FROM orders"_sql).status();
}
#endif
