// SPDX-License-Identifier: Apache-2.0
// What a migration does on a server beside what it does on a file: locks, ends of connections and
// processes, rights. The rest is tests/data/migration_test.cc, which runs on a server too.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "data/migration_releases.h"
#include "data/postgres/row_lock.h"
#include "support/postgres_shop.h"

namespace cordon_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PostgresMigration : public ::testing::Test {
 protected:
  void SetUp() override {
    CORDON_NEEDS_POSTGRES();
    database = PgShop::Copy();
    options = OptionsFor(database);
    EngineOfTests() = [this](cordon::PlatformOptions* platform) {
      platform->path.clear();
      platform->server = PgShop::Server(options);
    };
  }
  void TearDown() override {
    EngineOfTests() = nullptr;
    if (!database.empty()) PgShop::Drop(database);
  }

  std::string Value(const std::string& sql) {
    const auto rows = PostgresServer::Get().Sql(sql, database);
    return rows.empty() ? "(no row)" : rows.front().substr(0, rows.front().find('|'));
  }
  void EndOwners() {
    PostgresServer::Get().Sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'erp_owner' AND "
        "datname = '" +
        database + "'");
  }
  void ExpectThirdRelease() {
    EXPECT_EQ(Value("SELECT version FROM cordon.schema WHERE target IS NULL"), "3");
    EXPECT_EQ(Value("SELECT count(*) FROM sales WHERE gross IS DISTINCT FROM net * 119 OR number "
                    "IS DISTINCT FROM 'S' || id"),
              "0");
    EXPECT_EQ(Value("SELECT count(*) FROM positions WHERE twice IS DISTINCT FROM 2 * amount"), "0");
    EXPECT_EQ(Value("SELECT count(*) FROM cordon.cordon_backfills"), "0");
    EXPECT_EQ(Value("SELECT count(to_regclass('public.scraps'))"), "0");
    EXPECT_THAT(Gaps(), IsEmpty());
    EXPECT_THAT(TryOpen<Release3>(""), IsOk());
  }
  std::vector<std::string> Gaps() {
    const auto owner = Connect(options, "erp_owner");
    const auto runtime = Connect(options, "erp_app");
    return Must(cordon::internal::PgFindGaps(*owner, *runtime, options));
  }

  std::string database;
  PostgresOptions options;
};

TEST_F(PostgresMigration, ALostConnectionLosesNothing) {
  MakeFirstRelease("", 2, 12);
  int round = 0;
  for (bool done = false; !done; ++round) {
    ASSERT_LT(round, 60);
    int calls = 0;
    const absl::Status status =
        TryMigrate<Release3>("", {.rows_per_step = 10, .progress = [&](const auto&) {
                                    if (++calls == 2) EndOwners();
                                    return true;
                                  }});
    done = status.ok();
    if (!done) {
      EXPECT_THAT(status, HasCode(ErrorCode::kConnectionLost));
    }
    // Halfway, too, everything is behind the second lock.
    EXPECT_THAT(Gaps(), IsEmpty());
  }
  EXPECT_GT(round, 3);
  ExpectThirdRelease();
}

TEST_F(PostgresMigration, AProcessThatDiesLosesNothing) {
  MakeFirstRelease("", 2, 12);
  int state = -1;
  int round = 0;
  for (; state != 0; ++round) {
    ASSERT_LT(round, 60);
    const pid_t child = fork();
    if (child == 0) {
      int calls = 0;
      const absl::Status done =
          TryMigrate<Release3>("", {.rows_per_step = 10, .progress = [&](const auto&) {
                                      if (++calls == 2) _exit(7);
                                      return true;
                                    }});
      _exit(done.ok() ? 0 : 1);
    }
    ASSERT_EQ(waitpid(child, &state, 0), child);
    ASSERT_TRUE(state == 0 || WEXITSTATUS(state) == 7) << state;
  }
  EXPECT_GT(round, 3);
  ExpectThirdRelease();
}

TEST_F(PostgresMigration, TwoAtOnceShareTheWork) {
  MakeFirstRelease("", 4, 20);
  absl::Status other;
  std::thread second([&] { other = TryMigrate<Release3>("", {.rows_per_step = 5}); });
  const absl::Status first = TryMigrate<Release3>("", {.rows_per_step = 5});
  second.join();
  EXPECT_THAT(first, IsOk());
  EXPECT_THAT(other, IsOk());
  ExpectThirdRelease();
}

