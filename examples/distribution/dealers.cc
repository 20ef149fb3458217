// SPDX-License-Identifier: Apache-2.0
#include "dealers.h"

namespace distribution {

using cordon::literals::operator""_sql;

absl::StatusOr<std::unique_ptr<ErpPlatform>> OpenBackOffice(const std::filesystem::path& file) {
  absl::StatusOr<std::unique_ptr<ErpPlatform>> platform =
      ErpPlatform::Open({.path = file.string()});
  if (!platform.ok()) return platform.status();
  absl::Status filled =
      (*platform)->WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) -> absl::Status {
        for (const Currency& currency :
             {Currency{"CAD", "Canadian dollar"}, Currency{"CHF", "Swiss franc"},
              Currency{"DKK", "Danish krone"}, Currency{"EUR", "Euro"},
              Currency{"GBP", "Pound sterling"}, Currency{"NOK", "Norwegian krone"},
              Currency{"PLN", "Polish zloty"}, Currency{"SEK", "Swedish krona"},
              Currency{"USD", "US dollar"}}) {
          absl::StatusOr<std::int64_t> written = tx.Execute(
              "INSERT INTO currencies (code, name) VALUES (?, ?) ON CONFLICT (code) DO NOTHING"_sql,
              currency.code, currency.name);
          if (!written.ok()) return written.status();
        }
        return absl::OkStatus();
      });
  if (!filled.ok()) return filled;
  return platform;
}

absl::StatusOr<Dealer> AddDealer(ErpPlatform& platform, std::string_view name) {
  absl::StatusOr<cordon::Principal> clerk =
      cordon::Principal::User("clerk@" + std::string(name) + ".example");
  if (!clerk.ok()) return clerk.status();
  absl::StatusOr<cordon::TenantId> id = platform.tenants().Create(name);
  if (!id.ok()) return id.status();
  if (absl::Status added = platform.tenants().AddMember(*id, *clerk); !added.ok()) return added;
  return Dealer{std::string(name), *id, *clerk};
}

absl::Status OpenBooks(ErpSession& dealer, std::string_view name, std::string_view currency) {
  return dealer.Upsert(Company{kCompany, std::string(name), std::string(currency)});
}

absl::StatusOr<cordon::TenantContext> Enter(const ErpPlatform& platform, const Dealer& dealer) {
  return platform.Enter(cordon::AssertVerified(dealer.clerk), dealer.id,
                        cordon::Purpose("back-office"));
}

}  // namespace distribution
