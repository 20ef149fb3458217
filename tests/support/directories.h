// SPDX-License-Identifier: Apache-2.0
//
// Directories of tenants without a product around them, each on a store of its own, as several
// processes have them. Where they are kept, the build decides: in an SQLite file or, with
// CORDON_TEST_ON_POSTGRES, in a database of a PostgreSQL server.
#ifndef CORDON_TESTS_SUPPORT_DIRECTORIES_H_
#define CORDON_TESTS_SUPPORT_DIRECTORIES_H_

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cordon/testing/clock.h"
#include "cordon/testing/entropy.h"
#include "support/people.h"
#include "support/status.h"
#include "tenant/directory_impl.h"
#ifdef CORDON_TEST_ON_POSTGRES
#include "data/postgres/own_store.h"
#include "data/postgres/row_lock.h"
#include "support/postgres.h"
#else
#include "store/store.h"
#include "support/scratch.h"
#endif

namespace cordon_test {

using cordon::CodeOf;
using cordon::ErrorCode;
using cordon::internal::OwnConnection;
using cordon::internal::OwnStatement;
using cordon::internal::Store;
using cordon::testing::ManualClock;
using TestEntropy = cordon::testing::SeededEntropy;
using namespace std::chrono_literals;

// A directory, as one process has it.
class House {
 public:
  explicit House(std::unique_ptr<Store> store) : store_(std::move(store)) {
    const std::string key(32, 'k');
    tenants_ = Must(cordon::internal::DirectoryFactory::Open(
        *store_, Must(cordon::Secret::CopyFrom(std::as_bytes(std::span(key)))),
        [](OwnConnection&, const cordon::TenantId&) { return absl::OkStatus(); },
        [](const cordon::Principal*, const cordon::TenantId*, std::string_view,
           const cordon::TraceId*, const absl::Status&) {}));
  }
  [[nodiscard]] Store& store() const { return *store_; }
  [[nodiscard]] cordon::TenantDirectory& tenants() const { return *tenants_; }
  [[nodiscard]] absl::StatusOr<cordon::TenantContext> Enter(
      const cordon::VerifiedIdentity& who, const cordon::TenantId& tenant, cordon::Purpose purpose,
      cordon::EnterOptions options = {}) const {
    return tenants_->Enter(who, tenant, purpose, options);
  }
  // Hears of other processes, as whoever reads does when it is due.
  [[nodiscard]] absl::Status Look() const {
    cordon::internal::Gates& gates = cordon::internal::DirectoryFactory::GatesOf(*tenants_);
    const auto now = store_->clock()->Monotonic();
    if (!gates.Due(now)) return absl::OkStatus();
    return store_->Read([&](OwnConnection& connection) { return gates.Look(connection, now); });
  }

 private:
  std::unique_ptr<Store> store_;
  std::unique_ptr<cordon::TenantDirectory> tenants_;
};

// A tenant with a member and a context.
struct Guest {
  cordon::TenantId id;
  cordon::TenantContext context;
};

class Directories : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef CORDON_TEST_ON_POSTGRES
    CORDON_NEEDS_POSTGRES();
    static const bool made = [] {
      auto& server = PostgresServer::Get();
      server.Sql("CREATE ROLE erp_owner LOGIN");
      server.Sql("CREATE ROLE erp_app LOGIN");
      server.Sql("CREATE DATABASE directories OWNER erp_owner");
      server.Sql(Must(cordon::internal::PgHardenStatements(OptionsFor("directories"))),
                 "directories");
      return true;
    }();
    (void)made;
    PostgresServer::Get().Sql("DROP SCHEMA IF EXISTS cordon CASCADE", "directories");
#endif
    Open();
  }

  // Another process's.
  [[nodiscard]] std::unique_ptr<House> Another(
      std::chrono::milliseconds patience = 10s,
      std::shared_ptr<cordon::Entropy> with_entropy = nullptr) const {
    if (with_entropy == nullptr) with_entropy = entropy;
#ifdef CORDON_TEST_ON_POSTGRES
    PostgresOptions options = OptionsFor("directories");
    options.patience = patience;
    options.clock = clock;
    options.entropy = std::move(with_entropy);
    return std::make_unique<House>(Must(cordon::internal::PgStore::Open(std::move(options))));
#else
    return std::make_unique<House>(Must(cordon::internal::SqliteStore::Open(
        {scratch.File("world.db"), 4, patience, 10s, clock, std::move(with_entropy)})));
#endif
  }
  // The one process, started or started again.
  void Open() {
    a.reset();
    b.reset();
    c.reset();
    house.reset();
    house = Another();
  }
  void OpenTwins() {
    for (std::optional<Guest>* twin : {&a, &b, &c}) {
      const cordon::TenantId id = Must(tenants().Create("twin"));
      Must(tenants().AddMember(id, User("anna")));
      twin->emplace(Guest{id, Enter(id)});
    }
  }
  [[nodiscard]] cordon::TenantContext Enter(const cordon::TenantId& id,
                                            cordon::EnterOptions options = {}) const {
    return Must(house->Enter(Verified("anna"), id, cordon::Purpose("test"), options));
  }
  [[nodiscard]] cordon::TenantDirectory& tenants() const { return house->tenants(); }

  // Past all of Cordon: the first value of the first row.
  std::string Raw(const std::string& sql) const {
#ifdef CORDON_TEST_ON_POSTGRES
    const auto rows =
        PostgresServer::Get().Sql(cordon::internal::PgOwnText(sql, {}), "directories");
    return rows.empty() ? "(no row)" : rows.front();
#else
    return RawValue(scratch.File("world.db"), sql);
#endif
  }

#ifndef CORDON_TEST_ON_POSTGRES
  ScratchDirectory scratch;
#endif
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::shared_ptr<TestEntropy> entropy = std::make_shared<TestEntropy>();
  std::unique_ptr<House> house;
  std::optional<Guest> a;
  std::optional<Guest> b;
  std::optional<Guest> c;
};

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_DIRECTORIES_H_
