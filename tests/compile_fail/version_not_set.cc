// SPDX-License-Identifier: Apache-2.0
// A change that leaves the Version as it is would be overwritten unseen.
// EXPECT: cordon: this table has a Version, by which others notice a change: set it as well
#include "cordon/cordon.h"

using namespace cordon::literals;

struct Invoice {
  std::int64_t id = 0;
  std::int64_t total = 0;
  std::int64_t version = 0;
};
struct Ledger {
  static constexpr auto kSchema = cordon::Schema{cordon::TenantTable<Invoice>("invoices")
                                                     .Key<&Invoice::id>("id")
                                                     .Column<&Invoice::total>("total")
                                                     .Version<&Invoice::version>("version")};
};

absl::Status Right(const cordon::Session<Ledger>& tenant) {
  return tenant.Execute("UPDATE invoices SET total = total + 1, version = version + 1"_sql)
      .status();
}

#ifdef CORDON_EXPECT_ERROR
absl::Status Wrong(const cordon::Session<Ledger>& tenant) {
  return tenant.Execute("UPDATE invoices SET total = total + 1"_sql).status();
}
#endif