// Somebody reads for long: the migration waits, without making others wait behind it.
TEST_F(PostgresMigration, ALongReaderHoldsUpTheMigrationAndNobodyElse) {
  MakeFirstRelease("", 1, 5);
  options.patience = 4s;
  options.statement_timeout = 3s;  // of whoever had to stand behind it all the while
  const auto old = Must(cordon::Platform<Release1>::Open(At("")));
  const AtWork<Release1> at(*old, Must(old->tenants().List()).front().id);
  const auto reader = Connect(options, "erp_owner");
  Must(reader->Execute("BEGIN").status());
  Must(reader->Execute("SELECT count(*) FROM public.sales").status());
  absl::Status status;
  std::thread migration([&] { status = TryMigrate<Release3>(""); });
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(at.session.One(as<std::int64_t>, "SELECT COUNT(*) FROM sales"_sql).status(),
                IsOk());
    std::this_thread::sleep_for(50ms);
  }
  migration.join();
  EXPECT_THAT(status, HasCode(ErrorCode::kBusy));
  EXPECT_THAT(at.session.Insert(Client1{"n", "New"}), IsOk()) << "nothing is changed yet";
  Must(reader->Execute("COMMIT").status());
  EXPECT_THAT(TryMigrate<Release3>(""), IsOk());
  ExpectThirdRelease();
}

// It was let in before the migration ended, and writes only now.
TEST_F(PostgresMigration, AWriteOfTheOlderReleaseThatComesLateIsUndone) {
  MakeFirstRelease("", 1, 5);
  const auto old = Must(cordon::Platform<Release1>::Open(At("")));
  const AtWork<Release1> at(*old, Must(old->tenants().List()).front().id);
  const std::string before = Value("SELECT count(*) FROM clients");
  const absl::Status late = at.session.Transaction([&](auto& tx) -> absl::Status {
    EXPECT_THAT(TryMigrate<Release2>("", {}), IsOk());
    EXPECT_THAT(tx.Insert(Client1{"late", "Late"}), IsOk()) << "the column that is new is optional";
    return absl::OkStatus();
  });
  EXPECT_THAT(late, HasCode(ErrorCode::kNewerFile));
  EXPECT_EQ(Value("SELECT count(*) FROM clients"), before);
}

// At its end the second lock is proved, and what is open is said.
TEST_F(PostgresMigration, ALockThatIsOpenStopsIt) {
  MakeFirstRelease("", 1, 3);
  PostgresServer::Get().Sql("GRANT TRUNCATE ON public.clients TO erp_app", database);
  Must(TryMigrate<Release2>("", {}));
  EXPECT_THAT(Gaps(), IsEmpty()) << "what is open on the product's tables is closed on the way";
  PostgresServer::Get().Sql("ALTER ROLE erp_app BYPASSRLS");
  const absl::Status open = TryMigrate<Release3>("");
  PostgresServer::Get().Sql("ALTER ROLE erp_app NOBYPASSRLS");
  EXPECT_THAT(open, HasCode(ErrorCode::kLockIncomplete));
  EXPECT_THAT(Text(open), HasSubstr("BYPASSRLS"));
}

TEST_F(PostgresMigration, ADamagedDirectoryIsSaid) {
  MakeFirstRelease("", 1, 3);
  PostgresServer::Get().Sql(
      "SET session_replication_role = replica; UPDATE cordon.cordon_tenants SET id = '\\x" +
          std::string(32, '0') + "'",
      database);
  EXPECT_THAT(TryMigrate<Release2>("", {}), HasCode(ErrorCode::kCorrupt));
}

TEST_F(PostgresMigration, ARemovedTenantLeavesNoProgress) {
  MakeFirstRelease("", 2, 12);
  const auto old = Must(cordon::Platform<Release1>::Open(At("")));
  int calls = 0;
  EXPECT_THAT(TryMigrate<Release2>(
                  "", {.rows_per_step = 5, .progress = [&](const auto&) { return ++calls < 5; }}),
              HasCode(ErrorCode::kInterrupted));
  EXPECT_NE(Value("SELECT count(*) FROM cordon.cordon_backfills"), "0");
  for (const auto& tenant : Must(old->tenants().List())) Must(old->tenants().Remove(tenant.id));
  EXPECT_EQ(Value("SELECT count(*) FROM cordon.cordon_backfills"), "0");
  EXPECT_THAT(TryMigrate<Release3>(""), IsOk());
  ExpectThirdRelease();
}

}  // namespace
}  // namespace cordon_test
