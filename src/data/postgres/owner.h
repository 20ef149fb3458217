// SPDX-License-Identifier: Apache-2.0
//
// A transaction of the owner role's.
//
// Guarantees: it ends with its scope, whatever came in between; names in it are those of
//   PostgreSQL and those that are written with their schema, whatever lies in the search path.
//   Of those that have begun alone, one is open in a database at a time, in whichever process.
// Not guaranteed: anything against an owner role's connection that is not Cordon's.
// Thread safety: confined to its holder.
#ifndef CORDON_SRC_DATA_POSTGRES_OWNER_H_
#define CORDON_SRC_DATA_POSTGRES_OWNER_H_

#include <string_view>

#include "absl/status/status.h"
#include "cordon/data/postgres.h"
#include "data/postgres/connection.h"

namespace cordon::internal {

class PgOwnersTransaction {
 public:
  // REQUIRES: no transaction is open on `owner`, which outlives this.
  explicit PgOwnersTransaction(PgConnection& owner) : owner_(owner) {}
  ~PgOwnersTransaction();
  PgOwnersTransaction(const PgOwnersTransaction&) = delete;
  PgOwnersTransaction& operator=(const PgOwnersTransaction&) = delete;

  [[nodiscard]] absl::Status Begin(std::string_view how);
  // To change what others use. Waits for whoever else changes it, and then for those who use it,
  // each time for PostgresOptions::patience at most: kBusy.
  [[nodiscard]] absl::Status BeginAlone(const PostgresOptions& options);
  [[nodiscard]] absl::Status Commit();

 private:
  PgConnection& owner_;
  bool over_ = false;
};

}  // namespace cordon::internal

#endif  // CORDON_SRC_DATA_POSTGRES_OWNER_H_
