// SPDX-License-Identifier: Apache-2.0
// One product in three releases, each of which has another version of its tables.
#ifndef CORDON_TESTS_DATA_MIGRATION_RELEASES_H_
#define CORDON_TESTS_DATA_MIGRATION_RELEASES_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/world.h"

namespace cordon_test {

struct Client1 {
  std::string id = {};
  std::string name = {};
};
struct Sale1 {
  std::int64_t id = 0;
  std::string client = {};
  std::int64_t net = 0;
  std::optional<std::string> note = {};
};
struct Position1 {  // a key of several columns and types
  std::string code = {};
  std::int64_t number = 0;
  std::vector<std::byte> tail = {};
  std::int64_t amount = 0;
};
struct Scrap {
  std::int64_t id = 0;
};
inline constexpr auto kClients1 =
    cordon::TenantTable<Client1>("clients").Key<&Client1::id>("id").Column<&Client1::name>("name");
inline constexpr auto kSales1 = cordon::TenantTable<Sale1>("sales")
                                    .Key<&Sale1::id>("id")
                                    .Column<&Sale1::client>("client")
                                    .Column<&Sale1::net>("net")
                                    .Column<&Sale1::note>("note")
                                    .Index<&Sale1::note>()
                                    .References<&Sale1::client>("clients");
inline constexpr auto kPositions1 = cordon::TenantTable<Position1>("positions")
                                        .Key<&Position1::code>("code")
                                        .Key<&Position1::number>("number")
                                        .Key<&Position1::tail>("tail")
                                        .Column<&Position1::amount>("amount");
inline constexpr auto kScraps = cordon::TenantTable<Scrap>("scraps").Key<&Scrap::id>("id");
struct Release1 {
  static constexpr auto kSchema = cordon::Schema{kClients1, kSales1, kPositions1, kScraps};
};

// Version 2: what a sale comes to with tax, which every sale has; how many sales a client has.
struct Client2 {
  std::string id = {};
  std::string name = {};
  std::optional<std::int64_t> sales = {};
};
struct Sale2 {
  std::int64_t id = 0;
  std::string client = {};
  std::int64_t net = 0;
  std::optional<std::string> note = {};
  std::int64_t gross = 0;
};
struct Position2 {
  std::string code = {};
  std::int64_t number = 0;
  std::vector<std::byte> tail = {};
  std::int64_t amount = 0;
  std::optional<std::int64_t> twice = {};
};
inline constexpr auto kGross =
    cordon::Migration(2)
        .Backfill("UPDATE sales SET gross = net * 119 WHERE gross IS NULL"_sql)
        .Backfill(
            "UPDATE clients AS c SET sales = (SELECT COUNT(*) FROM sales AS s WHERE "
            "s.client = c.id) WHERE sales IS NULL"_sql)
        .Backfill("UPDATE positions SET twice = 2 * amount WHERE twice IS NULL -- half\n"_sql);
struct Release2 {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Client2>("clients")
          .Key<&Client2::id>("id")
          .Column<&Client2::name>("name")
          .Column<&Client2::sales>("sales"),
      cordon::TenantTable<Sale2>("sales")
          .Key<&Sale2::id>("id")
          .Column<&Sale2::client>("client")
          .Column<&Sale2::net>("net")
          .Column<&Sale2::note>("note")
          .Column<&Sale2::gross>("gross")
          .Index<&Sale2::note>()
          .References<&Sale2::client>("clients"),
      cordon::TenantTable<Position2>("positions")
          .Key<&Position2::code>("code")
          .Key<&Position2::number>("number")
          .Key<&Position2::tail>("tail")
          .Column<&Position2::amount>("amount")
          .Column<&Position2::twice>("twice"),
      cordon::TenantTable<Scrap>("scraps").Key<&Scrap::id>("id"),
  };
  static constexpr auto kMigrations = cordon::Migrations{kSchema, kGross};
};

