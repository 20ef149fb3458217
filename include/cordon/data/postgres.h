// SPDX-License-Identifier: Apache-2.0
//
// A platform on a PostgreSQL server: how it is reached, as whom, and how many connections it may be
// asked for. See docs/postgres.md.
//
// Guarantees: `conninfo` reaches libpq as it is, TLS settings included; only the role is Cordon's.
//   Nothing that waits, waits longer than `patience` and `statement_timeout` say together.
// Not guaranteed: a limit on the look-up of a host's name, which libpq leaves to the system; give
//   `hostaddr` as well where that matters.
// Thread safety: thread-compatible; a value.
// Ownership and lifetime: a value; clock and entropy are shared with what is opened with it.
// Errors: Platform::Open() returns kInvalidArgument for a limit that is none and for a conninfo
//   that libpq does not read, kCannotOpen for a server that is not reached, kMissingFeature for one
//   that is too old, kLockIncomplete for one that lets the second lock be passed, kSchemaDrift for
//   tables that are not as declared.
//
//   auto platform = cordon::Platform<Erp>::Open(
//       {.server = cordon::OnPostgres({.conninfo = "host=db1 dbname=erp",
//                                      .owner_role = "erp_owner",
//                                      .runtime_role = "erp_app"})});
#ifndef CORDON_DATA_POSTGRES_H_
#define CORDON_DATA_POSTGRES_H_

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "cordon/store/clock.h"
#include "cordon/store/entropy.h"

namespace cordon {

class Server;

struct PostgresOptions {
  // As libpq takes it, without a user: "host=db1 dbname=erp sslmode=verify-full". Passwords belong
  // in libpq's password file or in a client certificate.
  std::string conninfo;
  // Owns the tables, and reads the catalog when the lock is proved. Tenants' statements never run
  // as this role.
  std::string owner_role;
  // What tenants' statements run as: it owns nothing, is a member of nothing, and may log in.
  std::string runtime_role;
  // Connections of this process, opened as they are needed, and how many of them one tenant gets.
  int connections = 8;
  int connections_per_tenant = 4;
  // How long a call waits for a connection, and for the server to accept one.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
  // The longest that one statement runs. The server ends it; a server that does not is left.
  std::chrono::milliseconds statement_timeout = std::chrono::seconds(30);
  // True behind PgBouncer in transaction mode, which knows no prepared statements before 1.21.
  bool pgbouncer = false;
  // For tests; the system's own when null.
  std::shared_ptr<const Clock> clock = nullptr;
  std::shared_ptr<Entropy> entropy = nullptr;
};

// Both of the library cordon_postgres. For PlatformOptions::server:
[[nodiscard]] std::shared_ptr<const Server> OnPostgres(PostgresOptions options);

// What a superuser runs once in the product's database, and again after an extension was added: it
// takes from PUBLIC, for the owner role, what the runtime role must not have. Both roles exist.
// kInvalidArgument for a role's name with a quote, a dollar sign or a control character.
[[nodiscard]] absl::StatusOr<std::string> PostgresHardening(const PostgresOptions& options);

}  // namespace cordon

#endif  // CORDON_DATA_POSTGRES_H_
