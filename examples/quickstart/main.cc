// SPDX-License-Identifier: Apache-2.0
// Two tenants, one table, colliding ids: each sees its own rows and no others.
#include <cordon/cordon.h>

#include <iostream>
#include <string>

struct Customer {
  std::string id;
  std::string name;
};

struct Shop {
  static constexpr auto kSchema = cordon::Schema{cordon::TenantTable<Customer>("customers")
                                                     .Key<&Customer::id>("id")
                                                     .Column<&Customer::name>("name")};
};
using Platform = cordon::Platform<Shop>;
using Session = cordon::Session<Shop>;

using cordon::as;
using namespace cordon::literals;

absl::StatusOr<cordon::TenantContext> NewTenant(Platform& platform, const std::string& name) {
  auto anna = cordon::Principal::User("anna@" + name);
  if (!anna.ok()) return anna.status();
  auto id = platform.tenants().Create(name);
  if (!id.ok()) return id.status();
  if (auto added = platform.tenants().AddMember(*id, *anna); !added.ok()) return added;
  return platform.Enter(cordon::AssertVerified(*anna), *id, cordon::Purpose("quickstart"));
}

absl::Status Print(const char* who, Session& tenant) {
  auto customers = tenant.All(as<Customer>, "SELECT * FROM customers ORDER BY id"_sql);
  if (!customers.ok()) return customers.status();
  for (const auto& row : *customers)
    std::cout << who << ": " << row->id << " " << row->name << "\n";
  auto bottom = tenant.One(as<Customer>, "SELECT * FROM customers WHERE id = ?"_sql, "BOTTM");
  std::cout << who << ": BOTTM is " << (bottom.ok() ? "here" : bottom.status().ToString()) << "\n";
  return absl::OkStatus();
}

absl::Status Run(Platform& platform) {
  auto northwind = NewTenant(platform, "northwind");
  if (!northwind.ok()) return northwind.status();
  auto southwind = NewTenant(platform, "southwind");
  if (!southwind.ok()) return southwind.status();
  return cordon::WithTenants(
      platform, *northwind, *southwind, [](auto& a, auto& b) -> absl::Status {
        absl::Status status = a.Insert(Customer{"ALFKI", "Alfreds Futterkiste"});
        if (status.ok()) status = b.Insert(Customer{"ALFKI", "Alberta's Kitchen"});
        if (status.ok()) status = b.Insert(Customer{"BOTTM", "Bottom-Dollar Markets"});
        if (status.ok()) status = Print("northwind", a);  // BOTTM is southwind's: not found
        if (status.ok()) status = Print("southwind", b);
        return status;
      });
}

int main(int argc, char** argv) {
  auto platform = Platform::Open({.path = argc > 1 ? argv[1] : "quickstart.db"});
  const absl::Status status = platform.ok() ? Run(**platform) : platform.status();
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