// Version 3: a sale has a number of its own and no note; there are no scraps any more.
struct Sale3 {
  std::int64_t id = 0;
  std::string number = {};
  std::string client = {};
  std::int64_t net = 0;
  std::int64_t gross = 0;
};
struct Visit {
  std::int64_t id = 0;
  std::string client = {};
};
inline constexpr auto kNumber =
    cordon::Migration(3)
        .Backfill("UPDATE sales SET number = 'S' || CAST(id AS TEXT) WHERE number IS NULL"_sql)
        .Drop("sales", "note")
        .DropTable("scraps");
struct Release3 {
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Client2>("clients")
          .Key<&Client2::id>("id")
          .Column<&Client2::name>("name")
          .Column<&Client2::sales>("sales"),
      cordon::TenantTable<Sale3>("sales")
          .Key<&Sale3::id>("id")
          .Column<&Sale3::number>("number")
          .Column<&Sale3::client>("client")
          .Column<&Sale3::net>("net")
          .Column<&Sale3::gross>("gross")
          .Unique<&Sale3::number>()
          .Index<&Sale3::client>()
          .References<&Sale3::client>("clients"),
      cordon::TenantTable<Position2>("positions")
          .Key<&Position2::code>("code")
          .Key<&Position2::number>("number")
          .Key<&Position2::tail>("tail")
          .Column<&Position2::amount>("amount")
          .Column<&Position2::twice>("twice")
          .Index<&Position2::amount>(),
      cordon::TenantTable<Visit>("visits")
          .Key<&Visit::id>("id")
          .Column<&Visit::client>("client")
          .References<&Visit::client>("clients"),
  };
  static constexpr auto kMigrations = cordon::Migrations{kSchema, kGross, kNumber};
};

// The file at `path`, or the database of the test.
inline cordon::PlatformOptions At(const std::string& path) {
  cordon::PlatformOptions options{.path = path, .patience = 30s};
  if (EngineOfTests() != nullptr) EngineOfTests()(&options);
  return options;
}
template <class Release>
absl::Status TryOpen(const std::string& path) {
  return cordon::Platform<Release>::Open(At(path)).status();
}
template <class Release>
absl::Status TryMigrate(const std::string& path, cordon::MigrateOptions how = {}) {
  return cordon::Migrate<Release>(At(path), how);
}

// One tenant of an open platform.
template <class Release>
class AtWork {
 public:
  AtWork(const cordon::Platform<Release>& platform, const cordon::TenantId& id)
      : context(Enter(platform, id)), session(Must(platform.OpenSession(context))) {}
  static cordon::TenantContext Enter(const cordon::Platform<Release>& platform,
                                     const cordon::TenantId& id) {
    Must(platform.tenants().AddMember(id, User("anna")));
    return Must(platform.Enter(Verified("anna"), id, cordon::Purpose("test")));
  }
  cordon::TenantContext context;
  cordon::Session<Release> session;
};

// A file of the first release with `tenants` tenants, the first of which has `rows` sales, the
// second twice as many, and so on.
inline void MakeFirstRelease(const std::string& path, int tenants, int rows) {
  auto platform = Must(cordon::Platform<Release1>::Open(At(path)));
  for (int t = 1; t <= tenants; ++t) {
    const auto id = Must(platform->tenants().Create("T" + std::to_string(t)));
    const AtWork<Release1> at(*platform, id);
    Must(at.session.Transaction([&](auto& tx) -> absl::Status {
      Must(tx.Insert(Client1{"a", "Alpha"}));
      Must(tx.Insert(Client1{"b", "Beta"}));
      Must(tx.Insert(Scrap{t}));
      for (int i = 0; i < rows * t; ++i) {
        Must(tx.Insert(Sale1{i - 5, i % 3 == 0 ? "b" : "a", 100 * t + i, "note"}));
        Must(tx.Insert(Position1{std::string(static_cast<std::size_t>(i % 4), 'x'), i / 8 - 2,
                                 std::vector<std::byte>(static_cast<std::size_t>(i / 4 % 2)), i}));
      }
      return absl::OkStatus();
    }));
  }
}

inline std::string Bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace cordon_test

#endif  // CORDON_TESTS_DATA_MIGRATION_RELEASES_H_
