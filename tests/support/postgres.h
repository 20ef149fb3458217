// SPDX-License-Identifier: Apache-2.0
// What tests on a PostgreSQL server share: options, ids, deadlines.
#ifndef CORDON_TESTS_SUPPORT_POSTGRES_H_
#define CORDON_TESTS_SUPPORT_POSTGRES_H_

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "cordon/tenant/tenant_id.h"
#include "data/postgres/connection.h"
#include "support/postgres_server.h"
#include "support/status.h"

namespace cordon_test {

using cordon::CodeOf;
using cordon::ErrorCode;
using cordon::PostgresOptions;
using cordon::TenantId;
using cordon::internal::PgAccess;
using cordon::internal::PgArguments;
using cordon::internal::PgConnection;
using cordon::internal::PgInterrupter;
using cordon::internal::PgRows;
using cordon::internal::PgThen;
using namespace std::chrono_literals;

// An id that is the same in every run, and its digits.
inline TenantId TenantOf(char name) {
  TenantId::Bytes bytes{};
  bytes.fill(static_cast<std::byte>(name));
  return Must(TenantId::FromBytes(bytes));
}
inline std::string DigitsOf(char name) {
  std::string digits;
  for (int i = 0; i < 16; ++i) {
    digits += "0123456789abcdef"[static_cast<unsigned char>(name) >> 4U];
    digits += "0123456789abcdef"[static_cast<unsigned char>(name) & 15U];
  }
  return digits;
}

inline PostgresOptions OptionsFor(const std::string& database) {
  PostgresOptions options;
  options.conninfo = PostgresServer::Get().Conninfo(database);
  options.owner_role = "erp_owner";
  options.runtime_role = "erp_app";
  options.statement_timeout = 20s;
  return options;
}

inline std::unique_ptr<PgConnection> Connect(const PostgresOptions& options,
                                             const std::string& role) {
  return Must(PgConnection::Open(options, role, std::chrono::steady_clock::now() + 20s));
}

// The first value of the first row, or why there is none.
inline std::string First(const absl::StatusOr<PgRows>& rows) {
  if (!rows.ok()) return Describe(rows.status());
  if (rows->rows() == 0) return "(no row)";
  return rows->IsNull(0, 0) ? "NULL" : std::string(rows->Bytes(0, 0));
}
inline std::int64_t FirstInteger(const absl::StatusOr<PgRows>& rows) {
  if (!rows.ok()) throw std::runtime_error(Describe(rows.status()));
  if (rows->rows() == 0) throw std::runtime_error("no row");
  return Must(rows->Integer(0, 0));
}

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_POSTGRES_H_
