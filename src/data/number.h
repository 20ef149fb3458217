// SPDX-License-Identifier: Apache-2.0
// Where the tenants' numbers are kept. They are drawn in number.cc, by TransactionCore.
#ifndef CORDON_SRC_DATA_NUMBER_H_
#define CORDON_SRC_DATA_NUMBER_H_

#include "absl/status/status.h"
#include "cordon/tenant/tenant_id.h"
#include "store/store.h"

namespace cordon::internal {

[[nodiscard]] absl::Status MigrateNumbers(SqliteStore& store);
[[nodiscard]] absl::Status PurgeNumbers(SqliteConnection& connection, const TenantId& tenant);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_NUMBER_H_
