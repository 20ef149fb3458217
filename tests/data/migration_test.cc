// SPDX-License-Identifier: Apache-2.0
// Versions of a host's schema: who may open which file, what a migration leaves, and what it
// refuses before it has touched anything.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "data/migration_releases.h"

namespace cordon_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Steps(const cordon::MigrationPlan& plan) {
  std::vector<std::string> steps;
  for (const cordon::MigrationStep& step : plan.steps) {
    steps.push_back(std::string(cordon::NameOf(step.action)) + " " + step.table +
                    (step.object.empty() || step.action == cordon::MigrationAction::kBackfill
                         ? ""
                         : "." + step.object) +
                    (step.version == 0 ? "" : " (" + std::to_string(step.version) + ")"));
  }
  return steps;
}

class MigrationTest : public ::testing::Test {
 protected:
  std::string Value(const std::string& sql) { return RawValue(path, sql); }
  static bool OnServer() { return EngineOfTests() != nullptr; }
  std::string Version() {
    return Value(OnServer() ? "SELECT version FROM cordon.schema"
                            : "SELECT version FROM cordon_schema");
  }
  // In the order in which they were made.
  std::string Columns(const std::string& table) {
    return OnServer() ? Value(
                            "SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute "
                            "WHERE attrelid = '" +
                            table + "'::regclass AND attnum > 0 AND NOT attisdropped")
                      : Value("SELECT group_concat(name) FROM pragma_table_xinfo('" + table + "')");
  }
  std::string CountTables(const std::string& name) {
    return OnServer() ? Value("SELECT count(to_regclass('public." + name + "'))")
                      : Value("SELECT count(*) FROM sqlite_schema WHERE name = '" + name + "'");
  }
  void ExpectWhole() {
    if (OnServer()) {
      EXPECT_EQ(Value("SELECT count(*) FROM pg_constraint WHERE NOT convalidated"), "0");
      return;
    }
    EXPECT_EQ(Value("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(Value("SELECT count(*) FROM pragma_foreign_key_check"), "0");
  }
  void ExpectSecondRelease() {
    EXPECT_EQ(Value("SELECT count(*) FROM sales WHERE gross IS DISTINCT FROM 119 * net"), "0");
    EXPECT_EQ(Value("SELECT count(*) FROM positions WHERE twice IS DISTINCT FROM 2 * amount"), "0");
    EXPECT_EQ(
        Value(
            "SELECT count(*) FROM clients AS c WHERE sales IS DISTINCT FROM (SELECT count(*) FROM "
            "sales AS s WHERE s.tenant_id = c.tenant_id AND s.client = c.id)"),
        "0");
    ExpectWhole();
    EXPECT_EQ(Value("SELECT count(*) FROM cordon_backfills"), "0");
  }
  void ExpectThirdRelease() {
    ExpectSecondRelease();
    EXPECT_EQ(Value("SELECT count(*) FROM sales WHERE number IS DISTINCT FROM 'S' || id"), "0");
    const std::string columns = Columns("sales");
    // A server adds them behind the others.
    if (!OnServer() || columns.ends_with(",net,gross")) {
      EXPECT_EQ(columns, "tenant_id,id,number,client,net,gross");
    } else {
      EXPECT_THAT(columns, ::testing::AnyOf("tenant_id,id,client,net,number,gross",
                                            "tenant_id,id,client,net,gross,number"));
    }
    EXPECT_EQ(CountTables("scraps"), "0");
  }

  ScratchDirectory scratch;
  const std::string path = scratch.File("erp.db");
};

TEST_F(MigrationTest, FromReleaseToRelease) {
  MakeFirstRelease(path, 3, 40);
  EXPECT_EQ(Version(), "1");
  const std::string sales = Value("SELECT count(*) FROM sales");
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(TryMigrate<Release2>(path, {.rows_per_step = 7}), IsOk());
    EXPECT_EQ(Version(), "2");
    ExpectSecondRelease();
  }
  EXPECT_THAT(TryOpen<Release2>(path), IsOk());
  EXPECT_THAT(TryMigrate<Release3>(path, {.rows_per_step = 7}), IsOk());
  EXPECT_EQ(Version(), "3");
  ExpectThirdRelease();
  EXPECT_EQ(Value("SELECT count(*) FROM sales"), sales);
  EXPECT_THAT(TryOpen<Release3>(path), IsOk());
}

TEST_F(MigrationTest, AReleaseMayBeLeftOut) {
  for (const int rows_per_step : {1, 2, 3, 500}) {
    SCOPED_TRACE(rows_per_step);
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
    if (OnServer())
      RawSql(path,
             "DROP SCHEMA public CASCADE; DROP SCHEMA cordon CASCADE; CREATE SCHEMA public "
             "AUTHORIZATION erp_owner");
    MakeFirstRelease(path, 2, 9);
    EXPECT_THAT(TryMigrate<Release3>(path, {.rows_per_step = rows_per_step}), IsOk());
    ExpectThirdRelease();
  }
  const auto platform = Must(cordon::Platform<Release3>::Open(At(path)));
  const AtWork<Release3> at(*platform, Must(platform->tenants().List()).front().id);
  EXPECT_THAT(at.session.Insert(Sale3{1000, "S1", "a", 1, 1}),
              HasCode(ErrorCode::kUniqueViolation));
  EXPECT_THAT(at.session.Insert(Sale3{1000, "N", "nobody", 1, 1}),
              HasCode(ErrorCode::kForeignKeyViolation));
  EXPECT_THAT(at.session.Insert(Sale3{1000, "N", "a", 1, 1}), IsOk());
}

// What a migration leaves is what a fresh file has.
TEST_F(MigrationTest, TheTablesAreThoseOfAFreshFile) {
  MakeFirstRelease(path, 1, 3);
  Must(TryMigrate<Release3>(path));
  const std::string fresh = scratch.File("fresh.db");
  Must(TryOpen<Release3>(fresh));
  const std::string all =
      "SELECT group_concat(replace(replace(sql, char(10), ''), ' ', ''), ';') FROM (SELECT sql "
      "FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)";
  EXPECT_EQ(Value(all), RawValue(fresh, all));
  EXPECT_EQ(Value("SELECT version || declaration FROM cordon_schema"),
            RawValue(fresh, "SELECT version || declaration FROM cordon_schema"));
}

TEST_F(MigrationTest, AnotherVersionIsRefused) {
  MakeFirstRelease(path, 1, 3);
  const absl::Status older = TryOpen<Release3>(path);
  EXPECT_THAT(older, HasCode(ErrorCode::kMigrationNeeded));
  EXPECT_THAT(Text(older), HasSubstr("version 1 and this release has 3"));
  EXPECT_THAT(Text(older), HasSubstr("run cordon::Migrate"));
  EXPECT_EQ(Version(), "1");
  EXPECT_EQ(CountTables("visits"), "0");
  Must(TryMigrate<Release3>(path));
  for (const absl::Status& newer : {TryOpen<Release1>(path), TryOpen<Release2>(path),
                                    TryMigrate<Release1>(path), TryMigrate<Release2>(path)}) {
    EXPECT_THAT(newer, HasCode(ErrorCode::kNewerFile));
    EXPECT_THAT(Text(newer), HasSubstr("upgrade the application"));
  }
  EXPECT_EQ(Version(), "3");
}

TEST_F(MigrationTest, HalfwayNobodyOpensIt) {
  MakeFirstRelease(path, 2, 20);
  int calls = 0;
  const absl::Status stopped = TryMigrate<Release2>(
      path, {.rows_per_step = 5, .progress = [&](const auto&) { return ++calls < 4; }});
  EXPECT_THAT(stopped, HasCode(ErrorCode::kInterrupted));
  EXPECT_NE(Value("SELECT count(*) FROM sales WHERE gross IS NULL"), "0");
  EXPECT_NE(Value("SELECT count(*) FROM sales WHERE gross IS NOT NULL"), "0");
  for (const absl::Status& refused : {TryOpen<Release1>(path), TryMigrate<Release1>(path)}) {
    EXPECT_THAT(refused, HasCode(ErrorCode::kMigrationNeeded));
    EXPECT_THAT(Text(refused), HasSubstr("finish with the release that has version 2"));
  }
  for (const absl::Status& refused : {TryOpen<Release2>(path), TryOpen<Release3>(path)}) {
    EXPECT_THAT(refused, HasCode(ErrorCode::kMigrationNeeded));
    EXPECT_THAT(Text(refused), HasSubstr("goes on where it stopped"));
  }
  if (!OnServer()) {
    const auto plan = Must(cordon::PlanMigration<Release2>(path));
    EXPECT_TRUE(plan.begun);
    EXPECT_EQ(plan.from, 1);
  }
  // A newer release than the one that began may finish.
  EXPECT_THAT(TryMigrate<Release3>(path), IsOk());
  ExpectThirdRelease();
}

TEST_F(MigrationTest, GoesOnWhereItStopped) {
  MakeFirstRelease(path, 2, 30);
  std::int64_t rows = 0;
  int calls = 0;
  for (bool done = false; !done; ++calls) {
    ASSERT_LT(calls, 500);
    std::int64_t here = 0;
    const absl::Status status = TryMigrate<Release3>(
        path, {.rows_per_step = 10, .progress = [&](const cordon::MigrationProgress& progress) {
                 here = progress.rows;
                 return progress.rows == 0;
               }});
    rows += here;
    done = status.ok();
    if (!done) {
      EXPECT_THAT(status, HasCode(ErrorCode::kInterrupted));
    }
  }
  ExpectThirdRelease();
  EXPECT_GT(calls, 20);
  // Nothing is filled twice: sales have two backfills, positions one, clients one.
  EXPECT_EQ(std::to_string(rows),
            Value("SELECT 2 * (SELECT count(*) FROM sales) + (SELECT count(*) FROM positions) + "
                  "(SELECT count(*) FROM clients)"));
}

TEST_F(MigrationTest, AnOlderReleaseWorksOnMeanwhile) {
  MakeFirstRelease(path, 2, 20);
  auto old = Must(cordon::Platform<Release1>::Open(At(path)));
  const auto tenants = Must(old->tenants().List());
  const AtWork<Release1> at(*old, tenants[0].id);
  std::int64_t next = 10'000;
  const absl::Status done = TryMigrate<Release2>(
      path, {.rows_per_step = 8, .progress = [&](const auto&) {
               // Before, behind and between what is filled.
               Must(at.session.Insert(Sale1{-next, "a", next, {}}));
               Must(at.session.Insert(Sale1{next++, "b", next, {}}));
               const auto late = Must(old->tenants().Create("late"));
               Must(AtWork<Release1>(*old, late).session.Insert(Client1{"z", "Zeta"}));
               return true;
             }});
  EXPECT_THAT(done, IsOk());
  EXPECT_GT(next, 10'010);
  EXPECT_EQ(Value("SELECT count(*) FROM sales WHERE abs(id) >= 10000"),
            std::to_string(2 * (next - 10'000)));
  EXPECT_EQ(Value("SELECT count(*) FROM clients WHERE sales IS NULL"), "0");
  EXPECT_EQ(Value("SELECT count(*) FROM sales WHERE gross IS DISTINCT FROM 119 * net"), "0");
  EXPECT_THAT(at.session.Insert(Sale1{1, "a", 1, {}}), HasCode(ErrorCode::kNewerFile));
}

TEST_F(MigrationTest, AnOlderReleaseThatStayedOpenNotices) {
  MakeFirstRelease(path, 1, 5);
  const auto clock = std::make_shared<ManualClock>();
  cordon::PlatformOptions options = At(path);
  options.clock = clock;
  auto old = Must(cordon::Platform<Release1>::Open(std::move(options)));
  const auto tenant = Must(old->tenants().List())[0].id;
  const AtWork<Release1> at(*old, tenant);
  const auto count = [&] {
    return at.session.One(as<std::int64_t>, "SELECT COUNT(*) FROM clients"_sql).status();
  };
  ASSERT_THAT(count(), IsOk());
  clock->Advance(1s);
  ASSERT_THAT(count(), IsOk());
  Must(TryMigrate<Release2>(path));
  // A write is refused at once, a read within a second, and both from then on.
  for (int round = 0; round < 2; ++round) {
    const absl::Status write = at.session.Insert(Client1{"n" + std::to_string(round), "New"});
    EXPECT_THAT(write, HasCode(ErrorCode::kNewerFile));
    EXPECT_THAT(Text(write), HasSubstr("version 2 and this release has 1: upgrade"));
    const absl::Status read = at.session.Read([](auto&) { return absl::OkStatus(); });
    // A server's reads are refused together with the write.
    EXPECT_EQ(CodeOf(read), round == 0 && !OnServer() ? ErrorCode::kNone : ErrorCode::kNewerFile);
    clock->Advance(1s);
    EXPECT_THAT(count(), HasCode(ErrorCode::kNewerFile));
  }
  EXPECT_EQ(Value("SELECT count(*) FROM clients WHERE id LIKE 'n%'"), "0");
  // Who may enter is the same in every release.
  EXPECT_THAT(old->tenants().AddMember(tenant, User("ben")), IsOk());
  EXPECT_THAT(TryOpen<Release2>(path), IsOk());
}

// The same as Release1, with a table more: that needs no migration.
struct Release1More {
  static constexpr auto kSchema = cordon::Schema{
      kClients1,
      kSales1,
      kPositions1,
      kScraps,
      cordon::TenantTable<Visit>("visits")
          .Key<&Visit::id>("id")
          .Column<&Visit::client>("client")
          .References<&Visit::client>("clients"),
  };
};

// What an older release does not know of a tenant goes with the tenant all the same, and what it
// knows and is there no longer is not in the way.
TEST_F(MigrationTest, AnOlderReleaseRemovesAllRowsOfATenant) {
  MakeFirstRelease(path, 3, 5);
  auto old = Must(cordon::Platform<Release1>::Open(At(path)));
  const auto tenants = Must(old->tenants().List());
  {
    auto more = Must(cordon::Platform<Release1More>::Open(At(path)));
    for (const auto& tenant : tenants) {
      Must(AtWork<Release1More>(*more, tenant.id).session.Insert(Visit{1, "a"}));
    }
  }
  EXPECT_THAT(old->tenants().Remove(tenants[0].id), IsOk());
  EXPECT_EQ(Value("SELECT count(*) FROM visits"), "2");
  Must(TryMigrate<Release3>(path));
  EXPECT_THAT(old->tenants().Remove(tenants[1].id), IsOk());
  for (const char* table : {"visits", "clients", "sales", "positions"}) {
    EXPECT_EQ(Value("SELECT count(DISTINCT tenant_id) FROM " + std::string(table)), "1") << table;
  }
  EXPECT_EQ(Must(old->tenants().List()).size(), 1U);
}

TEST_F(MigrationTest, APlanWritesNothing) {
  MakeFirstRelease(path, 2, 5);
  const std::string before = Bytes(path);
  const auto plan = Must(cordon::PlanMigration<Release3>(path));
  EXPECT_EQ(Bytes(path), before);
  EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(path + "-shm"));
  EXPECT_EQ(plan.from, 1);
  EXPECT_EQ(plan.to, 3);
  EXPECT_FALSE(plan.begun);
  EXPECT_THAT(
      Steps(plan),
      ElementsAre("create-table visits", "add-column clients.sales", "add-column sales.number",
                  "add-column sales.gross", "add-column positions.twice", "backfill sales (2)",
                  "backfill clients (2)", "backfill positions (2)", "backfill sales (3)",
                  "create-index positions.positions_by_amount", "drop-column sales.note (3)",
                  "rebuild-table sales", "drop-table scraps (3)"));
  Must(TryMigrate<Release3>(path));
  EXPECT_THAT(Must(cordon::PlanMigration<Release3>(path)).steps, ::testing::IsEmpty());
  EXPECT_THAT(cordon::PlanMigration<Release2>(path), HasCode(ErrorCode::kNewerFile));
  EXPECT_THAT(cordon::PlanMigration<Release2>(scratch.File("none.db")),
              HasCode(ErrorCode::kCannotOpen));
  EXPECT_THAT(TryMigrate<Release2>(scratch.File("none.db")), HasCode(ErrorCode::kCannotOpen));
  EXPECT_FALSE(std::filesystem::exists(scratch.File("none.db")));
}

// While somebody has the file open, its log holds what the plan has to see.
TEST_F(MigrationTest, APlanReadsTheLog) {
  MakeFirstRelease(path, 1, 2);
  const auto open = Must(cordon::Platform<Release1>::Open(At(path)));
  Must(open->tenants().Create("more").status());
  ASSERT_GT(std::filesystem::file_size(path + "-wal"), 0U);
  const std::string before = Bytes(path);
  const std::string log = Bytes(path + "-wal");
  EXPECT_EQ(Must(cordon::PlanMigration<Release2>(path)).from, 1);
  EXPECT_EQ(Bytes(path), before);
  EXPECT_EQ(Bytes(path + "-wal"), log);
}

// Each tenant's rows become the same whoever else is in the file.
TEST_F(MigrationTest, NeighboursDoNotMatter) {
  const auto rows_of = [](const std::string& file, const std::string& id) {
    std::string all;
    for (const char* sql :
         {"SELECT group_concat(id || number || client || net || gross) FROM sales",
          "SELECT group_concat(id || name || sales) FROM clients",
          "SELECT group_concat(code || number || amount || twice) FROM positions"}) {
      all += RawValue(file, std::string(sql) + " WHERE tenant_id = " + id) + ";";
    }
    return all;
  };
  std::map<std::string, std::string> alone;
  MakeFirstRelease(path, 3, 12);
  const auto tenants = RawSql(path, "SELECT quote(id) FROM cordon_tenants");
  for (const std::string& id : tenants) {
    const std::string copy = scratch.File("alone.db");
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(copy + tail);
    std::filesystem::copy_file(path, copy);
    for (const char* table : {"sales", "positions", "scraps", "clients"}) {
      RawSql(copy, "DELETE FROM " + std::string(table) + " WHERE tenant_id <> " + id);
    }
    RawSql(copy, "UPDATE cordon_tenants SET state = 3 WHERE id <> " + id);
    Must(TryMigrate<Release3>(copy, {.rows_per_step = 4}));
    alone[id] = rows_of(copy, id);
  }
  Must(TryMigrate<Release3>(path, {.rows_per_step = 4}));
  for (const std::string& id : tenants) EXPECT_EQ(rows_of(path, id), alone[id]);
  EXPECT_NE(alone[tenants[0]], alone[tenants[1]]);
}

TEST_F(MigrationTest, ProgressIsTold) {
  MakeFirstRelease(path, 3, 10);
  std::set<std::string> tables;
  std::int64_t rows = 0;
  std::size_t tenant = 0;
  Must(TryMigrate<Release2>(
      path, {.rows_per_step = 6, .progress = [&](const cordon::MigrationProgress& progress) {
               EXPECT_GE(progress.rows, rows);
               if (!progress.table.empty()) {
                 EXPECT_EQ(progress.version, 2);
                 EXPECT_EQ(progress.tenants, 3U);
                 EXPECT_GE(progress.tenant, 1U);
                 EXPECT_LE(progress.tenant, 3U);
               }
               tables.emplace(progress.table);
               tenant = std::max(tenant, progress.tenant);
               rows = progress.rows;
               return true;
             }}));
  EXPECT_THAT(tables, ElementsAre("", "clients", "positions", "sales"));
  EXPECT_EQ(tenant, 3U);
  EXPECT_EQ(rows, 60 + 60 + 6);
}

TEST_F(MigrationTest, ADeclarationIsReadWithoutTheHost) {
  MakeFirstRelease(path, 1, 1);
  Must(TryMigrate<Release3>(path));
  EXPECT_EQ(Value("SELECT group_concat(json_extract(t.value, '$.name') || ' ' || "
                  "json_extract(t.value, '$.kind')) FROM cordon_schema, "
                  "json_each(declaration, '$.tables') AS t"),
            "clients tenant,sales tenant,positions tenant,visits tenant");
  EXPECT_EQ(Value("SELECT json_extract(declaration, '$.tables[1].columns[1].type') || "
                  "json_extract(declaration, '$.tables[1].unique') || "
                  "json_extract(declaration, '$.tables[1].references[0].table') || "
                  "json_extract(declaration, '$.tables[2].key') FROM cordon_schema"),
            "text[[\"number\"]]clients[\"code\",\"number\",\"tail\"]");
}

// ---- what is refused ------------------------------------------------------------------------

struct Item {
  std::int64_t id = 0;
  std::int64_t a = 0;
  std::int64_t b = 0;
  std::optional<std::int64_t> c = {};
  std::string text = {};
  cordon::Decimal<2> two = {};
  cordon::Decimal<4> four = {};
};
constexpr auto kItem = cordon::TenantTable<Item>("items").Key<&Item::id>("id");
constexpr auto kOld = kItem.Column<&Item::a>("a").Column<&Item::c>("c").Column<&Item::two>("x");
struct OldItems {
  static constexpr auto kSchema = cordon::Schema{kOld};
};
struct OtherKey {
  static constexpr auto kSchema = cordon::Schema{cordon::TenantTable<Item>("items")
                                                     .Key<&Item::id>("id")
                                                     .Key<&Item::a>("a")
                                                     .Column<&Item::c>("c")
                                                     .Column<&Item::two>("x")};
  static constexpr auto kMigrations = cordon::Migrations{kSchema, cordon::Migration(2)};
};
struct OtherType {
  static constexpr auto kSchema =
      cordon::Schema{kItem.Column<&Item::text>("a").Column<&Item::c>("c").Column<&Item::two>("x")};
  static constexpr auto kMigrations = cordon::Migrations{kSchema, cordon::Migration(2)};
};
struct OtherScale {
  static constexpr auto kSchema =
      cordon::Schema{kItem.Column<&Item::a>("a").Column<&Item::c>("c").Column<&Item::four>("x")};
  static constexpr auto kMigrations = cordon::Migrations{kSchema, cordon::Migration(2)};
};
struct NotDropped {
  static constexpr auto kSchema =
      cordon::Schema{kItem.Column<&Item::a>("a").Column<&Item::two>("x")};
  static constexpr auto kMigrations = cordon::Migrations{kSchema, cordon::Migration(2)};
};
struct TableNotDropped {
  static constexpr auto kSchema =
      cordon::Schema{cordon::TenantTable<Scrap>("scraps").Key<&Scrap::id>("id")};
  static constexpr auto kMigrations = cordon::Migrations{kSchema, cordon::Migration(2)};
};
struct NotFilled {
  static constexpr auto kSchema = cordon::Schema{kOld.Column<&Item::b>("b")};
  static constexpr auto kMigrations = cordon::Migrations{kSchema, cordon::Migration(2)};
};
struct TooYoung {
  static constexpr auto kSchema = cordon::Schema{kOld};
  static constexpr auto kMigrations = cordon::Migrations{kSchema, cordon::Migration(5)};
};

class RefusedMigration : public MigrationTest {
 protected:
  void SetUp() override {
    auto platform = Must(cordon::Platform<OldItems>::Open(At(path)));
    for (const char* name : {"A", "B"}) {
      const AtWork<OldItems> at(*platform, Must(platform->tenants().Create(name)));
      for (int i = 1; i <= 5; ++i) {
        Must(at.session.Insert(
            Item{.id = i, .a = i / 2, .c = i == 3 ? std::nullopt : std::optional(i)}));
      }
    }
  }
};

template <class Release>
std::string WhyNot(const std::string& path) {
  const absl::Status refused = TryMigrate<Release>(path);
  EXPECT_THAT(refused, HasCode(ErrorCode::kSchemaDrift));
  if (EngineOfTests() == nullptr) {
    EXPECT_EQ(Text(cordon::PlanMigration<Release>(path)), Text(refused));
  }
  return Text(refused);
}

TEST_F(RefusedMigration, BeforeTheFileIsTouched) {
  const std::string all = OnServer() ? "SELECT string_agg(a::text, ';' ORDER BY a::text) FROM "
                                       "pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid "
                                       "WHERE relnamespace = 'public'::regnamespace"
                                     : "SELECT group_concat(sql) FROM sqlite_schema";
  const std::string tables = Value(all);
  EXPECT_THAT(WhyNot<OtherKey>(path), HasSubstr("cannot change a key"));
  EXPECT_THAT(WhyNot<OtherType>(path),
              HasSubstr(OnServer() ? "'a' is bigint in the database and text"
                                   : "'a' is INTEGER in the file and TEXT"));
  EXPECT_THAT(WhyNot<OtherScale>(path), HasSubstr("'x' holds numbers of another unit or scale"));
  EXPECT_THAT(WhyNot<NotDropped>(path), HasSubstr("drop it with Drop(\"items\", \"c\")"));
  EXPECT_THAT(WhyNot<TableNotDropped>(path), HasSubstr("'items' is in the "));
  EXPECT_THAT(WhyNot<NotFilled>(path), HasSubstr("nothing fills it"));
  const absl::Status young = TryMigrate<TooYoung>(path);
  EXPECT_THAT(young, HasCode(ErrorCode::kMigrationNeeded));
  EXPECT_THAT(Text(young), HasSubstr("migrates those of version 4 and later"));
  EXPECT_THAT(TryMigrate<Release2>(path, {.rows_per_step = 0}),
              HasCode(ErrorCode::kInvalidArgument));
  EXPECT_EQ(Value(all), tables);
  EXPECT_THAT(TryOpen<OldItems>(path), IsOk());
}

// Rows that break a new rule: it stops at the end, and a release that mends them finishes.
struct NowUnique {
  static constexpr auto kSchema = cordon::Schema{kOld.Unique<&Item::a>()};
  static constexpr auto kMigrations = cordon::Migrations{kSchema, cordon::Migration(2)};
};
struct NowUniqueMended {
  static constexpr auto kSchema = cordon::Schema{kOld.Unique<&Item::a>()};
  static constexpr auto kMigrations = cordon::Migrations{
      kSchema, cordon::Migration(2).Backfill("UPDATE items SET a = 100 + id WHERE a < 100"_sql)};
};
struct NowRequired {
  static constexpr auto kSchema =
      cordon::Schema{kItem.Column<&Item::a>("a").Column<&Item::b>("c").Column<&Item::two>("x")};
  static constexpr auto kMigrations = cordon::Migrations{kSchema, cordon::Migration(2)};
};

TEST_F(RefusedMigration, RowsThatBreakANewRule) {
  const absl::Status twice = TryMigrate<NowUnique>(path);
  EXPECT_THAT(twice, HasCode(ErrorCode::kUniqueViolation));
  EXPECT_THAT(Text(twice), HasSubstr("table 'items' holds two rows"));
  EXPECT_THAT(TryOpen<NowUnique>(path), HasCode(ErrorCode::kMigrationNeeded));
  const absl::Status null = TryMigrate<NowRequired>(path);
  EXPECT_THAT(null, HasCode(ErrorCode::kNotNullViolation));
  EXPECT_THAT(Text(null), HasSubstr("NULL where a value must be"));
  EXPECT_EQ(Value("SELECT count(*) FROM items WHERE a < 100"), "10");
  EXPECT_THAT(TryMigrate<NowUniqueMended>(path), IsOk());
  EXPECT_THAT(TryOpen<NowUniqueMended>(path), IsOk());
}

struct NotIdempotent {
  static constexpr auto kSchema = cordon::Schema{kOld};
  static constexpr auto kMigrations = cordon::Migrations{
      kSchema, cordon::Migration(2).Backfill("UPDATE items SET a = a * 2 WHERE a > 0"_sql)};
};
TEST_F(RefusedMigration, ABackfillThatIsNeverDone) {
  const absl::Status refused = TryMigrate<NotIdempotent>(path);
  EXPECT_THAT(refused, HasCode(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Text(refused), HasSubstr("let its WHERE be false"));
  EXPECT_EQ(Value("SELECT sum(a) FROM items"), "12") << "it was rolled back";
}

// It fails for one row of one tenant: the operator is told whose, not in words.
struct Overflows {
  static constexpr auto kSchema = cordon::Schema{kOld};
  static constexpr auto kMigrations = cordon::Migrations{
      kSchema, cordon::Migration(2).Backfill("UPDATE items SET c = a + a WHERE c IS NULL"_sql)};
};
TEST_F(RefusedMigration, AnErrorNamesItsTenantInAPayloadOnly) {
  const std::string second =
      Value(std::string("SELECT ") + (OnServer() ? "encode(id, 'hex')" : "lower(hex(id))") +
            " FROM cordon_tenants ORDER BY id DESC LIMIT 1");
  RawSql(path, "UPDATE items SET a = 5000000000000000000 WHERE c IS NULL AND tenant_id = " +
                   std::string(OnServer() ? "'" + second + "'::uuid" : "x'" + second + "'"));
  const absl::Status failed = TryMigrate<Overflows>(path);
  EXPECT_THAT(failed, HasCode(ErrorCode::kValueOutOfRange));
  const auto tenant = failed.GetPayload("cordon/tenant");
  ASSERT_TRUE(tenant.has_value());
  const std::string id(*tenant);
  EXPECT_THAT(Text(failed), ::testing::Not(HasSubstr(id)));
  std::string hex;
  const cordon::TenantId parsed = Must(cordon::TenantId::Parse(id));
  for (const std::byte byte : parsed.bytes()) {
    for (const int nibble : {std::to_integer<int>(byte) >> 4, std::to_integer<int>(byte) & 15}) {
      hex += "0123456789abcdef"[nibble];
    }
  }
  EXPECT_EQ(hex, second);
}

// A step that is too long for the budget is tried with fewer rows.
TEST_F(MigrationTest, ASmallBudgetIsEnough) {
  MakeFirstRelease(path, 2, 100);
  cordon::PlatformOptions options = At(path);
  options.budget.vm_steps = 3000;
  EXPECT_THAT(cordon::Migrate<Release3>(std::move(options), {.rows_per_step = 100'000}), IsOk());
  ExpectThirdRelease();
}

// ---- tables that refer to each other --------------------------------------------------------

struct Land {
  std::string code = {};
  std::optional<std::string> name = {};
};
struct Staff {
  std::int64_t id = 0;
  std::string land = {};
  std::optional<std::int64_t> boss = {};
};
struct Task {
  std::int64_t id = 0;
  std::optional<std::int64_t> of = {};
};
constexpr auto kStaff = cordon::TenantTable<Staff>("staff")
                            .Key<&Staff::id>("id")
                            .Column<&Staff::land>("land")
                            .Column<&Staff::boss>("boss")
                            .References<&Staff::land>("lands")
                            .References<&Staff::boss>("staff");
constexpr auto kTask =
    cordon::TenantTable<Task>("tasks").Key<&Task::id>("id").Column<&Task::of>("of");
struct OldFirm {
  static constexpr auto kSchema = cordon::Schema{
      cordon::GlobalTable<Land>("lands").Key<&Land::code>("code").Column<&Land::name>("name"),
      kStaff, kTask};
};
// Every table is copied: the parents get a constraint more, the child a reference.
struct NewFirm {
  static constexpr auto kSchema = cordon::Schema{
      cordon::GlobalTable<Land>("lands").Key<&Land::code>("code"),
      kStaff.Unique<&Staff::boss, &Staff::land>(), kTask.References<&Task::of>("staff")};
  static constexpr auto kMigrations =
      cordon::Migrations{kSchema, cordon::Migration(2).Drop("lands", "name")};
};
struct MendedFirm {
  static constexpr auto kSchema = NewFirm::kSchema;
  static constexpr auto kMigrations = cordon::Migrations{
      kSchema,
      cordon::Migration(2)
          .Drop("lands", "name")
          .Backfill("UPDATE tasks SET of = NULL WHERE of IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "
                    "staff AS s WHERE s.id = tasks.of)"_sql)};
};

TEST_F(MigrationTest, TablesThatReferToEachOther) {
  {
    auto platform = Must(cordon::Platform<OldFirm>::Open(At(path)));
    Must(platform->WriteGlobals(cordon::GlobalWriteAccess::Get(), [](auto& tx) {
      return tx.Insert(Land{"DE", "Germany"});
    }));
    const AtWork<OldFirm> a(*platform, Must(platform->tenants().Create("A")));
    const AtWork<OldFirm> b(*platform, Must(platform->tenants().Create("B")));
    for (const auto* at : {&a, &b}) {
      Must(at->session.Insert(Staff{1, "DE", 1}));
      Must(at->session.Insert(Staff{2, "DE", std::nullopt}));
      Must(at->session.Insert(Task{1, 2}));
    }
    // Tenant A has somebody of this number; B has not.
    Must(a.session.Insert(Staff{7, "DE", 2}));
    Must(b.session.Insert(Task{2, 7}));
  }
  const absl::Status broken = TryMigrate<NewFirm>(path);
  EXPECT_THAT(broken, HasCode(ErrorCode::kForeignKeyViolation));
  EXPECT_THAT(Text(broken), HasSubstr("table 'tasks' holds rows that refer to none"));
  EXPECT_EQ(Value("SELECT count(name) FROM lands"), "1") << "nothing is dropped";
  EXPECT_THAT(TryMigrate<MendedFirm>(path), IsOk());
  const auto tasks = RawSql(path, "SELECT id || coalesce(CAST(\"of\" AS TEXT), '-') FROM tasks");
  EXPECT_THAT(tasks, ::testing::UnorderedElementsAre("12", "12", "2-"));
  EXPECT_EQ(Value("SELECT count(*) FROM staff"), "5");
  ExpectWhole();
  EXPECT_EQ(Columns("lands"), "code");
  const auto platform = Must(cordon::Platform<NewFirm>::Open(At(path)));
  const AtWork<NewFirm> at(*platform, Must(platform->tenants().List()).front().id);
  EXPECT_THAT(at.session.Insert(Staff{9, "DE", 8}), HasCode(ErrorCode::kForeignKeyViolation));
  EXPECT_THAT(at.session.Insert(Staff{9, "FR", 1}), HasCode(ErrorCode::kForeignKeyViolation));
  EXPECT_THAT(at.session.Insert(Staff{9, "DE", 1}), HasCode(ErrorCode::kUniqueViolation));
  EXPECT_THAT(at.session.Insert(Task{9, 8}), HasCode(ErrorCode::kForeignKeyViolation));
}

// A newer release begins while an older one is at it: the older one stops, and says so.
TEST_F(MigrationTest, ANewerReleaseTakesOver) {
  MakeFirstRelease(path, 1, 20);
  int calls = 0;
  const absl::Status overtaken = TryMigrate<Release2>(
      path, {.rows_per_step = 6, .progress = [&](const auto&) {
               if (++calls == 3) {
                 EXPECT_THAT(
                     TryMigrate<Release3>(
                         path, {.rows_per_step = 6,
                                .progress = [&, n = 0](const auto&) mutable { return ++n < 3; }}),
                     HasCode(ErrorCode::kInterrupted));
               }
               return true;
             }});
  EXPECT_THAT(overtaken, HasCode(ErrorCode::kMigrationNeeded));
  EXPECT_THAT(Text(overtaken), HasSubstr("finish with the release that has version 3"));
  EXPECT_EQ(calls, 3);
  EXPECT_THAT(TryMigrate<Release3>(path), IsOk());
  ExpectThirdRelease();
}

// The example of docs/migrations.md.
struct DocumentedOrder {
  std::int64_t id = 0;
  std::int64_t net = 0;
  std::int64_t gross = 0;
  std::string number = {};
};
struct OldOrder {
  std::int64_t id = 0;
  std::int64_t net = 0;
  std::string note = {};
};
struct OldErp {
  static constexpr auto kSchema =
      cordon::Schema{cordon::TenantTable<OldOrder>("orders")
                         .Key<&OldOrder::id>("id")
                         .Column<&OldOrder::net>("net")
                         .Column<&OldOrder::note>("note"),
                     cordon::TenantTable<Scrap>("scraps").Key<&Scrap::id>("id")};
};
struct Erp {
  using Order = DocumentedOrder;
  static constexpr auto kSchema = cordon::Schema{
      cordon::TenantTable<Order>("orders")
          .Key<&Order::id>("id")
          .Column<&Order::net>("net")
          .Column<&Order::gross>("gross")    // new, and every order has it
          .Column<&Order::number>("number")  // new, and no two orders of a tenant share one
          .Unique<&Order::number>()};
  static constexpr auto kMigrations = cordon::Migrations{
      kSchema,
      cordon::Migration(2).Backfill("UPDATE orders SET gross = net WHERE gross IS NULL"_sql),
      cordon::Migration(3)
          .Backfill("UPDATE orders SET number = CAST(id AS TEXT) WHERE number IS NULL"_sql)
          .Drop("orders", "note")
          .DropTable("scraps")};
};
TEST_F(MigrationTest, TheExampleOfTheDocumentation) {
  {
    auto platform = Must(cordon::Platform<OldErp>::Open(At(path)));
    const AtWork<OldErp> at(*platform, Must(platform->tenants().Create("A")));
    Must(at.session.Insert(OldOrder{7, 100, "x"}));
  }
  absl::Status done = cordon::Migrate<Erp>(At(path));
  EXPECT_THAT(done, IsOk());
  EXPECT_EQ(Value("SELECT CAST(id AS TEXT) || net || gross || number FROM orders"), "71001007");
  EXPECT_THAT(TryOpen<Erp>(path), IsOk());
}

// Without migrations everything is as it was, and the version is 1.
TEST_F(MigrationTest, AProductWithoutMigrations) {
  Must(TryOpen<OldItems>(path));
  EXPECT_EQ(Version(), "1");
  EXPECT_THAT(TryMigrate<OldItems>(path), IsOk());
  if (OnServer()) return;
  EXPECT_THAT(Must(cordon::PlanMigration<OldItems>(path)).steps, ::testing::IsEmpty());
  // A file from before versions were kept.
  RawSql(path,
         "DROP TABLE cordon_schema; DROP TABLE cordon_backfills; DELETE FROM cordon_versions "
         "WHERE room = 'schema'");
  EXPECT_THAT(TryOpen<NotFilled>(path), HasCode(ErrorCode::kMigrationNeeded));
  EXPECT_THAT(TryOpen<OldItems>(path), IsOk());
}

TEST_F(MigrationTest, AFreshFileHasTheVersionOfItsRelease) {
  Must(TryOpen<Release3>(path));
  EXPECT_EQ(Version(), "3");
  EXPECT_THAT(TryMigrate<Release3>(path), IsOk());
}

}  // namespace
}  // namespace cordon_test
