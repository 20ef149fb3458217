// SPDX-License-Identifier: Apache-2.0
// What an error of the server's means to a tenant. Only its five characters are looked at: the
// server's texts quote values.
#ifndef CORDON_SRC_DATA_POSTGRES_SQLSTATE_H_
#define CORDON_SRC_DATA_POSTGRES_SQLSTATE_H_

#include <string_view>

#include "absl/status/status.h"

namespace cordon::internal {

// Without a SQLSTATE, the connection is lost.
[[nodiscard]] absl::Status StatusOfSqlState(std::string_view state);

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_SQLSTATE_H_
