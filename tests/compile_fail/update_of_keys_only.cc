// SPDX-License-Identifier: Apache-2.0
// A row that is all key has nothing to update.
// EXPECT: cordon: Update changes the columns behind the key, and this table has none
#include "shop.h"

struct Tag {
  std::string word;
};
struct Tags {
  static constexpr auto kSchema =
      cordon::Schema{cordon::TenantTable<Tag>("tags").Key<&Tag::word>("word")};
};

absl::Status Right(cordon::Session<Tags>& tenant) { return tenant.Upsert(Tag{"red"}); }

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(cordon::Session<Tags>& tenant) { return tenant.Update(Tag{"red"}); }
#endif
