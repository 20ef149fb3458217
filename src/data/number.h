// SPDX-License-Identifier: Apache-2.0
// Where the tenants' numbers are kept. They are drawn in number.cc, by TransactionCore.
#ifndef CORDON_SRC_DATA_NUMBER_H_
#define CORDON_SRC_DATA_NUMBER_H_

#include <array>

#include "absl/status/status.h"
#include "cordon/tenant/tenant_id.h"
#include "store/store.h"

namespace cordon::internal {

// The table, as SqliteStore::Migrate() takes it for the room "numbers".
inline constexpr std::array kNumberSteps = {
    // value: the number drawn last, or what the counter counts.
    "CREATE TABLE cordon_numbers("
    "tenant_id BLOB NOT NULL CHECK(length(tenant_id) = 16), "
    "kind INTEGER NOT NULL CHECK(kind IN (1, 2)), name TEXT NOT NULL, value INTEGER NOT NULL, "
    "PRIMARY KEY(tenant_id, kind, name)"
    ") STRICT, WITHOUT ROWID",
};

[[nodiscard]] absl::Status PurgeNumbers(SqliteConnection& connection, const TenantId& tenant);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_NUMBER_H_
