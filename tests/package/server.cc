// SPDX-License-Identifier: Apache-2.0
// A host that is linked with the engine for PostgreSQL, and told of a server that is not there.
#include <cordon/cordon.h>
#include <cordon/data/postgres.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>

struct Order {
  std::int64_t id = 0;
};
struct Erp {
  static constexpr auto kSchema =
      cordon::Schema{cordon::TenantTable<Order>("orders").Key<&Order::id>("id")};
};

int main() {
  const cordon::PostgresOptions options{.conninfo = "host=/nonexistent dbname=erp",
                                        .owner_role = "erp_owner",
                                        .runtime_role = "erp_app",
                                        .patience = std::chrono::milliseconds(100)};
  const auto hardening = cordon::PostgresHardening(options);
  if (!hardening.ok() || hardening->find("erp_owner") == std::string::npos) return 1;
  const auto platform = cordon::Platform<Erp>::Open({.server = cordon::OnPostgres(options)});
  if (cordon::CodeOf(platform.status()) != cordon::ErrorCode::kCannotOpen) return 1;
  std::cout << platform.status().message() << '\n';
}
